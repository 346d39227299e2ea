"""Distributions of wealth and firm size, as exact means of equal bins, and measures of inequality.

Bin means rather than draws or mid-bin quantiles: a heavy tail (a < 2) has no variance to average
out.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

Floats = NDArray[np.float64]


def bin_means_lognormal_pareto(
    n: int, median: float, sigma: float, tail_share: float, tail_exponent: float
) -> Floats:
    """Means of n equally likely bins, ascending (n,), of a lognormal body with a Pareto tail [P21].

    Body: ln x ~ N(ln median, sigma^2) up to the quantile 1 - tail_share; above it Pareto(a =
    tail_exponent) from the body's quantile there, so that the density of ranks has no gap.
    tail_share 0: lognormal; 1: Pareto from x_m = median 2^(-1/a), whose median is `median`. Unit:
    that of the median. ValueError for n < 1, tail_share outside [0, 1], or a <= 1 with a tail (no
    finite mean).
    """
    if n < 1 or not 0.0 <= tail_share <= 1.0 or median <= 0.0 or sigma < 0.0:
        raise ValueError(
            f"need n >= 1, tail_share in [0, 1], median > 0 and sigma >= 0; "
            f"got {n}, {tail_share}, {median}, {sigma}"
        )
    if tail_share > 0.0 and not tail_exponent > 1.0:
        raise ValueError(f"tail_exponent is {tail_exponent}; a finite mean needs more than 1")
    above = np.arange(n, -1, -1) / n  # chance of lying above each edge, exact near the top
    # E[x; rank <= edge] = median e^(sigma^2/2) Phi(z - sigma) in the body
    in_body = np.maximum(above, tail_share)
    z = -ndtri(in_body)
    partial: Floats = median * np.exp(sigma**2 / 2.0) * ndtr(z - sigma)
    if tail_share > 0.0:
        if tail_share < 1.0:
            threshold = median * np.exp(-sigma * ndtri(tail_share))
        else:
            threshold = median * 2.0 ** (-1.0 / tail_exponent)
        power = 1.0 - 1.0 / tail_exponent
        beyond = np.minimum(above, tail_share) / tail_share
        partial = partial + threshold * tail_share / power * (1.0 - beyond**power)
    return n * np.diff(partial)


def _lorenz(values: ArrayLike, weights: ArrayLike | None) -> tuple[Floats, Floats]:
    """Cumulative shares of people and of value, poorest first, both (k + 1,) from 0 to 1."""
    value = np.asarray(values, dtype=np.float64).ravel()
    weight = np.ones_like(value) if weights is None else np.asarray(weights, np.float64).ravel()
    if value.size == 0 or weight.shape != value.shape or np.any(value < 0) or np.any(weight < 0):
        raise ValueError("values and weights must be nonnegative, nonempty and of one length")
    order = np.argsort(value, kind="stable")
    people = np.concatenate([[0.0], np.cumsum(weight[order])])
    wealth = np.concatenate([[0.0], np.cumsum((weight * value)[order])])
    if people[-1] <= 0.0:
        raise ValueError("weights must not all be zero")
    # nobody owns anything: that is perfect equality
    return people / people[-1], wealth / wealth[-1] if wealth[-1] > 0.0 else people / people[-1]


def gini(values: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Gini coefficient, 1 - twice the area under the Lorenz curve; 0 equality; values >= 0."""
    people, wealth = _lorenz(values, weights)
    return float(1.0 - np.sum(np.diff(people) * (wealth[1:] + wealth[:-1])))


def top_share(values: ArrayLike, share: float, weights: ArrayLike | None = None) -> float:
    """Share of all held by the richest `share` of people; a group that is cut counts in part."""
    if not 0.0 <= share <= 1.0:
        raise ValueError(f"share is {share}; it must lie in [0, 1]")
    people, wealth = _lorenz(values, weights)
    return float(1.0 - np.interp(1.0 - share, people, wealth))
