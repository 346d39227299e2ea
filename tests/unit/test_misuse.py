"""Misuse: channels in closed form, what budgets and numbers of tasks do to reach, tests that hold back."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from agents.actors import Actors, draw_actors, reach
from agents.decisions.evaluating import cleared, measured
from model import Industry, Results, simulate
from model.law import Law
from model.mechanisms.misuse import (
    API,
    LEAKED,
    NOTHING,
    OPEN,
    accounts_needed,
    api_open_to,
    best_channel,
    best_in,
    depth_bought,
)
from model.phases import misuse
from tests.support.small import differences, run, small

DEEP = "inference-at-deployment"
HARMLESS = {"misuse.attempts_year": 0.0}


# -- the equations -----------------------------------------------------------------------------------


def test_accounts_close_by_the_geometric_law() -> None:
    """d = .05: nineteen tasks are expected before the first query is noticed."""
    np.testing.assert_allclose(accounts_needed([19.0, 190.0], 0.05), [1.0, 10.0])
    draws = np.random.default_rng(1).geometric(0.05, 200_000) - 1
    assert draws.mean() == pytest.approx(19.0, rel=0.02)
    assert float(accounts_needed(1e9, 0.0)) == 0.0
    assert float(accounts_needed(1.0, 1.0)) == math.inf and float(accounts_needed(0.0, 1.0)) == 0.0


def test_what_an_api_asks() -> None:
    """Ten tasks at 2 USD are less than a fee of 30; an account is 50: 80 in all. 38 tasks take two."""

    def ok(budget: float, tasks: float, least: float = 30.0, accounts: float = 5.0, d: float = 0.05) -> bool:
        found = api_open_to(
            [budget], [tasks], [2.0], [least], detection=d, account_usd=50.0, accounts=accounts
        )
        return bool(found[0, 0])

    assert ok(80.0, 10) and not ok(79.99, 10)
    assert ok(176.0, 38) and not ok(175.0, 38)  # 76 for tasks, 100 for two accounts
    assert ok(1e9, 95) and not ok(1e9, 96)  # five accounts are all he can open
    assert not ok(1e9, 1, d=1.0) and ok(1e9, 1e6, d=0.0)


def test_depth_is_what_is_left_for_each_task() -> None:
    found = depth_bought([1000.0, 1000.0, 300.0], 400.0, [10.0, 1000.0, 1.0], 0.06)
    np.testing.assert_allclose(found, [1000.0, 10.0, 0.0])


def test_the_best_class_counts_and_depth_below_one_is_one() -> None:
    """26 + .7 x 4 (1 - e^-.5) at depth 100; the other class has less exponent but a longer span."""
    found = best_in([26.0, 26.0], [100.0, 0.5], np.array([0.7, 0.6]), np.array([4.0, math.inf]))
    np.testing.assert_allclose(found, [26.0 + max(2.8 * -math.expm1(-0.5), 1.2), 26.0])
    assert best_in(26.0, 10.0, np.array([]), np.array([])) == -np.inf


def test_the_channel_that_reaches_most_and_watched_ones_first_among_equals() -> None:
    none = -np.inf
    api, open_ = np.array([27.0, 26.0, none, none]), np.array([27.0, 28.0, none, 25.0])
    channel, level = best_channel(api, open_, np.array([26.0, 27.0, none, 25.5]))
    assert channel.tolist() == [API, OPEN, NOTHING, LEAKED]
    np.testing.assert_array_equal(level, [27.0, 28.0, none, 25.5])


# -- actors in an industry ---------------------------------------------------------------------------


@cache
def world(regime: str = DEEP) -> Industry:
    return run(small(regime, {"labs.data_count": 8}), 2)


def actors(budget: float, tasks: float, trouble: float = 1.0) -> Actors:
    one = np.ones(1)
    return Actors(one * budget, one * tasks, one > 0, one * trouble)


def reached(who: Actors, models: list[Any] | None = None) -> Any:
    w = world()
    models = w.open_models if models is None else models
    return reach(who, w.books(), models, w.knowhow, w.flop_price, w.first_flop_price)


def test_columns_are_drawn_from_their_own_streams() -> None:
    w = world()
    who = draw_actors(w.knowhow, w.streams)
    assert who is not None and who.budget_usd.size == 500
    assert np.log10(np.median(who.budget_usd)) == pytest.approx(4.0, abs=0.15)
    assert np.log(who.budget_usd).std() == pytest.approx(2.3, rel=0.1)
    assert set(who.tasks) == {10.0, 1e5} and who.few.mean() == pytest.approx(0.5, abs=0.07)


def test_few_tasks_make_heavy_inference_affordable() -> None:
    """C54: the same budget for a thousand times fewer tasks buys a thousand times the depth of each."""
    few, many = (reached(actors(1e7, n)).ways[OPEN] for n in (1e2, 1e5))
    model = max(world().open_models, key=lambda m: (m.base_oom, m.id))
    if few.model[0] == many.model[0]:
        assert few.depth[0] / many.depth[0] == pytest.approx(1e3, rel=1e-9)
    assert few.level_oom[0] > many.level_oom[0] > model.base_oom - 1.0


def test_by_hand_through_open_weights() -> None:
    """Set-up, price of a pass with retail and trouble, depth, capability in the one feared class."""
    w, rules = world(), world().settings.misuse
    model = w.open_models[0]
    found = reached(actors(1e6, 50.0, 2.0), [model]).ways[OPEN]
    tech = w.knowhow.technology
    setup = 2.0 * 100.0 * 26.0 * w.flop_price / w.first_flop_price
    setup *= max(1.0, model.parameters / rules.node_parameters)
    per_pass = w.flop_price * tech.inference_price_ratio * w.knowhow.flop_per_task(model.parameters)
    depth = (1e6 - setup) / (50.0 * per_pass * 1.5 * (1.0 + 0.5 * 2.0))
    assert found.depth[0] == pytest.approx(depth, rel=1e-12)
    span = 1.2 * (tech.inference_span_oom + w.knowhow.elicitation_oom + model.elicitation_oom)
    eta = w.knowhow.tables[0].exponent[-1]
    gain = eta * span * -math.expm1(-math.log10(depth) / span)
    assert found.level_oom[0] == pytest.approx(model.base_oom + gain, rel=1e-12)
    assert found.model[0] == model.id


def test_tamper_resistance_takes_a_share_of_the_training_bill() -> None:
    """A tenth of a training run is out of reach for small means, and a matter of money for large ones."""
    model = replace(world().open_models[0], tamper_share=0.1)
    bill = 0.1 * model.training_flop * world().flop_price * 1.5
    assert reached(actors(bill, 10.0), [model]).ways[OPEN].level_oom[0] == -np.inf
    assert reached(actors(bill, 10.0), [replace(model, tamper_share=0.0)]).channel[0] == OPEN
    assert reached(actors(3 * bill, 10.0), [model]).ways[OPEN].level_oom[0] > model.base_oom


def test_leaked_weights_need_no_set_up() -> None:
    model = replace(world().open_models[0], open_weights=False, leaked_step=1)
    poor = actors(100.0, 1.0)
    assert reached(poor, [model]).ways[LEAKED].level_oom[0] > model.base_oom
    assert reached(poor).ways[OPEN].level_oom[0] == -np.inf
    assert reached(poor, [model]).ways[OPEN].model[0] == -1


def test_masses_of_use_are_noticed_behind_an_api() -> None:
    rich_few, rich_many = reached(actors(1e9, 10.0)), reached(actors(1e9, 1e5))
    assert rich_few.ways[API].level_oom[0] > 26.0 and rich_many.ways[API].level_oom[0] == -np.inf


def test_mitigation_lowers_what_the_api_gives_and_not_what_weights_give() -> None:
    w = world()
    who = actors(1e9, 10.0)
    before = reached(who)
    models = {t.model.id: t.model for lab in w.labs for t in lab.tiers}.values()
    for model in models:
        model.mitigation_oom += 2.0
    after = reached(who)
    for model in models:
        model.mitigation_oom -= 2.0
    assert after.ways[API].level_oom[0] == pytest.approx(before.ways[API].level_oom[0] - 2.0)
    assert after.ways[OPEN].level_oom[0] == before.ways[OPEN].level_oom[0]


# -- what a run does with it -------------------------------------------------------------------------


@cache
def results(regime: str = DEEP, **changes: Any) -> Results:
    keys = {key.replace("__", "."): value for key, value in changes.items()}
    return simulate(small(regime, {"labs.data_count": 8} | keys), seed=3)


def test_watching_changes_nothing() -> None:
    """Actors who do no harm that comes to light leave no trace outside their own table."""
    with_them, without = results(misuse__attempts_year=0.0), results(misuse__actors=0)
    found = differences(with_them, without)
    assert found and all(name == "misuse" or name.startswith("metrics.misuse") for name in found)
    assert without.misuse.empty and without.metrics["misuse_reach"].isna().all()


def test_rows_add_up() -> None:
    table = results().misuse
    assert (table.groupby("step")["actors"].sum() == 500).all()
    for key in ("api", "open", "leaked"):
        assert (table[f"reach_{key}"] <= table["reach"]).all()
    some = table["take_api"] + table["take_open"] + table["take_leaked"]
    assert (some <= table["actors"]).all() and (table["reach"] <= some).all()
    assert (table["reach"] <= table["reach_api"] + table["reach_open"] + table["reach_leaked"]).all()


def test_incidents_teach_regulators_what_depth_adds() -> None:
    quiet = run(small(DEEP, HARMLESS), 4)
    loud = run(small(DEEP, {"misuse.attempts_year": 5.0, "misuse.notice_probability": 1.0}), 4)
    told = loud.results.events.query("kind == 'incident'")
    assert len(told) and not len(quiet.results.events.query("kind == 'incident'"))
    assert loud.regulator.belief_exponent != quiet.regulator.belief_exponent
    unseen = run(small(DEEP, {"misuse.attempts_year": 5.0, "misuse.notice_probability": 0.0}), 4)
    assert unseen.regulator.belief_exponent == quiet.regulator.belief_exponent


def test_the_gap_is_what_is_reached_beyond_the_test() -> None:
    """Nobody can get less out of a model than a test at depth one has shown."""
    table = results(horizon__steps=6, misuse__test_depth=1.0).models.query("released_step >= 0")
    known = table.dropna(subset=["evaluated_oom", "reached_oom"])
    assert len(known) and (known["reached_oom"] >= known["evaluated_oom"] - 1e-9).all()
    deep = results(horizon__steps=6, misuse__test_depth=1e6).metrics["evaluation_gap_oom"]
    flat = results(horizon__steps=6, misuse__test_depth=1.0).metrics["evaluation_gap_oom"]
    late = flat.notna()
    assert late.any() and not late[:4].any() and (flat[late] > deep[late]).all()


# -- tests that hold back ----------------------------------------------------------------------------

LIMIT = {"policy": "pre-release-evaluation", "start_year": 0.0, "evaluation_limit_oom": 27.0}


@cache
def limited() -> Results:
    scenario = small(DEEP, {"horizon.steps": 8, "misuse.mitigation_usd": 1e6})
    return simulate(scenario.override({"regulation": [LIMIT]}), seed=3)


def test_a_limit_holds_models_back_until_they_are_mitigated() -> None:
    events, models = limited().events, limited().models
    held = events.query("kind == 'held back'")
    assert len(held)
    out = models.query("released_step > 0")
    mitigated = out[out["mitigation_oom"] > 0]
    assert len(mitigated)
    # half a year at the least between the end of the run and the release
    assert (mitigated["released_step"] >= mitigated["step"] + 2).all()
    np.testing.assert_allclose(mitigated["evaluated_oom"], 27.0, atol=0.2)


def test_without_a_limit_nobody_waits() -> None:
    rule = {"policy": "pre-release-evaluation", "start_year": 0.0, "evaluation_limit_oom": 900.0}
    scenario = small(DEEP, {"horizon.steps": 4}).override({"regulation": [rule]})
    found = simulate(scenario, seed=3)
    assert not len(found.events.query("kind == 'held back'"))
    assert (found.models["mitigation_oom"] == 0.0).all()


def test_the_gate_tests_once_and_bills_once() -> None:
    w = run(small(DEEP), 1)
    lab, outlook = w.active_labs[0], w.public_outlook
    assert outlook is not None
    model = replace(lab.models[0], mitigation_oom=0.0)
    level = measured(model, 100.0, w.knowhow)
    strict = replace(outlook, law=Law(evaluation_depth=100.0, evaluation_limit_oom=level - 0.75))
    paid = w.ledger.paid(lab.account, "release")
    assert not cleared(lab, model, strict)
    assert model.mitigation_oom == pytest.approx(0.75) and model.cleared_step == strict.step + 2
    assert not cleared(lab, model, replace(strict, step=strict.step + 1))
    assert cleared(lab, model, replace(strict, step=strict.step + 2))
    assert w.ledger.paid(lab.account, "release") - paid == 2e7
    model.base_oom += 0.1  # better than what was tested: again
    assert not cleared(lab, model, replace(strict, step=strict.step + 2))
    assert model.mitigation_oom == pytest.approx(0.85)


def test_the_law_in_force_stamps_what_is_opened() -> None:
    w = run(small(DEEP), 1)
    model = w.labs[0].models[0]
    model.open_weights, model.opened_step = True, w.period
    assert w.public_outlook is not None
    w.public_outlook = replace(w.public_outlook, law=Law(tamper_share=0.3))
    misuse.evaluate(w, w.books())
    assert model.tamper_share == 0.3
    others = [m for lab in w.labs for m in lab.models if m is not model and m.opened_step != w.period]
    assert all(m.tamper_share == 0.0 for m in others if m.released_step == 0)
