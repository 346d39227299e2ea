"""Compilation of the few loops that NumPy cannot do in one pass; the machine code is kept on disk.

Reductions stay in the order in which they are written (no fast mathematics, but in `climbing.product`): the
same input gives the same bits, whatever the number of cases at a time.

Numba looks at a function's own file to tell whether its machine code is old, not at the files of the
functions that it calls. So the code is kept in a folder that is named by all sources with compiled functions.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numba
import numpy as np
from numba.core import config as numba_config
from numpy.typing import NDArray

HERE = Path(__file__).parent
SETTINGS: Any = numba_config  # whose names Numba makes as it is loaded


def compiled[F: Callable[..., Any]](function: F) -> F:
    """Compile a function of NumPy arrays and numbers at its first call."""
    return kept(function)


def kept[F: Callable[..., Any]](function: F, **options: Any) -> F:
    """The same with options of Numba."""
    before, SETTINGS.CACHE_DIR = SETTINGS.CACHE_DIR, FOLDER
    try:
        return cast(F, numba.njit(cache=True, error_model="numpy", **options)(function))
    finally:
        SETTINGS.CACHE_DIR = before


def plain(*arrays: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    """Arrays in one layout, so that a function is compiled once; those that are not are copied."""
    return tuple(a if a.flags.carray and a.dtype == np.float64 else np.array(a, np.float64) for a in arrays)


def stamp(folder: Path) -> str:
    """What names the sources with compiled functions in a folder."""
    sources = [path.read_bytes() for path in sorted(folder.glob("*.py"))]
    return hashlib.sha256(b"".join(text for text in sources if b"compiled" in text)).hexdigest()[:12]


def _folder() -> str:
    """Where machine code of these very sources is kept; that of earlier ones is thrown away.

    The user's own cache folder (NUMBA_CACHE_DIR), or beside the compiled modules of Python; where that
    cannot be written to, wherever Numba puts it.
    """
    beside = HERE / "__pycache__"
    base = Path(SETTINGS.CACHE_DIR or beside)
    if not os.access(base if base.exists() else base.parent, os.W_OK):
        return str(SETTINGS.CACHE_DIR)
    found = base / f"kernels-{stamp(HERE)}"
    if base == beside and not found.exists():
        for old in base.glob("kernels-*"):
            shutil.rmtree(old, ignore_errors=True)
    return str(found)


FOLDER = _folder()
