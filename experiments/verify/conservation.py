"""Conservation, from the tables of any run alone: users, payments, compute and cash close to 1e-9.

`gaps(results)` is what tests and the case use: the largest relative difference of each identity.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from experiments.verify.registry import Finding, at_least, at_most, case
from experiments.verify.worlds import build, full
from model import Results, Scenario, simulate
from model.scenario import regime_names

CLOSE = 1e-9
OFFER = ["step", "lab", "channel", "tier"]
LAB = ["step", "lab"]
COSTS = [
    "training_spend_usd",
    "inference_spend_usd",
    "overhead_usd",
    "compliance_usd",
    "fines_usd",
    "compute_tax_usd",
    "security_usd",
    "release_usd",
    "internal_spend_usd",
]


def relative(left: pd.Series[Any], right: pd.Series[Any], size: pd.Series[Any] | float = 0.0) -> float:
    """The largest difference of two sums, row by row, relative to them or to what they are made of."""
    both = pd.concat([left.rename("left"), right.rename("right")], axis=1).fillna(0.0)
    if both.empty:
        return 0.0
    scale = both.abs().max(axis=1)
    scale = scale.combine(size.reindex(both.index).fillna(0.0), max) if isinstance(size, pd.Series) else scale
    floor = 1e-12 * float(scale.max())  # dust of a sum beside the largest of its kind is no loss
    far: pd.Series[Any] = (both["left"] - both["right"]).abs() / np.maximum(scale, max(floor, 1e-300))
    return float(far.max())


def bought(run: Results) -> pd.DataFrame:
    """Users and payments by offer."""
    channel = run.purchases["segment"].map({"person": "subscription", "business": "metered"})
    cells = run.purchases.assign(channel=channel).query("tier >= 0")
    return cells.groupby(OFFER)[["users", "payments_usd"]].sum()


def population(run: Results) -> pd.Series[Any]:
    """People and firms by step, from the growth curve alone."""
    users = run.scenario.users
    years = run.metrics.set_index("step")["time_years"]
    first, top = users.population, users.population_ceiling
    if users.population_growth == 0:
        return years * 0.0 + first
    grown: pd.Series[Any] = top / (1 + (top / first - 1) * np.exp(-users.population_growth * years))
    return grown


def users_gaps(run: Results) -> dict[str, float]:
    """Nobody is lost or counted twice."""
    cells = run.users.groupby("step")["population"].sum()
    steps = run.purchases.groupby("step")["users"].sum()
    sold = run.tiers.query("not self_hosted").groupby(LAB)["users"].sum()
    return {
        "users of all deciles are the population": relative(cells, population(run)),
        "users of all offers and of none are the population": relative(steps, population(run)),
        "buyers of an offer are its users": relative(
            bought(run)["users"], run.tiers.set_index(OFFER)["users"]
        ),
        "users of tiers are users of labs": relative(sold, run.labs.set_index(LAB)["users"]),
    }


def payment_gaps(run: Results) -> dict[str, float]:
    """What users, and the state for them, pay for an offer is what its lab earns."""
    tiers = run.tiers.set_index(OFFER)
    sold = tiers[~tiers["self_hosted"]]
    paid = bought(run)["payments_usd"].reindex(sold.index).fillna(0.0) + sold["voucher_usd"]
    by_lab = run.tiers.groupby(LAB)["revenue_usd"].sum()
    return {
        "payments for an offer are its revenue": relative(paid, sold["revenue_usd"]),
        "revenues of tiers are revenues of labs": relative(by_lab, run.labs.set_index(LAB)["revenue_usd"]),
        "payments of all are revenues of all": relative(
            paid.groupby("step").sum(), run.labs.groupby("step")["revenue_usd"].sum()
        ),
    }


def delivered(run: Results) -> pd.Series[Any]:
    """Share of flexible compute that was delivered, by step: one but where the market says otherwise."""
    told = run.events[run.events["kind"] == "compute rationed"]
    shares = {
        int(step): float(json.loads(text)["served"])
        for step, text in zip(told["step"].tolist(), told["payload"].tolist(), strict=True)
    }
    steps = run.metrics["step"]
    return pd.Series(
        [shares.get(int(s), 1.0) for s in steps], index=pd.Index(steps, name="step"), dtype=float
    )


def compute_gaps(run: Results) -> dict[str, float]:
    """Compute that labs buy is what sites sell, what they use and what they are billed for."""
    sites = run.data_centres
    if sites.empty:
        return {}
    ratio = run.scenario.technology.inference_price_ratio
    price = run.metrics.set_index("step")["compute_price_usd_per_flop"]
    held = run.contracts.groupby(LAB)[["training_flop", "inference_flop"]].sum()
    own = run.tiers.query("self_hosted").groupby("step")["inference_flop"].sum() * ratio
    own = own.reindex(price.index).fillna(0.0) * delivered(run)
    bought_flop = held.groupby("step").sum()
    sold = sites.groupby("step")[["training_flop", "inference_flop"]].sum()
    labs = run.labs.set_index(LAB)
    # what is rationed came to the labs only in part; steps in which it was are told apart
    step = labs.index.get_level_values("step")
    whole = delivered(run).reindex(step).to_numpy() == 1.0
    decoded = labs["inference_flop"] + labs["internal_flop"]  # for users, and for its own research
    used = (labs["training_flop_used"] + decoded * ratio)[whole]
    got = held.sum(axis=1).reindex(labs.index).fillna(0.0)
    due = got * price.reindex(step).to_numpy()
    paid = labs["training_spend_usd"] + labs["inference_spend_usd"] + labs["internal_spend_usd"]
    served = run.tiers.query("not self_hosted").groupby(LAB)["inference_flop"].sum()
    extra = (paid - due) / np.maximum(due, 1e-12 * float(due.max()) + 1e-300)
    most = run.scenario.compute.transport_share * 1.01
    return {
        "training compute bought is sold": relative(bought_flop["training_flop"], sold["training_flop"]),
        "serving compute bought is sold": relative(
            bought_flop["inference_flop"].add(own, fill_value=0.0), sold["inference_flop"]
        ),
        "compute bought by a lab is used": relative(got[whole], used),
        "compute of tiers is that of labs": relative(served, labs["inference_flop"]),
        "compute delivered is paid for": max(0.0, -float(extra.min())),
        "and no more than transport beside it": max(0.0, float(extra.max()) - most),
        "no site sells more than it has": max(
            0.0,
            float(
                (
                    (sites["training_flop"] + sites["inference_flop"] + sites["other_flop"])
                    / sites["capacity_flop"].clip(lower=1e-300)
                ).max()
            )
            - 1.0,
        ),
    }


def cash_gaps(run: Results) -> dict[str, float]:
    """Profit is what was booked; cash moves by it, by funding, and by what partners and buyers of labs pay.

    Training that partners paid for stands among the costs; their credits are no income.
    """
    labs, rules, dt = run.labs, run.scenario.labs, run.scenario.horizon.step_years
    persons = run.tiers.query("not self_hosted and channel == 'subscription'")
    reached = persons.groupby(LAB)["users"].sum()
    table = labs.set_index(LAB)
    adverts = reached.reindex(table.index).fillna(0.0) * run.scenario.users.advert_usd_year * dt
    step = table.index.get_level_values("step")
    entered = (table["entered_step"] == step) & (step > 0)
    costs = table[COSTS].sum(axis=1) + entered * rules.entry_cost_usd
    later = step > 0  # at step 0 nothing has been paid yet
    income = table["revenue_usd"] + adverts + table["complements_usd"]
    booked, size = income - costs, income + costs
    cash = table["cash_usd"].unstack("lab")
    outside = table["credits_used_usd"] + table["mergers_usd"] - table["payouts_usd"]
    flow = (table["profit_usd"] + table["funding_usd"] + outside).unstack("lab")
    change: pd.Series[Any] = pd.Series(cash.diff().stack()).dropna()
    moved: pd.Series[Any] = pd.Series(flow.stack()).reindex(change.index)
    # a lab that lives on funding holds nothing, though much passes through its hands
    size_of_flow = (table["profit_usd"].abs() + table["funding_usd"].abs()).unstack("lab")
    larger = cash.abs().add(cash.shift().abs()).add(size_of_flow)
    stock: pd.Series[Any] = pd.Series(larger.stack()).reindex(change.index)
    fines = run.regulators.groupby("step")["fines_usd"].sum()
    return {
        "profit is income less costs": relative(table["profit_usd"][later], booked[later], size[later]),
        "cash moves by profit and funding": relative(change, moved, stock),
        "fines paid are fines imposed": relative(run.labs.groupby("step")["fines_usd"].sum(), fines),
    }


def gaps(run: Results) -> dict[str, float]:
    """The largest relative difference of every identity over all steps of a run."""
    if run.scenario.labs.menu_cost_usd > 0:
        raise ValueError("labs.menu_cost_usd: price changes are in no column of the table of labs")
    return users_gaps(run) | payment_gaps(run) | compute_gaps(run) | cash_gaps(run)


MODERATE = {
    "users.count": 2000,
    "horizon.steps": 16,
    "labs.research_sample": 200,
    "labs.screening_sample": 100,
}


@case("P23", "Conservation", "dynamic", quick=False)
def conservation() -> Iterator[Finding]:
    """Users, payments, compute and cash close: every shipped regime, two seeds; and scarce compute."""
    runs = [
        (f"{name}, seed {seed}", simulate(Scenario.load(name).override(MODERATE), seed))
        for name in regime_names()
        for seed in (1, 2)
    ]
    scarce = [{**s, "power_mw": s["power_mw"] / 100.0} for s in full()["compute"]["sites"]]
    runs.append(("scarce compute", simulate(build(full(compute={"sites": scarce})), 1)))
    yield at_least("(compute was rationed)", float((delivered(runs[-1][1]) < 1.0).sum()), 1.0)
    for label, run in runs:
        found = gaps(run)
        worst = max(found, key=lambda name: found[name])
        yield at_most(f"{label}: {len(found)} identities, worst: {worst}", found[worst], CLOSE)
