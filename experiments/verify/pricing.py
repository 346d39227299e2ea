"""P02-P05, P09, P11, P20: the price equilibrium of the model's own solver against theory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy.special import lambertw

from experiments.verify.registry import Finding, case, close, close_all, reference
from model.mechanisms.demand import choice_probabilities, log_sum_surplus
from model.mechanisms.pricing import Equilibrium, equilibrium_prices

INCOMES = np.array([0.25, 0.5, 1.0, 2.0, 4.0])
WEIGHTS = np.array([0.2, 0.3, 0.25, 0.15, 0.1])


def simple(quality: Any, cost: Any, owner: Any, mu: float, outside: float | None) -> Equilibrium:
    """One type of user, tier-level tastes."""
    return equilibrium_prices(
        np.asarray(quality, np.float64)[None],
        cost,
        owner,
        weight=[1.0],
        price_coefficient=[1.0],
        taste_scale=mu,
        within_lab_scale=mu,
        outside_utility=outside,
    )


def laid_out(market: dict[str, Any]) -> tuple[tuple[Any, Any, Any], dict[str, Any]]:
    """Arguments of the solver for a market of the reference; nested tiers if rho > 0."""
    income, theta = np.asarray(market["income"]), np.asarray(market["theta"])
    value = theta[:, None] * np.asarray(market["q"]) + np.asarray(market["xi"])
    return (value, np.asarray(market["c"]), np.asarray(market["owner"])), {
        "weight": np.asarray(market["weight"]),
        "price_coefficient": market["alpha"] / income,
        "taste_scale": 1.0,
        "within_lab_scale": 1.0 - market["rho"],
        "outside_utility": 0.0,
    }


def mixed(market: dict[str, Any], *, look_around: bool = True) -> Equilibrium:
    """Equilibrium of a market of the reference."""
    offers, rules = laid_out(market)
    return equilibrium_prices(*offers, **rules, look_around=look_around)


@case("P02", "Symmetric covered logit: mark-up mu n / (n - 1)", "static", quick=True)
def symmetric() -> Iterator[Finding]:
    """Closed form for one type of user and, with the harmonic mean income, for five."""
    for row in reference()["P02_symmetric"]:
        n, mu, cost = row["n"], row["mu"], 0.3
        found = simple(np.full(n, 2.0), np.full(n, cost), np.arange(n), mu, None)
        label = f"n = {n}, mu = {mu}"
        yield close_all(f"mark-up, {label}", found.prices - cost, np.full(n, row["markup"]), rel=1e-6)
        yield close(
            f"industry profit per user, {label}", found.profits.sum(), n * row["profit_per_user"], rel=1e-6
        )
    for row in reference()["P02_harmonic"]:
        n = row["n"]
        found = equilibrium_prices(
            np.full((5, n), 1.0),
            np.full(n, 0.1),
            np.arange(n),
            weight=WEIGHTS,
            price_coefficient=1.0 / INCOMES,
            taste_scale=1.0,
            within_lab_scale=1.0,
            outside_utility=None,
        )
        expected = np.full(n, row["markup_formula"])
        yield close_all(f"mark-up, five incomes, n = {n}", found.prices - 0.1, expected, rel=1e-6)


@case("P03", "Asymmetric logit with an outside good; monopoly", "static", quick=True)
def outside_good() -> Iterator[Finding]:
    """Prices, shares, profits and surplus of three labs; Lambert-W mark-ups of one."""
    row = reference()["P03_asym3"]
    a, c = np.array(row["a"]), np.array(row["c"])
    found = simple(a, c, np.arange(3), 1.0, 0.0)
    yield close_all("prices", found.prices, row["price"], rel=1e-6)
    yield close_all("shares", found.shares, row["share"], rel=1e-6)
    yield close("outside share", 1.0 - found.shares.sum(), row["outside"], rel=1e-6)
    yield close("HHI of buyers", found.hhi, row["hhi_inside"], rel=1e-6)
    yield close_all("profit per user", found.profits, row["profit"], rel=1e-6)
    yield close_all("p - c = mu / (1 - s)", found.prices - c, 1.0 / (1.0 - found.shares), rel=1e-6)
    surplus = log_sum_surplus(
        (a - found.prices)[None], np.arange(3), taste_scale=1.0, within_lab_scale=1.0, outside_utility=0.0
    )
    yield close("consumer surplus", float(surplus[0]), row["CS"], rel=1e-6)
    for row in reference()["P03_monopoly"]:
        mu, x = row["mu"], row["net_surplus"]
        found = simple([x + 0.4], [0.4], [0], mu, 0.0)
        label = f"monopoly, mu = {mu}, x = {x}"
        yield close(f"mark-up, {label}", found.prices[0] - 0.4, row["markup"], rel=1e-6)
        yield close(f"share, {label}", found.shares[0], row["share"], rel=1e-6)
        exact = mu * (1.0 + float(lambertw(np.exp(x / mu - 1.0)).real))
        yield close(f"Lambert W, {label}", found.prices[0] - 0.4, exact, rel=1e-6)


@case("P04", "Labs with several tiers, aggregation, merger", "static", quick=True)
def several_tiers() -> Iterator[Finding]:
    """One mark-up per lab; one composite product stands for a lab; a merger raises both."""
    row = reference()["P04_multiproduct"]
    a, c, owner = np.array(row["a"]), np.array(row["c"]), np.array(row["owner"])
    found = simple(a, c, owner, 1.0, 0.0)
    yield close_all("prices", found.prices, row["price"], rel=1e-6)
    yield close_all("shares", found.shares, row["share"], rel=1e-6)
    markup = found.prices - c
    yield close_all("mark-up equal inside labs", markup, np.array(row["firm_markup"])[owner], rel=1e-6)
    yield close_all("lab shares", np.bincount(owner, found.shares), row["firm_share"], rel=1e-6)
    yield close("HHI", found.hhi, row["hhi"], rel=1e-6)
    composite = np.log(np.bincount(owner, np.exp(a - c)))
    yield close_all("composite quality", composite, row["composite_quality"], rel=1e-8)
    lumped = simple(composite, np.zeros(3), np.arange(3), 1.0, 0.0)
    yield close_all("mark-ups of composites", lumped.prices, [markup[0], markup[3], markup[5]], rel=1e-8)
    yield close_all("shares of composites", lumped.shares, np.bincount(owner, found.shares), rel=1e-8)
    row = reference()["P04_merger"]
    merged = simple(a, c, row["owner"], 1.0, 0.0)
    yield close_all("prices after the merger", merged.prices, row["price"], rel=1e-6)
    yield close_all("shares after the merger", merged.shares, row["share"], rel=1e-6)
    firm = np.array(row["firm_markup"])[np.array(row["owner"])]
    yield close_all("mark-ups after the merger", merged.prices - c, firm, rel=1e-6)
    yield close("HHI after the merger", merged.hhi, row["hhi"], rel=1e-6)


@case("P05", "Mixed logit with heterogeneous wealth", "static", quick=True)
def wealth_tiers() -> Iterator[Finding]:
    """Prices, shares and who pays what, against numbers of PyBLP."""
    for name in ("P05_A", "P05_B_nested", "P05_C_merger"):
        row = reference()[name]
        found = mixed(row)
        yield close_all(f"{name[4]}: prices", found.prices, row["price"], rel=1e-5)
        yield close_all(f"{name[4]}: shares", found.shares, row["share"], rel=1e-5)
        yield close(f"{name[4]}: outside", 1.0 - found.shares.sum(), row["outside"], rel=1e-5)
        yield close(f"{name[4]}: HHI", found.hhi, row["hhi_inside"], rel=1e-5)
        yield close_all(f"{name[4]}: profits", found.profits, row["profit"], rel=1e-5)
        income = np.asarray(row["income"])
        p = choice_probabilities(
            np.asarray(row["q"]) + np.asarray(row["xi"]) - found.prices / income[:, None],
            row["nest"],
            taste_scale=1.0,
            within_lab_scale=1.0 - row["rho"],
            outside_utility=0.0,
        )
        paid = (p @ found.prices) / p.sum(axis=1)
        expected = [part["price_paid_if_inside"] for part in row["by_income"]]
        yield close_all(f"{name[4]}: mean price paid, by income", paid, expected, rel=1e-5)


@case("P09", "Competition: cost plus one fee for every tier", "static", quick=True)
def cost_plus_fee() -> Iterator[Finding]:
    """p = c + mu n / (n - 1) at any within-lab scale; shares as that scale vanishes."""
    row = reference()["P09_av"]
    theta, c = np.array(row["theta"]), np.array(row["c"])
    for mu_w in (1.0, 0.3, 0.05, 0.0):
        found = equilibrium_prices(
            theta[:, None] * np.array(row["q"]),
            c,
            row["owner"],
            weight=row["w"],
            price_coefficient=np.ones(3),
            taste_scale=1.0,
            within_lab_scale=mu_w,
            outside_utility=None,
        )
        yield close_all(f"prices, within-lab scale {mu_w}", found.prices, c + 1.5, rel=1e-6)
    shares = np.asarray(row["w"]) @ choice_probabilities(
        theta[:, None] * np.array(row["q"]) - (c + 1.5),
        row["owner"],
        taste_scale=1.0,
        within_lab_scale=0.0,
        outside_utility=None,
    )
    yield close_all("shares, deterministic tier", shares, row["share"], rel=1e-6)


@case("P11", "Vertical duopoly", "static", quick=True)
def vertical() -> Iterator[Finding]:
    """Two qualities, no cost, everybody buys; tastes for the lab shrink to nothing."""
    for row in reference()["P11_vertical_duopoly"]:
        label = f"theta in ({row['lo']:g}, {row['hi']:g}), s = {row['s1']:g}, {row['s2']:g}"
        for part in row.get("smoothed", [{"mu": 0.01, **row}]):
            # The limit to 3 %; where tastes are given too, to the digits of the reference.
            room = {"abs": 1e-6} if "smoothed" in row else {"rel": 0.03}
            node, mass = np.polynomial.legendre.leggauss(400)
            theta = row["lo"] + (node + 1.0) / 2.0 * (row["hi"] - row["lo"])
            found = equilibrium_prices(
                theta[:, None] * np.array([row["s1"], row["s2"]]),
                [0.0, 0.0],
                [0, 1],
                weight=mass / 2.0,
                price_coefficient=np.ones(400),
                taste_scale=part["mu"],
                within_lab_scale=part["mu"],
                outside_utility=None,
            )
            where = f"{label}, mu = {part['mu']}"
            yield close_all(f"prices, {where}", found.prices, [part["p1"], part["p2"]], **room)
            yield close(f"share of the low quality, {where}", found.shares[0], part["D1"], **room)


@case("P20", "A closed lab against an open fringe", "static", quick=True)
def fringe() -> Iterator[Finding]:
    """The fringe is one alternative, sold at cost with the overhead h of running it oneself."""
    for row in reference()["P20_fringe"]:
        depth, kappa = row["I"], row["kappa"]
        open_utility = row["vopen"] - (1.0 + row["h"]) * kappa * depth
        found = simple([row["vlab"]], [kappa * depth], [0], row["mu"], open_utility)
        label = f"depth {depth}"
        yield close(f"mark-up, {label}", found.prices[0] - kappa * depth, row["markup"], rel=1e-6)
        yield close(f"open share, {label}", 1.0 - found.shares[0], row["open_share"], rel=1e-6)
        yield close(f"profit per user, {label}", found.profits[0], row["profit_per_user"], rel=1e-6)
