"""Shortcuts of the price solver that must not change what it finds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from model.mechanisms import pricing, response
from model.mechanisms.climbing import BLOCK, direction, exponential, logarithm, slopes
from model.mechanisms.pricing import equilibrium_prices


def crowd(every: int, times: float, grid: bool) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Two labs, 2,400 users: many poor ones and a few who would pay many times as much."""
    rng = np.random.default_rng(3)
    n = 2400
    income = np.exp(0.1 * rng.standard_normal(n))
    income[::every] *= times
    if not grid:
        rng.shuffle(income)
    value = np.outer(np.exp(0.1 * rng.standard_normal(n)), [3.0, 3.5, 4.0])
    rules = {
        "weight": np.full(n, 1.0 / n),
        "price_coefficient": 1.0 / income,
        "taste_scale": 1.0,
        "within_lab_scale": 0.5,
        "outside_utility": 0.0,
    }
    return (value, [0.1, 0.2, 0.3], [0, 1, 1]), rules


@pytest.mark.parametrize("grid", [True, False])
@pytest.mark.parametrize(
    ("every", "times", "jump"), [(20, 100.0, True), (300, 2000.0, True), (200, 100.0, False)]
)
def test_few_users_lead_to_the_same_peaks(
    every: int, times: float, jump: bool, grid: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Distant prices are first tried on 500 users: the answer is that of trying them on all.

    A peak at which only a rich minority buys must be seen, also where the rich stand at every k-th place.
    """
    offers, rules = crowd(every, times, grid)
    near = equilibrium_prices(*offers, **rules, look_around=False)
    found = equilibrium_prices(*offers, **rules)
    monkeypatch.setattr(pricing, "FEW", 10**9)
    whole = equilibrium_prices(*offers, **rules)
    np.testing.assert_allclose(found.prices, whole.prices, rtol=1e-8)
    assert (np.abs(near.prices / found.prices - 1.0).max() > 0.5) == jump


@pytest.mark.parametrize("effect", ["linear", "log"])
@pytest.mark.parametrize("per_user", [False, True])
def test_compiled_slopes_are_those_of_the_arrays(effect: str, per_user: bool) -> None:
    """The loop over users and the arrays of `own_gradient_hessian` are one set of equations."""
    rng = np.random.default_rng(4)
    cases, users, tiers = 5, 700, 3  # more than two blocks of users
    cost = rng.uniform(0.1, 1.0, (cases, users, tiers) if per_user else (cases, tiers))
    case = response.situation(
        rng.normal(2.0, 1.0, (cases, users, tiers)),
        cost,
        rng.normal(1.0, 0.5, (cases, users)),
        weight=np.full(users, 1.0 / users),
        price_coefficient=np.exp(rng.standard_normal(users)),
        taste_scale=1.0,
        within_lab_scale=0.3,
        mask=np.array([[True, True, b != 2] for b in range(cases)]),
        advert=0.2,
        income=np.exp(1.0 + rng.standard_normal(users)),
        income_effect=effect,
    )
    prices = rng.uniform(0.5, 3.0, (cases, tiers))
    whole = response.own_gradient_hessian(case, prices)
    income = np.zeros(0) if case.income is None else case.income
    for b in range(cases):
        gradient, hessian, metric = np.empty(tiers), np.empty((tiers, tiers)), np.empty((tiers, tiers))
        about = (case.value[b], case.cost[b], case.rivals[b], case.weight, case.slope, income, 1.0, 0.3)
        profit = slopes(*about, prices[b], gradient, hessian, metric)
        np.testing.assert_allclose(profit, whole.profit[b], rtol=1e-12)
        np.testing.assert_allclose(gradient, whole.gradient[b], rtol=1e-10, atol=1e-13)
        np.testing.assert_allclose(hessian, whole.hessian[b], rtol=1e-10, atol=1e-13)
        np.testing.assert_allclose(metric, whole.metric[b], rtol=1e-10, atol=1e-13)


def test_a_tier_beyond_every_income_sells_nothing() -> None:
    """Not little: nothing, so that its price is felt by nobody and stands still."""
    users = BLOCK + 1
    about = (np.array([[1.0] * users, [-np.inf] * users]), np.zeros((2, 1)), np.zeros(users))
    shared = (np.full(users, 1.0 / users), np.ones(users), np.zeros(0), 1.0, 0.5)
    gradient, hessian, metric = np.empty(2), np.empty((2, 2)), np.empty((2, 2))
    profit = slopes(*about, *shared, np.array([1.0, 1.0]), gradient, hessian, metric)
    assert profit == pytest.approx(0.5, rel=1e-14)  # utility zero, as the outside's
    assert gradient[1] == 0.0 and not hessian[1].any() and not metric[:, 1].any()


def test_exp_and_ln_are_the_librarys() -> None:
    """To a few units in the last place, over all that a utility can be; exact where it matters."""
    rng = np.random.default_rng(8)
    x = np.concatenate([rng.uniform(-700.0, 700.0, 3000), rng.uniform(-1e-3, 1e-3, 1000), [0.0]])
    np.testing.assert_allclose([exponential(v) for v in x], np.exp(x), rtol=5e-16)
    y = np.concatenate([10.0 ** rng.uniform(-300.0, 300.0, 3000), 1.0 + rng.uniform(-1e-3, 1e-3, 1000)])
    np.testing.assert_allclose([logarithm(v) for v in y], np.log(y), rtol=5e-16)
    assert exponential(0.0) == 1.0 and logarithm(1.0) == 0.0
    assert exponential(-np.inf) == 0.0 and logarithm(0.0) == -np.inf
    assert np.isnan(exponential(np.nan)) and np.isnan(logarithm(np.nan))


def test_a_direction_solves_its_system_and_knows_a_peak() -> None:
    """Newton's step where profit is concave, the markup map's where it is not; floors hold."""
    gradient, step = np.array([0.3, -0.2]), np.empty(2)
    metric = np.array([[2.0, 0.5], [0.5, 1.0]])
    peak = np.array([[-3.0, 0.4], [0.4, -2.0]])
    free = np.array([1.0, 1.0])
    assert direction(gradient, peak, metric, free, 0.0, step)
    np.testing.assert_allclose(step, np.linalg.solve(-peak, gradient), rtol=1e-12)
    assert not direction(gradient, -peak, metric, free, 0.0, step)
    np.testing.assert_allclose(step, np.linalg.solve(metric, gradient), rtol=1e-9)
    assert direction(gradient, peak, metric, np.array([1.0, 0.0]), 0.0, step)
    np.testing.assert_allclose(step, [0.1, 0.0], rtol=1e-12)


def test_a_last_step_unseen_costs_no_digits() -> None:
    """A loose climb ends at the profit of a tight one: a Newton step's error is its square."""
    rng = np.random.default_rng(6)
    given = (rng.normal(2.0, 1.0, (40, 200, 3)), rng.uniform(0.1, 1.0, (40, 3)), np.zeros((40, 200)))
    rules: dict[str, Any] = {
        "weight": np.full(200, 1.0 / 200),
        "price_coefficient": np.exp(0.5 * rng.standard_normal(200)),
        "taste_scale": 1.0,
        "within_lab_scale": 0.5,
    }
    loose = response.best_response(*given, **rules, tolerance=1e-4)
    tight = response.best_response(*given, **rules, tolerance=1e-12)
    np.testing.assert_allclose(loose.profit, tight.profit, rtol=1e-6)
    np.testing.assert_allclose(loose.prices, tight.prices, atol=1e-3)
