"""When some tier first does a class of tasks as a person does, and what it costs by the hour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from model.metrics import Snapshot, metric
from model.metrics.measures import bottom, ratio, top, weighted_mean
from model.metrics.snapshot import Flags, Floats
from model.metrics.views import tier_parameters

SECONDS_PER_HOUR = 3600.0


def _human_level(snapshot: Snapshot) -> Flags:
    """Tiers, self-hosted ones too, that reach human level in the class in which they are best."""
    level = snapshot.floats("tiers", "human_capability_oom")
    if level.size == 0:
        return np.zeros(0, dtype=np.bool_)
    return level >= snapshot.setting("technology.human_level_oom")


def _depth(snapshot: Snapshot) -> Floats:
    """Depth given to the class in which a tier is best; its cap where a snapshot does not tell."""
    named = "human_depth" in snapshot.tables.get("tiers", {})
    return snapshot.floats("tiers", "human_depth" if named else "depth")


@metric(unit="step")
def human_level_step(snapshot: Snapshot) -> float:
    """First step at which some tier works at human level.

    min { t : max_k tiers.human_capability_oom >= technology.human_level_oom } over all tiers on
    offer, self-hosted ones too. NaN before; afterwards it keeps its value (read from the history).
    """
    before = snapshot.past("human_level_step")
    known = before[np.isfinite(before)]
    if known.size:
        return float(known[0])
    return float(snapshot.step) if snapshot.view(_human_level).any() else float("nan")


@metric(unit="USD/hour")
def human_level_cost_usd_hour(snapshot: Snapshot) -> float:
    """Cost of an hour of the cheapest work at human level.

    min_k 2 N v 3600 I q r / e over tiers at human level [P14, P22]: N active parameters of the
    tier's model, v = technology.tokens_per_second, I depth given to that class, r = rental_usd_per_flop, q =
    technology.inference_price_ratio, e = inference_efficiency. NaN while there is none.
    """
    use = snapshot.view(_human_level)
    if not use.any():
        return float("nan")
    per_hour = 2.0 * snapshot.setting("technology.tokens_per_second") * SECONDS_PER_HOUR
    rental = snapshot.setting("rental_usd_per_flop")
    price = rental * snapshot.setting("technology.inference_price_ratio", 1.0)
    size = snapshot.view(tier_parameters)[use] * _depth(snapshot)[use]
    return per_hour * bottom(size) * price / snapshot.setting("inference_efficiency", 1.0)


@metric(unit="ratio")
def human_level_cost_ratio(snapshot: Snapshot) -> float:
    """Cost of an hour of the cheapest work at human level over the wage of that work.

    human_level_cost_usd_hour / w: w = wage_usd of the class of tasks in which depth helps most (the
    largest w_v verifiable + (1 - w_v) system2, w_v = technology.verifiable_weight; of equals the
    best paid), for that is the class in which a tier is best. NaN while there is none.
    """
    cost = human_level_cost_usd_hour(snapshot)
    return ratio(cost, _wage(snapshot)) if np.isfinite(cost) else float("nan")


def _wage(snapshot: Snapshot) -> float:
    tasks: Sequence[Mapping[str, Any]] = snapshot.parameters.get("tasks", ())
    if not tasks:
        raise KeyError("the snapshot's parameters lack 'tasks'")
    weight = snapshot.setting("technology.verifiable_weight", 0.5)
    return max(
        (
            weight * float(task.get("verifiable", 0.0)) + (1.0 - weight) * float(task.get("system2", 0.0)),
            float(task["wage_usd"]),
        )
        for task in tasks
    )[1]


@metric(unit="share")
def human_hours_share(snapshot: Snapshot) -> float:
    """Share of users' working hours in classes of tasks that their tier does as a person does.

    sum U_k h_k / sum U_k over all tiers on offer: U = tiers.users, h = tiers.human_hours_share (hours
    of a task times its share of tasks, in classes with capability >= technology.human_level_oom).
    """
    if "human_hours_share" not in snapshot.tables.get("tiers", {}):
        return float("nan")
    return weighted_mean(snapshot.floats("tiers", "human_hours_share"), snapshot.floats("tiers", "users"))


@metric(unit="steps")
def human_level_window_steps(snapshot: Snapshot) -> float:
    """Steps so far in which work at human level was on offer, but dearer than people [C9].

    Number of steps with human_level_cost_ratio > 1, this one included. NaN before human level.
    """
    seen = np.append(snapshot.past("human_level_cost_ratio"), human_level_cost_ratio(snapshot))
    known = seen[np.isfinite(seen)]
    return float((known > 1.0).sum()) if known.size else float("nan")


@metric(unit="ratio")
def human_level_first_cost_ratio(snapshot: Snapshot) -> float:
    """Cost of the cheapest work at human level over the wage, when it was first on offer [C7, C8].

    human_level_cost_ratio at human_level_step; NaN before.
    """
    seen = np.append(snapshot.past("human_level_cost_ratio"), human_level_cost_ratio(snapshot))
    known = seen[np.isfinite(seen)]
    return float(known[0]) if known.size else float("nan")


@metric(unit="share")
def human_level_tasks(snapshot: Snapshot) -> float:
    """Share of working hours in classes that the best tier on offer does as a person does.

    max_k tiers.human_hours_share: by the mix of hours of the tier's channel, whoever uses it.
    """
    if "human_hours_share" not in snapshot.tables.get("tiers", {}):
        return float("nan")
    return top(snapshot.floats("tiers", "human_hours_share"))
