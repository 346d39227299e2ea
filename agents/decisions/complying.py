"""Compliance: report a covered run, or run the risk of being caught (Becker)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agents.decisions.outlook import Outlook
from model.catalogue import Decision
from model.mechanisms.regulation import compliance
from model.sections.oversight import Rule

if TYPE_CHECKING:
    from agents.lab import Lab


def fine_usd(rule: Rule, lab: Lab, dt: float) -> float:
    """What an unreported model costs when it is found: a sum or a share of turnover, the larger, USD."""
    return max(rule.fine_usd, rule.fine_turnover_share * lab.revenue_usd / dt)


def decide_reports(lab: Lab, outlook: Outlook) -> list[Decision]:
    """Covered models on sale that have not been reported: report now, or go on running the risk."""
    made: list[Decision] = []
    models = {t.model.id: t.model for t in lab.tiers if not t.model.reported}
    for model in models.values():
        covered = [r for r in outlook.rules if np.log10(model.training_flop) >= r.threshold_oom]
        if not covered:
            continue
        reports, cost = reporting_cost(lab, model.training_flop, 0.0, outlook)
        duty = sum(r.report_cost_usd for r in covered)
        if reports:
            model.reported = True
            lab.bill("compliance", duty)
        risk = cost if not reports else expected_fine(lab, covered, outlook)
        made += [
            Decision(lab.number, "report", f"report {model.name}", -duty, reports),
            Decision(lab.number, "report", f"keep quiet about {model.name}", -risk, not reports),
        ]
    return made


def expected_fine(lab: Lab, covered: list[Rule], outlook: Outlook) -> float:
    """Fine times the chance of being caught over a model's life, as the lab believes, USD."""
    finds = max(r.audit_finds for r in covered)
    caught = 1.0 - (1.0 - lab.audit_belief * finds) ** outlook.life_reviews
    return float(caught * sum(fine_usd(r, lab, outlook.dt) for r in covered))


def reporting_cost(lab: Lab, training_flop: float, gain_usd: float, outlook: Outlook) -> tuple[bool, float]:
    """Whether the lab would report a run of this size, and what the duty is expected to cost, USD.

    gain_usd: profit per step that the model is expected to add, lost while its release is delayed.

    Reporting costs the duty and the profit of the delay; not reporting costs the fine when caught over
    the model's life. The lab takes the cheaper way; uncovered runs owe nothing.
    """
    covered = [r for r in outlook.rules if np.log10(training_flop) >= r.threshold_oom]
    if not covered:
        return False, 0.0
    delay = max(r.delay_years for r in covered) / outlook.dt
    duty = sum(r.report_cost_usd for r in covered) + delay * max(gain_usd, 0.0)
    if not outlook.scenario.labs.adapt.compliance:
        return True, duty
    finds = max(r.audit_finds for r in covered)
    caught = 1.0 - (1.0 - lab.audit_belief * finds) ** outlook.life_reviews
    fine = sum(fine_usd(r, lab, outlook.dt) for r in covered)
    violates = bool(compliance(duty, caught, fine))
    return not violates, min(duty, caught * fine) if violates else duty
