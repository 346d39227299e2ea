"""Measures of who gets what by wealth, and of the spread of prices inside one lab's menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from experiments.claims.measures import mean, table_measure
from experiments.claims.tables import on_sale, table
from model.knowhow import CHANNELS

if TYPE_CHECKING:
    from model.results import Results

MATTERS = 0.01  # share of the users whom labs serve in a channel, from which a tier counts


def _people(results: Results) -> pd.DataFrame:
    """Deciles of persons with the capability of those among them who use AI."""
    people = table(results, "users")
    people = people[people["segment"] == "person"]
    without = results.scenario.users.reference_oom
    share = people["adoption"].where(people["adoption"] > 0.0)
    mine = (people["capability_oom"] - (1.0 - share) * without) / share
    return people.assign(mine=mine, count=people["population"] * people["adoption"])


@table_measure(
    "persons who use AI: capability by wealth",
    "how steeply capability rises with wealth among persons who use AI",
    "OOM per OOM of wealth",
)
def users_wealth_slope(results: Results) -> float:
    """Slope of capability on log10 wealth over deciles, weighted by users of AI alone; mean over steps."""
    found = []
    for _, one in _people(results).groupby("step"):
        use = (one["count"] > 0.0) & np.isfinite(one["mine"])
        x, y = np.log10(one["wealth_usd"][use].to_numpy()), one["mine"][use].to_numpy()
        weight = one["count"][use].to_numpy()
        x = x - weight @ x / weight.sum() if x.size else x
        bend = float(weight @ x**2) if x.size > 1 else 0.0
        found.append(float(weight @ (x * y)) / bend if bend > 0.0 else np.nan)
    return mean(np.array(found))


@table_measure(
    "persons by wealth: adoption gap", "share of the richest tenth with AI less that of the poorest", "share"
)
def adoption_gap(results: Results) -> float:
    """users.adoption of the tenth decile of persons less that of the first, mean over steps."""
    by = _people(results).pivot(index="step", columns="decile", values="adoption")
    return mean((by[10] - by[1]).to_numpy(dtype=float))


@table_measure(
    "subscriptions of one lab: log10 of dearest over cheapest", "spread of prices in one lab's menu", "OOM"
)
def menu_ratio(results: Results) -> float:
    """log10 of dearest over cheapest paid subscription of a lab, over labs by users; mean over steps.

    Tiers count from 1 % of the users whom labs serve in the channel on; a lab with one tier has ratio one.
    """
    tiers = on_sale(results)
    plans = tiers[tiers["channel"] == CHANNELS[0]]
    plans = plans[plans["users"] >= MATTERS * plans.groupby("step")["users"].transform("sum")]
    plans = plans[(plans["price_usd"] > 0.0) & (plans["users"] > 0.0)]
    menus = plans.groupby(["step", "lab"]).agg(
        low=("price_usd", "min"), high=("price_usd", "max"), users=("users", "sum")
    )
    spread = np.log10(menus["high"] / menus["low"]) * menus["users"]
    total = menus["users"].groupby("step").sum()
    return mean((spread.groupby("step").sum() / total).to_numpy(dtype=float))
