"""Prices and access: what is on sale, who buys what, who goes without, who gains."""

from __future__ import annotations

import math

import solara

from experiments.words import number
from viz.cast import OTHERS, lab_colours, lab_names
from viz.chart import Chart
from viz.film import Row, Snapshot
from viz.options import prices as options
from viz.parts import Card, Cards, Note, visible
from viz.readings import marks, month
from viz.view import View

TITLE = "Prices and access"
ORDER = 40
ICON = "mdi-tag-multiple"
DEPTHS = (
    ("≤ 3", 3.0),
    ("≤ 10", 10.0),
    ("≤ 30", 30.0),
    ("≤ 100", 100.0),
    ("> 100", math.inf),
)
NOBODY = "#c9ccd1"
GROUPS = {"people": ("person", "subscription"), "firms": ("business", "metered")}


@solara.component
def Page(view: View) -> None:
    """The page."""
    now = view.now
    group, set_group = solara.use_state("people")
    solara.ToggleButtonsSingle(value=group, values=list(GROUPS), on_value=set_group, dense=True)
    segment, channel = GROUPS[group]
    users = sorted(
        (row for row in now.rows("users") if row["segment"] == segment), key=lambda row: row["decile"]
    )
    first = sorted(
        (row for row in now.film.rows("users", 0) if row["segment"] == segment), key=lambda row: row["decile"]
    )
    _Cards(now, users, channel)
    tiers = _tiers(now, channel)
    per = month(now)
    paid = [row["price_paid_usd"] * per for row in users]
    gain = [row["surplus_usd"] * per for row in users]
    with solara.Div(classes=["cs-grid", "cs-two"], style={"margin-top": "12px"}):
        kind = "plans" if channel == "subscription" else "metered offers, for the volume of one person"
        for option in (
            options.menus(f"Depth on offer: {kind}", "depth, standard passes, log", True, tiers["depth"]),
            options.menus(f"Capability on offer: {kind}", "OOM of FLOP", False, tiers["capability"]),
            bought(now, segment),
            depths(now, segment),
            options.by_decile(
                f"What {group} pay", "USD a month, mean of those who pay", [(group, "#0072B2", paid)],
                before=[row["price_paid_usd"] * per for row in first],
            ),
            options.by_decile(
                f"What {group} gain from AI", "USD a month each, log", [("surplus", "#009E73", gain)],
                note="surplus against having none", log=True,
                before=[row["surplus_usd"] * per for row in first],
            ),
            options.excluded(now.labels, without(now), marks(now)),
            options.by_decile(
                f"Capability that {group} receive", "OOM of FLOP above the poorest tenth",
                [(group, "#CC79A7", above(users))], before=above(first), note="mean of all, users or not",
            ),
        ):  # fmt: skip
            Chart(option, panel=True)
    Note(
        "In menus, the area of a mark is the number of users, a hollow mark is an open model run by users or"
        " a host, and a line joins what a lab itself offers. Tenths are of income (people) or budget (firms)."
    )


@solara.component
def _Cards(now: Snapshot, users: list[Row], channel: str) -> None:
    on_sale = [t for t in now.rows("tiers") if t["channel"] == channel and t["price_usd_month"] > 0]
    bought = [t["price_usd_month"] for t in on_sale if t["users"] > 0 and not t["self_hosted"]]
    everyone = sum(row["population"] for row in users) or math.nan
    served = sum(row["population"] * row["adoption"] for row in users)
    hosts = sum(row["population"] * row["self_hosting"] for row in users)
    gains = [row["surplus_usd"] * month(now) for row in users]
    Cards(
        [
            Card(
                "Offers on sale", str(len(on_sale)), "offers", f"{len(bought)} of makers with users", "offers"
            ),
            Card(
                "Cheapest with any user", number(min(bought, default=math.nan)), "USD a month", "", "cheapest"
            ),
            Card(
                "Dearest with any user", number(max(bought, default=math.nan)), "USD a month", "", "dearest"
            ),
            Card("Go without AI", f"{100 * (1 - served / everyone):.1f}", "%", "", "excluded"),
            Card("Run an open model themselves", f"{100 * hosts / everyone:.1f}", "%", "", "hosting"),
            Card(
                "Gain of the richest tenth",
                number(gains[-1] / gains[0] if gains and gains[0] > 0 else math.nan),
                "times the poorest's",
                "",
                "surplus-ratio",
            ),
        ],
        above=10,
    )


def _tiers(now: Snapshot, channel: str) -> dict[str, list[options.Tier]]:
    """Offers of a channel with what they give, by axis; a model that users run is told apart."""
    colours, names = lab_colours(now), lab_names(now)
    made: dict[str, list[options.Tier]] = {"depth": [], "capability": []}
    for row in now.rows("tiers"):
        if row["channel"] != channel:
            continue
        lab = names.get(row["lab"], "labs that have left")
        who = f"open {lab}" if row["self_hosted"] else lab
        card = (
            f"{who}{' (a host runs it)' if row['host_run'] else ''}\n"
            f"{number(row['price_usd_month'])} USD a month for depth {number(row['depth'])}\n"
            f"capability {number(row['capability_oom'])} OOM of FLOP, {number(row['users'])} users\n"
            f"costs {number(row['cost_usd'] * month(now))} USD a month to serve"
        )
        colour = visible(colours.get(row["lab"], OTHERS))
        for axis, key in (("depth", "depth"), ("capability", "capability_oom")):
            made[axis].append(
                options.Tier(
                    lab,
                    colour,
                    float(row[key]),
                    float(row["price_usd_month"]),
                    float(row["users"]),
                    card,
                    bool(row["self_hosted"]),
                )
            )
    return made


def bought(now: Snapshot, segment: str) -> options.Option:
    """Whose AI each tenth uses."""
    colours, names = lab_colours(now), lab_names(now)
    held: dict[str, list[float]] = {}
    own: dict[str, str] = {}
    for lab, colour in colours.items():
        name = names[lab] if colour != OTHERS else "all other labs"
        held.setdefault(name, [0.0] * 10)
        own[name] = visible(colour)
    held.setdefault("all other labs", [0.0] * 10)
    own.setdefault("all other labs", OTHERS)
    held["no AI"], own["no AI"] = [0.0] * 10, NOBODY
    total = _populations(now, segment)
    for row in now.rows("purchases"):
        if row["segment"] == segment:
            lab = int(row["lab"])
            name = "no AI" if lab < 0 else names.get(lab, "") if colours.get(lab, OTHERS) != OTHERS else ""
            held[name or "all other labs"][int(row["decile"]) - 1] += row["users"]
    parts = [
        (name, own[name], [100 * n / of for n, of in zip(values, total, strict=True)])
        for name, values in held.items()
        if sum(values) > 0
    ]
    order = {"all other labs": 1, "no AI": 2}
    parts.sort(key=lambda part: order.get(part[0], 0))
    return options.by_decile("Whose AI they use", "% of each tenth, by maker", parts, most=100.0)


def depths(now: Snapshot, segment: str) -> options.Option:
    """How deep the tiers are that each tenth uses."""
    deep = {(row["channel"] == "subscription", row["tier"]): float(row["depth"]) for row in now.rows("tiers")}
    held = {name: [0.0] * 10 for name, _ in DEPTHS}
    nobody = [0.0] * 10
    for row in now.rows("purchases"):
        if row["segment"] != segment:
            continue
        depth = deep.get((segment == "person", row["tier"])) if row["tier"] >= 0 else None
        name = next((n for n, most in DEPTHS if depth <= most), "") if depth is not None else ""
        (held[name] if name else nobody)[int(row["decile"]) - 1] += row["users"]
    total = _populations(now, segment)
    parts = [
        (name, shade, [100 * n / of for n, of in zip(values, total, strict=True)])
        for (name, values), shade in zip(held.items(), options.SHADES, strict=True)
    ]
    parts.append(("no AI", NOBODY, [100 * n / of for n, of in zip(nobody, total, strict=True)]))
    return options.by_decile(
        "How deep the AI that they use thinks", "% of each tenth, depth in standard passes", parts, most=100.0
    )


def without(now: Snapshot) -> dict[str, list[float]]:
    """Percent of groups that use no AI, by step."""

    def make(at: Snapshot) -> tuple[float, float, float]:
        people = [row for row in at.rows("users") if row["segment"] == "person"]
        firms = [row for row in at.rows("users") if row["segment"] == "business"]
        return _left_out(people), _left_out([r for r in people if r["decile"] == 1]), _left_out(firms)

    held = now.derived("prices without", make)
    return {
        name: [frame[at] for frame in held]
        for at, name in enumerate(("people", "poorest tenth of people", "firms"))
    }


def above(users: list[Row]) -> list[float]:
    """Capability received by each tenth, less what the poorest receives."""
    return [row["capability_oom"] - users[0]["capability_oom"] for row in users]


def _left_out(rows: list[Row]) -> float:
    total = sum(row["population"] for row in rows)
    if total <= 0:
        return math.nan
    return float(100 * sum(row["population"] * (1 - row["adoption"]) for row in rows) / total)


def _populations(now: Snapshot, segment: str) -> list[float]:
    total = [0.0] * 10
    for row in now.rows("users"):
        if row["segment"] == segment:
            total[int(row["decile"]) - 1] += row["population"]
    return [value or math.nan for value in total]
