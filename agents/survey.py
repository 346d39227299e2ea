"""Market research: what a sample of users in one channel would buy, as every lab can find out.

Labs learn rivals from users' reactions, never from inside: only the sum of rivals' attractions enters.

Where users' information is limited (`agents.views`), respondents are no better off: they hold the views
that they hold as users, and whom they look at is drawn by the same law. What a respondent thinks too much
of a lab, and whether it looks at it at all, is part of the lab's pull, as loyalty is.
A lab expects for its next flagship what users think of the present one, and an entrant what they would
think of a newcomer; that it might become the price leader is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.book import Book
from agents.demand import Choices, utilities, with_specials
from agents.users import Segment
from agents.views import NOBODY, Look, Views
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
    volume = segment.scale.astype(np.float64)
    scale = volume[rows]
    # Labs know what the market uses in all: a few large firms more or fewer in a sample are no news of it.
    share = share * (float(mass @ volume) / float(share @ scale))
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
    loyal: dict[int, Floats] = field(default_factory=dict)  # bonus for staying, and view, by nest, (n,)
    stranger: Callable[[int], Floats] | None = None  # the same for a lab without an offer, by its number
    voucher: Floats | None = None  # what vouchers add to the utility of any tier that is sold, (n,)
    _thin: dict[int, Poll] = field(default_factory=dict)
    _rest: dict[int, Floats] = field(default_factory=dict)
    _rivals: dict[tuple[int, float], Floats] = field(default_factory=dict)

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
        found: Floats = self.rivals_of([-1 if nest is None else nest], [improvement])[0]
        return found

    def rivals_of(self, nests: Sequence[int], improvements: Sequence[float]) -> Floats:
        """The same for several labs or expectations at once, (nests, n)."""
        return np.stack([self._against(nest, gain) for nest, gain in zip(nests, improvements, strict=True)])

    def _against(self, nest: int, improvement: float) -> Floats:
        """The same for one, (n,); a step's questions about a lab look few reviews ahead, so it is kept."""
        key = nest if nest in self.value else -1, improvement
        if key not in self._rivals:
            mu = self.users.taste_scale
            size = self.sample.rows.size
            total = self._others(nest) + improvement / mu if self.value else np.full(size, -np.inf)
            outside = self.users.outside_utility
            self._rivals[key] = total if outside == "none" else _log_sum(total, float(outside) / mu)
        return self._rivals[key]

    def _others(self, nest: int) -> Floats:
        """ln of the odds of all nests but one, (n,); asked for by each question about a lab, made once."""
        nests, top, odds, everybody = self._odds
        mine = nests.get(nest, -1)
        if mine not in self._rest:
            others = everybody if mine < 0 else everybody - odds[mine]
            # Where one lab has nearly all, the difference loses its digits: add up the others.
            blurred = others < 1e-6 * everybody
            if blurred.any():
                others[blurred] = np.delete(odds, mine, axis=0)[:, blurred].sum(0)
            with np.errstate(divide="ignore"):
                self._rest[mine] = top + np.log(others)
        return self._rest[mine]

    @cached_property
    def _odds(self) -> tuple[dict[int, int], Floats, Floats, Floats]:
        """Place of each nest, common scale (n,), odds by nest (L, n) and their sum (n,)."""
        stack = np.stack(list(self.value.values())) / self.users.taste_scale
        top = stack.max(0)
        top = np.where(np.isfinite(top), top, 0.0)
        odds = np.exp(stack - top)
        return {n: i for i, n in enumerate(self.value)}, top, odds, odds.sum(0)

    def pull(self, lab: int) -> Floats:
        """What respondents' habits and views add to the utility of a lab's own offers, (n,) or (1,)."""
        if lab in self.loyal:
            found = self.loyal[lab]
        else:
            found = np.zeros(1) if self.stranger is None else self.stranger(lab)
        return found if self.voucher is None else found + self.voucher

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
            known = self.stranger
            self._thin[size] = Poll(
                sample,
                self.users,
                self.population,
                {n: v[pick] for n, v in self.value.items()},
                loyal,
                None if known is None else lambda lab: known(lab)[pick],
                None if self.voucher is None else self.voucher[pick],
            )
        return self._thin[size]

    def attraction(self, nest: int) -> float:
        """Mean pull of everybody but one nest, utils: labs watch how it grows."""
        weight = self.weight
        return float(weight @ self.rivals(nest) / weight.sum()) * self.users.taste_scale


def _log_sum(x: Floats, y: float) -> Floats:
    """ln(e^x + e^y); `numpy.logaddexp` goes number by number."""
    top = np.maximum(x, y)
    return np.asarray(top + np.log(np.exp(x - top) + np.exp(y - top)))


def take_poll(
    sample: Sample, segment: Segment, choices: Choices, book: Book, users: Users, population: float
) -> Poll:
    """Ask the sample about the offers on sale."""
    poll = Poll(sample, users, population)
    mu = users.taste_scale
    boost = np.expm1(min(users.inertia / mu, LARGEST_LOG))
    if book.size and segment.views is not None and (look := segment.views.research(book, sample.rows)):
        _add_views(poll, look, segment.views, choices, book)
    elif boost > 0:
        for nest, share in choices.lab_shares(sample.rows, book).items():
            poll.loyal[nest] = mu * np.log1p(boost * share)
    _add_specials(poll, book)
    if book.size == 0:
        return poll
    # Exact, unlike users' choices: what is lost in single precision hangs on the make of the processor, and
    # a search for best prices that branches on it may end elsewhere.
    terms = segment.terms(book.terms, np.float64)
    utility = utilities(segment, sample.rows, terms, users.income_effect)
    utility = with_specials(utility, segment, sample.rows, book, users.income_effect)
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


def _add_specials(poll: Poll, book: Book) -> None:
    """What special groups among the respondents meet: vouchers, and labs that do not sell to them.

    Labs reckon with a voucher as money off any price, which is right for prices above it; under the log
    income effect it is as good as income. Below it a lower price wins nobody, which labs do not see.
    """
    sample, n = poll.sample, poll.sample.rows.size
    money = np.zeros(n)
    for group in book.specials:
        mine = group.rows[sample.rows]
        money[mine] = group.voucher_usd
        for lab in group.barred:
            base = np.broadcast_to(poll.loyal.get(lab, np.zeros(1)), (n,))
            poll.loyal[lab] = np.where(mine, -np.inf, base)
    if not money.any():
        return
    if sample.income is None:
        poll.voucher = sample.price_coefficient * money
    else:
        poll.voucher = sample.price_coefficient * np.log1p(money / sample.income)
        poll.sample = replace(sample, income=sample.income + money)


def seen_by_respondents(
    sample: Sample, segment: Segment, choices: Choices, book: Book
) -> NDArray[np.floating[Any]] | None:
    """What respondents think too much of each offer, utils, (n, K); -inf where they do not look.

    None where they know all, as they do in the first choice of a run.
    """
    views = segment.views
    if views is None or views.step == 0 or book.size == 0:
        return None
    look = views.research(book, sample.rows)
    if look is None:
        return None
    _, present = _whereabouts(sample, look, views, choices, book)
    return look.shift(sample.mix.T, slice(None), present)


def _whereabouts(
    sample: Sample, look: Look, views: Views, choices: Choices, book: Book
) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
    """Present nest (its label) and place of the present lab of each respondent, (n,); NOBODY = none.

    Expected demand holds users who are with several labs in part: each respondent stands for one of
    these parts, drawn once and for all, because who looks at what depends on where one is.
    """
    shares = choices.lab_shares(sample.rows, book)
    nests = np.array(sorted(shares), dtype=np.int64)
    reached = np.cumsum([shares[int(n)] for n in nests], axis=0).reshape(nests.size, sample.rows.size)
    at = (reached <= views.whereabouts(sample.rows.size)).sum(axis=0)
    place = [look.place[book.nest == n][0] for n in nests]
    return np.append(nests, NOBODY)[at], np.array([*place, NOBODY], dtype=np.intp)[at]


def _add_views(poll: Poll, look: Look, views: Views, choices: Choices, book: Book) -> None:
    """Pull of each nest: how respondents see its lab, and the bonus for staying."""
    sample = poll.sample
    nest_now, present = _whereabouts(sample, look, views, choices, book)
    seen = look.pull(sample.mix.T, slice(None), present).astype(np.float64)
    for nest in np.unique(book.nest):
        bonus = poll.users.inertia * (nest_now == nest)
        poll.loyal[int(nest)] = seen[look.place[book.nest == nest][0]] + bonus

    def stranger(lab: int) -> Floats:
        known = np.flatnonzero(look.labs == lab)  # the maker of an open model that sells nothing here
        if known.size:
            return np.asarray(seen[known[0]])
        error, luck = views.newcomer(lab, sample.rows)
        wrong = (sample.mix @ look.slope.mean(axis=0)) * error
        return np.where(look.newly(luck, present), wrong, -np.inf)

    poll.stranger = stranger
