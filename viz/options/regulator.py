"""What the regulator's view draws: models against its line, belief against truth, misses, lags."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from viz.options.base import GREY, Line, Mark, Option, clean, lines, titled, toolbox

SEEN, UNSEEN, ALARM, LINE, TRUTH = "#009E73", "#D55E00", "#b0b4ba", "#5e4fa2", "#0072B2"


class Model(NamedTuple):
    """A model on sale: log10 FLOP of its training and of all that it has served so far."""

    name: str
    training: float
    inference: float
    seen: bool | None  # None: its maker has left
    dangerous: bool
    card: str


class Rule(NamedTuple):
    """A line that a rule draws, log10 FLOP."""

    words: str
    level: float


class Lag(NamedTuple):
    """A lab: years from the start at which it first sold something dangerous, and was seen (NaN: not yet)."""

    lab: str
    danger: float
    seen: float


def models(held: Sequence[Model], rules: Sequence[Rule]) -> Option:
    """Every model on sale: training compute against what it has served; lines of the rules."""
    groups = (
        ("seen by the regulator", True, SEEN),
        ("not seen", False, UNSEEN),
        ("its maker has left", None, ALARM),
    )
    series: list[Option] = [
        {
            "type": "scatter",
            "name": name,
            "color": colour,
            "data": [
                {"value": [clean(m.training), clean(m.inference)], "card": m.card,
                 "symbol": "circle" if m.dangerous else "emptyCircle",
                 "symbolSize": 13 if m.dangerous else 9,
                 "itemStyle": {"color": colour, "opacity": 0.8}}
                for m in held
                if m.seen is seen and math.isfinite(m.inference) and math.isfinite(m.training)
            ],
        }
        for name, seen, colour in groups
    ]  # fmt: skip
    shown = [m for m in held if math.isfinite(m.inference) and math.isfinite(m.training)]
    if shown:
        low = min(min(m.training, m.inference) for m in shown)
        high = max(max(m.training, m.inference) for m in shown)
        series[0]["markLine"] = {
            "silent": True,
            "symbol": "none",
            "animation": False,
            "data": [
                [{"coord": [clean(low), clean(low)], "name": "serving = training",
                  "lineStyle": {"color": GREY, "type": "dotted"},
                  "label": {"show": True, "formatter": "{b}", "position": "insideEndTop", "fontSize": 10,
                            "color": GREY}},
                 {"coord": [clean(high), clean(high)]}],
                *[{"xAxis": clean(rule.level), "name": rule.words,
                   "lineStyle": {"color": LINE, "width": 2, "type": "solid"},
                   "label": {"show": True, "formatter": "{b}", "position": "insideEndTop", "fontSize": 11,
                             "color": LINE}}
                  for rule in rules],
            ],
        }  # fmt: skip
    title = "Models on sale against the rule"
    note = "horizontal: training, log10 FLOP · filled: dangerous"
    return {
        "animation": False,
        "backgroundColor": "transparent",
        "title": titled(title, "served so far, log10 FLOP", note),
        "legend": {"bottom": 0, "itemWidth": 14, "itemHeight": 10, "textStyle": {"fontSize": 11}},
        "grid": {"left": 12, "right": 24, "top": 58, "bottom": 34, "containLabel": True},
        "tooltip": {"trigger": "item", "textStyle": {"fontSize": 12}},
        "toolbox": toolbox(title),
        "xAxis": _around([*(m.training for m in shown), *(r.level for r in rules)]),
        "yAxis": _around([m.inference for m in shown]),
        "series": series,
        "computeshift": {"name": title, "points": True, "points_drawn": len(shown)},
    }


def threshold(
    labels: Sequence[str],
    largest: Sequence[float],
    smallest: Sequence[float],
    rules: Mapping[str, Sequence[float]],
    marks: Sequence[Mark],
) -> Option:
    """Lines of the rules over time against the largest run on sale and the smallest dangerous one."""
    series = [
        Line("largest run on sale", largest, TRUTH),
        Line("smallest dangerous run", smallest, UNSEEN),
        *[
            Line(f"rule: {name}", values, colour, dash="dashed")
            for (name, values), colour in zip(rules.items(), (LINE, "#CC79A7", "#8c6d31"), strict=False)
        ],
    ]
    option = lines("The line and the runs", "training compute, log10 FLOP", labels, series, marks=marks)
    held = [v for line in series for v in line.values if math.isfinite(v)]
    option["yAxis"]["min"] = math.floor(min(held) - 0.3) if held else None
    return option


def belief(
    labels: Sequence[str],
    believed: Sequence[float],
    inside: Sequence[float],
    true: Sequence[float],
    danger: float,
    marks: Sequence[Mark],
) -> Option:
    """What the regulator believes of the best model, and what it is."""
    series = [
        Line("truth", true, TRUTH),
        Line("belief, models on sale", believed, SEEN),
        Line("belief, reported models inside too", inside, "#E69F00", dash="dotted"),
        Line("level that it fears", [danger] * len(true), UNSEEN, width=1.2, dash="dashed"),
    ]
    return lines("Best model: belief and truth", "OOM of FLOP", labels, series, marks=marks)


def labs(
    labels: Sequence[str],
    seen: Sequence[float],
    missed: Sequence[float],
    alarms: Sequence[float],
    marks: Sequence[Mark],
) -> Option:
    """Dangerous labs seen and missed, and labs with duties that sell nothing dangerous, piled up."""
    series = [
        Line("dangerous and seen", seen, SEEN),
        Line("dangerous, missed", missed, UNSEEN),
        Line("false alarm: covered, nothing dangerous", alarms, ALARM),
    ]
    return lines(
        "Labs: seen, missed, false alarms", "labs", labels, series, least=0.0, stack=True, marks=marks
    )


def shares(labels: Sequence[str], paths: Mapping[str, Sequence[float]], marks: Sequence[Mark]) -> Option:
    """Shares of dangerous use that are covered or seen, percent."""
    colours = (SEEN, TRUTH, "#CC79A7", "#E69F00")
    series = [
        Line(name, values, colour) for (name, values), colour in zip(paths.items(), colours, strict=False)
    ]
    option = lines("Dangerous use: covered and seen", "%", labels, series, least=0.0, most=100.0, marks=marks)
    option["yAxis"]["interval"] = 25
    return option


def actions(labels: Sequence[str], audits: Sequence[float], breaches: Sequence[float]) -> Option:
    """Audits and breaches found in each step."""
    option = lines("Audits and what they found", "in the step", labels, [], least=0.0)
    option["xAxis"]["boundaryGap"] = True
    option["legend"] |= {"show": True, "data": ["audits", "breaches found"]}
    option["grid"]["bottom"] = 34
    option["series"] = [
        {"type": "bar", "name": name, "color": colour, "itemStyle": {"color": colour},
         "data": [clean(value) for value in values]}
        for name, colour, values in (("audits", TRUTH, audits), ("breaches found", UNSEEN, breaches))
    ]  # fmt: skip
    option["computeshift"]["points_drawn"] = len(audits)
    return option


def lags(held: Sequence[Lag], now: float, most: int = 14) -> Option:
    """One bar per lab from the first dangerous offer until it was seen; to now while it is not."""
    shown = sorted(held, key=lambda lag: lag.danger)[:most]
    title = "Lag: from the first dangerous offer to being seen"
    data = []
    for lag in shown:
        end = lag.seen if math.isfinite(lag.seen) else now
        open_ = not math.isfinite(lag.seen)
        told = "not seen yet" if open_ else f"seen after {end - lag.danger:.2f} years"
        data.append(
            {"value": clean(max(end - lag.danger, 0.02 * now)), "card": f"{lag.lab}\n{told}",
             "itemStyle": {"color": UNSEEN if open_ else SEEN, "opacity": 0.85}}
        )  # fmt: skip
    return {
        "animation": False,
        "backgroundColor": "transparent",
        "title": titled(title, "years since the start", "green: seen, orange: not yet"),
        "grid": {"left": 12, "right": 24, "top": 58, "bottom": 12, "containLabel": True},
        "tooltip": {"trigger": "item", "textStyle": {"fontSize": 12}},
        "toolbox": toolbox(title),
        "xAxis": {"type": "value", "min": 0, "max": clean(max(1.04 * now, 0.25)),
                  "axisLabel": {"fontSize": 11, "showMaxLabel": False}},
        "yAxis": {"type": "category", "inverse": True, "data": [lag.lab for lag in shown],
                  "axisLabel": {"fontSize": 11}},
        "series": [
            {"type": "bar", "name": "before", "stack": "all", "silent": True,
             "tooltip": {"show": False},
             "itemStyle": {"color": "transparent"}, "data": [clean(lag.danger) for lag in shown]},
            {"type": "bar", "name": "lag", "stack": "all", "barMaxWidth": 14, "data": data},
        ],
        "computeshift": {"name": title, "points": True, "points_drawn": len(shown)},
    }  # fmt: skip


def _around(values: Sequence[float]) -> Option:
    """An axis with room on both sides, in whole powers of ten."""
    held = [v for v in values if math.isfinite(v)]
    ends = {"min": math.floor(min(held) - 0.2), "max": math.ceil(max(held) + 0.2)} if held else {}
    return {"type": "value", "splitNumber": 5, "axisLabel": {"fontSize": 11}} | ends
