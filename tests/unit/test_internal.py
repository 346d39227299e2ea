"""Models inside: when they are released, what a release tells rivals, rounds before it, own research."""

from __future__ import annotations

import copy
from functools import cache
from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from agents.decisions.distilling import AMPLIFIER_DEPTHS, decide_distillation
from agents.decisions.internal import decide_internal, hour_flop, research_share
from agents.decisions.menu import decide_release
from agents.decisions.outlook import Outlook, decide_together
from agents.decisions.releasing import candidate, duty_usd, lead_oom, told_oom
from agents.lab import Lab
from model import Industry
from model.catalogue import Decision, Run
from model.mechanisms.internal import (
    automated_share,
    best_ratio,
    common_target,
    lead_left,
    leaked_oom,
    research_gain,
)
from model.phases.internal import report, spread_algorithms
from tests.support.small import differences, run, small

PRICED = {"compute.price": 1.4e-18}
RESEARCH = {"internal.research_elasticity": 0.4, "technology.human_level_oom": 27.0}


@cache
def _made(regime: str, steps: int, changes: tuple[tuple[str, Any], ...]) -> Industry:
    return run(small(regime, dict(changes)), steps)


def world(regime: str = "inference-in-training", steps: int = 1, **changes: Any) -> Industry:
    named = {key.replace("__", "."): value for key, value in changes.items()}
    return copy.deepcopy(_made(regime, steps, tuple(sorted((PRICED | named).items()))))


def seller(industry: Industry) -> Lab:
    """The lab with the best model on sale, without a run."""
    lab = max(industry.active_labs, key=lambda x: x.best_model.base_oom if x.best_model else -np.inf)
    lab.run = None
    return lab


def seen(industry: Industry) -> Outlook:
    return industry.outlook(industry.books())


def finish(lab: Lab, industry: Industry, oom: float = 0.5) -> None:
    """Give a lab a finished run whose model beats its best by so much."""
    best = lab.best_model
    assert best is not None
    know = industry.knowhow
    flop = 1e26
    plain = float(know.base_capability(flop, 0.0))
    level = best.base_oom + oom - plain
    lab.run = Run(flop, level, 0.0, finish_step=industry.period, steps=1, budget_usd=1.0, done_flop=flop)


def worth(made: list[Decision], kind: str) -> dict[str, float]:
    return {d.option.partition(": ")[2]: d.expected_payoff_usd for d in made if d.decision == kind}


# -- the formulas --------------------------------------------------------------------------------


def test_half_of_what_a_person_does_where_the_logistic_says_so() -> None:
    at_par = 1.0 / (1.0 + np.exp(-1.5))
    assert float(automated_share(28.0, 28.0, 1.5, 29.0)) == pytest.approx(0.5 / at_par)
    assert float(automated_share(29.0, 28.0, 1.5, 29.0)) == pytest.approx(1.0)
    assert float(automated_share(40.0, 28.0, 1.5, 29.0)) == 1.0
    assert float(automated_share(-900.0, 28.0, 1.5, 29.0)) == pytest.approx(0.0, abs=1e-300)


def test_research_by_hand() -> None:
    """.12 OOM a quarter by people, nine times their hours in half of the tasks: 10^(.4 x .5) = 1.585."""
    rules: dict[str, Any] = {"elasticity": 0.4, "fishing_out": 0.4}
    assert float(research_gain(0.12, 9.0, 0.5, lead_oom=0.0, **rules)) == pytest.approx(0.12 * 0.5848932)
    assert float(research_gain(0.12, 9.0, 0.5, lead_oom=2.5, **rules)) == pytest.approx(0.012 * 0.5848932)
    assert float(research_gain(0.12, 0.0, 0.5, lead_oom=0.0, **rules)) == 0.0
    assert float(research_gain(0.12, 9.0, 0.0, lead_oom=0.0, **rules)) == 0.0


@pytest.mark.parametrize(("usd", "power", "unit"), [(1e9, 0.2, 1e6), (5e7, 0.4, 3e6), (1e6, 0.3, 1e6)])
def test_the_best_ratio_is_the_best(usd: float, power: float, unit: float) -> None:
    found = float(best_ratio(usd, power, unit))
    search = minimize_scalar(
        lambda x: -(usd * ((1 + x) ** power - 1) - unit * x), bounds=(0.0, 1e5), method="bounded",
        options={"xatol": 1e-6},
    )  # fmt: skip
    assert found == pytest.approx(search.x, rel=1e-3, abs=1e-4)


def test_leads_fade_and_leak() -> None:
    assert float(lead_left(0.8, 0.5, 2.0)) == pytest.approx(0.2)
    assert float(common_target(1.0, 3.0, 0.25)) == 1.5 and float(common_target(1.0, 0.5, 0.25)) == 1.0
    assert float(leaked_oom(2.0, 0.5, 0.75, 0.5)) == pytest.approx(0.5)
    assert float(leaked_oom(-2.0, 0.5, 0.75, 0.5)) == float(leaked_oom(2.0, 0.5, 0.75, -1.0)) == 0.0


# -- algorithms ----------------------------------------------------------------------------------


def test_rivals_learn_from_releases_and_not_from_what_is_inside() -> None:
    levels, leads = {}, {}
    for case in ("none", "inside", "released"):
        industry = world("pretraining", technology__release_spillover=0.5)
        leader, other = industry.active_labs[:2]
        best = leader.best_model
        assert best is not None
        if case != "none":
            extra = leader.checkpoint(best, seen(industry))
            extra.algorithms_oom = industry.algorithms_frontier_oom + 2.0
            extra.released_step = industry.period if case == "released" else -1
        known = (m for x in industry.labs if x is not other for m in x.models)
        rest = [m.knowhow_oom for m in known if not m.internal_only]
        above = max(rest) - industry.algorithms_frontier_oom if case != "released" else 2.0
        leads[case] = max(0.0, above)
        other.algorithms_oom = industry.algorithms_frontier_oom - 1.0
        spread_algorithms(industry)
        levels[case] = other.algorithms_oom, leader.algorithms_oom
    assert levels["none"] == levels["inside"]
    closes = 1.0 - 0.3**0.25  # diffusion of .7 a year
    assert levels["released"][0] - levels["none"][0] == pytest.approx(closes * 0.5 * (2.0 - leads["none"]))
    assert levels["released"][1] == levels["none"][1]  # its own release teaches it nothing


def test_what_a_lab_has_distilled_it_does_not_learn_again_from_releases() -> None:
    """By hand: all labs at the field's level 0, two with 1 OOM distilled, carry-over .5, spill-over .3.

    Rivals' releases stand at 1, so that .3 can be learned. Who starts its next model at .5 knows that much
    already; who starts at 0 closes 1 - .3^(1/4) of .3; who starts at .2 closes that share of .1. While the
    field grows, the target rises by .7 of its pace alone: the release stands still.
    """
    found = []
    for own in (0.0, 0.4, 1.0):
        industry = world("inference-in-training", technology__release_spillover=0.3)
        lab, rival = industry.active_labs[:2]
        for other in industry.active_labs:
            other.lead_oom, other.algorithms_oom = 0.0, industry.algorithms_frontier_oom
            for model in other.models:
                model.algorithms_oom, model.distillation_oom = industry.algorithms_frontier_oom, 0.0
        assert lab.best_inside is not None and rival.best_model is not None
        lab.best_inside.distillation_oom, rival.best_model.distillation_oom = own, 1.0
        tech = industry.knowhow.technology
        growth = tech.algorithm_growth_oom * industry.settings.horizon.step_years
        spread_algorithms(industry)
        closes = 1.0 - 0.3**0.25
        gap = max(0.0, 0.3 - 0.5 * own)
        step = closes * gap + 0.7 * growth * (1.0 - closes)  # what stands still is caught up with less of
        learned = lab.algorithms_oom - industry.algorithms_frontier_oom
        assert learned == pytest.approx(min(gap, step))
        assert learned + lab.carried_oom(tech) <= max(0.3, 0.5 * own) + 1e-12
        found.append(learned)
    assert found[0] > found[1] > found[2] == 0.0


def test_an_own_lead_stands_on_top_of_the_field_and_fades() -> None:
    industry = world("pretraining", technology__release_spillover=0.0)
    lab, twin = industry.active_labs[:2]
    twin.algorithms_oom = lab.algorithms_oom = industry.algorithms_frontier_oom - 0.3
    lab.lead_oom = 0.4
    lab.algorithms_oom += 0.4
    spread_algorithms(industry)
    assert lab.lead_oom == pytest.approx(0.4 * 0.5**0.25)
    assert lab.algorithms_oom - lab.lead_oom == pytest.approx(twin.algorithms_oom)


# -- release -------------------------------------------------------------------------------------


def test_a_better_model_is_released_and_pays_the_fee() -> None:
    industry = world("pretraining")
    lab = seller(industry)
    finish(lab, industry)
    made = decide_together([lab], decide_release, seen(industry))
    model = lab.models[-1]
    assert model.released_step == industry.period and not model.internal_only
    assert industry.ledger.paid(lab.account, "release") == industry.settings.internal.release_usd
    options = worth(made, "hold")
    assert options["release it now"] == max(options.values())
    assert any(t.model is model for t in lab.tiers)


def test_a_model_that_users_would_not_want_stays_inside() -> None:
    industry = world("pretraining")
    lab = seller(industry)
    finish(lab, industry, oom=-1.0)
    made = decide_together([lab], decide_release, seen(industry))
    model = lab.models[-1]
    assert model.internal_only and candidate(lab) is model and model.held_step == industry.period
    assert not any(t.model is model for t in lab.tiers)
    assert lab.news[-1].kind == "kept inside" and industry.ledger.paid(lab.account, "release") == 0.0
    assert lab.best_model is not model and all(d.decision == "hold" for d in made)


def test_waiting_costs_the_first_steps_profit_and_saves_interest_on_the_fee() -> None:
    """Without a lead nothing is kept by waiting: the options differ by annuities of the same profits."""
    industry = world("pretraining")
    lab = seller(industry)
    finish(lab, industry, oom=0.3)
    assert lab.run is not None
    lab.run.algorithms_oom = -1.0  # less capable for its size, and nothing new in it
    lab.run.training_flop = lab.run.done_flop = 10.0 * lab.run.training_flop
    outlook = seen(industry)
    made = worth(decide_together([lab], decide_release, outlook), "hold")
    d, life, fee = outlook.discount, outlook.annuity, outlook.scenario.internal.release_usd
    year = sum(d**k for k in range(1, 5))
    # unknown: present and new profit a step; two options give them, the third must agree
    now, step, whole = (
        made[n] for n in ("release it now", "keep it inside for now", "keep it inside for a year")
    )
    new = (now + fee) / life
    present = (step + d * fee - (life - d) * new) / d
    assert whole == pytest.approx(year * present + (life - year) * new - d**4 * fee, rel=1e-9)


def test_a_lead_is_worth_keeping_the_more_the_more_of_it_leaks() -> None:
    """Released now against in a year, by the share that leaks."""
    gains = []
    for share in (0.0, 0.7):
        industry = world("pretraining", technology__release_spillover=share)
        lab = seller(industry)
        finish(lab, industry, oom=0.4)
        assert lab.run is not None
        lab.run.algorithms_oom += 2.0  # and as much less by its size
        made = worth(decide_together([lab], decide_release, seen(industry)), "hold")
        model = lab.models[-1]
        outlook = seen(industry)
        assert lead_oom(lab, model, Outlook(**{**vars(outlook), "published_oom": {}})) > 0.0
        gains.append(made["keep it inside for a year"] - made["release it now"])
    assert gains[1] > gains[0]


def test_rivals_are_told_less_the_later() -> None:
    industry = world("pretraining", technology__release_spillover=0.5)
    lab, outlook = seller(industry), seen(industry)
    model = lab.best_model
    assert model is not None
    model.algorithms_oom = outlook.common_oom + 1.0
    outlook.published_oom = {}
    told = [told_oom(lab, model, wait, outlook) for wait in (0.0, 1.0, 4.0)]
    tech, middle = outlook.knowhow.technology, outlook.life_steps / 2 * outlook.dt
    assert told[0] == pytest.approx(0.5 * (1 - 0.3 ** (middle - tech.training_years)))
    assert told[0] > told[1] > told[2]


def test_a_duty_that_bites_on_sale_is_saved_by_waiting() -> None:
    rule = {"regulation.0.start_year": 0.0, "regulation.0.threshold_oom": 20.0}
    named = {k.replace(".", "__"): v for k, v in (rule | {"regulation.0.report_cost_usd": 1e6}).items()}
    industry = world("pretraining", **named)
    lab, outlook = seller(industry), seen(industry)
    model = lab.best_model
    assert model is not None
    model.reported_to = set()
    assert duty_usd(lab, model, outlook) == pytest.approx(1e6)
    model.reported_to = {outlook.rules[0].regulator}
    assert duty_usd(lab, model, outlook) == 0.0


# -- rounds inside -------------------------------------------------------------------------------


def test_a_round_makes_a_checkpoint_inside_and_the_model_on_sale_stays() -> None:
    industry = world()
    lab = seller(industry)
    best = max(lab.models, key=lambda m: (m.base_oom, m.id))
    for tier in lab.tiers:
        tier.model = best
    best.released_step, best.rounds, lab.cash_usd, lab.distillation_flop = 0, 0, 1e13, 0.0
    before = best.base_oom, best.distillation_oom, best.distillation_flop
    made = decide_together([lab], decide_distillation, seen(industry))
    chosen = next(d.option for d in made if d.chosen)
    assert chosen in {f"amplify at depth {d:.0f}" for d in AMPLIFIER_DEPTHS}
    assert (best.base_oom, best.distillation_oom, best.distillation_flop) == before
    made_inside = lab.models[-1]
    assert made_inside.internal_only and made_inside.checkpoint_of == best.id and made_inside.rounds == 1
    assert made_inside.distillation_flop == before[2] + lab.distillation_flop > before[2]
    assert made_inside.base_oom > best.base_oom and lab.best_inside is made_inside
    again = decide_together([lab], decide_distillation, seen(industry))  # the next one is on the same copy
    assert again and lab.models[-1] is made_inside and made_inside.rounds == 2


def test_releases_come_a_step_after_their_round_and_close_a_gap() -> None:
    industry = run(small("inference-in-training"), 6)
    results = industry.results
    models = results.tables["models"]
    made = models[(models["checkpoint_of"] >= 0) & (models["released_step"] >= 0)]
    assert len(made) and (made["released_step"] > made["step"]).all()
    assert (made["distillation_flop"] > 0).all() and not made["internal_only"].any()
    events = results.tables["events"]
    late = models["released_step"] > models["step"]  # copies, and models that were kept inside for a time
    assert (events["kind"] == "gap closes").sum() == late.sum() >= len(made)
    assert (models["internal_only"] == (models["released_step"] < 0)).all()
    sold = results.tiers.merge(models, on="model")
    assert not sold["internal_only"].any()
    metrics = results.metrics
    assert (metrics["internal_public_gap_oom"] >= -1e-12).all() and metrics[
        "internal_public_gap_oom"
    ].max() > 0


def test_where_all_is_released_at_once_nothing_is_inside() -> None:
    results = run(small("inference-in-training", {"labs.adapt.internal": False}), 4).results
    models = results.tables["models"]
    assert not models["internal_only"].any() and (models["released_step"] == models["step"]).all()
    assert (models["checkpoint_of"] == -1).all()
    assert not {"kept inside", "gap closes"} & set(results.tables["events"]["kind"])
    assert not {"hold", "internal"} & set(results.tables["decisions"]["decision"])


# -- own research --------------------------------------------------------------------------------


def test_research_is_bought_where_the_next_unit_pays_for_itself() -> None:
    industry = world("pretraining", **{k.replace(".", "__"): v for k, v in RESEARCH.items()})
    lab, outlook = seller(industry), seen(industry)
    lab.cash_usd, lab.lead_oom = 1e13, 0.0
    before = lab.algorithms_oom
    made = decide_together([lab], decide_internal, outlook)
    assert made[0].option == "no research by models" and made[0].expected_payoff_usd == 0.0
    chosen = next(d for d in made if d.chosen)
    assert chosen.expected_payoff_usd == max(d.expected_payoff_usd for d in made) > 0.0
    model = lab.best_inside
    assert model is not None
    share, hour = (f(model, lab.internal_depth, outlook) for f in (research_share, hour_flop))
    people = share * 500 * 2000 * 0.25
    ratio = lab.internal_flop / hour / people
    won = float(research_gain(0.12, ratio, share, elasticity=0.4, lead_oom=0.0, fishing_out=0.4))
    assert lab.lead_oom == pytest.approx(won) and lab.algorithms_oom - before == pytest.approx(won)
    usd = hour * people * outlook.knowhow.technology.inference_price_ratio * lab.flop_price
    # the condition of the best: marginal worth = marginal cost, with the worth that the payoff implies
    per_oom = (chosen.expected_payoff_usd + usd * ratio) / won
    marginal = per_oom * 0.12 * 0.4 * share * (1 + ratio) ** (0.4 * share - 1)
    assert marginal == pytest.approx(usd, rel=1e-6)


def test_no_money_no_research() -> None:
    industry = world("pretraining", **{k.replace(".", "__"): v for k, v in RESEARCH.items()})
    lab, outlook = seller(industry), seen(industry)
    lab.cash_usd, lab.raised_usd, lab.integrated = 0.0, 1e30, False
    lab.internal_flop = lab.lead_oom = 0.0
    decide_together([lab], decide_internal, outlook)
    assert lab.internal_flop == 0.0 and lab.lead_oom == 0.0


def test_research_is_paid_for_and_leaves_the_ledger_whole() -> None:
    results = run(small("pretraining", RESEARCH), 4).results
    labs = results.labs[results.labs["step"] > 0]
    assert (labs["internal_flop"] > 0).any() and (labs["lead_oom"] > 0).any()
    assert ((labs["internal_flop"] > 0) == (labs["internal_spend_usd"] > 0)).all()
    price = results.metrics.set_index("step")["compute_price_usd_per_flop"]
    paid = labs["internal_flop"] * 4.0 * labs["step"].map(price)
    assert (labs["internal_spend_usd"] <= paid * (1 + 1e-9)).all()
    contracts = results.tables["contracts"].groupby("step")["inference_flop"].sum()
    least = labs.groupby("step")["internal_flop"].sum()
    assert (contracts[least.index] > least).all()


def test_without_elasticity_there_is_no_research() -> None:
    plain = run(small("pretraining"), 3).results
    other = run(small("pretraining", {"internal.researchers": 50.0, "internal.fishing_out": 0.9}), 3).results
    assert not differences(plain, other) and (plain.labs["internal_flop"] == 0).all()


# -- what regulators see -------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_reports_show_what_is_inside(share: float) -> None:
    industry = world("pretraining")
    lab, regulator = seller(industry), industry.regulator
    assert lab.best_model is not None
    model = lab.checkpoint(lab.best_model, seen(industry))
    rule = industry.settings.regulation[0]
    law = copy.copy(regulator.law)
    object.__setattr__(law, "internal_reporting", share)
    regulator.law, regulator.rules, regulator.laws = law, [rule.model_copy(update={"regions": []})], [law]
    report(industry)
    size = float(np.log10(model.training_flop))
    assert (model.id in regulator.sure) == (share == 1.0)
    if share == 1.0:
        assert regulator.known[model.id] == size and regulator.believed_inside_oom >= size
    else:
        assert regulator.believed_inside_oom == -np.inf
