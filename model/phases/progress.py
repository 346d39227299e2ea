"""What happens by itself: technology moves, algorithms spread, chips age, sites come on line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agents.lab import Lab
from model.catalogue import FoundationModel
from model.knowhow import Knowhow
from model.mechanisms.volume import volume_now
from model.phases.internal import spread_algorithms
from model.words import flop

if TYPE_CHECKING:
    from model.industry import Industry


def advance(industry: Industry) -> None:
    """Open the books of the step; move technology, algorithms and sites."""
    scenario = industry.settings
    dt = scenario.horizon.step_years
    industry.ledger.open(industry.period)
    industry.events, industry.decisions = [], []
    industry.knowhow = Knowhow.at(scenario, industry.years)
    industry.volume = volume_now(
        industry.volume,
        industry.task_price,
        industry.first_task_price,
        scenario.users.volume_elasticity,
        1.0 - (1.0 - scenario.users.reconsider_per_quarter) ** (dt / 0.25),
    )
    tech = industry.knowhow.technology
    industry.algorithms_frontier_oom += tech.algorithm_growth_oom * dt
    for lab in industry.active_labs:
        lab.distillation_flop = lab.training_flop_used = lab.inference_flop = lab.block_flop = 0.0
        lab.internal_flop = 0.0
    spread_algorithms(industry)
    for site in industry.sites:
        added = site.age(industry.period, scenario)
        if added > 0.2 * max(site.power_mw - added, 1e-9):
            industry.tell(
                "site expanded",
                site.name,
                f"{added:,.0f} MW come on line at {site.name}",
                added_mw=added,
                power_mw=site.power_mw,
            )


def tell_releases(industry: Industry) -> None:
    """Put the releases of the step, and thresholds crossed by them, into the log."""
    for lab in industry.active_labs:
        for model in [m for m in lab.models if m.released_step == industry.period]:
            _tell_release(industry, lab, model)
            if model.created_step < industry.period:
                _tell_gap(industry, lab, model)


def gather_news(industry: Industry) -> None:
    """Collect what labs have announced."""
    for lab in industry.active_labs:
        industry.events += lab.news
        lab.news = []


def _tell_release(industry: Industry, lab: Lab, model: FoundationModel) -> None:
    size = np.log10(model.training_flop)
    industry.tell(
        "release",
        lab.name,
        f"{lab.name} releases {model.name}, trained with {flop(size)}",
        training_flop=model.training_flop,
        model=model.id,
    )
    others = [m for m in lab.models if m is not model and not m.internal_only]
    earlier = max((m.training_flop for m in others), default=0.0)
    for line in (duty.training_oom for duty in industry.law.duties if duty.training_oom < np.inf):
        if size >= line and earlier < 10.0**line:
            industry.tell(
                "threshold crossed",
                lab.name,
                f"{lab.name} crosses the threshold of {flop(line)}",
                threshold_oom=line,
            )


def _tell_gap(industry: Industry, lab: Lab, model: FoundationModel) -> None:
    """A model that was kept inside is out: by how much it moves the public frontier at depth one."""
    others = [m.base_oom for x in industry.labs for m in x.models if m is not model and not m.internal_only]
    jump = max(0.0, model.base_oom - max(others, default=-np.inf))
    held = industry.period - model.created_step
    industry.tell(
        "gap closes",
        lab.name,
        f"{model.name} is out after {held} steps inside; the public frontier moves by {jump:.2f} OOM",
        model=model.id,
        jump_oom=jump,
        held_steps=held,
    )
