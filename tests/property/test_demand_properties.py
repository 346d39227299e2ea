"""What must hold for any market: demand and best responses."""

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from model.mechanisms.demand import choice_probabilities, log_sum_surplus, sample_nested
from model.mechanisms.response import best_response, own_profit, situation

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
