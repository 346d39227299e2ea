"""P23: another length of step is a finer clock; users one by one or lumped are the same law."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import ks_2samp, t

from experiments.verify.registry import Finding, at_least, at_most, between, case, close_all
from experiments.verify.scenarios import last_labs, last_tiers, merged, scaling_game, scenario, settle
from experiments.verify.worlds import build, full
from model import Results, Scenario, simulate

Floats = np.ndarray[Any, np.dtype[np.float64]]
QUARTER = 0.25
YEARS = 3.0
# The full model where nothing jumps: no firms (a few have most of the volume), no rounds, no ideas for
# tiers, no entry and exit, runs and building as flows.
SMOOTH = {
    "users": {"business_share": 0.0, "reconsider_per_quarter": 0.5},
    "technology": {"distillation": {"max_rounds": 0}},
    "labs": {
        "training_mode": "continuous",
        "adapt": {"menu": False, "entry": False, "exit": False, "openness": False, "internal": False},
    },
    # methods are found at random; hosts come and go with the models they carry
    "misuse": {"actors": 0, "lab_innovations_year": 0.0, "small_innovations_year": 0.0},
    "open_weights": {"hosts": False},
    "compute": {"expansion_limit": 0.0},
}
SEEDS = 12
# How far means over seeds may be apart between a quarter and half of it, and what each is.
APART = {
    "log of revenue": 0.2,
    "log of the largest run": 0.3,
    "log of the price of compute": 0.2,
    "log of depth": 0.4,
    "mark-up": 0.05,
    "adoption": 0.01,
    "HHI of users": 0.12,
    "open share": 0.2,
}


@case("P23", "Half the step in theory", "dynamic", quick=False)
def half_step() -> Iterator[Finding]:
    """Prices, depths, training and habits over four years, in quarters and in half quarters: 2 %."""

    def game(dt: float) -> Scenario:
        labs = [
            {"name": "A", "training_flop": 4e3, "appeal": 0.5, "tiers": [{"depth": 20.0}]},
            {"name": "B", "training_flop": 2e3, "tiers": [{"depth": 40.0}]},
        ]
        base = scaling_game(training=0.5, inference=0.35, users=1e4, labs=2).model_dump(mode="python")
        more = {
            "horizon": {"step_years": dt, "steps": round(4.0 / dt)},
            "users": {"reconsider_per_quarter": 0.5, "inertia": 0.5, "wealth": {"atoms": [1.0]}},
            "labs": {"start": "list", "explicit": labs},
        }
        return build(base, more)

    whole, half = settle(game(QUARTER)), settle(game(QUARTER / 2))
    old, new = last_tiers(whole), last_tiers(half)
    yield close_all("yearly price", new["price_usd"] * 2, old["price_usd"], rel=0.02)
    yield close_all("users", new["users"], old["users"], rel=0.02)
    yield close_all("depth", new["depth"], old["depth"], rel=0.02)
    old, new = last_labs(whole), last_labs(half)
    yield close_all("training", new["training_flop"], old["training_flop"], rel=0.02)
    yield close_all("yearly revenue", new["revenue_usd"] * 2, old["revenue_usd"], rel=0.02)


def ticking(dt: float, *changes: dict[str, Any]) -> Scenario:
    """The full model over some years at a length of step."""
    return build(merged(full(), *changes, {"horizon": {"step_years": dt, "steps": round(YEARS / dt)}}))


def state(results: Results) -> dict[str, Floats]:
    """What labs and tiers are at the end, flows by year."""
    dt = results.scenario.horizon.step_years
    labs, tiers, last = last_labs(results), last_tiers(results), results.metrics.iloc[-1]
    sold = tiers[~tiers["self_hosted"]]
    return {
        "labs: training": labs["training_flop"].to_numpy(),
        "labs: revenue": labs["revenue_usd"].to_numpy() / dt,
        "labs: users": labs["users"].to_numpy(),
        "market: price of compute": np.array([last["compute_price_usd_per_flop"]]),
        "market: HHI": np.array([last["hhi_users"]]),
        "market: adoption": np.array([last["adoption"]]),
        "tiers: prices": sold["price_usd"].to_numpy() / dt,
        "tiers: depths": sold["depth"].to_numpy(),
        "tiers: users": sold["users"].to_numpy(),
    }


@case("P23", "Half the step on the full model, smooth", "dynamic", quick=False)
def half_step_full() -> Iterator[Finding]:
    """Quarters, halves and quarters of them: differences shrink, and both pairs point to one limit.

    A step is also the lag with which agents see each other, so the state is right to first order in it:
    twice the finer less the coarser run is what a pair says of no lag at all. The two pairs must agree in
    that to 2 % for labs and the market, to 5 % for tiers, whose shares answer tenfold to their prices.
    """
    runs = [state(settle(ticking(QUARTER / n, SMOOTH))) for n in (1, 2, 4)]
    gaps = []
    for name in runs[0]:
        a, b, c = (run[name] for run in runs)
        room = 0.05 if name.startswith("tiers") else 0.02
        yield close_all(f"{name}: the limit from either pair", 2 * b - a, 2 * c - b, rel=room)
        gaps.append([float(np.abs(b / a - 1).mean()), float(np.abs(c / b - 1).mean())])
    first, second = np.mean(gaps, axis=0)
    yield at_most("a quarter against half of it, mean difference", first, 0.05)
    yield at_most("half against a quarter of it, over that", second / first, 0.75)


def outcomes(results: Results) -> dict[str, float]:
    """Means of the last year, and revenue of the last two."""
    late = results.metrics[results.metrics["time_years"] >= YEARS - 1.0 - 1e-9]
    labs = results.labs[results.labs["time_years"] > 1.0 + 1e-9]
    found = {
        "log of revenue": np.log(labs["revenue_usd"].sum()),
        "log of the largest run": np.log(late["frontier_training_flop"]).mean(),
        "log of the price of compute": np.log(late["compute_price_usd_per_flop"]).mean(),
        "log of depth": np.log(late["depth_mean"]).mean(),
        "mark-up": late["markup_mean"].mean(),
        "adoption": late["adoption"].mean(),
        "HHI of users": late["hhi_users"].mean(),
        "open share": late["open_weight_share"].mean(),
    }
    return {name: float(value) for name, value in found.items()}


@case("P23", "Half the step on the full model, over seeds", "dynamic", quick=False)
def half_step_seeds() -> Iterator[Finding]:
    """Entry, ideas, rounds and permits jump: means over seeds, with the 95 % interval of the difference.

    The bounds say what half a step less of lag is worth; they were set when the differences were known.
    """
    rows = [[outcomes(simulate(ticking(dt), seed)) for dt in (QUARTER, QUARTER / 2)] for seed in range(SEEDS)]
    far = pd.DataFrame([half for _, half in rows]) - pd.DataFrame([whole for whole, _ in rows])
    for name, bound in APART.items():
        mean, error = float(far[name].mean()), float(far[name].std() / np.sqrt(SEEDS))
        width = float(t.ppf(0.975, SEEDS - 1)) * error
        yield between(f"{name}: mean difference (interval +- {width:.2g})", mean, -bound, bound)


@case("P23", "Users one by one or lumped", "dynamic", quick=False)
def lumped() -> Iterator[Finding]:
    """The same law of demand from both engines: shares of a lab and of no AI over 80 seeds."""
    labs = [
        {"name": "A", "appeal": 0.4, "tiers": [{"cost_usd": 0.1, "capability_oom": 1.0, "price_usd": 1.0}]},
        {"name": "B", "tiers": [{"cost_usd": 0.1, "capability_oom": 1.2, "price_usd": 1.1}]},
    ]
    found: dict[str, list[tuple[float, float]]] = {}
    for engine, first in (("individual", 0), ("lumped", 1000)):
        users = {
            "count": 500,
            "demand": "sampled",
            "engine": engine,
            "agent_limit": 0,
            "inertia": 0.7,
            "reconsider_per_quarter": 0.4,
            "wealth": {"atoms": [0.5, 1.0, 2.0, 4.0, 8.0]},
            "outside_utility": 0.0,
        }
        horizon = {"steps": 3, "step_years": 0.25}
        game = scenario({"horizon": horizon, "users": users, "labs": {"explicit": labs}})
        rows = []
        for seed in range(first, first + 80):
            end = last_tiers(simulate(game, seed))["users"].to_numpy()
            rows.append((float(end[0]), 1.0 - float(end.sum())))
        found[engine] = rows
    for place, name in enumerate(("share of A", "no AI")):
        one, other = ([r[place] for r in found[e]] for e in ("individual", "lumped"))
        p = float(ks_2samp(one, other).pvalue)
        yield at_least(f"Kolmogorov-Smirnov p, {name}", p, 1e-3)


@case("P23", "Users one by one or lumped, full model", "dynamic", quick=False)
def lumped_full() -> Iterator[Finding]:
    """The same over 30 seeds of the full model for a year: labs' users, adoption and payments."""
    found: dict[str, list[list[float]]] = {}
    for engine, first in (("individual", 0), ("lumped", 1000)):
        users = {"count": 600, "types": 60, "demand": "sampled", "engine": engine}
        chosen = build(full(users=users, horizon={"steps": 4}, labs={"adapt": {"entry": False}}))
        found[engine] = []
        for seed in range(first, first + 30):
            run = simulate(chosen, seed)
            last = run.metrics.iloc[-1]
            paid = float(last_labs(run)["revenue_usd"].sum())
            found[engine].append([last["hhi_users"], last["adoption"], last["open_weight_share"], paid])
    for place, name in enumerate(("HHI of users", "adoption", "open share", "revenue")):
        one, other = ([r[place] for r in found[e]] for e in ("individual", "lumped"))
        p = float(ks_2samp(one, other).pvalue)
        yield at_least(f"Kolmogorov-Smirnov p, {name}", p, 1e-3)
