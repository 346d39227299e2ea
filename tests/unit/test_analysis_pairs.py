"""Paired comparison: intervals that hold what they should as often as they should."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from experiments.analysis.frames import Cell, cells, gaps, matrix
from experiments.analysis.pairs import gain, needed, paired


def toy(points: int, seeds: int, *, effect: float, shared: float, own: float, rng: np.random.Generator):
    """Two regimes that meet the same luck (sd `shared`) and some of their own (sd `own`)."""
    rows = []
    luck = rng.normal(0.0, shared, (points, seeds))
    for regime, shift in (("a", 0.0), ("b", effect)):
        for point in range(points):
            for seed in range(seeds):
                value = shift + luck[point, seed] + rng.normal(0.0, own)
                rows.append((point, regime, "own", seed + 1, value))
    return pd.DataFrame(rows, columns=["point", "regime", "policy", "seed", "y.mean"])


def test_one_point_is_the_paired_t_test():
    runs = toy(1, 12, effect=1.0, shared=5.0, own=0.5, rng=np.random.default_rng(1))
    one, two = cells(runs)
    found = paired(gaps(runs, "y.mean", two, one).to_numpy(), sampled=False)
    a = matrix(runs, "y.mean", one).values[0]
    b = matrix(runs, "y.mean", two).values[0]
    expected = stats.ttest_rel(b, a).confidence_interval(0.95)
    assert found.low == pytest.approx(expected.low)
    assert found.high == pytest.approx(expected.high)
    assert found.error == pytest.approx((b - a).std(ddof=1) / math.sqrt(12))
    assert found.boot_low == pytest.approx(found.low, abs=0.2)
    assert gain(a[None, :], b[None, :]) > 20  # the luck they share is a hundred times their own


@pytest.mark.parametrize(
    ("points", "seeds", "sampled"), [(1, 8, False), (6, 8, False), (24, 4, True), (24, 1, True)]
)
def test_intervals_cover_the_effect(points: int, seeds: int, sampled: bool):
    """95 % of intervals hold the true mean; where points are sampled, over points too."""
    rng = np.random.default_rng(points * 100 + seeds)
    held = 0
    for _ in range(600):
        by_point = rng.normal(0.0, 1.0, (points, 1)) if sampled else np.zeros((points, 1))
        by_seed = rng.normal(0.0, 0.7, (1, seeds))
        table = 0.3 + by_point + by_seed + rng.normal(0.0, 0.5, (points, seeds))
        if seeds == 1:
            table -= by_seed
        found = paired(table, sampled=sampled, resamples=2)
        held += found.low <= 0.3 <= found.high
    assert 0.92 <= held / 600 <= 0.985


def test_luck_that_all_points_share_is_not_averaged_away():
    """200 points with the same three seeds know the mean no better than three seeds do."""
    rng = np.random.default_rng(3)
    table = rng.normal(0.0, 1.0, (1, 3)) + rng.normal(0.0, 0.1, (200, 3))
    found = paired(table, sampled=True)
    by_seed = table.mean(axis=0)
    assert found.error == pytest.approx(by_seed.std(ddof=1) / math.sqrt(3), rel=0.02)
    assert found.points_needed is None or found.points_needed > 200


def test_seeds_needed_are_enough_and_not_too_many():
    rng = np.random.default_rng(4)
    few = paired(0.4 + rng.normal(0.0, 1.0, (1, 6)), sampled=False)
    assert few.side() == 0
    n = few.seeds_needed
    assert n is not None
    spread = math.sqrt(few.per_seed)

    def half(count: int) -> float:
        return float(stats.t.ppf(0.975, count - 1)) * spread / math.sqrt(count)

    assert half(n) < abs(few.mean) <= half(n - 1)
    wanted = few.seeds_for(0.1)
    assert wanted is not None and half(wanted) < 0.1


def test_no_number_of_seeds_mends_too_few_points():
    assert needed(0.1, fixed=1.0, per=1.0) is None
    rng = np.random.default_rng(5)
    table = 0.1 + rng.normal(0.0, 1.0, (20, 1)) + rng.normal(0.0, 0.01, (20, 4))
    found = paired(table - table.mean() + 0.1, sampled=True)
    assert found.seeds_needed is None
    assert found.points_needed is not None and found.points_needed > 20


def test_one_run_a_side_has_no_interval():
    found = paired(np.array([[0.5]]), sampled=False)
    assert found.mean == 0.5 and not found.known and found.side() == 0 and found.seeds_needed is None


def test_gaps_are_left_out_in_pairs():
    runs = toy(5, 3, effect=1.0, shared=1.0, own=0.0, rng=np.random.default_rng(6))
    runs = runs.drop(index=runs[(runs.regime == "b") & (runs.point == 2) & (runs.seed == 1)].index)
    runs.loc[(runs.regime == "a") & (runs.point == 4) & (runs.seed == 2), "y.mean"] = math.inf
    found = gaps(runs, "y.mean", Cell("b", "own"), Cell("a", "own"))
    assert found.isna().sum().sum() == 2
    assert np.allclose(found.stack().dropna(), 1.0)


def test_rounding_is_no_difference():
    runs = toy(1, 4, effect=0.0, shared=1.0, own=0.0, rng=np.random.default_rng(7))
    runs.loc[runs.regime == "b", "y.mean"] *= 1.0 + 1e-15
    found = paired(gaps(runs, "y.mean", Cell("b", "own"), Cell("a", "own")).to_numpy(), sampled=False)
    assert found.zero and found.side() == 0
