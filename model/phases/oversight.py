"""What the state does in a step: announces the law, looks, enforces; and whom its rules reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from agents import holdings
from agents.book import Book
from agents.data_centre import DataCentre
from agents.decisions.outlook import Outlook
from agents.decisions.siting import NO_LAW, Terms
from agents.pricelists import Special
from agents.regulator import Regulator
from agents.users import Segment
from model.catalogue import FoundationModel
from model.knowhow import BUSINESS, PERSON
from model.law import Law
from model.mechanisms.investment import permit_hazard
from model.policies import law_of
from model.sections.oversight import Rule

if TYPE_CHECKING:
    from agents.lab import Lab
    from model.industry import Industry
    from model.phases.accounts import Use

MONTHS_PER_YEAR = 12.0


def make_regulators(industry: Industry) -> list[Regulator]:
    """One for each name in the rules, in their order; one with the default name if there are no rules."""
    names = dict.fromkeys(rule.regulator for rule in industry.settings.regulation)
    return [
        Regulator(
            industry,
            name=name,
            scenario=industry.settings,
            streams=industry.streams,
            ledger=industry.ledger,
        )
        for name in names or [str(Rule.model_fields["regulator"].default)]
    ]


def announce(industry: Industry) -> None:
    """Rules in force -> the law of the step."""
    industry.rules = [r for regulator in industry.regulators for r in regulator.announce(industry.years)]
    industry.law = law_of(industry.rules)


def look(industry: Industry) -> None:
    """Satellites and permits are the same for all: one regulator looks, everybody sees."""
    industry.regulators[0].look(industry.sites, industry.period)


def enforce(industry: Industry, outlook: Outlook) -> None:
    """Every regulator receives reports, audits and fines on its own."""
    for regulator in industry.regulators:
        industry.events += regulator.enforce(industry.active_labs, outlook, industry.period)


def cap_prices(industry: Industry, outlook: Outlook) -> None:
    """Prices of labs that a cap binds come down to it; a cap that is new meets prices above it."""
    for lab in industry.active_labs:
        for tier in lab.tiers:
            tier.price_usd = min(tier.price_usd, outlook.price_cap(lab, tier.channel))


def covered(industry: Industry, lab: Lab, model: FoundationModel) -> bool:
    """Whether any duty in force covers a model, as things are."""
    return any(regulator.covers(model, lab) for regulator in industry.regulators)


def reported(industry: Industry, lab: Lab, model: FoundationModel) -> bool:
    """Whether a model is reported to every regulator that covers it."""
    return all(r.name in model.reported_to for r in industry.regulators if r.covers(model, lab))


def observed(industry: Industry, lab: Lab) -> bool:
    """Whether any regulator has seen the lab's most capable model on sale."""
    return any(regulator.observed(lab) for regulator in industry.regulators)


def licensed_to(industry: Industry, site: DataCentre) -> frozenset[str]:
    """Regulators to whom a site has to report the runs on it."""
    return frozenset(r.name for r in industry.regulators if r.licenses(site))


def compute_tax(industry: Industry, lab: Lab) -> float:
    """The tax on a lab's training compute, share of its price."""
    return industry.public_outlook.law_for(lab).compute_tax if industry.public_outlook else 0.0


def permit_factor(industry: Industry, site: DataCentre) -> float:
    """Factor on the permit hazard of a site."""
    return permit_factor_in(industry, site.owner, site.region)


def permit_factor_in(industry: Industry, owner: str, region: str) -> float:
    """The region's own factor, times the boost there if a lab of the owner has signed commitments."""
    own = _region_factor(industry, region)
    boost = permit_boost(industry, region)
    if boost == 1.0:
        return own
    signed = any(lab.signed and owner in lab.owners for lab in industry.active_labs)
    return own * boost if signed else own


def permit_boost(industry: Industry, region: str) -> float:
    """Factor on the permit hazard in a region for owners whose lab has signed commitments."""
    return 1.0 if industry.law.permit_boost == 1.0 else law_in(industry, region).permit_boost


def law_in(industry: Industry, region: str) -> Law:
    """The sum of the rules that bind what stands in a region."""
    if not any(rule.regions for rule in industry.rules):
        return industry.law
    return law_of(r for r in industry.rules if not r.regions or region in r.regions)


def site_terms(industry: Industry) -> dict[str, Terms]:
    """What the law leaves owners of sites of their rents, and asks of large sites, by region."""
    if industry.law.site_tax == 0.0 and industry.law.licence_usd_year == 0.0:
        return dict.fromkeys((r.name for r in industry.regions), NO_LAW)
    laws = {r.name: law_in(industry, r.name) for r in industry.regions}
    return {
        name: Terms(1.0 - law.site_tax, law.licence_mw, law.licence_usd_year) for name, law in laws.items()
    }


def _region_factor(industry: Industry, region: str) -> float:
    """The factor of `compute.permit_regions`, in the order of the regions."""
    names = [r.name for r in industry.regions]
    return industry.settings.compute.permit_regions[names.index(region)] if region in names else 1.0


def permit_gains(industry: Industry) -> dict[str, float]:
    """What a boosted permit hazard is expected to be worth this step, USD, by owner of sites.

    Power that waits for a permit, times the higher chance of getting it now, times the rent of chips
    above their cost over the years that it would else have waited. All of it is public or the owner's own.
    """
    if industry.law.permit_boost == 1.0:
        return {}
    scenario, rules, dt = industry.settings, industry.settings.compute, industry.settings.horizon.step_years
    gains: dict[str, float] = {}
    terms = site_terms(industry)
    for site in industry.sites:
        if site.waiting_mw <= 0:
            continue
        boost = permit_boost(industry, site.region)
        hazard = float(permit_hazard(site.permit_mw, rules.permit_hazard_year, rules.permit_reference_mw))
        hazard *= _region_factor(industry, site.region)
        sooner = float(np.exp(-hazard * dt) - np.exp(-hazard * boost * dt))
        kept = site.expected_price * terms[site.region].kept
        rent = max(kept - site.long_run_cost(scenario, industry.years), 0.0)
        yearly = rent * site.flop_of(site.waiting_mw, industry.years + rules.build_years, scenario)
        gains[site.owner] = gains.get(site.owner, 0.0) + sooner * yearly / hazard
    return gains


# -- users ---------------------------------------------------------------------------------------


def specials(industry: Industry, channel: int) -> tuple[Special, ...]:
    """Groups of users whom rules touch: vouchers below an income, labs that left a region."""
    law = industry.law
    left = {lab.number: lab.withdrawn for lab in industry.active_labs if lab.withdrawn}
    if not left and (law.voucher_usd_month == 0 or channel != PERSON):
        return ()
    segment = next(s for s in industry.segments if s.kind == channel)
    made = []
    for region, rows, own in _groups(industry, segment, bool(left)):
        barred = frozenset(number for number, regions in left.items() if region in regions)
        usd = own.voucher_usd_month * MONTHS_PER_YEAR * industry.settings.horizon.step_years
        poor = segment.income < own.voucher_income_usd_year * industry.settings.horizon.step_years
        if usd > 0 and channel == PERSON:
            made.append(Special(rows & poor, usd, barred))
            rows = rows & ~poor
        if barred:
            made.append(Special(rows, 0.0, barred))
    return tuple(made)


def watch(industry: Industry, kind: int, book: Book, use: Use) -> None:
    """What users get of the state, and which customers are logged, once they have chosen."""
    segment = next(s for s in industry.segments if s.kind == kind)
    choices = industry.choices[kind]
    if any(group.voucher_usd > 0 for group in book.specials):
        use.vouchers[kind] = holdings.vouchers_usd(choices, segment, book, industry.population)
    if kind == BUSINESS and industry.law.kyc_flop_step < np.inf and book.size:
        limit = np.full(segment.size, np.inf)
        for _, rows, own in _groups(industry, segment):
            limit[rows] = own.kyc_flop_step
        use.logged_flop[kind] = holdings.logged_flop(choices, segment, book, industry.population, limit)


def vouchers_usd(books: dict[int, Book], use: Use, lab: Lab) -> float:
    """The state's part of a lab's sales in the step, USD."""
    return sum(
        float(paid[:, :-1][:, (books[kind].lab == lab.number) & ~books[kind].self_hosted].sum())
        for kind, paid in use.vouchers.items()
    )


def _groups(
    industry: Industry, segment: Segment, divide: bool = False
) -> list[tuple[str, NDArray[np.bool_], Law]]:
    """Rows of a segment by region with the law there; one group if no rule and nobody tells regions apart."""
    if not divide and not any(rule.regions for rule in industry.rules):
        return [("", np.ones(segment.size, dtype=bool), industry.law)]
    if segment.region is None:
        name = ("person", "business")[segment.kind]
        share = np.cumsum([r.demand_share for r in industry.regions])
        luck = industry.streams.uniform(f"{name}.region", 0, segment.size)
        place = np.searchsorted(share / share[-1], luck, side="right")
        segment.region = np.minimum(place, share.size - 1).astype(np.int8)
    made = []
    for number, region in enumerate(r.name for r in industry.regions):
        law = law_of(rule for rule in industry.rules if not rule.regions or region in rule.regions)
        made.append((region, np.asarray(segment.region == number), law))
    return made
