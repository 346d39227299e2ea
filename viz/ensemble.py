"""The range of a few seeds of each shipped regime, drawn behind a run: read from a small file that ships.

python -m viz.ensemble RESULTS    makes the file from a folder that `computeshift compare` wrote
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from model.scenario import Scenario
from viz.film import Film
from viz.measures import MEASURES
from viz.readings import PATHS, path

FILE = Path(__file__).parent / "data" / "ensemble.json"
Range = tuple[Sequence[float], Sequence[float]]


@lru_cache(maxsize=1)
def _shipped() -> dict[str, Any]:
    if not FILE.exists():
        return {"regimes": {}, "seeds": 0, "step_years": 0.25}
    found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def bands(scenario: Scenario) -> tuple[dict[str, Range], int]:
    """Least and greatest path over seeds by reading, and how many; nothing for other regimes or steps."""
    held = _shipped()
    if scenario.horizon.step_years != held["step_years"] or scenario.labs.start != "data":
        return {}, 0
    found = held["regimes"].get(scenario.name, {})
    most = scenario.horizon.steps + 1
    nan = math.nan
    return {
        name: (
            [nan if v is None else v for v in low[:most]],
            [nan if v is None else v for v in high[:most]],
        )
        for name, (low, high) in found.items()
    }, held["seeds"]


def spread(films: Sequence[Film], names: Sequence[str] = PATHS) -> dict[str, Range]:
    """Least and greatest path over films, step by step; NaN where no film has a number."""
    paths = [{name: path(film.at(film.last), name) for name in names} for film in films]
    made: dict[str, Range] = {}
    for name in names:
        length = max(len(one[name]) for one in paths)
        low, high = [], []
        for step in range(length):
            held = [one[name][step] for one in paths if step < len(one[name])]
            held = [value for value in held if math.isfinite(value)]
            low.append(min(held, default=math.nan))
            high.append(max(held, default=math.nan))
        made[name] = low, high
    return made


def _rounded(values: Sequence[float]) -> list[float | None]:
    return [float(f"{value:.4g}") if math.isfinite(value) else None for value in values]


def write(folder: Path, file: Path = FILE) -> Mapping[str, Any]:
    """Make the file from stored results."""
    from viz.stored import Stored

    stored = Stored.open(folder)
    regimes = {}
    for name in stored.regimes:
        found = spread(stored.films(name), tuple(dict.fromkeys([*PATHS, *MEASURES])))
        regimes[name] = {key: [_rounded(low), _rounded(high)] for key, (low, high) in found.items()}
    first = stored.film(*stored.first)
    record = {
        "seeds": len(stored.seeds(stored.regimes[0])),
        "step_years": first.scenario.horizon.step_years,
        "regimes": regimes,
    }
    file.write_text(json.dumps(record, separators=(",", ":")) + "\n", encoding="utf-8")
    return record


if __name__ == "__main__":
    write(Path(sys.argv[1]))
