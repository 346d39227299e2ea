"""Docking: three engines of demand, one law. Slots that draw, counts that draw, and shares."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from agents.book import Book
from agents.demand import Choices, Individual, Lumped, Shares, make_choices
from model import Industry, simulate
from model.streams import Streams
from tests.support.small import small

TYPES, COUNT, REPLICATIONS = 12, 600, 120
LEAVER = 0  # the leader
BASE = {
    "users.types": TYPES,
    "users.count": COUNT,
    "labs.data_count": 3,
    "users.inertia": 2.0,
    "users.reconsider_per_quarter": 0.8,
}
ENGINES: dict[str, dict[str, Any]] = {
    "individual": {},
    "lumped": {"users.engine": "lumped"},
    "expected": {"users.demand": "expected"},
}


@dataclass(frozen=True)
class Market:
    """The users of an engine, the offers at first and later (leader and a tier gone, prices up)."""

    industry: Industry
    first: Book
    later: Book


def market(engine: str, loyal: float = 2.0) -> Market:
    changes = BASE | ENGINES[engine] | {"users.inertia": loyal}
    industry = Industry(small("inference-at-deployment", changes), rng=5)
    tiers = industry.labs[1].menus[0]
    tiers.append(replace(tiers[0], id=1000, price_usd=1.1 * tiers[0].price_usd))
    first = industry.books()[0]
    industry.labs[LEAVER].menus = {}
    del tiers[0]
    for tier in industry.labs[2].menus[0]:
        tier.price_usd *= 1.5
    return Market(industry, first, industry.books()[0])


def counts(choices: Choices, book: Book) -> NDArray[np.float64]:
    """Slots on each offer and, last, on none."""
    found = np.zeros(book.size + 1)
    if isinstance(choices, Individual):
        for number, slots in zip(*np.unique(choices.offer, return_counts=True), strict=True):
            found[book.positions.get(int(number), book.size)] += slots
        return found
    assert isinstance(choices, Lumped | Shares)
    held = choices.count[:, :-1] if isinstance(choices, Lumped) else choices.share
    for number, slots in zip(choices.ids, held.sum(0), strict=True):
        found[book.positions[int(number)]] += slots
    found[-1] = choices.segment.slots.sum() - found.sum()
    return found


def replicate(engine: str, loyal: float = 2.0) -> tuple[NDArray[Any], NDArray[Any]]:
    """Counts by offer in many worlds: at the start, and after a step in which some reconsider."""
    place = market(engine, loyal)
    segment, users = place.industry.segments[0], place.industry.settings.users
    start, end = [], []
    for seed in range(1 if engine == "expected" else REPLICATIONS):
        choices = make_choices(segment, users, 0.25)
        streams = Streams(1000 * len(engine) + seed)
        choices.choose(place.first, streams, 0, everyone=True)
        start.append(counts(choices, place.first))
        choices.choose(place.later, streams, 1)
        end.append(counts(choices, place.later))
    return np.array(start), np.array(end)


def agree(a: NDArray[Any], b: NDArray[Any]) -> None:
    """Two sets of counts (worlds, offers) have one law: totals by chi-square, spread by KS."""
    table = np.stack([a.sum(0), b.sum(0)])
    table = table[:, table.sum(0) >= 20]
    assert table.shape[1] >= 3
    assert stats.chi2_contingency(table).pvalue > 1e-3
    for offer in np.flatnonzero(a.mean(0) > 5):
        assert stats.ks_2samp(a[:, offer], b[:, offer]).pvalue > 1e-3


def test_the_same_kinds_of_user_live_in_all_engines() -> None:
    places = {engine: market(engine).industry.segments[0] for engine in ENGINES}
    lumped, drawn = places["lumped"], places["individual"]
    assert lumped.size == TYPES and drawn.size == lumped.slots.sum() > TYPES
    np.testing.assert_array_equal(np.unique(drawn.income), np.sort(lumped.income))
    mass = float((lumped.weight * lumped.slots).sum())
    assert mass == pytest.approx(float(drawn.weight.sum()), rel=1e-12)
    np.testing.assert_allclose(places["expected"].income, drawn.income, rtol=1e-6)


def test_individual_and_lumped_agree_in_law() -> None:
    one, other = replicate("individual"), replicate("lumped")
    agree(one[0], other[0])
    agree(one[1], other[1])


@pytest.mark.parametrize("engine", ["individual", "lumped"])
@pytest.mark.parametrize("loyal", [0.0, 2.0])
def test_expected_demand_is_the_mean_of_what_is_drawn(engine: str, loyal: float) -> None:
    """Within four standard errors, at the start and after a step in which a lab has left."""
    for drawn, exact in zip(replicate(engine, loyal), replicate("expected", loyal), strict=True):
        error = drawn.std(0, ddof=1) / np.sqrt(len(drawn))
        gap = np.abs(drawn.mean(0) - exact[0])
        assert (gap <= 4 * error + 0.05).all(), (gap / np.maximum(error, 1e-9)).round(1)


def test_whole_runs_agree_in_law() -> None:
    """Adoption and its concentration after three steps of the whole industry, over seeds."""
    found = {}
    for engine in ("individual", "lumped"):
        few = {"horizon.steps": 3, "users.business_share": 0.0, "labs.adapt.entry": False}
        runs = [simulate(small(changes=BASE | ENGINES[engine] | few), seed) for seed in range(8)]
        last = [run.metrics.iloc[-1] for run in runs]
        found[engine] = np.array([[m["adoption"], m["hhi_users"]] for m in last])
    a, b = found["individual"], found["lumped"]
    error = np.sqrt(a.var(0, ddof=1) / len(a) + b.var(0, ddof=1) / len(b))
    assert (error < 0.1 * a.mean(0)).all()  # else the comparison would say nothing
    assert (np.abs(a.mean(0) - b.mean(0)) <= 4 * error).all()


def test_more_slots_change_the_sampling_error_only() -> None:
    """Drawn demand tends to expected demand: the error of a tenfold sample is a third."""
    gaps = []
    for count in (200, 2000):
        errors = []
        for engine in ("individual", "expected"):
            changes = {"users.count": count, "labs.data_count": 3, "users.business_share": 0.0}
            industry = Industry(small(changes=changes | ENGINES[engine]), rng=5)
            choices, book = industry.choices[0], industry.books()[0]
            worlds = []
            for seed in range(40 if engine == "individual" else 1):
                choices.choose(book, Streams(seed), 1, everyone=True)
                worlds.append(counts(choices, book)[-1] / count)
            errors.append(np.array(worlds))
        gaps.append(float(np.sqrt(((errors[0] - errors[1]) ** 2).mean())))
    assert 2.0 < gaps[0] / gaps[1] < 5.0


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("step_years", [0.25, 1.0])
def test_only_those_who_reconsider_move(engine: str, step_years: float) -> None:
    """All prices become forbidding: who reconsiders stops buying, and nobody else does."""
    changes = BASE | ENGINES[engine] | {"users.reconsider_per_quarter": 0.3, "users.business_share": 0.0}
    alone = {"open_weights.self_hosting": False, "open_weights.hosts": False}
    off = alone | {"horizon.step_years": step_years}
    industry = Industry(small("inference-at-deployment", changes | off), rng=5)
    choices = industry.choices[0]
    for tier in [tier for lab in industry.labs for tier in lab.tiers]:
        tier.price_usd *= 1e6
    book = industry.books()[0]
    assert not book.hosted
    before = float(counts(choices, book)[:-1].sum())
    choices.choose(book, Streams(3), 1)
    after = float(counts(choices, book)[:-1].sum())
    stay = 0.7 ** (step_years / 0.25)
    error = 0.0 if engine == "expected" else np.sqrt(before * stay * (1 - stay))
    assert before > 100
    assert after == pytest.approx(before * stay, abs=4 * error + 1e-6 * before)
