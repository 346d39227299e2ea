"""The price kernel: best responses of 8 labs, and the equilibrium of 8 labs with 3 tiers."""

from __future__ import annotations

from time import process_time
from typing import Any
from unittest.mock import patch

import numpy as np
import pyblp
import pytest

from experiments.verify.pricing import laid_out
from experiments.verify.referee import judge
from model.mechanisms.pricing import equilibrium_prices
from model.mechanisms.response import best_response
from tests.bench.sheet import Duel, Sheet

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


def test_equilibrium_against_pyblp(sheet: Sheet) -> None:
    """The same market of 2,000 sampled users for both: the solver of the model with its defaults.

    From last prices: those of a quarter ago, when every quality was lower, by 0.05 +- 0.03 utils.
    """
    rng = np.random.default_rng(8)
    owner = np.repeat(np.arange(LABS), TIERS)
    quality = (np.array([1.0, 2.0, 2.6]) + 0.1 * rng.standard_normal((LABS, TIERS))).reshape(-1)
    now: dict[str, Any] = {
        "q": quality,
        "xi": np.zeros(owner.size),
        "c": np.tile([0.1, 0.4, 1.0], LABS),
        "owner": owner,
        "nest": owner,
        "rho": 0.5,
        "income": np.exp(0.9 * rng.standard_normal(TYPES)),
        "theta": np.exp(0.1 * rng.standard_normal(TYPES)),
        "weight": np.full(TYPES, 1.0 / TYPES),
        "alpha": 1.0,
    }
    before = now | {"q": quality - 0.05 - 0.03 * rng.standard_normal(quality.size)}
    (offers, rules), (old_offers, old_rules) = laid_out(now), laid_out(before)
    last = equilibrium_prices(*old_offers, **old_rules).prices
    cold, ours = _timed(lambda: equilibrium_prices(*offers, **rules), 15)
    warm, again = _timed(lambda: equilibrium_prices(*offers, **rules, start=last), 15)
    solve, spent = pyblp.Simulation.replace_endogenous, []

    def watched(*given: Any, **named: Any) -> Any:  # its solver alone, without the set-up
        start = process_time()
        found = solve(*given, **named)
        spent.append(process_time() - start)
        return found

    with patch.object(pyblp.Simulation, "replace_endogenous", watched):
        theirs = judge(now)
    assert theirs.converged
    apart = max(float(np.abs(p / theirs.prices - 1.0).max()) for p in (ours.prices, again.prices))
    assert apart < 1e-5
    assert np.abs(last / ours.prices - 1.0).max() > 1e-3  # else the warm start had nothing to do
    sheet.duel = Duel(f"{LABS} labs x {TIERS} tiers x {TYPES:,} users", cold, warm, spent[0], apart)


def _timed(work: Any, rounds: int) -> tuple[float, Any]:
    """Median seconds of processor time after one unmeasured round, and the result."""
    found, took = work(), []
    for _ in range(rounds):
        start = process_time()
        found = work()
        took.append(process_time() - start)
    return float(np.median(took)), found
