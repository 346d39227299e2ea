"""What the engine of studies costs, printed: python tests/bench/engine.py overhead|pair|many|resume [FOLDER]

overhead  40 runs of 1 s on two workers: everything but the model's own time, as a share of that time
pair      the same runs on one and on two workers, five pairs
many      10,000 runs of a few milliseconds in FOLDER, with the memory of client and workers on the way
resume    the time that the same command takes when all of FOLDER is there
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
os.environ["PYTHONPATH"] = os.pathsep.join(sys.path[:2])

from experiments.threads import pin  # noqa: E402  (the path comes first)

pin()

import pandas as pd  # noqa: E402
import psutil  # noqa: E402
from support import works  # noqa: E402

from experiments.cluster import local_cluster  # noqa: E402
from experiments.plan import Plan  # noqa: E402
from experiments.progress import Progress  # noqa: E402
from experiments.runner import run_parallel  # noqa: E402
from experiments.study import Study  # noqa: E402
from experiments.study_store import StudyStore  # noqa: E402

STUDY: dict[str, Any] = {
    "name": "bench",
    "regimes": ["pretraining"],
    "steps": 2,
    "outcomes": ["adoption.final", "hhi_revenue.mean"],
    "uncertainties": [{"key": "users.inertia", "low": 0.0, "high": 2.0}],
}
RUNS, SECONDS, PAIRS, MANY, EVERY = 40, 1.0, 5, 10_000, 500


def busy(scenario: Any, seed: int = 7, progress: Any = None) -> Any:
    """One second of a processor; how long it took by the clock is the run's adoption."""
    begun, end = time.perf_counter(), time.thread_time() + SECONDS
    while time.thread_time() < end:
        sum(range(1000))
    return works.tables(scenario, seed, time.perf_counter() - begun)


def busy_work(*arguments: Any, progress: Any = None) -> Any:
    """One run of `busy`."""
    return works.work(busy, *arguments, progress=progress)


def timed(client: Any, count: int, folder: Path) -> tuple[float, float]:
    """Seconds by the clock of so many runs on a cluster that is up, and the model's own part of them."""
    import engine  # by its name, so that workers find it

    plan = Plan(Study.from_mapping({**STUDY, "design": {"size": count}}))
    store = StudyStore(folder, plan.study.measured)
    store.begin(plan, force=True, command="bench")
    begun = time.perf_counter()
    with Progress(count) as progress:
        run_parallel(store, list(plan.each()), progress, client, engine.busy_work)
    store.write_results(plan)
    spent = time.perf_counter() - begun
    return spent, float(store.results().runs["adoption.final"].sum())


def overhead(folder: Path) -> None:
    """See above."""
    started = time.perf_counter()
    with local_cluster(2) as client:
        timed(client, 4, folder)  # the workers import the model
        ready = time.perf_counter() - started
        spent, own = timed(client, RUNS, folder)
    print(f"{RUNS} runs of {SECONDS:g} s on 2 workers: {spent:.1f} s by the clock, the model's own part")
    print(f"{own:.1f} s of 2 x {spent:.1f} s: overhead {100 * (2 * spent - own) / own:.1f} %")
    print(f"(once: {ready - 4 * SECONDS / 2:.1f} s to start two workers and import the model)")


def pair(folder: Path) -> None:
    """See above."""
    found = []
    for number in range(PAIRS):
        times = []
        for workers in (1, 2) if number % 2 else (2, 1):
            with local_cluster(workers) as client:
                timed(client, 2 * workers, folder)
                times.append((workers, timed(client, RUNS // 2, folder)[0]))
        one, two = dict(times)[1], dict(times)[2]
        found.append(one / two)
        print(f"one worker {one:.1f} s, two {two:.1f} s: {one / two:.2f} times")
    print(
        f"median of {PAIRS} pairs {statistics.median(found):.2f}, from {min(found):.2f} to {max(found):.2f}"
    )


class Curve(Progress):
    """Prints memory every so many runs."""

    pids: tuple[int, ...] = ()

    def done(self, key: str, *, ok: bool) -> None:
        """A run is done."""
        super().done(key, ok=ok)
        if self.finished % EVERY == 0:
            own = psutil.Process().memory_info().rss
            theirs = [psutil.Process(pid).memory_info().rss for pid in self.pids]
            print(
                f"{self.finished:6d} runs {time.monotonic() - self.begun:7.0f} s   client {own / 1e6:6.1f} MB"
                "   workers " + " ".join(f"{one / 1e6:6.1f} MB" for one in theirs),
                flush=True,
            )


def many(folder: Path) -> None:
    """See above."""
    plan = Plan(many_study(folder))
    plan.check_points()
    store = StudyStore(folder, plan.study.measured)
    store.begin(plan, force=True, command="bench")
    with local_cluster(2) as client, Curve(MANY) as progress:
        progress.pids = tuple(client.run(os.getpid).values())
        run_parallel(store, list(plan.each()), progress, client, works.quick_work)
    store.write_results(plan)
    size = sum(path.stat().st_blocks * 512 for path in folder.rglob("*"))
    runs = pd.read_parquet(folder / "results.parquet")
    print(f"{len(runs)} runs in {time.monotonic() - progress.begun:.0f} s, {size / 1e6:.0f} MB on disk")


def many_study(folder: Path) -> Study:
    """The study of many runs, also as a file beside its folder."""
    path = folder.with_suffix(".toml")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        'name = "bench"\nregimes = ["pretraining"]\nsteps = 2\nseeds = 4\n'
        'outcomes = ["adoption.final", "hhi_revenue.mean"]\n[design]\nkind = "sobol"\nsize = 2500\n'
        '[[uncertainties]]\nkey = "users.inertia"\nlow = 0.0\nhigh = 2.0\n'
    )
    return Study.load(path)


def resume(folder: Path) -> None:
    """See above."""
    many_study(folder)
    words = [sys.executable, "-m", "support.drive", "quick_work", "sweep", str(folder.with_suffix(".toml"))]
    for _ in range(5):
        begun, before = time.perf_counter(), os.times()
        done = subprocess.run([*words, "--out", str(folder)], capture_output=True, text=True, check=True)
        cpu = os.times()
        own = cpu.children_user + cpu.children_system - before.children_user - before.children_system
        said = next(line for line in done.stderr.splitlines() if "nothing" in line)
        print(f"{time.perf_counter() - begun:.2f} s by the clock, {own:.2f} s of a processor: {said}")


if __name__ == "__main__":
    print(f"load average before: {os.getloadavg()[0]:.1f}")
    home = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(tempfile.mkdtemp(prefix="bench-")) / "bench"
    sys.path.insert(0, str(Path(__file__).parent))
    os.environ["PYTHONPATH"] = os.pathsep.join((os.environ["PYTHONPATH"], str(Path(__file__).parent)))
    {"overhead": overhead, "pair": pair, "many": many, "resume": resume}[sys.argv[1]](home)
    if len(sys.argv) <= 2:
        shutil.rmtree(home.parent)
