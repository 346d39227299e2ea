"""Exit and entry: who leaves, who comes, and what an entrant reckons with."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

from agents.decisions.entering import Plan, _symmetric, decide_entry
from agents.decisions.entering_alike import Point, flow_cost, settle_alike
from agents.lab import Lab
from model import Industry
from model.catalogue import Spec
from model.phases import turnover
from tests.support.industry import close, seen, seller, under, world, worth_of
from tests.support.small import run, theory


def test_a_row_of_bad_steps_is_counted_and_a_good_one_ends_it() -> None:
    industry = world()
    lab = seller(industry)
    lab.cash_usd, lab.losses = 1e12, 0
    for count in (1, 2, 3):
        lab.prospect_usd = lab.operating_profit_usd = -1.0
        close(industry, lab)
        assert lab.losses == count
    lab.operating_profit_usd = 1.0  # it earns its running costs: no reason to leave
    close(industry, lab)
    assert lab.losses == 0


def test_one_lab_without_prospects_leaves_at_a_time_the_smallest_first() -> None:
    industry = world()
    industry.public_outlook = seen(industry)
    labs = industry.active_labs
    assert len(labs) >= 3
    for place, lab in enumerate(labs):
        lab.cash_usd, lab.losses, lab.revenue_usd = 1e12, 10_000, float(1 + (place + 1) % len(labs))
    least = min(labs, key=lambda x: x.revenue_usd)
    turnover.exits(industry)
    assert [lab for lab in labs if not lab.active] == [least]


def test_all_who_cannot_pay_leave_at_once() -> None:
    industry = world()
    industry.public_outlook = seen(industry)
    labs = industry.active_labs
    for lab in labs:
        lab.cash_usd, lab.losses = -1e12, 0
    turnover.exits(industry)
    assert not industry.active_labs


def test_potential_entrants_arrive_by_the_year(monkeypatch: pytest.MonkeyPatch) -> None:
    industry = world(labs__entry_hazard_year=8.0)
    outlook, met = seen(industry), []
    monkeypatch.setattr(turnover, "decide_entry", lambda lab, top, outlook: (met.append(lab), (None, []))[1])
    for industry.period in range(3, 23):
        turnover.entry(industry, outlook)
    assert len(met) == pytest.approx(8.0 * outlook.dt * 20, abs=4 * np.sqrt(8.0 * outlook.dt * 20))


def test_an_entrant_pays_its_way_in_and_knows_what_the_others_know_on_average(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    industry = world(labs__entry_hazard_year=40.0)
    outlook, met = seen(industry), []
    for place, lab in enumerate(industry.active_labs):
        lab.algorithms_oom = 0.1 * place
    common = np.mean([lab.algorithms_oom for lab in industry.active_labs])
    monkeypatch.setattr(turnover, "decide_entry", lambda lab, top, outlook: (met.append(lab), (None, []))[1])
    turnover.entry(industry, outlook)
    assert met and all(lab.algorithms_oom == pytest.approx(common) for lab in met)
    lab = met[0]
    plan = turnover.Plan(1e24, 1.0, {0: 1.0}, 1e9)
    industry.ledger.open(industry.period)
    turnover._enter(industry, lab, plan, outlook)
    assert industry.ledger.paid(lab.account, "entry") == industry.settings.labs.entry_cost_usd > 0


def test_an_entrant_keeps_back_what_it_needs_to_live_on() -> None:
    industry = world(compute__price=1.4e-18)
    outlook, lab = seen(industry), seller(industry)
    rules, tech = outlook.scenario.labs, outlook.knowhow.technology
    lab.cash_usd = 5e9
    top = turnover._largest_run(lab, industry.active_labs, outlook)
    spent = top * lab.flop_price / tech.final_run_share
    idle = rules.overhead_usd_year * tech.training_years
    assert 0.0 < spent <= 5e9 - rules.entry_cost_usd - idle


def _entrant(industry: Industry) -> Lab:
    lab = copy.copy(seller(industry))
    lab.models, lab.menus, lab.run = [], {}, None
    return lab


def test_entry_is_worth_its_profit_less_all_that_it_costs() -> None:
    """Entry cost, overhead and research compute each lower the value of entering by what they are."""
    industry = world(compute__price=1.4e-18)
    outlook, lab = seen(industry), _entrant(industry)
    lab.revenue_trend_usd_year = lab.flop_trend_oom = 0.0

    def values(**changes: Any) -> dict[str, float]:
        return worth_of(decide_entry(lab, 1e25, under(outlook, **changes))[1])

    rules, tech = outlook.scenario.labs, outlook.knowhow.technology
    plain, free = values(), values(labs__entry_cost_usd=0.0)
    steps = max(1, round(tech.training_years / outlook.dt))
    idle = values(labs__overhead_usd_year=rules.overhead_usd_year + 1e9)
    overhead = 1e9 * outlook.dt * (outlook.annuity * outlook.discount**steps + steps)
    twice = values(technology__final_run_share=tech.final_run_share / 2.0)
    for option in plain:
        if not option.startswith("train "):
            continue
        flop = float(option.split()[1])
        assert free[option] - plain[option] == pytest.approx(rules.entry_cost_usd, rel=1e-6)
        assert plain[option] - idle[option] == pytest.approx(overhead, rel=1e-6)
        run_usd = flop * lab.flop_price / tech.final_run_share
        assert plain[option] - twice[option] == pytest.approx(run_usd, rel=1e-2)


def test_an_entrant_reckons_with_the_delay_of_a_report_and_with_the_fee_of_a_release() -> None:
    """Of a run that it has to report, half a year of sales; of each model, the fee when it is out."""
    duty = {"start_year": 0.0, "threshold_oom": 0.0, "report_cost_usd": 0.0, "fine_usd": 1e15}
    changes = {f"regulation__0__{k}": v for k, v in duty.items()}
    changes |= {"labs__adapt__compliance": False}

    def plans(delay: float, fee: float) -> tuple[dict[str, float], Plan | None, Any]:
        industry = world(steps=0, compute__price=1.4e-18, regulation__0__delay_years=delay, **changes)
        outlook, lab = under(seen(industry), internal__release_usd=fee), _entrant(industry)
        outlook.open_models = []  # else it builds on one of them, and owes no report
        plan, made = decide_entry(lab, 1e25, outlook)
        return worth_of(made), plan, outlook

    (plain, plan, outlook), (late, _, _), (dear, _, _) = plans(0.0, 0.0), plans(0.5, 0.0), plans(0.0, 1e9)
    assert plan is not None and len(plan.reports_to) == 1
    rules, steps = (
        outlook.scenario.labs,
        max(1, round(outlook.knowhow.technology.training_years / outlook.dt)),
    )
    later = outlook.discount**steps
    tried = [option for option in plain if option.startswith("train ")]
    assert len(tried) > 5
    for option in tried:
        run_usd = float(option.split()[1]) * 1.4e-18 / outlook.knowhow.technology.final_run_share
        idle = rules.overhead_usd_year * outlook.dt
        gain = (plain[option] + rules.entry_cost_usd + run_usd + steps * idle) / later / outlook.annuity
        assert plain[option] - late[option] == pytest.approx(2.0 * max(gain + idle, 0.0), rel=2e-2)
        assert plain[option] - dear[option] == pytest.approx(later * 1e9, rel=1e-6)


def test_an_entrant_with_foresight_reckons_with_one_lab_more() -> None:
    """P02: with two labs on the market the entrant is the third of three: markup 3/2, profit 1/2 a user."""
    tier = {"depth": 1.0, "cost_usd": 0.2, "capability_oom": 2.0, "price_usd": 1.0}
    labs = [{"name": name, "tiers": [tier]} for name in "AB"]
    changes = {"users.outside_utility": "none", "compute.price": 1e-20, "labs.training_mode": "continuous"}
    industry = run(theory(labs, changes), 0)
    outlook, lab = seen(industry), industry.active_labs[0]
    spec = Spec(25.0, 1.0, 1e11, 1.0, cost_usd=0.2)
    profit, price = _symmetric(lab, 0, [[spec]], outlook)
    assert profit[0] == pytest.approx(0.5) and price[0] == pytest.approx(1.7)
    start = Point(1e25, outlook.knowhow.technology.minimum_depth)
    found = settle_alike(lab, start, np.zeros(3, dtype=bool), start.depth, outlook, False)
    assert found.profit == pytest.approx(0.5, rel=1e-3)  # a third alike to two others
    assert found.prices[0] == pytest.approx(1.5, abs=0.02)  # and serving costs next to nothing


def test_smooth_training_costs_its_user_cost_a_step() -> None:
    outlook, lab = seen(world(labs__training_user_cost=0.7)), seller(world())
    share = outlook.knowhow.technology.final_run_share
    usd = 1e25 * 0.7 * outlook.dt / share * lab.flop_price
    assert flow_cost(Point(1e25, 1.0), lab, outlook, False) == pytest.approx(usd)


def test_nobody_enters_at_a_loss() -> None:
    industry = world(compute__price=1.4e-18)
    lab = _entrant(industry)
    for cost in (0.0, 1e8, 1e9, 1e10, 1e11, 1e12):
        plan, made = decide_entry(lab, 1e25, under(seen(industry), labs__entry_cost_usd=cost))
        best = max(d.expected_payoff_usd for d in made if d.option != "stay away")
        assert (plan is not None) == (best > 0.0)
