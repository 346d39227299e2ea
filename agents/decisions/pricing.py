"""Prices: every rule names a target; a lab goes part of the way, if the gain pays for the change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agents.decisions.outlook import Ask, Outlook, Talk
from agents.decisions.pricing_gradient import Aim, uphill
from model.catalogue import Decision, Spec

if TYPE_CHECKING:
    from agents.lab import Lab


def decide_prices(lab: Lab, outlook: Outlook) -> Talk:
    """Move every price a share of the way to the rule's target, if the gain pays for the change."""
    rules = outlook.scenario.labs
    aim, where_to = AIMS[rules.price_rule]
    made = []
    for channel, tiers in lab.menus.items():
        if not tiers or channel not in outlook.polls:
            continue
        specs = [Spec.of(t) for t in tiers]
        target, tried = yield from aim(lab, channel, specs, outlook)
        old = np.array([t.price_usd for t in tiers])
        new = old + outlook.share_per_step(rules.price_damping) * (target - old)
        new = np.minimum(new, outlook.price_cap(lab, channel))
        moved = [s._replace(price_usd=float(p)) for s, p in zip(specs, new, strict=True)]
        now, then = (yield Ask(channel, [specs, moved], iterations=0)).profit
        change = then - now > rules.menu_cost_usd * len(tiers)
        # Free changes are always made: near the optimum the gain is below rounding, the drift is not.
        change = change or rules.menu_cost_usd == 0.0
        if change:
            for tier, price in zip(tiers, new, strict=True):
                tier.price_usd = float(price)
            if rules.menu_cost_usd > 0:
                lab.bill("menu", rules.menu_cost_usd * len(tiers))
        where = ("subscription", "metered")[channel]
        made += [
            *tried,
            Decision(lab.number, "price", f"keep {where} prices", float(now), not change),
            Decision(lab.number, "price", f"move {where} prices {where_to}", float(then), bool(change)),
        ]
    return made


def best_response(lab: Lab, channel: int, specs: list[Spec], outlook: Outlook) -> Aim:
    """The most profitable prices of the whole menu against rivals' present offers."""
    best = yield Ask(channel, [specs], iterations=100)
    return best.prices[0, : len(specs)], []


# What a lab aims at by rule, and the words for it in the table of decisions.
AIMS = {
    "best_response": (best_response, "towards the best response"),
    "gradient": (uphill, "uphill"),
}
