"""P23: what must not matter does not, on the full model; and controls that must show nothing."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from scipy.stats import ks_2samp

from experiments.verify.registry import Finding, at_least, case, close, close_all, same
from experiments.verify.scenarios import last_labs, last_tiers, merged, scaling_game, scenario, settle
from model import Results, Scenario, simulate
from model.mechanisms.compute import clear, market_price

K = 8.0  # the factor by which units change
EXACT = 1e-6
SITES: list[dict[str, Any]] = [
    {"name": "a", "region": "US", "power_mw": 400.0},
    {"name": "b", "region": "EU", "power_mw": 250.0},
    {"name": "c", "region": "CN", "power_mw": 150.0},
]
MONEY = {
    "users": ("business_budget_usd_year", "advert_usd_year"),
    "labs": (
        "menu_cost_usd",
        "tier_cost_usd_year",
        "overhead_usd_year",
        "parent_budget_usd_year",
        "initial_round_usd",
        "entrant_capital_usd",
        "entry_cost_usd",
    ),
    "open_weights": ("setup_usd_year",),
    "compute": ("reference_price", "chip_usd"),
}

Table = dict[str, Any]


def full(**changes: Any) -> Table:
    """A whole industry: firms and persons, many tasks, sites, runs, tiers, entry, rules, open weights."""
    labs = [
        {
            "name": name,
            "training_flop": flop,
            "cash_usd": 3e9,
            "appeal": appeal,
            "open_weights": name == "C",
            "tiers": [{"depth": 1.0}, {"depth": 20.0}],
        }
        for name, flop, appeal in (("A", 2e25, 0.3), ("B", 1.2e25, 0.0), ("C", 6e24, -0.2))
    ]
    base = {
        "horizon": {"steps": 12},
        "users": {"count": 400, "demand": "expected", "agent_limit": 0},
        "technology": {
            "inference_exponent": 0.5,
            "inference_span_oom": 3.0,
            "distillation": {"max_rounds": 3, "retention": 0.5},
        },
        "labs": {"start": "list", "explicit": labs, "research_sample": 400, "screening_sample": 400},
        # short works, so that what is ordered within the run opens within it
        "compute": {"sites": SITES, "chip_usd": 120_000.0, "build_years": 0.5},
        "oversight": {"sight_small_year": 0.5, "sight_large_year": 0.5},
    }
    return merged(base, changes)


def build(*tables: Mapping[str, Any]) -> Scenario:
    """A scenario from nested tables."""
    return Scenario.from_mapping(merged({}, *tables))


def dearer(table: Table, k: float) -> Table:
    """Everything in money times k. Power per chip stands for its price: the data fix USD per kWh."""
    given = build(table).model_dump(mode="python")
    changes: Table = {s: {n: given[s][n] * k for n in names} for s, names in MONEY.items()}
    changes["users"]["wealth"] = {"median_usd_year": given["users"]["wealth"]["median_usd_year"] * k}
    changes["labs"]["explicit"] = [{**x, "cash_usd": x["cash_usd"] * k} for x in table["labs"]["explicit"]]
    changes["tasks"] = [{**t, "wage_usd": t["wage_usd"] * k} for t in given["tasks"]]
    changes["regulation"] = [
        {**r, "fine_usd": r["fine_usd"] * k, "report_cost_usd": r["report_cost_usd"] * k}
        for r in given["regulation"]
    ]
    changes["compute"] |= {
        "kw_per_chip": given["compute"]["kw_per_chip"] * k,
        "permit_reference_mw": given["compute"]["permit_reference_mw"] * k,
        "sites": [{**s, "power_mw": s["power_mw"] * k} for s in SITES],
    }
    changes["oversight"] = {"sight_mw": given["oversight"]["sight_mw"] * k}
    return merged(table, changes)


def other_flop(table: Table, k: float) -> Table:
    """Every FLOP times k: sizes, chips, parameters' FLOP; money per FLOP over k; OOM shifted."""
    given = build(table).model_dump(mode="python")
    tech, shift = given["technology"], math.log10(k)
    changes: Table = {
        "technology": {
            "reference_training_flop": tech["reference_training_flop"] * k,
            "reference_parameters": tech["reference_parameters"] * k,
            "wall_oom": tech["wall_oom"] + shift,
            "human_level_oom": tech["human_level_oom"] + shift,
        },
        "users": {"reference_oom": given["users"]["reference_oom"] + shift},
        "tasks": [{**t, "difficulty_oom": t["difficulty_oom"] + shift} for t in given["tasks"]],
        "compute": {
            "flop_per_chip": given["compute"]["flop_per_chip"] * k,
            "reference_price": given["compute"]["reference_price"] / k,
        },
        "regulation": [{**r, "threshold_oom": r["threshold_oom"] + shift} for r in given["regulation"]],
        "oversight": {"danger_oom": given["oversight"]["danger_oom"] + shift},
        "labs": {
            "explicit": [{**x, "training_flop": x["training_flop"] * k} for x in table["labs"]["explicit"]]
        },
    }
    return merged(table, changes)


def outcome(results: Results) -> dict[str, np.ndarray[Any, Any]]:
    """What is compared: tiers and labs of all steps."""
    tiers, labs = results.tiers, results.labs
    return {
        "price": tiers["price_usd"].to_numpy(),
        "users": tiers["users"].to_numpy(),
        "depth": tiers["depth"].to_numpy(),
        "training": labs["training_flop"].to_numpy(),
        "cash": labs["cash_usd"].to_numpy(),
        "profit": labs["profit_usd"].to_numpy(),
        "compute price": results.metrics["compute_price_usd_per_flop"].to_numpy()
        if "compute_price_usd_per_flop" in results.metrics
        else np.zeros(1),
    }


def compare(
    label: str, before: Results, after: Results, factor: Mapping[str, float] | None = None
) -> Iterator[Finding]:
    """All tiers and labs at all steps, up to known factors."""
    old, new = outcome(before), outcome(after)
    for name, values in old.items():
        scaled = new[name] / (factor or {}).get(name, 1.0)
        size = float(np.abs(values).max()) or 1.0
        if name in ("cash", "profit"):  # differences of large numbers: judged by their size
            yield close_all(f"{label}: {name} over its largest", scaled / size, values / size, abs=EXACT)
        else:
            yield close_all(f"{label}: {name}", scaled, values, rel=EXACT, abs=1e-9 * size)


@case("P23", "Units: money, FLOP and utils", "dynamic", quick=False)
def units() -> Iterator[Finding]:
    """The full model in other money, another unit of compute, another zero of utility."""
    table = full()
    before = settle(build(table))
    yield at_least("(the full model moves: entrants, runs and tiers)", float(len(before.models)), 5.0)
    money = {"price": K, "cash": K, "profit": K, "compute price": K}
    yield from compare("money x 8", before, settle(build(dearer(table, K))), money)
    # With the S-curve link, task heights are fitted on 24 to 30 OOM: that range is in FLOP.
    line = full(users={"link": "linear"})
    flop = {"training": K, "compute price": 1.0 / K}
    yield from compare("FLOP x 8, linear link", settle(build(line)), settle(build(other_flop(line, K))), flop)
    raised = [{**x, "appeal": x["appeal"] + 3.0} for x in table["labs"]["explicit"]]
    off = {"open_weights": {"self_hosting": False}}
    yield from compare(
        "all utilities + 3",
        settle(build(table, off)),
        settle(build(table, off, {"labs": {"explicit": raised}, "users": {"outside_utility": 3.0}})),
    )


@case("P23", "Names of labs; sites split in two", "dynamic", quick=False)
def names() -> Iterator[Finding]:
    """Labs in another order; a site as two halves without transport cost."""
    # Luck belongs to a lab's number: no ideas for tiers, no entrants, no delays by fractions of a step.
    plain = {
        "regulation": [],
        "labs": {"adapt": {"menu": False, "entry": False, "distillation": False}},
        "open_weights": {"self_hosting": False},
    }
    table = merged(full(), plain)
    before = settle(build(table))
    turned = [2, 0, 1]
    moved = merged(table, {"labs": {"explicit": [table["labs"]["explicit"][i] for i in turned]}})
    after = settle(build(moved))
    for column in ("training_flop", "cash_usd", "users", "profit_usd"):
        old = before.labs.set_index(["step", "name"])[column].sort_index()
        new = after.labs.set_index(["step", "name"])[column].sort_index()
        size = float(old.abs().max())
        yield close_all(f"labs in another order: {column}", new / size, old / size, abs=EXACT)
    cost, demand = np.array([1.0, 1.5, 2.2, 3.5]), [60.0, 75.0]
    transport = np.array([[0.0, 0.2, 0.4, 0.1], [0.3, 0.0, 0.1, 0.5]])
    whole = clear([50.0, 80.0, 40.0, 30.0], cost, demand, transport)
    split = [0, 0, 1, 2, 3]
    halves = clear([25.0, 25.0, 80.0, 40.0, 30.0], cost[split], demand, transport[:, split])
    yield close_all("a site split: prices of demand", halves.demand_price, whole.demand_price, rel=1e-9)
    yield close_all("a site split: rents", halves.site_rent, whole.site_rent[split], abs=1e-9)
    one = market_price([50.0, 80.0], [1.0, 1.5], 70.0, 60.0, 1.4, 0.8)
    two = market_price([25.0, 25.0, 80.0], [1.0, 1.0, 1.5], 70.0, 60.0, 1.4, 0.8)
    yield close("a site split: the uniform price", two.price, one.price, rel=1e-9)


def shaped(key: str, **changes: float) -> Scenario:
    """A small market of P10 without outside option: Lambda = 1.22, or depth on marginal cost."""
    exponents = {"fixed": (1.22, 0.0), "depth": (0.22, 0.854)}[key]
    users = changes.get("users", 2e4)
    return scaling_game(
        training=exponents[0],
        inference=exponents[1],
        users=users,
        labs=2,
        kappa=changes.get("kappa", 0.01),
        overhead=changes.get("overhead", 1000.0),
        outside=None,
        appeal=0.0,
        steps=300,
        first_flop=exponents[0] * users / 2.0 / changes.get("price", 1.0),
        more={
            "compute": {"price": changes.get("price", 1.0)},
            "labs": {
                "entry_hazard_year": 0.05 if key == "fixed" else 0.5,
                "adapt": {"entry": True, "exit": True},
            },
        },
    )


@case("P23", "Size of the market, price of compute, cost of depth", "dynamic", quick=False)
def covered() -> Iterator[Finding]:
    """Relations of a covered market that need free entry; each run settles from two labs."""
    for key in ("fixed", "depth"):
        base = settle(shaped(key))
        n = float(base.metrics["labs_total"].iloc[-1])
        double = settle(shaped(key, users=4e4, overhead=2000.0))
        label = f"Lambda {'1.22' if key == 'fixed' else '.22 and depth'}"
        yield same(f"users and overhead x 2: labs, {label}", double.metrics["labs_total"].iloc[-1], n)
        dear = settle(shaped(key, price=2.0))
        yield same(f"price of compute x 2: labs, {label}", dear.metrics["labs_total"].iloc[-1], n)
        flop, half = (float(last_labs(x)["training_flop"].mean()) for x in (base, dear))
        yield close(f"price of compute x 2: C / 2, {label}", half * 2.0, flop, rel=1e-3)
        shares = [np.sort(last_labs(x)["share_users"].to_numpy()) for x in (base, dear)]
        yield close_all(f"price of compute x 2: shares, {label}", shares[1], shares[0], abs=1e-3)
    costly = settle(shaped("depth", kappa=0.02))
    yield same("kappa x 2: labs", costly.metrics["labs_total"].iloc[-1], n)
    deep, shallow = (float(last_tiers(x)["depth"].mean()) for x in (base, costly))
    yield close("kappa x 2: I / 2", shallow * 2.0, deep, rel=1e-3)


@case("P23", "Half the step", "dynamic", quick=False)
def half_step() -> Iterator[Finding]:
    """Prices, depths, training and habits over four years, in quarters and in half quarters."""

    def game(dt: float) -> Scenario:
        part = dt / 0.25

        def pace(share: float) -> float:
            return float(1.0 - (1.0 - share) ** part)

        labs = [
            {"name": "A", "training_flop": 4e3, "appeal": 0.5, "tiers": [{"depth": 20.0}]},
            {"name": "B", "training_flop": 2e3, "tiers": [{"depth": 40.0}]},
        ]
        base = scaling_game(training=0.5, inference=0.35, users=1e4, labs=2).model_dump(mode="python")
        return build(
            base,
            {
                "horizon": {"step_years": dt, "steps": round(4.0 / dt)},
                "users": {
                    "reconsider_per_quarter": 0.5,
                    "inertia": 0.5,
                    # money is per step: incomes and tasks per year keep their meaning
                    "wealth": {"atoms": [1.0]},
                },
                "labs": {
                    "start": "list",
                    "explicit": labs,
                    "price_damping": pace(0.3),
                    "depth_damping": 0.3 * part,
                    "training_damping": 0.1 * part,
                },
            },
        )

    whole, half = settle(game(0.25)), settle(game(0.125))
    old, new = last_tiers(whole), last_tiers(half)
    yield close_all("yearly price", new["price_usd"] / 0.125, old["price_usd"] / 0.25, rel=0.02)
    yield close_all("users", new["users"], old["users"], rel=0.02)
    yield close_all("depth", new["depth"], old["depth"], rel=0.02)
    old, new = last_labs(whole), last_labs(half)
    yield close_all("training", new["training_flop"], old["training_flop"], rel=0.02)
    yield close_all("yearly revenue", new["revenue_usd"] / 0.125, old["revenue_usd"] / 0.25, rel=0.02)


@case("P23", "Users one by one or lumped", "dynamic", quick=False)
def lumped() -> Iterator[Finding]:
    """The same law of demand from both engines: shares of a lab and of no AI over 80 seeds."""
    labs = [
        {"name": "A", "appeal": 0.4, "tiers": [{"cost_usd": 0.1, "capability_oom": 1.0, "price_usd": 1.0}]},
        {"name": "B", "tiers": [{"cost_usd": 0.1, "capability_oom": 1.2, "price_usd": 1.1}]},
    ]
    found: dict[str, list[tuple[float, float]]] = {}
    for engine, first in (("individual", 0), ("lumped", 1000)):
        game = scenario(
            {
                "horizon": {"steps": 3, "step_years": 0.25},
                "users": {
                    "count": 500,
                    "demand": "sampled",
                    "engine": engine,
                    "agent_limit": 0,
                    "inertia": 0.7,
                    "reconsider_per_quarter": 0.4,
                    "wealth": {"atoms": [0.5, 1.0, 2.0, 4.0, 8.0]},
                    "outside_utility": 0.0,
                },
                "labs": {"explicit": labs},
            }
        )
        rows = []
        for seed in range(first, first + 80):
            end = last_tiers(simulate(game, seed))["users"].to_numpy()
            rows.append((float(end[0]), 1.0 - float(end.sum())))
        found[engine] = rows
    for place, name in enumerate(("share of A", "no AI")):
        one, other = ([r[place] for r in found[e]] for e in ("individual", "lumped"))
        p = float(ks_2samp(one, other).pvalue)
        yield at_least(f"Kolmogorov-Smirnov p, {name}", p, 1e-3)


@case("P23", "Negative controls", "dynamic", quick=False)
def controls() -> Iterator[Finding]:
    """No rules: nothing about oversight matters. No overhead: open shares do not depend on depth."""
    table = full(regulation=[])
    before = settle(build(table))
    other = {"oversight": {"belief_exponent": 0.9, "belief_spread_oom": 0.0, "sight_mw": 1.0}}
    yield from compare("no rules: other oversight", before, settle(build(table, other)))
    from experiments.verify.pricing import simple

    shares = [1.0 - simple([2.0], [0.01 * d], [0], 1.0, 1.5 - 0.01 * d).shares[0] for d in (1, 10, 100, 1000)]
    yield close_all("no overhead: open share at any depth", shares, np.full(4, shares[0]), rel=1e-8)
