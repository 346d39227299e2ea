"""What a reader can take away: each table as CSV, the scenario, the command that makes the run again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from experiments.inputs import shipped_regimes
from model.errors import ScenarioError
from model.schema import TABLES, dtype_of
from viz.film import CLOCK, Snapshot
from viz.session import Session
from viz.setup import Setup, regime

NAMES = ("metrics", *TABLES)


def table(now: Snapshot, name: str) -> pd.DataFrame:
    """A table of all steps up to now, with the columns and types of the schema."""
    if name == "metrics":
        steps = range(now.step + 1)
        clock = {
            "step": list(steps),
            "time_years": [step * now.scenario.horizon.step_years for step in steps],
            "date": [now.film.date(step) for step in steps],
        }
        return pd.DataFrame(clock | {key: now.metric(key) for key in now.film.metrics if key not in CLOCK})
    rows = now.rows(name) if name == "models" else now.history(name)
    return pd.DataFrame(
        {c.name: pd.Series([row[c.name] for row in rows], dtype=dtype_of(c.kind)) for c in TABLES[name]}
    )


def csv(now: Snapshot, name: str) -> bytes:
    """The same as a file; a number is written so that it reads back to the last digit."""
    return table(now, name).to_csv(index=False, lineterminator="\n").encode("utf-8")


def setup_of(session: Session, now: Snapshot) -> Setup:
    """What the run that is shown was made of; of stored results as little as says the same."""
    if now.film is session.handle.value.film:
        return session.handle.value.setup
    name = now.scenario.name
    if name in shipped_regimes():
        base = regime(name)
        moved = dict(_moved(base.to_mapping(), now.scenario.to_mapping(), ""))
        try:
            made = Setup(base, now.film.seed).with_changes(moved)
        except ScenarioError:
            return Setup(now.scenario, now.film.seed)
        if made.scenario.to_mapping() == now.scenario.to_mapping():
            return made
    return Setup(now.scenario, now.film.seed)


def _moved(one: Mapping[str, Any], two: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    """Dotted keys at which the second differs, with its value; lists as wholes."""
    for key, value in two.items():
        if isinstance(value, Mapping) and isinstance(one.get(key), Mapping):
            yield from _moved(one[key], value, f"{prefix}{key}.")
        elif one.get(key) != value:
            yield f"{prefix}{key}", value
