"""Studies: one question each, asked of the running model.

A study is a file (`NAME.toml`, run by `computeshift sweep NAME`) or, where a file cannot say it, a program
of its own (`python -m experiments.studies.NAME`). Either keeps its runs in a folder and goes on from there.
"""
