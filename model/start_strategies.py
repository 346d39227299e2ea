"""Who begins with which strategy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from model.sections.labs import Labs
from model.sections.labs_setup import LabSetup
from model.streams import Streams


def first_strategies(labs: Labs, setups: Sequence[LabSetup], count: int, streams: Streams) -> list[str]:
    """Strategy of each of `count` labs at the start, by number.

    In turn from `labs.strategies` (by lot, if asked), else `labs.strategy`; a lab's own setup comes first.
    """
    listed = labs.strategies or [labs.strategy]
    given = [listed[place % len(listed)] for place in range(count)]
    if labs.strategy_lot and labs.strategies:
        order = streams.generator("labs.strategies").permutation(np.arange(count))
        given = [given[int(place)] for place in order]
    own = [setup.strategy for setup in setups] or [None] * count
    return [mine or name for mine, name in zip(own, given, strict=True)]
