"""Elicitation: span added to models that are out, by whom, when, and to whom it is open."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
import pytest
from scipy.stats import poisson

from agents.fringe import Published
from model import Industry, Results, Scenario, simulate
from model.knowhow import Knowhow
from model.mechanisms.misuse import poisson_quantile, share_who_afford
from model.phases import elicitation
from model.phases.elicitation import Found, Methods
from tests.support.small import differences, run, small

DEEP = "inference-at-deployment"
OFF = {"misuse.lab_innovations_year": 0.0, "misuse.small_innovations_year": 0.0}
BUSY = {"misuse.lab_innovations_year": 6.0, "misuse.small_innovations_year": 100.0}
SPAN, SHARES = 4.0, np.array([0.4, 0.5, 0.5, 0.5, 0.8, 1.0, 1.3, 1.2])


@pytest.mark.parametrize("mean", [0.01, 0.5, 3.0, 40.0])
def test_arrivals_follow_the_law_of_poisson(mean: float) -> None:
    for uniform in np.linspace(0.003, 0.997, 40):
        assert poisson_quantile(float(uniform), mean) == int(poisson.ppf(uniform, mean))
    assert poisson_quantile(0.999, 0.0) == 0


def test_who_can_pay_for_trials_is_the_tail_of_budgets() -> None:
    assert share_who_afford(2e4, 2e4, 1.3) == share_who_afford(2e4, 1.0, 1.3) == 1.0
    assert share_who_afford(2e4, 2e6, 1.5) == pytest.approx(1e-3)


# -- span ---------------------------------------------------------------------------------------------


@cache
def know(elicited: float = 0.0) -> Knowhow:
    return Knowhow(*_plain(), elicitation_oom=elicited)


def _plain() -> tuple[Scenario, Any, float]:
    scenario = small(DEEP)
    return scenario, scenario.technology_at(0.0), 0.0


def test_nothing_added_is_nothing_changed_to_the_last_bit() -> None:
    base, cap = np.array([25.0, 26.0, 27.0]), np.array([1.0, 10.0, 1000.0])
    plain = know().profile(0, base, cap)
    for other in (know().profile(0, base, cap, np.zeros(3)), know(0.0).profile(0, base, cap, None)):
        for left, right in zip(plain, other, strict=True):
            np.testing.assert_array_equal(left, right)


def test_a_method_adds_span_and_so_nothing_at_depth_one() -> None:
    base, cap = np.full(3, 26.0), np.array([1.0, 30.0, 3000.0])
    plain, better = know().profile(0, base, cap), know().profile(0, base, cap, np.full(3, 0.5))
    np.testing.assert_array_equal(plain.capability[0], better.capability[0])
    added = better.mean_capability - plain.mean_capability
    assert 0.0 == added[0] < added[1] < added[2] < 0.7 * 0.5 * 2
    np.testing.assert_allclose(better.mean_depth, cap)


def test_an_offer_with_span_is_a_world_with_span() -> None:
    """Two ways to the same numbers: added to one offer, or to everything that labs serve."""
    base, cap = np.array([26.0, 26.5]), np.array([20.0, 500.0])
    one, all_ = know().profile(1, base, cap, np.full(2, 0.8)), know(0.8).profile(1, base, cap)
    for left, right in zip(one, all_, strict=True):
        np.testing.assert_allclose(left, right, rtol=1e-12)


def test_offers_keep_their_own_span() -> None:
    base, cap = np.array([26.0, 26.0]), np.array([100.0, 100.0])
    found = know().profile(0, base, cap, np.array([0.0, 1.0]))
    alone = know().profile(0, base[:1], cap[:1])
    np.testing.assert_allclose(found.capability[0], alone.capability[0], rtol=1e-12)
    assert found.mean_capability[1] > found.mean_capability[0]


def test_spans_by_hand_and_never_below_zero() -> None:
    k = know(0.5)
    eta = k.tables[0].exponent
    np.testing.assert_allclose(k.tables[0].span, (SPAN + 0.5) * SHARES)
    assert k.feared.tolist() == [False] * 7 + [True]
    width = (SPAN + 0.5 + 1.0) * 1.2
    expected = 26.0 + eta[-1] * width * -math.expm1(-3.0 / width)
    assert float(k.dangerous(26.0, 1000.0, 1.0)) == pytest.approx(expected, rel=1e-12)
    assert float(k.dangerous(26.0, 1000.0, -9.0)) == 26.0
    found = k.profile(0, np.array([26.0]), np.array([50.0]), np.array([-9.0]))
    np.testing.assert_array_equal(found.capability, np.full((1, 8), 26.0))


# -- who finds, and when it is where -----------------------------------------------------------------


def test_finders_have_it_at_once_and_others_after_the_lag() -> None:
    """Half a year is two steps: labs have at step 5 what a small actor finds at step 3."""
    w = run(small(DEEP, {"misuse.innovation_oom": 0.2}), 1)
    w.methods = Methods(found=[Found(3, True, "scaffold"), Found(4, False, "fine-tune")])
    seen = {}
    for step in (2, 3, 4, 5, 6):
        w.period = step
        elicitation._spread(w)
        seen[step] = (w.methods.public_oom, w.methods.labs_oom, w.methods.unlocked)
    np.testing.assert_allclose([seen[s][0] for s in seen], [0.0, 0.2, 0.2, 0.2, 0.4])
    np.testing.assert_allclose([seen[s][1] for s in seen], [0.0, 0.0, 0.2, 0.4, 0.4])
    assert [seen[s][2] for s in seen] == [False, False, False, False, True]
    assert w.knowhow.elicitation_oom == pytest.approx(0.4)


def test_only_weights_that_are_out_have_what_is_public() -> None:
    w = run(small(DEEP, OFF | {"misuse.start_reasoning": True}), 1)
    closed, leaked = w.labs[0].models[0], w.labs[0].models[-1]
    leaked.leaked_step = 0
    w.methods = Methods(found=[Found(1, True, "scaffold")])
    elicitation._spread(w)
    for model in (m for lab in w.labs for m in lab.models):
        assert model.elicitation_oom == (0.1 if model.open_weights or model is leaked else 0.0)
    if closed is not leaked:
        assert Published.of(closed).elicitation_oom == 0.0
    assert Published.of(leaked).elicitation_oom == 0.1


@cache
def world() -> Industry:
    return run(small(DEEP, {"labs.data_count": 8}), 1)


def test_open_models_of_the_start_wait_for_a_fine_tune() -> None:
    w = Industry(small(DEEP, {"labs.data_count": 8}), rng=3)
    first = [m for lab in w.labs for m in lab.models]
    assert any(m.open_weights for m in first)
    assert all(m.reasons is not m.open_weights for m in first)
    assert {m.elicitation_oom for m in first if m.open_weights} == {-1.5}
    book = w.books()[0]
    deep = [k for k in range(book.size) if book.self_hosted[k] and book.profile.mean_depth[k] > 99.0]
    w.methods = Methods(found=[Found(0, True, "fine-tune")])
    elicitation._spread(w)
    after = w.books()[0].profile.mean_capability
    assert deep and all(after[k] > book.profile.mean_capability[k] + 0.1 for k in deep)
    assert Industry(small(DEEP, {"misuse.start_reasoning": True}), rng=3).labs[0].models[0].reasons


def test_rates_by_who_holds_what_and_can_pay() -> None:
    w = world()
    w.methods.holders, w.methods.callers, w.methods.first_labs = 3e6, 1.5e6, len(w.active_labs)
    rates = elicitation.rates(w)
    people = w.settings.users.population
    assert rates["scaffold", False] == rates["fine-tune", False] == 0.5
    assert rates["scaffold", True] == pytest.approx(2.2 * (4.5e6 / people) ** 0.5)
    free = [m for lab in w.labs for m in lab.models if m.open_weights and m.released_step >= 0]
    cost = 0.05 * max(m.training_flop for m in free) * w.flop_price
    assert rates["fine-tune", True] == pytest.approx(2.2 * (3e6 / people * (2e4 / cost) ** 1.3) ** 0.5)
    assert rates["fine-tune", True] < rates["scaffold", True]


def test_access_is_counted_after_users_have_chosen() -> None:
    table = simulate(small(DEEP, {"labs.data_count": 8, "horizon.steps": 2}), seed=3)
    for step in range(3):
        tiers = table.tiers[table.tiers["step"] == step]
        row = table.elicitation[table.elicitation["step"] == step]
        own = tiers["self_hosted"]
        metered = ~own & (tiers["channel"] == "metered")
        assert row["holders"].item() == pytest.approx(tiers["users"][own].sum())
        assert row["callers"].item() == pytest.approx(tiers["users"][metered].sum())


# -- a run --------------------------------------------------------------------------------------------


@cache
def results(regime: str = DEEP, **changes: Any) -> Results:
    keys = {key.replace("__", "."): value for key, value in changes.items()}
    return simulate(small(regime, {"labs.data_count": 8} | keys), seed=3)


def test_off_is_off() -> None:
    off = {key.replace(".", "__"): value for key, value in OFF.items()} | {"misuse__start_reasoning": True}
    found = results(**off)
    assert found.elicitation.empty and (found.models["elicitation_oom"] == 0.0).all()
    assert not len(found.events.query("kind == 'innovation'"))
    # numbers of methods that nobody finds do nothing
    other = results(**off, misuse__innovation_oom=0.3, misuse__lag_years=1.0, misuse__unlock_oom=2.0)
    assert differences(found, other) == []


def test_methods_move_models_that_are_out() -> None:
    busy = results(**{key.replace(".", "__"): value for key, value in BUSY.items()})
    table, told = busy.elicitation, busy.events.query("kind == 'innovation'")
    last = table.iloc[-1]
    assert len(told) == last["found_small"] + last["found_labs"] > 5
    assert last["public_span_oom"] > 0 and last["labs_span_oom"] > 0
    assert (table["public_span_oom"].diff().dropna() >= -1e-12).all()
    first = busy.models.query("step == 0")
    gained = first["elicitation_oom"]
    np.testing.assert_allclose(gained[~first["open_weights"]], last["labs_span_oom"])
    assert table["public_span_oom"].iloc[-1] <= 0.1 * len(told) + 1e-12


def test_the_same_luck_under_another_rate() -> None:
    """More labs' methods a year never mean fewer by a date, and small actors' luck is their own."""
    slow, fast = (
        results(
            misuse__lab_innovations_year=r, misuse__innovation_oom=0.0, misuse__unlock_oom=0.0
        ).elicitation
        for r in (1.0, 4.0)
    )
    assert (fast["found_labs"].to_numpy() >= slow["found_labs"].to_numpy()).all()
    np.testing.assert_array_equal(slow["found_small"], fast["found_small"])
