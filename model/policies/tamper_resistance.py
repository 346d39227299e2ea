"""Tamper resistance: in open releases, restoring a removed capability must take a share of training.

Source: model sections 6b and 7.
"""

from __future__ import annotations

from dataclasses import replace

from model.law import Law
from model.policies import Sight, in_dates
from model.sections.oversight import Rule

FIELDS = ("tamper_share",)


def rule_in_force(rule: Rule, sight: Sight) -> Rule | None:
    """The rule between its dates."""
    return rule if in_dates(rule, sight) else None


def apply(law: Law, rule: Rule) -> Law:
    """The largest share."""
    return replace(law, tamper_share=max(law.tamper_share, rule.tamper_share))
