"""A stand-in for the model: tables of the right shape with plausible numbers, in milliseconds."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from model.metrics import registry
from model.results import Results
from model.scenario import Scenario
from model.streams import Streams

LABS = ("Alpha", "Beta", "Gamma", "Delta", "Epsilon")
SITES = (
    ("Prairie", "Alpha", "US"),
    ("Desert", "Beta", "US"),
    ("Fjord", "Gamma", "EU"),
    ("Delta River", "Delta", "CN"),
    ("Harbour", "market", "ROW"),
    ("Beta East", "Beta", "EU"),
)
DEPTHS = (1.0, 10.0, 100.0, 1000.0)


def simulate(
    scenario: Scenario, seed: int = 7, progress: Callable[[int, int], None] | None = None
) -> Results:
    """Numbers that depend on scenario and seed, and on nothing else."""
    rng = Streams(seed).generator("fake")
    steps, dt = scenario.horizon.steps, scenario.horizon.step_years
    if scenario.users.population == 13.0:
        raise RuntimeError("thirteen users are bad luck")
    lift = scenario.technology.inference_exponent
    wall = scenario.technology.wall_slope
    depth_rounds = (
        scenario.technology.distillation.retention if scenario.technology.distillation.max_rounds else 0.0
    )
    clock = pd.DataFrame({"step": np.arange(steps + 1)})
    clock["time_years"] = clock["step"] * dt
    clock["date"] = [f"{2024 + int(t)}-12-31" for t in clock["time_years"]]
    t = clock["time_years"].to_numpy() / 10

    drawn: dict[str, np.ndarray] = {}
    for name, metric in registry().items():
        noise = rng.normal(0, 0.02, steps + 1).cumsum()
        base = {"share": 0.5, "ratio": 3.0, "index 0-1": 0.3, "labs": 6.0, "tiers": 12.0}.get(
            metric.unit, 20.0
        )
        drawn[name] = base * np.exp(noise + t * (0.5 * (1 - lift) - 0.3 * (1 - wall) + 0.2 * depth_rounds))
    metrics = pd.concat([clock, pd.DataFrame(drawn)], axis=1)
    for name in metrics:
        if name.startswith(("hhi", "coverage", "visibility", "adoption")):
            metrics[name] = np.clip(metrics[name], 0, 1)
    metrics["copies_at_frontier"] = 10 ** (6 + 2 * t - 2 * lift * t + rng.normal(0, 0.05, steps + 1))
    metrics["compute_price_usd_per_flop"] = 1.4e-18 * 10 ** (-1.3 * t)
    metrics["human_level_cost_ratio"] = np.nan
    metrics["frontier_capability_oom"] = 25 + 5 * t * (0.5 + 0.5 * wall) + 3 * lift * t
    tables: dict[str, pd.DataFrame] = {"metrics": metrics}

    def rows(name: str, frames: list[dict[str, object]]) -> None:
        tables[name] = pd.DataFrame(frames)

    clocks = clock.to_dict("records")
    weights = rng.dirichlet(np.ones(len(LABS)) * 3)
    labs, tiers, sites, contracts, users, purchases, rules = ([] for _ in range(7))
    for now in clocks:
        years = now["time_years"]
        for j, name in enumerate(LABS):
            labs.append({**now, "lab": j, "name": name, "revenue_usd": 1e9 * weights[j] * (1 + years),
                         "users": 1e7 * weights[j], "capability_oom": 25 + 0.4 * years - 0.1 * j,
                         "share_revenue": weights[j], "exited_step": -1})  # fmt: skip
            for k, depth in enumerate(DEPTHS[: 2 if lift < 0.3 else 4]):
                tiers.append({**now, "lab": j, "tier": 10 * j + k, "channel": "subscription", "depth": depth,
                              "price_usd_month": 5.0 * 4**k * (1 + 0.1 * j), "users": 1e6})  # fmt: skip
        for d, (name, owner, region) in enumerate(SITES):
            mw = (300 + 150 * d) * 1.2**years
            sites.append({**now, "site": d, "name": name, "owner": owner, "region": region, "power_mw": mw,
                          "capacity_flop": mw * 1e22, "seen": d % 2 == 0})  # fmt: skip
            for j in range(len(LABS)):
                if rng.random() < 0.5 or j == d:
                    contracts.append({**now, "lab": j, "site": d, "price_usd_per_flop": 1e-18,
                                      "training_flop": mw * 1e21 * (1 - lift) * weights[j],
                                      "inference_flop": mw * 1e21 * (0.3 + lift) * weights[j]})  # fmt: skip
        for segment in ("person", "business"):
            for decile in range(1, 11):
                wealth = 8000 * 1.45**decile
                none = max(0.02, 0.7 - 0.07 * decile)
                users.append({**now, "segment": segment, "decile": decile, "population": 3e6,
                              "wealth_usd": wealth, "adoption": 1 - none,
                              "price_paid_usd": 15 * (1 + lift * decile), "self_hosting": 0.03})  # fmt: skip
                purchases.append({**now, "segment": segment, "decile": decile, "lab": -1, "tier": -1,
                                  "users": none * 3e6})  # fmt: skip
                sold = DEPTHS[: 2 if lift < 0.3 else 4]
                odds = np.array([np.exp(-abs(k - decile * len(sold) / 10)) for k in range(len(sold))])
                for k, share in enumerate(odds / odds.sum() * (1 - none)):
                    purchases.append({**now, "segment": segment, "decile": decile, "lab": 0, "tier": k,
                                      "users": share * 3e6,
                                      "payments_usd": share * 3e6 * 15 * 4**k})  # fmt: skip
        rules.append({**now, "regulator": "State", "rule": "training-threshold", "threshold": 25.0,
                      "covered_share": 0.5, "observed_share": 0.4, "audits": 2,
                      "true_capability_oom": 25 + 5 * years / 10 + 3 * lift * years / 10,
                      "believed_capability_oom": 25 + 4.5 * years / 10 + rng.normal(0, 0.1)})  # fmt: skip
        if progress is not None and now["step"]:
            progress(now["step"], steps)
    rows("labs", labs)
    rows("tiers", tiers)
    rows("data_centres", sites)
    rows("contracts", contracts)
    rows("users", users)
    rows("purchases", purchases)
    rows("regulators", rules)
    rows("models", [{"step": 0, "lab": 0, "model": 0, "name": "a"}])
    rows("decisions", [{**clocks[0], "lab": 0, "decision": "price", "option": "1", "chosen": True}])
    rows(
        "events",
        [
            {
                **clocks[0],
                "kind": "entry",
                "agent": "Alpha",
                "text": "Alpha enters.",
                "payload": "{}",
            }
        ],
    )
    return Results(tables=tables, scenario=scenario, seed=seed)
