"""The map shows every agent once, in its own place, with sizes that mean something."""

from __future__ import annotations

import json
import math
from itertools import pairwise
from typing import Any

import pytest

from tests.browser.small_run import watched_after
from viz.film import Snapshot
from viz.network import DOTS, drawn_links, network, samples, slots
from viz.options import industry_map as options
from viz.pages.industry_map import drawn


@pytest.fixture(scope="module")
def now() -> Snapshot:
    return watched_after(7, "inference-at-deployment", horizon=8).now


def series(option: dict[str, Any], name: str) -> list[dict[str, Any]]:
    data: Any = next(one["data"] for one in option["series"] if one["name"] == name)
    found: list[dict[str, Any]] = json.loads(data) if isinstance(data, str) else data
    return found


def test_every_agent_is_on_it_once_and_apart(now: Snapshot) -> None:
    option = drawn(now, "")
    json.dumps(option, allow_nan=False)
    labs, sites = series(option, "labs"), series(option, "data centres")
    assert {one["id"] for one in labs} == {f"lab:{row['lab']}" for row in now.rows("labs")}
    assert {one["id"] for one in sites} == {f"site:{row['site']}" for row in now.rows("data_centres")}
    assert [one["id"] for one in series(option, "regulators")] == ["regulator:regulator"]
    places = [tuple(one["value"]) for one in [*labs, *sites]]
    assert len(set(places)) == len(places)
    assert all(0 <= x <= options.WIDE and 0 <= y <= options.HIGH for x, y in places)
    assert all(one["card"] for one in [*labs, *sites])


def test_dots_are_in_proportion_to_users(now: Snapshot) -> None:
    for segment, most in DOTS.items():
        dots, each = samples(now, segment)
        rows = [row for row in now.rows("purchases") if row["segment"] == segment]
        assert abs(len(dots) - most) <= 10
        assert each * most == pytest.approx(sum(row["users"] for row in rows))
        for decile in (1, 10):
            users = sum(row["users"] for row in rows if row["decile"] == decile)
            assert abs(sum(d == decile for d, _ in dots) - users / each) <= 0.51
        for lab in {row["lab"] for row in rows}:
            users = sum(row["users"] for row in rows if row["lab"] == lab)
            assert abs(sum(row["lab"] == lab for _, row in dots) - users / each) <= 10


def test_dots_stay_in_their_decile_and_do_not_clump() -> None:
    places = [options.place_user(at, True, 1) for at in range(150)]
    right = options.PEOPLE[0] + (options.PEOPLE[1] - options.PEOPLE[0]) / 10
    assert all(options.PEOPLE[0] <= x < right for x, _ in places)
    gaps = [math.dist(a, b) for n, a in enumerate(places) for b in places[:n]]
    assert min(gaps) > 0.15
    assert options.place_user(0, False, 10)[0] > options.PEOPLE[1]


def test_labs_keep_their_slots_while_others_come_and_go(now: Snapshot) -> None:
    for step in range(1, now.step + 1):
        before, after = slots(now.film.at(step - 1)), slots(now.film.at(step))
        for id_ in before.keys() & after.keys():
            if id_.startswith("lab:"):
                assert before[id_] == after[id_]
        labs = [slot for id_, slot in after.items() if id_.startswith("lab:")]
        assert len(set(labs)) == len(labs) and max(labs) < 3 * len(labs)


def test_the_network_is_the_contracts(now: Snapshot) -> None:
    net = network(now)
    rows = now.rows("contracts")
    assert net.number_of_edges() == len(rows) > 0
    total = sum(row["training_flop"] + row["inference_flop"] for row in rows)
    assert sum(d["flop"] for _, _, d in net.edges(data=True)) == pytest.approx(total)
    lab = f"lab:{rows[0]['lab']}"
    assert all(one == lab for one, _, _ in drawn_links(net, lab))
    largest = drawn_links(net, "")
    assert max(flop for _, _, flop in largest) == max(d["flop"] for _, _, d in net.edges(data=True))


def test_what_has_nothing_to_do_with_the_chosen_lab_is_pale(now: Snapshot) -> None:
    lab = f"lab:{now.rows('labs')[0]['lab']}"
    option = drawn(now, lab)
    chosen = next(one for one in series(option, "labs") if one["id"] == lab)
    assert chosen["itemStyle"]["borderWidth"] > 2 and chosen["label"]["show"]
    pale = {one["itemStyle"]["opacity"] for one in series(option, "people") if one.get("id") != lab}
    assert pale == {0.12}
    assert len(series(option, "people")) > 1000 and isinstance(option["series"][1]["data"], str)


def test_sizes_are_clamped_and_grow() -> None:
    assert options.lab_size(0.25) < options.lab_size(1.0) == options.lab_size(7.0)
    assert options.site_size(0.0) == 5.0 and options.site_size(1e9) == 30.0
    assert options.site_size(100) < options.site_size(1000)


def test_regions_fill_the_width_without_overlap() -> None:
    boxes = options.regions({"US": 30, "EU": 1, "CN": 3}, {})
    assert boxes[0].right - boxes[0].left > boxes[1].right - boxes[1].left > 5
    assert all(one.right <= two.left for one, two in pairwise(boxes))
    for slot in range(30):
        x, y = options.place_site(slot, 30, boxes[0])
        assert boxes[0].left <= x <= boxes[0].right and options.SITES[0] <= y <= options.SITES[1]


def test_a_lab_that_is_not_seen_has_a_rim() -> None:
    lab = options.Lab("lab:1", "A", 5, 30, 0.5, "#000000", "card", seen=False)
    option = options.industry_map([], [], [lab], [], [], [], [], {})
    assert series(option, "labs")[0]["itemStyle"]["borderType"] == "dashed"
