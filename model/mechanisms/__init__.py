"""The equations of the model as pure NumPy functions: no Mesa, no files, no own randomness."""
