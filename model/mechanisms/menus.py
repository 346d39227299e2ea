"""The optimal menu of a monopolist: quasi-linear users, one tier each, no taste noise.

A user of type theta takes the tier with the highest theta q_k - p_k, or nothing (worth 0); ties go
to the dearer tier and the outside option loses them.  Source: Mussa and Rosen (1978), Maskin and
Riley (1984) for a given, finite ladder of qualities.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


class Menu(NamedTuple):
    """Optimal prices of a ladder; see `monopoly_menu`."""

    prices: Array  # (n_tiers,) money, inf = not offered
    shares: Array  # (n_tiers,) share of all users
    profit: float  # type weight x money


def monopoly_menu(type_value: ArrayLike, type_weight: ArrayLike, quality: ArrayLike, cost: ArrayLike) -> Menu:
    """Profit-maximising prices of a ladder of tiers, exactly, for discrete types.

    type_value (n_types,) theta, money per unit of quality; type_weight (n_types,) >= 0; quality
    >= 0 and cost (n_tiers,), in any order; results keep the caller's order of tiers.  By single
    crossing a better tier has higher types: a menu is a rising row of cut-offs i_1 <= ... <= i_K,
    p_k - p_(k-1) = theta_(i_k) (q_k - q_(k-1)), and profit is a sum over tiers,

        sum_k W_(i_k) [theta_(i_k) (q_k - q_(k-1)) - (c_k - c_(k-1))],   W_i = weight of types >= i,

    which a dynamic programme over the cut-offs maximises.  A tier that nobody takes gets the price
    at which its cut-off type is indifferent (the dearer tier takes the tie), or inf if even the
    highest type should not have it.  On a grid that stands for a continuum prices and profit are
    off by about the grid's step.  ValueError on a wrong shape, a negative or zero total weight, a
    negative quality.
    """
    theta, weight = np.asarray(type_value, np.float64), np.asarray(type_weight, np.float64)
    q, c = np.asarray(quality, np.float64), np.asarray(cost, np.float64)
    if theta.ndim != 1 or theta.shape != weight.shape or q.ndim != 1 or q.shape != c.shape:
        raise ValueError(
            f"shapes are {theta.shape}, {weight.shape}, {q.shape}, {c.shape}; "
            "allowed: (n_types,) twice, then (n_tiers,) twice"
        )
    if (weight < 0.0).any() or not weight.sum() > 0.0 or (q < 0.0).any():
        raise ValueError("type_weight and quality must be >= 0, and some weight > 0")
    types, ladder = np.argsort(theta, kind="stable"), np.lexsort((c, q))
    theta, weight = theta[types], weight[types]
    above = np.append(np.cumsum(weight[::-1])[::-1], 0.0)  # above[n] = 0: a tier for nobody
    rise, extra = np.diff(q[ladder], prepend=0.0), np.diff(c[ladder], prepend=0.0)
    gain = above * (rise[:, None] * np.append(theta, 0.0) - extra[:, None])
    cutoff = _rising_argmax(gain)

    sold = cutoff < len(theta)
    steps = rise * theta[np.minimum(cutoff, len(theta) - 1)]
    prices, shares = np.empty(len(q)), np.empty(len(q))
    prices[ladder] = np.where(sold, np.cumsum(steps), np.inf)
    reached = np.append(above[cutoff], 0.0)
    shares[ladder] = (reached[:-1] - reached[1:]) / above[0]
    return Menu(prices, shares, float(gain[np.arange(len(q)), cutoff].sum()))


def _rising_argmax(gain: Array) -> NDArray[np.intp]:
    """Columns i_1 <= ... <= i_K that maximise sum_k gain[k, i_k]; the lowest ones if they tie."""
    tiers, columns = gain.shape
    best = np.zeros(columns)  # best[i] = most that the tiers above can add from column i on
    choice = np.empty((tiers, columns), dtype=np.intp)
    for k in range(tiers - 1, -1, -1):
        worth = (gain[k] + best)[::-1]
        best = np.maximum.accumulate(worth)
        record = np.where(worth >= best, np.arange(columns), 0)
        choice[k] = (columns - 1 - np.maximum.accumulate(record))[::-1]
        best = best[::-1]
    cutoff, column = np.empty(tiers, dtype=np.intp), 0
    for k in range(tiers):
        cutoff[k] = column = choice[k, column]
    return cutoff
