"""Market research: what a sample of users in one channel would buy, as every lab can find out.

Labs learn rivals from users' reactions, never from inside: only the sum of rivals' attractions enters.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.book import Book
from agents.demand import Choices, utilities
from agents.users import Segment
from model.mechanisms.response import inclusive_value, situation
from model.sections.users import Users

Floats = NDArray[np.float64]
LARGEST_LOG = 700.0  # beyond it an exponential overflows; a bonus of that size binds everybody anyway


@dataclass(frozen=True, eq=False)
class Sample:
    """A stratified sample of a segment: every k-th user by wealth."""

    rows: NDArray[np.intp]
    mix: Floats  # (n, M), times taste for quality
    weight: Floats  # share of the population that a respondent stands for, times metered scale
    price_coefficient: Floats
    income: Floats | None


def draw_sample(segment: Segment, size: int, users: Users) -> Sample:
    """Choose respondents evenly along the wealth ranking; each stands for an equal mass of users."""
    order = np.argsort(segment.income, kind="stable")
    mass = segment.weight.astype(np.float64) * segment.slots
    if size >= segment.size:
        rows, share = order, mass[order]
    else:
        # evenly in mass, not in rows: explicit incomes may carry unequal weights
        reached = np.cumsum(mass[order]) * (1.0 - 1e-12)
        ranks = np.searchsorted(reached, (np.arange(size) + 0.5) / size * mass.sum(), side="right")
        rows = order[np.minimum(ranks, segment.size - 1)]
        share = np.full(size, mass.sum() / size)
    scale = segment.scale[rows].astype(np.float64)
    coefficient = segment.price_weight[rows].astype(np.float64)
    income = None
    if users.income_effect == "log":
        income = segment.income[rows].astype(np.float64) / scale
    else:
        coefficient = coefficient * scale
    return Sample(
        rows=rows,
        mix=(segment.mix[:, rows] * segment.taste[rows]).T.astype(np.float64),
        weight=share * scale,
        price_coefficient=coefficient,
        income=income,
    )


@dataclass(eq=False)
class Poll:
    """Answers of one sample to the offers of one book. n respondents."""

    sample: Sample
    users: Users
    population: float
    value: dict[int, Floats] = field(default_factory=dict)  # inclusive value by nest, (n,)
    loyal: dict[int, Floats] = field(default_factory=dict)  # bonus for staying by nest, (n,)
    _thin: dict[int, Poll] = field(default_factory=dict)

    @property
    def weight(self) -> Floats:
        """Standard users of the market that each respondent stands for, (n,)."""
        return self.sample.weight * self.population

    @property
    def common(self) -> dict[str, Any]:
        """What pricing needs to know of the respondents."""
        return {
            "weight": self.weight,
            "price_coefficient": self.sample.price_coefficient,
            "taste_scale": self.users.taste_scale,
            "income": self.sample.income,
            "within_lab_scale": max(self.users.within_lab_scale, 1e-4 * self.users.taste_scale),
            "income_effect": "log" if self.sample.income is not None else "linear",
        }

    def rivals(self, nest: int | None, improvement: float = 0.0) -> Floats:
        """ln of the rivals' and the outside option's odds for each respondent, (n,).

        improvement: utils by which rivals' offers are expected to get better (not the outside).
        """
        mu = self.users.taste_scale
        total = np.full(self.sample.rows.size, -np.inf)
        if self.value:
            nests, top, odds, everybody = self._odds
            mine = nests.get(-1 if nest is None else nest)
            others = everybody if mine is None else everybody - odds[mine]
            if mine is not None:
                # Where one lab has nearly all, the difference loses its digits: add up the others.
                blurred = others < 1e-6 * everybody
                if blurred.any():
                    others[blurred] = np.delete(odds, mine, axis=0)[:, blurred].sum(0)
            with np.errstate(divide="ignore"):
                total = top + np.log(others) + improvement / mu
        if self.users.outside_utility == "none":
            return total
        return np.asarray(np.logaddexp(total, float(self.users.outside_utility) / mu))

    @cached_property
    def _odds(self) -> tuple[dict[int, int], Floats, Floats, Floats]:
        """Place of each nest, common scale (n,), odds by nest (L, n) and their sum (n,)."""
        stack = np.stack(list(self.value.values())) / self.users.taste_scale
        top = stack.max(0)
        top = np.where(np.isfinite(top), top, 0.0)
        odds = np.exp(stack - top)
        return {n: i for i, n in enumerate(self.value)}, top, odds, odds.sum(0)

    def thin(self, size: int) -> Poll:
        """The same poll with about `size` respondents, evenly chosen; made once."""
        step = max(1, self.sample.rows.size // max(1, size))
        if step == 1:
            return self
        if size not in self._thin:
            pick = slice(step // 2, None, step)
            scale = self.sample.weight.sum() / self.sample.weight[pick].sum()
            sample = Sample(
                rows=self.sample.rows[pick],
                mix=self.sample.mix[pick],
                weight=self.sample.weight[pick] * scale,
                price_coefficient=self.sample.price_coefficient[pick],
                income=None if self.sample.income is None else self.sample.income[pick],
            )
            loyal = {n: v[pick] if v.size > 1 else v for n, v in self.loyal.items()}
            self._thin[size] = Poll(
                sample,
                self.users,
                self.population,
                {n: v[pick] for n, v in self.value.items()},
                loyal,
            )
        return self._thin[size]

    def attraction(self, nest: int) -> float:
        """Mean pull of everybody but one nest, utils: labs watch how it grows."""
        weight = self.weight
        return float(weight @ self.rivals(nest) / weight.sum()) * self.users.taste_scale


def take_poll(
    sample: Sample, segment: Segment, choices: Choices, book: Book, users: Users, population: float
) -> Poll:
    """Ask the sample about the offers on sale."""
    poll = Poll(sample, users, population)
    mu = users.taste_scale
    boost = np.expm1(min(users.inertia / mu, LARGEST_LOG))
    if boost > 0:
        for nest, share in choices.lab_shares(sample.rows, book).items():
            poll.loyal[nest] = mu * np.log1p(boost * share)
    if book.size == 0:
        return poll
    utility = utilities(
        segment, sample.rows, book.terms.astype(segment.features.dtype), users.income_effect
    ).astype(np.float64)
    scale = poll.common["within_lab_scale"]
    zero = np.zeros(1)
    for nest in np.unique(book.nest):
        mine = utility[:, book.nest == nest]
        case = situation(
            mine[None],
            np.zeros((1, mine.shape[1])),
            np.zeros((1, mine.shape[0])),
            weight=poll.weight,
            price_coefficient=np.ones(mine.shape[0]),
            taste_scale=mu,
            within_lab_scale=scale,
        )
        inclusive, _ = inclusive_value(case, np.zeros((1, mine.shape[1])))
        poll.value[int(nest)] = inclusive[0] + poll.loyal.get(int(nest), zero)
    return poll
