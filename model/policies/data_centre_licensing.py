"""Data-centre licensing: sites of so much power must report the runs that take place on them.

Source: US proposals on clusters (P10.6, P10.7); model section 7.
"""

from __future__ import annotations

from dataclasses import replace

from model.law import Law
from model.sections.oversight import Rule

FIELDS = ("licence_mw", "licence_usd_year")


def apply(law: Law, rule: Rule) -> Law:
    """The lowest line from which a site needs a licence; what licences cost adds up."""
    line, usd = min(law.licence_mw, rule.licence_mw), law.licence_usd_year + rule.licence_usd_year
    return replace(law, licence_mw=line, licence_usd_year=usd)
