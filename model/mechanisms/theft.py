"""What stolen weights are worth, in three forms, what using them costs, and how theft meets security.

Claims C11-C12 and C54: the cost that a thief avoids falls with progress; at scale his inference bill
dwarfs it; for few tasks it does not.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from model.mechanisms.scaling import wall_function

Floats = NDArray[np.float64]


def inverse_wall(level_oom: ArrayLike, wall_oom: float, wall_slope: float) -> Floats:
    """log10 FLOP whose effect Psi is `level_oom`; inf above a wall that lets nothing through."""
    level = np.asarray(level_oom, dtype=np.float64)
    over = level - wall_oom
    with np.errstate(divide="ignore", invalid="ignore"):
        beyond = wall_oom + np.where(over > 0.0, over / wall_slope, 0.0)
    return np.where(over > 0.0, beyond, level)


def replacement_value(
    training_flop: ArrayLike,
    usd_per_flop: ArrayLike,
    algorithms_gain_oom: ArrayLike = 0.0,
    *,
    wall_oom: float = np.inf,
    wall_slope: float = 1.0,
) -> Floats:
    """Cost of training as capable a model today, USD: C' r with Psi(C') + A_now = Psi(C) + A_then.

    training_flop C (FLOP), usd_per_flop r (training), algorithms_gain_oom A_now - A_then (OOM). Without
    a wall C r 10^-gain: it falls with algorithms and with the price of compute, about fourfold a year
    [P7.12]. Behind a wall the gain buys back 1 / wall_slope as many OOM of compute. The final run
    alone; rounds of distillation are left out.
    """
    flop = np.asarray(training_flop, dtype=np.float64)
    level = wall_function(np.log10(flop), wall_oom, wall_slope) - np.asarray(algorithms_gain_oom)
    needed = np.minimum(inverse_wall(level, wall_oom, wall_slope), np.log10(flop))
    return np.asarray(10.0**needed * np.asarray(usd_per_flop))


def self_use_value(
    tasks_year: ArrayLike, usd_per_task: ArrayLike, own_cost_per_task: ArrayLike, years: float = 1.0
) -> Floats:
    """What a thief with tasks of his own saves against buying, USD: Q (p - c) over the life, >= 0.

    He runs the model himself only if that is cheaper than its price.
    """
    margin = np.maximum(np.asarray(usd_per_task) - np.asarray(own_cost_per_task), 0.0)
    return np.asarray(np.asarray(tasks_year) * margin * years)


def inference_share(bill_usd: ArrayLike, replacement_usd: ArrayLike) -> Floats:
    """Share of a thief's total cost of ownership that is his inference bill: B / (B + R).

    R = what the weights would have cost him. NaN where both are zero.
    """
    bill, saved = np.asarray(bill_usd, dtype=np.float64), np.asarray(replacement_usd, dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(bill / (bill + saved))


def inference_bill(
    tasks: ArrayLike, flop_per_task: ArrayLike, depth: ArrayLike, usd_per_flop: float
) -> Floats:
    """Cost of doing so many tasks at a depth, USD: V phi I r."""
    return np.asarray(np.asarray(tasks) * np.asarray(flop_per_task) * np.asarray(depth) * usd_per_flop)


def theft_hazard(
    value_usd: ArrayLike,
    security_usd_year: ArrayLike,
    *,
    attempts_year: float,
    attack_cost_usd: float,
    attack_ratio: float,
) -> Floats:
    """Thefts a year: attempts x P(cost < value) = a V / (V + K0 + k s).

    Thieves come at rate a; the cost of each is log-logistic (shape one) with median K = K0 + k s, what
    security s (USD a year) makes an attack cost. Rises in the value V, falls in s, at most a.
    """
    value = np.maximum(np.asarray(value_usd, dtype=np.float64), 0.0)
    median = attack_cost_usd + attack_ratio * np.asarray(security_usd_year, dtype=np.float64)
    return np.asarray(attempts_year * value / (value + median))


def best_security(
    value_usd: float,
    loss_usd: float,
    *,
    attempts_year: float,
    attack_cost_usd: float,
    attack_ratio: float,
) -> float:
    """Spending a year that minimises s + loss x hazard(s), USD: (sqrt(L a V k) - V - K0) / k, >= 0.

    The continuous counterpart of a lab's choice among levels, for tests and for theory.
    """
    if attack_ratio == 0.0:
        return 0.0
    root = np.sqrt(loss_usd * attempts_year * value_usd * attack_ratio)
    return float(max(0.0, (root - value_usd - attack_cost_usd) / attack_ratio))
