"""Compilation of the few loops that NumPy cannot do in one pass; the machine code is kept on disk.

Reductions stay in the order in which they are written (no fast mathematics, but in `climbing.product`): the
same input gives the same bits, whatever the number of cases at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numba
import numpy as np
from numpy.typing import NDArray


def compiled[F: Callable[..., Any]](function: F) -> F:
    """Compile a function of NumPy arrays and numbers at its first call."""
    return cast(F, numba.njit(cache=True, nogil=True, error_model="numpy")(function))


def plain(*arrays: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    """Arrays in one layout, so that a function is compiled once; those that are not are copied."""
    return tuple(a if a.flags.carray and a.dtype == np.float64 else np.array(a, np.float64) for a in arrays)
