"""What a tier is: depth routed over tasks, the capability and value it gives, the compute it takes.

Shapes: B tiers, M task classes. No prices here and no users: only what a cap on depth, on a model of
given base capability, amounts to.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from model.mechanisms.compiled import plain
from model.mechanisms.depth import profile_rows
from model.mechanisms.tasks import Link, task_value, task_value_slope

Floats = NDArray[np.float64]


class TaskTable(NamedTuple):
    """Task classes as arrays of shape (M,), and how capability becomes value in them."""

    usage: Floats
    exponent: Floats
    span: Floats
    heights: Floats
    difficulty: Floats
    slope: Floats
    link: Link
    beta: float
    reference: float
    minimum_depth: float
    tilt: Floats | float = 0.0  # what a task gets of an OOM distilled, above the mean over tasks

    def value(self, level: Floats) -> Floats:
        """V_m(G), utils, (..., M)."""
        return task_value(
            level,
            link=self.link,
            heights=self.heights,
            difficulty=self.difficulty,
            slope=self.slope,
            beta=self.beta,
            reference=self.reference,
        )

    def marginal(self, level: Floats) -> Floats:
        """dV_m/dG, utils per OOM, (..., M)."""
        return task_value_slope(
            level,
            link=self.link,
            heights=self.heights,
            difficulty=self.difficulty,
            slope=self.slope,
            beta=self.beta,
            reference=self.reference,
        )


class Profile(NamedTuple):
    """What tiers give: all (B, M) but the last three, (B,)."""

    depth: Floats
    capability: Floats
    value: Floats
    mean_depth: Floats
    mean_capability: Floats
    mean_marginal: Floats


def profile(base_oom: Floats, cap: Floats, tasks: TaskTable, distilled_oom: Floats | None = None) -> Profile:
    """Route depth over tasks and read off capability (OOM), value (utils) and mean depth.

    base_oom (B,): mean capability at depth one; cap (B,): most usage-weighted mean depth; distilled_oom
    (B,): the part of base_oom that was distilled, of which tasks get unlike parts. A task's weight in the
    routing is its mean value per OOM between depth one and the cap, so that a task that is out
    of reach without depth but within reach with it gets some.
    """
    base = np.asarray(base_oom, dtype=np.float64)
    distilled = np.zeros(base.size) if distilled_oom is None else np.asarray(distilled_oom, dtype=np.float64)
    tilt = np.broadcast_to(np.asarray(tasks.tilt, dtype=np.float64), tasks.usage.shape)
    tiers = plain(base, distilled, np.asarray(cap, dtype=np.float64), np.atleast_2d(tasks.span))
    classes = plain(tilt, tasks.usage, tasks.exponent, tasks.heights, tasks.difficulty, tasks.slope)
    link = (tasks.link == "linear", tasks.beta, tasks.reference, tasks.minimum_depth)
    given: tuple[Any, ...] = (*tiers, *classes, *link)
    return Profile(*profile_rows(*given))
