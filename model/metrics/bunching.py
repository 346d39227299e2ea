"""Runs that stop short of a line: a duty that begins there makes it worth while to stay below."""

from __future__ import annotations

import numpy as np

from model.metrics import Snapshot, metric
from model.metrics.measures import ratio

NEAR = 0.1  # orders of magnitude from the line


@metric(unit="share")
def runs_just_below_line(snapshot: Snapshot) -> float:
    """Share of the runs near the line of a training threshold that end just below it.

    B / (B + A) over models of the last year, trained by their makers from scratch: B those with
    line - 0.1 <= log10 training_flop < line, A those with line <= log10 training_flop <= line + 0.1; line =
    the lowest regulators.threshold of a training-threshold. One half is what sizes that do not heed the
    line would give. NaN without such a rule or such a run.
    """
    rules = snapshot.texts("regulators", "rule") == "training-threshold"
    if not rules.any():
        return float("nan")
    line = float(snapshot.floats("regulators", "threshold")[rules].min())
    made, year = snapshot.ids("models", "step"), 1.0 / snapshot.setting("horizon.step_years")
    own = (snapshot.ids("models", "built_on") < 0) & (snapshot.ids("models", "checkpoint_of") < 0)
    new = own & (made > max(0, snapshot.step - year)) & (made <= snapshot.step)
    beyond = np.log10(snapshot.floats("models", "training_flop")[new]) - line
    below, above = (beyond >= -NEAR) & (beyond < 0.0), (beyond >= 0.0) & (beyond <= NEAR)
    return ratio(float(below.sum()), float(below.sum() + above.sum()))
