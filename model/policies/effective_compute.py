"""Effective-compute threshold: training compute and what depth on sale adds to it, by believed exponent.

Covered is log10 C + eta_hat log10 I >= tau_e at the deepest tier on sale. eta_hat is what the regulator
has come to believe, unless the rule fixes it; the threshold may follow the frontier so measured.
Source: model section 7 (lever), S1; no such rule is in force anywhere.
"""

from __future__ import annotations

from model.law import Law
from model.policies import Sight, duty_of, followed
from model.sections.oversight import Rule

FIELDS = (
    "effective_oom",
    "depth_exponent",
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
    """The rule with the exponent believed and its threshold moved."""
    if rule.depth_exponent == "believed":
        rule = rule.model_copy(update={"depth_exponent": sight.belief_exponent})
    seen = sight.labs_effective_oom
    return followed(rule, "effective_oom", seen, max(seen, default=float("-inf")), sight)


def apply(law: Law, rule: Rule) -> Law:
    """A duty to report models worth so much training at the deepest tier."""
    exponent = 0.0 if rule.depth_exponent == "believed" else rule.depth_exponent
    return law.with_duty(duty_of(rule, effective_oom=rule.effective_oom, depth_exponent=exponent))
