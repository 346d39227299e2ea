"""Rules of the state: one file a policy, found automatically.

A policy is two pure functions. `rule_in_force` takes a dated rule and what the regulator has seen to
the rule in force this step, or None when it does not bind; `apply` writes the rule in force into the
law. `FIELDS` names the fields of `Rule` that it uses beside the common ones. A policy changes rules and
the law; it never touches an agent or a mechanism.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable
from functools import lru_cache
from types import ModuleType
from typing import Any, NamedTuple

from model.law import Duty, Law
from model.sections.oversight import Rule


class Sight(NamedTuple):
    """What the regulator knows when it announces rules."""

    years: float
    observed_frontier_oom: float  # largest run that it knows of, log10 FLOP; -inf = none
    elapsed_years: float  # since its last announcement of this rule


Policy = Callable[[Rule, Sight], Rule | None]
Apply = Callable[[Law, Rule], Law]


@lru_cache(maxsize=1)
def _modules() -> dict[str, ModuleType]:
    """The modules of this folder by the name of their policy."""
    names = sorted(item.name for item in pkgutil.iter_modules(__path__))
    return {n.replace("_", "-"): importlib.import_module(f"{__name__}.{n}") for n in names}


@lru_cache(maxsize=1)
def policies() -> dict[str, Policy]:
    """How each policy dates and adapts a rule: `rule_in_force` by name."""
    return {name: module.rule_in_force for name, module in _modules().items()}


@lru_cache(maxsize=1)
def applies() -> dict[str, Apply]:
    """What each policy writes into the law: `apply` by name."""
    return {name: module.apply for name, module in _modules().items()}


def law_of(rules: Iterable[Rule]) -> Law:
    """The sum of rules in force, in any order."""
    law = Law()
    for rule in rules:
        law = applies()[rule.policy](law, rule)
    return law


def in_dates(rule: Rule, sight: Sight) -> bool:
    """Whether the rule binds at this time."""
    return rule.start_year <= sight.years < rule.end_year


def duty_of(rule: Rule, **lines: Any) -> Duty:
    """The duty to report of a rule, with the bright lines that make it bind."""
    return Duty(
        policy=rule.policy,
        report_cost_usd=rule.report_cost_usd,
        delay_years=rule.delay_years,
        fine_usd=rule.fine_usd,
        fine_turnover_share=rule.fine_turnover_share,
        audit_finds=rule.audit_finds,
        **lines,
    )
