"""Readings of a snapshot that several pages show and that no metric has: sums and best values of its rows."""

from __future__ import annotations

import math
from collections.abc import Iterable

from viz.film import Film, Row, Snapshot
from viz.options.base import Mark

# Kinds of events that are marked on time axes, with the short word beside the line.
MARKED = {
    "threshold crossed": "human level",
    "opened": "weights published",
    "leak": "leak",
    "merger": "merger",
    "incident": "incident",
    "breach": "breach",
    "stopped": "stopped",
}
PATHS = (
    "frontier_capability_oom", "internal_frontier_oom", "open_capability_oom",
    "training_share", "research_share", "serving_share",
    "price_dearest_usd_month", "price_cheapest_usd_month", "fixed_quality_usd_month",
    "power_gw", "pending_gw", "waiting_gw",
    "visibility_users", "coverage_users", "equal_labs", "poorest_surplus_usd_month",
)  # fmt: skip


def total(rows: Iterable[Row], key: str) -> float:
    """The sum of a column."""
    return float(sum(row[key] for row in rows))


def best(values: Iterable[float]) -> float:
    """The largest finite value; NaN if there is none."""
    return max((v for v in values if math.isfinite(v)), default=math.nan)


def month(snapshot: Snapshot) -> float:
    """Length of a month in steps."""
    return 1.0 / (12.0 * snapshot.scenario.horizon.step_years)


def _open_capability(now: Snapshot) -> float:
    """The best closed model less its lead over the best open one at equal depth."""
    return now.value("frontier_capability_oom") - now.value("open_weight_gap_oom")


def _spend(now: Snapshot) -> tuple[float, float, float]:
    labs = now.rows("labs")
    parts = [total(labs, k) for k in ("training_spend_usd", "internal_spend_usd", "inference_spend_usd")]
    whole = sum(parts)
    return (parts[0] / whole, parts[1] / whole, parts[2] / whole) if whole > 0 else (math.nan,) * 3


def _fixed_quality(now: Snapshot) -> float:
    """The cheapest subscription that is at least as capable as the best one at the start, USD a month."""
    first = best(t["capability_oom"] for t in now.film.rows("tiers", 0) if t["channel"] == "subscription")
    return min(
        (
            t["price_usd_month"]
            for t in now.rows("tiers")
            if t["channel"] == "subscription"
            and t["capability_oom"] >= first - 1e-9
            and t["price_usd_month"] > 0
        ),
        default=math.nan,
    )


def _poorest(now: Snapshot) -> float:
    rows = [row for row in now.rows("users") if row["segment"] == "person" and row["decile"] == 1]
    return rows[0]["surplus_usd"] * month(now) if rows else math.nan


def _equal_labs(now: Snapshot) -> float:
    """One over the HHI of all labs' revenue."""
    index = now.value("hhi_lab_revenue")
    return 1.0 / index if index > 0.0 else math.nan


MAKERS = {
    "equal_labs": _equal_labs,
    "open_capability_oom": _open_capability,
    "training_share": lambda now: _spend(now)[0],
    "research_share": lambda now: _spend(now)[1],
    "serving_share": lambda now: _spend(now)[2],
    "fixed_quality_usd_month": _fixed_quality,
    "power_gw": lambda now: total(now.rows("data_centres"), "power_mw") / 1e3,
    "pending_gw": lambda now: total(now.rows("data_centres"), "pending_mw") / 1e3,
    "waiting_gw": lambda now: total(now.rows("data_centres"), "waiting_mw") / 1e3,
    "poorest_surplus_usd_month": _poorest,
}


def path(now: Snapshot, name: str) -> list[float]:
    """A metric, or one of the readings above, from the start to now."""
    return now.derived(name, MAKERS[name]) if name in MAKERS else now.metric(name)


def paths(now: Snapshot) -> dict[str, list[float]]:
    """All that the Overview draws, from the start to now."""
    return {name: path(now, name) for name in PATHS}


def film_paths(film: Film) -> dict[str, list[float]]:
    """The same for a whole film."""
    return paths(film.at(film.last))


def marks(now: Snapshot) -> list[Mark]:
    """What is marked on the time axes: rules that begin, switches by hand, and first or rare events."""
    found = [
        Mark(step, rule.policy.replace("-", " "))
        for rule in now.scenario.regulation
        if 0 < (step := math.ceil(rule.start_year / now.scenario.horizon.step_years - 1e-9)) <= now.step
    ]
    seen: set[str] = set()
    for row in now.events:
        kind = row["kind"]
        if kind in MARKED and kind not in seen and row["step"] > 0:
            seen.add(kind)
            found.append(Mark(row["step"], MARKED[kind]))
    return found
