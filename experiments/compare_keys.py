"""In which parameters two scenarios differ. Light: no pandas, so that lists answer at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from model.scenario import Scenario


def changed(first: Scenario, second: Scenario) -> list[tuple[str, Any, Any]]:
    """Dotted keys in which two scenarios differ, with both values (None where absent)."""
    one, two = flat(first.to_mapping()), flat(second.to_mapping())
    keys = [*one, *(key for key in two if key not in one)]
    return [(key, one.get(key), two.get(key)) for key in keys if one.get(key) != two.get(key)]


def changes_in_words(reference: Scenario, scenario: Scenario) -> list[tuple[str, str]]:
    """The parameters that differ, each with its change in words; drifts as movements."""
    told = [
        (key, f"{_value(one)} → {_value(two)}")
        for key, one, two in changed(reference, scenario)
        if key.split(".")[0] != "drift"
    ]
    mine, base = scenario.drift, reference.drift
    told += [
        (move.parameter, f"moves to {move.value:g} from year {move.start_year:g} to {move.end_year:g}")
        for move in mine
        if move not in base
    ]
    return told + [(move.parameter, "does not move") for move in base if move not in mine]


def _value(value: Any) -> str:
    if value is None:
        return "–"
    return f"{value:g}" if isinstance(value, float) else str(value)


def flat(value: Any, prefix: str = "") -> dict[str, Any]:
    """Nested mappings and lists of tables as dotted keys."""
    if isinstance(value, dict):
        items: Iterable[tuple[str, Any]] = value.items()
    elif isinstance(value, list) and any(isinstance(entry, dict) for entry in value):
        items = ((str(number), entry) for number, entry in enumerate(value))
    else:
        return {prefix: value}
    found: dict[str, Any] = {}
    for key, inner in items:
        found |= flat(inner, f"{prefix}.{key}" if prefix else key)
    return found
