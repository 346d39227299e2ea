"""What users consume, who pays whom, and the checks that nothing was created or lost."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from agents.book import Book
from agents.demand import Tally
from agents.fringe import users_gain
from model.phases import finance, oversight

if TYPE_CHECKING:
    from agents.lab import Lab
    from model.industry import Industry

Floats = NDArray[np.float64]
INCOME = ("sales", "adverts", "complements", "credits", "funding")
COSTS = (
    "training compute",
    "inference compute",
    "internal compute",
    "release",
    "overhead",
    "tiers",
    "security",
    "compliance",
    "compute tax",
    "fines",
    "menu",
    "entry",
    "payouts",
)


@dataclass
class Use:
    """Consumption of one step. By channel: tally, and per offer revenue, FLOP and cost cells."""

    tally: dict[int, Tally] = field(default_factory=dict)
    payments: dict[int, NDArray[np.floating[Any]]] = field(default_factory=dict)  # (10, K + 1) USD
    flop: dict[int, Floats] = field(default_factory=dict)  # (K,) decoded FLOP
    inference_flop: dict[int, float] = field(default_factory=dict)  # by lab
    vouchers: dict[int, Floats] = field(default_factory=dict)  # (10, K + 1) USD that the state pays
    logged_flop: dict[int, Floats] = field(default_factory=dict)  # (K,) of customers who are logged
    serving_factor: dict[int, float] = field(default_factory=dict)  # by lab; in flop and inference_flop
    hosted_flop: float = 0.0
    hosted_usd: float = 0.0


def consumption(industry: Industry, books: dict[int, Book]) -> Use:
    """Add up choices into users, payments and compute."""
    use = Use()
    for kind, choices in industry.choices.items():
        book = books[kind]
        tally = choices.tally(book, industry.population)
        k = book.size
        pay = np.zeros_like(tally.users)
        flop = np.zeros(k)
        if k:
            sold = ~book.self_hosted
            unit, setup = book.terms[:, -3], book.terms[:, -2]
            pay[:, :k] = np.where(
                sold | book.host_run,
                tally.volume[:, :k] * book.price,
                tally.hosted[:, :k] * unit + tally.users[:, :k] * setup,
            )
            flop = (tally.load[:k] * book.flop_per_unit).sum(axis=1)
            for lab in np.unique(book.lab[sold]):
                mine = sold & (book.lab == lab)
                use.inference_flop[int(lab)] = use.inference_flop.get(int(lab), 0.0) + float(flop[mine].sum())
            use.hosted_flop += float(flop[~sold].sum())
            use.hosted_usd += float(pay[:, :k][:, ~sold].sum())
        use.tally[kind], use.payments[kind], use.flop[kind] = tally, pay, flop
        oversight.watch(industry, kind, book, use)
    finance.scale_serving(industry, books, use)
    counted = sum(float(t.users.sum()) for t in use.tally.values())
    industry.ledger.check("users by choice against the population", counted, industry.population, 1e-9)
    return use


def settle(industry: Industry, books: dict[int, Book], use: Use) -> None:
    """Sales, advertising, compute, overheads; the results go into the labs' accounts."""
    from model.phases.compute_market import internal_bill, lab_bill

    scenario, ledger = industry.settings, industry.ledger
    dt, rules = scenario.horizon.step_years, scenario.labs
    by_tier = _revenue_by_tier(books, use)
    _learn_loads(industry, books, use)
    users = _users_by_lab(books, use)
    worth = _worth_of_open_models(industry, books, use)
    ledger.pay("users", "owner market", "self-hosting", use.hosted_usd)
    for lab in industry.active_labs:
        lab.tier_revenue = {t.id: by_tier.get(t.id, 0.0) for t in lab.tiers}
        lab.revenue_usd = sum(lab.tier_revenue.values())
        lab.inference_flop = use.inference_flop.get(lab.number, 0.0)
        lab.serving_factor = use.serving_factor.get(lab.number, lab.serving_factor)
        vouchers = min(oversight.vouchers_usd(books, use, lab), lab.revenue_usd)
        ledger.pay("users", lab.account, "sales", lab.revenue_usd - vouchers)
        ledger.pay("state", lab.account, "sales", vouchers)
        adverts = scenario.users.advert_usd_year * dt * users.get(lab.number, 0.0)
        ledger.pay("advertisers", lab.account, "adverts", adverts)
        training, serving = lab_bill(industry, lab, use)
        serving = _given_costs(books, use, lab, serving)
        overhead = rules.overhead_usd_year * dt
        security = lab.security_usd_year * dt
        tiers = rules.tier_cost_usd_year * dt * len(lab.tiers) if rules.adapt.menu else 0.0
        if industry.period == 0:  # the state before the first step: nothing is paid yet
            overhead = tiers = security = 0.0
        ledger.pay(lab.account, "owner market", "training compute", training)
        finance.use_credits(industry, lab, training)
        ledger.pay(lab.account, "state", "compute tax", training * oversight.compute_tax(industry, lab))
        ledger.pay(lab.account, "owner market", "inference compute", serving)
        ledger.pay(lab.account, "owner market", "internal compute", internal_bill(industry, lab))
        ledger.pay(lab.account, "suppliers", "overhead", overhead)
        ledger.pay(lab.account, "suppliers", "tiers", tiers)
        ledger.pay(lab.account, "suppliers", "security", security)
        complements = lab.complement_share * worth.get(lab.number, 0.0)
        ledger.pay("other markets", lab.account, "complements", complements)
        lab.operating_profit_usd = (
            lab.revenue_usd
            + adverts
            + complements
            - serving
            - overhead
            - tiers
            - security
            - ledger.paid(lab.account, "release")
        )


def close(industry: Industry, use: Use) -> None:
    """Funding, cash, and the identities that must hold."""
    ledger = industry.ledger
    outlook = industry.public_outlook
    assert outlook is not None
    for lab in industry.active_labs:
        before = lab.cash_usd
        ledger.check(f"cash of {lab.name} since the last step", before, lab.closed_cash_usd, size=abs(before))
        credits = ledger.received(lab.account, "credits")  # of partners: outside money, no profit
        lab.profit_usd = ledger.balance(lab.account) - credits
        finance.pay_out(industry, lab)
        short = -(before + lab.profit_usd + credits)
        funding = 0.0
        if short > 0:
            parent = (
                industry.settings.labs.parent_budget_usd_year * outlook.dt
                if lab.integrated and not industry.settings.labs.hard_budget
                else 0.0
            )
            funding = min(short, lab.credit_usd(outlook))
            lab.raised_usd += max(0.0, funding - parent)
            ledger.pay("investors", lab.account, "funding", funding)
        lab.funding_usd = funding
        lab.cash_usd = before + ledger.balance(lab.account)
        booked = sum(ledger.received(lab.account, p) for p in INCOME) - sum(
            ledger.paid(lab.account, p) for p in COSTS
        )
        ledger.check(
            f"cash of {lab.name} against its booked income and costs",
            lab.cash_usd - before,
            booked,
            size=max(abs(before), ledger.received(lab.account)),
        )
        lab.closed_cash_usd = lab.cash_usd
        if industry.settings.labs.training_mode == "continuous":
            losing = lab.profit_usd < 0
        else:  # a lab that earns its running costs has no reason to leave
            losing = lab.prospect_usd < 0 and lab.operating_profit_usd < 0
        lab.losses = lab.losses + 1 if losing else 0
    paid = sum(float(p.sum()) for p in use.payments.values())
    ledger.check(
        "payments of users against sales and self-hosting",
        paid,
        ledger.total("sales") + ledger.total("self-hosting"),
        1e-9,
    )
    sales = sum(lab.revenue_usd for lab in industry.active_labs)
    ledger.check("revenues of labs against sales", sales, ledger.total("sales"), 1e-9)


def _worth_of_open_models(industry: Industry, books: dict[int, Book], use: Use) -> dict[int, float]:
    """What labs' open models are worth to others in the step, USD: payments for running them, users' gain.

    Only for labs to whom part of it comes back. Leaked models bring their makers nothing.
    """
    found: dict[int, float] = {}
    assert industry.public_outlook is not None
    known = industry.public_outlook.open_models  # a model counts from the step after its publication
    for lab in industry.active_labs if industry.period else []:
        mine = [m for m in known if m.lab == lab.number]
        if lab.complement_share == 0.0 or not mine:
            continue
        ids = {m.id for m in mine}
        for kind, book in books.items():
            paid = use.payments[kind].sum(axis=0)
            found[lab.number] = found.get(lab.number, 0.0) + sum(
                float(paid[len(book.tiers) + k]) for k, h in enumerate(book.hosted) if h.model.id in ids
            )
            found[lab.number] += users_gain(industry.public_outlook.polls[kind], mine)
    return found


def _learn_loads(industry: Industry, books: dict[int, Book], use: Use) -> None:
    """Labs see how much compute a tier's users take: heavy thinkers choose deep tiers."""
    gain = 1.0 - (1.0 - industry.settings.labs.expectation_gain) ** (
        industry.settings.horizon.step_years / 0.25
    )
    for kind, book in books.items():
        usage = industry.knowhow.tables[kind].usage
        volume = use.tally[kind].volume.sum(axis=0)
        for place, tier in enumerate(book.tiers):
            standard = float(volume[place]) * float(book.flop_per_unit[place] @ usage)
            standard *= use.serving_factor.get(tier.lab, 1.0)
            if standard > 0:
                tier.load += gain * (float(use.flop[kind][place]) / standard - tier.load)


def _revenue_by_tier(books: dict[int, Book], use: Use) -> dict[int, float]:
    return {
        int(n): float(v)
        for kind, book in books.items()
        for n, v, own in zip(book.id, use.payments[kind].sum(axis=0), book.self_hosted, strict=False)
        if not own
    }


def _users_by_lab(books: dict[int, Book], use: Use) -> dict[int, float]:
    """Persons on the tiers of each lab (adverts reach persons only)."""
    found: dict[int, float] = {}
    if 0 not in books:
        return found
    count = use.tally[0].users.sum(axis=0)
    for place, (lab, own) in enumerate(zip(books[0].lab, books[0].self_hosted, strict=True)):
        if not own:
            found[int(lab)] = found.get(int(lab), 0.0) + float(count[place])
    return found


def _given_costs(books: dict[int, Book], use: Use, lab: Lab, serving: float) -> float:
    """Serving costs where a theory case gives them by tier instead of by technology."""
    given = [t for t in lab.tiers if t.cost_usd is not None]
    if not given:
        return serving
    total = 0.0
    for tier in given:
        place = books[tier.channel].positions[tier.id]
        total += float(tier.cost_usd or 0.0) * float(use.tally[tier.channel].volume[:, place].sum())
    return total
