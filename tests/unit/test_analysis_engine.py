"""Ishigami's function through all of it: a study's file, its runs, its folder, indices, page."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import model
from experiments.analysis.reading import Reading
from experiments.analysis.report import write_study_report
from experiments.cli import main
from experiments.study import load_study
from model.errors import ScenarioError
from model.results import Results
from model.scenario import Scenario

A, B = 7.0, 0.1
RANGES = {"users.inertia": (0.0, 2.0), "users.quality_value": (1.2, 3.7), "labs.planning_years": (0.75, 3.0)}
STUDY = """
description = "Ishigami's function, whose indices are known, asked as a study."
regimes = ["pretraining"]
seeds = 2
steps = 1
outcomes = ["adoption.final", "hhi_revenue.mean"]
[design]
kind = "saltelli"
size = {size}
seed = 3
"""
FACTOR = '[[uncertainties]]\nkey = "{key}"\nlow = {low}\nhigh = {high}\n'


def ishigami(scenario: Scenario, seed: int = 7, progress: Any = None) -> Results:
    """Adoption is Ishigami's function of three parameters, shifted by the seed; concentration is luck."""
    shares = [(scenario.value(key) - low) / (high - low) for key, (low, high) in RANGES.items()]
    x = [math.pi * (2.0 * share - 1.0) for share in shares]
    value = math.sin(x[0]) + A * math.sin(x[1]) ** 2 + B * x[2] ** 4 * math.sin(x[0])
    luck = np.random.default_rng([2, seed, *(int(share * 2**31) for share in shares)]).normal()
    metrics = pd.DataFrame({"step": [0, 1], "time_years": [0.0, 0.25]})
    metrics["adoption"] = value + 10.0 * seed
    metrics["hhi_revenue"] = luck
    return Results({"metrics": metrics}, scenario, seed)


@pytest.fixture
def swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs a study with the function in place of the model, then forbids any further run."""

    def run(size: int) -> Path:
        factors = (FACTOR.format(key=key, low=low, high=high) for key, (low, high) in RANGES.items())
        path = tmp_path / "ishigami.toml"
        path.write_text(STUDY.format(size=size) + "".join(factors))
        monkeypatch.setattr(model, "simulate", ishigami, raising=False)
        with pytest.raises(SystemExit) as stopped:
            main(["sweep", str(path), "--out", str(tmp_path / "out"), "--workers", "1"])
        assert stopped.value.code == 0
        monkeypatch.setattr(model, "simulate", forbidden)
        return tmp_path / "out"

    return run


def forbidden(*_: Any, **__: Any) -> Results:
    raise AssertionError("a report must not run anything")


@pytest.mark.slow
def test_ishigami_through_the_engine(swept: Any):
    """Analytic indices lie in the intervals; luck is told from them; the report runs nothing."""
    v1, v2 = 0.5 * (1.0 + B * math.pi**4 / 5.0) ** 2, A**2 / 8.0
    v13 = B**2 * math.pi**8 * (1.0 / 18.0 - 1.0 / 50.0)
    whole = v1 + v2 + v13
    folder = swept(256)
    reading = Reading(load_study(folder))
    function, luck = reading.outcomes
    assert len(reading.runs) == 256 * 5 * 2
    found = reading.index(function, reading.reference)
    assert found.blocks == 256 and found.seeds == 2 and abs(found.luck) < 1e-9
    for indices, truth in [
        (found.main, [v1 / whole, v2 / whole, 0.0]),
        (found.total, [(v1 + v13) / whole, v2 / whole, v13 / whole]),
    ]:
        for one, true in zip(indices, truth, strict=True):
            assert one.low <= true <= one.high and one.half < 0.25, one
    assert [one.clear for one in found.total] == [True, True, True]
    noise = reading.index(luck, reading.reference)
    assert not any(one.clear for one in (*noise.main, *noise.total))
    text = write_study_report(folder).read_text(encoding="utf-8")
    assert "moved most by" in text and "no factor can be told from luck" in text


def test_report_of_a_folder(swept: Any, capsys: pytest.CaptureFixture[str]):
    """`computeshift report` on a study's folder writes the page from what is stored."""
    folder = swept(8)
    before = {path: path.read_bytes() for path in folder.glob("*.parquet")}
    with pytest.raises(SystemExit) as stopped:
        main(["report", str(folder)])
    assert not stopped.value.code
    text = (folder / "report.html").read_text(encoding="utf-8")
    assert "computeshift sweep" in text and "SHA-256" in text
    assert before == {path: path.read_bytes() for path in folder.glob("*.parquet")}


def test_no_study_is_one_line(tmp_path: Path):
    with pytest.raises(ScenarioError, match="holds no study"):
        write_study_report(tmp_path)
