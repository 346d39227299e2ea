"""One run of a study, wherever it is made: the scenario moved to its point, within its limit of time."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from experiments.limit import TimeLimit, time_limit
from experiments.runner import execute, load
from experiments.runs import Payload

Summaries = dict[str, dict[str, float | None]]


def run_point(
    mapping: Mapping[str, Any],
    name: str,
    seed: int,
    values: Mapping[str, Any],
    tables: Sequence[str],
    limit_s: float | None,
    progress: Callable[[int, int], None] | None = None,
) -> Payload:
    """The tables that are kept, and the outcomes of all metrics in the manifest."""
    load()
    try:
        with time_limit(limit_s):
            return execute(mapping, name, seed, progress, tables=tables, read=read, values=values)
    except TimeLimit:
        return Payload({}, {}, f"TimeLimit: the run took longer than its limit of {limit_s:g} s")


def read(results: Any) -> dict[str, Summaries]:
    """Each metric's mean over the last four steps (final) and over all (mean); None where undefined."""
    from experiments.compare import summaries
    from model.metrics import registry

    found: Summaries = {}
    for metric, final, mean in summaries(results.tables["metrics"], list(registry())):
        found[metric] = {kind: _plain(value) for kind, value in (("final", final), ("mean", mean))}
    return {"outcomes": found}


def _plain(value: float) -> float | None:
    return value if math.isfinite(value) else None
