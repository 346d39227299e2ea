"""The theory cases: the quick ones all pass, the machinery reports failures, PyBLP agrees anywhere."""

from __future__ import annotations

import json
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.verify import registry
from experiments.verify.command import run_verify
from experiments.verify.document import SOURCES, page
from experiments.verify.pricing import mixed
from experiments.verify.referee import judge, random_market
from experiments.verify.registry import Case, Finding, Row, between, cases, choose, close, close_all, run
from model.errors import ScenarioError

QUICK = choose(quick=True)
SLOW = [part for part in cases() if not part.quick]


@pytest.mark.parametrize("part", QUICK, ids=lambda part: part.key)
def test_quick_case(part: Case) -> None:
    rows = list(run(part))
    failed = [row for row in rows if not row.passed]
    assert rows and not failed, "\n".join(f"{r.item}: {r.expected} against {r.got}" for r in failed)


def test_every_case_of_the_reference_is_there() -> None:
    assert {part.name for part in cases()} == {f"P{n:02d}" for n in range(1, 26)} == set(SOURCES)
    assert len({part.key for part in cases()}) == len(cases())
    assert SLOW  # the full set is larger than the quick one


# Some markets have several equilibria, and two solvers may rightly differ: the markets are fixed ones.
@settings(max_examples=25, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32 - 1))
def test_pyblp_agrees_on_random_markets(seed: int) -> None:
    """3-6 labs, 1-3 tiers, nests or none, 2-7 incomes: both solve the first-order conditions."""
    market = random_market(np.random.default_rng(seed))
    ours, theirs = mixed(market, look_around=False), judge(market)
    assert theirs.converged
    np.testing.assert_allclose(ours.prices, theirs.prices, rtol=1e-5)
    np.testing.assert_allclose(ours.shares, theirs.shares, rtol=1e-5, atol=1e-9)


def test_tolerances_mean_what_they_say() -> None:
    assert close("x", 1.001, 1.0, rel=1.1e-3).passed and not close("x", 1.001, 1.0, rel=0.9e-3).passed
    assert close("x", 0.001, 0.0, abs=1e-3).passed and not close("x", 0.001, 0.0, rel=1.0).passed
    assert not close("x", float("nan"), 1.0, rel=1.0).passed
    assert close("x", 1.0, 1.0).tolerance == "exact"
    worst = close_all("x", [1.0, 2.2, 3.0], [1.0, 2.0, 3.0], rel=0.05)
    assert not worst.passed and worst.got == 2.2
    assert not close_all("x", [1.0, float("nan")], [1.0, 1.0], rel=1.0).passed
    assert not close_all("x", [1.0], [1.0, 1.0], rel=1.0).passed
    mixed_size = close_all("x", [1e-7, 100.0], [0.0, 101.0], rel=0.1, abs=1e-9)
    assert not mixed_size.passed and mixed_size.expected == 0.0
    assert between("x", 2.0, 2.0, 3.0).passed and not between("x", 3.1, 2.0, 3.0).passed


def _broken() -> Iterator[Finding]:
    """Fails twice."""
    yield close("wrong", 1.0, 2.0, rel=1e-3)
    raise RuntimeError("stopped")


def test_failures_are_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    bad = Case("P99", "broken", "static", True, _broken)
    monkeypatch.setattr(registry, "cases", lambda: (bad,))
    assert run_verify(["P99"], json=True) == 1
    out = capsys.readouterr()
    rows = json.loads(out.out)
    assert [row["passed"] for row in rows] == [False, False]
    assert {"case", "item", "expected", "got", "tolerance", "passed", "seconds"} <= set(rows[0])
    assert "RuntimeError: stopped" in rows[1]["got"] and "FAILED P99: wrong" in out.err


def test_one_case_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_verify(["P24"]) == 0
    out = capsys.readouterr()
    assert out.out.count("P24") == 5 and "5 of 5 comparisons passed" in out.err
    with pytest.raises(ScenarioError, match="P2x"):
        run_verify(["P2x"])


@pytest.mark.slow
def test_processes_tell_the_same_in_the_same_order(capsys: pytest.CaptureFixture[str]) -> None:
    told = []
    for workers in (1, 2):
        assert run_verify(["P24", "P25"], json=True, workers=workers) == 0
        rows = json.loads(capsys.readouterr().out)
        told.append([{k: v for k, v in row.items() if k != "seconds"} for row in rows])
    assert told[0] == told[1] and {row["case"] for row in told[0]} == {"P24", "P25"}


def test_page_names_what_fails() -> None:
    part = next(p for p in cases() if p.name == "P24")
    good, bad = (
        Row("P24", item, 1.0, 2.0, "rel 1e-08", ok, 0.0, part.key)
        for item, ok in (("fits", True), ("off", False))
    )
    text = page([good, bad])
    assert "1 of 2 comparisons pass" in text and "Not met" in text and "**fails**" in text
    assert "experiments/verify/technology.py" in text
