"""Tables, histograms and the inspector tell what the rows say."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from tests.browser.small_run import watched_after
from viz.cast import Chosen, decided, history, lab_colours, latest, parse
from viz.film import Snapshot
from viz.grid import amount, yes
from viz.inspector import STATES, option_words, options_table, said
from viz.options.agents import BINS, binned, histogram, spark
from viz.pages.agents import ATTRIBUTES, attribute, lab_line, piled


@pytest.fixture(scope="module")
def now() -> Snapshot:
    return watched_after(4, "pretraining", horizon=5).now


def test_bins_hold_everybody_but_the_undefined() -> None:
    edges, out = binned([1.0, 10.0, 100.0, 0.0, math.nan], [1, 2, 3, 4, 5], log=True)
    assert len(edges) == BINS + 1 and out == 9
    assert edges[0] == pytest.approx(1.0) and edges[-1] == pytest.approx(100.0)
    assert binned([math.nan], [2.0], log=False) == ([], 2.0)
    alike, _ = binned([3.0, 3.0], [1, 1], log=False)
    assert alike[0] < 3.0 < alike[-1]
    shares = piled([(1.0, 1), (10.0, 2), (100.0, 3), (0.0, 4)], edges)
    assert sum(shares) == pytest.approx(60.0) and shares[-1] == pytest.approx(30.0)


def test_charts_are_what_json_can_carry() -> None:
    small = spark("cash", "USD", ["a", "b"], [1.0, math.nan], "#000000")
    bars = histogram("Users by x", "USD", [("people", "#111111", [40.0, 60.0])], ["1", "2"])
    for option in (small, bars):
        json.dumps(option, allow_nan=False)
    assert bars["xAxis"]["data"] == ["1", "2"] and bars["series"][0]["data"] == [40.0, 60.0]
    assert "horizontal: USD" in bars["title"]["subtext"]


@pytest.mark.parametrize("name", list(ATTRIBUTES))
def test_every_attribute_counts_all_users(now: Snapshot, name: str) -> None:
    held = attribute(now, name)
    for segment in ("person", "business"):
        everyone = sum(row["population"] for row in now.rows("users") if row["segment"] == segment)
        assert sum(weight for s, _, weight in held if s == segment) == pytest.approx(everyone)
    assert any(math.isfinite(value) for _, value, _ in held)


def test_income_is_not_mistaken_for_surplus(now: Snapshot) -> None:
    wealth = attribute(now, "income or budget")
    assert max(value for _, value, _ in wealth) == max(row["wealth_usd"] for row in now.rows("users"))


def test_only_ids_of_agents_are_taken() -> None:
    assert parse("lab:3") == Chosen("lab", 3) and parse("regulator:EU") == Chosen("regulator", "EU")
    for forged in ("", "lab:", "lab:-1", "lab:x", "site:²", "model:3", "lab:" + "9" * 40):
        assert parse(forged) == Chosen("", None)


def test_history_and_state_are_the_rows(now: Snapshot) -> None:
    rows = [{r["lab"]: r for r in now.rows("labs", back)} for back in range(now.step, -1, -1)]
    who = Chosen("lab", next(iter(rows[-1])))
    expected = [row[who.key]["revenue_usd"] if who.key in row else math.nan for row in rows]
    assert history(now, who, "revenue_usd") == pytest.approx(expected, nan_ok=True)
    found = latest(now, who)
    assert found is not None and found[0] == now.step
    assert latest(now, Chosen("lab", 10**6)) is None
    assert set(lab_colours(now)) == set(rows[-1])


def test_states_name_columns_that_exist(now: Snapshot) -> None:
    for kind, table in (("lab", "labs"), ("site", "data_centres"), ("regulator", "regulators")):
        row = now.rows(table)[0]
        for one in STATES[kind]:
            assert one.column in row, one.column
            assert said(row[one.column], one)


def test_the_last_decision_is_the_last_of_the_table(now: Snapshot) -> None:
    table = now.history("decisions")
    for key in {row["lab"] for row in table if row["lab"] >= 0}:
        mine = [row for row in table if row["lab"] == key]
        held = decided(now, Chosen("lab", key))
        assert set(held) == {row["decision"] for row in mine}
        for kind, (step, rows) in held.items():
            of_kind = [row for row in mine if row["decision"] == kind]
            assert step == max(row["step"] for row in of_kind)
            assert rows == [row for row in of_kind if row["step"] == step]
        assert next(iter(held.values()))[0] == max(row["step"] for row in mine)
    assert decided(now, Chosen("regulator", "regulator")) == {}


def test_options_are_shown_with_the_one_taken() -> None:
    rows: list[dict[str, Any]] = [
        {"option": "train 1e25.70 FLOP", "expected_payoff_usd": 2e9, "chosen": True},
        {"option": "<b>no run</b>", "expected_payoff_usd": math.nan, "chosen": False},
    ]
    told = options_table(rows)
    assert told.count("✓") == 1 and "train 5.01×10²⁵ FLOP" in told and "2 billion" in told
    assert "<b>" not in told and "&lt;b&gt;" in told
    assert option_words("spend 5.12e+08 USD a year") == "spend 512 million USD a year"


def test_cells_sort_by_the_number() -> None:
    assert amount(2.5e9) == ["2.5 bn", 2.5e9] and amount(math.nan) == ["–", None]
    assert amount(0.256, 100) == ["25.6", 25.6] and yes(True) == ["yes", 1]


def test_a_lab_without_compute_has_no_share_of_it(now: Snapshot) -> None:
    row = dict(now.rows("labs")[0])
    row |= {"training_spend_usd": 0.0, "internal_spend_usd": 0.0, "inference_spend_usd": 0.0}
    assert lab_line(row, "#000000").cells[7] == ["–", None]
