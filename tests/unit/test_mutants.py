"""The catalogue of seeded mistakes cannot rot: every mutant still applies, compiles and is explained."""

from __future__ import annotations

import ast
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


def _load() -> ModuleType:
    """The catalogue, which is no package; the search path stays as it was."""
    file = ROOT / "tests" / "mutants" / "catalogue.py"
    spec = importlib.util.spec_from_file_location("mutant_catalogue", file)
    assert spec is not None and spec.loader is not None
    module, path = importlib.util.module_from_spec(spec), list(sys.path)
    spec.loader.exec_module(module)
    sys.path[:] = path
    return module


CATALOGUE = _load()
MUTANTS = CATALOGUE.MUTANTS
TEXT = {file: (ROOT / file).read_text(encoding="utf-8") for file in {m.file for m in MUTANTS}}


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda m: m.id)
def test_it_still_applies(mutant: CATALOGUE.Mutant) -> None:  # type: ignore[name-defined]
    text = TEXT[mutant.file]
    assert text.count(mutant.old) == 1, f"{mutant.id}: snippet occurs {text.count(mutant.old)} times"
    changed = ast.dump(ast.parse(text.replace(mutant.old, mutant.new)))
    assert changed != ast.dump(ast.parse(text)), f"{mutant.id} changes no code"
    assert mutant.mistake and "|" not in mutant.mistake


def test_each_has_its_own_name() -> None:
    ids = [m.id for m in MUTANTS]
    assert len(ids) == len(set(ids)) >= 30
    changes = [(m.file, m.old, m.new) for m in MUTANTS]
    assert len(changes) == len(set(changes))


# Newer than the catalogue; a mutant of such a file takes it off this list.
UNSEEDED = {
    "agents/decisions/acquiring.py",
    "agents/decisions/building.py",
    "agents/decisions/evaluating.py",
    "agents/decisions/financing.py",
    "agents/decisions/internal.py",
    "agents/decisions/opening.py",
    "agents/decisions/releasing.py",
    "agents/decisions/securing.py",
    "agents/decisions/siting.py",
    "agents/decisions/withdrawing.py",
    "model/mechanisms/compiled.py",  # no economics
    "model/mechanisms/internal.py",
    "model/mechanisms/misuse.py",
    "model/mechanisms/open_weights.py",
    "model/mechanisms/theft.py",
}


def test_every_mechanism_and_every_decision_has_one() -> None:
    folders = ("model/mechanisms", "agents/decisions")
    wanted = {
        str(p.relative_to(ROOT)) for f in folders for p in (ROOT / f).glob("*.py") if p.name != "__init__.py"
    }
    kinds = {"agents/lab.py", "agents/regulator.py", "agents/data_centre.py", "agents/demand.py"}
    missing = sorted((wanted | kinds) - set(TEXT) - UNSEEDED)
    assert not missing, f"no mutant of {missing}: add one to tests/mutants, or name them in UNSEEDED"


def test_tests_that_should_notice_exist() -> None:
    for mutant in MUTANTS:
        for name in CATALOGUE.likely(mutant):
            file, _, test = name.partition("::")
            assert (ROOT / file).is_file(), f"{mutant.id} names {name}"
            assert f"def {test.partition('[')[0]}" in (ROOT / file).read_text(encoding="utf-8"), (
                f"{mutant.id} names {name}"
            )
