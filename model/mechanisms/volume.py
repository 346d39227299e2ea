"""How much users use: more as running a task gets cheaper (the rebound of usage)."""

from __future__ import annotations

import math


def volume_now(volume: float, unit_cost: float, first_cost: float, elasticity: float, pace: float) -> float:
    """Tasks per user against the start, after one step: ln v += pace (-epsilon ln(c / c0) - ln v).

    unit_cost, first_cost: price of the compute of a standard task now and at the start, one money per
    task; elasticity: epsilon >= 0 of the long run; pace in [0, 1]: the share of users who revise their
    habits in a step. Source: P5.5b (token volumes against prices at fixed capability).
    """
    if elasticity == 0.0 or first_cost <= 0.0 or unit_cost <= 0.0:
        return volume
    wanted = -elasticity * math.log(unit_cost / first_cost)
    return math.exp(math.log(volume) + pace * (wanted - math.log(volume)))
