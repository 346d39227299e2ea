"""Menus that share tiers: the compiled search against the equations of `response`, case by case."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from model.mechanisms.menu_prices import Menus, best_prices, profits_at
from model.mechanisms.response import best_response, own_profit, situation

USERS, TIERS, PARTIES, CASES, MOST = 300, 9, 3, 40, 4


def menus(effect: str, seed: int = 0) -> tuple[Menus, np.ndarray]:
    """Random menus of random size, and prices; more users than a block of the climb."""
    draw = np.random.default_rng(seed)
    size = draw.integers(0, MOST + 1, CASES)
    size[:5] = [0, 1, 2, 3, 4]
    income = draw.lognormal(3.0, 0.8, USERS) if effect == "log" else None
    slope = draw.lognormal(0.0, 0.5, USERS) * (1.0 if income is None else 8.0)
    asked = Menus(
        worth=draw.normal(2.0, 1.0, (TIERS, USERS)),
        appeal=draw.normal(0.0, 0.5, (PARTIES, USERS)),
        rivals=draw.normal(1.0, 1.0, (PARTIES, USERS)),
        owner=draw.integers(0, PARTIES, CASES),
        size=size,
        tier=np.array([draw.permutation(TIERS)[:MOST] for _ in range(CASES)]),
        cost=draw.uniform(-0.2, 1.0, (CASES, MOST)),
        weight=draw.uniform(0.1, 2.0, USERS),
        slope=slope,
        income=income,
        mu=1.0,
        mu_w=0.4,
    )
    return asked, draw.uniform(0.1, 3.0, (CASES, MOST))


def plainly(asked: Menus) -> dict[str, Any]:
    """The same menus as whole arrays, which is what `response` asks for."""
    value = asked.worth[asked.tier] + asked.appeal[asked.owner][:, None, :]
    return {
        "value": value.transpose(0, 2, 1),
        "cost": asked.cost,
        "rivals": asked.rivals[asked.owner],
        "weight": asked.weight,
        "price_coefficient": asked.slope,
        "taste_scale": asked.mu,
        "within_lab_scale": asked.mu_w,
        "mask": np.arange(MOST) < asked.size[:, None],
        "income": asked.income,
        "income_effect": "linear" if asked.income is None else "log",
    }


@pytest.mark.parametrize("effect", ["linear", "log"])
def test_profits_at_given_prices(effect: str) -> None:
    asked, prices = menus(effect)
    if asked.income is not None:
        prices[7] = 1.1 * asked.income.min()  # beyond the income of some
    given = plainly(asked)
    wanted, _ = own_profit(situation(**given), prices)
    np.testing.assert_allclose(profits_at(asked, prices), wanted, rtol=1e-12, atol=1e-12)
    assert profits_at(asked, prices)[asked.size == 0].tolist() == [0.0] * int((asked.size == 0).sum())


@pytest.mark.parametrize("effect", ["linear", "log"])
def test_best_prices(effect: str) -> None:
    asked, start = menus(effect, seed=1)
    before = start.copy()
    found = best_prices(asked, start, 60, 1e-9)
    wanted = best_response(**plainly(asked), start_prices=start, iterations=60, tolerance=1e-9)
    np.testing.assert_array_equal(start, before)
    there = np.arange(MOST) < asked.size[:, None]
    np.testing.assert_allclose(found.prices[there], wanted.prices[there], rtol=1e-9)
    sold = asked.size > 0
    np.testing.assert_allclose(found.profit[sold], wanted.profit[sold], rtol=1e-12)
    np.testing.assert_array_equal(found.prices[~there], start[~there])
    assert (found.profit[sold] > profits_at(asked, start)[sold] - 1e-12).all()


def test_without_any_alternative_no_price_is_best() -> None:
    asked, start = menus("linear")
    alone = asked._replace(rivals=np.full_like(asked.rivals, -np.inf))
    with pytest.raises(ValueError, match="no price is best"):
        best_prices(alone, start, 5, 1e-6)
