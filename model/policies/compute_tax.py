"""Compute tax: training compute costs a share more, paid to the state.

Source: model section 7 (lever); textbook excise.
"""

from __future__ import annotations

from dataclasses import replace

from model.law import Law
from model.sections.oversight import Rule

FIELDS = ("tax_share",)


def apply(law: Law, rule: Rule) -> Law:
    """Taxes add up."""
    return replace(law, compute_tax=law.compute_tax + rule.tax_share)
