"""Tamper resistance: in open releases, restoring a removed capability must take a share of training.

Source: model sections 6b and 7.
"""

from __future__ import annotations

from dataclasses import replace

from model.law import Law
from model.sections.oversight import Rule

FIELDS = ("tamper_share",)


def apply(law: Law, rule: Rule) -> Law:
    """The largest share."""
    return replace(law, tamper_share=max(law.tamper_share, rule.tamper_share))
