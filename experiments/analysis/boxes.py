"""Scenario discovery: the box of parameters in which cases of interest lie (PRIM, Friedman and Fisher 1999).

Peeling: from the whole cube, a twentieth to two fifths of the points at one end of a factor are cut off again
and again, each time so that what is left is least like chance: its share of cases of interest exceeds the
whole's by the most standard errors. (Twentieths alone, as in the paper, lose their way among few points.) The
best box on the way is kept. Pasting: ends are moved back out while that makes the box less like chance still.

Guards. The same search on shuffled cases must seldom (1 in 100) find a box as good: this rules out the best
of many factors looking like a cause. A factor whose ends can be put back without the box being much more like
chance is dropped. Density and coverage are told on points that the search has not seen (five folds).

Own code because the packages weigh too much for it: ema-workbench 3.0 is a wheel of 29 MB and brings
scikit-learn, statsmodels and seaborn; PRIM 1.0 is under the GPL.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from experiments.analysis.frames import Floats

Flags = NDArray[np.bool_]

PEELS = (0.05, 0.1, 0.2, 0.3, 0.4)  # shares of a box that one cut may take
PASTE = 0.05
LEAST = 0.05  # share of the points that a box must keep
SHUFFLES = 199
CHANCE = 0.01
FOLDS = 5
FEW = 40  # points, below which nothing is looked for
MATTERS = 1.0  # standard errors that a factor's ends must be worth


@dataclass(frozen=True)
class Side:
    """One factor kept between two shares of its range."""

    factor: int
    low: float
    high: float


@dataclass(frozen=True)
class Box:
    """A box and how well it tells cases of interest."""

    sides: tuple[Side, ...]
    count: int
    """Points inside."""
    density: float
    """Share of the points inside that are cases of interest."""
    coverage: float
    """Share of the cases of interest that lie inside."""
    base: float
    """Share of cases of interest among all points."""
    unseen_density: float
    """The same on points that the search has not seen."""
    unseen_coverage: float
    chance: float
    """How often shuffled cases give a box as good."""

    def holds(self, unit: Floats) -> Flags:
        """Which points lie inside, (n,)."""
        return _inside(unit, _limits(self.sides, unit.shape[1]))


Limits = Floats
"""(factors, 2): least and greatest share kept."""


def find(unit: Floats, cases: Flags, *, seed: int = 1) -> Box | None:
    """The box, or None: too few points or cases, or nothing that chance would not find.

    unit (n, d): independent points of the unit cube; cases (n,): which are of interest.
    """
    n, hits = cases.size, int(cases.sum())
    if n < FEW or hits < 8 or hits > n - 8:
        return None
    limits, score = _search(unit, cases)
    if not score > 0.0:
        return None
    chance = _chance(unit, cases, score, seed)
    if chance > CHANCE:
        return None
    limits = _prune(unit, cases, limits)
    sides = _sides(limits)
    if not sides:
        return None
    inside = _inside(unit, limits)
    right, count = int(cases[inside].sum()), int(inside.sum())
    density, coverage = _unseen(unit, cases, seed)
    return Box(sides, count, right / count, right / hits, hits / n, density, coverage, chance)


def _search(unit: Floats, cases: Flags) -> tuple[Limits, float]:
    """Peel, keep the box least like chance, paste."""
    n, d = unit.shape
    base = float(cases.mean())
    least = max(math.ceil(LEAST * n), 5)
    limits = np.column_stack([np.zeros(d), np.ones(d)])
    inside = np.ones(n, dtype=np.bool_)
    best, top = limits.copy(), 0.0
    while True:
        step = _peel(unit[inside], cases[inside], least, base)
        if step is None:
            break
        factor, end, cut = step
        limits[factor, end] = cut
        inside = _inside(unit, limits)
        score = _score(cases[inside], base)
        if score > top:
            best, top = limits.copy(), score
    return _paste(unit, cases, best, base, top)


def _peel(unit: Floats, cases: Flags, least: int, base: float) -> tuple[int, int, float] | None:
    """The end to cut off: (factor, 0 low or 1 high, new limit)."""
    n = cases.size
    takes = np.unique([max(1, int(share * n)) for share in PEELS])
    takes = takes[n - takes >= least]
    if not takes.size:
        return None
    order = np.argsort(unit, axis=0)
    upto = np.cumsum(cases[order], axis=0)
    total = int(cases.sum())
    kept = np.stack([total - upto[takes - 1], upto[n - takes - 1]])  # (end, take, factor)
    size = (n - takes)[None, :, None]
    score = (kept / size - base) * np.sqrt(size)
    end, place, factor = np.unravel_index(int(np.argmax(score)), score.shape)
    column, take = unit[order[:, factor], factor], int(takes[place])
    at = take if end == 0 else n - take
    return int(factor), int(end), float((column[at - 1] + column[at]) / 2.0)


def _paste(unit: Floats, cases: Flags, limits: Limits, base: float, top: float) -> tuple[Limits, float]:
    """Move ends back out by a twentieth of the box while it becomes less like chance."""
    while True:
        best = None
        inside = _inside(unit, limits)
        add = max(1, int(PASTE * inside.sum()))
        for factor in range(unit.shape[1]):
            for end in (0, 1):
                wider = _wider(unit, limits, factor, end, add)
                score = _score(cases[_inside(unit, wider)], base) if wider is not None else 0.0
                if wider is not None and score > top:
                    best, top = wider, score
        if best is None:
            return limits, top
        limits = best


def _wider(unit: Floats, limits: Limits, factor: int, end: int, add: int) -> Limits | None:
    edge = limits[factor, end]
    if edge == float(end):
        return None
    found = limits.copy()
    found[factor, end] = float(end)
    column = np.sort(unit[_inside(unit, found), factor])
    beyond = column[column < edge][::-1] if end == 0 else column[column > edge]
    if beyond.size > add:
        found[factor, end] = (beyond[add - 1] + beyond[add]) / 2.0
    return found


def _score(inside: Flags, base: float) -> float:
    """By how many standard errors the share of cases inside exceeds that of the whole."""
    if not inside.size:
        return 0.0
    return float((inside.mean() - base) * math.sqrt(inside.size / (base * (1.0 - base))))


def _prune(unit: Floats, cases: Flags, limits: Limits) -> Limits:
    """Put back factors that make hardly a difference, the least worth first."""
    base = float(cases.mean())
    while True:
        held = _sides(limits)
        top = _score(cases[_inside(unit, limits)], base)
        worth = []
        for side in held:
            without = limits.copy()
            without[side.factor] = (0.0, 1.0)
            worth.append((top - _score(cases[_inside(unit, without)], base), side.factor))
        if len(worth) < 2 or min(worth)[0] > MATTERS:
            return limits
        limits = limits.copy()
        limits[min(worth)[1]] = (0.0, 1.0)


def _chance(unit: Floats, cases: Flags, score: float, seed: int) -> float:
    """Share of shuffles with a box as good; the search ends as soon as it cannot be rare any more."""
    rng = np.random.default_rng([seed, cases.size])
    lucky = 0
    for done in range(1, SHUFFLES + 1):
        lucky += _search(unit, rng.permutation(cases))[1] >= score * (1.0 - 1e-9)
        if (1 + lucky) / (SHUFFLES + 1) > CHANCE:
            return float((1 + lucky) / (done + 1))
    return (1 + lucky) / (SHUFFLES + 1)


def _unseen(unit: Floats, cases: Flags, seed: int) -> tuple[float, float]:
    """Density and coverage on the fifth that each search has not seen."""
    fold = np.random.default_rng(seed).permutation(cases.size) % FOLDS
    inside = np.zeros(cases.size, dtype=np.bool_)
    for k in range(FOLDS):
        seen = fold != k
        limits, _ = _search(unit[seen], cases[seen])
        inside[~seen] = _inside(unit[~seen], _prune(unit[seen], cases[seen], limits))
    right = int(cases[inside].sum())
    return (right / int(inside.sum()) if inside.any() else math.nan), right / int(cases.sum())


def _inside(unit: Floats, limits: Limits) -> Flags:
    found: Flags = ((unit >= limits[:, 0]) & (unit <= limits[:, 1])).all(axis=1)
    return found


def _sides(limits: Limits) -> tuple[Side, ...]:
    moved = [k for k in range(len(limits)) if limits[k, 0] > 0.0 or limits[k, 1] < 1.0]
    return tuple(Side(k, float(limits[k, 0]), float(limits[k, 1])) for k in moved)


def _limits(sides: Sequence[Side], factors: int) -> Limits:
    found = np.column_stack([np.zeros(factors), np.ones(factors)])
    for one in sides:
        found[one.factor] = (one.low, one.high)
    return found
