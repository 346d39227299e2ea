"""The price kernel: best responses of 8 labs, and the equilibrium of 8 labs with 3 tiers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from model.mechanisms.pricing import equilibrium_prices
from model.mechanisms.response import best_response
from tests.bench.sheet import Sheet

LABS, TYPES, TIERS = 8, 2000, 3


def market() -> tuple[dict[str, Any], Any, Any]:
    """Lognormal incomes, three tiers a lab of rising quality and cost: (users, value, cost)."""
    rng = np.random.default_rng(7)
    income = np.exp(0.9 * rng.standard_normal(TYPES))
    users = {
        "weight": np.full(TYPES, 1.0 / TYPES),
        "price_coefficient": 1.0 / income,
        "taste_scale": 1.0,
        "within_lab_scale": 0.1,
    }
    quality = np.array([1.0, 2.0, 2.6]) + 0.1 * rng.standard_normal((LABS, TIERS))
    value = quality[:, None, :] * np.exp(0.1 * rng.standard_normal((1, TYPES, 1)))
    return users, value, np.broadcast_to([0.1, 0.4, 1.0], (LABS, TIERS))


@pytest.mark.parametrize(
    ("how", "limits"),
    [
        ("8 steps", {"iterations": 8, "tolerance": 1e-4}),
        ("exact", {}),
    ],
    ids=["step", "exact"],
)
def test_best_response(benchmark: Any, sheet: Sheet, how: str, limits: dict[str, Any]) -> None:
    """All eight labs at once, against rivals worth as much as nothing and seven labs."""
    users, value, cost = market()
    rivals = np.full((1, TYPES), np.log(1.0 + 7.0 * np.exp(0.5)))
    found = benchmark.pedantic(
        best_response, args=(value, cost, rivals), kwargs=users | limits, rounds=15, warmup_rounds=1
    )
    assert (found.prices > cost).all()
    sheet.prices[f"best response, B = 8, n = 2000, K = 3, {how}"] = benchmark.stats.stats.median


@pytest.mark.parametrize("look_around", [False, True], ids=["near", "far"])
def test_equilibrium(benchmark: Any, sheet: Sheet, look_around: bool) -> None:
    """Bertrand-Nash among the eight labs; `look_around`: also tries other peaks of profit."""
    users, value, cost = market()
    flat = value.transpose(1, 0, 2).reshape(TYPES, LABS * TIERS)
    found = benchmark.pedantic(
        equilibrium_prices,
        args=(flat, cost.reshape(-1), np.repeat(np.arange(LABS), TIERS)),
        kwargs=users | {"outside_utility": 0.0, "look_around": look_around},
        rounds=7,
        warmup_rounds=1,
    )
    assert (found.profits > 0).all()
    way = "far looks too" if look_around else "small moves only"
    sheet.prices[f"equilibrium, 8 labs x 3 tiers x 2000, {way}"] = benchmark.stats.stats.median
