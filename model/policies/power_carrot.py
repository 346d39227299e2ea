"""Power carrot: owners of sites get permits faster when their lab has signed commitments.

Who signs reports all covered models and pays for its commitments. Source: model section 7 (lever).
"""

from __future__ import annotations

from dataclasses import replace

from model.law import Law
from model.sections.oversight import Rule

FIELDS = (
    "permit_boost",
    "commitment_usd_year",
)


def apply(law: Law, rule: Rule) -> Law:
    """Boosts multiply, commitments add up."""
    return replace(
        law,
        permit_boost=law.permit_boost * rule.permit_boost,
        commitment_usd_year=law.commitment_usd_year + rule.commitment_usd_year,
    )
