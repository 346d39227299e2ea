"""Commitments: sign them for faster permits, if the sites are worth more than the duties."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.decisions.complying import expected_fine, facts_of
from agents.decisions.outlook import Outlook
from model.catalogue import Decision

if TYPE_CHECKING:
    from agents.lab import Lab


def decide_signing(lab: Lab, outlook: Outlook) -> list[Decision]:
    """Sign for this step: faster permits of its owners' sites against commitments and honest reports.

    Who signs pays for the commitments and reports every covered model, those too that it would hide.
    A lab whose compute is not its owners' has nothing to win.
    """
    law = outlook.law_for(lab)
    lab.signed = False
    if law.permit_boost == 1.0 or not outlook.scenario.labs.adapt.compliance:
        return []
    gain = sum(outlook.permit_gain_usd.get(owner, 0.0) for owner in lab.owners)
    duties = law.commitment_usd_year * outlook.dt + _honesty_usd(lab, outlook)
    lab.signed = gain > duties
    if lab.signed:
        lab.bill("compliance", law.commitment_usd_year * outlook.dt)
    return [
        Decision(lab.number, "sign", "sign commitments", gain - duties, lab.signed),
        Decision(lab.number, "sign", "sign nothing", 0.0, not lab.signed),
    ]


def _honesty_usd(lab: Lab, outlook: Outlook) -> float:
    """What reporting the models that it would rather hide costs it above the fines they risk, USD."""
    total = 0.0
    duties = outlook.law_for(lab).duties
    for model in {t.model.id: t.model for t in lab.tiers}.values():
        facts = facts_of(model, lab, outlook.dt)
        for duty in duties:
            if duty.covers(facts) and duty.regulator not in model.reported_to:
                total += max(duty.report_cost_usd - expected_fine(lab, [duty], outlook), 0.0)
    return total
