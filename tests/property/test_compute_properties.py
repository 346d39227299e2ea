"""Laws that hold for any compute market."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from model.mechanisms.compute import clear, market_price, merit_order, place_blocks

amounts = st.floats(0.01, 1e3)
costs = st.floats(0.0, 50.0)
sites = st.lists(st.tuples(amounts, costs), min_size=1, max_size=6)
markets = st.tuples(sites, st.floats(0, 2e3), amounts, st.floats(0.1, 10), st.floats(0.2, 3))


def _unpack(market):
    offers, fixed, other, reference, elasticity = market
    capacity, running = np.array(offers).T
    return capacity, running, fixed, other, reference, elasticity


@settings(deadline=None)
@given(markets)
def test_the_market_sells_no_more_than_there_is_and_at_no_loss(market):
    capacity, running, fixed, *rest = _unpack(market)
    price, other, served = market_price(capacity, running, fixed, *rest)
    sold = fixed * served + other
    assert 0.0 <= served <= 1.0
    assert sold <= capacity.sum() * (1 + 1e-12)
    used = merit_order(capacity, running, sold) > 1e-9 * capacity.sum()
    assert price >= running[used].max(initial=0.0) * (1 - 1e-9)
    idle = capacity - merit_order(capacity, running, sold) > 1e-9 * capacity.sum()
    assert price <= running[idle].min(initial=np.inf) * (1 + 1e-9)


@settings(deadline=None)
@given(markets)
def test_others_are_on_their_demand_curve(market):
    capacity, running, fixed, demand, reference, elasticity = _unpack(market)
    price, other, served = market_price(capacity, running, fixed, demand, reference, elasticity)
    relative = (price / reference) ** -elasticity if price > 0 else np.inf
    if capacity.sum() <= 0.02 * demand:
        assert other <= capacity.sum() * (1 + 1e-12)  # not even the floor can be served
    elif served == 1.0:
        assert_allclose(other, demand * max(relative, 0.02), rtol=1e-6)
    else:
        assert other <= 0.02 * demand * (1 + 1e-9)


@settings(deadline=None)
@given(markets, st.floats(1.0, 3.0), st.floats(0.0, 100.0))
def test_price_rises_with_demand_and_falls_with_capacity(market, factor, more):
    capacity, running, fixed, demand, *rest = _unpack(market)
    base = market_price(capacity, running, fixed, demand, *rest)
    busier = market_price(capacity, running, fixed + more, demand * factor, *rest)
    roomier = market_price(capacity * factor, running, fixed, demand, *rest)
    assert busier.price >= base.price * (1 - 1e-9)
    assert roomier.price <= base.price * (1 + 1e-9)


@settings(deadline=None)
@given(markets, st.sampled_from([1e-18, 1e20]), st.sampled_from([1e-18, 1e12]))
def test_the_market_has_no_scale(market, compute, money):
    capacity, running, fixed, demand, reference, elasticity = _unpack(market)
    base = market_price(capacity, running, fixed, demand, reference, elasticity)
    scaled = market_price(
        capacity * compute,
        running * money,
        fixed * compute,
        demand * compute,
        reference * money,
        elasticity,
    )
    assert_allclose(scaled.price / money, base.price, rtol=1e-6)
    assert_allclose(scaled.served, base.served, rtol=1e-6)


@st.composite
def regional(draw):
    n_sites, n_regions = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    capacity = np.array([draw(amounts) for _ in range(n_sites)])
    running = np.array([draw(costs) for _ in range(n_sites)])
    raw = np.array([draw(st.floats(0.0, 1.0)) for _ in range(n_regions)])
    load = draw(st.floats(0.0, 0.99))
    demand = raw / max(raw.sum(), 1e-3) * capacity.sum() * load
    freight = [[draw(st.floats(0.0, 5.0)) for _ in range(n_sites)] for _ in range(n_regions)]
    return capacity, running, demand, np.array(freight)


@settings(max_examples=40, deadline=None)
@given(regional())
def test_clearing_serves_everybody_within_capacity(case):
    capacity, running, demand, freight = case
    flow, price, rent = clear(*case)
    scale = capacity.max()
    assert (flow >= 0).all()
    assert (flow.sum(0) <= capacity + 1e-6 * scale).all()
    assert_allclose(flow.sum(1), demand, atol=1e-6 * scale)
    assert (rent >= 0).all()
    # nobody pays less than what it costs to serve them, and the value of demand pays all costs
    delivered = running + freight
    money = max(delivered.max(), 1e-9)
    assert (price[:, None] <= delivered + rent + 1e-6 * money).all()
    used = flow > 1e-5 * scale
    assert (price[:, None] >= delivered - 1e-6 * money)[used].all()
    total, paid = np.sum(flow * delivered), price @ demand - rent @ capacity
    assert_allclose(total, paid, atol=1e-5 * money * capacity.sum())


@settings(max_examples=20, deadline=None)
@given(regional(), st.floats(1.0, 1.009))
def test_the_cost_of_clearing_rises_with_demand(case, factor):
    capacity, running, demand, freight = case
    delivered = running + freight
    before = np.sum(clear(*case).flow * delivered)
    after = np.sum(clear(capacity, running, demand * factor, freight).flow * delivered)
    assert after >= before - 1e-6 * max(delivered.max(), 1e-9) * capacity.sum()


@settings(deadline=None)
@given(
    st.lists(amounts, min_size=1, max_size=6),
    st.lists(amounts, min_size=1, max_size=6),
    st.floats(0.5, 1.0),
    st.integers(1, 4),
    st.integers(0, 2**36 - 1),
)
def test_blocks_never_overfill_and_always_suffice(needs, room, efficiency, splits, bits):
    allowed = np.array([bits >> i & 1 for i in range(36)], bool).reshape(6, 6)
    allowed = allowed[: len(needs), : len(room)]
    allocation, kept, placed = place_blocks(needs, room, allowed, efficiency, splits)
    assert (allocation >= 0).all()
    assert (allocation.sum(0) <= np.array(room) * (1 + 1e-12)).all()
    assert not (allocation > 0)[~allowed].any()
    assert ((allocation > 0).sum(1) <= splits).all()
    assert_allclose((allocation.sum(1) * kept)[placed], np.array(needs)[placed], rtol=1e-9)
    assert (allocation[~placed] == 0).all()
