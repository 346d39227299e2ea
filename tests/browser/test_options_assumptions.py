"""Every parameter is listed with what is known of it, and what the model cannot tell is said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from model.scenario import Scenario, parameters
from viz.options.assumptions import grades
from viz.pages.assumptions import COLUMNS, GROUPS, counted, in_group, limits, movers, table
from viz.setup import Setup, moved_by_regimes, regime


@pytest.fixture(scope="module")
def rows() -> list[dict[str, object]]:
    return table(regime("inference-at-deployment"))


def test_every_parameter_has_one_row_with_all_cells(rows: list[dict[str, object]]) -> None:
    assert [row["key"] for row in rows] == [one.key for one in parameters()]
    assert all(str(row["html"]).count("<td") == len(COLUMNS) for row in rows)


def test_a_row_says_value_default_source_and_who_moves_it(rows: list[dict[str, object]]) -> None:
    row = next(one for one in rows if one["key"] == "technology.inference_exponent")
    assert not row["default"] and row["moved"]
    value = regime("inference-at-deployment").technology.inference_exponent
    assert f"{value:.2g}" in str(row["html"]) and "Inference at deployment" in str(row["html"])
    known = next(one for one in parameters() if one.key == "technology.inference_exponent")
    assert known.source.lower() in str(row["words"])


def test_what_differs_from_the_default_is_what_was_changed() -> None:
    changed = table(Setup(Scenario(), 1).with_changes({"users.count": 123}).scenario)
    assert [row["key"] for row in changed if not row["default"]] == ["users.count"]


def test_all_that_regimes_move_is_said_to_be_moved() -> None:
    for key, names in moved_by_regimes().items():
        if not key.startswith("drift"):
            assert list(movers(key)) == names, key
    assert list(movers("drift[].value")) == ["mixed"] and movers("users.count") == ()


def test_groups_part_the_rows(rows: list[dict[str, object]]) -> None:
    sizes = {group: sum(in_group(row, group) for row in rows) for group in GROUPS}
    assert sizes["all"] == len(rows)
    switches = sum(row["grade"] == "switch" for row in rows)
    assert sizes["assumed"] + sizes["measured or estimated"] + switches == len(rows)
    assert 0 < sizes["moved by a regime"] < sizes["all"]


def test_grades_count_every_parameter_once(rows: list[dict[str, object]]) -> None:
    option = grades(counted(rows))
    json.dumps(option, allow_nan=False)
    assert sum(value for series in option["series"] for value in series["data"]) == len(rows)
    sections = [sum(series["data"][at] for series in option["series"]) for at in range(2)]
    assert sections == sorted(sections)


def test_limits_are_told_in_short(tmp_path: Path) -> None:
    path = tmp_path / "limits.md"
    path.write_text(
        "# L\n\n* **No wages.** They do\n  not move. More.\n* **Sites** move for `x` only.\n", "utf-8"
    )
    assert limits(path) == (("No wages.", " They do not move."), ("Sites", " move for x only."))
    assert limits(tmp_path / "absent.md") == ()
    told = limits()
    assert len(told) > 10 and all(len(head) + len(rest) < 400 for head, rest in told)
