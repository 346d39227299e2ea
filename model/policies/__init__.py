"""Rules of the state: one file a policy, found automatically.

A policy is a pure function: `apply` writes a rule in force into the law. One whose rule moves with what
the regulator has seen has a second, `adapted`, from the rule and that sight to the rule of this step.
Dates are the same for all and are seen to here. `FIELDS` names, as plain text, the fields of `Rule` that
it uses beside the common ones; the first is the number that stands for the rule in tables. A policy
imports rules, sight and law, nothing else: it never touches an agent or a mechanism and cannot know a
true capability.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable
from functools import lru_cache
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from model.law import Duty, Law
from model.sections.oversight import Rule


class Sight(NamedTuple):
    """What the regulator knows when it announces rules."""

    years: float
    observed_frontier_oom: float  # largest run that it knows of, log10 FLOP; -inf = none
    elapsed_years: float  # since its last announcement of this rule
    belief_exponent: float = 0.0  # OOM that it believes an OOM of depth to be worth
    labs_oom: tuple[float, ...] = ()  # largest run that it knows of, by lab, log10 FLOP
    labs_effective_oom: tuple[float, ...] = ()  # the same with the depth on sale, as it believes
    last: Rule | None = None  # the rule as it was last in force: where adaptation goes on from


Policy = Callable[[Rule, Sight], Rule | None]
Apply = Callable[[Law, Rule], Law]


@lru_cache(maxsize=1)
def _modules() -> dict[str, ModuleType]:
    """The modules of this folder by the name of their policy."""
    names = sorted(item.name for item in pkgutil.iter_modules(__path__))
    return {n.replace("_", "-"): importlib.import_module(f"{__name__}.{n}") for n in names}


@lru_cache(maxsize=1)
def policies() -> dict[str, Policy]:
    """From a dated rule to the rule in force this step, or None when it does not bind; by policy."""
    return {name: _dated(getattr(module, "adapted", None)) for name, module in _modules().items()}


@lru_cache(maxsize=1)
def applies() -> dict[str, Apply]:
    """What each policy writes into the law: `apply` by name."""
    return {name: module.apply for name, module in _modules().items()}


def law_of(rules: Iterable[Rule]) -> Law:
    """The sum of rules in force, in any order."""
    law = Law()
    # Sums of floats depend on their order in the last digit: rules are added up in one order.
    for rule in sorted(rules, key=lambda r: r.model_dump_json()):
        law = applies()[rule.policy](law, rule)
    return law


def _dated(adapted: Callable[[Rule, Sight], Rule] | None) -> Policy:
    def rule_in_force(rule: Rule, sight: Sight) -> Rule | None:
        """The rule between its dates, adapted where its policy says how."""
        if not rule.start_year <= sight.years < rule.end_year:
            return None
        return rule if adapted is None else adapted(rule, sight)

    return rule_in_force


def line_of(rule: Rule) -> float:
    """The number that stands for a rule: the first of its policy's fields, in its own unit."""
    return float(getattr(rule, _modules()[rule.policy].FIELDS[0]))


def followed(rule: Rule, field: str, observed: tuple[float, ...], top: float, sight: Sight) -> Rule:
    """The rule with a line moved towards a quantile of what is observed: tau += share (Q - tau).

    observed: by lab, log10 FLOP; top: the largest ever known, which quantile 1 follows. What is unknown
    is not followed.
    """
    level = float(getattr(sight.last or rule, field))
    if rule.adaptation_quantile < 1.0:
        top = float(np.quantile(observed, rule.adaptation_quantile)) if observed else -np.inf
    if rule.adaptation_per_year > 0 and np.isfinite(top):
        level += (1.0 - float(np.exp(-rule.adaptation_per_year * sight.elapsed_years))) * (top - level)
    return rule if level == getattr(rule, field) else rule.model_copy(update={field: level})


def duty_of(rule: Rule, **lines: Any) -> Duty:
    """The duty to report of a rule, with the bright lines that make it bind."""
    return Duty(
        policy=rule.policy,
        regulator=rule.regulator,
        regions=tuple(rule.regions),
        count_distillation=rule.count_distillation,
        report_cost_usd=rule.report_cost_usd,
        delay_years=rule.delay_years,
        fine_usd=rule.fine_usd,
        fine_turnover_share=rule.fine_turnover_share,
        audit_finds=rule.audit_finds,
        **lines,
    )
