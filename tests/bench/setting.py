"""The industries that are measured, and a stopwatch for the parts of a step.

Parts are measured in processor time of this process, so that other work on the same cores does not
count; on cores of one's own it is the time on the wall. Whole steps and runs are measured both ways.

`listed`: 8 labs of 3 tiers each, all decisions on but entry and exit; a tier costs nothing to keep, so
that menus stay full. `real`: the industry at the end of 2024 as shipped, again without entry and exit:
27 sites to clear, and self-hosted models on top of what labs sell. `restless`: the listed industry with
all users reconsidering in every step, not a quarter of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from time import perf_counter, process_time
from typing import Any
from unittest.mock import patch

import numpy as np

from agents.demand import Individual
from model import Industry, Scenario, schedule
from model.mechanisms.demand import sample_nested
from model.phases import accounts, compute_market
from model.recorder import Recorder

SEED = 7
LABS, TIERS, QUARTERS = 8, 3, 40
SIZES = (10_000, 30_000, 100_000, 300_000, 1_000_000)
NO_TURNOVER = {"labs.adapt.entry": False, "labs.adapt.exit": False}

_LISTED: dict[str, Any] = {
    "labs.start": "list",
    "labs.max_tiers": TIERS,
    "labs.tier_cost_usd_year": 0.0,
    "labs.explicit": [
        {
            "name": f"Lab {i + 1}",
            "appeal": 0.3 * (i % 4),
            "training_flop": 2e25 * (1.0 + 0.5 * (i % 3)),
            "cash_usd": 2e9,
            "tiers": [{"depth": 4.0**k} for k in range(TIERS)],
        }
        for i in range(LABS)
    ],
    "compute.sites": [
        {"name": f"Site {i + 1}", "region": region, "power_mw": 1500.0}
        for i, region in enumerate(("US", "US", "EU", "CN"))
    ],
}


def scenario(start: str, users: int) -> Scenario:
    """The industry `start` ("listed", "real" or "restless") with so many users."""
    changes = NO_TURNOVER | ({"labs.data_count": LABS} if start == "real" else _LISTED)
    if start == "restless":
        changes = changes | {"users.reconsider_per_quarter": 1.0}
    return Scenario.load("mixed").override(changes | {"users.count": users, "horizon.steps": QUARTERS})


def industry(start: str, users: int) -> Industry:
    """That industry at its start."""
    return Industry(scenario(start, users), rng=SEED)


def offers_met(model: Industry) -> float:
    """Offers on sale to a user, on average over persons and firms."""
    books = model.books()
    return sum(s.size * books[s.kind].size for s in model.segments) / sum(s.size for s in model.segments)


class Kernel:
    """Processor seconds of the nested-logit kernel over all users x offers of an industry as it stands.

    alone: `sample_nested` given the utilities; with_stay: the same with the bonus for staying with the
    present lab, as in a step; with_utilities: and with the matrix product that makes the utilities.
    """

    def __init__(self) -> None:
        self.alone: list[float] = []
        self.with_stay: list[float] = []
        self.with_utilities: list[float] = []

    def measure(self, model: Industry) -> None:
        """Time all three on the present offers."""
        alone = stay = product = 0.0
        for kind, book in model.books().items():
            choices = model.choices[kind]
            assert isinstance(choices, Individual)
            size = choices.segment.size
            draws = np.random.default_rng(SEED).random(size, dtype=np.float32)
            nest_of = np.full(int(max(book.id.max(), choices.offer.max())) + 2, -1)
            nest_of[book.id] = book.nest
            present = nest_of[choices.offer]
            begin = process_time()
            utility = choices.utilities(slice(None), choices.new_terms(book), book)
            product += process_time() - begin
            begin = process_time()
            sample_nested(utility, book.nest, draws, **choices.scales)
            alone += process_time() - begin
            bonus = choices.rules.inertia
            begin = process_time()
            sample_nested(utility, book.nest, draws, current_lab=present, stay_bonus=bonus, **choices.scales)
            stay += process_time() - begin
        self.alone.append(alone)
        self.with_stay.append(stay)
        self.with_utilities.append(stay + product)


# Part of a step -> the functions that it consists of; what is left over is "rest".
PARTS: dict[str, list[tuple[object, str]]] = {
    "labs": [(schedule, "decide_together"), (schedule, "decide_reports"), (Industry, "outlook")],
    "choice": [(Individual, "choose")],
    "tally": [(accounts, "consumption")],
    "market": [(compute_market, n) for n in ("reserve_blocks", "clear_market", "build")],
    "record": [(Recorder, "record")],
}


class Stopwatch:
    """Processor seconds spent in each part, one dictionary per step."""

    def __init__(self) -> None:
        self.steps: list[dict[str, float]] = []
        self._now: dict[str, float] = {}

    def step(self, model: Industry) -> None:
        """Run and time one step."""
        self._now = dict.fromkeys(PARTS, 0.0)
        wall, begin = perf_counter(), process_time()
        model.step()
        whole, wall = process_time() - begin, perf_counter() - wall
        rest = whole - sum(self._now.values())
        self.steps.append(self._now | {"rest": rest, "whole": whole, "wall": wall})

    @contextmanager
    def attached(self) -> Iterator[None]:
        """Count the time of the parts while this lasts."""
        with ExitStack() as stack:
            for part, places in PARTS.items():
                for owner, name in places:
                    stack.enter_context(patch.object(owner, name, self._counted(part, getattr(owner, name))))
            yield

    def _counted(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def run(*args: Any, **kwargs: Any) -> Any:
            begin = process_time()
            try:
                return function(*args, **kwargs)
            finally:
                self._now[part] = self._now.get(part, 0.0) + process_time() - begin

        return run

    def median(self, part: str) -> float:
        """Median seconds of a part over the steps."""
        return float(np.median([step[part] for step in self.steps]))
