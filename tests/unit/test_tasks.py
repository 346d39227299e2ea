"""Tasks: exponents, spans and the value of capability."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from model.mechanisms.tasks import (
    gain_weights,
    irt_heights,
    task_exponents,
    task_spans,
    task_value,
    task_value_slope,
)

USAGE = np.array([0.25, 0.20, 0.15, 0.10, 0.08, 0.14, 0.03, 0.05])
VERIFIABLE = np.array([0.1, 0.1, 0.4, 0.3, 0.7, 0.9, 1.0, 0.5])
SYSTEM2 = np.array([0.1, 0.2, 0.2, 0.2, 0.5, 0.7, 1.0, 0.9])
DIFFICULTY = np.array([24.0, 24.5, 24.5, 25.0, 25.5, 26.0, 27.0, 28.0])
HALF = {"verifiable_weight": 0.5, "system2_weight": 0.5}
BETA = 2.5


def _irt(heights, slope=1.0):
    return {
        "link": "irt",
        "heights": heights,
        "difficulty": DIFFICULTY,
        "slope": slope,
        "beta": BETA,
        "reference": 24.0,
    }


def test_exponents_average_to_the_mean():
    eta = task_exponents(VERIFIABLE, SYSTEM2, 3 * USAGE, mean_exponent=0.7, **HALF)
    assert USAGE @ eta == pytest.approx(0.7, rel=1e-12)
    # the usage-weighted content of the default table is .35: chat .1/.35, maths 1/.35
    assert_allclose(eta[[0, 6]], [0.7 * 0.1 / 0.35, 0.7 / 0.35], rtol=1e-12)


def test_exponents_of_tasks_without_content_are_equal():
    assert_allclose(task_exponents([0.0], [0.0], [1.0], mean_exponent=0.7, **HALF), [0.7])
    assert_allclose(task_exponents([0.3], [0.8], [1.0], mean_exponent=0.7, **HALF), [0.7])


def test_gains_by_task_average_to_the_gain():
    assert_allclose(gain_weights([0.0, 1.0], [3.0, 1.0], 0.5), [0.8, 1.6], rtol=1e-15)
    assert_allclose(gain_weights([0.0, 1.0], [3.0, 1.0], 0.0), [0.0, 4.0], rtol=1e-15)
    usage, checked = np.array([0.1, 0.2, 0.3, 0.4]), np.array([0.9, 0.1, 0.6, 0.3])
    weights = gain_weights(checked, usage, 0.3)
    assert_allclose(weights @ usage, 1.0, rtol=1e-15)
    assert weights[0] > weights[2] > weights[3] > weights[1] > 0.0


def test_gains_are_exactly_alike_where_nothing_tells_tasks_apart():
    usage = np.array([0.25, 0.2, 0.15, 0.1, 0.3])
    assert np.array_equal(gain_weights([0.1, 0.7, 0.3, 1.0, 0.0], usage, 1.0), np.ones(5))
    assert np.array_equal(gain_weights(np.zeros(5), usage, 0.0), np.ones(5))
    assert np.array_equal(gain_weights([0.37], [1.0], 0.2), np.ones(1))


def test_spans():
    assert_allclose(task_spans([0.1, 0.9], 4.0), [1.6, 4.8])
    assert np.isinf(task_spans([0.0], np.inf)).all()


def test_linear_value():
    linear = {**_irt(np.ones(8)), "link": "linear"}
    level = np.full((2, 3, 8), 26.0)
    assert_allclose(task_value(level, **linear), 5.0)
    assert_allclose(task_value_slope(level, **linear), 2.5)
    assert task_value(level, **linear).shape == task_value_slope(level, **linear).shape


def test_irt_value_by_hand():
    heights = np.arange(1.0, 9.0)
    # halfway at the difficulty; there the slope is B k / 4
    assert_allclose(task_value(DIFFICULTY, **_irt(heights, 2.0)), heights / 2)
    assert_allclose(task_value_slope(DIFFICULTY, **_irt(heights, 2.0)), heights / 2)


def test_slope_is_the_derivative():
    heights = irt_heights(USAGE, DIFFICULTY, 1.0, BETA)
    level = np.linspace(23, 31, 9)[:, None] + np.zeros(8)
    rule, step = _irt(heights), 1e-5
    numeric = (task_value(level + step, **rule) - task_value(level - step, **rule)) / (2 * step)
    assert_allclose(task_value_slope(level, **rule), numeric, rtol=1e-6, atol=1e-7)


def test_unknown_link():
    for function in (task_value, task_value_slope):
        with pytest.raises(ValueError, match="probit"):
            function(25.0, **{**_irt(np.ones(8)), "link": "probit"})


def test_heights_make_an_oom_worth_beta():
    heights = irt_heights(USAGE, DIFFICULTY, 1.0, BETA)
    grid = np.linspace(24, 30, 61)
    slope = task_value_slope(grid[:, None] + np.zeros(8), **_irt(heights)) @ USAGE
    rms = np.sqrt(np.mean((slope - BETA) ** 2))
    print(f"rms error of the sum of slopes: {rms:.3f} utils per OOM ({rms / BETA:.0%} of beta)")
    assert rms < 0.26 * BETA
    # the hardest default task (D = 28) is what fades out near 30: below 28.5 the fit is close
    assert np.abs(slope[grid <= 28.5] / BETA - 1).max() < 0.12
    assert (heights > 0).all()


def test_heights_are_stable_and_scale_with_beta():
    heights = irt_heights(USAGE, DIFFICULTY, 1.0, BETA)
    assert_allclose(irt_heights(USAGE, DIFFICULTY, 1.0, 2 * BETA), 2 * heights, rtol=1e-9)
    assert_allclose(irt_heights(4 * USAGE, DIFFICULTY, 1.0, BETA), heights, rtol=1e-9)
    nudged = irt_heights(USAGE, DIFFICULTY + 0.01, 1.0, BETA)
    assert np.abs(nudged - heights).max() < 0.05 * heights.max()


def test_identical_tasks_get_equal_heights():
    heights = irt_heights([0.5, 0.5], [26.0, 26.0], 1.0, BETA)
    assert heights[0] == pytest.approx(heights[1], rel=1e-9)
