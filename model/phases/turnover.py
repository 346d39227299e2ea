"""Entry and exit of labs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agents.decisions.building import start_building
from agents.decisions.entering import Plan, decide_entry
from agents.decisions.outlook import Outlook
from agents.decisions.training import start_run
from agents.lab import Lab
from model.build import new_lab
from model.catalogue import Decision
from model.phases import finance
from model.words import dollars, flop

if TYPE_CHECKING:
    from model.industry import Industry


def entry(industry: Industry, outlook: Outlook) -> None:
    """Potential entrants arrive at the hazard, each with capital; those that expect to gain enter."""
    rules, step = industry.settings.labs, industry.period
    draw = industry.streams.generator("entry", step)
    arrivals = int(draw.poisson(rules.entry_hazard_year * outlook.dt))
    capital = rules.entrant_capital_usd * np.exp(
        rules.entrant_capital_sigma * industry.streams.generator("entry.capital", step).standard_normal(64)
    )
    for number in range(min(arrivals, 64)):
        active = industry.active_labs
        if len(active) >= rules.limit:
            return
        appeal = float(np.median([lab.appeal for lab in active])) if active else 0.0
        common = float(np.mean([lab.algorithms_oom for lab in active])) if active else 0.0
        lab = new_lab(
            industry,
            f"Entrant {industry.counter.next('entrant') + 1}",
            cash_usd=float(capital[number]),
            appeal=appeal + rules.entrant_appeal,
            algorithms_oom=common,
            strategy=rules.entrant_strategy or rules.strategy,
        )
        lab.flop_trend_oom = float(np.mean([x.flop_trend_oom for x in active])) if active else 0.0
        lab.demand_trend = float(np.mean([x.demand_trend for x in active])) if active else 0.0
        lab.serving_factor = max((x.serving_factor for x in active), default=1.0)
        for channel in outlook.polls:
            lab.rival_trend[channel] = (
                float(np.mean([x.rival_trend[channel] for x in active])) if active else 0.0
            )
        plan, made = decide_entry(lab, _largest_run(lab, active, outlook), outlook)
        industry.decisions += made
        if plan is None:
            lab.remove()
            continue
        _enter(industry, lab, plan, outlook)


def _largest_run(lab: Lab, active: list[Lab], outlook: Outlook) -> float:
    """The largest run that an entrant can pay for, FLOP; in smooth mode capital is no limit."""
    if outlook.scenario.labs.training_mode == "continuous":
        return 10.0 * max((m.training_flop for x in active for m in x.models), default=1.0)
    share = outlook.knowhow.technology.final_run_share
    rules, tech = outlook.scenario.labs, outlook.knowhow.technology
    steps = max(1, round(tech.training_years / outlook.dt))
    # It lives on its capital until it sells: two reviews more than the run takes are kept back.
    wait = outlook.dt * (steps + 2 / outlook.reviews)
    kept = rules.entry_cost_usd + rules.overhead_usd_year * wait
    affordable = max(lab.cash_usd - kept, 0.0) * share / max(outlook.training_price(lab), 1e-300)
    return min(affordable, lab.largest_run(outlook) * steps, outlook.law_for(lab).training_cap_flop)


def _enter(industry: Industry, lab: Lab, plan: Plan, outlook: Outlook) -> None:
    """The entrant pays its way in and starts its first run (or, in smooth mode, sells at once)."""
    rules = industry.settings.labs
    industry.labs.append(lab)
    lab.first_depth, lab.prospect_usd = plan.depth, plan.worth_usd
    lab.bill("entry", rules.entry_cost_usd)
    if rules.training_mode == "continuous":
        model = lab.make_model(plan.training_flop, lab.algorithms_oom, plan.distilled_oom, outlook)
        for channel, price in plan.price_usd.items():
            lab.add_tier(channel, model, plan.depth, price, outlook)
    elif plan.base is not None:
        start_building(lab, plan.base, outlook)
    else:
        start_run(lab, plan.training_flop, 0.0, plan.reports_to, outlook)
    industry.tell(
        "entry",
        lab.name,
        f"{lab.name} enters with {dollars(lab.cash_usd)},"
        f" training {flop(float(np.log10(plan.training_flop)))}",
        cash_usd=lab.cash_usd,
        training_flop=plan.training_flop,
    )


def exits(industry: Industry) -> None:
    """All bankrupt labs leave; of those without prospects for too long the smallest, one a review."""
    rules, outlook = industry.settings.labs, industry.public_outlook
    assert outlook is not None
    patience = rules.exit_patience_years * (1.0 - 1e-9)
    active = industry.active_labs
    broke = [lab for lab in active if lab.cash_usd < -1e-6 * max(1e-300, lab.revenue_usd)]
    tired = [lab for lab in active if lab not in broke and lab.losses * outlook.dt >= patience]
    first = sorted(tired, key=lambda x: (x.revenue_usd, -x.number))[: int(outlook.review_due)]
    for lab in [*sorted(broke, key=lambda x: (x.revenue_usd, -x.number)), *first]:
        # Without an outside option a single seller has no finite price: the last two stay.
        if industry.settings.users.outside_utility == "none" and len(industry.active_labs) <= 2:
            return
        industry.decisions += [
            Decision(lab.number, "exit", "stay", lab.prospect_usd, False),
            Decision(lab.number, "exit", "leave", 0.0, True),
        ]
        why = "cannot pay its bills" if lab in broke else "sees no way to earn its keep"
        industry.tell("exit", lab.name, f"{lab.name} leaves: it {why}", cash_usd=lab.cash_usd)
        lab.exited_step = industry.period
        if rules.adapt.acquire and rules.training_mode == "grid":
            busy = [*broke, *first, *(x.buyer for x in industry.labs_of_step)]  # or have bought one
            buyers = [x for x in industry.active_labs if x not in busy]
            finance.sell(industry, lab, buyers, outlook)


def clear_out(industry: Industry) -> None:
    """Labs that left take their tiers off sale; what cash is left, or owed, is their investors'."""
    for lab in industry.labs_of_step:
        if not lab.active:
            finance.hand_over(lab, industry.period)
            finance.share_out(industry, lab)
            industry.ledger.pay("investors", lab.account, "default", max(-lab.cash_usd, 0.0))
            lab.cash_usd = lab.closed_cash_usd = 0.0
            lab.menus, lab.run = {}, None
            lab.remove()
