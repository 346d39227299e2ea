"""Conservation on full runs: every shipped regime, two seeds, moderate size; all identities to 1e-9."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from experiments.verify.conservation import CLOSE, MODERATE, delivered, gaps
from experiments.verify.worlds import build, full
from model import Results, Scenario, simulate
from model.scenario import regime_names
from tests.support.small import small


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


EVERY_FLOW = {  # a world in which labs pay for everything that they can pay for, but for partners' shares
    "horizon.steps": 8,
    "labs.data_count": 8,
    "internal.research_elasticity": 0.4,
    "technology.human_level_oom": 27.0,
    "security.attempts_year": 20.0,
    "security.leak_probability": 1.0,
    "security.illicit_appeal": 4.0,
    "security.first_level_usd_year": 1e4,
    "security.attack_ratio": 1e4,
    "regulation": [
        {"policy": "compute-tax", "tax_share": 0.1},
        {"policy": "training-threshold", "report_cost_usd": 1e9, "fine_usd": 1e5},
    ],
}
FLOWS = "release internal_spend mergers complements security compute_tax fines compliance"  # of labs, USD


def test_every_flow_conserves() -> None:
    run = simulate(small("mixed", EVERY_FLOW), 2)
    for flow in FLOWS.split():
        assert run.labs[f"{flow}_usd"].abs().sum() > 0, flow
    closes(run)
    for flow in FLOWS.split():  # and each counts
        table = run.tables["labs"].copy()
        at: Any = table[f"{flow}_usd"].abs().idxmax()
        table.loc[at, f"{flow}_usd"] *= 1.01
        other = Results(run.tables | {"labs": table}, run.scenario, run.seed)
        assert max(gaps(other).values()) > 1e-8, flow


def test_credits_and_shares_of_partners_conserve() -> None:
    run = simulate(Scenario.load("pretraining").override(MODERATE), 1)
    for column in ("credits_used_usd", "payouts_usd"):
        table = run.tables["labs"].copy()
        at: Any = table[column].idxmax()
        assert table.loc[at, column] > 0, column
        table.loc[at, column] *= 1.01
        assert max(gaps(Results(run.tables | {"labs": table}, run.scenario, run.seed)).values()) > 1e-8


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
