"""New sites: once a year the owners of sites look for better places for their largest waiting order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.data_centre import DataCentre
from agents.decisions.siting import Place, decide_siting
from model.phases.oversight import permit_factor_in, site_terms

if TYPE_CHECKING:
    from model.industry import Industry


def found_sites(industry: Industry) -> None:
    """Orders move to new sites where that is worth it; an owner founds at most one a year.

    Owners found sites in regions in which they have one, at the lowest price of power that they pay there:
    who is kept out of a region stays out.
    """
    now, before = industry.years, industry.years - industry.settings.horizon.step_years
    if not industry.settings.compute.found_sites or int(now + 1e-9) == int(before + 1e-9):
        return
    regions, terms = [r.name for r in industry.regions], site_terms(industry)
    for owner in sorted({s.owner for s in industry.sites}):
        mine = [s for s in industry.sites if s.owner == owner]
        site = max(mine, key=lambda s: (s.waiting_mw, -s.number))
        if site.waiting_mw <= 0.0:
            continue
        # power costs what it costs the owner there: the region's price, or that given with its sites
        power = {
            name: min(s.usd_per_kwh for s in mine if s.region == name) for name in {s.region for s in mine}
        }
        places = [
            Place(name, power[name], permit_factor_in(industry, owner, name), terms[name])
            for name in regions
            if name in power
        ]
        here = permit_factor_in(industry, owner, site.region)
        own = terms[site.region]
        place, made = decide_siting(site, here, places, now, industry.settings, own)
        industry.decisions += made
        if place is not None:
            _found(industry, site, place)


def _found(industry: Industry, old: DataCentre, place: Place) -> None:
    """A new site takes over the waiting order of an old one; it has no power until it is permitted."""
    number = industry.counter.next("site")
    site = DataCentre(
        industry,
        number=number,
        name=f"{old.owner} {place.region} {number}",
        owner=old.owner,
        region=place.region,
        power_mw=0.0,
        flop_per_s=0.0,
        block_mw=0.0,
        usd_per_kwh=place.usd_per_kwh,
        expected_price=old.expected_price,
        founded_step=industry.period,
    )
    site.rental_price = old.rental_price
    site.waiting_mw, old.waiting_mw = old.waiting_mw, 0.0
    industry.sites.append(site)
    industry.ledger.pay(f"owner {old.owner}", "suppliers", "founding", industry.settings.compute.founding_usd)
    industry.tell(
        "site founded",
        site.name,
        f"{old.owner} asks for {site.waiting_mw:.0f} MW in {place.region} instead of at {old.name}",
        site=number,
        power_mw=site.waiting_mw,
        region=place.region,
    )
