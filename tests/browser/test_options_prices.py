"""Menus, and what each tenth of wealth buys, pays and gains, add up to the tables."""

from __future__ import annotations

import json
import math

import pytest

from viz.film import Snapshot
from viz.options.prices import Tier, by_decile, menus
from viz.pages.prices import _tiers, above, bought, depths, without
from viz.setup import Setup, regime
from viz.watched import Watched

SMALL = {
    "users.count": 300,
    "labs.research_sample": 80,
    "labs.screening_sample": 50,
    "horizon.steps": 5,
}


@pytest.fixture(scope="module")
def now() -> Snapshot:
    watched = Watched(Setup(regime("inference-at-deployment"), 3).with_changes(SMALL))
    for _ in range(4):
        watched.step()
    return watched.now


def test_every_priced_offer_is_in_the_menu_once(now: Snapshot) -> None:
    for channel in ("subscription", "metered"):
        option = menus("M", "passes", True, _tiers(now, channel)["depth"])
        json.dumps(option, allow_nan=False)
        drawn = [tuple(one["value"]) for series in option["series"] for one in series["data"]]
        rows = [r for r in now.rows("tiers") if r["channel"] == channel and r["price_usd_month"] > 0]
        assert len(drawn) == len(rows) == option["computeshift"]["points_drawn"]
        assert sorted(y for _, y in drawn) == pytest.approx(
            sorted(r["price_usd_month"] for r in rows), rel=1e-4
        )


def test_the_most_used_offer_has_the_largest_mark_and_open_ones_are_hollow() -> None:
    option = menus(
        "M",
        "OOM",
        False,
        [
            Tier("A", "#111111", 27.0, 20.0, 900.0, "card"),
            Tier("A", "#111111", 26.0, 0.0, 100.0, "free: not on a log axis"),
            Tier("A", "#111111", 25.0, 5.0, 100.0, "card", open=True),
            Tier("B", "#222222", 26.0, 10.0, 0.0, "card"),
        ],
    )
    assert [one["name"] for one in option["series"]] == ["A", "A", "B"]
    assert option["legend"]["data"] == ["A", "B"]
    marks = {one["data"][0]["symbol"]: one["data"][0]["symbolSize"] for one in option["series"][:2]}
    assert marks["circle"] == 28.0 > marks["emptyCircle"] > option["series"][2]["data"][0]["symbolSize"]


@pytest.mark.parametrize("segment", ["person", "business"])
def test_each_tenth_is_told_whole(now: Snapshot, segment: str) -> None:
    for option in (bought(now, segment), depths(now, segment)):
        json.dumps(option, allow_nan=False)
        held = [series["data"] for series in option["series"]]
        for decile in range(10):
            assert sum(values[decile] for values in held) == pytest.approx(100.0, abs=0.1)
        nobody = next(s["data"] for s in option["series"] if s["name"] == "no AI")
        for row in now.rows("users"):
            if row["segment"] == segment:
                assert nobody[row["decile"] - 1] == pytest.approx(100 * (1 - row["adoption"]), abs=0.1)


def test_who_goes_without_is_one_less_adoption(now: Snapshot) -> None:
    held = without(now)
    assert all(len(values) == now.step + 1 for values in held.values())
    poorest = next(r for r in now.rows("users") if r["segment"] == "person" and r["decile"] == 1)
    assert held["poorest tenth of people"][-1] == pytest.approx(100 * (1 - poorest["adoption"]))
    people = [r for r in now.rows("users") if r["segment"] == "person"]
    mean = sum(r["population"] * r["adoption"] for r in people) / sum(r["population"] for r in people)
    assert held["people"][-1] == pytest.approx(100 * (1 - mean))


def test_a_log_axis_begins_below_all_values() -> None:
    option = by_decile(
        "T", "USD", [("a", "#000000", [0.3, 20.0] + [math.nan] * 8)], log=True, before=[5.0] * 10
    )
    json.dumps(option, allow_nan=False)
    assert option["yAxis"]["min"] == pytest.approx(0.1)
    assert option["series"][0]["data"][:3] == [0.3, 20.0, None]
    assert option["legend"]["data"] == ["a", "at the start"] and option["legend"]["show"]
    empty = by_decile("T", "USD", [("a", "#000000", [math.nan] * 10)], log=True)
    assert empty["yAxis"]["min"] is None and not empty["legend"]["show"]


def test_capability_is_told_against_the_poorest(now: Snapshot) -> None:
    people = sorted((r for r in now.rows("users") if r["segment"] == "person"), key=lambda r: r["decile"])
    held = above(people)
    assert held[0] == 0.0 and held[-1] == people[-1]["capability_oom"] - people[0]["capability_oom"]
