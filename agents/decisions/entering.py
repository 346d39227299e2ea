"""Entry: a potential entrant looks for the size, depth and price at which it would earn its keep."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from agents.decisions.outlook import Ask, Outlook, appraise, unit_cost
from model.catalogue import Decision, Spec
from model.mechanisms.pricing import equilibrium_prices

if TYPE_CHECKING:
    from agents.lab import Lab

ENTRY_DEPTHS = (1.0, 10.0, 100.0)
GRID_OOM = 0.25
GRID_POINTS = 8


class Plan(NamedTuple):
    """What an entrant would do."""

    training_flop: float
    depth: float
    price_usd: dict[int, float]
    worth_usd: float


def decide_entry(lab: Lab, top_flop: float, outlook: Outlook) -> tuple[Plan | None, list[Decision]]:
    """The best plan of a potential entrant, and all that it compared; None = it stays away.

    lab: the entrant itself, with its cash, appeal and algorithms, not yet in the industry.
    top_flop: the largest run that it can pay for; it looks at that and smaller ones.
    """
    rules, tech = outlook.scenario.labs, outlook.knowhow.technology
    sizes = [top_flop * 10.0 ** (-GRID_OOM * k) for k in range(GRID_POINTS)]
    floor = tech.minimum_depth
    depths = sorted({max(floor, d) for d in ENTRY_DEPTHS})
    options = [(f, d) for f in sizes for d in depths if f > 0]
    if not options:
        return None, []
    specs = [
        Spec(
            float(outlook.knowhow.base_capability(f, lab.algorithms_oom)),
            d,
            outlook.knowhow.parameters(f),
            0.0,
        )
        for f, d in options
    ]
    profit, prices = np.zeros(len(options)), {}
    for channel in outlook.polls:
        menus = [[s._replace(price_usd=_guess(s, outlook))] for s in specs]
        if rules.entry_rule == "symmetric":
            found, price = _symmetric(lab, channel, menus, outlook)
        else:
            answer = appraise([(lab, Ask(channel, menus, iterations=8, screening=True))], outlook)[0]
            found, price = answer.profit, answer.prices[:, 0]
        profit = profit + found
        prices[channel] = price
    share, life = tech.final_run_share, outlook.annuity
    run = np.array([f for f, _ in options]) * lab.flop_price / share
    if rules.training_mode == "continuous":
        run = run * rules.training_user_cost * outlook.dt * life
    keep = rules.overhead_usd_year * outlook.dt + rules.tier_cost_usd_year * outlook.dt * len(outlook.polls)
    if not rules.adapt.menu:
        keep = rules.overhead_usd_year * outlook.dt
    worth = life * (profit - keep) - run - rules.entry_cost_usd
    best = int(np.argmax(worth))
    enters = bool(worth[best] > 0)
    made = [Decision(lab.number, "enter", "stay away", 0.0, not enters)]
    made += [
        Decision(
            lab.number,
            "enter",
            f"train {f:.3g} FLOP, depth {d:.3g}",
            float(w),
            enters and i == best,
        )
        for i, ((f, d), w) in enumerate(zip(options, worth, strict=True))
    ]
    if not enters:
        return None, made
    flop, depth = options[best]
    plan = Plan(flop, depth, {c: float(p[best]) for c, p in prices.items()}, float(worth[best]))
    return plan, made


def _guess(spec: Spec, outlook: Outlook) -> float:
    """A first price: cost plus the money worth of one unit of taste to the mean respondent."""
    poll = next(iter(outlook.polls.values()))
    coefficient = poll.sample.price_coefficient
    if poll.sample.income is not None:
        coefficient = coefficient / poll.sample.income
    money = poll.users.taste_scale * float(poll.weight.sum() / (poll.weight @ coefficient))
    return unit_cost(spec, spec.depth, outlook.flop_price, outlook) + money


def _symmetric(
    lab: Lab, channel: int, menus: list[list[Spec]], outlook: Outlook
) -> tuple[np.ndarray, np.ndarray]:
    """Profit of the entrant when all labs, incumbents and it, offer the same and prices settle."""
    poll, know = outlook.polls[channel], outlook.knowhow
    count = outlook.labs_active + 1
    specs = [m[0] for m in menus]
    found = know.profile(channel, np.array([s.base_oom for s in specs]), np.array([s.depth for s in specs]))
    gross = poll.sample.mix @ found.value.T + lab.appeal
    outside = poll.users.outside_utility
    profit, price = np.zeros(len(specs)), np.zeros(len(specs))
    for k, spec in enumerate(specs):
        cost = unit_cost(spec, float(found.mean_depth[k]), lab.flop_price, outlook)
        settled = equilibrium_prices(
            np.repeat(gross[:, k : k + 1], count, axis=1),
            np.full(count, cost),
            np.arange(count),
            weight=poll.weight,
            price_coefficient=poll.sample.price_coefficient,
            taste_scale=poll.users.taste_scale,
            within_lab_scale=poll.common["within_lab_scale"],
            outside_utility=None if outside == "none" else float(outside),
        )
        profit[k], price[k] = settled.profits[0], settled.prices[0]
    return profit, price
