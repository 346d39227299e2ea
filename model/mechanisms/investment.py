"""Expectations and the decision to build: adaptive beliefs, expansion, permits."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from model.mechanisms.finance import annuity

Floats = NDArray[np.float64]


def adaptive(expected: ArrayLike, observed: ArrayLike, gain: ArrayLike) -> Floats:
    """x_hat + lambda (x - x_hat) [Nerlove 1958; P19]. On a ramp it lags by slope/lambda."""
    old, seen = np.asarray(expected, np.float64), np.asarray(observed, np.float64)
    return old + np.asarray(gain, np.float64) * (seen - old)


def trend_corrected(
    level: ArrayLike, trend: ArrayLike, observed: ArrayLike, gain: ArrayLike, trend_gain: ArrayLike
) -> tuple[Floats, Floats]:
    """New level and trend per step; the next value is expected at level + trend [Holt 1957].

    The surprise u = x - (level + trend) moves the level by gain*u and the trend by
    gain*trend_gain*u, so that no lag is left on a ramp. trend_gain = 0 with trend = 0 is
    `adaptive`.
    """
    slope = np.asarray(trend, np.float64)
    forecast = np.asarray(level, np.float64) + slope
    move = np.asarray(gain, np.float64) * (np.asarray(observed, np.float64) - forecast)
    return forecast + move, slope + np.asarray(trend_gain, np.float64) * move


def expansion_share(
    expected_price: ArrayLike, long_run_cost: ArrayLike, sensitivity: ArrayLike, maximum: ArrayLike
) -> Floats:
    """Share of capacity to add: clip(k ln(p_hat/LRMC), 0, maximum); none below cost [model 5].

    Price and cost in the same unit; it depends on their ratio alone. A price of 0 builds nothing.
    """
    price, cost = np.asarray(expected_price, np.float64), np.asarray(long_run_cost, np.float64)
    with np.errstate(divide="ignore"):
        wanted = np.asarray(sensitivity, np.float64) * np.log(price / cost)
    share: Floats = np.clip(wanted, 0.0, np.asarray(maximum, np.float64))
    return share


def permit_hazard(power_mw: ArrayLike, base_hazard: ArrayLike, reference_mw: ArrayLike) -> Floats:
    """Permits per year of waiting, base/(1 + MW/MW_ref): the grid feels large sites [model 5].

    A rate per year: over dt years the chance is 1 - exp(-hazard dt). At MW_ref it is half the base.
    """
    size = np.asarray(power_mw, np.float64) / np.asarray(reference_mw, np.float64)
    return np.asarray(base_hazard, np.float64) / (1.0 + size)


def order_value(
    margin: ArrayLike, flop_year: ArrayLike, hazard: ArrayLike, interest: float, life_years: float
) -> Floats:
    """Present value of chips that wait for a permit, USD: margin x FLOP a year x annuity x h/(h + r).

    margin: expected rent less long-run cost, USD per FLOP, none below zero (nobody has to build);
    hazard h of the permit per year: E[exp(-rT)] of an exponential wait is h/(h + r), r = ln(1 + interest).
    """
    rate = np.log1p(interest)
    chance = np.asarray(hazard, np.float64)
    gain = np.maximum(np.asarray(margin, np.float64), 0.0) * np.asarray(flop_year, np.float64)
    return np.asarray(gain * annuity(interest, life_years) * chance / (chance + rate))
