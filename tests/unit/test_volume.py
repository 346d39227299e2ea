"""Usage rises as tasks get cheaper."""

from __future__ import annotations

import math

import pytest

from model import Industry, Scenario
from model.mechanisms.volume import volume_now
from tests.support.small import TINY


def test_the_whole_way_in_one_step_is_the_iso_elastic_volume() -> None:
    assert volume_now(3.0, 0.25, 1.0, 1.5, 1.0) == pytest.approx(8.0)


def test_half_the_way_is_a_geometric_mean() -> None:
    assert volume_now(1.0, 1.0 / 16.0, 1.0, 1.0, 0.5) == pytest.approx(4.0)


@pytest.mark.parametrize("cost", [0.0, 1.0])
def test_an_unchanged_or_unknown_price_changes_nothing(cost: float) -> None:
    assert volume_now(1.0, cost, 1.0, 1.0, 0.3) == 1.0


def test_dearer_compute_lowers_usage() -> None:
    assert volume_now(1.0, 2.0, 1.0, 1.0, 0.5) == pytest.approx(1 / math.sqrt(2))


def test_with_unit_elasticity_the_cost_of_a_user_settles_and_without_it_falls_with_efficiency() -> None:
    given = {**TINY, "compute.price": 1.4e-18, "compute.price_decline_oom": 0.0, "horizon.steps": 40}
    start = Scenario.load("pretraining").override({**given, "users.count": 50})
    growth = 10.0 ** (start.technology.inference_efficiency_growth_oom * 0.25)
    cost = {}
    for elasticity in (0.0, 1.0):
        industry = Industry(start.override({"users.volume_elasticity": elasticity}), rng=1)
        for _ in range(8):
            industry.step()
        before = industry.task_price * industry.tasks_per_step
        industry.step()
        cost[elasticity] = industry.task_price * industry.tasks_per_step / before
    assert cost[0.0] == pytest.approx(1.0 / growth)
    # The lag behind a steady fall settles: usage grows as fast as efficiency, nearly so after 9 steps.
    assert 1.0 / growth < cost[1.0] < 1.0
    assert cost[1.0] > growth**-0.1
