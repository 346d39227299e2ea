"""A user as a Mesa agent: a view on one slot of the columns, never iterated by the model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import mesa
import numpy as np

from model.knowhow import SEGMENTS

if TYPE_CHECKING:
    from agents.demand import Choices
    from agents.users import Segment


class User(mesa.Agent[Any]):  # type: ignore[misc]
    """Reads wealth, tasks and choice of its slot; holds no state of its own."""

    def __init__(self, model: Any, segment: Segment, choices: Choices, row: int) -> None:
        super().__init__(model)
        self._segment, self._choices, self.row = segment, choices, row

    @property
    def segment(self) -> str:
        """person or business."""
        return SEGMENTS[self._segment.kind]

    @property
    def income_usd(self) -> float:
        """Income (a firm's budget) per step, USD."""
        return float(self._segment.income[self.row])

    @property
    def decile(self) -> int:
        """Wealth decile inside the segment, 1-10."""
        return int(self._segment.decile[self.row]) + 1

    @property
    def task_mix(self) -> list[float]:
        """Shares of the task classes."""
        return [float(x) for x in self._segment.mix[:, self.row]]

    @property
    def offer(self) -> int:
        """Number of the tier that it uses; -1 = no AI."""
        return int(self._choices.providers(np.array([self.row]))[0])
