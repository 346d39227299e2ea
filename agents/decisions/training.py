"""Training: how large the next run is, if any; and the smooth version of the same rule for theory."""

from __future__ import annotations

from collections.abc import Generator
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from agents.decisions.building import open_base, start_building, worth_of_building
from agents.decisions.complying import duties_of_plan, reporting_plan
from agents.decisions.outlook import SEARCH, Appraisal, Ask, Outlook, Talk
from agents.decisions.releasing import candidate, with_model
from model.catalogue import Decision, Run, Spec

if TYPE_CHECKING:
    from agents.lab import Lab

REACH_DOWN_OOM = 0.5  # how far below its largest run a lab looks
COARSE = 3  # every third size of the grid is looked at first
PROBE_OOM = 1e-3  # of training by which a slope is felt
LARGEST_MOVE = 1.0  # log points of size per review


def decide_training(lab: Lab, outlook: Outlook) -> Talk:
    """Compare run sizes on a grid by expected present value; start the best if it beats no run."""
    if lab.run is not None or not lab.best_model:
        return []
    rules, tech = outlook.scenario.labs, outlook.knowhow.technology
    sizes = run_sizes(lab, outlook)
    steps = max(1, round(tech.training_years / outlook.dt))
    carried = lab.carried_oom(tech)
    profits: dict[float, float] = {}  # expected profit per step by size; 0 = no run
    reports: dict[float, frozenset[str]] = {0.0: frozenset()}

    @cache  # a size is asked about in each round of the search and once more when it is told
    def worth(flop: float) -> float:
        later = outlook.discount**steps
        value = outlook.annuity * later * profits[flop]
        if flop == 0.0:
            return float(value)
        value -= later * outlook.release_fee
        reports[flop], duty = reporting_plan(lab, flop, profits[flop] - profits[0.0], outlook)
        return float(value - outlook.training_price(lab) * flop / tech.final_run_share - duty)

    # The grid is searched in two rounds: every third size, then the neighbours of the best.
    yield from _appraise_sizes(lab, [0.0, *sizes[::-COARSE]], carried, steps, profits, outlook)
    near = max(profits, key=worth)
    if near > 0.0:
        at = sizes.index(near)
        beside = sizes[max(0, at - COARSE + 1) : at + COARSE]
        yield from _appraise_sizes(lab, [f for f in beside if f != near], carried, steps, profits, outlook)
    chosen = max(profits, key=worth)
    base = open_base(lab, outlook)
    building = -np.inf if base is None else (yield from worth_of_building(lab, base, outlook))
    builds = building > worth(chosen)
    tiers = rules.tier_cost_usd_year * len(lab.tiers) if rules.adapt.menu else 0.0
    keep = (rules.overhead_usd_year + tiers) * outlook.dt * outlook.annuity
    lab.prospect_usd = max(worth(chosen), building) - keep
    made = [
        Decision(
            lab.number,
            "train",
            f"train 1e{np.log10(f):.2f} FLOP" if f else "no run",
            worth(f),
            f == chosen and not builds,
        )
        for f in sorted(profits)
    ]
    if base is not None and np.isfinite(building):
        made.append(Decision(lab.number, "train", f"build on the open {base.name}", building, builds))
    if base is not None and builds:
        start_building(lab, base, outlook)
    elif chosen > 0.0:
        start_run(lab, chosen, carried, reports[chosen], outlook)
    return made


def start_run(
    lab: Lab, flop: float, carried_oom: float, reports_to: frozenset[str], outlook: Outlook
) -> None:
    """Begin a run; one that is reported to authorities costs their duties and is released later."""
    tech = outlook.knowhow.technology
    covered = duties_of_plan(lab, flop, reports_to, outlook)
    delay = max((r.delay_years for r in covered), default=0.0) / outlook.dt
    # Fractions of a step are met on average: a draw decides whether the run takes one step more.
    luck = lab.streams.uniform(f"lab.{lab.number}.run", outlook.step, 1)[0]
    length = max(1, int(tech.training_years / outlook.dt + luck))
    release = max(length, int(tech.training_years / outlook.dt + delay + luck))
    lab.run = Run(
        training_flop=float(flop),
        algorithms_oom=lab.algorithms_oom,
        carried_oom=carried_oom,
        finish_step=outlook.step + release,
        steps=length,
        reports_to=reports_to,
        budget_usd=lab.flop_price * float(flop) / tech.final_run_share / length,
    )
    if covered:
        lab.bill("compliance", sum(r.report_cost_usd for r in covered))


def _appraise_sizes(
    lab: Lab,
    sizes: list[float],
    carried_oom: float,
    steps: int,
    profits: dict[float, float],
    outlook: Outlook,
) -> Generator[Ask, Appraisal, None]:
    """Write the expected profit per step with a model of each size, in the middle of its life."""
    know = outlook.knowhow
    total = np.zeros(len(sizes))
    waiting = candidate(lab)  # what is kept inside will be out by then
    trained = np.array([f for f in sizes if f > 0.0])
    bases = iter(know.base_capability(trained, lab.algorithms_oom, carried_oom).tolist())
    models = [(next(bases), know.parameters(f)) if f > 0.0 else None for f in sizes]
    for channel, tiers in lab.menus.items():
        if channel not in outlook.polls or not tiers or not sizes:
            continue
        now = with_model(tiers, waiting)
        menus = []
        for model in models:
            menu = now
            if model is not None:
                base, size = model
                new = {"base_oom": base, "parameters": size, "distilled_oom": carried_oom}
                menu = [s._replace(**new) if s.base_oom <= base else s for s in now]
            menus.append(menu)
        middle = steps + outlook.life_steps / 2
        total += (yield Ask(channel, menus, middle, iterations=SEARCH, screening=True)).profit
    profits.update(zip(sizes, total.tolist(), strict=True))


def run_sizes(lab: Lab, outlook: Outlook) -> list[float]:
    """Sizes on the grid that cash, credit and the largest sites allow, FLOP."""
    rules, tech = outlook.scenario.labs, outlook.knowhow.technology
    assert lab.best_model is not None
    steps = max(1, round(tech.training_years / outlook.dt))
    budget = lab.spendable_usd(outlook, steps)
    affordable = budget * tech.final_run_share / max(outlook.training_price(lab), 1e-300)
    top = min(affordable, lab.largest_run(outlook) * steps, outlook.law_for(lab).training_cap_flop)
    centre = np.log10(max(m.own_flop for m in lab.models))
    step = rules.training_step_oom
    grid = np.arange(-round(REACH_DOWN_OOM / step), round(rules.training_reach_oom / step) + 1) * step
    return [float(10.0 ** (centre + g)) for g in grid if 10.0 ** (centre + g) <= top]


def adapt_training(lab: Lab, outlook: Outlook) -> Talk:
    """Smooth training: ln C += damping x ln(return / user cost), C kept up every step."""
    model = lab.best_model
    if model is None:
        return []
    rules = outlook.scenario.labs
    slope = outlook.knowhow.training_return(model.training_flop) * np.log(10.0)  # OOM per OOM
    gain = 0.0
    for channel, tiers in lab.menus.items():
        if channel not in outlook.polls or not tiers:
            continue
        menus = []
        for sign in (1.0, -1.0):
            shift = sign * PROBE_OOM * slope
            menus.append([Spec.of(t)._replace(base_oom=t.model.base_oom + shift) for t in tiers])
        up, down = (yield Ask(channel, menus, iterations=0)).profit
        gain += float(up - down) / (2 * PROBE_OOM * np.log(10.0))
    share = outlook.knowhow.technology.final_run_share
    hold = rules.training_user_cost * outlook.dt / share  # FLOP bought a step per FLOP of capital
    cost = outlook.training_price(lab) * model.training_flop * hold
    damping, most = outlook.share_per_step(rules.training_damping), LARGEST_MOVE * outlook.reviews
    move = damping * float(np.log(max(gain, 1e-12 * cost) / cost))
    flop = model.training_flop * float(np.exp(np.clip(move, -most, most)))
    flop = min(flop, outlook.law_for(lab).training_cap_flop)
    lab.retrain(model, flop, outlook)
    lab.training_flop_used = flop * hold
    return [Decision(lab.number, "train", f"move to {flop:.4g} FLOP", gain - cost, True)]
