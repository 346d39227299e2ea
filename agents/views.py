"""What users know of labs: how well they see a lab's capability, and which labs they look at at all.

Both limits act on users who reconsider. The first choice of a run stands for what users had settled on
before it and is made with full information, so that runs with and without limits start alike.

Perception. A user misjudges the capability of a lab that it is not with by an error that is normal, in
OOM, and held: it is drawn once by slot and model (a lab's first flagship, its second, ...) and shrinks
like the error of a mean as reports come in. In utils it is the error times the user's own value of an OOM
at the lab's offers, their mean: a first-order expansion, the same for all offers of the lab.

Consideration. A user looks at its present lab, at the price leader (the lab with the cheapest offer in
the channel, the more capable one of equally cheap ones) and at some other labs drawn anew each step.
Open models that users run themselves belong to their maker: who looks at the maker sees them too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.book import Book
from model.catalogue import FoundationModel
from model.sections.users import Users
from model.streams import Streams

Floats = NDArray[np.floating[Any]]
NOBODY = -1  # the present lab of who has none
NEVER = 2.0  # a draw that is never among the smallest


@dataclass(frozen=True, eq=False)
class Look:
    """The labs of a book as n users see them; J labs, M task classes.

    labs (J,) numbers; place (K,) the lab of each offer; leader: place of the price leader, NOBODY if
    no lab sells; slope (J, M) mean value of an OOM by task; error (J, n) OOM, or None if all see well;
    luck (J, n) uniforms, or None if all are looked at; others: how many labs are drawn.
    """

    labs: NDArray[np.int64]
    place: NDArray[np.intp]
    leader: int
    slope: Floats
    error: Floats | None
    luck: Floats | None
    others: int

    def place_of(self, nest: NDArray[Any], nests: NDArray[Any]) -> NDArray[np.intp]:
        """Place of the lab of users' nest, (n,), NOBODY where it is not on sale; nests (K,) of the offers."""
        labels, first = np.unique(nests, return_index=True)
        at = np.minimum(np.searchsorted(labels, nest), labels.size - 1)
        return np.where(labels[at] == nest, self.place[first[at]], NOBODY)

    def misjudgement(self, features: Floats, rows: Any) -> Floats:
        """What users who are not with a lab think too much of it, utils, (J, n).

        features (M, n): task mix times taste of those rows.
        """
        if self.error is None:
            return np.zeros((self.labs.size, features.shape[1]), dtype=features.dtype)
        return np.asarray((self.slope.astype(features.dtype) @ features) * self.error[:, rows])

    def considered(self, rows: Any, present: NDArray[Any]) -> NDArray[np.bool_]:
        """Whether users look at a lab, (J, n); present (n,) the place of their lab or NOBODY."""
        size = self.labs.size
        if self.luck is None or self.others >= size:
            return np.ones((size, present.size), dtype=bool)
        draw = self.luck[:, rows]  # a copy if rows are numbers, and made one if they are a slice
        draw = draw.copy() if isinstance(rows, slice) else draw
        settled = np.flatnonzero(present != NOBODY)
        draw[present[settled], settled] = NEVER
        if self.leader != NOBODY:
            draw[self.leader] = NEVER
        seen = np.zeros(draw.shape, dtype=bool)
        np.put_along_axis(seen, np.argpartition(draw, self.others - 1, axis=0)[: self.others], True, axis=0)
        seen[present[settled], settled] = True
        if self.leader != NOBODY:
            seen[self.leader] = True
        return seen

    def pull(self, features: Floats, rows: Any, present: NDArray[Any]) -> Floats:
        """What their view adds to users' utility of each lab's offers, (J, n); -inf if they do not look."""
        change = self.misjudgement(features, rows)
        settled = np.flatnonzero(present != NOBODY)
        change[present[settled], settled] = 0.0
        change[~self.considered(rows, present)] = -np.inf
        return change

    def shift(self, features: Floats, rows: Any, present: NDArray[Any]) -> Floats:
        """The same by offer, (n, K)."""
        return np.asarray(self.pull(features, rows, present)[self.place].T)

    def newly(self, luck: Floats, present: NDArray[Any]) -> NDArray[np.bool_]:
        """Whether users would look at one lab more whose draw is `luck`, (n,), besides those of the book."""
        if self.luck is None:
            return np.ones(present.size, dtype=bool)
        ahead = self.luck < luck  # drawn before it
        settled = np.flatnonzero(present != NOBODY)
        ahead[present[settled], settled] = False
        if self.leader != NOBODY:
            ahead[self.leader] = False
        return np.asarray(ahead.sum(axis=0) < self.others)


class Views:
    """Views of labs held by the users of a segment, and the draws behind whom they look at."""

    def __init__(self, name: str, size: int, users: Users, step_years: float, streams: Streams) -> None:
        self.name, self.size, self.rules, self.dt = name, size, users, step_years
        self.streams = streams
        self.step = 0
        self.begun = False  # whether users have made their first choice
        self._order: dict[int, dict[int, int]] = {}  # lab -> its models in the order in which users met them
        self._held: dict[int, tuple[int, Floats]] = {}  # lab -> number of its flagship and views of it

    def begin(self, step: int) -> None:
        """Users have chosen."""
        self.begun, self.step = True, step

    def look(self, book: Book, step: int) -> Look:
        """How all users of the segment see a book in a step."""
        return self._look(book, step, slice(None), f"{self.name}.look", step)

    def research(self, book: Book, rows: NDArray[np.intp]) -> Look | None:
        """How respondents see it: their own views, and draws by the same law; None before the start.

        Whom a respondent looks at does not change from step to step, so that labs can compare.
        """
        return self._look(book, self.step, rows, f"{self.name}.research", 0) if self.begun else None

    def newcomer(self, lab: int, rows: NDArray[np.intp]) -> tuple[Floats, Floats]:
        """Error (n,), OOM, and draw (n,) with which respondents would meet a lab that they do not know."""
        sigma = self.rules.perception_noise_oom
        error = sigma * self._drawn(lab, len(self._order.get(lab, {})))[rows] if sigma else np.zeros(1)
        return error, self._luck(f"{self.name}.research", 0, lab, rows.size)

    def whereabouts(self, size: int) -> Floats:
        """Draws, (size,), that settle where a respondent is who is with several labs in part."""
        return self.streams.uniform(f"{self.name}.research", 0, size)

    def _look(self, book: Book, step: int, rows: Any, name: str, luck_step: int) -> Look:
        labs, place = np.unique(book.lab, return_inverse=True)
        slope = np.stack([book.marginal[place == j].mean(axis=0) for j in range(labs.size)])
        error = luck = None
        if self.rules.perception_noise_oom > 0:
            error = np.stack([self._error(book, int(lab), step)[rows] for lab in labs])
        if self.rules.consideration > 0:
            size = self.size if isinstance(rows, slice) else rows.size
            luck = np.stack([self._luck(name, luck_step, int(lab), size) for lab in labs])
        return Look(
            labs, place, _leader(book, labs), slope, error, luck, self.rules.consideration or labs.size
        )

    def _error(self, book: Book, lab: int, step: int) -> Floats:
        """What users think too much of a lab's flagship, OOM, (size,)."""
        offered: list[FoundationModel] = [t.model for t in book.tiers] + [h.model for h in book.hosted]
        models = {m.id: m for m in offered if m.lab == lab}
        for number in sorted(models):
            known = self._order.setdefault(lab, {})
            known.setdefault(number, len(known))
        best = max(models.values(), key=lambda m: (m.base_oom, m.id))
        number = self._order[lab][best.id]
        if self._held.get(lab, (-1, None))[0] != number:
            self._held[lab] = (number, self._drawn(lab, number))
        years = max(0, step - best.released_step) * self.dt
        spread = self.rules.perception_noise_oom / np.sqrt(1.0 + self.rules.perception_reports_year * years)
        return np.asarray(np.float32(spread) * self._held[lab][1])

    def _drawn(self, lab: int, number: int) -> Floats:
        draw = self.streams.generator(f"{self.name}.view.{lab}", number)
        return draw.standard_normal(self.size, dtype=np.float32)

    def _luck(self, name: str, step: int, lab: int, size: int) -> Floats:
        return self.streams.uniform(f"{name}.{lab}", step, size)


def make_views(name: str, size: int, users: Users, step_years: float, streams: Streams) -> Views | None:
    """The views of a segment's users; None where nothing is limited."""
    if users.perception_noise_oom == 0 and users.consideration == 0:
        return None
    return Views(name, size, users, step_years, streams)


def _leader(book: Book, labs: NDArray[np.int64]) -> int:
    """Place of the lab with the cheapest offer."""
    sold = len(book.tiers)
    if sold == 0:
        return NOBODY
    order = np.lexsort((book.lab[:sold], -book.profile.mean_capability[:sold], book.price[:sold]))
    return int(np.searchsorted(labs, book.lab[order[0]]))
