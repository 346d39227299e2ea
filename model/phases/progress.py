"""What happens by itself: technology moves, algorithms spread, chips age, sites come on line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agents.lab import Lab
from model.catalogue import FoundationModel
from model.knowhow import Knowhow
from model.mechanisms.volume import volume_now

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
    closes = 1.0 - (1.0 - tech.diffusion) ** dt
    for lab in industry.active_labs:
        lab.distillation_flop = lab.training_flop_used = lab.inference_flop = lab.block_flop = 0.0
        # A lab ahead of the common frontier is not thrown back; the others close part of their gap.
        gap = industry.algorithms_frontier_oom - lab.algorithms_oom
        lab.algorithms_oom += closes * max(gap, 0.0) + (
            tech.algorithm_growth_oom * dt * (1.0 - closes) if gap > 0 else 0.0
        )
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
        for model in [m for m in lab.models if m.created_step == industry.period]:
            _tell_release(industry, lab, model)


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
        f"{lab.name} releases {model.name}, trained with 1e{size:.2f} FLOP",
        training_flop=model.training_flop,
        model=model.id,
    )
    earlier = max((m.training_flop for m in lab.models if m is not model), default=0.0)
    for line in (duty.training_oom for duty in industry.law.duties if duty.training_oom < np.inf):
        if size >= line and earlier < 10.0**line:
            industry.tell(
                "threshold crossed",
                lab.name,
                f"{lab.name} crosses the threshold of 1e{line:g} FLOP",
                threshold_oom=line,
            )
