"""Revenue rule: a lab that earns so much is covered, whatever its runs.

Revenue is public, so nobody can hide from the line; models of a covered lab still have to be reported.
Source: California SB 53 and New York RAISE, revenue above 500 million USD (P10.11, P10.12).
"""

from __future__ import annotations

from model.law import Law
from model.policies import duty_of
from model.sections.oversight import Rule

FIELDS = (
    "revenue_usd_year",
    "report_cost_usd",
    "delay_years",
    "fine_usd",
    "fine_turnover_share",
    "audits_per_year",
    "audit_finds",
    "audit_rule",
    "audit_cost_usd",
    "breach_damage_usd",
)


def apply(law: Law, rule: Rule) -> Law:
    """A duty on all models of large labs."""
    return law.with_duty(duty_of(rule, revenue_usd_year=rule.revenue_usd_year))
