"""One BLAS thread while the model computes: sums of several threads differ in their last digits.

Without this a run would not be a function of scenario and seed alone.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import lru_cache
from typing import Any

from threadpoolctl import ThreadpoolController


@lru_cache(maxsize=1)
def _controller() -> Any:
    import numpy as np
    import scipy.linalg

    assert np and scipy.linalg  # both bring a BLAS, which must be loaded to be found
    return ThreadpoolController()


def one_thread() -> AbstractContextManager[Any]:
    """Limit linear algebra to one thread inside a `with` block; the user's setting comes back."""
    limited: AbstractContextManager[Any] = _controller().limit(limits=1)
    return limited
