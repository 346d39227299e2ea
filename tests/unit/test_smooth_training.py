"""Smooth training weighs a step of profit, not a stock."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from agents.decisions.outlook import Appraisal
from agents.decisions.training import PROBE_OOM, adapt_training
from model import Industry
from tests.support.small import small


def test_a_step_of_profit_is_weighed_against_a_step_of_capital() -> None:
    """With a gain of so many dollars a step the pay-off is that less price x FLOP x user cost x step."""
    industry = Industry(small("pretraining", {"labs.training_mode": "continuous"}), rng=1)
    outlook = industry.outlook(industry.books())
    lab = next(one for one in industry.active_labs if one.best_model and one.menus.get(0))
    assert lab.best_model is not None
    before = lab.best_model.training_flop
    talk: Any = adapt_training(lab, outlook)
    asked = next(talk)
    channels = 0
    try:
        while True:
            channels += 1
            asked = talk.send(Appraisal(np.array([3e6, 1e6]), np.zeros((len(asked.menus), 1))))
    except StopIteration as done:
        (made,) = done.value
    gain = channels * 2e6 / (2 * PROBE_OOM * np.log(10.0))
    rules, share = outlook.scenario.labs, outlook.knowhow.technology.final_run_share
    held = rules.training_user_cost * outlook.dt / share * before
    assert made.expected_payoff_usd == pytest.approx(gain - outlook.training_price(lab) * held)
