"""All runs of a study: each point in each regime under each policy with each seed, checked beforehand.

A run is named by a hash of what goes into it, so that a study that grows finds what it has made already.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from experiments.compare_keys import flat
from experiments.design import count, design
from experiments.placing import placed
from experiments.study import OWN, Policy, Study
from model.errors import ScenarioError, nearest
from model.scenario import Scenario

MOST = 2_000_000


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a study; light, for there may be many thousands."""

    plan: Plan
    point: int
    regime: str
    policy: str
    seed: int
    inputs: str
    """Hash of scenario and values; the seed is named apart."""

    @property
    def name(self) -> str:
        """What its scenario is called."""
        return self.regime if self.policy == OWN else f"{self.regime}.{self.policy}"

    @property
    def key(self) -> str:
        """The name of its folder."""
        return f"{self.name}-s{self.seed}-{self.inputs}"

    def arguments(self) -> tuple[Any, ...]:
        """Base, name, seed, values moved, tables kept, limit in seconds."""
        base = self.plan.mappings[self.regime, self.policy]
        values = self.plan.values(self.point, self.regime)
        return base, self.name, self.seed, values, self.plan.study.tables, self.plan.study.run_limit_s


class Plan:
    """A study, its design, and the scenarios that it moves."""

    def __init__(self, study: Study) -> None:
        self.study = study
        self.bases = study.bases()
        self.points = count(study)
        self.check_metrics()
        if self.runs > MOST:
            raise ScenarioError(f"{study.where}: would be {self.runs} runs; at most {MOST}")
        self.variants = {
            (name, law.name): self._variant(base, law)
            for name, base in self.bases.items()
            for law in study.laws
        }

    @property
    def runs(self) -> int:
        """How many there are."""
        return self.points * len(self.bases) * len(self.study.laws) * self.study.seeds

    @cached_property
    def design(self) -> pd.DataFrame:
        """One row a point."""
        return design(self.study)

    @cached_property
    def mappings(self) -> dict[tuple[str, str], dict[str, Any]]:
        """The scenarios before they are moved, as plain values."""
        return {key: one.to_mapping() for key, one in self.variants.items()}

    @cached_property
    def _rows(self) -> list[dict[str, Any]]:
        """The values of each point, those that are missing left out."""
        columns = {str(key): self.design[key].tolist() for key in self.design if key != "point"}
        gaps = {key: self.design[key].isna().tolist() for key in columns}
        return [
            {key: held[row] for key, held in columns.items() if not gaps[key][row]}
            for row in range(len(self.design))
        ]

    @cached_property
    def _elsewhere(self) -> dict[str, set[str]]:
        """Factors that do not act, by regime."""
        return {
            name: {one.key for one in self.study.factors if one.regimes and name not in one.regimes}
            for name in self.bases
        }

    def values(self, point: int, regime: str) -> dict[str, Any]:
        """What is moved at a point in a regime."""
        idle = self._elsewhere[regime]
        return {key: value for key, value in self._rows[point].items() if key not in idle}

    def each(self) -> Iterator[Run]:
        """All runs: seed by seed, so that an early stop leaves whole designs of fewer seeds."""
        names = {key: one.fingerprint() for key, one in self.variants.items()}
        hashes = {
            (point, *key): _hash(names[key], self.values(point, key[0]))
            for point in range(self.points)
            for key in names
        }
        for seed in range(1, self.study.seeds + 1):
            for (point, regime, policy), inputs in hashes.items():
                yield Run(self, point, regime, policy, seed, inputs)

    # -- checking ------------------------------------------------------------------------------

    def check_metrics(self) -> None:
        """Every outcome is a metric that exists, with a way to sum it up."""
        from model.metrics import registry

        for text in self.study.outcomes:
            metric, dot, kind = text.partition(".")
            if metric not in registry():
                raise ScenarioError(
                    f"{self.study.where}: outcomes: {metric} is no metric{nearest(metric, registry())}"
                )
            if dot and kind not in ("final", "mean"):
                raise ScenarioError(f"{self.study.where}: outcomes: {text}: must end in .final or .mean")

    def check_points(self, tell: Callable[[int, int], None] | None = None) -> None:
        """Every point is a valid scenario in every regime and policy, or a ScenarioError says which is not.

        tell: called with (points checked, points in all) now and then.
        """
        seen: set[str] = set()
        for point in range(self.points):
            if tell is not None and point % 256 == 0:
                tell(point, self.points)
            for (regime, policy), variant in self.variants.items():
                values = self.values(point, regime)
                mark = _hash(f"{regime}/{policy}", values)
                if values and mark not in seen:
                    seen.add(mark)
                    placed(variant, values, where=f"{self.study.where}: point {point} in {regime}")

    def _variant(self, base: Scenario, law: Policy) -> Scenario:
        where = str(self.study.where)
        if law.regulation is not None:
            raw = base.model_dump(mode="python")
            raw["regulation"] = [rule.model_dump(mode="python") for rule in law.regulation]
            base = Scenario.from_mapping(raw, where=f"{where}: policy {law.name}", name=base.name)
        common: dict[str, Any] = dict(flat(self.study.set)) if self.study.set else {}
        if self.study.steps is not None:
            common["horizon.steps"] = self.study.steps
        base = base.override(common, where=f"{where}: set") if common else base
        own = flat(law.set) if law.set else {}
        return base.override(own, where=f"{where}: policy {law.name}: set") if own else base


def _hash(base: str, values: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps([base, sorted(values.items())]).encode()).hexdigest()[:16]
