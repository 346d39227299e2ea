"""Compute tax: training compute costs a share more, or owners of sites give up a share of their rents.

The first follows who buys, and where he sells; the second the site. Both are paid to the state.

Source: model section 7 (lever); textbook excise.
"""

from __future__ import annotations

from dataclasses import replace

from model.law import Law
from model.sections.oversight import Rule

FIELDS = ("tax_share", "site_tax_share")


def apply(law: Law, rule: Rule) -> Law:
    """Taxes add up; nobody gives up more than all of his rents."""
    site_tax = min(1.0, law.site_tax + rule.site_tax_share)
    return replace(law, compute_tax=law.compute_tax + rule.tax_share, site_tax=site_tax)
