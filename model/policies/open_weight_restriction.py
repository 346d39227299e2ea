"""Open-weight restriction: models trained with so much compute may not be released openly.

Source: US diffusion rule, 1e26 for weights (P10.9); model section 7.
"""

from __future__ import annotations

from dataclasses import replace

from model.law import Law
from model.sections.oversight import Rule

FIELDS = ("open_cap_oom",)


def apply(law: Law, rule: Rule) -> Law:
    """The lowest line."""
    return replace(law, open_cap_oom=min(law.open_cap_oom, rule.open_cap_oom))
