"""What the regulator believes against what is there."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from experiments.compare import Comparison
from experiments.plots.base import grid, plain_axis, time_label, wrapped, years
from experiments.words import colours


def beliefs(comparison: Comparison, name: str) -> pd.DataFrame | None:
    """Most capable model on sale, as believed and as it is: one row per step and seed."""
    wanted = ["step", "time_years", "believed_capability_oom", "true_capability_oom"]
    frames = [
        table.groupby("step", as_index=False)[wanted[1:]].max().assign(seed=at)
        for at, table in enumerate(comparison.tables(name, "regulators"))
        if set(wanted) <= set(table.columns)
    ]
    if not frames:
        return None
    joined = pd.concat(frames, ignore_index=True).dropna()
    return joined if len(joined) else None


def believed_and_true(comparison: Comparison) -> tuple[Figure | None, list[str]]:
    """One panel per regime: truth as a line, belief dashed, both with bands over seeds."""
    held = {n: t for n in comparison.names if (t := beliefs(comparison, n)) is not None}
    if not held:
        return None, ["regulators"]
    figure, axes = grid(len(held), 3, height=2.4, top=0.4)
    colour = colours(comparison.names)
    low = min(t[["believed_capability_oom", "true_capability_oom"]].min().min() for t in held.values())
    high = max(t[["believed_capability_oom", "true_capability_oom"]].max().max() for t in held.values())
    for at, (name, table) in enumerate(held.items()):
        panel = axes[at]
        for column, dash, shade in (
            ("true_capability_oom", "-", colour[name]),
            ("believed_capability_oom", (0, (3, 2)), colour[name]),
        ):
            steps = table.groupby("time_years")[column]
            x = years(comparison, name, steps.mean().index)
            panel.fill_between(x, steps.min(), steps.max(), color=shade, alpha=0.13, linewidth=0)
            panel.plot(x, steps.mean(), color=shade, linestyle=dash, linewidth=1.7)
        panel.set_title(wrapped(name, 34))
        panel.set_ylim(low - 0.2, high + 0.2)
        plain_axis(panel)
        panel.set_xlabel(time_label(comparison))
        if at % 3 == 0:
            panel.set_ylabel("Best model on sale\n[OOM of FLOP]")
    handles = [
        Line2D([], [], color="#333333", linewidth=1.8, label="as it is"),
        Line2D([], [], color="#333333", linewidth=1.8, dashes=(3, 2), label="as the regulator believes"),
    ]
    figure.legend(handles=handles, loc="upper center", ncols=2, handlelength=3)
    return figure, []
