"""Who pays what and when: discounting, running costs, outside money."""

from __future__ import annotations

import numpy as np
import pytest

from model.catalogue import Run
from tests.support.industry import close, seen, seller, world
from tests.support.small import run, small

# -- time and money ----------------------------------------------------------------------------------


def test_a_year_of_steps_is_discounted_by_a_year() -> None:
    outlook = seen(world())
    yearly = 1.0 / (1.0 + outlook.scenario.labs.discount_rate)
    assert outlook.discount ** (1.0 / outlook.dt) == pytest.approx(yearly)
    steps = np.arange(1, round(outlook.life_steps) + 1)  # the first profit comes at the end of a step
    assert outlook.annuity == pytest.approx(float((outlook.discount**steps).sum()), rel=1e-9)


def test_adverts_are_earned_by_the_year_and_from_persons_only() -> None:
    industry = world(users__advert_usd_year=24.0)
    outlook = seen(industry)
    assert outlook.advert(0) == pytest.approx(24.0 * outlook.dt) and outlook.advert(1) == 0.0
    table = industry.results.purchases.query("step == 2 and segment == 'person' and tier >= 0")
    for lab in industry.active_labs:
        tiers = {t.id for t in lab.menus.get(0, [])}
        users = table.loc[table["tier"].isin(tiers) & (table["lab"] == lab.number), "users"].sum()
        earned = industry.ledger.received(lab.account, "adverts")
        assert earned == pytest.approx(24.0 * outlook.dt * users, rel=1e-6)


def test_running_costs_are_those_of_a_step() -> None:
    industry = world()
    rules, dt = industry.settings.labs, industry.settings.horizon.step_years
    for lab in industry.active_labs:
        assert industry.ledger.paid(lab.account, "overhead") == pytest.approx(rules.overhead_usd_year * dt)
        paid = industry.ledger.paid(lab.account, "tiers")
        assert paid == pytest.approx(rules.tier_cost_usd_year * dt * len(lab.tiers))


def test_operating_profit_bears_serving_and_not_training() -> None:
    industry = world()
    for lab in industry.active_labs:
        income = industry.ledger.received(lab.account) - industry.ledger.received(lab.account, "funding")
        once = ("training compute", "compliance", "fines", "menu", "entry")
        costs = industry.ledger.paid(lab.account) - sum(industry.ledger.paid(lab.account, p) for p in once)
        assert industry.ledger.paid(lab.account, "inference compute") > 0.0 or not lab.tiers
        assert lab.operating_profit_usd == pytest.approx(income - costs)
    assert industry.ledger.total("training compute") > 0.0


def test_a_decoded_flop_is_bought_at_the_price_of_inference() -> None:
    industry = world()
    price = industry.flop_price * industry.knowhow.technology.inference_price_ratio * industry.served
    for lab in industry.active_labs:
        paid = industry.ledger.paid(lab.account, "inference compute")
        assert paid - industry.transport_usd.get(lab.number, 0.0) == pytest.approx(price * lab.inference_flop)


def test_a_given_price_of_compute_falls_by_orders_of_magnitude_a_year() -> None:
    industry = run(small(changes={"compute.price": 1e-18, "compute.price_decline_oom": 0.3}), 4)
    assert industry.years == pytest.approx(1.0)
    assert industry.flop_price / 1e-18 == pytest.approx(10.0**-0.3)


# -- outside money -----------------------------------------------------------------------------------


def test_credit_is_raised_once_and_no_faster_than_in_a_year() -> None:
    industry = world()
    lab, outlook = seller(industry), seen(industry)
    lab.integrated, lab.raised_usd, lab.revenue_trend_usd_year = False, 0.0, 1e9
    limit = industry.settings.labs.credit_multiple * 1e9
    assert lab.credit_usd(outlook, 1.0) == pytest.approx(limit * outlook.dt)
    assert lab.credit_usd(outlook, 1e3) == pytest.approx(limit)
    lab.raised_usd = 0.9 * limit
    assert lab.credit_usd(outlook, 1e3) == pytest.approx(0.1 * limit)
    lab.raised_usd = 2.0 * limit
    assert lab.credit_usd(outlook, 1e3) == 0.0


def test_what_is_spoken_for_cannot_be_spent() -> None:
    industry = world(labs__hard_budget=True)
    lab, outlook = seller(industry), seen(industry)
    lab.cash_usd, lab.operating_profit_usd = 1e10, 5e7
    assert lab.spendable_usd(outlook, 3.0) == pytest.approx(1e10)
    lab.run = Run(1e26, 0.0, 0.0, outlook.step + 5, 4, budget_usd=1e9, done_flop=5e25)  # out two steps later
    assert lab.spendable_usd(outlook, 3.0) == pytest.approx(1e10 - 2e9)
    lab.operating_profit_usd = -1e8  # three steps of the project and the present one
    assert lab.spendable_usd(outlook, 3.0) == pytest.approx(1e10 - 2e9 - 4e8)


def test_revenue_is_learned_by_the_year() -> None:
    industry = world()
    lab, outlook = seller(industry), seen(industry)
    lab.revenue_usd = 1e8
    for _ in range(200):
        lab.observe(outlook)
    assert lab.revenue_trend_usd_year == pytest.approx(1e8 / outlook.dt, rel=1e-6)


def test_investors_pay_for_losses_only_up_to_the_credit() -> None:
    industry = world()
    lab = seller(industry)
    lab.integrated, lab.cash_usd, lab.raised_usd, lab.revenue_trend_usd_year = False, -1e12, 0.0, 1e9
    room = lab.credit_usd(seen(industry))
    close(industry, lab)
    assert lab.funding_usd == pytest.approx(room) and lab.raised_usd == pytest.approx(room)
    assert lab.cash_usd == pytest.approx(room - 1e12)


def test_money_of_a_parent_uses_up_no_credit() -> None:
    industry = world(labs__parent_budget_usd_year=4e9)
    lab = seller(industry)
    lab.integrated, lab.cash_usd, lab.raised_usd, lab.revenue_trend_usd_year = True, -5e8, 0.0, 1e9
    close(industry, lab)
    assert lab.funding_usd == pytest.approx(5e8) and lab.raised_usd == 0.0
