"""Data centres: where compute stands, how large its blocks are, how busy, how dear, what waits."""

from __future__ import annotations

import math

import solara

from experiments.words import number
from viz.cast import REGION_COLOURS, REGION_WORDS, REGIONS
from viz.chart import Chart
from viz.film import Snapshot
from viz.options import data_centres as options
from viz.parts import Card, Cards, Note
from viz.readings import marks, path
from viz.view import View

TITLE = "Data centres"
ORDER = 55
ICON = "mdi-server"
SCALE = 1e18  # FLOP for which the rental price is told
SUMS = (
    "power_mw",
    "pending_mw",
    "waiting_mw",
    "capacity_flop",
    "training_flop",
    "inference_flop",
    "other_flop",
)


@solara.component
def Page(view: View) -> None:
    """The page."""
    now = view.now
    held, at, labels = sums(now), marks(now), now.labels
    _Cards(now)
    found = sites(now)
    rents = [value * SCALE for value in now.metric("compute_price_usd_per_flop")]
    present = [region for region in REGIONS if any(region in frame for frame in held)]

    def by_region(key: str, scale: float) -> list[tuple[str, str, list[float]]]:
        return [
            (REGION_WORDS[r], REGION_COLOURS[r], [frame.get(r, {}).get(key, 0.0) * scale for frame in held])
            for r in present
        ]

    with solara.Div(classes=["cs-grid", "cs-two"], style={"margin-top": "12px"}):
        with solara.Div(classes=["cs-panel"], style={"grid-row": "span 2"}):
            Chart(options.sites(found), height="576px")
        for option in (
            options.power(labels, by_region("power_mw", 1e-3), at),
            options.permits(labels, by_region("waiting_mw", 1e-3), at),
            options.rental(labels, rents, "#0072B2", at),
            options.utilisation(labels, used(now, present), at),
            options.buyers(labels, buyers(now), at),
            options.blocks(found, now.scenario.oversight.sight_mw),
        ):
            Chart(option, panel=True)
    Note(
        "Sites named 'Other sites of ...' gather an owner's unlisted compute of a region in blocks of one"
        " size. 'Everybody else' is demand for compute from outside the AI labs."
    )


@solara.component
def _Cards(now: Snapshot) -> None:
    rows = now.rows("data_centres")
    capacity = sum(r["capacity_flop"] for r in rows)
    sold = sum(r["training_flop"] + r["inference_flop"] + r["other_flop"] for r in rows)
    # Rows that pool an owner's unlisted sites count with their largest block, as in the metric.
    largest = max((min(r["power_mw"], r["block_mw"]) for r in rows), default=math.nan)
    block = max((r["block_mw"] for r in rows), default=math.nan)
    seen = sum(r["power_mw"] for r in rows if r["seen"]) / (sum(r["power_mw"] for r in rows) or math.nan)
    price = now.value("compute_price_usd_per_flop") * SCALE
    before = now.value("compute_price_usd_per_flop", now.step) * SCALE
    Cards(
        [
            Card("In use", number(path(now, "power_gw")[-1]), "GW", f"{len(rows)} sites", "power"),
            Card("Under construction", number(path(now, "pending_gw")[-1]), "GW", "", "pending"),
            Card("Waiting for a permit", number(path(now, "waiting_gw")[-1]), "GW", "", "waiting"),
            Card("Largest site", number(largest), "MW", f"largest block {number(block)} MW", "largest"),
            Card("Utilisation", f"{100 * sold / capacity:.0f}" if capacity > 0 else "–", "%", "", "used"),
            Card(
                "Rental price of 10¹⁸ FLOP",
                number(price),
                "USD",
                f"{number(price / before)} × that of the start" if before > 0 else "",
                "rental",
            ),
            Card(
                "Power seen by the regulator", f"{100 * seen:.0f}" if seen == seen else "–", "%", "", "seen"
            ),
        ],
    )


def sums(now: Snapshot) -> list[dict[str, dict[str, float]]]:
    """Sums over the sites of each region, by step."""

    def make(at: Snapshot) -> dict[str, dict[str, float]]:
        found: dict[str, dict[str, float]] = {}
        for row in at.rows("data_centres"):
            held = found.setdefault(row["region"], dict.fromkeys(SUMS, 0.0))
            for key in SUMS:
                held[key] += float(row[key])
        return found

    return now.derived("data centre sums", make)


def used(now: Snapshot, present: list[str]) -> dict[str, tuple[str, list[float]]]:
    """Percent of capacity sold by region, by step."""
    return {
        REGION_WORDS[region]: (REGION_COLOURS[region], [_share(frame.get(region)) for frame in sums(now)])
        for region in present
    }


def buyers(now: Snapshot) -> dict[str, list[float]]:
    """What is sold to labs for training and for serving, and to all others, percent by step."""
    parts = {"labs, training": "training_flop", "labs, serving users": "inference_flop",
             "everybody else": "other_flop"}  # fmt: skip
    totals = [
        {key: sum(region[key] for region in frame.values()) for key in parts.values()} for frame in sums(now)
    ]
    return {
        words: [100 * one[key] / whole if (whole := sum(one.values())) > 0 else math.nan for one in totals]
        for words, key in parts.items()
    }


def sites(now: Snapshot) -> list[options.Site]:
    """Every data centre with its card."""
    return [
        options.Site(
            row["name"], REGION_WORDS.get(row["region"], row["region"]),
            REGION_COLOURS.get(row["region"], options.GREY), float(row["power_mw"]), float(row["pending_mw"]),
            float(row["waiting_mw"]), float(row["block_mw"]),
            f"{row['name']} ({row['owner']}, {row['region']})\n{number(row['power_mw'])} MW in use,"
            f" {number(row['pending_mw'])} MW under construction\n{number(row['waiting_mw'])} MW waiting for"
            f" a permit, largest block {number(row['block_mw'])} MW\n{100 * row['utilisation']:.0f} % used,"
            f" {'seen' if row['seen'] else 'not seen'} by the regulator",
        )
        for row in now.rows("data_centres")
    ]  # fmt: skip


def _share(held: dict[str, float] | None) -> float:
    if held is None or held["capacity_flop"] <= 0:
        return math.nan
    sold = held["training_flop"] + held["inference_flop"] + held["other_flop"]
    return min(100.0, 100 * sold / held["capacity_flop"])
