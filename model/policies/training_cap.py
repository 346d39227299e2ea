"""Training cap: no run may be larger.

Source: model section 7 (lever).
"""

from __future__ import annotations

from dataclasses import replace

from model.law import Law
from model.sections.oversight import Rule

FIELDS = ("training_cap_oom",)


def apply(law: Law, rule: Rule) -> Law:
    """The lowest cap."""
    return replace(law, training_cap_oom=min(law.training_cap_oom, rule.training_cap_oom))
