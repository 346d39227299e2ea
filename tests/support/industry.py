"""An industry of the real start after some steps, and what its labs see: made once, handed out as copies."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from functools import cache
from typing import Any

from agents.decisions.outlook import Ask, Outlook, appraise
from agents.lab import Lab
from model import Industry
from model.catalogue import Decision, Spec
from model.phases import accounts
from tests.support.small import run, small


@cache
def _made(regime: str, steps: int, changes: str) -> Industry:
    return run(small(regime, json.loads(changes)), steps)


def world(regime: str = "inference-at-deployment", steps: int = 2, **changes: Any) -> Industry:
    """An industry of the real start after some steps; keys with __ for the dots."""
    named = {key.replace("__", "."): value for key, value in changes.items()}
    return copy.deepcopy(_made(regime, steps, json.dumps(named, sort_keys=True)))


def seen(industry: Industry) -> Outlook:
    return industry.outlook(industry.books())


def seller(industry: Industry) -> Lab:
    """A lab with tiers for persons and for firms and no run in progress."""
    lab = next(x for x in industry.active_labs if x.menus.get(0) and x.menus.get(1) and x.best_model)
    lab.run = None
    return lab


def under(outlook: Outlook, **changes: Any) -> Outlook:
    """The same knowledge, methods found since the start included, under other parameters."""
    named = {key.replace("__", "."): value for key, value in changes.items()}
    other = copy.copy(outlook)
    other.scenario = outlook.scenario.override(named)
    known = type(outlook.knowhow).at(other.scenario, outlook.years)
    other.knowhow = replace(known, elicitation_oom=outlook.knowhow.elicitation_oom)
    return other


def worth_of(decisions: list[Decision]) -> dict[str, float]:
    return {d.option: d.expected_payoff_usd for d in decisions}


def earned(lab: Lab, outlook: Outlook, specs: list[Spec], channel: int = 0, ahead: float = 0.0) -> float:
    return float(appraise([(lab, Ask(channel, [specs], ahead, iterations=0))], outlook)[0].profit[0])


def close(industry: Industry, lab: Lab) -> None:
    """Close the books of a step in which nobody bought anything."""
    industry.ledger.open(industry.period)
    industry.public_outlook = seen(industry)
    for each in industry.active_labs:
        each.closed_cash_usd, each.revenue_usd = each.cash_usd, 0.0
    accounts.close(industry, accounts.Use())
