"""Open or closed: whether a lab publishes the weights of a model, once for good.

A new model is weighed when it is released; once a year so is the best of the old ones that bring in
little. What cannot be taken back is weighed over a model's life, at rivals' present prices.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agents.decisions.outlook import SEARCH, Ask, Outlook, Talk
from agents.fringe import Published, worth_to_others
from model.catalogue import Decision, Event, FoundationModel, Spec
from model.mechanisms.open_weights import opening_gain

if TYPE_CHECKING:
    from agents.lab import Lab


CLEAR = 1e-3  # share of profit within which two best responses are the same: what their search leaves open


def decide_opening(lab: Lab, outlook: Outlook) -> Talk:
    """Closed: the present margin. Open: less margin, more appeal, part of the worth to others."""
    made: list[Decision] = []
    for model in _candidates(lab, outlook):
        if np.log10(model.training_flop) >= outlook.law_for(lab).open_cap_oom:
            made.append(Decision(lab.number, "openness", f"keep {model.name} closed: barred", 0.0, True))
            continue
        published = Published.of(model)
        ahead = outlook.life_steps / 2
        boost = outlook.scenario.open_weights.ecosystem_appeal - outlook.ecosystem(lab)
        closed = shared = worth = 0.0
        for channel in outlook.polls:
            menu = [Spec.of(t) for t in lab.menus.get(channel, [])]
            if menu:
                ask = Ask(channel, [menu], ahead, iterations=SEARCH, screening=True)
                alone = float((yield ask).profit[0])
                after = yield ask._replace(published=published, appeal=boost)
                # Searches may end on different hills: what pays with more rivals pays with fewer.
                same = [s._replace(price_usd=float(p)) for s, p in zip(menu, after.prices[0], strict=False)]
                again = yield ask._replace(menus=[same], iterations=0)
                closed += max(alone, float(again.profit[0]))
                shared += float(after.profit[0])
            if lab.complement_share > 0.0:
                worth += worth_ahead(lab, published, channel, ahead, outlook)
        gain = opening_gain(closed, shared, lab.complement_share, worth)
        opens = gain > CLEAR * abs(closed)
        if opens:
            _publish(lab, model, outlook)
        life = outlook.annuity
        made += [
            Decision(lab.number, "openness", f"keep {model.name} closed", life * closed, not opens),
            Decision(lab.number, "openness", f"publish {model.name}", life * (closed + gain), opens),
        ]
    best = lab.best_model
    lab.open_weights = best.open_weights if best is not None else False
    return made


def worth_ahead(lab: Lab, published: Published, channel: int, ahead: float, outlook: Outlook) -> float:
    """What a model would be worth to others some steps ahead, as its maker expects, USD per step."""
    price = lab.flop_price * 10.0 ** (lab.cost_trend(outlook) * ahead)
    better = lab.rival_trend[channel] * ahead
    worth = worth_to_others(published, outlook.polls[channel], channel, price, outlook, better)
    return float(np.exp(lab.demand_trend * ahead)) * worth


def _candidates(lab: Lab, outlook: Outlook) -> list[FoundationModel]:
    """Closed models that are new, or old and of little use; only such as users of open models would try.

    What was itself made from an open model is no candidate: it is public but for the tuning.
    """
    rules = outlook.scenario.open_weights
    bar = -np.inf
    if len(outlook.open_models) >= rules.models_considered:
        bar = min(m.base_oom for m in outlook.open_models)
    closed = [
        m
        for m in lab.models
        if not m.open_weights and m.released_step >= 0 and m.built_on < 0 and m.base_oom > bar
    ]
    if not rules.fringe:
        return []
    new = [m for m in closed if m.released_step == outlook.step and outlook.step > 0]
    old: list[FoundationModel] = []
    if int(outlook.years + 1e-9) > int(outlook.years - outlook.dt + 1e-9):
        limit = rules.old_revenue_share * lab.revenue_usd
        old = [m for m in closed if m not in new and m is not lab.best_model and _revenue(lab, m) < limit]
        old = sorted(old, key=lambda m: (-m.base_oom, m.id))[:1]
    return [*new, *old]


def _revenue(lab: Lab, model: FoundationModel) -> float:
    """Revenue of the last step from tiers on a model, USD."""
    return sum(lab.tier_revenue.get(t.id, 0.0) for t in lab.tiers if t.model is model)


def _publish(lab: Lab, model: FoundationModel, outlook: Outlook) -> None:
    """From now on anybody may run it."""
    model.open_weights, model.opened_step = True, outlook.step
    lab.news.append(
        Event(
            "opened",
            lab.name,
            f"{lab.name} publishes the weights of {model.name}",
            {"model": model.id, "training_flop": model.training_flop},
        )
    )
