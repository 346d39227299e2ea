"""The industry as a picture: users above by wealth, labs in the middle, data centres below on their regions.

Positions are in a plane of WIDE by HIGH. They follow from an agent's own slot and a dot's own number, so that
nothing moves between steps but when a row or a column is added.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from viz.options.base import GREY, Option, toolbox

WIDE, HIGH = 100.0, 64.0
USERS = (50.0, 62.0)  # band of heights
LABS = (27.0, 46.0)
SITES = (1.5, 19.5)
DECILES = 10
PEOPLE = (1.0, 69.0)  # people stand left, firms right
FIRMS = (74.0, 99.0)
ROWS = 4  # of labs
COLUMNS = (4, 7, 11, 18, 30, 50, 80, 10**6)
REGULATOR_X = 97.5
UNSEEN = {"borderColor": "#D55E00", "borderWidth": 2, "borderType": "dashed"}


class Lab(NamedTuple):
    """A bubble."""

    id: str
    name: str
    x: float
    y: float
    share: float  # of revenue
    colour: str
    card: str
    seen: bool = True


class Site(NamedTuple):
    """A square on its region."""

    id: str
    name: str
    x: float
    y: float
    power_mw: float
    colour: str
    card: str


class Dot(NamedTuple):
    """A user drawn for `k` others."""

    x: float
    y: float
    colour: str
    card: str
    lab: str = ""  # id of the lab that serves it


class Link(NamedTuple):
    """A contract: ends, weight from 0 to 1, colour, hover card."""

    x0: float
    y0: float
    x1: float
    y1: float
    weight: float
    colour: str
    card: str


class Region(NamedTuple):
    """A box with sites."""

    name: str
    left: float
    right: float
    colour: str


def jitter(at: int, salt: int) -> float:
    """A fixed number from 0 to 1 for the dot number `at`: both coordinates spread evenly, never in clumps."""
    return (0.5 + (at + 1) * (0.7548776662466927, 0.5698402909980532)[salt]) % 1.0


def place_user(at: int, person: bool, decile: int) -> tuple[float, float]:
    """Where dot number `at` of a wealth decile (1 is the poorest) stands."""
    left, right = PEOPLE if person else FIRMS
    width = (right - left) / DECILES
    x = left + width * (decile - 1 + 0.06 + 0.88 * jitter(at, 0))
    return x, USERS[0] + (USERS[1] - USERS[0]) * jitter(at, 1)


def place_lab(slot: int, slots: int) -> tuple[float, float]:
    """Where slot number `slot` of at least `slots` is: ROWS rows, filled column by column, staggered."""
    columns = next(n for n in COLUMNS if n * ROWS >= slots)
    column, row = divmod(slot, ROWS)
    width = (REGULATOR_X - 8.0) / columns
    x = 3.0 + width * (column + (0.3 if row % 2 else 0.7))
    return x, LABS[1] - (LABS[1] - LABS[0]) * (row + 0.5) / ROWS


def place_site(slot: int, slots: int, region: Region) -> tuple[float, float]:
    """Where site number `slot` of `slots` stands in its region."""
    wide, high = region.right - region.left, SITES[1] - SITES[0] - 3.0
    columns = max(1, round(math.sqrt(max(1, slots) * wide / high)))
    rows = max(1, math.ceil(slots / columns))
    column, row = slot % columns, slot // columns
    return (
        region.left + wide * (column + 0.5) / columns,
        SITES[1] - 3.0 - high * (row + 0.5) / rows,
    )


def regions(count: Mapping[str, int], colours: Mapping[str, str]) -> list[Region]:
    """Boxes side by side, as wide as the sites on them ask for, none too narrow."""
    weight = {name: max(2.0, math.sqrt(n) * 2.0) for name, n in count.items()}
    total, left, made = sum(weight.values()) or 1.0, 0.5, []
    for name, w in weight.items():
        right = left + (WIDE - 1.0) * w / total
        made.append(Region(name, left, right - 1.0, colours.get(name, GREY)))
        left = right
    return made


def lab_size(share: float) -> float:
    """Diameter in pixels, its area in proportion to the share of revenue."""
    return 9.0 + 62.0 * math.sqrt(max(0.0, min(1.0, share)))


def site_size(power_mw: float) -> float:
    """Side of a square in pixels by log MW, clamped."""
    if power_mw <= 1.0:
        return 5.0
    return min(30.0, max(5.0, 5.0 + 7.0 * (math.log10(power_mw) - 1.0)))


def industry_map(
    people: Sequence[Dot],
    firms: Sequence[Dot],
    labs: Sequence[Lab],
    sites: Sequence[Site],
    boxes: Sequence[Region],
    watchers: Sequence[tuple[str, str, str]],
    links: Sequence[Link],
    words: Mapping[str, str],
    chosen: str = "",
) -> Option:
    """The whole picture. watchers: id, name, hover card; words: what stands over people, firms, regions.

    chosen: id of an agent; what has nothing to do with a chosen lab is drawn pale.
    """
    only = chosen if chosen.startswith("lab:") else ""
    series: list[Option] = [
        {
            "type": "lines",
            "name": "contracts",
            "coordinateSystem": "cartesian2d",
            "z": 1,
            "color": GREY,
            "data": _text([
                {
                    "coords": [[_r(k.x0), _r(k.y0)], [_r(k.x1), _r(k.y1)]],
                    "card": k.card,
                    "lineStyle": {"color": k.colour, "width": round(0.6 + 3.4 * k.weight, 2),
                                  "opacity": round(0.18 + 0.4 * k.weight, 2), "curveness": 0.12},
                }
                for k in links
            ]),
        },
        _dots("people", people, 4.2, "circle", only),
        _dots("firms", firms, 5.0, "diamond", only),
        {
            "type": "scatter",
            "name": "data centres",
            "symbol": "rect",
            "z": 3,
            "color": "#6b7280",
            "data": [
                {"id": s.id, "name": s.name, "value": [_r(s.x), _r(s.y)], "card": s.card,
                 "symbolSize": round(site_size(s.power_mw), 1),
                 "itemStyle": {"color": s.colour, "opacity": 0.9} | _ring(s.id == chosen)}
                for s in sites
            ],
            "markArea": _boxes(boxes, words),
        },
        {
            "type": "scatter",
            "name": "labs",
            "z": 4,
            "color": "#0072B2",
            "data": [
                {"id": b.id, "name": b.name, "value": [_r(b.x), _r(b.y)], "card": b.card,
                 "symbolSize": round(lab_size(b.share), 1),
                 "label": {"show": b.share >= 0.02 or b.id == chosen},
                 "itemStyle": {"color": b.colour, "opacity": 0.92 if not only or b.id == only else 0.4}
                 | ({} if b.seen else UNSEEN) | _ring(b.id == chosen)}
                for b in labs
            ],
            "label": {"show": False, "formatter": "{b}", "position": "bottom", "distance": 3, "fontSize": 11},
        },
        {
            "type": "scatter",
            "name": "regulators",
            "symbol": "triangle",
            "symbolSize": 24,
            "z": 4,
            "color": "#5e4fa2",
            "data": [
                {"id": id_, "name": name, "card": card,
                 "value": [REGULATOR_X, _r(LABS[1] - (LABS[1] - LABS[0]) * (at + 0.5) / len(watchers))],
                 "itemStyle": {"color": "#5e4fa2"} | _ring(id_ == chosen)}
                for at, (id_, name, card) in enumerate(watchers)
            ],
            "label": {"show": True, "formatter": "{b}", "position": "bottom", "fontSize": 11},
        },
    ]  # fmt: skip
    return {
        "animation": False,
        "backgroundColor": "transparent",
        "legend": {
            "bottom": 0,
            "itemWidth": 14,
            "itemHeight": 10,
            "textStyle": {"fontSize": 12},
            "data": [one["name"] for one in series],
        },
        "grid": {"left": 6, "right": 6, "top": 22, "bottom": 32},
        "tooltip": {"trigger": "item", "textStyle": {"fontSize": 12}},
        "toolbox": toolbox("industry map"),
        "xAxis": {"type": "value", "min": 0, "max": WIDE, "show": False},
        "yAxis": {"type": "value", "min": 0, "max": HIGH, "show": False},
        "series": [*series, _captions(words)],
        "computeshift": {
            "name": "Industry map",
            "points": True,
            "points_drawn": len(people) + len(firms) + len(labs) + len(sites),
        },
    }


def _dots(name: str, dots: Sequence[Dot], size: float, symbol: str, only: str) -> Option:
    data = [
        {"value": [_r(d.x), _r(d.y)], "card": d.card,
         "itemStyle": {"color": d.colour, "opacity": 0.85 if not only or d.lab == only else 0.12}}
        | ({"id": d.lab} if d.lab else {})
        for d in dots
    ]  # fmt: skip
    return {
        "type": "scatter",
        "name": name,
        "symbol": symbol,
        "symbolSize": size,
        "z": 2,
        "color": "#56B4E9" if name == "people" else "#E69F00",
        "data": _text(data),
    }


def _text(data: list[Option]) -> str:
    """Many points as JSON text: sending it costs the server a fifth of what nested lists cost."""
    return json.dumps(data, allow_nan=False, separators=(",", ":"))


def _boxes(boxes: Sequence[Region], words: Mapping[str, str]) -> Option:
    return {
        "silent": True,
        "label": {"position": "insideTopLeft", "fontSize": 12, "color": GREY},
        "data": [
            [{"name": words.get(b.name, b.name), "coord": [_r(b.left), SITES[1]],
              "itemStyle": {"color": b.colour, "opacity": 0.08}},
             {"coord": [_r(b.right), 0.2]}]
            for b in boxes
        ],
    }  # fmt: skip


def _captions(words: Mapping[str, str]) -> Option:
    """Texts at the edge of the bands, as points without a mark."""
    places = {
        "people": (PEOPLE[0], USERS[1] + 1.6), "firms": (FIRMS[0], USERS[1] + 1.6),
        "poor": (PEOPLE[0], USERS[0] - 1.4), "rich": (PEOPLE[1] - 9.0, USERS[0] - 1.4),
        "poor firms": (FIRMS[0], USERS[0] - 1.4), "rich firms": (FIRMS[1] - 9.0, USERS[0] - 1.4),
    }  # fmt: skip
    return {
        "type": "scatter",
        "name": "captions",
        "silent": True,
        "symbolSize": 0.1,
        "tooltip": {"show": False},
        "color": GREY,
        "data": [
            {"value": [_r(x), _r(y)],
             "label": {"show": True, "formatter": words[key], "position": "right", "distance": 0,
                       "fontSize": 12 if key in ("people", "firms") else 10.5, "color": GREY}}
            for key, (x, y) in places.items() if key in words
        ],
    }  # fmt: skip


def _ring(on: bool) -> dict[str, Any]:
    return (
        {"borderColor": "#111111", "borderWidth": 2.5, "shadowBlur": 8, "shadowColor": "#56B4E9"}
        if on
        else {}
    )


def _r(value: float) -> float:
    return round(float(value), 2)
