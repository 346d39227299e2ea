"""A regime's name is for people: under any other name every number is the same. The placebo is inert."""

from __future__ import annotations

import random
import shutil
import string
from functools import cache
from pathlib import Path

import pytest

from model import Results, Scenario, simulate
from model.scenario import REGIMES as FOLDER
from model.scenario import regime_names
from tests.support.small import REGIMES, TINY, differences, small

STEPS = {"horizon.steps": 6}  # the data wall of the mixed regime arrives after the fourth


@cache
def plain(regime: str) -> Results:
    return simulate(small(regime, STEPS), seed=8)


def word(seed: int) -> str:
    draw = random.Random(seed)
    return "".join(draw.choices(string.ascii_lowercase, k=9))


def test_the_shipped_regimes_are_those_of_the_specification() -> None:
    assert tuple(regime_names()) == tuple(sorted(REGIMES))


@pytest.mark.parametrize("regime", REGIMES)
def test_under_another_name_every_number_is_the_same(regime: str) -> None:
    renamed = small(regime, STEPS).named(word(len(regime)))
    assert renamed.fingerprint() == small(regime, STEPS).fingerprint()
    found = simulate(renamed, seed=8)
    assert found.scenario.name != regime
    assert differences(found, plain(regime)) == []


def test_regimes_that_swap_their_names_swap_their_numbers(tmp_path: Path) -> None:
    """Each file is copied under another one's name: numbers follow the content."""
    pairs = [("pretraining", "mixed"), ("mixed", "placebo"), ("inference-at-deployment", "pretraining")]
    for regime, other in pairs:
        shutil.copy(FOLDER / f"{regime}.toml", tmp_path / f"{other}.toml")
    for regime, other in pairs:
        swapped = Scenario.load(tmp_path / f"{other}.toml").override(TINY | STEPS)
        assert swapped.name == other
        assert differences(simulate(swapped, seed=8), plain(regime)) == []


def test_a_file_of_random_words_runs_like_the_shipped_one(tmp_path: Path) -> None:
    for regime in ("mixed", "inference-in-training"):
        path = tmp_path / f"{word(len(regime))}.toml"
        shutil.copy(FOLDER / f"{regime}.toml", path)
        found = simulate(Scenario.load(str(path)).override(TINY | STEPS), seed=8)
        assert differences(found, plain(regime)) == []


def test_labs_under_other_names_decide_alike(tmp_path: Path) -> None:
    """Names of labs and tasks are labels too."""
    labs = [{"name": f"Lab {i}", "appeal": 0.3 * i, "cash_usd": 1e9} for i in range(3)]
    base = {"labs.start": "list", "compute.price": 1.4e-18, "horizon.steps": 4}
    one = simulate(small(changes=base | {"labs.explicit": labs}), seed=8)
    for number, lab in enumerate(labs):
        lab["name"] = word(number)
    renames = {f"tasks.{i}.name": word(100 + i) for i in range(8)}
    other = simulate(small(changes=base | {"labs.explicit": labs} | renames), seed=8)
    words = {"labs.name", "models.name", "decisions.option", "events.agent", "events.text"}
    assert set(differences(one, other)) <= words


@pytest.mark.parametrize("seed", [1, 2])
def test_the_placebo_differs_from_pretraining_by_exactly_nothing(seed: int) -> None:
    changes = {"horizon.steps": 8, "labs.data_count": 8, "users.count": 400}
    placebo, other = (simulate(small(r, changes), seed) for r in ("placebo", "pretraining"))
    assert placebo.scenario.fingerprint() != other.scenario.fingerprint()
    assert differences(placebo, other) == []


def test_every_other_regime_is_another_world() -> None:
    for number, one in enumerate(REGIMES):
        for other in REGIMES[number + 1 :]:
            same = {one, other} == {"pretraining", "placebo"}
            assert (differences(plain(one), plain(other)) == []) == same, (one, other)
