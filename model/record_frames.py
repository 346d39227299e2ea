"""What a table holds of one step, by column: many rows stay a few lists and arrays."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from model.schema import TABLES, dtype_of

Row = dict[str, Any]
Columns = dict[str, Sequence[Any] | NDArray[Any]]


def columns_of(rows: Sequence[Row]) -> Columns:
    """Rows turned into columns; those of the first row."""
    return {key: [row[key] for row in rows] for key in rows[0]} if rows else {}


def rows_of(columns: Columns) -> list[Row]:
    """Columns turned into rows, of plain Python values where they were arrays."""
    names = list(columns)
    told = zip(*(_plain(column) for column in columns.values()), strict=True)
    return [dict(zip(names, values, strict=True)) for values in told]


def size_of(columns: Columns) -> int:
    """How many rows there are."""
    return len(next(iter(columns.values()), ()))


def joined(parts: Sequence[Columns]) -> Columns:
    """Several with the same columns, one below the other."""
    return {key: _joined([part[key] for part in parts]) for key in parts[0]} if parts else {}


def clocked(columns: Columns, clock: Row) -> Columns:
    """The columns with the moment in front of them, the same in each row."""
    return {key: [value] * size_of(columns) for key, value in clock.items()} | columns


def table_of(name: str, frames: Sequence[Columns]) -> pd.DataFrame:
    """One table from its columns of each step, as the schema lists them."""
    filled = [columns for columns in frames if size_of(columns)]
    return pd.DataFrame(
        {
            column.name: pd.Series(
                _joined([columns[column.name] for columns in filled]), dtype=dtype_of(column.kind)
            )
            for column in TABLES[name]
        }
    )


def _joined(parts: list[Sequence[Any] | NDArray[Any]]) -> Any:
    if parts and all(isinstance(part, np.ndarray) for part in parts):
        return np.concatenate(parts)
    return list(chain.from_iterable(_plain(part) for part in parts))


def _plain(column: Sequence[Any] | NDArray[Any]) -> Sequence[Any]:
    found: Sequence[Any] = column.tolist() if isinstance(column, np.ndarray) else column
    return found
