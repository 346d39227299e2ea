"""P23 on the full model: other units, another zero of utility, other labels, a site in two halves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

from experiments.verify.registry import Finding, at_least, case, close, close_all
from experiments.verify.scenarios import SEED, merged, settle
from experiments.verify.worlds import EXACT, SITES, alike, build, full, gap, in_units
from model import Results, Scenario, simulate
from model import industry as model_industry
from model.mechanisms.compute import clear, market_price
from model.streams import Streams

K = 8.0  # the factor by which units change
UNITS = {
    "money": {"USD": K},
    "FLOP": {"FLOP": K, "parameters": K},  # a parameter stands for two FLOP a token
    "power": {"MW": K, "kW": K, "kWh": K},
    "utils": {"utils": K},
    "length of a token": {"tokens": 1.0 / K, "parameters": K},
}
MORE_TASKS = {"tasks": K, "task": K}


@case("P23", "Units: money, FLOP, power, utils, tokens, tasks", "dynamic", quick=False)
def units() -> Iterator[Finding]:
    """The full model in other money, other units of compute, of power, of utility, of text and of work.

    Every number of every table is compared, by the unit that its column declares.
    """
    table = full()
    before = settle(build(table))
    yield at_least("(the full model moves: entrants, runs and tiers)", float(len(before.models)), 5.0)
    for name, by in UNITS.items():
        after = settle(build(in_units(table, by)))
        yield from alike(f"{name} x {K:g}", before, after, by)
    yield from alike(f"tasks x {K:g}, each an eighth", before, settle(build(smaller(table))), MORE_TASKS)


def smaller(table: dict[str, Any]) -> dict[str, Any]:
    """More and smaller tasks, in use, in distillation, of thieves and of malicious actors: the same work.

    What is spent on one task falls with it, and so do the odds that it is noticed.
    """
    more = in_units(table, {"tasks": K, "samples": K})
    more["technology"]["tokens_per_task"] /= K
    more["misuse"]["probe_usd"] /= K
    odds = more["misuse"]["detection"] / (1.0 - more["misuse"]["detection"]) / K
    more["misuse"]["detection"] = odds / (1.0 + odds)
    return more


@case("P23", "Another zero of utility", "dynamic", quick=False)
def zero() -> Iterator[Finding]:
    """Three utils more for every alternative, no AI included: through capability, and through brands."""
    line = full(users={"link": "linear", "reference_oom": 24.0, "quality_value": 2.5})
    lower = merged(line, {"users": {"reference_oom": 24.0 - 3.0 / 2.5, "outside_utility": 3.0}})
    # what counts from the reference is reported in other numbers
    yield from alike(
        "all utilities + 3, linear link",
        settle(build(line)),
        settle(build(lower)),
        skip=("capability_gini", "capability_wealth_slope", "capability_oom"),
    )
    # The appeal of running a model oneself, and of hosts and thieves who run it, is no parameter: without
    # them brands carry the constant.
    table = full(open_weights={"self_hosting": False, "hosts": False}, security={"theft": False})
    raised = [{**x, "appeal": x["appeal"] + 3.0} for x in table["labs"]["explicit"]]
    higher = merged(table, {"labs": {"explicit": raised}, "users": {"outside_utility": 3.0}})
    yield from alike("all utilities + 3, S-curves", settle(build(table)), settle(build(higher)))


class Followed(Streams):
    """Luck that goes along with the labs: lab i meets what the lab at `first[i]` met before."""

    first: tuple[int, ...] = ()

    def _place(self, name: str, step: int) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
        kind, _, rest = name.partition(".")
        number, _, tail = rest.partition(".")
        if kind == "lab" and number.isdigit() and int(number) < len(self.first):
            name = f"lab.{self.first[int(number)]}.{tail}"
        return super()._place(name, step)


def relabelled(chosen: Scenario, order: tuple[int, ...]) -> Results:
    """A run in which the first labs stand in another order, each with its own luck."""
    luck = type("Luck", (Followed,), {"first": order})
    with patch.object(model_industry, "Streams", luck):
        return simulate(chosen, SEED)


@case("P23", "Names of labs", "dynamic", quick=False)
def names() -> Iterator[Finding]:
    """Labs in another order, with menus, rounds, entry, rules and open weights: each fares as before."""
    # The regulator's error is drawn by model, and sites are seen by chance: neither here.
    eyes = {"sight_mw": 0.0, "sight_small_year": 1.0, "sight_large_year": 1.0, "belief_spread_oom": 0.0}
    table = full(oversight=eyes)
    turned = (2, 0, 1)
    labs = [table["labs"]["explicit"][i] for i in turned]
    before = settle(build(table))
    after = relabelled(build(merged(table, {"labs": {"explicit": labs}})), turned)
    yield at_least("(entrants come)", float(before.labs["lab"].max()), 3.0)
    old, new = (x.labs.sort_values(["step", "name"]).reset_index() for x in (before, after))
    yield close("rows of labs", len(new), len(old))
    for column in ("training_flop", "cash_usd", "users", "profit_usd", "revenue_usd", "inference_flop"):
        yield close(f"labs in another order: {column}", gap(old[column], new[column]), 0.0, abs=EXACT)
    differ = ("step", "hhi_revenue", "adoption", "consumer_surplus_usd", "depth_mean", "coverage_flop")
    for column in differ:
        far = gap(before.metrics[column], after.metrics[column])
        yield close(f"labs in another order: {column}", far, 0.0, abs=EXACT)
    yield from alike("labs in another order", before, after, tables=("users", "data_centres", "regulators"))


@case("P23", "A site in two halves", "dynamic", quick=False)
def halves() -> Iterator[Finding]:
    """A site as two equal ones without transport cost: clearing alone, and in the full model.

    On the full model permits are certain and sites always seen, because luck and delay go by site, and
    every half can hold a run, because a run wants one place. No site is founded: an owner moves one order
    a year, of one site, for a sum that does not depend on its size.
    """
    cost, demand = np.array([1.0, 1.5, 2.2, 3.5]), [60.0, 75.0]
    transport = np.array([[0.0, 0.2, 0.4, 0.1], [0.3, 0.0, 0.1, 0.5]])
    whole = clear([50.0, 80.0, 40.0, 30.0], cost, demand, transport)
    split = [0, 0, 1, 2, 3]
    two = clear([25.0, 25.0, 80.0, 40.0, 30.0], cost[split], demand, transport[:, split])
    yield close_all("clearing: prices of demand", two.demand_price, whole.demand_price, rel=1e-9)
    yield close_all("clearing: rents", two.site_rent, whole.site_rent[split], abs=1e-9)
    one = market_price([50.0, 80.0], [1.0, 1.5], 70.0, 60.0, 1.4, 0.8)
    more = market_price([25.0, 25.0, 80.0], [1.0, 1.0, 1.5], 70.0, 60.0, 1.4, 0.8)
    yield close("clearing: the uniform price", more.price, one.price, rel=1e-9)
    table = full(
        compute={
            "transport_share": 0.0,
            "permit_hazard_year": 1000.0,
            "permit_reference_mw": 1e9,
            "found_sites": False,
        },
        oversight={"sight_mw": 0.0, "sight_small_year": 1.0, "sight_large_year": 1.0},
    )
    parts: list[dict[str, Any]] = []
    for site in SITES:
        half = {**site, "power_mw": site["power_mw"] / 2.0}
        parts += [half, {**half, "name": f"{site['name']} too"}] if site["name"] != "c" else [site]
    before, after = settle(build(table)), settle(build(merged(table, {"compute": {"sites": parts}})))
    yield at_least("(MW are built)", float(before.data_centres["pending_mw"].max()), 1.0)
    yield from alike(
        "full model",
        before,
        after,
        tables=("labs", "tiers", "users", "purchases", "models", "decisions", "regulators"),
        skip=("training_block_flop",),
    )
    for column in ("capacity_flop", "training_flop", "inference_flop", "other_flop", "pending_mw"):
        a, b = (x.data_centres.groupby("step")[column].sum() for x in (before, after))
        yield close(f"full model: {column} of all sites", gap(a, b), 0.0, abs=EXACT)
