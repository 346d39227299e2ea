"""Entry with foresight: what a lab earns once all labs, it included, are alike and have settled.

Played out in fast motion: each round prices go half of the way to the best response and sizes follow
their return, as labs themselves would move; rivals do the same, so that nobody gains by being alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.decisions.adapt_distilling import gain_oom, round_cost_flop
from agents.decisions.outlook import Outlook
from model.mechanisms.response import best_response, inclusive_value, own_profit, situation

if TYPE_CHECKING:
    from agents.lab import Lab

Floats = NDArray[np.float64]
ROUNDS = 120  # most rounds of the fast motion
PROBE = 1e-2  # log points by which a slope is felt
STILL = 1e-4  # log points: nothing moves any more


class Point(NamedTuple):
    """A size of run, a depth on sale and a depth of amplification (1 = no distillation)."""

    training_flop: float
    depth: float
    amplifier: float = 1.0


class Alike(NamedTuple):
    """Where labs that are all alike come to rest; profit per step of one, USD, before fixed costs."""

    point: Point
    profit: float
    prices: dict[int, float]


def flow_cost(point: Point, lab: Lab, outlook: Outlook, distils: bool) -> float:
    """Fixed compute of a step at a point in smooth mode, USD."""
    rules, tech = outlook.scenario.labs, outlook.knowhow.technology
    flop = point.training_flop * rules.training_user_cost * outlook.dt / tech.final_run_share
    if distils:
        size = outlook.knowhow.parameters(point.training_flop)
        flop += round_cost_flop(point.amplifier, size, point.training_flop, outlook)
    return flop * outlook.training_price(lab)


def settle_alike(
    lab: Lab, start: Point, free: NDArray[np.bool_], floor: float, outlook: Outlook, distils: bool
) -> Alike:
    """Fast motion from a starting point; free (3,) says which of size, depth, amplifier may move."""
    point = start
    axes = [int(a) for a in np.flatnonzero(free)]
    prices: dict[int, float] = {}
    profit = 0.0
    for _ in range(ROUNDS):
        around = [point]
        for axis in axes:
            for sign in (1.0, -1.0):
                moved = list(point)
                moved[axis] *= float(np.exp(sign * PROBE))
                around.append(Point(*moved))
        worth, still = np.zeros(len(around)), 0.0
        for channel in outlook.polls:
            before = prices.get(channel)
            earned, prices[channel] = _round(lab, channel, around, before, outlook, distils)
            worth += earned
            still = max(still, abs(prices[channel] - before) / prices[channel] if before else 1.0)
        profit = float(worth[0])
        logs = np.zeros(3)
        for place, axis in enumerate(axes):
            up, down = float(worth[1 + 2 * place]), float(worth[2 + 2 * place])
            if axis == 1:  # depth costs nothing but margin: Newton's step on profit itself
                slope, bend = (up - down) / 2.0, 2.0 * profit - up - down
                logs[1] = PROBE * slope / bend if bend > 0.0 else 0.3 * np.sign(slope)
                continue
            spent = [flow_cost(around[1 + 2 * place + k], lab, outlook, distils) for k in (0, 1)]
            ratio = max(up - down, 1e-12 * abs(profit) + 1e-300) / max(spent[0] - spent[1], 1e-300)
            logs[axis] = 0.5 * np.log(ratio)
        logs = np.clip(logs, [-1.0, -0.3, -1.0], [1.0, 0.3, 1.0])
        size, depth, amplifier = (v * float(np.exp(x)) for v, x in zip(point, logs, strict=True))
        point = Point(size, max(depth, floor), max(amplifier, 1.0))
        if max(still, float(np.abs(logs).max())) < STILL:
            break
    return Alike(point, profit, prices)


def _round(
    lab: Lab,
    channel: int,
    points: list[Point],
    price: float | None,
    outlook: Outlook,
    distils: bool,
) -> tuple[Floats, float]:
    """Profit of one lab at each point while all others are at the first; the price half a step on."""
    poll, know = outlook.polls[channel], outlook.knowhow
    tech = know.technology
    won = [gain_oom(p.amplifier, tech.distillation) if distils else 0.0 for p in points]
    base = [
        know.base_capability(p.training_flop, lab.algorithms_oom, w) for p, w in zip(points, won, strict=True)
    ]
    depth = np.array([p.depth for p in points])
    level = np.array(base, dtype=np.float64)
    found = know.profile(channel, level, depth, distilled_oom=np.array(won, dtype=np.float64))
    per_pass = lab.flop_price * tech.inference_price_ratio * outlook.tasks_per_step
    size = np.array([know.flop_per_task(know.parameters(p.training_flop)) for p in points])
    cost = (per_pass * size * found.mean_depth)[:, None]
    gross = (poll.sample.mix @ found.value.T + lab.appeal).T[:, :, None]
    common: dict[str, Any] = poll.common | {"advert": outlook.advert(channel)}
    if price is None:
        slope = common["price_coefficient"] / (1.0 if common["income"] is None else common["income"])
        price = float(cost[0, 0] + common["taste_scale"] * poll.weight.sum() / (poll.weight @ slope))
    mu, empty = common["taste_scale"], np.zeros((1, poll.weight.size))
    alone = situation(gross[:1], cost[:1], empty, **common)
    attraction = inclusive_value(alone, np.array([[price]]))[0] / mu
    others = attraction + np.log(outlook.labs_active) if outlook.labs_active else empty - np.inf
    outside = poll.users.outside_utility
    rivals = others if outside == "none" else np.logaddexp(others, float(outside) / mu)
    at = np.full((len(points), 1), price)
    profit, _ = own_profit(situation(gross, cost, rivals, **common), at)
    best = best_response(gross[:1], cost[:1], rivals, start_prices=at[:1], iterations=20, **common)
    return profit, price + 0.5 * (float(best.prices[0, 0]) - price)
