"""The wealth generator and inequality measures (P21)."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.integrate import quad
from scipy.special import erf, ndtri

from model.mechanisms.wealth import bin_means_lognormal_pareto, gini, top_share


@pytest.mark.parametrize(
    ("tail", "inequality", "top1", "top10"),
    [
        (1.5, 0.5, 0.2154434690031884, 0.4641588833612779),
        (2.0, 0.3333333333333333, 0.1, 0.31622776601683794),
        (3.0, 0.2, 0.046415888336127795, 0.2154434690031884),
    ],
)
def test_pareto(tail, inequality, top1, top10):
    wealth = bin_means_lognormal_pareto(100_000, 3.0, 0.9, 1.0, tail)
    assert gini(wealth) == pytest.approx(inequality, abs=2e-7)
    assert top_share(wealth, 0.01) == pytest.approx(top1, rel=1e-9)
    assert top_share(wealth, 0.10) == pytest.approx(top10, rel=1e-9)
    x_min = 3.0 * 2 ** (-1 / tail)
    assert wealth.mean() == pytest.approx(x_min * tail / (tail - 1), rel=1e-10)
    assert np.median(wealth) == pytest.approx(3.0, rel=1e-6)


@pytest.mark.parametrize("sigma", [0.5, 0.8, 1.0])
def test_lognormal(sigma):
    wealth = bin_means_lognormal_pareto(100_000, 1e4, sigma, 0.0, 0.0)
    assert gini(wealth) == pytest.approx(erf(sigma / 2), abs=1e-7)
    assert wealth.mean() == pytest.approx(1e4 * np.exp(sigma**2 / 2), rel=1e-10)
    assert np.median(wealth) == pytest.approx(1e4, rel=1e-6)


def test_lognormal_gini_literals():
    literals = {0.5: 0.2763263901682369, 0.8: 0.42839235504666845, 1.0: 0.5204998778130465}
    for sigma, expected in literals.items():
        wealth = bin_means_lognormal_pareto(100_000, 1.0, sigma, 0.0, 0.0)
        assert gini(wealth) == pytest.approx(expected, abs=1e-7)


def test_four_bins_with_a_tail_against_quadrature():
    n, sigma, share, tail = 4, 0.9, 0.05, 1.8
    threshold = np.exp(-sigma * ndtri(share))

    def quantile(rank):
        if rank <= 1 - share:
            return np.exp(sigma * ndtri(rank))
        return threshold * (share / (1 - rank)) ** (1 / tail)

    got = bin_means_lognormal_pareto(n, 1.0, sigma, share, tail)
    for index in range(n - 1):
        expected = n * quad(quantile, index / n, (index + 1) / n, epsabs=1e-12)[0]
        assert got[index] == pytest.approx(expected, rel=1e-8)
    body = n * quad(quantile, 0.75, 0.95, epsabs=1e-12)[0]
    assert got[3] == pytest.approx(body + n * threshold * share * tail / (tail - 1), rel=1e-8)


def test_bins_are_ascending_and_in_the_unit_of_the_median():
    wealth = bin_means_lognormal_pareto(1000, 1.0, 0.9, 0.05, 1.8)
    assert (np.diff(wealth) > 0).all()
    assert_allclose(bin_means_lognormal_pareto(1000, 1e6, 0.9, 0.05, 1.8), 1e6 * wealth)
    # coarser bins are means of finer ones: exact means, whatever the number of bins
    assert_allclose(bin_means_lognormal_pareto(100, 1.0, 0.9, 0.05, 1.8), wealth.reshape(100, 10).mean(1))


def test_equal_incomes():
    assert_allclose(bin_means_lognormal_pareto(5, 2.0, 0.0, 0.0, 2.0), 2.0)


@pytest.mark.parametrize("bad", [(0, 1, 1, 0, 2), (5, 1, 1, 1.2, 2), (5, 1, 1, 0.1, 1.0), (5, -1, 1, 0, 2)])
def test_bad_distributions(bad):
    with pytest.raises(ValueError):
        bin_means_lognormal_pareto(*bad)


def test_gini_by_hand():
    assert gini([1.0, 1.0, 1.0]) == pytest.approx(0.0, abs=1e-15)
    assert gini([0.0, 0.0, 0.0, 4.0]) == pytest.approx(0.75)
    assert gini([3.0, 1.0]) == pytest.approx(0.25)
    assert gini([3.0, 1.0], [1.0, 3.0]) == pytest.approx(gini([1.0, 1.0, 1.0, 3.0]))
    assert gini([0.0, 0.0]) == 0.0


def test_top_share_by_hand():
    assert top_share([1.0, 2.0, 3.0, 4.0], 0.25) == pytest.approx(0.4)
    assert top_share([1.0, 2.0, 3.0, 4.0], 0.375) == pytest.approx(0.55)  # half of the second
    assert top_share([1.0, 4.0], 0.5, weights=[3.0, 1.0]) == pytest.approx(5 / 7)
    assert top_share([1.0, 4.0], 1.0) == pytest.approx(1.0)
    with pytest.raises(ValueError, match="share"):
        top_share([1.0], 1.5)
    with pytest.raises(ValueError, match="nonnegative"):
        gini([-1.0, 1.0])
    with pytest.raises(ValueError, match="zero"):
        gini([1.0], [0.0])
