"""Training threshold: models trained with at least so much compute must be reported.

The threshold follows the largest run that the regulator knows of at `adaptation_per_year` (zero: it
stays). Source: EU AI Act, Art. 51 (1e25 FLOP, may be amended); US order of 2023 (1e26).
"""

from __future__ import annotations

import math

from model.law import Law
from model.policies import Sight, duty_of, in_dates
from model.sections.oversight import Rule

FIELDS = ("threshold_oom", "adaptation_per_year")


def rule_in_force(rule: Rule, sight: Sight) -> Rule | None:
    """The rule between its dates, with its threshold moved towards the observed frontier."""
    if not in_dates(rule, sight):
        return None
    if rule.adaptation_per_year == 0 or not math.isfinite(sight.observed_frontier_oom):
        return rule
    share = 1.0 - math.exp(-rule.adaptation_per_year * sight.elapsed_years)
    moved = rule.threshold_oom + share * (sight.observed_frontier_oom - rule.threshold_oom)
    return rule.model_copy(update={"threshold_oom": moved})


def apply(law: Law, rule: Rule) -> Law:
    """A duty to report models trained with at least so much."""
    return law.with_duty(duty_of(rule, training_oom=rule.threshold_oom))
