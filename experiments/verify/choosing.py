"""P01 choice and sampling; P21 the population: nulls and closed forms of what users are and do."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from scipy.stats import chi2

from experiments.verify.registry import Finding, at_least, case, close, reference, same
from model.mechanisms.demand import choice_probabilities, log_sum_surplus, sample_choices
from model.mechanisms.wealth import bin_means_lognormal_pareto, gini, top_share
from model.metrics import hhi

EULER = 0.5772156649015329
UTILITY = np.array([[0.4, 1.1, -0.3, 0.8, 0.0]])
LABS = np.array([0, 0, 1, 2, 2])
SAMPLES = 20  # one sample alone fails by bad luck once in a thousand seeds


@case("P01", "Choice, sampling and the nulls of concentration", "static", quick=True)
def choice() -> Iterator[Finding]:
    """Frequencies against probabilities, log-sum against simulated maxima, HHI against its nulls."""
    rng = np.random.default_rng(101)
    for mu_w in (1.0, 0.3):
        p = choice_probabilities(UTILITY, LABS, taste_scale=1.0, within_lab_scale=mu_w, outside_utility=0.0)
        rng = np.random.default_rng(101)
        chance, n, statistic, odd = np.append(p[0], 1.0 - p.sum()), 1_000_000, 0.0, 0
        for _ in range(SAMPLES):
            draws = rng.random(n)
            drawn = sample_choices(np.broadcast_to(p, (n, 5)), draws)
            odd += int((drawn != np.searchsorted(np.cumsum(p[0]), draws, side="right")).sum())
            seen = np.bincount(drawn, minlength=6)
            statistic += float(((seen - n * chance) ** 2 / (n * chance)).sum())
        label = f"{SAMPLES} samples of 1e6, within-lab scale {mu_w}"
        yield at_least(f"chi-squared p, {label}", float(chi2.sf(statistic, 5 * SAMPLES)), 1e-3)
        yield same(f"draws other than the inverse of the distribution, {label}", odd, 0)
    mu = 0.7
    options = np.append(UTILITY[0], 0.0)
    tastes = rng.gumbel(scale=mu, size=(1_000_000, 6))
    best = (options + tastes).max(axis=1)
    surplus = log_sum_surplus(UTILITY, LABS, taste_scale=mu, within_lab_scale=mu, outside_utility=0.0)
    yield close(
        "log-sum + 0.5772 mu against the mean best of 1e6 (4 se)",
        float(surplus[0]) + EULER * mu,
        float(best.mean()),
        abs=4.0 * float(best.std()) / 1000.0,
    )
    for row in reference()["P01_null"]["random_choice"]:
        n, users = row["n"], row["N"]
        chance = choice_probabilities(
            np.zeros((1, n)), np.arange(n), taste_scale=1.0, within_lab_scale=1.0, outside_utility=None
        )
        drawn = sample_choices(np.broadcast_to(chance, (4000 * users, n)), rng.random(4000 * users))
        found = np.array([hhi(np.bincount(d, minlength=n)) for d in drawn.reshape(4000, users)])
        yield close(
            f"mean HHI of {users} random choices among {n} (4 se)",
            float(found.mean()),
            row["E_HHI"],
            abs=4.0 * float(found.std()) / math.sqrt(4000.0),
        )


@case("P01", "The index itself", "static", quick=True)
def index() -> Iterator[Finding]:
    """HHI of Zipf, Dirichlet and lognormal sizes; bias and spread of a sampled HHI."""
    rng = np.random.default_rng(102)
    nulls = reference()["P01_null"]
    for row in nulls["zipf"]:
        yield close(f"Zipf, n = {row['n']}", hhi(1.0 / np.arange(1, row["n"] + 1)), row["HHI"], rel=1e-8)
    for row in nulls["dirichlet"]:
        found = np.array([hhi(s) for s in rng.dirichlet(np.full(row["n"], row["alpha"]), 20_000)])
        room = 4.0 * float(found.std()) / math.sqrt(20_000.0)
        name = f"mean HHI of Dirichlet({row['alpha']}), n = {row['n']} (4 se)"
        yield close(name, float(found.mean()), row["E_HHI"], abs=room)
    for row in nulls["lognormal"]:
        # n HHI = mean of x^2 over the square of the mean of x
        x = rng.lognormal(sigma=row["sigma"], size=(200, 50_000))
        found = np.array([x.shape[1] * hhi(part) for part in x])
        room = 4.0 * float(found.std()) / math.sqrt(200.0)
        yield close(
            f"n HHI of lognormal({row['sigma']}) sizes (4 se)",
            float(found.mean()),
            row["n_times_HHI"],
            abs=room,
        )
    row = reference()["P01_hhi_se"]
    shares, users = np.array(row["s"]), row["N"]
    found = np.array([hhi(c) for c in rng.multinomial(users, shares, size=40_000)])
    bias = (1.0 - row["HHI"]) / users
    spread = 2.0 * math.sqrt(float((shares**3).sum()) - row["HHI"] ** 2) / math.sqrt(users)
    yield close("bias of a sampled HHI, formula", bias, row["bias"], rel=1e-8)
    yield close("spread of a sampled HHI, formula", spread, row["sd"], rel=1e-8)
    error = float(found.std()) / math.sqrt(40_000.0)
    yield close("bias, simulated (4 se)", float(found.mean()) - row["HHI"], bias, abs=4.0 * error)
    yield close("spread, simulated (4 se)", float(found.std()), spread, abs=4.0 * error / math.sqrt(2.0))


@case("P21", "Wealth of the population", "static", quick=True)
def wealth() -> Iterator[Finding]:
    """Gini and top share of exact bin means against the closed forms."""
    # Equal bins cannot show the inequality inside them. In the last bin of a Pareto tail of 1.5 it is
    # worth 1.2e-7 of the Gini with 1e5 users; a million bring it below the tolerance.
    n = 1_000_000
    for row in reference()["P21_wealth"]["pareto"]:
        bins = bin_means_lognormal_pareto(n, 1.0, 0.0, 1.0, row["a"])
        yield close(f"Gini, Pareto {row['a']}", gini(bins), row["gini"], abs=1e-7)
        yield close(f"top 1 %, Pareto {row['a']}", top_share(bins, 0.01), row["top1_share"], abs=1e-7)
        yield close(f"top 10 %, Pareto {row['a']}", top_share(bins, 0.1), row["top10_share"], abs=1e-7)
    for row in reference()["P21_wealth"]["lognormal"]:
        bins = bin_means_lognormal_pareto(n, 1.0, row["sigma"], 0.0, 2.0)
        yield close(f"Gini, lognormal {row['sigma']}", gini(bins), row["gini"], abs=1e-7)
