"""Machine code is that of the sources as they are."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from model.machine_code import MECHANISMS, SETTING, settle, stamp
from model.mechanisms.climbing import climb_case


def test_a_changed_source_has_another_folder(tmp_path: Path) -> None:
    for path in MECHANISMS.glob("*.py"):
        shutil.copy(path, tmp_path)
    assert stamp(tmp_path) == stamp(MECHANISMS)
    (tmp_path / "another.py").write_text("# nothing to be translated here\n")
    assert stamp(tmp_path) == stamp(MECHANISMS)
    with (tmp_path / "climbing.py").open("a") as file:
        file.write("# changed\n")
    assert stamp(tmp_path) != stamp(MECHANISMS)


def test_a_folder_of_the_users_own_is_kept_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.modules", {})  # Numba itself is not told of it
    for given in (tmp_path, tmp_path / "kernels-of-the-process-before"):
        monkeypatch.setenv(SETTING, str(given))
        settle()
        assert os.environ[SETTING] == str(tmp_path / f"kernels-{stamp(MECHANISMS)}")


def test_machine_code_is_kept_there() -> None:
    assert f"kernels-{stamp(MECHANISMS)}" in str(climb_case.stats.cache_path)  # type: ignore[attr-defined]
