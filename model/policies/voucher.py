"""Voucher: the state pays a part of the price for persons below an income.

A person pays max(0, p - v) for a tier of price p, the state the rest.
Source: model section 7 (lever); textbook in-kind subsidy.
"""

from __future__ import annotations

from dataclasses import replace

from model.law import Law
from model.sections.oversight import Rule

FIELDS = (
    "voucher_usd_month",
    "voucher_income_usd_year",
)


def apply(law: Law, rule: Rule) -> Law:
    """The largest voucher and the widest circle."""
    return replace(
        law,
        voucher_usd_month=max(law.voucher_usd_month, rule.voucher_usd_month),
        voucher_income_usd_year=max(law.voucher_income_usd_year, rule.voucher_income_usd_year),
    )
