"""Measures read off the tables of labs, tiers, models, contracts and sites, beyond what metrics say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.claims.measures import LAST, log10, mean, series, slope, table_measure
from experiments.claims.record import NotMeasured
from model.knowhow import CHANNELS, Knowhow
from model.metrics.views import SECONDS_PER_YEAR

if TYPE_CHECKING:
    from model.results import Results

Floats = NDArray[np.float64]
SAME_OOM = 0.01  # tiers so close in capability are the same product
YOUNG_YEARS = 2.0  # a lab is an entrant so long after its entry
MONTHS = 12.0


def table(results: Results, name: str, *columns: str) -> pd.DataFrame:
    """A table after the start; NotMeasured if the model does not write it, or not these columns."""
    if name not in results.tables:
        raise NotMeasured(f"the model has no table {name}")
    found = results.tables[name]
    for column in columns:
        if column not in found.columns:
            raise NotMeasured(f"table {name} has no column {column}")
    after: pd.DataFrame = found.loc[found["step"] >= 1]
    return after


def on_sale(results: Results) -> pd.DataFrame:
    """Tiers that labs sell, with the parameters and training compute of their models."""
    tiers = table(results, "tiers")
    facts = ["model", "parameters", "training_flop", "capability_oom", "distillation_oom"]
    models = results.tables["models"][facts]
    sold: pd.DataFrame = tiers[~tiers["self_hosted"]].merge(
        models, on="model", suffixes=("", "_model"), how="left"
    )
    return sold


def frontier(results: Results) -> pd.DataFrame:
    """The most capable tier on sale at each step (the first of equals), in order of steps."""
    sold = on_sale(results)
    sold = sold[np.isfinite(sold["capability_oom"])]
    best: pd.DataFrame = sold.loc[sold.groupby("step")["capability_oom"].idxmax()]
    return best.sort_values("step")


def _profile(results: Results, row: pd.Series[float]) -> tuple[Floats, Floats, Floats]:
    """Depth, capability and usage by class of tasks of one tier."""
    know = Knowhow.at(results.scenario, float(row["time_years"]))
    channel = CHANNELS.index(str(row["channel"]))
    base, distilled = np.array([row["capability_oom_model"]]), np.array([row["distillation_oom"]])
    found = know.profile(channel, base, np.array([row["depth"]]), distilled_oom=distilled)
    return found.depth[0], found.capability[0], know.tables[channel].usage


def _first(results: Results, metric: str) -> float:
    """log10 of the first value of a metric that is defined, the state before the first step included."""
    values = results.tables["metrics"][metric].to_numpy(dtype=float)
    known = log10(values)[np.isfinite(values)]
    return float(known[0]) if known.size else float("nan")


def _last(results: Results) -> pd.DataFrame:
    return frontier(results).tail(LAST)


@table_measure(
    "frontier tier: share of users", "users on the best product on sale, share of all users", "share"
)
def frontier_users(results: Results) -> float:
    """Users on tiers within 0.01 OOM of the best on sale over users of all tiers, mean over steps."""
    return _near_best(results, SAME_OOM)


@table_measure(
    "within 0.1 OOM of the best on sale: share of users", "users of about the best on sale", "share"
)
def near_users(results: Results) -> float:
    """The same with a tolerance of a tenth of an order of magnitude."""
    return _near_best(results, 0.1)


@table_measure(
    "within 0.5 OOM of the best on sale: share of users", "users of nearly the best on sale", "share"
)
def wide_users(results: Results) -> float:
    """The same with a tolerance of half an order of magnitude."""
    return _near_best(results, 0.5)


def _near_best(results: Results, tolerance: float) -> float:
    tiers = table(results, "tiers")
    best = tiers[~tiers["self_hosted"]].groupby("step")["capability_oom"].max()
    near = tiers["capability_oom"] >= tiers["step"].map(best) - tolerance
    served = tiers[near & ~tiers["self_hosted"]].groupby("step")["users"].sum()
    every = tiers.groupby("step")["users"].sum()
    return mean((served.reindex(every.index).fillna(0.0) / every.where(every > 0.0)).to_numpy(dtype=float))


@table_measure(
    "open weights that others run: share of users",
    "users of open models whose maker does not run them, share of all users",
    "share",
)
def open_run_by_others(results: Results) -> float:
    """Users on open models run by hosts or themselves over users of all tiers, mean over steps."""
    tiers = table(results, "tiers")
    away = tiers["self_hosted"] & tiers["open_weights"]
    every = tiers.groupby("step")["users"].sum()
    found = tiers[away].groupby("step")["users"].sum().reindex(every.index).fillna(0.0)
    return mean((found / every.where(every > 0.0)).to_numpy(dtype=float))


@table_measure(
    "first human level: log10 cost over wage", "cost over wage when human level first exists", "OOM"
)
def first_cost_ratio(results: Results) -> float:
    """log10 of human_level_cost_ratio at the first step at which it is defined."""
    return _first(results, "human_level_cost_ratio")


@table_measure("first human level: log10 USD an hour", "cost of an hour when human level first exists", "OOM")
def first_cost_hour(results: Results) -> float:
    """log10 of human_level_cost_usd_hour at the first step at which it is defined."""
    return _first(results, "human_level_cost_usd_hour")


@table_measure(
    "human level dearer than the wage: months", "months with human level dearer than the wage", "months"
)
def window_months(results: Results) -> float:
    """Steps with human_level_cost_ratio above one, in months; NaN if human level is never reached."""
    ratio = results.tables["metrics"]["human_level_cost_ratio"].to_numpy(dtype=float)
    known = ratio[np.isfinite(ratio)]  # the state before the first step too, as for the first date
    dt = results.scenario.horizon.step_years
    return float(np.sum(known > 1.0)) * dt * MONTHS if known.size else float("nan")


@table_measure(
    "human level: first date", "time until human level first exists (never: one step past the end)", "years"
)
def human_level_years(results: Results) -> float:
    """Years to the first human-level step; censored one step after the end of the run."""
    _, step = series(results, "human_level_step")
    known = step[np.isfinite(step)]
    horizon = results.scenario.horizon
    return float(known[0] if known.size else horizon.steps + 1) * horizon.step_years


@table_measure(
    "whole models at human level: first date",
    "time until a tier's mean capability is at human level",
    "years",
)
def transformative_years(results: Results) -> float:
    """Years until frontier_capability_oom (mean over tasks) passes human level; censored as above."""
    years, best = series(results, "frontier_capability_oom")
    reached = years[best >= results.scenario.technology.human_level_oom]
    horizon = results.scenario.horizon
    return float(reached[0]) if reached.size else (horizon.steps + 1) * horizon.step_years


@table_measure(
    "copies from human level on: growth by profit",
    "growth of copies that profit would pay for, from human level on",
    "1/year",
)
def copies_after(results: Results) -> float:
    """copies_growth_year, mean over the steps from human level on; NaN if it is never reached."""
    _, first = series(results, "human_level_step")
    _, rate = series(results, "copies_growth_year")
    reached = np.flatnonzero(np.isfinite(first))
    return mean(rate[reached[0] :]) if reached.size else float("nan")


@table_measure("copies at human level: growth", "growth of the copies at work at human level", "OOM a year")
def copies_growth(results: Results) -> float:
    """Slope of log10 sum_k F_k / (2 N v I T) over tiers at human level, from its first step on."""
    tech = results.scenario.technology
    tiers = on_sale(results)
    able = tiers[tiers["human_capability_oom"] >= tech.human_level_oom]
    seconds = results.scenario.horizon.step_years * SECONDS_PER_YEAR
    each = 2.0 * able["parameters"] * tech.tokens_per_second * able["depth"] * seconds
    copies = (able["inference_flop"] / each).groupby(able["time_years"]).sum()
    copies = copies * 10.0 ** (tech.inference_efficiency_growth_oom * copies.index.to_numpy(dtype=float))
    return slope(copies.index.to_numpy(dtype=float), log10(copies.to_numpy(dtype=float)))


@table_measure(
    "frontier tier: gain in checkable less in intuitive", "gain in maths less gain in chat, best tier", "OOM"
)
def domain_gap(results: Results) -> float:
    """Capability in the most checkable and deliberate class less that in the least, end of the run."""
    content = np.array([t.verifiable + t.system2 for t in results.scenario.tasks])
    most, least = int(np.argmax(content)), int(np.argmin(content))
    rows = [_profile(results, row)[1] for _, row in _last(results).iterrows()]
    return mean(np.array([level[most] - level[least] for level in rows]))


@table_measure("entrants: margin", "revenue-weighted markup of labs in their first two years", "share")
def entrant_margin(results: Results) -> float:
    """sum R (p - c)/p / sum R over paid tiers of labs that entered during the run, at most two years old."""
    labs = table(results, "labs")[["step", "lab", "entered_step"]]
    tiers = on_sale(results).merge(labs, on=["step", "lab"])
    age = (tiers["step"] - tiers["entered_step"]) * results.scenario.horizon.step_years
    use = tiers[(tiers["entered_step"] > 0) & (age <= YOUNG_YEARS) & (tiers["price_usd"] > 0.0)]
    weight = use["revenue_usd"].to_numpy(dtype=float)
    margin = ((use["price_usd"] - use["cost_usd"]) / use["price_usd"]).to_numpy(dtype=float)
    return float(weight @ margin / weight.sum()) if weight.sum() > 0.0 else float("nan")


@table_measure("revenue below cost", "share of users on tiers sold below the cost of serving them", "share")
def below_cost(results: Results) -> float:
    """Users on closed tiers with price below cost over users on all closed tiers, mean over steps."""
    tiers = on_sale(results)
    low = tiers[tiers["price_usd"] < tiers["cost_usd"]].groupby("step")["users"].sum()
    every = tiers.groupby("step")["users"].sum()
    return mean((low.reindex(every.index).fillna(0.0) / every.where(every > 0.0)).to_numpy(dtype=float))


@table_measure(
    "users by wealth: capability gap", "capability of the richest tenth less that of the poorest", "OOM"
)
def rich_poor_gap(results: Results) -> float:
    """users.capability_oom of the tenth decile of persons less that of the first, mean over steps."""
    people = table(results, "users")
    people = people[people["segment"] == "person"].pivot(
        index="step", columns="decile", values="capability_oom"
    )
    return mean((people[10] - people[1]).to_numpy(dtype=float))


@table_measure(
    "deepest tier in use: growth", "growth of the deepest tier that one user in a hundred has", "OOM a year"
)
def depth_growth(results: Results) -> float:
    """Slope of log10 of the greatest depth among tiers with 1 % of their channel's users."""
    tiers = on_sale(results)
    share = tiers["users"] / tiers.groupby(["step", "channel"])["users"].transform("sum")
    deepest = tiers[share >= 0.01].groupby("time_years")["depth"].max()
    return slope(deepest.index.to_numpy(dtype=float), log10(deepest.to_numpy(dtype=float)))


def _of_users(results: Results, column: str) -> float:
    """A column of tiers averaged over their users, self-hosted ones too; mean over steps."""
    tiers = table(results, "tiers", column)
    known = tiers[(tiers["users"] > 0.0) & np.isfinite(tiers[column])]
    total = (known["users"] * known[column]).groupby(known["step"]).sum()
    return mean((total / known.groupby("step")["users"].sum()).to_numpy(dtype=float))


@table_measure(
    "users: worth of checkable tasks less others",
    "what the products in use are worth in tasks that can be checked less in the rest",
    "utils",
)
def checkable_value(results: Results) -> float:
    """checkable_value_gap of the tiers in use, weighted by users."""
    return _of_users(results, "checkable_value_gap")


@table_measure(
    "users: capability in checkable tasks less others",
    "capability of the products in use in tasks that can be checked less in the rest",
    "OOM",
)
def checkable_capability(results: Results) -> float:
    """checkable_gap_oom of the tiers in use, weighted by users."""
    return _of_users(results, "checkable_gap_oom")


@table_measure("rounds: gain kept", "capability that a round of distillation adds to a released model", "OOM")
def round_gain(results: Results) -> float:
    """Mean of distillation_oom / distillation_rounds over released models with at least one round."""
    models = results.tables["models"]
    made = models[(models["distillation_rounds"] > 0) & (models["released_step"] >= 0)]
    return mean((made["distillation_oom"] / made["distillation_rounds"]).to_numpy(dtype=float))


@table_measure(
    "rounds: gain kept, or short of the amplified", "gain of a round, or its shortfall, the less", "OOM"
)
def between_base_and_amplified(results: Results) -> float:
    """min(g, m - g): g the gain of a round, m the most that amplification adds (exponent times span).

    Above zero: the distilled model lies between its base and its base amplified.
    """
    rules = results.scenario.technology.distillation
    gain = round_gain(results)
    return min(gain, rules.amplifier_exponent * rules.amplifier_span_oom - gain)


@table_measure(
    "rounds: log10 of their time over a generation's",
    "time between rounds over time between base models",
    "OOM",
)
def round_time(results: Results) -> float:
    """log10 of the mean wait for a round over the mean time between base models.

    A round waits since its lab's last round or base model, one step at least; rounds are read from the
    decisions, for they improve a model in place. Time between base models: steps of all labs after their
    first model in the run over further models, so that labs that have stopped count too.
    """
    made = table(results, "decisions")
    made = made[(made["decision"] == "distil") & made["chosen"] & (made["option"] != "no round")]
    models = results.tables["models"]
    end = results.scenario.horizon.steps
    waits, exposure, further = [], 0.0, 0
    for lab, bases in models[models["step"] >= 1].groupby("lab")["step"]:
        born = sorted(float(step) for step in bases)
        exposure, further = exposure + end - born[0], further + len(born) - 1
        last = born[0]
        events = [(step, 0) for step in born]
        events += [(float(step), 1) for step in made.loc[made["lab"] == lab, "step"] if step >= born[0]]
        for step, is_round in sorted(events):
            if is_round:
                waits.append(max(step - last, 1.0))
            last = step
    if not waits or not further:
        return float("nan")
    return float(np.log10(float(np.mean(waits)) / (exposure / further)))


@table_measure(
    "distilled gain in the best models", "capability at depth one that rounds have added, end of run", "OOM"
)
def distilled_gain(results: Results) -> float:
    """Largest distillation_oom among models released by the end of the run."""
    models = results.tables["models"]
    out = models[models["released_step"] >= 0]["distillation_oom"]
    return float(out.max()) if len(out) else float("nan")


@table_measure(
    "open models of the start: span found later", "span of depth added to open models already out", "OOM"
)
def unlocked(results: Results) -> float:
    """Largest elicitation_oom among open models that were out at the start, end of the run."""
    models = results.tables["models"]
    if "elicitation_oom" not in models.columns:
        raise NotMeasured("table models has no column elicitation_oom")
    out = models["open_weights"] & (models["released_step"] >= 0) & (models["step"] <= 0)
    return float(models.loc[out, "elicitation_oom"].max()) if out.any() else float("nan")
