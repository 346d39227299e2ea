"""One lab's climb to its best prices, case by case in compiled loops over users and tiers.

The same equations as `response.own_gradient_hessian` (a test holds one against the other): there for
many cases at once, here without arrays between the steps, which pays because a lab has few tiers.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.mechanisms.compiled import compiled

Array = NDArray[np.float64]
LOWEST = float(np.finfo(np.float64).min)  # in the place of -inf where a difference is taken


@compiled
def climb_cases(
    value: Array,
    cost: Array,
    rivals: Array,
    weight: Array,
    slope: Array,
    income: Array,
    mu: float,
    mu_w: float,
    start: Array,
    floor: float,
    iterations: int,
    tolerance: float,
    unit: float,
) -> tuple[Array, Array]:
    """Prices (B, K) and profits (B,) at the top; arrays as in `response.Situation`, income (0,) if linear.

    A step counts only if profit rises, else a quarter of it is tried. The last step is taken unseen: it
    is shorter than `tolerance` units of money, or a Newton step shorter than the root of that, which
    leaves an error of its square; what it gains is half of slope times step.
    """
    cases, tiers = start.shape
    prices, profits = start.copy(), np.full(cases, -np.inf)
    gradient = np.empty(tiers)
    hessian, metric = np.empty((tiers, tiers)), np.empty((tiers, tiers))
    trial, step = np.empty(tiers), np.empty(tiers)
    for b in range(cases):
        step[:] = 0.0
        mine = rivals[b if rivals.shape[0] > 1 else 0]
        for _ in range(iterations):
            for k in range(tiers):
                trial[k] = max(prices[b, k] + step[k], floor)
            found = slopes(
                value[b], cost[b], mine, weight, slope, income, mu, mu_w, trial, gradient, hessian, metric
            )
            rose = found >= profits[b] - 1e-14 * abs(profits[b])
            enough = 0.0
            if rose:
                prices[b], profits[b] = trial, found
                newton = direction(gradient, hessian, metric, trial, floor, step)
                enough = np.sqrt(tolerance) if newton else tolerance
            else:
                step *= 0.25
            size = np.abs(step).max()
            if rose and size <= enough * unit:
                for k in range(tiers):
                    prices[b, k] = max(prices[b, k] + step[k], floor)
                    profits[b] += 0.5 * gradient[k] * step[k]
                break
            if not size > 1e-13 * unit:
                break
    return prices, profits


@compiled
def slopes(
    value: Array,
    cost: Array,
    rivals: Array,
    weight: Array,
    slope: Array,
    income: Array,
    mu: float,
    mu_w: float,
    prices: Array,
    gradient: Array,
    hessian: Array,
    metric: Array,
) -> float:
    """Profit of one case at prices (K,); writes its gradient (K,), Hessian and metric (K, K)."""
    tiers, users = value.shape
    gap = 1.0 / mu_w - 1.0 / mu
    logs, own_costs = income.size > 0, cost.shape[1] > 1
    tier, a = np.empty(tiers), np.empty(tiers)
    tilt, root, half = np.empty(tiers), np.empty(tiers), np.empty(tiers)
    margin, felt, bent = np.empty(tiers), np.zeros(tiers), np.zeros(tiers)
    gradient[:] = 0.0
    hessian[:] = 0.0
    metric[:] = 0.0
    profit = 0.0
    for i in range(users):
        best = LOWEST
        for k in range(tiers):
            a[k] = slope[i]
            drop = -slope[i] * prices[k]
            if logs:
                left = income[i] - prices[k]
                a[k] = slope[i] / left if left > 0.0 else 0.0
                drop = slope[i] * np.log(max(1.0 - prices[k] / income[i], 0.0))
            tier[k] = value[k, i] + drop
            best = max(best, tier[k])
            margin[k] = prices[k] - cost[k, i if own_costs else 0]
        total = 0.0
        for k in range(tiers):
            tier[k] = np.exp((tier[k] - best) / mu_w)
            total += tier[k]
        inclusive = max(best + mu_w * np.log(total), LOWEST) if total > 0.0 else LOWEST
        odds = np.exp(min(max(rivals[i] - inclusive / mu, -745.0), 700.0))
        inside = 1.0 / (1.0 + odds)
        outside, mass = odds * inside, inside * weight[i]
        mean = 0.0
        for k in range(tiers):
            tier[k] /= max(total, 1e-300)
            mean += tier[k] * margin[k]
        profit += mass * mean
        pressure = outside * mean / mu
        bend, lift = mass * (1.0 / mu_w - outside / mu), 0.5 * gap * pressure * mass
        for k in range(tiers):
            h = 1.0 - a[k] * ((margin[k] - mean) / mu_w + pressure)
            tilt[k] = tier[k] * a[k]
            lean = tilt[k] * mass
            felt[k] += lean
            bent[k] += lean * h / mu_w
            if logs:  # the slope itself rises with the price
                bent[k] += lean * (1.0 - h) / max(slope[i], 1e-300)
            root[k] = tier[k] * np.sqrt(a[k])
            gradient[k] += tier[k] * h * mass
            half[k] = tier[k] * h * bend + tilt[k] * lift
        for k in range(tiers):
            for j in range(k + 1):
                hessian[k, j] += half[k] * tilt[j] + half[j] * tilt[k]
                metric[k, j] -= gap * mass * root[k] * root[j]
    for k in range(tiers):
        for j in range(k):
            hessian[j, k], metric[j, k] = hessian[k, j], metric[k, j]
        metric[k, k] += felt[k] / mu_w
        hessian[k, k] -= bent[k] + felt[k] / mu_w
    return profit


@compiled
def direction(
    gradient: Array, hessian: Array, metric: Array, prices: Array, floor: float, step: Array
) -> bool:
    """Write the step uphill (K,): Newton's where profit is concave (True), else the markup map's.

    Both matrices are scaled by the metric's diagonal, so that a tier with a tiny share counts like any
    other; a price at the floor that wants to fall, or that nobody feels, stands still.
    """
    tiers = gradient.size
    scale = np.zeros(tiers)
    for k in range(tiers):
        if metric[k, k] > 1e-290 and not (prices[k] <= floor and gradient[k] <= 0.0):
            scale[k] = 1.0 / np.sqrt(metric[k, k])
    matrix = np.empty((tiers, tiers))
    for newton in (True, False):
        for k in range(tiers):
            for j in range(tiers):
                entry = -hessian[k, j] if newton else metric[k, j]
                matrix[k, j] = entry * scale[k] * scale[j]
            if scale[k] == 0.0:
                matrix[k, k] = 1.0
            elif not newton:
                matrix[k, k] += 1e-12
        if solve(matrix, gradient * scale, step, 1e-9 if newton else 0.0):
            step *= scale
            return newton
    step[:] = 0.0
    return False


@compiled
def solve(matrix: Array, right: Array, found: Array, least: float) -> Any:
    """Write the solution (K,) by Cholesky, in place of `matrix`; False if a pivot is not above `least`."""
    size = right.size
    for k in range(size):
        for j in range(k + 1):
            rest = matrix[k, j]
            for m in range(j):
                rest -= matrix[k, m] * matrix[j, m]
            if j < k:
                matrix[k, j] = rest / matrix[j, j]
            elif rest > least:
                matrix[k, k] = np.sqrt(rest)
            else:
                return False
    for k in range(size):
        rest = right[k]
        for m in range(k):
            rest -= matrix[k, m] * found[m]
        found[k] = rest / matrix[k, k]
    for back in range(size):
        k = size - 1 - back
        rest = found[k]
        for m in range(k + 1, size):
            rest -= matrix[m, k] * found[m]
        found[k] = rest / matrix[k, k]
    return True
