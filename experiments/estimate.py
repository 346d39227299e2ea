"""How long a study will take and how much disk: from runs that are there, or from short ones made for it."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from experiments.plan import Run
from experiments.progress import duration
from experiments.runner import Work
from experiments.study_index import BLOCK, Known

SHORT = (1, 3)
LONG_S = 120.0
"""A study that seems to take longer than this is worth a whole run to know it better."""


@dataclass(frozen=True)
class Cost:
    """Of one run: seconds of one worker, bytes on disk, and how that is known."""

    seconds: float
    bytes: float
    how: str


def from_index(runs: Iterable[Known]) -> Cost | None:
    """The mean of runs that are there; None if there is none."""
    held = [(one.seconds, one.bytes) for one in runs if one.seconds is not None]
    if not held:
        return None
    seconds, sizes = (sum(column) / len(held) for column in zip(*held, strict=True))
    return Cost(seconds, sizes, f"mean of {len(held)} finished runs")


def from_probes(run: Run, work: Work, runs: int = 1) -> Cost | None:
    """Two short runs of one and three steps, continued in a straight line; None if they fail.

    Later steps cost more than early ones, for labs and models grow in number: where so many `runs` would take
    long, a whole run is made too.
    """
    base, name, seed, values, tables, _ = run.arguments()
    steps = int(values.get("horizon.steps", base["horizon"]["steps"]))
    values = {key: value for key, value in values.items() if key != "horizon.steps"}

    def probe(count: int) -> Any:
        short = {**base, "horizon": {**base["horizon"], "steps": count}}
        return work(short, name, seed, values, tables, None)

    probe(0)  # whatever is imported or cached on the way
    first, second = (probe(min(count, steps)) for count in SHORT)
    if first.failure or second.failure:
        return None
    begin, end = (float(one.manifest["seconds"]) for one in (first, second))
    per_step = max(0.0, end - begin) / (SHORT[1] - SHORT[0])
    seconds = end + per_step * max(0, steps - SHORT[1])
    last, how = second, "estimate from runs of one and three steps"
    if seconds * runs > LONG_S and steps > SHORT[1]:
        last, how = probe(steps), "as one whole run took"
        if last.failure:
            return None
        seconds = float(last.manifest["seconds"])
    size = sum(_blocks(len(content)) for content in last.tables.values()) + 6 * BLOCK
    return Cost(seconds, size, how)


def in_words(cost: Cost | None, runs: int, workers: int | None, folder: Path) -> str:
    """One line on time and disk."""
    if cost is None:
        return "time and disk are unknown: the runs that should tell failed"
    free = shutil.disk_usage(_existing(folder)).free
    spent = max(1.0, cost.seconds * runs)
    share = f"{duration(spent / workers)} on {workers} worker{'s' if workers > 1 else ''}" if workers else ""
    time = share or f"{duration(spent)} of one worker, divided by the workers there are"
    return (
        f"about {time} ({cost.seconds:.2g} s a run, {cost.how});"
        f" about {size_words(cost.bytes * runs)} of disk ({size_words(free)} free)"
    )


def size_words(number: float) -> str:
    """Bytes with a unit and two digits."""
    for unit in ("kB", "MB", "GB"):
        number /= 1000
        if number < 1000 or unit == "GB":
            return f"{number:.0f} {unit}" if number >= 10 else f"{number:.1f} {unit}"
    return ""


def _existing(folder: Path) -> Path:
    folder = folder.absolute()
    return next(path for path in (folder, *folder.parents) if path.exists())


def _blocks(size: float) -> int:
    return -int(-size // BLOCK) * BLOCK
