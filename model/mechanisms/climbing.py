"""One lab's climb to its best prices, case by case in compiled loops over users and tiers.

The same equations as `response.own_gradient_hessian` (a test holds one against the other): there for
many cases at once, here without arrays between the steps, which pays because a lab has few tiers.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from model.mechanisms.compiled import compiled

Array = NDArray[np.float64]
BLOCK = 256  # users at a time: what is held of them stays in the cache
LOWEST = float(np.finfo(np.float64).min)  # in the place of -inf where a difference is taken
LOG2_E = 1.4426950408889634  # log2 of e
LN2_HIGH, LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10  # their sum is ln 2
SHIFTER = 6755399441055744.0  # 1.5 * 2^52: what is added to it is rounded to a whole number, in the low bits
BIAS, MANTISSA = 1023, 52
LEAST, MOST = -708.0, 709.0
HALF_ROOT_BITS = 0x3FE6A09E667F3BCD  # of the root of one half


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
    prices, profits = start.copy(), np.empty(start.shape[0])
    for b in range(start.shape[0]):
        mine = rivals[b if rivals.shape[0] > 1 else 0]
        limits = (floor, iterations, tolerance, unit)
        profits[b] = climb_case(value[b], cost[b], mine, weight, slope, income, mu, mu_w, prices[b], *limits)
    return prices, profits


@compiled
def climb_case(
    value: Array,
    cost: Array,
    rivals: Array,
    weight: Array,
    slope: Array,
    income: Array,
    mu: float,
    mu_w: float,
    prices: Array,
    floor: float,
    iterations: int,
    tolerance: float,
    unit: float,
) -> float:
    """The same for one case: its prices (K,) are moved to the top; the profit there."""
    tiers, profit = prices.size, -np.inf
    gradient, trial, step = np.empty(tiers), np.empty(tiers), np.zeros(tiers)
    hessian, metric = np.empty((tiers, tiers)), np.empty((tiers, tiers))
    for _ in range(iterations):
        for k in range(tiers):
            trial[k] = max(prices[k] + step[k], floor)
        found = slopes(value, cost, rivals, weight, slope, income, mu, mu_w, trial, gradient, hessian, metric)
        rose = found >= profit - 1e-14 * abs(profit)
        enough = 0.0
        if rose:
            prices[:], profit = trial, found
            newton = direction(gradient, hessian, metric, trial, floor, step)
            enough = np.sqrt(tolerance) if newton else tolerance
        else:
            step *= 0.25
        size = np.abs(step).max()
        if rose and size <= enough * unit:
            for k in range(tiers):
                prices[k] = max(prices[k] + step[k], floor)
                profit += 0.5 * gradient[k] * step[k]
            break
        if not size > 1e-13 * unit:
            break
    return profit


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
    felt, bent = np.zeros(tiers), np.zeros(tiers)
    gradient[:] = 0.0
    hessian[:] = 0.0
    metric[:] = 0.0
    profit = 0.0
    work, alone = np.empty((5, tiers, min(users, BLOCK))), np.empty((5, min(users, BLOCK)))
    for first in range(0, users, BLOCK):
        some = slice(first, min(first + BLOCK, users))
        profit += _add_block(
            value[:, some],
            cost[:, some] if cost.shape[1] > 1 else cost,
            rivals[some],
            weight[some],
            slope[some],
            income[some] if income.size > 0 else income,
            mu,
            mu_w,
            prices,
            gradient,
            hessian,
            metric,
            felt,
            bent,
            work,
            alone,
        )
    for k in range(tiers):
        for j in range(k):
            hessian[j, k], metric[j, k] = hessian[k, j], metric[k, j]
        metric[k, k] += felt[k] / mu_w
        hessian[k, k] -= bent[k] + felt[k] / mu_w
    return profit


@compiled
def _add_block(
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
    felt: Array,
    bent: Array,
    work: Array,
    alone: Array,
) -> float:
    """Add what a block of users contributes; every inner loop runs over users, with nothing carried."""
    tiers, users = value.shape
    gap = 1.0 / mu_w - 1.0 / mu
    logs, own_costs = income.size > 0, cost.shape[1] > 1
    tier, tilt, root, half = work[0], work[1], work[2], work[3]
    margin = work[4]
    best, total, mass, mean, pressure = alone[0], alone[1], alone[2], alone[3], alone[4]
    best[:] = LOWEST
    for k in range(tiers):
        u, a, price = tier[k], tilt[k], prices[k]
        for i in range(users):
            if logs:
                left = income[i] - price
                a[i] = slope[i] / left if left > 0.0 else 0.0
                u[i] = value[k, i] + slope[i] * logarithm(max(1.0 - price / income[i], 0.0))
            else:
                a[i] = slope[i]
                u[i] = value[k, i] - slope[i] * price
            best[i] = max(best[i], u[i])
    total[:] = 0.0
    for k in range(tiers):
        u = tier[k]
        for i in range(users):
            u[i] = exponential((u[i] - best[i]) / mu_w)
            total[i] += u[i]
    mean[:] = 0.0
    for k in range(tiers):
        q, m, price = tier[k], margin[k], prices[k]
        for i in range(users):
            m[i] = price - cost[k, i if own_costs else 0]
            q[i] /= max(total[i], 1e-300)
            mean[i] += q[i] * m[i]
    for i in range(users):
        inclusive = max(best[i] + mu_w * logarithm(total[i]), LOWEST)
        odds = exponential(min(max(rivals[i] - inclusive / mu, -745.0), 700.0))
        inside = 1.0 / (1.0 + odds)
        outside = odds * inside
        mass[i] = inside * weight[i]
        pressure[i] = outside * mean[i] / mu
        best[i] = mass[i] * (1.0 / mu_w - outside / mu)  # from here on: how the slope bends
    bend = best
    for k in range(tiers):
        q, m, a, r, g = tier[k], margin[k], tilt[k], root[k], half[k]
        for i in range(users):
            h = 1.0 - a[i] * ((m[i] - mean[i]) / mu_w + pressure[i])
            r[i] = q[i] * np.sqrt(a[i])
            lean = q[i] * a[i]
            a[i] = lean
            # The slope itself rises with the price where income counts.
            rise = (1.0 - h) / max(slope[i], 1e-300) if logs else 0.0
            m[i] = lean * (h / mu_w + rise)
            q[i] *= h
            g[i] = q[i] * bend[i] + lean * (0.5 * gap * pressure[i] * mass[i])
        gradient[k] += product(q[:users], mass[:users])
        felt[k] += product(a[:users], mass[:users])
        bent[k] += product(m[:users], mass[:users])
    for k in range(tiers):
        for j in range(k + 1):
            hessian[k, j] += product(half[k, :users], tilt[j, :users])
            hessian[k, j] += product(half[j, :users], tilt[k, :users])
        root_mass = margin[k]
        for i in range(users):
            root_mass[i] = root[k, i] * mass[i]
        for j in range(k + 1):
            metric[k, j] -= gap * product(root_mass[:users], root[j, :users])
    return float(product(mass[:users], mean[:users]))


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


@numba.njit(cache=True, error_model="numpy", fastmath={"reassoc", "nsz"})
def product(x: Any, y: Any) -> Any:
    """Sum of x y, in several partial sums at once: the same bits always on the same kind of processor."""
    total = 0.0
    for i in range(x.size):
        total += x[i] * y[i]
    return total


def _cast(name: str, source: Any, target: Any) -> Any:
    """A function for compiled code: the number of type `target` that has the bits of one of `source`."""

    def typing(context: Any, x: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return builder.bitcast(arguments[0], context.get_value_type(target))

        return target(source), code

    typing.__name__ = name
    return intrinsic(typing)


bits, from_bits = _cast("bits", types.float64, types.int64), _cast("from_bits", types.int64, types.float64)


@compiled
def exponential(x: float) -> float:
    """e^x to a unit in the last place; exactly 0 below -708, and no more than e^709.

    Cody and Waite (1980), Software Manual for the Elementary Functions: the power of two, then a series.
    """
    low = min(max(x, LEAST), MOST)
    shifted = low * LOG2_E + SHIFTER
    power = shifted - SHIFTER
    r = (low - power * LN2_HIGH) - power * LN2_LOW  # |r| <= ln(2) / 2
    p = 1.0 / 6227020800.0
    p = p * r + 1.0 / 479001600.0
    p = p * r + 1.0 / 39916800.0
    p = p * r + 1.0 / 3628800.0
    p = p * r + 1.0 / 362880.0
    p = p * r + 1.0 / 40320.0
    p = p * r + 1.0 / 5040.0
    p = p * r + 1.0 / 720.0
    p = p * r + 1.0 / 120.0
    p = p * r + 1.0 / 24.0
    p = p * r + 1.0 / 6.0
    p = p * r + 0.5
    scale = from_bits((bits(shifted) + np.int64(BIAS)) << np.int64(MANTISSA))
    found = (1.0 + (r + r * r * p)) * scale if x >= LEAST else 0.0
    return found if x == x else x  # not a number stays so


@compiled
def logarithm(x: float) -> float:
    """ln x to two units in the last place, for x above 1e-307; -inf for what is smaller."""
    shifted = bits(max(x, 1e-307)) - np.int64(HALF_ROOT_BITS)
    power = shifted >> np.int64(MANTISSA)
    mantissa = from_bits(
        (shifted & np.int64((1 << MANTISSA) - 1)) + np.int64(HALF_ROOT_BITS)
    )  # from the root of one half to the root of two
    whole = from_bits(bits(SHIFTER) + power) - SHIFTER
    s = (mantissa - 1.0) / (mantissa + 1.0)
    z = s * s
    p = 1.0 / 23.0
    p = p * z + 1.0 / 21.0
    p = p * z + 1.0 / 19.0
    p = p * z + 1.0 / 17.0
    p = p * z + 1.0 / 15.0
    p = p * z + 1.0 / 13.0
    p = p * z + 1.0 / 11.0
    p = p * z + 1.0 / 9.0
    p = p * z + 1.0 / 7.0
    p = p * z + 1.0 / 5.0
    p = p * z + 1.0 / 3.0
    found = whole * LN2_HIGH + (2.0 * s + (2.0 * s * z * p + whole * LN2_LOW))
    found = found if x >= 1e-307 else -np.inf
    return found if x == x else x
