"""What the tables say at one step, as numpy columns: all that a metric may look at."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Ids = NDArray[np.int64]
View = TypeVar("View")

_MADE_ONCE = ("models", "events")  # one row per thing, not per step


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The tables at one step.

    `tables`: table -> column -> values of this step (arrays or lists; `models` and `events` hold
    all rows up to the step). A table that is absent or has no columns is empty.
    `parameters`: dotted scenario keys, "tasks" (list of mappings) and two values of the moment:
    "rental_usd_per_flop" (price of a training FLOP) and "inference_efficiency" (by how much
    inference got cheaper in FLOP since the start, >= 1).
    `history`: metric -> values at all earlier steps, oldest first, without gaps.
    """

    tables: Mapping[str, Mapping[str, Any]]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    history: Mapping[str, Sequence[float]] = field(default_factory=dict)
    _views: dict[object, Any] = field(default_factory=dict, init=False, repr=False)

    def floats(self, table: str, name: str) -> Floats:
        """A column of numbers, (rows,)."""
        return np.asarray(self._column(table, name), dtype=np.float64)

    def flags(self, table: str, name: str) -> Flags:
        """A column of truths, (rows,)."""
        return np.asarray(self._column(table, name), dtype=np.bool_)

    def ids(self, table: str, name: str) -> Ids:
        """A column of whole numbers, (rows,)."""
        return np.asarray(self._column(table, name), dtype=np.int64)

    def texts(self, table: str, name: str) -> NDArray[np.object_]:
        """A column of texts, (rows,)."""
        return np.asarray(self._column(table, name), dtype=np.object_)

    def setting(self, key: str, default: float | None = None) -> float:
        """A parameter that is a number."""
        value = self.parameters.get(key, default)
        if value is None:
            raise KeyError(f"the snapshot's parameters lack {key!r}")
        return float(value)

    def past(self, name: str) -> Floats:
        """Earlier values of a metric, oldest first; empty where none are known."""
        return np.asarray(self.history.get(name, ()), dtype=np.float64)

    def view(self, make: Callable[[Snapshot], View]) -> View:
        """`make(self)`, worked out once per snapshot however many metrics use it."""
        if make not in self._views:
            self._views[make] = make(self)
        return cast(View, self._views[make])

    @property
    def step(self) -> int:
        """The step that the tables describe; without any, the one after the history."""
        for table in ("labs", "users", "tiers", "data_centres"):
            steps = self.tables.get(table, {}).get("step", ())
            if len(steps):
                return int(steps[0])
        return max((len(values) for values in self.history.values()), default=0)

    def _column(self, table: str, name: str) -> Any:
        columns = self.tables.get(table)
        if not columns:
            return ()
        if name not in columns:
            raise KeyError(f"table {table!r} of the snapshot lacks column {name!r}")
        return columns[name]

    @classmethod
    def from_tables(
        cls, tables: Mapping[str, pd.DataFrame], step: int, parameters: Mapping[str, Any]
    ) -> Snapshot:
        """The snapshot of a stored result at one step.

        `parameters` may be nested or dotted. If they lack the values of the moment, the rental
        price is that of the metrics table (else the capacity-weighted mean of the sites, else the
        reference price), and the inference efficiency follows from its yearly growth. Parameters
        that drift must be given as they were at `step`. A model is shown as its row says at the end
        of the run, except that what is released later is not released yet.
        """
        columns: dict[str, dict[str, Any]] = {}
        for name, table in tables.items():
            rows = table["step"] <= step if name in _MADE_ONCE else table["step"] == step
            part = table.loc[rows]
            columns[name] = {str(key): part[key].to_numpy() for key in part.columns}
        if "models" in columns:
            when = columns["models"]["released_step"]
            columns["models"]["internal_only"] = columns["models"]["internal_only"] | (when > step)
            columns["models"]["released_step"] = np.where(when <= step, when, -1)
            _undo_later(columns["models"], step)
        now = columns.pop("metrics", {})
        history: dict[str, list[float]] = {}
        if "metrics" in tables:
            earlier = tables["metrics"].loc[lambda table: table["step"] < step].sort_values("step")
            numbers = earlier.select_dtypes("number")
            history = {str(key): numbers[key].tolist() for key in numbers.columns}
        known = flatten(parameters)
        sites = columns.get("data_centres", {})
        known.setdefault("rental_usd_per_flop", _rental(now, sites, known))
        growth = float(known.get("technology.inference_efficiency_growth_oom", 0.0))
        years = step * float(known.get("horizon.step_years", 0.25))
        known.setdefault("inference_efficiency", 10.0 ** (growth * years))
        return cls(columns, known, history)


def _undo_later(models: dict[str, Any], step: int) -> None:
    """What happened to models after the step has not happened yet: publication, theft, leak."""
    flags = {"opened_step": "open_weights", "stolen_step": "stolen", "leaked_step": "leaked"}
    for event, flag in flags.items():
        if event in models:
            later = models[event] > step
            models[flag] = np.where(later, False, models[flag])
            models[event] = np.where(later, -1, models[event])


def flatten(nested: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested sections as dotted keys; lists (tasks, rules) stay whole. Dotted keys pass through."""
    flat: dict[str, Any] = {}
    for key, value in nested.items():
        if isinstance(value, Mapping):
            flat.update(flatten(value, f"{prefix}{key}."))
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def _rental(metrics: Mapping[str, Any], sites: Mapping[str, Any], parameters: Mapping[str, Any]) -> float:
    stored = metrics.get("compute_price_usd_per_flop", ())
    if len(stored) and np.isfinite(stored[0]):
        return float(stored[0])
    if sites and np.sum(sites["capacity_flop"]) > 0.0:
        return float(np.average(sites["rental_usd_per_flop"], weights=sites["capacity_flop"]))
    return float(parameters.get("compute.reference_price", np.nan))
