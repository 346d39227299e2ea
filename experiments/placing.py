"""A scenario moved to a point of some space of parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model.scenario import Scenario


def placed(scenario: Scenario, values: Mapping[str, Any], *, where: str) -> Scenario:
    """The scenario with dotted keys replaced; where a number drifts, the end of the drift is moved."""
    drifting = {move.parameter for move in scenario.drift}
    plain = {key: value for key, value in values.items() if key not in drifting}
    moved = scenario.override(plain, where=where) if plain else scenario
    if len(plain) == len(values):
        return moved
    raw = moved.model_dump(mode="python")
    for move in raw["drift"]:
        move["value"] = values.get(move["parameter"], move["value"])
    return Scenario.from_mapping(raw, where=where, name=scenario.name)
