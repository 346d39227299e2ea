"""P02-P05, P09, P12, P20 by running the simulation: labs that adapt arrive where theory says."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from experiments.verify.registry import Finding, at_most, case, close, close_all, reference
from experiments.verify.scenarios import (
    last_labs,
    last_tiers,
    price_game,
    scaling_game,
    scenario,
    settle,
)

INCOMES = [0.25, 0.5, 1.0, 2.0, 4.0]
WEIGHTS = [0.2, 0.3, 0.25, 0.15, 0.1]


def menus_of(market: dict[str, Any]) -> list[list[tuple[float, float]]]:
    """(quality with appeal, cost) of each lab of a market of the reference."""
    menus: list[list[tuple[float, float]]] = [[] for _ in range(max(market["owner"]) + 1)]
    for q, xi, c, owner in zip(market["q"], market["xi"], market["c"], market["owner"], strict=True):
        menus[owner].append((q + xi, c))
    return menus


def in_order(market: dict[str, Any]) -> np.ndarray[Any, Any]:
    """Positions of the market's offers in the order lab by lab."""
    return np.argsort(market["owner"], kind="stable")


@case("P02", "Symmetric covered logit, learned by labs", "dynamic", quick=True)
def symmetric_learned() -> Iterator[Finding]:
    """Labs start at another price and adapt; mark-ups, shares and profits when they rest."""
    for row in reference()["P02_symmetric"]:
        n, mu, cost = row["n"], row["mu"], 0.3
        game = price_game([[(2.0, cost)]] * n, mu=mu, outside=None, first_price=0.6 * mu, steps=40)
        tiers = last_tiers(settle(game))
        label = f"n = {n}, mu = {mu}"
        expected = np.full(n, cost + row["markup"])
        yield close_all(f"price, {label}", tiers["price_usd"], expected, rel=1e-3)
        yield close_all(f"share, {label}", tiers["users"], np.full(n, 1.0 / n), abs=1e-3)
    for row in reference()["P02_harmonic"]:
        n = row["n"]
        game = price_game([[(1.0, 0.1)]] * n, outside=None, incomes=INCOMES, weights=WEIGHTS)
        tiers = last_tiers(settle(game))
        expected = np.full(n, 0.1 + row["markup_formula"])
        yield close_all(f"price, five incomes, n = {n}", tiers["price_usd"], expected, rel=1e-3)


@case("P03", "Logit with an outside good, learned by labs", "dynamic", quick=True)
def outside_learned() -> Iterator[Finding]:
    """Three unlike labs, then one alone; surplus and HHI are the model's own metrics."""
    row = reference()["P03_asym3"]
    game = price_game([[(a, c)] for a, c in zip(row["a"], row["c"], strict=True)])
    results = settle(game)
    tiers, end = last_tiers(results), results.metrics.iloc[-1]
    yield close_all("prices", tiers["price_usd"], row["price"], rel=1e-3)
    yield close_all("shares", tiers["users"], row["share"], abs=1e-3)
    yield close("HHI of users, metric", end["hhi_users"], row["hhi_inside"], rel=1e-3)
    yield close("adoption, metric", end["adoption"], 1.0 - row["outside"], abs=1e-3)
    yield close("consumer surplus, metric", end["consumer_surplus_usd"], row["CS"], rel=1e-3)
    profits = last_labs(results)["profit_usd"]
    yield close_all("profit per user", profits, row["profit"], rel=1e-3)
    for row in reference()["P03_monopoly"]:
        mu, x = row["mu"], row["net_surplus"]
        tiers = last_tiers(settle(price_game([[(x + 0.4, 0.4)]], mu=mu, first_price=0.5 * mu, steps=40)))
        label = f"monopoly, mu = {mu}, x = {x}"
        yield close_all(f"price, {label}", tiers["price_usd"], [0.4 + row["markup"]], rel=1e-3)
        yield close_all(f"share, {label}", tiers["users"], [row["share"]], abs=1e-3)


@case("P04", "Labs with several tiers, learned", "dynamic", quick=True)
def tiers_learned() -> Iterator[Finding]:
    """Six tiers of three labs, and the same after a merger."""
    base = reference()["P04_multiproduct"]
    for row, label in ((base, "three labs"), ({**base, **reference()["P04_merger"]}, "merged")):
        menus = menus_of({**row, "q": row["a"], "xi": [0.0] * 6})
        results = settle(price_game(menus))
        tiers = last_tiers(results)
        yield close_all(f"prices, {label}", tiers["price_usd"], row["price"], rel=1e-3)
        yield close_all(f"shares, {label}", tiers["users"], row["share"], abs=1e-3)
        yield close(f"HHI, {label}", results.metrics.iloc[-1]["hhi_users"], row["hhi"], rel=1e-3)


@case("P05", "Mixed logit, learned by labs", "dynamic", quick=True)
def wealth_learned() -> Iterator[Finding]:
    """Adaptive labs on users with five incomes: expected demand, plain, nested and merged."""
    for name in ("P05_A", "P05_B_nested", "P05_C_merger"):
        row = reference()[name]
        game = price_game(
            menus_of(row), mu_w=1.0 - row["rho"], incomes=row["income"], weights=row["weight"], steps=80
        )
        results = settle(game)
        tiers, order = last_tiers(results), in_order(row)
        yield close_all(f"{name[4]}: prices", tiers["price_usd"], np.array(row["price"])[order], rel=2e-3)
        yield close_all(f"{name[4]}: shares", tiers["users"], np.array(row["share"])[order], abs=2e-3)
        metrics = results.metrics.iloc[-1]
        yield close(f"{name[4]}: HHI", metrics["hhi_users"], row["hhi_inside"], rel=2e-3)


@case("P05", "Mixed logit with drawn demand", "dynamic", quick=True)
def wealth_sampled() -> Iterator[Finding]:
    """Users are drawn one by one: prices within 5/sqrt(N), demand within 4 standard deviations."""
    row = reference()["P05_A"]
    p = np.array([part["tier_shares"] for part in row["by_income"]])
    weight = np.array(row["weight"])
    for n in (2_000, 20_000):
        game = price_game(
            menus_of(row),
            incomes=row["income"],
            weights=row["weight"],
            more={"users": {"demand": "sampled", "count": n, "agent_limit": 0}},
        )
        tiers = last_tiers(settle(game))
        room = 5.0 / math.sqrt(n)
        yield close_all(f"prices, N = {n:,}", tiers["price_usd"], row["price"], rel=room)
        # n / 5 slots of each income, each with the income's weight
        spread = np.sqrt((weight[:, None] ** 2 * p * (1.0 - p)).sum(axis=0) / (n / 5.0))
        off = (tiers["users"].to_numpy() - np.array(row["share"])) / spread
        yield at_most(f"demand, N = {n:,}: largest deviation in sd", float(np.abs(off).max()), 4.0)


@case("P09", "Cost plus one fee, learned by labs", "dynamic", quick=True)
def fee_learned() -> Iterator[Finding]:
    """Tiers at cost plus 1.5 whatever the within-lab scale; shares as it vanishes."""
    row = reference()["P09_av"]
    menu = list(zip(row["q"][:3], row["c"][:3], strict=True))
    for mu_w in (1.0, 0.3, 0.01):
        game = price_game(
            [menu] * 3, mu_w=mu_w, outside=None, incomes=[1.0] * 3, weights=row["w"], tastes=row["theta"]
        )
        tiers = last_tiers(settle(game))
        expected = np.array(row["c"]) + 1.5
        yield close_all(f"prices, within-lab scale {mu_w}", tiers["price_usd"], expected, rel=1e-3)
    yield close_all("shares, within-lab scale 0.01", tiers["users"], row["share"], abs=1e-3)


@case("P12", "Training and depth as labs settle them", "dynamic", quick=True)
def split_learned() -> Iterator[Finding]:
    """Labs choose price, depth and training; the planner's ratio comes out of competition."""
    for row in reference()["P12_market"]:
        game = scaling_game(
            training=row["bT"],
            inference=row["bI"],
            users=row["N"],
            labs=row["n"],
            kappa=row["kappa"],
            overhead=0.0,
            outside=None,
            appeal=0.0,
            steps=400,
        )
        results = settle(game)
        tiers, labs = last_tiers(results), last_labs(results)
        label = f"n = {row['n']}, b_T = {row['bT']}, b_I = {row['bI']}, kappa = {row['kappa']}"
        yield close_all(f"depth, {label}", tiers["depth"], np.full(row["n"], row["I"]), rel=1e-3)
        yield close_all(f"training, {label}", labs["training_flop"], np.full(row["n"], row["C"]), rel=1e-3)
        yield close_all(f"price, {label}", tiers["price_usd"], np.full(row["n"], row["price"]), rel=1e-3)
        ratio = labs["inference_spend_usd"].sum() / labs["training_spend_usd"].sum()
        yield close(f"inference over training spending, {label}", ratio, row["spend_ratio"], rel=1e-3)


@case("P20", "A closed lab against self-hosted open weights", "dynamic", quick=True)
def fringe_learned() -> Iterator[Finding]:
    """Users run the open model themselves, or hosts do, at the compute price with an overhead of one half."""
    for by_host, row in itertools.product((False, True), reference()["P20_fringe"]):
        depth = float(row["I"])
        who = "host_overhead" if by_host else "overhead"
        game = scenario(
            {
                "horizon": {"steps": 60},
                "users": {"tasks_per_year": row["kappa"], "outside_utility": "none"},
                "technology": {
                    "training_exponent": 1.0,
                    "wall_slope": 1.0,
                    # Both sell the same depth, which must be worth using: else nobody would pay for it.
                    "inference_exponent": 0.5,
                    "inference_span_oom": math.inf,
                    "parameters_exponent": 0.0,
                    "reference_parameters": 0.5,
                    "tokens_per_task": 1.0,
                    "inference_efficiency_growth_oom": 0.0,
                    "inference_price_ratio": 1.0,
                    "algorithm_growth_oom": 0.0,
                },
                "open_weights": {
                    "self_hosting": not by_host,
                    "hosts": by_host,
                    who: row["h"],
                    "overhead_spread": 0.0,
                    "setup_usd_year": 0.0,
                    "retail_markup": 0.0,
                    "models_considered": 1,
                    "depths": [depth],
                },
                "labs": {
                    "explicit": [
                        {
                            "name": "closed",
                            "training_flop": 10.0 ** row["vlab"],
                            "tiers": [{"depth": depth}],
                        },
                        # It only publishes: nobody wants what it sells itself.
                        {
                            "name": "open",
                            "training_flop": 10.0 ** row["vopen"],
                            "open_weights": True,
                            "appeal": -1e4,
                            "tiers": [{"depth": depth}],
                        },
                    ],
                    "adapt": {"price": True},
                },
            }
        )
        results = settle(game)
        tiers, metrics = last_tiers(results), results.metrics.iloc[-1]
        closed = tiers[(tiers["lab"] == 0) & ~tiers["self_hosted"]].iloc[0]
        cost = row["kappa"] * depth
        label = f"depth {row['I']}" + (", by hosts" if by_host else "")
        yield close(f"price of the lab, {label}", closed["price_usd"], cost + row["markup"], rel=1e-3)
        yield close(f"open share, {label}", 1.0 - closed["users"], row["open_share"], abs=1e-3)
        yield close(f"open share, metric, {label}", metrics["open_weight_share"], row["open_share"], abs=1e-3)
