"""One run from start to end: a pure function of scenario and seed."""

from __future__ import annotations

from collections.abc import Callable

from model.industry import Industry
from model.results import Results
from model.scenario import Scenario

Progress = Callable[[int, int], None]


def simulate(scenario: Scenario, seed: int = 7, progress: Progress | None = None) -> Results:
    """Run a scenario to its horizon; same scenario and seed give bit-identical tables.

    progress: called after every step with (steps done, steps in all).
    """
    industry = Industry(scenario, rng=seed)
    steps = scenario.horizon.steps
    for done in range(1, steps + 1):
        industry.step()
        if progress is not None:
            progress(done, steps)
    return industry.results
