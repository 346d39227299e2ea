"""Regions: serve one whose rules bind, or withdraw from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.decisions.complying import expected_fine, facts_of
from agents.decisions.outlook import Outlook
from model.catalogue import Decision
from model.law import binds

if TYPE_CHECKING:
    from agents.lab import Lab


def decide_regions(lab: Lab, outlook: Outlook) -> list[Decision]:
    """Each region whose rules would not bind the lab elsewhere: its profit against duties, fines, taxes.

    The profit of a region is its share of demand in what the lab earns above its fixed costs. A home
    region cannot be left: its rules bind who sits there.
    """
    made: list[Decision] = []
    if not outlook.scenario.labs.adapt.compliance:
        return made
    named = {str(region) for rule in outlook.rules for region in rule.regions} - {lab.region}
    served = 1.0 - sum(outlook.region_share.get(r, 0.0) for r in lab.withdrawn)
    fixed = outlook.scenario.labs.overhead_usd_year * outlook.dt
    earned = max(lab.operating_profit_usd + fixed, 0.0) / served if served > 0 else 0.0
    away = {r for r in lab.withdrawn if r in named}
    for region in sorted(named):
        others = away - {region}
        profit = outlook.annuity * earned * outlook.region_share.get(region, 0.0)
        cost = _burden_usd(lab, others, outlook) - _burden_usd(lab, others | {region}, outlook)
        stays = profit >= cost
        away = others if stays else others | {region}
        made += [
            Decision(lab.number, "region", f"serve {region}", profit - cost, stays),
            Decision(lab.number, "region", f"withdraw from {region}", 0.0, not stays),
        ]
    lab.withdrawn = frozenset(away)
    return made


def _burden_usd(lab: Lab, withdrawn: set[str], outlook: Outlook) -> float:
    """What the law costs a lab over a model's life if it stays out of some regions, USD.

    Duties or fines, whichever is less, of models on sale that are not reported and of one more like the
    largest; the tax on as much training as in the last step.
    """
    rules = [r for r in outlook.rules if binds(r.regions, lab.region, withdrawn)]
    law = outlook.law_by(rules)
    total = outlook.annuity * law.compute_tax * lab.flop_price * lab.training_flop_used
    models = list({t.model.id: t.model for t in lab.tiers}.values())
    largest = max(models, key=lambda m: (m.training_flop, m.id), default=None)
    for model in models:
        facts = facts_of(model, lab, outlook.dt)
        for duty in law.duties:
            if duty.covers(facts):
                times = int(duty.regulator not in model.reported_to) + int(model is largest)
                total += times * min(duty.report_cost_usd, expected_fine(lab, [duty], outlook))
    return total
