"""One case of theory through the whole simulation: prices found by labs are PyBLP's (P05-A).

All cases stand in tests/theory; this one says at once when the road from scenario to equilibrium breaks.
"""

from __future__ import annotations

import numpy as np
import pytest

from model import Results, simulate
from tests.support.small import theory

QUALITY = (1.0, 2.2, 1.6, 3.2, 0.5, 1.1)
APPEAL = (0.8, 0.0, -0.8)
COST = (0.1, 0.6, 0.15, 1.0, 0.05, 0.25)
PRICES = (1.224483, 2.389920, 1.122156, 3.051448, 0.629692, 0.949585)
SHARES = (0.157560, 0.153407, 0.149063, 0.115542, 0.051365, 0.052896)
OUTSIDE, HHI = 0.320167, 0.384242
PAID = {0.25: 0.9767, 0.5: 1.2616, 1.0: 1.7337, 2.0: 2.0705, 4.0: 2.2351}  # mean price by income
STEPS = 30
LABS = [
    {
        "name": f"Lab {j}",
        "appeal": APPEAL[j],
        "tiers": [
            {"depth": 1.0, "cost_usd": COST[k], "capability_oom": QUALITY[k], "price_usd": 1.0}
            for k in (2 * j, 2 * j + 1)
        ],
    }
    for j in range(3)
]
WEALTH = {
    "users.count": 5,
    "users.wealth.atoms": list(PAID),
    "users.wealth.atom_weights": [0.2, 0.3, 0.25, 0.15, 0.1],
}


@pytest.fixture(scope="module")
def market() -> Results:
    return simulate(theory(LABS, WEALTH | {"horizon.steps": STEPS}), seed=7)


def test_labs_find_the_equilibrium(market: Results) -> None:
    last = market.tiers.query(f"step == {STEPS}")
    np.testing.assert_allclose(last["price_usd"], PRICES, rtol=1e-5)
    np.testing.assert_allclose(last["users"], SHARES, atol=1e-5)
    metrics = market.metrics.iloc[-1]
    assert 1 - metrics["adoption"] == pytest.approx(OUTSIDE, abs=1e-5)
    assert metrics["hhi_users"] == pytest.approx(HHI, abs=1e-5)


def test_the_rich_pay_more_though_all_see_one_menu(market: Results) -> None:
    cells = market.users.query(f"step == {STEPS} and population > 0")
    for income, paid in zip(cells["wealth_usd"], cells["price_paid_usd"], strict=True):
        assert paid == pytest.approx(PAID[round(income, 9)], abs=1e-3)


def test_they_come_from_any_start() -> None:
    """From prices far too low and far too high."""
    for start in (0.01, 4.0):
        labs = [{**lab, "tiers": [{**t, "price_usd": start} for t in lab["tiers"]]} for lab in LABS]
        found = simulate(theory(labs, WEALTH | {"horizon.steps": STEPS}), seed=7)
        last = found.tiers.query(f"step == {STEPS}")
        np.testing.assert_allclose(last["price_usd"], PRICES, rtol=1e-4)


def test_nested_tiers_too() -> None:
    """P05-B: tiers nested in labs, within-lab scale .3."""
    found = simulate(theory(LABS, WEALTH | {"horizon.steps": 60, "users.within_lab_scale": 0.3}), seed=7)
    prices = (1.251305, 2.383754, 1.235963, 2.927368, 0.659101, 0.988513)
    last = found.tiers.query("step == 60")
    np.testing.assert_allclose(last["price_usd"], prices, rtol=2e-3)
