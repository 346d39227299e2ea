"""Inference KYC: metered customers who use much compute are logged.

It reaches what is bought from labs alone: who runs an open model is nobody's customer.
Source: US proposal for cloud providers (P10.8); model section 7.
"""

from __future__ import annotations

from dataclasses import replace

from model.law import Law
from model.policies import Sight
from model.sections.oversight import Rule

FIELDS = ("kyc_flop_quarter",)


def adapted(rule: Rule, sight: Sight) -> Rule:
    """The rule with its line per step instead of per quarter."""
    per_step = rule.kyc_flop_quarter * sight.elapsed_years / 0.25
    return rule.model_copy(update={"kyc_flop_quarter": per_step})


def apply(law: Law, rule: Rule) -> Law:
    """The lowest line from which a customer is logged; a rule in force holds FLOP per step."""
    return replace(law, kyc_flop_step=min(law.kyc_flop_step, rule.kyc_flop_quarter))
