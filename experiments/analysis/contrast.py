"""Any two cells of a study against each other: regimes, policies, values of levers, or all at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from experiments.analysis.frames import whole
from experiments.analysis.pairs import NOTHING, Effect, paired

ROUNDING = 1e-13  # relative


def contrast(
    runs: pd.DataFrame,
    outcome: str,
    one: Mapping[str, Any],
    other: Mapping[str, Any],
    factors: Sequence[str],
    *,
    sampled: bool = False,
) -> Effect:
    """One cell less the other; a cell is {"regime": ..., "policy": ..., factor: value} or a part of it.

    Runs are paired by seed and by whatever of regime, policy and factors the cells do not fix; these pairs
    are the points over which the mean is taken.

        contrast(runs, "hhi_revenue.mean", {"regime": "mixed"}, {"regime": "pretraining"}, factors)
        contrast(runs, "adoption.final", {"users.inertia": 2.0}, {"users.inertia": 0.0}, factors)
    """
    if one.keys() != other.keys():
        raise ValueError(f"cells: must fix the same things, not {sorted(one)} and {sorted(other)}")
    names = {"regime", "policy", *factors}
    if not one.keys() <= names:
        raise ValueError(f"cells: {min(one.keys() - names)} is none of {', '.join(sorted(names))}")
    free = ["regime", "policy", *factors]
    free = [name for name in free if name not in one]
    mine, base = _pick(runs, outcome, one, free), _pick(runs, outcome, other, free)
    both = mine.merge(base, on=["seed", "place"], suffixes=("", " base"))
    if both.empty:
        return NOTHING
    gap = both[outcome] - both[f"{outcome} base"]
    size = both[[outcome, f"{outcome} base"]].abs().max(axis=1)
    both["gap"] = gap.mask(gap.abs() <= ROUNDING * size, 0.0)
    both["place"] = pd.factorize(both["place"])[0]
    table = both.pivot_table(index="place", columns="seed", values="gap", aggfunc="mean")
    return paired(whole(table).values, sampled=sampled)


def _pick(runs: pd.DataFrame, outcome: str, cell: Mapping[str, Any], free: Sequence[str]) -> pd.DataFrame:
    """Seed, place (what is left free, as text) and outcome of the runs in a cell."""
    held = runs
    for name, value in cell.items():
        held = held[held[name] == value]
    place = held[list(free)].astype(str).agg("|".join, axis=1) if free and len(held) else ""
    return pd.DataFrame({"seed": held["seed"], "place": place, outcome: held[outcome].astype(float)})
