"""What happens by itself: technology moves, algorithms spread, chips age, sites come on line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agents.lab import Lab
from model.catalogue import FoundationModel
from model.knowhow import Knowhow

if TYPE_CHECKING:
    from model.industry import Industry


def advance(industry: Industry) -> None:
    """Open the books of the step; move technology, algorithms and sites."""
    scenario = industry.settings
    dt = scenario.horizon.step_years
    industry.ledger.open(industry.period)
    industry.events, industry.decisions = [], []
    industry.knowhow = Knowhow.at(scenario, industry.years)
    tech = industry.knowhow.technology
    industry.algorithms_frontier_oom += tech.algorithm_growth_oom * dt
    closes = 1.0 - (1.0 - tech.diffusion) ** dt
    for lab in industry.active_labs:
        lab.distillation_flop = lab.training_flop_used = lab.inference_flop = lab.block_flop = 0.0
        # A lab ahead of the common frontier is not thrown back; the others close part of their gap.
        gap = industry.algorithms_frontier_oom - lab.algorithms_oom
        lab.algorithms_oom += closes * max(gap, 0.0) + (tech.algorithm_growth_oom * dt
                                                        * (1.0 - closes) if gap > 0 else 0.0)
    for site in industry.sites:
        added = site.age(industry.period, scenario)
        if added > 0.2 * max(site.power_mw - added, 1e-9):
            industry.tell("site expanded", site.name, f"{added:,.0f} MW come on line at {site.name}",
                          added_mw=added, power_mw=site.power_mw)


def tell_release(industry: Industry, lab: Lab, model: FoundationModel) -> None:
    """Put a release into the log."""
    industry.tell("release", lab.name, f"{lab.name} releases {model.name},"
                  f" trained with 1e{np.log10(model.training_flop):.2f} FLOP",
                  training_flop=model.training_flop, model=model.id)
    for rule in industry.regulator.rules:
        earlier = [m for x in industry.labs for m in x.models if m is not model]
        if np.log10(model.training_flop) >= rule.threshold_oom and not any(
                np.log10(m.training_flop) >= rule.threshold_oom for m in earlier if m.lab == lab.number):
            industry.tell("threshold crossed", lab.name, f"{lab.name} crosses the threshold of"
                          f" 1e{rule.threshold_oom:g} FLOP", threshold_oom=rule.threshold_oom)
