"""Challenger: buys share with margin, as far as its credit goes.

It sets prices as if serving cost half of what it does, which is to maximise a sum of profit and sales
[Vickers 1985; Fershtman & Judd 1987], and trains for a life of its models twice as long as others reckon.
Where its losses are more than it could borrow it prices as everybody does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.decisions.outlook import Ask, Decide, Outlook, Talk
from agents.strategies import Strategy, kind, retold, seen

if TYPE_CHECKING:
    from agents.lab import Lab
    from model.catalogue import Spec

COUNTED = 0.5  # share of the cost of serving that counts when it sets prices
PATIENCE = 2.0  # times the years over which others expect a model to earn


class Challenger(Strategy):
    """Growth first; recorded payoffs of prices are those that it counts, with part of the cost left out."""

    def decide(self, rule: Decide, lab: Lab, outlook: Outlook) -> Talk:
        """Prices on part of the cost while zero profit, or a loss within its credit, is in reach."""
        if kind(rule) == "price" and lab.operating_profit_usd + lab.credit_usd(outlook) >= 0.0:
            return retold(rule(lab, outlook), ask=_cheaper)
        if kind(rule) == "train":
            years = outlook.scenario.labs.planning_years
            return rule(lab, seen(outlook, planning_years=PATIENCE * years))
        return rule(lab, outlook)


def _cheaper(question: Ask) -> Ask:
    """The question with only the counted part of the cost of each tier."""
    return question._replace(menus=[[_counted(spec) for spec in menu] for menu in question.menus])


def _counted(spec: Spec) -> Spec:
    given = None if spec.cost_usd is None else COUNTED * spec.cost_usd
    return spec._replace(load=COUNTED * spec.load, cost_usd=given)
