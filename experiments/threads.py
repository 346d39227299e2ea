"""One thread for linear algebra: more threads add in another order, and a run may not feel that."""

from __future__ import annotations

import os

NAMES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")


def pin() -> None:
    """For this process (if it has not loaded NumPy yet) and for all that it starts."""
    os.environ.update({name: "1" for name in NAMES})
