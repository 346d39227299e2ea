"""Runs and rounds cost what was put by for them: a dearer market makes them smaller, not labs bankrupt."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from agents.decisions.distilling import gain_of, settle_round
from agents.lab import Lab
from model import Industry
from model.catalogue import Round
from model.phases import compute_market
from model.phases.accounts import Use
from tests.support.industry import seen, seller, world
from tests.support.small import run, small


def _distils(share: float, lower: float = 0.0) -> tuple[Lab, Round, float]:
    """A lab with a round that gets a share of its compute; its model's gain afterwards."""
    industry = world("inference-in-training")
    lab, rules = seller(industry), industry.settings.technology.distillation
    model = lab.models[-1]
    before, base, flop = model.distillation_oom, model.base_oom, model.distillation_flop
    gain = gain_of(1000.0, 0.5, model.rounds, before, rules)
    bought = Round(model, 1000.0, 0.5, gain, 1e24, lower * 1e24, 1e6, before, model.rounds)
    lab.distillation_flop = 0.0
    lab.distil(bought)
    assert lab.distillation_flop == 1e24 and model.distillation_oom == pytest.approx(before + gain)
    settle_round(lab, share, rules)
    assert lab.round is None
    assert model.distillation_flop - flop == pytest.approx(share * 1e24)
    assert model.base_oom - base == pytest.approx(model.distillation_oom - before)
    return lab, bought, model.distillation_oom - before


@pytest.mark.parametrize(("share", "fixed"), [(1.0, 0.2), (0.6, 0.2), (0.6, 0.0), (0.25, 0.2)])
def test_a_round_is_as_deep_as_its_compute_allows(share: float, fixed: float) -> None:
    """Samples cost in proportion to depth; the training on them is the same at any depth."""
    lab, bought, gain = _distils(share, fixed)
    rules = lab.settings.technology.distillation
    depth = 1000.0 * (share - fixed) / (1.0 - fixed)
    expected = gain_of(depth, 0.5, bought.before_rounds, bought.before_oom, rules)
    assert 0.0 < gain == pytest.approx(expected, rel=1e-12)
    assert share == 1.0 or gain < bought.gain_oom


def test_what_cannot_pay_for_its_training_brings_nothing() -> None:
    assert _distils(0.2, 0.2)[2] == 0.0
    assert _distils(0.2005, 0.2)[2] == 0.0  # less than one pass of amplification


def test_dear_compute_makes_rounds_shallower_and_is_not_paid_for() -> None:
    """A market with little room: the round gets what its money buys, and no more is billed."""
    industry = world("inference-in-training", steps=1)
    lab = seller(industry)
    lab.run = lab.round = None
    for other in industry.active_labs:
        other.training_flop_used = other.distillation_flop = 0.0
        other.run = other.round = None
    industry.placements = {}
    model = lab.models[-1]
    room = sum(site.capacity(industry.settings) for site in industry.sites)
    budget = 0.3 * room * industry.flop_price
    before, rules = model.distillation_oom, industry.knowhow.technology.distillation
    gain = gain_of(100.0, 0.5, model.rounds, before, rules)
    lab.distil(Round(model, 100.0, 0.5, gain, 0.9 * room, 0.0, budget, before, model.rounds))
    use = Use()
    compute_market.clear_market(industry, use)
    bill = compute_market.lab_bill(industry, lab, use)[0]
    assert bill <= budget * (1.0 + 1e-6)
    assert 0.0 < model.distillation_oom - before < gain
    assert 0.0 < lab.distillation_flop < 0.9 * room


@pytest.mark.parametrize("regime", ["inference-in-training", "pretraining"])
def test_nobody_goes_bankrupt_over_a_price_that_rose(regime: str) -> None:
    """The first quarter of scarcity: prices rise by a third or more, and labs with money at hand live on.

    Before, the second largest lab left in it whenever there were rounds.
    """
    changes: dict[str, Any] = {"labs.data_count": 8, "horizon.steps": 3, "labs.adapt.exit": True}
    industry = run(small(regime, changes), 3)
    told = industry.results.events
    leaves = told[(told["kind"] == "exit") & told["text"].str.contains("cannot pay")]
    assert leaves.empty, leaves["text"].tolist()
    price = industry.results.metrics.set_index("step")["compute_price_usd_per_flop"]
    assert price.loc[1] > 1.1 * price.loc[0]  # else it would say nothing


def test_a_round_of_this_step_is_spoken_for() -> None:
    industry = world("inference-in-training")
    lab, outlook = seller(industry), seen(industry)
    lab.cash_usd = 1e12
    free = lab.spendable_usd(outlook, 1.0)
    lab.round = Round(lab.models[-1], 10.0, 0.5, 0.1, 1e24, 0.0, 3e9, 0.0, 0)
    assert free - lab.spendable_usd(outlook, 1.0) == pytest.approx(3e9 * outlook.purse)


def test_the_money_of_a_run_is_spent_as_compute_is_bought() -> None:
    """Year after year no run has cost more than it was meant to."""
    industry = Industry(small("pretraining", {"labs.data_count": 8}), rng=2)
    runs: dict[int, Any] = {}
    for _ in range(6):
        industry.step()
        for lab in industry.labs:
            if lab.run is not None:
                runs[id(lab.run)] = lab.run
    assert len(runs) > 5
    spent = np.array([r.spent_usd / (r.budget_usd * r.steps) for r in runs.values()])
    assert spent.max() <= 1.0 + 1e-9 and spent.max() > 0.99
