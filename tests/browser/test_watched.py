"""The watched model is the same industry, cannot raise, and its log and scenario say what was switched."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from model import simulate
from model.industry import Industry
from model.results import Results
from model.sections.oversight import Rule
from viz.film import StoredFilm
from viz.setup import Setup, regime
from viz.twins import Twins
from viz.watched import Switch, Watched, switched

SMALL = {
    "users.count": 200,
    "labs.research_sample": 80,
    "labs.screening_sample": 50,
    "horizon.steps": 5,
}


def small(name: str = "pretraining", **changes: Any) -> Setup:
    return Setup(regime(name), 3).with_changes({**SMALL, **changes})


def same(one: Results, two: Results) -> None:
    for name, table in one.tables.items():
        pd.testing.assert_frame_equal(table, two.tables[name], obj=name)


def test_it_is_the_industry_of_the_experiments() -> None:
    watched = Watched(small())
    for _ in range(9):  # more than there are: the run ends at its horizon
        watched.step()
    assert watched.period == 5 and watched.finished and not watched.running
    same(watched.results, simulate(small().scenario, seed=3))


def test_old_frames_are_packed_and_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("viz.film.OPEN", 1)
    watched = Watched(small())
    for _ in range(5):
        watched.step()
    packed = [type(frame) for frame in watched.film._frames["decisions"]]
    assert packed == [bytes] * 5 + [dict]
    same(watched.results, simulate(small().scenario, seed=3))
    assert watched.film.at(1).rows("tiers")[0]["step"] == 1
    watched.step()
    same(watched.results, simulate(small().scenario, seed=3))


def test_policies_switched_meanwhile_are_in_what_reproduces_the_run() -> None:
    watched = Watched(small())
    watched.step()
    watched.switch("training-threshold", False)
    watched.switch("price-cap", True, price_cap_usd_month=15.0)
    assert [r.policy for r in watched.settings.regulation] == ["training-threshold"]  # not before the step
    watched.step()
    watched.switch("price-cap", False)
    watched.switch("effective-compute", True)
    for _ in range(3):
        watched.step()
    assert watched.fault == ""
    told = [row["text"] for row in watched.now.events if row["kind"] == "policy"]
    assert told == [
        "training threshold switched off by hand",
        "price cap switched on by hand",
        "price cap switched off by hand",
        "effective compute switched on by hand",
    ]
    same(watched.results, simulate(watched.setup.scenario, seed=3))


def test_the_last_word_on_a_policy_counts() -> None:
    watched = Watched(small())
    watched.switch("price-cap", True, price_cap_usd_month=15.0)
    watched.switch("price-cap", False)
    watched.step()
    assert not any(rule.policy == "price-cap" for rule in watched.settings.regulation)


def test_a_rule_switched_off_before_it_begins_never_was() -> None:
    later = Rule(policy="price-cap", start_year=3.0, price_cap_usd_month=9.0)
    now = Rule(policy="training-cap", start_year=0.5, training_cap_oom=26.0)
    kept = switched([later, now], Switch(4, "price-cap", False), 1.0, "regulator")
    assert kept == [(1, now)]
    ended = switched([later, now], Switch(4, "training-cap", False), 1.0, "regulator")
    assert [(place, rule.end_year) for place, rule in ended] == [(0, later.end_year), (1, 1.0)]


def test_a_rule_that_is_on_goes_on_with_another_number() -> None:
    """What it was besides stays: its end, its fines."""
    rule = Rule(policy="training-threshold", threshold_oom=25.0, fine_usd=7e7, end_year=9.0)
    switch = Switch(4, "training-threshold", True, (("threshold_oom", 26.0),))
    (_, before), (place, after) = switched([rule], switch, 1.0, rule.regulator)
    assert (before.threshold_oom, before.end_year) == (25.0, 1.0) and place is None
    assert after == rule.model_copy(update={"threshold_oom": 26.0, "start_year": 1.0})


@pytest.mark.filterwarnings("default")
def test_an_exception_stops_the_run_and_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    watched = Watched(small())
    watched.step()

    def fail(self: Industry) -> None:
        raise ArithmeticError("boom")

    monkeypatch.setattr(Industry, "step", fail)
    watched.step()
    assert not watched.running and watched.fault == "ArithmeticError: boom"
    assert watched.now.step == 1
    assert "boom" in watched.now.events[-1]["text"] and watched.now.events[-1]["kind"] == "stopped"
    watched.step()  # and it stays stopped
    assert watched.now.step == 1


def test_parameters_that_cannot_be_built_stop_a_run_not_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    begin = Industry._begin
    calls = []

    def once(self: Industry, scenario: Any, seed: int) -> None:
        calls.append(scenario)
        if len(calls) == 1:
            raise MemoryError("too large")
        begin(self, scenario, seed)

    monkeypatch.setattr(Industry, "_begin", once)
    watched = Watched(small())
    assert not watched.running and "too large" in watched.fault
    assert watched.now.step == 0 and watched.now.rows("labs")


def test_stored_results_look_like_the_run() -> None:
    watched = Watched(small())
    for _ in range(3):
        watched.step()
    stored = StoredFilm(watched.results)
    live, held = watched.film.at(2), stored.at(2)
    assert live.label == held.label == "Jul 2025" and stored.last == 3
    for name in ("labs", "tiers", "users", "purchases", "data_centres", "regulators", "decisions", "events"):
        assert len(live.rows(name)) == len(held.rows(name)), name
    assert [r["name"] for r in live.rows("labs")] == [r["name"] for r in held.rows("labs")]
    assert live.metric("hhi_revenue") == held.metric("hhi_revenue") and len(held.metric("hhi_revenue")) == 3


def test_twins_in_lock_step_are_the_scripted_runs_number_by_number() -> None:
    watched = Watched(small())
    twins = Twins(watched, small())
    others = ["inference-at-deployment", "mixed"]
    for step in range(4):
        if step == 2:
            watched.switch("compute-tax", True, tax_share=0.3)
        watched.step()
        twins.catch_up(others, watched.period, lambda: None)
        assert [twins.runs[name].period for name in others] == [step + 1] * 2
    rules = watched.setup.changes["regulation"]
    for name in others:
        scripted = small(name, **{"horizon.steps": 4, "regulation": rules}).scenario
        mine, theirs = twins.runs[name].results, simulate(scripted, seed=3)
        same(mine, theirs)
    twins.close()
    twins.catch_up(others, 5, lambda: None)
    assert twins.runs["mixed"].period == 4
