"""Siting: where an order of chips goes that waits for a permit: it stays, or founds a new site elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import NamedTuple

from agents.data_centre import DataCentre, flop_of, long_run_cost
from model.catalogue import Decision
from model.mechanisms.investment import order_value, permit_hazard
from model.scenario import Scenario

NOBODY = -1  # owners of sites are no labs


class Terms(NamedTuple):
    """What the law of a region leaves the owner of a site. kept: share of rents after tax."""

    kept: float = 1.0
    licence_mw: float = inf
    licence_usd_year: float = 0.0

    def licence_usd(self, mw: float) -> float:
        """What a site of so much power pays for its licence, USD a year."""
        return self.licence_usd_year if mw >= self.licence_mw else 0.0


NO_LAW = Terms()


class Place(NamedTuple):
    """A region in which an owner may found a site. permit_factor: on the permit hazard there."""

    region: str
    usd_per_kwh: float
    permit_factor: float
    terms: Terms = NO_LAW


def decide_siting(
    site: DataCentre,
    permit_factor: float,
    places: Sequence[Place],
    years: float,
    scenario: Scenario,
    terms: Terms = NO_LAW,
) -> tuple[Place | None, list[Decision]]:
    """The best place for what waits at a site, None = where it is, and all places by present value.

    Rents are the same everywhere (one market), so that places differ by what the law leaves of them and
    asks for a licence, by the price of power and by the wait for the permit: a new site is small and waits
    less, but costs its founding. permit_factor and terms: of the site itself.
    """
    mw, stands = site.waiting_mw, site.power_mw + site.pending_mw
    here = Place(site.region, site.usd_per_kwh, permit_factor, terms)
    more = terms.licence_usd(stands + mw) - terms.licence_usd(stands)  # that only this order makes due
    worth = [_worth(site, here, site.permit_mw, more, years, scenario)]
    for place in places:
        value = _worth(site, place, mw, place.terms.licence_usd(mw), years, scenario)
        worth.append(value - scenario.compute.founding_usd)
    best = max(range(len(worth)), key=lambda k: (worth[k], -k))
    names = [f"wait at {site.name}", *(f"found a site in {place.region}" for place in places)]
    made = [
        Decision(NOBODY, "site", f"{site.owner}: {name}", value, k == best)
        for k, (name, value) in enumerate(zip(names, worth, strict=True))
    ]
    return (None if best == 0 else places[best - 1]), made


def _worth(
    site: DataCentre, place: Place, permit_mw: float, licence_usd: float, years: float, scenario: Scenario
) -> float:
    """Expected present value of what waits at a site, if it were in a place, USD.

    permit_mw: of the site for which the permit is asked; licence_usd: a year, due because of it.
    """
    rules = scenario.compute
    base = permit_hazard(permit_mw, rules.permit_hazard_year, rules.permit_reference_mw)
    flop = flop_of(site.waiting_mw, years + rules.build_years, scenario)
    margin = site.expected_price * place.terms.kept - long_run_cost(place.usd_per_kwh, scenario, years)
    margin -= licence_usd / flop
    hazard = place.permit_factor * base
    return float(order_value(margin, flop, hazard, rules.interest, rules.chip_life_years))
