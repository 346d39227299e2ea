"""What the page of assumptions draws: how much of the model is measured, estimated or assumed."""

from __future__ import annotations

from collections.abc import Mapping

from viz.options.base import Option, titled, toolbox

GRADES = {"measured": "#009E73", "estimated": "#56B4E9", "assumed": "#E69F00", "switch": "#b0b4ba"}


def grades(counts: Mapping[str, Mapping[str, int]]) -> Option:
    """Parameters by section, piled up by grade; the largest section on top."""
    order = sorted(counts, key=lambda name: sum(counts[name].values()))
    title = "How well the numbers are known"
    return {
        "animation": False,
        "backgroundColor": "transparent",
        "title": titled(title, "parameters by section"),
        "legend": {"bottom": 0, "itemWidth": 16, "itemHeight": 8, "textStyle": {"fontSize": 11}},
        "grid": {"left": 12, "right": 18, "top": 52, "bottom": 30, "containLabel": True},
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}, "textStyle": {"fontSize": 12}},
        "toolbox": toolbox(title),
        "xAxis": {"type": "value", "axisLabel": {"fontSize": 11}},
        "yAxis": {"type": "category", "data": [name.replace("_", " ") for name in order],
                  "axisLabel": {"fontSize": 11, "interval": 0}},
        "series": [
            {"type": "bar", "stack": "all", "name": grade, "color": colour, "itemStyle": {"color": colour},
             "data": [counts[name].get(grade, 0) for name in order]}
            for grade, colour in GRADES.items()
        ],
        "computeshift": {"unit": "parameters", "name": title, "points_drawn": len(order)},
    }  # fmt: skip
