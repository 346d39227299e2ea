"""Who holds what, whatever the engine: entries of a sparse table of users by offer."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.book import Book
from agents.demand import Choices, Individual, Lumped, Shares
from agents.users import DECILES, Segment

Floats = NDArray[np.float64]


class Holdings(NamedTuple):
    """Entries: row of the segment, place in the book, simulated users there (a share of one, or many)."""

    row: NDArray[np.intp]
    place: NDArray[np.intp]
    slots: Floats


def holdings(choices: Choices, book: Book) -> Holdings:
    """What users hold of a book from which they have just chosen; who has no AI is left out."""
    held: NDArray[Any]
    if isinstance(choices, Individual):
        top = max(int(book.id.max(initial=-1)), int(choices.offer.max(initial=-1)))
        place = np.full(top + 2, -1)  # the last entry stays -1: no AI reads it
        place[book.id] = np.arange(book.size)
        at = place[choices.offer]
        row = np.flatnonzero(at >= 0)
        return Holdings(row, at[row], np.ones(row.size))
    if isinstance(choices, Shares):
        held = choices.share
    elif isinstance(choices, Lumped):
        held = choices.count[:, :-1].astype(np.float64)
    else:
        raise TypeError(f"no holdings of {type(choices).__name__}")
    row, at = np.nonzero(held)
    return Holdings(row, at, held[row, at].astype(np.float64))


def logged_flop(choices: Choices, segment: Segment, book: Book, population: float, limit: Floats) -> Floats:
    """FLOP per step of labs' customers who each use more than `limit` (n,) FLOP a step, by offer, (K,)."""
    held = holdings(choices, book)
    mix = segment.mix[:, held.row].astype(np.float64)
    each = segment.scale[held.row] * np.einsum("me,em->e", mix, book.flop_per_unit[held.place])
    seen = (each > limit[held.row]) & ~book.self_hosted[held.place]
    mass = segment.weight[held.row] * population * held.slots
    return np.bincount(held.place[seen], weights=(each * mass)[seen], minlength=book.size)


def vouchers_usd(choices: Choices, segment: Segment, book: Book, population: float) -> Floats:
    """What the state pays of users' prices, USD per step, by wealth decile and offer, (10, K + 1)."""
    held, width = holdings(choices, book), book.size + 1
    paid = np.zeros(DECILES * width)
    for group in book.specials:
        mine = group.rows[held.row]
        row, place = held.row[mine], held.place[mine]
        usd = group.subsidy(book.price.copy(), len(book.tiers))[place]
        mass = segment.weight[row] * population * held.slots[mine]
        cell = segment.decile[row].astype(np.int64) * width + place
        paid += np.bincount(cell, weights=mass * usd, minlength=paid.size)
    return paid.reshape(DECILES, width)
