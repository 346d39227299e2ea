"""Open-weight champion: counts what a published model is worth to others as if part of it were its own.

That part is the one that a lab with other business gets back (`open_weights.complement_share`), whether
or not this lab gets it: no money comes with the conviction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.decisions.opening import worth_ahead
from agents.decisions.outlook import Appraisal, Ask, Decide, Outlook, Talk
from agents.strategies import Strategy, kind, retold

if TYPE_CHECKING:
    from agents.lab import Lab


class OpenChampion(Strategy):
    """Publishes wherever its own loss is less than the counted part of others' gain; else as everybody."""

    def decide(self, rule: Decide, lab: Lab, outlook: Outlook) -> Talk:
        """The rule on publishing with a larger worth of publishing."""
        counted = outlook.scenario.open_weights.complement_share - lab.complement_share
        if kind(rule) != "openness" or counted <= 0.0:
            return rule(lab, outlook)

        def answer(question: Ask, told: Appraisal) -> Appraisal:
            if question.published is None:
                return told
            worth = worth_ahead(lab, question.published, question.channel, question.ahead, outlook)
            return told._replace(profit=told.profit + counted * worth)

        return retold(rule(lab, outlook), answer=answer)
