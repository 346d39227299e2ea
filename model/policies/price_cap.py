"""Price cap: no subscription tier may cost more.

Source: model section 7 (lever); textbook price ceiling.
"""

from __future__ import annotations

from dataclasses import replace

from model.law import Law
from model.sections.oversight import Rule

FIELDS = ("price_cap_usd_month",)


def apply(law: Law, rule: Rule) -> Law:
    """The lowest cap."""
    return replace(law, price_cap_usd_month=min(law.price_cap_usd_month, rule.price_cap_usd_month))
