"""Training threshold: models trained with at least so much compute must be reported.

The threshold follows the runs that the regulator knows of at `adaptation_per_year` (zero: it stays).
Source: EU AI Act, Art. 51 (1e25 FLOP, may be amended; P10.1); US order of 2023 (1e26; P10.6).
"""

from __future__ import annotations

from model.law import Law
from model.policies import Sight, duty_of, followed
from model.sections.oversight import Rule

FIELDS = (
    "threshold_oom",
    "adaptation_per_year",
    "adaptation_quantile",
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


def adapted(rule: Rule, sight: Sight) -> Rule:
    """The rule with its threshold moved towards the observed frontier."""
    return followed(rule, "threshold_oom", sight.labs_oom, sight.observed_frontier_oom, sight)


def apply(law: Law, rule: Rule) -> Law:
    """A duty to report models trained with at least so much."""
    return law.with_duty(duty_of(rule, training_oom=rule.threshold_oom))
