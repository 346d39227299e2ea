"""Paired differences against the reference with their 95 % intervals, a panel per metric."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from experiments.compare import Comparison
from experiments.plots.base import grid
from experiments.words import colours, labelled, number, regime_words


def forest(comparison: Comparison, metrics: Sequence[str]) -> tuple[Figure | None, list[str]]:
    """Filled points: the interval leaves zero. Open points: no difference can be told."""
    present = [name for name in metrics if name in comparison.metrics]
    absent = [name for name in metrics if name not in comparison.metrics]
    if not present or not comparison.others:
        return None, absent
    others = comparison.others
    columns = 3
    figure, axes = grid(len(present), columns, height=0.9 + 0.27 * len(others), top=0.1)
    colour = colours(comparison.names)
    for at, (metric, panel) in enumerate(zip(present, axes, strict=True)):
        panel.axvline(0, color="#444444", linewidth=1)
        for row, name in enumerate(others):
            found = comparison.difference(name, metric)
            if found.count == 0:
                panel.text(0.02, row, "not defined", fontsize=7.5, color="#777777", va="center",
                           transform=panel.get_yaxis_transform())  # fmt: skip
                continue
            if found.interval:
                panel.plot([found.low, found.high], [row, row], color=colour[name], linewidth=2)
            face = colour[name] if found.leaves_zero else "white"
            panel.plot(found.mean, row, "o", markersize=6, color=colour[name], markerfacecolor=face)
        panel.set_ylim(len(others) - 0.4, -0.6)
        panel.set_yticks(range(len(others)))
        first = at % columns == 0
        panel.set_yticklabels([regime_words(n) for n in others] if first else [""] * len(others))
        panel.grid(axis="y", visible=False)
        panel.xaxis.set_major_locator(MaxNLocator(4))
        panel.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _short(value)))
        panel.set_title("\n".join(textwrap.wrap(labelled(metric), 31)), fontsize=8.5)
    return figure, absent


def _short(value: float) -> str:
    if value == 0 or math.isclose(value, 0, abs_tol=1e-300):
        return "0"
    if 1e-3 <= abs(value) < 1e5:
        return f"{value:g}".replace("-", "−")
    return number(value, short=True)
