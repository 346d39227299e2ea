"""Agents: labs, data centres and regulators in tables, users in a histogram, and the inspector."""

from __future__ import annotations

import math
from itertools import pairwise

import solara

from experiments.words import number
from viz.cast import FIRM, PERSON, REGION_COLOURS, REGULATOR, lab_colours
from viz.chart import Chart
from viz.film import Row, Snapshot
from viz.grid import MOST, Column, Grid, Line, amount, words, yes
from viz.inspector import Inspector
from viz.options.agents import binned, histogram
from viz.parts import Heading, Note
from viz.view import View

TITLE = "Agents"
ORDER = 70
ICON = "mdi-account-group"

KINDS = ("labs", "data centres", "regulators", "users")
LABS = (
    Column("lab", False), Column("share of revenue, %"), Column("users"), Column("profit, USD a step"),
    Column("cash, USD"), Column("capability, OOM", True, "best usage-weighted capability that it sells"),
    Column("training, FLOP", True, "training compute of its most capable model on sale"),
    Column("serving, % of compute", True, "serving in its spending on compute"),
    Column("strategy", False), Column("open", False), Column("covered", False), Column("seen", False),
)  # fmt: skip
SITES = (
    Column("data centre", False), Column("owner", False), Column("region", False), Column("in use, MW"),
    Column("under construction, MW"), Column("waits for a permit, MW"), Column("largest block, MW"),
    Column("utilisation, %"), Column("rental, USD per FLOP"), Column("seen", False),
)  # fmt: skip
REGULATORS = (
    Column("regulator", False), Column("rule", False), Column("threshold or main number"),
    Column("models covered, %"), Column("models known, %"), Column("audits"), Column("breaches found"),
    Column("fines, USD"), Column("belief, OOM"), Column("truth, OOM"),
)  # fmt: skip

# attribute -> unit, whether it spans orders of magnitude
ATTRIBUTES = {
    "price of what they use": ("USD a month", True),
    "depth of what they use": ("standard passes", True),
    "capability that they receive": ("OOM of FLOP", False),
    "income or budget": ("USD a year, mean of their decile", True),
    "surplus against having no AI": ("USD a month, mean of their decile", True),
}


@solara.component
def Page(view: View) -> None:
    """The page."""
    kind, set_kind = solara.use_state(KINDS[0])
    solara.ToggleButtonsSingle(value=kind, values=list(KINDS), on_value=set_kind, dense=True)
    if kind == "users":
        Users(view.now)
        return
    with solara.Div(classes=["cs-panel"], style={"margin": "10px 0"}):
        columns, lines, more = _table(view.now, kind)
        Grid(kind, columns, lines, view.session.chosen.set, view.session.chosen.value)
        told = f" The {MOST} largest of {more}." if more > MOST else ""
        Note(f"A click on a heading sorts, a click on a row opens the inspector.{told}")
    Inspector(view)


def _table(now: Snapshot, kind: str) -> tuple[tuple[Column, ...], list[Line], int]:
    if kind == "labs":
        rows = sorted(now.rows("labs"), key=lambda row: -row["share_revenue"])
        colours = lab_colours(now)
        return LABS, [lab_line(row, colours[row["lab"]]) for row in rows], len(rows)
    if kind == "data centres":
        rows = sorted(now.rows("data_centres"), key=lambda row: -row["power_mw"])
        return SITES, [site_line(row) for row in rows], len(rows)
    rows = now.rows("regulators")
    return REGULATORS, [regulator_line(at, row) for at, row in enumerate(rows)], len(rows)


def lab_line(row: Row, colour: str) -> Line:
    """A lab in the table."""
    spent = row["training_spend_usd"] + row["internal_spend_usd"] + row["inference_spend_usd"]
    serving = row["inference_spend_usd"] / spent if spent > 0 else math.nan
    cells = [
        words(row["name"]), amount(row["share_revenue"], 100), amount(row["users"]),
        amount(row["profit_usd"]), amount(row["cash_usd"]), amount(row["capability_oom"]),
        amount(row["training_flop"]),
        amount(serving, 100), words(row["strategy"]), yes(row["open_weights"]), yes(row["covered"]),
        yes(row["observed"]),
    ]  # fmt: skip
    return Line(f"lab:{row['lab']}", cells, colour)


def site_line(row: Row) -> Line:
    """A data centre in the table."""
    cells = [
        words(row["name"]), words(row["owner"]), words(row["region"]), amount(row["power_mw"]),
        amount(row["pending_mw"]), amount(row["waiting_mw"]), amount(row["block_mw"]),
        amount(row["utilisation"], 100), amount(row["rental_usd_per_flop"]), yes(row["seen"]),
    ]  # fmt: skip
    return Line(f"site:{row['site']}", cells, REGION_COLOURS.get(row["region"], ""))


def regulator_line(at: int, row: Row) -> Line:
    """A rule of a regulator in the table; a regulator with several has a row for each."""
    cells = [
        words(row["regulator"]), words(row["rule"].replace("-", " ")), amount(row["threshold"]),
        amount(row["covered_share"], 100), amount(row["observed_share"], 100), amount(row["audits"]),
        amount(row["breaches_found"]), amount(row["fines_usd"]), amount(row["believed_capability_oom"]),
        amount(row["true_capability_oom"]),
    ]  # fmt: skip
    return Line(f"regulator:{row['regulator']}" + (f"#{at}" if at else ""), cells, REGULATOR)


@solara.component
def Users(now: Snapshot) -> None:
    """A histogram of any attribute of users."""
    names = list(ATTRIBUTES)
    name, set_name = solara.use_state(names[0])
    with solara.Div(style={"max-width": "420px", "margin-top": "10px"}):
        solara.Select("Attribute", value=name, values=names, on_value=set_name, dense=True)
    unit, log = ATTRIBUTES[name]
    held = attribute(now, name)
    edges, out = binned([v for _, v, _ in held], [w for _, _, w in held], log)
    if not edges:
        Note("Nobody uses AI in this step.")
        return
    series = [
        (words_of, colour, piled([(v, w) for s, v, w in held if s == segment], edges))
        for segment, words_of, colour in (("person", "people", PERSON), ("business", "firms", FIRM))
    ]
    told = [
        f"{number(low)}–{number(high)}" if not log else number((low * high) ** 0.5)
        for low, high in pairwise(edges)
    ]
    with solara.Div(classes=["cs-panel"]):
        title = f"Users by {name}"
        Chart(histogram(title, unit, series, told), height="360px")
    total = {s: sum(w for seg, _, w in held if seg == s) for s in ("person", "business")}
    left = 100 * out / max(1.0, sum(total.values()))
    Note(
        f"All {number(total['person'])} people and {number(total['business'])} firms of the market,"
        " counted from what each wealth decile buys; people and firms each make 100 %. "
        + (f"Left out, because it is zero or undefined there: {left:.0f} %." if out > 0 else "")
    )
    Heading("Users by wealth decile")
    Grid("users", CELLS, cells(now))


CELLS = (
    Column("group", False), Column("decile"), Column("users"), Column("income or budget, USD a year"),
    Column("use AI, %"), Column("pay, USD a month"), Column("depth, passes"), Column("capability, OOM"),
    Column("surplus, USD a month"),
)  # fmt: skip


def cells(now: Snapshot) -> list[Line]:
    """Users by segment and wealth decile."""
    month = 1.0 / (12.0 * now.scenario.horizon.step_years)
    return [
        Line(
            f"cell:{row['segment']}:{row['decile']}",
            [
                words("people" if row["segment"] == "person" else "firms"),
                [str(row["decile"]), row["decile"]],
                amount(row["population"]), amount(row["wealth_usd"]), amount(row["adoption"], 100),
                amount(row["price_paid_usd"], month), amount(row["depth"]), amount(row["capability_oom"]),
                amount(row["surplus_usd"], month),
            ],
            PERSON if row["segment"] == "person" else FIRM,
        )
        for row in now.rows("users")
    ]  # fmt: skip


def attribute(now: Snapshot, name: str) -> list[tuple[str, float, float]]:
    """Segment, value and number of users, for every group of users alike in the attribute."""
    month = 1.0 / (12.0 * now.scenario.horizon.step_years)
    users = {(row["segment"], row["decile"]): row for row in now.rows("users")}
    tiers = {(row["channel"] == "subscription", row["tier"]): row for row in now.rows("tiers")}
    column = {
        "price of what they use": ("price_usd_month", 1.0),
        "depth of what they use": ("depth", 1.0),
        "capability that they receive": ("capability_oom", 1.0),
    }.get(name)
    if column is None:
        key, scale = ("wealth_usd", 1.0) if name == "income or budget" else ("surplus_usd", month)
        return [(s, row[key] * scale, row["population"]) for (s, _), row in users.items()]
    made = []
    for row in now.rows("purchases"):
        tier = tiers.get((row["segment"] == "person", row["tier"])) if row["tier"] >= 0 else None
        value = tier[column[0]] * column[1] if tier is not None else math.nan
        made.append((row["segment"], float(value), float(row["users"])))
    return made


def piled(held: list[tuple[float, float]], edges: list[float]) -> list[float]:
    """Percent of the users of a segment in each bin."""
    total = sum(weight for _, weight in held) or 1.0
    found = [0.0] * (len(edges) - 1)
    for value, weight in held:
        if math.isfinite(value) and edges[0] <= value:
            at = next((n for n in range(len(found)) if value <= edges[n + 1]), len(found) - 1)
            found[at] += 100 * weight / total
    return found
