"""The models that a lab has at the start, and how good its algorithms are.

Levels are in OOM of effective compute. A model is worth what its capability index says beyond the
trend of index on compute and time (without an index: the trend), less what the world has learned
since its release. All is told against the frontier lab, the one with the best index so far.
"""

from __future__ import annotations

import math

from model.start_data import Tables
from model.start_runs import WINDOW, Candidate, Run
from model.start_types import StartModel

FEWEST_POINTS = 8
CLEARLY_SMALLER = 2.0
TELLING_OOM = 1.0  # models further below a lab's largest say little about its large runs


def surplus(tables: Tables, runs: list[Run]) -> dict[str, float]:
    """OOM by which each model beats the trend ECI = a + b (log10 C + g years), fitted on the past.

    g is the assumed yearly growth of algorithms. Fitted on current estimates; with fewer than eight
    models, or no rising line, b is the documented fallback. Models without an index are not listed.
    """
    index = {row.text("model"): row.number("eci") for row in tables.rows("capability")}
    scored = [run for run in runs if run.model in index and run.flop > 0]
    points = [(effort(tables, run), index[run.model]) for run in scored if not run.withdrawn]
    if not points:
        return {}
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread > 0 else 0.0
    if len(points) < FEWEST_POINTS or slope <= 0:
        slope = tables.assumed("eci_per_oom")
    return {run.model: mean_x + (index[run.model] - mean_y) / slope - effort(tables, run) for run in scored}


def effort(tables: Tables, run: Run) -> float:
    """log10 C of a run at today's algorithms: older runs are worth less."""
    return math.log10(run.flop) - tables.assumed("algorithms_oom_year") * tables.age(run.published)


def menu(tables: Tables, lab: Candidate, ahead: dict[str, float]) -> list[Run]:
    """At most three models: the best, the newest of similar size, and a clearly smaller one (with a
    list price if there is one; else the best older one)."""

    def effective(run: Run) -> float:
        return effort(tables, run) + ahead.get(run.model, 0.0)

    recent = [run for run in lab.runs if run.published >= tables.start - WINDOW]
    best = max(recent, key=effective)
    rest = [run for run in lab.runs if run is not best]
    rest.sort(key=lambda run: (run.published, run.flop), reverse=True)
    similar = next((run for run in rest if run.flop >= best.flop / 10), None)
    rest = [run for run in rest if run is not similar]
    ceiling = min(best.flop, similar.flop if similar else best.flop) / CLEARLY_SMALLER
    small = [run for run in rest if run.flop <= ceiling] or rest
    smaller = max(
        small,
        key=lambda run: (list_price(tables, run.model) is not None, effective(run)),
        default=None,
    )
    others = [run for run in (similar, smaller) if run is not None]
    return [best, *sorted(others, key=lambda run: run.published, reverse=True)]


def practice(tables: Tables, runs: list[Run], ahead: dict[str, float]) -> float:
    """A lab's level of algorithms now, in OOM against the trend: the best of its models, each
    aged to the date and credited with at most `practice_credit_oom` of progress since release. One
    model's surplus is partly luck and partly distillation: `practice_weight` of it counts."""
    weight = tables.assumed("practice_weight")
    largest = max(run.flop for run in runs)
    telling = [run for run in runs if run.flop >= largest / 10**TELLING_OOM]
    yearly, credit = tables.assumed("algorithms_oom_year"), tables.assumed("practice_credit_oom")
    return max(
        weight * ahead.get(run.model, 0.0) - max(0.0, yearly * tables.age(run.published) - credit)
        for run in telling
    )


def start_model(tables: Tables, run: Run, ahead: dict[str, float], frontier: float) -> StartModel:
    embodied = ahead.get(run.model, 0.0) - tables.assumed("algorithms_oom_year") * tables.age(run.published)
    return StartModel(
        name=run.model,
        released=run.published,
        training_flop=run.flop,
        algorithms_oom=capped(embodied - frontier),
        open_weights=run.open_weights,
        usd_per_mtok=list_price(tables, run.model),
        estimated="withdrawn" if run.withdrawn else run.confidence,
    )


def capped(oom: float) -> float:
    return min(0.5, max(-1.5, oom))


def list_price(tables: Tables, model: str) -> float | None:
    """The latest list price of a model by the start, under any of its names in the price lists."""
    for link in tables.rows("crosswalk_prices"):
        if link.text("model") == model:
            vendor, names = link.text("vendor"), set(link.names("price_names"))
            seen = [
                (row.day("listing_date"), row.number("blended_usd_per_mtok"))
                for row in tables.rows("token_prices")
                if row.text("vendor") == vendor and row.text("model") in names
            ]
            return max(seen)[1] if seen else None
    return None
