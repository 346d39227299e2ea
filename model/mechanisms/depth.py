"""Routing of inference depth over the tasks inside one tier.

A tier sells a mean depth; the lab spends it where users gain most (maths may get 1 000 passes, chat
one). Pure arithmetic on arrays: it does not know what the tier costs or who buys it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

LN10 = float(np.log(10.0))
NEWTON_STEPS = 100  # at most, towards the shadow price of depth


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
        # Leftmost-possible root: there one task alone already uses the whole cap. From here Newton
        # on ln(mean depth), which is convex and falling in ln(lambda), never overshoots.
        start = value - np.log(target / weight) / np.where(active, power, 1.0)
    price = np.max(np.where(active, start, -np.inf), axis=1, keepdims=True)
    price = np.where(usable, price, 0.0)
    floor, goal = np.log(minimum), np.log(target)
    for _ in range(NEWTON_STEPS):
        log_depth = np.minimum(np.maximum(power * (value - price), floor), 700.0)
        used = weight * np.exp(log_depth)
        mean = used.sum(axis=1, keepdims=True)
        fall = np.where(log_depth > floor, used * power, 0.0).sum(axis=1, keepdims=True) / mean
        gap = np.log(mean) - goal
        step = np.where(fall > 0.0, gap / np.where(fall > 0.0, fall, 1.0), 0.0)
        price = price + step
        if np.all(np.abs(step) <= 1e-12 * (1.0 + np.abs(price))):
            break
    above = np.exp(log_depth) - minimum
    total = (weight * above).sum(axis=1, keepdims=True)
    room = np.maximum(target - minimum, 0.0)
    # the last rounding error is shared out in proportion, so that the mean is the cap itself
    exact = minimum + above * room / np.where(total > 0.0, total, 1.0)
    return np.where(usable, exact, minimum)
