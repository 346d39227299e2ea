"""Labs decide on what they can know: users' reactions, public data, their own books. And on nothing else."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest

from agents.decisions.adapt_distilling import adapt_distillation
from agents.decisions.complying import decide_reports, expected_fine, reporting_plan
from agents.decisions.distilling import decide_distillation
from agents.decisions.menu import decide_depth, decide_release, decide_tiers
from agents.decisions.opening import decide_opening
from agents.decisions.outlook import Ask, Outlook, appraise, decide_together
from agents.decisions.pricing import decide_prices
from agents.decisions.securing import decide_security
from agents.decisions.training import adapt_training, decide_training, run_sizes
from agents.lab import Lab
from model import Industry, simulate
from model.catalogue import Decision, Run, Spec
from tests.support.small import run, small, theory

CONVERSATIONS: dict[str, Callable[..., Any]] = {
    "price": decide_prices,
    "depth": decide_depth,
    "tiers": decide_tiers,
    "release": decide_release,
    "openness": decide_opening,
    "security": decide_security,
    "training": decide_training,
    "smooth training": adapt_training,
    "distillation": decide_distillation,
    "smooth distillation": adapt_distillation,
}
RULED = {"regulation.0.start_year": 0.0, "regulation.0.report_cost_usd": 5e7}


@cache
def _made() -> Industry:
    made = run(small("inference-in-training", RULED | {"labs.data_count": 6}), 2)
    lab = made.active_labs[0]
    lab.run = Run(1e26, lab.algorithms_oom, 0.0, finish_step=2, steps=1, budget_usd=1e8)
    lab.run.done_flop = lab.run.training_flop
    return made


def industry() -> Industry:
    """Labs of the real start after two steps, one with a finished run, all asked by a rule to report."""
    return copy.deepcopy(_made())


def decide(lab: Lab, name: str, outlook: Outlook) -> tuple[list[Decision], list[Any]]:
    """What a lab decides and what becomes of it."""
    if name == "reports":
        made = decide_reports(lab, outlook)
    else:
        made = decide_together([lab], CONVERSATIONS[name], outlook)
    state = [(t.id, t.depth, t.price_usd, t.model.training_flop, t.model.reported) for t in lab.tiers]
    return made, [state, repr(lab.run), lab.prospect_usd, lab.distillation_flop]


def scramble_secrets(rival: Lab) -> None:
    """Everything of a rival that nobody outside can see: of its models those that are not published."""
    for model in [m for m in rival.models if not m.open_weights]:
        model.base_oom += 3.0
        model.training_flop *= 50.0
        model.algorithms_oom -= 1.0
        model.reported_to ^= {"regulator"}
    rival.cash_usd, rival.algorithms_oom = -5e12, 4.0
    rival.prospect_usd, rival.losses = -1e15, 99
    rival._audits = {"regulator": (100.0, 99.0)}
    rival.flop_trend_oom, rival.retention_belief = 2.0, 0.9
    rival.run = None if rival.run else Run(1e29, 1.0, 0.0, 99, 9, 1e12)
    rival.tier_revenue = {t.id: 1e15 for t in rival.tiers}
    rival.appeal += 7.0


@pytest.mark.parametrize("name", [*CONVERSATIONS, "reports"])
def test_a_rivals_secrets_do_not_enter(name: str) -> None:
    """After the poll, change whatever only a rival knows of itself: no decision of the others moves."""
    plain = industry()
    altered = copy.deepcopy(plain)
    found = []
    for world in (plain, altered):
        outlook = world.outlook(world.books())
        lab, *rivals = world.active_labs
        if "training" in name:
            lab.run = None  # it may choose the next one
        if world is altered:
            for rival in rivals:
                scramble_secrets(rival)
        found.append(decide(lab, name, outlook))
    assert found[0] == found[1]
    assert found[0][0] or name in ("openness", "distillation", "smooth distillation", "reports")


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_labs_decide_at_the_same_time(name: str) -> None:
    """Together or one by one, in any order: nobody sees what another decided in this step."""
    worlds = [industry() for _ in range(3)]
    outlooks = [world.outlook(world.books()) for world in worlds]
    together = decide_together(worlds[0].active_labs, CONVERSATIONS[name], outlooks[0])
    alone = [
        d for lab in worlds[1].active_labs for d in decide_together([lab], CONVERSATIONS[name], outlooks[1])
    ]
    backwards = decide_together(worlds[2].active_labs[::-1], CONVERSATIONS[name], outlooks[2])
    order = {lab.number: k for k, lab in enumerate(worlds[0].active_labs)}
    backwards.sort(key=lambda d: order[d.lab])
    for other in (alone, backwards):
        told = [(d.lab, d.decision, d.chosen) for d in other]
        assert told == [(d.lab, d.decision, d.chosen) for d in together]
        payoffs = [d.expected_payoff_usd for d in other]
        np.testing.assert_allclose(payoffs, [d.expected_payoff_usd for d in together], rtol=1e-6, atol=1.0)


def test_what_users_show_does_enter() -> None:
    """The same change before the poll, through users' reactions: prices answer to it."""
    plain, altered = industry(), industry()
    for model in altered.active_labs[1].models:
        model.base_oom += 3.0
    found = []
    for world in (plain, altered):
        lab = world.active_labs[0]
        found.append(decide(lab, "price", world.outlook(world.books())))
    assert found[0] != found[1]


def test_a_poll_holds_no_rival() -> None:
    """Market research is numbers by nest: no lab, tier or model of a rival hangs on it."""
    world = industry()
    outlook = world.outlook(world.books())
    for poll in outlook.polls.values():
        for held in (poll.value, poll.loyal):
            assert all(isinstance(v, np.ndarray) for v in held.values())
    named = [x for x in vars(outlook).values() if isinstance(x, Lab | Industry)]
    assert named == []


def test_expected_profit_is_what_the_market_then_pays() -> None:
    """Without inertia and noise a lab foresees its operating profit exactly, if nobody else moves."""
    two = ((1, 1), (2, 2))
    tiers = [{"depth": 1.0, "cost_usd": 0.2, "capability_oom": q, "price_usd": p} for q, p in two]
    labs = [{"name": name, "appeal": a, "tiers": tiers} for name, a in (("A", 0.5), ("B", 0.0))]
    world = run(theory(labs, {"labs.adapt.price": False, "users.count": 4,
                              "users.wealth.atoms": [0.5, 1.0, 2.0, 4.0]}), 1)  # fmt: skip
    outlook = world.outlook(world.books())
    table = world.results.labs.query("step == 1")
    for lab in world.active_labs:
        menu = [Spec.of(t) for t in lab.menus[0]]
        expected = appraise([(lab, Ask(0, [menu], iterations=0))], outlook)[0].profit[0]
        profit = table.loc[table["lab"] == lab.number, "profit_usd"].iloc[0]
        assert expected == pytest.approx(profit, rel=1e-9)


def test_a_lab_finds_the_price_that_a_search_finds() -> None:
    """Best response against a fine grid of own prices, rivals standing still."""
    tier = {"depth": 1.0, "cost_usd": 0.3, "capability_oom": 2.0, "price_usd": 1.0}
    world = run(theory([{"name": "A", "tiers": [tier]}, {"name": "B", "tiers": [tier]}]), 0)
    outlook = world.outlook(world.books())
    lab = world.active_labs[0]
    spec = Spec.of(lab.menus[0][0])
    best = appraise([(lab, Ask(0, [[spec]], iterations=20))], outlook)[0]
    grid = np.linspace(0.3, 5.0, 1881)
    menus = [[spec._replace(price_usd=float(p))] for p in grid]
    profits = appraise([(lab, Ask(0, menus, iterations=0))], outlook)[0].profit
    assert best.prices[0, 0] == pytest.approx(grid[profits.argmax()], abs=0.003)
    assert best.profit[0] >= profits.max() * (1 - 1e-9)


def test_runs_stay_within_cash_and_sites() -> None:
    world = industry()
    outlook = world.outlook(world.books())
    tech = outlook.knowhow.technology
    for lab in world.active_labs:
        if lab.best_model is None:
            continue
        steps = max(1, round(tech.training_years / outlook.dt))
        for flop in run_sizes(lab, outlook):
            cost = lab.flop_price * flop / tech.final_run_share
            assert cost <= (lab.cash_usd + lab.credit_usd(outlook)) * (1 + 1e-9)
            assert flop <= lab.largest_run(outlook) * steps * (1 + 1e-9)
        lab.cash_usd, lab.raised_usd = 0.0, 1e30
        if not lab.integrated:
            assert run_sizes(lab, outlook) == []


def test_a_hard_budget_lends_nothing() -> None:
    world = run(small(changes={"labs.hard_budget": True}), 2)
    outlook = world.outlook(world.books())
    assert all(lab.credit_usd(outlook) == 0.0 for lab in world.active_labs)
    assert world.results.labs["funding_usd"].sum() == 0.0


def test_a_cheap_duty_is_done_and_a_dear_one_is_not() -> None:
    """Becker: report when the duty costs less than the fine that is to be expected."""
    for duty, reports in ((1e3, True), (1e12, False)):
        changes = RULED | {"regulation.0.report_cost_usd": duty, "regulation.0.delay_years": 0.0}
        world = run(small(changes=changes), 1)
        outlook = world.outlook(world.books())
        lab = next(x for x in world.active_labs if x.best_model is not None)
        flop = 10.0**25.5
        told, cost = reporting_plan(lab, flop, 0.0, outlook)
        assert bool(told) is reports
        fine = expected_fine(lab, outlook.law.duties, outlook)
        assert cost == pytest.approx(duty if reports else min(duty, fine))
        assert reporting_plan(lab, 10.0**24.9, 0.0, outlook) == (frozenset(), 0.0)  # not covered


def test_without_the_choice_every_covered_run_is_reported() -> None:
    changes = RULED | {"regulation.0.report_cost_usd": 1e12, "labs.adapt.compliance": False}
    world = run(small(changes=changes), 1)
    lab = world.active_labs[0]
    assert reporting_plan(lab, 10.0**25.5, 0.0, world.outlook(world.books()))[0]


def test_belief_in_audits_is_the_public_record() -> None:
    """Empirical frequency with one pseudo-round at one half."""
    lab = industry().active_labs[0]
    rounds, seen = lab._audits["regulator"]
    for share in (0.2, 0.0, 0.4):
        lab.learn_audits(share)
    assert lab.audit_belief() == pytest.approx((seen + 0.6) / (rounds + 3))


def test_expectations_learn_a_trend_of_the_compute_price() -> None:
    """A steady fall of the price is foreseen before long."""
    world = run(small(changes={"compute.price": 1.4e-18, "compute.price_decline_oom": 0.4}), 14)
    lab = next(x for x in world.active_labs if x.entered_step == 0)
    assert lab.flop_trend_oom == pytest.approx(-0.1, rel=0.03)  # a quarter of 0.4 OOM


def test_entrants_can_pay_for_what_they_plan() -> None:
    """Who chooses to enter does not go bankrupt in the same step: the plan leaves the running costs."""
    results = simulate(small(changes={"horizon.steps": 10, "labs.entry_hazard_year": 20.0}), seed=7)
    labs = results.labs
    fresh = labs[(labs["entered_step"] > 0) & (labs["step"] == labs["entered_step"])]
    assert len(fresh) >= 5
    broke = fresh[fresh["cash_usd"] < -1.0]
    assert broke.empty, f"{len(broke)} of {len(fresh)} entrants are broke in the step of their entry"


def test_entry_by_the_symmetric_rule_finds_its_equilibrium() -> None:
    """Potential entrants solve the equilibrium of equal labs, firms among the users too."""
    changes = {"labs.entry_rule": "symmetric", "labs.entry_hazard_year": 8.0, "horizon.steps": 2}
    results = simulate(small(changes=changes), seed=3)
    assert (results.decisions["decision"] == "enter").any()


def test_capability_is_embodied_when_a_model_is_made() -> None:
    """Later algorithms do not improve an old model; distillation does, once, and says so."""
    results = simulate(small("inference-in-training", {"horizon.steps": 8}), seed=3)
    models = results.models.query("built_on < 0")  # what is made from an open model is as capable as that
    tech = results.scenario.technology
    above = np.maximum(np.log10(models["training_flop"]) - tech.wall_oom, 0.0)
    base = np.log10(models["training_flop"]) - above * (1 - tech.wall_slope) + models["algorithms_oom"]
    expected = tech.training_exponent * base + models["distillation_oom"]
    np.testing.assert_allclose(models["capability_oom"], expected, rtol=1e-9)
    plain = models["distillation_rounds"] == 0
    carried = tech.distillation.carry_over
    assert plain.any() and (models.loc[plain, "distillation_oom"] >= 0).all() and 0 <= carried <= 1


def test_prices_stay_where_they_are_when_prices_are_off() -> None:
    labs = [{"name": n, "tiers": [{"price_usd": p}]} for n, p in (("A", 30.0), ("B", 50.0))]
    changes = {"labs.start": "list", "labs.explicit": labs, "compute.price": 1.4e-18, "horizon.steps": 3}
    off = {f"labs.adapt.{x}": False for x in ("price", "menu", "training", "entry", "depth", "exit")}
    results = simulate(small(changes=changes | off), seed=1)
    sold = results.tiers.query("not self_hosted")
    for lab, price in ((0, 30.0), (1, 50.0)):
        assert set(sold.loc[sold["lab"] == lab, "price_usd"]) == {price}
        assert set(sold.loc[sold["lab"] == lab, "depth"]) == {1.0}
    assert set(results.decisions["decision"]) <= {"report", "distil", "openness", "security"}


def test_a_menu_cost_keeps_small_changes_away() -> None:
    """A change of price must gain what it costs."""
    off = {f"labs.adapt.{x}": False for x in ("menu", "training", "entry")}
    dear = simulate(small(changes=off | {"labs.menu_cost_usd": 1e15}), seed=1)
    kept = dear.decisions.query("decision == 'price' and chosen")["option"]
    assert len(kept) and kept.str.startswith("keep").all()
