"""What an outcome depends on: indices through SALib, with intervals and a guard against luck.

saltelli                  Sobol indices: first order, total, of pairs if the design has them
morris                    elementary effects: mu*, mu, sigma
latin-hypercube, sobol    first-order indices from the sample as it is (RBD-FAST)

Several seeds at a point are averaged first, so the indices are those of the mean outcome. What luck is
left in the mean looks to a total index like an interaction of everything with everything. `luck` is the
total index that a factor without any effect gets from it (n seeds, rest of the table of points and seeds):

    luck = s2_rest / (n Var(mean over seeds))

A factor counts as told from luck only if its index, less its error at a level shared between all factors
(Bonferroni), is above that; with one seed the luck is not known, and total indices are not judged.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from scipy import stats

from experiments.analysis.frames import Floats

Method = Literal["sobol", "morris", "given"]
RESAMPLES = 400
HALVINGS = 100
SHUFFLES = 4000
LEVEL = 0.05
HARMONICS = 10
LEAST = {"sobol": 8, "morris": 3, "given": 4 * HARMONICS}
"""Base points, trajectories, points below which an index would be made of nothing."""
Z = float(stats.norm.ppf(0.975))


@dataclass(frozen=True)
class Index:
    """An index of one factor (or pair of factors)."""

    factor: str
    value: float
    half: float
    """Half-width of the 95 % interval."""
    clear: bool | None
    """Told from zero and from luck; None: cannot be judged."""

    @property
    def low(self) -> float:
        """Lower end of the interval."""
        return self.value - self.half

    @property
    def high(self) -> float:
        """Upper end of the interval."""
        return self.value + self.half


@dataclass(frozen=True)
class Indices:
    """All indices of one outcome in one cell."""

    method: Method
    blocks: int
    """Base points (saltelli), trajectories (morris) or points that are whole."""
    seeds: int
    main: tuple[Index, ...]
    """First order; mu* for morris."""
    total: tuple[Index, ...] = ()
    """Total; sigma for morris, which has no interval."""
    pairs: tuple[Index, ...] = ()
    signed: Mapping[str, float] = field(default_factory=dict)
    """Direction: mu for morris, else Spearman's rank correlation of factor and outcome."""
    luck: float = math.nan
    """Total index (for morris mu*) that luck alone gives; NaN with one seed."""
    constant: bool = False
    """The outcome is the same at every point: there is nothing to explain."""

    @property
    def told(self) -> bool:
        """Whether there are any indices: an outcome that varies, at enough whole points."""
        return any(one.value == one.value for one in self.main)

    def order(self) -> list[str]:
        """Factors, the most important first: by total index, mu* or first-order index."""
        ranked = self.total if self.method == "sobol" else self.main
        return [one.factor for one in sorted(ranked, key=lambda one: -one.value)]


def sobol(values: Floats, factors: Sequence[str], *, second_order: bool = False, seed: int = 1) -> Indices:
    """Sobol indices from a Saltelli design; values (points, seeds) in SALib's order, NaN where missing.

    A base point with a missing run is left out whole.
    """
    from SALib.analyze import sobol as salib

    width = len(factors)
    held = _blocks(values, width * (2 if second_order else 1) + 2)
    table = held.reshape(-1, held.shape[2])
    means = table.mean(axis=1)
    blocks, seeds = held.shape[0], held.shape[2]
    if blocks < LEAST["sobol"] or _flat(means):
        return Indices("sobol", blocks, seeds, _none(factors), _none(factors), constant=_same(means))
    with _quiet():
        found = salib.analyze(
            _problem(factors), means, calc_second_order=second_order, num_resamples=RESAMPLES, seed=seed
        )
    luck = _luck(table)
    main = _judged(factors, found["S1"], found["S1_conf"], 0.0)
    total = _judged(factors, found["ST"], found["ST_conf"], luck)
    pairs: tuple[Index, ...] = ()
    if second_order:
        names = [(i, j) for i in range(width) for j in range(i + 1, width)]
        pairs = _judged(
            [f"{factors[i]} × {factors[j]}" for i, j in names],
            [found["S2"][i, j] for i, j in names],
            [found["S2_conf"][i, j] for i, j in names],
            0.0,
        )
    return Indices("sobol", blocks, seeds, main, total, pairs, luck=luck)


def morris(unit: Floats, values: Floats, factors: Sequence[str], *, levels: int, seed: int = 1) -> Indices:
    """Elementary effects; unit (points, factors) in the unit cube, so that mu* is per whole range."""
    from SALib.analyze import morris as salib

    size = len(factors) + 1
    held = _blocks(values, size)
    use = _whole_blocks(values, size)
    table = held.reshape(-1, held.shape[2])
    blocks, seeds = held.shape[0], held.shape[2]
    means = table.mean(axis=1)
    if blocks < LEAST["morris"] or _flat(means):
        return Indices("morris", blocks, seeds, _none(factors), _none(factors), constant=_same(means))
    cube = unit[: use.size * size].reshape(use.size, size, -1)[use].reshape(-1, len(factors))
    with _quiet():
        found = salib.analyze(
            _problem(factors), cube, table.mean(axis=1),
            num_resamples=RESAMPLES, num_levels=levels, seed=seed,
        )  # fmt: skip
    step = levels / (2.0 * (levels - 1.0))
    noise = _rest(table) / seeds
    luck = math.sqrt(2.0 / math.pi) * math.sqrt(2.0 * noise) / step if seeds > 1 else math.nan
    main = _judged(factors, found["mu_star"], found["mu_star_conf"], luck)
    spread = tuple(Index(f, float(s), math.nan, None) for f, s in zip(factors, found["sigma"], strict=True))
    signed = {f: float(m) for f, m in zip(factors, found["mu"], strict=True)}
    return Indices("morris", blocks, seeds, main, spread, signed=signed, luck=luck)


def given(unit: Floats, values: Floats, factors: Sequence[str], *, seed: int = 1) -> Indices:
    """First-order indices from any sample of the unit cube: unit (points, factors), values (points, seeds).

    Told from luck: above what the best of all factors reaches in 95 of 100 shuffles of the outcome.
    """
    from SALib.analyze import rbd_fast as salib

    use = np.isfinite(values).all(axis=1)
    cube, table = unit[use], values[use]
    points, seeds = table.shape
    means = table.mean(axis=1) if points else np.zeros(0)
    if points < LEAST["given"] or _flat(means):
        return Indices("given", points, seeds, _none(factors), constant=_same(means))
    rng = np.random.default_rng(seed)
    with _quiet():
        found = salib.analyze(_problem(factors), cube, means, M=HARMONICS, num_resamples=HALVINGS, seed=rng)
    edge = _edge(means, len(factors), rng)
    main = tuple(
        Index(name, float(value), float(half), bool(value > edge))
        for name, value, half in zip(factors, found["S1"], found["S1_conf"], strict=True)
    )
    return Indices("given", points, seeds, main, signed=direction(cube, means, factors), luck=_luck(table))


def direction(unit: Floats, means: Floats, factors: Sequence[str]) -> dict[str, float]:
    """Spearman's rank correlation of each factor with the outcome; 0 where a factor never moves."""
    ranks = stats.rankdata(means)
    found = {}
    for name, column in zip(factors, unit.T, strict=True):
        flat = _flat(column) or _flat(ranks)
        found[name] = 0.0 if flat else float(np.corrcoef(stats.rankdata(column), ranks)[0, 1])
    return found


def _edge(means: Floats, factors: int, rng: np.random.Generator) -> float:
    """What the best of so many first-order indices stays below in 95 of 100 shuffles of the outcome.

    Along any factor a shuffled outcome is in random order, so one set of random orders serves them all.
    """
    from scipy.signal import periodogram

    shuffled = rng.permuted(np.tile(means, (SHUFFLES, 1)), axis=1)
    power = periodogram(shuffled, axis=1)[1][:, 1:]
    share = power[:, :HARMONICS].sum(axis=1) / power.sum(axis=1)
    bias = 2.0 * HARMONICS / means.size
    plain = share - bias / (1.0 - bias) * (1.0 - share)  # as SALib takes off the bias of few points
    return float(np.quantile(plain, (1.0 - LEVEL) ** (1.0 / factors)))


def _judged(
    factors: Sequence[str], values: Sequence[float], halves: Sequence[float], luck: float
) -> tuple[Index, ...]:
    """Clear: above luck by its error at the level shared between all factors."""
    stretch = float(stats.norm.ppf(1.0 - LEVEL / (2.0 * len(factors)))) / Z
    return tuple(
        Index(f, float(v), float(h), None if math.isnan(luck) else bool(v - stretch * h > luck))
        for f, v, h in zip(factors, values, halves, strict=True)
    )


def _none(factors: Sequence[str]) -> tuple[Index, ...]:
    return tuple(Index(one, math.nan, math.nan, None) for one in factors)


def _whole_blocks(values: Floats, size: int) -> Any:
    count = values.shape[0] // size
    return np.isfinite(values[: count * size]).reshape(count, size, -1).all(axis=(1, 2))


def _blocks(values: Floats, size: int) -> Floats:
    """Whole blocks, (blocks, size, seeds)."""
    count = values.shape[0] // size
    held: Floats = values[: count * size].reshape(count, size, values.shape[1])[_whole_blocks(values, size)]
    return held


def _rest(table: Floats) -> float:
    """Variance of one run that is neither the point's nor the seed's own."""
    points, seeds = table.shape
    if points < 2 or seeds < 2:
        return math.nan
    rest = table - table.mean(axis=1, keepdims=True) - table.mean(axis=0, keepdims=True) + table.mean()
    return float(np.sum(rest**2) / ((points - 1) * (seeds - 1)))


def _luck(table: Floats) -> float:
    whole = float(table.mean(axis=1).var())
    return _rest(table) / table.shape[1] / whole if whole > 0.0 else math.nan


def _flat(values: Floats) -> bool:
    """Whether all are the same but for rounding."""
    return values.size == 0 or bool(np.ptp(values) <= 1e-12 * max(float(np.abs(values).max()), 1e-300))


def _same(values: Floats) -> bool:
    """Whether there are several and all are the same."""
    return values.size > 1 and _flat(values)


def _problem(factors: Sequence[str]) -> dict[str, Any]:
    return {"num_vars": len(factors), "names": list(factors), "bounds": [[0.0, 1.0]] * len(factors)}


@contextmanager
def _quiet() -> Iterator[None]:
    """SALib speaks of pandas and of constant resamples; neither is news to whoever reads the interval."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield
