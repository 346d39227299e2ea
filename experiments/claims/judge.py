"""From effects to a verdict: pure arithmetic on numbers, without a word about what they mean.

supported    the 95 % interval at the default excludes zero on the expected side, and the expected sign
             holds in at least 80 % of the sampled space
opposed      the sign holds in at most 20 % of the sampled space, and the default does not say otherwise
conditional  the sign holds in between, and a tree finds the parameter on which it turns; also: it holds in at
             least 80 % of the space (or at most 20 %) and the default is one of the exceptions
undecided    too noisy: the sign holds in between and nothing is found on which it turns (a point has one
             seed, so that an effect that is the same everywhere would look like this too), or a share that
             rests on few points may lie on either side of an edge, or the effect is undefined in too many
             runs, or there is no difference at all in most points
not measured there is no such number

A tie (no difference at all) counts for neither sign and is left out of the share. A share of fewer than
100 points counts as beyond an edge only with its whole 95 % Wilson interval.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]
Word = Literal["supported", "opposed", "conditional", "undecided", "not measured"]

MOST, LEAST = 0.80, 0.20
FEW = 100
CONFIDENCE = 0.95
TOO_MANY = 100_000  # seeds: beyond it the effect is as good as none
SAME = 1e-12  # rounding is no difference
DEFINED = 0.75  # of the seeds at the default, else nothing is said
DIFFERENT = 0.5  # of the points must hold a number, and a difference, else nothing is said


@dataclass(frozen=True)
class Interval:
    """Mean and 95 % t interval of paired effects."""

    mean: float
    low: float
    high: float
    count: int
    spread: float
    """Standard deviation over seeds."""

    @property
    def known(self) -> bool:
        """Whether there is an interval (two seeds at least)."""
        return self.count > 1 and math.isfinite(self.low)

    def side(self) -> int:
        """+1 or -1: the interval lies wholly there; 0: it holds zero or is not known."""
        return 0 if not self.known else int(self.low > 0.0) - int(self.high < 0.0)


@dataclass(frozen=True)
class Share:
    """In how many of the sampled points the expected sign holds."""

    held: int
    tied: int
    count: int

    @property
    def value(self) -> float:
        """Share of points in which it holds."""
        return self.held / self.told if self.told else math.nan

    @property
    def told(self) -> int:
        """Points with a difference."""
        return self.count - self.tied

    def interval(self) -> tuple[float, float]:
        """95 % Wilson interval."""
        return wilson(self.held, self.told)

    def beyond(self) -> int:
        """+1: at least 80 %; -1: at most 20 %; 0: between, or few points that leave it open."""
        if not self.told:
            return 0
        low, high = self.interval() if self.told < FEW else (self.value, self.value)
        return int(low >= MOST) - int(high <= LEAST)

    def open(self) -> bool:
        """Whether few points leave open on which side of an edge the share lies."""
        low, high = self.interval()
        few = self.told < FEW and not self.beyond()
        return few and (high >= MOST or low <= LEAST)


@dataclass(frozen=True)
class Verdict:
    """The word and the numbers on which it rests."""

    word: Word
    effect: Interval
    share: Share
    seeds_needed: int | None = None
    """Seeds with which an effect of this size would be told from zero; None: not the question."""
    points_needed: int | None = None
    why: str = ""


def interval(effects: Sequence[float] | Floats) -> Interval:
    """Mean and 95 % t interval of the finite ones; rounding counts as zero."""
    held = np.asarray(effects, dtype=np.float64)
    held = held[np.isfinite(held)]
    held = np.where(np.abs(held) < SAME, 0.0, held)
    n = int(held.size)
    if n == 0:
        return Interval(math.nan, math.nan, math.nan, 0, math.nan)
    middle = float(held.mean())
    if n == 1:
        return Interval(middle, math.nan, math.nan, 1, math.nan)
    spread = float(held.std(ddof=1))
    half = float(stats.t.ppf(0.5 + CONFIDENCE / 2.0, n - 1)) * spread / math.sqrt(n)
    return Interval(middle, middle - half, middle + half, n, spread)


def wilson(held: int, count: int) -> tuple[float, float]:
    """95 % score interval of a share (Wilson 1927); (0, 1) without a point."""
    if count == 0:
        return 0.0, 1.0
    z = float(stats.norm.ppf(0.5 + CONFIDENCE / 2.0))
    share, room = held / count, z * z / count
    centre = (share + room / 2.0) / (1.0 + room)
    half = z * math.sqrt(share * (1.0 - share) / count + room / (4.0 * count)) / (1.0 + room)
    low = 0.0 if held == 0 else centre - half
    return low, 1.0 if held == count else centre + half


def count_signs(effects: Sequence[float] | Floats, direction: int) -> Share:
    """How many of the finite effects have the expected sign."""
    found = np.asarray(effects, dtype=np.float64)
    found = found[np.isfinite(found)]
    tied = int(np.sum(np.abs(found) < SAME))
    return Share(int(np.sum(direction * found >= SAME)), tied, int(found.size))


def seeds_needed(effect: Interval) -> int | None:
    """Seeds after which the interval would exclude zero if mean and spread stay as they are."""
    if not effect.known or effect.mean == 0.0 or effect.spread == 0.0:
        return None
    z = float(stats.norm.ppf(0.5 + CONFIDENCE / 2.0))
    n = max(2, math.ceil((z * effect.spread / abs(effect.mean)) ** 2))
    if n > TOO_MANY:
        return TOO_MANY
    while n < TOO_MANY:  # the normal quantile is a little short for few seeds
        half = float(stats.t.ppf(0.5 + CONFIDENCE / 2.0, n - 1)) * effect.spread / math.sqrt(n)
        if half < abs(effect.mean):
            return n
        n += 1
    return TOO_MANY


def points_needed(share: Share) -> int | None:
    """Points after which the Wilson interval would leave both edges, at the share found; None: done."""
    if not share.told or not share.open():
        return None
    for count in range(share.told, FEW):
        held = round(share.value * count)
        trial = Share(held, 0, count)
        if not trial.open():
            return count
    return FEW


def judge(
    effects: Sequence[float] | Floats,
    sampled: Sequence[float] | Floats,
    direction: int,
    *,
    turns: bool = False,
) -> Verdict:
    """The verdict on a claim.

    effects: paired effects at the default point, one a seed; sampled: one effect per point of the space;
    direction: the sign claimed; turns: whether something was found on which the sign turns. Not finite
    means undefined in that run and is left out.
    """
    effect, share = interval(effects), count_signs(sampled, direction)
    if effect.count == 0 and share.count == 0:
        return Verdict("not measured", effect, share, why="it is undefined in every run")
    if share.count == 0:
        return Verdict("undecided", effect, share, seeds_needed(effect), FEW, "no point of the space was run")
    asked, points = np.size(effects), np.size(sampled)
    if effect.count < DEFINED * asked or share.count < DIFFERENT * points:
        why = f"undefined in {asked - effect.count} of {asked} seeds"
        why += f" and {points - share.count} of {points} points"
        return Verdict("undecided", effect, share, why=why)
    if share.tied > (1.0 - DIFFERENT) * share.count:
        why = f"no difference at all in {share.tied} of {share.count} points"
        return Verdict("undecided", effect, share, why=why)
    side, beyond = effect.side() * direction, share.beyond()
    if beyond < 0 and side > 0:
        return Verdict("conditional", effect, share, why="wrong in most of the space, right at the default")
    if beyond < 0:
        return Verdict("opposed", effect, share, why="the sign holds in at most a fifth of the space")
    if share.open():
        why = "so few points leave open on which side of an edge the share lies"
        return Verdict("undecided", effect, share, None, points_needed(share), why)
    if beyond > 0 and side > 0:
        return Verdict("supported", effect, share, why="right at the default and in most of the space")
    if beyond > 0 and side < 0:
        return Verdict("conditional", effect, share, why="right in most of the space, wrong at the default")
    if beyond > 0:
        why = "right in most of the space, but the default is too noisy to tell"
        return Verdict("undecided", effect, share, seeds_needed(effect), None, why)
    if turns:
        why = "the sign holds in part of the space, and something is found on which it turns"
        return Verdict("conditional", effect, share, why=why)
    if side:
        told = "right" if side > 0 else "wrong"
        why = (
            f"{told} at the default, but nothing is found on which the sign turns over the space: one seed a"
        )
        return Verdict("undecided", effect, share, why=f"{why} point cannot tell that from luck")
    why = "neither the default nor the space tells the effect from luck"
    return Verdict("undecided", effect, share, seeds_needed(effect), None, why)
