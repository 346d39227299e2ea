"""From the files of cells to a table that holds simulation against theory, and to its sentences."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from experiments.studies.phase_grid import Cell
from experiments.studies.phase_theory import frontier, most_real

HELD = ("labs", "labs_least", "labs_most", "hhi", "hhi_least", "hhi_most", "late_entries", "late_exits")


def tabulate(records: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """One row a cell: the median over seeds of each median over time, and the ends over seeds and time.

    Columns: the cell; blocked, most (theory); labs, hhi (medians); *_least, *_most (ends);
    seeds_low, seeds_high (ends of the seeds' medians); inside (all seeds' medians within theory's
    interval); moving (seeds in which labs still entered or left in the last third); rd_error (R&D
    identity, relative, worst seed at rest) and rd_error_moving (worst of the others, in the midst of an
    entry or exit); depth; seconds (of processor time).
    """
    rows = []
    for record in records:
        cell = Cell(**{**record["cell"], "seeds": tuple(record["cell"]["seeds"])})
        runs = pd.DataFrame(record["runs"])
        low, high = cell.bounds
        error = (runs["rd_ratio"] / (cell.elasticity * (1.0 - runs["own_share"])) - 1.0).abs()
        still = (runs["late_entries"] + runs["late_exits"] == 0) & (runs["labs_least"] == runs["labs_most"])
        ends = {"least": "min", "most": "max"}
        found = {name: getattr(runs[name], ends.get(name.split("_")[-1], "median"))() for name in HELD}
        rows.append(
            {
                "elasticity": cell.elasticity,
                "users": cell.users,
                "rule": cell.rule,
                "side": cell.side,
                "depth_exponent": cell.depth,
                "start": cell.start,
                "hazard": cell.hazard,
                "steps": cell.steps,
                "seeds": len(runs),
                "blocked": low,
                "most": high,
                "most_real": most_real(cell.elasticity, cell.fixed_cost),
                "frontier": frontier(cell.elasticity, cell.fixed_cost),
                **found,
                "seeds_low": runs["labs"].min(),
                "seeds_high": runs["labs"].max(),
                "inside": bool(runs["labs"].between(low, high).all()),
                "moving": int((~still).sum()),
                "rd_error": float(error[still].max()) if still.any() else math.nan,
                "rd_error_moving": float(error[~still].max()) if (~still).any() else math.nan,
                "depth": float(runs["depth"].median()),
                "seconds": float(runs["seconds"].sum()),
            }
        )
    order = ["depth_exponent", "rule", "side", "elasticity", "users"]
    return pd.DataFrame(rows).sort_values(order, ascending=[True, True, False, True, True], ignore_index=True)


def sentences(table: pd.DataFrame) -> list[str]:
    """What agrees with theory and what does not, counted."""
    plain = table[table["depth_exponent"] == 0]
    told = []
    for rule in plain["rule"].unique():
        for side in plain.loc[plain["rule"] == rule, "side"].unique():
            part = plain[(plain["rule"] == rule) & (plain["side"] == side)]
            open_ = part[part["blocked"] < part["most"]]
            told.append(
                f"{rule}, from {side}: {int(part['inside'].sum())} of {len(part)} cells within"
                f" [blocked, most]; of the {len(open_)} where these differ"
                f" {int((open_['labs'] == open_['blocked']).sum())} end at blocked,"
                f" {int((open_['labs'] == open_['most']).sum())} at most;"
                f" {int(part['moving'].sum())} of {int(part['seeds'].sum())} runs still moving"
            )
    told += [f"outside: {row}" for row in _outside(plain)]
    told.append(f"R&D identity: worst relative error at rest {table['rd_error'].max():.2g}")
    if table["moving"].any():
        told[-1] += f", in the midst of entry or exit {table['rd_error_moving'].max():.2g}"
    told.append(f"processor time: {table['seconds'].sum():.0f} s")
    told += [f"slope: {row}" for row in _slopes(plain)]
    return told + [f"control: {row}" for row in control(table)]


def _outside(table: pd.DataFrame) -> list[str]:
    return [
        f"{row.rule} from {row.side}, Λ {row.elasticity:g}, N {row.users:g}: {row.seeds_low:g} to"
        f" {row.seeds_high:g} labs, theory {row.blocked} to {row.most}"
        for row in table[~table["inside"]].itertuples()
    ]


def _slopes(table: pd.DataFrame) -> list[str]:
    """d ln n / d ln N between the smallest and the largest market run."""
    told = []
    below = table[table["side"] == "below"]
    for (rule, elasticity), part in below.groupby(["rule", "elasticity"]):
        first, last = part.iloc[0], part.iloc[-1]
        if first["users"] == last["users"]:
            continue
        size = math.log(last["users"] / first["users"])
        theory = math.log(last["most_real"] / first["most_real"]) / size
        found = math.log(last["labs"] / first["labs"]) / size
        told.append(
            f"{rule}, Λ {elasticity:g}, N {first['users']:g} to {last['users']:g}:"
            f" d ln n / d ln N {found:.2f} (upper bound of theory {theory:.2f})"
        )
    return told


def control(table: pd.DataFrame) -> list[str]:
    """Labs with and without quality in depth, at the same Λ, N, rule and side."""
    told = []
    keys = ["elasticity", "users", "rule", "side"]
    deep, plain = table[table["depth_exponent"] > 0], table[table["depth_exponent"] == 0]
    for row in deep.merge(plain, on=keys, suffixes=("", "_plain")).itertuples():
        told.append(
            f"Λ {row.elasticity:g}, N {row.users:g}: {row.labs:g} labs with depth {row.depth:.1f},"
            f" {row.labs_plain:g} without"
        )
    return told
