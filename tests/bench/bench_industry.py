"""The whole industry: a full run, one large step and its memory, and how a step grows with users."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
import pytest

from agents.demand import Individual
from model import Results, simulate
from tests.bench.setting import QUARTERS, SEED, SIZES, Kernel, Stopwatch, industry, offers_met, scenario
from tests.bench.sheet import Sheet, StepRecord

ROOT = Path(__file__).resolve().parents[2]
STEPS = 9


@pytest.mark.parametrize("start", ["listed", "real"])
def test_full_run(benchmark: Any, sheet: Sheet, start: str) -> None:
    """Build, 40 quarters and all tables, on one core."""
    chosen = scenario(start, 100_000)
    used: list[float] = []

    def run() -> Results:
        begin = process_time()
        results = simulate(chosen, SEED)
        used.append(process_time() - begin)
        return results

    results = benchmark.pedantic(run, rounds=3)
    labs, tiers = results.labs, results.tiers
    assert labs["step"].max() == QUARTERS
    assert (labs.groupby("step").size() == 8).all()
    count = tiers.groupby("step").size().mean() / 2  # two channels
    sheet.runs[start] = (benchmark.stats.stats.median, float(np.median(used)), float(count))


@pytest.mark.parametrize("start", ["listed", "real"])
def test_memory(sheet: Sheet, start: str) -> None:
    """Peak memory of a million users in a process of its own: build and four steps."""
    command = [sys.executable, str(ROOT / "tests/bench/one_step.py"), start, "1000000", "4"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    sheet.memory[start] = json.loads(done.stdout)


@pytest.mark.parametrize(
    ("start", "users"),
    [("listed", n) for n in SIZES] + [("restless", SIZES[-1]), ("real", SIZES[-1])],
)
def test_step(benchmark: Any, sheet: Sheet, start: str, users: int) -> None:
    """Steps with the time of their parts; the kernel is timed between them, under the same load."""
    model = industry(start, users)
    watch, kernel, offers = Stopwatch(), Kernel(), []

    def between() -> None:
        kernel.measure(model)
        offers.append(offers_met(model))

    with watch.attached():
        benchmark.pedantic(watch.step, args=(model,), setup=between, rounds=STEPS, warmup_rounds=1)
    for measured in (watch.steps, kernel.alone, kernel.with_stay, kernel.with_utilities, offers):
        del measured[0]  # the warm-up
    again = next(c.reconsider for c in model.choices.values() if isinstance(c, Individual))
    sheet.steps[start, users] = StepRecord(users, float(np.mean(offers)), again, watch, kernel)
