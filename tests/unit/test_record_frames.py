"""Frames of a table: columns of one step, and back to rows."""

from __future__ import annotations

import numpy as np

from model.record_frames import clocked, columns_of, joined, rows_of, size_of, table_of
from model.schema import TABLES


def test_rows_become_columns_and_come_back() -> None:
    rows = [{"lab": 3, "users": 1.5, "name": "a"}, {"lab": 4, "users": np.nan, "name": "b"}]
    columns = columns_of(rows)
    assert columns["lab"] == [3, 4] and size_of(columns) == 2
    assert repr(rows_of(columns)) == repr(rows)
    assert rows_of(columns_of([])) == [] and size_of({}) == 0


def test_arrays_come_back_as_plain_values() -> None:
    told = rows_of({"flag": np.array([True, False]), "site": np.array([1, 2]), "name": ["a", "b"]})
    assert [type(value) for value in told[0].values()] == [bool, int, str]


def test_a_table_joins_steps_with_and_without_rows() -> None:
    def step(number: int, labs: object) -> dict[str, object]:
        size = len(labs)  # type: ignore[arg-type]
        found = {"lab": labs, "site": [1] * size} | dict.fromkeys(
            ("training_flop", "inference_flop", "price_usd_per_flop"), np.full(size, 2.0)
        )
        return clocked(found, {"step": number, "time_years": number / 4, "date": ""})

    made = table_of("contracts", [step(0, []), step(1, [5, 6]), step(2, np.array([7]))])
    assert list(made.columns) == [column.name for column in TABLES["contracts"]]
    assert made["step"].tolist() == [1, 1, 2] and made["lab"].tolist() == [5, 6, 7]
    assert made["lab"].dtype == np.int64 and made["price_usd_per_flop"].tolist() == [2.0] * 3
    empty = table_of("contracts", [step(0, [])])
    assert len(empty) == 0 and empty["lab"].dtype == np.int64


def test_parts_stand_one_below_the_other() -> None:
    parts = [{"a": np.array([1.0]), "b": ["x"]}, {"a": np.array([2.0, 3.0]), "b": ["y", "z"]}]
    assert rows_of(joined(parts)) == [{"a": 1.0, "b": "x"}, {"a": 2.0, "b": "y"}, {"a": 3.0, "b": "z"}]
    assert joined([]) == {}
