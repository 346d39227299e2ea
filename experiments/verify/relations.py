"""P23 in a covered market: its size, price of compute, cost of depth; on the full model and in theory.

These relations move quality against having no AI, so nobody may stay without (outside = none) and value
must be linear in capability, or one level would be worth more than another. On the full model each is
then exact if what it scales along is named: that is the content of the functions here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from experiments.verify.registry import Finding, at_least, case, close, close_all, same
from experiments.verify.scenarios import last_labs, last_tiers, scaling_game, settle
from experiments.verify.worlds import EXACT, Move, Table, alike, build, full, moved
from model import Results, Scenario
from model.parameters import Parameter

K = 8.0
NU = 0.5  # OOM of parameters per OOM of training compute
# what belongs to one user or one chip, not to a lab, in sections where money otherwise grows with the market
EACH = ("users.", "open_weights.", "tasks[].", "compute.")
FLOWS = ("users", "revenue_usd", "cash_usd", "profit_usd", "training_spend_usd", "inference_spend_usd")


def open_ended() -> Table:
    """The full model where all buy and an OOM is worth the same at any level: no wall, no end of depth.

    Depths start at 16 passes, so that an eighth of them is still one pass or more: below it the regulator,
    who counts OOM of depth from one pass, sees nothing. Nor does it revise what an OOM of depth is worth.
    """
    table = full(
        users={"link": "linear", "outside_utility": "none"},
        technology={
            "wall_slope": 1.0,
            "inference_span_oom": math.inf,
            "minimum_depth": 16.0,
            "parameters_exponent": NU,
        },
        oversight={"belief_gain": 0.0},
        open_weights={"depths": [16.0, 160.0, 1600.0]},
    )
    for lab in table["labs"]["explicit"]:
        lab["tiers"] = [{"depth": 16.0}, {"depth": 320.0}]
    return table


def scaled(parameter: Parameter, *, flop: float, depth: float, samples: float, site: float) -> Move:
    """Training, depth, rounds and sites by factors; rules that look at a run's size go along."""
    if parameter.unit == "standard passes":
        return depth, 0.0
    if parameter.key.startswith("labs.") and parameter.unit == "FLOP":
        return flop, 0.0
    if parameter.unit == "log10 FLOP":
        return 1.0, math.log10(flop)
    return {"samples": (samples, 0.0), "MW": (site, 0.0)}.get(parameter.unit, (1.0, 0.0))


def twice(parameter: Parameter) -> Move:
    """K times the users and the fixed costs: C x K, and N(C) x K^nu, so depth for the same money falls."""
    depth = K**-NU
    if parameter.key in ("users.population", "users.population_ceiling"):
        return K, 0.0
    if "USD" in parameter.unit and not parameter.key.startswith(EACH) and "tiers[]" not in parameter.key:
        return K, 0.0
    return scaled(parameter, flop=K, depth=depth, samples=K / K**NU, site=K)


def dearer(parameter: Parameter) -> Move:
    """A chip that does 1/K of the work for the same money and power: compute K times as dear.

    C / K, and N(C) / K^nu, so depth falls by K^(1 - nu): every bill stays what it was.
    """
    if parameter.unit == "FLOP/s":
        return 1.0 / K, 0.0
    if parameter.unit == "USD/FLOP":
        return K, 0.0
    depth = K ** (NU - 1.0)
    return scaled(parameter, flop=1.0 / K, depth=depth, samples=depth, site=1.0)


def heavier(parameter: Parameter) -> Move:
    """A pass takes K times the tokens: depth / K, and rounds of as many fewer samples."""
    if parameter.unit == "tokens":
        return K, 0.0
    return scaled(parameter, flop=1.0, depth=1.0 / K, samples=1.0 / K, site=1.0)


def kept(
    label: str, before: Results, after: Results, *, size: float, flop: float, depth: float, price: float
) -> Iterator[Finding]:
    """The same industry: the same labs at every step, shares and prices; amounts, C and I by factors."""
    amounts = dict.fromkeys(FLOWS, size) | {"training_flop": flop, "lab": 1.0}
    amounts |= dict.fromkeys(("share_users", "share_revenue", "entered_step", "exited_step"), 1.0)
    tiers = {"price_usd": 1.0, "cost_usd": 1.0, "depth": depth, "users": size, "revenue_usd": size}
    metrics = dict.fromkeys(
        ("labs_total", "hhi_users", "hhi_revenue", "markup_mean", "open_weight_share", "price_wealth_slope"),
        1.0,
    ) | {"compute_price_usd_per_flop": price, "depth_mean": depth}
    by = {"labs": amounts, "tiers": tiers, "metrics": metrics}

    def how(table: str, column: str) -> Move | None:
        return (by[table][column], 0.0) if column in by[table] else None

    yield from alike(label, before, after, how, tables=("labs", "tiers", "metrics"), within=EXACT)


@case("P23", "Covered market on the full model", "dynamic", quick=False)
def covered_full() -> Iterator[Finding]:
    """Market and fixed costs x 8, compute x 8 as dear, depth x 8 as dear: the same labs, C and I by factors.

    The last row is a control: the same change with an outside option is not neutral.
    """
    table = open_ended()
    before = settle(build(table))
    yield at_least("(entrants come)", float(before.labs["lab"].max()), 3.0)
    yield at_least("(depth moves)", float(before.tiers["depth"].nunique()), 20.0)
    changes = (
        ("market and fixed costs x 8", twice, {"size": K, "flop": K, "depth": K**-NU, "price": 1.0}),
        ("price of compute x 8", dearer, {"size": 1.0, "flop": 1 / K, "depth": K ** (NU - 1), "price": K}),
        ("cost of depth x 8", heavier, {"size": 1.0, "flop": 1.0, "depth": 1 / K, "price": 1.0}),
    )
    for label, change, factors in changes:
        yield from kept(label, before, settle(build(moved(table, change))), **factors)
    option = {**table, "users": {**table["users"], "outside_utility": 0.0, "reference_oom": 27.0}}
    pair = [settle(build(x)) for x in (option, moved(build(option).model_dump(mode="python"), heavier))]
    far = np.abs(np.diff([r.metrics["adoption"].iloc[-1] for r in pair]))[0]
    yield at_least("(with an outside option cost of depth x 8 moves adoption)", far, 1e-3)


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
    """The same in the theory's setting, with free entry; each run settles from two labs."""
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
