"""Elicitation: what tests at release missed, and who finds methods that get more out of models."""

from __future__ import annotations

import numpy as np

from model.metrics import Snapshot, metric
from model.metrics.measures import ratio, top, weighted_mean
from model.metrics.snapshot import Floats

WINDOW_YEARS = 1.0  # models released within a year of each other are judged together


@metric(unit="OOM")
def evaluation_gap_oom(snapshot: Snapshot) -> float:
    """Dangerous capability got out of models after release, beyond what the test had found [S5].

    mean of models.reached_oom - models.evaluated_oom over models released at least T = misuse.gap_years
    and less than T + 1 year ago. Below zero: the test had gone deeper than anybody did.
    """
    if "evaluated_oom" not in snapshot.tables.get("models", {}):
        return float("nan")
    dt = snapshot.setting("horizon.step_years", 0.25)
    out = snapshot.ids("models", "released_step")
    age = (snapshot.step - out) * dt
    due = snapshot.setting("misuse.gap_years", 1.0)
    judged = (out >= 0) & (age >= due - 1e-9) & (age < due + WINDOW_YEARS - 1e-9)
    gap = snapshot.floats("models", "reached_oom") - snapshot.floats("models", "evaluated_oom")
    return weighted_mean(gap[judged], np.ones(int(judged.sum())))


@metric(unit="OOM")
def elicitation_public_oom(snapshot: Snapshot) -> float:
    """Span of depth that methods found since the start add to weights that are out [C28].

    elicitation.public_span_oom.
    """
    return top(_rates(snapshot, "public_span_oom"))


@metric(unit="share")
def innovation_small_share(snapshot: Snapshot) -> float:
    """Share of methods of elicitation that small actors are expected to find [S7].

    (s_1 + s_2) / (s_1 + s_2 + l_1 + l_2): yearly rates of small actors and of labs for scaffolds and
    fine-tunes (columns of elicitation). Small actors' rates fall with the cost of the trials.
    """
    small = _rates(snapshot, "small_scaffolds_year") + _rates(snapshot, "small_tunes_year")
    labs = _rates(snapshot, "lab_scaffolds_year") + _rates(snapshot, "lab_tunes_year")
    return ratio(float(small.sum()), float(small.sum() + labs.sum()))


@metric(unit="share")
def innovation_small_advantage(snapshot: Snapshot) -> float:
    """By how much small actors' share of scaffolds exceeds their share of fine-tunes [S7].

    s_1/(s_1 + l_1) - s_2/(s_2 + l_2), rates as in innovation_small_share. It comes from what trials cost
    and from who holds weights, against who can call a model.
    """
    shares = []
    for kind in ("scaffolds", "tunes"):
        small = float(_rates(snapshot, f"small_{kind}_year").sum())
        shares.append(ratio(small, small + float(_rates(snapshot, f"lab_{kind}_year").sum())))
    return shares[0] - shares[1]


def _rates(snapshot: Snapshot, name: str) -> Floats:
    return snapshot.floats("elicitation", name)
