"""Outcomes: each metric is one decorated pure function of a Snapshot, in the file of its family.

A new file in this folder is found by itself. Metrics read what the tables say at one step and the
parameters; they know no agent, no Mesa and no randomness, and no agent may read them.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from model.errors import ScenarioError, nearest
from model.metrics.measures import gini, hhi
from model.metrics.snapshot import Snapshot, flatten

__all__ = ["Metric", "Snapshot", "compute", "flatten", "gini", "hhi", "metric", "registry"]

Measure = Callable[[Snapshot], float]


@dataclass(frozen=True)
class Metric:
    """What is known of one metric; `function` computes it."""

    name: str
    unit: str
    meaning: str
    formula: str
    family: str
    function: Measure


_FOUND: dict[str, Metric] = {}


def metric(*, unit: str) -> Callable[[Measure], Measure]:
    """Register a function of a Snapshot under its own name; its docstring is the definition.

    The first line of the docstring is the meaning, all of it the formula. What is undefined is NaN:
    numpy's warnings about 0/0 and the like are off inside.
    """

    def register(function: Measure) -> Measure:
        text = inspect.getdoc(function)
        if not text:
            raise TypeError(f"metric {function.__name__} needs a docstring: meaning, formula, unit")

        @functools.wraps(function)
        def quiet(snapshot: Snapshot) -> float:
            with np.errstate(all="ignore"):
                return float(function(snapshot))

        name, module = function.__name__, function.__module__
        known = _FOUND.get(name)
        if known is not None and known.function.__module__ != module:
            raise ValueError(f"metric {name} is defined in {known.function.__module__} and {module}")
        meaning = text.splitlines()[0].strip()
        _FOUND[name] = Metric(name, unit, meaning, text, module.rpartition(".")[2], quiet)
        return quiet

    return register


@functools.cache
def registry() -> Mapping[str, Metric]:
    """All metrics by name: families in alphabetic order, then in the order of their file."""
    for module in sorted(entry.name for entry in pkgutil.iter_modules(__path__)):
        importlib.import_module(f"{__name__}.{module}")
    ordered = sorted(_FOUND.values(), key=lambda record: record.family)  # stable: keeps file order
    return MappingProxyType({record.name: record for record in ordered})


def compute(snapshot: Snapshot, names: Iterable[str] | None = None) -> dict[str, float]:
    """The metrics of one snapshot: all, or those named; an unknown name is a ScenarioError."""
    known = registry()
    chosen = list(known) if names is None else list(names)
    for name in chosen:
        if name not in known:
            raise ScenarioError(f"metric {name!r} is unknown{nearest(name, known)}")
    return {name: known[name].function(snapshot) for name in chosen}
