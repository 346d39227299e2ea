"""Indices: analytic cases inside their intervals, and noise that is not taken for an effect."""

from __future__ import annotations

import math

import numpy as np
import pytest
from SALib.sample import morris as morris_sample
from SALib.sample import sobol as saltelli

from experiments.analysis.indices import direction, given, morris, sobol

A, B = 7.0, 0.1
NAMES = ["x1", "x2", "x3"]
V1 = 0.5 * (1.0 + B * math.pi**4 / 5.0) ** 2
V2 = A**2 / 8.0
V13 = B**2 * math.pi**8 * (1.0 / 18.0 - 1.0 / 50.0)
V = V1 + V2 + V13
FIRST = {"x1": V1 / V, "x2": V2 / V, "x3": 0.0}
TOTAL = {"x1": (V1 + V13) / V, "x2": V2 / V, "x3": V13 / V}


def ishigami(unit: np.ndarray) -> np.ndarray:
    x = math.pi * (2.0 * unit - 1.0)
    return np.sin(x[:, 0]) + A * np.sin(x[:, 1]) ** 2 + B * x[:, 2] ** 4 * np.sin(x[:, 0])


def problem(width: int) -> dict:
    return {"num_vars": width, "names": [f"x{i + 1}" for i in range(width)], "bounds": [[0.0, 1.0]] * width}


def inside(found, truth) -> bool:
    return all(abs(one.value - truth[one.factor]) <= one.half for one in found)


def test_ishigami_agrees_with_theory():
    unit = saltelli.sample(problem(3), 1024, calc_second_order=True, seed=1)
    found = sobol(ishigami(unit)[:, None], NAMES, second_order=True)
    assert found.blocks == 1024
    assert inside(found.main, FIRST) and inside(found.total, TOTAL)
    pairs = {one.factor: one for one in found.pairs}
    assert abs(pairs["x1 × x3"].value - V13 / V) <= pairs["x1 × x3"].half
    assert pairs["x1 × x3"].clear and not pairs["x1 × x2"].clear
    assert [one.clear for one in found.main] == [True, True, False]
    assert max(one.half for one in found.total) < 0.1
    assert found.order()[0] == "x1"


def test_intervals_of_ishigami_hold_as_often_as_they_say():
    """Over 40 designs of 256 base points about 95 % of the intervals hold the truth."""
    hits = []
    for seed in range(40):
        unit = saltelli.sample(problem(3), 256, calc_second_order=False, seed=seed)
        found = sobol(ishigami(unit)[:, None], NAMES, seed=seed + 1)
        for index, truth in [(found.main, FIRST), (found.total, TOTAL)]:
            hits += [abs(one.value - truth[one.factor]) <= one.half for one in index]
    assert np.mean(hits) > 0.9


def test_base_points_with_a_gap_are_left_out_whole():
    unit = saltelli.sample(problem(3), 256, calc_second_order=False, seed=3)
    values = np.column_stack([ishigami(unit)] * 2)
    values[7, 1] = np.nan
    found = sobol(values, NAMES)
    assert found.blocks == 255
    assert inside(found.main, FIRST)


def test_noise_is_not_taken_for_interactions():
    """Pure luck gives every factor a total index near one; several seeds tell that it is luck."""
    rng = np.random.default_rng(4)
    points = saltelli.sample(problem(5), 128, calc_second_order=False, seed=4).shape[0]
    names = [f"x{i + 1}" for i in range(5)]
    found = sobol(rng.normal(0.0, 1.0, (points, 4)), names)
    assert min(one.value for one in found.total) > 0.5
    assert found.luck == pytest.approx(1.0, abs=0.15)
    assert not any(one.clear for one in (*found.main, *found.total))
    lone = sobol(rng.normal(0.0, 1.0, (points, 1)), names)
    assert math.isnan(lone.luck) and all(one.clear is None for one in lone.total)


def test_luck_shared_by_all_points_does_not_count():
    """Common random numbers: a shift of all points by the seed leaves the indices as they are."""
    unit = saltelli.sample(problem(3), 256, calc_second_order=False, seed=5)
    shift = np.array([[0.0, 30.0, -12.0]])
    plain, moved = sobol(ishigami(unit)[:, None], NAMES), sobol(ishigami(unit)[:, None] + shift, NAMES)
    assert [one.value for one in moved.total] == pytest.approx([one.value for one in plain.total])
    assert moved.luck == pytest.approx(0.0, abs=1e-12)


def test_false_alarms_are_rare():
    """With 12 factors and no effect at all, at most a few of 30 studies name any."""
    rng = np.random.default_rng(6)
    names = [f"x{i + 1}" for i in range(12)]
    points = 64 * 14
    alarms = 0
    for _ in range(30):
        found = sobol(rng.normal(0.0, 1.0, (points, 3)), names)
        alarms += any(one.clear for one in (*found.main, *found.total))
    assert alarms <= 5


def test_additive_function_has_no_interactions():
    unit = saltelli.sample(problem(3), 512, calc_second_order=False, seed=7)
    weights = np.array([3.0, 2.0, 1.0])
    found = sobol((unit @ weights)[:, None], NAMES)
    truth = dict(zip(NAMES, weights**2 / np.sum(weights**2), strict=True))
    assert inside(found.main, truth) and inside(found.total, truth)


def test_morris_of_a_linear_function_is_its_slope():
    sample = morris_sample.sample(problem(3), 12, num_levels=4, seed=8)
    values = 5.0 * sample[:, 0] - 2.0 * sample[:, 1] + 100.0
    noise = np.random.default_rng(8).normal(0.0, 0.3, (values.size, 4))
    plain = morris(sample, values[:, None], NAMES, levels=4)
    assert [one.value for one in plain.main] == pytest.approx([5.0, 2.0, 0.0], abs=1e-9)
    assert plain.signed["x2"] == pytest.approx(-2.0)
    assert [one.value for one in plain.total] == pytest.approx([0.0] * 3, abs=1e-9)
    noisy = morris(sample, values[:, None] + noise, NAMES, levels=4)
    assert [one.clear for one in noisy.main] == [True, True, False]
    inert = noisy.main[2].value  # mu* of a factor without effect is what luck gives
    assert noisy.luck == pytest.approx(inert, rel=0.6) and noisy.luck > 0.1


def test_given_data_finds_first_order_indices():
    from scipy.stats import qmc

    unit = qmc.LatinHypercube(3, rng=9).random(1500)
    found = given(unit, ishigami(unit)[:, None], NAMES)
    assert inside(found.main, FIRST)
    assert [one.clear for one in found.main] == [True, True, False]
    assert found.signed["x1"] > 0.3


def test_given_data_finds_nothing_in_noise():
    rng = np.random.default_rng(10)
    alarms = 0
    for _ in range(8):
        found = given(rng.random((120, 10)), rng.normal(size=(120, 1)), [f"x{i}" for i in range(10)])
        alarms += any(one.clear for one in found.main)
    assert alarms <= 2


def test_a_constant_outcome_has_no_indices():
    unit = saltelli.sample(problem(3), 16, calc_second_order=False, seed=11)
    for found in (sobol(np.ones((unit.shape[0], 2)), NAMES), given(unit, np.ones((80, 1)), NAMES)):
        assert found.constant and all(math.isnan(one.value) and one.clear is None for one in found.main)


def test_too_few_points_have_no_indices():
    """Two base points, as in a trial of a study, would give an index of 19."""
    unit = saltelli.sample(problem(3), 2, calc_second_order=False, seed=11)
    found = sobol(ishigami(unit)[:, None], NAMES)
    assert not found.told and not found.constant and found.blocks == 2


def test_direction_is_a_rank_correlation():
    rng = np.random.default_rng(12)
    unit = rng.random((200, 2))
    unit[:, 1] = 0.5
    found = direction(unit, np.exp(-9.0 * unit[:, 0]), ["a", "b"])
    assert found["a"] == pytest.approx(-1.0) and found["b"] == 0.0
