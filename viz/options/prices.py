"""What the page of prices draws: menus, what each tenth of wealth buys, pays and gains, who goes without."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from viz.options.base import GREY, Line, Mark, Option, clean, lines, positive, titled, toolbox

DECILES = ("poorest", "2", "3", "4", "5", "6", "7", "8", "9", "richest")
SHADES = ("#cfe3f3", "#9cc7e6", "#5aa3d3", "#2678b2", "#0b4a7d")  # shallow to deep


class Tier(NamedTuple):
    """One offer."""

    lab: str
    colour: str
    x: float
    price: float
    users: float
    card: str
    open: bool = False


def menus(title: str, unit_x: str, log_x: bool, tiers: Sequence[Tier]) -> Option:
    """Price against what is got for it: one colour per lab, a line through a lab's own menu."""
    labs: dict[tuple[str, bool], list[Tier]] = {}
    for tier in tiers:
        if tier.price > 0 and (tier.x > 0 or not log_x):
            labs.setdefault((tier.lab, tier.open), []).append(tier)
    most = max((t.users for t in tiers), default=1.0) or 1.0
    series: list[Option] = []
    for (lab, hosted), held in labs.items():
        held = sorted(held, key=lambda t: (t.x, t.price))
        series.append(
            {
                "type": "line",
                "name": lab,
                "color": held[0].colour,
                "lineStyle": {"width": 0 if hosted else 1.2, "opacity": 0.55},
                "showSymbol": True,
                "data": [
                    {"value": [clean(t.x), positive(t.price)], "card": t.card,
                     "symbol": "emptyCircle" if t.open else "circle",
                     "symbolSize": round(6.0 + 22.0 * (t.users / most) ** 0.5, 1),
                     "itemStyle": {"color": t.colour, "opacity": 0.85}}
                    for t in held
                ],
            }
        )  # fmt: skip
    names = list(dict.fromkeys(one["name"] for one in series))
    return {
        "animation": False,
        "backgroundColor": "transparent",
        "title": titled(title, "USD a month, log", f"horizontal: {unit_x} · rings: open models"),
        "legend": _legend(names),
        "grid": {"left": 12, "right": 24, "top": 58, "bottom": 34, "containLabel": True},
        "tooltip": {"trigger": "item", "textStyle": {"fontSize": 12}},
        "toolbox": toolbox(title),
        "dataZoom": [{"type": "inside", "zoomOnMouseWheel": "ctrl", "moveOnMouseWheel": False}],
        "xAxis": {"type": "log" if log_x else "value", "scale": True, "splitNumber": 5,
                  "axisLabel": {"fontSize": 11, "hideOverlap": True}},
        "yAxis": {"type": "log", "axisLabel": {"fontSize": 11}},
        "series": series,
        "computeshift": {"name": title, "points": True, "points_drawn": sum(len(h) for h in labs.values())},
    }  # fmt: skip


def by_decile(
    title: str,
    unit: str,
    parts: Sequence[tuple[str, str, Sequence[float]]],
    *,
    note: str = "",
    stack: bool = True,
    log: bool = False,
    most: float | None = None,
    before: Sequence[float] | None = None,
) -> Option:
    """Bars by tenth of wealth, areas on a log axis: parts are (name, colour, ten values).

    before: the ten values at the start, as a dashed line to compare with.
    """
    fit = positive if log else clean
    series: list[Option] = [
        {
            "type": "line" if log else "bar",
            "name": name,
            "color": colour,
            "itemStyle": {"color": colour},
            "barCategoryGap": "22%",
            "data": [fit(value) for value in values],
        }
        | ({"stack": "all"} if stack and not log else {})
        | ({"areaStyle": {"origin": "start", "opacity": 0.3}, "symbolSize": 8} if log else {})
        for name, colour, values in parts
    ]
    names = [name for name, _, _ in parts]
    if before is not None:
        names.append("at the start")
        series.append(
            {"type": "line", "name": "at the start", "color": GREY, "symbol": "none",
             "lineStyle": {"type": "dashed", "width": 1.5, "color": GREY},
             "data": [fit(value) for value in before]}
        )  # fmt: skip
    return {
        "animation": False,
        "backgroundColor": "transparent",
        "title": titled(title, unit, note),
        "legend": _legend(names) | {"show": len(names) > 1},
        "grid": {"left": 12, "right": 18, "top": 58, "bottom": 34 if len(names) > 1 else 12,
                 "containLabel": True},
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}, "textStyle": {"fontSize": 12}},
        "toolbox": toolbox(title),
        "xAxis": {"type": "category", "data": list(DECILES),
                  "axisLabel": {"fontSize": 10, "interval": 0}},
        "yAxis": {"type": "log" if log else "value", "max": most, "splitNumber": 4,
                  "min": _floor(parts, before) if log else None,
                  "interval": 25 if most == 100.0 else None,
                  "axisLabel": {"fontSize": 11}},
        "series": series,
        "computeshift": {"unit": unit.partition(",")[0], "name": title, "points_drawn": len(DECILES)},
    }  # fmt: skip


def _floor(parts: Sequence[tuple[str, str, Sequence[float]]], before: Sequence[float] | None) -> float | None:
    """The power of ten below all values: the foot of a log axis."""
    held = [v for _, _, values in parts for v in values] + list(before or ())
    shown = [v for v in held if positive(v) is not None]
    return float(10.0 ** math.floor(math.log10(min(shown)))) if shown else None


def excluded(
    labels: Sequence[str], paths: Mapping[str, Sequence[float]], marks: Sequence[Mark] = ()
) -> Option:
    """Share without AI over time: all people, their poorest tenth, firms."""
    shown = (("people", "#0072B2"), ("poorest tenth of people", "#D55E00"), ("firms", "#E69F00"))
    series = [Line(name, paths[name], colour) for name, colour in shown if name in paths]
    return lines("Who goes without AI", "% of the group", labels, series, least=0.0, marks=marks)


def _legend(names: Sequence[str]) -> Option:
    return {
        "type": "scroll",
        "data": list(names),
        "bottom": 0,
        "left": 8,
        "right": 8,
        "itemWidth": 16,
        "itemHeight": 8,
        "icon": "roundRect",
        "textStyle": {"fontSize": 11},
    }
