"""Malicious actors: columns of budgets, tasks wanted and trouble, and the channel that each would take.

They are a sample of unknown people: shares are what counts. Their use of compute and their payments
are left out of the accounts (see docs/ODD.md, section 7.14).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.book import Book
from model.catalogue import FoundationModel
from model.knowhow import PERSON, Knowhow
from model.mechanisms.misuse import api_open_to, best_channel, depth_bought
from model.streams import Streams

Floats = NDArray[np.float64]
Ids = NDArray[np.int64]


@dataclass(frozen=True)
class Actors:
    """n actors; all columns (n,)."""

    budget_usd: Floats  # a year
    tasks: Floats  # dangerous ones wanted in a year
    few: NDArray[np.bool_]
    trouble: Floats  # of running a model, against the median actor


class Way(NamedTuple):
    """What each actor gets through a channel, (n,): -inf, no model and depth 0 where it is shut."""

    level_oom: Floats
    model: Ids
    depth: Floats


class Reached(NamedTuple):
    """Ways by channel (API, open, leaked), the channel taken and the level reached, (n,)."""

    ways: tuple[Way, Way, Way]
    channel: Ids
    level_oom: Floats

    @property
    def model(self) -> Ids:
        """The model taken; -1 = none."""
        return np.stack([w.model for w in self.ways])[self._place]

    @property
    def depth(self) -> Floats:
        """The depth at which it is used."""
        return np.stack([w.depth for w in self.ways])[self._place]

    @property
    def _place(self) -> tuple[Ids, Ids]:
        return np.maximum(self.channel, 0), np.arange(self.channel.size)


def draw_actors(know: Knowhow, streams: Streams) -> Actors | None:
    """The actors of a run; None = none. Each column has a stream of its own."""
    rules = know.scenario.misuse
    if rules.actors == 0:
        return None
    size = rules.actors
    budget = streams.generator("misuse.budget").standard_normal(size)
    few = streams.generator("misuse.tasks").random(size) < rules.few_share
    skill = streams.generator("misuse.skill").standard_normal(size)
    return Actors(
        rules.budget_usd_year * np.exp(rules.budget_spread * budget),
        np.where(few, rules.few_tasks_year, rules.many_tasks_year),
        few,
        np.exp(rules.skill_spread * skill),
    )


def reach(
    actors: Actors,
    books: dict[int, Book],
    models: list[FoundationModel],
    know: Knowhow,
    flop_price: float,
    first_price: float,
) -> Reached:
    """What each actor reaches in a dangerous task by each channel, within his budget.

    models: whose weights are open or leaked. flop_price, first_price: USD per training FLOP, now and
    at the start.
    """
    api = _by_api(actors, books, know)
    open_ = [m for m in models if m.open_weights]
    leaked = [m for m in models if not m.open_weights]
    ways = (
        api,
        _by_weights(actors, open_, know, flop_price, first_price),
        _by_weights(actors, leaked, know, flop_price, first_price),
    )
    return Reached(ways, *best_channel(*(w.level_oom for w in ways)))


def _by_api(actors: Actors, books: dict[int, Book], know: Knowhow) -> Way:
    """Offers of labs, at the depth that they give to a dangerous task; what is mitigated gives less."""
    rules, feared = know.scenario.misuse, know.feared
    level, depth, price, least, number = [], [], [], [], []
    for channel, book in books.items():
        for k, tier in enumerate(book.tiers if feared.any() else []):
            dangerous = np.where(feared, book.profile.capability[k], -np.inf)
            place = int(dangerous.argmax())
            used = float(book.profile.depth[k, place])
            level.append(float(dangerous[place]) - tier.model.mitigation_oom)
            depth.append(used)
            # a task is paid by its compute: deeper than the mean task, dearer
            price.append(tier.price_usd / book.tasks_per_step * used / float(book.profile.mean_depth[k]))
            least.append(tier.price_usd if channel == PERSON else 0.0)
            number.append(tier.model.id)
    if not level:
        return _shut(actors)
    ok = api_open_to(
        actors.budget_usd,
        actors.tasks,
        np.array(price),
        np.array(least),
        detection=rules.detection,
        account_usd=rules.account_usd,
        accounts=rules.accounts_year,
    )
    return _best(np.where(ok, np.array(level), -np.inf), np.array(depth), np.array(number))


def _by_weights(
    actors: Actors, models: list[FoundationModel], know: Knowhow, flop_price: float, first_price: float
) -> Way:
    """Weights on rented hardware, safeguards stripped first; leaked ones run at an illicit host, stripped."""
    if not models:
        return _shut(actors)
    rules, fringe = know.scenario.misuse, know.scenario.open_weights
    size = np.array([m.parameters for m in models])
    leaked = np.array([not m.open_weights for m in models])
    retail = 1.0 + fringe.retail_markup
    task_flop = np.array([know.flop_per_task(m.parameters) for m in models])
    per_pass = flop_price * know.technology.inference_price_ratio * task_flop
    node_hour = rules.node_usd_hour * flop_price / first_price
    hours = rules.setup_hours * np.maximum(1.0, size / rules.node_parameters)
    restore = np.array([m.tamper_share * m.training_flop for m in models]) * flop_price * retail
    trouble = actors.trouble[:, None]
    setup = np.where(leaked, 0.0, trouble * hours * node_hour + restore)
    own = retail * (1.0 + fringe.overhead * trouble)
    unit = per_pass * np.where(leaked, 1.0 + fringe.host_overhead, own)
    depth = depth_bought(actors.budget_usd[:, None], setup, actors.tasks[:, None], unit)
    base = np.broadcast_to(np.array([m.base_oom for m in models]), depth.shape)
    beyond, distilled = np.array([(m.elicitation_oom, m.distilled_oom) for m in models]).T
    level = know.dangerous(base, depth, beyond, distilled)
    level = np.where(depth >= know.technology.minimum_depth, level, -np.inf)
    return _best(level, depth, np.array([m.id for m in models]))


def _best(level: Floats, depth: Floats, number: Ids) -> Way:
    """The best of the options of each actor; level (n, K), depth (n, K) or (K,), number (K,)."""
    place = level.argmax(axis=1)
    best = level[np.arange(place.size), place]
    used = np.broadcast_to(depth, level.shape)[np.arange(place.size), place]
    out = best > -np.inf
    return Way(best, np.where(out, number[place], -1), np.where(out, used, 0.0))


def _shut(actors: Actors) -> Way:
    n = actors.tasks.size
    return Way(np.full(n, -np.inf), np.full(n, -1, dtype=np.int64), np.zeros(n))
