"""The Mesa surface: who is an agent, views of users, steps, copies; nothing that Mesa is about to drop."""

from __future__ import annotations

import ast
import gc
import pickle
import weakref
from pathlib import Path

import mesa
import numpy as np
import pytest

import agents
from agents.data_centre import DataCentre
from agents.lab import Lab
from agents.regulator import Regulator
from agents.user import User
from model import Industry
from tests.support.small import differences, run, small

ROOT = Path(agents.__file__).parents[1]
DROPPED = {  # of Mesa 3.5, gone in Mesa 4
    "batch_run",
    "DataCollector",
    "datacollector",
    "shuffle_do",
    "PropertyLayer",
    "ABMSimulator",
    "DEVSimulator",
}


@pytest.fixture(scope="module")
def industry() -> Industry:
    return run(small("mixed", {"labs.data_count": 8}), 3)


def test_all_who_live_here_are_agents(industry: Industry) -> None:
    kinds = industry.agents_by_type
    assert set(kinds) == {Lab, User, DataCentre, Regulator}
    assert all(issubclass(kind, mesa.Agent) for kind in kinds)
    assert set(kinds[Lab]) == set(industry.active_labs)
    assert set(kinds[DataCentre]) == set(industry.sites) and len(industry.sites) > 5
    assert list(kinds[Regulator]) == [industry.regulator]
    assert len(kinds[User]) == industry.settings.users.count
    numbers = [agent.unique_id for agent in industry.agents]
    assert len(numbers) == len(set(numbers))


def test_a_user_is_a_view_of_its_columns(industry: Industry) -> None:
    users = list(industry.agents_by_type[User])
    for segment in industry.segments:
        kind = ("person", "business")[segment.kind]
        mine = sorted((u for u in users if u.segment == kind), key=lambda u: u.row)
        assert [u.row for u in mine] == list(range(segment.size))
        np.testing.assert_array_equal([u.income_usd for u in mine], segment.income.astype(float))
        np.testing.assert_array_equal([u.decile for u in mine], segment.decile + 1)
        np.testing.assert_array_equal(np.array([u.task_mix for u in mine]).T, segment.mix.astype(float))
        offers = industry.choices[segment.kind].providers(np.arange(segment.size))
        assert [u.offer for u in mine] == offers.tolist()


def test_users_are_on_offers_that_exist(industry: Industry) -> None:
    table = industry.results.tiers
    on_sale = set(table.loc[table["step"] == industry.period, "tier"]) | {-1}
    assert {u.offer for u in industry.agents_by_type[User]} <= on_sale


def test_views_add_up_to_the_tables(industry: Industry) -> None:
    """Users counted through their agents are the users of the tiers table."""
    counted: dict[int, float] = {}
    for user in industry.agents_by_type[User]:
        segment = user._segment
        mass = float(segment.weight[user.row]) * industry.population
        counted[user.offer] = counted.get(user.offer, 0.0) + mass
    table = industry.results.tiers.query(f"step == {industry.period}").set_index("tier")["users"]
    for offer, mass in counted.items():
        if offer >= 0:
            assert table[offer] == pytest.approx(mass, rel=1e-6)


@pytest.mark.parametrize("demand", ["expected", "deterministic"])
def test_views_of_other_kinds_of_demand(demand: str) -> None:
    world = run(small(changes={"users.demand": demand}), 1)
    offers = {u.offer for u in world.agents_by_type[User]}
    assert len(offers) >= 2


def test_views_of_lumped_users_are_kinds() -> None:
    world = run(small(changes={"users.types": 20, "users.engine": "lumped"}), 1)
    users = list(world.agents_by_type[User])
    assert len(users) == 40 and all(isinstance(u.offer, int) for u in users)


def test_agents_that_leave_are_gone() -> None:
    world = run(small(changes={"labs.overhead_usd_year": 4e9, "labs.hard_budget": True}), 6)
    gone = [lab for lab in world.labs if not lab.active]
    assert gone and not set(gone) & set(world.agents_by_type[Lab])
    assert all(not lab.tiers and lab.run is None for lab in gone)


def test_entrants_join_and_those_who_stay_away_do_not() -> None:
    world = run(small(changes={"labs.entry_hazard_year": 30.0}), 4)
    assert set(world.agents_by_type[Lab]) == set(world.active_labs)
    assert len(world.labs) > 4


def test_time_is_mesas_time(industry: Industry) -> None:
    assert industry.time == industry.period == 3
    assert isinstance(industry, mesa.Model) and industry.running


def test_models_can_be_stored_in_mid_run() -> None:
    world = run(small("mixed"), 2)
    twin = pickle.loads(pickle.dumps(world))
    for one in (world, twin):
        one.step()
    assert differences(world.results, twin.results) == []


def test_finished_models_are_freed() -> None:
    """After a collection nothing keeps a model: no cache holds the users of a run that is over."""
    world = run(small(), 1)
    found = weakref.ref(world)
    del world
    gc.collect()
    assert found() is None


def test_nothing_is_used_that_mesa_drops() -> None:
    """Warnings are errors here; this finds what no run happens to touch."""
    for folder in ("model", "agents"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                where = f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"
                if isinstance(node, ast.Attribute):
                    assert node.attr not in DROPPED | {"pos"}, f"{where} {node.attr}"
                if isinstance(node, ast.ImportFrom) and node.module:
                    assert not node.module.startswith(("mesa.space", "mesa.experimental")), where
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                    super_init = node.func.attr == "__init__"
                    assert not (super_init and any(k.arg == "seed" for k in node.keywords)), where


def test_mesas_shared_randomness_is_not_used() -> None:
    """Draws come from named streams: the model's own generators are never asked."""
    world = run(small("mixed"), 0)
    before = world.random.getstate(), world.rng.bit_generator.state
    for _ in range(3):
        world.step()
    assert (world.random.getstate(), world.rng.bit_generator.state) == before
