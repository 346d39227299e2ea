"""Outcomes of policies by regime, the Pareto front and regret: pure arithmetic, tables and a picture.

Nothing says here that an outcome is good: each criterion has the side on which the laboratory counts it
as better, and a reader with other values reads the columns.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from experiments.compare import Comparison
from experiments.plots.base import STYLE, regime_legend
from experiments.words import colours, number

Floats = NDArray[np.float64]
SAME = 1e-9


@dataclass(frozen=True)
class Criterion:
    """An outcome and the side that counts as better."""

    metric: str
    words: str
    better: int


CRITERIA = (
    Criterion("hhi_lab_revenue", "Concentration of revenue (HHI), less is better", -1),
    Criterion("capability_wealth_slope", "Capability's rise with wealth (OOM/OOM), less is better", -1),
    Criterion("visibility_flop", "Dangerous compute seen, more is better", 1),
    Criterion("misuse_reach", "Misusers who reach danger, less is better", -1),
    Criterion("frontier_capability_oom", "Best capability (OOM), more is better", 1),
)


def front(scores: Floats) -> NDArray[np.bool_]:
    """Which rows are dominated by none; scores (policies, criteria), more is better.

    A row is dominated if another is as good everywhere and better somewhere.
    """
    as_good = np.all(scores[None, :, :] >= scores[:, None, :] - SAME, axis=2)
    better = np.any(scores[None, :, :] > scores[:, None, :] + SAME, axis=2)
    free: NDArray[np.bool_] = ~np.any(as_good & better, axis=1)
    return free


def regret(scores: Floats) -> Floats:
    """Shortfall from the best policy of a regime, as a share of the range over policies.

    scores (regimes, policies, criteria), more is better; 0 = the best, 1 = the worst, 0 where no policy
    makes a difference.
    """
    best = scores.max(axis=1, keepdims=True)
    width = best - scores.min(axis=1, keepdims=True)
    return np.where(width > SAME, (best - scores) / np.where(width > SAME, width, 1.0), 0.0)


def outcomes(comparison: Comparison, regimes: Sequence[str], names: Sequence[str]) -> pd.DataFrame:
    """One row per regime, policy and criterion: mean over run and seeds, and the paired difference."""
    rows = []
    for regime in regimes:
        for name in names:
            for one in CRITERIA:
                mine = comparison.values(f"{regime}.{name}", one.metric, "mean")
                base = comparison.values(f"{regime}.{names[0]}", one.metric, "mean")
                gaps = np.array([mine[s] - base[s] for s in mine if s in base])
                half = np.nan
                if gaps.size > 1:
                    from scipy import stats

                    spread = gaps.std(ddof=1) / np.sqrt(gaps.size)
                    half = float(stats.t.ppf(0.975, gaps.size - 1) * spread)
                rows.append(
                    {
                        "regime": regime,
                        "policy": name,
                        "metric": one.metric,
                        "mean": float(np.mean(list(mine.values()))) if mine else np.nan,
                        "difference": float(gaps.mean()) if gaps.size else np.nan,
                        "half_width": half,
                        "seeds": int(gaps.size),
                    }
                )
    return pd.DataFrame(rows)


def scores_of(
    table: pd.DataFrame, regimes: Sequence[str], names: Sequence[str]
) -> tuple[Floats, list[Criterion]]:
    """(regimes, policies, criteria) with more is better; criteria without a number somewhere are left out."""
    cube, kept = [], []
    for one in CRITERIA:
        part = table[table["metric"] == one.metric].pivot(index="regime", columns="policy", values="mean")
        values = part.reindex(index=list(regimes), columns=list(names)).to_numpy(dtype=float)
        if np.isfinite(values).all():
            cube.append(one.better * values)
            kept.append(one)
    return np.stack(cube, axis=2) if cube else np.zeros((len(regimes), len(names), 0)), kept


def tell(comparison: Comparison, regimes: Sequence[str], words: Mapping[str, str], folder: Path) -> list[str]:
    """Write the tables and the figure; the sentences of the summary."""
    names = list(words)
    table = outcomes(comparison, regimes, names)
    table.to_csv(folder / "outcomes.csv", index=False)
    scores, kept = scores_of(table, regimes, names)
    told = [f"left out, no number in some world: {one.words}" for one in CRITERIA if one not in kept]
    if kept:
        lost = regret(scores) * _tells(table, regimes, kept)
        summed = lost.mean(axis=2)  # criteria weigh alike
        frame = pd.DataFrame({"policy": names})
        for at, one in enumerate(kept):
            frame[one.metric] = lost[:, :, at].max(axis=0)
        frame["all_criteria"] = summed.max(axis=0)
        frame["on_the_front"] = front(scores.mean(axis=0))
        frame["regimes_on_the_front"] = sum(front(part).astype(int) for part in scores)
        frame.to_csv(folder / "regret.csv", index=False)
        best = frame.sort_values(["all_criteria", "policy"]).iloc[0]
        told += [
            f"Pareto front over regimes on average: {', '.join(frame[frame['on_the_front']]['policy'])}",
            f"least greatest regret, criteria weighing alike: {best['policy']}"
            f" ({number(float(best['all_criteria']))})",
            *(_least(frame, one) for one in kept),
            "Means over seeds decide the front and regret; where no policy can be told from no rule regret is"
            " none. Read half_width in outcomes.csv before believing a small difference.",
        ]
    _draw(table, comparison, regimes, words, folder)
    (folder / "summary.txt").write_text("\n".join(told) + "\n", encoding="utf-8")
    return [*told, f"tables and figure are in {folder}"]


def _tells(table: pd.DataFrame, regimes: Sequence[str], kept: Sequence[Criterion]) -> Floats:
    """1 where some policy's interval leaves zero (or there is none, with one seed), else 0; regret of noise
    is none. (regimes, 1, criteria).
    """
    told = np.ones((len(regimes), 1, len(kept)))
    for r, regime in enumerate(regimes):
        for c, one in enumerate(kept):
            part = table[(table["regime"] == regime) & (table["metric"] == one.metric)]
            half = part["half_width"].to_numpy(dtype=float)
            gap = part["difference"].to_numpy(dtype=float)
            if np.isfinite(half).any():
                told[r, 0, c] = float(np.any(np.abs(gap) > half))
    return told


def _least(frame: pd.DataFrame, one: Criterion) -> str:
    rows = frame.sort_values([one.metric, "policy"])
    first, last = rows.iloc[0], rows.iloc[-1]
    return (
        f"{one.words}: least greatest regret {first['policy']} ({number(first[one.metric])}),"
        f" most {last['policy']} ({number(last[one.metric])})"
    )


def _draw(
    table: pd.DataFrame,
    comparison: Comparison,
    regimes: Sequence[str],
    words: Mapping[str, str],
    folder: Path,
) -> None:
    """One panel per criterion: the paired difference of each policy from no rule, by regime."""
    matplotlib.rcParams.update(cast(Any, STYLE | {"font.size": 8.5, "axes.titlesize": 8.5}))
    held = [one for one in CRITERIA if table[table["metric"] == one.metric]["difference"].notna().any()]
    names = list(words)[1:]
    if not held or not names:
        return
    height = 0.34 * len(names) + 1.9
    figure = Figure(figsize=(3.0 + 2.5 * len(held), height), layout="constrained")
    cast(Any, figure.get_layout_engine()).set(rect=(0, 0, 1, 1 - 0.55 / height))
    axes = figure.subplots(1, len(held), sharey=True, squeeze=False).ravel().tolist()
    colour = colours(list(regimes))
    for axis, one in zip(axes, held, strict=True):
        part = table[table["metric"] == one.metric]
        gaps = {
            (str(r), str(p)): (float(gap), float(half))
            for r, p, gap, half in zip(
                part["regime"], part["policy"], part["difference"], part["half_width"], strict=True
            )
        }
        axis.axvline(0.0, color="#444444", linewidth=1.0)
        for at, regime in enumerate(regimes):
            shift = (at - (len(regimes) - 1) / 2.0) * 0.14
            for row, name in enumerate(names):
                gap, half = gaps[regime, name]
                low, high = gap - half, gap + half
                clear = np.isfinite(low) and (low > 0.0 or high < 0.0)
                axis.plot([low, high], [row + shift] * 2, color=colour[regime], linewidth=1.0, alpha=0.6)
                axis.plot(
                    [gap],
                    [row + shift],
                    "o",
                    markersize=4,
                    color=colour[regime],
                    markerfacecolor=colour[regime] if clear else "white",
                )
        axis.set_title("\n".join(textwrap.wrap(one.words, 30)))
        axis.locator_params(axis="x", nbins=4)
        axis.set_ylim(len(names) - 0.5, -0.5)
        axis.set_yticks(range(len(names)), [words[name] for name in names])
        axis.set_xlabel(f"less {words[next(iter(words))]}")
    regime_legend(figure, list(regimes))
    FigureCanvasAgg(figure)
    figure.savefig(folder / "policy_laboratory.png", dpi=130, metadata={"Software": None})
    figure.set_layout_engine("none")
    figure.savefig(folder / "policy_laboratory.svg", metadata={"Date": None, "Creator": None})
