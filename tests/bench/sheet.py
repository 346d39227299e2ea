"""What was measured, and the plain-text tables that `make bench` ends with."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

import numpy as np

from tests.bench.setting import LABS, QUARTERS, SIZES, TIERS, Kernel, Stopwatch

MILLION = 1_000_000
START = {"listed": f"{LABS} labs x {TIERS} tiers", "real": "real start of 2024"}
Row = tuple[str, str, str, str]

PARTS_NOTE = """\
labs: the labs' own decisions and their market research (the fixed cost); choice + tally: the users' part;
market: sites and compute; record: tables and metrics; rest: progress, accounts, enforcement."""
THROUGHPUT_NOTE = """\
offered: users x offers on sale per second of the choice phase, though only part of the users reconsider
in a step; weighed: counting only those who do; kernel: sample_nested alone over all users x offers;
+ stay: with the bonus for staying; + utility: with the matrix product that makes utilities as well."""


@dataclass
class StepRecord:
    """Steps of one industry and the kernel on its offers."""

    users: int
    offers: float
    reconsider: float  # share of users who choose again in a step
    watch: Stopwatch
    kernel: Kernel

    @property
    def step(self) -> float:
        """Processor seconds of a whole step."""
        return self.watch.median("whole")

    @property
    def wall(self) -> float:
        """Seconds of a whole step on the clock."""
        return self.watch.median("wall")

    @property
    def labs(self) -> float:
        """Seconds of the labs' own decisions with their market research: the fixed cost."""
        return self.watch.median("labs")

    @property
    def of_users(self) -> float:
        """Seconds in which users choose and are counted."""
        return float(np.median([s["choice"] + s["tally"] for s in self.watch.steps]))

    @property
    def choice(self) -> float:
        """Seconds of the choice phase."""
        return self.watch.median("choice")

    @property
    def kernel_alone(self) -> float:
        """Seconds of the kernel over all users x offers."""
        return float(np.median(self.kernel.alone))


@dataclass
class Plain:
    """Seconds per user and step: plain Mesa, and the columnar choice phase with as many users."""

    users: int
    plain: float
    columnar: float
    agreement: float  # share of equal choices, given equal draws


@dataclass
class Duel:
    """One price equilibrium by the model's solver and by PyBLP's, seconds."""

    what: str
    cold: float
    warm: float  # from last prices
    pyblp: float
    apart: float  # largest relative difference of prices

    def row(self) -> Row:
        """All of it in one line."""
        times = f"{1e3 * self.cold:.1f} / {1e3 * self.warm:.1f} ms; PyBLP {1e3 * self.pyblp:.0f} ms"
        ratio = f"{self.pyblp / self.cold:.0f} x / {self.pyblp / self.warm:.0f} x"
        what = f"equilibrium, {self.what}: cold / from last prices"
        met = self.cold <= 0.050 and self.warm <= 0.025
        return _row(what, "<= 50 / 25 ms", met, f"{times} ({ratio}); prices {self.apart:.0e} apart")


@dataclass
class Sheet:
    """All measurements of a session; what was not run is left out of the tables."""

    load_before: float = 0.0
    runs: dict[str, tuple[float, float, float]] = field(default_factory=dict)  # wall, CPU s, offers
    memory: dict[str, dict[str, Any]] = field(default_factory=dict)
    steps: dict[tuple[str, int], StepRecord] = field(default_factory=dict)
    plain: Plain | None = None
    prices: dict[str, float] = field(default_factory=dict)
    duel: Duel | None = None

    def text(self) -> str:
        """Everything as plain text."""
        targets = _table([("what", "target", "measured", "verdict"), *self._targets()])
        parts = [self._machine(), f"Targets\n{targets}"]
        if self.steps:
            parts += [
                "Parts of a step, ms of processor time (medians; wall: by the clock)\n"
                + _table(self._parts()),
                PARTS_NOTE,
                "Throughput of users (medians of processor time)\n" + _table(self._throughput()),
                THROUGHPUT_NOTE,
            ]
        return "\n\n".join(parts) + "\n"

    def _machine(self) -> str:
        names = ", ".join(f"{name} {version(name)}" for name in ("numpy", "mesa"))
        loads = f"{self.load_before:.1f} before, {os.getloadavg()[0]:.1f} after"
        return (
            f"Speed and memory of computeshift\n{os.cpu_count()} cores ({platform.machine()}), one thread of "
            f"linear algebra; Python {platform.python_version()}, {names}\nload average {loads} "
            "(this process alone makes 1; more means that others shared the cores)"
        )

    def _targets(self) -> Iterator[Row]:
        for start, (wall, cpu, offers) in self.runs.items():
            what = f"{QUARTERS} quarters, 1e5 users, {START[start]}"
            yield _row(what, "<= 20 s", wall <= 20, f"{wall:.1f} s (CPU {cpu:.1f} s; {offers:.1f} offers)")
        for start, found in self.memory.items():
            step = float(np.median(found["steps_s"]))
            if (start, MILLION) in self.steps:
                step = self.steps[start, MILLION].wall
            what = f"one step, 1e6 users, {START[start]}"
            yield _row(what, "<= 2 s", step <= 2, f"{step:.3f} s")
            peak = found["peak_bytes"] / 1e9
            yield _row("  its peak memory, with the build", "<= 2 GB", peak <= 2, f"{peak:.2f} GB")
        yield from self._growth()
        for start in START:
            if (start, MILLION) in self.steps:
                s = self.steps[start, MILLION]
                ratio, bare = s.step / s.kernel_alone, (s.step - s.labs) / s.kernel_alone
                what = f"step / kernel, 1e6 users, {START[start]}"
                both = f"{ratio:.2f} ({1e3 * s.step:.0f} / {1e3 * s.kernel_alone:.0f} ms)"
                yield _row(what, "<= 2", ratio <= 2, both)
                yield "  without the labs' own decisions", "-", f"{bare:.2f}", ""
            if start == "listed" and ("restless", MILLION) in self.steps:
                s = self.steps["restless", MILLION]
                yield "  if all users reconsider", "-", f"{s.step / s.kernel_alone:.2f}", ""
        yield from self._against_plain()
        for what, seconds in self.prices.items():
            yield what, "-", f"{1e3 * seconds:.1f} ms", ""
        if self.duel is not None:
            yield self.duel.row()

    def _growth(self) -> Iterator[Row]:
        found = [self.steps["listed", n] for n in SIZES if ("listed", n) in self.steps]
        if len(found) < len(SIZES):
            return
        n, t = np.log([s.users for s in found]), np.log([s.of_users for s in found])
        slope = float(np.polyfit(n, t, 1)[0])
        local = np.diff(t) / np.diff(n)
        each = [1e9 * s.of_users / s.users for s in found]
        text = f"exponent {slope:.2f} (steepest {local.max():.2f}; {each[0]:.0f} to {each[-1]:.0f} ns a user)"
        yield _row("users' part, 1e4 to 1e6 users", "exponent <= 1", slope <= 1, text)
        fixed = [1e3 * s.labs for s in found]
        yield "  fixed cost of the labs' own decisions", "-", f"{min(fixed):.0f} to {max(fixed):.0f} ms", ""

    def _against_plain(self) -> Iterator[Row]:
        if self.plain is None:
            return
        p = self.plain
        alone = p.plain / p.columnar
        if ("listed", MILLION) in self.steps:
            s = self.steps["listed", MILLION]
            whole, choice = p.plain / (s.step / s.users), p.plain / (s.choice / s.users)
            what = "plain Mesa users / whole step, per user, 1e6"
            text = f"{whole:.0f} x ({1e6 * p.plain:.2f} / {1e6 * s.step / s.users:.3f} us)"
            yield _row(what, ">= 20 x", whole >= 20, text)
            yield "  / choice phase, 1e6 users", "-", f"{choice:.0f} x", ""
        text = f"{alone:.0f} x ({1e6 * p.plain:.2f} / {1e6 * p.columnar:.3f} us)"
        yield f"  / choice phase, {p.users:,} users as well", "-", text, ""
        same = f"{100 * p.agreement:.2f} % of choices"
        yield "  equal choices given equal draws", "-", same, ""

    def _parts(self) -> Iterator[Sequence[str]]:
        names = ("wall", "whole", "labs", "choice", "tally", "market", "record", "rest")
        yield "start", "users", "offers", *names, "users' part, ns/user"
        for (start, users), s in self.steps.items():
            times = [f"{1e3 * s.watch.median(name):.1f}" for name in names]
            yield start, f"{users:,}", f"{s.offers:.1f}", *times, f"{1e9 * s.of_users / users:.0f}"

    def _throughput(self) -> Iterator[Sequence[str]]:
        yield (
            "start", "users", "offered/s", "weighed/s", "kernel/s",
            "kernel ms", "+ stay", "+ utility", "step/kernel", "without labs",
        )  # fmt: skip
        for (start, users), s in self.steps.items():
            cells = users * s.offers
            yield (
                start,
                f"{users:,}",
                f"{cells / s.choice:.2e}",
                f"{s.reconsider * cells / s.choice:.2e}",
                f"{cells / s.kernel_alone:.2e}",
                f"{1e3 * s.kernel_alone:.1f}",
                f"{1e3 * float(np.median(s.kernel.with_stay)):.1f}",
                f"{1e3 * float(np.median(s.kernel.with_utilities)):.1f}",
                f"{s.step / s.kernel_alone:.2f}",
                f"{(s.step - s.labs) / s.kernel_alone:.2f}",
            )


def _row(what: str, target: str, met: bool, measured: str) -> Row:
    return what, target, measured, "met" if met else "missed"


def _table(lines_of: Iterable[Sequence[str]]) -> str:
    """Columns lined up: the first to the left, numbers to the right unless they are words."""
    rows = list(lines_of)
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    right = len(rows[0]) > 4  # tables of numbers
    lines = []
    for row in rows:
        cells = [
            c.rjust(w) if right and i else c.ljust(w)
            for i, (c, w) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    lines.insert(1, "-" * max(map(len, lines)))
    return "\n".join(lines)
