"""Common random numbers: the same users and the same luck in every regime; nobody shifts another's draws."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from agents.users import make_segments
from model import Industry, simulate
from model import metrics as measures
from model.metrics import Snapshot, metric, registry
from model.streams import Streams
from tests.support.small import REGIMES, differences, small

COLUMNS = ("income", "scale", "mix", "taste", "overhead", "weight", "decile", "slots", "features")


# -- streams -------------------------------------------------------------------------------------


def test_a_slots_draw_does_not_depend_on_how_many_there_are() -> None:
    streams = Streams(7)
    long = streams.uniform("person.choice", 3, 10_001)
    for size in (1, 2, 3, 7, 64, 1000, 9_999):
        np.testing.assert_array_equal(streams.uniform("person.choice", 3, size), long[:size])
    assert long.dtype == np.float32 and long.min() >= 0 and long.max() < 1
    assert abs(long.mean() - 0.5) < 4 / np.sqrt(12 * long.size)


def test_streams_have_nothing_in_common() -> None:
    """Another seed, name or step is another stream; the same is the same, in any order of asking."""
    first = Streams(7).uniform("a", 1, 500)
    others = [
        Streams(8).uniform("a", 1, 500),
        Streams(7).uniform("b", 1, 500),
        Streams(7).uniform("a", 2, 500),
        Streams(7).uniform("a", 0, 500),
    ]
    for other in others:
        assert abs(np.corrcoef(first, other)[0, 1]) < 0.2 and not (first == other).any()
    again = Streams(7)
    again.uniform("z", 9, 3)
    np.testing.assert_array_equal(again.uniform("a", 1, 500), first)
    np.testing.assert_array_equal(again.uniform("a", 1, 500), first)


def test_steps_of_a_stream_do_not_overlap() -> None:
    """Not even far into the longest one: step k + 1 does not begin inside step k."""
    long = Streams(7).uniform("a", 0, 200_000)
    start = Streams(7).uniform("a", 1, 4)
    windows = np.lib.stride_tricks.sliding_window_view(long, 4)
    assert not (windows == start).all(axis=1).any()


def test_draws_of_one_stream_leave_nothing_behind_in_another() -> None:
    streams = Streams(7)
    streams.uniform("before", 3, 5)  # half of a word of the generator is left over
    kept = streams.generator("kept", 2)
    drawn = streams.uniform("a", 1, 9)
    assert (drawn == Streams(7).generator("a", 1).random(9, dtype=np.float32)).all()
    assert (kept.random(4) == Streams(7).generator("kept", 2).random(4)).all()


# -- users ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("regime", [r for r in REGIMES if r != "pretraining"])
def test_the_same_users_live_in_every_regime(regime: str) -> None:
    reference = Industry(small("pretraining"), rng=9).segments
    for mine, theirs in zip(reference, Industry(small(regime), rng=9).segments, strict=True):
        for column in COLUMNS:
            np.testing.assert_array_equal(getattr(mine, column), getattr(theirs, column))


def test_another_seed_is_another_crowd() -> None:
    one, other = (Industry(small(), rng=seed).segments[0] for seed in (1, 2))
    assert not np.array_equal(one.income, other.income)
    np.testing.assert_allclose(np.sort(one.income), np.sort(other.income))  # the same distribution
    assert not np.array_equal(one.mix, other.mix)


def test_more_slots_leave_the_first_ones_their_tasks_and_talents() -> None:
    """Incomes are dealt anew, for they are the exact bins of one distribution; the draws are not."""
    few, many = (
        make_segments(small(changes={"users.count": count, "users.quality_taste_spread": 0.3}), Streams(4))
        for count in (200, 500)
    )
    for a, b in zip(few, many, strict=True):
        for column in ("mix", "taste", "overhead"):
            left, right = getattr(a, column), getattr(b, column)
            np.testing.assert_array_equal(left, right[..., : left.shape[-1]])


def test_the_same_luck_in_every_regime() -> None:
    """Until a decision differs nothing else may: who reconsiders at step one is the same everywhere."""
    masks = []
    for regime in REGIMES:
        industry = Industry(small(regime), rng=9)
        masks.append(industry.streams.uniform("person.reconsider", 1, 100))
    assert all((mask == masks[0]).all() for mask in masks)


# -- onlookers and strangers -----------------------------------------------------------------------


@pytest.fixture
def throwaway_metric() -> Iterator[None]:
    """One more metric, for as long as the test lasts."""

    @metric(unit="nonsense")
    def throwaway(snapshot: Snapshot) -> float:
        """Something nobody asked for."""
        return float(np.random.default_rng(0).random() + snapshot.step)

    registry.cache_clear()
    assert "throwaway" in registry()
    yield
    del measures._FOUND["throwaway"]
    registry.cache_clear()


def test_one_more_metric_shifts_nothing(throwaway_metric: None) -> None:
    watched = simulate(small("mixed"), seed=4)
    assert "throwaway" in watched.metrics
    del measures._FOUND["throwaway"]
    registry.cache_clear()
    plain = simulate(small("mixed"), seed=4)
    measures._FOUND["throwaway"] = None  # type: ignore[assignment]  # for the fixture to take away
    assert differences(watched, plain) == ["metrics.throwaway"]


RULE = {  # a rule that pays to break, so that its auditors have work
    "start_year": 0.0,
    "threshold_oom": 25.3,
    "report_cost_usd": 2e8,
    "fine_usd": 2e6,
    "fine_turnover_share": 0.0,
}
STRANGERS = {
    "not yet in force": {"start_year": 900.0},
    "over": {"start_year": -50.0, "end_year": 0.0},
    "covers nobody": {"start_year": 0.0, "threshold_oom": 900.0, "audits_per_year": 0.0},
}


@pytest.mark.parametrize("kind", STRANGERS)
def test_a_rule_that_never_binds_shifts_nothing(kind: str) -> None:
    """Appended to the rules it may add its own row to the regulators' table, no more."""
    rules = [RULE, STRANGERS[kind]]
    plain = simulate(small("mixed").override({"regulation": [RULE]}), seed=4)
    crowded = simulate(small("mixed").override({"regulation": rules}), seed=4)
    assert plain.regulators["audits"].sum() > 3
    own = crowded.regulators[crowded.regulators["threshold"] != 900.0].reset_index(drop=True)
    assert own.equals(plain.regulators)
    assert differences(plain, crowded, skip=("regulators",)) == []


def test_a_rule_that_ends_leaves_the_luck_of_the_others_alone() -> None:
    """Auditors of the second rule meet the same luck whether the first, idle one is still there or not."""
    idle = STRANGERS["covers nobody"]
    runs = [
        simulate(small("mixed").override({"regulation": [idle | {"end_year": end}, RULE]}), seed=4)
        for end in (0.5, 100.0)
    ]
    assert differences(*runs, skip=("regulators",)) == []


def test_an_entrant_who_stays_away_shifts_nobody() -> None:
    """Entrants draw from their own streams: with capital for nothing they leave every number alone."""
    poor = {"labs.entrant_capital_usd": 0.0, "labs.entry_cost_usd": 1e9}
    quiet = simulate(small(changes=poor | {"labs.entry_hazard_year": 0.0}), seed=4)
    busy = simulate(small(changes=poor | {"labs.entry_hazard_year": 30.0}), seed=4)
    assert not (busy.events["kind"] == "entry").any()
    assert differences(quiet, busy, skip=("decisions",)) == []
