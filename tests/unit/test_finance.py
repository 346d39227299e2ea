"""Annuities, credit, expectations and investment (P19)."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from model.mechanisms.finance import annuity, credit_limit, present_value
from model.mechanisms.investment import (
    adaptive,
    expansion_share,
    permit_hazard,
    trend_corrected,
)


def test_annuity():
    assert annuity(0.1, 2) == pytest.approx(1 / 1.1 + 1 / 1.21, rel=1e-14)
    assert annuity(0.0, 7) == 7.0
    assert annuity(1e-10, 7) == pytest.approx(7.0, rel=1e-9)
    assert annuity(0.05, np.inf) == pytest.approx(20.0)
    assert annuity([0.0, 0.1], [[1], [2]]).shape == (2, 2)


def test_present_value():
    assert present_value(100.0, 0.9, 3) == pytest.approx(100 * (0.9 + 0.81 + 0.729), rel=1e-13)
    assert present_value(100.0, 1.0, 4) == 400.0
    assert_allclose(present_value([1.0, -2.0], 0.5, 1), [0.5, -1.0])


def test_credit_limit():
    assert credit_limit(1e9, 3.0, 2e8) == 3.2e9
    assert_allclose(credit_limit([-1e9, 0.0], 3.0, [2e8, -5.0]), [2e8, 0.0])


@pytest.mark.parametrize(
    ("supply_slope", "gain", "start", "ratio"),
    [  # P19: D = 100 - p, S = 10 + E p_e
        (0.8, 1.0, 50.0, 0.0115292150460675),
        (1.25, 1.0, 40.0, 86.73617379884035),
        (1.25, 0.5, 40.0, 0.125**20),
    ],
)
def test_cobweb_root(supply_slope, gain, start, ratio):
    belief = start + 1.0
    for _ in range(20):
        belief = adaptive(belief, 100.0 - 10.0 - supply_slope * belief, gain)
    assert belief - start == pytest.approx(ratio, rel=1e-9, abs=1e-13)
    root = 1 - gain * (1 + supply_slope)
    assert root**20 == pytest.approx(ratio, rel=1e-9)


@pytest.mark.parametrize(("slope", "gain", "lag"), [(0.05, 0.25, 0.2), (0.169, 0.5, 0.338), (0.1, 1.0, 0.1)])
def test_ramp(slope, gain, lag):
    belief = level = trend = 0.0
    for step in range(1, 400):
        error, corrected = slope * step - belief, slope * step - (level + trend)
        belief = adaptive(belief, slope * step, gain)
        level, trend = trend_corrected(level, trend, slope * step, gain, 0.3)
    assert error == pytest.approx(lag, rel=1e-9)
    assert corrected == pytest.approx(0.0, abs=1e-9)


def test_trend_corrected_contains_adaptive():
    level, trend = trend_corrected(2.0, 0.0, 3.0, 0.4, 0.0)
    assert (level, trend) == (pytest.approx(adaptive(2.0, 3.0, 0.4)), 0.0)
    # by hand: forecast 2.5, surprise .5
    assert_allclose(trend_corrected(2.0, 0.5, 3.0, 0.4, 0.5), (2.7, 0.6))


def test_expansion():
    share = expansion_share([0.0, 1.0, 2.0, 2.0 * np.e, 1e9], 2.0, 0.3, 0.5)
    assert_allclose(share, [0.0, 0.0, 0.0, 0.3, 0.5])


def test_permits():
    assert_allclose(permit_hazard([0.0, 500.0, 4500.0], 0.8, 500.0), [0.8, 0.4, 0.08])
