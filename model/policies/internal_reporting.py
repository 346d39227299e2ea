"""Internal-deployment reporting: the regulator comes to see a share of what labs run for themselves.

Source: California SB 53, summaries of internal use (P10.11); model section 7.
"""

from __future__ import annotations

from dataclasses import replace

from model.law import Law
from model.sections.oversight import Rule

FIELDS = ("internal_reporting",)


def apply(law: Law, rule: Rule) -> Law:
    """The largest share seen."""
    return replace(law, internal_reporting=max(law.internal_reporting, rule.internal_reporting))
