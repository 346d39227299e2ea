"""Merger review: labs may not merge beyond a joint share of revenue.

Source: merger guidelines look closely from about 0.3; model section 7 (lever).
"""

from __future__ import annotations

from dataclasses import replace

from model.law import Law
from model.sections.oversight import Rule

FIELDS = ("merger_limit",)


def apply(law: Law, rule: Rule) -> Law:
    """The lowest limit."""
    return replace(law, merger_limit=min(law.merger_limit, rule.merger_limit))
