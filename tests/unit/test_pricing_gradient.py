"""Prices by experiment: the parabola, the reach, and labs that find what theory says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import lambertw

from agents.decisions.outlook import Appraisal, Ask
from agents.decisions.pricing import AIMS, decide_prices
from agents.decisions.pricing_gradient import offsets, parabola, top, uphill
from model import Industry, simulate
from model.catalogue import Decision, Spec
from model.scenario import parameters
from tests.support.small import run, small, theory

RULE = {"labs.price_rule": "gradient"}
REACH, DAMPING = 0.3, 0.5


def one_lab(price: float, *, value: float = 3.0, cost: float = 0.4, **changes: Any) -> Industry:
    """A monopolist of one tier with an outside good, before its first step."""
    tier = {"depth": 1.0, "cost_usd": cost, "capability_oom": value, "price_usd": price}
    return Industry(
        theory([{"name": "A", "tiers": [tier]}], RULE | {"users.outside_utility": 0.0} | changes), rng=1
    )


def price_of(industry: Industry) -> float:
    return industry.labs[0].tiers[0].price_usd


def aim(industry: Industry, profit: Callable[[list[Spec]], float]) -> tuple[Any, list[Ask], list[Decision]]:
    """What the first lab aims at if the world pays `profit`: prices, questions, what is on record."""
    lab, outlook = industry.labs[0], industry.outlook(industry.books())
    talk, asked = uphill(lab, 0, [Spec.of(t) for t in lab.menus[0]], outlook), []
    answer: Appraisal | None = None
    while True:
        try:
            ask = talk.send(answer) if answer is not None else next(talk)  # type: ignore[arg-type]
        except StopIteration as done:
            return done.value[0], asked, done.value[1]
        asked.append(ask)
        answer = Appraisal(np.array([profit(menu) for menu in ask.menus]), np.zeros((len(ask.menus), 0)))


@given(
    top_at=st.floats(-50.0, 50.0),
    bend=st.floats(0.01, 100.0),
    height=st.floats(-5.0, 5.0),
    price=st.floats(0.0, 40.0),
    size=st.floats(0.01, 1.0),
)
def test_a_parabola_is_found_exactly(
    top_at: float, bend: float, height: float, price: float, size: float
) -> None:
    """Three points are enough, on both sides or on one."""
    offset = offsets(np.array([price]), np.array([size]))
    assert (price + offset >= 0.0).all() and offset[0, 0] != offset[0, 1] and offset.all()
    values = [height - 0.5 * bend * (price + x - top_at) ** 2 for x in (0.0, *offset[0])]
    slope, curvature = parabola(values[0], np.array([values[1:]]), offset)
    noise = 1e-14 * max(map(abs, values)) / size
    assert curvature[0] == pytest.approx(-bend, rel=1e-9, abs=8 * noise / size)
    assert slope[0] == pytest.approx(-bend * (price - top_at), rel=1e-9, abs=8 * noise)


def test_where_a_parabola_opens_upwards_the_move_goes_where_profit_rises() -> None:
    np.testing.assert_allclose(top(np.array([2.0, -2.0, 2.0]), np.array([-4.0, 4.0, 4.0])), [0.5, -0.5, 0.5])
    assert top(np.array([1.0, 0.0]), np.array([0.0, 0.0])).tolist() == [np.inf, 0.0]


def test_rounding_is_not_taken_for_a_slope() -> None:
    """A tier that nobody buys: profits differ in the last digit."""
    offset = np.array([[-0.1, 0.1]] * 2)
    slope, curvature = parabola(1.0, np.array([[1.0 + 2e-16, 1.0], [1.0 + 1e-6, 1.0]]), offset)
    assert slope[0] == curvature[0] == 0.0 and slope[1] != 0.0


def test_near_prices_are_reached_and_far_ones_by_steps() -> None:
    """One tier, profit a parabola in its price: the aim is its top, or as far as the reach allows."""
    industry = one_lab(2.0)  # a unit of taste is one dollar here: the reach is 0.3 x (2 + 1)
    for wanted, found in ((2.5, 2.5), (1.2, 1.2), (7.0, 2.9), (-3.0, 1.1)):
        prices, _, _ = aim(industry, lambda menu, at=wanted: 5.0 - (menu[0].price_usd - at) ** 2)
        assert prices[0] == pytest.approx(found, rel=1e-6)
    free = one_lab(0.0)
    prices, asked, _ = aim(free, lambda menu: 5.0 - (menu[0].price_usd - 0.2) ** 2)
    assert prices[0] == pytest.approx(0.5 * 0.2)  # single trials by halves
    assert min(s.price_usd for menu in asked[0].menus for s in menu) == 0.0
    prices, _, _ = aim(free, lambda menu: 5.0 - menu[0].price_usd)
    assert prices[0] == 0.0


@pytest.mark.parametrize("first", [0.0, 0.05, 1.0, 6.0])
@pytest.mark.parametrize(("value", "mu"), [(3.0, 1.0), (1.5, 0.4)])
def test_a_monopolist_finds_its_price(first: float, value: float, mu: float) -> None:
    """p = c + mu (1 + W(exp(x / mu - 1))), x the net surplus: from nothing, from below, from above."""
    industry = one_lab(
        first, value=value, **{"users.taste_scale": mu, "users.within_lab_scale": mu, "horizon.steps": 60}
    )
    for _ in range(60):
        industry.step()
    best = 0.4 + mu * (1.0 + float(lambertw(np.exp((value - 0.4) / mu - 1.0)).real))
    assert price_of(industry) == pytest.approx(best, rel=1e-3)


def test_advertising_makes_a_tier_free() -> None:
    """Attention worth more than the markup: the best price is zero, which is never crossed."""
    industry = one_lab(1.0, value=0.5, **{"users.advert_usd_year": 6.0, "horizon.steps": 30})
    seen = []
    for _ in range(30):
        industry.step()
        seen.append(price_of(industry))
    assert min(seen) == seen[-1] < 1e-6


@settings(max_examples=20, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32 - 1))
def test_no_step_is_longer_than_the_reach(seed: int) -> None:
    """Several labs and tiers at arbitrary prices, free ones among them."""
    rng = np.random.default_rng(seed)
    labs = [
        {
            "name": f"L{j}",
            "tiers": [
                {
                    "depth": 1.0,
                    "cost_usd": float(rng.uniform(0, 1)),
                    "capability_oom": float(rng.uniform(0, 4)),
                    "price_usd": float(rng.choice([0.0, 1e-6, 1.0, 30.0]) * rng.uniform(0.5, 2)),
                }
                for _ in range(rng.integers(1, 4))
            ],
        }
        for j in range(3)
    ]
    industry = Industry(theory(labs, RULE | {"users.within_lab_scale": float(rng.uniform(0.05, 1))}), rng=1)
    for _ in range(4):
        old = np.array([t.price_usd for lab in industry.labs for t in lab.tiers])
        industry.step()
        new = np.array([t.price_usd for lab in industry.labs for t in lab.tiers])
        assert (new >= 0.0).all()
        assert (np.abs(new - old) <= DAMPING * REACH * (old + 1.0) * (1 + 1e-9)).all()


def test_the_defaults_are_those_of_these_tests() -> None:
    known = {p.key: p.default for p in parameters()}
    assert known["labs.price_reach"] == REACH and known["labs.price_damping"] == DAMPING


@pytest.mark.parametrize("k", [1024.0, 1e-6])
def test_money_has_no_unit(k: float) -> None:
    """Incomes, costs and first prices times k: prices times k, all the way."""
    paths = []
    for unit in (1.0, k):
        tiers = [
            {"depth": 1.0, "cost_usd": c * unit, "capability_oom": q, "price_usd": p * unit}
            for c, q, p in ((0.1, 1.0, 0.0), (0.4, 2.0, 3.0))
        ]
        atoms = {"users.wealth.atoms": [0.5 * unit, 2.0 * unit], "users.count": 2}
        industry = Industry(theory([{"name": "A", "tiers": tiers}] * 2, RULE | atoms), rng=1)
        path = []
        for _ in range(15):
            industry.step()
            path.append([t.price_usd / unit for lab in industry.labs for t in lab.tiers])
        paths.append(np.array(path))
    np.testing.assert_allclose(paths[1], paths[0], rtol=1e-6, atol=1e-9)
    assert np.abs(paths[0][-1] - paths[0][0]).max() > 0.1


def test_it_asks_for_nothing_but_profits_at_tried_prices() -> None:
    """No question of the rule, or of the move that follows, lets prices be solved for."""
    industry = run(small("inference-at-deployment", RULE), 1)
    lab, outlook = industry.active_labs[0], industry.outlook(industry.books())
    talk, asks = decide_prices(lab, outlook), []
    answer = None
    while True:
        try:
            ask = talk.send(answer) if answer is not None else next(talk)  # type: ignore[arg-type]
        except StopIteration:
            break
        asks.append(ask)
        answer = Appraisal(np.arange(len(ask.menus), dtype=float), np.zeros((len(ask.menus), 0)))
    assert asks and {ask.iterations for ask in asks} == {0}


def test_both_rules_agree_on_where_to_rest() -> None:
    """At the equilibrium of one rule the other does not move."""
    tiers = [
        {"depth": 1.0, "cost_usd": c, "capability_oom": q, "price_usd": 1.0} for c, q in ((0.1, 1), (0.4, 2))
    ]
    labs = [{"name": name, "appeal": pull, "tiers": tiers} for name, pull in (("A", 0.0), ("B", 0.5))]
    found = {}
    for rule in AIMS:
        industry = Industry(theory(labs, {"labs.price_rule": rule, "users.outside_utility": 0.0}), rng=1)
        for _ in range(60):
            industry.step()
        found[rule] = [t.price_usd for lab in industry.labs for t in lab.tiers]
    np.testing.assert_allclose(found["gradient"], found["best_response"], rtol=1e-3)


def test_what_was_tried_is_on_record() -> None:
    """All tries with their profit, none taken; then the present prices against the move."""
    result = simulate(small(changes=RULE | {"horizon.steps": 2}), seed=4)
    table = result.decisions.query("decision == 'price'")
    tries = table[table["option"].str.startswith("try ")]
    assert not tries["chosen"].any() and tries["expected_payoff_usd"].map(np.isfinite).all()
    sold = result.tiers.query("not self_hosted and step == 0").groupby(["lab", "channel"]).size()
    first = tries[tries["step"] == 1]
    for (lab, channel), count in sold.items():
        mine = first[(first["lab"] == lab) & first["option"].str.startswith(f"try {channel} ")]
        # the menu may have changed by a release before prices: at least the tries of one tier
        assert len(mine) >= min(4, 2 * count + 2) and len(mine) % 2 == 0
    taken = table[table["chosen"]].groupby(["step", "lab"]).size()
    assert (taken >= 1).all()
    assert table["option"].str.endswith("uphill").any()


def test_the_books_close() -> None:
    """Two regimes by price experiments: payments are revenues, users stay users, prices are not negative."""
    closed = {"labs.menu_cost_usd": 1e4, "open_weights.self_hosting": False}
    for regime in ("pretraining", "inference-at-deployment"):
        result = simulate(small(regime, RULE | closed), seed=2)
        sold = result.tiers.query("not self_hosted").groupby(["step", "lab"])["revenue_usd"].sum()
        told = result.labs.set_index(["step", "lab"])["revenue_usd"].loc[sold.index]
        np.testing.assert_allclose(sold, told, rtol=1e-9, atol=1e-3)
        kinds = {"person": "subscription", "business": "metered"}
        bought = result.purchases.assign(channel=result.purchases["segment"].map(kinds)).query("tier >= 0")
        offers = result.tiers[["step", "lab", "channel", "tier", "self_hosted"]]
        bought = bought.merge(offers, on=["step", "lab", "channel", "tier"], how="left", validate="m:1")
        makers = ~bought["self_hosted"].astype(bool)  # hosts of open models are no labs
        assert bought["self_hosted"].notna().all() and makers.any()
        paid = bought[makers].groupby("step")["payments_usd"].sum()
        np.testing.assert_allclose(paid, result.labs.groupby("step")["revenue_usd"].sum(), rtol=1e-8)
        people = result.purchases.groupby("step")["users"].sum()
        np.testing.assert_allclose(people, result.users.groupby("step")["population"].sum(), rtol=1e-9)
        assert (result.tiers["price_usd"] >= 0.0).all()
