"""Stand-ins for the model in tests of the engine, also inside workers: quick, slow, failing, hanging.

`users.inertia` is the one factor of these studies. What a run does to the outside is one line in a file of
the folder WORKS_DIR: its process and its factor.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.point import run_point
from experiments.runs import Payload
from model.results import Results
from model.scenario import Scenario

HIGH = 1.0
Simulate = Callable[..., Results]


def tables(scenario: Scenario, seed: int, value: float) -> Results:
    """Results of a run of which only two metrics are known."""
    steps = scenario.horizon.steps
    metrics = pd.DataFrame({"step": range(steps + 1)})
    metrics["time_years"] = metrics["step"] * 0.25
    metrics["adoption"] = value
    metrics["hhi_revenue"] = scenario.users.inertia
    return Results({"metrics": metrics, "labs": metrics[["step"]]}, scenario, seed)


def note(scenario: Scenario) -> None:
    """Leave a trace of a run."""
    folder = os.environ.get("WORKS_DIR")
    if folder:
        with (Path(folder) / "made.txt").open("a") as file:
            file.write(f"{os.getpid()} {scenario.users.inertia!r}\n")


def quick(scenario: Scenario, seed: int = 7, progress: Any = None) -> Results:
    """At once."""
    note(scenario)
    return tables(scenario, seed, scenario.users.inertia * 10 + seed)


def slow(scenario: Scenario, seed: int = 7, progress: Any = None) -> Results:
    """Half a second."""
    note(scenario)
    time.sleep(0.5)
    return tables(scenario, seed, scenario.users.inertia * 10 + seed)


def failing(scenario: Scenario, seed: int = 7, progress: Any = None) -> Results:
    """Above one it raises."""
    note(scenario)
    if scenario.users.inertia > HIGH:
        raise RuntimeError("bad luck")
    return tables(scenario, seed, 0.0)


def hanging(scenario: Scenario, seed: int = 7, progress: Any = None) -> Results:
    """Above one it loops for ever in Python; at the very top it sleeps for ever outside Python."""
    note(scenario)
    if scenario.users.inertia > HIGH:
        while scenario.users.inertia < 2.0:
            sum(range(1000))
        time.sleep(3600)
    return tables(scenario, seed, 0.0)


def deadly(scenario: Scenario, seed: int = 7, progress: Any = None) -> Results:
    """Above one it takes its process with it."""
    note(scenario)
    if scenario.users.inertia > HIGH:
        os._exit(1)
    return tables(scenario, seed, 0.0)


def work(simulate: Simulate, *arguments: Any, progress: Any = None) -> Payload:
    """A run of a study with a stand-in for the model; for processes that do nothing else."""
    import model

    model.simulate = simulate  # type: ignore[assignment]
    return run_point(*arguments, progress=progress)


def quick_work(*arguments: Any, progress: Any = None) -> Payload:
    """See `quick`."""
    return work(quick, *arguments, progress=progress)


def slow_work(*arguments: Any, progress: Any = None) -> Payload:
    """See `slow`."""
    return work(slow, *arguments, progress=progress)


def failing_work(*arguments: Any, progress: Any = None) -> Payload:
    """See `failing`."""
    return work(failing, *arguments, progress=progress)


def hanging_work(*arguments: Any, progress: Any = None) -> Payload:
    """See `hanging`."""
    return work(hanging, *arguments, progress=progress)


def deadly_work(*arguments: Any, progress: Any = None) -> Payload:
    """See `deadly`."""
    return work(deadly, *arguments, progress=progress)
