"""How compute becomes capability: training, inference depth, and what follows from the exponents.

Capability G is measured in orders of magnitude (OOM) of effective training compute. Nothing here
knows of labs, prices or time; all functions broadcast over arrays.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
SECONDS_PER_DAY = 86_400.0


class HumanLevel(NamedTuple):
    """When human-level work first exists, and what it then costs. Fields broadcast; never = inf."""

    first_years: Floats
    depth: Floats
    cost_usd: Floats
    cost_ratio: Floats
    parity_years: Floats


def _floats(*values: ArrayLike) -> tuple[Floats, ...]:
    return tuple(np.asarray(value, dtype=np.float64) for value in values)


def wall_function(log10_flop: ArrayLike, wall: ArrayLike, wall_slope: ArrayLike) -> Floats:
    """Psi(x) = x up to the data wall x_w (log10 FLOP), x_w + omega (x - x_w) above it [model 2]."""
    x, wall, slope = _floats(log10_flop, wall, wall_slope)
    # min + max rather than a branch: an infinite wall (none at all) then needs no special case
    bent: Floats = np.minimum(x, wall) + slope * np.maximum(x - wall, 0.0)
    return bent


def wall_derivative(log10_flop: ArrayLike, wall: ArrayLike, wall_slope: ArrayLike) -> Floats:
    """dPsi/dx, from the right at the kink: what the next OOM of training brings."""
    x, wall, slope = _floats(log10_flop, wall, wall_slope)
    derivative: Floats = np.where(x < wall, 1.0, slope)[()]
    return derivative


def saturating_depth(log10_depth: ArrayLike, span_oom: ArrayLike) -> Floats:
    """sigma(x) = X (1 - exp(-x/X)): usable OOM of inference out of x = log10 I spent [model 2].

    The span X >= 0 is the most that depth can ever bring, in OOM; X = inf gives x, X = 0 gives 0.
    """
    x, span = _floats(log10_depth, span_oom)
    usual = np.isfinite(span) & (span > 0.0)
    if usual.all():
        curved: Floats = -span * np.expm1(-x / span)
        return curved[()]
    width = np.where(usual, span, 1.0)
    depth: Floats = np.where(usual, -width * np.expm1(-x / width), np.where(span > 0.0, x, 0.0))[()]
    return depth


def capability(
    log10_training_flop: ArrayLike,
    log10_algorithms: ArrayLike,
    distillation_oom: ArrayLike,
    depth: ArrayLike,
    *,
    training_exponent: ArrayLike,
    wall: ArrayLike,
    wall_slope: ArrayLike,
    inference_exponent: ArrayLike,
    span_oom: ArrayLike,
) -> Floats:
    """G = a_T [Psi(log10 C) + log10 A] + e + eta sigma(log10 I), in OOM [model 2].

    C training FLOP, A algorithmic efficiency, e OOM won by distillation, I > 0 inference depth
    (multiples of one standard pass); an infinite span is Ord's rule. The wall damps compute, not
    algorithms.
    """
    algorithms, won, passes, exponent, eta = _floats(
        log10_algorithms, distillation_oom, depth, training_exponent, inference_exponent
    )
    base = exponent * (wall_function(log10_training_flop, wall, wall_slope) + algorithms) + won
    return base + eta * saturating_depth(np.log10(passes), span_oom)


def _log10_ceiling(max_depth: ArrayLike | None) -> Floats:
    ceiling = np.asarray(np.inf if max_depth is None else max_depth, dtype=np.float64)
    if np.any(~(ceiling >= 1.0)):
        raise ValueError(f"max_depth is {ceiling}; it must be at least 1 (or None)")
    return np.asarray(np.log10(ceiling), dtype=np.float64)


def _pass_flop(volume: ArrayLike, flop_per_task: ArrayLike) -> Floats:
    tasks, flop = _floats(volume, flop_per_task)
    if np.any(~(tasks * flop > 0.0)):
        raise ValueError("volume and flop_per_task must both be positive")
    return tasks * flop


def optimal_split(
    budget_flop: ArrayLike,
    volume: ArrayLike,
    flop_per_task: ArrayLike,
    *,
    inference_exponent: ArrayLike,
    max_depth: ArrayLike | None,
) -> tuple[Floats, Floats]:
    """Training C and depth I >= 1 that maximise log10 C + eta log10 I when C + V c1 I = B [P12].

    Interior: C = B/(1+eta), I = eta B/((1+eta) V c1); corners I = 1 and I = max_depth (None: no
    limit). V tasks of c1 FLOP. ValueError if B does not even pay for one pass of every task.
    """
    budget, eta = _floats(budget_flop, inference_exponent)
    one_pass = _pass_flop(volume, flop_per_task)
    if np.any(~(budget > one_pass)):
        raise ValueError(f"budget_flop {budget} must exceed volume * flop_per_task = {one_pass}")
    interior = eta * budget / ((1.0 + eta) * one_pass)
    depth: Floats = np.clip(interior, 1.0, 10.0 ** _log10_ceiling(max_depth))
    return budget - one_pass * depth, depth


def least_cost(
    target_oom: ArrayLike,
    volume: ArrayLike,
    flop_per_task: ArrayLike,
    *,
    inference_exponent: ArrayLike,
    max_depth: ArrayLike | None,
) -> tuple[Floats, Floats, Floats]:
    """Dual of `optimal_split`: C, I and total FLOP that reach G = log10 C + eta log10 I.

    I^(1+eta) = eta 10^G / (V c1), C = 10^G I^-eta; average over marginal cost is (1+eta)/eta [P12].
    """
    target, eta = _floats(target_oom, inference_exponent)
    one_pass = _pass_flop(volume, flop_per_task)
    with np.errstate(divide="ignore"):  # eta = 0: log10 depth -> -inf, clipped to the corner I = 1
        interior = (target + np.log10(eta) - np.log10(one_pass)) / (1.0 + eta)
    log10_depth = np.clip(interior, 0.0, _log10_ceiling(max_depth))
    training, depth = 10.0 ** (target - eta * log10_depth), 10.0**log10_depth
    return training, depth, training + one_pass * depth


def distillation_path(
    rounds: int,
    depth: float,
    *,
    retention: float,
    inference_exponent: float,
    decay: float,
    span_oom: float = np.inf,
) -> Floats:
    """OOM won after 0..K rounds, (rounds + 1,): r eta sigma(log10 I) sum_{k<K} rho^k [P15].

    rho = decay: < 1 converges to r eta sigma/(1-rho), 1 is linear, > 1 explodes.
    """
    if rounds < 0:
        raise ValueError(f"rounds is {rounds}; it must not be negative")
    first_gain = retention * inference_exponent * saturating_depth(np.log10(depth), span_oom)
    return np.concatenate([[0.0], first_gain * np.cumsum(decay ** np.arange(rounds))])


def copies(
    cluster_flop_per_s: ArrayLike, parameters: ArrayLike, tokens_per_s: ArrayLike, depth: ArrayLike
) -> Floats:
    """Simultaneous copies K/(2 N tok I): K FLOP/s, N active parameters, 2N FLOP a token [P13]."""
    cluster, active, speed, passes = _floats(cluster_flop_per_s, parameters, tokens_per_s, depth)
    return cluster / (2.0 * active * speed * passes)


def human_level_cost(
    gap_oom: ArrayLike,
    *,
    growth_oom: ArrayLike,
    cost_decline_oom: ArrayLike,
    inference_exponent: ArrayLike,
    max_depth: ArrayLike | None,
    unit_cost_usd: ArrayLike,
    wage_usd: ArrayLike,
) -> HumanLevel:
    """First date, depth and cost of human-level work, and the date it matches the wage [P14].

    Years from today. gap = G_H - G_0 (OOM) closes by g = growth_oom a year; the missing rest is
    bought by depth 10^(rest/eta) <= max_depth. One hour at depth 1 costs c_0 = unit_cost_usd and
    falls by h = cost_decline_oom a year: cost(t) = c_0 10^(max(0, gap - g t)/eta - h t). Parity is
    the first t >= first date with cost <= wage. What never happens is inf.
    """
    gap, growth, decline, eta, unit, wage = _floats(
        gap_oom, growth_oom, cost_decline_oom, inference_exponent, unit_cost_usd, wage_usd
    )
    log10_premium = np.log10(unit / wage)
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = np.where(eta > 0.0, eta * _log10_ceiling(max_depth), 0.0)
        first = np.where(gap <= reach, 0.0, (gap - reach) / growth)
        rest = np.where(np.isfinite(first), np.maximum(gap - growth * first, 0.0), np.inf)
        exponent = np.where(rest > 0.0, np.minimum(rest, reach) / eta, 0.0)
        depth = np.where(eta > 0.0, 10.0**exponent, 1.0)
        cost = np.where(np.isfinite(first), unit * depth * 10.0 ** (-decline * first), np.inf)
        # cost <= wage must hold both while depth still buys the rest and once one pass suffices
        shallow = np.where(log10_premium <= 0.0, 0.0, log10_premium / decline)
        due = eta * log10_premium + gap
        deep = np.where(due <= 0.0, 0.0, due / (growth + eta * decline))
    parity = np.maximum(first, np.maximum(shallow, deep))
    return HumanLevel(first, depth, cost, cost / wage, parity)


def training_power_mw(
    training_flop: ArrayLike,
    days: ArrayLike,
    *,
    flops_per_chip: float = 989e12,
    utilisation: float = 0.4,
    kw_per_chip: float = 1.4,
) -> Floats:
    """MW of one co-located run: C/(T util FLOP/s) chips of kW each [P25; H100 defaults]."""
    flop, duration = _floats(training_flop, days)
    chips = flop / (duration * SECONDS_PER_DAY * utilisation * flops_per_chip)
    return chips * kw_per_chip / 1000.0


def weights_cost_share(
    training_flop: ArrayLike, volume: ArrayLike, flop_per_task: ArrayLike, depth: ArrayLike
) -> Floats:
    """Share of total cost of ownership that a thief of the weights saves: C/(C + V c1 I) [P24]."""
    training, tasks, flop, passes = _floats(training_flop, volume, flop_per_task, depth)
    return training / (training + tasks * flop * passes)


def parameters_of(
    training_flop: ArrayLike,
    *,
    reference_flop: ArrayLike,
    reference_parameters: ArrayLike,
    exponent: ArrayLike,
) -> Floats:
    """Active parameters N = N_0 (C/C_0)^nu: nu = 0 software-like, 0.5 Chinchilla [model 2]."""
    flop, anchor, size, power = _floats(training_flop, reference_flop, reference_parameters, exponent)
    return size * (flop / anchor) ** power
