"""What the how-to shows is valid, and does what it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import model
from experiments.plan import Plan
from experiments.study import Study, load_study, study_names
from tests.support import works

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "how-to" / "write-a-study.md").read_text("utf-8")


def block(language: str, words: str) -> str:
    """The code block of a language that holds some words."""
    found: list[str] = re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)
    (one,) = (text for text in found if words in text)
    return one


def test_the_study_of_the_how_to_is_valid(tmp_path: Path) -> None:
    path = tmp_path / "depth-and-access.toml"
    path.write_text(block("toml", "description"))
    plan = Plan(Study.load(path))
    plan.check_points()
    assert plan.runs == 64 * 2 * 4


def test_python_of_the_how_to_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "simulate", works.quick, raising=False)
    monkeypatch.chdir(tmp_path)
    exec(block("python", "Study.from_mapping"), {})
    assert len(load_study("results/mine").runs) == 2


def test_it_names_every_study_that_ships() -> None:
    assert [name for name in study_names() if name not in TEXT] == []
