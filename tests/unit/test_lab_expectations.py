"""What labs expect of users, rivals and costs, and what they do to prices and menus."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

from agents.decisions.menu import decide_release, decide_tiers
from agents.decisions.outlook import Ask, appraise, decide_together, unit_cost
from agents.decisions.pricing import decide_prices
from model.catalogue import Run, Spec
from tests.support.industry import earned, seen, seller, under, world, worth_of

# -- what a lab expects ------------------------------------------------------------------------------


@pytest.mark.parametrize("channel", [0, 1])
def test_one_more_user_costs_the_compute_of_the_depth_sold(channel: int) -> None:
    """A tier whose cost is left to technology earns what it earns at that cost per user."""
    industry = world()
    lab, outlook = seller(industry), seen(industry)
    know = outlook.knowhow
    for depth, load in ((1.0, 1.0), (30.0, 1.0), (30.0, 1.7)):
        spec = Spec.of(lab.menus[channel][0])._replace(depth=depth, load=load)
        used = float(know.profile(channel, np.array([spec.base_oom]), np.array([depth])).mean_depth[0])
        tasks = outlook.tasks_per_step
        flop = (
            2.0 * spec.parameters * know.technology.tokens_per_task / know.inference_efficiency * tasks * used
        )
        cost = flop * load * lab.flop_price * know.technology.inference_price_ratio
        given = spec._replace(cost_usd=cost)
        assert unit_cost(given, used, lab.flop_price, outlook) == cost
        assert earned(lab, outlook, [spec], channel) == pytest.approx(
            earned(lab, outlook, [given], channel), rel=1e-9
        )


def test_sunk_training_does_not_enter_prices() -> None:
    industry = world()
    lab, outlook = seller(industry), seen(industry)
    spec = Spec.of(lab.menus[0][0])
    before = appraise([(lab, Ask(0, [[spec]], iterations=20))], outlook)[0]
    for model in lab.models:
        model.training_flop *= 1e6
    after = appraise([(lab, Ask(0, [[spec]], iterations=20))], outlook)[0]
    assert after.prices[0, 0] == before.prices[0, 0] and after.profit[0] == before.profit[0]


def test_rivals_who_progress_and_costs_that_fall_are_foreseen() -> None:
    industry = world(users__volume_elasticity=0.0)
    lab, outlook = seller(industry), seen(industry)
    specs = [Spec.of(t) for t in lab.menus[0]]
    lab.rival_trend, lab.flop_trend_oom = {0: 0.0, 1: 0.0}, 0.0
    now, still = earned(lab, outlook, specs), earned(lab, outlook, specs, ahead=4.0)
    assert still >= now  # inference gets cheaper, nothing else changes
    lab.flop_trend_oom = -0.2
    assert earned(lab, outlook, specs, ahead=4.0) > still
    lab.rival_trend[0] = 0.2
    lab.flop_trend_oom = 0.0
    assert earned(lab, outlook, specs, ahead=4.0) < still * 0.9


def test_better_inference_makes_serving_cheaper() -> None:
    industry = world(technology__inference_efficiency_growth_oom=0.4, users__volume_elasticity=0.0)
    lab, outlook = seller(industry), seen(industry)
    lab.flop_trend_oom = 0.0
    assert lab.cost_trend(outlook) < 0.0
    lab.flop_trend_oom = 0.4 * outlook.dt  # compute gets dearer as fast as it is needed less
    assert lab.cost_trend(outlook) == pytest.approx(0.0)
    know = outlook.knowhow
    later = type(know).at(know.scenario, know.years + 1.0)
    assert later.flop_per_task(1e11) == pytest.approx(know.flop_per_task(1e11) * 10.0**-0.4)


def test_loyal_users_are_worth_something_to_their_own_lab() -> None:
    loyal = world(users__inertia=2.0)
    lab, outlook = seller(loyal), seen(loyal)
    specs = [Spec.of(t) for t in lab.menus[0]]
    bonus = earned(lab, outlook, specs)
    poll = outlook.polls[0]
    own = poll.loyal[lab.number]
    assert own.min() >= 0.0 and own.max() <= 2.0 + 1e-9 and own.max() > own.min()  # users of others have none
    poll.loyal = {n: v for n, v in poll.loyal.items() if n != lab.number}
    assert bonus > earned(lab, outlook, specs)


def test_market_research_stands_for_the_market() -> None:
    industry = world()
    for channel, poll in seen(industry).polls.items():
        segment = industry.segments[channel]
        volume = float((segment.weight * segment.slots * segment.scale).sum()) * industry.population
        assert poll.weight.sum() == pytest.approx(volume, rel=0.2)  # a sample of heavy-tailed firms
        assert poll.thin(20).weight.sum() == pytest.approx(poll.weight.sum())
        assert np.all(poll.rivals(None) >= float(poll.users.outside_utility) / poll.users.taste_scale)


def test_progress_of_rivals_is_in_utils() -> None:
    industry = world(users__taste_scale=2.0, users__outside_utility="none")
    poll = seen(industry).polls[0]
    np.testing.assert_allclose(poll.rivals(None, 0.6) - poll.rivals(None), 0.3, rtol=1e-9)


# -- prices and menus --------------------------------------------------------------------------------


def test_prices_go_part_of_the_way() -> None:
    industry = world(labs__price_damping=0.3, labs__menu_cost_usd=0.0)
    lab, outlook = seller(industry), seen(industry)
    lab.menus = {0: lab.menus[0]}
    tiers = lab.menus[0]
    for tier in tiers:
        tier.price_usd *= 1.5
    old = np.array([t.price_usd for t in tiers])
    best = appraise([(lab, Ask(0, [[Spec.of(t) for t in tiers]], iterations=20))], outlook)[0].prices[0]
    decide_together([lab], decide_prices, outlook)
    new = np.array([t.price_usd for t in tiers])
    np.testing.assert_allclose(new - old, 0.3 * (best[: len(tiers)] - old), rtol=1e-6)


def _tier_counts(names: list[str], now: int) -> list[int]:
    kinds = {"keep": 0, "add": 1, "drop": -1, "all": 0, "cheapest": 0, "a": 1, "no": 0}
    return [now + kinds[n.split(": ", 1)[1].split()[0]] for n in names]


@pytest.mark.parametrize("decide", [decide_tiers, decide_release])
def test_every_tier_of_a_menu_costs_its_keep(decide: Any) -> None:
    """Options are compared after the cost of keeping their tiers on sale for a step."""
    industry, found = world(), []
    dt = industry.settings.horizon.step_years
    for usd in (0.0, 4e9):
        here = copy.deepcopy(industry)
        lab = seller(here)
        lab.run = Run(1e26, lab.algorithms_oom, 0.0, here.period, 1, budget_usd=1.0, done_flop=1e26)
        counts = {c: len(t) for c, t in lab.menus.items()}
        outlook = under(seen(here), labs__tier_cost_usd_year=usd)
        found.append([d for d in decide_together([lab], decide, outlook) if d.decision != "hold"])
    plain, dear = (worth_of(d) for d in found)
    assert set(plain) == set(dear) and len(plain) >= 3
    for name in plain:
        tiers = _tier_counts([name], counts[0 if name.startswith("subscription") else 1])[0]
        assert plain[name] - dear[name] == pytest.approx(4e9 * dt * tiers, rel=1e-6)
