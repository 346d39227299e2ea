"""Same scenario and seed, same bytes: in other processes, by hand, after a copy, beside other runs."""

from __future__ import annotations

import copy
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model import Industry, Results, Scenario, simulate
from tests.support.small import differences, small

SCRIPT = """
import json, sys
from pathlib import Path
from model import Scenario, simulate
out = Path(sys.argv[1])
for path in sorted(Path(sys.argv[2]).glob("*.toml")):
    simulate(Scenario.load(path), seed=5).save(out / path.stem)
"""
STEPS = {"horizon.steps": 4}
CASES: dict[str, Scenario] = {
    "mixed": small("mixed"),
    "explosive": small("inference-in-training-explosive", STEPS | {"users.demand": "expected"}),
    "lumped": small("inference-at-deployment", STEPS | {"users.types": 30, "users.engine": "lumped"}),
    "firms": small(changes=STEPS | {"users.business_share": 0.5, "users.income_effect": "log"}),
}


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Folders of two processes that ran the same scenarios, with other hash seeds and thread counts."""
    folder = tmp_path_factory.mktemp("twice")
    (folder / "scenarios").mkdir()
    for name, scenario in CASES.items():
        scenario.to_toml(folder / "scenarios" / f"{name}.toml")
    runs = []
    for number in ("1", "2"):
        more = {"PYTHONHASHSEED": number, "OMP_NUM_THREADS": number, "OPENBLAS_NUM_THREADS": number}
        arguments = [sys.executable, "-c", SCRIPT, str(folder / number), str(folder / "scenarios")]
        root = Path(__file__).parents[2]
        runs.append(subprocess.Popen(arguments, env=os.environ | more, cwd=root))
    assert [run.wait(timeout=120) for run in runs] == [0, 0]
    return [folder / "1", folder / "2"]


def hashes(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.glob("*.parquet"))
    }


@pytest.mark.parametrize("case", CASES)
def test_two_processes_write_the_same_bytes(case: str, twice: list[Path]) -> None:
    one, other = (hashes(folder / case) for folder in twice)
    assert set(one) == {
        f"{name}.parquet" for name in simulate(small("mixed", {"horizon.steps": 1}), seed=5).tables
    }
    assert one == other


@pytest.mark.parametrize("case", CASES)
def test_a_stored_run_is_the_run(case: str, twice: list[Path]) -> None:
    """What another process wrote reads back as what this process makes."""
    stored, made = Results.load(twice[0] / case), simulate(CASES[case], seed=5)
    assert differences(stored, made) == []
    record = json.loads((twice[0] / case / "manifest.json").read_text())
    assert record["fingerprint"] == CASES[case].fingerprint() and record["seed"] == 5
    assert stored.scenario.fingerprint() == made.scenario.fingerprint()


def test_manifests_differ_in_the_time_of_writing_alone(twice: list[Path]) -> None:
    records = [json.loads((folder / "mixed" / "manifest.json").read_text()) for folder in twice]
    for record in records:
        del record["written"]
    assert records[0] == records[1]


def test_stepping_by_hand_is_simulate() -> None:
    scenario = small("mixed")
    industry = Industry(scenario, rng=5)
    for _ in range(scenario.horizon.steps):
        assert industry.results.metrics["step"].tolist() == list(range(industry.period + 1))
        industry.step()
    assert differences(industry.results, simulate(scenario, seed=5)) == []


def test_mesas_own_ways_of_running_are_the_same() -> None:
    scenario = small("mixed")
    industry = Industry(scenario, rng=5)
    industry.run_for(scenario.horizon.steps)
    assert differences(industry.results, simulate(scenario, seed=5)) == []


def test_a_shorter_run_is_the_beginning_of_a_longer_one() -> None:
    long = simulate(small("mixed"), seed=5)
    short = simulate(small("mixed", {"horizon.steps": 3}), seed=5)
    cut = {name: table[table["step"] <= 3] for name, table in long.tables.items()}
    for name in set(cut) - {"models"}:
        assert cut[name].equals(short.tables[name]), name


def test_a_copy_in_mid_run_goes_on_alike() -> None:
    industry = Industry(small("mixed"), rng=5)
    industry.step()
    industry.step()
    twin = copy.deepcopy(industry)
    for one in (industry, twin):
        one.step()
        one.step()
    assert differences(industry.results, twin.results) == []


def test_two_industries_in_one_process_do_not_touch() -> None:
    """Steps taken in turn, of different sizes, against each alone."""
    small_one, other = small("mixed"), small("inference-at-deployment", {"users.count": 90})
    a, b = Industry(small_one, rng=5), Industry(other, rng=6)
    for _ in range(3):
        a.step()
        b.step()
    cut = {"horizon.steps": 3}
    assert differences(a.results, simulate(small_one.override(cut), seed=5)) == []
    assert differences(b.results, simulate(other.override(cut), seed=6)) == []


def test_looking_changes_nothing() -> None:
    """Reading results, the graph, books and agents between steps shifts no number."""
    industry = Industry(small("mixed"), rng=5)
    for _ in range(4):
        _ = industry.results.metrics, industry.graph(), industry.books(), industry.take_polls()
        _ = [user.offer for user in list(industry.agents)[:5] if hasattr(user, "offer")]
        industry.step()
    assert differences(industry.results, simulate(small("mixed", {"horizon.steps": 4}), seed=5)) == []


def test_progress_is_told_and_changes_nothing() -> None:
    told: list[tuple[int, int]] = []
    scenario = small("mixed", {"horizon.steps": 3})
    run = simulate(scenario, seed=5, progress=lambda done, all_: told.append((done, all_)))
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert differences(run, simulate(scenario, seed=5)) == []


@pytest.mark.parametrize("name", ["metrics", "users", "labs", "purchases"])
def test_another_seed_is_another_world(name: str) -> None:
    scenario = small("mixed", {"horizon.steps": 2})
    one, other = simulate(scenario, seed=5), simulate(scenario, seed=6)
    assert any(column.startswith(f"{name}.") or column == name for column in differences(one, other))


@pytest.mark.parametrize("seed", [0, np.int64(7), 2**40, np.uint8(3)])
def test_any_whole_number_is_a_seed(seed: Any) -> None:
    """Mesa itself refuses NumPy's integers."""
    scenario = small(changes={"horizon.steps": 1})
    assert differences(simulate(scenario, seed=seed), simulate(scenario, seed=int(seed))) == []


def test_a_scenario_is_not_changed_by_its_run() -> None:
    scenario = small("mixed", {"horizon.steps": 2})
    before = scenario.to_mapping()
    simulate(scenario, seed=1)
    assert scenario.to_mapping() == before
