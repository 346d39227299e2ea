"""Small scenarios and ways to compare runs, shared by the tests: tenths of a second a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from model import Industry, Results, Scenario

TINY: dict[str, Any] = {
    "users.count": 300,
    "horizon.steps": 6,
    "labs.research_sample": 80,
    "labs.screening_sample": 40,
    "labs.data_count": 4,
}
REGIMES = (
    "pretraining",
    "inference-at-deployment",
    "inference-in-training",
    "inference-in-training-explosive",
    "mixed",
    "placebo",
    "wall-only",
    "inference-without-wall",
)
OFF = ("depth", "menu", "training", "distillation", "openness", "compliance", "entry", "exit", "acquire")


def small(regime: str = "pretraining", changes: Mapping[str, Any] | None = None) -> Scenario:
    """A shipped regime with a handful of users, respondents, labs and steps."""
    return Scenario.load(regime).override(TINY | dict(changes or {}))


def theory(labs: list[dict[str, Any]], changes: Mapping[str, Any] | None = None) -> Scenario:
    """Listed labs that set prices and do nothing else, linear values, one task, no state, cheap compute.

    Utility of a tier = its capability less its price over income; users are wealth atoms of equal weight
    unless `changes` says otherwise. A step is a year and the population is one: money is per user.
    """
    raw: dict[str, Any] = {
        "horizon": {"step_years": 1.0, "steps": 1},
        "tasks": [
            {
                "name": "one",
                "usage": 1.0,
                "business_usage": 1.0,
                "verifiable": 1.0,
                "system2": 1.0,
                "difficulty_oom": 1.0,
                "hours": 1.0,
                "wage_usd": 1.0,
                "danger": 0.0,
            }
        ],
        "users": {
            "population": 1.0,
            "population_growth": 0.0,
            "count": 1,
            "demand": "expected",
            "business_share": 0.0,
            "link": "linear",
            "quality_value": 1.0,
            "reference_oom": 0.0,
            "price_sensitivity": 1.0,
            "inertia": 0.0,
            "reconsider_per_quarter": 1.0,
            "advert_usd_year": 0.0,
            "task_concentration": 0.0,
            "within_lab_scale": 1.0,
            "wealth": {"atoms": [1.0]},
        },
        "labs": {
            "start": "list",
            "explicit": labs,
            "overhead_usd_year": 0.0,
            "adapt": {"price": True, **dict.fromkeys(OFF, False)},
        },
        "open_weights": {"self_hosting": False, "hosts": False, "ecosystem_appeal": 0.0},
        "security": {"theft": False},
        "misuse": {"actors": 0, "lab_innovations_year": 0.0, "small_innovations_year": 0.0},
        "compute": {"price": 1.0},
        "regulation": [],
    }
    return Scenario.from_mapping(raw, name="theory").override(dict(changes or {}))


def run(scenario: Scenario, steps: int, seed: int = 7) -> Industry:
    """An industry after some steps."""
    industry = Industry(scenario, rng=seed)
    for _ in range(steps):
        industry.step()
    return industry


def differences(a: Results, b: Results, skip: Iterable[str] = ()) -> list[str]:
    """Columns ("table.column") in which two runs are not bit-identical; NaN equals NaN."""
    found = []
    for name in sorted(set(a.tables) | set(b.tables)):
        left, right = a.tables.get(name), b.tables.get(name)
        if name in skip:
            continue
        if left is None or right is None or len(left) != len(right):
            found.append(name)
            continue
        columns = list(dict.fromkeys([*left.columns, *right.columns]))
        found += [
            f"{name}.{column}"
            for column in columns
            if f"{name}.{column}" not in skip
            and not (column in left and column in right and _same(left[column], right[column]))
        ]
    return found


def _same(left: pd.Series[Any], right: pd.Series[Any]) -> bool:
    return left.dtype == right.dtype and bool(((left == right) | (left.isna() & right.isna())).all())
