"""What labs have inside beyond what they sell, and what outsiders know of it."""

from __future__ import annotations

import numpy as np

from model.metrics import Snapshot, metric
from model.metrics.capability import frontier_capability_oom, steps_a_year, trend_oom_step
from model.metrics.measures import ratio, top
from model.metrics.snapshot import Floats

MONTHS_PER_YEAR = 12.0
TREND_YEARS = 2


def _column(snapshot: Snapshot, table: str, name: str) -> Floats:
    """A column of numbers; without rows where a snapshot does not have it."""
    known = name in snapshot.tables.get(table, {})
    return snapshot.floats(table, name) if known else np.zeros(0)


@metric(unit="OOM of FLOP")
def internal_frontier_oom(snapshot: Snapshot) -> float:
    """Capability of the best model that any lab has, on sale or not.

    max_j labs.internal_capability_oom: at the deepest at which its lab uses models.
    """
    return top(snapshot.floats("labs", "internal_capability_oom"))


@metric(unit="OOM")
def internal_public_gap_oom(snapshot: Snapshot) -> float:
    """By how much the best inside is ahead of the best on sale [C39].

    max_j labs.internal_capability_oom - max_j labs.capability_oom.
    """
    return internal_frontier_oom(snapshot) - top(snapshot.floats("labs", "capability_oom"))


@metric(unit="months")
def internal_public_gap_months(snapshot: Snapshot) -> float:
    """The same gap in months of the public frontier's progress.

    12 internal_public_gap_oom / (b n): b = slope by least squares of frontier_capability_oom over the last
    two years with this step, OOM per step; n steps a year. NaN where b <= 0 or fewer than four are known.
    """
    count = steps_a_year(snapshot)
    seen = np.append(snapshot.past("frontier_capability_oom"), frontier_capability_oom(snapshot))
    slope = trend_oom_step(seen[-TREND_YEARS * count - 1 :])
    if not slope > 0.0:
        return float("nan")
    return MONTHS_PER_YEAR * internal_public_gap_oom(snapshot) / (slope * count)


@metric(unit="OOM")
def release_jump_oom(snapshot: Snapshot) -> float:
    """Step by which the public frontier has moved [C41].

    G_t - G_{t-1}, G = frontier_capability_oom. NaN at the first step.
    """
    past = snapshot.past("frontier_capability_oom")
    return frontier_capability_oom(snapshot) - float(past[-1]) if past.size else float("nan")


@metric(unit="OOM/year")
def capability_growth_oom_year(snapshot: Snapshot) -> float:
    """Growth of the best capability that exists, inside or on sale, over the last year [C37].

    H_t - H_{t-n}, H = internal_frontier_oom, n steps a year. NaN in the first year.
    """
    count = steps_a_year(snapshot)
    past = snapshot.past("internal_frontier_oom")
    if past.size < count:
        return float("nan")
    return (internal_frontier_oom(snapshot) - float(past[-count])) / (
        count * snapshot.setting("horizon.step_years")
    )


@metric(unit="OOM")
def awareness_gap_oom(snapshot: Snapshot) -> float:
    """By how much the best that exists is ahead of what the best informed regulator believes [C40].

    internal_frontier_oom - max regulators.believed_internal_oom. NaN without a rule in force.
    """
    return internal_frontier_oom(snapshot) - top(_column(snapshot, "regulators", "believed_internal_oom"))


@metric(unit="models")
def models_inside(snapshot: Snapshot) -> float:
    """Models that exist and are not released, old ones that never were included.

    Number of models with internal_only; models that are made later do not count.
    """
    inside = snapshot.flags("models", "internal_only")
    return float(inside.sum()) if inside.size else float("nan")


@metric(unit="step")
def internal_human_level_step(snapshot: Snapshot) -> float:
    """First step at which some lab has human level in some class, on sale or inside.

    min { t : max_j labs.internal_human_oom >= technology.human_level_oom }. NaN before; then it stays.
    """
    before = snapshot.past("internal_human_level_step")
    known = before[np.isfinite(before)]
    if known.size:
        return float(known[0])
    level = _column(snapshot, "labs", "internal_human_oom")
    reached = level >= snapshot.setting("technology.human_level_oom")
    return float(snapshot.step) if reached.any() else float("nan")


@metric(unit="share")
def internal_share_of_spend(snapshot: Snapshot) -> float:
    """Share of labs' spending on compute that is research by their own models.

    sum labs.internal_spend_usd / (sum of it, training_spend_usd and inference_spend_usd).
    """
    own = float(_column(snapshot, "labs", "internal_spend_usd").sum())
    rest = (
        snapshot.floats("labs", "training_spend_usd").sum()
        + snapshot.floats("labs", "inference_spend_usd").sum()
    )
    return ratio(own, own + float(rest))
