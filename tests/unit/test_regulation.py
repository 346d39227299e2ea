"""Rules, audits and beliefs (P16, P17)."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from model.mechanisms.regulation import (
    InspectionState,
    audit_detection,
    believed_capability,
    compliance,
    coverage,
    coverage_share_pareto,
    coverage_share_uniform,
    effective_compute,
    inspection_step,
    sight_probability,
)


def test_coverage_includes_the_threshold():
    assert coverage([24.99, 25.0, 26.0], 25.0).tolist() == [False, True, True]


@pytest.mark.parametrize(
    ("tail", "expected"),
    [
        (0.5, [1.0, 0.4466835921509635, 0.19952623149688828, 0.03981071705534969]),
        (1.0, [1.0, 0.19952623149688828, 0.03981071705534985, 0.0015848931924611108]),
        (1.5, [1.0, 0.08912509381337477, 0.007943282347242854, 6.309573444801917e-05]),
    ],
)
def test_pareto_coverage(tail, expected):
    assert_allclose(coverage_share_pareto(0.7, [0, 1, 2, 4], tail), expected, rtol=1e-12)


def test_pareto_coverage_against_a_drawn_population():
    drawn = 20.0 + np.random.default_rng(5).exponential(1 / np.log(10), 400_000)  # a = 1
    dangerous = effective_compute(drawn, 100.0, 0.7) >= 22.5
    covered = coverage(drawn[dangerous], 22.5).mean()
    expected = float(coverage_share_pareto(0.7, 2, 1.0))
    assert covered == pytest.approx(expected, abs=4 * np.sqrt(expected * (1 - expected) / dangerous.sum()))


def test_uniform_coverage():
    share = coverage_share_uniform(22.0, 27.0, 25.0, 25.0, 0.7, [0, 1, 2, 4])
    assert_allclose(share, [1.0, 0.7407407407407409, 0.5882352941176473, 0.41666666666666663])
    assert coverage_share_uniform(22, 27, 25, 20, 0.7, 0) == pytest.approx(0.4)  # all dangerous
    assert coverage_share_uniform(22, 27, 28, 26, 0.7, 0) == 0.0
    assert np.isnan(coverage_share_uniform(22, 27, 25, 28, 0.7, 0))


def test_effective_compute_of_ord():
    assert effective_compute(24.0, 1e4, 0.7) == pytest.approx(26.8, rel=1e-12)
    assert believed_capability(24.0, 4.0, 0.7) == pytest.approx(26.8, rel=1e-12)
    assert believed_capability(24.0, 4.0, 0.0) == 24.0


def test_audit_detection():
    chance = audit_detection([20, 50, 10, 100], [4, 5, 2, 10], [3, 1, 5, 7])
    expected = [0.5087719298245614, 0.1, 0.7777777777777778, 0.5332595856827855]
    assert_allclose(chance, expected, rtol=1e-12)


def test_audit_detection_edges():
    assert audit_detection(10, 0, 3) == pytest.approx(0.0, abs=1e-14)
    assert audit_detection(10, 3, 0) == pytest.approx(0.0, abs=1e-14)
    assert audit_detection(10, 8, 3) == 1.0
    assert audit_detection(1, 1, 1) == 1.0
    with pytest.raises(ValueError, match="must lie in"):
        audit_detection(5, 6, 1)


@pytest.mark.parametrize(
    ("top", "detection", "fine", "rate"),
    [
        (1.0, 0.1, 2.0, 0.7777777777777778),
        (1.0, 0.2, 2.0, 0.5),
        (1.0, 0.2, 4.0, 0.0),
        (1.0, 0.3, 1.0, 0.5714285714285714),
        (2.0, 0.25, 3.0, 0.5),
    ],
)
def test_becker(top, detection, fine, rate):
    gains = (np.arange(100_000) + 0.5) / 100_000 * top
    assert compliance(gains, detection, fine).mean() == pytest.approx(rate, abs=1e-5)


def test_becker_edges():
    assert not compliance(5.0, 1.0, 0.0)  # surely caught: nothing is gained
    assert compliance(5.0, 0.0, 1e12)
    assert not compliance(0.0, 0.0, 0.0)  # a tie complies


def _play(state, rounds):
    for _ in range(rounds):
        state = inspection_step(state, 2.0, 6.0, 1.0, 5.0)
    return state


def test_inspection_game():
    state = _play(InspectionState(), 1000)
    # the reference path, prior included, to the last digit
    assert state.inspect_share == pytest.approx(0.2874251497005988, rel=1e-12)
    assert state.violate_share == pytest.approx(0.1966067864271457, rel=1e-12)
    state = _play(state, 9000)
    assert state.inspect_share == pytest.approx(0.25, abs=0.02)
    assert state.violate_share == pytest.approx(0.2, abs=0.02)
    assert state.inspect_share == pytest.approx(0.25834833033393323, rel=1e-12)
    assert state.violate_share == pytest.approx(0.20125974805038993, rel=1e-12)


def test_inspection_of_many_games_at_once():
    state = InspectionState(np.ones(2), np.ones(2), np.full(2, 2.0))
    state = inspection_step(state, [2.0, 2.0], 6.0, [1.0, 9.0], 5.0)
    # frequency 1/2 of inspection deters; only the first inspector finds it worth the cost
    assert state.inspections.tolist() == [2.0, 1.0]
    assert state.violations.tolist() == [1.0, 1.0]


def test_sight():
    assert_allclose(sight_probability([0.0, 0.75, 1.0], 0.5), [0.0, 0.5, 1.0])
    quarter = sight_probability(0.3, 0.25)
    assert 1 - (1 - quarter) ** 4 == pytest.approx(0.3)
