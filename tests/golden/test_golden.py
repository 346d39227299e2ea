"""Behaviour does not drift unseen: two tiny runs against what was last accepted (see renew.py)."""

from __future__ import annotations

import pytest

from model.metrics import registry
from tests.golden import renew


@pytest.mark.parametrize("name", renew.RUNS)
def test_metrics_are_what_they_were(name: str) -> None:
    lines = renew.moved(renew.stored(name), renew.current(name))
    told = "\n".join(lines)
    assert not lines, f"{told}\nIf this was meant: python tests/golden/renew.py, and a line in the CHANGELOG."


@pytest.mark.parametrize("name", renew.RUNS)
def test_what_is_stored_is_whole(name: str) -> None:
    stored = renew.stored(name)
    assert set(stored) == set(registry())
    assert sum(value is not None for value in stored.values()) > 0.7 * len(stored)


def test_a_difference_is_told() -> None:
    old = {"a": 1.0, "b": None, "c": 0.0, "d": 2.0, "gone": 1.0}
    new = {"a": 1.0 + 1e-9, "b": 3.0, "c": 0.0, "d": 2.1, "new": 1.0}
    assert renew.moved(old, new) == ["b: None -> 3.0", "d: 2 -> 2.1", "gone: gone", "new: new"]
    assert renew.moved(old, old) == []
