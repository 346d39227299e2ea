"""P23: tiers by wealth follow how the cost of quality is borne, whatever quality is made of."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from experiments.verify.registry import Finding, at_least, at_most, case, same
from experiments.verify.scenarios import settle
from experiments.verify.worlds import Table, build, full
from model import Results, Scenario

LADDER = (1.0, 30.0, 900.0)  # depths of three tiers
COST = (0.5, 15.0, 450.0)  # USD a quarter, in proportion to them


def attributed(technology: str, marginal: bool) -> Scenario:
    """The full demand side facing three labs with three qualities each.

    technology: qualities from models of three sizes ("training") or from three depths of one ("depth").
    marginal: better quality costs more per user; else its cost is fixed and the user costs the same.
    """
    steps = [0.5 * np.log10(d) for d in LADDER]  # OOM of capability, the same rise from either source
    labs = []
    for number, name in enumerate("ABC"):
        tiers: list[Table] = []
        for depth, rise, cost in zip(LADDER, steps, COST, strict=True):
            tier: Table = {"cost_usd": cost if marginal else COST[0]}
            if technology == "training":
                tier |= {"depth": 1.0, "capability_oom": 25.5 + float(rise)}
            else:
                tier |= {"depth": depth}
            tiers.append(tier)
        labs.append(
            {
                "name": name,
                "training_flop": 10.0**25.5,
                "cash_usd": 1e11,
                "appeal": 0.2 * number,
                "tiers": tiers,
            }
        )
    table = full(
        technology={"inference_span_oom": float("inf"), "algorithm_growth_oom": 0.0},
        open_weights={"self_hosting": False},
        labs={
            "explicit": labs,
            "adapt": {
                "depth": False,
                "menu": False,
                "training": False,
                "distillation": False,
                "entry": False,
            },
        },
        horizon={"steps": 30},
    )
    return build(table)


def tiering(results: Results) -> dict[str, float]:
    """How far buyers are apart: persons on a lab's best tier, tiers with 1 %, capability by wealth."""
    last = results.tiers[results.tiers["step"] == results.tiers["step"].max()]
    plans = last[last["channel"] == "subscription"]
    best = plans.groupby("lab")["capability_oom"].transform("max") <= plans["capability_oom"] + 1e-9
    total = float(plans["users"].sum())
    cells = results.users[(results.users["step"] == results.users["step"].max())]
    cells = cells[cells["segment"] == "person"].sort_values("decile")
    rich, poor = (float(cells["capability_oom"].iloc[i]) for i in (-1, 0))
    return {
        "share on the best": float(plans["users"][best].sum()) / total,
        "tiers that sell": float((plans["users"] > 0.01 * total).sum()),
        "rich less poor, OOM": rich - poor,
    }


@case("P23", "Control: cost attribution crossed over", "dynamic", quick=False)
def crossed() -> Iterator[Finding]:
    """Quality from training or from depth, its cost fixed or per user: tiers follow the cost, not the source.

    As they come: training with a fixed cost, depth with a cost per user. Crossed over: the other way.
    """
    found = {
        (source, marginal): tiering(settle(attributed(source, marginal)))
        for source in ("training", "depth")
        for marginal in (False, True)
    }
    for source in ("training", "depth"):
        one, many = found[source, False], found[source, True]
        yield at_least(f"{source}, fixed cost: share on the best", one["share on the best"], 0.95)
        yield at_most(f"{source}, cost per user: share on the best", many["share on the best"], 0.5)
        yield same(f"{source}, fixed cost: tiers that sell", one["tiers that sell"], 3.0)
        yield at_least(f"{source}, cost per user: tiers that sell", many["tiers that sell"], 6.0)
        apart = many["rich less poor, OOM"]
        yield at_least(f"{source}, cost per user: rich less poor, OOM", apart, 0.2)
        yield at_most(
            f"{source}, fixed cost: the same over that", abs(one["rich less poor, OOM"]) / apart, 0.2
        )
