"""The split of variance: known parts come back, and nothing is taken for something."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from experiments.analysis.frames import Cell
from experiments.analysis.variance import components, cube, split


def world(p: int, r: int, s: int, *, sd: dict[str, float], rng: np.random.Generator) -> np.ndarray:
    """Regimes are fixed: the same levels -1 ... 1 in every world, scaled to variance one."""
    regimes = np.linspace(-1.0, 1.0, r) if r > 1 else np.zeros(1)
    regimes = regimes / (regimes.std() or 1.0)
    slope = rng.normal(0.0, sd["interplay"], p)
    return (
        rng.normal(0.0, sd["parameters"], (p, 1, 1))
        + sd["regime"] * regimes[None, :, None]
        + slope[:, None, None] * regimes[None, :, None]
        + rng.normal(0.0, sd["seed"], (1, 1, s))
        + rng.normal(0.0, sd["noise"], (p, r, s))
    )


SD = {"parameters": 2.0, "regime": 1.0, "interplay": 0.7, "seed": 0.5, "noise": 1.0}


def test_known_parts_come_back_without_bias():
    rng = np.random.default_rng(1)
    found = [components(world(40, 3, 4, sd=SD, rng=rng)) for _ in range(150)]
    mean = pd.DataFrame(found).mean()
    assert mean["parameters"] == pytest.approx(4.0, rel=0.07)
    assert mean["regime"] == pytest.approx(1.0, rel=0.07)
    assert mean["interplay"] == pytest.approx(0.49, rel=0.1)
    assert mean["luck"] == pytest.approx(1.25, rel=0.07)


def test_intervals_hold_the_known_shares():
    rng = np.random.default_rng(2)
    truth = np.array([4.0, 1.0, 0.49, 1.25]) / 6.74
    hits = []
    for _ in range(60):
        found = split(world(40, 3, 4, sd=SD, rng=rng))
        assert found is not None
        hits.append([one.low <= share <= one.high for one, share in zip(found.parts, truth, strict=True)])
    assert (np.mean(hits, axis=0) > 0.85).all()


def test_luck_alone_is_all_luck():
    rng = np.random.default_rng(3)
    sd = {"parameters": 0.0, "regime": 0.0, "interplay": 0.0, "seed": 1.0, "noise": 1.0}
    found = split(world(60, 4, 5, sd=sd, rng=rng))
    assert found is not None
    assert found.share("luck") > 0.9
    assert all(one.low < 0.03 for one in found.parts if one.name != "luck")


@pytest.mark.parametrize(("p", "r", "s"), [(1, 4, 8), (40, 1, 4), (40, 3, 1)])
def test_smaller_crossings(p: int, r: int, s: int):
    rng = np.random.default_rng(p + r + s)
    found = split(world(p, r, s, sd=SD, rng=rng))
    assert found is not None
    assert sum(one.share for one in found.parts) == pytest.approx(1.0)
    assert (found.share("parameters") > 0) == (p > 1)
    assert found.share("regime") == 0 if r == 1 else found.share("regime") > 0
    assert found.told_apart == (s > 1) == (found.share("luck") > 0)


def test_nothing_that_varies_or_is_crossed_has_no_split():
    assert split(np.random.default_rng(8).normal(size=(1, 1, 9))) is None
    assert split(np.full((5, 2, 3), 4.2)) is None


def test_cube_keeps_what_is_whole_in_every_cell():
    rows = [
        (point, regime, "own", seed, point + seed / 10)
        for point in range(4) for regime in "ab" for seed in (1, 2)
        if (point, regime, seed) != (2, "b", 1)
    ]  # fmt: skip
    runs = pd.DataFrame(rows, columns=["point", "regime", "policy", "seed", "y.mean"])
    held = cube(runs, "y.mean", [Cell("a", "own"), Cell("b", "own")])
    assert held.shape == (3, 2, 2)
    assert held[:, 0, 0].tolist() == pytest.approx([0.1, 1.1, 3.1])
