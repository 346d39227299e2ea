"""Theft: what weights are worth to thieves in three forms, their bill, and how often it happens."""

from __future__ import annotations

import numpy as np

from model.mechanisms.theft import inference_share, replacement_value, self_use_value
from model.metrics import Snapshot, metric
from model.metrics.measures import look_up
from model.metrics.views import frontier_lab, frontier_tier

LIFE_YEARS = 1.0  # of a model, as in P22 and P24


@metric(unit="USD")
def theft_value_replacement_usd(snapshot: Snapshot) -> float:
    """What it would cost today to train a model as capable as the best on sale: what a thief avoids.

    C' r with Psi(C') = Psi(C) - (A_now - A_then) [C11]: C = models.training_flop and A_then =
    models.algorithms_oom of the model behind the most capable tier, A_now = labs.algorithms_oom of its
    seller, r = rental_usd_per_flop, Psi the data wall. Falls with algorithms and with compute. Zero if
    the weights are public or leaked, or were made from public ones.
    """
    model, lab = snapshot.view(_frontier_model), snapshot.view(frontier_lab)
    if model < 0 or lab < 0:
        return float("nan")
    if snapshot.view(_free):
        return 0.0
    now = float(snapshot.floats("labs", "algorithms_oom")[lab])
    then = float(snapshot.floats("models", "algorithms_oom")[model])
    return float(
        replacement_value(
            float(snapshot.floats("models", "training_flop")[model]),
            snapshot.setting("rental_usd_per_flop"),
            max(0.0, now - then),
            wall_oom=snapshot.setting("technology.wall_oom"),
            wall_slope=snapshot.setting("technology.wall_slope"),
        )
    )


@metric(unit="USD/year")
def theft_value_use_usd(snapshot: Snapshot) -> float:
    """What a thief with a large use of his own saves a year against buying at the best tier.

    Q (p - c (1 + h)), at least 0: Q = security.high_tasks_year; p = price_usd / tasks and c = cost_usd /
    tasks of the most capable tier, h = security.thief_overhead. Zero if the weights are free.
    """
    return _use(snapshot, "security.high_tasks_year")


@metric(unit="USD/year")
def theft_value_use_low_usd(snapshot: Snapshot) -> float:
    """The same for a thief with very few tasks [C54].

    Q (p - c (1 + h)) as in theft_value_use_usd, with Q = security.low_tasks_year.
    """
    return _use(snapshot, "security.low_tasks_year")


@metric(unit="USD")
def theft_value_entry_usd(snapshot: Snapshot) -> float:
    """What one lab more would earn with the frontier lab's secret model, its inference paid.

    labs.weights_entry_usd of the lab that sells the most capable tier: expected profit over the model's
    life at best-response prices, as market research had it at the lab's last review of security.
    """
    lab = snapshot.view(frontier_lab)
    return float(snapshot.floats("labs", "weights_entry_usd")[lab]) if lab >= 0 else float("nan")


@metric(unit="share")
def thief_inference_share(snapshot: Snapshot) -> float:
    """Share of inference in the cost of owning and using stolen weights at the leading lab's scale [C12].

    B / (B + R): B = labs.inference_flop of the frontier lab for a year x technology.inference_price_ratio
    x rental_usd_per_flop x (1 + security.thief_overhead), R = theft_value_replacement_usd.
    """
    lab = snapshot.view(frontier_lab)
    if lab < 0:
        return float("nan")
    price = snapshot.setting("rental_usd_per_flop") * snapshot.setting("technology.inference_price_ratio")
    steps = LIFE_YEARS / snapshot.setting("horizon.step_years")
    bill = float(snapshot.floats("labs", "inference_flop")[lab]) * steps * price
    bill *= 1.0 + snapshot.setting("security.thief_overhead")
    return float(inference_share(bill, theft_value_replacement_usd(snapshot)))


@metric(unit="thefts")
def thefts_total(snapshot: Snapshot) -> float:
    """Models stolen so far.

    Number of rows of models with stolen_step from 0 to this step.
    """
    return _so_far(snapshot, "stolen_step")


@metric(unit="leaks")
def leaks_total(snapshot: Snapshot) -> float:
    """Models that illicit hosts came to sell so far.

    Number of rows of models with leaked_step from 0 to this step.
    """
    return _so_far(snapshot, "leaked_step")


@metric(unit="USD/step")
def security_spend_usd(snapshot: Snapshot) -> float:
    """Spending of all labs on the security of their weights.

    sum over labs of security_usd.
    """
    return float(snapshot.floats("labs", "security_usd").sum())


def _frontier_model(snapshot: Snapshot) -> int:
    """Row of the models table behind the most capable tier that a lab sells; -1 if there is none."""
    tier = snapshot.view(frontier_tier)
    behind = snapshot.ids("tiers", "model")[tier : tier + 1] if tier >= 0 else np.array([-1])
    return int(look_up(snapshot.ids("models", "model"), behind)[0])


def _free(snapshot: Snapshot) -> bool:
    """Whether the weights behind the most capable tier can be had for nothing."""
    model = snapshot.view(_frontier_model)
    return bool(
        snapshot.flags("models", "open_weights")[model]
        or snapshot.flags("models", "leaked")[model]
        or snapshot.ids("models", "built_on")[model] >= 0
    )


def _use(snapshot: Snapshot, tasks: str) -> float:
    """Q (p - c (1 + h)) a year at the most capable tier, USD."""
    tier = snapshot.view(frontier_tier)
    if tier < 0 or snapshot.view(_frontier_model) < 0:
        return float("nan")
    if snapshot.view(_free):
        return 0.0
    per_step = float(snapshot.floats("tiers", "tasks")[tier])
    price = float(snapshot.floats("tiers", "price_usd")[tier]) / per_step
    cost = float(snapshot.floats("tiers", "cost_usd")[tier]) / per_step
    cost *= 1.0 + snapshot.setting("security.thief_overhead")
    return float(self_use_value(snapshot.setting(tasks), price, cost))


def _so_far(snapshot: Snapshot, column: str) -> float:
    when = snapshot.ids("models", column)
    return float(np.sum((when >= 0) & (when <= snapshot.step)))
