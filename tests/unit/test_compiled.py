"""Compiled functions: their machine code is that of the sources as they are."""

from __future__ import annotations

import shutil
from pathlib import Path

from model.mechanisms.climbing import climb_case
from model.mechanisms.compiled import FOLDER, HERE, stamp


def test_a_changed_source_has_another_folder(tmp_path: Path) -> None:
    """Numba looks only at the file of the function that is called, not at those it calls into."""
    for path in HERE.glob("*.py"):
        shutil.copy(path, tmp_path)
    assert stamp(tmp_path) == stamp(HERE)
    (tmp_path / "ledger.py").write_text("# nothing to be translated here\n")
    assert stamp(tmp_path) == stamp(HERE)
    with (tmp_path / "climbing.py").open("a") as file:
        file.write("# changed\n")
    assert stamp(tmp_path) != stamp(HERE)


def test_machine_code_is_kept_there() -> None:
    if Path(FOLDER).name.startswith("kernels-"):
        kept = climb_case.stats.cache_path  # type: ignore[attr-defined]
        assert Path(FOLDER) in Path(kept).parents or Path(FOLDER) == Path(kept)
