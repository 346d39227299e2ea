"""Security: what a lab spends a year to keep its weights, against what a leak would cost it.

A lab bears only the loss from a leak, when hosts sell its model; a state that keeps what it stole costs
it nothing. What the thief gains and the lab does not lose is no reason for it to pay.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from agents.decisions.outlook import SEARCH, Ask, Outlook, Talk, appraise
from agents.fringe import Published
from model.catalogue import Decision, FoundationModel, Spec
from model.mechanisms.theft import replacement_value, self_use_value, theft_hazard

if TYPE_CHECKING:
    from agents.lab import Lab

LEVELS = (0.0, 1.0, 4.0, 16.0, 64.0, 256.0)  # times the first level of spending


@dataclass
class Newcomer:
    """One lab more, that has the stolen model and nothing else: what market research takes it for."""

    appeal: float
    flop_price: float
    flop_trend_oom: float
    rival_trend: dict[int, float] = field(default_factory=dict)
    demand_trend: float = 0.0
    number: int = -2  # nobody's
    region: str = ""  # sits nowhere
    withdrawn: frozenset[str] = frozenset()
    serving_factor: float = 1.0

    def cost_trend(self, outlook: Outlook) -> float:
        """As of any lab."""
        growth = outlook.knowhow.technology.inference_efficiency_growth_oom * outlook.dt
        return (self.flop_trend_oom - growth) * (1.0 - outlook.scenario.users.volume_elasticity)


def target(lab: Lab) -> FoundationModel | None:
    """What a thief would take: its most capable model that is neither public nor stolen already."""
    secret = [m for m in lab.models if not m.open_weights and m.stolen_step < 0]
    return max(secret, key=lambda m: (m.base_oom, m.id), default=None)


def due(lab: Lab, outlook: Outlook) -> bool:
    """Security is reviewed once a year, the first time when there is something to keep."""
    first = lab.secured_until == -np.inf
    return outlook.years >= lab.secured_until - 1e-9 and not (first and target(lab) is None)


def entry_values(labs: Sequence[Lab], appeal: float, outlook: Outlook) -> list[float]:
    """What one lab more would earn with each lab's model over its life, inference paid, USD.

    On its owner's own menu at best prices, in the middle of the model's life; no fixed costs.
    """
    asked: list[tuple[Any, Ask]] = []
    place = []
    for i, lab in enumerate(labs):
        model = target(lab)
        thief = Newcomer(appeal, lab.flop_price, lab.flop_trend_oom, dict(lab.rival_trend), lab.demand_trend)
        for channel, tiers in lab.menus.items():
            if channel not in outlook.polls or not tiers or model is None:
                continue
            menu = [Spec.of(t).on(model) for t in tiers]
            asked.append(
                (thief, Ask(channel, [menu], outlook.life_steps / 2, iterations=SEARCH, screening=True))
            )
            place.append(i)
    worth = np.zeros(len(labs))
    for i, answer in zip(place, appraise(asked, outlook), strict=True):
        worth[i] += outlook.annuity * float(answer.profit[0])
    return worth.tolist()


def values(lab: Lab, model: FoundationModel, outlook: Outlook) -> dict[str, float]:
    """The worth of a lab's weights to thieves, USD: replacement, own use in two sizes, entry."""
    tech, rules = outlook.knowhow.technology, outlook.scenario.security
    gained = max(0.0, lab.algorithms_oom - model.algorithms_oom) if model.built_on < 0 else 0.0
    replacement = replacement_value(
        model.own_flop,
        lab.flop_price,
        gained,
        wall_oom=tech.wall_oom,
        wall_slope=tech.wall_slope,
    )
    saved = 0.0  # USD per task
    know, per_pass = outlook.knowhow, lab.flop_price * tech.inference_price_ratio
    for channel, tiers in lab.menus.items():
        if channel not in outlook.polls or not tiers:
            continue
        depth = np.array([t.depth for t in tiers])
        base, distilled = np.array([(t.base_oom, t.distilled_oom) for t in tiers]).T
        used = know.profile(channel, base, depth, distilled_oom=distilled).mean_depth
        own = per_pass * know.flop_per_task(model.parameters) * used * (1.0 + rules.thief_overhead)
        price = np.array([t.price_usd for t in tiers]) / outlook.tasks_per_step
        saved = max(saved, float((price - own).max()))
    years = outlook.life_steps * outlook.dt
    return {
        "replacement": float(replacement),
        "small use": float(self_use_value(rules.low_tasks_year, saved, 0.0, years)),
        "large use": float(self_use_value(rules.high_tasks_year, saved, 0.0, years)),
        "entry": lab.weights_entry_usd,
    }


def decide_security(lab: Lab, outlook: Outlook) -> Talk:
    """The level of spending with the least sum of spending and expected loss, USD a year."""
    rules, model = outlook.scenario.security, target(lab)
    lab.secured_until = outlook.years + 1.0
    if model is None:
        lab.security_usd_year = lab.theft_hazard_year = lab.weights_value_usd = 0.0
        return []
    lab.weights_value_usd = max(values(lab, model, outlook).values())
    at_stake = rules.leak_probability * outlook.annuity
    loss = at_stake * lab.revenue_usd  # the most that a leak could take
    if rules.attempts_year * loss >= rules.first_level_usd_year:  # else nothing is worth spending
        published = Published.of(model, rules.illicit_appeal, by_host=True)
        now = leaked = 0.0
        for channel in outlook.polls:
            menu = [Spec.of(t) for t in lab.menus.get(channel, [])]
            if menu:
                # At present prices: near the best ones the profit hardly depends on them.
                ask = Ask(channel, [menu], outlook.life_steps / 2, iterations=0, screening=True)
                now += float((yield ask).profit[0])
                leaked += float((yield ask._replace(published=published)).profit[0])
        loss = at_stake * max(0.0, now - leaked)
    most = lab.spendable_usd(outlook, 1.0 / outlook.dt)
    levels = [s for s in (rules.first_level_usd_year * x for x in LEVELS) if s == 0.0 or s <= most]
    hazard = _hazard(lab, levels, outlook)
    worth = -(np.array(levels) + hazard * loss)
    choice = int(np.argmax(worth))
    lab.security_usd_year, lab.theft_hazard_year = levels[choice], float(hazard[choice])
    return [
        Decision(lab.number, "security", f"spend {s:.3g} USD a year", float(w), i == choice)
        for i, (s, w) in enumerate(zip(levels, worth, strict=True))
    ]


def _hazard(lab: Lab, levels: list[float], outlook: Outlook) -> NDArray[np.float64]:
    """Thefts a year at levels of spending."""
    rules = outlook.scenario.security
    return theft_hazard(
        lab.weights_value_usd,
        levels,
        attempts_year=rules.attempts_year,
        attack_cost_usd=rules.attack_cost_usd,
        attack_ratio=rules.attack_ratio,
    )
