"""Scenario discovery: a known box is found, and nothing is found in noise."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import qmc

from experiments.analysis.boxes import find


def points(n: int, d: int, seed: int) -> np.ndarray:
    return qmc.LatinHypercube(d, rng=seed).random(n)


def test_a_known_box_is_found():
    unit = points(400, 8, 1)
    cases = (unit[:, 2] > 0.6) & (unit[:, 5] < 0.5)
    box = find(unit, cases)
    assert box is not None
    assert [side.factor for side in box.sides] == [2, 5]
    third, sixth = box.sides
    assert third.low == pytest.approx(0.6, abs=0.03) and third.high == 1.0
    assert sixth.low == 0.0 and sixth.high == pytest.approx(0.5, abs=0.03)
    assert box.density > 0.95 and box.coverage > 0.9
    assert box.unseen_density > 0.85 and box.unseen_coverage > 0.8
    assert box.base == pytest.approx(0.2, abs=0.03)
    assert np.mean(box.holds(unit) == cases) > 0.97


def test_a_box_closed_on_both_sides_amid_noise():
    rng = np.random.default_rng(2)
    unit = points(600, 6, 2)
    inside = (unit[:, 0] > 0.3) & (unit[:, 0] < 0.7)
    cases = np.where(inside, rng.random(600) < 0.85, rng.random(600) < 0.15)
    box = find(unit, cases)
    assert box is not None
    assert [side.factor for side in box.sides] == [0]
    assert box.sides[0].low == pytest.approx(0.3, abs=0.06)
    assert box.sides[0].high == pytest.approx(0.7, abs=0.06)
    assert box.unseen_density == pytest.approx(0.85, abs=0.1)


def test_noise_gives_no_box():
    """Thirty outcomes without any cause, twelve factors each: at a chance of 1 in 100, hardly one."""
    rng = np.random.default_rng(3)
    found = [find(points(120, 12, k), rng.random(120) < 0.25) for k in range(30)]
    assert sum(one is not None for one in found) <= 2


def test_too_few_points_or_cases_give_none():
    unit = points(200, 3, 4)
    assert find(unit[:30], unit[:30, 0] > 0.5) is None
    assert find(unit, unit[:, 0] > 0.99) is None
    assert find(unit, np.ones(200, dtype=bool)) is None
