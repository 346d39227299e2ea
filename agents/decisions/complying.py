"""Compliance: report a covered run, or run the risk of being caught (Becker)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from agents.decisions.outlook import Outlook
from model.catalogue import Decision, FoundationModel
from model.law import Duty, ModelFacts
from model.mechanisms.regulation import compliance

if TYPE_CHECKING:
    from agents.lab import Lab


def facts_of(model: FoundationModel, lab: Lab, dt: float) -> ModelFacts:
    """What the law may turn on, as the lab knows it of one of its models."""
    rounds = model.distillation_flop
    return ModelFacts(
        training_oom=float(np.log10(model.training_flop)),
        distillation_oom_flop=float(np.log10(rounds)) if rounds > 0 else -np.inf,
        offered_depth=max((t.depth for t in lab.tiers if t.model is model), default=1.0),
        post_trained=model.distillation_oom > 0,
        revenue_usd_year=lab.revenue_usd / dt,
    )


def facts_of_plan(lab: Lab, training_flop: float, outlook: Outlook) -> ModelFacts:
    """The same for a run that it thinks of: to be sold at the deepest tier that it has."""
    return ModelFacts(
        training_oom=float(np.log10(training_flop)),
        offered_depth=max((t.depth for t in lab.tiers), default=lab.first_depth),
        revenue_usd_year=lab.revenue_usd / outlook.dt,
    )


def fine_usd(duty: Duty, lab: Lab, dt: float) -> float:
    """What an unreported model costs when it is found: a sum or a share of turnover, the larger, USD."""
    return max(duty.fine_usd, duty.fine_turnover_share * lab.revenue_usd / dt)


def decide_reports(lab: Lab, outlook: Outlook) -> list[Decision]:
    """Covered models on sale that have not been reported: report now, or go on running the risk.

    Each authority is another decision.
    """
    made: list[Decision] = []
    duties = outlook.law_for(lab).duties
    models = {t.model.id: t.model for t in lab.tiers} if duties else {}
    for model in models.values():
        facts = facts_of(model, lab, outlook.dt)
        covered = [d for d in duties if d.covers(facts) and d.regulator not in model.reported_to]
        owed = _by_regulator(covered)
        for regulator, mine in owed.items():
            reports, cost = _weigh(lab, mine, 0.0, outlook)
            duty = sum(d.report_cost_usd for d in mine)
            if reports:
                model.reported_to.add(regulator)
                lab.bill("compliance", duty)
            risk = cost if not reports else expected_fine(lab, mine, outlook)
            whom = f" to {regulator}" if len(owed) > 1 else ""
            made += [
                Decision(lab.number, "report", f"report {model.name}{whom}", -duty, reports),
                Decision(lab.number, "report", f"keep quiet about {model.name}{whom}", -risk, not reports),
            ]
    return made


def expected_fine(lab: Lab, covered: Sequence[Duty], outlook: Outlook) -> float:
    """Fine times the chance of being caught over a model's life, as the lab believes, USD.

    covered: duties to one authority.
    """
    caught, fine = _risk(lab, covered, outlook)
    return caught * fine


def reporting_plan(
    lab: Lab, training_flop: float, gain_usd: float, outlook: Outlook
) -> tuple[frozenset[str], float]:
    """To whom the lab would report a run of this size, and what the duties are expected to cost, USD.

    gain_usd: profit per step that the model is expected to add, lost while its release is delayed.

    Reporting costs the duty and the profit of the delay; not reporting costs the fine when caught over
    the model's life. With each authority the lab takes the cheaper way; uncovered runs owe nothing.
    """
    law = outlook.law_for(lab)
    covered = law.duties_on(facts_of_plan(lab, training_flop, outlook)) if law.duties else []
    told: set[str] = set()
    reported: list[Duty] = []
    hidden = 0.0
    for regulator, mine in _by_regulator(covered).items():
        reports, cost = _weigh(lab, mine, gain_usd, outlook)
        if reports:
            told.add(regulator)
            reported += mine
        else:
            hidden += cost
    return frozenset(told), hidden + _duty_usd(reported, gain_usd, outlook)


def duties_of_plan(
    lab: Lab, training_flop: float, reports_to: frozenset[str], outlook: Outlook
) -> list[Duty]:
    """The duties on a run of this size that a lab does when it reports to some authorities."""
    if not reports_to:
        return []
    covered = outlook.law_for(lab).duties_on(facts_of_plan(lab, training_flop, outlook))
    return [d for d in covered if d.regulator in reports_to]


def _by_regulator(duties: Sequence[Duty]) -> dict[str, list[Duty]]:
    """Duties by the authority to which they are owed."""
    found: dict[str, list[Duty]] = {}
    for duty in duties:
        found.setdefault(duty.regulator, []).append(duty)
    return found


def _duty_usd(duties: Sequence[Duty], gain_usd: float, outlook: Outlook) -> float:
    """Cost of doing duties: they add up, their delays run side by side, USD."""
    if not duties:
        return 0.0
    delay = max(d.delay_years for d in duties) / outlook.dt
    return sum(d.report_cost_usd for d in duties) + delay * max(gain_usd, 0.0)


def _weigh(lab: Lab, duties: Sequence[Duty], gain_usd: float, outlook: Outlook) -> tuple[bool, float]:
    """Whether to do the duties to one authority, and the expected cost of the cheaper way, USD."""
    duty = _duty_usd(duties, gain_usd, outlook)
    if lab.signed or not outlook.scenario.labs.adapt.compliance:
        return True, duty
    caught, fine = _risk(lab, duties, outlook)
    violates = bool(compliance(duty, caught, fine))
    return not violates, min(duty, caught * fine) if violates else duty


def _risk(lab: Lab, duties: Sequence[Duty], outlook: Outlook) -> tuple[float, float]:
    """Chance of being caught by one authority over a model's life, as the lab believes; the fine, USD."""
    finds = max(d.audit_finds for d in duties)
    caught = 1.0 - (1.0 - lab.audit_belief(duties[0].regulator) * finds) ** outlook.life_reviews
    return caught, sum(fine_usd(d, lab, outlook.dt) for d in duties)
