"""Users as columns: who they are (fixed) and what they have chosen (state), by segment.

No Python loop over users, ever: a user is a column of `features`, and utility is one matrix product
of features with the terms of the offers. `agents.user.User` is a view on one slot.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from agents.views import Views, make_views
from model.knowhow import BUSINESS, PERSON
from model.mechanisms.wealth import bin_means_lognormal_pareto
from model.scenario import Scenario
from model.streams import Streams

Floats = NDArray[np.floating[Any]]
DECILES = 10  # groups by wealth, in reports only
EXTRA = 4  # price, own compute, set-up, appeal: the features after the task mix
HARSHEST = 1e30  # utils of one median util of price, at most: beyond it nobody buys, and floats end


@dataclass(eq=False)
class Segment:
    """Rows of one kind of user (person or business); M task classes, n rows.

    slots: simulated users that each row stands for (all one unless the lumped engine is on);
    weight: market users per simulated user, relative to the population; income in USD per step;
    scale: metered volume against a person's (1 for persons); mix (M, n) task shares. Columns of money
    are in double precision, whatever their unit; `features` are in that of the engine, and hence free of
    the unit of money: their three rows of prices are divided by `unit` (powers of two), by which
    `terms` multiplies prices. views: what users know of labs, where that is limited.
    """

    kind: int
    first_slot: int
    slots: NDArray[np.int64]
    weight: Floats
    income: Floats
    scale: Floats
    mix: Floats
    taste: Floats
    overhead: Floats
    price_weight: Floats  # disutility per USD; under the log effect utils of a whole income
    decile: NDArray[np.int8]
    features: Floats  # (M + 4, n)
    unit: Floats = field(default_factory=lambda: np.ones(EXTRA - 1))  # (3,)
    purse: float = 1.0  # under the log effect money is in purses of so many USD (a power of two)
    views: Views | None = None
    region: NDArray[np.int8] | None = None  # place in the list of regions; drawn when a rule asks for it

    @property
    def size(self) -> int:
        """Number of rows n."""
        return int(self.income.size)

    def terms(self, terms: Floats, dtype: DTypeLike | None = None) -> Floats:
        """A book's terms (K, M + 4) in the units and the precision of the features, or in another one."""
        scaled = terms.copy()
        with np.errstate(over="ignore"):
            scaled[:, -EXTRA:-1] *= self.unit
            return scaled.astype(dtype or self.features.dtype)

    @cached_property
    def amounts(self) -> Floats:
        """What a slot adds to its offer, (n, M + 3): users, volume, hosted volume, volume by task."""
        metered = self.weight * self.scale
        made = np.empty((self.size, self.mix.shape[0] + 3))
        made[:, 0], made[:, 1], made[:, 2] = self.weight, metered, metered * (1 + self.overhead)
        np.multiply(self.mix.T, metered[:, None], out=made[:, 3:])
        return made

    @cached_property
    def decile_income(self) -> Floats:
        """Mean income by wealth decile, USD per step, (10,); 0 where a decile is empty."""
        mass = self.weight * self.slots
        total = np.bincount(self.decile, weights=mass, minlength=DECILES)
        added = np.bincount(self.decile, weights=mass * self.income, minlength=DECILES)
        return np.divide(added, total, out=np.zeros(DECILES), where=total > 0)


def make_segments(scenario: Scenario, streams: Streams) -> list[Segment]:
    """The users of a scenario: the same for every regime with the same seed."""
    users = scenario.users
    firms = round(users.count * users.business_share)
    if users.business_share > 0:
        firms = max(1, firms)
    persons = users.count - firms
    made, slot = [], 0
    for kind, count, share in (
        (PERSON, persons, 1.0 - users.business_share),
        (BUSINESS, firms, users.business_share),
    ):
        if count > 0 and share > 0:
            made.append(_segment(kind, count, share, slot, scenario, streams))
            slot += count
    return made


def _segment(kind: int, count: int, share: float, slot: int, scenario: Scenario, streams: Streams) -> Segment:
    users, dt = scenario.users, scenario.horizon.step_years
    name = ("person", "business")[kind]
    atoms = kind == PERSON and bool(users.wealth.atoms)
    kinds = len(users.wealth.atoms) if atoms else min(users.types or count, count)
    kind_of = np.arange(count) % kinds
    income, weight = _incomes(kind, kinds, scenario, streams)
    taste: Floats = np.ones(kinds)
    if atoms and users.quality_tastes:
        taste = np.asarray(users.quality_tastes, dtype=np.float64)
    elif users.quality_taste_spread > 0:
        spread = users.quality_taste_spread
        taste = np.exp(spread * streams.generator(f"{name}.taste").standard_normal(kinds))
    scale: Floats = np.ones(kinds)
    if kind == BUSINESS:
        noise = streams.generator(f"{name}.volume").standard_normal(kinds)
        spread = users.business_volume_spread
        size = users.business_volume_ratio * income / (users.wealth.median_usd_year * dt)
        scale = size * np.exp(spread * noise - spread**2 / 2)
    mix = _mixes(kind, kinds, scenario, streams)
    noise = streams.generator(f"{name}.overhead").standard_normal(kinds)
    spread = scenario.open_weights.overhead_spread
    overhead: Floats = scenario.open_weights.overhead * np.exp(spread * noise - spread**2 / 2)

    slots = np.bincount(kind_of, minlength=kinds)
    weight = share * weight / weight.sum() / slots  # each slot of a kind carries the same weight
    rows = np.arange(kinds) if users.engine == "lumped" else kind_of
    slots = slots if users.engine == "lumped" else np.ones(count, dtype=np.int64)
    exact = users.demand != "sampled"
    dtype: type[np.floating[Any]] = np.float64 if exact else np.float32
    weight = weight[rows]  # in full precision: masses must add up to the population
    taste, overhead = taste[rows].astype(dtype), overhead[rows].astype(dtype)
    mix = np.ascontiguousarray(mix[:, rows], dtype=dtype)
    # Money is rounded as the features are; these hold it in units of powers of two, so that no size is
    # too large for them.
    income, scale = _rounded(income[rows], dtype), _rounded(scale[rows], dtype)
    purse, volume, dislike = _two(income), _two(scale), _two(np.array([users.price_sensitivity]))
    money: Floats = np.full(rows.size, users.price_sensitivity / dislike, dtype=dtype)
    per_usd = dislike
    if users.income_effect == "linear":
        money = bounded(money / bounded(income / purse).astype(dtype))
        per_usd = dislike / purse
    price_weight = money.astype(np.float64) * per_usd
    # Under the log effect the price features hold money; the price term is taken apart later.
    if users.income_effect == "log":
        money, per_usd = np.ones(rows.size, dtype=dtype), 1.0 / purse
    metered = bounded(money * bounded(scale / volume).astype(dtype))
    features: Floats = np.concatenate(
        [
            mix * taste,
            [-metered],
            [-bounded(metered * (1 + overhead))],
            [-money],
            np.ones((1, rows.size)),
        ]
    ).astype(dtype)
    return Segment(
        kind=kind,
        first_slot=slot,
        slots=slots,
        weight=weight,
        income=income,
        scale=scale,
        mix=mix,
        taste=taste,
        overhead=overhead,
        price_weight=price_weight,
        decile=_deciles(income, weight * slots),
        features=features,
        unit=np.array([per_usd * volume, per_usd * volume, per_usd]),
        purse=purse,
        views=make_views(name, rows.size, users, dt, streams),
    )


def _two(values: Floats) -> float:
    """The power of two next to the median, by which numbers of any size come near one unrounded."""
    return float(2.0 ** np.round(np.log2(np.median(values))))


def _rounded(values: Floats, dtype: type[np.floating[Any]]) -> Floats:
    """Rounded to the digits of a precision, whatever their size."""
    digits, power = np.frexp(values)
    return np.asarray(np.ldexp(digits.astype(dtype).astype(np.float64), power))


def bounded(values: Floats) -> Floats:
    """Kept within what single precision can multiply or divide once more; unchanged elsewhere."""
    return np.clip(values, 1.0 / HARSHEST, HARSHEST)


def _incomes(kind: int, kinds: int, scenario: Scenario, streams: Streams) -> tuple[Floats, Floats]:
    """Income (a firm's budget) per step and relative weight of each kind of user, (kinds,)."""
    users, dt = scenario.users, scenario.horizon.step_years
    wealth = users.wealth
    if kind == PERSON and wealth.atoms:
        weights = wealth.atom_weights or [1.0] * kinds
        return np.asarray(wealth.atoms) * dt, np.asarray(weights, dtype=np.float64)
    if kind == PERSON:
        bins = bin_means_lognormal_pareto(
            kinds, wealth.median_usd_year, wealth.sigma, wealth.tail_share, wealth.tail_exponent
        )
    else:
        median = users.business_budget_usd_year * 2.0 ** (1.0 / users.business_tail_exponent)
        bins = bin_means_lognormal_pareto(kinds, median, 1.0, 1.0, users.business_tail_exponent)
    order = streams.generator(f"{('person', 'business')[kind]}.wealth").permutation(kinds)
    return bins[order] * dt, np.ones(kinds)


def _mixes(kind: int, kinds: int, scenario: Scenario, streams: Streams) -> Floats:
    """Task mixes (M, kinds): Dirichlet around the segment's mean."""
    mean = np.array([t.usage if kind == PERSON else t.business_usage for t in scenario.tasks])
    mean = mean / mean.sum()
    concentration = scenario.users.task_concentration
    if concentration == 0 or mean.size == 1:
        return np.repeat(mean[:, None], kinds, axis=1)
    drawn = streams.generator(f"{('person', 'business')[kind]}.mix").gamma(
        concentration * mean, size=(kinds, mean.size)
    )
    drawn += 1e-12 * mean  # a draw of zeros only would leave no task at all
    shares: Floats = (drawn / drawn.sum(axis=1, keepdims=True)).T
    return shares


def _deciles(income: Floats, weight: Floats) -> NDArray[np.int8]:
    """Wealth decile 0-9 of each row inside its segment, by weighted rank."""
    order = np.argsort(income, kind="stable")
    mass = np.cumsum(weight[order], dtype=np.float64)
    middle = (mass - weight[order] / 2) / mass[-1]
    decile = np.empty(income.size, dtype=np.int8)
    decile[order] = np.minimum((middle * DECILES).astype(np.int8), DECILES - 1)
    return decile
