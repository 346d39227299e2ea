"""Tasks: how uneven capability and compute are over classes of tasks, and what an easy task costs."""

from __future__ import annotations

import numpy as np

from model.metrics import Snapshot, metric
from model.metrics.measures import ratio, weighted_mean
from model.metrics.snapshot import Floats
from model.metrics.views import frontier_tier, tier_parameters


@metric(unit="OOM")
def task_capability_spread_oom(snapshot: Snapshot) -> float:
    """Standard deviation over classes of tasks of what the most capable tier can do [C16, S1].

    tiers.task_spread_oom of the tier with the largest capability_oom that a lab sells. Training lifts all
    classes alike and leaves it at zero; depth does not.
    """
    return _of_frontier(snapshot, _column(snapshot, "task_spread_oom"))


@metric(unit="share")
def compute_per_task_gini(snapshot: Snapshot) -> float:
    """Gini coefficient of compute over tasks inside a tier, as users have it [C17].

    sum U_k G_k / sum U_k over all tiers on offer: U = tiers.users, G = tiers.task_depth_gini (depth of
    each class, weighted by its share of tasks). Zero where every task gets the same.
    """
    return weighted_mean(_column(snapshot, "task_depth_gini"), snapshot.floats("tiers", "users"))


@metric(unit="FLOP/task")
def easy_task_flop(snapshot: Snapshot) -> float:
    """Compute of a task of the easiest class on the most capable tier.

    2 N tok I / e: N = models.parameters, tok = technology.tokens_per_task, I = tiers.easy_depth, e =
    inference_efficiency.
    """
    passes = _of_frontier(snapshot, snapshot.view(tier_parameters) * _column(snapshot, "easy_depth"))
    tokens = snapshot.setting("technology.tokens_per_task", 1.0)
    return 2.0 * tokens * passes / snapshot.setting("inference_efficiency", 1.0)


@metric(unit="ratio")
def easy_task_cost_ratio(snapshot: Snapshot) -> float:
    """Compute of an easy task on the most capable tier against the start, at given efficiency [C18].

    (easy_task_flop e) / (easy_task_flop at step 0): e = inference_efficiency. Above one: progress made
    easy tasks dearer too, at given efficiency.
    """
    now = easy_task_flop(snapshot) * snapshot.setting("inference_efficiency", 1.0)
    past = snapshot.past("easy_task_flop")
    return ratio(now, float(past[0]) if past.size else now)


def _column(snapshot: Snapshot, name: str) -> Floats:
    """A column of tiers; NaN where a snapshot does not tell."""
    tiers = snapshot.tables.get("tiers", {})
    if tiers and name not in tiers:
        return np.full(snapshot.floats("tiers", "users").shape, np.nan)
    return snapshot.floats("tiers", name)


def _of_frontier(snapshot: Snapshot, values: Floats) -> float:
    best = snapshot.view(frontier_tier)
    return float(values[best]) if best >= 0 else float("nan")
