"""Training against margins, what partners hold, and how newcomers price."""

from __future__ import annotations

import numpy as np

from model.metrics import Snapshot, metric
from model.metrics.concentration import odds_elasticity_compute
from model.metrics.measures import look_up, pick, ratio
from model.metrics.snapshot import Flags

NEW_YEARS = 2.0  # eight quarters


@metric(unit="ratio")
def rd_identity_ratio(snapshot: Snapshot) -> float:
    """Training cost over gross margin of all labs (R&D identity).

    sum_j labs.training_spend_usd / sum_j (revenue_usd - inference_spend_usd). In a smooth equilibrium it
    equals rd_identity_theory. NaN without a positive margin.
    """
    margin = float(
        (snapshot.floats("labs", "revenue_usd") - snapshot.floats("labs", "inference_spend_usd")).sum()
    )
    return (
        ratio(float(snapshot.floats("labs", "training_spend_usd").sum()), margin) if margin > 0.0 else np.nan
    )


@metric(unit="ratio")
def rd_identity_theory(snapshot: Snapshot) -> float:
    """What the R&D identity expects of training cost over gross margin: Lambda (1 - s).

    Lambda = odds_elasticity_compute; s = a lab's share of all users, labs and none, averaged over labs
    weighted by gross margin (revenue less inference, where positive).
    """
    margin = snapshot.floats("labs", "revenue_usd") - snapshot.floats("labs", "inference_spend_usd")
    weight = np.maximum(margin, 0.0)
    everybody = float(snapshot.floats("users", "population").sum())
    share = snapshot.floats("labs", "users") / everybody
    return odds_elasticity_compute(snapshot) * (1.0 - ratio(float(weight @ share), float(weight.sum())))


@metric(unit="share")
def entrant_margin(snapshot: Snapshot) -> float:
    """Price-cost margin of newcomers less that of all other labs (penetration pricing if below zero).

    M = sum_k U_k (p_k - c_k) / sum_k U_k p_k over tiers that labs sell; newcomers: labs that entered after
    the start and at most two years ago. NaN unless both sell.
    """
    entered = snapshot.floats("labs", "entered_step")
    age = (snapshot.step - entered) * snapshot.setting("horizon.step_years", 0.25)
    new_lab = (entered > 0) & (age <= NEW_YEARS)
    rows = look_up(snapshot.ids("labs", "lab"), snapshot.ids("tiers", "lab"))
    new = pick(new_lab.astype(np.float64), rows)
    sold = ~snapshot.flags("tiers", "self_hosted")
    return _margin(snapshot, sold & (new == 1.0)) - _margin(snapshot, sold & (new == 0.0))


def _margin(snapshot: Snapshot, chosen: Flags) -> float:
    """Price-cost margin over some tiers, weighted by users."""
    users = snapshot.floats("tiers", "users")[chosen]
    price, cost = snapshot.floats("tiers", "price_usd")[chosen], snapshot.floats("tiers", "cost_usd")[chosen]
    return ratio(float(users @ (price - cost)), float(users @ price))


@metric(unit="share")
def partner_equity(snapshot: Snapshot) -> float:
    """Share of labs that cloud partners hold, weighted by revenue.

    sum_j R_j labs.equity_sold / sum_j R_j. NaN without revenue.
    """
    revenue = snapshot.floats("labs", "revenue_usd")
    return ratio(float(revenue @ snapshot.floats("labs", "equity_sold")), float(revenue.sum()))
