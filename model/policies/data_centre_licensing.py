"""Data-centre licensing: sites of so much power must report the runs that take place on them.

Source: US proposals on clusters (P10.6, P10.7); model section 7.
"""

from __future__ import annotations

from dataclasses import replace

from model.law import Law
from model.sections.oversight import Rule

FIELDS = ("licence_mw",)


def apply(law: Law, rule: Rule) -> Law:
    """The lowest line from which a site needs a licence."""
    return replace(law, licence_mw=min(law.licence_mw, rule.licence_mw))
