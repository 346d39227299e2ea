"""What the page of data centres draws: power by region and site, use, price, permits, blocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from viz.options.base import GREY, Line, Mark, Option, clean, lines, titled, toolbox

USE, BUILDING, WAITING = "#0072B2", "#56B4E9", "#E69F00"


class Site(NamedTuple):
    """A data centre: MW in use, under construction, waiting for a permit, in the largest block."""

    name: str
    region: str
    colour: str
    power_mw: float
    pending_mw: float
    waiting_mw: float
    block_mw: float
    card: str


def sites(held: Sequence[Site], most: int = 20) -> Option:
    """The largest sites as bars of what is in use, being built and waiting."""
    shown = sorted(held, key=lambda s: -(s.power_mw + s.pending_mw + s.waiting_mw))[:most]
    title = "Largest data centres and groups of unlisted ones"
    parts = (
        ("in use", USE, [s.power_mw for s in shown]),
        ("under construction", BUILDING, [s.pending_mw for s in shown]),
        ("waiting for a permit", WAITING, [s.waiting_mw for s in shown]),
    )
    return {
        "animation": False,
        "backgroundColor": "transparent",
        "title": titled(title, "MW", f"the {len(shown)} largest of {len(held)}"),
        "legend": {"bottom": 0, "itemWidth": 16, "itemHeight": 8, "textStyle": {"fontSize": 11}},
        "grid": {"left": 12, "right": 24, "top": 52, "bottom": 32, "containLabel": True},
        "tooltip": {"trigger": "item", "textStyle": {"fontSize": 12}},
        "toolbox": toolbox(title),
        "xAxis": {"type": "value", "axisLabel": {"fontSize": 11}},
        "yAxis": {"type": "category", "inverse": True, "data": [s.name for s in shown],
                  "axisLabel": {"fontSize": 11, "interval": 0, "width": 190, "overflow": "truncate"}},
        "series": [
            {"type": "bar", "stack": "all", "name": name, "color": colour, "barCategoryGap": "25%",
             "itemStyle": {"color": colour},
             "data": [{"value": clean(value), "card": site.card}
                      for value, site in zip(values, shown, strict=True)]}
            for name, colour, values in parts
        ],
        "computeshift": {"unit": "MW", "name": title, "points": True, "points_drawn": len(shown)},
    }  # fmt: skip


def blocks(held: Sequence[Site], seen_from_mw: float) -> Option:
    """Each site's largest co-located block against its power, by region."""
    title = "Blocks: what one training run can use in one place"
    regions: dict[str, list[Site]] = {}
    for site in held:
        if site.power_mw > 0 and site.block_mw > 0:
            regions.setdefault(site.region, []).append(site)
    series: list[Option] = [
        {"type": "scatter", "name": region, "color": group[0].colour, "symbolSize": 11,
         "itemStyle": {"color": group[0].colour, "opacity": 0.8},
         "data": [{"value": [clean(s.power_mw), clean(s.block_mw)], "card": s.card} for s in group]}
        for region, group in regions.items()
    ]  # fmt: skip
    if series:
        series[0]["markLine"] = {
            "silent": True, "symbol": "none", "animation": False,
            "lineStyle": {"color": GREY, "type": "dashed"},
            "label": {"formatter": "{b}", "position": "insideStartTop", "fontSize": 10, "color": GREY},
            "data": [{"yAxis": clean(seen_from_mw), "name": "can be seen from outside"}],
        }  # fmt: skip
    return {
        "animation": False,
        "backgroundColor": "transparent",
        "title": titled(title, "largest block, MW, log", "horizontal: power in use, MW, log"),
        "legend": {"bottom": 0, "itemWidth": 14, "itemHeight": 10, "textStyle": {"fontSize": 11}},
        "grid": {"left": 12, "right": 24, "top": 58, "bottom": 34, "containLabel": True},
        "tooltip": {"trigger": "item", "textStyle": {"fontSize": 12}},
        "toolbox": toolbox(title),
        "xAxis": {"type": "log", "axisLabel": {"fontSize": 11}},
        "yAxis": {"type": "log", "axisLabel": {"fontSize": 11}},
        "series": series,
        "computeshift": {"name": title, "points": True,
                         "points_drawn": sum(len(group) for group in regions.values())},
    }  # fmt: skip


def power(
    labels: Sequence[str], parts: Sequence[tuple[str, str, Sequence[float]]], marks: Sequence[Mark]
) -> Option:
    """Power in use by region over time, piled up."""
    series = [Line(name, values, colour) for name, colour, values in parts]
    return lines("Power in use by region", "GW", labels, series, least=0.0, stack=True, marks=marks)


def permits(
    labels: Sequence[str], parts: Sequence[tuple[str, str, Sequence[float]]], marks: Sequence[Mark]
) -> Option:
    """Power that waits for a permit, by region over time, piled up."""
    series = [Line(name, values, colour) for name, colour, values in parts]
    return lines("Waiting for a permit", "GW", labels, series, least=0.0, stack=True, marks=marks)


def utilisation(
    labels: Sequence[str], paths: Mapping[str, tuple[str, Sequence[float]]], marks: Sequence[Mark]
) -> Option:
    """Sold over capacity, percent, by region."""
    series = [Line(name, values, colour) for name, (colour, values) in paths.items()]
    option = lines("Utilisation", "% of capacity sold", labels, series, least=0.0, most=100.0, marks=marks)
    option["yAxis"]["interval"] = 25
    return option


def buyers(labels: Sequence[str], parts: Mapping[str, Sequence[float]], marks: Sequence[Mark]) -> Option:
    """What the compute is sold for, percent of all that is sold."""
    colours = ("#0072B2", "#D55E00", "#b0b4ba")
    series = [
        Line(name, values, colour) for (name, values), colour in zip(parts.items(), colours, strict=True)
    ]
    option = lines(
        "Who uses the compute", "% of what is sold", labels, series, least=0.0, most=100.0, stack=True,
        marks=marks,
    )  # fmt: skip
    option["yAxis"]["interval"] = 25
    return option


def rental(labels: Sequence[str], values: Sequence[float], colour: str, marks: Sequence[Mark]) -> Option:
    """The rental price of training compute."""
    return lines(
        "Rental price", "USD for 10¹⁸ training FLOP", labels, [Line("rental price", values, colour)],
        least=0.0, marks=marks,
    )  # fmt: skip
