"""What users have chosen, and how they choose again: three ways to hold the same state.

`Individual` keeps one offer per slot and draws; `Shares` keeps probabilities (mean field); `Lumped`
keeps counts by kind and offer and draws multinomially, in law the same as `Individual`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array

from agents.book import Book
from agents.users import DECILES, Segment, bounded
from agents.views import NOBODY, Look
from model.mechanisms.demand import choice_probabilities, sample_nested
from model.sections.users import Users
from model.streams import Streams

Floats = NDArray[np.floating[Any]]
CHUNK = 1 << 15


@dataclass(frozen=True)
class Tally:
    """What a segment consumes in a step; K offers and, last, no AI. All in market users.

    users (10, K + 1) by wealth decile; volume (10, K + 1) metered standard users; hosted (10, K + 1)
    volume times one plus the user's overhead; load (K + 1, M) volume by task.
    """

    users: Floats
    volume: Floats
    hosted: Floats
    load: Floats


class Choices(Protocol):
    """State of a segment's choices."""

    def choose(self, book: Book, streams: Streams, step: int, *, everyone: bool = False) -> None:
        """Some users (or all) reconsider among the offers of the book."""

    def tally(self, book: Book, population: float) -> Tally:
        """Add up who uses what."""

    def lab_shares(self, rows: NDArray[np.intp], book: Book) -> dict[int, Floats]:
        """Probability that rows are with a nest (0 or 1 where choices are drawn)."""

    def providers(self, rows: NDArray[np.intp]) -> NDArray[np.int64]:
        """The offer number of rows (most likely one under shares); -1 = no AI."""


class _Base:
    """What the three have in common."""

    def __init__(self, segment: Segment, users: Users, step_years: float) -> None:
        self.segment = segment
        self.rules = users
        self.name = ("person", "business")[segment.kind]
        quarters = step_years / 0.25
        self.reconsider = 1.0 - (1.0 - users.reconsider_per_quarter) ** quarters
        none = users.outside_utility == "none"
        self.outside = None if none else float(users.outside_utility)
        scale = 0.0 if users.demand == "deterministic" else 1.0
        self.scales: dict[str, Any] = {
            "taste_scale": users.taste_scale * scale,
            "within_lab_scale": users.within_lab_scale * scale,
            "outside_utility": self.outside,
        }

    def utilities(self, rows: Any, terms: Floats, book: Book) -> Floats:
        """Utility of each offer, stored (K, n) and handed over as (n, K), without stay bonus."""
        found = utilities(self.segment, rows, terms, self.rules.income_effect)
        return with_specials(found, self.segment, rows, book, self.rules.income_effect)

    def new_terms(self, book: Book) -> Floats:
        """The book's terms in the units and the precision of the users."""
        return self.segment.terms(book.terms)

    def look(self, book: Book, step: int, everyone: bool) -> Look | None:
        """How users see the labs; None where they know all, as they do in the first choice of a run."""
        views = self.segment.views
        if views is None:
            return None
        views.begin(step)
        return None if everyone or book.size == 0 else views.look(book, step)

    def tastes(self, rows: Any) -> Floats:
        """Task mix times taste for quality, (M, n)."""
        return self.segment.features[: self.segment.mix.shape[0], rows]


def utilities(segment: Segment, rows: Any, terms: Floats, income_effect: str) -> Floats:
    """features . terms of some rows, as (n, K) in the layout that demand prefers; as exact as `terms`."""
    features = segment.features[:, rows].astype(terms.dtype, copy=False)
    if income_effect != "log":
        return (terms @ features).T
    width = segment.mix.shape[0]
    value = terms[:, :width] @ features[:width] + terms[:, -1:]
    money = -(terms[:, width:-1] @ features[width:-1])
    left = 1.0 - money / bounded(segment.income[rows] / segment.purse).astype(features.dtype)
    with np.errstate(divide="ignore", invalid="ignore"):
        cost = segment.price_weight[rows].astype(features.dtype) * np.log(np.where(left > 0, left, 0.0))
    return np.asarray(value + cost).T


def with_specials(found: Floats, segment: Segment, rows: Any, book: Book, income_effect: str) -> Floats:
    """Utilities (n, K) of some rows, with those of special groups by the price list that they meet."""
    if book.specials:
        number = np.arange(segment.size)[rows]
        for group in book.specials:
            mine = np.flatnonzero(group.rows[number])
            if mine.size:
                terms = segment.terms(book.terms_of(group), found.dtype)
                found[mine] = utilities(segment, number[mine], terms, income_effect)
                found[np.ix_(mine, book.out_of_reach(group))] = -np.inf
    return found


class Individual(_Base):
    """One offer per slot; demand is drawn (or, without taste noise, the best offer)."""

    def __init__(self, segment: Segment, users: Users, step_years: float) -> None:
        super().__init__(segment, users, step_years)
        self.offer = np.full(segment.size, -1, dtype=np.int32)
        # Of the last choice: whose tier is dropped is still its lab's user.
        self.nest = np.full(segment.size, -1, dtype=np.int32)

    def choose(self, book: Book, streams: Streams, step: int, *, everyone: bool = False) -> None:
        size = self.segment.size
        place = _lookup(book.id, np.arange(book.size), self.offer)
        for group in (g for g in book.specials if g.barred):  # who may not stay is where its offer is gone
            place[group.rows & np.isin(place, book.out_of_reach(group))] = -1
        gone = (place < 0) & (self.offer >= 0)
        if self.reconsider < 1.0 and not everyone:
            again = gone | (streams.uniform(f"{self.name}.reconsider", step, size) < self.reconsider)
            rows = np.flatnonzero(again)
        else:
            rows = np.arange(size)
        draws = streams.uniform(f"{self.name}.choice", step, size)
        terms = self.new_terms(book)
        numbers = np.append(book.id, -1).astype(np.int32)
        labels = np.append(book.nest, -1).astype(np.int32)
        look = self.look(book, step, everyone)
        for start in range(0, rows.size, CHUNK):
            part = rows[start : start + CHUNK]
            if book.size == 0:
                self.offer[part] = self.nest[part] = -1
                continue
            nest = np.where(place[part] >= 0, book.nest[place[part]], self.nest[part])
            utility = self.utilities(part, terms, book)
            if look is not None:
                present = look.place_of(nest, book.nest)
                utility = utility + look.shift(self.tastes(part), part, present)
            picked = sample_nested(
                utility,
                book.nest,
                draws[part],
                current_lab=nest,
                stay_bonus=self.rules.inertia,
                **self.scales,
            )
            self.offer[part], self.nest[part] = numbers[picked], labels[picked]

    def tally(self, book: Book, population: float) -> Tally:
        seg, width = self.segment, book.size + 1
        cell = _lookup(book.id, np.arange(book.size), self.offer, book.size)
        cell += width * seg.decile.astype(np.int32)
        # One pass over the slots: a matrix with a single one in each column, times what slots add.
        slot = np.arange(seg.size + 1, dtype=np.int32)
        taken = csc_array((np.ones(seg.size), cell, slot), shape=(DECILES * width, seg.size))
        found: Floats = population * (taken @ seg.amounts).reshape(DECILES, width, -1)
        users, volume, hosted = (np.ascontiguousarray(found[:, :, i]) for i in range(3))
        return Tally(users, volume, hosted, found[:, :, 3:].sum(axis=0))

    def lab_shares(self, rows: NDArray[np.intp], book: Book) -> dict[int, Floats]:
        nest = _homes(self.offer[rows], self.nest[rows], book)
        return {int(n): (nest == n).astype(np.float64) for n in np.intersect1d(nest, book.nest)}

    def providers(self, rows: NDArray[np.intp]) -> NDArray[np.int64]:
        return self.offer[rows].astype(np.int64)


class Shares(_Base):
    """Probabilities of each offer by row: demand without sampling noise."""

    def __init__(self, segment: Segment, users: Users, step_years: float) -> None:
        super().__init__(segment, users, step_years)
        self.ids = np.empty(0, dtype=np.int64)
        self.nest = np.empty(0, dtype=np.int64)
        self.share: Floats = np.empty((segment.size, 0))

    def _carried(self, book: Book) -> Floats:
        """Last step's shares laid out over this step's offers."""
        carried: Floats = np.zeros((self.segment.size, book.size))
        at = {int(n): i for i, n in enumerate(self.ids)}
        for place, number in enumerate(book.id):
            if int(number) in at:
                carried[:, place] = self.share[:, at[int(number)]]
        for group in book.specials:
            carried[np.ix_(group.rows, book.out_of_reach(group))] = 0.0
        return carried

    def choose(self, book: Book, streams: Streams, step: int, *, everyone: bool = False) -> None:
        carried = self._carried(book)
        phi = 1.0 if everyone else self.reconsider
        if book.size:
            nests = np.unique(book.nest)
            member = (book.nest[:, None] == nests[None, :]).astype(float)
            stays = (1.0 - phi) * carried
            # Who chooses, by present nest and, last, without one: who reconsiders, and whose offer is gone.
            home = _homes(self.ids, self.nest, book)
            mine = self.share @ (home[:, None] == nests[None, :]).astype(float) - stays @ member
            everybody = phi + (1.0 - phi) * (self.share.sum(1) - carried.sum(1))
            moving = np.maximum(np.column_stack([mine, everybody - mine.sum(1)]), 0.0)
            share: Floats = stays + self._chosen(book, moving, member, self.look(book, step, everyone))
        else:
            share = carried.copy()
        self.ids, self.nest, self.share = book.id.copy(), book.nest.copy(), share

    def _chosen(self, book: Book, moving: Floats, member: Floats, look: Look | None) -> Floats:
        """What those who choose take, (n, K): moving (n, N + 1) by present nest, last column without.

        member (K, N): which offer is of which nest.
        """
        utility = self.utilities(slice(None), self.new_terms(book), book)
        if look is not None:
            return self._as_seen(utility, book, moving, member.astype(bool), look)
        fresh = choice_probabilities(utility, book.nest, **self.scales)
        total = moving.sum(1, keepdims=True)
        if self.rules.inertia == 0 or self.scales["taste_scale"] == 0:
            return np.asarray(total * fresh)
        boost = np.expm1(min(self.rules.inertia / self.rules.taste_scale, 300.0))  # no overflow below
        lab, now = fresh @ member, moving[:, :-1]
        norm = 1.0 + lab * boost  # a lab's own users meet a larger sum of odds
        rest = moving[:, -1:] + (now / norm).sum(1, keepdims=True)
        moved = lab * rest + now * lab * boost / norm
        ratio = np.where(lab > 0, moved / np.where(lab > 0, lab, 1.0), 0.0)
        return np.asarray(fresh * (ratio @ member.T))

    def _as_seen(
        self, utility: Floats, book: Book, moving: Floats, member: NDArray[np.bool_], look: Look
    ) -> Floats:
        """The same where what users see depends on where they are: one nest after the other."""

        def chances(present: int, bonus: Floats | float) -> Floats:
            here = np.full(self.segment.size, present)
            seen = utility + look.shift(self.tastes(slice(None)), slice(None), here) + bonus
            return choice_probabilities(seen, book.nest, **self.scales)

        found: Floats = moving[:, -1:] * chances(NOBODY, 0.0)
        for column, mine in enumerate(member.T):
            bonus = np.where(mine, self.rules.inertia, 0.0)
            found += moving[:, column, None] * chances(int(look.place[mine][0]), bonus)
        return found

    def tally(self, book: Book, population: float) -> Tally:
        return _tally_matrix(self.segment, self.share, population)

    def lab_shares(self, rows: NDArray[np.intp], book: Book) -> dict[int, Floats]:
        share, home = self.share[rows], _homes(self.ids, self.nest, book)
        return {int(n): share[:, home == n].sum(1) for n in np.unique(book.nest)}

    def providers(self, rows: NDArray[np.intp]) -> NDArray[np.int64]:
        if not self.ids.size:
            return np.full(rows.size, -1, dtype=np.int64)
        share = self.share[rows]
        best = self.ids[share.argmax(1)]
        return np.where(share.max(1) > 1.0 - share.sum(1), best, -1)


class Lumped(_Base):
    """Counts by kind of user and offer; draws binomially who reconsiders, multinomially what."""

    def __init__(self, segment: Segment, users: Users, step_years: float) -> None:
        super().__init__(segment, users, step_years)
        self.ids = np.empty(0, dtype=np.int64)
        self.nest = np.empty(0, dtype=np.int64)
        self.count = segment.slots[:, None].astype(np.int64)  # last column: no AI

    def choose(self, book: Book, streams: Streams, step: int, *, everyone: bool = False) -> None:
        draw = streams.generator(f"{self.name}.lumped", step)
        held = np.zeros((self.segment.size, book.size + 1), dtype=np.int64)
        # Users of offers that are gone, by nest (-1: it is gone too).
        loose = {int(n): np.zeros(self.segment.size, dtype=np.int64) for n in [-1, *np.unique(book.nest)]}
        at = {int(n): i for i, n in enumerate(book.id)}
        for place, (number, nest) in enumerate(zip(self.ids, self.nest, strict=True)):
            if int(number) in at:
                held[:, at[int(number)]] = self.count[:, place]
            else:
                loose[int(nest) if nest in loose else -1] += self.count[:, place]
        for group in book.specials:
            where = np.ix_(group.rows, book.out_of_reach(group))
            loose[-1][group.rows] += held[where].sum(1)
            held[where] = 0
        held[:, -1] = self.count[:, -1]
        moving = draw.binomial(held, 1.0 if everyone else self.reconsider)
        held -= moving
        labels = np.append(book.nest, -1)
        utility = self.utilities(slice(None), self.new_terms(book), book).astype(np.float64)
        for label in np.unique(labels):
            movers = moving[:, labels == label].sum(1) + loose[int(label)]
            if not movers.any():
                continue
            bonus = np.where(book.nest == label, self.rules.inertia, 0.0)
            chance = choice_probabilities(utility + bonus, book.nest, **self.scales)
            rest = np.maximum(1.0 - chance.sum(1, keepdims=True), 0.0)
            table = np.concatenate([chance, rest], axis=1)
            held += draw.multinomial(movers, table / table.sum(1, keepdims=True))
        self.ids, self.nest, self.count = book.id.copy(), book.nest.copy(), held

    def tally(self, book: Book, population: float) -> Tally:
        counts = self.count[:, :-1].astype(np.float64)
        return _tally_matrix(self.segment, counts, population, self.segment.slots)

    def lab_shares(self, rows: NDArray[np.intp], book: Book) -> dict[int, Floats]:
        found: dict[int, Floats] = {}
        home = _homes(self.ids, self.nest, book)
        for label in np.unique(book.nest):
            mine = self.count[rows][:, :-1][:, home == label].sum(1)
            found[int(label)] = mine / self.segment.slots[rows]
        return found

    def providers(self, rows: NDArray[np.intp]) -> NDArray[np.int64]:
        return np.append(self.ids, -1)[self.count[rows].argmax(1)]


def make_choices(segment: Segment, users: Users, step_years: float) -> Choices:
    """The state that the scenario asks for."""
    if users.engine == "lumped":
        return Lumped(segment, users, step_years)
    if users.demand == "expected":
        return Shares(segment, users, step_years)
    return Individual(segment, users, step_years)


def _homes(ids: NDArray[Any], nest: NDArray[Any], book: Book) -> NDArray[np.int64]:
    """Whose users those of some offers are: the present nest's (a tier may be sold), or the last one's."""
    place = _lookup(book.id, np.arange(book.size), ids) if ids.size else np.empty(0, dtype=np.intp)
    return np.where(place >= 0, book.nest[place] if book.size else NOBODY, nest)


def _lookup(
    ids: NDArray[np.int64], places: NDArray[Any], offer: NDArray[Any], none: int = -1
) -> NDArray[np.int32]:
    """Place of each offer number in the book, `none` where it is not on sale (or none)."""
    top = int(max(ids.max(initial=-1), offer.max(initial=-1))) + 2
    table = np.full(top, none, dtype=np.int32)  # offer -1 reads the last entry, which stays `none`
    table[ids] = places
    return np.asarray(table[offer])


def _tally_matrix(
    segment: Segment, share: Floats, population: float, counts: NDArray[Any] | None = None
) -> Tally:
    """Tally from a matrix of shares (n, K), or of counts when the slots of each row are given."""
    total = np.ones(segment.size) if counts is None else counts.astype(np.float64)
    full = np.concatenate([share, (total - share.sum(1))[:, None]], axis=1)
    weight = segment.weight.astype(np.float64) * population
    mass = full * weight[:, None]
    group = (segment.decile[None, :] == np.arange(DECILES)[:, None]).astype(np.float64)
    scale, over = segment.scale.astype(np.float64), 1 + segment.overhead.astype(np.float64)
    metered = mass * scale[:, None]
    return Tally(
        group @ mass,
        group @ metered,
        group @ (metered * over[:, None]),
        metered.T @ segment.mix.T.astype(np.float64),
    )
