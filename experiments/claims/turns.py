"""On which parameter a sign turns: a tree of at most two cuts, with its accuracy on points not seen.

A cut is reported only if a cut as good is rare when the signs are dealt out by chance (permutation of the
signs over the points, all parameters searched again each time). That rules out the best of thirty
parameters looking like a cause. It must also call points that it has not seen better than always naming the
commoner sign does: else nobody is told anything.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

CUTS = np.arange(1, 16) / 16.0
LEAST = 0.08  # share of the points that each side of a cut must keep
SHUFFLES = 500
CHANCE = 0.01  # how rare a cut as good must be by chance
FOLDS = 5
WORTH = 0.03  # accuracy on unseen points that a tree must add to the commoner sign, and a second cut to one


@dataclass(frozen=True)
class Side:
    """One condition: a dimension above (or below) a share of its range."""

    dimension: int
    cut: float
    above: bool

    def holds(self, cube: Floats) -> Flags:
        """Which points meet it, (n,)."""
        over: Flags = cube[:, self.dimension] >= self.cut
        return over if self.above else ~over


@dataclass(frozen=True)
class Box:
    """A leaf of the tree."""

    sides: tuple[Side, ...]
    count: int
    held: int

    @property
    def share(self) -> float:
        """Share of its points in which the sign holds."""
        return self.held / self.count if self.count else float("nan")


@dataclass(frozen=True)
class Turn:
    """What the sign turns on."""

    boxes: tuple[Box, ...]
    """Leaves, the one in which the sign holds most first."""
    accuracy: float
    """Share of points called rightly by a tree that has not seen them (five folds)."""
    majority: float
    """The same for always naming the commoner sign."""
    chance: float
    """How often shuffled signs give a first cut as good."""


def find(cube: Floats, held: Flags) -> Turn | None:
    """The tree, or None if the signs are all alike, no cut is better than chance, or it foretells nothing.

    cube (n, d): points in the unit cube; held (n,): whether the sign holds.
    """
    n = held.size
    if n < 16 or held.all() or not held.any():
        return None
    masks, keys = _masks(cube)
    best = _gains(masks, held[None, :]).max()
    if not best > 0.0:
        return None
    rng = np.random.default_rng(n)
    shuffled = rng.permuted(np.tile(held, (SHUFFLES, 1)), axis=1)
    lucky = _gains(masks, shuffled).max(axis=1)
    chance = float((1 + np.sum(lucky >= best * (1.0 - 1e-9))) / (SHUFFLES + 1))
    if chance > CHANCE:
        return None
    one, two = _accuracy(cube, held, 1), _accuracy(cube, held, 2)
    depth = 2 if two >= one + WORTH else 1
    leaves = _grow(cube, held, np.ones(n, dtype=np.bool_), (), depth, masks, keys)
    ordered = tuple(sorted(leaves, key=lambda box: -box.share))
    accuracy, majority = two if depth == 2 else one, float(max(held.mean(), 1 - held.mean()))
    if accuracy < majority + WORTH:
        return None
    return Turn(ordered, accuracy, majority, chance)


def _masks(cube: Floats) -> tuple[Floats, list[tuple[int, float]]]:
    """Points above each cut of each dimension, (cuts, n), and which cut it is."""
    keys = [(d, float(c)) for d in range(cube.shape[1]) for c in CUTS]
    above = np.array([cube[:, d] >= c for d, c in keys], dtype=np.float64)
    return above, keys


def _gains(masks: Floats, held: NDArray[np.generic]) -> Floats:
    """Fall of the Gini impurity by each cut for each row of signs, (rows, cuts); 0 for uneven cuts."""
    signs = np.asarray(held, dtype=np.float64)
    n = signs.shape[1]
    above, hit = masks.sum(axis=1), signs @ masks.T
    below, rest = n - above, signs.sum(axis=1, keepdims=True) - hit
    total = signs.sum(axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = hit * (1.0 - hit / above) + rest * (1.0 - rest / below)
        gain = (total * (1.0 - total / n) - parts) / n
    even = (above >= LEAST * n) & (below >= LEAST * n)
    return np.where(even[None, :] & np.isfinite(gain), gain, 0.0)


def _grow(
    cube: Floats,
    held: Flags,
    use: Flags,
    sides: tuple[Side, ...],
    depth: int,
    masks: Floats,
    keys: list[tuple[int, float]],
) -> list[Box]:
    inside = held[use]
    box = Box(sides, int(inside.size), int(inside.sum()))
    if depth == 0 or inside.size < 8 or inside.all() or not inside.any():
        return [box]
    gains = _gains(masks[:, use], inside[None, :])[0]
    place = int(np.argmax(gains))
    if not gains[place] > 0.0:
        return [box]
    dimension, cut = keys[place]
    leaves = []
    for above in (True, False):
        side = Side(dimension, cut, above)
        leaves += _grow(cube, held, use & side.holds(cube), (*sides, side), depth - 1, masks, keys)
    same = len({leaf.share >= 0.5 for leaf in leaves}) == 1
    return [box] if sides and same else leaves  # a second cut that calls both sides alike says nothing


def _accuracy(cube: Floats, held: Flags, depth: int) -> float:
    """Share of points called rightly by the tree grown on the other folds."""
    fold = np.arange(held.size) % FOLDS
    right = 0
    for k in range(FOLDS):
        seen = fold != k
        masks, keys = _masks(cube[seen])
        leaves = _grow(cube[seen], held[seen], np.ones(int(seen.sum()), np.bool_), (), depth, masks, keys)
        new, truth = cube[~seen], held[~seen]
        for box in leaves:
            here = np.ones(truth.size, dtype=np.bool_)
            for side in box.sides:
                here &= side.holds(new)
            right += int(np.sum(truth[here] == (box.share >= 0.5)))
    return right / held.size
