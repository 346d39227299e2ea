"""Sites, regions and prices of compute add up to the tables."""

from __future__ import annotations

import json

import pytest

from tests.browser.small_run import watched_after
from viz.film import Snapshot
from viz.options import data_centres as options
from viz.pages.data_centres import buyers, sites, sums, used


@pytest.fixture(scope="module")
def now() -> Snapshot:
    return watched_after(4, "pretraining", horizon=4).now


def test_regions_add_up_to_all_sites(now: Snapshot) -> None:
    held = sums(now)
    assert len(held) == now.step + 1
    for step, frame in enumerate(held):
        rows = now.film.rows("data_centres", step)
        for key in ("power_mw", "waiting_mw", "other_flop"):
            assert sum(region[key] for region in frame.values()) == pytest.approx(sum(r[key] for r in rows))
        assert set(frame) == {row["region"] for row in rows}


def test_what_is_sold_is_told_whole(now: Snapshot) -> None:
    parts = buyers(now)
    for step in range(now.step + 1):
        assert sum(values[step] for values in parts.values()) == pytest.approx(100.0)
    rows = now.rows("data_centres")
    serving = sum(r["inference_flop"] for r in rows)
    whole = sum(r["training_flop"] + r["inference_flop"] + r["other_flop"] for r in rows)
    assert parts["labs, serving users"][-1] == pytest.approx(100 * serving / whole)
    assert all(0 <= values[-1] <= 100 for _, values in used(now, ["US", "EU"]).values())


def test_the_largest_sites_come_first_and_are_whole(now: Snapshot) -> None:
    found = sites(now)
    assert len(found) == len(now.rows("data_centres"))
    option = options.sites(found, most=5)
    json.dumps(option, allow_nan=False)
    totals = [sum(s["data"][at]["value"] for s in option["series"]) for at in range(5)]
    everyone = sorted((s.power_mw + s.pending_mw + s.waiting_mw for s in found), reverse=True)
    assert totals == pytest.approx(everyone[:5], rel=1e-3)
    assert f"5 largest of {len(found)}" in option["title"]["subtext"]


def test_blocks_leave_out_sites_without_power_and_show_what_can_be_seen() -> None:
    empty = options.Site("new", "US", "#000000", 0.0, 100.0, 0.0, 0.0, "card")
    large = options.Site("old", "US", "#000000", 500.0, 0.0, 0.0, 250.0, "card")
    option = options.blocks([empty, large], 50.0)
    json.dumps(option, allow_nan=False)
    assert option["computeshift"]["points_drawn"] == 1
    assert option["series"][0]["data"][0]["value"] == [500.0, 250.0]
    assert option["series"][0]["markLine"]["data"][0]["yAxis"] == 50.0
    assert options.blocks([], 50.0)["series"] == []


def test_charts_over_time_are_whole() -> None:
    labels, parts = ["a", "b"], [("US", "#0072B2", [1.0, 2.0]), ("EU", "#009E73", [0.0, 1.0])]
    for option in (
        options.power(labels, parts, []),
        options.permits(labels, parts, []),
        options.utilisation(labels, {"US": ("#0072B2", [50.0, 99.0])}, []),
        options.rental(labels, [1.0, 0.5], "#0072B2", []),
    ):
        json.dumps(option, allow_nan=False)
        assert option["title"]["subtext"] and option["computeshift"]["points_drawn"] == 2
    assert all(series["stack"] for series in options.power(labels, parts, [])["series"])
