"""The table of the README, from a stored comparison: python -m experiments.headline results/demo

One row a quantity, over a stated part of the run; one column a regime; mean over seeds, least and greatest
in brackets; bold where the 95 % interval of the paired difference from the reference leaves zero.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.compare import Comparison, difference
from experiments.store import Store
from experiments.tables import markdown
from experiments.words import regime_words, with_extent


@dataclass(frozen=True)
class Line:
    """A quantity: a metric averaged over the years after `since` up to `until` (negative: from the end)."""

    words: str
    metric: str
    since: float = 0.0
    until: float = math.inf
    log: bool = False
    """Geometric mean, for what spans orders of magnitude."""

    def of(self, metrics: pd.DataFrame) -> float:
        """Its value in one run; NaN where it is never defined."""
        years = metrics["time_years"].to_numpy(dtype=float)
        since = self.since if self.since >= 0.0 else years.max() + self.since
        use = (metrics["step"].to_numpy() >= 1) & (years > since + 1e-9) & (years <= self.until + 1e-9)
        values = metrics[self.metric].to_numpy(dtype=float)[use]
        values = values[np.isfinite(values) & ((values > 0.0) | (not self.log))]
        if not values.size:
            return math.nan
        return float(10.0 ** np.log10(values).mean() if self.log else values.mean())


LAW = 0.5  # years until the default rule is in force
LINES = (
    Line("Revenue concentration (HHI, all labs)", "hhi_lab_revenue"),
    Line("– in the last year", "hhi_lab_revenue", since=-1.0),
    Line("Revenue concentration (HHI, closed models)", "hhi_revenue"),
    Line("User concentration (HHI)", "hhi_users"),
    Line("– in the last year", "hhi_users", since=-1.0),
    Line("Labs that matter to users", "labs_active"),
    Line("– in the last year", "labs_active", since=-1.0),
    Line("Λ, odds elasticity of training compute, first two years", "odds_elasticity_compute", until=2.0),
    Line("– in the last two years", "odds_elasticity_compute", since=-2.0),
    Line("Mean inference depth in use", "depth_mean"),
    Line("Dearest over cheapest subscription of one lab", "menu_price_ratio"),
    Line("– in the last year", "menu_price_ratio", since=-1.0),
    Line("Dearest over cheapest subscription of all labs", "price_ratio_top_bottom"),
    Line("Rise of capability with wealth, users of AI (OOM per OOM)", "capability_wealth_slope_users"),
    Line("– in the last year", "capability_wealth_slope_users", since=-1.0),
    Line("Rise of capability with wealth, all persons (OOM per OOM)", "capability_wealth_slope"),
    Line("Users of dangerous tiers covered, with the rule in force", "coverage_users", since=LAW),
    Line("– in the last year", "coverage_users", since=-1.0),
    Line("Runs near the line that end just below it, last five years", "runs_just_below_line", since=-5.0),
    Line("Users of dangerous tiers seen, with the rule in force", "visibility_users", since=LAW),
    Line("Copies of the frontier model (geometric mean)", "copies_at_frontier", log=True),
    Line("Open share of users", "open_weight_share"),
    Line("Inference share of labs' compute spending", "inference_share_of_spend"),
)


def cells(comparison: Comparison, line: Line) -> list[str]:
    """One text a regime."""
    by_seed = {
        name: {s: line.of(comparison.runs[name, s].tables["metrics"]) for s in comparison.runs_of(name)}
        for name in comparison.names
    }
    base, told = by_seed[comparison.reference], []
    for name, mine in by_seed.items():
        held = np.array([value for value in mine.values() if math.isfinite(value)])
        if not held.size:
            told.append("–")
            continue
        middle = 10.0 ** np.log10(held).mean() if line.log else held.mean()
        text = with_extent(held.tolist(), float(middle))
        scale = math.log10 if line.log else float
        pairs = [
            (mine[s], base[s])
            for s in mine
            if math.isfinite(mine[s]) and math.isfinite(base.get(s, math.nan))
        ]
        gap = difference(line.metric, name, "", np.array([scale(a) - scale(b) for a, b in pairs]))
        told.append(f"**{text}**" if name != comparison.reference and gap.leaves_zero else text)
    return told


def table(comparison: Comparison, lines: Sequence[Line] = LINES) -> str:
    """Markdown; regimes that equal the reference in every number are left out."""
    shown = [i for i, name in enumerate(comparison.names) if name not in comparison.identical]
    heads = ["Mean of the run", *(regime_words(comparison.names[i]) for i in shown)]
    rows = [heads, ["---"] * len(heads)]
    for line in lines:
        if line.metric in comparison.metrics:
            found = cells(comparison, line)
            rows.append([line.words, *(found[i] for i in shown)])
    return markdown(rows)


if __name__ == "__main__":
    print(table(Comparison.load(Store(Path(sys.argv[1])))))
