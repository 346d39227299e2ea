"""Tools of the metamorphic cases: the full model, a scenario told in other units, tables compared.

Units are read from the registry of parameters and from the tables' columns: a new parameter takes part
by its declared unit, and one whose unit is wrong, or a constant with a unit in the code, shows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from experiments.verify.registry import Finding, at_most, same
from experiments.verify.scenarios import merged
from model import Results, Scenario
from model.metrics import registry as metrics
from model.parameters import Parameter
from model.rulebook import COMMON, fields_of_policies
from model.scenario import parameters
from model.schema import TABLES

Table = dict[str, Any]
By = Mapping[str, float]  # dimension -> factor
Move = tuple[float, float]  # times, plus

EXACT = 1e-6
# Differences of large amounts: judged by the size of what they are taken from.
DIFFERENCES = {
    "cash_usd",
    "profit_usd",
    "lab_profit_usd",
    "expected_payoff_usd",
    "observer_forecast_error_oom",
    "believed_gap_oom",
    "open_weight_gap_oom",
}
SITES: list[dict[str, Any]] = [
    {"name": "a", "region": "US", "power_mw": 8000.0, "usd_per_kwh": 0.07},
    {"name": "b", "region": "EU", "power_mw": 5000.0, "usd_per_kwh": 0.12},
    {"name": "c", "region": "CN", "power_mw": 3000.0, "usd_per_kwh": 0.09},
]


def full(**changes: Any) -> Table:
    """A whole industry: firms and persons, many tasks, sites, runs, tiers, entry, rules, open weights."""
    labs = [
        {
            "name": name,
            "training_flop": flop,
            "cash_usd": 3e9,
            "appeal": appeal,
            "open_weights": name == "C",
            "tiers": [{"depth": 1.0}, {"depth": 20.0}],
        }
        for name, flop, appeal in (("A", 2e25, 0.3), ("B", 1.2e25, 0.0), ("C", 6e24, -0.2))
    ]
    base = {
        "horizon": {"steps": 12},
        "users": {"count": 400, "demand": "expected", "agent_limit": 0},
        "technology": {
            "inference_exponent": 0.5,
            "inference_span_oom": 3.0,
            "distillation": {"max_rounds": 3, "retention": 0.5},
        },
        "labs": {"start": "list", "explicit": labs, "research_sample": 400, "screening_sample": 400},
        # short works, so that what is ordered within the run opens within it
        "compute": {"sites": SITES, "chip_usd": 120_000.0, "build_years": 0.5},
        "oversight": {"sight_small_year": 0.5, "sight_large_year": 0.5},
    }
    return merged(base, changes)


def build(*tables: Mapping[str, Any]) -> Scenario:
    """A scenario from nested tables."""
    return Scenario.from_mapping(merged({}, *tables))


# -- other units -----------------------------------------------------------------------------------


def by_unit(unit: str, by: By) -> Move:
    """How a number of some unit changes when each dimension gets a factor; logs are shifted."""
    top, *bottom = unit.split("/")
    if top in ("log10 FLOP", "OOM of FLOP"):
        return 1.0, math.log10(by.get("FLOP", 1.0))
    return by.get(top, 1.0) / math.prod(by.get(part, 1.0) for part in bottom), 0.0


def moved(table: Table, how: Callable[[Parameter], Move]) -> Table:
    """The same scenario with every number moved as `how` says of its parameter; switches and text stay."""
    given = build(table).model_dump(mode="python")
    for parameter in parameters():
        times, plus = how(parameter)
        if (times, plus) != (1.0, 0.0):
            _move(given, parameter.key.split("."), times, plus)
    # a rule may not be given what its policy does not use
    given["regulation"] = [
        {name: value for name, value in rule.items() if name in used(rule["policy"])}
        for rule in given["regulation"]
    ]
    return given


def used(policy: str) -> set[str]:
    """The fields of a rule that a policy uses."""
    return {*COMMON, *fields_of_policies()[policy]}


def _move(at: Any, path: list[str], times: float, plus: float) -> None:
    name, rest = path[0].removesuffix("[]"), path[1:]
    if rest:
        for inner in at[name] if path[0].endswith("[]") else [at[name]]:
            _move(inner, rest, times, plus)
        return
    value = at[name]
    if isinstance(value, list):
        at[name] = [v * times + plus for v in value]
    elif isinstance(value, float):
        at[name] = value * times + plus


def in_units(table: Table, by: By) -> Table:
    """The same industry told in other units."""
    return moved(table, lambda parameter: by_unit(parameter.unit, by))


# -- comparing -------------------------------------------------------------------------------------


def unit_of(table: str, column: str) -> str:
    """The declared unit of a column of a table or of a metric."""
    if table == "metrics" and column in metrics():
        return metrics()[column].unit
    return next((c.unit for c in TABLES.get(table, ()) if c.name == column), "")


def alike(
    label: str,
    before: Results,
    after: Results,
    by: By | Callable[[str, str], Move | None] | None = None,
    *,
    tables: tuple[str, ...] = (),
    skip: tuple[str, ...] = (),
    within: float = EXACT,
) -> Iterator[Finding]:
    """All numbers of all tables (or those named) at all steps, up to the change of units.

    by: factors by dimension, or how a (table, column) moves, None = not compared. One finding a table: the
    largest difference relative to the number, or to a thousandth of the largest one in its column. Texts
    may hold numbers and are not compared, nor are the names in `skip`.
    """
    dimensions = by if isinstance(by, Mapping) else {}
    how = by if callable(by) else lambda table, column: by_unit(unit_of(table, column), dimensions)
    for name in tables or (*(t for t in TABLES if t != "events"), "metrics"):
        old, new = before.tables[name], after.tables[name]
        if len(old) != len(new):
            yield same(f"{label}: rows of {name}", len(new), len(old))
            continue
        worst, where, count = 0.0, "", 0
        for column in old.select_dtypes(["number", "bool"]).columns:
            move = how(name, str(column))
            if move is None or column in skip:
                continue
            far = gap(old[column], new[column], *move, relative=column not in DIFFERENCES)
            count += 1
            if far >= worst:
                worst, where = far, str(column)
        yield at_most(f"{label}: {name}, {count} columns, worst {where}", worst, within)


def gap(
    old: pd.Series[Any], new: pd.Series[Any], times: float = 1.0, plus: float = 0.0, *, relative: bool = True
) -> float:
    """The largest relative difference of two columns; what is undefined in one must be so in the other."""
    a, b = (np.asarray(x, dtype=np.float64) for x in (old, new))
    if not np.array_equal(np.isnan(a), np.isnan(b)):
        return math.inf
    a, b = a[~np.isnan(a)] * times + plus, b[~np.isnan(b)]
    size = float(np.abs(a).max(initial=0.0))
    if size == 0.0:
        return float(np.abs(b).max(initial=0.0) > 0.0)
    far = np.abs(a - b) / np.maximum(np.abs(a), (1e-3 if relative else 1.0) * size)
    return float(far.max(initial=0.0))
