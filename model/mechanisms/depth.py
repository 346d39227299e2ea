"""Routing of inference depth over the tasks inside one tier.

A tier sells a mean depth; the lab spends it where users gain most (maths may get 1 000 passes, chat
one). Pure arithmetic on arrays: it does not know what the tier costs or who buys it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from model.mechanisms.compiled import compiled, plain

Floats = NDArray[np.float64]

LN10 = float(np.log(10.0))
NEWTON_STEPS = 100  # at most, towards the shadow price of depth
STEP_ENOUGH = 1e-8  # of ln(lambda): the error that a Newton step leaves is its square


def route_depth(
    slope: ArrayLike,
    usage: ArrayLike,
    cap: ArrayLike,
    eta: ArrayLike,
    span: ArrayLike,
    *,
    minimum: float = 1.0,
) -> NDArray[np.float64]:
    """Depth of each task in each tier, (B, M), whose usage-weighted mean equals the tier's cap.

    Maximises sum_m w_m v_m eta_m sigma_m(log10 d_m) subject to sum_m w_m d_m <= cap, d_m >=
    minimum: v = `slope` (B, M) >= 0, value of one OOM of capability; w = `usage` (M,) or (B, M),
    normalised here; `cap` (B,); `eta` and `span` (M,), span X may be 0 or inf. With x = log10 d the
    condition is x_m = max(log10 minimum, [ln(v_m eta_m/ln 10) - ln lambda] / (1/X_m + ln 10))
    [model 3]. Where nothing gains by depth it stays at the minimum and the cap is not used.
    ValueError if a cap lies below the minimum.
    """
    weight = np.asarray(usage, dtype=np.float64)
    weight = weight / weight.sum(axis=-1, keepdims=True)
    spans = np.asarray(span, dtype=np.float64)
    gain = np.where(spans > 0.0, np.asarray(slope, dtype=np.float64) * np.asarray(eta), 0.0)
    target = np.broadcast_to(np.asarray(cap, dtype=np.float64), gain.shape[:1])[:, None]
    if minimum <= 0.0 or np.any(~(target >= minimum * (1.0 - 1e-9))) or np.any(np.isinf(target)):
        raise ValueError(f"cap {target.ravel()} must be finite and at least the minimum depth {minimum} > 0")
    active = (gain > 0.0) & (weight > 0.0)
    usable = active.any(axis=1, keepdims=True)
    if gain.shape[1] == 1:
        return np.where(usable, target, minimum)

    with np.errstate(divide="ignore"):
        value = np.log(gain / LN10)  # -inf where depth gains nothing
        # elasticity of depth in 1/lambda
        power = LN10 / (1.0 / np.where(spans > 0.0, spans, np.inf) + LN10)
    shape = gain.shape
    worth, power, weight, most = plain(
        value, np.broadcast_to(power, shape), np.broadcast_to(weight, shape), target[:, 0]
    )
    return route_rows(worth, power, weight, most, minimum)


@compiled
def route_rows(value: Floats, power: Floats, weight: Floats, cap: Floats, minimum: float) -> Floats:
    """Depths (B, M) for log worth `value`, elasticities `power` and usage `weight` (B, M), `cap` (B,).

    Newton on ln(mean depth), which is convex and falling in ln(lambda), from the left of the root, where
    one task alone already uses the whole cap: it never overshoots.
    """
    rows, tasks = value.shape
    found = np.full((rows, tasks), minimum)
    floor = np.log(minimum)
    for b in range(rows):
        goal, price = np.log(cap[b]), -np.inf
        for m in range(tasks):
            if value[b, m] > -np.inf and weight[b, m] > 0.0:
                price = max(price, value[b, m] - (goal - np.log(weight[b, m])) / power[b, m])
        if price == -np.inf:  # nothing gains by depth
            continue
        for _ in range(NEWTON_STEPS):
            mean, fall = 0.0, 0.0
            for m in range(tasks):
                log_depth = min(max(power[b, m] * (value[b, m] - price), floor), 700.0)
                used = weight[b, m] * np.exp(log_depth)
                mean += used
                if log_depth > floor:
                    fall += used * power[b, m]
            step = (np.log(mean) - goal) * mean / fall if fall > 0.0 else 0.0
            price += step
            if abs(step) <= STEP_ENOUGH * (1.0 + abs(price)):
                break
        total = 0.0
        for m in range(tasks):
            log_depth = min(max(power[b, m] * (value[b, m] - price), floor), 700.0)
            found[b, m] = np.exp(log_depth) - minimum
            total += weight[b, m] * found[b, m]
        # the last rounding error is shared out in proportion, so that the mean is the cap itself
        room = max(cap[b] - minimum, 0.0) / total if total > 0.0 else 0.0
        for m in range(tasks):
            found[b, m] = minimum + found[b, m] * room
    return found
