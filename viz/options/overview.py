"""What the Overview draws, from plain numbers: cards and six charts with ghost, band and marks."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from viz.options.base import GREY, Band, Line, Mark, Option, lines

# Okabe and Ito, as all figures of the project.
BLUE, RED, GREEN, PINK, ORANGE, SKY, BLACK = (
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#4d4d4d",
)  # fmt: skip
LABS = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#8c6d31",
    "#5e4fa2",
    "#1b9e77",
    "#a6761d",
)
Range = tuple[Sequence[float], Sequence[float]]


@dataclass(frozen=True)
class Paths:
    """Everything that the six charts draw: series over steps by name, and the same of the last run."""

    labels: Sequence[str]
    now: Mapping[str, Sequence[float]]
    ghost: Mapping[str, Sequence[float]] = field(default_factory=dict)
    band: Mapping[str, Range] = field(default_factory=dict)
    marks: Sequence[Mark] = ()
    colour: str = BLUE  # of the watched regime
    band_name: str = "range of seeds"


def capability(paths: Paths) -> Option:
    """Best capability on sale, inside labs, and open."""
    return _chart(
        paths, "Best capability", "orders of magnitude of FLOP",
        [("frontier_capability_oom", "on sale", paths.colour),
         ("internal_frontier_oom", "inside labs", ORANGE),
         ("open_capability_oom", "open weights, at equal depth", GREEN)],
    )  # fmt: skip


def compute(paths: Paths) -> Option:
    """What labs spend on compute is for."""
    parts = [("training_share", "training", BLUE), ("research_share", "research by models inside", ORANGE),
             ("serving_share", "serving users", RED)]  # fmt: skip
    series = [Line(name, paths.now[key], colour) for key, name, colour in parts]
    return lines(
        "What labs' compute is for", "share of spending", paths.labels, series,
        least=0.0, most=1.0, stack=True, marks=paths.marks,
    )  # fmt: skip


def prices(paths: Paths) -> Option:
    """Subscription prices, and the price of a fixed quality."""
    return _chart(
        paths, "Prices of subscriptions", "USD a month",
        [("price_dearest_usd_month", "dearest", RED), ("price_cheapest_usd_month", "cheapest", paths.colour),
         ("fixed_quality_usd_month", "as good as the best at the start", GREEN)],
        least=0.0, note="tiers with at least 1 % of users",
    )  # fmt: skip


def shares(paths: Paths, labs: Sequence[tuple[str, str, Sequence[float]]]) -> Option:
    """Revenue shares of labs (name, colour, shares), piled up to one."""
    series = [Line(name, values, colour) for name, colour, values in labs]
    return lines(
        "Revenue shares of labs", "share of all labs' revenue", paths.labels, series,
        least=0.0, most=1.0, stack=True, marks=paths.marks,
    )  # fmt: skip


def power(paths: Paths) -> Option:
    """Power of data centres: at work, being built, waiting for a permit."""
    parts = [("power_gw", "in use", BLUE), ("pending_gw", "under construction", SKY),
             ("waiting_gw", "waiting for a permit", ORANGE)]  # fmt: skip
    series = [Line(name, paths.now[key], colour) for key, name, colour in parts]
    return lines(
        "Power of data centres", "GW", paths.labels, series, least=0.0, stack=True, marks=paths.marks
    )


def sight(paths: Paths) -> Option:
    """Users of dangerous tiers: whom the rule covers, whom the regulator has seen."""
    return _chart(
        paths, "Users of dangerous tiers", "share",
        [("visibility_users", "seen by the regulator", paths.colour),
         ("coverage_users", "covered by a rule", PINK)],
        least=0.0, most=1.0,
    )  # fmt: skip


def _chart(
    paths: Paths,
    title: str,
    unit: str,
    parts: Sequence[tuple[str, str, str]],
    *,
    log: bool = False,
    least: float | None = None,
    most: float | None = None,
    note: str = "",
) -> Option:
    """Lines with the first one's band and the ghost of each."""
    series, bands = [], []
    for at, (key, name, colour) in enumerate(parts):
        series.append(Line(name, paths.now[key], colour, width=2.6 if at == 0 else 1.8))
        if at == 0 and key in paths.band:
            low, high = paths.band[key]
            bands.append(Band(paths.band_name, low, high, paths.colour))
    first = parts[0][0]
    if any(math.isfinite(value) for value in paths.ghost.get(first, ())):
        ghost = paths.ghost[first]
        series.append(Line(f"{parts[0][1]}, last run", ghost, GREY, width=1.5, dash="dashed"))
    return lines(
        title, unit, paths.labels, series,
        note=note, bands=bands, marks=paths.marks, log=log, least=least, most=most,
    )  # fmt: skip
