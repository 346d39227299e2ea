"""How far a job is, on standard error: a bar on a terminal, at most a line a minute elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Any, Self

EVERY = 60.0


def say(text: str) -> None:
    """One line on standard error."""
    print(text, file=sys.stderr, flush=True)


def duration(seconds: float) -> str:
    """Seconds in words, e.g. 2 min 05 s."""
    seconds = round(seconds)
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min {seconds % 60:02d} s"
    return f"{seconds // 3600} h {seconds % 3600 // 60:02d} min"


def _rate(per_second: float) -> str:
    """A pace with sensible digits."""
    for unit, seconds in (("s", 1), ("min", 60)):
        if per_second * seconds >= 1:
            return f"{per_second * seconds:.2g} a {unit}"
    return f"{per_second * 3600:.2g} an h"


class Progress:
    """Counts runs; inside a serial run it also counts steps."""

    def __init__(self, total: int, what: str = "runs") -> None:
        self.total, self.what = total, what
        self.finished, self.failed, self.part = 0, 0, 0.0
        self.begun = self.told = time.monotonic()
        self._bar: Any = None
        self._id: Any = None

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
            from rich.progress import Progress as Bar

            self._bar = Bar(
                TextColumn("{task.description}"),
                BarColumn(),
                TextColumn("{task.fields[told]}"),
                TimeElapsedColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self._bar.start()
            self._id = self._bar.add_task("", total=float(self.total), told=self._told())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def inside(self, step: int, steps: int) -> None:
        """A step of the present run is done."""
        self.part = step / max(1, steps)
        self._show()

    def done(self, key: str, *, ok: bool) -> None:
        """A run is done."""
        self.part = 0.0
        self.finished += 1
        self.failed += not ok
        if not ok and self._bar is None:
            say(f"failed: {key}")
        self._show()

    def tick(self) -> None:
        """Time has passed and nothing has happened."""
        self._show()

    def _told(self) -> str:
        spent = time.monotonic() - self.begun
        share = (self.finished + self.part) / max(1, self.total)
        left = f", about {duration(spent * (1 - share) / share)} left" if share > 0 else ""
        failed = f", {self.failed} failed" if self.failed else ""
        pace = f", {_rate(self.finished / spent)}" if self.finished and spent > 0 else ""
        return f"{self.finished} of {self.total} {self.what} done{failed}{pace}{left}"

    def _show(self) -> None:
        if self._bar is not None:
            self._bar.update(self._id, completed=self.finished + self.part, told=self._told())
        elif time.monotonic() - self.told >= EVERY and self.finished < self.total:
            self.told = time.monotonic()
            say(self._told())

    def summary(self) -> str:
        """The final line."""
        spent = duration(time.monotonic() - self.begun)
        failed = f", {self.failed} failed" if self.failed else ""
        return f"{self.finished} of {self.total} {self.what} done{failed} in {spent}"
