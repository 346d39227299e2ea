"""Theory cases: what the simulation must reproduce of results that nobody here invented.

One module a group of cases; `registry` finds and runs them, `command` prints them, `document` writes
the page that goes from case to code.
"""
