"""Docking: what the other rule of pricing or of entry says. No result may hang on one of them alone.

Adaptive labs on markets of the reference and on markets drawn at random, by both price rules; then the
whole industry: which way two regimes differ, by either rule, on the same seeds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from scipy.stats import t as student

from experiments.verify.markets import in_order, menus_of
from experiments.verify.pricing import laid_out
from experiments.verify.referee import best_gain, judge, random_market
from experiments.verify.regimes import REGIMES, interval, play
from experiments.verify.registry import (
    Finding,
    at_least,
    at_most,
    between,
    case,
    close,
    close_all,
    reference,
    same,
)
from experiments.verify.scenarios import last_tiers, merged, price_game, settle
from model import Results, Scenario, simulate
from model.mechanisms.pricing import equilibrium_prices

RULES = ("best_response", "gradient")
PAIR = ("pretraining", "inference-at-deployment")
OUTCOMES = ("hhi_revenue", "markup_mean")
WHOLE: dict[str, Any] = {
    "users.count": 1000,
    "labs.research_sample": 300,
    "labs.screening_sample": 150,
    "labs.data_count": 5,
    "horizon.steps": 12,
}


def priced(rule: str, more: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Changes to a game under which its labs follow a price rule."""
    return merged(more or {}, {"labs": {"price_rule": rule}})


def learned(market: Mapping[str, Any], rule: str, steps: int = 80) -> Results:
    """Labs that adapt their prices in a market of the reference's form, on expected demand."""
    labs = int(max(market["owner"])) + 1
    menus: list[list[tuple[float, float]]] = [[] for _ in range(labs)]
    appeal = [0.0] * labs
    for q, pull, cost, owner in zip(market["q"], market["xi"], market["c"], market["owner"], strict=True):
        menus[owner].append((float(q), float(cost)))
        appeal[owner] = float(pull)
    return settle(
        price_game(
            menus,
            mu_w=1.0 - market["rho"],
            incomes=market["income"],
            weights=market["weight"],
            tastes=market["theta"],
            appeal=appeal,
            steps=steps,
            more=priced(rule, {"users": {"income_effect": "linear"}}),
        )
    )


def on_random_markets(seed: int, number: int) -> Iterator[Finding]:
    """Prices and shares of adaptive labs by both rules beside PyBLP's.

    PyBLP solves first-order conditions. With rich and poor users a lab may gain by leaving its point; from
    there a rule may settle at another one. Then that must be a first-order point too, and the gain real.
    """
    rng, others = np.random.default_rng(seed), 0
    for place in range(1, number + 1):
        market = random_market(rng)
        theirs = judge(market)
        for rule in RULES:
            tiers = last_tiers(learned(market, rule))
            prices, shares = tiers["price_usd"].to_numpy(), tiers["users"].to_numpy()
            label = f"{rule}, market {place}: {len(prices)} offers, {len(market['weight'])} incomes"
            expected, expected_shares = theirs.prices, theirs.shares
            if not np.allclose(prices, expected, rtol=2e-3, atol=0.0):
                others += 1
                label = f"another first-order point, {label}"
                gain = best_gain(market, theirs.prices)
                yield at_least(f"gain of a lab that leaves PyBLP's point, {label}", gain, 1e-4)
                offers, rules = laid_out(market)
                near = equilibrium_prices(*offers, **rules, start=prices, look_around=False)
                expected, expected_shares = near.prices, near.shares
            yield close_all(f"prices, {label}", prices, expected, rel=2e-3)
            yield close_all(f"shares, {label}", shares, expected_shares, abs=2e-3)
    yield at_most("share of runs that settle at another first-order point", others / (2 * number), 0.1)


@case("P05", "Random markets, learned by labs, against PyBLP", "dynamic", quick=True)
def random_learned() -> Iterator[Finding]:
    """Four markets drawn at random; labs adapt by best response or by price experiments."""
    yield from on_random_markets(5, 4)


@case("P05", "Forty random markets, learned by labs, against PyBLP", "dynamic", quick=False)
def random_learned_more() -> Iterator[Finding]:
    """The same for forty other markets."""
    yield from on_random_markets(505, 40)


@case("P02", "Symmetric covered logit, by price experiments", "dynamic", quick=True)
def symmetric_tried() -> Iterator[Finding]:
    """Labs that know nothing but their profit at tried prices find the mark-up mu n / (n - 1)."""
    for row in reference()["P02_symmetric"][::3]:
        n, mu = row["n"], row["mu"]
        more = priced("gradient")
        game = price_game([[(2.0, 0.3)]] * n, mu=mu, outside=None, first_price=0.6 * mu, more=more)
        prices = last_tiers(settle(game))["price_usd"]
        yield close_all(f"price, n = {n}, mu = {mu}", prices, np.full(n, 0.3 + row["markup"]), rel=2e-3)


@case("P03", "Logit with an outside good, by price experiments", "dynamic", quick=True)
def outside_tried() -> Iterator[Finding]:
    """Three unlike labs; a monopolist, also from far above and from a price of zero."""
    row = reference()["P03_asym3"]
    menus = [[(a, c)] for a, c in zip(row["a"], row["c"], strict=True)]
    tiers = last_tiers(settle(price_game(menus, more=priced("gradient"))))
    yield close_all("prices", tiers["price_usd"], row["price"], rel=2e-3)
    yield close_all("shares", tiers["users"], row["share"], abs=2e-3)
    row = reference()["P03_monopoly"][0]
    for first, words in ((0.5, "near"), (5.0, "from far above"), (-0.4, "from zero")):
        game = price_game(
            [[(row["net_surplus"] + 0.4, 0.4)]],
            mu=row["mu"],
            first_price=first,
            more=priced("gradient"),
        )
        price = float(last_tiers(settle(game))["price_usd"].iloc[0])
        yield close(f"price of a monopolist, {words}", price, 0.4 + row["markup"], rel=2e-3)


@case("P04", "Labs with several tiers, by price experiments", "dynamic", quick=True)
def tiers_tried() -> Iterator[Finding]:
    """Six tiers of three labs."""
    row = reference()["P04_multiproduct"]
    menus = menus_of({**row, "q": row["a"], "xi": [0.0] * 6})
    tiers = last_tiers(settle(price_game(menus, more=priced("gradient"))))
    yield close_all("prices", tiers["price_usd"], row["price"], rel=2e-3)
    yield close_all("shares", tiers["users"], row["share"], abs=2e-3)


@case("P05", "Mixed logit, by price experiments", "dynamic", quick=True)
def wealth_tried() -> Iterator[Finding]:
    """Five incomes, expected demand: plain, nested and merged."""
    for name in ("P05_A", "P05_B_nested", "P05_C_merger"):
        row = reference()[name]
        game = price_game(
            menus_of(row),
            mu_w=1.0 - row["rho"],
            incomes=row["income"],
            weights=row["weight"],
            steps=80,
            more=priced("gradient"),
        )
        results = settle(game)
        tiers, order = last_tiers(results), in_order(row)
        yield close_all(f"{name[4]}: prices", tiers["price_usd"], np.array(row["price"])[order], rel=2e-3)
        yield close_all(f"{name[4]}: shares", tiers["users"], np.array(row["share"])[order], abs=2e-3)
        hhi = float(results.metrics.iloc[-1]["hhi_users"])
        yield close(f"{name[4]}: HHI", hhi, row["hhi_inside"], rel=2e-3)


@case("P09", "Cost plus one fee, by price experiments", "dynamic", quick=True)
def fee_tried() -> Iterator[Finding]:
    """Close substitutes: the level of a menu is far softer than the differences inside it."""
    row = reference()["P09_av"]
    menu = list(zip(row["q"][:3], row["c"][:3], strict=True))
    for mu_w in (1.0, 0.3, 0.01):
        game = price_game(
            [menu] * 3,
            mu_w=mu_w,
            outside=None,
            incomes=[1.0] * 3,
            weights=row["w"],
            tastes=row["theta"],
            more=priced("gradient"),
        )
        prices = last_tiers(settle(game))["price_usd"]
        yield close_all(f"prices, within-lab scale {mu_w}", prices, np.array(row["c"]) + 1.5, rel=2e-3)


def paired(changes: Mapping[str, Any], seeds: Sequence[int]) -> dict[str, tuple[float, float]]:
    """By outcome: mean over seeds of (inference at deployment - pre-training), and its 95 % half-width.

    Outcomes are means over the run. Both regimes see the same seeds, so that the interval is paired.
    """
    runs = {}
    for regime in PAIR:
        chosen = Scenario.load(regime).override(dict(changes))
        runs[regime] = [simulate(chosen, seed).metrics for seed in seeds]
    found = {}
    for name in OUTCOMES:
        first, other = (np.array([float(m[name].mean()) for m in runs[regime]]) for regime in PAIR)
        gap = other - first
        room = float(student.ppf(0.975, gap.size - 1) * gap.std(ddof=1) / np.sqrt(gap.size))
        found[name] = (float(gap.mean()), room)
    return found


def sign(gap: tuple[float, float]) -> int:
    """Direction of a difference; 0 if its interval holds zero."""
    return int(np.sign(gap[0])) if abs(gap[0]) > gap[1] else 0


@case("P23", "Two price rules on the whole industry", "dynamic", quick=False)
def regimes_by_rule() -> Iterator[Finding]:
    """Do two regimes differ in the same direction? Paired over 12 seeds, means of 12 quarters."""
    by_rule = {rule: paired(WHOLE | {"labs.price_rule": rule}, range(12)) for rule in RULES}
    for name in OUTCOMES:
        a, b = (by_rule[rule][name] for rule in RULES)
        words = {1: "higher", -1: "lower", 0: "no clear difference"}
        text = f"{name}, inference at deployment against pre-training: " + "; ".join(
            f"{rule} {gap:+.3f} ± {room:.3f}" for rule, (gap, room) in zip(RULES, (a, b), strict=True)
        )
        if sign(a) and sign(b):
            yield same(text, words[sign(b)], words[sign(a)])
        else:
            yield same(f"{text} (not told apart from zero)", sign(a) * sign(b), 0)


@case("P10", "Two entry rules, smallest market", "dynamic", quick=False)
def entry_rules() -> Iterator[Finding]:
    """Entrants who look at present offers, or ahead: both inside the interval, regimes in one order."""
    users = 1e4
    for seed in (1, 2, 3):
        counts = {}
        for rule in ("myopic", "symmetric"):
            for regime in REGIMES:
                labs = play(regime, users, 300, rule, seed).metrics["labs_total"].iloc[150:]
                counts[rule, regime.key] = float(labs.median())
                low, high = interval(regime, users)
                label = f"{regime.name}, {rule} entry, seed {seed}"
                yield between(f"median number of labs, {label}", counts[rule, regime.key], low, high)
        for regime in REGIMES[1:]:
            gaps = [
                counts[rule, regime.key] - counts[rule, REGIMES[0].key] for rule in ("myopic", "symmetric")
            ]
            text = f"{regime.name} against pre-training: sign of the difference in labs, seed {seed}"
            yield same(text, np.sign(gaps[1]), np.sign(gaps[0]))
