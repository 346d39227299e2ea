"""Cloud partners and scale economies in serving: closed forms, and what a run does with them."""

from __future__ import annotations

import numpy as np
import pytest

from agents.decisions.financing import decide_financing
from agents.decisions.outlook import decide_together
from model import Industry
from model.mechanisms.compute import serving_elasticity, serving_factor
from model.mechanisms.finance import diluted, equity_for
from model.phases import finance
from tests.support.small import differences, run, small

SHORT = {
    "labs.data_count": 8,
    "labs.overhead_usd_year": 4e9,
    "labs.initial_round_usd": 1e8,
    "labs.parent_budget_usd_year": 3e8,
    "labs.credit_multiple": 0.5,
}


def test_equity_is_credits_over_expected_payouts() -> None:
    assert float(equity_for(2.0, 8.0)) == 0.25
    assert float(equity_for(2.0, 0.0)) == np.inf
    assert diluted(0.2, 0.5) == pytest.approx(0.6)  # .2 shrinks to .1, .5 is new


def test_a_partner_expects_no_loss_and_owners_gain() -> None:
    """Every deal that is struck: worth more to owners than none, shares within the limit."""
    industry = run(small(changes=SHORT), 8)
    rows = industry.results.decisions.query("decision == 'finance'")
    assert len(rows)
    for _, options in rows.groupby(["step", "lab"]):
        taken = options[options["chosen"]]
        assert len(taken) == 1
        assert float(taken["expected_payoff_usd"].iloc[0]) == options["expected_payoff_usd"].max()
    labs = industry.results.labs
    assert labs["credits_used_usd"].sum() > 0
    assert (labs["equity_sold"] <= industry.settings.finance.equity_limit + 1e-12).all()
    assert (labs.loc[labs["equity_sold"] == 0, "payouts_usd"] == 0).all()


def cash_poor(industry: Industry) -> tuple[Industry, int]:
    """A lab with a partner that has money for no large run, and profits that its partner has seen."""
    lab = next(x for x in industry.active_labs if x.partners)
    lab.run, lab.cash_usd, lab.payable_usd_year = None, 3e7, 1e12
    lab.raised_usd = 1e18  # nobody lends
    return industry, lab.number


def test_credits_pay_for_the_run_that_money_is_short_of() -> None:
    industry, number = cash_poor(run(small(changes={"labs.data_count": 8}), 1))
    lab = industry.labs[number]
    outlook = industry.outlook(industry.books())
    before = lab.spendable_usd(outlook, 2)
    made = decide_together([lab], decide_financing, outlook)
    assert any(d.chosen and d.option != "no credits" for d in made)
    (owner, credit), (holder, equity) = *lab.credits.items(), *lab.stakes.items()
    assert owner == holder and owner in lab.partners and credit > 0 and 0 < equity < 0.49
    if before > 0:
        assert lab.spendable_usd(outlook, 2) == pytest.approx(before + credit)
    steps = max(1, round(outlook.knowhow.technology.training_years / outlook.dt))
    assert credit <= industry.settings.finance.partner_share * outlook.spare_usd[owner] * steps * (1 + 1e-9)


def test_a_share_is_paid_for_with_all_that_it_will_bring() -> None:
    """Over the model's life by the plan, and ever after as now: a longer view makes shares dearer."""
    industry, number = cash_poor(run(small(changes={"labs.data_count": 8}), 1))
    lab, outlook = industry.labs[number], industry.outlook(industry.books())
    decide_together([lab], decide_financing, outlook)
    (credit,), (equity,) = lab.credits.values(), lab.stakes.values()
    payable, d = lab.payable_usd_year * outlook.dt, outlook.discount
    steps = max(1, round(outlook.knowhow.technology.training_years / outlook.dt))
    worth = credit / equity
    for_ever_after = payable * sum(d**t for t in range(1, 4000) if t > steps + outlook.life_steps)
    assert for_ever_after > 0.5 * worth  # most of what a share brings comes later
    ratio = (worth - for_ever_after) / (payable * outlook.annuity * d**steps)
    assert 0.5 < ratio < 20.0  # profit with the larger run over that without it


def test_no_partner_without_profit_or_without_need() -> None:
    industry, number = cash_poor(run(small(changes={"labs.data_count": 8}), 1))
    lab, outlook = industry.labs[number], industry.outlook(industry.books())
    lab.payable_usd_year = 0.0
    assert decide_together([lab], decide_financing, outlook) == []
    lab.payable_usd_year, lab.cash_usd = 1e12, 1e15
    assert decide_together([lab], decide_financing, outlook) == []
    lab.cash_usd, lab.integrated = 3e7, True  # a parent, no partner
    assert decide_together([lab], decide_financing, outlook) == []


def test_credits_are_used_up_and_payouts_shared() -> None:
    industry = run(small(changes={"labs.data_count": 8}), 1)
    lab, ledger = industry.active_labs[0], industry.ledger
    ledger.open(9)
    lab.credits, lab.stakes = {"A": 30.0, "B": 100.0}, {"A": 0.25}
    finance.use_credits(industry, lab, 50.0)
    assert ledger.paid("partner A", "credits") == 30.0 and ledger.paid("partner B", "credits") == 20.0
    assert lab.credits == {"A": 0.0, "B": 80.0}
    lab.cash_usd, lab.profit_usd = 0.0, 40.0
    finance.pay_out(industry, lab)
    assert ledger.paid(lab.account, "payouts") == 10.0 == ledger.received("partner A", "payouts")
    lab.profit_usd = -40.0
    finance.pay_out(industry, lab)
    assert ledger.paid(lab.account, "payouts") == 10.0


def test_partners_leave_no_trace_where_there_are_none() -> None:
    """An abstract start has no partners: the switch changes nothing at all."""
    plain = {"labs.start": "symmetric", "labs.count": 3, "compute.price": 1.4e-18}
    with_, without = (run(small(changes=plain | {"labs.partners": p}), 5).results for p in (True, False))
    assert differences(with_, without) == []


# -- scale economies in serving ------------------------------------------------------------------


def test_the_factor_and_its_elasticity() -> None:
    np.testing.assert_allclose(serving_factor([1.0, 32.0, 0.0], 1.0, 0.2, 0.1), [1.0, 0.5, 10.0])
    np.testing.assert_allclose(serving_factor([1e9], 1.0, 0.2, 0.1), [0.1])
    np.testing.assert_array_equal(
        serving_elasticity([1.0, 32.0, 0.0, 1e9], 1.0, 0.2, 0.1), [-0.2, -0.2, 0, 0]
    )
    np.testing.assert_array_equal(serving_factor([0.0, 7.0], 1.0, 0.0, 0.1), [1.0, 1.0])
    up, down = np.log(serving_factor([5.0 * 1.001, 5.0 / 1.001], 1.0, 0.2, 0.1))
    assert (up - down) / (2 * np.log(1.001)) == pytest.approx(-0.2)


def test_compute_bought_billed_and_expected_are_one() -> None:
    """FLOP of tiers = FLOP of labs = FLOP of sites; the bill is that; expected costs use the last factor."""
    industry = run(small(changes={"compute.serving_scale": 0.3}), 4)
    tables = industry.results
    sold = tables.tiers.query("not self_hosted").groupby(["step", "lab"])["inference_flop"].sum()
    used = tables.labs.set_index(["step", "lab"])["inference_flop"]
    np.testing.assert_allclose(sold.reindex(used.index).fillna(0.0), used, rtol=1e-9)
    factors = [lab.serving_factor for lab in industry.active_labs]
    assert min(factors) < 0.9 and max(factors) > 1.1
    lab = max(industry.active_labs, key=lambda x: x.inference_flop)
    reference, rules = industry.serving_reference, industry.settings.compute
    volume = lab.inference_flop / lab.serving_factor
    assert lab.serving_factor == pytest.approx(
        max((volume / reference) ** -0.3, rules.serving_scale_floor), rel=1e-9
    )
    last = tables.tiers.query(f"step == 4 and lab == {lab.number} and not self_hosted and users > 0")
    paid = float(tables.labs.query(f"step == 4 and lab == {lab.number}")["inference_spend_usd"].iloc[0])
    ratio = industry.knowhow.technology.inference_price_ratio
    billed = lab.inference_flop * ratio * industry.flop_price * industry.served
    moved = industry.transport_usd[lab.number]  # training that finds no block is moved too
    assert paid == pytest.approx(billed + moved, rel=1e-9)
    training = industry.ledger.paid(lab.account, "training compute")
    assert 0.0 <= moved <= (billed + training) * rules.transport_share * (1 + 1e-9)
    assert len(last)


def test_expected_unit_costs_fall_with_the_factor() -> None:
    """Half the compute per task is, to a lab that prices, half the price of compute."""
    from agents.decisions.outlook import Ask, appraise
    from model.catalogue import Spec

    industry = run(small(), 1)
    lab, outlook = industry.active_labs[0], industry.outlook(industry.books())
    menu = [Spec.of(t) for t in lab.menus[0]]
    lab.serving_factor = 0.5
    cheap = appraise([(lab, Ask(0, [menu]))], outlook)[0]
    lab.serving_factor, lab.flop_price = 1.0, lab.flop_price / 2
    same = appraise([(lab, Ask(0, [menu]))], outlook)[0]
    np.testing.assert_array_equal(cheap.profit, same.profit)


def test_loads_are_learnt_net_of_the_factor() -> None:
    """A tier's load is about its users, whatever the batch: alike with and without scale economies."""
    plain = run(small(), 1)
    scaled = run(small(changes={"compute.serving_scale": 0.3}), 1)
    first = {t.id: t.load for lab in plain.active_labs for t in lab.tiers}
    for lab in scaled.active_labs:
        for tier in lab.tiers:
            if tier.id in first:
                assert tier.load == pytest.approx(first[tier.id], rel=0.05)
