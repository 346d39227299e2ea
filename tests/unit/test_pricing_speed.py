"""Shortcuts of the price solver that must not change what it finds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from model.mechanisms import pricing, response
from model.mechanisms.pricing import equilibrium_prices


def crowd(every: int, times: float, grid: bool) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Two labs, 2,400 users: many poor ones and a few who would pay many times as much."""
    rng = np.random.default_rng(3)
    n = 2400
    income = np.exp(0.1 * rng.standard_normal(n))
    income[::every] *= times
    if not grid:
        rng.shuffle(income)
    value = np.outer(np.exp(0.1 * rng.standard_normal(n)), [3.0, 3.5, 4.0])
    rules = {
        "weight": np.full(n, 1.0 / n),
        "price_coefficient": 1.0 / income,
        "taste_scale": 1.0,
        "within_lab_scale": 0.5,
        "outside_utility": 0.0,
    }
    return (value, [0.1, 0.2, 0.3], [0, 1, 1]), rules


@pytest.mark.parametrize("grid", [True, False])
@pytest.mark.parametrize(
    ("every", "times", "jump"), [(20, 100.0, True), (300, 2000.0, True), (200, 100.0, False)]
)
def test_few_users_lead_to_the_same_peaks(
    every: int, times: float, jump: bool, grid: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Distant prices are first tried on 500 users: the answer is that of trying them on all.

    A peak at which only a rich minority buys must be seen, also where the rich stand at every k-th place.
    """
    offers, rules = crowd(every, times, grid)
    near = equilibrium_prices(*offers, **rules, look_around=False)
    found = equilibrium_prices(*offers, **rules)
    monkeypatch.setattr(pricing, "FEW", 10**9)
    whole = equilibrium_prices(*offers, **rules)
    np.testing.assert_allclose(found.prices, whole.prices, rtol=1e-8)
    assert (np.abs(near.prices / found.prices - 1.0).max() > 0.5) == jump


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cases are climbed in blocks that fit the cache: the same as all at once, but for the last digit."""
    rng = np.random.default_rng(4)
    cases, users, tiers = 7, 300, 3
    given = (
        rng.normal(2.0, 1.0, (cases, users, tiers)),
        rng.uniform(0.1, 1.0, (cases, tiers)),
        np.zeros((cases, users)),
    )
    rules = {
        "weight": np.full(users, 1.0 / users),
        "price_coefficient": np.exp(rng.standard_normal(users)),
        "taste_scale": 1.0,
        "within_lab_scale": 0.3,
    }
    found = []
    for block in (10**9, 2 * users * tiers, 1):
        monkeypatch.setattr(response, "BLOCK", block)
        found.append(response.best_response(*given, **rules))
    for other in found[1:]:
        np.testing.assert_allclose(other.prices, found[0].prices, rtol=1e-13)
        np.testing.assert_allclose(other.profit, found[0].profit, rtol=1e-13)
