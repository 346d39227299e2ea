"""Evaluation before release: a model is tested at a given depth; above a limit it is held back.

It finds danger only up to that depth, and it teaches the regulator what depth adds.
Source: model sections 6b and 7; tests of UK AISI (P10.15).
"""

from __future__ import annotations

from dataclasses import replace

from model.law import Law
from model.sections.oversight import Rule

FIELDS = (
    "evaluation_depth",
    "evaluation_limit_oom",
)


def apply(law: Law, rule: Rule) -> Law:
    """The deepest test and the lowest limit."""
    return replace(
        law,
        evaluation_depth=max(law.evaluation_depth, rule.evaluation_depth),
        evaluation_limit_oom=min(law.evaluation_limit_oom, rule.evaluation_limit_oom),
    )
