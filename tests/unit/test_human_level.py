"""Copies, the first human level and rounds: P13, P14, P15, and the same from a running industry."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from model.mechanisms.distillation import round_gain
from model.mechanisms.scaling import copies, distillation_path, human_level_cost
from model.metrics import Snapshot, compute
from tests.support.small import run, small

NAN = float("nan")
P15 = [(0.5, 0.8, 10, 3.124190), (0.5, 1.0, 10, 7.0), (0.5, 1.1, 10, 11.156197), (0.8, 0.5, 10, 2.237812)]


# -- P13: copies ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("depth", "expected"), [(1, 222_743), (10, 22_274), (100, 2_227)])
def test_a_fleet_runs_one_copy_for_each_hundred_at_a_hundred_times_the_depth(
    depth: float, expected: float
) -> None:
    fleet = 1e25 / (90 * 86_400)
    assert float(copies(fleet, math.sqrt(1e25 / 120), 10.0, depth)) == pytest.approx(expected, abs=0.6)


@pytest.mark.parametrize("seed", [7, 8])
def test_the_running_industry_counts_copies_as_p13_does(seed: int) -> None:
    industry = run(small("inference-at-deployment"), 3, seed)
    results = industry.results
    tiers = results.tiers[(results.tiers["step"] == 3) & ~results.tiers["self_hosted"]]
    best = tiers.loc[tiers["capability_oom"].idxmax()]
    lab = results.labs[(results.labs["step"] == 3) & (results.labs["lab"] == best["lab"])].iloc[0]
    model = results.tables["models"].set_index("model").loc[best["model"]]
    fleet = lab["training_flop"] / (0.25 * 365.25 * 86_400) * industry.knowhow.inference_efficiency
    expected = copies(fleet, model["parameters"], 10.0, best["depth"])
    assert results.metrics["copies_at_frontier"].iloc[-1] == pytest.approx(float(expected))


# -- P14: cost and window ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("most", "growth", "first", "ratio", "parity"),
    [
        (1, 0.5, 6.0, 6.3e-5, 6.0),
        (1e2, 0.5, 3.2, 0.0229, 3.2),
        (1e4, 0.5, 0.4, 8.318, 1.40625),
        (1e4, 0.1, 2.0, 3.981, 3.75),
    ],
)
def test_depth_buys_human_level_early_and_dear(
    most: float, growth: float, first: float, ratio: float, parity: float
) -> None:
    found = human_level_cost(
        3.0, growth_oom=growth, cost_decline_oom=0.2, inference_exponent=0.7, max_depth=most,
        unit_cost_usd=0.05, wage_usd=50.0,
    )  # fmt: skip
    assert float(found.first_years) == pytest.approx(first, abs=1e-9)
    assert float(found.cost_ratio) == pytest.approx(ratio, rel=0.01)
    assert float(found.parity_years) == pytest.approx(parity, abs=1e-3)


def test_the_window_of_p14_is_counted_in_steps() -> None:
    """Quarters on the P14 path with depth up to 1e4: human level from .4 years, parity at 1.40625."""
    costs: list[float] = []
    for quarter in range(9):
        years = 0.25 * quarter
        missing = max(0.0, 3.0 - 0.5 * years)
        ratio = 0.05 / 50.0 * 10.0 ** (missing / 0.7 - 0.2 * years)
        costs.append(ratio if missing <= 0.7 * 4 else NAN)
    assert np.flatnonzero(np.isfinite(costs))[0] == 2
    expected = sum(0.4 <= 0.25 * k < 1.40625 for k in range(9))
    snapshot = Snapshot(
        {"tiers": {}}, {"technology.human_level_oom": 29.0}, {"human_level_cost_ratio": costs}
    )
    found = compute(snapshot, ["human_level_window_steps", "human_level_first_cost_ratio"])
    assert found["human_level_window_steps"] == expected == 4
    assert found["human_level_first_cost_ratio"] == pytest.approx(costs[2]) and costs[2] > 1.0


def test_crossings_are_told_once_for_each_class_and_cost_what_copies_cost() -> None:
    industry = run(small("inference-at-deployment", {"technology.human_level_oom": 26.5}), 5)
    events = industry.results.tables["events"]
    first = events[events["kind"] == "human level"]
    tasks = [event["task"] for event in map(_payload, first["payload"])]
    assert tasks and len(tasks) == len(set(tasks))
    for told in map(_payload, first["payload"]):
        assert told["cost_ratio"] == pytest.approx(told["usd_hour"] / told["wage_usd"])
    assert set(events["kind"]) >= {"human level inside", "cost parity"}
    assert {("human level", t) for t in tasks} <= industry.crossed


def test_human_level_may_differ_by_class() -> None:
    """Every class easier by an OOM is human level lower by an OOM; one class alone is told alone."""
    changes: dict[str, Any] = {"technology.human_level_oom": 28.0}
    easier = {f"tasks.{i}.human_offset_oom": -1.5 for i in range(8)}
    lower = run(small(changes={"technology.human_level_oom": 26.5}), 2).results.metrics
    offset = run(small(changes=changes | easier), 2).results.metrics
    for name in ("human_hours_share", "human_level_step", "human_level_cost_ratio", "human_level_tasks"):
        np.testing.assert_allclose(lower[name], offset[name])
    one = run(small(changes=changes | {"tasks.0.human_offset_oom": -5.0}), 1)
    told = [_payload(p) for p in one.results.tables["events"].query("kind == 'human level'")["payload"]]
    assert [event["task"] for event in told] == ["chat"]


def _payload(text: str) -> dict[str, Any]:
    import json

    found: dict[str, Any] = json.loads(text)
    return found


# -- P15: rounds ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("kept", "decay", "rounds", "expected"), P15)
def test_rounds_add_up_to_p15(kept: float, decay: float, rounds: int, expected: float) -> None:
    won = 0.0
    for k in range(rounds):
        won += float(
            round_gain(100.0, k, retention=kept, inference_exponent=0.7, span_oom=np.inf, decay=decay)
        )
    assert won == pytest.approx(expected, abs=1e-6)
    path = distillation_path(rounds, 100.0, retention=kept, inference_exponent=0.7, decay=decay)
    assert path[-1] == pytest.approx(won)


def test_what_is_distilled_may_speed_up_rounds() -> None:
    """rho = rho_0 10^(xi e): .8 x 10^(.1 x 2) = 1.268, squared for the third round."""
    rules: dict[str, Any] = {"retention": 0.5, "inference_exponent": 0.7, "span_oom": np.inf, "decay": 0.8}
    faster = round_gain(100.0, 2, **rules, explosive_slope=0.1, distilled_oom=2.0)
    assert float(faster) == pytest.approx(0.7 * (0.8 * 10**0.2) ** 2)
    assert float(round_gain(100.0, 2, **rules, explosive_slope=0.1)) == pytest.approx(0.7 * 0.64)
