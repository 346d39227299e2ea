"""What the best models can do, what they took, and whether outsiders saw it coming."""

from __future__ import annotations

import numpy as np

from model.metrics import Snapshot, metric
from model.metrics.measures import ratio, top
from model.metrics.views import (
    SECONDS_PER_YEAR,
    frontier_lab,
    frontier_tier,
    released_models,
    tier_parameters,
)

FORECAST_STEPS = 4


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


@metric(unit="OOM")
def observer_forecast_error_oom(snapshot: Snapshot) -> float:
    """Error of an outsider who extrapolates the public frontier.

    |G_t - F|, F = G_{t-4} + (G_{t-4} - G_{t-8}): the forecast for this step made four steps ago
    from the four steps before; G = frontier_capability_oom. NaN during the first eight steps.
    """
    past = snapshot.past("frontier_capability_oom")
    if past.size < 2 * FORECAST_STEPS:
        return float("nan")
    forecast = 2.0 * past[-FORECAST_STEPS] - past[-2 * FORECAST_STEPS]
    return float(np.abs(frontier_capability_oom(snapshot) - forecast))
