"""Data centres at the start: the listed ones, and what is left of each owner's chips.

The world total is the makers' own total of chips sold, one quarter late (chips need about a quarter
from sale to use). Sites always add up to it. Power follows from chips for unlisted sites only.
"""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import date

from model.start_data import Row, Tables
from model.start_types import StartSite

LAG_QUARTERS = 1
DEPLOYED = {"xAI"}  # the source counts chips in use for this owner, not sales: no lag
COLLECTIVE = {"China", "Other"}  # many buyers under one name: one site cannot hold all their chips
REFERENCE = date(2024, 12, 31)  # date of the assumed power of a chip


def note_gaps(tables: Tables, filled: list[str]) -> None:
    """Makers whose chips the series does not count yet at the start."""
    every = ("Nvidia", "Google TPU", "Amazon Trainium", "AMD Instinct")
    at = _quarter(tables, tables.start, LAG_QUARTERS)
    rows = tables.rows("compute_by_owner")
    counted = {row.text("chip_family") for row in rows if row.day("quarter_end") == at}
    missing = [family for family in every if family not in counted]
    if missing:
        filled.append(f"The chip count of {at} has no {', '.join(missing)}: their owners look too small.")


def world_h100e(tables: Tables, at: date) -> float:
    """Chips in use in the world at a date."""
    return _stock(tables, at)["WORLD"]


def _stock(tables: Tables, at: date) -> dict[str, float]:
    """Chips in use by owner, with WORLD, at a date."""
    rows = tables.rows("compute_by_owner")
    now, lagged = _quarter(tables, at, 0), _quarter(tables, at, LAG_QUARTERS)
    stock: dict[str, float] = defaultdict(float)
    for row in rows:
        owner = row.text("owner")
        if row.day("quarter_end") == (now if owner in DEPLOYED else lagged):
            stock[owner] += row.number("stock_h100e")
    return dict(stock)


def _quarter(tables: Tables, at: date, lag: int) -> date:
    """The last quarter end by a date, `lag` quarters back; the first one where none is earlier."""
    quarters = sorted({row.day("quarter_end") for row in tables.rows("compute_by_owner")})
    past = [quarter for quarter in quarters if quarter <= at]
    return past[-1 - lag] if len(past) > lag else quarters[0]


def sites_of(tables: Tables, filled: list[str]) -> tuple[StartSite, ...]:
    """Every site at the start, listed ones first; their h100e add up to the world's."""
    stock = _stock(tables, tables.start)
    world = stock.pop("WORLD")
    stock.pop("Other", None)
    listed = _listed(tables)
    by_owner: dict[str, float] = defaultdict(float)
    for row, _, h100e in listed:
        by_owner[row.text("compute_owner")] += h100e
    for owner, h100e in by_owner.items():
        stock.setdefault(owner, h100e)
    named = sum(stock.values())
    if named > world:
        stock = {owner: h100e * world / named for owner, h100e in stock.items()}
    stock["Other"] = world - sum(stock.values())

    sites = []
    placed: dict[str, float] = defaultdict(float)
    for row, power_mw, h100e in listed:
        owner = row.text("compute_owner")
        room = stock[owner] * (tables.assumed("listed_share_limit") if owner in COLLECTIVE else 1.0)
        share = min(1.0, room / by_owner[owner]) if by_owner[owner] > 0 else 0.0
        if share < 1.0:
            filled.append(
                f"Site {row.text('site')}: {h100e:,.0f} H100 equivalents in the list cut to"
                f" {h100e * share:,.0f}, the most that the chip count of {owner} allows."
            )
        placed[owner] += h100e * share
        sites.append(
            StartSite(
                name=row.text("site"),
                owner=row.text("owner"),
                region=row.text("region"),
                power_mw=power_mw,
                h100e=h100e * share,
                block_mw=power_mw,
                listed=True,
            )
        )
    kw = chip_kw(tables)
    filled.append(
        f"Unlisted sites: owner's chips less listed ones, {kw:.2f} kW for each H100 equivalent,"
        f" blocks of {tables.assumed('block_mw'):.0f} MW, regions by crosswalk_owners.csv."
    )
    note_gaps(tables, filled)
    shares = tables.rows("crosswalk_owners")
    for owner in sorted(stock):
        rest = stock[owner] - placed[owner]
        regions = [row for row in shares if row.text("owner") == owner]
        sites += _remainder(tables, owner, rest, kw, regions)
    return tuple(sites)


def chip_kw(tables: Tables) -> float:
    """Power of an H100 equivalent with its share of the site: older chips need more."""
    years = (REFERENCE - tables.start).days / 365.25
    return tables.assumed("kw_per_h100e") * math.pow(tables.assumed("power_efficiency_year"), years)


def _listed(tables: Tables) -> list[tuple[Row, float, float]]:
    """(crosswalk row, MW, h100e) of each listed site with power at the start."""
    links = {row.text("site"): row for row in tables.rows("crosswalk_sites")}
    power: dict[str, float] = {}
    chips: dict[str, float] = {}
    for row in sorted(tables.rows("data_centres"), key=lambda row: row.day("date")):
        site = row.text("site")
        if site not in links:
            raise ValueError(f"{row.where}: site {site!r} has no row in crosswalk_sites.csv")
        power[site] = row.number("power_mw")
        if row.text("h100e"):  # a blank repeats the observation before
            chips[site] = row.number("h100e")
    return [(links[s], mw, chips.get(s, 0.0)) for s, mw in sorted(power.items()) if mw > 0]


def _remainder(tables: Tables, owner: str, h100e: float, kw: float, shares: list[Row]) -> list[StartSite]:
    total = sum(row.number("share_of_unlisted") for row in shares)
    if h100e <= 1e-6:  # rounding: the listed sites hold it all
        return []
    if total <= 0:
        raise ValueError(f"crosswalk_owners.csv: has no region for owner {owner!r}")
    sites = []
    for row in shares:
        part = h100e * row.number("share_of_unlisted") / total
        power_mw = part * kw / 1000
        place = "other owners" if owner == "Other" else owner
        sites.append(
            StartSite(
                name=f"Other sites of {place} ({row.text('region')})",
                owner=owner,
                region=row.text("region"),
                power_mw=power_mw,
                h100e=part,
                block_mw=min(power_mw, tables.assumed("block_mw")),
                listed=False,
            )
        )
    return sites
