"""The command line with a stand-in for the model: python -m support.drive WORK ARGUMENTS ...

With `tests` on the path, for a package among the tools brings another `tests` of its own.
"""

from __future__ import annotations

import sys

from support import works

import experiments.sweep
from experiments.cli import main

if __name__ == "__main__":
    experiments.sweep.run_point = getattr(works, sys.argv[1])
    main(sys.argv[2:])
