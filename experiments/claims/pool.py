"""The runs of a trial: setting x point x seed, one pool for all claims, stored one by one.

A run is stored as its metrics and the values of all measures (a run in full would be a megabyte). What is
there is never run again: a killed trial goes on by the same command, another claim finds its runs made.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from experiments.claims import registry
from experiments.claims.plan import Plan
from experiments.claims.record import Claim, Measure, NotMeasured
from experiments.claims.settings import REGIMES, SETTINGS
from experiments.claims.space import SEED, SPACE, at, sample, values
from experiments.code import code
from experiments.runner import execute
from experiments.runs import Payload
from experiments.store import LOCK, Store, Task, write_json
from model.errors import ScenarioError
from model.scenario import Scenario

MANIFEST = "trial.json"
POINT_SEED, SPREAD_SEED = 1000, 100_000
DEFAULT, SMALL, SPACE_KIND = "default", "small", "space"


@dataclass(frozen=True)
class Key:
    """Which run: in which part of the trial, of which setting, at which point, with which seed."""

    kind: str
    setting: str
    point: int
    """-1: the default point."""
    seed: int


@lru_cache(maxsize=1)
def measures() -> Mapping[str, Measure]:
    """All measures of all registered claims by name."""
    found: dict[str, Measure] = {}
    for record in registry().values():
        if isinstance(record, Claim):
            found |= {one.name: one for one in record.measures}
    return found


@lru_cache(maxsize=64)
def wanted(setting: str) -> frozenset[str]:
    """Measures that some claim reads in a setting: what a run of it must hold."""
    records = [record for record in registry().values() if isinstance(record, Claim)]
    contrasts = [one for record in records for one in (record.contrast, *record.also)]
    return frozenset(one.measure.name for one in contrasts if setting in one.weights)


def measured(mapping: Mapping[str, Any], name: str, seed: int, progress: Any = None) -> Payload:
    """One run with the values of all measures; of its tables only the metrics come back."""
    held: dict[str, Any] = {}

    def read(results: Any) -> dict[str, Any]:
        for key, measure in measures().items():
            try:
                value = measure(results)
                held[key] = value if math.isfinite(value) else None
            except NotMeasured as absent:
                held[key] = str(absent)
            except Exception as fault:  # one measure at fault must not cost the others their run
                held[key] = f"the measure failed ({type(fault).__name__}: {' '.join(str(fault).split())})"
        return {"measures": held}

    return execute(mapping, name, seed, progress, tables=("metrics",), read=read)


@dataclass
class Pool:
    """The folder of a trial and the runs that it wants."""

    folder: Path
    plan: Plan
    scenarios: dict[tuple[str, str], Scenario] = field(default_factory=dict)
    unbuilt: dict[str, str] = field(default_factory=dict)
    """Settings that this version of the model cannot build, and why."""

    @property
    def store(self) -> Store:
        """Where runs live."""
        return Store(self.folder)

    # -- the folder -----------------------------------------------------------------------------

    def record(self) -> dict[str, Any]:
        """What must be the same for runs to be used again."""
        space = [[d.key, d.scale, list(d.span), d.where] for d in SPACE]
        return {
            "format": 1,
            "plan": {"name": self.plan.name, "size": dict(self.plan.size), "small": dict(self.plan.small)},
            "space": space,
            "space_seed": SEED,
            "code": code(),
        }

    def check(self, *, force: bool) -> None:
        """The same trial is gone on with, an empty folder begun; anything else needs --force."""
        if force or not self.folder.exists():
            return
        found = [path.name for path in self.folder.iterdir() if path.name != LOCK]
        if not found:
            return
        path = self.folder / MANIFEST
        if MANIFEST not in found:
            raise ScenarioError(
                f"--out {self.folder}: holds something else ({min(found)}); name an empty or new folder"
            )
        try:
            held = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            raise ScenarioError(f"{path}: damaged; say --force to start anew") from None
        mine = json.loads(json.dumps(self.record()))
        differs = [key for key in mine if held.get(key) != mine[key]]
        if differs:
            raise ScenarioError(
                f"--out {self.folder}: holds another trial (differs in {', '.join(differs)}); name another"
                " folder, or say --force to replace it"
            )

    def begin(self, *, force: bool) -> None:
        """Write the manifest; with `force` earlier runs go."""
        import shutil

        self.folder.mkdir(parents=True, exist_ok=True)
        if force:
            for name in ("runs", "failures"):
                shutil.rmtree(self.folder / name, ignore_errors=True)
        self.store.sweep_torn()
        write_json(self.folder / MANIFEST, self.record())

    # -- which runs -----------------------------------------------------------------------------

    def keys(self, claims: Iterable[Claim]) -> list[Key]:
        """All runs that these claims need: the default first, then point by point."""
        plan, claims = self.plan, list(claims)
        everything = [n for n in SETTINGS if any(n in c.settings for c in claims)]
        primary = [n for n in SETTINGS if any(n in c.contrast.weights for c in claims)]
        spread = [n for n in SETTINGS if any(n in c.contrast.weights for c in claims if _spread(c))]
        inside = [n for n in everything if _needed_in_space(n, claims, extra=plan.extra_points > 0)]
        found = [Key(DEFAULT, n, -1, s) for s in range(1, plan.seeds + 1) for n in everything]
        found += [Key(SMALL, n, -1, s) for s in range(1, plan.agree + 1) for n in primary]
        for point in range(plan.points):
            here = inside if point < plan.extra_points else [n for n in inside if n in REGIMES]
            found += [Key(SPACE_KIND, n, point, POINT_SEED + point) for n in here]
            if point < plan.spread_points:
                found += [
                    Key(SPACE_KIND, n, point, SPREAD_SEED * k + POINT_SEED + point)
                    for k in range(1, plan.spread_seeds)
                    for n in spread
                ]
        return [key for key in found if self.scenario(key) is not None]

    def scenario(self, key: Key) -> Scenario | None:
        """The scenario of a run; None if the setting cannot be built."""
        size = "default" if key.kind == DEFAULT else "small"
        if key.setting in self.unbuilt:
            return None
        if (key.setting, size) not in self.scenarios:
            try:
                built = SETTINGS[key.setting].scenario(
                    self.plan.size if size == "default" else self.plan.small
                )
            except ScenarioError as error:
                self.unbuilt[key.setting] = str(error)
                return None
            self.scenarios[key.setting, size] = built
        return self.scenarios[key.setting, size]

    def task(self, key: Key) -> Task:
        """The run as the store and the runner know it."""
        base = self.scenario(key)
        assert base is not None
        if key.point >= 0:
            base = at(base, _point(key.point), f"{key.setting}.p{key.point:03d}")
        elif key.kind == SMALL:
            base = base.named(f"{key.setting}.small")
        return Task(base, key.seed, base.fingerprint())

    # -- what is there --------------------------------------------------------------------------

    def missing(self, tasks: Sequence[Task]) -> tuple[list[Task], list[str]]:
        """Runs still to be made; damaged ones are set aside and named."""
        todo, damaged = [], []
        for task in tasks:
            folder = self.store.run_folder(task)
            if not folder.exists():
                todo.append(task)
                continue
            held = self._held(task)
            if held is None:
                damaged.append(f"{folder.name}: set aside as {self.store.set_aside(folder)} and run again")
            if held is None or not wanted(_setting(task)) <= held.keys():
                todo.append(task)
        return todo, damaged

    def _held(self, task: Task) -> dict[str, Any] | None:
        try:
            text = (self.store.run_folder(task) / "manifest.json").read_text(encoding="utf-8")
            record = json.loads(text)
            same = (record["seed"], record["fingerprint"]) == (task.seed, task.fingerprint)
            return self._completed(task, dict(record["measures"])) if same else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _completed(self, task: Task, held: dict[str, Any]) -> dict[str, Any]:
        """With measures that came after the run, where the metrics that are kept of it are enough."""
        new = wanted(_setting(task)) - held.keys()
        if not new:
            return held
        import pandas as pd

        from model.results import Results

        path = self.store.run_folder(task) / "metrics.parquet"
        results = Results({"metrics": pd.read_parquet(path)}, task.scenario, task.seed)
        for name in new:
            try:
                value = measures()[name](results)
            except (NotMeasured, KeyError):  # it reads a table that is gone: the run is made again
                continue
            held[name] = value if math.isfinite(value) else None
        return held

    def read(self, keys: Sequence[Key], tasks: Sequence[Task]) -> Values:
        """The values of all finished runs."""
        found = {}
        for key, task in zip(keys, tasks, strict=True):
            held = self._held(task) if self.store.run_folder(task).exists() else None
            if held is not None:
                found[key] = held
        return Values(found)


def _setting(task: Task) -> str:
    """The setting that a run is of: its name without point or size."""
    return task.scenario.name.partition(".")[0]


@lru_cache(maxsize=4096)
def _point(number: int) -> Mapping[str, Any]:
    return values(_cube(number)[number])


@lru_cache(maxsize=8)
def _cube_of(count: int) -> Any:
    return sample(count)


def _cube(number: int) -> Any:
    return _cube_of(1 << max(8, number.bit_length()))


def _spread(claim: Claim) -> bool:
    return claim.contrast.statistic == "spread"


def _needed_in_space(name: str, claims: Sequence[Claim], *, extra: bool) -> bool:
    """Whether some claim's own contrast, or its 2 x 2, needs a setting at the points.

    Without `extra` only contrasts of regimes count, and no 2 x 2: what cannot be completed is not begun.
    """
    own = [c.contrast.weights for c in claims]
    if not extra:
        return any(name in weights and set(weights) <= set(REGIMES) for weights in own)
    crossed = [a.weights for c in claims for a in c.also if len(a.weights) > 2]
    return any(name in weights for weights in [*own, *crossed])


@dataclass(frozen=True)
class Values:
    """Measures of finished runs."""

    runs: Mapping[Key, Mapping[str, Any]]

    def one(self, key: Key, measure: str) -> float:
        """A value; NaN if the run is not there or the measure undefined in it."""
        value = self.runs.get(key, {}).get(measure)
        return float(value) if isinstance(value, int | float) else math.nan

    def absent(self, measure: str, settings: Iterable[str]) -> str:
        """Why a measure does not exist in this version of the model; empty if it does."""
        names = set(settings)
        for key, held in self.runs.items():
            if key.setting in names and isinstance(held.get(measure), str):
                return str(held[measure])
        return ""
