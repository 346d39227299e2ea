"""A user's choice, payment and compute, one user at a time in plain Python, against the columns."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import stats

from agents.book import Book
from agents.demand import Individual, Lumped, Shares
from agents.surplus import surplus_usd
from agents.users import Segment
from model import Industry, Scenario
from model.mechanisms.demand import choice_probabilities
from model.phases.accounts import consumption
from model.streams import Streams
from tests.support.small import run, small

NONE = -1


def money(segment: Segment, row: int, book: Book, offer: int) -> float:
    """What a user pays for an offer in a step, USD.

    Labs and hosts meter by volume; who runs a model oneself pays for compute and trouble.
    """
    scale, extra = float(segment.scale[row]), float(segment.overhead[row])
    if offer < len(book.tiers):
        return book.tiers[offer].price_usd * scale
    own = book.hosted[offer - len(book.tiers)]
    if own.host:
        return own.unit_usd * scale
    return own.unit_usd * scale * (1 + extra) + own.setup_usd


def utility(scenario: Scenario, segment: Segment, row: int, book: Book, offer: int) -> float:
    """Usage-weighted value of the offer less the price, as the specification writes it."""
    users, income = scenario.users, float(segment.income[row])
    worth = sum(
        float(share) * float(segment.taste[row]) * float(value)
        for share, value in zip(segment.mix[:, row], book.profile.value[offer], strict=True)
    )
    worth += float(book.appeal[offer])
    paid = money(segment, row, book, offer)
    if users.income_effect == "quasi":
        return worth - users.price_sensitivity * paid
    if users.income_effect == "log":
        left = 1 - paid / income
        return worth + users.price_sensitivity * math.log(left) if left > 0 else -math.inf
    return worth - users.price_sensitivity * paid / income


def nested_logit(
    utilities: Sequence[float],
    nests: Sequence[int],
    *,
    mu: float,
    within: float,
    outside: float | None,
    present: int = NONE,
    bonus: float = 0.0,
) -> list[float]:
    """Probabilities of the offers: a lab by its inclusive value, then one of its tiers."""
    inclusive: dict[int, float] = {}
    inside: list[float] = []
    for nest in dict.fromkeys(nests):
        mine = [u for u, n in zip(utilities, nests, strict=True) if n == nest]
        top = max(mine)
        if within == 0 or top == -math.inf:
            best = max(k for k, u in enumerate(mine) if u == top)
            inside += [float(k == best) for k in range(len(mine))]
            inclusive[nest] = top
        else:
            odds = [math.exp((u - top) / within) for u in mine]
            inside += [o / sum(odds) for o in odds]
            inclusive[nest] = top + within * math.log(sum(odds))
        if nest == present:
            inclusive[nest] += bonus
    top = max([*inclusive.values(), *([] if outside is None else [outside])])
    total = sum(math.exp((v - top) / mu) for v in inclusive.values())
    total += 0.0 if outside is None else math.exp((outside - top) / mu)
    return [math.exp((inclusive[n] - top) / mu) / total * p for n, p in zip(nests, inside, strict=True)]


def by_hand(
    industry: Industry, kind: int, row: int, book: Book, present: int = NONE, bonus: float = 0.0
) -> list[float]:
    """Choice probabilities of one user."""
    users = industry.settings.users
    segment = industry.segments[kind]
    return nested_logit(
        [utility(industry.settings, segment, row, book, k) for k in range(book.size)],
        [int(n) for n in book.nest],
        mu=users.taste_scale,
        within=users.within_lab_scale,
        outside=None if users.outside_utility == "none" else float(users.outside_utility),
        present=present,
        bonus=bonus,
    )


EXACT = {"users.demand": "expected", "users.quality_taste_spread": 0.4}
CASES: dict[str, dict[str, Any]] = {
    "linear": {},
    "log": {"users.income_effect": "log"},
    "quasi": {"users.income_effect": "quasi", "users.price_sensitivity": 0.02},
    "everybody buys": {"users.outside_utility": "none"},
    "tiers without noise": {"users.within_lab_scale": 0.0},
    "wide tastes": {"users.taste_scale": 3.0, "users.within_lab_scale": 2.0, "users.outside_utility": 1.5},
    "linear link": {"users.link": "linear"},
}


def industry_with(changes: dict[str, Any], steps: int = 1) -> Industry:
    scenario = small("inference-at-deployment", {"users.count": 80, "labs.data_count": 3} | changes)
    return run(scenario, steps)


@pytest.mark.parametrize("case", CASES)
def test_choice_probabilities_user_by_user(case: str) -> None:
    industry = industry_with(EXACT | CASES[case])
    books = industry.books()
    for segment in industry.segments:
        book, choices = books[segment.kind], industry.choices[segment.kind]
        assert isinstance(choices, Shares) and len(book.tiers) > 2
        assert {h.host for h in book.hosted} == {True, False}
        utilities = choices.utilities(slice(None), choices.new_terms(book), book)
        found = choice_probabilities(utilities, book.nest, **choices.scales)
        for row in range(segment.size):
            expected = by_hand(industry, segment.kind, row, book)
            np.testing.assert_allclose(found[row], expected, rtol=1e-9, atol=1e-14)


def test_new_shares_are_the_mean_over_present_labs_with_the_bonus_for_staying() -> None:
    """Users spread over labs and no AI: each part chooses with the bonus for its own lab."""
    industry = industry_with(EXACT | {"users.inertia": 1.3})
    phi = industry.settings.users.reconsider_per_quarter
    for segment in industry.segments:
        book = industry.books()[segment.kind]
        choices = industry.choices[segment.kind]
        assert isinstance(choices, Shares)
        before = choices._carried(book).copy()
        choices.choose(book, industry.streams, 99)
        for row in range(0, segment.size, 7):
            parts = [(1 - before[row].sum(), NONE)]
            parts += [(before[row][book.nest == n].sum(), int(n)) for n in np.unique(book.nest)]
            moved = sum(
                weight * np.array(by_hand(industry, segment.kind, row, book, present, 1.3))
                for weight, present in parts
            )
            expected = (1 - phi) * before[row] + phi * moved
            np.testing.assert_allclose(choices.share[row], expected, rtol=1e-9, atol=1e-13)


def test_users_whose_offer_is_gone_choose_without_a_bonus() -> None:
    """A lab leaves: its users have no lab to be loyal to, whoever else reconsiders."""
    industry = industry_with(EXACT | {"users.inertia": 2.0, "users.business_share": 0.0})
    segment, choices = industry.segments[0], industry.choices[0]
    assert isinstance(choices, Shares)
    full = industry.books()[0]
    before = choices._carried(full).copy()
    leaver = int(full.lab[int(before.sum(0)[: len(full.tiers)].argmax())])
    industry.labs[leaver].menus = {}
    book = industry.books()[0]
    kept = [full.positions[int(i)] for i in book.id]
    choices.choose(book, industry.streams, 99)
    phi = industry.settings.users.reconsider_per_quarter
    for row in range(0, segment.size, 7):
        stay = before[row][kept]
        lost = before[row].sum() - stay.sum()
        assert lost > 0.01
        free = np.array(by_hand(industry, 0, row, book))
        moved = (1 - before[row].sum()) * free
        for nest in np.unique(book.nest):
            here = stay[book.nest == nest].sum()
            moved = moved + here * np.array(by_hand(industry, 0, row, book, int(nest), 2.0))
        expected = (1 - phi) * stay + phi * moved + lost * free
        np.testing.assert_allclose(choices.share[row], expected, rtol=1e-9, atol=1e-13)


def test_users_of_a_dropped_tier_are_still_their_labs() -> None:
    """All of them choose again, with the bonus for the lab: labs that weigh a drop reckon with it."""
    industry = industry_with(EXACT | {"users.inertia": 2.0, "users.business_share": 0.0})
    segment, choices, lab = industry.segments[0], industry.choices[0], industry.labs[0]
    assert isinstance(choices, Shares)
    tiers = lab.menus[0]
    tiers.append(replace(tiers[0], id=10_000, price_usd=1.1 * tiers[0].price_usd))
    choices.choose(industry.books()[0], industry.streams, 98, everyone=True)
    full, before = industry.books()[0], choices.share.copy()
    gone = full.positions[tiers.pop(0).id]
    book = industry.books()[0]
    kept = [full.positions[int(i)] for i in book.id]
    choices.choose(book, industry.streams, 99)
    phi = industry.settings.users.reconsider_per_quarter
    for row in range(0, segment.size, 7):
        stay, lost = before[row][kept], before[row][gone]
        assert lost > 1e-3
        bound = np.array(by_hand(industry, 0, row, book, lab.number, 2.0))
        moved = (1 - before[row].sum()) * np.array(by_hand(industry, 0, row, book))
        for nest in np.unique(book.nest):
            here = stay[book.nest == nest].sum()
            moved = moved + here * np.array(by_hand(industry, 0, row, book, int(nest), 2.0))
        expected = (1 - phi) * stay + phi * moved + lost * bound
        np.testing.assert_allclose(choices.share[row], expected, rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize("case", ["linear", "log", "everybody buys"])
def test_drawn_choices_user_by_user(case: str) -> None:
    """Each user's draw inverts the user's own distribution; who does not reconsider stays."""
    changes = CASES[case] | {"users.inertia": 0.8, "users.count": 200}
    industry = industry_with(changes, steps=2)
    streams, step = industry.streams, 50
    phi = industry.settings.users.reconsider_per_quarter
    for segment in industry.segments:
        name = ("person", "business")[segment.kind]
        book, choices = industry.books()[segment.kind], industry.choices[segment.kind]
        assert isinstance(choices, Individual)
        before = choices.offer.copy()
        choices.choose(book, streams, step)
        again = streams.uniform(f"{name}.reconsider", step, segment.size)
        draws = streams.uniform(f"{name}.choice", step, segment.size)
        moved = 0
        for row in range(segment.size):
            place = book.positions.get(int(before[row]), NONE)
            gone = place == NONE and before[row] != NONE
            if again[row] >= phi and not gone:
                assert choices.offer[row] == before[row]
                continue
            moved += 1
            present = NONE if place == NONE else int(book.nest[place])
            reached = np.cumsum(by_hand(industry, segment.kind, row, book, present, 0.8))
            if np.abs(reached - draws[row]).min() < 1e-4:
                continue  # single precision may fall on either side
            k = int(np.searchsorted(reached, draws[row], side="right"))
            assert choices.offer[row] == (book.id[k] if k < book.size else NONE), row
        assert moved > 0.1 * segment.size


def test_frequencies_follow_the_probabilities() -> None:
    """4,000 draws of a single kind of user, against the scalar reference: chi-square."""
    one = {"users.count": 400, "users.types": 1, "users.business_share": 0.0, "users.inertia": 0.0}
    industry = industry_with(one)
    book, choices = industry.books()[0], industry.choices[0]
    assert isinstance(choices, Individual)
    chance = np.array(by_hand(industry, 0, 0, book))
    chance = np.append(chance, 1 - chance.sum())
    count = np.zeros(book.size + 1)
    for seed in range(10):
        choices.choose(book, Streams(seed), 1, everyone=True)
        places = [book.positions.get(int(o), book.size) for o in choices.offer]
        count += np.bincount(places, minlength=book.size + 1)
    rare = chance * 4000 < 5
    seen = np.append(count[~rare], count[rare].sum())
    wanted = 4000 * np.append(chance[~rare], chance[rare].sum())
    assert (~rare).sum() >= 3
    assert stats.chisquare(seen, wanted).pvalue > 1e-3


@pytest.mark.parametrize("bonus", [0.0, 0.7])
def test_without_taste_noise_everyone_takes_the_best(bonus: float) -> None:
    industry = industry_with({"users.demand": "deterministic", "users.inertia": bonus}, steps=1)
    for segment in industry.segments:
        book, choices = industry.books()[segment.kind], industry.choices[segment.kind]
        assert isinstance(choices, Individual)
        before = choices.offer.copy()
        choices.choose(book, industry.streams, 50, everyone=True)
        for row in range(segment.size):
            place = book.positions.get(int(before[row]), NONE)
            levels = [
                utility(industry.settings, segment, row, book, k)
                + (bonus if place != NONE and book.nest[k] == book.nest[place] else 0.0)
                for k in range(book.size)
            ]
            ranked = sorted([*levels, 0.0])
            if ranked[-1] - ranked[-2] < 1e-9:
                continue
            best = int(np.argmax(levels)) if max(levels) > 0.0 else NONE
            assert choices.offer[row] == (NONE if best == NONE else book.id[best]), row


@pytest.mark.parametrize(
    "changes",
    [
        {"users.count": 150},
        {"users.demand": "expected"},
        {"users.types": 10, "users.engine": "lumped"},
    ],
    ids=["drawn", "expected", "lumped"],
)
def test_payments_and_compute_user_by_user(changes: dict[str, Any]) -> None:
    """Users, money and FLOP by offer and decile, added up one user at a time."""
    industry = industry_with(changes, steps=3)
    books = industry.books()
    use = consumption(industry, books)
    know, population = industry.knowhow, industry.population
    # users bring more tasks as the compute of a task gets cheaper (tests/unit/test_volume.py)
    per_step = industry.settings.users.tasks_per_year * industry.settings.horizon.step_years * industry.volume
    for segment in industry.segments:
        book, choices = books[segment.kind], industry.choices[segment.kind]
        width = book.size + 1
        users, paid, flop = np.zeros((10, width)), np.zeros((10, width)), np.zeros(width)
        for row in range(segment.size):
            for place, held in enumerate(holdings(choices, row, book)):
                if held == 0.0:
                    continue
                mass = held * float(segment.weight[row]) * population
                users[segment.decile[row], place] += mass
                if place == book.size:
                    continue
                paid[segment.decile[row], place] += mass * money(segment, row, book, place)
                owner = (book.tiers + [h.model for h in book.hosted])[place]
                parameters = owner.model.parameters if place < len(book.tiers) else owner.parameters
                depth = float(segment.mix[:, row] @ book.profile.depth[place])
                flop[place] += mass * float(segment.scale[row]) * per_step * depth * (
                    2.0 * parameters * know.technology.tokens_per_task / know.inference_efficiency
                )  # fmt: skip
        tally = use.tally[segment.kind]
        np.testing.assert_allclose(tally.users, users, rtol=1e-9, atol=1e-6)
        np.testing.assert_allclose(use.payments[segment.kind], paid, rtol=1e-5, atol=1e-290)
        np.testing.assert_allclose(use.flop[segment.kind], flop[:-1], rtol=1e-5)
        assert tally.users.sum() == pytest.approx(segment_mass(segment) * population, rel=1e-12)


def holdings(choices: Any, row: int, book: Book) -> list[float]:
    """How many slots of a row (or what share of one) have each offer and, last, none."""
    held = [0.0] * (book.size + 1)
    if isinstance(choices, Individual):
        held[book.positions.get(int(choices.offer[row]), book.size)] = 1.0
        return held
    amount = choices.count[row, :-1] if isinstance(choices, Lumped) else choices.share[row]
    for number, value in zip(choices.ids, amount, strict=True):
        if int(number) in book.positions:
            held[book.positions[int(number)]] += float(value)
    slots = float(choices.segment.slots[row]) if isinstance(choices, Lumped) else 1.0
    held[book.size] = slots - sum(held)
    return held


def segment_mass(segment: Segment) -> float:
    return float((segment.weight * segment.slots).sum())


def test_surplus_user_by_user() -> None:
    """mu ln(sum of odds) against having no AI, in money."""
    industry = industry_with(EXACT)
    users = industry.settings.users
    for segment in industry.segments:
        book = industry.books()[segment.kind]
        rows = np.arange(segment.size)
        found = surplus_usd(segment, rows, book, users)
        for row in rows[::5]:
            chance = 1 - sum(by_hand(industry, segment.kind, int(row), book))
            usd = -users.taste_scale * math.log(chance) * float(segment.income[row])
            assert found[row] == pytest.approx(usd / users.price_sensitivity, rel=1e-7)


def test_segments_add_up_and_deciles_are_tenths() -> None:
    industry = run(small(changes={"users.count": 2000}), 0)
    shares = industry.settings.users.business_share
    persons, firms = industry.segments
    assert segment_mass(persons) == pytest.approx(1 - shares, rel=1e-12)
    assert segment_mass(firms) == pytest.approx(shares, rel=1e-12)
    for segment in industry.segments:
        mass = np.bincount(segment.decile, weights=segment.weight, minlength=10)
        np.testing.assert_allclose(mass, segment_mass(segment) / 10, rtol=0.06)
        np.testing.assert_allclose(segment.mix.sum(0), 1.0, rtol=1e-5)
        poorest = [segment.income[segment.decile == d].min() for d in range(1, 10)]
        richest = [segment.income[segment.decile == d].max() for d in range(9)]
        assert all(a >= b for a, b in zip(poorest, richest, strict=True))


@pytest.mark.parametrize("engine", ["individual", "lumped"])
def test_who_is_bound_to_a_lab_stays_when_its_tier_is_dropped(engine: str) -> None:
    """With a bonus beyond all else every user of the tier takes another one of the lab."""
    changes: dict[str, Any] = {"users.inertia": 60.0, "users.count": 600, "users.business_share": 0.0}
    if engine == "lumped":
        changes |= {"users.engine": "lumped", "users.types": 20}
    industry = industry_with(changes, steps=0)  # at first prices: loyalty is not priced yet
    choices, lab = industry.choices[0], industry.labs[0]
    tiers = lab.menus[0]
    tiers.append(replace(tiers[0], id=10_000, price_usd=1.1 * tiers[0].price_usd))
    choices.choose(industry.books()[0], industry.streams, 98, everyone=True)
    segment = industry.segments[0]
    rows = np.arange(segment.size)
    before = choices.lab_shares(rows, industry.books()[0])[lab.number] * segment.slots
    tiers.pop(0)
    choices.choose(industry.books()[0], industry.streams, 99)
    after = choices.lab_shares(rows, industry.books()[0])[lab.number] * segment.slots
    assert before.sum() > 20 and (after >= before - 1e-9).all()
