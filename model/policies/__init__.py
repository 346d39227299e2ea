"""Rules of the state: one file a policy, found automatically.

A policy is a function from a dated rule and what the regulator has seen to the rule in force this
step, or None when it does not bind. It changes rules; it never touches an agent or a mechanism.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from model.sections.oversight import Rule


class Sight(NamedTuple):
    """What the regulator knows when it announces rules."""

    years: float
    observed_frontier_oom: float  # largest run that it knows of, log10 FLOP; -inf = none
    elapsed_years: float  # since its last announcement of this rule


Policy = Callable[[Rule, Sight], Rule | None]


@lru_cache(maxsize=1)
def policies() -> dict[str, Policy]:
    """All policies by name: the modules of this folder that define `rule_in_force`."""
    found: dict[str, Policy] = {}
    for item in sorted(pkgutil.iter_modules(__path__), key=lambda m: m.name):
        module = importlib.import_module(f"{__name__}.{item.name}")
        found[item.name.replace("_", "-")] = module.rule_in_force
    return found
