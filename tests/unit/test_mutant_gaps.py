"""What no other test noticed when mistakes were seeded into the source: who pays, when, in what unit.

Each test states what must hold in the economy; `tests/mutants` lists the mistakes that made them needed.
"""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from agents.decisions.adapt_distilling import round_cost_flop
from agents.decisions.complying import fine_usd, reporting_plan
from agents.decisions.distilling import AMPLIFIER_DEPTHS, decide_distillation
from agents.decisions.entering import Plan, _symmetric, decide_entry
from agents.decisions.entering_alike import Point, flow_cost, settle_alike
from agents.decisions.menu import decide_release, decide_tiers
from agents.decisions.outlook import SEARCH, Ask, Outlook, appraise, decide_together, unit_cost
from agents.decisions.pricing import decide_prices
from agents.decisions.training import decide_training, run_sizes, start_run
from agents.demand import surplus_usd, utilities
from agents.lab import Lab
from model import Industry
from model.catalogue import Decision, Run, Spec
from model.mechanisms.demand import choice_probabilities
from model.mechanisms.distillation import round_gain
from model.mechanisms.scaling import wall_function
from model.phases import accounts, progress, turnover
from tests.support.small import run, small, theory

DULY = {
    "regulation.0.start_year": 0.0,
    "regulation.0.threshold_oom": 23.0,
    "regulation.0.report_cost_usd": 3e9,
    "regulation.0.delay_years": 0.5,
    "labs.adapt.compliance": False,
}


@cache
def _made(regime: str, steps: int, changes: str) -> Industry:
    return run(small(regime, json.loads(changes)), steps)


def world(regime: str = "inference-at-deployment", steps: int = 2, **changes: Any) -> Industry:
    """An industry of the real start after some steps; keys with __ for the dots."""
    named = {key.replace("__", "."): value for key, value in changes.items()}
    return copy.deepcopy(_made(regime, steps, json.dumps(named, sort_keys=True)))


def seen(industry: Industry) -> Outlook:
    return industry.outlook(industry.books())


def seller(industry: Industry) -> Lab:
    """A lab with tiers for persons and for firms and no run in progress."""
    lab = next(x for x in industry.active_labs if x.menus.get(0) and x.menus.get(1) and x.best_model)
    lab.run = None
    return lab


def under(outlook: Outlook, **changes: Any) -> Outlook:
    """The same knowledge, methods found since the start included, under other parameters."""
    named = {key.replace("__", "."): value for key, value in changes.items()}
    other = copy.copy(outlook)
    other.scenario = outlook.scenario.override(named)
    known = type(outlook.knowhow).at(other.scenario, outlook.years)
    other.knowhow = replace(known, elicitation_oom=outlook.knowhow.elicitation_oom)
    return other


def worth_of(decisions: list[Decision]) -> dict[str, float]:
    return {d.option: d.expected_payoff_usd for d in decisions}


# -- time and money --------------------------------------------------------------------------------


def test_a_year_of_steps_is_discounted_by_a_year() -> None:
    outlook = seen(world())
    yearly = 1.0 / (1.0 + outlook.scenario.labs.discount_rate)
    assert outlook.discount ** (1.0 / outlook.dt) == pytest.approx(yearly)
    steps = np.arange(1, round(outlook.life_steps) + 1)  # the first profit comes at the end of a step
    assert outlook.annuity == pytest.approx(float((outlook.discount**steps).sum()), rel=1e-9)


def test_adverts_are_earned_by_the_year_and_from_persons_only() -> None:
    industry = world(users__advert_usd_year=24.0)
    outlook = seen(industry)
    assert outlook.advert(0) == pytest.approx(24.0 * outlook.dt) and outlook.advert(1) == 0.0
    table = industry.results.purchases.query("step == 2 and segment == 'person' and tier >= 0")
    for lab in industry.active_labs:
        tiers = {t.id for t in lab.menus.get(0, [])}
        users = table.loc[table["tier"].isin(tiers) & (table["lab"] == lab.number), "users"].sum()
        earned = industry.ledger.received(lab.account, "adverts")
        assert earned == pytest.approx(24.0 * outlook.dt * users, rel=1e-6)


def test_running_costs_are_those_of_a_step() -> None:
    industry = world()
    rules, dt = industry.settings.labs, industry.settings.horizon.step_years
    for lab in industry.active_labs:
        assert industry.ledger.paid(lab.account, "overhead") == pytest.approx(rules.overhead_usd_year * dt)
        paid = industry.ledger.paid(lab.account, "tiers")
        assert paid == pytest.approx(rules.tier_cost_usd_year * dt * len(lab.tiers))


def test_operating_profit_bears_serving_and_not_training() -> None:
    industry = world()
    for lab in industry.active_labs:
        income = industry.ledger.received(lab.account) - industry.ledger.received(lab.account, "funding")
        once = ("training compute", "compliance", "fines", "menu", "entry")
        costs = industry.ledger.paid(lab.account) - sum(industry.ledger.paid(lab.account, p) for p in once)
        assert industry.ledger.paid(lab.account, "inference compute") > 0.0 or not lab.tiers
        assert lab.operating_profit_usd == pytest.approx(income - costs)
    assert industry.ledger.total("training compute") > 0.0


def test_a_decoded_flop_is_bought_at_the_price_of_inference() -> None:
    industry = world()
    price = industry.flop_price * industry.knowhow.technology.inference_price_ratio * industry.served
    for lab in industry.active_labs:
        paid = industry.ledger.paid(lab.account, "inference compute")
        assert paid - industry.transport_usd.get(lab.number, 0.0) == pytest.approx(price * lab.inference_flop)


def test_a_given_price_of_compute_falls_by_orders_of_magnitude_a_year() -> None:
    industry = run(small(changes={"compute.price": 1e-18, "compute.price_decline_oom": 0.3}), 4)
    assert industry.years == pytest.approx(1.0)
    assert industry.flop_price / 1e-18 == pytest.approx(10.0**-0.3)


# -- outside money ---------------------------------------------------------------------------------


def test_credit_is_raised_once_and_no_faster_than_in_a_year() -> None:
    industry = world()
    lab, outlook = seller(industry), seen(industry)
    lab.integrated, lab.raised_usd, lab.revenue_trend_usd_year = False, 0.0, 1e9
    limit = industry.settings.labs.credit_multiple * 1e9
    assert lab.credit_usd(outlook, 1.0) == pytest.approx(limit * outlook.dt)
    assert lab.credit_usd(outlook, 1e3) == pytest.approx(limit)
    lab.raised_usd = 0.9 * limit
    assert lab.credit_usd(outlook, 1e3) == pytest.approx(0.1 * limit)
    lab.raised_usd = 2.0 * limit
    assert lab.credit_usd(outlook, 1e3) == 0.0


def test_what_is_spoken_for_cannot_be_spent() -> None:
    industry = world(labs__hard_budget=True)
    lab, outlook = seller(industry), seen(industry)
    lab.cash_usd, lab.operating_profit_usd = 1e10, 5e7
    assert lab.spendable_usd(outlook, 3.0) == pytest.approx(1e10)
    lab.run = Run(1e26, 0.0, 0.0, outlook.step + 5, 4, budget_usd=1e9, done_flop=5e25)  # out two steps later
    assert lab.spendable_usd(outlook, 3.0) == pytest.approx(1e10 - 2e9)
    lab.operating_profit_usd = -1e8  # three steps of the project and the present one
    assert lab.spendable_usd(outlook, 3.0) == pytest.approx(1e10 - 2e9 - 4e8)


def test_revenue_is_learned_by_the_year() -> None:
    industry = world()
    lab, outlook = seller(industry), seen(industry)
    lab.revenue_usd = 1e8
    for _ in range(200):
        lab.observe(outlook)
    assert lab.revenue_trend_usd_year == pytest.approx(1e8 / outlook.dt, rel=1e-6)


def _close(industry: Industry, lab: Lab) -> None:
    """Close the books of a step in which nobody bought anything."""
    industry.ledger.open(industry.period)
    industry.public_outlook = seen(industry)
    for each in industry.active_labs:
        each.closed_cash_usd, each.revenue_usd = each.cash_usd, 0.0
    accounts.close(industry, accounts.Use())


def test_investors_pay_for_losses_only_up_to_the_credit() -> None:
    industry = world()
    lab = seller(industry)
    lab.integrated, lab.cash_usd, lab.raised_usd, lab.revenue_trend_usd_year = False, -1e12, 0.0, 1e9
    room = lab.credit_usd(seen(industry))
    _close(industry, lab)
    assert lab.funding_usd == pytest.approx(room) and lab.raised_usd == pytest.approx(room)
    assert lab.cash_usd == pytest.approx(room - 1e12)


def test_money_of_a_parent_uses_up_no_credit() -> None:
    industry = world(labs__parent_budget_usd_year=4e9)
    lab = seller(industry)
    lab.integrated, lab.cash_usd, lab.raised_usd, lab.revenue_trend_usd_year = True, -5e8, 0.0, 1e9
    _close(industry, lab)
    assert lab.funding_usd == pytest.approx(5e8) and lab.raised_usd == 0.0


# -- exit and entry --------------------------------------------------------------------------------


def test_a_row_of_bad_steps_is_counted_and_a_good_one_ends_it() -> None:
    industry = world()
    lab = seller(industry)
    lab.cash_usd, lab.losses = 1e12, 0
    for count in (1, 2, 3):
        lab.prospect_usd = lab.operating_profit_usd = -1.0
        _close(industry, lab)
        assert lab.losses == count
    lab.operating_profit_usd = 1.0  # it earns its running costs: no reason to leave
    _close(industry, lab)
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


# -- what a lab expects ----------------------------------------------------------------------------


def earned(lab: Lab, outlook: Outlook, specs: list[Spec], channel: int = 0, ahead: float = 0.0) -> float:
    return float(appraise([(lab, Ask(channel, [specs], ahead, iterations=0))], outlook)[0].profit[0])


@pytest.mark.parametrize("channel", [0, 1])
def test_one_more_user_costs_the_compute_of_the_depth_sold(channel: int) -> None:
    """A tier whose cost is left to technology earns what it earns at that cost per user."""
    industry = world()
    lab, outlook = seller(industry), seen(industry)
    know = outlook.knowhow
    for depth, load in ((1.0, 1.0), (30.0, 1.0), (30.0, 1.7)):
        spec = Spec.of(lab.menus[channel][0])._replace(depth=depth, load=load)
        used = float(know.profile(channel, np.array([spec.base_oom]), np.array([depth])).mean_depth[0])
        tasks = outlook.tasks_per_step
        flop = (
            2.0 * spec.parameters * know.technology.tokens_per_task / know.inference_efficiency * tasks * used
        )
        cost = flop * load * lab.flop_price * know.technology.inference_price_ratio
        given = spec._replace(cost_usd=cost)
        assert unit_cost(given, used, lab.flop_price, outlook) == cost
        assert earned(lab, outlook, [spec], channel) == pytest.approx(
            earned(lab, outlook, [given], channel), rel=1e-9
        )


def test_sunk_training_does_not_enter_prices() -> None:
    industry = world()
    lab, outlook = seller(industry), seen(industry)
    spec = Spec.of(lab.menus[0][0])
    before = appraise([(lab, Ask(0, [[spec]], iterations=20))], outlook)[0]
    for model in lab.models:
        model.training_flop *= 1e6
    after = appraise([(lab, Ask(0, [[spec]], iterations=20))], outlook)[0]
    assert after.prices[0, 0] == before.prices[0, 0] and after.profit[0] == before.profit[0]


def test_rivals_who_progress_and_costs_that_fall_are_foreseen() -> None:
    industry = world(users__volume_elasticity=0.0)
    lab, outlook = seller(industry), seen(industry)
    specs = [Spec.of(t) for t in lab.menus[0]]
    lab.rival_trend, lab.flop_trend_oom = {0: 0.0, 1: 0.0}, 0.0
    now, still = earned(lab, outlook, specs), earned(lab, outlook, specs, ahead=4.0)
    assert still >= now  # inference gets cheaper, nothing else changes
    lab.flop_trend_oom = -0.2
    assert earned(lab, outlook, specs, ahead=4.0) > still
    lab.rival_trend[0] = 0.2
    lab.flop_trend_oom = 0.0
    assert earned(lab, outlook, specs, ahead=4.0) < still * 0.9


def test_better_inference_makes_serving_cheaper() -> None:
    industry = world(technology__inference_efficiency_growth_oom=0.4, users__volume_elasticity=0.0)
    lab, outlook = seller(industry), seen(industry)
    lab.flop_trend_oom = 0.0
    assert lab.cost_trend(outlook) < 0.0
    lab.flop_trend_oom = 0.4 * outlook.dt  # compute gets dearer as fast as it is needed less
    assert lab.cost_trend(outlook) == pytest.approx(0.0)
    know = outlook.knowhow
    later = type(know).at(know.scenario, know.years + 1.0)
    assert later.flop_per_task(1e11) == pytest.approx(know.flop_per_task(1e11) * 10.0**-0.4)


def test_loyal_users_are_worth_something_to_their_own_lab() -> None:
    loyal = world(users__inertia=2.0)
    lab, outlook = seller(loyal), seen(loyal)
    specs = [Spec.of(t) for t in lab.menus[0]]
    bonus = earned(lab, outlook, specs)
    poll = outlook.polls[0]
    own = poll.loyal[lab.number]
    assert own.min() >= 0.0 and own.max() <= 2.0 + 1e-9 and own.max() > own.min()  # users of others have none
    poll.loyal = {n: v for n, v in poll.loyal.items() if n != lab.number}
    assert bonus > earned(lab, outlook, specs)


def test_market_research_stands_for_the_market() -> None:
    industry = world()
    for channel, poll in seen(industry).polls.items():
        segment = industry.segments[channel]
        volume = float((segment.weight * segment.slots * segment.scale).sum()) * industry.population
        assert poll.weight.sum() == pytest.approx(volume, rel=0.2)  # a sample of heavy-tailed firms
        assert poll.thin(20).weight.sum() == pytest.approx(poll.weight.sum())
        assert np.all(poll.rivals(None) >= float(poll.users.outside_utility) / poll.users.taste_scale)


def test_progress_of_rivals_is_in_utils() -> None:
    industry = world(users__taste_scale=2.0, users__outside_utility="none")
    poll = seen(industry).polls[0]
    np.testing.assert_allclose(poll.rivals(None, 0.6) - poll.rivals(None), 0.3, rtol=1e-9)


# -- prices and menus ------------------------------------------------------------------------------


def test_prices_go_part_of_the_way() -> None:
    industry = world(labs__price_damping=0.3, labs__menu_cost_usd=0.0)
    lab, outlook = seller(industry), seen(industry)
    lab.menus = {0: lab.menus[0]}
    tiers = lab.menus[0]
    for tier in tiers:
        tier.price_usd *= 1.5
    old = np.array([t.price_usd for t in tiers])
    best = appraise([(lab, Ask(0, [[Spec.of(t) for t in tiers]], iterations=20))], outlook)[0].prices[0]
    decide_together([lab], decide_prices, outlook)
    new = np.array([t.price_usd for t in tiers])
    np.testing.assert_allclose(new - old, 0.3 * (best[: len(tiers)] - old), rtol=1e-6)


def _tier_counts(names: list[str], now: int) -> list[int]:
    kinds = {"keep": 0, "add": 1, "drop": -1, "all": 0, "cheapest": 0, "a": 1, "no": 0}
    return [now + kinds[n.split(": ", 1)[1].split()[0]] for n in names]


@pytest.mark.parametrize("decide", [decide_tiers, decide_release])
def test_every_tier_of_a_menu_costs_its_keep(decide: Any) -> None:
    """Options are compared after the cost of keeping their tiers on sale for a step."""
    industry, found = world(), []
    dt = industry.settings.horizon.step_years
    for usd in (0.0, 4e9):
        here = copy.deepcopy(industry)
        lab = seller(here)
        lab.run = Run(1e26, lab.algorithms_oom, 0.0, here.period, 1, budget_usd=1.0, done_flop=1e26)
        counts = {c: len(t) for c, t in lab.menus.items()}
        outlook = under(seen(here), labs__tier_cost_usd_year=usd)
        found.append([d for d in decide_together([lab], decide, outlook) if d.decision != "hold"])
    plain, dear = (worth_of(d) for d in found)
    assert set(plain) == set(dear) and len(plain) >= 3
    for name in plain:
        tiers = _tier_counts([name], counts[0 if name.startswith("subscription") else 1])[0]
        assert plain[name] - dear[name] == pytest.approx(4e9 * dt * tiers, rel=1e-6)


# -- training --------------------------------------------------------------------------------------


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


# -- distilling ------------------------------------------------------------------------------------


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


# -- compliance ------------------------------------------------------------------------------------


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


# -- technology ------------------------------------------------------------------------------------


def test_the_wall_damps_compute_and_not_algorithms_or_distilling() -> None:
    know = seen(world()).knowhow
    tech = know.technology
    assert tech.wall_slope < 1.0
    flop = 10.0 ** (tech.wall_oom + 1.0)
    x = wall_function(np.log10(flop), tech.wall_oom, tech.wall_slope)
    base = float(know.base_capability(flop, 0.0))
    assert base == pytest.approx(float(tech.training_exponent * x))
    assert float(know.base_capability(flop, 1.0)) - base == pytest.approx(tech.training_exponent)
    assert float(know.base_capability(flop, 0.0, 1.0)) - base == pytest.approx(1.0)
    below, above = know.training_return(0.01 * flop), know.training_return(flop)
    assert above == pytest.approx(tech.wall_slope * below)
    step = float(know.base_capability(0.01 * flop * np.e, 0.0) - know.base_capability(0.01 * flop, 0.0))
    assert below == pytest.approx(step)  # per log point


def test_distilling_is_not_multiplied_by_the_exponent_of_training() -> None:
    know = seen(world(technology__training_exponent=0.5)).knowhow
    gap = float(know.base_capability(1e24, 0.0, 1.0) - know.base_capability(1e24, 0.0, 0.0))
    assert gap == pytest.approx(1.0)


def test_algorithms_spread_but_nobody_overtakes_or_forgets() -> None:
    industry = world(technology__diffusion=0.6, technology__algorithm_growth_oom=0.4)
    dt = industry.settings.horizon.step_years
    ahead, behind = industry.active_labs[:2]
    front = industry.algorithms_frontier_oom
    ahead.algorithms_oom, behind.algorithms_oom = front + 5.0, front - 2.0
    for _ in range(round(1.0 / dt)):
        industry.period += 1
        progress.advance(industry)
    assert industry.algorithms_frontier_oom == pytest.approx(front + 0.4)
    assert ahead.algorithms_oom == front + 5.0
    # In a year a laggard closes the share of its gap that diffusion says, and stays behind.
    assert industry.algorithms_frontier_oom - behind.algorithms_oom == pytest.approx(0.4 * 2.0, rel=0.05)
    for _ in range(40):
        industry.period += 1
        progress.advance(industry)
        assert behind.algorithms_oom <= industry.algorithms_frontier_oom + 1e-9


# -- users and offers ------------------------------------------------------------------------------


def test_adoption_grows_by_the_year() -> None:
    industry = world(users__population_growth=0.5)
    users = industry.settings.users
    industry.period = round(1.0 / industry.settings.horizon.step_years)
    odds = industry.population / (users.population_ceiling - industry.population)
    first = users.population / (users.population_ceiling - users.population)
    assert np.log(odds / first) == pytest.approx(0.5)


def test_taste_is_worth_money_at_the_harmonic_mean_of_incomes() -> None:
    """The mean marginal utility of income is that of the poor more than that of the rich."""
    industry = world(users__income_effect="linear", users__task_concentration=0.0)
    lab = seller(industry)
    setup = industry.settings.labs.symmetric.tiers[0].model_copy(update={"cost_usd": 0.0})
    sample = industry.samples[0]
    price = industry.typical_price(0, lab.models[0], setup)
    per_usd = np.average(sample.price_coefficient, weights=sample.weight)
    assert price == pytest.approx(industry.settings.users.taste_scale / per_usd)
    assert price < np.average(
        industry.settings.users.taste_scale / sample.price_coefficient, weights=sample.weight
    )


def test_noise_in_volume_does_not_change_its_mean() -> None:
    calm, noisy = (
        world(users__count=8000, users__business_share=0.5, users__business_volume_spread=s)
        for s in (0.0, 0.8)
    )
    firms = [next(s for s in w.segments if s.kind == 1) for w in (calm, noisy)]
    assert firms[1].scale.mean() / firms[0].scale.mean() == pytest.approx(1.0, abs=0.15)
    per = [np.median(f.scale / f.income) for f in firms]
    assert per[1] / per[0] == pytest.approx(np.exp(-0.32), rel=0.08)


def test_income_and_deciles_are_of_people_and_of_a_step() -> None:
    quarter = world()
    persons = quarter.segments[0]
    median = float(np.median(persons.income))
    assert median == pytest.approx(quarter.settings.users.wealth.median_usd_year * 0.25, rel=0.05)
    atoms = world(users__wealth__atoms=[1e4, 2e4], users__wealth__atom_weights=[9.0, 1.0])
    poor = atoms.segments[0]
    mass = poor.weight * poor.slots
    rich = mass[poor.income > poor.income.min()].sum() / mass.sum()
    assert rich == pytest.approx(0.1)
    assert set(poor.decile[poor.income > poor.income.min()]) == {9}


@pytest.mark.parametrize("engine", ["individual", "lumped"])
def test_a_kind_with_one_slot_more_is_no_more_people(engine: str) -> None:
    """Seven slots for three kinds: 3, 2, 2; each kind still counts for its share of the people."""
    uneven = world(
        users__count=7, users__business_share=0.0, users__engine=engine,
        users__wealth__atoms=[1e4, 2e4, 4e4], users__wealth__atom_weights=[5.0, 3.0, 2.0],
    )  # fmt: skip
    people = uneven.segments[0]
    mass = people.weight * people.slots
    for income, share in zip(np.unique(people.income), (0.5, 0.3, 0.2), strict=True):
        assert mass[people.income == income].sum() / mass.sum() == pytest.approx(share)


@pytest.mark.parametrize("outside", [0.0, 2.5])
@pytest.mark.parametrize("effect", ["linear", "log"])
def test_surplus_is_what_users_would_pay_not_to_lose_ai(effect: str, outside: float) -> None:
    """The log-sum less the outside option is -mu ln P(no AI), and each user has a value of money."""
    industry = world(users__income_effect=effect, users__outside_utility=outside)
    users, segment, book = industry.settings.users, industry.segments[0], industry.books()[0]
    rows = np.arange(0, segment.size, 7)
    utility = utilities(segment, rows, segment.terms(book.terms), effect).astype(np.float64)
    bought = choice_probabilities(
        utility, book.nest, taste_scale=users.taste_scale, within_lab_scale=users.within_lab_scale,
        outside_utility=outside,
    ).sum(axis=1)  # fmt: skip
    utils = -users.taste_scale * np.log1p(-bought)
    usd = utils * segment.income[rows] / users.price_sensitivity
    np.testing.assert_allclose(surplus_usd(segment, rows, book, users), usd, rtol=1e-4)


def test_users_pay_for_what_they_use() -> None:
    """A firm pays a metered tier by volume; who runs a model pays compute, overhead and set-up."""
    industry = world(open_weights__overhead=0.6, users__business_volume_spread=0.5)
    industry.ledger.open(industry.period)
    books = industry.books()
    use = accounts.consumption(industry, books)
    for kind, book in books.items():
        tally, paid = use.tally[kind], use.payments[kind]
        sold = np.flatnonzero(~book.self_hosted)
        bill = tally.volume[:, sold] * book.price[sold]
        np.testing.assert_allclose(paid[:, sold], bill, rtol=1e-9)
        for place in np.flatnonzero(book.self_hosted):
            offer = book.hosted[place - len(book.tiers)]
            if getattr(offer, "host", False):
                continue
            usd = tally.hosted[:, place] * offer.unit_usd + tally.users[:, place] * offer.setup_usd
            np.testing.assert_allclose(paid[:, place], usd, rtol=1e-9)
    volume, heads = use.tally[1].volume.sum(), use.tally[1].users.sum()
    assert abs(volume / heads - 1.0) > 0.05  # or nothing was tested
    tally = use.tally[1]
    hosted = np.flatnonzero(books[1].self_hosted)
    used = tally.volume[:, hosted].sum()
    assert used > 0.0 and tally.hosted[:, hosted].sum() > 1.2 * used


def test_a_dollar_weighs_by_ones_own_income_and_an_overhead_once() -> None:
    """Utility of a price of one dollar: by everybody's own income, volume and, if self-hosted, overhead."""
    industry = world(users__income_effect="linear", open_weights__overhead=0.6)
    for segment in industry.segments:
        rows, width = np.arange(segment.size), segment.mix.shape[0]
        terms = np.zeros((3, width + 4))
        terms[0, width] = terms[1, width + 1] = terms[2, width + 2] = 1.0
        felt = -utilities(segment, rows, segment.terms(terms), "linear").astype(np.float64)
        dollar = industry.settings.users.price_sensitivity / segment.income
        metered = dollar * segment.scale
        np.testing.assert_allclose(felt[:, 0], metered, rtol=1e-5)
        np.testing.assert_allclose(felt[:, 1], metered * (1.0 + segment.overhead), rtol=1e-5)
        np.testing.assert_allclose(felt[:, 2], dollar, rtol=1e-5)


# -- the regulator ---------------------------------------------------------------------------------


def test_the_exponent_of_depth_is_learned_per_order_of_magnitude() -> None:
    industry = world()
    regulator = industry.regulator
    for _ in range(400):
        regulator.learn_depth(1.2, 1000.0)
    assert regulator.belief_exponent == pytest.approx(0.4, rel=1e-3)


def test_suspects_are_audited_the_most_feared_first_and_know_their_chance() -> None:
    """One audit, three suspects among more labs: the one believed most capable; a third is the chance."""
    changes = {
        "regulation__0__start_year": 0.0,
        "regulation__0__threshold_oom": 26.0,
        "regulation__0__audits_per_year": 4.0,
        "regulation__0__audit_finds": 0.0,
        "oversight__belief_spread_oom": 0.0,
    }
    industry = world(labs__adapt__compliance=True, **changes)
    regulator, labs = industry.regulator, industry.active_labs
    assert len(labs) >= 4
    regulator.announce(industry.years)
    regulator.meet(labs)
    regulator.sure = set()
    for place, lab in enumerate(labs):
        lab.learn_audits(0.0, 1e9)
        for tier in lab.tiers:
            tier.depth = 1.0
            tier.model.reported_to.clear()
            tier.model.block_site_seen = False
            regulator.known[tier.model.id] = (26.3, 26.9, 26.1)[place] if place < 3 else 20.0
    industry.ledger.open(industry.period)
    before = [lab.audit_belief() for lab in labs]
    events = regulator.enforce(labs, seen(industry), industry.period)
    assert [e.agent for e in events if e.kind == "audit"] == [labs[1].name]
    for lab, old in zip(labs, before, strict=True):
        assert (lab.audit_belief() - old) * 1e9 == pytest.approx(1.0 / 3.0, rel=1e-3)


def test_samples_are_decoded_and_the_rest_of_a_round_is_training() -> None:
    outlook = seen(world("inference-in-training"))
    tech = outlook.knowhow.technology
    rules = tech.distillation
    tokens = rules.samples * tech.tokens_per_task * 100.0
    decoded = tokens * 2.0 * 1e11 / outlook.knowhow.inference_efficiency
    flop = decoded * tech.inference_price_ratio + rules.fine_tune_share * 1e25
    assert round_cost_flop(100.0, 1e11, 1e25, outlook) == pytest.approx(flop)


def test_who_is_asked_together_changes_no_answer() -> None:
    """Labs in one batch, menus that share tiers, tiers that differ in price or cost alone: as one by one."""
    industry = world()
    outlook = seen(industry)
    first, second = [lab for lab in industry.active_labs if lab.menus.get(0)][:2]
    second.serving_factor, second.flop_price = 0.4, 3.0 * first.flop_price
    tier = Spec.of(first.menus[0][0])
    dear, given = tier._replace(price_usd=2.0 * tier.price_usd), tier._replace(cost_usd=5.0)
    menus = [[tier], [tier, dear], [dear], [given], [tier, given, tier._replace(load=2.0)], []]
    for iterations in (0, SEARCH):
        asks = [(lab, Ask(0, menus, iterations=iterations)) for lab in (first, second)]
        together = appraise(asks, outlook)
        for (lab, ask), answer in zip(asks, together, strict=True):
            for place, menu in enumerate(menus):
                alone = appraise([(lab, ask._replace(menus=[menu]))], outlook)[0]
                np.testing.assert_allclose(answer.profit[place], alone.profit[0], rtol=1e-9)
                np.testing.assert_allclose(answer.prices[place, : len(menu)], alone.prices[0], rtol=1e-9)
        assert together[0].profit[0] != together[0].profit[2] or iterations, "a dearer tier earns otherwise"
        assert together[0].profit[0] != together[1].profit[0]
