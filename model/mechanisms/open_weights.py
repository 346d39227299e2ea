"""Open weights as a competitive fringe: what it takes from a closed lab, what it gives its users.

The fringe serves at cost(1 + h): many hosts, no profit. Against it a lab lives on the quality of its
model, on tastes, and on the overhead h, which grows in money with inference depth (P20).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


class Duopoly(NamedTuple):
    """A closed lab against the fringe."""

    markup: Floats  # of the lab, in the unit of the taste scale
    open_share: Floats  # of users on the fringe


def against_fringe(advantage: ArrayLike, taste_scale: float = 1.0) -> Duopoly:
    """Best markup of one closed lab against one fringe alternative, no outside option [P20].

    advantage: x mu = (v_lab - v_open) + h kappa I, value lead plus overhead cost, same unit as
    taste_scale. With W e^W = e^{x-1}: markup mu (1 + W), share of the fringe 1 / (1 + W).
    """
    level = np.asarray(advantage, dtype=np.float64) / taste_scale - 1.0
    w = np.where(level > 1.0, level - np.log(np.maximum(level, 1.0)), np.exp(np.minimum(level, 1.0)) / 2.0)
    for _ in range(60):  # Newton on w + ln w = level, which rises and is concave: it cannot overshoot twice
        step = (level - w - np.log(w)) / (1.0 + 1.0 / w)
        w = np.maximum(w + step, 0.1 * w)
    return Duopoly(taste_scale * (1.0 + w), 1.0 / (1.0 + w))


def added_worth(log_total: ArrayLike, log_part: ArrayLike, money_per_log: ArrayLike) -> Floats:
    """Users' gain, in money, from alternatives that are added: money x ln((T + part) / T), (n,).

    log_total: ln of the odds of all there is without them, outside option included; log_part: ln of
    the odds of what is added; money_per_log: money that is worth one unit of ln odds (mu / alpha).
    Prices stand still.
    """
    gap = np.asarray(log_part, dtype=np.float64) - np.asarray(log_total, dtype=np.float64)
    return np.asarray(np.asarray(money_per_log) * np.logaddexp(0.0, gap))


def share_of_added(log_total: ArrayLike, log_part: ArrayLike) -> Floats:
    """Probability that a user takes what is added, (n,)."""
    gap = np.asarray(log_part, dtype=np.float64) - np.asarray(log_total, dtype=np.float64)
    return np.asarray(np.exp(-np.logaddexp(0.0, -gap)))


def opening_gain(
    own_profit_closed: float, own_profit_open: float, complement_share: float, worth_to_others: float
) -> float:
    """What opening a model adds to its maker's profit per step, USD.

    Own margin lost to hosts and to users who run it themselves (rivals' margins are not counted:
    hurting them is no gain by itself), plus the part of its worth to others, payments for running it
    and users' gain, that comes back through complements.
    """
    return own_profit_open - own_profit_closed + complement_share * worth_to_others
