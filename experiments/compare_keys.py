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
