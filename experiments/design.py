"""Designs: from a study to a table of points. Pure functions; the same study gives the same table.

grid             all combinations of the values of levers and of `size` values of each uncertainty (3)
one-at-a-time    the regime as it is, then one factor moved: each value, or both ends of its range
latin-hypercube  `size` points (64); another size is other points
sobol            `size` points (64) of a scrambled Sobol sequence; a smaller size is the beginning of a larger
morris           `size` trajectories (10) on a grid of `levels`; size x (factors + 1) points
saltelli         `size` base points (64, a power of 2); size x (factors + 2) points, or 2 x factors + 2
table            the rows of a file

Designs by sampling are made in the unit cube and draw the values of levers with equal weight. A value that
is missing (NaN, None) leaves the regime's own.
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from experiments.cube import Floats, latin, sobol
from experiments.factors import Factor, Lever, parameter
from experiments.study import Study
from model.errors import ScenarioError

DEFAULT_SIZE = {"grid": 3, "latin-hypercube": 64, "sobol": 64, "morris": 10, "saltelli": 64}
MOST = 1_000_000


def design(study: Study) -> pd.DataFrame:
    """One row a point: `point` (0, 1, ...), then the value of each factor; missing = the regime's own."""
    kind = study.design.kind
    if kind == "table":
        return _numbered(_read_table(study))
    if kind == "grid":
        return _numbered(_grid(study))
    if kind == "one-at-a-time":
        return _numbered(_one_at_a_time(study.factors))
    shares = unit(study)
    columns = {
        one.key: [one.value(float(share)) for share in shares[one.key]] for one in study.factors
    }  # fmt: skip
    return _numbered({key: pd.Series(values, dtype=_type(values)) for key, values in columns.items()})


def unit(study: Study) -> pd.DataFrame:
    """The same points as shares of the unit interval; for designs by sampling only."""
    makers: dict[str, Callable[[Study, int], Floats]] = {
        "latin-hypercube": lambda one, size: latin(len(one.factors), size, one.design.seed),
        "sobol": lambda one, size: sobol(len(one.factors), size, one.design.seed),
        "morris": _morris,
        "saltelli": _saltelli,
    }
    kind = study.design.kind
    if kind not in makers:
        raise ScenarioError(f"{study.where}: design.kind: {kind} is no sample of the unit cube")
    cube = makers[kind](study, size_of(study))
    return _numbered(dict(zip((one.key for one in study.factors), cube.T, strict=True)))


def problem(study: Study) -> dict[str, Any]:
    """The factors as SALib wants them: names, and the unit interval as bounds of each."""
    names = [one.key for one in study.factors]
    return {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0] for _ in names]}


def size_of(study: Study) -> int:
    """The size in force."""
    return study.design.size or DEFAULT_SIZE.get(study.design.kind, 0)


def count(study: Study) -> int:
    """How many points there will be, without making them; tables are read."""
    kind, size, width = study.design.kind, size_of(study), len(study.factors)
    if kind == "grid":
        return int(np.prod([len(_levels(one, size)) for one in study.factors], dtype=float))
    if kind == "one-at-a-time":
        return 1 + sum(len(one.levels) or 2 for one in study.factors)
    if kind == "table":
        return len(_read_table(study))
    if kind == "saltelli":
        return size * (width * (2 if study.design.second_order else 1) + 2)
    return size * (width + 1) if kind == "morris" else size


def _morris(study: Study, size: int) -> Floats:
    from SALib.sample import morris

    found: Floats = morris.sample(
        problem(study), size, num_levels=study.design.levels, seed=study.design.seed
    )
    return found


def _saltelli(study: Study, size: int) -> Floats:
    from SALib.sample import sobol as saltelli

    if size & (size - 1):
        raise ScenarioError(f"{study.where}: design.size = {size}: must be a power of 2 for saltelli")
    found: Floats = saltelli.sample(
        problem(study), size, calc_second_order=study.design.second_order, seed=study.design.seed
    )
    return found


def _levels(factor: Factor, size: int) -> Sequence[Any]:
    """The values of a lever or choice; `size` values evenly over the range of an uncertainty."""
    if factor.levels:
        return factor.levels
    shares = np.linspace(0.0, 1.0, size) if size > 1 else [0.5]
    return list(dict.fromkeys(factor.value(float(share)) for share in shares))


def _grid(study: Study) -> dict[str, pd.Series[Any]]:
    factors, size = study.factors, size_of(study)
    rows = list(itertools.product(*(_levels(one, size) for one in factors)))
    return _columns([one.key for one in factors], rows)


def _one_at_a_time(factors: Sequence[Factor]) -> dict[str, pd.Series[Any]]:
    rows: list[list[Any]] = [[None] * len(factors)]
    for place, one in enumerate(factors):
        ends = one.levels if one.levels or isinstance(one, Lever) else [one.value(0.0), one.value(1.0)]
        rows += [[None] * place + [value] + [None] * (len(factors) - place - 1) for value in ends]
    return _columns([one.key for one in factors], rows)


def _read_table(study: Study) -> pd.DataFrame:
    path = study.where.parent / study.design.table
    where = f"{study.where}: design.table: {path}"
    if path.suffix not in (".csv", ".parquet"):
        raise ScenarioError(f"{where}: must be a .csv or .parquet file")
    try:
        table = pd.read_csv(path) if path.suffix == ".csv" else pd.read_parquet(path)
    except FileNotFoundError:
        raise ScenarioError(f"{where}: no such file") from None
    except Exception as error:
        raise ScenarioError(f"{where}: cannot be read ({' '.join(str(error).split())[:80]})") from None
    table = table.drop(columns="point", errors="ignore")
    if not 0 < len(table) <= MOST or table.columns.empty:
        raise ScenarioError(f"{where}: must have a column per parameter and 1 to {MOST} rows")
    keys = {one.key for one in study.factors}
    if keys and keys != {*table.columns}:
        raise ScenarioError(
            f"{where}: its columns must be the factors of the study"
            f" (differs in {', '.join(sorted(keys ^ {*table.columns}))})"
        )
    for key in table.columns:
        try:
            whole = isinstance(parameter(key).default, int)
        except ScenarioError as error:
            raise ScenarioError(f"{where}: {error}") from None
        if whole and table[key].dtype == float and not (table[key].dropna() % 1).any():
            table[key] = table[key].astype("Int64")  # a gap in a column of whole numbers made it float
    return table


def _columns(keys: Sequence[str], rows: Sequence[Sequence[Any]]) -> dict[str, pd.Series[Any]]:
    found = {}
    for place, key in enumerate(keys):
        values = [row[place] for row in rows]
        found[key] = pd.Series(values, dtype=_type(values), index=range(len(rows)))
    return found or {"": pd.Series(index=range(1), dtype=float)}


def _type(values: Sequence[Any]) -> str:
    """A dtype that gives each value back as it is, missing ones too."""
    kinds = {type(value) for value in values if value is not None}
    gaps = any(value is None for value in values)
    if kinds == {float}:
        return "float64"
    if kinds == {int}:
        return "Int64" if gaps else "int64"
    if kinds == {bool}:
        return "boolean" if gaps else "bool"
    return "object"


def _numbered(columns: Any) -> pd.DataFrame:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", pd.errors.PerformanceWarning)
        table = pd.DataFrame(columns).drop(columns="", errors="ignore").reset_index(drop=True)
    table.insert(0, "point", np.arange(len(table)))
    return table


def readable(table: pd.DataFrame) -> pd.DataFrame:
    """The same with columns of mixed kinds as text, so that any reader of Parquet takes them."""
    mixed = [str(key) for key in table if table[key].dtype == object]
    texts = {key: table[key].map(lambda v: v if v is None or isinstance(v, str) else str(v)) for key in mixed}
    return table.assign(**texts)


__all__ = ["count", "design", "problem", "readable", "size_of", "unit"]
