"""Whether there are enough points or seeds: the same numbers from the first of them, then from more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from experiments.analysis.frames import Floats
from experiments.analysis.indices import Indices
from experiments.analysis.pairs import Effect, paired


@dataclass(frozen=True)
class Step:
    """A number and its 95 % interval from the first `count` points, base points or seeds."""

    count: int
    value: float
    low: float
    high: float


def growth(count: int, least: int = 4) -> list[int]:
    """Doubling numbers up to `count`, itself included."""
    found = [count]
    while found[-1] // 2 >= least:
        found.append(found[-1] // 2)
    return found[::-1]


def index_paths(
    analyse: Callable[[int], Indices], blocks: int, factors: Sequence[str], *, least: int = 8
) -> dict[str, list[Step]]:
    """Path of the leading index (total, mu* or first order) of each factor.

    analyse(n) uses the first n blocks.
    """
    paths: dict[str, list[Step]] = {one: [] for one in factors}
    for n in growth(blocks, least):
        found = analyse(n)
        for one in found.total if found.method == "sobol" else found.main:
            if one.factor in paths and one.value == one.value:
                paths[one.factor].append(Step(n, one.value, one.low, one.high))
    return {name: steps for name, steps in paths.items() if steps}


def effect_path(differences: Floats, *, sampled: bool, blocks: int = 1) -> list[Step]:
    """A paired effect from the first seeds; with too few of them from the first points.

    differences (points, seeds), finite.
    """
    points, seeds = differences.shape

    def part(n: int) -> Effect:
        mine = differences[:, :n] if by_seed else differences[: n * blocks]
        return paired(mine, sampled=sampled, blocks=blocks, resamples=2)

    by_seed = seeds >= 4
    if not by_seed and not (sampled and points // blocks >= 8):
        return []
    counts = (
        range(2, seeds + 1) if by_seed and seeds <= 40 else growth(seeds if by_seed else points // blocks)
    )
    steps = [(n, part(n)) for n in counts]
    return [Step(n, one.mean, one.low, one.high) for n, one in steps if one.known]
