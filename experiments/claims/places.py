"""Measures of where compute is and of who watches it: contracts, sites, rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from experiments.claims.measures import Floats, log10, mean, series, table_measure
from experiments.claims.tables import frontier, table

if TYPE_CHECKING:
    from model.results import Results


def _bought(results: Results) -> pd.DataFrame:
    """What labs buy at each site, in training-FLOP equivalents, with the site's size and whether seen."""
    price = results.scenario.technology.inference_price_ratio
    deals = table(results, "contracts", "training_flop", "inference_flop")
    sites = table(results, "data_centres")[["step", "site", "power_mw", "block_mw", "seen"]]
    deals = deals.merge(sites, on=["step", "site"])
    return deals.assign(flop=deals["training_flop"] + price * deals["inference_flop"])


def _share(part: pd.DataFrame, whole: pd.DataFrame) -> float:
    every = whole.groupby("step")["flop"].sum()
    some = part.groupby("step")["flop"].sum().reindex(every.index).fillna(0.0)
    return mean((some / every.where(every > 0.0)).to_numpy(dtype=float))


@table_measure(
    "compute in sites that need a large permit", "labs' compute in sites whose permits take long", "share"
)
def permit_share(results: Results) -> float:
    """Compute of labs in places of at least compute.permit_reference_mw over all their compute."""
    deals = _bought(results)
    place = np.minimum(deals["power_mw"], deals["block_mw"].where(deals["block_mw"] > 0.0, np.inf))
    return _share(deals[place >= results.scenario.compute.permit_reference_mw], deals)


@table_measure(
    "frontier lab: compute seen from outside", "the best lab's compute in sites that have been seen", "share"
)
def frontier_seen(results: Results) -> float:
    """Compute of the lab with the best tier that it buys in seen sites, over all its compute."""
    best = frontier(results)[["step", "lab"]]
    deals = _bought(results).merge(best, on=["step", "lab"])
    return _share(deals[deals["seen"]], deals)


@table_measure("capacity to serve: growth", "growth of all compute, cheaper inference counted", "OOM a year")
def serving_growth(results: Results) -> float:
    """log10 of total capacity_flop times inference efficiency, last step less first, a year."""
    sites = results.tables["data_centres"]
    total = sites.groupby("time_years")["capacity_flop"].sum()
    if len(total) < 2:
        return float("nan")
    years = float(total.index[-1] - total.index[0])
    gain = results.scenario.technology.inference_efficiency_growth_oom
    return float(np.log10(total.iloc[-1] / total.iloc[0])) / years + gain


@table_measure(
    "labs not covered while a rule stands: share of dangerous labs",
    "labs that sell something dangerous and are under no rule",
    "share",
)
def uncovered_labs(results: Results) -> float:
    """1 - coverage_models, mean over the steps with a rule and something dangerous on sale.

    Quarters before the law speak for no rule; without any rule all steps count.
    """
    return mean(1.0 - _with_rule(results, "coverage_models"))


@table_measure(
    "dangerous users covered while a rule stands", "users of dangerous tiers under a rule", "share"
)
def covered_users(results: Results) -> float:
    """coverage_users, mean over the steps with a rule and something dangerous on sale."""
    return mean(_with_rule(results, "coverage_users"))


@table_measure("dangerous use covered while a rule stands", "compute of dangerous use under a rule", "share")
def covered_flop(results: Results) -> float:
    """coverage_flop, mean over the steps with a rule and something dangerous on sale."""
    return mean(_with_rule(results, "coverage_flop"))


def _with_rule(results: Results, metric: str) -> Floats:
    """A metric in the steps after the first rule has begun; in all of them without any."""
    years, values = series(results, metric)
    begun = min((rule.start_year for rule in results.scenario.regulation), default=0.0)
    return values[years > begun]


@table_measure(
    "leakage: lead of the feared class",
    "years by which dangerous tasks lead mean capability, uncovered labs",
    "years",
)
def leakage_lead(results: Results) -> float:
    """First date of mean capability over the danger line less that of the feared class, uncovered labs.

    Both among tiers of labs that no rule covers; a date that never comes counts as one step past the
    end. NaN if no uncovered lab sells anything dangerous.
    """
    line = results.scenario.oversight.danger_oom
    labs = table(results, "labs")[["step", "lab", "covered"]]
    tiers = table(results, "tiers")
    tiers = tiers[~tiers["self_hosted"]].merge(labs, on=["step", "lab"])
    free = tiers[~tiers["covered"].astype(bool)]
    feared = free[free["danger_capability_oom"] >= line]["time_years"]
    if feared.empty:
        return float("nan")
    whole = free[free["capability_oom"] >= line]["time_years"]
    horizon = results.scenario.horizon
    end = (horizon.steps + 1) * horizon.step_years
    return float(whole.min() if len(whole) else end) - float(feared.min())


@table_measure("duties: log10 cost", "cost of reporting to all labs over the run", "OOM of USD")
def compliance_cost(results: Results) -> float:
    """log10 of one plus the sum of labs.compliance_usd."""
    spent = float(table(results, "labs")["compliance_usd"].sum())
    return float(log10(np.array([1.0 + spent]))[0])


@table_measure("belief: size of its error", "error of the regulator about the best model on sale", "OOM")
def belief_error(results: Results) -> float:
    """Mean over steps of |believed_gap_oom|."""
    _, gap = series(results, "believed_gap_oom")
    return mean(np.abs(gap))
