"""A small watched industry some steps on, for tests of what pages draw."""

from __future__ import annotations

from viz.setup import Setup, regime
from viz.watched import Watched


def watched_after(steps: int, name: str, horizon: int) -> Watched:
    """A run of a shipped regime with 200 users and a horizon in steps, after so many steps, seed 3."""
    small = {
        "users.count": 200,
        "labs.research_sample": 80,
        "labs.screening_sample": 50,
        "horizon.steps": horizon,
    }
    made = Watched(Setup(regime(name), 3).with_changes(small))
    for _ in range(steps):
        made.step()
    return made
