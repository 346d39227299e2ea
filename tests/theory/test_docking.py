"""Docking: two engines of demand, two rules of pricing, two of entry. The other one tells the same story.

`tests/unit/test_agents_docking.py` compares the engines offer by offer; here outcomes of the whole
industry are compared. Larger versions of the rules' part stand in `experiments/verify/docking.py`.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from experiments.verify.docking import OUTCOMES, PAIR, RULES, priced, sign
from experiments.verify.markets import in_order, menus_of
from experiments.verify.regimes import REGIMES, interval, play
from experiments.verify.registry import reference
from experiments.verify.scenarios import last_tiers, price_game, settle
from model import simulate
from tests.support.small import small

SEEDS = 30
FEW: dict[str, Any] = {"users.types": 40, "horizon.steps": 3, "labs.data_count": 3}
LUMPED = {"users.engine": "lumped"}


@cache
def ends(first: int, *changes: tuple[str, Any]) -> NDArray[np.float64]:
    """Last hhi_users, adoption and yearly revenue of the whole industry, (SEEDS, 3), from seed `first`."""
    chosen = small("inference-at-deployment", FEW | dict(changes))
    found = []
    for seed in range(first, first + SEEDS):
        result = simulate(chosen, seed)
        last = result.metrics.iloc[-1]
        labs = result.labs
        revenue = labs.loc[labs["step"] == labs["step"].max(), "revenue_usd"].sum()
        found.append([last["hhi_users"], last["adoption"], revenue])
    return np.array(found, dtype=np.float64)


def p_values(a: NDArray[Any], b: NDArray[Any]) -> list[float]:
    """Kolmogorov and Smirnov, outcome by outcome."""
    return [float(stats.ks_2samp(x, y).pvalue) for x, y in zip(a.T, b.T, strict=True)]


@pytest.mark.slow
def test_outcomes_of_the_two_engines_have_one_distribution() -> None:
    """Other seeds on either side, so that the samples are independent; the spread is not nil."""
    one, other = ends(0), ends(1000, *LUMPED.items())
    assert (np.array([len(np.unique(x)) for x in one.T]) == SEEDS).all()
    assert min(p_values(one, other)) > 1e-3


@pytest.mark.slow
def test_the_same_comparison_sees_other_users() -> None:
    """Control: users half as sensitive to prices are told apart by at least one of the outcomes."""
    other = ends(1000, *LUMPED.items(), ("users.price_sensitivity", 0.5 * sensitivity()))
    assert min(p_values(ends(0), other)) < 1e-3


def sensitivity() -> float:
    return small("inference-at-deployment", FEW).users.price_sensitivity


@pytest.mark.parametrize("rule", RULES)
def test_both_price_rules_arrive_at_the_equilibrium_of_p05(rule: str) -> None:
    row = reference()["P05_A"]
    game = price_game(
        menus_of(row), incomes=row["income"], weights=row["weight"], steps=80, more=priced(rule)
    )
    tiers, order = last_tiers(settle(game)), in_order(row)
    np.testing.assert_allclose(tiers["price_usd"], np.array(row["price"])[order], rtol=2e-3)
    np.testing.assert_allclose(tiers["users"], np.array(row["share"])[order], atol=2e-3)


@pytest.mark.parametrize("rule", RULES)
def test_both_price_rules_arrive_at_the_fee_of_p09(rule: str) -> None:
    """Cost plus 1.5 for all tiers, though tiers of one lab are all but the same to users."""
    row = reference()["P09_av"]
    game = price_game(
        [list(zip(row["q"][:3], row["c"][:3], strict=True))] * 3,
        mu_w=0.01,
        outside=None,
        incomes=[1.0] * 3,
        weights=row["w"],
        tastes=row["theta"],
        more=priced(rule),
    )
    tiers = last_tiers(settle(game))
    np.testing.assert_allclose(tiers["price_usd"], np.array(row["c"]) + 1.5, rtol=2e-3)
    np.testing.assert_allclose(tiers["users"], row["share"], atol=2e-3)


def gaps(rule: str, seeds: int) -> dict[str, tuple[float, float]]:
    """Inference at deployment less pre-training on the same seeds: mean, and half-width at 95 %."""
    means = {}
    for regime in PAIR:
        chosen = small(regime, {"labs.price_rule": rule})
        runs = [simulate(chosen, seed).metrics for seed in range(seeds)]
        means[regime] = np.array([[float(m[name].mean()) for name in OUTCOMES] for m in runs])
    gap = means[PAIR[1]] - means[PAIR[0]]
    room = stats.t.ppf(0.975, seeds - 1) * gap.std(0, ddof=1) / np.sqrt(seeds)
    return {name: (float(m), float(r)) for name, m, r in zip(OUTCOMES, gap.mean(0), room, strict=True)}


def test_regimes_differ_in_the_same_direction_by_either_price_rule() -> None:
    """Wherever both intervals leave zero; at least one outcome is that clear, or nothing is compared."""
    one, other = (gaps(rule, 8) for rule in RULES)
    clear = [name for name in OUTCOMES if sign(one[name]) and sign(other[name])]
    assert clear, (one, other)
    assert all(sign(one[name]) == sign(other[name]) for name in clear), (one, other)


def test_regimes_differ_in_labs_in_the_same_direction_by_either_entry_rule() -> None:
    """P10, smallest market: inside theory's interval by both rules, and the regimes in one order."""
    counts = {}
    for rule in ("myopic", "symmetric"):
        for regime in REGIMES:
            labs = play(regime, 1e4, 100, rule).metrics["labs_total"].iloc[50:]
            counts[rule, regime.key] = float(labs.median())
            low, high = interval(regime, 1e4)
            assert low <= counts[rule, regime.key] <= high, (rule, regime.key, counts)
    for regime in REGIMES[1:]:
        signs = [
            np.sign(counts[rule, regime.key] - counts[rule, REGIMES[0].key])
            for rule in ("myopic", "symmetric")
        ]
        assert signs[0] == signs[1]
    assert counts["myopic", "inference_deploy"] > counts["myopic", "pretraining"]
