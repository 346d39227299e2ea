"""Benchmarks end with one table, which is kept in results/bench.txt. A missed target fails nothing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.bench.sheet import Sheet

ROOT = Path(__file__).resolve().parents[2]
SHEET = pytest.StashKey[Sheet]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[SHEET] = Sheet(load_before=os.getloadavg()[0])


@pytest.fixture(scope="session")
def sheet(request: pytest.FixtureRequest) -> Sheet:
    """Where a benchmark leaves its numbers."""
    return request.config.stash[SHEET]


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    found = config.stash[SHEET]
    if not (found.runs or found.memory or found.steps or found.plain or found.prices or found.duel):
        return
    text = found.text()
    target = ROOT / "results" / "bench.txt"
    target.parent.mkdir(exist_ok=True)
    target.write_text(text, encoding="utf-8")
    terminalreporter.write_line("")
    terminalreporter.write_line(text)
    terminalreporter.write_line(f"saved to {target.relative_to(ROOT)}")
