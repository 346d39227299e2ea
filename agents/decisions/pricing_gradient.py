"""Prices by experiment: a lab tries every price a little up and down and goes where profit rises.

A second rule beside the best response, to see that no result hangs on the first. It knows nothing but
its expected profit at the prices that it has tried: no derivative of demand, no search for the optimum.

Every price is tried alone, then all together. Tiers of one lab are close substitutes: the difference
between two of them is a stiff direction, while the level of the menu, which draws users from rivals, is
a soft one that single trials would hardly move. A parabola through the profits at the present price and
the two tried ones gives slope and curvature, and its top the wanted move.

Distances are shares of p + u, u being what one unit of taste is worth in the money of the average user.
Far above u that is the log of the price; at zero, where the log has no meaning, it is money, so that
free tiers can become dear and dear ones free. Both are in money: the rule knows no unit of it.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from agents.decisions.outlook import Appraisal, Ask, Outlook
from model.catalogue import Decision, Spec
from model.knowhow import CHANNELS
from model.mechanisms.response import taste_in_money

if TYPE_CHECKING:
    from agents.lab import Lab

Floats = NDArray[np.float64]
Aim = Generator[Ask, Appraisal, tuple[Floats, list[Decision]]]  # prices aimed at, what was tried
FELT = 1e-12  # share of profit below which a difference is the rounding of a sum


def uphill(lab: Lab, channel: int, specs: list[Spec], outlook: Outlook) -> Aim:
    """Prices (K,) >= 0 that the experiments point to, no farther off than `labs.price_reach`."""
    rules, market = outlook.scenario.labs, outlook.polls[channel].common
    unit = taste_in_money(**{k: market[k] for k in ("weight", "price_coefficient", "taste_scale", "income")})
    price = np.array([s.price_usd for s in specs])
    reach = rules.price_reach * (price + unit)
    alone = offsets(price, rules.price_experiment * (price + unit))
    paid = price > 0.0  # the level of a menu is the level of what is not free
    low = price[paid].min(initial=np.inf) if paid.any() else 0.0
    level = offsets(np.array([low]), np.array([rules.price_experiment * (low + unit)]))
    moves = [each * move for each, pair in zip(np.eye(price.size), alone, strict=True) for move in pair]
    moves += [paid * move for move in level[0]]
    menus = [_at(specs, price + move) for move in (0.0, *moves)]
    profit = (yield Ask(channel, menus, iterations=0)).profit
    tried = profit[1:].reshape(-1, 2)
    slope, curvature = parabola(profit[0], tried, np.vstack([alone, level]))
    move = np.clip(top(slope[:-1], curvature[:-1]), -reach, reach)
    # Single trials say how tiers should differ; what paid ones have in common is left to the common trial.
    # By halves: moves of close substitutes add up, at most to twice of what was wanted.
    weight = paid * np.abs(curvature[:-1])
    common = (weight @ move) / weight.sum() if weight.any() else 0.0
    move = 0.5 * (move - paid * common) + paid * top(slope[-1], curvature[-1])
    return np.maximum(0.0, price + np.clip(move, -reach, reach)), _told(lab, channel, menus, profit)


def offsets(price: Floats, size: Floats) -> Floats:
    """Two price changes to try for each price, (K, 2): down and up, or up twice where down is below zero."""
    return np.where((price >= size)[:, None], size[:, None] * [-1.0, 1.0], size[:, None] * [1.0, 2.0])


def parabola(middle: float, tried: Floats, offset: Floats) -> tuple[Floats, Floats]:
    """Slope and curvature at offset 0, (K,) each, of the parabolas through three profits.

    middle is the profit at offset 0, tried (K, 2) the profits at the two offsets. Where neither differs
    from the middle by more than the rounding of the sum, as for a tier that nobody buys, both are zero.
    """
    rise = tried - middle
    felt = np.abs(rise).max(axis=1) > FELT * max(abs(middle), float(np.abs(tried).max()))
    first, second = np.where(felt, (rise / offset).T, 0.0)
    curvature = 2.0 * (second - first) / (offset[:, 1] - offset[:, 0])
    return first - 0.5 * curvature * offset[:, 0], curvature


def top(slope: Floats, curvature: Floats) -> Floats:
    """Move to the top of a parabola; where it opens upwards as far to the side that rises.

    Far above the optimum demand dies out exponentially and so does profit: slope over curvature is
    then about one unit of taste. That is slow from afar, but never leaps over what it looks for.
    """
    bend = np.abs(curvature)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(slope == 0.0, 0.0, slope / bend)  # a straight line: as far as the reach allows


def _at(specs: list[Spec], price: Floats) -> list[Spec]:
    return [s._replace(price_usd=float(p)) for s, p in zip(specs, price, strict=True)]


def _told(lab: Lab, channel: int, menus: list[list[Spec]], profit: Floats) -> list[Decision]:
    """What the experiments showed; they are on paper, none of them is chosen."""
    made = []
    for menu, worth in zip(menus[1:], profit[1:], strict=True):
        prices = ", ".join(f"{s.price_usd:.8g}" for s in menu)
        option = f"try {CHANNELS[channel]} prices {prices}"
        made.append(Decision(lab.number, "price", option, float(worth), False))
    return made
