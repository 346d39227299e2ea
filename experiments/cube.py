"""Samples of the unit cube."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def sobol(dimensions: int, size: int, seed: int) -> Floats:
    """The first `size` points of one scrambled Sobol sequence in the unit cube, (size, dimensions).

    A smaller sample is the beginning of a larger one, so that a study grows without beginning anew.
    """
    from scipy.stats import qmc

    cube = qmc.Sobol(dimensions, scramble=True, rng=seed)
    power = int(np.ceil(np.log2(max(size, 2))))
    found: Floats = cube.random_base2(power)[:size]
    return found


def latin(dimensions: int, size: int, seed: int) -> Floats:
    """A Latin hypercube sample, (size, dimensions)."""
    from scipy.stats import qmc

    found: Floats = qmc.LatinHypercube(dimensions, rng=seed).random(size)
    return found
