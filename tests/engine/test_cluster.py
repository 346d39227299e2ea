"""An existing scheduler: two workers started from a shell, no shared disk, the same bytes as at home."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.engine.conftest import Driven
from tests.engine.test_faults import content, finished

Drive = Callable[..., Driven]
Write = Callable[..., Path]
DASK = Path(sys.executable).with_name("dask")


@pytest.fixture
def scheduler(environment: dict[str, str], tmp_path: Path) -> Iterator[str]:
    """A scheduler and two workers, each with a folder of its own; their address."""
    begun: list[subprocess.Popen[bytes]] = []

    def start(name: str, *words: str) -> None:
        folder = tmp_path / name
        folder.mkdir()
        with (folder / "log.txt").open("wb") as log:
            begun.append(
                subprocess.Popen(
                    [DASK, *words],
                    cwd=folder,
                    env=environment,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            )

    start("scheduler", "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard",
          "--scheduler-file", str(tmp_path / "address.json"))  # fmt: skip
    for name in ("first", "second"):
        start(name, "worker", "--scheduler-file", str(tmp_path / "address.json"), "--nthreads", "1",
              "--no-dashboard", "--local-directory", str(tmp_path / name))  # fmt: skip
    try:
        yield address(tmp_path / "address.json")
    finally:
        for process in begun:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def address(file: Path, patience: float = 120.0) -> str:
    """Where the scheduler answers. Its file is there before its content is: read until it is whole."""
    until = time.monotonic() + patience
    while True:
        try:
            return str(json.loads(file.read_text())["address"])
        except (FileNotFoundError, json.JSONDecodeError):
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


@pytest.mark.slow
def test_half_at_home_killed_and_finished_elsewhere(
    scheduler: str, drive: Drive, study: Write, tmp_path: Path
) -> None:
    out, file = tmp_path / "out", study(6, seeds=2)
    job = drive("slow_work", "sweep", file, "--out", out, "--workers", 2)
    job.wait_for(lambda: len(finished(out)) >= 3)
    os.killpg(job.process.pid, signal.SIGKILL)
    job.end()
    half = len(finished(out))
    assert 3 <= half < 12
    shutil.copytree(out, tmp_path / "elsewhere")  # the client may stand on another machine, too
    code, told = drive(
        "quick_work", "sweep", file, "--out", tmp_path / "elsewhere", "--scheduler", scheduler
    ).end()
    assert code == 0, told
    assert f"{half} are there already, {12 - half} to go" in told
    assert drive("quick_work", "sweep", file, "--out", tmp_path / "whole", "--workers", 1).end()[0] == 0
    assert content(tmp_path / "elsewhere") == content(tmp_path / "whole")
    assert len(content(tmp_path / "whole")) == 12 + 2
