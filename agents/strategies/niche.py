"""Niche: deep rather than large. One tier in a channel, moved to its best depth twice as fast as others do.

Its runs are never much larger than its last: it looks at three tenths of the reach of the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.decisions.outlook import Decide, Outlook, Talk
from agents.strategies import Strategy, kind, seen

if TYPE_CHECKING:
    from agents.lab import Lab

REACH = 0.3  # of the largest jump in run size that others consider
SPEED = 2.0  # times the speed at which others move the depth of their tiers


class Niche(Strategy):
    """Few offers and small runs; every option that is left is weighed as everybody weighs it."""

    def decide(self, rule: Decide, lab: Lab, outlook: Outlook) -> Talk:
        """The rule on a narrower choice."""
        labs = outlook.scenario.labs
        match kind(rule):
            case "train":
                return rule(lab, seen(outlook, training_reach_oom=REACH * labs.training_reach_oom))
            case "depth":
                return rule(lab, seen(outlook, depth_damping=SPEED * labs.depth_damping))
            case "tier" | "release":
                return rule(lab, seen(outlook, max_tiers=1))
        return rule(lab, outlook)
