"""Conservation on full runs: every shipped regime, two seeds, moderate size; all identities to 1e-9."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from experiments.verify.conservation import CLOSE, MODERATE, delivered, gaps
from experiments.verify.worlds import build, full
from model import Results, Scenario, simulate
from model.scenario import regime_names


def closes(run: Results) -> None:
    found = gaps(run)
    assert len(found) >= 10
    assert {k: v for k, v in found.items() if not v <= CLOSE} == {}


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("regime", regime_names())
def test_a_regime_conserves(regime: str, seed: int) -> None:
    closes(simulate(Scenario.load(regime).override(MODERATE), seed))


def test_every_kind_of_run_conserves(run: Results) -> None:
    """Other demand, other engines, explicit sites, no compute market, poor labs (see conftest)."""
    closes(run)


def test_scarce_compute_conserves() -> None:
    """What is rationed is neither delivered nor paid for."""
    few = [{**s, "power_mw": s["power_mw"] / 100.0} for s in full()["compute"]["sites"]]
    run = simulate(build(full(compute={"sites": few})), 1)
    assert (delivered(run) < 1.0).any()
    closes(run)


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("labs", "cash_usd"),
        ("labs", "profit_usd"),
        ("labs", "revenue_usd"),
        ("labs", "inference_flop"),
        ("purchases", "users"),
        ("purchases", "payments_usd"),
        ("tiers", "users"),
        ("contracts", "inference_flop"),
        ("users", "population"),
    ],
)
def test_a_hole_is_seen(table: str, column: str) -> None:
    """A millionth too much in the largest cell of a column breaks some identity."""
    run = simulate(Scenario.load("mixed").override({"users.count": 300, "horizon.steps": 3}), 1)
    assert max(gaps(run).values()) <= CLOSE
    frame: pd.DataFrame = run.tables[table]
    rows: pd.DataFrame = frame[frame["tier"] >= 0] if table == "purchases" else frame
    if table == "tiers":
        rows = rows[~rows["self_hosted"]]
    at: Any = rows[column].abs().idxmax()
    run.tables[table].loc[at, column] *= 1.0 + 1e-6
    assert max(gaps(run).values()) > 1e-8
