"""Faults that really happen to real processes: nothing that was finished is lost, nothing is made twice."""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from experiments.study import load_study
from model.metrics import registry as metrics
from tests.engine.conftest import Driven

Drive = Callable[..., Driven]
Write = Callable[..., Path]
FULL = 50


def finished(out: Path) -> list[str]:
    return sorted(path.name for path in (out / "runs").glob("[!.]*")) if (out / "runs").exists() else []


def content(out: Path) -> dict[str, bytes]:
    """Everything that may not depend on how the runs came about."""
    files = [*(out / "runs").glob("[!.]*/*.parquet"), out / "results.parquet", out / "design.parquet"]
    return {str(path.relative_to(out)): path.read_bytes() for path in files}


@pytest.fixture
def undisturbed(drive: Drive, study: Write, tmp_path: Path) -> Callable[[Path], dict[str, bytes]]:
    """What the same study leaves if nothing happens."""

    def make(file: Path) -> dict[str, bytes]:
        out = tmp_path / "undisturbed"
        assert drive("quick_work", "sweep", file, "--out", out, "--workers", 1).end()[0] == 0
        return content(out)

    return make


@pytest.mark.slow
def test_a_killed_worker_costs_one_run_once(drive: Drive, study: Write, tmp_path: Path) -> None:
    out, file = tmp_path / "out", study(6)
    job = drive("slow_work", "sweep", file, "--out", out, "--workers", 2)
    pid = job.wait_for(job.made)[0][0]
    assert pid != job.process.pid
    os.kill(pid, signal.SIGKILL)
    code, told = job.end()
    assert code == 0, told
    assert len(finished(out)) == 6 and len(load_study(out).runs) == 6
    assert len(job.made()) == 7
    assert [worker for worker, _ in job.made()].count(pid) == 1


@pytest.mark.slow
def test_a_run_that_kills_its_workers_is_recorded(drive: Drive, study: Write, tmp_path: Path) -> None:
    out, file = tmp_path / "out", study(3)
    job = drive("deadly_work", "sweep", file, "--out", out, "--workers", 2)
    code, told = job.end()
    assert code == 1, told
    held = load_study(out)
    assert held.runs["users.inertia"].tolist() == [0.0, 1.0]
    assert held.failures["kind"].tolist() == ["KilledWorker"] and held.failures["point"].tolist() == [2]
    assert "failed: pretraining, point 2, seed 1: KilledWorker: each worker" in told
    assert [value for _, value in job.made()].count(2.0) == 2  # tried again once, no more


@pytest.mark.slow
def test_a_killed_client_loses_nothing(
    drive: Drive, study: Write, tmp_path: Path, undisturbed: Callable[[Path], dict[str, bytes]]
) -> None:
    out, file = tmp_path / "out", study(6)
    job = drive("slow_work", "sweep", file, "--out", out, "--workers", 2)
    job.wait_for(lambda: len(finished(out)) >= 2)
    os.killpg(job.process.pid, signal.SIGKILL)
    job.end()
    kept = finished(out)
    assert 2 <= len(kept) < 6
    before = len(job.made())
    again = drive("quick_work", "sweep", file, "--out", out, "--workers", 1)
    code, told = again.end()
    assert code == 0 and f"{len(kept)} are there already, {6 - len(kept)} to go" in told
    assert len(again.made()) - before == 6 - len(kept)
    assert content(out) == undisturbed(file)


@pytest.mark.slow
def test_runs_that_hang_are_ended_and_recorded(drive: Drive, study: Write, tmp_path: Path) -> None:
    """One loops in Python (it is interrupted), one waits outside Python (its worker is ended)."""
    out, file = tmp_path / "out", study(5, more="run_limit_s = 2.0")
    job = drive("hanging_work", "sweep", file, "--out", out, "--workers", 2)
    code, told = job.end()
    assert code == 1, told
    held = load_study(out)
    assert held.runs["users.inertia"].tolist() == [0.0, 0.5, 1.0]
    assert held.failures[["point", "kind"]].values.tolist() == [[3, "TimeLimit"], [4, "TimeLimit"]]
    assert "longer than its limit of 2 s" in held.failures["message"][0]
    assert len(job.made()) == 5  # none was tried again
    again = drive("quick_work", "sweep", file, "--out", out, "--workers", 1)
    code, told = again.end()
    assert code == 1 and "2 failed earlier (--retry-failed tries them again)" in told
    assert len(job.made()) == 5
    study(5)  # without the limit it is the same study
    third = drive("quick_work", "sweep", file, "--out", out, "--workers", 1, "--retry-failed")
    assert third.end()[0] == 0 and len(job.made()) == 7
    assert len(load_study(out).runs) == 5 and load_study(out).failures.empty


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_ctrl_c_once_finishes_what_has_begun(
    workers: int, drive: Drive, study: Write, tmp_path: Path
) -> None:
    out, file = tmp_path / "out", study(12)
    job = drive("slow_work", "sweep", file, "--out", out, "--workers", workers)
    job.wait_for(lambda: finished(out) and len(job.made()) > len(finished(out)))
    os.killpg(job.process.pid, signal.SIGINT)
    code, told = job.end()
    assert code == 130, told
    assert "Ctrl-C again stops now" in told and "the same command goes on" in told
    assert len(finished(out)) == len(job.made()) < 12
    assert len(load_study(out).runs) == len(finished(out))


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_ctrl_c_twice_stops_now(workers: int, drive: Drive, study: Write, tmp_path: Path) -> None:
    out, file = tmp_path / "out", study(12)
    job = drive("slow_work", "sweep", file, "--out", out, "--workers", workers)
    job.wait_for(lambda: finished(out) and len(job.made()) > len(finished(out)))
    os.killpg(job.process.pid, signal.SIGINT)
    job.wait_for(lambda: True)
    os.killpg(job.process.pid, signal.SIGINT)
    code, told = job.end()
    assert code == 130, told
    assert "Traceback" not in told
    assert 0 < len(finished(out)) < 12
    assert len(load_study(out).runs) == len(finished(out))
    assert not [path for path in (out / "runs").iterdir() if path.name.startswith(".")]


def full_disk() -> None:
    """No file of this process may grow beyond 30 kB."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000))


def test_a_full_disk_is_one_line_and_what_is_whole_stays(drive: Drive, study: Write, tmp_path: Path) -> None:
    """The index is the first file to reach the limit: many runs fit before."""
    wide = ", ".join(f'"{metric}.{kind}"' for metric in list(metrics())[:20] for kind in ("final", "mean"))
    out, file = tmp_path / "out", study(FULL, outcomes=wide)
    job = drive("quick_work", "sweep", file, "--out", out, "--workers", 1, preexec_fn=full_disk)
    code, told = job.end()
    assert code == 1, told
    assert "cannot be written to (file too large); what is finished is kept" in told
    assert "Traceback" not in told
    kept = finished(out)
    assert 5 < len(kept) < FULL
    before = len(job.made())
    assert drive("quick_work", "sweep", file, "--out", out, "--workers", 1).end()[0] == 0
    assert len(job.made()) - before == FULL - len(kept)
    assert len(load_study(out).runs) == FULL


def test_a_folder_that_cannot_be_written_to(drive: Drive, study: Write, tmp_path: Path) -> None:
    """At the start: bad input. In the midst of things: one line, and the rest is kept."""
    out, file = tmp_path / "out", study(4)
    out.write_text("a file is in its place")
    code, told = drive("quick_work", "sweep", file, "--out", out).end()
    assert code == 2 and told.count("\n") == 1 and "is a file; must be a folder" in told
    out.unlink()
    out.mkdir()
    (out / "failures").write_text("a file is in its place")
    (out / "study.json").symlink_to("/proc/nowhere/study.json")
    code, told = drive("quick_work", "sweep", file, "--out", out, "--force", "--workers", 1).end()
    assert code == 0, told
    (out / "failures").mkdir()
    (out / "runs").rename(out / "elsewhere")
    (out / "runs").write_text("a file is in its place")
    code, told = drive("quick_work", "sweep", file, "--out", out, "--workers", 1).end()
    assert code == 1 and "cannot be written to" in told and "Traceback" not in told


@pytest.mark.slow
def test_two_processes_do_not_write_at_once(drive: Drive, study: Write, tmp_path: Path) -> None:
    out, file = tmp_path / "out", study(8)
    first = drive("slow_work", "sweep", file, "--out", out, "--workers", 1)
    first.wait_for(lambda: finished(out))
    code, told = drive("quick_work", "sweep", file, "--out", out, "--workers", 1).end()
    assert code == 2 and "another process writes there now" in told
    assert first.end()[0] == 0
    held = load_study(out).runs
    assert len(held) == 8 and len(first.made()) == 8
    assert pd.read_parquet(out / "results.parquet").equals(held)
