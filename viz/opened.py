"""What the command line has opened: a setup to begin with, stored results to replay. One for all tabs."""

from __future__ import annotations

from dataclasses import dataclass, field

from viz.setup import Setup, regime
from viz.stored import Stored

REFERENCE = "pretraining"


@dataclass
class Opened:
    """What every new browser tab begins with."""

    setup: Setup = field(default_factory=lambda: Setup(regime(REFERENCE)))
    stored: Stored | None = None


OPENED = Opened()
