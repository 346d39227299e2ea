"""How large a trial is: seeds, points, size of a run. Cut for time after quick trials (docs/claims.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

DEFAULT_SIZE = {
    "users.count": 10_000,
    "labs.research_sample": 400,
    "labs.screening_sample": 150,
    "horizon.steps": 40,
}
"""The size of the demo: what the paired seeds at the default point are run with."""
SMALL_SIZE = {
    "users.count": 1000,
    "labs.research_sample": 150,
    "labs.screening_sample": 80,
    "horizon.steps": 20,
}
"""What a point of the space is run with: a tenth of the users and five of the ten years."""
QUICK_SIZE = {
    "users.count": 600,
    "labs.research_sample": 100,
    "labs.screening_sample": 50,
    "horizon.steps": 14,
}


@dataclass(frozen=True)
class Plan:
    """Everything that decides which runs a trial makes."""

    name: str
    seeds: int
    """Paired seeds at the default point."""
    points: int
    """Points of the space, one seed each."""
    agree: int
    """Seeds at the default point in the small size, to see whether it tells the same."""
    spread_points: int
    """Points for claims about spread over seeds."""
    spread_seeds: int
    """Seeds at each of these."""
    size: Mapping[str, Any] = field(default_factory=lambda: dict(DEFAULT_SIZE))
    small: Mapping[str, Any] = field(default_factory=lambda: dict(SMALL_SIZE))
    extra_points: int = 0
    """Points for settings beyond the regimes, which one claim each asks for; 0: nor for a 2 x 2."""

    def record(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)

    def with_(self, **changes: Any) -> Plan:
        """A copy with some fields replaced; None leaves a field as it is."""
        return replace(self, **{key: value for key, value in changes.items() if value is not None})


FULL = Plan("full", seeds=16, points=256, agree=6, spread_points=32, spread_seeds=4, extra_points=64)
QUICK = Plan(
    "quick", 4, 16, 0, 0, 0, size=dict(QUICK_SIZE), small=dict(QUICK_SIZE)
)  # fmt: skip
