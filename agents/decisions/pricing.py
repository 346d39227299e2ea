"""Prices: part of the way towards the best response to rivals' present offers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agents.decisions.outlook import Ask, Outlook, Talk
from model.catalogue import Decision, Spec

if TYPE_CHECKING:
    from agents.lab import Lab


def decide_prices(lab: Lab, outlook: Outlook) -> Talk:
    """Move every price a share of the way to the best response, if the gain pays for the change."""
    rules = outlook.scenario.labs
    made = []
    for channel, tiers in lab.menus.items():
        if not tiers or channel not in outlook.polls:
            continue
        specs = [Spec.of(t) for t in tiers]
        best = yield Ask(channel, [specs], iterations=20)
        old = np.array([t.price_usd for t in tiers])
        new = old + rules.price_damping * (best.prices[0, : len(tiers)] - old)
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
            Decision(lab.number, "price", f"keep {where} prices", float(now), not change),
            Decision(
                lab.number,
                "price",
                f"move {where} prices towards the best response",
                float(then),
                bool(change),
            ),
        ]
    return made
