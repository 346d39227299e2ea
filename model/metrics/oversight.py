"""What the rule covers and what the regulator has seen, among what is dangerous on sale.

Coverage and visibility are two things: a covered lab may hide, an uncovered one be noticed. Both
are NaN while nothing dangerous is on sale (weighted by users or FLOP: while nobody uses it).
"""

from __future__ import annotations

import numpy as np

from model.metrics import Snapshot, metric
from model.metrics.measures import ratio, weighted_mean
from model.metrics.snapshot import Floats
from model.metrics.views import dangerous, lab_of_tier


def _of_tiers(snapshot: Snapshot, flag: str) -> Floats:
    """A flag of the labs table (0 or 1) for each dangerous tier; 0 if the lab has left."""
    value = np.append(snapshot.flags("labs", flag), False).astype(np.float64)
    return value[snapshot.view(lab_of_tier)[snapshot.view(dangerous)]]


def _weighted(snapshot: Snapshot, flag: str, weight: str) -> float:
    use = snapshot.view(dangerous)
    return weighted_mean(_of_tiers(snapshot, flag), snapshot.floats("tiers", weight)[use])


def _by_lab(snapshot: Snapshot, flag: str) -> float:
    """Share of distinct labs with a dangerous tier that carry the flag."""
    labs = snapshot.ids("tiers", "lab")[snapshot.view(dangerous)]
    flagged = _of_tiers(snapshot, flag) > 0.0
    return ratio(float(np.unique(labs[flagged]).size), float(np.unique(labs).size))


@metric(unit="share")
def coverage_flop(snapshot: Snapshot) -> float:
    """Share of dangerous inference compute that the rule covers.

    sum F_k [lab covered] / sum F_k over dangerous tiers k, self-hosted ones too
    (danger_capability_oom >= oversight.danger_oom): F = tiers.inference_flop, labs.covered.
    """
    return _weighted(snapshot, "covered", "inference_flop")


@metric(unit="share")
def coverage_users(snapshot: Snapshot) -> float:
    """Share of the users of dangerous tiers whom the rule covers.

    sum U_k [lab covered] / sum U_k over dangerous tiers k: U = tiers.users, labs.covered.
    """
    return _weighted(snapshot, "covered", "users")


@metric(unit="share")
def coverage_models(snapshot: Snapshot) -> float:
    """Share of dangerous labs that the rule covers.

    Distinct labs with a dangerous tier that are covered, over distinct labs with a dangerous tier
    (not by tier: a lab's tiers share its model).
    """
    return _by_lab(snapshot, "covered")


@metric(unit="share")
def visibility_flop(snapshot: Snapshot) -> float:
    """Share of dangerous inference compute that the regulator has seen.

    sum max(F_k [lab observed], L_k) / sum F_k over dangerous tiers k: seen by report, audit or sight of
    the lab (labs.observed), or in the logs of its customers (L = tiers.logged_flop).
    """
    use = snapshot.view(dangerous)
    total = snapshot.floats("tiers", "inference_flop")[use]
    logged = snapshot.floats("tiers", "logged_flop")[use]
    share = np.divide(logged, total, out=np.zeros_like(total), where=total > 0)
    return weighted_mean(np.maximum(_of_tiers(snapshot, "observed"), share), total)


@metric(unit="share")
def visibility_users(snapshot: Snapshot) -> float:
    """Share of the users of dangerous tiers whose lab the regulator has seen.

    As coverage_users, with labs.observed.
    """
    return _weighted(snapshot, "observed", "users")


@metric(unit="share")
def visibility_models(snapshot: Snapshot) -> float:
    """Share of dangerous labs that the regulator has seen.

    As coverage_models, with labs.observed.
    """
    return _by_lab(snapshot, "observed")


@metric(unit="share")
def rule_overreach(snapshot: Snapshot) -> float:
    """Share of covered labs that sell nothing dangerous.

    Labs with labs.covered and no dangerous tier, over labs with labs.covered. NaN if none is.
    """
    labs = snapshot.ids("labs", "lab")[snapshot.flags("labs", "covered")]
    feared = np.isin(labs, snapshot.ids("tiers", "lab")[snapshot.view(dangerous)])
    return ratio(float(np.sum(~feared)), float(labs.size))


@metric(unit="steps")
def reaction_lag_steps(snapshot: Snapshot) -> float:
    """Steps from the first dangerous tier on sale to the first that is covered.

    t_c - t_d: t_d the first step with coverage_models defined, t_c the first with it above zero
    (history and this step). NaN until both are known, then constant; a run that ends with NaN after
    danger appeared is censored, not zero.
    """
    covered = np.append(snapshot.past("coverage_models"), coverage_models(snapshot))
    first_danger = np.flatnonzero(np.isfinite(covered))
    first_covered = np.flatnonzero(covered > 0.0)
    if first_covered.size == 0:
        return float("nan")
    return float(first_covered[0] - first_danger[0])


@metric(unit="OOM")
def believed_gap_oom(snapshot: Snapshot) -> float:
    """How much more capable the regulator believes the best model on sale to be than it is.

    Mean over regulators' rows of believed_capability_oom - true_capability_oom; below zero it
    underrates. NaN without a regulator.
    """
    believed = snapshot.floats("regulators", "believed_capability_oom")
    gap = believed - snapshot.floats("regulators", "true_capability_oom")
    return weighted_mean(gap, np.ones_like(gap))
