"""From a study's table of runs to arrays: one matrix of points and seeds per regime, policy and outcome."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True, order=True)
class Cell:
    """A regime under a policy."""

    regime: str
    policy: str


@dataclass(frozen=True)
class Matrix:
    """An outcome at all points and seeds that are whole."""

    values: Floats
    """(points, seeds), finite throughout."""
    points: Whole
    seeds: Whole
    left_out: int
    """Finite numbers that had to be left out because their point or seed has gaps."""


def cells(runs: pd.DataFrame) -> list[Cell]:
    """Regimes crossed with policies, in the order of the table."""
    found = runs[["regime", "policy"]].drop_duplicates()
    return [Cell(str(one.regime), str(one.policy)) for one in found.itertuples(index=False)]


def table(runs: pd.DataFrame, outcome: str, cell: Cell) -> pd.DataFrame:
    """An outcome in one cell: one row a point, one column a seed; NaN where a run is missing."""
    mine = runs[(runs["regime"] == cell.regime) & (runs["policy"] == cell.policy)]
    found = mine.pivot(index="point", columns="seed", values=outcome).astype(float)
    return found.where(np.isfinite(found))


def whole(frame: pd.DataFrame) -> Matrix:
    """Points and seeds without a gap, leaving out whichever side costs fewer numbers at each turn."""
    held = frame.to_numpy(dtype=np.float64)
    rows, columns = np.ones(held.shape[0], dtype=bool), np.ones(held.shape[1], dtype=bool)
    finite = np.isfinite(held)
    while rows.any() and columns.any() and not finite[np.ix_(rows, columns)].all():
        there = finite[np.ix_(rows, columns)]
        by_row, by_column = (~there).mean(axis=1), (~there).mean(axis=0)
        if by_row.max() >= by_column.max():
            rows[np.flatnonzero(rows)[int(by_row.argmax())]] = False
        else:
            columns[np.flatnonzero(columns)[int(by_column.argmax())]] = False
    kept = held[np.ix_(rows, columns)]
    return Matrix(
        kept,
        frame.index.to_numpy(dtype=np.int64)[rows],
        frame.columns.to_numpy(dtype=np.int64)[columns],
        int(finite.sum()) - kept.size,
    )


def matrix(runs: pd.DataFrame, outcome: str, cell: Cell) -> Matrix:
    """The whole part of `table`."""
    return whole(table(runs, outcome, cell))


def gaps(runs: pd.DataFrame, outcome: str, cell: Cell, against: Cell) -> pd.DataFrame:
    """Differences of two cells, paired by point and seed; what is only rounding is zero."""
    mine, base = table(runs, outcome, cell), table(runs, outcome, against)
    mine, base = mine.align(base, join="outer")
    size = np.maximum(mine.abs(), base.abs())
    found = mine - base
    return found.mask((found.abs() <= 1e-13 * size) & found.notna(), 0.0)
