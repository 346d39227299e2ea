"""Siting: where an order of chips goes that waits for a permit: it stays, or founds a new site elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from agents.data_centre import DataCentre, flop_of, long_run_cost
from model.catalogue import Decision
from model.mechanisms.investment import order_value, permit_hazard
from model.scenario import Scenario

NOBODY = -1  # owners of sites are no labs


class Place(NamedTuple):
    """A region in which an owner may found a site. permit_factor: on the permit hazard there."""

    region: str
    usd_per_kwh: float
    permit_factor: float


def decide_siting(
    site: DataCentre, permit_factor: float, places: Sequence[Place], years: float, scenario: Scenario
) -> tuple[Place | None, list[Decision]]:
    """The best place for what waits at a site, None = where it is, and all places by present value.

    Rents are the same everywhere (one market), so that places differ by the price of power and by the
    wait for the permit: a new site is small and waits less, but costs its founding.
    permit_factor: on the hazard of the site itself.
    """
    mw = site.waiting_mw
    worth = [_worth(site, mw, site.permit_mw, site.usd_per_kwh, permit_factor, years, scenario)]
    for place in places:
        value = _worth(site, mw, mw, place.usd_per_kwh, place.permit_factor, years, scenario)
        worth.append(value - scenario.compute.founding_usd)
    best = max(range(len(worth)), key=lambda k: (worth[k], -k))
    names = [f"wait at {site.name}", *(f"found a site in {place.region}" for place in places)]
    made = [
        Decision(NOBODY, "site", f"{site.owner}: {name}", value, k == best)
        for k, (name, value) in enumerate(zip(names, worth, strict=True))
    ]
    return (None if best == 0 else places[best - 1]), made


def _worth(
    site: DataCentre,
    mw: float,
    permit_mw: float,
    usd_per_kwh: float,
    factor: float,
    years: float,
    scenario: Scenario,
) -> float:
    """Expected present value of so many MW, whose permit is asked for a site of permit_mw, USD."""
    rules = scenario.compute
    hazard = factor * permit_hazard(permit_mw, rules.permit_hazard_year, rules.permit_reference_mw)
    margin = site.expected_price - long_run_cost(usd_per_kwh, scenario, years)
    flop = flop_of(mw, years + rules.build_years, scenario)
    return float(order_value(margin, flop, hazard, rules.interest, rules.chip_life_years))
