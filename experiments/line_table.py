"""The README's table of where a regulator's line stands, from stored comparisons:

    python -m experiments.line_table results/demo results/controls results/line results/free-duty

One row a regime, one column a line: users of dangerous tiers that it covers in the last year,
mean of seeds, least and greatest in brackets. Then what a duty that costs nothing does to the runs that stop
just short of the line. What a comparison's line and duty are is read from its scenarios.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from experiments.claims.settings import FREE, ID, PT, WALL
from experiments.compare import Comparison
from experiments.headline import Line
from experiments.store import Store
from experiments.tables import markdown
from experiments.words import regime_words, with_extent

REGIMES = (PT, WALL, FREE, ID)
COVERED = Line("users of dangerous tiers covered in the last year", "coverage_users", since=-1.0)
SHORT = Line("runs near the line that end just below it, last five years", "runs_just_below_line", since=-5.0)
Key = tuple[float, bool, str]  # threshold, OOM; whether the duty costs nothing; regime
Runs = Mapping[Key, Mapping[int, pd.DataFrame]]


def runs_of(folders: list[Path]) -> dict[Key, dict[int, pd.DataFrame]]:
    """Metrics by line, duty, regime and seed; the first folder that holds a run counts."""
    found: dict[Key, dict[int, pd.DataFrame]] = {}
    for folder in folders:
        held = Comparison.load(Store(folder))
        for (name, seed), run in held.runs.items():
            rule = held.scenarios[name].regulation[0]
            free = rule.report_cost_usd == 0.0 and rule.delay_years == 0.0
            found.setdefault((rule.threshold_oom, free, name), {}).setdefault(seed, run.tables["metrics"])
    return found


def spread(values: list[float]) -> str:
    """Mean, least and greatest; a dash where there is none."""
    held = [value for value in values if math.isfinite(value)]
    if not held:
        return "–"
    return with_extent(held, sum(held) / len(held))


def table(runs: Runs) -> str:
    """Markdown; duties at their price."""
    lines = sorted({oom for oom, free, _ in runs if not free})
    rows = [["", *(f"line at 1e{oom:g}" for oom in lines)], ["---"] * (1 + len(lines))]
    for name in REGIMES:
        columns = [runs.get((oom, False, name), {}) for oom in lines]
        rows.append(
            [regime_words(name), *(spread([COVERED.of(m) for m in held.values()]) for held in columns)]
        )
    return markdown(rows)


def without_duty(runs: Runs) -> list[str]:
    """A sentence for each regime that was run with the duty and, at the same line, without."""
    told = []
    for (oom, free, name), mine in runs.items():
        dear = runs.get((oom, False, name), {})
        seeds = sorted(set(mine) & set(dear))
        if not free or not seeds:
            continue
        more = spread([COVERED.of(mine[seed]) - COVERED.of(dear[seed]) for seed in seeds])
        before, after = (spread([SHORT.of(held[seed]) for seed in seeds]) for held in (dear, mine))
        told.append(
            f"{regime_words(name)}, line at 1e{oom:g}: {SHORT.words} {before}, with a duty that costs nothing"
            f" {after}; {COVERED.words} {more} more"
        )
    return told


if __name__ == "__main__":
    stored = runs_of([Path(name) for name in sys.argv[1:]])
    print("\n\n".join([table(stored), *without_duty(stored)]))
