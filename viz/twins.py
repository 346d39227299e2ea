"""Twins of the watched run: the same seed and the same users under other regimes, in lock-step with it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from viz.film import Film
from viz.setup import Setup
from viz.watched import Watched

BUDGET = 0.4  # seconds of twins' work between two pictures


class Twins:
    """Runs under other regimes that follow a watched one; what is switched there is switched here too."""

    def __init__(self, watched: Watched, begun: Setup) -> None:
        self.watched, self.begun = watched, begun
        self.runs: dict[str, Watched] = {}
        self.lock = threading.Lock()
        self.closed = False

    def films(self, regimes: Sequence[str]) -> dict[str, Film]:
        """Films of those of the regimes that have begun."""
        return {name: self.runs[name].film for name in regimes if name in self.runs}

    def behind(self, regimes: Sequence[str], step: int) -> int:
        """Steps that are still to be made until all have reached a step."""
        return sum(
            max(0, step - self.runs[name].period) if name in self.runs else step + 1
            for name in regimes
            if not (name in self.runs and self.runs[name].fault)
        )

    def catch_up(self, regimes: Sequence[str], step: int, show: Callable[[], None]) -> None:
        """Step whoever is most behind until all have reached the step; `show` about every BUDGET seconds."""
        shown, moved = time.monotonic(), False
        while not self.closed and self._one(regimes, step):
            moved = True
            if time.monotonic() - shown >= BUDGET:
                show()
                shown = time.monotonic()
        if moved and not self.closed:
            show()

    def close(self) -> None:
        """Stop for good."""
        self.closed = True
        for run in self.runs.values():
            run.running = False

    def _one(self, regimes: Sequence[str], step: int) -> bool:
        """One step, or the building, of whoever is most behind; False if nobody is."""
        with self.lock:
            for name in regimes:
                if name not in self.runs:
                    self.runs[name] = Watched(self.begun.under(name))
                    return True
            late = [self.runs[n] for n in regimes if self.runs[n].period < step and self.runs[n].running]
            if not late:
                return False
            run = min(late, key=lambda one: one.period)
            run.pending = [s for s in self.watched.done if s.step == run.period + 1]
            run.step()
            return True
