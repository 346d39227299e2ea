"""Finance in a step: partners' credits and payouts, sales of labs, unit costs that fall with volume."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agents.book import Book
from agents.decisions.acquiring import decide_purchase, joint_menus
from agents.decisions.outlook import Outlook
from model.mechanisms.compute import serving_elasticity, serving_factor
from model.mechanisms.investment import adaptive
from model.words import dollars

if TYPE_CHECKING:
    from agents.lab import Lab
    from model.industry import Industry
    from model.phases.accounts import Use


# -- cloud partners ------------------------------------------------------------------------------


def partner(owner: str) -> str:
    """The account of a cloud partner."""
    return f"partner {owner}"


def spare_usd(industry: Industry) -> dict[str, float]:
    """Worth at the market price of what each owner's sites sold to all but labs in the step, USD."""
    found: dict[str, float] = {}
    if industry.settings.labs.partners:
        for site in industry.sites:
            found[site.owner] = found.get(site.owner, 0.0) + site.other_flop * site.rental_price
    return found


def use_credits(industry: Industry, lab: Lab, training_usd: float) -> None:
    """Partners pay for training compute as long as credits last; at the market price, so in kind."""
    for owner, left in lab.credits.items():
        part = min(left, training_usd)
        industry.ledger.pay(partner(owner), lab.account, "credits", part)
        lab.credits[owner] = left - part
        training_usd -= part


def pay_out(industry: Industry, lab: Lab) -> None:
    """Holders of shares get their part of the step's profit; partners see what there was to share."""
    dt = industry.settings.horizon.step_years
    cash = lab.cash_usd + lab.profit_usd + industry.ledger.received(lab.account, "credits")
    payable = max(0.0, min(lab.profit_usd, cash)) if industry.period else 0.0
    gain = 1.0 - (1.0 - industry.settings.labs.expectation_gain) ** (dt / 0.25)
    lab.payable_usd_year = float(adaptive(lab.payable_usd_year, payable / dt, gain))
    for owner, share in lab.stakes.items():
        industry.ledger.pay(lab.account, partner(owner), "payouts", share * payable)


def share_out(industry: Industry, lab: Lab) -> None:
    """What a lab that has left has in cash goes to those who hold it; debts are the investors' loss."""
    cash = max(lab.cash_usd, 0.0)
    for owner, share in lab.stakes.items():
        industry.ledger.pay(lab.account, partner(owner), "payout", share * cash)
    industry.ledger.pay(lab.account, "investors", "payout", (1.0 - sum(lab.stakes.values())) * cash)


# -- sales of labs -------------------------------------------------------------------------------


def sell(industry: Industry, seller: Lab, buyers: list[Lab], outlook: Outlook) -> None:
    """A lab that leaves is offered to all others; it is handed over when the step is on record."""
    revenue = sum(lab.revenue_usd for lab in industry.labs_of_step)
    buyer, price, made = decide_purchase(seller, buyers, revenue, outlook)
    industry.decisions += made
    if buyer is None:
        return
    ledger = industry.ledger
    short = max(0.0, price - max(buyer.cash_usd, 0.0))
    ledger.pay("investors", buyer.account, "acquisition", short)
    buyer.raised_usd += 0.0 if buyer.integrated else short
    ledger.pay(buyer.account, seller.account, "acquisition", price)
    buyer.cash_usd += short - price
    seller.cash_usd += price
    buyer.closed_cash_usd, seller.closed_cash_usd = buyer.cash_usd, seller.cash_usd
    seller.buyer = buyer
    industry.tell(
        "merger",
        buyer.name,
        f"{buyer.name} buys {seller.name} for {dollars(price)}",
        seller=seller.number,
        buyer=buyer.number,
        price_usd=price,
    )


def hand_over(seller: Lab, step: int) -> None:
    """Models go to the buyer; tiers for which it has room go on under its name, the rest is dropped.

    Tiers of the buyer that stand on a lesser model move to the best that it has bought.
    """
    buyer = seller.buyer
    if buyer is None:
        return
    menus = joint_menus(buyer, seller)
    for model in seller.models:
        if model.maker < 0:
            model.maker, model.bought_step = model.lab, step
        model.lab = buyer.number
    buyer.models += seller.models
    best = seller.best_model
    seller.models = []
    for channel, tiers in menus.items():
        for tier in tiers:
            tier.lab = buyer.number
            if best is not None and tier.model.base_oom < best.base_oom:
                tier.model = best
        buyer.menus[channel] = tiers
    seller.menus, seller.buyer = {}, None


# -- scale economies in serving ------------------------------------------------------------------


def scale_serving(industry: Industry, books: dict[int, Book], use: Use) -> None:
    """Larger volumes take less compute per task; bought, billed and recorded is what is left."""
    if industry.period == 0 and use.inference_flop:
        industry.serving_reference = float(np.mean(list(use.inference_flop.values())))
    rules = industry.settings.compute
    if rules.serving_scale == 0.0:
        return
    for lab, volume in use.inference_flop.items():
        factor = float(
            serving_factor(volume, industry.serving_reference, rules.serving_scale, rules.serving_scale_floor)
        )
        use.serving_factor[lab] = factor
        use.inference_flop[lab] = volume * factor
    for kind, book in books.items():
        each = np.array(
            [
                1.0 if own else use.serving_factor.get(int(lab), 1.0)
                for lab, own in zip(book.lab, book.self_hosted, strict=False)
            ]
        )
        use.flop[kind] = use.flop[kind] * each
        if kind in use.logged_flop:
            use.logged_flop[kind] = use.logged_flop[kind] * each


def serving_slope(industry: Industry, lab: Lab) -> float:
    """Elasticity of a lab's unit cost of serving in its volume, as it is; 0 without scale economies."""
    rules = industry.settings.compute
    volume = lab.inference_flop / lab.serving_factor
    return float(
        serving_elasticity(volume, industry.serving_reference, rules.serving_scale, rules.serving_scale_floor)
    )
