"""Fixed: goes on with the kinds of investment with which the industry began, and looks at no other.

It trains, releases and prices as everybody does. Its tiers keep their number and their depth; it runs no
rounds of distillation and does no research with its models.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.decisions.outlook import Decide, Outlook, Talk
from agents.strategies import Strategy, kind, nothing, seen

if TYPE_CHECKING:
    from agents.lab import Lab

UNSEEN = ("depth", "tier", "distil", "internal")


class Fixed(Strategy):
    """Sizes of training runs and prices are all that it ever changes."""

    def decide(self, rule: Decide, lab: Lab, outlook: Outlook) -> Talk:
        """No talk at all of what it does not consider, nor does it count on it where it weighs the rest."""
        if kind(rule) in UNSEEN:
            return nothing()
        adapt = outlook.scenario.labs.adapt.model_copy(update={"distillation": False})
        if kind(rule) == "release":  # a new model takes the place of an old one; no tier is added for it
            return rule(lab, seen(outlook, adapt=adapt, max_tiers=0))
        return rule(lab, seen(outlook, adapt=adapt))
