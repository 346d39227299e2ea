"""The README's table of what is the wall's and what is inference's, from two stored comparisons:

    python -m experiments.two_by_two results/demo results/controls

The first holds the regimes, the second pre-training and the two control regimes, same settings and seeds. One
row a quantity, one column a contrast; means of paired differences with their 95 % t interval, bold where it
leaves zero.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.claims.settings import FREE, ID, IT, PT, WALL
from experiments.compare import Comparison, difference
from experiments.headline import LAW, Line
from experiments.store import Store
from experiments.tables import markdown
from experiments.words import number

CONTRASTS = {
    "the wall alone": (WALL, PT),
    "depth at deployment, same wall": (ID, WALL),
    "depth at deployment, no wall": (FREE, PT),
    "rounds in training, same wall": (IT, WALL),
}
LINES = (
    Line("Revenue concentration (HHI, all labs)", "hhi_lab_revenue"),
    Line("Rise of capability with wealth, users of AI (OOM per OOM)", "capability_wealth_slope_users"),
    Line("Open share of users", "open_weight_share"),
    Line("Dearest over cheapest subscription of one lab", "menu_price_ratio"),
    Line("Users of dangerous tiers covered, with the rule in force", "coverage_users", since=LAW),
    Line("– in the last year", "coverage_users", since=-1.0),
)
ROUNDING = 1e-12  # of shares and slopes: what is smaller is none
Runs = Mapping[tuple[str, int], pd.DataFrame]


def runs_of(folders: list[Path]) -> dict[tuple[str, int], pd.DataFrame]:
    """Metrics by regime and seed of stored comparisons; the first that holds a run counts."""
    found: dict[tuple[str, int], pd.DataFrame] = {}
    for folder in folders:
        for key, run in Comparison.load(Store(folder)).runs.items():
            found.setdefault(key, run.tables["metrics"])
    return found


def cell(runs: Runs, line: Line, one: str, other: str) -> str:
    """A paired difference in words; a dash where no seed has both."""
    seeds = sorted({s for name, s in runs if name == one} & {s for name, s in runs if name == other})
    pairs = [(line.of(runs[one, s]), line.of(runs[other, s])) for s in seeds]
    gaps = np.array([a - b for a, b in pairs if math.isfinite(a) and math.isfinite(b)])
    gap = difference(line.metric, one, "", np.where(np.abs(gaps) < ROUNDING, 0.0, gaps))
    if gap.count == 0:
        return "–"
    if gap.zero:
        return "0"
    mean = number(gap.mean, sign=True)
    if not gap.interval:
        return f"{mean} (one seed)"
    shown = f"**{mean}**" if gap.leaves_zero else mean
    return f"{shown} [{number(gap.low, sign=True)}, {number(gap.high, sign=True)}]"


def table(runs: Runs) -> str:
    """Markdown."""
    rows = [["", *CONTRASTS], ["---"] * (1 + len(CONTRASTS))]
    rows += [[line.words, *(cell(runs, line, *pair) for pair in CONTRASTS.values())] for line in LINES]
    return markdown(rows)


if __name__ == "__main__":
    print(table(runs_of([Path(name) for name in sys.argv[1:]])))
