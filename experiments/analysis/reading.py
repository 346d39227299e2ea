"""A study's results as the analysis reads them: outcomes, cells, factors; every number worked out once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np

from experiments.analysis import boxes, convergence, indices, pairs, variance
from experiments.analysis.contrast import contrast
from experiments.analysis.frames import Cell, Floats, cells, gaps, table, whole
from experiments.design import unit
from experiments.factors import Factor
from experiments.study import Outcome, StudyResults
from experiments.words import metric_unit, metric_words, number, regime_words

SAMPLES = ("latin-hypercube", "sobol", "morris", "saltelli")
METHODS = {"saltelli": "sobol", "morris": "morris", "latin-hypercube": "given", "sobol": "given"}
HIGH = 0.8  # cases of interest of a level: the highest fifth
BALANCED = (0.1, 0.9)  # shares of positive differences between which it is asked where they are positive


@dataclass(frozen=True)
class Finding:
    """A box, with what its cases of interest are."""

    outcome: Outcome
    cell: Cell
    against: Cell | None
    """The cases are points at which the cell exceeds this one; None: the highest fifth of the outcome."""
    box: boxes.Box
    unit: Floats
    cases: boxes.Flags


class Reading:
    """The analysis of one study. Runs nothing; numbers are made when first asked for."""

    def __init__(self, results: StudyResults) -> None:
        self.results = results
        self.study, self.design, self.runs = results.study, results.design, results.runs
        self.cells = cells(self.runs)
        self.outcomes = [one for one in self.study.measured if self.runs[one.column].notna().any()]
        self.empty = [one for one in self.study.measured if one not in self.outcomes]
        self.kind: str = self.study.design.kind
        self.sampled = self.kind in SAMPLES
        self.factors: dict[str, Factor] = {one.key: one for one in self.study.factors}
        self.points = len(self.design)
        self.seeds = sorted(int(one) for one in self.runs["seed"].unique())

    # -- the design ----------------------------------------------------------------------------

    @property
    def method(self) -> str:
        """How indices are found: sobol, morris, given; empty where they cannot be."""
        return METHODS.get(self.kind, "") if self.factors else ""

    @property
    def block(self) -> int:
        """So many rows of the design hang together."""
        width = len(self.factors)
        second = self.study.design.second_order
        return {"saltelli": width * (2 if second else 1) + 2, "morris": width + 1}.get(self.kind, 1)

    @cached_property
    def unit(self) -> Floats:
        """The points as shares of the unit interval, (points, factors)."""
        found = unit(self.study).drop(columns="point").to_numpy(dtype=np.float64)
        return np.asarray(found[: self.points])

    @cached_property
    def independent(self) -> Any:
        """Rows of the design that are a sample of the cube in their own right."""
        rows = np.arange(self.points)
        if self.kind == "saltelli":
            return rows[(rows % self.block == 0) | (rows % self.block == self.block - 1)]
        return rows if self.kind in ("sobol", "latin-hypercube") else rows[:0]

    @property
    def reference(self) -> Cell:
        """The cell that the others are held against: the first."""
        return self.cells[0]

    @property
    def others(self) -> list[Cell]:
        """The other cells."""
        return self.cells[1:]

    def values(self, outcome: Outcome, cell: Cell) -> Floats:
        """An outcome at all points of the design and all seeds, (points, seeds); NaN where missing."""
        found = table(self.runs, outcome.column, cell)
        return found.reindex(index=range(self.points), columns=self.seeds).to_numpy(dtype=np.float64)

    # -- what is found -------------------------------------------------------------------------

    def differences(self, outcome: Outcome, cell: Cell) -> Floats:
        """A cell less the reference, (points, seeds) without gaps."""
        found = gaps(self.runs, outcome.column, cell, self.reference)
        if self.block == 1:
            return whole(found).values
        held = found.reindex(index=range(self.points), columns=self.seeds).to_numpy(dtype=np.float64)
        rows = held[: self.points // self.block * self.block].reshape(-1, self.block, held.shape[1])
        return rows[np.isfinite(rows).all(axis=(1, 2))].reshape(-1, held.shape[1])

    @cache  # noqa: B019 - a reading lives as long as its page is written
    def effect(self, outcome: Outcome, cell: Cell) -> pairs.Effect:
        """A cell less the reference."""
        return pairs.paired(self.differences(outcome, cell), sampled=self.sampled, blocks=self.block)

    @cached_property
    def levels(self) -> dict[str, list[Any]]:
        """Values that were chosen, by factor, in the order of the design; empty for samples."""
        if self.kind != "grid":
            return {}
        found = {one: list(dict.fromkeys(self.runs[one].dropna())) for one in self.factors}
        return {one: values for one, values in found.items() if len(values) > 1}

    @cache  # noqa: B019
    def moved(self, outcome: Outcome, cell: Cell, factor: str, place: int) -> pairs.Effect:
        """A chosen value of a factor less its first, in one cell, over all values of the others."""
        fixed = {"regime": cell.regime, "policy": cell.policy}
        one, first = self.levels[factor][place], self.levels[factor][0]
        return contrast(
            self.runs, outcome.column, {**fixed, factor: one}, {**fixed, factor: first}, list(self.factors)
        )

    @cache  # noqa: B019
    def gain(self, outcome: Outcome, cell: Cell) -> float:
        """By what factor common luck cuts the variance of the difference."""
        mine, base = self.values(outcome, cell), self.values(outcome, self.reference)
        there = np.isfinite(mine).all(axis=1) & np.isfinite(base).all(axis=1)
        return pairs.gain(mine[there], base[there]) if there.any() else float("nan")

    @cache  # noqa: B019
    def index(self, outcome: Outcome, cell: Cell) -> indices.Indices:
        """Indices of an outcome in a cell."""
        return self._index(self.values(outcome, cell))

    def _index(self, values: Floats) -> indices.Indices:
        names = list(self.factors)
        if self.method == "sobol":
            return indices.sobol(values, names, second_order=self.study.design.second_order)
        if self.method == "morris":
            return indices.morris(self.unit, values, names, levels=self.study.design.levels)
        return indices.given(self.unit[: len(values)], values, names)

    @cache  # noqa: B019
    def direction(self, outcome: Outcome, cell: Cell) -> dict[str, float]:
        """Which way each factor moves an outcome: rank correlation, or mu for elementary effects."""
        if self.method == "morris":
            return dict(self.index(outcome, cell).signed)
        means = self.values(outcome, cell)[self.independent].mean(axis=1)
        there = np.isfinite(means)
        if there.sum() < 3:
            return dict.fromkeys(self.factors, 0.0)
        return indices.direction(self.unit[self.independent][there], means[there], list(self.factors))

    def index_paths(self, outcome: Outcome, cell: Cell) -> dict[str, list[convergence.Step]]:
        """The leading indices of the four most important factors from more and more points."""
        values = self.values(outcome, cell)
        found = self.index(outcome, cell)
        if found.constant or found.blocks < 16:
            return {}
        return convergence.index_paths(
            lambda n: self._index(values[: n * self.block]),
            len(values) // self.block, found.order()[:4], least=64 if self.method == "given" else 8,
        )  # fmt: skip

    def effect_path(self, outcome: Outcome, cell: Cell) -> list[convergence.Step]:
        """A paired effect from more and more seeds or points."""
        held = self.differences(outcome, cell)
        return convergence.effect_path(held, sampled=self.sampled, blocks=self.block) if held.size else []

    @cache  # noqa: B019
    def split(self, outcome: Outcome) -> variance.Split | None:
        """Where the variance of an outcome comes from."""
        held = variance.cube(self.runs, outcome.column, self.cells)
        return variance.split(held, blocks=self.block) if held.size else None

    @cached_property
    def findings(self) -> list[Finding]:
        """Boxes that chance would not find: where an outcome is high, and where a difference is positive."""
        if not self.independent.size:
            return []
        found = []
        unit = self.unit[self.independent]
        for outcome in self.outcomes[:MOST_BOXES]:
            level = {cell: self.values(outcome, cell)[self.independent].mean(axis=1) for cell in self.cells}
            base = level[self.reference]
            there = np.isfinite(base)
            if there.any():
                edge = np.quantile(base[there], HIGH)
                found += self._find(outcome, self.reference, None, unit[there], base[there] > edge)
            for cell in self.others[:MOST_CELLS]:
                gap = level[cell] - base
                there = np.isfinite(gap)
                share = float((gap[there] > 0).mean()) if there.any() else 0.0
                if BALANCED[0] <= share <= BALANCED[1]:
                    found += self._find(outcome, cell, self.reference, unit[there], gap[there] > 0)
        return found

    def _find(
        self, outcome: Outcome, cell: Cell, against: Cell | None, unit: Floats, cases: boxes.Flags
    ) -> list[Finding]:
        box = boxes.find(unit, cases)
        return [Finding(outcome, cell, against, box, unit, cases)] if box is not None else []

    # -- words ---------------------------------------------------------------------------------

    def words(self, cell: Cell) -> str:
        """What people call a cell: only what tells it from the others."""
        laws = {one.name: one.words or regime_words(one.name) for one in self.study.laws}
        law = laws.get(cell.policy, regime_words(cell.policy))
        if len({one.policy for one in self.cells}) < 2:
            return regime_words(cell.regime)
        if len({one.regime for one in self.cells}) < 2:
            return law[:1].upper() + law[1:]
        return f"{regime_words(cell.regime)}, {law}"

    @cached_property
    def _short(self) -> dict[str, str]:
        last = {key: _last_words(key) for key in self.factors}
        twice = {name for name in last.values() if [*last.values()].count(name) > 1}
        return {
            key: " ".join(key.split(".")[-2:]).replace("_", " ") if name in twice else name
            for key, name in last.items()
        }

    def short(self, factor: str) -> str:
        """A factor, or a pair of factors, in few words."""
        return " × ".join(self._short.get(one, one) for one in factor.split(" × "))

    def value(self, factor: str, share: float) -> str:
        """The value of a factor at a share of its range, in words."""
        found = self.factors[factor].value(share)
        return plain(found)


MOST_BOXES = 8  # outcomes
MOST_CELLS = 3


def plain(value: object) -> str:
    """A value of a factor: three digits at most, text as it is."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | float | np.number):
        return str(value)
    size = abs(float(value))
    return (
        f"{float(value):.3g}".replace("-", "−") if size == 0 or 1e-3 <= size < 1000 else number(float(value))
    )


def label(outcome: Outcome) -> str:
    """An outcome in words, with when."""
    when = "at the end" if outcome.kind == "final" else "over the run"
    return f"{metric_words(outcome.metric)}, {when}"


def label_unit(outcome: Outcome) -> str:
    """Its unit in words."""
    return metric_unit(outcome.metric)


def _last_words(key: str) -> str:
    """The end of a dotted key: "wealth sigma", "wall (OOM)", "entry hazard (per year)"."""
    parts = [one for one in key.split(".") if not one.isdigit()]
    name = parts[-1].replace("_", " ")
    if " " not in name and len(parts) > 2:
        name = f"{parts[-2].replace('_', ' ')} {name}"
    for end, told in ((" oom", " (OOM)"), (" year", " (per year)"), (" usd", " (USD)")):
        if name.endswith(end):
            name = name.removesuffix(end) + told
    return name
