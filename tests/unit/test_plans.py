"""What labs plan with: a market that grows, runs that end with what they got, shares that do not lapse."""

from __future__ import annotations

import numpy as np
import pytest

from agents.decisions.outlook import SEARCH, Ask, appraise, first_best
from model import Industry
from model.catalogue import Run, Spec
from tests.support.industry import seen, seller, world
from tests.support.small import small


def test_profit_ahead_grows_with_the_market_and_prices_do_not() -> None:
    industry = world()
    lab, outlook = seller(industry), seen(industry)
    menu = [Spec.of(t) for t in lab.menus[0]]
    for iterations in (0, SEARCH):
        found = []
        for trend in (0.0, 0.05):
            lab.demand_trend = trend
            asks = [(lab, Ask(0, [menu], ahead, iterations=iterations)) for ahead in (0.0, 6.0)]
            found.append(appraise(asks, outlook))
        (now, later), (now_grown, later_grown) = found
        assert now_grown.profit == pytest.approx(now.profit, rel=1e-12)
        assert later_grown.profit == pytest.approx(later.profit * np.exp(0.05 * 6.0), rel=1e-9)
        np.testing.assert_array_equal(later.prices, later_grown.prices)


def test_growth_is_learned_from_the_market() -> None:
    """Logistic: it begins at what was seen before the start and fades as the market fills up."""
    industry = Industry(small(changes={"users.population_growth": 1.0, "horizon.steps": 8}), rng=1)
    users, dt = industry.settings.users, industry.settings.horizon.step_years
    room = users.population_ceiling / users.population - 1.0
    first = np.log((1.0 + room * np.exp(dt)) / (1.0 + room))
    assert industry.demand_growth == pytest.approx(first)
    assert all(lab.demand_trend == pytest.approx(first) for lab in industry.labs)
    gain = industry.settings.labs.expectation_gain
    believed = first
    for _ in range(3):
        before = industry.population
        industry.step()
        believed += gain * (np.log(industry.population / before) - believed)
    lab = next(x for x in industry.active_labs if x.entered_step == 0)
    assert lab.demand_trend == pytest.approx(believed, rel=1e-9)
    still = Industry(small(changes={"users.population_growth": 0.0}), rng=1)
    assert still.demand_growth == 0.0


@pytest.mark.parametrize(
    ("done", "spent", "over"),
    [
        (1.0, 1.0, True),
        (0.99, 0.5, True),
        (0.91, 0.5, True),
        (0.89, 0.5, False),  # no site had room: it waits with its money
        (0.5, 0.89, False),
        (0.5, 0.91, True),  # compute was dearer than meant: its money is spent
        (0.5, 1.0, True),
    ],
)
def test_a_run_that_is_due_ends_with_what_it_got(done: float, spent: float, over: bool) -> None:
    """Less than a tenth is not waited for, and nothing is bought beyond the money that was put by."""
    industry = world()
    lab, outlook = seller(industry), seen(industry)
    early = Run(1e26, 0.0, 0.0, outlook.step + 1, 4, budget_usd=1e9, done_flop=1e26)
    assert not early.over(outlook.step) and early.over(outlook.step + 1)
    lab.run = Run(1e26, 0.2, 0.0, outlook.step, 4, budget_usd=1e9, done_flop=done * 1e26)
    lab.run.spent_usd = 4e9 * spent
    assert lab.run.left_usd == pytest.approx(4e9 * (1.0 - spent))
    assert lab.run.owed_usd == pytest.approx(4e9 * min(1.0 - spent, 1.0 - done))
    assert lab.run.flop_per_step == pytest.approx(min(0.25, 1.0 - done) * 1e26 * (spent < 1.0))
    model = lab.finish_run(outlook)
    assert (model is not None) == over and (lab.run is None) == over
    if model is not None:
        assert model.training_flop == pytest.approx(done * 1e26)
        want = outlook.knowhow.base_capability(done * 1e26, 0.2, 0.0)
        assert model.base_oom == pytest.approx(float(want))


def test_what_rounding_leaves_of_the_money_reserves_no_site() -> None:
    """The price is found to nine digits: a run that waits for its release must not ask for a block again."""
    run = Run(1e26, 0.0, 0.0, 5, 1, budget_usd=1e9, done_flop=8e25, spent_usd=1e9 * (1.0 - 1e-8))
    assert run.left_usd == run.owed_usd == run.flop_per_step == 0.0
    run.spent_usd = 0.99e9
    assert run.left_usd == pytest.approx(1e7) and run.flop_per_step == pytest.approx(2e25)


def test_rounding_takes_nothing_from_a_whole_run() -> None:
    run = Run(1e25, 0.0, 0.0, 3, 3, budget_usd=1e9, done_flop=1e25 * (1.0 - 1e-12))
    assert run.got_flop == 1e25  # no hair below a line that it was meant to reach
    run.done_flop = 1e25 * (1.0 - 1e-6)
    assert run.got_flop == run.done_flop


def test_a_site_sells_the_hours_that_it_is_not_idle() -> None:
    industry = world(steps=0)
    here, scenario = industry.sites[0], industry.settings
    busy = scenario.override({"compute.load_factor": 1.0})
    idle = scenario.override({"compute.load_factor": 0.6})
    assert here.capacity(idle) == pytest.approx(0.6 * here.capacity(busy))
    assert here.flop_of(10.0, 1.0, idle) == pytest.approx(0.6 * here.flop_of(10.0, 1.0, busy))
    # power is paid for all hours, so that a FLOP bears more of it
    assert here.running_cost(idle) == pytest.approx(here.running_cost(busy) / 0.6)


def test_rounding_does_not_decide_between_options_that_are_alike() -> None:
    """The first listed is the plainest: keep the menu, all tiers on the new model, no round."""
    assert first_best(np.array([2.0, 2.0 * (1 + 1e-9), 1.0])) == 0
    assert first_best(np.array([2.0, 2.0 * (1 + 1e-4), 1.0])) == 1
    assert first_best(np.array([-5.0, -3.0, -3.0 * (1 - 1e-9)])) == 1
    assert first_best(np.array([-np.inf, 0.0, -1.0])) == 1
