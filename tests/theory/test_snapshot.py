"""P22: a hand-made industry of four labs and six tiers, measured by the very metrics of the model.

Inputs and outcomes are copied from the reference `P22_snapshot`; tolerance 1e-6 (relative).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from model.metrics import Snapshot, compute

ETA, THRESHOLD, DANGER, HUMAN_LEVEL = 0.7, 25.0, 26.0, 27.5
TOKENS, TOKENS_PER_S, USD_PER_FLOP, WAGE = 1000.0, 10.0, 1.4e-18, 50.0
FLOPS_PER_MW = 2.8257142857142858e17
DAYS_PER_QUARTER = 91.3125
# name, training FLOP, parameters, days of training, open weights
LABS = [
    ("A", 3e26, 1.6e12, 90.0, False),
    ("B", 6e25, 7e11, 90.0, False),
    ("C", 9e24, 2.7e11, 60.0, False),
    ("O", 4e24, 1.8e11, 60.0, True),
]
# lab, users, price, depth, wealth, tasks
TIERS = [
    (0, 600_000.0, 60.0, 1.0, 40_000.0, 300.0),
    (0, 100_000.0, 600.0, 100.0, 300_000.0, 300.0),
    (1, 250_000.0, 45.0, 1.0, 30_000.0, 300.0),
    (1, 40_000.0, 450.0, 1000.0, 200_000.0, 300.0),
    (2, 50_000.0, 120.0, 10_000.0, 100_000.0, 300.0),
    (3, 160_000.0, 15.0, 10.0, 20_000.0, 300.0),
]
CAPABILITY = [
    26.477121254719663,
    27.87712125471966,
    25.778151250383644,
    27.878151250383645,
    27.754242509439326,
    25.302059991327962,
]
PARAMETERS: dict[str, Any] = {
    "horizon.step_years": 0.25,
    "technology.training_years": 90.0 / 365.25,
    "technology.tokens_per_second": TOKENS_PER_S,
    "technology.inference_price_ratio": 1.0,
    "technology.human_level_oom": HUMAN_LEVEL,
    "oversight.danger_oom": DANGER,
    "users.reference_oom": 24.0,
    "tasks": [{"wage_usd": WAGE, "verifiable": 0.5, "system2": 0.5}],
    "rental_usd_per_flop": USD_PER_FLOP,
    "inference_efficiency": 1.0,
}
OUTCOMES = {
    "hhi_revenue": 0.5867428571428571,
    "hhi_users": 0.41819444444444454,
    "effective_labs": 1.7043241137514609,
    "coverage_flop": 0.249833296288064,
    "coverage_users": 0.9367088607594937,
    "coverage_models": 0.6666666666666666,
    "rule_overreach": 0.0,
    "frontier_capability_oom": 27.878151250383645,
    "copies_at_frontier": 551.1463844797178,
    "human_level_cost_usd_hour": 16.128,
    "human_level_cost_ratio": 0.32256,
    "weights_cost_share": 0.4701457451810061,
    "weights_replacement_usd": 84_000_000.0,
    "open_weight_share": 0.13333333333333333,
    "open_weight_gap_oom": 1.8750612633917,
    "largest_training_block_share": 0.6170328327858254,
    "largest_training_block_mw": 136.53272416332746,
    "inference_mw": 48.55913335534133,
    "price_wealth_slope": 1.1277503993855282,
    "frontier_training_flop": 3e26,
    "labs_active": 4.0,
}
THEFT = {  # weights' share of the cost of owning the model, cost of replacing it
    0: (0.8805297266835728, 420_000_000.0),
    1: (0.4701457451810061, 84_000_000.0),
    2: (0.027027027027027025, 12_600_000.000000002),
}

Tables = dict[str, dict[str, Any]]


def industry() -> Tables:
    """The snapshot as rows of the tables, flows per quarter."""
    lab, users, price, depth, wealth, tasks = (np.array(c) for c in zip(*TIERS, strict=True))
    lab = lab.astype(int)
    _, flop, size, days, open_ = (np.array(c) for c in zip(*LABS, strict=True))
    serving = users * tasks * TOKENS * 2.0 * size[lab] * depth
    capability = np.log10(flop)[lab] + ETA * np.log10(depth)
    used = flop * DAYS_PER_QUARTER / days
    ids, n_labs, n_tiers = np.arange(len(TIERS)), len(LABS), len(TIERS)
    return {
        "labs": {
            "step": np.zeros(n_labs, int),
            "lab": np.arange(n_labs),
            "training_flop": flop,
            "training_flop_used": used,
            "training_block_flop": used,
            "inference_flop": np.bincount(lab, serving, n_labs),
            "users": np.bincount(lab, users, n_labs),
            "covered": np.log10(flop) >= THRESHOLD,
            "exited_step": np.full(n_labs, -1),
        },
        "tiers": {
            "lab": lab,
            "tier": ids,
            "model": lab,
            "channel": np.full(n_tiers, "subscription", dtype=object),
            "depth": depth,
            "price_usd": price,
            "users": users,
            "revenue_usd": price * users,
            "inference_flop": serving,
            "capability_oom": capability,
            "danger_capability_oom": capability,
            "human_capability_oom": capability,
            "open_weights": open_[lab],
            "self_hosted": np.zeros(n_tiers, bool),
            "host_run": np.zeros(n_tiers, bool),
            "logged_flop": np.zeros(n_tiers),
        },
        "models": {
            "lab": np.arange(n_labs),
            "model": np.arange(n_labs),
            "released_step": np.zeros(n_labs, int),
            "training_flop": flop,
            "parameters": size,
            "capability_oom": np.log10(flop),
            "open_weights": open_,
            "internal_only": np.zeros(n_labs, bool),
        },
        "users": {
            "segment": np.full(n_tiers, "person", dtype=object),
            "decile": ids + 1,
            "wealth_usd": wealth,
        },
        "purchases": {
            "segment": np.full(n_tiers, "person", dtype=object),
            "decile": ids + 1,
            "lab": lab,
            "tier": ids,
            "users": users,
            "payments_usd": price * users,
        },
        "data_centres": {
            "power_mw": np.array([200.0, 60.0]),
            "capacity_flop": np.array([200.0, 60.0]) * FLOPS_PER_MW * DAYS_PER_QUARTER * 86_400,
        },
    }


def measure(tables: Tables, *names: str, **changes: Any) -> list[float]:
    found = compute(Snapshot(tables, {**PARAMETERS, **changes}), names)
    return [found[name] for name in names]


def only(tables: Tables, table: str, keep: Callable[[dict[str, Any]], Any]) -> Tables:
    """The tables with some rows of one of them."""
    rows = keep(tables[table])
    return {**tables, table: {k: v[rows] for k, v in tables[table].items()}}


def test_capabilities_are_those_of_the_reference() -> None:
    assert industry()["tiers"]["capability_oom"] == pytest.approx(CAPABILITY, rel=1e-12)


@pytest.mark.parametrize("name", OUTCOMES)
def test_outcome(name: str) -> None:
    assert measure(industry(), name) == pytest.approx([OUTCOMES[name]], rel=1e-6, abs=1e-12)


@pytest.mark.parametrize("lab", THEFT)
def test_value_of_stolen_weights_of_each_lab(lab: int) -> None:
    """The frontier lab is whoever sells the best tier: leave one lab's tiers and it is that one."""
    alone = only(industry(), "tiers", lambda rows: rows["lab"] == lab)
    got = measure(alone, "weights_cost_share", "weights_replacement_usd")
    assert got == pytest.approx(THEFT[lab], rel=1e-6)


def test_copies_of_the_frontier_model_at_depth_one() -> None:
    """P22 copies_frontier_I1: the same lab with one pass per answer."""
    tables = only(industry(), "tiers", lambda rows: rows["lab"] == 1)
    tables["tiers"]["depth"] = np.ones(2)
    assert measure(tables, "copies_at_frontier") == pytest.approx([551146.3844797178], rel=1e-6)


def test_coverage_is_counted_by_lab_not_by_tier() -> None:
    """By tiers the coverage would be .75: A twice, B once, C not."""
    tables = industry()
    feared = tables["tiers"]["danger_capability_oom"] >= DANGER
    covered = tables["labs"]["covered"][tables["tiers"]["lab"]]
    assert covered[feared].mean() == 0.75
    assert measure(tables, "coverage_models") == pytest.approx([2 / 3])


def test_slope_leaves_open_tiers_out() -> None:
    """Were O closed, the slope over all tiers would be 1.250."""
    tables = industry()
    tables["tiers"]["open_weights"] = np.zeros(6, bool)
    assert measure(tables, "price_wealth_slope") == pytest.approx([1.250], abs=5e-4)


def test_users_of_open_labs_count() -> None:
    """Closed labs only would give .533."""
    closed = only(industry(), "labs", lambda rows: rows["lab"] != 3)
    assert measure(closed, "hhi_users") == pytest.approx([0.533], abs=5e-4)


def test_visibility_uses_what_was_seen_not_what_is_covered() -> None:
    tables = industry()
    tables["labs"]["observed"] = np.array([False, True, True, False])
    users, flop, models = measure(tables, "visibility_users", "visibility_flop", "visibility_models")
    assert users == pytest.approx(90_000 / 790_000)
    # dangerous FLOP in units of 1e25: A0 .0576, A1 .96, B1 1.68, C0 8.1
    assert flop == pytest.approx((1.68 + 8.1) / (0.0576 + 0.96 + 1.68 + 8.1), rel=1e-9)
    assert models == pytest.approx(2 / 3)
    # logs of a quarter of what A1 serves add to it; those of B1, which is seen already, do not
    tables["tiers"]["logged_flop"] = tables["tiers"]["inference_flop"] * [0.0, 0.25, 0.0, 0.5, 0.0, 0.0]
    assert measure(tables, "visibility_flop") == pytest.approx(
        [(0.25 * 0.96 + 1.68 + 8.1) / (0.0576 + 0.96 + 1.68 + 8.1)], rel=1e-9
    )


def test_stored_tables_give_the_same_answer() -> None:
    """The same rows as data frames, among those of other steps."""
    frames = {}
    for name, columns in industry().items():
        now = pd.DataFrame({**columns, "step": 3})
        numbers = now.select_dtypes("number").columns.drop(["step"])
        later = now.assign(step=4, **{key: now[key] * 2 for key in numbers})
        frames[name] = pd.concat([later, now]) if name != "models" else now
    parameters = {key: value for key, value in PARAMETERS.items() if key != "rental_usd_per_flop"}
    frames["data_centres"]["rental_usd_per_flop"] = USD_PER_FLOP
    snapshot = Snapshot.from_tables(frames, 3, parameters)
    assert compute(snapshot, OUTCOMES) == pytest.approx(OUTCOMES, rel=1e-6, abs=1e-12)
    assert math.isnan(compute(snapshot, ["observer_forecast_error_oom"]).popitem()[1])
