"""Buying a lab that leaves: what its models and tiers would add, bids, and the price."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from agents.decisions.outlook import Ask, Outlook, appraise
from model.catalogue import Decision, FoundationModel, Spec, Tier
from model.mechanisms.finance import second_price

if TYPE_CHECKING:
    from agents.lab import Lab

ROUNDING = 1e-12  # share of profit below which a difference is the rounding of a sum


def joint_menus(buyer: Lab, seller: Lab) -> dict[int, list[Tier]]:
    """By channel: the buyer's tiers and, where it has room, the seller's that sold best."""
    room = buyer.settings.labs.max_tiers
    joint: dict[int, list[Tier]] = {}
    for channel in sorted({*buyer.menus, *seller.menus}):
        own = buyer.menus.get(channel, [])
        others = sorted(
            seller.menus.get(channel, []), key=lambda t: (-seller.tier_revenue.get(t.id, 0.0), t.id)
        )
        joint[channel] = [*own, *others[: max(0, room - len(own))]]
    return joint


def decide_purchase(
    seller: Lab, buyers: Sequence[Lab], revenue_usd: float, outlook: Outlook
) -> tuple[Lab | None, float, list[Decision]]:
    """Who buys the seller and for how much, USD, and what each buyer compared; None = nobody.

    Sealed bids, second price: each bids what the seller is worth to it, the winner pays the second best
    bid (nothing, if it is alone). A bid is bounded by cash and credit. Buyers whose joint share of revenue
    the law forbids, and labs that leave themselves, do not bid. A bidder's pay-off is its value less the
    best bid of the others. revenue_usd: of all labs in the step.
    """
    allowed = [lab for lab in buyers if _allowed(lab, seller, revenue_usd, outlook)]
    worth = [worth_to(lab, seller, outlook) for lab in allowed]
    bids = [
        min(value, max(lab.cash_usd, 0.0) + lab.credit_usd(outlook))
        for lab, value in zip(allowed, worth, strict=True)
    ]
    winner, price = second_price(bids)
    made: list[Decision] = []
    for k, lab in enumerate(allowed):
        rival = max([b for j, b in enumerate(bids) if j != k], default=0.0)
        gain = worth[k] - max(rival, 0.0)
        if k != winner and bids[k] < worth[k]:  # it would gain, but cannot raise the money
            gain = min(gain, 0.0)
        made += [
            Decision(lab.number, "acquire", f"{seller.name}: buy it", gain, k == winner),
            Decision(lab.number, "acquire", f"{seller.name}: buy nothing", 0.0, k != winner),
        ]
    return (allowed[winner] if winner >= 0 else None), price, made


def worth_to(buyer: Lab, seller: Lab, outlook: Outlook) -> float:
    """Present value of the buyer's best-response profit with the seller's models and tiers above its own.

    Users' habits of staying with the seller are not counted on.
    """
    rules, best = outlook.scenario.labs, seller.best_model
    gain, added = 0.0, 0
    for channel, tiers in joint_menus(buyer, seller).items():
        if channel not in outlook.polls or not tiers:
            continue
        now = [Spec.of(t) for t in buyer.menus.get(channel, [])]
        joint = [_upgraded(Spec.of(t), best) for t in tiers]
        added += len(joint) - len(now)
        menus = [joint, now] if now else [joint]
        profit = appraise([(buyer, Ask(channel, menus, iterations=4, screening=True))], outlook)[0].profit
        alone = float(profit[1]) if now else 0.0
        change = float(profit[0]) - alone
        # A menu that stays as it is brings nothing: rounding must not decide who buys.
        gain += change if abs(change) > ROUNDING * abs(alone) else 0.0
    if rules.adapt.menu:
        gain -= rules.tier_cost_usd_year * outlook.dt * added
    return float(outlook.annuity * gain)


def _upgraded(spec: Spec, best: FoundationModel | None) -> Spec:
    """The tier on the best model bought, if that is more capable."""
    if best is None or spec.base_oom >= best.base_oom:
        return spec
    return spec.on(best)


def _allowed(buyer: Lab, seller: Lab, revenue_usd: float, outlook: Outlook) -> bool:
    """Whether the law lets the two join: their share of all revenue is not above its limit."""
    limit = min(outlook.law_for(buyer).merger_limit, outlook.law_for(seller).merger_limit)
    return buyer.revenue_usd + seller.revenue_usd <= limit * revenue_usd or limit == np.inf
