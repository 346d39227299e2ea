"""P12-P16, P24, P25: what compute buys, as pure functions."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from experiments.verify.registry import Finding, case, close, close_all, reference
from model.mechanisms.regulation import (
    coverage,
    coverage_share_pareto,
    coverage_share_uniform,
    effective_compute,
)
from model.mechanisms.scaling import (
    copies,
    distillation_path,
    human_level_cost,
    least_cost,
    optimal_split,
    parameters_of,
    training_power_mw,
    weights_cost_share,
)

DAY = 86_400.0


@case("P12", "Split of compute between training and depth", "static", quick=True)
def planner() -> Iterator[Finding]:
    """Primal and dual of Theorem 3, corners included."""
    for row in reference()["P12_planner"]:
        training, depth = optimal_split(
            row["B"],
            row["V"],
            row["c1"],
            inference_exponent=row["eta"],
            max_depth=row["Imax"],
        )
        label = f"V = {row['V']:g}, eta = {row['eta']:g}, I_max = {row['Imax'] or 'none'}"
        yield close(f"C, {label}", float(training), row["CT"], rel=1e-8)
        yield close(f"I, {label}", float(depth), row["I"], rel=1e-8)
        capability = np.log10(training) + row["eta"] * np.log10(depth)
        yield close(f"capability, {label}", float(capability), row["capability"], rel=1e-8)
    for row in reference()["P12_dual"]:
        args = (row["G"], row["V"], row["c1"])
        training, depth, total = least_cost(*args, inference_exponent=row["eta"], max_depth=None)
        label = f"dual, V = {row['V']:g}"
        yield close(f"C, {label}", float(training), row["CT"], rel=1e-8)
        yield close(f"I, {label}", float(depth), row["I"], rel=1e-8)
        yield close(f"cost, {label}", float(total), row["cost"], rel=1e-8)
        marginal = depth * row["c1"]
        found = float(total / row["V"] / marginal)
        yield close(f"average over marginal cost, {label}", found, row["avg_over_marginal"], rel=1e-8)


@case("P13", "Simultaneous copies of the frontier model", "static", quick=True)
def simultaneous() -> Iterator[Finding]:
    """K / (2 N tok I) with K = C / T; the price of buying capability by depth instead."""
    table = reference()["P13_copies"]
    seconds = 90.0 * DAY

    def chinchilla(flop: float) -> float:
        return float(
            parameters_of(flop, reference_flop=1e25, reference_parameters=np.sqrt(1e25 / 120.0), exponent=0.5)
        )

    for row in table["table"]:
        size = chinchilla(row["CT"])
        yield close(f"parameters at {row['CT']:g} FLOP", size, row["N"], rel=1e-8)
        found = float(copies(row["CT"] / seconds, size, 10.0, row["I"]))
        yield close(f"copies at {row['CT']:g} FLOP, depth {row['I']}", found, row["copies"], rel=1e-8)
    k, eta = 2.0, 0.7
    base, deeper = 1e25, 10.0**k
    bigger = base * 10.0 ** (eta * k)
    by_training = copies(bigger / seconds, chinchilla(bigger), 10.0, 1.0)
    by_depth = copies(base / seconds, chinchilla(base), 10.0, deeper)
    expected = table["ratio_inference_vs_pretraining_equal_capability"]
    yield close("depth over training, equal capability", float(by_depth / by_training), expected, rel=1e-8)
    fixed = copies(base / seconds, chinchilla(base), 10.0, deeper) / copies(
        base / seconds, chinchilla(base), 10.0, 1.0
    )
    yield close("same cluster, same size", float(fixed), table["ratio_same_cluster_same_N"], rel=1e-8)


@case("P14", "Cost and date of the first human-level system", "static", quick=True)
def human_level() -> Iterator[Finding]:
    """First date, its depth and cost, and the date of parity with the wage."""
    for row in reference()["P14_human"]:
        found = human_level_cost(
            row["GH"] - row["G0"],
            growth_oom=row["gT"],
            cost_decline_oom=row["h"],
            inference_exponent=row["eta"],
            max_depth=row["Imax"],
            unit_cost_usd=row["c0"],
            wage_usd=row["wage"],
        )
        label = f"g = {row['gT']:g}, eta = {row['eta']:g}, I_max = {row['Imax']:g}"
        yield close(f"first date, {label}", float(found.first_years), row["t_first"], rel=1e-8, abs=1e-12)
        yield close(f"depth, {label}", float(found.depth), row["I_first"], rel=1e-8)
        yield close(f"cost, {label}", float(found.cost_usd), row["cost_first"], rel=1e-8)
        yield close(f"cost over wage, {label}", float(found.cost_ratio), row["ratio_first"], rel=1e-8)
        yield close(f"parity, {label}", float(found.parity_years), row["t_parity"], rel=1e-8, abs=1e-12)


@case("P15", "Gains of iterated distillation", "static", quick=True)
def distillation() -> Iterator[Finding]:
    """Geometric, linear and explosive paths, and their limits."""
    for row in reference()["P15_ida"]:
        path = distillation_path(
            row["K"],
            10.0 ** row["log10I"],
            retention=row["r"],
            inference_exponent=row["eta"],
            decay=row["rho"],
        )
        label = f"r = {row['r']:g}, rho = {row['rho']:g}"
        yield close_all(f"path, {label}", path, row["e"], rel=1e-8, abs=1e-12)
        if row["limit"] is not None:
            endless = distillation_path(
                2000,
                10.0 ** row["log10I"],
                retention=row["r"],
                inference_exponent=row["eta"],
                decay=row["rho"],
            )
            yield close(f"limit, {label}", float(endless[-1]), row["limit"], rel=1e-8)


@case("P16", "What a threshold on training compute covers", "static", quick=True)
def covered() -> Iterator[Finding]:
    """Closed forms, and the rule itself on 200,000 models drawn (4 binomial se)."""
    rng = np.random.default_rng(116)
    n = 200_000
    for row in reference()["P16_coverage_pareto"]:
        k, a, eta = row["k"], row["pareto_a"], row["eta"]
        found = float(coverage_share_pareto(eta, k, a))
        yield close(f"Pareto {a:g}, k = {k}", found, row["covered"], rel=1e-12)
        # log10 of a Pareto variable above D - eta k is exponential: dangerous models, all of them
        size = 25.0 - eta * k + rng.exponential(1.0 / (a * np.log(10.0)), n)
        share = float(coverage(size, 25.0 - 1e-12).mean())
        room = 4.0 * float(np.sqrt(max(found * (1.0 - found), 1.0 / n) / n))
        yield close(f"Pareto {a:g}, k = {k}, by the rule (4 se)", share, found, abs=room)
    for row in reference()["P16_coverage_uniform"]:
        found = float(
            coverage_share_uniform(row["lo"], row["hi"], row["tau"], row["D"], row["eta"], row["k"])
        )
        yield close(f"uniform, k = {row['k']}", found, row["covered"], rel=1e-12)
        size = rng.uniform(row["lo"], row["hi"], n)
        feared = effective_compute(size, 10.0 ** row["k"], row["eta"]) >= row["D"]
        caught = coverage(size[feared], row["tau"])
        room = 4.0 * float(np.sqrt(max(found * (1.0 - found), 1.0 / n) / feared.sum()))
        yield close(f"uniform, k = {row['k']}, by the rule (4 se)", float(caught.mean()), found, abs=room)
    expected = reference()["P16_ord"]["log10_effective"]
    yield close("1e24 FLOP at depth 1e4", float(effective_compute(24.0, 1e4, 0.7)), expected, rel=1e-12)


@case("P24", "What stolen weights save", "static", quick=True)
def theft() -> Iterator[Finding]:
    """Share of the total cost of ownership that is in the weights."""
    for row in reference()["P24_theft"]:
        found = float(weights_cost_share(row["CT"], row["V"], row["c1"], row["I"]))
        yield close(f"depth {row['I']}", found, row["share"], rel=1e-8)


@case("P25", "Power of one co-located run", "static", quick=True)
def power() -> Iterator[Finding]:
    """C / (T util FLOP/s) chips of 1.4 kW."""
    for row in reference()["P25_mw"]:
        found = float(training_power_mw(row["C"], row["days"]))
        yield close(f"{row['C']:g} FLOP in {row['days']} days, MW", found, row["MW"], rel=1e-8)
        yield close(f"{row['C']:g} FLOP in {row['days']} days, chips", found / 1.4e-3, row["gpus"], rel=1e-8)
