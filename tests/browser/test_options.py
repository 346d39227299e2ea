"""Options of charts are plain, finite, as long as the run, and say what they show."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

from viz.options import overview
from viz.options.base import Band, Line, Mark, clean, lines, positive
from viz.options.compare import Path, dash_of, one_reading

NAN = math.nan


def numbers(value: Any) -> Iterator[float]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from numbers(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from numbers(inner)
    elif isinstance(value, float):
        yield value


def test_numbers_are_what_json_can_carry() -> None:
    assert clean(math.pi) == 3.1416 and clean(NAN) is None and clean(math.inf) is None
    assert clean(None) is None and clean("3") is None and clean(6.02214e23) == 6.0221e23
    assert positive(0.0) is None and positive(-1.0) is None and positive(2) == 2.0


def test_lines_keep_gaps_and_drop_what_a_log_axis_cannot_show() -> None:
    option = lines("T", "GW", ["a", "b", "c"], [Line("x", [1.0, NAN, 0.0], "#123456")], log=True)
    json.dumps(option, allow_nan=False)
    assert option["series"][0]["data"] == [1.0, None, None]
    assert option["title"]["text"] == "T" and option["title"]["subtext"] == "GW"
    assert option["computeshift"] == {"unit": "GW", "name": "T", "points_drawn": 3}
    assert option["xAxis"]["data"] == ["a", "b", "c"] and option["yAxis"]["type"] == "log"


def test_bands_leave_out_steps_without_a_range_and_lie_behind() -> None:
    option = lines(
        "T", "", ["a", "b"], [Line("x", [1.0], "#000")], bands=[Band("r", [0.5, NAN], [2.0, 3.0], "#000")]
    )
    assert [one["type"] for one in option["series"]] == ["band", "line"]
    assert option["series"][0]["data"] == [[0, 0.5, 2.0]]


def test_marks_of_a_step_share_a_line() -> None:
    option = lines(
        "T", "", ["a", "b"], [Line("x", [1, 2], "#000")], marks=[Mark(1, "a"), Mark(1, "b"), Mark(0, "c")]
    )
    drawn = option["series"][-1]["markLine"]["data"]
    assert [(mark["xAxis"], mark["name"]) for mark in drawn] == [(0, "c"), (1, "a +1")]
    assert option["legend"]["data"] == ["x"]


def test_words_of_marks_do_not_cover_each_other() -> None:
    """On 41 steps words need two steps of room: top, foot, and a third that stands too near has none."""
    marks = [Mark(step, str(step)) for step in (3, 4, 5, 6, 20)]
    labels = [str(step) for step in range(41)]
    option = lines("T", "", labels, [Line("x", [1.0] * 41, "#000")], marks=marks)
    drawn = option["series"][-1]["markLine"]["data"]
    top, foot = {"position": "insideEndTop"}, {"position": "insideStartTop"}
    assert [mark["label"] for mark in drawn] == [top, foot, top, foot, top]
    option = lines("T", "", labels * 3, [Line("x", [1.0] * 123, "#000")], marks=marks)
    nowhere = {"show": False}
    shown = [mark["label"] for mark in option["series"][-1]["markLine"]["data"]]
    assert shown == [top, foot, nowhere, nowhere, top]


def paths(**changes: Any) -> overview.Paths:
    names = (
        "frontier_capability_oom internal_frontier_oom open_capability_oom training_share research_share"
        " serving_share price_dearest_usd_month price_cheapest_usd_month fixed_quality_usd_month power_gw"
        " pending_gw waiting_gw visibility_users coverage_users"
    )
    now = {name: [0.5, NAN, 0.25] for name in names.split()}
    return overview.Paths(labels=["a", "b", "c", "d"], now=now, **changes)


def test_overview_charts_are_whole() -> None:
    made = paths(
        ghost={"frontier_capability_oom": [1.0, 2.0]},
        band={"frontier_capability_oom": ([0.1] * 4, [0.9] * 4)},
        marks=[Mark(1, "rule")],
    )
    options = [
        overview.capability(made),
        overview.compute(made),
        overview.prices(made),
        overview.shares(made, [("A", "#111", [0.4, 0.5, 0.6]), ("B", "#222", [0.6, 0.5, 0.4])]),
        overview.power(made),
        overview.sight(made),
    ]
    for option in options:
        json.dumps(option, allow_nan=False)
        assert option["title"]["text"] and option["title"]["subtext"], "a title and a unit"
        assert option["computeshift"]["points_drawn"] == 3
        colours = [one["color"] for one in option["series"] if one["type"] == "line" and "color" in one]
        assert len(colours) == len(set(colours)), f"two lines of one colour in {option['title']['text']}"
        assert any("markLine" in one for one in option["series"])
    assert options[2]["computeshift"]["unit"] == "USD a month", (
        "the unit stands after each number that is hovered"
    )
    first = options[0]["series"]
    assert first[0]["type"] == "band" and any("last run" in one["name"] for one in first)
    assert options[1]["yAxis"]["max"] == 1.0 and all(one["stack"] for one in options[1]["series"][:3])
    assert not any(one["type"] == "band" for one in options[5]["series"])


def test_compared_regimes_are_told_apart() -> None:
    option = one_reading(
        "HHI",
        "",
        ["a", "b"],
        [Path("Pretraining", "#777", "solid", [1, 2], True), Path("Mixed", "#0a0", "dashed", [1, 3])],
        {"Mixed": ([0, 0], [4, 4])},
    )
    assert option["legend"]["data"] == ["Pretraining (watched)", "Mixed"]
    thick, thin = option["series"][1], option["series"][2]
    assert thick["lineStyle"]["width"] > thin["lineStyle"]["width"] and thin["lineStyle"]["type"] == "dashed"
    assert [dash_of("-"), dash_of((0, (4, 2))), dash_of((0, (1, 1)))] == ["solid", "dashed", "dotted"]
