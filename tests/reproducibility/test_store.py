"""The store: what exists is whole, what is damaged is made again, a failure harms nobody else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import model
from experiments.cli import main
from experiments.store import Store
from tests.support import fake

ARGUMENTS = ["pretraining", "placebo", "--seeds", "2", "--steps", "4", "--workers", "1"]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The stand-in instead of the model, and no figures; counts the runs."""
    made: list[int] = []

    def simulate(scenario: object, seed: int = 7, progress: object = None) -> object:
        made.append(seed)
        return fake.simulate(scenario, seed, progress)  # type: ignore[arg-type]

    monkeypatch.setattr(model, "simulate", simulate, raising=False)
    monkeypatch.setattr("experiments.report.draw_all", _no_pictures)
    yield made


class _NoPictures(dict):  # type: ignore[type-arg]
    def __missing__(self, name: str) -> object:
        from experiments.figures import Picture

        return Picture(name, name, "")


def _no_pictures(*_: object) -> _NoPictures:
    return _NoPictures()


def compare(out: Path, *more: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(["compare", *ARGUMENTS, "--out", str(out), *more])
    code = stopped.value.code
    assert isinstance(code, int)
    return code


def tables(out: Path) -> dict[str, bytes]:
    files = sorted((out / "runs").glob("[!.]*/*.parquet"))
    return {str(path.relative_to(out)): path.read_bytes() for path in files}


def test_twice_the_same_and_resumed_for_free(tmp_path: Path, quick: list[int]) -> None:
    assert compare(tmp_path / "a") == 0 and compare(tmp_path / "b") == 0
    assert tables(tmp_path / "a") == tables(tmp_path / "b") and len(tables(tmp_path / "a")) > 20
    quick.clear()
    assert compare(tmp_path / "a", "--resume") == 0
    assert quick == []
    assert (tmp_path / "a" / "report.html").exists()


def test_placebo_is_exactly_zero_here(tmp_path: Path) -> None:
    compare(tmp_path / "a")
    summary = json.loads((tmp_path / "a" / "summary.json").read_text())
    assert all(one["zero"] for one in summary["differences"])


def test_a_lost_run_is_made_again(tmp_path: Path, quick: list[int]) -> None:
    import shutil

    out = tmp_path / "a"
    compare(out)
    before = tables(out)
    shutil.rmtree(Store(out).run_folder(Store(out).tasks()[3]))
    quick.clear()
    assert compare(out) == 0
    assert quick == [2] and tables(out) == before


@pytest.mark.parametrize("damage", ["cut", "manifest", "gone", "short"])
def test_a_damaged_run_is_named_set_aside_and_made_again(
    damage: str, tmp_path: Path, quick: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "a"
    compare(out)
    before = tables(out)
    folder = Store(out).run_folder(Store(out).tasks()[0])
    path = folder / ("manifest.json" if damage == "manifest" else "metrics.parquet")
    if damage == "gone":
        path.unlink()
    elif damage == "short":
        import pandas as pd

        pd.read_parquet(path)[:2].to_parquet(path)
    else:
        path.write_bytes(path.read_bytes()[:100])
    quick.clear()
    capsys.readouterr()
    assert compare(out) == 0
    assert quick == [1] and tables(out) == before
    assert f"damaged: {folder.name}" in capsys.readouterr().err
    assert len(list((out / "runs").glob(".damaged-*"))) == 1


def test_a_failed_run_is_recorded_and_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def simulate(scenario: object, seed: int = 7, progress: object = None) -> object:
        if seed == 2 and scenario.name == "placebo":  # type: ignore[attr-defined]
            raise RuntimeError("bad luck")
        return fake.simulate(scenario, seed)  # type: ignore[arg-type]

    monkeypatch.setattr(model, "simulate", simulate, raising=False)
    out = tmp_path / "a"
    assert compare(out) == 1
    told = capsys.readouterr().err
    assert "failed: Placebo, seed 2: RuntimeError: bad luck" in told
    (note,) = (out / "failures").iterdir()
    assert "Traceback" in note.read_text()
    assert len(list((out / "runs").iterdir())) == 3
    assert "1 of 4 runs are missing" in (out / "report.html").read_text()
    monkeypatch.setattr(model, "simulate", fake.simulate, raising=False)
    assert compare(out) == 0
    assert list((out / "failures").iterdir()) == []


def test_interrupted_keeps_what_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    calls: list[int] = []

    def simulate(scenario: object, seed: int = 7, progress: object = None) -> object:
        calls.append(seed)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return fake.simulate(scenario, seed)  # type: ignore[arg-type]

    monkeypatch.setattr(model, "simulate", simulate, raising=False)
    out = tmp_path / "a"
    assert compare(out) == 130
    assert "the same command goes on" in capsys.readouterr().err
    assert len(list((out / "runs").iterdir())) == 2
    monkeypatch.setattr(model, "simulate", fake.simulate, raising=False)
    assert compare(out) == 0 and compare(tmp_path / "b") == 0
    assert tables(out) == tables(tmp_path / "b")


def test_another_comparison_needs_force_and_foreign_files_stay(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "a"
    compare(out)
    (out / "notes.txt").write_text("mine")
    before = tables(out)
    capsys.readouterr()
    assert compare(out, "--set", "users.count=77") == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert tables(out) == before
    assert compare(out, "--set", "users.count=77", "--force") == 0
    assert set(tables(out)) != set(before)
    assert (out / "notes.txt").read_text() == "mine"


def test_more_seeds_extend_what_is_there(tmp_path: Path, quick: list[int]) -> None:
    out = tmp_path / "a"
    compare(out)
    quick.clear()
    with pytest.raises(SystemExit) as stopped:
        main(["compare", *ARGUMENTS, "--seeds", "3", "--out", str(out)])
    assert stopped.value.code == 0 and quick == [3, 3]


def test_a_second_process_is_kept_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "a"
    out.mkdir()
    with Store(out).lock():
        assert compare(out) == 2
    assert "another process" in capsys.readouterr().err


def test_report_rebuilds_and_runs_nothing(tmp_path: Path, quick: list[int]) -> None:
    out = tmp_path / "a"
    compare(out)
    for name in ("report.html", "summary.json"):
        (out / name).unlink()
    quick.clear()
    with pytest.raises(SystemExit) as stopped:
        main(["report", str(out)])
    assert stopped.value.code == 0 and quick == []
    assert (out / "report.html").exists() and (out / "summary.json").exists()


def test_single_run_is_stored_once(tmp_path: Path, quick: list[int]) -> None:
    out = tmp_path / "one"
    for seed, code in (("7", 0), ("7", 0), ("8", 2)):
        with pytest.raises(SystemExit) as stopped:
            main(["run", "placebo", "--steps", "3", "--seed", seed, "--out", str(out)])
        assert stopped.value.code == code
    assert quick == [7]


def test_the_job_announces_all_runs_and_its_command_says_turns(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "a"
    assert compare(out, "mixed", "--turns", "1") == 0
    told = capsys.readouterr().err
    assert "more will follow" in told and "\ndone in " in told
    assert "--turns 1" in (out / "report.html").read_text()
    assert compare(tmp_path / "b") == 0
    assert "--turns" not in json.loads((tmp_path / "b" / "comparison.json").read_text())["command"]


def test_runs_of_another_version_of_the_model_are_not_mixed_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], quick: list[int]
) -> None:
    assert compare(tmp_path / "out") == 0
    monkeypatch.setattr("experiments.store.code", lambda: "newer")
    capsys.readouterr()
    quick.clear()
    assert compare(tmp_path / "out") == 2 and not quick
    told = capsys.readouterr().err.strip()
    assert "another version of the model" in told and "--force" in told and "\n" not in told
    assert compare(tmp_path / "out", "--force") == 0 and len(quick) >= 4
