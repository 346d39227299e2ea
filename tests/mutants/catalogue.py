"""The mistakes that the tests must notice: typical errors of an economist, one line of source each.

They are listed by place: `seeds_mechanisms`, `seeds_agents`, `seeds_market`, `seeds_metrics`,
`seeds_plans`. What nobody could ever notice (the start of a search, a tolerance) does not belong here.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import seeds_agents
import seeds_market
import seeds_mechanisms
import seeds_metrics
import seeds_plans
from mutant import Mutant, likely

__all__ = ["MUTANTS", "Mutant", "likely"]

MUTANTS: list[Mutant] = [
    *seeds_mechanisms.SEEDS,
    *seeds_agents.SEEDS,
    *seeds_market.SEEDS,
    *seeds_metrics.SEEDS,
    *seeds_plans.SEEDS,
]
