"""Training cap: no run may be larger.

Source: model section 7 (lever).
"""

from __future__ import annotations

from dataclasses import replace

from model.law import Law
from model.policies import Sight, in_dates
from model.sections.oversight import Rule

FIELDS = ("training_cap_oom",)


def rule_in_force(rule: Rule, sight: Sight) -> Rule | None:
    """The rule between its dates."""
    return rule if in_dates(rule, sight) else None


def apply(law: Law, rule: Rule) -> Law:
    """The lowest cap."""
    return replace(law, training_cap_oom=min(law.training_cap_oom, rule.training_cap_oom))
