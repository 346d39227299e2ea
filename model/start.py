"""The industry as the public data show it at a date: `initial_industry(date)`.

It reads `model/data` and nothing else, uses no row dated after the start, and says in `filled` what
the data do not hold. It knows no scenario and draws no random numbers. docs/data.md tells each
field's story.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from model.start_data import Tables
from model.start_labs import compute_of, market, paying_users, plan_usd_month
from model.start_models import capped, menu, practice, start_model, surplus
from model.start_runs import best_index, candidates, choose, runs_of
from model.start_sites import sites_of, world_h100e
from model.start_types import StartIndustry, StartLab, StartModel, StartSite

__all__ = ["StartIndustry", "StartLab", "StartModel", "StartSite", "initial_industry"]

EARLIEST, LATEST = date(2022, 1, 1), date(2024, 12, 31)


def initial_industry(start: date, *, max_labs: int = 8, folder: Path | None = None) -> StartIndustry:
    """Labs, models, sites and market at `start`, from the tables in `folder` (default: shipped).

    Labs come in the order of their largest run of the last two years. `max_labs` never drops a lab
    with a published run rate.
    """
    if not EARLIEST <= start <= LATEST:
        raise ValueError(f"start = {start}: must be from {EARLIEST} to {LATEST}")
    if max_labs < 1:
        raise ValueError(f"max_labs = {max_labs}: must be at least 1")
    tables = Tables(start, folder)
    filled: list[str] = []

    runs = runs_of(tables)
    chosen = choose(tables, candidates(tables, runs, filled), max_labs)
    if not chosen:
        raise ValueError(f"start = {start}: no lab in the data sells models near the frontier")
    ahead = surplus(tables, runs)
    menus = {one.lab: menu(tables, one, ahead) for one in chosen}
    levels = {lab: practice(tables, models, ahead) for lab, models in menus.items()}
    index = best_index(tables)
    frontier = levels[max(chosen, key=lambda one: index.get(one.lab, 0.0)).lab]

    sites = sites_of(tables, filled)
    found = market(tables, chosen, filled)
    labs = []
    for one in chosen:
        models = tuple(start_model(tables, run, ahead, frontier) for run in menus[one.lab])
        filled += [
            f"{one.lab}, {m.name}: training compute is an estimate later withdrawn by its source."
            for m in models
            if m.estimated == "withdrawn"
        ]
        labs.append(
            StartLab(
                name=one.lab,
                region=one.row.text("home_region"),
                owners=one.row.names("owners"),
                integrated=one.row.text("integrated") == "yes",
                open_weights=models[0].open_weights,
                h100e=compute_of(tables, one, sites, filled),
                revenue_usd_year=found.revenue[one.lab],
                users=found.users[one.lab],
                algorithms_oom=capped(levels[one.lab] - frontier),
                models=models,
            )
        )
    return StartIndustry(
        date=start,
        labs=tuple(labs),
        sites=sites,
        world_h100e=world_h100e(tables, start),
        plan_usd_month=plan_usd_month(tables, filled),
        paying_users=paying_users(tables, chosen, found, filled),
        revenue_usd_year=sum(lab.revenue_usd_year for lab in labs),
        filled=tuple(filled),
    )
