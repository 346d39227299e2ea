"""Numbers in the log."""

from __future__ import annotations

import pytest

from model.words import dollars, flop, plain


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0213, "0.0213"), (1.5, "1.5"), (2.0, "2"), (1286.0, "1,290"), (1.29e6, "1,290,000"), (1e-9, "1e-09")],
)
def test_plain(value: float, text: str) -> None:
    assert plain(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.5e9, "1.5 bn USD"),
        (999.9e6, "1 bn USD"),
        (3.2e6, "3.2 m USD"),
        (40.0, "40 USD"),
        (-2e9, "-2 bn USD"),
        (0.0, "0 USD"),
    ],
)
def test_dollars(value: float, text: str) -> None:
    assert dollars(value) == text


@pytest.mark.parametrize(
    ("log10", "text"),
    [(25.23, "1.7×10²⁵ FLOP"), (26.0, "10²⁶ FLOP"), (25.9999, "10²⁶ FLOP"), (-1.0, "10⁻¹ FLOP")],
)
def test_flop(log10: float, text: str) -> None:
    assert flop(log10) == text
