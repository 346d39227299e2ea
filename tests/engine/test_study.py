"""A study is judged before its first run, in one line; it is points x regimes x policies x seeds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from experiments.placing import placed
from experiments.plan import Plan
from experiments.smoke import smoke
from experiments.study import Study, study_names
from model.errors import ScenarioError
from model.scenario import Scenario

BASE: dict[str, Any] = {"name": "a", "regimes": ["mixed"], "outcomes": ["adoption"]}
X = {"key": "users.inertia", "low": 0.0, "high": 2.0}


def plan(**more: Any) -> Plan:
    return Plan(Study.from_mapping({**BASE, **more}))


BAD: list[tuple[dict[str, Any], str]] = [
    ({"regimes": []}, "regimes = []: must be a list (number of entries >= 1"),
    ({"regimes": ["mixt"]}, "mixt: no such regime; did you mean "),
    ({"regimes": ["mixed", "mixed"]}, "mixed is named twice"),
    ({"seeds": 0}, "seeds = 0: must be a whole number >= 1"),
    ({"seeds": "many"}, "seeds = 'many': must be a whole number"),
    ({"step": 4}, "step: unknown key; did you mean 'steps'?"),
    ({"outcomes": ["adoptoin"]}, "outcomes: adoptoin is no metric; did you mean 'adoption'?"),
    ({"outcomes": ["adoption.last"]}, "outcomes: adoption.last: must end in .final or .mean"),
    ({"tables": ["metrix"]}, "unknown table 'metrix'; did you mean 'metrics'?"),
    ({"set": {"users.cuont": 5}}, "set: users.cuont: unknown key 'cuont'; did you mean 'count'?"),
    ({"set": {"users": {"count": 0}}}, "users.count = 0: must be a whole number >= 1"),
    ({"set": {"horizon.steps": 4}, "steps": 5}, "steps: also given as horizon.steps"),
    ({"levers": [{"key": "users.inertia", "values": []}]}, "levers.0.values = []: must be a list"),
    ({"levers": [{"key": "users.inertia", "values": [1.0, 1.0]}]}, "values: name each once"),
    ({"levers": [{"key": "users.inertai", "values": [1.0]}]}, "users.inertai: unknown key; did you mean"),
    ({"levers": [{"key": "users.inertia", "values": ["much"]}]}, "point 0 in mixed: users.inertia = 'much'"),
    ({"levers": [{"key": "users.inertia", "values": [1.0, -1.0]}]}, "point 1 in mixed: users.inertia = -1.0"),
    ({"uncertainties": [{**X, "high": 0.0}]}, "low: must be below high"),
    ({"uncertainties": [{**X, "distribution": "loguniform"}]}, "low: must be above 0 for loguniform"),
    ({"uncertainties": [{**X, "distribution": "gamma"}]}, 'must be "uniform", "loguniform"'),
    ({"uncertainties": [{**X, "distribution": "normal"}]}, "mean, sd: normal needs both"),
    ({"uncertainties": [{"key": "users.count"}]}, "users.count has no plausible range in the registry"),
    ({"uncertainties": [X, X]}, "users.inertia: is varied twice"),
    ({"uncertainties": [X], "set": {"users.inertia": 1.0}}, "users.inertia: is varied and also in set"),
    ({"uncertainties": [{**X, "regimes": ["placebo"]}]}, "acts in 'placebo', which is no regime"),
    ({"uncertainties": [X], "design": {"kind": "sobl"}}, 'must be "grid", "one-at-a-time"'),
    ({"uncertainties": [X], "design": {"kind": "saltelli", "size": 12}}, "must be a power of 2 for saltelli"),
    ({"uncertainties": [X], "design": {"kind": "morris", "levels": 3}}, "must be even for Morris"),
    ({"design": {"kind": "sobol"}}, "sobol needs uncertainties or levers"),
    ({"uncertainties": [X], "design": {"kind": "table"}}, 'goes with kind = "table"'),
    ({"policies": [{"name": "a b"}]}, "policies.0.name = 'a b'"),
    ({"policies": [{"name": "a"}, {"name": "a"}]}, "each needs a name of its own"),
    ({"policies": [{"name": "a", "regulation": [{"policy": "taxx"}]}]}, "regulation.0.policy = 'taxx'"),
    ({"policies": [{"name": "a", "regulation": [{"fine": 3}]}]}, "did you mean 'fine_usd'?"),
    ({"run_limit_s": 0}, "run_limit_s = 0: must be a number > 0"),
    ({"seeds": 100_000, "uncertainties": [X], "design": {"size": 1000}}, "would be 100000000 runs; at most"),
]  # fmt: skip


@pytest.mark.parametrize(("more", "told"), BAD, ids=lambda value: str(value)[:50])
def test_a_bad_study_is_one_helpful_line(more: dict[str, Any], told: str) -> None:
    with pytest.raises(ScenarioError) as fault:
        found = plan(**more)
        found.check_points()
        list(found.each())
    assert told in str(fault.value) and "\n" not in str(fault.value)


def test_every_run_is_there_once_and_seeds_come_last() -> None:
    found = plan(
        regimes=["mixed", "placebo"], seeds=3, policies=[{"name": "a"}, {"name": "b", "regulation": []}],
        uncertainties=[X], design={"size": 4},
    )  # fmt: skip
    runs = list(found.each())
    assert len(runs) == found.runs == 4 * 2 * 2 * 3
    assert len({run.key for run in runs}) == len(runs)
    assert [run.seed for run in runs] == sorted(run.seed for run in runs)
    assert runs[0].key.startswith("mixed.a-s1-")


def test_names_of_runs_follow_what_goes_in_and_nothing_else() -> None:
    keys = {run.key for run in plan(uncertainties=[X], design={"size": 3}).each()}
    more = {run.key for run in plan(uncertainties=[X], design={"size": 5}, seeds=2).each()}
    assert keys < more  # 0, 1, 2 are among 0, .5, 1, 1.5, 2
    moved = plan(uncertainties=[X], design={"size": 3}, set={"users.count": 77})
    assert not keys & {run.key for run in moved.each()}
    renamed = plan(uncertainties=[X], design={"size": 3}, description="other words", run_limit_s=3.0)
    assert keys == {run.key for run in renamed.each()}


def test_a_factor_acts_only_where_it_is_said_to() -> None:
    found = plan(regimes=["mixed", "placebo"], levers=[
        {"key": "users.inertia", "values": [0.5, 1.5], "regimes": ["mixed"]}])  # fmt: skip
    runs = list(found.each())
    assert found.values(1, "mixed") == {"users.inertia": 1.5} and found.values(1, "placebo") == {}
    assert len(runs) == 4 and len({run.key for run in runs}) == 3  # the placebo is run once for both points


def test_policies_replace_the_law_and_may_set_more() -> None:
    found = plan(policies=[
        {"name": "own"}, {"name": "none", "regulation": []},
        {"name": "tax", "regulation": [{"policy": "compute-tax"}], "set": {"labs": {"max_tiers": 1}}}],
        set={"users.count": 55}, steps=3)  # fmt: skip
    law = {name: one.regulation for (_, name), one in found.variants.items()}
    assert law["own"] == Scenario.load("mixed").regulation and law["none"] == []
    assert [rule.policy for rule in law["tax"]] == ["compute-tax"]
    one = found.variants["mixed", "tax"]
    assert (one.labs.max_tiers, one.users.count, one.horizon.steps) == (1, 55, 3)


def test_where_a_number_drifts_its_end_is_moved() -> None:
    mixed = Scenario.load("mixed")
    moved = placed(mixed, {"technology.wall_slope": 0.3, "users.inertia": 1.0}, where="here")
    ends = {move.parameter: move.value for move in moved.drift}
    assert ends["technology.wall_slope"] == 0.3 and ends["technology.inference_exponent"] == 0.7
    assert moved.technology.wall_slope == 1.0 and moved.users.inertia == 1.0


def test_files_of_regimes_are_looked_for_beside_the_study(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("[users]\ncount = 50\n")
    (tmp_path / "a.toml").write_text('regimes = ["mine.toml", "mixed"]\noutcomes = ["adoption"]\n')
    study = Study.load(tmp_path / "a.toml")
    assert study.name == "a" and study.bases()["mine"].users.count == 50


def test_shipped_studies_are_valid_and_speak_of_ten_questions() -> None:
    assert len(study_names()) >= 11
    for name in study_names():
        study = Study.load(name)
        Plan(smoke(study)).check_points()
        assert study.description.endswith("?") and len(study.outcomes) >= 5, name
        assert Plan(study).runs > Plan(smoke(study)).runs and Plan(smoke(study)).runs <= 32
