"""Sites: the worth of an order, where it goes, permits by region, blocks and runs on several sites."""

from __future__ import annotations

import math

import numpy as np
import pytest

from agents.data_centre import DataCentre, flop_of, long_run_cost
from agents.decisions.siting import Place, Terms, decide_siting
from model import Industry
from model.build import MARKET_OWNERS
from model.catalogue import Run
from model.mechanisms.compute import largest_split, place_blocks
from model.mechanisms.investment import order_value
from model.phases.siting import found_sites
from tests.support.small import differences, run, small

SLOW = {"compute.permit_hazard_year": 0.3, "compute.founding_usd": 1e6}


def test_an_order_is_worth_its_rents_less_the_wait() -> None:
    """h/(h + r) against the mean of exp(-rT) over drawn waits; no worth below cost."""
    value = float(order_value(2.0, 5.0, 0.5, 0.1, 4.0))
    annuity = (1 - 1.1**-4) / 0.1
    waits = np.random.default_rng(1).exponential(2.0, 400_000)
    assert value == pytest.approx(10 * annuity * float(np.exp(-math.log(1.1) * waits).mean()), rel=2e-3)
    assert value == pytest.approx(10 * annuity * 0.5 / (0.5 + math.log(1.1)))
    assert float(order_value(-2.0, 5.0, 0.5, 0.1, 4.0)) == 0.0


def waiting(industry: Industry, mw: float = 300.0) -> DataCentre:
    """The first listed site with an order that waits, at twice the price that it costs."""
    site = next(s for s in industry.sites if s.listed)
    site.waiting_mw = mw
    site.expected_price = 2.0 * long_run_cost(site.usd_per_kwh, industry.settings, 1.0)
    return site


def test_the_best_place_is_taken() -> None:
    industry = run(small(changes=SLOW), 0)
    site, scenario = waiting(industry), industry.settings
    rules = scenario.compute
    same = Place(site.region, site.usd_per_kwh, 1.0)
    quick = Place("ROW", site.usd_per_kwh, 3.0)
    dear = Place("EU", site.usd_per_kwh * 100.0, 1.0)
    place, made = decide_siting(site, 1.0, [same, quick, dear], 1.0, scenario)
    assert place == quick
    worth = [d.expected_payoff_usd for d in made]
    assert [d.chosen for d in made] == [w == max(worth) for w in worth]
    margin = site.expected_price - long_run_cost(site.usd_per_kwh, scenario, 1.0)
    flop = flop_of(300.0, 1.0 + rules.build_years, scenario)
    hazard = rules.permit_hazard_year / (1 + 300.0 / rules.permit_reference_mw)
    by_hand = order_value(margin, flop, hazard, rules.interest, rules.chip_life_years)
    assert worth[1] == pytest.approx(float(by_hand) - rules.founding_usd)
    assert worth[3] == -rules.founding_usd  # power so dear that nothing is earned
    assert worth[0] < worth[1]  # a site that stands already waits longer


def test_a_new_site_is_not_founded_where_it_costs_more_than_the_wait() -> None:
    industry = run(small(changes=SLOW | {"compute.founding_usd": 1e14}), 0)
    site = waiting(industry)
    place, _ = decide_siting(site, 1.0, [Place("US", site.usd_per_kwh, 5.0)], 1.0, industry.settings)
    assert place is None


def test_an_order_that_moves_is_neither_lost_nor_doubled() -> None:
    industry = run(small(changes=SLOW), 3)
    industry.period = 4  # a year is over
    for site in industry.sites:
        site.waiting_mw = 200.0 if site.listed else 0.0
        site.usd_per_kwh *= 2.0  # power in another money
        site.expected_price = 3.0 * long_run_cost(site.usd_per_kwh, industry.settings, 1.0)
    before = sum(s.waiting_mw for s in industry.sites)
    known, count = {s.number for s in industry.sites}, len(industry.sites)
    found_sites(industry)
    new = industry.sites[count:]
    assert new and not known & {s.number for s in new}
    assert sum(s.waiting_mw for s in industry.sites) == pytest.approx(before)
    assert len({s.owner for s in new}) == len(new)  # one for each owner
    for site in new:
        assert (site.power_mw, site.capacity(industry.settings), site.founded_step) == (0.0, 0.0, 4)
        there = [s for s in industry.sites[:count] if (s.owner, s.region) == (site.owner, site.region)]
        assert site.usd_per_kwh == min(s.usd_per_kwh for s in there)  # what its owner pays in the region


def test_new_sites_grow_and_are_on_record() -> None:
    industry = run(
        small(changes=SLOW | {"compute.permit_regions": [9.0] * 4, "compute.build_years": 0.25}), 8
    )
    founded = industry.results.data_centres.query("founded_step >= 0")
    assert len(founded) and founded["power_mw"].max() > 0
    assert (industry.results.events["kind"] == "site founded").sum() == founded["site"].nunique()


def test_relocation_follows_permits() -> None:
    """Owners with sites in several regions found new ones where permits come soon."""
    slow = {"compute.permit_regions": [0.05, 20.0, 0.05, 0.05]}
    industry = run(small(changes=SLOW | slow), 8)
    founded = [s for s in industry.sites if s.founded_step >= 0]
    free = [s for s in founded if any(o.region == "EU" and o.owner == s.owner for o in industry.sites)]
    assert free and all(s.region == "EU" for s in free)


def taxed(share: float, regions: list[str], licence: float = 0.0) -> list[dict[str, object]]:
    """A tax on rents and a licence in some regions, nothing else."""
    common = {"start_year": 0.0, "regions": regions}
    return [
        {"policy": "compute-tax", "tax_share": 0.0, "site_tax_share": share, **common},
        {"policy": "data-centre-licensing", "licence_mw": 50.0, "licence_usd_year": licence, **common},
    ]


def test_what_the_law_takes_is_in_the_comparison() -> None:
    """By hand: a third of rents in tax, 30 million a year for a licence that only this order makes due."""
    industry = run(small(changes=SLOW), 0)
    site, scenario = waiting(industry), industry.settings
    rules = scenario.compute
    site.power_mw, site.building = 0.0, []
    law = Terms(2.0 / 3.0, 250.0, 30e6)
    places = [
        Place("EU", site.usd_per_kwh, 1.0, terms) for terms in (Terms(), law, law._replace(licence_mw=301.0))
    ]
    _, made = decide_siting(site, 1.0, places, 1.0, scenario, law)
    flop = flop_of(300.0, 1.0 + rules.build_years, scenario)
    cost = long_run_cost(site.usd_per_kwh, scenario, 1.0)

    def value(margin: float, mw: float) -> float:
        hazard = rules.permit_hazard_year / (1 + mw / rules.permit_reference_mw)
        return float(order_value(margin, flop, hazard, rules.interest, rules.chip_life_years))

    net = site.expected_price * 2.0 / 3.0 - cost
    by_hand = [
        value(net - 30e6 / flop, site.permit_mw),
        value(site.expected_price - cost, 300.0) - rules.founding_usd,
        value(net - 30e6 / flop, 300.0) - rules.founding_usd,
        value(net, 300.0) - rules.founding_usd,  # below the line
    ]
    assert [d.expected_payoff_usd for d in made] == pytest.approx(by_hand)
    site.power_mw = 260.0  # it has its licence already
    _, made = decide_siting(site, 1.0, [], 1.0, scenario, law)
    assert made[0].expected_payoff_usd == pytest.approx(value(net, site.permit_mw))


def test_a_tax_in_one_region_moves_new_sites_to_others() -> None:
    """Who sits there and elsewhere opens sites elsewhere; where a licence is dear nobody opens one."""
    placed: dict[str, list[str]] = {}
    for name, rules in (("none", []), ("tax", taxed(0.4, ["US"])), ("licence", taxed(0.0, ["US"], 1e11))):
        industry = run(small(changes=SLOW).override({"regulation": rules}), 4)
        placed[name] = [s.region for s in industry.sites if s.founded_step >= 0]
    away = {name: sum(r != "US" for r in regions) for name, regions in placed.items()}
    assert away["tax"] > away["none"]
    assert "US" in placed["none"] and "US" not in placed["tax"] + placed["licence"]


def test_equal_laws_move_nothing() -> None:
    """The same terms everywhere leave every comparison of places as it was, but for the founding cost."""
    names = ["US", "EU", "CN", "ROW"]
    everywhere, each = (
        run(small(changes=SLOW).override({"regulation": taxed(0.2, regions)}), 6) for regions in ([], names)
    )
    skip = ("decisions", "events", "regulators")
    assert differences(everywhere.results, each.results, skip=skip) == []


def test_owners_pay_what_the_law_asks_of_sites_and_expect_it() -> None:
    free, taxes = (
        run(small(changes=SLOW).override({"regulation": rules}), 3) for rules in ([], taxed(0.3, ["US"], 1e6))
    )
    dt = taxes.settings.horizon.step_years
    for site in taxes.sites:
        sold = site.training_flop + site.inference_flop + site.other_flop
        licence = 1e6 * dt if site.power_mw >= 50.0 else 0.0
        due = 0.3 * sold * site.rental_price + licence if site.region == "US" else 0.0
        assert site.law_usd == pytest.approx(due)
    paid = taxes.ledger.paid("owner market", "law on sites")
    assert paid == pytest.approx(sum(s.law_usd for s in taxes.sites)) and paid > 0.0
    assert free.ledger.paid("owner market", "law on sites") == 0.0

    def ordered(world: Industry, region: str) -> float:
        return sum(s.waiting_mw + s.pending_mw for s in world.sites if s.region == region)

    assert ordered(taxes, "US") < ordered(free, "US")


def test_nothing_moves_where_it_never_pays_to() -> None:
    never = small(changes={"compute.founding_usd": 1e15})
    off = small(changes={"compute.found_sites": False})
    differ = differences(run(never, 6).results, run(off, 6).results, skip=("decisions",))
    assert differ == []


# -- training on several sites -------------------------------------------------------------------


def test_the_largest_run_on_several_sites() -> None:
    assert largest_split([4.0, 10.0, 6.0], 0.9, 2) == pytest.approx(0.9 * 16.0)
    assert largest_split([4.0, 10.0, 6.0], 0.5, 3) == 10.0
    assert largest_split([], 0.9, 3) == 0.0


@pytest.mark.parametrize("seed", range(5))
def test_what_is_called_the_largest_run_fits_and_a_larger_one_does_not(seed: int) -> None:
    rooms = np.random.default_rng(seed).uniform(1.0, 10.0, 6)
    most = largest_split(rooms, 0.85, 4)
    allowed = np.ones((1, 6), bool)
    fits = place_blocks([most * (1 - 1e-9)], rooms, allowed, 0.85, 4)
    assert fits.placed[0]
    assert not place_blocks([most * (1 + 1e-6)], rooms, allowed, 0.85, 4).placed[0]
    assert fits.allocation.sum() == pytest.approx(most / fits.efficiency[0], rel=1e-6)


def test_a_split_run_is_bought_where_it_runs() -> None:
    """A run larger than any block: spread over sites, it takes more compute, and pays for all of it."""
    split = {"technology.split_sites": 4, "technology.split_efficiency": 0.8, "labs.data_count": 8}
    industry = run(small(changes=split), 1)
    lab = next(x for x in industry.active_labs if x.owners)
    rooms = [
        r
        for s in industry.sites
        if s.owner in (*lab.owners, *MARKET_OWNERS)
        for r in s.blocks(industry.settings)
    ]
    need = 1.6 * max(rooms)  # sites grow meanwhile
    lab.run = Run(
        training_flop=2 * need, algorithms_oom=0.0, carried_oom=0.0, finish_step=99, steps=2, budget_usd=1e18
    )
    going = lab.run
    industry.step()
    spread = industry.placements[lab.number]
    sites = np.count_nonzero(spread)
    assert sites > 1
    assert spread.sum() == pytest.approx(need / 0.8 ** (sites - 1))
    assert going.done_flop == pytest.approx(need)  # full pace: no more than was wanted comes out
    bought = {c[1]: c[2] for c in industry.contracts if c[0] == lab.number}
    for site, flop in zip(industry.sites, spread, strict=True):
        if flop > 0:
            assert bought[site.number] >= flop * (1 - 1e-9)
    paid = industry.ledger.paid(lab.account, "training compute")
    development = need / industry.knowhow.technology.final_run_share - need
    least = spread.sum() * industry.flop_price
    assert paid == pytest.approx(least + development * industry.flop_price * industry.served, rel=1e-9)
    assert lab.block_flop == pytest.approx(spread.max())
