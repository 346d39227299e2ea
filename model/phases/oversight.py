"""What the state does in a step: announces the law, looks, enforces; and what its rules reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agents.data_centre import DataCentre
from agents.decisions.outlook import Outlook
from agents.regulator import Regulator
from model.catalogue import FoundationModel
from model.mechanisms.investment import permit_hazard
from model.policies import law_of
from model.sections.oversight import Rule

if TYPE_CHECKING:
    from agents.lab import Lab
    from model.industry import Industry


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
    """Factor on the permit hazard of a site: the boost, if a lab of its owner has signed commitments."""
    if industry.law.permit_boost == 1.0:
        return 1.0
    signed = any(lab.signed and site.owner in lab.owners for lab in industry.active_labs)
    return industry.law.permit_boost if signed else 1.0


def permit_gains(industry: Industry) -> dict[str, float]:
    """What a boosted permit hazard is expected to be worth this step, USD, by owner of sites.

    Power that waits for a permit, times the higher chance of getting it now, times the rent of chips
    above their cost over the years that it would else have waited. All of it is public or the owner's own.
    """
    boost = industry.law.permit_boost
    if boost == 1.0:
        return {}
    scenario, rules, dt = industry.settings, industry.settings.compute, industry.settings.horizon.step_years
    gains: dict[str, float] = {}
    for site in industry.sites:
        if site.waiting_mw <= 0:
            continue
        hazard = float(permit_hazard(site.permit_mw, rules.permit_hazard_year, rules.permit_reference_mw))
        sooner = float(np.exp(-hazard * dt) - np.exp(-hazard * boost * dt))
        rent = max(site.expected_price - site.long_run_cost(scenario, industry.years), 0.0)
        yearly = rent * site.flop_of(site.waiting_mw, industry.years + rules.build_years, scenario)
        gains[site.owner] = gains.get(site.owner, 0.0) + sooner * yearly / hazard
    return gains
