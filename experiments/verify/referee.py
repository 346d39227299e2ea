"""PyBLP as referee: an independent solver finds the same price equilibria (Conlon & Gortmaker 2020).

Nothing of the model is used on its side: it gets utilities, costs and owners, and iterates to its own
equilibrium from cost plus one. Needs the package `pyblp` (a requirement of tests and verification).
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from experiments.verify.pricing import laid_out, mixed
from experiments.verify.registry import Finding, at_least, at_most, case, close_all, reference
from model.mechanisms.demand import choice_probabilities
from model.mechanisms.pricing import best_response_prices

Floats = NDArray[np.float64]
DRAWN = 40


class Judgement(NamedTuple):
    """What the referee finds."""

    prices: Floats
    shares: Floats
    converged: bool


def judge(market: dict[str, Any]) -> Judgement:
    """Prices and shares of a market of the reference's form, by PyBLP."""
    import pyblp

    pyblp.options.verbose = False
    formula = pyblp.Formulation
    quality, pull = np.asarray(market["q"], np.float64), np.asarray(market["xi"], np.float64)
    cost = np.asarray(market["c"], np.float64)
    offers, types = quality.size, len(market["weight"])
    products = {
        "market_ids": np.zeros(offers, int),
        "firm_ids": np.asarray(market["owner"]),
        "q": quality,
        "xi0": pull,
    }
    nesting = {}
    if market["rho"] > 0:
        products["nesting_ids"] = np.asarray(market["nest"])
        nesting = {"rho": float(market["rho"])}
    agents = {
        "market_ids": np.zeros(types, int),
        "weights": np.asarray(market["weight"], np.float64),
        "nodes": np.zeros((types, 2)),
        "invy": 1.0 / np.asarray(market["income"], np.float64),
        "th": np.asarray(market["theta"], np.float64),
    }
    simulation = pyblp.Simulation(
        (formula("0 + xi0"), formula("0 + prices + q")),
        products,
        beta=[1.0],
        sigma=np.zeros((2, 2)),
        pi=[[-float(market["alpha"]), 0.0], [0.0, 1.0]],
        agent_data=agents,
        agent_formulation=formula("0 + invy + th"),
        xi=np.zeros(offers),
        omega=np.zeros(offers),
        **nesting,
    )
    found = simulation.replace_endogenous(
        costs=cost[:, None],
        prices=cost[:, None] + 1.0,
        iteration=pyblp.Iteration("simple", {"atol": 1e-12, "max_evaluations": 50_000}),
    )
    data = found.product_data
    return Judgement(
        np.asarray(data.prices).ravel(), np.asarray(data.shares).ravel(), bool(np.all(found.fp_converged))
    )


def random_market(rng: np.random.Generator) -> dict[str, Any]:
    """3-6 labs with 1-3 tiers, 2-7 incomes with tastes, nests or none."""
    labs = int(rng.integers(3, 7))
    tiers = rng.integers(1, 4, labs)
    owner = np.repeat(np.arange(labs), tiers)
    quality = np.concatenate([np.sort(rng.uniform(0.3, 3.5, k)) for k in tiers])
    types = int(rng.integers(2, 8))
    weight = rng.dirichlet(np.full(types, 3.0))
    return {
        "q": quality,
        "xi": rng.normal(0.0, 0.7, labs)[owner],
        "c": 0.02 + 0.1 * quality**2 * rng.uniform(0.5, 1.5, owner.size),
        "owner": owner,
        "nest": owner,
        "rho": float(rng.choice([0.0, 0.3, 0.6])),
        "income": np.exp(rng.normal(0.0, 0.8, types)),
        "theta": rng.uniform(0.7, 1.4, types),
        "weight": weight,
        "alpha": 1.0,
    }


@case("P05", "The markets of P05, by PyBLP itself", "referee", quick=True)
def referee() -> Iterator[Finding]:
    """Run PyBLP live on the three markets; compare with the solver of the model."""
    for name in ("P05_A", "P05_B_nested", "P05_C_merger"):
        market = reference()[name]
        ours, theirs = mixed(market), judge(market)
        yield close_all(f"{name[4]}: prices", ours.prices, theirs.prices, rel=1e-5)
        yield close_all(f"{name[4]}: shares", ours.shares, theirs.shares, rel=1e-5)


def best_gain(market: dict[str, Any], prices: Floats) -> float:
    """The largest relative gain of profit that one lab has by moving its own prices."""
    (value, cost, owner), rules = laid_out(market)

    def profit(at: Floats) -> Floats:
        shares = choice_probabilities(
            value - rules["price_coefficient"][:, None] * at,
            owner,
            taste_scale=1.0,
            within_lab_scale=rules["within_lab_scale"],
            outside_utility=0.0,
        )
        return np.bincount(owner, (rules["weight"] @ shares) * (at - cost))

    now, gains = profit(prices), []
    for lab in np.unique(owner):
        moved = prices.copy()
        moved[owner == lab] = best_response_prices(int(lab), prices, value, cost, owner, **rules)
        gains.append(float(profit(moved)[lab] / now[lab]) - 1.0)
    return max(gains)


@case("P05", "Random markets, by PyBLP itself", "referee", quick=False)
def referee_random() -> Iterator[Finding]:
    """First-order equilibria of random markets; and where the model's solver looks further, why.

    PyBLP solves first-order conditions. So does the model's solver without `look_around`: both must
    agree. With it, labs also try quite different prices; where that changes the answer, some lab must
    indeed gain by leaving PyBLP's point.
    """
    rng = np.random.default_rng(105)
    took = np.zeros(2)
    left: list[float] = []
    for number in range(DRAWN):
        market = random_market(rng)
        start = time.perf_counter()
        ours = mixed(market, look_around=False)
        middle = time.perf_counter()
        theirs = judge(market)
        took += [middle - start, time.perf_counter() - middle]
        label = f"market {number + 1}: {len(ours.prices)} offers, {len(market['weight'])} incomes"
        yield close_all(f"prices, {label}", ours.prices, theirs.prices, rel=1e-5)
        yield close_all(f"shares, {label}", ours.shares, theirs.shares, rel=1e-5)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # no equilibrium in pure strategies
            further = mixed(market)
        if not np.allclose(further.prices, theirs.prices, rtol=1e-5):
            left.append(best_gain(market, theirs.prices))
    if left:
        text = f"least gain from leaving PyBLP's point in {len(left)} markets where the answers differ"
        yield at_least(text, min(left), 1e-6)
    yield at_most("seconds a market, model (bound: PyBLP)", float(took[0]) / DRAWN, float(took[1]) / DRAWN)
