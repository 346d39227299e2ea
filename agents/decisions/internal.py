"""Own research: how much compute a lab's best model, released or not, gets for work on algorithms.

The model works at a depth of the lab's choice beside the lab's people; what is found is the lab's lead over
the field until the field finds it too, or a release lets others learn of it. Rules on what is sold do
not see this use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agents.decisions.outlook import Ask, Outlook, Talk
from agents.decisions.releasing import with_model
from model.catalogue import Decision, FoundationModel
from model.mechanisms.internal import automated_share, best_ratio, lead_left, research_gain
from model.mechanisms.scaling import saturating_depth

if TYPE_CHECKING:
    from agents.lab import Lab

DEPTHS = (1.0, 10.0, 100.0, 1000.0, 10_000.0)  # depths of research that are compared
PROBE_OOM = 0.1  # of algorithms by which the worth of an OOM is felt
WORK_HOURS_YEAR = 2000.0  # of one researcher
SECONDS_PER_HOUR = 3600.0


def decide_internal(lab: Lab, outlook: Outlook) -> Talk:
    """Compare depths, each with its best amount of work, by the worth of the lead less the compute."""
    rules, tech = outlook.scenario.internal, outlook.knowhow.technology
    model = lab.best_inside
    if not outlook.scenario.labs.adapt.internal or rules.research_elasticity == 0.0 or model is None:
        return []
    per_oom = 0.0
    wait = _steps_to_use(lab, outlook)
    for channel, tiers in lab.menus.items():
        if channel not in outlook.polls or not tiers:
            continue
        menus = [
            with_model(tiers, model, learned_oom=gain) for gain in (0.0, PROBE_OOM * tech.training_exponent)
        ]
        ask = Ask(channel, menus, wait + outlook.life_steps / 2, iterations=0, screening=True)
        found = (yield ask).profit
        per_oom += float(found[1] - found[0]) / PROBE_OOM
    left = float(lead_left(1.0, rules.rediscovery, wait * outlook.dt))
    per_oom = max(0.0, per_oom * left * outlook.annuity * outlook.discount**wait)
    harder = 10.0 ** (-rules.fishing_out * lab.lead_oom)
    alone = tech.algorithm_growth_oom * outlook.dt  # what people find in the step, OOM
    spent = lab.distillation_flop * outlook.training_price(lab)
    budget = max(0.0, lab.spendable_usd(outlook, 1.0) - spent)
    options = [(0.0, 0.0, 0.0, 0.0)]  # depth, FLOP, OOM won, worth
    for depth in DEPTHS:
        share = research_share(model, depth, outlook)
        hour = hour_flop(model, depth, outlook)
        usd = hour * tech.inference_price_ratio * lab.flop_price
        people = share * rules.researchers * WORK_HOURS_YEAR * outlook.dt  # hours in automated tasks
        if people <= 0.0 or usd <= 0.0:
            continue
        exponent = rules.research_elasticity * share
        ratio = float(best_ratio(per_oom * alone * harder, exponent, usd * people))
        ratio = min(ratio, budget / (usd * people))
        won = research_gain(
            alone,
            ratio,
            share,
            elasticity=rules.research_elasticity,
            lead_oom=lab.lead_oom,
            fishing_out=rules.fishing_out,
        )
        worth = per_oom * float(won) - usd * people * ratio
        options.append((depth, hour * people * ratio, float(won), worth))
    depth, flop, won_oom, _ = chosen = max(options, key=lambda option: option[3])
    if flop > 0.0:
        lab.internal_flop, lab.internal_depth = flop, depth
        lab.lead_oom += won_oom
        lab.algorithms_oom += won_oom
    names = ["no research by models", *(f"research at depth {o[0]:g}" for o in options[1:])]
    return [
        Decision(lab.number, "internal", name, option[3], option is chosen)
        for name, option in zip(names, options, strict=True)
    ]


def research_share(model: FoundationModel, depth: float, outlook: Outlook) -> float:
    """Share of research that a model does as people do at a depth, in the class that takes people longest."""
    know, tasks = outlook.knowhow, outlook.scenario.tasks
    place = int(np.argmax([t.hours for t in tasks]))
    table = know.tables[0]
    level = float(know.levels(model.base_oom, model.distilled_oom)[place])
    level += float(table.exponent[place] * saturating_depth(np.log10(depth), table.span[place]))
    human = know.technology.human_level_oom + tasks[place].human_offset_oom
    slope = outlook.scenario.users.irt_slope
    return float(automated_share(level, tasks[place].difficulty_oom, slope, human))


def hour_flop(model: FoundationModel, depth: float, outlook: Outlook) -> float:
    """Compute of an hour of one copy, decoded FLOP: 2 N v 3600 I / e."""
    know = outlook.knowhow
    passes = 2.0 * model.parameters * know.technology.tokens_per_second * SECONDS_PER_HOUR
    return passes * depth / know.inference_efficiency


def _steps_to_use(lab: Lab, outlook: Outlook) -> float:
    """Steps until what is found now is in a model: the next run begins when the present one is done."""
    run = max(1, round(outlook.knowhow.technology.training_years / outlook.dt))
    return float(run + (max(0, lab.run.finish_step - outlook.step) if lab.run is not None else 0))
