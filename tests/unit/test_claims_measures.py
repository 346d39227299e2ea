"""Claims on trial: what measures read, at which points settings stand, what an earlier run lacks."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.claims import registry, wealth
from experiments.claims.judge import judge
from experiments.claims.measures import defined, growth, over_run
from experiments.claims.plan import FULL, QUICK
from experiments.claims.pool import SPACE_KIND, Key, Pool, Values, wanted
from experiments.claims.record import Claim
from experiments.claims.settings import ID, PT, SETTINGS
from experiments.claims.space import at, sample, values
from experiments.claims.trial import Outcome, Trial
from model import Results, Scenario

CLEAR = np.array([1.0, 1.2, 0.9, 1.1])
CLAIMS = [one for one in registry().values() if isinstance(one, Claim)]


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_can_be_put_at_a_point(name: str) -> None:
    """Rules that a setting puts in place of others may lack a field that the space moves."""
    base = SETTINGS[name].scenario(FULL.small)
    for point in sample(8)[::7]:
        moved = at(base, values(point), name)
        assert moved.value("users.inertia") == pytest.approx(values(point)["users.inertia"])


def test_a_tie_is_no_failure_on_which_a_sign_could_turn() -> None:
    """141 points right, the others without any difference: nothing turns, though a tree could part them."""
    claim = next(one for one in CLAIMS if one.id == "C26")
    cube = sample(256)
    runs = {}
    for point in range(256):
        up = 1.0 if cube[point, 3] < 0.55 else 0.0
        for name, value in ((ID, up), (PT, 0.0)):
            runs[Key(SPACE_KIND, name, point, 1000 + point)] = {claim.contrast.measure.name: value}
    for seed in range(1, 17):
        for name, value in ((ID, 1.0 + 0.01 * seed), (PT, 0.0)):
            runs[Key("default", name, -1, seed)] = {claim.contrast.measure.name: value}
    found = Trial(FULL, Values(runs), {}).outcome(claim)
    assert found.verdict is not None and found.verdict.share.value == 1.0 and found.turn is None


def test_what_an_assumption_says_is_never_called_supported() -> None:
    claim = next(one for one in CLAIMS if one.id == "C32")
    assert claim.assumed
    verdict = judge(CLEAR, np.ones(256), 1)
    assert Outcome(claim, verdict).word == "built in"
    assert Outcome(claim, judge(-CLEAR, -np.ones(256), 1)).word == "opposed"


def test_measures_that_came_later_are_read_off_the_metrics_that_are_kept(tmp_path: Path) -> None:
    """A run lacks a measure: it is computed from its metrics, or, if it needs a table, the run made again."""
    pool = Pool(tmp_path, QUICK)
    pool.begin(force=False)
    key = Key(SPACE_KIND, PT, 0, 1000)
    task = pool.task(key)
    folder = pool.store.run_folder(task)
    folder.mkdir(parents=True)
    table = pd.DataFrame({"step": range(6), "time_years": np.arange(6) / 4.0, "hhi_users": 0.5})
    table.to_parquet(folder / "metrics.parquet")
    full = dict.fromkeys(wanted(PT), 1.0)
    from_metrics, from_tables = over_run("hhi_users").name, "frontier tier: share of users"
    assert {from_metrics, from_tables} <= full.keys()

    def store_without(name: str) -> None:
        held = {key: value for key, value in full.items() if key != name}
        record = {"seed": task.seed, "fingerprint": task.fingerprint, "measures": held}
        (folder / "manifest.json").write_text(json.dumps(record))

    store_without(from_metrics)
    assert pool.missing([task]) == ([], [])
    assert pool.read([key], [task]).one(key, from_metrics) == 0.5
    store_without(from_tables)
    assert pool.missing([task])[0] == [task]


def test_growth_needs_a_number_in_most_steps() -> None:
    def run(gone: int) -> Results:
        values = 10.0 ** np.arange(13.0)
        values[1 : 1 + gone] = 0.0
        table = pd.DataFrame({"step": range(13), "time_years": np.arange(13.0), "x": values})
        return Results({"metrics": table}, Scenario.load(PT), 1)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("experiments.claims.measures._unit", lambda *_: "")
        patch.setattr("experiments.claims.measures._words", lambda *_: "")
        measure, share = growth("x"), defined("x", log=True)
    assert measure(run(3)) == pytest.approx(1.0) and math.isnan(measure(run(4)))
    assert share(run(4)) == pytest.approx(8 / 12)


def test_wealth_counts_those_who_use_it() -> None:
    """Two deciles, all users at one level: no slope among them, however few the poor users are."""
    people = pd.DataFrame(
        {
            "step": 1, "segment": "person", "decile": [1, 10], "population": 10.0, "adoption": [0.1, 0.9],
            "wealth_usd": [1e3, 1e5], "capability_oom": [24.0 + 0.1 * 3.0, 24.0 + 0.9 * 3.0],
        }
    )  # fmt: skip
    scenario = Scenario.load(PT)
    assert scenario.users.reference_oom == 24.0
    run = Results({"users": people}, scenario, 1)
    assert wealth.users_wealth_slope(run) == pytest.approx(0.0, abs=1e-12)
    assert wealth.adoption_gap(run) == pytest.approx(0.8)
    people.loc[1, "capability_oom"] = 24.0 + 0.9 * 4.0
    assert wealth.users_wealth_slope(run) == pytest.approx(0.5)


def test_a_menu_is_one_labs() -> None:
    tiers = pd.DataFrame(
        {
            "step": 1, "lab": [0, 0, 1, 1], "channel": "subscription", "model": 0, "self_hosted": False,
            "users": [60.0, 20.0, 19.5, 0.5], "price_usd": [10.0, 100.0, 1.0, 1000.0],
        }
    )  # fmt: skip
    facts = {
        "model": [0],
        "parameters": 1.0,
        "training_flop": 1.0,
        "capability_oom": 1.0,
        "distillation_oom": 0,
    }
    run = Results({"tiers": tiers, "models": pd.DataFrame(facts)}, Scenario.load(PT), 1)
    # Lab 0: ten times, 80 users. Lab 1: its dear tier has too few users, so that one is left.
    assert wealth.menu_ratio(run) == pytest.approx(80.0 / 99.5)
