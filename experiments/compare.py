"""Regimes side by side: run-level summaries and differences paired by seed.

Two summaries of a run for each metric: `final`, the mean of its last four steps, and `mean`, the
mean of all steps after the start. A difference is taken seed by seed against the reference (common
random numbers: same users, same luck) and then over seeds: mean, 95 % t interval, and whether that
interval leaves zero.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from experiments.compare_keys import changed
from experiments.store import Store, Task
from model.results import Results
from model.scenario import Scenario

FINAL_STEPS = 4
CLOCK = ("step", "time_years", "date")
KINDS = ("final", "mean")
ROUNDING = 1e-13  # relative


@dataclass(frozen=True)
class Spread:
    """A run-level summary over seeds."""

    mean: float
    low: float
    median: float
    high: float
    count: int


@dataclass(frozen=True)
class Difference:
    """A regime less the reference, paired by seed."""

    metric: str
    regime: str
    kind: str
    mean: float
    low: float
    high: float
    count: int
    zero: bool
    """Exactly zero in every seed."""

    @property
    def interval(self) -> bool:
        """Whether there is an interval at all (two seeds are needed)."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    @property
    def leaves_zero(self) -> bool:
        """Whether the 95 % interval excludes zero."""
        return self.interval and not self.zero and (self.low > 0 or self.high < 0)


class Comparison:
    """All finished runs of a comparison, in the order of its manifest."""

    def __init__(
        self,
        scenarios: Sequence[Scenario],
        seeds: Sequence[int],
        runs: Mapping[tuple[str, int], Results],
    ) -> None:
        self.scenarios = {one.name: one for one in scenarios}
        self.seeds = list(seeds)
        self.runs = dict(runs)
        self.names = [name for name in self.scenarios if any((name, s) in runs for s in self.seeds)]

    @classmethod
    def load(cls, store: Store) -> Comparison:
        """From disk; runs that are not there yet are left out."""
        tasks = store.tasks()
        runs = {(t.scenario.name, t.seed): r for t, r in _finished(store, tasks)}
        scenarios = {task.scenario.name: task.scenario for task in tasks}
        return cls(list(scenarios.values()), list(dict.fromkeys(t.seed for t in tasks)), runs)

    @property
    def reference(self) -> str:
        """The regime that the others are held against: the first."""
        return self.names[0]

    @property
    def others(self) -> list[str]:
        """The other regimes."""
        return self.names[1:]

    def runs_of(self, name: str) -> list[int]:
        """Seeds of the finished runs of a regime."""
        return [seed for seed in self.seeds if (name, seed) in self.runs]

    def tables(self, name: str, table: str) -> list[pd.DataFrame]:
        """One table of one regime, one frame per finished seed."""
        found = [self.runs[name, seed] for seed in self.runs_of(name)]
        return [run.tables[table] for run in found if table in run.tables and len(run.tables[table])]

    @cached_property
    def metrics(self) -> list[str]:
        """Metrics that hold a number somewhere, in the order of the tables."""
        seen: dict[str, bool] = {}
        for run in self.runs.values():
            table = run.tables["metrics"]
            for column in table.columns:
                if column not in CLOCK:
                    seen[column] = seen.get(column, False) or bool(table[column].notna().any())
        return [name for name, filled in seen.items() if filled]

    def path(self, name: str, metric: str) -> pd.DataFrame:
        """A metric over time: one row per step, one column per seed."""
        columns = {
            seed: self.runs[name, seed].tables["metrics"].set_index("step")[metric]
            for seed in self.seeds
            if (name, seed) in self.runs and metric in self.runs[name, seed].tables["metrics"]
        }
        return pd.DataFrame(columns, dtype=float)

    @cached_property
    def _summaries(self) -> dict[tuple[str, int, str, str], float]:
        found = {}
        for (name, seed), run in self.runs.items():
            for metric, final, mean in summaries(run.tables["metrics"], self.metrics):
                found[name, seed, metric, "final"] = final
                found[name, seed, metric, "mean"] = mean
        return found

    def values(self, name: str, metric: str, kind: str = "final") -> dict[int, float]:
        """The run-level summary by seed, finite ones only."""
        found = {s: self._summaries.get((name, s, metric, kind), math.nan) for s in self.seeds}
        return {seed: value for seed, value in found.items() if math.isfinite(value)}

    def spread(self, name: str, metric: str, kind: str = "final") -> Spread:
        """Mean, least, middle and greatest over seeds."""
        held = np.array(list(self.values(name, metric, kind).values()))
        if held.size == 0:
            return Spread(math.nan, math.nan, math.nan, math.nan, 0)
        return Spread(_mean(held), float(held.min()), float(np.median(held)), float(held.max()), held.size)

    def difference(self, name: str, metric: str, kind: str = "final") -> Difference:
        """A regime less the reference."""
        mine, base = self.values(name, metric, kind), self.values(self.reference, metric, kind)
        gaps = np.array([_gap(mine[seed], base[seed]) for seed in mine if seed in base])
        return difference(metric, name, kind, gaps)

    def differences(self, kinds: Iterable[str] = KINDS) -> list[Difference]:
        """All of them: metric by metric, regime by regime."""
        return [
            self.difference(name, metric, kind)
            for kind in kinds
            for metric in self.metrics
            for name in self.others
        ]

    @cached_property
    def identical(self) -> list[str]:
        """Regimes that equal the reference in every number of every seed, as a placebo must."""
        return [
            name
            for name in self.others
            if all(self.difference(name, m, kind).zero for m in self.metrics for kind in KINDS
                   if self.difference(name, m, kind).count)
        ]  # fmt: skip

    def key_differences(self, name: str) -> list[tuple[str, Any, Any]]:
        """Parameters that differ from the reference's: key, its value there, the value here."""
        return changed(self.scenarios[self.reference], self.scenarios[name])

    def summary(self) -> dict[str, Any]:
        """Everything above as plain values, NaN as None."""
        return {
            "reference": self.reference,
            "regimes": {
                name: {
                    "fingerprint": self.scenarios[name].fingerprint(),
                    "seeds": self.runs_of(name),
                    "final": {m: _plain(asdict(self.spread(name, m))) for m in self.metrics},
                    "mean": {m: _plain(asdict(self.spread(name, m, "mean"))) for m in self.metrics},
                }
                for name in self.names
            },
            "differences": [
                _plain({**asdict(one), "leaves_zero": one.leaves_zero}) for one in self.differences()
            ],
        }


def _gap(mine: float, base: float) -> float:
    """A difference; zero where it is only the rounding of two sums in another order."""
    return 0.0 if abs(mine - base) <= ROUNDING * max(abs(mine), abs(base)) else mine - base


def difference(metric: str, regime: str, kind: str, gaps: np.ndarray[Any, Any]) -> Difference:
    """Mean and 95 % t interval of paired differences (n_seeds,)."""
    if gaps.size == 0:
        return Difference(metric, regime, kind, math.nan, math.nan, math.nan, 0, False)
    zero = bool(np.all(gaps == 0.0))
    mean, low, high = _mean(gaps), math.nan, math.nan
    if gaps.size > 1:
        half = float(stdtrit(gaps.size - 1, 0.975) * gaps.std(ddof=1) / math.sqrt(gaps.size))
        low, high = mean - half, mean + half
    return Difference(metric, regime, kind, mean, low, high, int(gaps.size), zero)


def summaries(table: pd.DataFrame, metrics: Sequence[str]) -> Iterable[tuple[str, float, float]]:
    """(metric, final, mean) of one run."""
    after = table[table["step"] >= 1] if table["step"].max() >= 1 else table
    last = after[after["step"] > after["step"].max() - FINAL_STEPS]
    for metric in metrics:
        if metric in table:
            yield metric, _mean(last[metric].to_numpy()), _mean(after[metric].to_numpy())


def _finished(store: Store, tasks: Sequence[Task]) -> Iterable[tuple[Task, Results]]:
    for task in tasks:
        folder = store.run_folder(task)
        if (Path(folder) / "manifest.json").exists():
            yield task, Results.load(folder, on_demand=True)


def _mean(values: np.ndarray[Any, Any]) -> float:
    values = np.asarray(values, dtype=float)
    values = values[np.isfinite(values)]
    return float(values.mean()) if values.size else math.nan


def _plain(record: dict[str, Any]) -> dict[str, Any]:
    return {
        key: None if isinstance(value, float) and not math.isfinite(value) else value
        for key, value in record.items()
    }
