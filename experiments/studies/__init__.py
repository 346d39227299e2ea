"""Studies: one question each, asked of the running model over a grid and held against theory.

Each study is a program of its own (`python -m experiments.studies.NAME`), keeps its runs in a folder
and goes on where it was stopped.
"""
