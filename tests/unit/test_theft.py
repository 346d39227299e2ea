"""Theft: three values of weights, the thief's bill, hazard against security, and what a run does with it."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
import pytest

from agents.decisions.outlook import decide_together
from agents.decisions.securing import LEVELS, decide_security, due, entry_values, target, values
from model import Results, simulate
from model.mechanisms.scaling import weights_cost_share
from model.mechanisms.theft import (
    best_security,
    inference_bill,
    inference_share,
    inverse_wall,
    replacement_value,
    self_use_value,
    theft_hazard,
)
from tests.support.small import differences, run, small

RULES = {"attempts_year": 0.2, "attack_cost_usd": 1e7, "attack_ratio": 2.0}
STEALING = {"security.attempts_year": 20.0, "security.leak_probability": 1.0}


# -- the equations -----------------------------------------------------------------------------------


def test_replacement_falls_with_algorithms_and_with_compute() -> None:
    """C r 10^-gain without a wall: 5e25 at 2e-18 is 100 million, half an OOM later 31.6 million."""
    assert replacement_value(5e25, 2e-18) == pytest.approx(1e8, rel=1e-12)
    assert replacement_value(5e25, 2e-18, 0.5) == pytest.approx(1e8 / math.sqrt(10.0), rel=1e-12)
    # P7.12: 4x a year; P4.11 x P4.16 = 2.8 x 1.35 = 3.8 as the model's default rates have it
    year = replacement_value(5e25, 2e-18 / 1.35, math.log10(2.8))
    assert 1e8 / year == pytest.approx(2.8 * 1.35, rel=1e-12)


def test_behind_a_wall_progress_buys_back_more_compute() -> None:
    """C = 1e27, wall at 25.5, slope .15: .09 OOM of algorithms are worth .6 OOM of compute there."""
    found = replacement_value(1e27, 1.0, 0.09, wall_oom=25.5, wall_slope=0.15)
    assert np.log10(found) == pytest.approx(27.0 - 0.09 / 0.15, abs=1e-12)
    # and below the wall one for one: Psi(27) = 25.725, .3 less is 25.425
    found = replacement_value(1e27, 1.0, 0.3, wall_oom=25.5, wall_slope=0.15)
    assert np.log10(found) == pytest.approx(25.425, abs=1e-12)
    # a wall that lets nothing through: no more than the wall was ever of use, and never more than C
    assert np.log10(replacement_value(1e27, 1.0, 0.0, wall_oom=25.5, wall_slope=0.0)) <= 27.0
    assert np.log10(replacement_value(1e27, 1.0, 0.1, wall_oom=25.5, wall_slope=0.0)) == pytest.approx(25.4)
    assert inverse_wall(26.0, 25.5, 0.0) == np.inf


def test_own_use_pays_only_below_the_price() -> None:
    found = self_use_value([1e3, 1e9], 0.05, 0.02, years=2.0)
    np.testing.assert_allclose(found, [60.0, 6e7])
    assert self_use_value(1e9, 0.02, 0.05) == 0.0


def test_inference_bill_and_share_are_those_of_p24() -> None:
    """C = 5e25, 1e9 tasks of 4e14 FLOP: the weights' share is the complement of the thief's bill's."""
    depth = np.array([1.0, 10.0, 1e2, 1e3, 1e4])
    bill = inference_bill(1e9, 4e14, depth, 1.4e-18)
    share = inference_share(bill, replacement_value(5e25, 1.4e-18))
    np.testing.assert_allclose(1.0 - share, weights_cost_share(5e25, 1e9, 4e14, depth), rtol=1e-12)
    np.testing.assert_allclose(1.0 - share, [0.99206, 0.92593, 0.55556, 0.11111, 0.01235], atol=5e-6)
    assert math.isnan(float(inference_share(0.0, 0.0)))


def test_few_tasks_need_hardly_any_inference() -> None:
    """C54: at a thousand tasks even depth 10,000 costs less than a thousandth of the weights."""
    bill = inference_bill(1e3, 4e14, 1e4, 1.4e-18)
    assert inference_share(bill, replacement_value(5e25, 1.4e-18)) < 1e-3


def test_hazard_is_the_share_of_thieves_for_whom_it_pays() -> None:
    """a V / (V + K0 + k s): at value = median cost half of them, nothing for nothing, a at most."""
    assert theft_hazard(3e7, 1e7, **RULES) == pytest.approx(0.1)
    assert theft_hazard(0.0, 0.0, **RULES) == 0.0
    assert theft_hazard(-5.0, 0.0, **RULES) == 0.0
    assert theft_hazard(1e15, 0.0, **RULES) == pytest.approx(0.2, rel=1e-6)
    spent = theft_hazard(1e8, np.array([0.0, 1e6, 1e8]), **RULES)
    worth = theft_hazard(np.array([1e6, 1e8, 1e10]), 1e7, **RULES)
    assert (np.diff(spent) < 0).all() and (np.diff(worth) > 0).all()
    # against thieves drawn one by one: cost = median x odds of a uniform (log-logistic)
    u = (np.arange(200_000) + 0.5) / 200_000
    cost = (1e7 + 2.0 * 5e6) * u / (1.0 - u)
    assert theft_hazard(7e7, 5e6, **RULES) == pytest.approx(0.2 * (cost < 7e7).mean(), rel=1e-4)


def test_best_security_against_a_fine_search() -> None:
    levels = np.linspace(0.0, 2e9, 400_001)
    for value, loss in ((1e8, 1e9), (1e9, 5e9), (1e7, 1e5), (1e9, 3e10)):
        total = levels + loss * theft_hazard(value, levels, **RULES)
        assert best_security(value, loss, **RULES) == pytest.approx(levels[int(total.argmin())], abs=5e3)
    assert best_security(1e9, 1e12, attempts_year=1.0, attack_cost_usd=1e7, attack_ratio=0.0) == 0.0


# -- labs --------------------------------------------------------------------------------------------


@cache
def stolen() -> Results:
    return simulate(small(changes=STEALING), seed=5)


def test_a_lab_takes_the_cheapest_sum_of_spending_and_loss() -> None:
    """Illicit hosts that please as much as labs, and thieves by the score: security pays."""
    fierce = STEALING | {"security.illicit_appeal": 4.0, "security.first_level_usd_year": 1e4}
    found = simulate(small(changes=fierce), seed=5)
    made = found.decisions.query("decision == 'security'")
    for _, options in made.groupby(["step", "lab"]):
        assert options["chosen"].sum() == 1
        best = options.loc[options["chosen"], "expected_payoff_usd"].iloc[0]
        assert best == options["expected_payoff_usd"].max() and (options["expected_payoff_usd"] <= 0).all()
    assert found.metrics["security_spend_usd"].max() > 0
    paid = found.labs.groupby("step")["security_usd"].sum()
    np.testing.assert_allclose(found.metrics["security_spend_usd"], paid)
    # what is paid in a step is a level of yearly spending
    levels = 1e4 * np.array(LEVELS) * found.scenario.horizon.step_years
    spent = found.labs["security_usd"].to_numpy()
    assert np.isclose(spent[:, None], levels[None, :]).any(axis=1).all()


def test_more_at_stake_never_means_less_security() -> None:
    spend = []
    for leak in (0.0, 0.3, 1.0):
        changes = STEALING | {
            "security.leak_probability": leak,
            "security.illicit_appeal": 4.0,
            "security.first_level_usd_year": 1e4,
            "security.attack_ratio": 1e4,
        }
        industry = run(small(changes=changes), 1, seed=5)
        spend.append([lab.security_usd_year for lab in industry.labs if lab.entered_step == 0])
    assert sum(spend[0]) == 0 and sum(spend[2]) > 0
    assert all(a <= b <= c for a, b, c in zip(*spend, strict=True))


def test_review_comes_once_a_year_and_values_are_of_three_forms() -> None:
    industry = run(small(), 1)
    outlook = industry.public_outlook
    assert outlook is not None
    lab = next(x for x in industry.active_labs if target(x) is not None)
    assert not due(lab, outlook) and lab.secured_until == pytest.approx(outlook.years + 1.0)
    model = target(lab)
    assert model is not None
    found = values(lab, model, outlook)
    assert set(found) == {"replacement", "small use", "large use", "entry"}
    assert lab.weights_value_usd == max(found.values()) > 0
    assert found["large use"] == pytest.approx(1e6 * found["small use"])
    # the entry value is that of one more lab: less than what it earns now, were it as liked as the median
    again = entry_values([lab], -50.0, outlook)[0]
    assert again == pytest.approx(0.0, abs=1e-6 * max(1.0, found["entry"]))
    assert entry_values([lab], 50.0, outlook)[0] > found["entry"]


def test_no_secret_no_review() -> None:
    industry = run(small(), 1)
    outlook = industry.public_outlook
    assert outlook is not None
    lab = industry.active_labs[0]
    for model in lab.models:
        model.open_weights = True
    assert target(lab) is None and decide_together([lab], decide_security, outlook) == []
    assert lab.theft_hazard_year == lab.security_usd_year == 0.0


# -- a run -------------------------------------------------------------------------------------------


def test_thefts_and_leaks_are_told_and_counted() -> None:
    found = stolen()
    told = found.events.groupby("kind").size()
    models = found.models
    assert told["theft"] == models["stolen"].sum() == found.metrics["thefts_total"].iloc[-1] > 0
    assert told["leak"] == models["leaked"].sum() == found.metrics["leaks_total"].iloc[-1] > 0
    assert (models.loc[models["leaked"], "leaked_step"] == models.loc[models["leaked"], "stolen_step"]).all()
    assert not (models["leaked"] & models["open_weights"] & (models["opened_step"] < 0)).any()


def test_a_leaked_model_is_sold_by_an_illicit_host_from_then_on() -> None:
    found = stolen()
    illicit = found.tiers.query("self_hosted and not open_weights")
    assert not illicit.empty and illicit["host_run"].all()
    first = illicit.groupby("model")["step"].min()
    leaked = found.models.set_index("model")["leaked_step"]
    assert (first > leaked[first.index]).all() and (leaked[first.index] >= 0).all()
    assert (illicit["revenue_usd"] == 0).all()  # nobody's revenue: it goes to whoever owns the compute


def test_thefts_come_at_the_hazard() -> None:
    """Many runs of one step: as many thefts as 1 - exp(-h dt) says, within four deviations."""
    seen, expected, variance = 0, 0.0, 0.0
    for seed in range(24):
        industry = run(small(changes={"security.attempts_year": 2.0, "users.count": 50}), 1, seed=seed)
        for lab in industry.labs:
            chance = -math.expm1(-lab.theft_hazard_year * 0.25)
            expected, variance = expected + chance, variance + chance * (1.0 - chance)
            seen += sum(m.stolen_step >= 0 for m in lab.models)
    assert expected > 12 and abs(seen - expected) < 4.0 * math.sqrt(variance)


def test_without_thieves_nothing_of_it_is_left() -> None:
    """No attempts: no theft; and what remains, reviews, moves no table but their own columns."""
    calm = simulate(small(changes={"security.attempts_year": 0.0}), seed=5)
    off = simulate(small(changes={"security.theft": False}), seed=5)
    assert "theft" not in set(calm.events["kind"]) and calm.labs["security_usd"].sum() == 0
    own = {"decisions", "labs.weights_entry_usd", "metrics.theft_value_entry_usd"}
    assert differences(calm, off, skip=own) == []


def test_a_theft_that_does_not_leak_changes_no_market() -> None:
    """A state keeps what it took: users, prices and profits are those of a world without thieves."""
    state: dict[str, Any] = {"security.attempts_year": 20.0, "security.leak_probability": 0.0}
    taken = simulate(small(changes=state), seed=5)
    off = simulate(small(changes={"security.theft": False}), seed=5)
    assert taken.metrics["thefts_total"].iloc[-1] > 0
    for name in ("tiers", "users", "purchases", "data_centres", "contracts"):
        assert differences(taken, off, skip=set(taken.tables) - {name}) == []
