"""Monopoly menus against closed forms [P07, P08 (i)]."""

import numpy as np
import pytest

from model.mechanisms.pricing import monopoly_menu

N = 20_000
UNIFORM = (np.arange(N) + 0.5) / N  # types on [0, 1]; prices are exact to about 1 / N
WEIGHT = np.full(N, 1.0 / N)


@pytest.mark.parametrize("tiers", [1, 2, 3, 5, 10])
def test_optimal_ladder_of_k_tiers(tiers: int) -> None:
    """P07: q_k = 2k/(2K+1), p_k = k(2K+k+1)/(2K+1)^2, each tier 1/(2K+1) of all users."""
    k, width = np.arange(1, tiers + 1), 2 * tiers + 1
    quality = 2 * k / width
    menu = monopoly_menu(UNIFORM, WEIGHT, quality, quality**2 / 2)
    np.testing.assert_allclose(menu.prices, k * (width + k) / width**2, atol=1e-4)
    np.testing.assert_allclose(menu.shares, 1 / width, atol=2e-4)
    assert menu.profit == pytest.approx((1 - 1 / width**2) / 12, abs=2e-5)


def test_fixed_ladder_with_uniform_types() -> None:
    menu = monopoly_menu(2 * UNIFORM, WEIGHT, [1.0, 2.0, 3.0], [0.05, 0.5, 1.8])
    np.testing.assert_allclose(menu.prices, [1.025, 2.25, 3.9], atol=3e-4)
    np.testing.assert_allclose(menu.shares, [0.1, 0.2125, 0.175], atol=2e-4)
    assert menu.profit == pytest.approx(0.836875, abs=1e-4)


@pytest.mark.parametrize(
    ("low", "high", "share_high", "q_low", "prices", "profit"),
    [
        (
            1.0,
            1.5,
            0.3,
            0.7857142857142857,
            (0.7857142857142857, 1.8571428571428572),
            0.5535714285714286,
        ),
        (
            1.0,
            2.0,
            0.3,
            0.5714285714285714,
            (0.5714285714285714, 3.428571428571429),
            0.7142857142857144,
        ),
        (1.0, 3.0, 0.2, 0.5, (0.5, 8.0), 1.0),
    ],
)
def test_two_types(
    low: float,
    high: float,
    share_high: float,
    q_low: float,
    prices: tuple[float, float],
    profit: float,
) -> None:
    """The high type is indifferent at the optimum and takes the dearer tier."""
    quality = np.array([q_low, high])
    menu = monopoly_menu([low, high], [1 - share_high, share_high], quality, quality**2 / 2)
    np.testing.assert_allclose(menu.prices, prices, rtol=1e-12)
    np.testing.assert_allclose(menu.shares, [1 - share_high, share_high], rtol=1e-12)
    assert menu.profit == pytest.approx(profit, rel=1e-12)


def test_low_type_is_excluded() -> None:
    quality = np.array([0.1, 0.5, 2.0])
    menu = monopoly_menu([1.0, 2.0], [0.5, 0.5], quality, quality**2 / 2)
    np.testing.assert_allclose(menu.shares, [0, 0, 0.5])
    assert menu.prices[2] == pytest.approx(4.0)
    assert menu.profit == pytest.approx(1.0)


def test_one_tier_if_cost_does_not_depend_on_quality() -> None:
    """P08 (i), Stokey: only q = 1 is bought, at .55, profit .2025."""
    menu = monopoly_menu(UNIFORM, WEIGHT, [0.25, 0.5, 0.75, 1.0], np.full(4, 0.1))
    np.testing.assert_allclose(menu.shares, [0, 0, 0, 0.45], atol=1e-4)
    assert menu.prices[3] == pytest.approx(0.55, abs=1e-4)
    assert menu.profit == pytest.approx(0.2025, abs=2e-5)


def test_no_menu_of_prices_beats_it() -> None:
    """Brute force over price grids for a few random types; order of tiers does not matter."""
    rng = np.random.default_rng(0)
    for _ in range(20):
        theta, weight = rng.uniform(0, 3, 4).round(1), rng.random(4)
        quality, cost = rng.uniform(0, 2, 2).round(1), rng.uniform(0, 1, 2).round(1)
        menu = monopoly_menu(theta, weight, quality, cost)
        best = max(
            profit_by_hand(theta, weight, quality, cost, np.array([a, b]))
            for a in np.linspace(0, 6, 61)
            for b in np.linspace(0, 6, 61)
        )
        assert menu.profit >= best - 1e-9
        if np.isfinite(menu.prices).all():
            sold = menu.shares > 0
            assert (menu.prices[sold] @ menu.shares[sold] - cost @ menu.shares) * weight.sum() == (
                pytest.approx(menu.profit)
            )


def profit_by_hand(
    theta: np.ndarray, weight: np.ndarray, quality: np.ndarray, cost: np.ndarray, prices: np.ndarray
) -> float:
    surplus = theta[:, None] * quality - prices
    # among (nearly) best alternatives the dearer one, as the seller would have it
    willing = surplus >= np.maximum(surplus.max(axis=1, keepdims=True), 0.0) - 1e-12
    dearer = np.where(willing, prices, -1.0).argmax(axis=1)
    margin = (prices - cost)[dearer]
    return float((weight * margin)[willing.any(axis=1)].sum())


def test_errors() -> None:
    with pytest.raises(ValueError, match="shapes"):
        monopoly_menu([1.0], [1.0], [1.0, 2.0], [1.0])
    with pytest.raises(ValueError, match=">= 0"):
        monopoly_menu([1.0], [-1.0], [1.0], [0.0])
