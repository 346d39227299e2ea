"""The compute market by hand and against linear programming (P18)."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from model.mechanisms.compute import (
    clear,
    market_price,
    merit_order,
    place_blocks,
    rental_price,
)

CAPACITY, COST, DEMAND = (50, 80, 40, 30), (1, 1.5, 2.2, 3.5), (60, 75)
TRANSPORT = [[0, 0.2, 0.4, 0.1], [0.3, 0, 0.1, 0.5]]


def test_rental_price():
    price = rental_price([40000, 30000], [1.4, 1.2], [0.07, 0.05], [4, 5], [0.12, 0.1], [0.8, 0.7])
    assert_allclose(price, [2.0016919880461734, 1.3763086144557006], rtol=1e-12)
    # no interest, one year, always sold: the chip plus its power
    assert rental_price(8760.0, 1.0, 0.1, 1.0, 0.0, 1.0) == pytest.approx(1.1)


def test_clearing():
    flow, price, rent = clear(CAPACITY, COST, DEMAND, TRANSPORT)
    assert_allclose(flow, [[50, 10, 0, 0], [0, 70, 5, 0]], atol=1e-9)
    assert_allclose(price, [2.5, 2.3])
    assert_allclose(rent, [1.5, 0.8, 0.0, 0.0], atol=1e-12)
    assert np.sum(flow * (np.array(COST) + TRANSPORT)) == pytest.approx(183.5)


@pytest.mark.parametrize(("compute", "money"), [(1e26, 1e-18), (1e-9, 1e9)])
def test_clearing_is_scale_free(compute, money):
    flow, price, rent = clear(
        np.multiply(CAPACITY, compute),
        np.multiply(COST, money),
        np.multiply(DEMAND, compute),
        np.multiply(TRANSPORT, money),
    )
    assert_allclose(flow / compute, [[50, 10, 0, 0], [0, 70, 5, 0]], atol=1e-9)
    assert_allclose(price / money, [2.5, 2.3])
    assert_allclose(rent / money, [1.5, 0.8, 0.0, 0.0], atol=1e-12)


def test_clearing_says_what_is_missing():
    with pytest.raises(ValueError, match=r"by 65 \(265 > 200\)"):
        clear(CAPACITY, COST, (160, 105), TRANSPORT)
    blocked = [[np.inf] * 4, [0.0] * 4]
    with pytest.raises(ValueError, match="cannot be served"):
        clear(CAPACITY, COST, DEMAND, blocked)


def test_clearing_of_forbidden_links_and_no_demand():
    only_home = [[0.0, np.inf], [np.inf, 0.0]]
    flow, price, _ = clear([10, 10], [1.0, 2.0], [5, 5], only_home)
    assert_allclose(flow, [[5, 0], [0, 5]])
    assert_allclose(price, [1.0, 2.0])
    assert clear([10.0], [1.0], [0.0], [[0.0]]).flow.sum() == 0.0


def test_splitting_a_site_changes_nothing():
    split = [[0, 0.2, 0.2, 0.4, 0.1], [0.3, 0, 0, 0.1, 0.5]]
    flow, price, rent = clear((50, 40, 40, 40, 30), (1, 1.5, 1.5, 2.2, 3.5), DEMAND, split)
    assert_allclose(price, [2.5, 2.3])
    assert_allclose(rent, [1.5, 0.8, 0.8, 0, 0], atol=1e-12)
    assert flow[:, 1:3].sum() == pytest.approx(80)


# Two sites of 10 units at running cost 1 and 3; others buy 8 (p/2)^-1.
SITES = ([10.0, 10.0], [1.0, 3.0])


@pytest.mark.parametrize(
    ("fixed", "price", "other"),
    [
        (2.0, 2.0, 8.0),  # the cheap site is full: 16/p = 8
        (5.0, 3.0, 16 / 3),  # the dear one works in part: p is its running cost
        (16.0, 4.0, 4.0),  # all full: 16/p = 4
        (19.0, 16.0, 1.0),
        (0.0, 1.6, 10.0),
    ],
)
def test_market_price_by_hand(fixed, price, other):
    got = market_price(*SITES, fixed, 8.0, 2.0, 1.0)
    assert_allclose(got, (price, other, 1.0), rtol=1e-13)


def test_market_price_partly_used_cheapest_site():
    assert_allclose(market_price([100.0], [1.0], 4.0, 8.0, 2.0, 1.0), (1.0, 16.0, 1.0))
    assert_allclose(market_price([100.0], [1.0], 4.0, 0.0, 2.0, 1.0), (1.0, 0.0, 1.0))


def test_market_price_rations_labs():
    # the floor is .02 * 8 = .16 at price 2/.02 = 100
    price, other, served = market_price(*SITES, 40.0, 8.0, 2.0, 1.0)
    assert (price, other) == (pytest.approx(100.0), pytest.approx(0.16))
    assert served == pytest.approx((20 - 0.16) / 40)
    # continuous where rationing begins
    edge = market_price(*SITES, 20 - 0.16 - 1e-9, 8.0, 2.0, 1.0)
    assert_allclose(edge, (100.0, 0.16, 1.0), rtol=1e-6)
    nothing = market_price([], [], 5.0, 8.0, 2.0, 1.0)
    assert_allclose(nothing, (100.0, 0.0, 0.0))


def test_market_price_when_power_costs_more_than_others_pay():
    # others are at their floor long before 500; labs still get theirs, at the dear site's cost
    assert_allclose(market_price([10.0], [500.0], 5.0, 8.0, 2.0, 1.0), (500.0, 0.16, 1.0))


def test_market_price_free_power_and_empty_sites():
    price, other, served = market_price([10.0, 0.0], [0.0, 9.0], 2.0, 8.0, 2.0, 1.0)
    assert (price, other, served) == (pytest.approx(2.0), pytest.approx(8.0), 1.0)


def test_market_price_refuses_nonsense():
    with pytest.raises(ValueError, match="elasticity"):
        market_price(*SITES, 2.0, 8.0, 2.0, 0.0)
    with pytest.raises(ValueError, match="negative"):
        market_price(*SITES, -2.0, 8.0, 2.0, 1.0)


def test_merit_order_is_the_linear_programme():
    produced = merit_order([10, 30, 20], [3.0, 1.0, 2.0], 45.0)
    assert_allclose(produced, [0, 30, 15])
    flow = clear([10, 30, 20], [3.0, 1.0, 2.0], [45.0], np.zeros((1, 3))).flow
    assert_allclose(produced, flow[0], atol=1e-9)
    assert merit_order([10, 30, 20], [3.0, 1.0, 2.0], 1e9).sum() == 60


def test_blocks_take_the_smallest_site_that_fits():
    allowed = np.ones((3, 3), bool)
    allocation, efficiency, placed = place_blocks([5, 20, 9], [31, 10, 6], allowed, 0.9, 3)
    assert_allclose(allocation, [[0, 0, 5], [20, 0, 0], [0, 9, 0]])
    assert_allclose(efficiency, 1.0)
    assert placed.all()


def test_blocks_split_at_a_loss():
    allocation, efficiency, placed = place_blocks([18], [12, 10, 9], [[True] * 3], 0.9, 3)
    # 18/.9 = 20: twelve at the largest, eight at the smallest that holds eight
    assert_allclose(allocation, [[12, 0, 8]])
    assert (efficiency[0], placed[0]) == (0.9, True)
    three = place_blocks([24], [12, 10, 9], [[True] * 3], 0.9, 3)
    assert_allclose(three.allocation.sum(), 24 / 0.81)
    assert three.efficiency[0] == pytest.approx(0.81)


def test_blocks_that_fit_nowhere():
    allocation, efficiency, placed = place_blocks([24], [12, 10, 9], [[True] * 3], 0.9, 2)
    assert (allocation.sum(), efficiency[0], placed[0]) == (0.0, 0.0, False)
    banned = place_blocks([5], [12, 10], [[False, False]], 0.9, 2)
    assert not banned.placed[0]
    exact = place_blocks([12, 0.0], [12, 10], np.ones((2, 2), bool), 0.9, 1)
    assert exact.placed.all()
    assert_allclose(exact.allocation, [[12, 0], [0, 0]])


def test_blocks_of_equal_size_go_by_index():
    allocation = place_blocks([8, 8], [8, 8], np.ones((2, 2), bool), 0.9, 1).allocation
    assert_allclose(allocation, [[8, 0], [0, 8]])
