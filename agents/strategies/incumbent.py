"""Incumbent, the default: every rule as it stands, every kind of option weighed whenever it is due."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.decisions.outlook import Decide, Outlook, Talk
from agents.strategies import Strategy

if TYPE_CHECKING:
    from agents.lab import Lab


class Incumbent(Strategy):
    """Compares all that it could do by expected payoff, step by step, with the scenario's numbers."""

    def decide(self, rule: Decide, lab: Lab, outlook: Outlook) -> Talk:
        """The rule itself."""
        return rule(lab, outlook)
