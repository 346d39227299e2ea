"""What must hold for any market: demand and best responses."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from agents.book import Book
from agents.demand import Individual
from agents.surplus import surplus_usd
from agents.users import make_segments
from model import Industry
from model.mechanisms.demand import choice_probabilities, log_sum_surplus, sample_nested
from model.mechanisms.response import best_response, own_profit, situation
from model.streams import Streams
from tests.support.small import small, theory

OFFERS = 5
utilities = arrays(np.float64, (4, OFFERS), elements=st.floats(-8, 8) | st.just(-np.inf))
finite = arrays(np.float64, (4, OFFERS), elements=st.floats(-8, 8))
labels = arrays(np.int64, OFFERS, elements=st.integers(0, 2))
scales = st.tuples(st.floats(0.05, 3), st.sampled_from([0.0, 0.02, 0.3, 1.0]))


def market(scale: tuple[float, float], outside: float | None) -> dict[str, Any]:
    return {
        "taste_scale": scale[0],
        "within_lab_scale": scale[0] * scale[1],
        "outside_utility": outside,
    }


@given(utilities, labels, scales)
def test_probabilities_sum_to_one_and_the_unavailable_has_none(
    u: np.ndarray, labs: np.ndarray, scale: tuple[float, float]
) -> None:
    covered = choice_probabilities(u, labs, **market(scale, None))
    served = (u > -np.inf).any(axis=1)
    np.testing.assert_allclose(covered.sum(axis=1), np.where(served, 1.0, 0.0), atol=1e-12)
    assert (covered[u == -np.inf] == 0.0).all()
    assert (covered >= 0.0).all()
    # the outside option as one more lab's offer takes exactly what is missing
    open_market = choice_probabilities(u, labs, **market(scale, 0.4))
    more = np.hstack([u, np.full((4, 1), 0.4)])
    with_lab = choice_probabilities(more, np.append(labs, 9), **market(scale, None))
    np.testing.assert_allclose(with_lab[:, :-1], open_market, atol=1e-12)
    np.testing.assert_allclose(with_lab[:, -1], 1 - open_market.sum(axis=1), atol=1e-12)


@given(utilities, labels, st.lists(st.floats(0, 1, exclude_max=True), min_size=4, max_size=4))
def test_the_unavailable_is_never_sampled(u: np.ndarray, labs: np.ndarray, draws: list[float]) -> None:
    picked = sample_nested(u, labs, draws, **market((1.0, 0.3), None))
    padded = np.hstack([u, np.full((4, 1), -np.inf)])
    taken = padded[np.arange(4), picked] > -np.inf
    np.testing.assert_array_equal(taken, (u > -np.inf).any(axis=1))


@given(finite, labels, scales, st.integers(0, OFFERS - 1), st.floats(0, 5))
def test_a_dearer_offer_is_never_bought_more(
    u: np.ndarray, labs: np.ndarray, scale: tuple[float, float], offer: int, rise: float
) -> None:
    before = choice_probabilities(u, labs, **market(scale, 0.0))
    dearer = u.copy()
    dearer[:, offer] -= rise
    after = choice_probabilities(dearer, labs, **market(scale, 0.0))
    assert (after[:, offer] <= before[:, offer] + 1e-12).all()
    assert (1 - after.sum(axis=1) >= 1 - before.sum(axis=1) - 1e-12).all()


@given(finite, labels, scales, st.integers(-20, 20))
def test_a_constant_for_all_changes_nothing(
    u: np.ndarray, labs: np.ndarray, scale: tuple[float, float], shift: int
) -> None:
    u = np.round(u, 2)
    base, moved = market(scale, 0.5), market(scale, 0.5 + shift)
    p = choice_probabilities(u, labs, **base)
    if scale[1] > 0.0:  # with a deterministic tier, rounding of the sum may break a tie
        np.testing.assert_allclose(choice_probabilities(u + shift, labs, **moved), p, atol=1e-9)
    surplus = log_sum_surplus(u, labs, **base)
    np.testing.assert_allclose(log_sum_surplus(u + shift, labs, **moved), surplus + shift, atol=1e-9)


@given(finite, st.permutations(range(OFFERS)))
def test_order_of_offers_does_not_matter(u: np.ndarray, order: list[int]) -> None:
    labs = np.array([0, 0, 1, 1, 2])
    p = choice_probabilities(u, labs, **market((1.0, 0.3), 0.0))
    shuffled = choice_probabilities(u[:, order], labs[order], **market((1.0, 0.3), 0.0))
    np.testing.assert_allclose(shuffled, p[:, order], atol=1e-13)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 10_000),
    st.sampled_from(["linear", "log"]),
    st.sampled_from([1.0, 0.3]),
    st.sampled_from([0.0, 0.4]),
)
def test_no_small_deviation_beats_a_best_response(
    seed: int, effect: Any, within: float, advert: float
) -> None:
    rng = np.random.default_rng(seed)
    types = 200
    income = np.exp(rng.normal(1.0, 0.5, types))
    value = rng.uniform(0, 2, (types, 1)) + np.array([0.0, 0.8, 1.5])
    cost, rivals = np.array([[0.1, 0.4, 0.9]]), rng.normal(0, 1, (1, types))
    arguments: dict[str, Any] = {
        "weight": rng.random(types) / types,
        "price_coefficient": 1 / income if effect == "linear" else np.full(types, 1.5),
        "taste_scale": 1.0,
        "within_lab_scale": within,
        "income": income,
        "income_effect": effect,
        "advert": advert,
    }
    best = best_response(value[None], cost, rivals, **arguments)
    assert (best.prices >= 0.0).all()
    assert np.isfinite(best.prices).all()
    case = situation(value[None], cost, rivals, **arguments)
    # With the log income effect a tier goes out of reach of one type after the other: profit has a
    # kink at each type's income, and hence tiny local maxima on a sample of 200 types.
    slack = 1e-9 if effect == "linear" else 5e-3
    for size in (1e-4, 1e-2, 0.1):
        other = np.maximum(best.prices + size * rng.normal(size=(30, 3)), 0.0)
        for prices in other:
            profit, _ = own_profit(case, prices[None])
            assert profit[0] <= best.profit[0] * (1 + slack)


EFFECTS: dict[str, dict[str, Any]] = {
    "linear": {},
    "log": {"users.income_effect": "log"},
    "quasi": {"users.income_effect": "quasi", "users.price_sensitivity": 0.02},
}
PLACES: dict[str, Industry] = {}


def place(effect: str) -> Industry:
    """An industry at its start, made once."""
    if effect not in PLACES:
        changes = {"users.count": 400, "labs.data_count": 3} | EFFECTS[effect]
        PLACES[effect] = Industry(small("inference-at-deployment", changes), rng=5)
    return PLACES[effect]


def in_other_money(effect: str, k: float) -> tuple[Any, list[tuple[Individual, Book]]]:
    """Rules, and the choices of all users of that industry, with all money times k."""
    industry = place(effect)
    users = industry.settings.users
    changes: dict[str, Any] = {
        "users.wealth.median_usd_year": users.wealth.median_usd_year * k,
        "users.business_budget_usd_year": users.business_budget_usd_year * k,
    }
    if effect == "quasi":
        changes["users.price_sensitivity"] = users.price_sensitivity / k
    dear = industry.settings.override(changes)
    found = []
    for segment in make_segments(dear, Streams(industry.seed)):
        book = industry.books()[segment.kind]
        book = replace(
            book,
            tiers=[replace(t, price_usd=t.price_usd * k) for t in book.tiers],
            hosted=[replace(h, unit_usd=h.unit_usd * k, setup_usd=h.setup_usd * k) for h in book.hosted],
        )
        choices = Individual(segment, dear.users, 0.25)
        choices.choose(book, Streams(9), 1, everyone=True)
        found.append((choices, book))
    return dear.users, found


@pytest.mark.parametrize("effect", EFFECTS)
@settings(max_examples=25, deadline=None)
@given(exponent=st.integers(-180, 160))
@example(exponent=100)
def test_the_unit_of_money_does_not_matter_to_a_bit(effect: str, exponent: int) -> None:
    """Single precision ends at 2^128: money of any size that may be given is chosen by alike."""
    k = 2.0**exponent
    if effect == "quasi" and not 0.02 / k <= 1e9:
        return  # beyond the bounds of the sensitivity
    (users, base), (dear, found) = in_other_money(effect, 1.0), in_other_money(effect, k)
    for (one, cheap), (other, book) in zip(base, found, strict=True):
        np.testing.assert_array_equal(other.offer, one.offer)
        assert len(np.unique(one.offer)) > 3
        np.testing.assert_array_equal(other.segment.income, one.segment.income * k)
        np.testing.assert_array_equal(other.tally(book, 1e6).load, one.tally(cheap, 1e6).load)
        rows = np.arange(0, one.segment.size, 7)
        gain = surplus_usd(one.segment, rows, cheap, users)
        np.testing.assert_allclose(surplus_usd(other.segment, rows, book, dear), gain * k, rtol=1e-12)


@pytest.mark.parametrize("effect", ["linear", "log"])
@pytest.mark.parametrize("k", [1e30, 1e-30, 1e50])
def test_shares_in_other_money_are_the_same(effect: str, k: float) -> None:
    """A factor that is no power of two may move a draw on the edge and nothing else."""
    for (one, _), (other, _) in zip(
        in_other_money(effect, 1.0)[1], in_other_money(effect, k)[1], strict=True
    ):
        assert (one.offer != other.offer).mean() < 0.01


@pytest.mark.parametrize(("poor", "rich"), [(1e-30, 1e30), (1.0, 1e60), (1e-100, 1e60)])
def test_rich_and_poor_beyond_single_precision(poor: float, rich: float) -> None:
    """The poor are priced out, the rich do not mind, and who is between them weighs up."""
    price = 1e5 * (poor * rich) ** 0.5
    labs = [
        {"name": "a", "tiers": [{"depth": 1.0, "cost_usd": 0.0, "capability_oom": 50.0, "price_usd": price}]},
        {"name": "b", "tiers": [{"depth": 1.0, "cost_usd": 0.0, "capability_oom": 10.0, "price_usd": 0.0}]},
    ]
    changes = {
        "users.demand": "sampled",
        "users.count": 300,
        "labs.adapt.price": False,
        "users.wealth.atoms": [poor, price, rich],
    }
    industry = Industry(theory(labs, changes), rng=5)
    choices = industry.choices[0]
    assert isinstance(choices, Individual)
    first = industry.books()[0].id[0]
    for income, share in ((poor, 0.0), (price, 1.0), (rich, 1.0)):
        rows = np.isclose(choices.segment.income, income, rtol=1e-6, atol=0.0)
        assert rows.sum() == 100 and (choices.offer[rows] == first).mean() == share


def test_a_whole_run_in_other_money() -> None:
    """Sampled demand, prices that labs set, a factor beyond single precision: the same shares."""
    ends = []
    for k in (1.0, 2.0**120):
        labs = [
            {
                "name": f"Lab {i}",
                "appeal": 0.3 * i,
                "tiers": [
                    {"depth": 1.0, "cost_usd": 0.2 * k, "capability_oom": 2.0 + i, "price_usd": 1.0 * k}
                ],
            }
            for i in range(2)
        ]
        changes = {
            "users.demand": "sampled",
            "users.count": 500,
            "users.reconsider_per_quarter": 0.4,
            "users.wealth.atoms": [0.5 * k, 1.0 * k, 3.0 * k],
            "horizon.steps": 4,
        }
        industry = Industry(theory(labs, changes), rng=5)
        for _ in range(4):
            industry.step()
        ends.append(industry.results)
    one, other = ends
    np.testing.assert_array_equal(one.tiers["users"], other.tiers["users"])
    np.testing.assert_allclose(other.tiers["price_usd"], one.tiers["price_usd"] * 2.0**120, rtol=1e-9)
    assert one.tiers["users"].min() > 0
