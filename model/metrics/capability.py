"""What the best models can do, what they took, and whether outsiders saw it coming."""

from __future__ import annotations

import numpy as np

from model.metrics import Snapshot, metric
from model.metrics.measures import ratio, top, weighted_slope
from model.metrics.snapshot import Floats
from model.metrics.views import (
    SECONDS_PER_YEAR,
    dangerous,
    frontier_lab,
    frontier_tier,
    released_models,
    tier_parameters,
)

FEWEST = 4  # values from which an outsider dares to draw a line


@metric(unit="OOM of FLOP")
def frontier_capability_oom(snapshot: Snapshot) -> float:
    """Capability of the best tier on sale.

    max_k tiers.capability_oom over the tiers that labs sell (self-hosting is not sale; an open
    model that a lab serves is).
    """
    tier = snapshot.view(frontier_tier)
    return float(snapshot.floats("tiers", "capability_oom")[tier]) if tier >= 0 else float("nan")


@metric(unit="FLOP")
def frontier_training_flop(snapshot: Snapshot) -> float:
    """Training compute of the largest released model.

    max models.training_flop over models that are released by this step and not kept internal.
    """
    return top(snapshot.floats("models", "training_flop")[snapshot.view(released_models)])


@metric(unit="copies")
def copies_at_frontier(snapshot: Snapshot) -> float:
    """Copies of the best tier on sale that its lab's training fleet could run at once.

    K e / (2 N v I) [P13]: K = C / T, the FLOP/s of the fleet that trained the lab's best model (C =
    labs.training_flop, T = technology.training_years in seconds, one step if that is zero), N
    active parameters of the tier's model, v = technology.tokens_per_second, I its depth, e =
    inference_efficiency. K is taken as it is, without a loss from training to decoding.
    """
    tier, lab = snapshot.view(frontier_tier), snapshot.view(frontier_lab)
    if tier < 0 or lab < 0:
        return float("nan")
    years = snapshot.setting("technology.training_years")
    seconds = (years or snapshot.setting("horizon.step_years")) * SECONDS_PER_YEAR
    fleet = float(snapshot.floats("labs", "training_flop")[lab]) / seconds
    parameters = float(snapshot.view(tier_parameters)[tier])
    speed = 2.0 * parameters * snapshot.setting("technology.tokens_per_second")
    passes = float(snapshot.floats("tiers", "depth")[tier])
    return ratio(fleet * snapshot.setting("inference_efficiency", 1.0), speed * passes)


@metric(unit="1/year")
def copies_growth_year(snapshot: Snapshot) -> float:
    """Growth of the copies at work if a year's gross profit were spent on renting chips for more [C10].

    (P / c) / (S / c) = sum (labs.revenue_usd - inference_spend_usd) / sum labs.inference_spend_usd: P gross
    profit, S spending on the copies at work, c the cost of a copy. Negative where they do not pay.
    """
    revenue, spent = snapshot.floats("labs", "revenue_usd"), snapshot.floats("labs", "inference_spend_usd")
    return ratio(float(revenue.sum() - spent.sum()), float(spent.sum()))


@metric(unit="step")
def danger_step(snapshot: Snapshot) -> float:
    """First step at which something on offer is dangerous [C42].

    min { t : max_k tiers.danger_capability_oom >= oversight.danger_oom }, self-hosting too. NaN before;
    then it stays.
    """
    before = snapshot.past("danger_step")
    known = before[np.isfinite(before)]
    if known.size:
        return float(known[0])
    return float(snapshot.step) if snapshot.view(dangerous).any() else float("nan")


def steps_a_year(snapshot: Snapshot) -> int:
    """Steps in a year, at least one."""
    return max(1, round(1.0 / snapshot.setting("horizon.step_years")))


def trend_oom_step(values: Floats) -> float:
    """Slope of a line by least squares through values one step apart; NaN with fewer than four."""
    use = np.isfinite(values)
    return weighted_slope(np.arange(values.size), values, use) if use.sum() >= FEWEST else float("nan")


@metric(unit="OOM")
def observer_forecast_error_oom(snapshot: Snapshot) -> float:
    """Error of an outsider who extrapolates the public frontier a year ahead [C43].

    |G_t - F|: F on the line by least squares through the values of two years, or what there is of them,
    up to a year ago; G = frontier_capability_oom. NaN while fewer than four values are a year old.
    """
    year = steps_a_year(snapshot)
    past = snapshot.past("frontier_capability_oom")
    known = past[: past.size - year + 1][-2 * year :]
    slope = trend_oom_step(known)
    use = np.isfinite(known)
    if not np.isfinite(slope):
        return float("nan")
    middle = float(np.arange(known.size)[use].mean())
    forecast = float(known[use].mean()) + slope * (known.size - 1 + year - middle)
    return float(np.abs(frontier_capability_oom(snapshot) - forecast))
