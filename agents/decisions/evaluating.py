"""Tests for danger before release: what a test of some depth shows, and what a law does about it."""

from __future__ import annotations

from math import ceil, inf
from typing import TYPE_CHECKING

from agents.decisions.outlook import Outlook
from model.catalogue import Event, FoundationModel
from model.knowhow import Knowhow

if TYPE_CHECKING:
    from agents.lab import Lab


def measured(model: FoundationModel, depth: float, know: Knowhow) -> float:
    """Capability in the most dangerous class that a test finds, all its depth on one task, OOM of FLOP."""
    found = know.dangerous(model.base_oom, depth, distilled_oom=model.distilled_oom)
    return float(found) - model.mitigation_oom


def cleared(lab: Lab, model: FoundationModel, outlook: Outlook) -> bool:
    """Whether a law lets a model out now.

    Above the limit of the test it is held back until enough of its dangerous capability is suppressed,
    which takes time and money. It is tested anew only if it has become more capable since.
    """
    law = outlook.law_for(lab)
    if law.evaluation_depth <= 0.0 or law.evaluation_limit_oom == inf:
        return True
    if model.base_oom > model.tested_base_oom:
        model.tested_base_oom = model.base_oom
        rules = outlook.scenario.misuse
        over = measured(model, law.evaluation_depth, outlook.knowhow) - law.evaluation_limit_oom
        if over > 0.0:
            model.mitigation_oom += over
            model.cleared_step = outlook.step + ceil(rules.mitigation_years / outlook.dt - 1e-9)
            lab.bill("release", rules.mitigation_usd)
            text = f"a test holds {model.name} back: {over:.2f} OOM above the limit"
            lab.news.append(Event("held back", lab.name, text, {"model": model.id, "over_oom": over}))
    return outlook.step >= model.cleared_step
