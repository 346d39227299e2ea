"""Labs that leave may be bought: bids, price, merger limit, what moves, money."""

from __future__ import annotations

import pytest

from agents.decisions.acquiring import decide_purchase, joint_menus, worth_to
from agents.lab import Lab
from model import Industry
from model.mechanisms.finance import second_price
from model.phases import finance, turnover
from tests.support.small import differences, run, small

SMALL = {"labs.data_count": 6}


def test_second_price() -> None:
    assert second_price([3.0, 7.0, 5.0]) == (1, 5.0)
    assert second_price([3.0]) == (0, 0.0)
    assert second_price([3.0, 3.0]) == (0, 3.0)
    assert second_price([2.0, -9.0]) == (0, 0.0)
    assert second_price([-1.0, 0.0]) == (-1, 0.0)
    assert second_price([]) == (-1, 0.0)


def industry_of() -> tuple[Industry, Lab, list[Lab]]:
    """A lab with the best model of all that has to leave, and two rich others."""
    industry = run(small(changes=SMALL), 2)
    seller = max(industry.active_labs, key=lambda x: x.best_model.base_oom)  # type: ignore[union-attr]
    others = [x for x in industry.active_labs if x is not seller]
    for lab in others:
        lab.cash_usd = lab.closed_cash_usd = 1e13
    return industry, seller, others


def test_the_highest_bidder_pays_the_second_bid() -> None:
    industry, seller, others = industry_of()
    outlook = industry.outlook(industry.books())
    worth = [worth_to(lab, seller, outlook) for lab in others]
    assert max(worth) > 0
    winner, price, made = decide_purchase(seller, others, 1.0, outlook)
    order = sorted(worth)
    assert winner is others[worth.index(order[-1])] and price == pytest.approx(max(order[-2], 0.0))
    for k, lab in enumerate(others):
        buy, keep = [d for d in made if d.lab == lab.number]
        assert buy.chosen == (lab is winner) == (not keep.chosen)
        rival = max(max(w for j, w in enumerate(worth) if j != k), 0.0)
        assert buy.expected_payoff_usd == pytest.approx(worth[k] - rival)
    for lab in others:
        lab.cash_usd, lab.raised_usd, lab.integrated = 0.0, 1e18, False
    assert decide_purchase(seller, others, 1.0, outlook)[0] is None  # no money, no bid


def test_what_adds_nothing_is_worth_nothing() -> None:
    """A seller without tiers and with a lesser model brings no profit."""
    industry, seller, others = industry_of()
    seller.menus = {}
    best = max(m.base_oom for lab in others for m in lab.models)
    for model in seller.models:
        model.base_oom = min(t.base_oom for lab in others for t in lab.tiers) - 1.0
    outlook = industry.outlook(industry.books())
    assert best > seller.models[0].base_oom
    for lab in others:
        assert worth_to(lab, seller, outlook) == pytest.approx(0.0, abs=1e-6 * abs(lab.revenue_usd) + 1e-3)


def test_the_law_forbids_too_large_a_share() -> None:
    limit = {"policy": "merger-review", "start_year": 0.0, "merger_limit": 1e-6}
    industry = run(small(changes=SMALL).override({"regulation": [limit]}), 2)
    assert industry.law.merger_limit == 1e-6
    seller, *others = industry.active_labs
    for lab in others:
        lab.cash_usd = 1e13
    outlook = industry.outlook(industry.books())
    total = sum(lab.revenue_usd for lab in industry.active_labs)
    assert decide_purchase(seller, others, total, outlook) == (None, 0.0, [])
    buyer = others[0]
    seller.revenue_usd = buyer.revenue_usd = 1.0  # one millionth each of a half: just allowed
    assert decide_purchase(seller, [buyer], 2e6, outlook)[2] != []
    assert decide_purchase(seller, [buyer], 1.9e6, outlook)[2] == []


def test_models_tiers_and_money_move() -> None:
    industry, seller, others = industry_of()
    industry.period += 1
    industry.ledger.open(industry.period)
    outlook = industry.public_outlook = industry.outlook(industry.books())
    models, best = list(seller.models), seller.best_model
    makers = [m.lab if m.maker < 0 else m.maker for m in models]
    assert best is not None
    seller.cash_usd, before = -5e6, {x.number: x.cash_usd for x in others}
    seller.exited_step = industry.period
    finance.sell(industry, seller, others, outlook)
    buyer = seller.buyer
    assert buyer is not None
    price = industry.ledger.paid(buyer.account, "acquisition")
    assert buyer.cash_usd == pytest.approx(before[buyer.number] - price)
    assert seller.cash_usd == pytest.approx(price - 5e6)
    assert industry.events[-1].kind == "merger"
    menus, room = joint_menus(buyer, seller), industry.settings.labs.max_tiers
    turnover.clear_out(industry)
    assert buyer.menus == menus and all(len(t) <= room for t in menus.values())
    assert not seller.models and set(models) <= set(buyer.models)
    assert [m.maker for m in models] == makers and all(m.bought_step >= 0 for m in models)
    assert {m.lab for m in buyer.models} == {t.lab for t in buyer.tiers} == {buyer.number}
    assert all(t.model.base_oom >= best.base_oom for t in buyer.tiers)
    paid = industry.ledger.paid(seller.account, "payout") - industry.ledger.received(
        seller.account, "default"
    )
    assert paid == pytest.approx(price - 5e6)
    industry.step()  # users of the tiers that went on are still there, and books close


def test_users_keep_a_tier_that_is_sold_on() -> None:
    industry, seller, others = industry_of()
    buyer = others[0]
    kept = [t for tiers in joint_menus(buyer, seller).values() for t in tiers if t.lab == seller.number]
    if not kept:
        buyer.menus = {c: tiers[:1] for c, tiers in buyer.menus.items()}
        kept = [t for tiers in joint_menus(buyer, seller).values() for t in tiers if t.lab == seller.number]
    seller.exited_step, seller.buyer = industry.period, buyer
    turnover.clear_out(industry)
    books = industry.books()
    assert kept
    for tier in kept:
        book = books[tier.channel]
        assert int(book.lab[book.positions[tier.id]]) == buyer.number


def test_partners_get_their_part_of_what_is_left() -> None:
    industry, seller, _ = industry_of()
    industry.ledger.open(industry.period)
    seller.cash_usd, seller.stakes, seller.exited_step = 100.0, {"A": 0.3}, industry.period
    turnover.clear_out(industry)
    assert industry.ledger.received("partner A", "payout") == pytest.approx(30.0)
    assert industry.ledger.received("investors", "payout") == pytest.approx(70.0)


def test_the_switch_is_idle_where_nobody_leaves() -> None:
    stay = {"labs.adapt.exit": False}
    with_, without = (
        run(small(changes=stay | {"labs.adapt.acquire": on}), 5).results for on in (True, False)
    )
    assert differences(with_, without) == []
