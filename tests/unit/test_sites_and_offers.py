"""Sites, the market for compute, and what offers give."""

from __future__ import annotations

import copy
from functools import cache
from typing import Any

import numpy as np
import pytest

from agents.data_centre import DataCentre
from model import Industry
from model.catalogue import Run
from model.mechanisms.compute import market_price, rental_price
from model.mechanisms.offer import TaskTable, profile
from model.mechanisms.volume import volume_now
from model.phases import accounts, compute_market
from tests.support.small import run, small

SITES = [{"name": "Near", "owner": "market", "region": "US", "power_mw": 4000.0}]
PLACE = {
    "labs.start": "symmetric",
    "labs.count": 3,
    "compute.sites": SITES,
    "compute.transport_share": 0.25,
    "labs.adapt.entry": False,
    "users.demand": "expected",
}
SECONDS_PER_YEAR = 365.25 * 24 * 3600.0


@cache
def _made(power: float, steps: int) -> Industry:
    sites = [SITES[0] | {"power_mw": power}]
    return run(small("pretraining", PLACE | {"compute.sites": sites}), steps)


def place(power: float = 4000.0, steps: int = 1) -> Industry:
    """Three equal labs, one site in one region, users everywhere."""
    return copy.deepcopy(_made(power, steps))


def tiny(value: float) -> Any:
    """Equal up to a share of it: prices of a FLOP are far below the absolute tolerance of pytest."""
    return pytest.approx(value, rel=1e-6, abs=0.0)


def _use(industry: Industry) -> accounts.Use:
    """What users consume now; the books of the step start again."""
    industry.ledger.open(industry.period)
    return accounts.consumption(industry, industry.books())


# -- the market ------------------------------------------------------------------------------------


@pytest.mark.parametrize("elasticity", [0.5, 2.0])
@pytest.mark.parametrize("fixed", [2.0, 12.0, 19.9])
def test_scarcity_prices_invert_demand(elasticity: float, fixed: float) -> None:
    """At the price found others buy what is left, whatever their elasticity."""
    found = market_price([10.0, 10.0], [1e-6, 1e-3], fixed, 8.0, 2.0, elasticity, other_floor=1e-4)
    assert found.served == 1.0
    bought = 8.0 * max((found.price / 2.0) ** -elasticity, 1e-4)
    assert bought == pytest.approx(found.other_demand, rel=1e-9)
    assert found.other_demand == pytest.approx(20.0 - fixed)


def test_far_users_cost_transport_and_labs_pay_for_it() -> None:
    """All compute stands in one region: whatever serves the others pays the share for the way."""
    industry = place()
    use = _use(industry)
    industry.placements = {}
    for lab in industry.active_labs:
        lab.run, lab.training_flop_used, lab.distillation_flop = None, 0.0, 0.0
    compute_market.clear_market(industry, use)
    share = np.array([r.demand_share for r in industry.regions])
    far = 1.0 - share[[r.name for r in industry.regions].index("US")] / share.sum()
    assert 0.05 < far < 0.95
    ratio = industry.knowhow.technology.inference_price_ratio
    for lab in industry.active_labs:
        served = use.inference_flop[lab.number] * ratio * industry.served
        freight = industry.transport_usd[lab.number]
        assert freight == pytest.approx(0.25 * industry.flop_price * served * far, rel=1e-3)
        training, serving = compute_market.lab_bill(industry, lab, use)
        assert serving == pytest.approx(served * industry.flop_price + freight)
        assert training == pytest.approx(0.0)


def test_a_run_advances_by_what_its_budget_buys() -> None:
    """A lab with a hundredth of the money of a rival with the same run gets no further than that pays."""
    industry = place()
    use = _use(industry)
    rich, poor = industry.active_labs[:2]
    for other in industry.active_labs[2:]:
        other.run = None
    room = industry.sites[0].capacity(industry.settings)
    flop = 0.02 * room
    for lab, usd in ((rich, 1e3), (poor, 0.3)):
        budget = usd * industry.flop_price * flop / industry.knowhow.technology.final_run_share
        lab.run = Run(4.0 * flop, 0.0, 0.0, industry.period + 4, 4, budget_usd=budget)
    compute_market.reserve_blocks(industry)
    compute_market.clear_market(industry, use)
    assert rich.run is not None and poor.run is not None
    assert rich.run.done_flop == pytest.approx(flop)
    assert 0.0 < poor.run.done_flop < 0.6 * flop
    paid = poor.training_flop_used * industry.flop_price
    assert paid <= poor.run.budget_usd * (1 + 1e-6)
    assert poor.run.done_flop / flop == pytest.approx(poor.training_flop_used / rich.training_flop_used)


def test_everybody_elses_demand_is_the_rest_and_grows_by_the_year() -> None:
    industry = place(steps=0)
    use = _use(industry)
    compute_market.open_market(industry, use)
    capacity = sum(s.capacity(industry.settings) for s in industry.sites)
    tech, dt = industry.knowhow.technology, industry.settings.horizon.step_years
    runs = sum(max(m.training_flop for m in lab.models) for lab in industry.active_labs)
    serving = (sum(use.inference_flop.values()) + use.hosted_flop) * tech.inference_price_ratio
    labs = runs / tech.final_run_share * dt + serving
    assert 0.01 * capacity < labs < 0.9 * capacity
    assert industry.other_demand == pytest.approx(capacity - labs)

    industry.other_demand = 1e-4 * capacity  # so little that the price is the electricity of the site
    sold = []
    for industry.period in (0, round(1.0 / dt)):
        use = accounts.consumption(industry, industry.books())
        compute_market.clear_market(industry, use)
        assert industry.flop_price == tiny(industry.sites[0].running_cost(industry.settings))
        sold.append(industry.sites[0].other_flop)
    growth = industry.settings.compute.other_growth_oom
    assert growth > 0.0 and sold[1] / sold[0] == pytest.approx(10.0**growth, rel=1e-6)


def test_load_is_what_users_took_against_what_standard_users_would() -> None:
    """A tier whose users think twice as hard as standard ones ends up with a load of two."""
    industry = run(small("inference-at-deployment", {"users.demand": "expected"}), 1)
    books = industry.books()
    use = _use(industry)
    for kind in use.flop:
        use.flop[kind] = 2.0 * use.flop[kind]
    tier = max(books[0].tiers, key=lambda t: use.tally[0].volume.sum(axis=0)[books[0].positions[t.id]])
    at = books[0].positions[tier.id]
    standard = use.tally[0].volume.sum(axis=0)[at] * (
        books[0].flop_per_unit[at] @ industry.knowhow.tables[0].usage
    )
    for _ in range(300):
        accounts._learn_loads(industry, books, use)
    assert tier.load == pytest.approx(use.flop[0][at] / standard, rel=1e-3)
    assert tier.load > 1.2


def test_usage_settles_where_its_elasticity_says() -> None:
    """A tenth of the price, elasticity one half: volume times the root of ten, and it stays there."""
    volume = 1.0
    for _ in range(200):
        volume = volume_now(volume, 0.1, 1.0, 0.5, 0.25)
    assert volume == pytest.approx(10.0**0.5)
    assert volume_now(1.0, 0.1, 1.0, 0.5, 0.25) == pytest.approx(10.0**0.125)


# -- sites -----------------------------------------------------------------------------------------


def site(industry: Industry) -> DataCentre:
    return industry.sites[0]


def test_a_site_costs_what_its_chips_and_power_will_cost() -> None:
    industry = place(steps=0)
    scenario, here = industry.settings, site(industry)
    rules = scenario.compute
    hourly = rental_price(
        rules.chip_usd * 10.0 ** (-2.0 * rules.chip_price_decline_oom),
        rules.kw_per_chip * 10.0 ** (-2.0 * rules.energy_efficiency_oom),
        here.usd_per_kwh,
        rules.chip_life_years,
        rules.interest,
        rules.load_factor,
    )
    flop_per_hour = rules.flop_per_chip * rules.utilisation * 3600.0
    assert here.long_run_cost(scenario, 2.0) == tiny(float(hourly) / flop_per_hour)
    # All its electricity in a step, spread over all the FLOP that it delivers in it.
    hours = SECONDS_PER_YEAR / 3600.0 * scenario.horizon.step_years
    bill = here.power_mw * 1000.0 * hours * here.usd_per_kwh
    assert here.running_cost(scenario) == tiny(bill / here.capacity(scenario))


def _ordered(industry: Industry, price: float, luck: float) -> DataCentre:
    here = site(industry)
    here.building, here.waiting_mw, here.listed = [], 0.0, True
    here.expected_price = here.rental_price = price
    here.decide(10, 2.5, luck, industry.settings)
    return here


def test_sites_are_built_if_they_pay_with_a_permit_and_in_time() -> None:
    industry = place(steps=0)
    scenario = industry.settings
    rules, dt = scenario.compute, scenario.horizon.step_years
    cost = site(industry).long_run_cost(scenario, 2.5)
    assert site(industry).running_cost(scenario) < 0.9 * cost
    none = _ordered(industry, 0.9 * cost, 0.0)
    assert none.waiting_mw == 0.0 and not none.building  # below the cost of chips nothing is built
    waits = _ordered(industry, 3.0 * cost, 0.999999)
    assert waits.waiting_mw > 0.0
    worn, asks = waits.pending_mw, waits.power_mw + waits.waiting_mw
    built = _ordered(industry, 3.0 * cost, 0.0)
    assert built.waiting_mw == 0.0 and built.pending_mw > worn
    assert min(ready for ready, _, _ in built.building) == 10 + round(rules.build_years / dt) > 11
    hazard = rules.permit_hazard_year / (1.0 + asks / rules.permit_reference_mw)
    chance = 1.0 - np.exp(-hazard * dt)
    assert _ordered(industry, 3.0 * cost, 0.98 * chance).waiting_mw == 0.0
    assert _ordered(industry, 3.0 * cost, 1.02 * chance + 1e-6).waiting_mw > 0.0


def test_chips_wear_out_over_their_life() -> None:
    industry = place(steps=0)
    here, scenario = site(industry), industry.settings
    here.building, before = [], here.flop_per_s
    for step in range(round(1.0 / scenario.horizon.step_years)):
        here.age(step, scenario)
    assert here.flop_per_s / before == pytest.approx(np.exp(-1.0 / scenario.compute.chip_life_years))


def test_scattered_sites_are_no_block() -> None:
    industry = place(steps=0)
    here, scenario = site(industry), industry.settings
    here.block_mw = 0.1 * here.power_mw
    assert here.block_capacity(scenario) == pytest.approx(0.1 * here.capacity(scenario))


def test_sites_are_seen_by_the_year() -> None:
    """Four looks a year find a large site with the chance that the parameter gives for a year."""
    industry = place(steps=0)
    regulator, eyes = industry.regulator, industry.settings.oversight
    assert 0.05 < eyes.sight_large_year < 0.95
    found = []
    for number in range(600):
        here = copy.copy(site(industry))
        here.number, here.block_mw, here.power_mw, here.seen = 1000 + number, 1e5, 1e5, False
        for step in range(round(1.0 / industry.settings.horizon.step_years)):
            regulator.look([here], step)
        found.append(here.seen)
    p = eyes.sight_large_year
    assert np.mean(found) == pytest.approx(p, abs=4 * np.sqrt(p * (1 - p) / len(found)))


# -- offers ----------------------------------------------------------------------------------------


def _tasks(**changes: Any) -> TaskTable:
    table = TaskTable(
        usage=np.array([0.8, 0.2]),
        exponent=np.array([0.2, 0.8]),
        span=np.array([2.0, 4.0]),
        heights=np.array([3.0, 9.0]),
        difficulty=np.array([25.0, 27.0]),
        slope=np.array([1.5, 1.5]),
        link="irt",
        beta=2.0,
        reference=24.0,
        minimum_depth=1.0,
    )
    return table._replace(**changes)


def test_depth_is_routed_where_it_helps_and_its_mean_is_what_was_sold() -> None:
    """Users together take the depth on the label; capability and marginal value are those at that depth."""
    tasks, base, cap = _tasks(), np.array([24.5, 25.5]), np.array([40.0, 7.0])
    found = profile(base, cap, tasks)
    np.testing.assert_allclose(found.depth @ tasks.usage, cap, rtol=1e-9)
    np.testing.assert_allclose(found.mean_depth, cap, rtol=1e-9)
    usable = tasks.span * (1.0 - np.exp(-np.log10(found.depth) / tasks.span))
    level = base[:, None] + tasks.exponent * usable
    np.testing.assert_allclose(found.capability, level, rtol=1e-12)
    np.testing.assert_allclose(found.mean_capability, level @ tasks.usage, rtol=1e-12)
    h = 1e-5
    slope = (tasks.value(level + h) - tasks.value(level - h)) / (2 * h) @ tasks.usage
    np.testing.assert_allclose(found.mean_marginal, slope, rtol=1e-6)


def test_depth_goes_where_an_order_of_magnitude_of_it_is_worth_most() -> None:
    """The weights of tasks are mean values of capability between depth one and the cap: checked by hand."""
    tasks, base, cap = _tasks(), np.array([24.5]), np.array([40.0])
    found = profile(base, cap, tasks).depth[0]
    top = tasks.exponent * tasks.span * (1.0 - np.exp(-np.log10(40.0) / tasks.span))
    worth = (tasks.value(base[:, None] + top) - tasks.value(base[:, None] + 0.0 * top))[0] / top
    # At the optimum one more FLOP brings the same in both tasks.
    x = np.log10(found)
    marginal = worth * tasks.exponent * np.exp(-x / tasks.span) / found
    assert marginal[0] == pytest.approx(marginal[1], rel=1e-6)


def test_an_open_model_is_offered_once_at_depths_that_come_to_the_same() -> None:
    """Copies of a product would draw users for being there twice: no two offers of a model use one depth."""
    industry = run(small("pretraining"), 1)
    for book in industry.books().values():
        first = len(book.tiers)
        used = [
            (offer.model.id, offer.host, round(float(book.profile.mean_depth[first + k]), 9))
            for k, offer in enumerate(book.hosted)
        ]
        assert used and len(used) == len(set(used))


def test_where_nobody_may_run_open_models_a_leaked_one_is_liked_as_the_least_lab() -> None:
    nobody = {"open_weights.hosts": False, "open_weights.self_hosting": False}
    industry = run(small("pretraining", nobody), 1)
    assert industry.hosting_appeal == min(lab.appeal for lab in industry.labs if lab.entered_step == 0)
