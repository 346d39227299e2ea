"""P07, P08: the menu of a monopolist; tiers by wealth, and one tier where depth costs nothing."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.verify.registry import (
    Finding,
    at_least,
    case,
    close,
    close_all,
    reference,
    same,
)
from experiments.verify.scenarios import LN10, last_tiers, price_game, scenario, settle
from model import Scenario
from model.mechanisms.demand import choice_probabilities
from model.mechanisms.pricing import monopoly_menu
from model.mechanisms.response import best_response

Floats = NDArray[np.float64]
FINE = 20_000
PROFIT = 0.97  # of the optimum, for menus that labs find by themselves


def uniform(n: int, top: float = 1.0) -> tuple[Floats, Floats]:
    """Types in the middle of equal bins on [0, top], and their weights."""
    return (np.arange(n) + 0.5) / n * top, np.full(n, 1.0 / n)


def sold(theta: Floats, weight: Floats, quality: Any, price: Any, cost: Any) -> tuple[Floats, float]:
    """Shares of the tiers and profit when everybody takes the best; ties go to the dearer tier."""
    order = np.argsort(price)
    q, p, c = (np.asarray(x, np.float64)[order] for x in (quality, price, cost))
    chosen = choice_probabilities(
        theta[:, None] * q - p,
        np.zeros(q.size, int),
        taste_scale=0.0,
        within_lab_scale=0.0,
        outside_utility=0.0,
    )
    found = weight @ chosen
    shares = np.empty(q.size)
    shares[order] = found
    return shares, float(found @ (p - c))


@case("P07", "Monopoly menus", "static", quick=True)
def closed_forms() -> Iterator[Finding]:
    """Ladders of K qualities, two types, a given ladder: the model's exact menu."""
    theta, weight = uniform(FINE)
    for row in reference()["P07_Ktier"]:
        quality = np.array(row["q"])
        menu = monopoly_menu(theta, weight, quality, quality**2 / 2.0)
        label = f"{row['K']} tiers"
        grid = 1.0 / FINE  # prices are exact to the step of the grid that stands for a continuum
        yield close_all(f"prices, {label}", menu.prices, row["p"], abs=grid)
        yield close_all(f"shares, {label}", menu.shares, np.full(row["K"], row["tier_share"]), abs=grid)
        yield close(f"profit, {label}", menu.profit, row["profit"], abs=grid)
    quality = 2.0 * np.arange(1, 201) / 401.0
    menu = monopoly_menu(theta, weight, quality, quality**2 / 2.0)
    expected = reference()["P07_continuum"]
    yield close("profit, 200 tiers, against the continuum", menu.profit, expected["profit"], abs=1.0 / FINE)
    yield close("served, 200 tiers", menu.shares.sum(), expected["served"], abs=2.5e-3)
    for row in reference()["P07_two_type"]:
        types, mass = [row["tL"], row["tH"]], [1.0 - row["share_H"], row["share_H"]]
        label = f"types {row['tL']:g} and {row['tH']:g}, {row['share_H']:g} high"
        low = row["qL"] or 0.1
        quality = np.array([low, row["qH"]])
        menu = monopoly_menu(types, mass, quality, quality**2 / 2.0)
        yield close(f"profit, {label}", menu.profit, row["profit"], rel=1e-6)
        yield close(f"price of the top tier, {label}", menu.prices[1], row["pH"], rel=1e-6)
        if row["shutdown"]:
            yield same(f"buyers of the low tier, {label}", float(menu.shares[0]), 0.0)
        else:
            yield close(f"price of the low tier, {label}", menu.prices[0], row["pL"], rel=1e-6)
            # no other quality for the low type pays more
            other = [
                monopoly_menu(types, mass, [q, row["qH"]], [q**2 / 2.0, row["qH"] ** 2 / 2.0]).profit
                for q in np.linspace(0.01, row["tL"], 400)
            ]
            yield at_least(f"profit against 400 other low tiers, {label}", menu.profit, max(other) - 1e-12)
    row = reference()["P07_ladder_uniform"][0]
    theta, weight = uniform(FINE, row["dist"][1])
    menu = monopoly_menu(theta, weight, row["q"], row["c"])
    grid = row["dist"][1] / FINE * max(row["q"])
    yield close_all("prices, given ladder", menu.prices, row["price"], abs=grid)
    yield close_all("shares, given ladder", menu.shares, row["share"], abs=1.0 / FINE)
    yield close("profit, given ladder", menu.profit, row["profit"], abs=grid)


@case("P08", "Coca-Cola: one tier if cost does not depend on quality", "static", quick=True)
def one_tier() -> Iterator[Finding]:
    """Four qualities at one cost, and random pairs of qualities that do no better."""
    row = reference()["P08_stokey"]
    theta, weight = uniform(FINE)
    menu = monopoly_menu(theta, weight, [0.25, 0.5, 0.75, 1.0], np.full(4, row["cost"]))
    yield close_all("buyers by tier", menu.shares, [0.0, 0.0, 0.0, 0.45], abs=1.0 / FINE)
    yield close("price", menu.prices[3], row["price"], abs=1.0 / FINE)
    yield close("profit", menu.profit, row["profit"], abs=1.0 / FINE)
    rng, best = np.random.default_rng(108), 0.0
    for _ in range(4_000):
        quality = np.sort(rng.random(2))
        best = max(best, monopoly_menu(theta, weight, quality, np.full(2, row["cost"])).profit)
    # against one tier on the same grid, so that the grid's own error drops out
    excess = max(0.0, best - menu.profit)
    yield close("excess of the best of 4,000 random pairs of tiers", excess, 0.0, abs=1e-5)


def search_menu(
    theta: Floats, weight: Floats, quality: Floats, *, scales: tuple[float, ...], rounds: int = 80
) -> tuple[Floats, Floats]:
    """Qualities and prices that a lab finds by trying, cost q^2 / 2.

    As in the decisions of labs: ideas for one tier at a time are appraised at `best_response` prices,
    and the best one replaces the menu if it beats it. Tastes for tiers shrink from scale to scale:
    theory has none.
    """
    rng, ideas = np.random.default_rng(107), 12
    rivals = np.zeros((1, theta.size))
    q, price = quality.copy(), quality**2 / 2.0 + 0.3 * quality
    for mu in scales:
        for _ in range(rounds):
            tried = np.repeat(q[None], ideas + 1, axis=0)
            width = 0.7 * 10.0 ** rng.uniform(-2.0, 0.0, ideas)
            tried[np.arange(1, ideas + 1), rng.integers(0, q.size, ideas)] *= np.exp(
                width * rng.standard_normal(ideas)
            )
            found = best_response(
                theta[None, :, None] * tried[:, None, :],
                tried**2 / 2.0,
                rivals,
                weight=weight,
                price_coefficient=np.ones(theta.size),
                taste_scale=mu,
                within_lab_scale=mu,
                start_prices=price + (tried**2 - q**2) / 2.0,
                iterations=20,
                tolerance=1e-4,
            )
            chosen = int(found.profit.argmax())
            q, price = tried[chosen], found.prices[chosen]
    return q, price


@case("P07", "Menus that a lab finds by itself", "dynamic", quick=True)
def found_menus() -> Iterator[Finding]:
    """Prices of a given ladder by simulation; qualities and prices by the labs' own update rules."""
    row = reference()["P07_ladder_uniform"][0]
    theta, _ = uniform(400, row["dist"][1])
    ladder = list(zip(row["q"], row["c"], strict=True))
    game = price_game(
        [ladder], mu=0.003, incomes=[1.0] * 400, weights=[1.0] * 400, tastes=theta.tolist(), steps=100
    )
    tiers = last_tiers(settle(game))
    yield close_all("prices of the given ladder, simulated", tiers["price_usd"], row["price"], rel=0.01)
    fine, mass = uniform(FINE, row["dist"][1])
    _, profit = sold(fine, mass, row["q"], tiers["price_usd"], row["c"])
    yield at_least("profit of the given ladder over the optimum", profit / row["profit"], PROFIT)
    theta, weight = uniform(1_000)
    fine, mass = uniform(FINE)
    for row in reference()["P07_Ktier"][:3]:
        first = np.linspace(0.3, 0.9, row["K"] + 2)[1:-1]
        q, p = search_menu(theta, weight, first, scales=(0.005,))
        _, profit = sold(fine, mass, q, p, q**2 / 2.0)
        yield at_least(f"profit of {row['K']} tiers over the optimum", profit / row["profit"], PROFIT)
    for row in reference()["P07_two_type"]:
        types = np.array([row["tL"], row["tH"]])
        mass = np.array([1.0 - row["share_H"], row["share_H"]])
        scales = (0.01 * row["tH"], 0.003 * row["tH"], 0.001 * row["tH"])
        q, p = search_menu(types, mass, np.array([0.3, 0.8]) * row["tH"], scales=scales)
        _, profit = sold(types, mass, q, p, q**2 / 2.0)
        label = f"types {row['tL']:g} and {row['tH']:g}, {row['share_H']:g} high"
        yield at_least(f"profit over the optimum, {label}", profit / row["profit"], PROFIT)


def depth_game(types: int, mu: float, steps: int) -> Scenario:
    """One lab with one shallow tier; it sets prices and depths, adds and drops tiers.

    Value theta (A + b ln depth), cost kappa depth. Speeds of depth are per unit of taste.
    """
    row = reference()["P08_logdepth_uniform"]
    theta, _ = uniform(types, row["H"])
    return scenario(
        {
            "horizon": {"steps": steps},
            "users": {
                "count": types,
                "wealth": {"atoms": [1.0] * types},
                "quality_tastes": theta.tolist(),
                "income_effect": "quasi",
                "taste_scale": mu,
                "within_lab_scale": mu,
                "tasks_per_year": row["kappa"],
            },
            "technology": {
                "training_exponent": row["A"],
                "wall_slope": 1.0,
                "inference_exponent": row["b"] * LN10,
                "inference_span_oom": math.inf,
                "parameters_exponent": 0.0,
                "reference_parameters": 0.5,
                "tokens_per_task": 1.0,
                "inference_efficiency_growth_oom": 0.0,
                "inference_price_ratio": 1.0,
                "algorithm_growth_oom": 0.0,
            },
            "labs": {
                "explicit": [
                    {"name": "M", "training_flop": 10.0, "tiers": [{"depth": 1.0, "price_usd": 1.0}]}
                ],
                "max_tiers": 5,
                "tier_cost_usd_year": 1e-3,
                "depth_damping": 0.3 * mu,
                "adapt": {"price": True, "depth": True, "menu": True},
            },
        }
    )


def check_depth_menu(seed: int) -> Iterator[Finding]:
    """The menu after 200 steps, as users without any taste for tiers would take it."""
    row = reference()["P08_logdepth_uniform"]
    tiers = last_tiers(settle(depth_game(400, 0.01, 200), seed))
    depth, price = tiers["depth"].to_numpy(), tiers["price_usd"].to_numpy()
    theta, weight = uniform(FINE, row["H"])
    quality = row["A"] + row["b"] * np.log(depth)
    shares, profit = sold(theta, weight, quality, price, row["kappa"] * depth)
    yield at_least(f"profit over the optimum, seed {seed}", profit / row["profit"], PROFIT)
    yield at_least(f"tiers bought by more than 1 %, seed {seed}", float((shares > 0.01).sum()), 3.0)


@case("P08", "Same code, cost on quality or not", "dynamic", quick=True)
def attribution() -> Iterator[Finding]:
    """Cost apart from quality: one tier is bought. Cost of depth: a ladder of tiers appears."""
    row = reference()["P08_stokey"]
    theta, _ = uniform(400, row["H"])
    ladder = [(q, row["cost"]) for q in (0.25, 0.5, 0.75, 1.0)]
    for mark in (0.02, 0.3):
        game = price_game(
            [ladder],
            mu=0.003,
            incomes=[1.0] * 400,
            weights=[1.0] * 400,
            tastes=theta.tolist(),
            first_price=mark,
            steps=100,
        )
        tiers = last_tiers(settle(game))
        label = f"first mark-up {mark}"
        share = float(tiers["users"].iloc[-1] / tiers["users"].sum())
        yield at_least(f"share of buyers in the top quality, {label}", share, 0.99)
        yield close(f"its price, {label}", tiers["price_usd"].iloc[-1], row["price"], rel=0.01)
    yield from check_depth_menu(1)


@case("P08", "A ladder of depths out of one tier, more luck", "dynamic", quick=False)
def attribution_seeds() -> Iterator[Finding]:
    """The same from other seeds: which ideas come first does not decide the outcome."""
    for seed in (2, 3, 4, 5):
        yield from check_depth_menu(seed)
    row = reference()["P08_logdepth_uniform"]
    theta, weight = uniform(FINE, row["H"])
    depth = np.concatenate([[1.0], np.geomspace(1.0 + 1e-9, row["d_top"], 400)[1:]])
    quality = row["A"] + row["b"] * np.log(depth)
    menu = monopoly_menu(theta, weight, quality, row["kappa"] * depth)
    yield close("profit, 400 depths, exact menu", menu.profit, row["profit"], rel=1e-3)
    yield close("price of the deepest tier", menu.prices[-1], row["p_top"], rel=1e-3)
    yield close("price of the basic tier", menu.prices[0], row["p_basic"], rel=1e-3)
    paid = float(menu.shares @ np.where(menu.shares > 0, menu.prices, 0.0) / menu.shares.sum())
    yield close("mean price paid", paid, row["mean_price_served"], rel=1e-3)
    yield close("share of the basic tier", menu.shares[0], row["share_basic"], abs=1e-3)
    yield close("share of all deeper tiers", menu.shares[1:].sum(), row["share_premium"], abs=1e-3)
