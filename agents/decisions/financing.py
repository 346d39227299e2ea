"""Cloud partners: compute for a share of the lab, where its own money is short of its best run."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

import numpy as np

from agents.decisions.outlook import SEARCH, Appraisal, Ask, Outlook, Talk
from agents.decisions.training import run_sizes
from model.catalogue import Decision, Event, Spec
from model.mechanisms.finance import diluted, equity_for
from model.words import dollars

if TYPE_CHECKING:
    from agents.lab import Lab

OFFERS = 4  # larger runs that are looked at, evenly spread up to the largest that credits can pay


def decide_financing(lab: Lab, outlook: Outlook) -> Talk:
    """Take credits for a larger run against equity, if the present owners' part is worth more with them.

    The partner gives credits K for the share e at which the payouts that it expects are worth K: what it has
    seen the lab earn after all costs (adaptive), raised over the new model's life in the proportion in which
    the plan promises to raise the profit from sales, and as now for ever after (a share does not lapse). It
    gives at most a part of what its sites sell to others. The lab accepts if (1 - e)(V + T + K) with the
    larger run exceeds V + T of the best run that it can pay for itself, T what comes after that life.
    """
    rules, tech = outlook.scenario.finance, outlook.knowhow.technology
    if outlook.scenario.labs.training_mode != "grid" or lab.run is not None or lab.best_model is None:
        return []
    spare = {p: outlook.spare_usd.get(p, 0.0) for p in lab.partners}
    if not spare or max(spare.values()) <= 0.0 or lab.payable_usd_year <= 0.0:
        return []
    owner = max(spare, key=lambda p: spare[p])
    steps = max(1, round(tech.training_years / outlook.dt))
    most = rules.partner_share * spare[owner] * steps
    usd = outlook.training_price(lab) / tech.final_run_share  # per FLOP of the run
    budget = lab.spendable_usd(outlook, steps)
    centre = max(m.own_flop for m in lab.models)
    top = min(
        (budget + most) / max(usd, 1e-300),
        lab.largest_run(outlook) * steps,
        outlook.law_for(lab).training_cap_flop,
        centre * 10.0**outlook.scenario.labs.training_reach_oom,
    )
    reach = budget / max(usd, 1e-300)
    if top <= reach * 1.01:
        return []
    own = run_sizes(lab, outlook)[-1:]
    larger = [reach * (top / reach) ** (k / OFFERS) for k in range(1, OFFERS + 1)] if reach > 0 else [top]
    sizes = [0.0, *own, *larger]
    profits = yield from _profits(lab, sizes, steps, outlook)
    life = outlook.annuity * outlook.discount**steps
    value = life * profits - np.array(sizes) * usd
    payable, d = lab.payable_usd_year * outlook.dt, outlook.discount
    later = payable * d ** (steps + outlook.life_steps) * (d / (1.0 - d) if d < 1.0 else np.inf)
    alone = float(value[: 1 + len(own)].max()) + later
    if not profits[0] > 0.0:
        return []
    held = sum(lab.stakes.values())
    made, best, deal = [], alone, (0.0, 0.0)
    for k in range(1 + len(own), len(sizes)):
        credit = float(sizes[k] * usd - budget)
        payouts = payable * float(profits[k] / profits[0]) * life + later
        equity = float(equity_for(credit, payouts))
        if diluted(held, min(equity, 1.0)) > rules.equity_limit:
            continue
        worth = (1.0 - equity) * (float(value[k]) + later + credit)
        made.append((credit, equity, worth))
        if worth > best:
            best, deal = worth, (credit, equity)
    if not made:
        return []
    credit, equity = deal
    if credit > 0.0:
        _agree(lab, owner, credit, equity)
    return [
        Decision(lab.number, "finance", "no credits", alone, credit == 0.0),
        *(
            Decision(lab.number, "finance", f"{k:.4g} USD of compute for {e:.3%}", w, k == credit)
            for k, e, w in made
        ),
    ]


def _agree(lab: Lab, owner: str, credit: float, equity: float) -> None:
    """The deal: credits for a share of the whole, which thins out all others."""
    lab.stakes = {p: share * (1.0 - equity) for p, share in lab.stakes.items()}
    lab.stakes[owner] = lab.stakes.get(owner, 0.0) + equity
    lab.credits[owner] = lab.credits.get(owner, 0.0) + credit
    text = f"{owner} gives {lab.name} compute for {dollars(credit)} for {equity:.1%} of it"
    lab.news.append(
        Event("partnership", lab.name, text, {"partner": owner, "credits_usd": credit, "equity": equity})
    )


def _profits(
    lab: Lab, sizes: list[float], steps: int, outlook: Outlook
) -> Generator[Ask, Appraisal, np.ndarray]:
    """Expected profit per step in the middle of the life of a model of each size; 0 = no run, (n,)."""
    know = outlook.knowhow
    assert lab.best_model is not None
    carried = lab.best_model.distillation_oom * know.technology.distillation.carry_over
    total = np.zeros(len(sizes))
    for channel, tiers in lab.menus.items():
        if channel not in outlook.polls or not tiers:
            continue
        menus = []
        for flop in sizes:
            menu = [Spec.of(t) for t in tiers]
            if flop > 0.0:
                base = float(know.base_capability(flop, lab.algorithms_oom, carried))
                size = know.parameters(flop)
                new = {"base_oom": base, "parameters": size, "distilled_oom": carried}
                menu = [s._replace(**new) if s.base_oom <= base else s for s in menu]
            menus.append(menu)
        middle = steps + outlook.life_steps / 2
        total += (yield Ask(channel, menus, middle, iterations=SEARCH, screening=True)).profit
    return total
