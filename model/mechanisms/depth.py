"""Routing of inference depth over the tasks inside one tier, and what comes of it.

A tier sells a mean depth; the lab spends it where users gain most (maths may get 1 000 passes, chat
one). Pure arithmetic on arrays: it does not know what the tier costs or who buys it. What is
compiled together stands in one file: machine code that is kept does not see changes in another.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from model.mechanisms.compiled import compiled, plain

Floats = NDArray[np.float64]

LN10 = float(np.log(10.0))
NEWTON_STEPS = 100  # at most, towards the shadow price of depth
SECANT_FLOOR_OOM = 0.05  # least depth over which the value of an OOM is averaged
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
    found = np.empty(value.shape)
    for b in range(len(value)):
        route_row(value[b], power[b], weight[b], cap[b], minimum, found[b])
    return found


@compiled
def route_row(
    value: Floats, power: Floats, weight: Floats, cap: float, minimum: float, found: Floats
) -> None:
    """Write the depths (M,) of one tier."""
    tasks = value.size
    found[:] = minimum
    floor, goal, price = np.log(minimum), np.log(cap), -np.inf
    for m in range(tasks):
        if value[m] > -np.inf and weight[m] > 0.0:
            price = max(price, value[m] - (goal - np.log(weight[m])) / power[m])
    if price == -np.inf:  # nothing gains by depth
        return
    for _ in range(NEWTON_STEPS):
        mean, fall = 0.0, 0.0
        for m in range(tasks):
            log_depth = min(max(power[m] * (value[m] - price), floor), 700.0)
            used = weight[m] * np.exp(log_depth)
            mean += used
            if log_depth > floor:
                fall += used * power[m]
        step = (np.log(mean) - goal) * mean / fall if fall > 0.0 else 0.0
        price += step
        if abs(step) <= STEP_ENOUGH * (1.0 + abs(price)):
            break
    total = 0.0
    for m in range(tasks):
        log_depth = min(max(power[m] * (value[m] - price), floor), 700.0)
        found[m] = np.exp(log_depth) - minimum
        total += weight[m] * found[m]
    # the last rounding error is shared out in proportion, so that the mean is the cap itself
    room = max(cap - minimum, 0.0) / total if total > 0.0 else 0.0
    for m in range(tasks):
        found[m] = minimum + found[m] * room


@compiled
def profile_rows(
    base: Floats,
    distilled: Floats,
    cap: Floats,
    span: Floats,
    tilt: Floats,
    usage: Floats,
    exponent: Floats,
    heights: Floats,
    difficulty: Floats,
    steep: Floats,
    linear: bool,
    beta: float,
    reference: float,
    minimum: float,
) -> tuple[Floats, Floats, Floats, Floats, Floats, Floats]:
    """Depth, capability and value (B, M); means over use of depth, capability and marginal value (B,).

    Equations of `scaling` and `tasks` in one pass; base, distilled, cap (B,), span (B or 1, M), the rest of
    the arrays (M,).
    """
    tiers, tasks = base.size, usage.size
    depth, level = np.empty((tiers, tasks)), np.empty((tiers, tasks))
    value, start, gain, power = np.empty((tiers, tasks)), np.empty(tasks), np.empty(tasks), np.empty(tasks)
    mean_depth, mean_level, mean_marginal = np.zeros(tiers), np.zeros(tiers), np.zeros(tiers)
    weight = usage / usage.sum()
    for b in range(tiers):
        own = span[b if span.shape[0] > 1 else 0]
        most = max(cap[b], minimum)
        # A hair of depth at least, so that the secant of a cap of one is the tangent.
        reach = max(np.log10(max(most, 1.0)), SECANT_FLOOR_OOM)
        for m in range(tasks):
            start[m] = base[b] + distilled[b] * tilt[m]
            lift = exponent[m] * usable(reach, own[m])
            gain[m] = -np.inf
            power[m] = LN10 / (1.0 / own[m] + LN10) if own[m] > 0.0 else LN10
            if lift > 0.0:
                about = (linear, heights[m], difficulty[m], steep[m], beta, reference)
                added = worth(start[m] + lift, *about) - worth(start[m], *about)
                if added > 0.0:
                    gain[m] = np.log(added / lift * exponent[m] / LN10)
        route_row(gain, power, weight, most, minimum, depth[b])
        for m in range(tasks):
            level[b, m] = start[m] + exponent[m] * usable(np.log10(depth[b, m]), own[m])
            value[b, m] = worth(level[b, m], linear, heights[m], difficulty[m], steep[m], beta, reference)
            share = value[b, m] / heights[m] if heights[m] > 0.0 else 0.0
            marginal = beta if linear else steep[m] * value[b, m] * (1.0 - share)
            mean_depth[b] += depth[b, m] * usage[m]
            mean_level[b] += level[b, m] * usage[m]
            mean_marginal[b] += marginal * usage[m]
    return depth, level, value, mean_depth, mean_level, mean_marginal


@compiled
def usable(log10_depth: float, span: float) -> float:
    """`scaling.saturating_depth` of two numbers."""
    if span == np.inf:
        return log10_depth
    return float(-span * np.expm1(-log10_depth / span)) if span > 0.0 else 0.0


@compiled
def worth(
    level: float, linear: bool, height: float, difficulty: float, steep: float, beta: float, reference: float
) -> float:
    """`tasks.task_value` of one number."""
    if linear:
        return beta * (level - reference)
    return float(height / (1.0 + np.exp(-steep * (level - difficulty))))
