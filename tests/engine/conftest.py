"""Studies of one factor, and processes that run them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
OUTCOMES = '"adoption.final", "hhi_revenue.mean"'
STUDY = """
regimes = ["pretraining"]
seeds = {seeds}
steps = 2
outcomes = [{outcomes}]
{more}
[design]
kind = "grid"
size = {size}
[[uncertainties]]
key = "users.inertia"
low = 0.0
high = 2.0
"""


@pytest.fixture
def study(tmp_path: Path) -> Callable[..., Path]:
    """Writes a study of `size` points from 0 to 2 and names its file."""

    def write(
        size: int = 4, seeds: int = 1, more: str = "", name: str = "one", outcomes: str = OUTCOMES
    ) -> Path:
        path = tmp_path / f"{name}.toml"
        path.write_text(STUDY.format(size=size, seeds=seeds, more=more, outcomes=outcomes))
        return path

    return write


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """For processes: the repository on the path, a folder for traces, warnings shown."""
    traces = tmp_path / "traces"
    traces.mkdir()
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")}
    return {**kept, "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "tests"))), "WORKS_DIR": str(traces)}


class Driven:
    """A `computeshift` process with a stand-in for the model."""

    def __init__(self, process: subprocess.Popen[str], traces: Path) -> None:
        self.process, self.traces = process, traces

    def made(self) -> list[tuple[int, float]]:
        """(process, factor) of all runs begun so far, by anybody."""
        path = self.traces / "made.txt"
        rows = path.read_text().splitlines() if path.exists() else []
        return [(int(pid), float(value)) for pid, value in (row.split() for row in rows)]

    def wait_for(self, condition: Callable[[], Any], seconds: float = 60.0) -> Any:
        """Until something is so; what it is."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if found := condition():
                return found
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        raise AssertionError(f"waited in vain; it said: {self.process.communicate()}")

    def end(self, seconds: float = 90.0) -> tuple[int, str]:
        """Wait for its end: status, and what it said on standard error."""
        _, told = self.process.communicate(timeout=seconds)
        return self.process.returncode, told


@pytest.fixture
def drive(environment: dict[str, str], tmp_path: Path) -> Iterator[Callable[..., Driven]]:
    """Starts such processes, each the leader of a group of its own; none outlives the test."""
    begun: list[subprocess.Popen[str]] = []

    def start(work: str, *arguments: object, **more: Any) -> Driven:
        process = subprocess.Popen(
            [sys.executable, "-m", "support.drive", work, *map(str, arguments)],
            cwd=tmp_path, env=environment, text=True, start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more,
        )  # fmt: skip
        begun.append(process)
        return Driven(process, Path(environment["WORKS_DIR"]))

    yield start
    for process in begun:
        if process.poll() is None:
            process.kill()
        process.communicate()
