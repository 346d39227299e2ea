"""The description of the model (docs/ODD.md): its tables, written from the code."""
