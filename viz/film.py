"""What pages read: a film of a run, one frame a step, and a snapshot of it at one of them.

A film is fed by a running industry or by stored results, and pages cannot tell which: they are given a
`Snapshot` and read nothing else. Lists of a film only ever grow at their end, so a page that reads while a
step is made sees whole steps.
"""

from __future__ import annotations

import datetime
import json
import math
import threading
import zlib
from collections.abc import Callable
from typing import Any

from model.industry import Industry
from model.record_frames import Columns, columns_of, rows_of
from model.record_rows import model_rows
from model.results import Results
from model.scenario import Scenario
from model.schema import TABLES

Row = dict[str, Any]
CLOCK = ("step", "time_years", "date")
LARGE = ("decisions", "contracts", "purchases", "tiers", "data_centres", "users")  # tables of many rows
OPEN = 24  # latest frames of those that stay as they are; older ones are packed, to a twentieth
KEPT = 60  # frames of those whose rows are kept once they were read


class Film:
    """All steps of one run: metrics by name, rows by table and step."""

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self.scenario, self.seed = scenario, seed
        self.frames = 0
        self.metrics: dict[str, list[float]] = {}
        self.models: list[Row] = []
        self.notes: list[Row] = []  # what the window itself says: a fault, a switch
        self._frames: dict[str, list[list[Row] | Columns | bytes]] = {n: [] for n in TABLES if n != "models"}
        self._kept: dict[tuple[str, int], list[Row]] = {}  # the latest read stand last
        self._lock = threading.Lock()
        self._derived: dict[str, list[Any]] = {}

    # -- feeding ------------------------------------------------------------------------------

    def take(self, industry: Industry) -> None:
        """Take over what an industry has just recorded of a step; it lives here from now on."""
        recorder = industry.recorder
        for name, frames in self._frames.items():
            columns = recorder.frames[name].pop()
            frames.append(columns if name in LARGE else rows_of(columns))
            old = len(frames) - 1 - OPEN
            if name in LARGE and old >= 0:
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
        if table not in self._frames or not 0 <= step < self.frames:
            return []
        held = self._frames[table][step]
        return held if isinstance(held, list) else self._keep((table, step), lambda: rows_of(_opened(held)))

    def everything(self) -> dict[str, list[Columns]]:
        """All tables step by step, as a recorder holds them."""
        return {
            name: [columns_of(f) if isinstance(f, list) else _opened(f) for f in frames]
            for name, frames in self._frames.items()
        }

    def _keep(self, key: tuple[str, int], make: Callable[[], list[Row]]) -> list[Row]:
        """Rows that are wanted again and again, made once; those read longest ago make room."""
        with self._lock:
            rows = self._kept.pop(key, None)
            self._kept[key] = rows = make() if rows is None else rows
            while len(self._kept) > KEPT:
                del self._kept[next(iter(self._kept))]
            return rows

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

    def rows(self, table: str, step: int) -> list[Row]:
        if table not in self._tables:
            return []
        frame = self._tables[table]
        return self._keep((table, step), lambda: frame[frame["step"] == step].to_dict("records"))


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


def _packed(columns: Columns) -> bytes:
    """Columns as compressed text; NumPy's arrays and numbers as plain ones."""
    text = json.dumps(columns, default=lambda found: found.tolist(), separators=(",", ":"))
    return zlib.compress(text.encode(), 1)


def _opened(columns: Columns | bytes) -> Columns:
    """Columns, however they are held."""
    found: Columns = json.loads(zlib.decompress(columns)) if isinstance(columns, bytes) else columns
    return found
