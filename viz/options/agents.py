"""What the Agents page and the inspector draw: a small line of one agent, a histogram of users."""

from __future__ import annotations

import math
from collections.abc import Sequence

from viz.options.base import Line, Option, clean, lines, titled, toolbox

BINS = 24


def spark(title: str, unit: str, labels: Sequence[str], values: Sequence[float], colour: str) -> Option:
    """One agent's number over time, small."""
    option = lines(title, unit, labels, [Line(title, values, colour)], legend=False)
    option["title"]["textStyle"]["fontSize"] = 12
    option["grid"] |= {"top": 44, "bottom": 6, "right": 34}
    option["yAxis"]["splitNumber"] = 2
    option.pop("toolbox")
    return option


def binned(values: Sequence[float], weights: Sequence[float], log: bool) -> tuple[list[float], float]:
    """Edges of BINS bins, and the weight of what is left out (undefined, or not above zero if log)."""
    held, out = [], 0.0
    for value, weight in zip(values, weights, strict=True):
        if math.isfinite(value) and (value > 0 or not log):
            held.append(math.log10(value) if log else value)
        else:
            out += weight
    if not held:
        return [], out
    low, high = min(held), max(held)
    if high - low < 1e-9 * max(1.0, abs(high)):
        low, high = low - 0.5, high + 0.5
    width = (high - low) / BINS
    edges = [low + at * width for at in range(BINS + 1)]
    return ([10.0**edge for edge in edges] if log else edges), out


def histogram(
    title: str,
    unit: str,
    series: Sequence[tuple[str, str, Sequence[float]]],
    words: Sequence[str],
) -> Option:
    """Bars side by side: (name, colour, percent of the group in each bin); `words` name the bins."""
    return {
        "animation": False,
        "backgroundColor": "transparent",
        "title": titled(title, "% of each group", f"horizontal: {unit}" if unit else ""),
        "legend": {"show": len(series) > 1, "bottom": 0, "itemWidth": 16, "itemHeight": 8,
                   "textStyle": {"fontSize": 11}},
        "grid": {"left": 12, "right": 18, "top": 58, "bottom": 30, "containLabel": True},
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}, "textStyle": {"fontSize": 12}},
        "toolbox": toolbox(title),
        "xAxis": {"type": "category", "data": list(words),
                  "axisLabel": {"fontSize": 11, "hideOverlap": True}},
        "yAxis": {"type": "value", "min": 0, "splitNumber": 4, "axisLabel": {"fontSize": 11}},
        "series": [
            {"type": "bar", "name": name, "barCategoryGap": "12%", "barGap": "0%", "color": colour,
             "itemStyle": {"color": colour}, "data": [clean(value) for value in held]}
            for name, colour, held in series
        ],
        "computeshift": {"unit": "%", "name": title, "points_drawn": len(words)},
    }  # fmt: skip
