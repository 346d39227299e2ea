"""The ledger adds up transfers and stops a run that leaks, with a message that says where."""

from __future__ import annotations

import math

import pytest

from model.errors import IndustryError
from model.ledger import Ledger


def opened(step: int = 3) -> Ledger:
    ledger = Ledger()
    ledger.open(step)
    return ledger


def test_transfers_add_up_by_account_and_purpose() -> None:
    ledger = opened()
    ledger.pay("users", "lab 0", "sales", 10.0)
    ledger.pay("users", "lab 0", "sales", 5.0)
    ledger.pay("investors", "lab 0", "funding", 2.0)
    ledger.pay("lab 0", "state", "fines", 4.0)
    assert ledger.received("lab 0") == 17.0 and ledger.received("lab 0", "sales") == 15.0
    assert ledger.paid("lab 0") == 4.0 and ledger.paid("lab 0", "sales") == 0.0
    assert ledger.balance("lab 0") == 13.0 and ledger.total("sales") == 15.0
    assert sum(ledger.balance(a) for a in ("users", "lab 0", "investors", "state")) == 0.0


def test_a_new_step_starts_with_empty_books() -> None:
    ledger = opened()
    ledger.pay("users", "lab 0", "sales", 10.0)
    ledger.open(4)
    assert ledger.received("lab 0") == ledger.paid("users") == ledger.total("sales") == 0.0
    assert ledger.step == 4


def test_nothing_may_be_paid() -> None:
    ledger = opened()
    ledger.pay("users", "lab 0", "sales", 0.0)
    assert ledger.balance("lab 0") == ledger.total("sales") == 0.0


@pytest.mark.parametrize("usd", [-1.0, -1e-300, math.nan, math.inf, -math.inf])
def test_amounts_that_cannot_be_paid(usd: float) -> None:
    with pytest.raises(IndustryError, match=r"step 3: lab 7 would pay state .* USD for fines"):
        opened().pay("lab 7", "state", "fines", usd)


@pytest.mark.parametrize(
    ("left", "right", "tolerance", "size"),
    [
        (0.0, 0.0, 1e-9, 0.0),
        (1e15, 1e15 * (1 + 1e-10), 1e-9, 0.0),
        (1e-15, 1e-15 * (1 - 1e-10), 1e-9, 0.0),
        (5.0, 5.4, 0.1, 0.0),
        (1e-4, 0.0, 1e-9, 1e6),  # a rounding error against what went through the account
        (-3.0, -3.0, 1e-9, 0.0),
    ],
)
def test_what_agrees_passes(left: float, right: float, tolerance: float, size: float) -> None:
    opened().check("this", left, right, tolerance, size)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (1.0, 1.001),
        (1e-12, 2e-12),
        (0.0, 1e-30),
        (1.0, -1.0),
        (math.nan, 1.0),
        (1.0, math.nan),
        (math.inf, 1.0),
    ],
)
def test_what_does_not_agree_stops_the_run(left: float, right: float) -> None:
    told = r"^step 3: money in pockets does not close: .* against .*allowed"
    with pytest.raises(IndustryError, match=told):
        opened().check("money in pockets", left, right)
