"""Building on an open model: weights for nothing, tuning of one's own, the brand of one's own.

Only where labs train in runs (grid mode); in smooth mode a lab's model is its own spending.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

import numpy as np

from agents.decisions.outlook import SEARCH, Appraisal, Ask, Outlook
from model.catalogue import Event, FoundationModel, Run, Spec

if TYPE_CHECKING:
    from agents.lab import Lab


def open_base(lab: Lab, outlook: Outlook) -> FoundationModel | None:
    """The best open model of another lab, if it is more capable than any of one's own."""
    if outlook.scenario.labs.training_mode != "grid":
        return None
    others = [m for m in outlook.open_models if m.lab != lab.number]
    best = max(others, key=lambda m: (m.base_oom, m.id), default=None)
    own = lab.best_model
    return None if best is None or (own is not None and own.base_oom >= best.base_oom) else best


def tuning(base: FoundationModel, lab: Lab, outlook: Outlook) -> tuple[float, float, int]:
    """Compute (FLOP), cost with its development (USD) and steps of making a model one's own."""
    rules = outlook.scenario.open_weights
    flop = rules.build_share * base.training_flop
    cost = outlook.training_price(lab) * flop / outlook.knowhow.technology.final_run_share
    return flop, float(cost), max(1, round(rules.build_years / outlook.dt))


def worth_of_building(lab: Lab, base: FoundationModel, outlook: Outlook) -> Generator[Ask, Appraisal, float]:
    """Expected present value of one's menu moved to an open model, less tuning, USD; -inf if out of reach."""
    flop, cost, steps = tuning(base, lab, outlook)
    if cost > lab.spendable_usd(outlook, steps) or flop > lab.largest_run(outlook) * steps:
        return -np.inf
    profit = 0.0
    for channel, tiers in lab.menus.items():
        if channel not in outlook.polls or not tiers:
            continue
        menu = [Spec.of(t) for t in tiers]
        menu = [s.on(base) if s.base_oom <= base.base_oom else s for s in menu]
        middle = steps + outlook.life_steps / 2
        profit += float((yield Ask(channel, [menu], middle, iterations=SEARCH, screening=True)).profit[0])
    return outlook.discount**steps * (outlook.annuity * profit - outlook.release_fee) - cost


def start_building(lab: Lab, base: FoundationModel, outlook: Outlook) -> None:
    """Begin the tuning run."""
    flop, cost, steps = tuning(base, lab, outlook)
    lab.run = Run(
        training_flop=flop,
        algorithms_oom=base.algorithms_oom,
        carried_oom=0.0,
        finish_step=outlook.step + steps,
        steps=steps,
        budget_usd=cost / (1.0 + outlook.law_for(lab).compute_tax) / steps,
        base=base,
    )
    lab.news.append(
        Event("built on", lab.name, f"{lab.name} builds on the open {base.name}", {"model": base.id})
    )
