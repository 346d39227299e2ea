"""P22: a hand-made industry of four labs and six tiers, measured by the metrics of the model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from experiments.verify.registry import Finding, case, close, close_all, reference
from model.metrics import Snapshot, compute

QUARTER_DAYS = 91.3125
# name in the reference -> metric of the model
NAMES = {
    "hhi_revenue": "hhi_revenue",
    "hhi_users": "hhi_users",
    "n_eff": "effective_labs",
    "coverage_flop": "coverage_flop",
    "coverage_users": "coverage_users",
    "coverage_models": "coverage_models",
    "over_inclusion": "rule_overreach",
    "copies_frontier": "copies_at_frontier",
    "human_cost_per_hour": "human_level_cost_usd_hour",
    "human_cost_over_wage": "human_level_cost_ratio",
    "open_user_share": "open_weight_share",
    "open_gap_oom_train": "open_weight_gap_oom",
    "mono_share": "largest_training_block_share",
    "largest_block_MW": "largest_training_block_mw",
    "inference_MW_total": "inference_mw",
    "price_wealth_elasticity": "price_wealth_slope",
}

THEFT = ("weights_cost_share", "weights_replacement_usd")

Tables = dict[str, dict[str, Any]]


def tables(given: dict[str, Any]) -> Tables:
    """The reference's industry as rows of result tables, flows per quarter."""
    labs = given["labs"]
    lab = np.repeat(np.arange(len(labs)), [len(x["tiers"]) for x in labs])
    tiers = [t for x in labs for t in x["tiers"]]
    users, price, depth, wealth, tasks = (
        np.array([float(t[key]) for t in tiers]) for key in ("users", "price", "I", "wealth", "tasks")
    )
    flop, size, days = (np.array([float(x[key]) for x in labs]) for key in ("C", "N", "train_days"))
    opened = np.array([x["open"] for x in labs])
    serving = users * tasks * given["tokens"] * 2.0 * size[lab] * depth
    capability = np.log10(flop)[lab] + given["eta"] * np.log10(depth)
    used = flop * QUARTER_DAYS / days
    ids, width = np.arange(lab.size), len(labs)
    power = np.array([200.0, 60.0])
    return {
        "labs": {
            "step": np.zeros(width, int),
            "lab": np.arange(width),
            "training_flop": flop,
            "training_flop_used": used,
            "training_block_flop": used,
            "inference_flop": np.bincount(lab, serving, width),
            "users": np.bincount(lab, users, width),
            "covered": np.log10(flop) >= given["tau"],
            "exited_step": np.full(width, -1),
        },
        "tiers": {
            "lab": lab,
            "tier": ids,
            "model": lab,
            "channel": np.full(ids.size, "subscription", dtype=object),
            "depth": depth,
            "human_depth": depth,
            "price_usd": price,
            "users": users,
            "revenue_usd": price * users,
            "inference_flop": serving,
            "capability_oom": capability,
            "danger_capability_oom": capability,
            "human_capability_oom": capability,
            "open_weights": opened[lab],
            "self_hosted": np.zeros(ids.size, bool),
        },
        "models": {
            "lab": np.arange(width),
            "model": np.arange(width),
            "released_step": np.zeros(width, int),
            "training_flop": flop,
            "parameters": size,
            "capability_oom": np.log10(flop),
            "open_weights": opened,
            "internal_only": np.zeros(width, bool),
        },
        "users": {
            "segment": np.full(ids.size, "person", dtype=object),
            "decile": ids + 1,
            "wealth_usd": wealth,
        },
        "purchases": {
            "segment": np.full(ids.size, "person", dtype=object),
            "decile": ids + 1,
            "lab": lab,
            "tier": ids,
            "users": users,
            "payments_usd": price * users,
        },
        "data_centres": {
            "power_mw": power,
            "capacity_flop": power * given["flops_per_MW"] * QUARTER_DAYS * 86_400,
        },
    }


def settings(given: dict[str, Any]) -> dict[str, Any]:
    """The reference's constants under the model's names."""
    return {
        "horizon.step_years": 0.25,
        "technology.training_years": 90.0 / 365.25,
        "technology.tokens_per_second": given["tok_per_s"],
        "technology.inference_price_ratio": 1.0,
        "technology.human_level_oom": given["G_H"],
        "oversight.danger_oom": given["D"],
        "users.reference_oom": 24.0,
        "tasks": [{"wage_usd": given["wage"], "verifiable": 0.5, "system2": 0.5}],
        "rental_usd_per_flop": given["usd_per_flop"],
        "inference_efficiency": 1.0,
    }


def only(all_rows: Tables, lab: int, **columns: float) -> Tables:
    """The tables with the tiers of one lab, some of their columns set to a number."""
    keep = all_rows["tiers"]["lab"] == lab
    rows = {k: np.asarray(v)[keep] for k, v in all_rows["tiers"].items()}
    rows |= {k: np.full(int(keep.sum()), v) for k, v in columns.items()}
    return {**all_rows, "tiers": rows}


@case("P22", "Metrics of a hand-made industry", "static", quick=True)
def snapshot() -> Iterator[Finding]:
    """Every outcome of the reference, by the metrics that every run reports."""
    given, wanted = reference()["P22_snapshot"]["input"], reference()["P22_snapshot"]["metrics"]
    rows, parameters = tables(given), settings(given)
    found = compute(Snapshot(rows, parameters), [*NAMES.values(), "frontier_capability_oom"])
    yield close_all("capability", rows["tiers"]["capability_oom"], list(wanted["G"].values()), rel=1e-6)
    for theirs, ours in NAMES.items():
        yield close(f"{theirs} = {ours}", found[ours], wanted[theirs], rel=1e-6)
    frontier = wanted["G"]["B1"]
    yield close("frontier configuration", found["frontier_capability_oom"], frontier, rel=1e-6)
    for lab, theft in enumerate(wanted["theft"].values()):
        alone = compute(Snapshot(only(rows, lab), parameters), THEFT)
        name = given["labs"][lab]["name"]
        yield close(
            f"weights' share, lab {name}", alone["weights_cost_share"], theft["weights_share"], rel=1e-6
        )
        worth = alone["weights_replacement_usd"]
        yield close(f"cost of replacing the weights, lab {name}", worth, theft["replacement_usd"], rel=1e-6)
    shallow = Snapshot(only(rows, 1, depth=1.0, human_depth=1.0), parameters)
    copies = compute(shallow, ["copies_at_frontier"])["copies_at_frontier"]
    yield close("copies of the frontier model at depth one", copies, wanted["copies_frontier_I1"], rel=1e-6)
    # Given in words: closed labs only would make .533, all tiers 1.250, tiers instead of labs .75.
    closed = {k: np.asarray(v)[rows["tiers"]["lab"] < 3] for k, v in rows["tiers"].items()}
    labs = {**rows["labs"], "users": np.where(np.arange(4) < 3, rows["labs"]["users"], 0.0)}
    fewer = compute(Snapshot({**rows, "tiers": closed, "labs": labs}, parameters), ["hhi_users"])
    yield close("HHI of users without the open lab", fewer["hhi_users"], 0.533, abs=5e-4)
    shut = {**rows["tiers"], "open_weights": np.zeros(6, bool)}
    every = compute(Snapshot({**rows, "tiers": shut}, parameters), ["price_wealth_slope"])
    yield close("slope over all tiers", every["price_wealth_slope"], 1.250, abs=5e-4)
