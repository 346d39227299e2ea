"""Price equilibria and best responses: theory and PyBLP [P02-P05, P09, P11; lessons 1, 2, 13]."""

from typing import Any

import numpy as np
import pytest
from scipy.special import lambertw

from model.mechanisms import response
from model.mechanisms.demand import choice_probabilities
from model.mechanisms.pricing import best_response_prices, equilibrium_prices, rival_log_sum

WEALTH = np.array([0.25, 0.5, 1.0, 2.0, 4.0])
WEIGHT = np.array([0.2, 0.3, 0.25, 0.15, 0.1])
ONE: dict[str, Any] = {"weight": [1.0], "price_coefficient": [1.0]}
RICH_AND_POOR: dict[str, Any] = {"weight": WEIGHT, "price_coefficient": 1 / WEALTH}


def scales(mu: float, mu_w: float, outside: float | None) -> dict[str, Any]:
    return {"taste_scale": mu, "within_lab_scale": mu_w, "outside_utility": outside}


@pytest.mark.parametrize("mu", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("n", [2, 3, 5, 10, 50])
def test_symmetric_covered_market(n: int, mu: float) -> None:
    """P02: markup mu n / (n - 1), profit mu / (n - 1) per user."""
    e = equilibrium_prices(np.zeros((1, n)), np.full(n, 0.3), np.arange(n), **ONE, **scales(mu, 0.0, None))
    np.testing.assert_allclose(e.prices - 0.3, mu * n / (n - 1), rtol=1e-9)
    np.testing.assert_allclose(e.profits, mu / (n - 1), rtol=1e-9)
    assert e.hhi == pytest.approx(1 / n, rel=1e-9)


@pytest.mark.parametrize(
    ("n", "markup"),
    [
        (2, 1.142857142857143),
        (3, 0.8571428571428572),
        (5, 0.7142857142857144),
        (10, 0.634920634920635),
    ],
)
def test_heterogeneous_wealth_enters_by_its_harmonic_mean(n: int, markup: float) -> None:
    e = equilibrium_prices(
        np.zeros((5, n)), np.full(n, 0.3), np.arange(n), **RICH_AND_POOR, **scales(1, 0.0, None)
    )
    np.testing.assert_allclose(e.prices - 0.3, markup, rtol=1e-9)


def test_asymmetric_labs_with_an_outside_option() -> None:
    """P03: prices, shares, HHI and profits; p - c = mu / (1 - s)."""
    cost = np.array([0.5, 0.4, 0.2])
    e = equilibrium_prices([[2.0, 1.5, 1.0]], cost, [0, 1, 2], **ONE, **scales(1, 0.0, 0.0))
    price = [1.9327796453022126, 1.7005542431637322, 1.426133210304586]
    share = [0.3020559698214665, 0.23109704554314198, 0.18442793034568802]
    np.testing.assert_allclose(e.prices, price, rtol=1e-9)
    np.testing.assert_allclose(e.shares, share, rtol=1e-9)
    np.testing.assert_allclose(
        e.profits, [0.4327796453022166, 0.3005542431637356, 0.22613321030458905], rtol=1e-9
    )
    assert e.hhi == pytest.approx(0.34695967804152655, rel=1e-9)
    np.testing.assert_allclose(e.prices - cost, 1 / (1 - e.shares), rtol=1e-9)


@pytest.mark.parametrize("mu", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("surplus", [-30.0, -1.0, 0.0, 1.0, 2.0, 4.0, 30.0])
def test_monopoly_markup_is_lambert_w(surplus: float, mu: float) -> None:
    """P03: m = mu (1 + W(exp(x / mu - 1))), also far out in both tails."""
    e = equilibrium_prices([[surplus]], [0.0], [0], **ONE, **scales(mu, 0.1, 0.0))
    markup = mu * (1 + lambertw(np.exp(surplus / mu - 1)).real)
    assert e.prices[0] == pytest.approx(markup, rel=1e-9)


MULTI = np.array([1.0, 2.0, 3.0, 0.8, 2.2, 1.7])
MULTI_COST = np.array([0.1, 0.6, 1.5, 0.1, 0.7, 0.5])


@pytest.mark.parametrize(
    ("owner", "markup", "hhi"),
    [
        (
            [0, 0, 0, 1, 1, 2],
            [1.6085804477981416, 1.3868604000561024, 1.2060426057332037],
            0.3647412206117779,
        ),
        ([0, 0, 0, 1, 1, 1], [1.693493509579766, 1.633906529804704], 0.500364600772724),
    ],
)
def test_multi_tier_labs_and_a_merger(owner: list[int], markup: list[float], hhi: float) -> None:
    """P04 (Nocke and Schutz): one absolute markup per lab; a lab is worth its composite product."""
    e = equilibrium_prices([MULTI], MULTI_COST, owner, **ONE, **scales(1, 1, 0.0))
    np.testing.assert_allclose(e.prices - MULTI_COST, np.array(markup)[owner], rtol=1e-9)
    assert e.hhi == pytest.approx(hhi, rel=1e-9)
    composite = [np.log(np.exp((MULTI - MULTI_COST)[np.array(owner) == j]).sum()) for j in sorted(set(owner))]
    one = equilibrium_prices(
        [composite], np.zeros(len(composite)), np.arange(len(composite)), **ONE, **scales(1, 1, 0.0)
    )
    np.testing.assert_allclose(one.prices, markup, rtol=1e-8)
    np.testing.assert_allclose(one.profits, e.profits, rtol=1e-8)


QUALITY = np.array([1.0, 2.2, 1.6, 3.2, 0.5, 1.1]) + np.array([0.8, 0.8, 0.0, 0.0, -0.8, -0.8])
TIER_COST = np.array([0.1, 0.6, 0.15, 1.0, 0.05, 0.25])
MIXED_LOGIT = {
    "A": (
        [0, 0, 1, 1, 2, 2],
        1.0,
        [
            1.2244829487328612,
            2.389920488493801,
            1.1221563325908956,
            3.0514479325435198,
            0.6296916743058961,
            0.9495851992941241,
        ],
        [
            0.15755987074857616,
            0.15340692339810047,
            0.14906275210673153,
            0.1155419587250811,
            0.05136520460199079,
            0.05289627030285268,
        ],
        0.38424248302761477,
    ),
    "B nested": (
        [0, 0, 1, 1, 2, 2],
        0.3,
        [
            1.2513045008848813,
            2.3837541077294073,
            1.2359628609901296,
            2.927367935382062,
            0.6591014782108597,
            0.9885132507156932,
        ],
        [
            0.12892246287727116,
            0.16099902911257247,
            0.11465049571982511,
            0.1369292414127924,
            0.03675969528819753,
            0.0451658480685625,
        ],
        0.39638310464751,
    ),
    "C merger": (
        [0, 0, 1, 1, 0, 0],
        1.0,
        [
            1.3682467675137215,
            2.5121161718126777,
            1.1707059412056544,
            3.026258860308625,
            1.2488431012700416,
            1.7159994712591666,
        ],
        [
            0.14884749156114335,
            0.15211142409583706,
            0.16004698687288468,
            0.12663428420712441,
            0.021421212410661316,
            0.02180244386493134,
        ],
        0.5041538811806149,
    ),
}


@pytest.mark.parametrize("case", MIXED_LOGIT)
def test_mixed_logit_with_heterogeneous_wealth(case: str) -> None:
    """P05: PyBLP's equilibria; no lab gains by leaving them."""
    owner, mu_w, price, share, hhi = MIXED_LOGIT[case]
    value = np.tile(QUALITY, (5, 1))
    market = {**RICH_AND_POOR, **scales(1, mu_w, 0.0)}
    e = equilibrium_prices(value, TIER_COST, owner, **market)
    np.testing.assert_allclose(e.prices, price, rtol=1e-9)
    np.testing.assert_allclose(e.shares, share, rtol=1e-9)
    assert e.hhi == pytest.approx(hhi, rel=1e-9)
    again = equilibrium_prices(value, TIER_COST, owner, start=e.prices * 1.3, **market)
    np.testing.assert_allclose(again.prices, price, rtol=1e-9)
    for lab in set(owner):
        reply = best_response_prices(lab, e.prices, value, TIER_COST, owner, **market)
        np.testing.assert_allclose(reply, e.prices[np.array(owner) == lab], rtol=1e-7)


def test_offers_in_any_order_and_money_in_any_unit() -> None:
    owner, mu_w, price, _, _ = MIXED_LOGIT["B nested"]
    order, money = np.array([4, 1, 3, 0, 5, 2]), 1e7
    labs = np.array([30, 10, 20])[np.array(owner)[order]]
    e = equilibrium_prices(
        np.tile(QUALITY[order], (5, 1)),
        TIER_COST[order] * money,
        labs,
        weight=WEIGHT * 1e9,
        price_coefficient=1 / WEALTH / money,
        **scales(1, mu_w, 0.0),
    )
    np.testing.assert_allclose(e.prices / money, np.array(price)[order], rtol=1e-9)
    # labels 10, 20, 30 belong to labs 1, 2, 0
    per_user = [0.3884192096610435, 0.055745962017067094, 0.4356116912957638]
    np.testing.assert_allclose(e.profits / money / 1e9, per_user, rtol=1e-8)


@pytest.mark.parametrize("mu_w", [0.0, 1e-3, 0.01, 0.1, 0.3, 1.0])
def test_cost_plus_fee(mu_w: float) -> None:
    """P09: p = c + 1.5 for every tier at any within-lab scale."""
    theta, quality = np.array([[0.3], [1.0], [2.5]]), np.tile([1.0, 1.8, 2.6], 3)
    cost, owner = np.tile([0.05, 0.4, 1.5], 3), np.repeat([0, 1, 2], 3)
    e = equilibrium_prices(
        theta * quality,
        cost,
        owner,
        weight=[0.5, 0.3, 0.2],
        price_coefficient=np.ones(3),
        **scales(1, mu_w, None),
    )
    np.testing.assert_allclose(e.prices, cost + 1.5, atol=1e-9)
    if mu_w == 0.0:
        np.testing.assert_allclose(e.shares, np.tile([1 / 6, 0.1, 1 / 15], 3), atol=1e-12)


@pytest.mark.parametrize(
    ("high", "qualities", "mu", "expected", "tolerance"),
    [
        (3.0, (1.0, 2.0), 0.01, (1 / 3, 5 / 3, 1 / 6), 0.03),
        (2.5, (1.0, 1.5), 0.01, (0.0833333, 0.6666667, 0.1111111), 0.03),
        (2.0, (1.0, 2.0), 0.01, (0.027999, 1.053118, 0.025899), 1e-4),
        (2.0, (1.0, 2.0), 0.002, (0.007760, 1.015299, 0.007585), 1e-3),
    ],
)
def test_vertical_duopoly(
    high: float,
    qualities: tuple[float, float],
    mu: float,
    expected: tuple[float, float, float],
    tolerance: float,
) -> None:
    """P11 with a small taste scale, types uniform on [1, high]."""
    n = 4_000
    theta = 1 + (high - 1) * (np.arange(n)[:, None] + 0.5) / n
    e = equilibrium_prices(
        theta * qualities,
        [0.0, 0.0],
        [0, 1],
        weight=np.full(n, 1 / n),
        price_coefficient=np.ones(n),
        **scales(mu, mu, None),
    )
    np.testing.assert_allclose([*e.prices, e.shares[0]], expected, rtol=tolerance)


def test_the_higher_of_two_peaks_is_found() -> None:
    """Many poor users and a few rich ones: a monopolist's profit peaks at both markups."""
    for weight in ([0.9, 0.1], [0.995, 0.005]):
        market: dict[str, Any] = {
            "weight": weight,
            "price_coefficient": [1.0, 0.05],
            **scales(0.3, 0.1, 0.0),
        }
        grid = np.linspace(0.1, 80, 16_000)
        utility = 3.0 - np.outer([1.0, 0.05], grid)
        profit = grid * (weight @ (1 / (1 + np.exp(-utility / 0.3))))
        value = np.full((2, 1), 3.0)
        cold = equilibrium_prices(value, [0.0], [0], **market)
        for start in (1.0, 50.0):
            warm = equilibrium_prices(value, [0.0], [0], start=[start], **market)
            np.testing.assert_allclose(warm.prices, cold.prices, rtol=1e-9)
        assert cold.prices[0] == pytest.approx(grid[profit.argmax()], abs=0.01)
        reply = best_response_prices(0, [1.0], value, [0.0], [0], **market)
        np.testing.assert_allclose(reply, cold.prices, rtol=1e-6)


def test_errors_name_the_field() -> None:
    with pytest.raises(ValueError, match="price_coefficient"):
        equilibrium_prices([[1.0]], [0.0], [0], weight=[1.0], price_coefficient=[0.0], **scales(1, 1, 0.0))
    with pytest.raises(ValueError, match="scales are 0"):
        equilibrium_prices([[1.0]], [0.0], [0], **ONE, **scales(0, 0, 0.0))
    with pytest.raises(ValueError, match="lab_of_offer"):
        equilibrium_prices([[1.0]], [0.0], [0, 1], **ONE, **scales(1, 1, 0.0))


def test_no_finite_price_is_an_error() -> None:
    with pytest.raises(ValueError, match="one lab and no outside option"):
        equilibrium_prices([[1.0, 2.0]], [0, 0], [0, 0], **ONE, **scales(1, 1, None))
    with pytest.raises(ValueError, match="outside option"):
        response.best_response(
            np.ones((1, 1, 1)), [[0.0]], [[-np.inf]], **ONE, taste_scale=1, within_lab_scale=1
        )
    with pytest.raises(ValueError, match="lab is 5"):
        best_response_prices(5, [1.0], [[1.0]], [0.0], [0], **ONE, **scales(1, 1, 0.0))


def test_rivals_are_seen_even_by_a_lab_that_has_everything() -> None:
    inclusive = np.array([[2000.0, 0.0], [3.0, 0.0], [-np.inf, 1.0]])
    got = rival_log_sum(inclusive, -1.0, 1.0)
    expected = [
        [np.log(np.exp(3) + np.exp(-1)), np.log(1 + np.e + 1 / np.e)],
        [2000.0, np.log(1 + np.e + 1 / np.e)],
        [2000.0, np.log(2 + 1 / np.e)],
    ]
    np.testing.assert_allclose(got, expected, rtol=1e-13)
    assert rival_log_sum(np.array([[1.0]]), -np.inf, 1.0)[0, 0] == -np.inf


def a_lab(effect: str, mu_w: float, seed: int = 0) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Four cases of a lab with three tiers before 300 types, and the keywords of its demand."""
    rng = np.random.default_rng(seed)
    income = np.exp(rng.normal(0, 1, 300))
    value = np.exp(rng.normal(0, 0.3, (300, 1))) * [1.0, 2.2, 3.2] + rng.normal(0, 0.3, (4, 1, 3))
    cost = np.array([0.1, 0.6, 1.0]) * np.exp(rng.normal(0, 0.2, (4, 1)))
    keywords: dict[str, Any] = {
        "weight": rng.random(300),
        "price_coefficient": 1 / income if effect == "linear" else np.full(300, 2.5),
        "taste_scale": 1.0,
        "within_lab_scale": mu_w,
        "income": 20 * income,
        "income_effect": effect,
    }
    return (value, cost, rng.normal(1, 0.5, (1, 300))), keywords


@pytest.mark.parametrize("effect", ["linear", "log"])
@pytest.mark.parametrize("mu_w", [1.0, 0.3, 0.05])
@pytest.mark.parametrize("per_user", [False, True])
def test_slope_and_curvature_of_own_profit(effect: str, mu_w: float, per_user: bool) -> None:
    (value, cost, rivals), keywords = a_lab(effect, mu_w)
    if per_user:  # a cost that differs between users, as with routed depth
        cost = cost[:, None, :] * np.linspace(0.5, 1.5, 300)[None, :, None]
    case = response.situation(value, cost, rivals, advert=0.2, **keywords)
    prices = np.array([1.0, 1.7, 2.4]) + np.random.default_rng(1).random((4, 3))
    r = response.own_gradient_hessian(case, prices)
    profit, shares = response.own_profit(case, prices)
    np.testing.assert_allclose(profit, r.profit, rtol=1e-14)
    margin = prices[:, None] + 0.2 - (cost if per_user else cost[:, None])
    np.testing.assert_allclose(
        profit, np.einsum("bik,bik,i->b", shares, margin, keywords["weight"]), rtol=1e-12
    )
    for k, e in enumerate(1e-5 * np.eye(3)):
        slope = (response.own_profit(case, prices + e)[0] - response.own_profit(case, prices - e)[0]) / 2e-5
        np.testing.assert_allclose(r.gradient[:, k], slope, rtol=1e-5, atol=1e-6)
        up, down = (response.own_gradient_hessian(case, prices + s * e).gradient for s in (1, -1))
        np.testing.assert_allclose(r.hessian[:, :, k], (up - down) / 2e-5, rtol=1e-3, atol=1e-3)
    assert np.linalg.eigvalsh(r.metric).min() > 0


def test_shares_of_the_kernel_are_those_of_demand() -> None:
    (value, cost, _), keywords = a_lab("linear", 0.3)
    prices = cost + 1.0
    case = response.situation(value, cost, np.zeros((1, 300)), **keywords)
    shares = response.own_profit(case, prices)[1]
    for b in range(4):
        utility = value[b] - keywords["price_coefficient"][:, None] * prices[b]
        p = choice_probabilities(utility, [0, 0, 0], **scales(1.0, 0.3, 0.0))
        np.testing.assert_allclose(shares[b], p, rtol=1e-12)


@pytest.mark.parametrize("effect", ["linear", "log"])
@pytest.mark.parametrize("mu_w", [1.0, 0.1, 0.01])
def test_best_response_from_far_away(effect: str, mu_w: float) -> None:
    """From zero or from far too high it settles where no price should move, and stays finite."""
    arguments, keywords = a_lab(effect, mu_w)
    case = response.situation(*arguments, **keywords)
    for start in (0.0, 3.0, 60.0 if effect == "linear" else 12.0):
        best = response.best_response(
            *arguments, start_prices=np.full((4, 3), start), iterations=200, **keywords
        )
        assert np.isfinite(best.prices).all()
        assert (best.prices < 100).all()
        r = response.own_gradient_hessian(case, best.prices)
        np.testing.assert_allclose(r.profit, best.profit, rtol=1e-9)
        if mu_w >= 0.1 and effect == "linear":
            np.testing.assert_allclose(r.gradient, 0.0, atol=1e-6)
            assert (np.linalg.eigvalsh(r.hessian) < 1e-9).all()


def test_free_tiers_exist_only_with_advertising() -> None:
    """p >= 0 binds when a user's attention is worth more than the markup."""
    basics: dict[str, Any] = {**ONE, "taste_scale": 1.0, "within_lab_scale": 0.3}
    arguments = (np.array([[[0.2, 0.6]]]), [[0.01, 0.5]], [[0.0]])
    paid = response.best_response(*arguments, **basics)
    free = response.best_response(*arguments, advert=3.0, **basics)
    below = response.best_response(*arguments, advert=3.0, floor=-np.inf, **basics)
    assert paid.prices.min() > 1.0
    assert free.prices[0, 0] == 0.0
    assert below.prices[0, 0] < 0.0
    np.testing.assert_allclose(below.prices + 3.0, below.prices[0, 0] + 3.0 + [[0.0, 0.49]])


def test_tiers_that_do_not_exist_change_nothing() -> None:
    (value, cost, rivals), keywords = a_lab("linear", 0.3)
    two = response.best_response(value[:, :, :2], cost[:, :2], rivals, **keywords)
    masked = response.best_response(value, cost, rivals, mask=[[True, True, False]], **keywords)
    np.testing.assert_allclose(masked.prices[:, :2], two.prices, rtol=1e-7)
    np.testing.assert_allclose(masked.profit, two.profit, rtol=1e-12)


def test_a_batch_is_its_cases() -> None:
    (value, cost, rivals), keywords = a_lab("linear", 0.3)
    batch = response.best_response(value, cost, rivals, **keywords)
    for b in range(4):
        one = response.best_response(value[b : b + 1], cost[b : b + 1], rivals, **keywords)
        np.testing.assert_allclose(one.prices[0], batch.prices[b], rtol=1e-9)


def test_the_markup_map_that_cycles_does_not_cycle_here() -> None:
    """Lesson 1: p <- c + mu / (1 - s) cycles when one lab has most of the market."""
    value, cost = np.array([[6.0, 1.0, 1.0]]), np.zeros(3)
    e = equilibrium_prices(value, cost, [0, 1, 2], **ONE, **scales(1, 0.0, 0.0))
    s = choice_probabilities(value - e.prices, [0, 1, 2], **scales(1, 0.0, 0.0))[0]
    np.testing.assert_allclose(e.prices, 1 / (1 - s), rtol=1e-9)
    assert s[0] > 0.5
