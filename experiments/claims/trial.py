"""The trial: effects of every claim at the default and over the space, judged and told what they turn on."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.claims.judge import SAME, Interval, Share, Verdict, count_signs, interval, judge
from experiments.claims.plan import Plan
from experiments.claims.pool import DEFAULT, POINT_SEED, SMALL, SPACE_KIND, SPREAD_SEED, Key, Pool, Values
from experiments.claims.record import Check, Claim, Contrast, Item, Record, Unmodelled
from experiments.claims.settings import REGIMES, words
from experiments.claims.space import sample
from experiments.claims.turns import Turn, find

Floats = NDArray[np.float64]
BUILT_IN = "built in"
"""In the place of supported, where an assumption says it already."""


@dataclass(frozen=True)
class Side:
    """A further contrast: its interval at the default, and the share of points with the same sign."""

    words: str
    unit: str
    effect: Interval
    share: Share
    absent: str = ""


@dataclass(frozen=True)
class Outcome:
    """All that was found on one record."""

    record: Record
    verdict: Verdict | None = None
    """None for checks and for what is not modelled."""
    effects: Floats = field(default_factory=lambda: np.zeros(0))
    """At the default, one a seed."""
    points: Floats = field(default_factory=lambda: np.zeros(0))
    """Effects at the points, NaN where undefined; in the order of the sample."""
    levels: Mapping[str, float] = field(default_factory=dict)
    """Mean of the measure in each setting of the contrast, at the default."""
    turn: Turn | None = None
    sides: tuple[Side, ...] = ()
    items: tuple[Item, ...] = ()
    small: Interval | None = None
    """The effect at the default point in the small size."""
    absent: str = ""

    @property
    def word(self) -> str:
        """The verdict in a word; for checks: holds, holds in part, fails."""
        if isinstance(self.record, Unmodelled) or self.absent:
            return "not measured"
        if isinstance(self.record, Check):
            right = [item.holds for item in self.items]
            return "holds" if all(right) else "holds in part" if any(right) else "fails"
        assert self.verdict is not None
        built_in = isinstance(self.record, Claim) and self.record.assumed
        return BUILT_IN if built_in and self.verdict.word == "supported" else self.verdict.word

    @property
    def agreement(self) -> str:
        """Whether the small size tells the same sign as the default size, where both tell one."""
        if self.small is None or self.verdict is None or not self.small.count:
            return ""
        one, two = self.verdict.effect.side(), self.small.side()
        if not one or not two:
            return "cannot be told"
        return "agrees" if one == two else "differs"


class Trial:
    """Evaluates records against the runs of a pool."""

    def __init__(self, plan: Plan, values: Values, unbuilt: Mapping[str, str]) -> None:
        self.plan, self.values, self.unbuilt = plan, values, unbuilt
        self.cube = sample(max(plan.points, plan.spread_points, 2))

    @classmethod
    def of(cls, pool: Pool, keys: Sequence[Key], tasks: Sequence[Any]) -> Trial:
        """From what is stored."""
        return cls(pool.plan, pool.read(keys, tasks), pool.unbuilt)

    def outcome(self, record: Record) -> Outcome:
        """What was found on one record."""
        if isinstance(record, Unmodelled):
            return Outcome(record, absent=record.why)
        if isinstance(record, Check):
            return Outcome(record, items=tuple(record.items()))
        assert isinstance(record, Claim)
        why = self._absent(record.contrast)
        sides = tuple(self._side(contrast) for contrast in record.also)
        if why:
            return Outcome(record, sides=sides, absent=why)
        effects, points = self._default(record.contrast), self._points(record.contrast)
        known = np.isfinite(points) & (np.abs(points) >= SAME)  # a tie speaks for neither sign
        held = (record.direction * points > 0.0) & known
        turn = find(self.cube[: points.size][known], held[known])
        verdict = judge(effects, points, record.direction, turns=turn is not None)
        small = None
        if self.plan.agree:
            small = interval(self._seeds(record.contrast, SMALL, self.plan.agree))
        return Outcome(
            record, verdict, effects, points, self._levels(record.contrast), turn, sides, small=small
        )

    # -- effects --------------------------------------------------------------------------------

    def _values(self, contrast: Contrast, kind: str, point: int, seed: int) -> dict[str, float]:
        return {
            name: self.values.one(Key(kind, name, point, seed), contrast.measure.name)
            for name in contrast.weights
        }

    def _seeds(self, contrast: Contrast, kind: str, count: int) -> Floats:
        """One effect a seed at the default point; for spreads the jackknife's pseudo-values."""
        rows = [self._values(contrast, kind, -1, seed) for seed in range(1, count + 1)]
        if contrast.statistic == "spread":
            return pseudo_values(contrast, rows)
        return np.array([contrast.effect(row) for row in rows])

    def _default(self, contrast: Contrast) -> Floats:
        return self._seeds(contrast, DEFAULT, self.plan.seeds)

    def _points(self, contrast: Contrast) -> Floats:
        """One effect a point."""
        found = []
        spread = contrast.statistic == "spread"
        count = min(self.plan.spread_points, self.plan.points) if spread else self.plan.points
        if not spread and not set(contrast.weights) <= set(REGIMES):
            count = min(self.plan.extra_points, count)
        for point in range(count):
            first = POINT_SEED + point
            if not spread:
                found.append(contrast.effect(self._values(contrast, SPACE_KIND, point, first)))
                continue
            seeds = [first + SPREAD_SEED * k for k in range(self.plan.spread_seeds)]
            rows = [self._values(contrast, SPACE_KIND, point, seed) for seed in seeds]
            found.append(spread_effect(contrast, rows))
        return np.array(found, dtype=np.float64)

    def _levels(self, contrast: Contrast) -> dict[str, float]:
        rows = [self._values(contrast, DEFAULT, -1, s) for s in range(1, self.plan.seeds + 1)]
        found = {}
        for name in contrast.weights:
            held = np.array([row[name] for row in rows])
            held = held[np.isfinite(held)]
            found[name] = float(held.mean()) if held.size else math.nan
        return found

    def _side(self, contrast: Contrast) -> Side:
        why = self._absent(contrast)
        effect = interval([] if why else self._default(contrast))
        points = np.zeros(0) if why else self._points(contrast)
        share = count_signs(points, 1 if effect.mean >= 0 else -1)
        return Side(contrast.words, contrast.unit, effect, share, why)

    def _absent(self, contrast: Contrast) -> str:
        for name in contrast.weights:
            if name in self.unbuilt:
                return f"this version of the model cannot build {words(name)}: {self.unbuilt[name]}"
        return self.values.absent(contrast.measure.name, contrast.weights)


def spread_effect(contrast: Contrast, rows: Sequence[Mapping[str, float]]) -> float:
    """Weighted sum of log10 standard deviations over seeds; NaN with fewer than two, or without spread."""
    total = -contrast.against
    for name, weight in contrast.weights.items():
        held = np.array([row[name] for row in rows])
        held = held[np.isfinite(held)]
        spread = float(held.std(ddof=1)) if held.size > 1 else 0.0
        if not spread > 0.0:
            return math.nan
        total += weight * math.log10(spread)
    return total


def pseudo_values(contrast: Contrast, rows: Sequence[Mapping[str, float]]) -> Floats:
    """Jackknife: n t - (n - 1) t without one seed; their t interval is that of the spread's contrast."""
    n = len(rows)
    whole = spread_effect(contrast, rows)
    if n < 3:
        return np.array([whole])
    without = [spread_effect(contrast, [*rows[:i], *rows[i + 1 :]]) for i in range(n)]
    return np.array([n * whole - (n - 1) * one for one in without])
