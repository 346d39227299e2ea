"""Joins of the tables that several metrics need: tiers with labs and models, persons with tiers.

Called through `snapshot.view(...)`, so each is worked out once per snapshot.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from model.metrics.measures import look_up, pick, sums_by
from model.metrics.snapshot import Flags, Floats, Ids, Snapshot

HOURS_PER_YEAR = 365.25 * 24.0
SECONDS_PER_YEAR = HOURS_PER_YEAR * 3600.0
EQUAL_OOM = 1e-9  # capabilities as near as this are equal: rounding must not say which is the frontier


class Persons(NamedTuple):
    """One row per cell of persons: wealth decile x tier (or no AI); (n_cells,)."""

    users: Floats
    wealth_usd: Floats
    price_usd: Floats  # paid per user and step; NaN in an empty cell
    capability_oom: Floats  # received; NaN without AI
    closed: Flags  # on a tier sold by a lab whose weights are not public


class Channel(NamedTuple):
    """Tiers that labs sell through one channel, and each tier's share of its users."""

    price_usd: Floats
    closed: Flags
    share: Floats


def closed(snapshot: Snapshot) -> Flags:
    """Tiers sold by a lab on weights that are not public; (n_tiers,)."""
    hosted = ~snapshot.flags("tiers", "self_hosted")
    return hosted & ~snapshot.flags("tiers", "open_weights")


def closed_paid(snapshot: Snapshot) -> Flags:
    """Closed tiers with a price above zero; (n_tiers,)."""
    return snapshot.view(closed) & (snapshot.floats("tiers", "price_usd") > 0.0)


def lab_of_tier(snapshot: Snapshot) -> Ids:
    """Row of the labs table behind each tier; -1 if the lab has left; (n_tiers,)."""
    return look_up(snapshot.ids("labs", "lab"), snapshot.ids("tiers", "lab"))


def tier_parameters(snapshot: Snapshot) -> Floats:
    """Active parameters of the model behind each tier; (n_tiers,)."""
    rows = look_up(snapshot.ids("models", "model"), snapshot.ids("tiers", "model"))
    return pick(snapshot.floats("models", "parameters"), rows)


def frontier_tier(snapshot: Snapshot) -> int:
    """Row of the most capable tier that a lab sells (the first of equals); -1 if there is none."""
    level = snapshot.floats("tiers", "capability_oom")
    sold = ~snapshot.flags("tiers", "self_hosted") & np.isfinite(level)
    level = np.where(sold, level, -np.inf)
    return int(np.argmax(level >= level.max() - EQUAL_OOM)) if sold.any() else -1


def frontier_lab(snapshot: Snapshot) -> int:
    """Row of the labs table that sells the most capable tier; -1 if there is none."""
    tier = snapshot.view(frontier_tier)
    return int(snapshot.view(lab_of_tier)[tier]) if tier >= 0 else -1


def released_models(snapshot: Snapshot) -> Flags:
    """Models that are out by this step and not kept inside; (n_models,)."""
    out = snapshot.ids("models", "released_step") >= 0
    return out & ~snapshot.flags("models", "internal_only")


def dangerous(snapshot: Snapshot) -> Flags:
    """Tiers, self-hosted too, with danger_capability_oom >= oversight.danger_oom; (n_tiers,)."""
    level = snapshot.floats("tiers", "danger_capability_oom")
    if level.size == 0:
        return np.zeros(0, dtype=np.bool_)
    return level >= snapshot.setting("oversight.danger_oom")


def channels(snapshot: Snapshot) -> dict[str, Channel]:
    """The tiers of each channel without the self-hosted ones."""
    channel = snapshot.texts("tiers", "channel")
    hosted = ~snapshot.flags("tiers", "self_hosted")
    price, users = snapshot.floats("tiers", "price_usd"), snapshot.floats("tiers", "users")
    private, found = snapshot.view(closed), {}
    for name in ("subscription", "metered"):
        own = hosted & (channel == name)
        total = users[own].sum()
        share = users[own] / total if total > 0.0 else np.zeros(int(own.sum()))
        found[name] = Channel(price[own], private[own], share)
    return found


def persons(snapshot: Snapshot) -> Persons:
    """Purchases of persons, joined with the wealth of their decile and with their tier."""
    own = snapshot.texts("purchases", "segment") == "person"
    cells = snapshot.texts("users", "segment") == "person"
    decile = look_up(snapshot.ids("users", "decile")[cells], snapshot.ids("purchases", "decile")[own])
    users = snapshot.floats("purchases", "users")[own]
    tier = look_up(_offer(snapshot, "tiers"), _offer(snapshot, "purchases")[own])
    tier = np.where(snapshot.ids("purchases", "tier")[own] >= 0, tier, -1)
    paid = snapshot.floats("purchases", "payments_usd")[own]
    return Persons(
        users=users,
        wealth_usd=pick(snapshot.floats("users", "wealth_usd")[cells], decile),
        price_usd=np.divide(paid, users, out=np.full(users.shape, np.nan), where=users > 0.0),
        capability_oom=pick(snapshot.floats("tiers", "capability_oom"), tier),
        closed=pick(snapshot.view(closed).astype(np.float64), tier) == 1.0,
    )


def received_oom(snapshot: Snapshot) -> Floats:
    """Capability of each cell of `persons`, users.reference_oom without AI; (n_cells,)."""
    cells = snapshot.view(persons)
    if cells.users.size == 0:
        return cells.capability_oom
    without = snapshot.ids("purchases", "tier") < 0
    own = snapshot.texts("purchases", "segment") == "person"
    reference = snapshot.setting("users.reference_oom")
    return np.where(without[own], reference, cells.capability_oom)


def closed_paid_revenue(snapshot: Snapshot) -> Floats:
    """Revenue of each lab from closed paid tiers, USD/step; (labs with such tiers,)."""
    use = snapshot.view(closed_paid)
    return sums_by(snapshot.ids("tiers", "lab")[use], snapshot.floats("tiers", "revenue_usd")[use])


def _offer(snapshot: Snapshot, table: str) -> NDArray[np.int64]:
    """One number per (lab, tier), so that a join is right even if labs number their own tiers."""
    return snapshot.ids(table, "lab") * 2**32 + snapshot.ids(table, "tier")
