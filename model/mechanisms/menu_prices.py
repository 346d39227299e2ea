"""Many menus of a few labs that share tiers: their profits at given prices, and their best prices.

What a decision compares differs in a tier or two: a tier's worth to users is handed over once, and each menu
says which tiers it has. The equations are those of `response` and `climbing` (a test holds one against the
other).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from model.mechanisms.climbing import LOWEST, climb_case, exponential, logarithm, product
from model.mechanisms.compiled import compiled, plain
from model.mechanisms.response import BestResponse, taste_in_money

Array = NDArray[np.float64]


class Menus(NamedTuple):
    """B menus of P parties with up to K of T tiers; n users; places beyond a menu's size mean nothing."""

    worth: Array  # (T, n) gross utility of a tier without what its seller adds to it
    appeal: Array  # (P, n) what the seller adds
    rivals: Array  # (P, n) log-sum of everything else, in units of mu
    owner: NDArray[np.intp]  # (B,) party of each menu
    size: NDArray[np.intp]  # (B,) tiers of each menu
    tier: NDArray[np.intp]  # (B, K) the tiers
    cost: Array  # (B, K) cost of a tier less advertising revenue, money per user
    weight: Array  # (n,)
    slope: Array  # (n,) price coefficient
    income: Array | None  # (n,) with the log income effect
    mu: float
    mu_w: float


def profits_at(menus: Menus, prices: Array) -> Array:
    """Profit of each menu, (B,), weight x money, at prices (B, K)."""
    return _search(menus, prices, 0, 0.0).profit


def best_prices(menus: Menus, start: Array, iterations: int, tolerance: float) -> BestResponse:
    """Prices (B, K) >= 0 that maximise each menu's profit, and the profit; see `response.best_response`.

    Prices of places without a tier stay as they were. ValueError if a user who minds prices linearly has
    no alternative at all.
    """
    if menus.income is None and bool(((menus.rivals == -np.inf) & (menus.weight > 0.0)).any()):
        raise ValueError("rivals is -inf for some users: without rivals and outside option no price is best")
    return _search(menus, np.maximum(start, 0.0), iterations, tolerance)


def _search(menus: Menus, prices: Array, iterations: int, tolerance: float) -> BestResponse:
    income = np.zeros(0) if menus.income is None else menus.income
    worth, appeal, rivals, cost, weight, slope, income = plain(
        menus.worth, menus.appeal, menus.rivals, menus.cost, menus.weight, menus.slope, income
    )
    found = np.array(prices, dtype=np.float64)
    unit = taste_in_money(menus.mu, menus.weight, menus.slope, menus.income)
    laid = (worth, appeal, rivals, menus.owner, menus.size, menus.tier, cost)
    users = (weight, slope, income, menus.mu, menus.mu_w)
    profit: Array = _search_each(*laid, *users, found, iterations, tolerance, unit)
    return BestResponse(found, profit)


@compiled
def _search_each(
    worth: Array,
    appeal: Array,
    rivals: Array,
    owner: NDArray[np.intp],
    size: NDArray[np.intp],
    tier: NDArray[np.intp],
    cost: Array,
    weight: Array,
    slope: Array,
    income: Array,
    mu: float,
    mu_w: float,
    prices: Array,
    iterations: int,
    tolerance: float,
    unit: float,
) -> Array:
    """Profits (B,); `prices` (B, K) are moved to the best ones, or left alone without iterations."""
    cases, most = tier.shape
    profits = np.zeros(cases)
    value, own = np.empty((most, worth.shape[1])), np.empty((most, 1))
    work, alone = np.empty_like(value), np.empty((3, worth.shape[1]))
    for b in range(cases):
        tiers, party = size[b], owner[b]
        if tiers == 0:
            continue
        for k in range(tiers):
            own[k, 0] = cost[b, k]
            base, row, added = worth[tier[b, k]], value[k], appeal[party]
            for i in range(row.size):
                row[i] = base[i] + added[i]
        mine, asked = value[:tiers], prices[b, :tiers]
        if iterations > 0:
            limits = (0.0, iterations, tolerance, unit)
            profits[b] = climb_case(
                mine, own[:tiers], rivals[party], weight, slope, income, mu, mu_w, asked, *limits
            )
        else:
            profits[b] = profit_at(
                mine, own, rivals[party], weight, slope, income, mu, mu_w, asked, work, alone
            )
    return profits


@compiled
def profit_at(
    value: Array,
    cost: Array,
    rivals: Array,
    weight: Array,
    slope: Array,
    income: Array,
    mu: float,
    mu_w: float,
    prices: Array,
    work: Array,
    alone: Array,
) -> float:
    """Profit of one menu at prices (K,); value (K, n), cost (K, 1); the rest is scratch."""
    tiers, users = value.shape
    best, total, mean = alone[0], alone[1], alone[2]
    best[:] = LOWEST
    for k in range(tiers):
        u, price = work[k], prices[k]
        for i in range(users):
            if income.size > 0:
                u[i] = value[k, i] + slope[i] * logarithm(max(1.0 - price / income[i], 0.0))
            else:
                u[i] = value[k, i] - slope[i] * price
            best[i] = max(best[i], u[i])
    total[:] = 0.0
    mean[:] = 0.0
    for k in range(tiers):
        u, margin = work[k], prices[k] - cost[k, 0]
        for i in range(users):
            odds = exponential((u[i] - best[i]) / mu_w)
            total[i] += odds
            mean[i] += odds * margin
    for i in range(users):
        inclusive = max(best[i] + mu_w * logarithm(total[i]), LOWEST)
        against = exponential(min(max(rivals[i] - inclusive / mu, -745.0), 700.0))
        mean[i] *= weight[i] / ((1.0 + against) * max(total[i], 1e-300))
    return float(product(mean[:users], np.ones(users)))
