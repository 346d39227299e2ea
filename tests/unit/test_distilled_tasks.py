"""What was distilled raises tasks by how far their answers can be checked, wherever it is read."""

from __future__ import annotations

from typing import cast

import numpy as np
import pandas as pd
import pytest

from agents.decisions.evaluating import measured
from agents.decisions.internal import research_share
from agents.decisions.outlook import Ask, appraise
from agents.fringe import Published
from agents.lab import Lab
from experiments.claims import tables
from model import Industry, Results
from model.catalogue import FoundationModel, Round, Spec
from model.knowhow import Knowhow
from model.mechanisms.internal import automated_share
from model.mechanisms.scaling import saturating_depth
from model.phases.accounts import consumption
from model.phases.internal import inside_profile
from model.record_frames import rows_of
from model.record_tiers import tier_columns
from tests.support.small import run, small, theory

E = 0.8  # OOM distilled
VERIFIABLE = [0.1, 0.1, 0.4, 0.3, 0.7, 0.9, 1.0, 0.5]
MEAN = 0.372  # usage-weighted over a person's tasks, by hand
BY_TASK = E * (np.array(VERIFIABLE) / MEAN - 1.0)  # beyond the mean, where nothing is gained elsewhere
RESEARCH = 7  # the feared class, and the one that takes people longest


def world(elsewhere: float) -> tuple[Industry, Lab, FoundationModel]:
    """An industry in which everything sold by one lab has E OOM distilled into it."""
    changes = {"technology.distillation.elsewhere": elsewhere, "compute.price": 1.4e-18}
    industry = run(small("inference-in-training", changes), 1)
    lab = max(industry.active_labs, key=lambda x: x.best_model.base_oom if x.best_model else -np.inf)
    model = lab.best_inside
    assert model is not None
    model.distillation_oom, model.mitigation_oom, model.inherited_oom = E, 0.0, 0.0
    for tier in lab.tiers:
        tier.model = model
    return industry, lab, model


def test_the_mean_is_the_gain_and_tasks_share_it_by_ground_truth() -> None:
    industry, _, model = world(0.0)
    know = industry.knowhow
    np.testing.assert_allclose(know.levels(model.base_oom, E) - model.base_oom, BY_TASK, rtol=0, atol=1e-12)
    base, one = np.array([model.base_oom]), np.ones(1)
    found = know.profile(0, base, one, distilled_oom=np.array([E]))
    np.testing.assert_allclose(found.capability[0], model.base_oom + BY_TASK, rtol=0, atol=1e-12)
    assert found.mean_capability[0] == pytest.approx(model.base_oom, abs=1e-12)


def test_tests_and_actors_meet_what_was_distilled_into_the_feared_class() -> None:
    industry, _, model = world(0.0)
    know = industry.knowhow
    assert measured(model, 1.0, know) == pytest.approx(model.base_oom + BY_TASK[RESEARCH], abs=1e-12)
    levels = know.dangerous(np.full((2, 1), 25.0), np.ones((2, 1)), np.zeros(1), np.array([E]))
    np.testing.assert_allclose(levels, 25.0 + BY_TASK[RESEARCH], rtol=0, atol=1e-12)


def test_books_records_and_models_inside_show_it() -> None:
    industry, lab, model = world(0.0)
    for channel, book in industry.books().items():
        table = industry.knowhow.tables[channel]
        for k, tier in enumerate(book.tiers):
            level = book.profile.capability[k] - table.exponent * saturating_depth(
                np.log10(book.profile.depth[k]), table.span
            )
            own = BY_TASK if tier.model is model else 0.0
            np.testing.assert_allclose(level - tier.base_oom, np.broadcast_to(own, level.shape), atol=1e-9)
    owners, found = inside_profile(industry, industry.active_labs)
    table = industry.knowhow.tables[industry.channels[0]]
    row = owners.index(lab)
    added = table.exponent * saturating_depth(np.log10(found.depth[row]), table.span)
    np.testing.assert_allclose(found.capability[row] - added - model.base_oom, BY_TASK, atol=1e-9)


def test_a_lab_reckons_with_it() -> None:
    """The same menu is worth another profit where what was distilled helps other tasks."""
    found = []
    for elsewhere in (0.0, 1.0):
        industry, lab, model = world(elsewhere)
        outlook = industry.outlook(industry.books())
        menu = [Spec.of(t) for t in lab.menus[0]]
        bare = [s._replace(distilled_oom=0.0) for s in menu]
        ask = Ask(0, [menu, bare], iterations=0)
        found.append(appraise([(lab, ask)], outlook)[0].profit)
        share = research_share(model, 1.0, outlook)
        tasks, tech = industry.settings.tasks, industry.knowhow.technology
        level = model.base_oom + (BY_TASK[RESEARCH] if elsewhere == 0.0 else 0.0)
        slope = industry.settings.users.irt_slope
        by_hand = automated_share(level, tasks[RESEARCH].difficulty_oom, slope, tech.human_level_oom)
        assert share == pytest.approx(float(by_hand), rel=1e-9)
    assert found[0][0] != found[0][1] and found[1][0] == found[1][1]


def test_it_goes_with_the_model() -> None:
    """Into a tier that moves to it, its hosts, a lab that builds on it, a copy that is distilled further."""
    industry, lab, model = world(0.0)
    outlook = industry.outlook(industry.books())
    other = next(x for x in industry.active_labs if x is not lab)
    spec = Spec.of(other.tiers[0]).on(model, 0.25)
    assert (spec.base_oom, spec.distilled_oom) == (model.base_oom + 0.25, E + 0.25)
    assert spec.distilled(0.5)[0] == spec.base_oom + 0.5 and spec.distilled(0.5).distilled_oom == E + 0.75
    assert Published.of(model).distilled_oom == E
    built = other.build_on(model, 1e24, outlook)
    assert built.distillation_oom == 0.0 and built.distilled_oom == E
    again = other.build_on(built, 1e24, outlook)
    other.distil(Round(again, 100.0, 0.5, 0.1, 1e22, 1e21, 1e9, 0.0, 0))
    assert other.checkpoint(again, outlook).distilled_oom == pytest.approx(E + 0.1)


def test_a_single_task_gets_the_gain_whole() -> None:
    scenario = theory(
        [{"name": "One", "tiers": [{"depth": 2.0, "price_usd": 1.0}]}],
        {"technology.distillation.elsewhere": 0.1},
    )
    assert not np.any(Knowhow.at(scenario, 0.0).tables[0].tilt)


def test_what_users_get_in_checkable_tasks_is_on_record() -> None:
    """By hand for one tier: means over classes of which half or more can be checked, and over the rest."""
    industry, _, _ = world(0.0)
    books = industry.books()
    rows = {row["tier"]: row for row in rows_of(tier_columns(industry, books, consumption(industry, books)))}
    usage = industry.knowhow.tables[0].usage
    for k, number in enumerate(books[0].id.tolist()):
        for column, values in (
            ("checkable_gap_oom", books[0].profile.capability[k]),
            ("checkable_value_gap", books[0].profile.value[k]),
        ):
            high = sum(usage[m] * values[m] for m in (4, 5, 6, 7)) / sum(usage[m] for m in (4, 5, 6, 7))
            low = sum(usage[m] * values[m] for m in range(4)) / sum(usage[m] for m in range(4))
            assert rows[number][column] == pytest.approx(high - low, rel=1e-9)


def test_users_weigh_in_the_measure_of_the_claim() -> None:
    tiers = pd.DataFrame(
        {
            "step": [0, 1, 1, 1, 2],
            "users": [9.0, 3.0, 1.0, 0.0, 2.0],
            "checkable_gap_oom": [99.0, 1.0, 5.0, 77.0, 4.0],
            "checkable_value_gap": [99.0, -1.0, 3.0, 77.0, np.nan],
        }
    )
    results = cast("Results", _Tables({"tiers": tiers}))
    assert tables.checkable_capability(results) == pytest.approx((2.0 + 4.0) / 2)
    assert tables.checkable_value(results) == pytest.approx(0.0)


class _Tables:
    """Results with tables alone."""

    def __init__(self, found: dict[str, pd.DataFrame]) -> None:
        self.tables = found
