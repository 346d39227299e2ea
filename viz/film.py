"""What pages read: a film of a run, one frame a step, and a snapshot of it at one of them.

A film is fed by a running industry or by stored results, and pages cannot tell which: they are given a
`Snapshot` and read nothing else. Lists of a film only ever grow at their end, so a page that reads while a
step is made sees whole steps.
"""

from __future__ import annotations

import datetime
import json
import math
import zlib
from collections.abc import Callable
from typing import Any

from model.industry import Industry
from model.record_rows import model_rows
from model.results import Results
from model.scenario import Scenario
from model.schema import TABLES

Row = dict[str, Any]
CLOCK = ("step", "time_years", "date")
PACKED = ("decisions", "contracts", "purchases", "tiers", "data_centres", "users")  # tables of many rows
OPEN = 24  # latest frames that stay as they are; older ones of those tables are packed, to a twentieth


class Film:
    """All steps of one run: metrics by name, rows by table and step."""

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self.scenario, self.seed = scenario, seed
        self.frames = 0
        self.metrics: dict[str, list[float]] = {}
        self.models: list[Row] = []
        self.notes: list[Row] = []  # what the window itself says: a fault, a switch
        self._rows: dict[str, list[list[Row] | bytes]] = {name: [] for name in TABLES if name != "models"}
        self._derived: dict[str, list[Any]] = {}

    # -- feeding ------------------------------------------------------------------------------

    def take(self, industry: Industry) -> None:
        """Take over the rows of the step that an industry has just recorded; they live here from now on."""
        recorder = industry.recorder
        for name, frames in self._rows.items():
            frames.append(recorder.rows[name])
            recorder.rows[name] = []
            old = len(frames) - 1 - OPEN
            if name in PACKED and old >= 0:
                frames[old] = _packed(frames[old])
        self.metrics = recorder.history
        self.models = model_rows(industry)
        self.frames += 1

    def note(self, step: int, kind: str, agent: str, text: str) -> None:
        """An entry of the window's own in the log."""
        years = step * self.scenario.horizon.step_years
        self.notes.append(
            {"step": step, "time_years": years, "date": self.date(step), "kind": kind, "agent": agent}
            | {"text": text, "payload": "{}"}
        )

    # -- reading ------------------------------------------------------------------------------

    @property
    def last(self) -> int:
        """The latest step on film."""
        return self.frames - 1

    def rows(self, table: str, step: int) -> list[Row]:
        """Rows of a table in one step, as `model.schema` lists them."""
        if table not in self._rows or not 0 <= step < self.frames:
            return []
        held = self._rows[table][step]
        return json.loads(zlib.decompress(held)) if isinstance(held, bytes) else held

    def everything(self) -> dict[str, list[Row]]:
        """All rows of all tables, as a recorder holds them."""
        return {
            name: [row for step in range(self.frames) for row in self.rows(name, step)] for name in self._rows
        }

    def derived(self, key: str, step: int, make: Callable[[Snapshot], Any]) -> list[Any]:
        """`make` of each step up to `step`, worked out once a step and kept under `key`."""
        held = self._derived.setdefault(key, [])
        while len(held) <= step:
            held.append(make(Snapshot(self, len(held))))
        return held[: step + 1]

    def date(self, step: int) -> str:
        """ISO date of a step; empty for an abstract start."""
        horizon = self.scenario.horizon
        if self.scenario.labs.start != "data":
            return ""
        days = round(step * horizon.step_years * 365.25)
        return (horizon.start + datetime.timedelta(days=days)).isoformat()

    def label(self, step: int) -> str:
        """What the time axis says: a month, or years since the start."""
        day = self.date(step)
        if not day:
            return f"year {step * self.scenario.horizon.step_years:g}"
        return datetime.date.fromisoformat(day).strftime("%b %Y")

    @property
    def labels(self) -> list[str]:
        """The time axis to the end of the run, and to the latest step if that is later."""
        return [self.label(step) for step in range(max(self.scenario.horizon.steps, self.last) + 1)]

    def at(self, step: int) -> Snapshot:
        """The film stopped at a step."""
        return Snapshot(self, max(0, min(step, self.last)))


class StoredFilm(Film):
    """A film of stored results: nothing is simulated."""

    def __init__(self, results: Results) -> None:
        super().__init__(results.scenario, results.seed)
        self._tables = {n: t for n, t in results.tables.items() if n not in ("metrics", "models")}
        table = results.metrics
        self.metrics = {n: table[n].astype(float).tolist() for n in table.columns if n not in CLOCK}
        self.models = results.tables["models"].to_dict("records") if "models" in results.tables else []
        self.frames = len(table)
        self._kept: dict[tuple[str, int], list[Row]] = {}

    def rows(self, table: str, step: int) -> list[Row]:
        if table not in self._tables:
            return []
        key = table, step
        if key not in self._kept:
            frame = self._tables[table]
            self._kept[key] = frame[frame["step"] == step].to_dict("records")
        return self._kept[key]


class Snapshot:
    """A film up to one step: the only thing that pages read."""

    def __init__(self, film: Film, step: int) -> None:
        self.film, self.step = film, step

    @property
    def scenario(self) -> Scenario:
        """The scenario of the run."""
        return self.film.scenario

    @property
    def years(self) -> float:
        """Time since the start, years."""
        return self.step * self.scenario.horizon.step_years

    @property
    def label(self) -> str:
        """The moment in words."""
        return self.film.label(self.step)

    @property
    def labels(self) -> list[str]:
        """The whole time axis, to the end of the run."""
        return self.film.labels

    def metric(self, name: str) -> list[float]:
        """A metric of every step from the start to now; NaN where it is not defined."""
        held = self.film.metrics.get(name, [])[: self.step + 1]
        return held if held else [math.nan] * (self.step + 1)

    def value(self, name: str, back: int = 0) -> float:
        """A metric now, or some steps ago; NaN before the start."""
        path = self.metric(name)
        return float(path[-1 - back]) if back < len(path) else math.nan

    def rows(self, table: str, back: int = 0) -> list[Row]:
        """Rows of a table (`model.schema.TABLES`) now, or some steps ago."""
        if table == "models":
            return [row for row in self.film.models if row["step"] <= self.step]
        return self.film.rows(table, self.step - back)

    def history(self, table: str) -> list[Row]:
        """Rows of all steps from the start to now."""
        return [row for step in range(self.step + 1) for row in self.film.rows(table, step)]

    def derived(self, key: str, make: Callable[[Snapshot], Any]) -> list[Any]:
        """`make(snapshot)` for every step from the start to now; `key` must name what `make` does."""
        return self.film.derived(key, self.step, make)

    @property
    def events(self) -> list[Row]:
        """The log from the start to now, the window's own entries too, in the order of steps."""
        own = [row for row in self.film.notes if row["step"] <= self.step]
        return (
            sorted([*self.history("events"), *own], key=lambda row: row["step"])
            if own
            else self.history("events")
        )


def _packed(rows: list[Row] | bytes) -> bytes:
    """Rows as compressed text; NumPy's numbers as plain ones."""
    text = json.dumps(rows, default=lambda number: number.item(), separators=(",", ":"))
    return zlib.compress(text.encode(), 1)
