"""Hybrid threshold: very large runs, and smaller ones post-trained for inference.

Covered is log10 C >= 26, or >= 24 for a model that is distilled for, or sold at, long thinking.
Source: Ord's compromise between bright lines, model section 7 (S1).
"""

from __future__ import annotations

from model.law import Law
from model.policies import duty_of
from model.sections.oversight import Rule

FIELDS = (
    "hybrid_oom",
    "post_trained_oom",
    "post_trained_depth",
    "report_cost_usd",
    "delay_years",
    "fine_usd",
    "fine_turnover_share",
    "audits_per_year",
    "audit_finds",
    "audit_rule",
    "audit_cost_usd",
    "breach_damage_usd",
    "count_distillation",
)


def apply(law: Law, rule: Rule) -> Law:
    """A duty with two lines."""
    lines = {
        "training_oom": rule.hybrid_oom,
        "post_trained_oom": rule.post_trained_oom,
        "post_trained_depth": rule.post_trained_depth,
    }
    return law.with_duty(duty_of(rule, **lines))
