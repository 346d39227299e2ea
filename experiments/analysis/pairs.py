"""Paired comparison of two cells under common random numbers.

D (points, seeds) is one cell less the other at the same point with the same luck. Its mean varies for two
reasons, and both are estimated from the two-way table: the points that happen to be sampled and the seeds.

    Var(mean) = s2_points / P + s2_seeds / S + s2_rest / (P S)
              = (MS_points + MS_seeds - MS_rest) / (P S)          degrees of freedom: Satterthwaite

Where the points are not a sample (a grid that somebody chose), only luck counts: Var = MS_seeds / (P S). With
one point this is the ordinary paired t interval.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from experiments.analysis.frames import Floats

CONFIDENCE = 0.95
RESAMPLES = 2000
ROUNDING = 1e-12  # relative
TOO_MANY = 100_000  # seeds or points: beyond it the effect is as good as none


@dataclass(frozen=True)
class Effect:
    """Mean of paired differences and how sure it is."""

    mean: float
    low: float
    high: float
    """95 % t interval; NaN where one run a side is all there is."""
    boot_low: float
    boot_high: float
    """95 % percentile interval of a bootstrap over points and seeds. Narrow for fewer than ten of both."""
    points: int
    seeds: int
    error: float
    """Monte-Carlo standard error of the mean: sampled points and luck together."""
    per_seed: float
    """Part of error squared that falls with the number of seeds, times that number."""
    per_point: float
    """Part of error squared that falls with the number of points, times that number."""
    seed_and_point: float
    """Part that falls with both, times both."""
    positive: int
    """Points at which the mean over seeds is above zero."""
    negative: int
    signs: int
    """Points at which the sign was looked at: all, where rows that hang together count once in `points`."""

    @property
    def known(self) -> bool:
        """Whether there is an interval."""
        return math.isfinite(self.low)

    @property
    def zero(self) -> bool:
        """Exactly zero in every run."""
        return self.points > 0 and self.mean == 0.0 and self.error == 0.0 and not self.positive

    def side(self) -> int:
        """+1 or -1: the t interval lies wholly there; 0: it holds zero or is not known."""
        return int(self.low > 0.0) - int(self.high < 0.0) if self.known else 0

    def seeds_for(self, half_width: float) -> int | None:
        """Seeds in all for a t interval of this half-width; None if no number of seeds gives it."""
        per = self.per_seed + self.seed_and_point / max(self.points, 1)
        return needed(half_width, self.per_point / max(self.points, 1), per)

    def points_for(self, half_width: float) -> int | None:
        """Points in all for it; None if no number of points gives it, or points are not sampled."""
        if self.per_point == 0.0 and self.seed_and_point == 0.0:
            return None
        per = self.per_point + self.seed_and_point / max(self.seeds, 1)
        return needed(half_width, self.per_seed / max(self.seeds, 1), per)

    @property
    def seeds_needed(self) -> int | None:
        """Seeds in all with which the interval would leave zero, if mean and spread stay as they are."""
        return self.seeds_for(abs(self.mean)) if self.known and self.mean else None

    @property
    def points_needed(self) -> int | None:
        """Points in all with which it would."""
        return self.points_for(abs(self.mean)) if self.known and self.mean else None


_NO = math.nan
NOTHING = Effect(_NO, _NO, _NO, _NO, _NO, 0, 0, _NO, _NO, _NO, _NO, 0, 0, 0)


def needed(half_width: float, fixed: float, per: float) -> int | None:
    """Least n >= 2 with t(n - 1) sqrt(fixed + per / n) < half_width; None if there is none below 100,000."""
    if not half_width > 0.0 or not math.isfinite(fixed + per):
        return None
    z = float(stats.norm.ppf(0.5 + CONFIDENCE / 2.0))
    room = (half_width / z) ** 2 - fixed
    if room <= 0.0 or per / room > TOO_MANY:
        return None
    n = max(2, math.ceil(per / room))
    while n <= TOO_MANY:  # the normal quantile is a little short for small n
        if _quantile(n - 1) * math.sqrt(fixed + per / n) < half_width:
            return n
        n += max(1, n // 500)
    return None


def paired(differences: Floats, *, sampled: bool, blocks: int = 1, resamples: int = RESAMPLES) -> Effect:
    """Effect from differences (points, seeds), finite.

    sampled: whether the points are a random sample, so that they count as a source of error. blocks: rows
    of a design that hang together (a Saltelli block, a Morris trajectory) are averaged first.
    """
    if differences.size == 0:
        return NOTHING
    held = np.asarray(differences, dtype=np.float64)
    by_point = held.mean(axis=1)
    if sampled and blocks > 1:
        held = held[: held.shape[0] // blocks * blocks].reshape(-1, blocks, held.shape[1]).mean(axis=1)
    p, s = held.shape
    mean = float(held.mean())
    if np.ptp(held) <= ROUNDING * abs(mean):
        held = np.full_like(held, mean)
    ms_p, ms_s, ms_r = _squares(held)
    if not sampled:
        ms_p, ms_r = 0.0, 0.0
    rest = ms_r if p > 1 and s > 1 else 0.0
    parts = [(1.0, ms_p, p - 1), (1.0, ms_s, s - 1)] if sampled else [(1.0, ms_s, s - 1)]
    parts = [*[one for one in parts if one[2] > 0], *([(-1.0, rest, (p - 1) * (s - 1))] if rest else [])]
    total = max(sum(sign * square for sign, square, _ in parts), rest, 0.0)
    free = _satterthwaite(total, parts)
    error = math.sqrt(total / (p * s)) if free else math.nan
    if error <= ROUNDING * float(np.abs(held).max()):
        error = 0.0
    half = _quantile(free) * error if free else math.nan
    low, high = _bootstrap(held, sampled=sampled, resamples=resamples)
    return Effect(
        mean, mean - half, mean + half, low, high, p if sampled else by_point.size, s, error,
        per_seed=max(ms_s - rest, 0.0) / p if s > 1 else 0.0,
        per_point=max(ms_p - rest, 0.0) / s if sampled and p > 1 else 0.0,
        seed_and_point=rest,
        positive=int(np.sum(by_point > 0.0)), negative=int(np.sum(by_point < 0.0)), signs=int(by_point.size),
    )  # fmt: skip


def _squares(held: Floats) -> tuple[float, float, float]:
    """Mean squares of rows, columns and the rest of a two-way table; 0 without degrees of freedom."""
    p, s = held.shape
    mean, rows, columns = held.mean(), held.mean(axis=1), held.mean(axis=0)
    rest = held - rows[:, None] - columns[None, :] + mean
    return (
        float(s * np.sum((rows - mean) ** 2) / (p - 1)) if p > 1 else 0.0,
        float(p * np.sum((columns - mean) ** 2) / (s - 1)) if s > 1 else 0.0,
        float(np.sum(rest**2) / ((p - 1) * (s - 1))) if p > 1 and s > 1 else 0.0,
    )


def _satterthwaite(total: float, parts: list[tuple[float, float, int]]) -> float:
    """Degrees of freedom of a sum of mean squares; 0 if there are none."""
    spread = sum(square**2 / free for _, square, free in parts if free > 0)
    if not parts:
        return 0.0
    most = float(max(free for _, _, free in parts))
    return min(max(total**2 / spread, 1.0), most) if spread > 0.0 else most


def _quantile(free: float) -> float:
    return float(stats.t.ppf(0.5 + CONFIDENCE / 2.0, free))


def _bootstrap(held: Floats, *, sampled: bool, resamples: int) -> tuple[float, float]:
    """Percentile interval of the mean when points (if sampled) and seeds are drawn anew."""
    p, s = held.shape
    rows = sampled and p > 1
    if not rows and s == 1:
        return math.nan, math.nan
    rng = np.random.default_rng([p, s])
    by_row = rng.multinomial(p, np.full(p, 1 / p), resamples) if rows else np.ones((resamples, p))
    by_column = rng.multinomial(s, np.full(s, 1 / s), resamples) if s > 1 else np.ones((resamples, s))
    means = np.einsum("bs,bs->b", by_row @ held, by_column) / (p * s)
    low, high = np.percentile(means, [50.0 * (1 - CONFIDENCE), 50.0 * (1 + CONFIDENCE)])
    return float(low), float(high)


def gain(mine: Floats, base: Floats) -> float:
    """By what factor common luck cuts the variance of a difference: (var a + var b) / var(a - b), over seeds.

    mine, base (points, seeds); variances are averaged over points. NaN with one seed.
    """
    if mine.shape[1] < 2:
        return math.nan
    apart = float(np.mean(mine.var(axis=1, ddof=1) + base.var(axis=1, ddof=1)))
    paired_ = float(np.mean((mine - base).var(axis=1, ddof=1)))
    if paired_ <= ROUNDING**2 * apart or paired_ == 0.0:
        return math.inf if apart > 0.0 else math.nan
    return apart / paired_
