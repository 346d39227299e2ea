"""Thieves: labs secure their weights, some are stolen all the same, and some of these leak."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agents.decisions.outlook import Outlook, decide_together
from agents.decisions.securing import decide_security, due, entry_values, target

if TYPE_CHECKING:
    from model.industry import Industry


def secure(industry: Industry, outlook: Outlook) -> None:
    """Labs whose review is due weigh security; what one lab more would earn is their market research's."""
    active = industry.active_labs
    labs = [lab for lab in active if due(lab, outlook)]
    if not labs:
        return
    appeal = float(np.median([lab.appeal for lab in active]))
    for lab, usd in zip(labs, entry_values(labs, appeal, outlook), strict=True):
        lab.weights_entry_usd = usd
    industry.decisions += decide_together(labs, decide_security, outlook)


def steal(industry: Industry) -> None:
    """Draw thefts, by lab and step; stolen weights stay with a state, or an illicit host sells them."""
    rules, dt = industry.settings.security, industry.settings.horizon.step_years
    for lab in industry.active_labs:
        model = target(lab)
        luck = industry.streams.uniform(f"theft.{lab.number}", industry.period, 2)
        chance = -np.expm1(-lab.theft_hazard_year * dt)
        if model is None or luck[0] >= chance:
            continue
        model.stolen_step = industry.period
        value = lab.weights_value_usd
        industry.tell(
            "theft",
            lab.name,
            f"the weights of {model.name} are stolen from {lab.name}",
            model=model.id,
            value_usd=value,
            security_usd_year=lab.security_usd_year,
        )
        if luck[1] < rules.leak_probability:
            model.leaked_step = industry.period
            industry.tell(
                "leak", lab.name, f"a host sells the stolen {model.name}, safeguards stripped", model=model.id
            )
