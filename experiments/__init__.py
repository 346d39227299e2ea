"""Asking the model questions: runs, comparisons, figures, reports and the command line."""
