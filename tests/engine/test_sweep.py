"""Sweeps in this process: resumed for nothing, grown without doing anything twice, damage found and named."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import model
from experiments.cli import main
from experiments.plan import Plan
from experiments.study import Study, load_study, study_names
from experiments.study_store import StudyStore
from tests.support import works

Write = Callable[..., Path]


@pytest.fixture(autouse=True)
def made(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """The stand-in for the model; counts the runs by their factor."""
    found: list[float] = []

    def simulate(scenario: Any, seed: int = 7, progress: Any = None) -> Any:
        found.append(scenario.users.inertia)
        return works.failing(scenario, seed) if works.HIGH < 1.0 else works.quick(scenario, seed)

    monkeypatch.setattr(model, "simulate", simulate, raising=False)
    yield found


def sweep(file: Path | str, out: Path, *more: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(["sweep", str(file), "--out", str(out), "--workers", "1", *more])
    assert isinstance(stopped.value.code, int)
    return stopped.value.code


def content(out: Path) -> dict[str, bytes]:
    files = [*(out / "runs").glob("[!.]*/*.parquet"), *out.glob("*.parquet")]
    return {str(path.relative_to(out)): path.read_bytes() for path in files}


def test_what_a_sweep_leaves(study: Write, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert sweep(study(3, seeds=2), out) == 0
    held = load_study(out)
    assert list(held.design) == ["point", "users.inertia"] and held.design["users.inertia"].tolist() == [
        0,
        1,
        2,
    ]
    assert list(held.runs) == [
        "point", "regime", "policy", "seed", "users.inertia", "adoption.final", "hhi_revenue.mean",
    ]  # fmt: skip
    assert held.runs["point"].tolist() == [0, 0, 1, 1, 2, 2] and held.runs["seed"].tolist() == [1, 2] * 3
    assert held.runs["adoption.final"].tolist() == [1.0, 2.0, 11.0, 12.0, 21.0, 22.0]
    assert held.runs["hhi_revenue.mean"].equals(held.runs["users.inertia"].rename("hhi_revenue.mean"))
    assert held.study.seeds == 2 and held.failures.empty
    folder = next((out / "runs").glob("pretraining-s2-*"))
    record = json.loads((folder / "manifest.json").read_text())
    assert record["seed"] == 2 and record["scenario"]["horizon"]["steps"] == 2 and record["versions"]["mesa"]
    assert {path.name for path in folder.iterdir()} == {"manifest.json", "metrics.parquet"}
    assert model.Results.load(folder).seed == 2


def test_again_it_has_nothing_to_do(
    study: Write, tmp_path: Path, made: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    out, file = tmp_path / "out", study(3)
    sweep(file, out)
    before = content(out)
    made.clear()
    capsys.readouterr()
    assert sweep(file, out, "--resume") == 0
    assert made == [] and "nothing to do: 3 runs are there" in capsys.readouterr().err
    assert content(out) == before


def test_a_stored_design_is_the_design(tmp_path: Path, made: list[float]) -> None:
    """Also where a column mixes numbers, words and switches, which Parquet holds as text."""
    (tmp_path / "s.toml").write_text(
        'regimes = ["mixed"]\nsteps = 2\noutcomes = ["adoption"]\n[design]\nkind = "one-at-a-time"\n'
        '[[uncertainties]]\nkey = "users.inertia"\n[[uncertainties]]\nkey = "labs.max_tiers"\n'
        '[[levers]]\nkey = "compute.price"\nvalues = ["endogenous", 1e-18]\n'
        '[[levers]]\nkey = "labs.partners"\nvalues = [true, false]\n'
    )
    plan = Plan(Study.load(tmp_path / "s.toml"))
    assert sweep(tmp_path / "s.toml", tmp_path / "out") == 0 and len(made) == 9
    keys = [run.key for run in plan.each()]
    again = Plan(Study.load(tmp_path / "s.toml"))
    StudyStore(tmp_path / "out").lend_design(again)
    assert "design" in vars(again) and [run.key for run in again.each()] == keys
    assert [again.values(point, "mixed") for point in range(9)] == [plan.values(p, "mixed") for p in range(9)]
    assert sweep(tmp_path / "s.toml", tmp_path / "out") == 0 and len(made) == 9


def test_it_grows_in_seeds_points_outcomes_and_tables(
    study: Write, tmp_path: Path, made: list[float]
) -> None:
    out, file = tmp_path / "out", study(3)
    sweep(file, out)
    made.clear()
    assert sweep(file, out, "--points", "5") == 0 and made == [0.5, 1.5]
    made.clear()
    assert sweep(file, out, "--points", "5", "--seeds", "2") == 0 and len(made) == 5
    made.clear()
    study(3, outcomes='"hhi_users", "adoption.mean"')
    assert sweep(file, out) == 0 and made == []
    runs = load_study(out).runs
    assert len(runs) == 3 and runs["adoption.mean"].tolist() == [1.0, 11.0, 21.0]
    assert runs["hhi_users.mean"].isna().all()
    study(3, more='tables = ["metrics", "labs"]')
    assert sweep(file, out) == 0 and made == [0.0, 1.0, 2.0]
    assert len(list((out / "runs").glob("*/labs.parquet"))) == 3


def test_the_order_of_making_leaves_no_trace(study: Write, tmp_path: Path) -> None:
    file = study(4, seeds=2)
    sweep(file, tmp_path / "a", "--points", "2")
    sweep(file, tmp_path / "a", "--seeds", "1")
    sweep(file, tmp_path / "a")
    sweep(file, tmp_path / "b")
    assert len(list((tmp_path / "a" / "runs").iterdir())) == 8
    assert content(tmp_path / "a") == content(tmp_path / "b")


@pytest.mark.parametrize("damage", ["cut", "same size", "manifest", "gone", "foreign"])
def test_damage_is_named_set_aside_and_made_again(
    damage: str, study: Write, tmp_path: Path, made: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    out, file = tmp_path / "out", study(3)
    sweep(file, out)
    before = content(out)
    folder, other, _ = sorted((out / "runs").iterdir())
    path = folder / ("manifest.json" if damage == "manifest" else "metrics.parquet")
    if damage == "gone":
        path.unlink()
    elif damage == "foreign":
        shutil.rmtree(folder)
        shutil.copytree(other, folder)
    else:
        whole = path.read_bytes()
        path.write_bytes(whole[:50] + (b"" if damage != "same size" else b"?" * 8 + whole[58:]))
    made.clear()
    capsys.readouterr()
    assert sweep(file, out) == 0
    told = capsys.readouterr().err
    assert len(made) == 1 and f"damaged: {folder.name}: " in told and "set aside as .damaged-" in told
    assert content(out) == before
    assert len(list((out / "runs").glob(".damaged-*"))) == 1
    assert sweep(file, out) == 0 and len(made) == 1


@pytest.mark.parametrize("state", ["lost", "torn", "rubbish", "old"])
def test_the_index_is_only_a_convenience(state: str, study: Write, tmp_path: Path, made: list[float]) -> None:
    out, file = tmp_path / "out", study(4)
    sweep(file, out)
    before, index = content(out), out / "index.jsonl"
    made.clear()
    if state == "lost":
        index.unlink()
    elif state == "old":
        shutil.copytree(out, tmp_path / "copy")  # other times of all files
        shutil.rmtree(out)
        (tmp_path / "copy").rename(out)
        for path in (out / "runs").glob("*/*"):
            path.touch()
    else:
        index.write_bytes(index.read_bytes()[:-30] if state == "torn" else b"\xff\x00{]\n[1]\n7\n" * 20)
    (out / "results.parquet").unlink()
    assert sweep(file, out) == 0
    assert made == [] and content(out) == before
    assert sweep(file, out, "--points", "5") == 0 and len(made) == 3
    assert all(json.loads(line)["key"] for line in index.read_text(errors="replace").splitlines()[-3:])


def test_failures_are_kept_and_tried_again_only_when_asked(
    study: Write,
    tmp_path: Path,
    made: list[float],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out, file = tmp_path / "out", study(3)
    monkeypatch.setattr(works, "HIGH", 0.5)
    assert sweep(file, out) == 1
    told = capsys.readouterr().err
    assert told.count("failed: pretraining, point") == 2 and "RuntimeError: bad luck" in told
    held = load_study(out)
    assert held.runs["point"].tolist() == [0]
    assert held.failures[["point", "seed", "kind", "message"]].values.tolist() == [
        [1, 1, "RuntimeError", "bad luck"],
        [2, 1, "RuntimeError", "bad luck"],
    ]
    assert all("Traceback" in path.read_text() for path in (out / "failures").iterdir())
    monkeypatch.undo()
    monkeypatch.setattr(model, "simulate", works.quick, raising=False)
    assert sweep(file, out) == 1 and "2 failed earlier (--retry-failed" in capsys.readouterr().err
    assert sweep(file, out, "--retry-failed") == 0
    assert len(load_study(out).runs) == 3 and load_study(out).failures.empty
    assert list((out / "failures").iterdir()) == []


def test_another_study_needs_force_and_foreign_files_stay(
    study: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, file = tmp_path / "out", study(3)
    sweep(file, out)
    (out / "notes.txt").write_text("mine")
    before = content(out)
    study(3, more="set = { users.count = 55 }")
    capsys.readouterr()
    assert sweep(file, out) == 2
    assert "holds another study (differs in what it varies or sets)" in capsys.readouterr().err
    assert content(out) == before
    assert sweep(file, out, "--force") == 0
    assert not set(content(out)) & {name for name in before if name.startswith("runs/")}
    assert (out / "notes.txt").read_text() == "mine"
    shutil.rmtree(tmp_path / "out")
    out.mkdir()
    (out / "notes.txt").write_text("mine")
    assert sweep(file, out) == 2 and "holds something else (notes.txt)" in capsys.readouterr().err


def test_another_version_of_the_model_is_another_study(
    study: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out, file = tmp_path / "out", study(2)
    sweep(file, out)
    monkeypatch.setattr("experiments.study_store.code", lambda: "0" * 16)
    capsys.readouterr()
    assert sweep(file, out) == 2
    assert "differs in the model's version" in capsys.readouterr().err


def test_a_dry_run_tells_and_leaves_nothing(
    study: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, file = tmp_path / "out", study(30)
    assert sweep(file, out, "--dry-run", "--json") == 0
    told = capsys.readouterr()
    assert "one: 30 points x 1 regime x 1 policy x 1 seed = 30 runs of 2 steps; 30 to go" in told.err
    assert "s a run, estimate from runs of one and three steps" in told.err and "of disk" in told.err
    record = json.loads(told.out)
    assert record["runs"] == record["to_go"] == 30 and record["seconds_a_run"] > 0
    assert not out.exists()
    sweep(file, out, "--points", "10")
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    capsys.readouterr()
    assert sweep(file, out, "--dry-run") == 0
    assert "mean of " in capsys.readouterr().err
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == before


def test_a_long_study_is_judged_by_a_whole_run(
    study: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("experiments.estimate.LONG_S", 0.0)
    file = study(30)
    file.write_text(file.read_text().replace("steps = 2", "steps = 5"))
    assert sweep(file, tmp_path / "out", "--dry-run", "--json") == 0
    told = capsys.readouterr()
    assert "s a run, as one whole run took" in told.err and json.loads(told.out)["seconds_a_run"] > 0


def test_results_are_one_row_a_run_also_where_runs_are_shared(tmp_path: Path, made: list[float]) -> None:
    (tmp_path / "s.toml").write_text(
        'regimes = ["mixed", "placebo"]\nsteps = 2\noutcomes = ["adoption"]\n'
        '[[levers]]\nkey = "users.inertia"\nvalues = [0.5, 1.5]\nregimes = ["mixed"]\n'
        '[[policies]]\nname = "a"\n[[policies]]\nname = "b"\nregulation = []\n'
    )
    assert sweep(tmp_path / "s.toml", tmp_path / "out") == 0
    runs = load_study(tmp_path / "out").runs
    assert len(made) == 6 and len(runs) == 8
    assert runs["regime"].tolist() == ["mixed", "mixed", "placebo", "placebo"] * 2
    assert runs["policy"].tolist() == ["a", "b"] * 4
    placebo = runs[runs["regime"] == "placebo"]
    assert placebo["adoption.mean"].nunique() == 1


def test_results_read_with_duckdb_style_sql_names(study: Write, tmp_path: Path) -> None:
    """Columns hold plain numbers and text, so that any reader of Parquet takes them."""
    import pyarrow.parquet as pq

    sweep(study(2), tmp_path / "out")
    kinds = {field.name: str(field.type) for field in pq.read_schema(tmp_path / "out" / "results.parquet")}
    assert set(kinds.values()) <= {"int64", "double", "string", "large_string", "bool"}
    assert pd.read_parquet(tmp_path / "out" / "results.parquet").index.equals(pd.RangeIndex(2))


class TestSmoke:
    """The shipped studies in small, with the model itself."""

    @pytest.fixture(autouse=True)
    def real(self, made: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
        from model.run import simulate

        monkeypatch.setattr(model, "simulate", simulate, raising=False)

    @pytest.mark.slow
    @pytest.mark.parametrize("name", [name for name in study_names() if name not in ("sensitivity", "sobol")])
    def test_a_shipped_study_runs(self, name: str, tmp_path: Path) -> None:
        assert sweep(name, tmp_path / "out", "--smoke") == 0
        held = load_study(tmp_path / "out")
        columns = [one.column for one in held.study.measured]
        assert len(held.runs) >= 2 and held.failures.empty
        known = held.runs[columns].notna().any()
        assert known.mean() > 0.5, f"undefined in all runs: {list(known[~known].index)}"
