"""Reads the shipped tables as of a date: later rows are dropped before anyone sees them.

`Tables` is the only reader of `model/data`, so nothing behind it can look ahead. It must not judge
or fill in. One exception: the first quarter of the chip stock serves for the dates before its end,
because the series has no earlier row.
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

FOLDER = Path(__file__).parent / "data"
DATED_BY = {
    "training_runs": "publication_date",
    "compute_by_owner": "quarter_end",
    "data_centres": "date",
    "lab_compute": "date",
    "lab_users": "date",
    "lab_revenue": "date",
    "token_prices": "listing_date",
    "subscription_tiers": "launch_date",
    "capability": "release_date",
}
DAYS_PER_YEAR = 365.25


@dataclass(frozen=True)
class Row:
    """One row of a table; faults name the file and line, the column and the value."""

    where: str
    cells: dict[str, str]

    def text(self, column: str) -> str:
        value = self.cells.get(column)
        if value is None:
            raise ValueError(f"{self.where}: has no column {column}")
        return value.strip()

    def number(self, column: str) -> float:
        """A finite number of zero or more: every figure in the tables is one."""
        return self._number(column, self.text(column))

    def numbers(self, column: str) -> tuple[float, ...]:
        """Such figures, written with semicolons."""
        return tuple(self._number(column, part) for part in self.names(column))

    def _number(self, column: str, text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not (math.isfinite(value) and value >= 0):
            raise ValueError(f"{self.where}: {column} = {text!r} must be a number of zero or more")
        return value

    def day(self, column: str) -> date:
        text = self.text(column)
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise ValueError(f"{self.where}: {column} = {text!r} must be a date YYYY-MM-DD") from None

    def names(self, column: str) -> tuple[str, ...]:
        """A list written with semicolons."""
        return tuple(part.strip() for part in self.text(column).split(";") if part.strip())


@lru_cache(maxsize=64)
def _read(path: Path, changed_ns: int) -> tuple[Row, ...]:
    """All rows of a file; `changed_ns` is there to read it again after an edit."""
    with path.open(newline="", encoding="utf-8") as handle:
        reader = csv.DictReader(handle)
        return tuple(
            Row(f"{path.name} line {reader.line_num}", {k: v or "" for k, v in cells.items() if k})
            for cells in reader
        )


class Tables:
    """The tables of a folder, without any row dated after `start`."""

    def __init__(self, start: date, folder: Path | None = None) -> None:
        self.start = start
        self.folder = FOLDER if folder is None else folder
        self._assumed = {row.text("name"): row.number("value") for row in self.rows("assumptions")}

    def rows(self, name: str) -> tuple[Row, ...]:
        path = self.folder / f"{name}.csv"
        if not path.is_file():
            raise ValueError(f"{self.folder}: has no table {path.name}")
        rows = _read(path, path.stat().st_mtime_ns)
        column = DATED_BY.get(name)
        if column is None:
            return rows
        until = self.start
        if name == "compute_by_owner" and rows:  # no earlier stock exists: see the module's text
            until = max(until, min(row.day(column) for row in rows))
        return tuple(row for row in rows if row.day(column) <= until)

    def assumed(self, name: str) -> float:
        """A number of ours, from assumptions.csv."""
        if name not in self._assumed:
            raise ValueError(f"assumptions.csv: has no row {name}")
        return self._assumed[name]

    def age(self, day: date) -> float:
        """Years from `day` to the start."""
        return (self.start - day).days / DAYS_PER_YEAR
