"""What all charts share: clean numbers, lines over time, bands behind them, marks of events, areas."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Option = dict[str, Any]
GREY = "#8a8f98"


@dataclass(frozen=True)
class Line:
    """A series over steps 0, 1, ...; NaN leaves a gap."""

    name: str
    values: Sequence[float]
    colour: str
    width: float = 2.0
    dash: str = "solid"  # or dashed, dotted
    opacity: float = 1.0


@dataclass(frozen=True)
class Band:
    """A range over steps, drawn behind the lines."""

    name: str
    low: Sequence[float]
    high: Sequence[float]
    colour: str
    opacity: float = 0.14


ROWS_OF_WORDS = 28  # that stand upright side by side in the narrowest chart


@dataclass(frozen=True)
class Mark:
    """An event on the time axis."""

    step: int
    text: str


def clean(value: Any) -> float | None:
    """A number as JSON can carry it, five significant digits; None where there is none."""
    if value is None or isinstance(value, str):
        return None
    number = float(value)
    return float(f"{number:.5g}") if math.isfinite(number) else None


def positive(value: Any) -> float | None:
    """The same for a log axis."""
    found = clean(value)
    return found if found is not None and found > 0 else None


def lines(
    title: str,
    unit: str,
    labels: Sequence[str],
    series: Sequence[Line],
    *,
    note: str = "",
    bands: Sequence[Band] = (),
    marks: Sequence[Mark] = (),
    log: bool = False,
    least: float | None = None,
    most: float | None = None,
    stack: bool = False,
    legend: bool = True,
) -> Option:
    """Lines over steps with `labels` as the time axis; `stack` piles them up as areas (shares, sums).

    least, most: ends of the axis where they are known (a share: 0 and 1); None = by the data.
    """
    fit = positive if log else clean
    drawn: list[Option] = [
        {
            "type": "band",
            "name": band.name,
            "color": band.colour,
            "opacity": band.opacity,
            "data": [
                [at, fit(low), fit(high)]
                for at, (low, high) in enumerate(zip(band.low, band.high, strict=True))
                if fit(low) is not None and fit(high) is not None
            ],
        }
        for band in bands
    ]
    for place, line in enumerate(series):
        one: Option = {
            "type": "line",
            "z": 4 if place == 0 else 3,  # the first is what the chart is about
            "name": line.name,
            "showSymbol": len(line.values) < 2,
            "symbolSize": 5,
            "connectNulls": False,
            "data": [fit(value) for value in line.values],
            "lineStyle": {"width": line.width, "type": line.dash, "opacity": line.opacity},
            "itemStyle": {"color": line.colour, "opacity": line.opacity},
            "color": line.colour,
        }
        if stack:
            one |= {"stack": "all", "areaStyle": {"opacity": 0.75}, "lineStyle": {"width": 0.5}}
        drawn.append(one)
    if marks and series:
        drawn.append(_marks(marks, 0 if stack else len(labels)))
    names = [line.name for line in series]
    return {
        "animation": False,
        "backgroundColor": "transparent",
        "title": titled(title, unit, note),
        "legend": {
            "show": legend and len(names) > 1,
            "type": "scroll",
            "data": names,
            "bottom": 0,
            "left": 8,
            "right": 8,
            "itemWidth": 16,
            "itemHeight": 8,
            "icon": "roundRect",
            "textStyle": {"fontSize": 11},
        },
        "grid": {
            "left": 12,
            "right": 18,
            "top": 58,
            "bottom": 34 if len(names) > 1 else 12,
            "containLabel": True,
        },
        "tooltip": {"trigger": "axis", "textStyle": {"fontSize": 12}},
        "toolbox": toolbox(title),
        "dataZoom": [{"type": "inside", "zoomOnMouseWheel": "ctrl", "moveOnMouseWheel": False}],
        "xAxis": {
            "type": "category",
            "data": list(labels),
            "boundaryGap": False,
            "axisLabel": {"fontSize": 11, "hideOverlap": True},
        },
        "yAxis": {
            "type": "log" if log else "value",
            "scale": least is None,
            "min": least,
            "max": most,
            "splitNumber": 4,
            "interval": 0.25 if (least, most) == (0.0, 1.0) else None,
            "axisLabel": {"fontSize": 11},
        },
        "series": drawn,
        "computeshift": {
            "unit": unit,
            "name": title,
            "points_drawn": max((len(line.values) for line in series), default=0),
        },
    }


def titled(title: str, unit: str, note: str = "") -> Option:
    """Title, and under it the unit and a remark."""
    return {
        "text": title,
        "subtext": " · ".join(part for part in (unit, note) if part),
        "left": 8,
        "top": 2,
        "itemGap": 2,
        "textStyle": {"fontSize": 14, "fontWeight": 600, "lineHeight": 18},
        "subtextStyle": {"fontSize": 11, "color": GREY, "lineHeight": 14},
    }


def toolbox(title: str) -> Option:
    """A button that saves the picture."""
    name = "".join(c if c.isalnum() else "-" for c in title.lower()).strip("-")
    return {
        "right": 8,
        "top": 0,
        "itemSize": 13,
        "feature": {"saveAsImage": {"name": name, "title": "Save as PNG", "pixelRatio": 2}},
    }


def _marks(marks: Sequence[Mark], steps: int) -> Option:
    """Vertical lines with what happened, on an axis of so many steps, 0 = without words.

    Several in one step share a line. Words stand along their line at its top; where the last ones stand too
    near they move to its foot, and a third is left out: it is in the log.
    """
    by_step: dict[int, list[str]] = {}
    for mark in marks:
        by_step.setdefault(mark.step, []).append(mark.text)
    room, taken = math.ceil(steps / ROWS_OF_WORDS), {"insideEndTop": -math.inf, "insideStartTop": -math.inf}
    drawn = []
    for step, texts in sorted(by_step.items()):
        free = [place for place, last in taken.items() if step - last >= room] if steps else []
        label: Option = {"position": free[0]} if free else {"show": False}
        taken |= {place: step for place in free[:1]}
        drawn.append({"xAxis": step, "name": _joined(texts), "label": label})
    return {
        "type": "line",
        "name": "events",
        "data": [],
        "silent": False,
        "markLine": {
            "symbol": "none",
            "animation": False,
            "label": {"formatter": "{b}", "fontSize": 10, "color": GREY},
            "lineStyle": {"type": "dashed", "width": 1, "color": GREY, "opacity": 0.7},
            "data": drawn,
        },
    }


def _joined(texts: list[str]) -> str:
    return texts[0] if len(texts) == 1 else f"{texts[0]} +{len(texts) - 1}"
