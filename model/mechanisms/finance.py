"""Money over time: annuities, present values, outside funding."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def annuity(rate: ArrayLike, periods: ArrayLike) -> Floats:
    """Present value of 1 a period, sum_{t=1..H} (1+i)^-t = (1 - (1+i)^-H)/i; H at i = 0.

    rate i > -1 per period; periods H >= 0, fractions allowed (closed form), inf allowed for i > 0.
    """
    interest, horizon = np.asarray(rate, np.float64), np.asarray(periods, np.float64)
    none = interest == 0.0
    safe = np.where(none, 1.0, interest)
    factor = -np.expm1(-horizon * np.log1p(safe)) / safe
    present: Floats = np.where(none, horizon, factor)[()]
    return present


def present_value(flow: ArrayLike, discount: ArrayLike, horizon: ArrayLike) -> Floats:
    """flow * sum_{t=1..H} delta^t: a constant flow over H periods, delta = discount in (0, 1]."""
    return np.asarray(flow, np.float64) * annuity(1.0 / np.asarray(discount, np.float64) - 1.0, horizon)


def credit_limit(
    revenue_trend_year: ArrayLike, multiple: ArrayLike, initial_round_remaining: ArrayLike
) -> Floats:
    """Outside funding: multiple * trend of yearly revenue + rest of the first round [model 4g'].

    USD (any unit of money). A falling, negative trend earns no credit but does not claw back the
    round.
    """
    revenue = np.maximum(np.asarray(revenue_trend_year, np.float64), 0.0)
    first = np.maximum(np.asarray(initial_round_remaining, np.float64), 0.0)
    limit: Floats = np.asarray(multiple, np.float64) * revenue + first
    return limit


def equity_for(credits_usd: ArrayLike, expected_payouts_usd: ArrayLike) -> Floats:
    """The share of a firm at which credits are worth giving: K / E[present value of payouts]; inf if none."""
    worth = np.asarray(expected_payouts_usd, np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(worth > 0.0, np.asarray(credits_usd, np.float64) / worth, np.inf))


def diluted(held: float, new: float) -> float:
    """Share in other hands after a further share `new` of the whole firm is sold: 1 - (1 - h)(1 - e)."""
    return 1.0 - (1.0 - held) * (1.0 - new)


def second_price(bids: ArrayLike) -> tuple[int, float]:
    """Winner (first of equals) and price: the second best bid, at least 0. (-1, 0) if no bid is above 0."""
    offers = np.asarray(bids, np.float64)
    if offers.size == 0 or not offers.max() > 0.0:
        return -1, 0.0
    winner = int(np.argmax(offers))
    others = np.delete(offers, winner)
    return winner, max(float(others.max(initial=0.0)), 0.0)
