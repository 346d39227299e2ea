"""How much of an outcome's variance comes from parameters, from the regime and from luck.

The outcome Y of a run at point p, in regime r, with seed s, each drawn at random (regimes with equal weight).
By the law of total variance, and because points and regimes are crossed,

    Var Y = Var_p E[Y|p]  +  Var_r E[Y|r]  +  interplay of p and r  +  E Var[Y|p, r]
            parameters       regime           (what a regime does       luck
                                               depends on parameters)

estimated without bias from the mean squares of the three-way table (points and seeds random, regimes fixed):
with P points, R regimes, S seeds

    parameters   (MS_p - MS_ps) / (R S)
    interplay    (MS_pr - MS_prs) / S x (R - 1) / R
    regime       (MS_r - MS_pr - MS_rs + MS_prs) / (P S) x (R - 1) / R
    luck         mean over p and r of the variance over seeds

Negative estimates are zero. With one seed luck is inside the other parts and is not told apart. The
intervals are jackknifed over groups of points and, from three seeds, over seeds; both errors are added, which
errs on the safe side.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from experiments.analysis.frames import Cell, Floats, Whole, table

GROUPS = 32
PARTS = ("parameters", "regime", "interplay", "luck")


@dataclass(frozen=True)
class Part:
    """A share of the variance with its 95 % interval; NaN ends where there is too little to tell one."""

    name: str
    share: float
    low: float
    high: float


@dataclass(frozen=True)
class Split:
    """Where the variance of an outcome comes from."""

    parts: tuple[Part, ...]
    variance: float
    points: int
    regimes: int
    seeds: int

    @property
    def told_apart(self) -> bool:
        """Whether luck is told apart from the rest (two seeds are needed)."""
        return self.seeds > 1

    def share(self, name: str) -> float:
        """Share of one part."""
        return next(one.share for one in self.parts if one.name == name)


def cube(runs: pd.DataFrame, outcome: str, cells: list[Cell]) -> Floats:
    """Outcome at points, cells and seeds that are whole in every cell, (P, R, S)."""
    frames = [table(runs, outcome, cell) for cell in cells]
    seeds = sorted({*frames[0].columns}.intersection(*(one.columns for one in frames[1:])))
    points = sorted({*frames[0].index}.intersection(*(one.index for one in frames[1:])))
    held = np.stack([one.loc[points, seeds].to_numpy(dtype=np.float64) for one in frames], axis=1)
    gaps = ~np.isfinite(held)
    seeds_kept = ~(gaps.mean(axis=(0, 1)) > 0.5)
    held = held[:, :, seeds_kept]
    found: Floats = held[np.isfinite(held).all(axis=(1, 2))]
    return found


def components(held: Floats) -> dict[str, float]:
    """The four parts in units of the outcome squared, from a whole table (P, R, S)."""
    p, r, s = held.shape
    mean = held.mean()
    by = {
        "p": held.mean(axis=(1, 2)) - mean,
        "r": held.mean(axis=(0, 2)) - mean,
        "s": held.mean(axis=(0, 1)) - mean,
    }
    pr = held.mean(axis=2) - mean - by["p"][:, None] - by["r"][None, :]
    ps = held.mean(axis=1) - mean - by["p"][:, None] - by["s"][None, :]
    rs = held.mean(axis=0) - mean - by["r"][:, None] - by["s"][None, :]
    prs = (
        held - mean - by["p"][:, None, None] - by["r"][None, :, None] - by["s"][None, None, :]
        - pr[:, :, None] - ps[:, None, :] - rs[None, :, :]
    )  # fmt: skip

    def square(effect: Floats, times: int, free: int) -> float:
        return float(times * np.sum(effect**2) / free) if free > 0 else 0.0

    ms_pr, ms_ps = square(pr, s, (p - 1) * (r - 1)), square(ps, r, (p - 1) * (s - 1))
    ms_rs, ms_prs = square(rs, p, (r - 1) * (s - 1)), square(prs, 1, (p - 1) * (r - 1) * (s - 1))
    fixed = (r - 1) / r
    found = {
        "parameters": (square(by["p"], r * s, p - 1) - ms_ps) / (r * s),
        "regime": (square(by["r"], p * s, r - 1) - ms_pr - ms_rs + ms_prs) / (p * s) * fixed,
        "interplay": (ms_pr - ms_prs) / s * fixed,
        "luck": float(held.var(axis=2, ddof=1).mean()) if s > 1 else 0.0,
    }
    return {name: max(value, 0.0) for name, value in found.items()}


def split(held: Floats, *, blocks: int = 1) -> Split | None:
    """Shares with intervals; None where nothing varies, or nothing is crossed.

    blocks: so many rows hang together.
    """
    if sum(one > 1 for one in held.shape) < 2:
        return None
    whole = _shares(held)
    if whole is None:
        return None
    p, r, s = held.shape
    groups = _groups(p, blocks)
    error = _jackknife(held, groups) if groups or s > 2 else np.full(len(PARTS), math.nan)
    if s > 2:
        error = np.sqrt(error**2 + _jackknife(held, [np.array([k]) for k in range(s)], axis=2) ** 2)
    parts = tuple(
        Part(name, float(share), max(float(share - half), 0.0), min(float(share + half), 1.0))
        for name, share, half in zip(PARTS, whole, error, strict=True)
    )
    return Split(parts, sum(components(held).values()), p, r, s)


def _shares(held: Floats) -> Floats | None:
    parts = components(held)
    total = sum(parts.values())
    if not total > 1e-24 * max(float(np.square(held).mean()), 1e-300):
        return None
    return np.array([parts[name] for name in PARTS]) / total


def _groups(points: int, blocks: int) -> list[Whole]:
    rows = np.arange(points) // blocks
    count = min(GROUPS, int(rows[-1]) + 1)
    return [np.flatnonzero(rows % count == k) for k in range(count)] if count > 2 else []


def _jackknife(held: Floats, groups: list[Whole], axis: int = 0) -> Floats:
    """Half-width of the 95 % interval from leaving out one group at a time; 0 if that cannot be done."""
    found = [_shares(np.delete(held, group, axis=axis)) for group in groups]
    kept = np.array([one for one in found if one is not None])
    n = len(kept)
    if n < 3:
        return np.zeros(len(PARTS))
    spread = math.sqrt(n - 1) * kept.std(axis=0)
    half: Floats = float(stats.t.ppf(0.975, n - 1)) * spread
    return half
