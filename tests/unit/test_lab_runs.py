"""What labs reckon with when they train, distil, release and report."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

from agents.decisions.complying import fine_usd, reporting_plan
from agents.decisions.distilling import AMPLIFIER_DEPTHS, decide_distillation
from agents.decisions.outlook import SEARCH, Ask, Outlook, appraise, decide_together
from agents.decisions.training import decide_training, run_sizes, start_run
from agents.lab import Lab
from model import Industry
from model.catalogue import Decision, Spec
from model.mechanisms.distillation import round_gain
from model.phases import accounts
from tests.support.industry import seen, seller, under, world, worth_of

DULY = {
    "regulation.0.start_year": 0.0,
    "regulation.0.threshold_oom": 23.0,
    "regulation.0.report_cost_usd": 3e9,
    "regulation.0.delay_years": 0.5,
    "labs.adapt.compliance": False,
}


# -- training ----------------------------------------------------------------------------------------


def _sizes(decisions: list[Decision]) -> dict[float, float]:
    return {
        (0.0 if d.option == "no run" else 10.0 ** float(d.option.split()[1][2:])): d.expected_payoff_usd
        for d in decisions
        if d.decision == "train" and (d.option == "no run" or d.option.startswith("train 1e"))
    }


def _choose_run(industry: Industry, **changes: Any) -> tuple[dict[float, float], Lab, Outlook]:
    here = copy.deepcopy(industry)
    lab = seller(here)
    lab.cash_usd = 1e13
    outlook = under(seen(here), **changes)
    return _sizes(decide_together([lab], decide_training, outlook)), lab, outlook


def test_a_run_is_worth_its_profit_less_what_it_and_its_research_cost() -> None:
    industry = world(compute__price=1.4e-18)
    whole, lab, _ = _choose_run(industry, technology__final_run_share=1.0)
    half = _choose_run(industry, technology__final_run_share=0.5)[0]
    shared = [f for f in whole if f in half and f > 0.0]
    assert len(shared) >= 3
    for flop in shared:
        assert whole[flop] - half[flop] == pytest.approx(lab.flop_price * flop, rel=0.02)


def test_a_run_earns_once_it_is_done_over_the_life_of_its_model() -> None:
    """No run: today's menu, at the rivals and costs of mid-life, discounted by the time of the run."""
    industry = world(compute__price=1.4e-18)
    before = copy.deepcopy(industry)
    found, _, _ = _choose_run(industry)
    lab, outlook = seller(before), seen(before)
    steps = max(1, round(outlook.knowhow.technology.training_years / outlook.dt))
    middle = steps + outlook.life_steps / 2
    profit = 0.0
    for channel, tiers in lab.menus.items():
        ask = Ask(channel, [[Spec.of(t) for t in tiers]], middle, iterations=SEARCH, screening=True)
        profit += float(appraise([(lab, ask)], outlook)[0].profit[0])
    assert found[0.0] == pytest.approx(outlook.annuity * outlook.discount**steps * profit, rel=1e-9)


def test_a_covered_run_bears_its_duty_and_comes_later() -> None:
    ruled = world(steps=0, compute__price=1.4e-18, **{k.replace(".", "__"): v for k, v in DULY.items()})
    plain = _choose_run(world(steps=0, compute__price=1.4e-18))[0]
    duty, _, rules = _choose_run(ruled)
    covered = [f for f in plain if f in duty and f > 10.0**23.1]
    assert covered
    for flop in covered:
        assert plain[flop] - duty[flop] >= 3e9 * (1 - 1e-9)
    late = [0, 0]
    for k, report in enumerate((False, True)):
        lab = seller(ruled)
        told = reporting_plan(lab, 1e26, 0.0, rules)[0]
        assert told
        start_run(lab, 1e26, 0.0, told if report else frozenset(), rules)
        assert lab.run is not None
        late[k] = lab.run.finish_step
        assert lab.run.steps == max(1, round(rules.knowhow.technology.training_years / rules.dt))
        lab.run = None
    assert late[1] - late[0] == round(0.5 / rules.dt)


def test_no_run_is_larger_than_sites_and_money_allow() -> None:
    industry = world(compute__price=1.4e-18)
    lab, outlook = seller(industry), seen(industry)
    tech = outlook.knowhow.technology
    steps = max(1, round(tech.training_years / outlook.dt))
    lab.cash_usd, centre = 1e13, max(m.training_flop for m in lab.models)
    spread = max(s * tech.split_efficiency ** (s - 1) for s in range(1, tech.split_sites + 1))
    assert 1.0 < spread < tech.split_sites
    step = 10.0**outlook.scenario.labs.training_step_oom
    for blocks, most in ((1, 1.0), (tech.split_sites, spread)):
        outlook.block_flop = {"market": [centre / steps * 1.001] * blocks}  # the grid has a point at centre
        largest = max(run_sizes(lab, outlook))
        assert centre * most / step < largest <= centre * most * 1.001 * (1 + 1e-9)
    outlook.block_flop = {}
    lab.cash_usd, lab.raised_usd, lab.integrated = 1e9, 1e30, False
    poor = under(outlook, technology__final_run_share=0.25)
    afford = lab.spendable_usd(poor, steps) * 0.25 / lab.flop_price
    lab.models[0].training_flop = afford
    for model in lab.models[1:]:
        model.training_flop = min(model.training_flop, afford)
    sizes = run_sizes(lab, poor)
    assert sizes and max(sizes) <= afford * (1 + 1e-9)


def test_a_larger_model_costs_more_to_serve() -> None:
    industry = world(technology__parameters_exponent=0.5)
    lab, outlook = seller(industry), seen(industry)
    model = lab.best_model
    assert model is not None
    before, flop = model.parameters, model.training_flop
    model.rounds = 1
    lab.retrain(model, 4.0 * flop, outlook)
    assert model.parameters == pytest.approx(2.0 * before)


# -- distilling --------------------------------------------------------------------------------------


def _distils() -> tuple[Industry, Lab]:
    industry = world("inference-in-training", compute__price=1.4e-18, labs__adapt__internal=False)
    lab = seller(industry)
    assert lab.best_model is not None
    lab.cash_usd, lab.best_model.rounds, lab.distillation_flop = 1e13, 0, 0.0
    return industry, lab


def test_a_round_keeps_what_retention_says_costs_its_compute_and_is_remembered() -> None:
    industry, lab = _distils()
    outlook = seen(industry)
    rules, model = outlook.knowhow.technology.distillation, lab.best_model
    assert model is not None
    before, base = model.distillation_oom, model.base_oom
    decisions = decide_together([lab], decide_distillation, outlook)
    chosen = next(d for d in decisions if d.chosen)
    assert chosen.option != "no round"
    depth = next(d for d in AMPLIFIER_DEPTHS if chosen.option.endswith(f"{d:.0f}"))
    kept = lab.retention_belief
    assert kept is not None and 0.0 < kept <= 1.0 and kept != rules.retention  # luck, and it is learned
    gain = float(
        round_gain(depth, 0, retention=kept, inference_exponent=rules.amplifier_exponent,
                   span_oom=rules.amplifier_span_oom, decay=rules.decay)
    )  # fmt: skip
    assert model.distillation_oom - before == pytest.approx(gain)
    assert model.base_oom - base == pytest.approx(gain)
    assert lab.distillation_flop > rules.fine_tune_share * model.training_flop


def test_rounds_are_worth_their_profit_less_their_compute() -> None:
    """Twice the ratio of decoding to training makes a round dearer by its samples, and serving too."""
    industry, lab = _distils()
    cheap = worth_of(decide_together([copy.copy(lab)], decide_distillation, seen(industry)))
    industry, lab = _distils()
    outlook = seen(industry)
    tech, model = outlook.knowhow.technology, lab.best_model
    assert model is not None
    rules = tech.distillation
    more = under(outlook, technology__distillation__fine_tune_share=rules.fine_tune_share + 0.5)
    dear = worth_of(decide_together([lab], decide_distillation, more))
    for option in set(cheap) & set(dear) - {"no round"}:
        extra = 0.5 * model.training_flop * lab.flop_price
        assert cheap[option] - dear[option] == pytest.approx(extra, rel=1e-6)
    industry, lab = _distils()
    outlook = seen(industry)
    twice = under(outlook, technology__distillation__samples=2.0 * rules.samples)
    model = lab.best_model
    assert model is not None
    dear = worth_of(decide_together([lab], decide_distillation, twice))
    per_token = 2.0 * model.parameters / outlook.knowhow.inference_efficiency
    for depth in AMPLIFIER_DEPTHS:
        option = f"amplify at depth {depth:.0f}"
        if option in cheap and option in dear:
            flop = rules.samples * tech.tokens_per_task * per_token * depth
            usd = flop * tech.inference_price_ratio * lab.flop_price
            assert cheap[option] - dear[option] == pytest.approx(usd, rel=1e-6)


def test_rounds_are_paid_for_out_of_what_can_be_spent() -> None:
    industry, lab = _distils()
    lab.cash_usd, lab.raised_usd, lab.integrated = 0.0, 1e30, False
    options = worth_of(decide_together([lab], decide_distillation, seen(industry)))
    assert set(options) == {"no round"} and lab.distillation_flop == 0.0


def test_compute_of_distilling_is_on_the_bill() -> None:
    from model.phases.compute_market import lab_bill

    industry, lab = _distils()
    use = accounts.Use()
    before = lab_bill(industry, lab, use)[0]
    lab.distillation_flop += 1e24
    after = lab_bill(industry, lab, use)[0]
    assert after - before == pytest.approx(1e24 * industry.flop_price * industry.served, rel=1e-6)


# -- compliance --------------------------------------------------------------------------------------


def test_each_way_to_a_new_model_bears_the_fee_of_its_release() -> None:
    """Due when the model is out: after a run, or after tuning an open model."""
    industry = world(steps=0, compute__price=1.4e-18)
    outlook, lab = seen(industry), seller(industry)
    lab.models = sorted(lab.models, key=lambda m: m.base_oom)[:1]  # open models are better than its own
    tech = outlook.knowhow.technology

    def values(**changes: Any) -> dict[str, float]:
        other = copy.copy(lab)
        return worth_of(decide_together([other], decide_training, under(outlook, **changes)))

    free, dear = values(internal__release_usd=0.0), values(internal__release_usd=1e7)
    off = values(internal__release_usd=1e7, labs__adapt__internal=False)
    steps = max(1, round(tech.training_years / outlook.dt))
    tuned = max(1, round(outlook.scenario.open_weights.build_years / outlook.dt))
    assert off == free and {option.split()[0] for option in free} == {"no", "train", "build"}
    for option, worth in free.items():
        after = {"no": np.inf, "train": steps, "build": tuned}[option.split()[0]]
        assert worth - dear[option] == pytest.approx(1e7 * outlook.discount**after, rel=1e-6, abs=1e-3)


def test_a_fine_is_a_share_of_a_years_turnover() -> None:
    industry = world(regulation__0__start_year=0.0, regulation__0__fine_turnover_share=0.1)
    lab, rule = seller(industry), seen(industry).law.duties[0]
    lab.revenue_usd = 1e12
    assert fine_usd(rule, lab, 0.25) == pytest.approx(0.1 * 4e12)


def test_reporting_costs_the_profit_of_the_delay() -> None:
    industry = world(steps=0, **{k.replace(".", "__"): v for k, v in DULY.items()})
    lab, outlook = seller(industry), seen(industry)
    duty = reporting_plan(lab, 1e27, 0.0, outlook)[1]
    delayed = reporting_plan(lab, 1e27, 7e8, outlook)[1]
    assert delayed - duty == pytest.approx(0.5 / outlook.dt * 7e8)


def test_the_risk_is_that_of_a_models_life() -> None:
    """A duty dearer than the risk of one step but cheaper than that of a life is done."""
    changes = {
        "regulation__0__start_year": 0.0,
        "regulation__0__delay_years": 0.0,
        "regulation__0__fine_usd": 1e9,
        "regulation__0__fine_turnover_share": 0.0,
        "regulation__0__audit_finds": 1.0,
    }
    lab = seller(world(**changes))
    for _ in range(200):
        lab.learn_audits(0.2)
    for duty, reports in ((1e8, True), (4e8, True), (1e12, False)):
        outlook = seen(world(**changes, regulation__0__report_cost_usd=duty))
        assert bool(reporting_plan(lab, 1e27, 0.0, outlook)[0]) is reports
