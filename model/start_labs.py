"""Chips, users, revenue and plans of the labs at the start: the last figure, carried to the date.

Nothing is interpolated towards a later figure. A figure older than `fresh_days` is grown at one
documented rate; a lab without a figure gets one from the crosswalk's ratios. `filled` says both.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from statistics import median

from model.start_data import Row, Tables
from model.start_runs import Candidate, lab_rows
from model.start_sites import world_h100e
from model.start_types import StartSite

CHAT_LAUNCH = date(2022, 11, 30)  # release of ChatGPT
RUN_RATE, CALENDAR_YEAR = "annualised_run_rate", "calendar_year_revenue"
WEEKLY, MONTHLY = "weekly_active_users", "monthly_active_users"


@dataclass(frozen=True)
class Figure:
    value: float
    day: date


def carried(tables: Tables, figure: Figure, what: str, filled: list[str]) -> float:
    """A figure brought to the start at the assumed growth."""
    stale = max(0.0, tables.age(figure.day) - tables.assumed("fresh_days") / 365.25)
    if stale == 0.0:
        return figure.value
    years = min(stale, tables.assumed("carry_years_limit"))
    value = figure.value * math.pow(tables.assumed("growth_per_year"), years)
    filled.append(f"{what}: {figure.value:,.0f} of {figure.day} carried to {value:,.0f}.")
    return value


def figures(tables: Tables, table: str, column: str) -> dict[str, list[Row]]:
    """Rows of a table by the crosswalk's name of the lab, oldest first."""
    known = lab_rows(tables)
    found: dict[str, list[Row]] = defaultdict(list)
    for row in sorted(tables.rows(table), key=lambda row: row.day("date")):
        if row.text(column) in known:
            found[known[row.text(column)].text("lab")].append(row)
    return found


def users_figure(rows: list[Row]) -> Figure | None:
    """The latest weekly users; a later monthly figure counts at the product's own ratio."""
    weekly = [row for row in rows if row.text("metric") == WEEKLY]
    if not weekly:
        return None
    last = weekly[-1]
    monthly = [
        row for row in rows if row.text("metric") == MONTHLY and row.text("product") == last.text("product")
    ]
    same_day = [row for row in monthly if row.day("date") == last.day("date")]
    if same_day and monthly[-1].day("date") > last.day("date"):
        ratio = last.number("value") / same_day[0].number("value")
        return Figure(monthly[-1].number("value") * ratio, monthly[-1].day("date"))
    return Figure(last.number("value"), last.day("date"))


def revenue_figure(rows: list[Row]) -> Figure | None:
    """The latest run rate; the latest calendar year where no run rate was given yet."""
    for measure in (RUN_RATE, CALENDAR_YEAR):
        seen = [row for row in rows if row.text("measure") == measure]
        if seen:
            return Figure(seen[-1].number("amount_usd"), seen[-1].day("date"))
    return None


def users_ratio(tables: Tables, row: Row) -> float:
    """A lab's users per user of the leader; a small part of it before it offered an assistant."""
    ratio = row.number("users_vs_leader")
    if row.text("assistant_since") and row.day("assistant_since") > tables.start:
        ratio *= tables.assumed("users_before_assistant")
    return ratio


@dataclass(frozen=True)
class Market:
    """Weekly users and yearly revenue of each lab."""

    users: dict[str, float]
    revenue: dict[str, float]


def market(tables: Tables, labs: list[Candidate], filled: list[str]) -> Market:
    leader = next(row for row in tables.rows("crosswalk_labs") if row.text("users_vs_leader") == "1").text(
        "lab"
    )
    users_rows = figures(tables, "lab_users", "company")
    revenue_rows = figures(tables, "lab_revenue", "lab")

    def seen_users(lab: str) -> float | None:
        figure = users_figure(users_rows[lab])
        return None if figure is None else carried(tables, figure, f"{lab}, users", filled)

    def seen_revenue(lab: str) -> float | None:
        figure = revenue_figure(revenue_rows[lab])
        return None if figure is None else carried(tables, figure, f"{lab}, revenue USD", filled)

    top_users, top_revenue = seen_users(leader), seen_revenue(leader)
    if top_users is None:
        chat = tables.start >= CHAT_LAUNCH
        top_users = tables.assumed("users_since_chat" if chat else "users_before_chat")
        filled.append(f"{leader}, users: no figure yet, {top_users:,.0f} assumed.")
    if top_revenue is None:
        top_revenue = tables.assumed("revenue_before_figures")
        filled.append(f"{leader}, revenue USD: no figure yet, {top_revenue:,.0f} assumed.")

    users, revenue = {leader: top_users}, {leader: top_revenue}
    for one in labs:
        if one.lab == leader:
            continue
        own_users, own_revenue = seen_users(one.lab), seen_revenue(one.lab)
        if own_users is None:
            own_users = top_users * users_ratio(tables, one.row)
            filled.append(f"{one.lab}, users: no figure, {own_users:,.0f} from {leader}'s.")
        if own_revenue is None:
            per_user = top_revenue / top_users * one.row.number("revenue_per_user_vs_leader")
            own_revenue = own_users * per_user
            filled.append(f"{one.lab}, revenue USD: no separable figure, {own_revenue:,.0f} from its users.")
        users[one.lab], revenue[one.lab] = own_users, own_revenue
    return Market(users, revenue)


def compute_of(tables: Tables, lab: Candidate, sites: tuple[StartSite, ...], filled: list[str]) -> float:
    """Chips that a lab uses: its figure grown with the world's, or its share of its owners'."""
    rows = figures(tables, "lab_compute", "lab")[lab.lab]
    if rows:
        seen, day = rows[-1].number("h100e_median"), rows[-1].day("date")
        value = seen * world_h100e(tables, tables.start) / world_h100e(tables, day)
        if day != tables.start:
            filled.append(
                f"{lab.lab}, H100 equivalents: {seen:,.0f} of {day} grown with the world's chips"
                f" to {value:,.0f}."
            )
        return value
    owners = lab.row.names("owners")
    shares = lab.row.numbers("owner_shares")
    if len(owners) != len(shares):
        raise ValueError(f"{lab.row.where}: owner_shares must have one number for each owner")
    held = [sum(site.h100e for site in sites if site.owner == owner) for owner in owners]
    value = sum(chips * share for chips, share in zip(held, shares, strict=True))
    seconds = tables.assumed("run_days") * 86_400
    useful = tables.assumed("h100_flop_s") * tables.assumed("run_utilisation")
    value = max(value, lab.runs[0].flop / (seconds * useful))
    filled.append(
        f"{lab.lab}, H100 equivalents: no figure, {value:,.0f} from its share of"
        f" {' and '.join(owners)} (at least enough to repeat its largest run)."
    )
    return value


def plan_usd_month(tables: Tables, filled: list[str]) -> float:
    """Median price of the consumer plans on sale (seats of teams left out)."""
    prices = [
        row.number("price_usd_per_month")
        for row in tables.rows("subscription_tiers")
        if "per seat" not in row.text("tier")
        and (not row.text("end_date") or row.day("end_date") > tables.start)
    ]
    if prices:
        return float(median(prices))
    price = tables.assumed("plan_usd_month")
    filled.append(f"No consumer plan existed yet: {price:g} USD a month stands in.")
    return price


def paying_users(tables: Tables, labs: list[Candidate], found: Market, filled: list[str]) -> float:
    """Subscribers: the published count, else the plans' part of revenue over their price."""
    if not tables.rows("subscription_tiers"):
        return 0.0
    price = plan_usd_month(tables, [])
    rows = figures(tables, "lab_users", "company")
    total = 0.0
    for one in labs:
        counts = [row for row in rows[one.lab] if row.text("metric") == "paying_subscribers"]
        if counts:
            figure = Figure(counts[-1].number("value"), counts[-1].day("date"))
            total += carried(tables, figure, f"{one.lab}, subscribers", filled)
        else:
            total += one.row.number("subscription_share") * found.revenue[one.lab] / (12 * price)
    filled.append("Paying users of labs without a count: plans' share of revenue over the price.")
    return total
