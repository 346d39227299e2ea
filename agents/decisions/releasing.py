"""When to release: a finished model is put on sale, or kept inside, where it may be distilled first.

All ways are compared by present value over one horizon, the model's life from now: a step inside forgoes
its profit, and keeps for a step what a release would tell rivals, what it costs and what duties it brings.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

import numpy as np

from agents.decisions.complying import expected_fine, facts_of
from agents.decisions.distilling import round_options
from agents.decisions.evaluating import cleared
from agents.decisions.outlook import SEARCH, Appraisal, Ask, Outlook
from model.catalogue import Decision, Event, FoundationModel, Spec, Tier
from model.mechanisms.internal import leaked_oom

if TYPE_CHECKING:
    from agents.lab import Lab

Weighed = Generator[Ask, Appraisal, tuple[FoundationModel | None, list[Decision]]]
Compared = Generator[Ask, Appraisal, tuple[bool, list[Decision]]]


def weigh_release(lab: Lab, outlook: Outlook, fresh: FoundationModel | None) -> Weighed:
    """The model to put on sale now, if any: the one that a run has just yielded, or the best one inside."""
    if not outlook.scenario.labs.adapt.internal:
        return fresh, []
    if fresh is not None:
        fresh.released_step = -1
    model = candidate(lab)
    if model is None or not (fresh is not None or outlook.review_due) or not cleared(lab, model, outlook):
        return None, []
    if outlook.step < model.held_until:
        return None, []
    made: list[Decision] = []
    releases = True
    if lab.tiers:  # who has nothing on sale has nothing to wait for
        releases, made = yield from _compare(lab, model, outlook)
    if releases:
        model.released_step = outlook.step
        lab.bill("release", outlook.release_fee)
        return model, made
    if model.held_step < 0:
        model.held_step = outlook.step
        text = f"{lab.name} keeps {model.name} inside"
        lab.news.append(Event("kept inside", lab.name, text, {"model": model.id}))
    return None, made


def candidate(lab: Lab) -> FoundationModel | None:
    """The most capable model inside; what is no better than another one inside is never released."""
    inside = [m for m in lab.models if m.internal_only]
    return max(inside, key=lambda m: (m.base_oom, m.id), default=None)


def with_model(
    tiers: list[Tier], model: FoundationModel | None, gain_oom: float = 0.0, learned_oom: float = 0.0
) -> list[Spec]:
    """The menu once a model is out: tiers on worse ones move to it.

    gain_oom: distilled into it before; learned_oom: what it gains besides, in all tasks alike.
    """
    if model is None:
        return [Spec.of(t) for t in tiers]
    base = model.base_oom + gain_oom + learned_oom
    return [
        Spec.of(t).on(model, gain_oom)._replace(base_oom=base)
        if base > t.base_oom or t.model is model
        else Spec.of(t)
        for t in tiers
    ]


def lead_oom(lab: Lab, model: FoundationModel, outlook: Outlook) -> float:
    """What a model embodies beyond all that is public: the field's frontier and released models, OOM."""
    public = max([outlook.common_oom, *outlook.published_oom.values()])
    return max(0.0, model.knowhow_oom - public)


def _compare(lab: Lab, model: FoundationModel, outlook: Outlook) -> Compared:
    """The ways to go on with a model, by present value, and whether the best of them releases it now."""
    gains, costs = round_options(lab, model, outlook)
    year = max(1.0, round(1.0 / outlook.dt))
    found: dict[float, tuple[float, float, np.ndarray]] = {}  # by what rivals will have been told

    def at(wait: float) -> Generator[Ask, Appraisal, tuple[float, float, np.ndarray]]:
        told = told_oom(lab, model, wait, outlook)
        if told not in found:
            found[told] = yield from _profits(lab, model, gains, told, outlook)
        return found[told]

    present, moved, better = yield from at(0.0)
    _, moved_next, better_next = yield from at(1.0)
    _, moved_year, _ = yield from at(year)
    life, one, whole = outlook.annuity, _annuity(1.0, outlook), _annuity(year, outlook)
    fee, d = outlook.release_fee, outlook.discount
    due = fee + duty_usd(lab, model, outlook)
    worth = {
        "release it now": life * moved - due,
        "keep it inside for now": one * present + (life - one) * moved_next - d * due,
        "keep it inside for a year": whole * present + (life - whole) * moved_year - d**year * due,
    }
    if gains:
        # A round on what is on sale is out a step later too, by a release of its own.
        both = one * moved + (life - one) * better - costs
        worth["release it now and distil the next"] = float(both.max()) - due - d * fee
        first = one * present + (life - one) * better_next - costs
        worth["keep it inside and distil it first"] = float(first.max()) - d * due
    choice = max(worth, key=lambda name: worth[name])
    model.held_until = outlook.step + (int(year) if choice.endswith("a year") else 1)
    rows = [
        Decision(lab.number, "hold", f"{model.name}: {name}", float(usd), name == choice)
        for name, usd in worth.items()
    ]
    return choice.startswith("release"), rows


def told_oom(lab: Lab, model: FoundationModel, wait: float, outlook: Outlook) -> float:
    """What rivals will have learned from a model by the middle of its life if it is out after some steps.

    They embody it when they train again.
    """
    tech = outlook.knowhow.technology
    years = (outlook.life_steps / 2 - wait) * outlook.dt - tech.training_years
    lead = lead_oom(lab, model, outlook)
    return float(leaked_oom(lead, tech.release_spillover, tech.diffusion, years))


def _profits(
    lab: Lab, model: FoundationModel, gains: list[float], told: float, outlook: Outlook
) -> Generator[Ask, Appraisal, tuple[float, float, np.ndarray]]:
    """Profit per step in the middle of the life: as it is, with the model, with a round more of it."""
    total = np.zeros(2 + len(gains))
    for channel, tiers in lab.menus.items():
        if channel not in outlook.polls or not tiers:
            continue
        table = outlook.knowhow.tables[channel]
        level = outlook.knowhow.levels(model.base_oom, model.distilled_oom)
        slope = float(table.usage @ table.marginal(level))
        now, menus = with_model(tiers, None), [with_model(tiers, model, g) for g in [0.0, *gains]]
        ask = Ask(channel, [now, *menus], outlook.life_steps / 2, iterations=SEARCH, screening=True)
        if told > 0.0:
            calm = yield ask._replace(menus=[now])
            rest = yield ask._replace(menus=menus, rivals_gain=told * slope)
            total += np.append(calm.profit, rest.profit)
        else:
            total += (yield ask).profit
    return float(total[0]), float(total[1]), total[2:]


def duty_usd(lab: Lab, model: FoundationModel, outlook: Outlook) -> float:
    """What duties that bite when a model is put on sale are expected to cost, the cheaper way, USD."""
    duties = outlook.law_for(lab).duties
    if not duties:
        return 0.0
    facts = facts_of(model, lab, outlook.dt)
    deepest = max((t.depth for t in lab.tiers), default=lab.first_depth)
    facts = facts._replace(offered_depth=max(facts.offered_depth, deepest))
    due = [d for d in duties if d.covers(facts) and d.regulator not in model.reported_to]
    total = 0.0
    for regulator in dict.fromkeys(d.regulator for d in due):
        mine = [d for d in due if d.regulator == regulator]
        total += min(sum(d.report_cost_usd for d in mine), expected_fine(lab, mine, outlook))
    return total


def _annuity(steps: float, outlook: Outlook) -> float:
    """Present value of a dollar a step over so many steps, no more than a model's life."""
    count, d = min(steps, outlook.life_steps), outlook.discount
    return float(d * (1 - d**count) / (1 - d)) if d < 1 else float(count)
