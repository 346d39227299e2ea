"""Scenarios: what is allowed, what is refused and in which words, TOML in and out, drifts, fingerprints."""

from __future__ import annotations

import datetime
import math
from pathlib import Path
from typing import Any

import pytest

from model import Scenario, simulate
from model.errors import ScenarioError
from model.scenario import parameters, regime_names
from tests.support.small import small, theory

# Key, value, what of it the message shows, what it says is allowed.
BAD: list[tuple[str, Any, str, str]] = [
    ("users.cuont", 5, "users.cuont", "did you mean 'count'"),
    ("usres.count", 5, "usres", "did you mean 'users'"),
    ("users.wealth.median", 1.0, "users.wealth.median", "median_usd_year"),
    ("users.count.more", 5, "users.count.more", "unknown key 'more'"),
    ("nothing", 1, "nothing", "unknown key"),
    ("users.count", 0, "users.count = 0", "a whole number >= 1"),
    ("users.count", 10**7, "users.count = 10000000", "<= 5000000"),
    ("users.count", 2.5, "users.count = 2.5", "a whole number"),
    ("users.count", "many", "users.count = 'many'", "a whole number"),
    ("users.count", True, "users.count = true", "a whole number"),
    ("users.count", None, "users.count = None", "a whole number"),
    ("users.population", -1.0, "users.population = -1.0", "a number > 0"),
    ("users.population", math.nan, "users.population = nan", "a number > 0"),
    ("users.population", math.inf, "users.population = inf", "<= 1e+12"),
    ("users.demand", "guessed", "users.demand = 'guessed'", '"sampled", "expected" or "deterministic"'),
    ("users.outside_utility", "nothing", "users.outside_utility = 'nothing'", '"none"'),
    ("users.wealth", 3.0, "users.wealth = 3.0", "a table of keys"),
    ("users.wealth.atoms", [1.0, "a"], "users.wealth.atoms.1 = 'a'", "a number"),
    ("users.wealth.atoms", 5.0, "users.wealth.atoms = 5.0", "a list"),
    ("users.wealth.atoms", [1.0, -2.0], "users.wealth.atoms", "above 0"),
    ("users.wealth.tail_exponent", 1.0, "users.wealth.tail_exponent = 1.0", "> 1"),
    ("horizon.start", "2019-01-01", "horizon.start = 2019-01-01", ">= 2022-01-01 and <= 2024-12-31"),
    ("horizon.start", "yesterday", "horizon.start = 'yesterday'", "a date like 2024-12-31"),
    ("horizon.step_years", 0.0, "horizon.step_years = 0.0", "> 0 and <= 1"),
    ("horizon.steps", -1, "horizon.steps = -1", ">= 0"),
    ("technology.wall_slope", 1.5, "technology.wall_slope = 1.5", ">= 0 and <= 1"),
    ("technology.distillation.max_rounds", 0.5, "max_rounds = 0.5", "a whole number"),
    ("labs.adapt.price", "yes", "labs.adapt.price = 'yes'", "true or false"),
    ("labs.adapt.price", 1, "labs.adapt.price = 1", "true or false"),
    ("labs.training_mode", "smooth", "labs.training_mode = 'smooth'", '"grid" or "continuous"'),
    ("compute.price", -1.0, "compute.price = -1.0", '"endogenous" or a number'),
    ("compute.price", "free", "compute.price = 'free'", '"endogenous" or a number'),
    ("compute.sites", [{"name": "A"}], "compute.sites.0.power_mw", "is missing; must be a number > 0"),
    ("compute.sites", [{"name": "A", "power_mw": 1.0, "region": "MARS"}], "region = 'MARS'", '"US", "EU"'),
    ("open_weights.first_share", 1.0, "open_weights.first_share = 1.0", "> 0 and < 1"),
    ("open_weights.depths", [], "open_weights.depths = []", "number of entries >= 1"),
    ("regulation.0.fine_usd", -5.0, "regulation.0.fine_usd = -5.0", ">= 0"),
    ("regulation.3.fine_usd", 5.0, "regulation.3.fine_usd = 5.0", "allowed entries: 0 to 0"),
    ("regulation", [{"policy": 3}], "regulation.0.policy = 3", "text"),
    ("tasks", [], "tasks = []", ">= 1"),
    ("tasks.99.usage", 0.1, "tasks.99.usage = 0.1", "0 to 7"),
    ("tasks.first.usage", 0.1, "tasks.first.usage = 0.1", "0 to 7"),
    ("drift.0.value", 0.1, "drift.0.value = 0.1", "the list is empty"),
    ("labs.explicit", [{"appeal": 1.0}], "labs.explicit.0.name", "is missing; must be text"),
    ("labs.explicit", [{"name": "A", "tiers": []}], "labs.explicit.0.tiers = []", ">= 1"),
]

# Changes that contradict each other or the rest, and what the message names.
CONTRADICTIONS: list[tuple[dict[str, Any], str]] = [
    ({"users.wealth.atoms": [1.0, 2.0], "users.wealth.atom_weights": [1.0]}, "users.wealth.atom_weights"),
    ({"users.wealth.atoms": [1.0, 2.0], "users.quality_tastes": [1.0]}, "users.quality_tastes"),
    ({"users.wealth.atoms": [1.0, 2.0, 3.0], "users.count": 2, "users.business_share": 0.0}, "users.count"),
    ({"users.population": 1e9, "users.population_ceiling": 1e8}, "users.population_ceiling"),
    ({"users.engine": "lumped"}, "users.types"),
    ({"users.engine": "lumped", "users.types": 5, "users.demand": "expected"}, "users.engine"),
    ({"users.types": 500, "users.count": 400}, "users.types"),
    ({"labs.start": "list"}, "labs.explicit"),
    ({"labs.explicit": [{"name": "A"}]}, "labs.start"),
    ({"labs.limit": 2}, "labs.limit"),
    ({"labs.start": "symmetric"}, "compute.sites"),
    (
        {"labs.start": "symmetric", "labs.count": 1, "compute.price": 1.0, "users.outside_utility": "none"},
        "users.outside_utility",
    ),
    ({f"tasks.{i}.usage": 0.0 for i in range(8)}, "tasks"),
    ({"regulation.0.start_year": 2.0, "regulation.0.end_year": 2.0}, "regulation.0.end_year"),
]
STRAIGHT = {"parameter": "technology.wall_slope", "start_year": 1.0, "end_year": 2.0, "value": 0.5}
DRIFTS: list[tuple[dict[str, Any], str, str]] = [
    ({"parameter": "users.count"}, "drift.0.parameter = 'users.count'", "technology."),
    ({"parameter": "technology.nonsense"}, "technology.nonsense", "not a technology number"),
    ({"parameter": "technology.split_sites"}, "technology.split_sites", "not a technology number"),
    ({"end_year": 0.5}, "drift.0.end_year", "start_year"),
    ({"value": 7.0}, "drift.value", "<= 1"),
    ({"value": math.nan}, "drift", "nan"),
]

FILES: dict[str, tuple[bytes, str]] = {
    "truncated": (b"[users]\ncount = ", "not valid TOML"),
    "no equals": (b"users count 5\n", "not valid TOML"),
    "open text": (b'[users]\ndemand = "sampled\n', "not valid TOML"),
    "twice": (b"[users]\ncount = 5\ncount = 6\n", "not valid TOML"),
    "binary": (b"\xff\xfe\x00[users]", "not UTF-8"),
    "unknown section": (b"[market]\nsize = 3\n", "market: unknown key"),
    "unknown key": (b"[users]\ncuont = 3\n", "users.cuont: unknown key; did you mean 'count'?"),
    "number for a table": (b"users = 5\n", "users = 5: must be a table of keys"),
    "text for a number": (b'[users]\ncount = "5"\n', "users.count = '5': must be a whole number"),
    "two faults": (b"[users]\ncount = 0\npopulation = -1.0\n", "(and 1 more)"),
}


def refused(message: str, *parts: str) -> None:
    """One line that holds all of these."""
    assert "\n" not in message and len(message) < 500
    for part in parts:
        assert part in message, f"{part!r} not in {message!r}"


# -- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(("key", "value", "shown", "allowed"), BAD, ids=[f"{k}={v}" for k, v, _, _ in BAD])
def test_bad_values_are_one_line(key: str, value: Any, shown: str, allowed: str) -> None:
    with pytest.raises(ScenarioError) as told:
        Scenario().override({key: value}, where="my changes")
    refused(str(told.value), "my changes: ", shown, allowed)


def test_there_are_enough_of_them() -> None:
    assert len(BAD) + len(CONTRADICTIONS) + len(DRIFTS) + len(FILES) >= 60


@pytest.mark.parametrize(("changes", "named"), CONTRADICTIONS, ids=[n for _, n in CONTRADICTIONS])
def test_contradictions_are_one_line(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(ScenarioError) as told:
        Scenario().override(changes, where="my changes")
    refused(str(told.value), "my changes: ", named)


@pytest.mark.parametrize(("change", "named", "allowed"), DRIFTS, ids=[str(c) for c, _, _ in DRIFTS])
def test_drifts_that_lead_nowhere(change: dict[str, Any], named: str, allowed: str) -> None:
    with pytest.raises(ScenarioError) as told:
        Scenario().override({"drift": [STRAIGHT | change]})
    refused(str(told.value), named, allowed)


@pytest.mark.parametrize("name", FILES)
def test_bad_files_are_one_line_with_their_name(name: str, tmp_path: Path) -> None:
    content, words = FILES[name]
    path = tmp_path / f"{name}.toml"
    path.write_bytes(content)
    with pytest.raises(ScenarioError) as told:
        Scenario.load(path)
    refused(str(told.value), str(path), words)


def test_files_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError) as told:
        Scenario.load(tmp_path / "absent.toml")
    refused(str(told.value), "absent.toml", "cannot be read")
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(ScenarioError) as told:
        Scenario.load(tmp_path / "folder.toml")
    refused(str(told.value), "folder.toml", "cannot be read")
    with pytest.raises(ScenarioError) as told:
        Scenario.load("pretrainig")
    refused(str(told.value), "pretrainig", *regime_names())


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"regulation.0.policy": "forty-two"}, "regulation.0.policy"),
        ({"users.count": 1}, "users.count"),  # persons and firms need a slot each
        ({"compute.price": 0.0}, "compute.price"),
        ({"open_weights.depths": [-1.0]}, "open_weights.depths"),
        ({"users.wealth.atoms": [1.0, 2.0], "users.quality_tastes": [-1.0, 1.0]}, "users.quality_tastes"),
    ],
)
def test_what_cannot_run_is_refused(changes: dict[str, Any], named: str) -> None:
    """No traceback from inside: a scenario that cannot run says so before it does."""
    with pytest.raises(ScenarioError) as told:
        simulate(small().override(changes | {"horizon.steps": 1}), seed=1)
    refused(str(told.value), named)


@pytest.mark.parametrize(
    "changes",
    [
        {"users.taste_scale": 1e-4},
        {"users.inertia": 100.0, "users.taste_scale": 0.1},
        {"users.inertia": 100.0, "users.taste_scale": 0.1, "users.demand": "expected"},
        {"users.taste_scale": 1e5, "users.within_lab_scale": 1e5},
        {"users.population": 1e-3, "users.population_ceiling": 1e-3},
        {"users.population": 1e12, "users.population_ceiling": 1e12},
        {"users.count": 2},
        {"labs.research_sample": 1, "labs.screening_sample": 1},
        {"labs.screening_sample": 1000},
        {"technology.minimum_depth": 1e-3},
        {"technology.inference_span_oom": math.inf},
        {"users.quality_value": 0.0},
        {"horizon.step_years": 1.0},
        {"horizon.step_years": 0.02},
        {"horizon.start": datetime.date(2022, 1, 1)},
        {"labs.data_count": 1, "labs.limit": 5},
        {"users.outside_utility": -1e9},
        {"compute.build_years": 0.0},
    ],
    ids=str,
)
def test_extremes_that_are_allowed_run(changes: dict[str, Any]) -> None:
    results = simulate(small(changes=changes | {"horizon.steps": 2}), seed=1)
    assert results.metrics["adoption"].between(0, 1 + 1e-9).all()


# -- what is kept --------------------------------------------------------------------------------


def test_defaults_are_a_scenario() -> None:
    assert Scenario().name == "scenario"
    assert Scenario().users.count >= 10_000 and Scenario().horizon.steps == 40
    assert len(Scenario().tasks) == 8 and len(Scenario().regulation) == 1


def test_an_override_is_a_copy() -> None:
    first = Scenario.load("mixed")
    second = first.override({"users.count": 77, "technology.distillation.decay": 0.5, "tasks.0.usage": 0.5})
    assert (second.users.count, second.technology.distillation.decay, second.tasks[0].usage) == (77, 0.5, 0.5)
    assert first.users.count != 77 and first.fingerprint() == Scenario.load("mixed").fingerprint()
    assert second.name == "mixed" and second.value("tasks.0.usage") == 0.5
    with pytest.raises(Exception, match="frozen"):
        second.users.count = 5  # type: ignore[misc]


def test_an_override_is_the_same_as_a_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        "[users]\ncount = 77\n[users.wealth]\nsigma = 1.1\n[compute]\nprice = 1e-18\n[horizon]\n"
        'start = 2024-06-30\n[[regulation]]\nthreshold_oom = 26.0\n[labs]\nstart = "list"\n'
        '[[labs.explicit]]\nname = "A"\n[[labs.explicit.tiers]]\ndepth = 3.0\n'
    )
    changes = {
        "users.count": 77,
        "users.wealth.sigma": 1.1,
        "compute.price": 1e-18,
        "horizon.start": "2024-06-30",
        "regulation.0.threshold_oom": 26.0,
        "labs.start": "list",
        "labs.explicit": [{"name": "A", "tiers": [{"depth": 3.0}]}],
    }
    loaded = Scenario.load(path)
    assert loaded.name == "mine"
    assert loaded.fingerprint() == Scenario().override(changes).fingerprint()


@pytest.mark.parametrize(
    "scenario",
    [
        *(Scenario.load(name) for name in regime_names()),
        Scenario().override({"regulation": [], "technology.inference_span_oom": math.inf}),
        Scenario().override({"users.outside_utility": "none", "compute.price": 1e-18}),
        Scenario().override({"tasks.0.name": 'quo"te \\ and ümlaut', "users.wealth.atoms": [1e-30, 2e40]}),
        theory([{"name": "A", "tiers": [{"price_usd": 1.0}, {"cost_usd": 0.1}]}]),
    ],
    ids=lambda s: s.name,
)
def test_toml_out_and_in(scenario: Scenario, tmp_path: Path) -> None:
    path = tmp_path / "one.toml"
    text = scenario.to_toml(path)
    assert path.read_text(encoding="utf-8") == text == scenario.to_toml()
    back = Scenario.load(path)
    assert back.to_mapping() == scenario.to_mapping() and back.fingerprint() == scenario.fingerprint()
    assert Scenario.from_mapping(scenario.to_mapping()).fingerprint() == scenario.fingerprint()


def test_the_fingerprint_follows_the_content_alone() -> None:
    base = Scenario.load("mixed")
    assert base.fingerprint() == base.named("other").fingerprint()
    assert len(base.fingerprint()) == 16 and int(base.fingerprint(), 16) >= 0
    prints = {base.fingerprint()}
    for changes in (
        {"users.count": 77},
        {"technology.wall_slope": 0.99},
        {"tasks.7.danger": 0.9},
        {"drift.0.value": 0.16},
        {"regulation": []},
        {"horizon.start": "2024-12-30"},
    ):
        prints.add(base.override(changes).fingerprint())
    assert len(prints) == 7


def test_a_name_is_no_content() -> None:
    renamed = Scenario().named("fancy")
    assert renamed.name == "fancy" and "fancy" not in renamed.to_toml()
    assert renamed.override({"users.count": 5}).name == "fancy"


def test_technology_drifts_in_a_straight_line() -> None:
    drift = [STRAIGHT, STRAIGHT | {"parameter": "technology.distillation.retention", "value": 0.4}]
    scenario = Scenario().override({"drift": drift, "technology.wall_slope": 0.9})
    for years, slope in ((0.0, 0.9), (1.0, 0.9), (1.25, 0.8), (1.5, 0.7), (2.0, 0.5), (9.0, 0.5)):
        assert scenario.technology_at(years).wall_slope == pytest.approx(slope)
    assert scenario.technology_at(1.5).distillation.retention == pytest.approx(0.2)
    assert scenario.technology_at(1.5).training_exponent == scenario.technology.training_exponent
    assert scenario.technology.wall_slope == 0.9
    jump = Scenario().override({"drift": [STRAIGHT | {"end_year": 1.0}]})
    assert jump.technology_at(0.999).wall_slope == 1.0 and jump.technology_at(1.0).wall_slope == 0.5
    still = Scenario()
    assert still.technology_at(5.0) == still.technology


def test_drifts_follow_each_other() -> None:
    """A later drift of the same number goes on from where the earlier one has arrived."""
    later = STRAIGHT | {"start_year": 3.0, "end_year": 4.0, "value": 1.0}
    scenario = Scenario().override({"drift": [STRAIGHT, later]})
    assert scenario.technology_at(2.5).wall_slope == pytest.approx(0.5)
    assert scenario.technology_at(3.0).wall_slope == pytest.approx(0.5)
    assert scenario.technology_at(3.5).wall_slope == pytest.approx(0.75)
    assert scenario.technology_at(4.0).wall_slope == pytest.approx(1.0)


def test_the_registry_lists_every_field_once() -> None:
    keys = [p.key for p in parameters()]
    assert len(keys) == len(set(keys)) > 150
    assert {"horizon.steps", "tasks[].usage", "labs.explicit[].tiers[].depth", "users.wealth.sigma"} <= set(
        keys
    )
    by_key = {p.key: p for p in parameters()}
    assert by_key["users.count"].default == Scenario().users.count
    assert by_key["technology.wall_slope"].bounds == ">= 0 and <= 1"
