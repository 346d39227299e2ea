"""Arithmetic that several metrics share: indices, means, slopes, look-ups. No table is known here.

Undefined is NaN, without a warning or an exception.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def ratio(part: float, whole: float) -> float:
    """part / whole; NaN if the whole is zero or undefined."""
    return part / whole if whole != 0.0 else float("nan")


def hhi(values: ArrayLike) -> float:
    """Herfindahl-Hirschman index of sizes (n,): sum_i (v_i / sum v)^2, in [1/n, 1].

    NaN if nothing is positive. Zero sizes do not matter, nor does the unit. A sample of N users
    overstates it by (1 - HHI)/N [P01].
    """
    sizes = np.asarray(values, dtype=np.float64)
    total = float(sizes.sum())
    if not total > 0.0:
        return float("nan")
    shares = sizes / total
    return float(shares @ shares)


def gini(values: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Gini coefficient of values >= 0 (n,) held by `weights` people each (default: one each).

    G = sum_ij w_i w_j |x_i - x_j| / (2 W^2 mean): 0 if all are equal; NaN if the sum is zero.
    """
    held = np.asarray(values, dtype=np.float64)
    people = np.ones_like(held) if weights is None else np.asarray(weights, dtype=np.float64)
    return float(ginis(held[None], people)[0])


def ginis(values: Floats, people: Floats) -> Floats:
    """`gini` of each row of values (B, n), each held by as many people (n,) in all rows; (B,)."""
    if values.size == 0:
        return np.full(len(values), np.nan)
    order = np.argsort(values, axis=1, kind="stable")
    held, people = np.take_along_axis(values, order, axis=1), people[order]
    wealth, heads = held * people, np.cumsum(people, axis=1)
    # each pair once: x_i is larger than x_j for all people before i
    middle, total = heads - people / 2.0, wealth.sum(axis=1)
    with np.errstate(all="ignore"):
        found = 2.0 * np.sum(wealth * middle, axis=1) / (heads[:, -1] * total) - 1.0
    return np.where(total > 0.0, found, np.nan)


def weighted_mean(values: ArrayLike, weights: ArrayLike) -> float:
    """sum w x / sum w over the finite x with w > 0; NaN if there are none."""
    level, weight = np.asarray(values, np.float64), np.asarray(weights, np.float64)
    use = (weight > 0.0) & np.isfinite(level)
    return ratio(float(level[use] @ weight[use]), float(weight[use].sum()))


def weighted_slope(x: ArrayLike, y: ArrayLike, weights: ArrayLike) -> float:
    """Slope of y on x by weighted least squares, with intercept; NaN if x does not vary."""
    across, up = np.asarray(x, np.float64), np.asarray(y, np.float64)
    weight = np.asarray(weights, np.float64)
    use = (weight > 0.0) & np.isfinite(across) & np.isfinite(up)
    across, up, weight = across[use], up[use], weight[use]
    if across.size == 0 or across.max() == across.min():
        return float("nan")
    share = weight / weight.sum()
    off = across - share @ across
    return float((share * off) @ (up - share @ up) / ((share * off) @ off))


def top(values: ArrayLike) -> float:
    """The largest finite value; NaN if there is none."""
    level = np.asarray(values, dtype=np.float64)
    level = level[np.isfinite(level)]
    return float(level.max()) if level.size else float("nan")


def bottom(values: ArrayLike) -> float:
    """The smallest finite value; NaN if there is none."""
    return -top(-np.asarray(values, dtype=np.float64))


def sums_by(groups: ArrayLike, values: ArrayLike) -> Floats:
    """Sum of values in each group, in the order of the sorted groups; (n_groups,)."""
    names, at = np.unique(np.asarray(groups), return_inverse=True)
    return np.bincount(at, np.asarray(values, np.float64), names.size).astype(np.float64)


def look_up(keys: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.int64]:
    """Row of `keys` at which each wanted key stands, -1 where none does; (n_wanted,)."""
    if keys.size == 0:
        return np.full(wanted.shape, -1, dtype=np.int64)
    order = np.argsort(keys, kind="stable")
    at = order[np.minimum(np.searchsorted(keys, wanted, sorter=order), keys.size - 1)]
    return np.where(keys[at] == wanted, at, -1)


def pick(values: NDArray[np.float64], rows: NDArray[np.int64]) -> Floats:
    """values[rows], NaN where the row is -1."""
    if values.size == 0:
        return np.full(rows.shape, np.nan)
    return np.where(rows >= 0, values[rows], np.nan)
