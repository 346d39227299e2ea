"""A leak stops the run: something is lost or made on purpose, and the message says what and where."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from agents.demand import Individual
from agents.lab import Lab
from model import Industry
from model.errors import IndustryError
from model.ledger import Ledger
from model.phases import compute_market
from tests.support.small import small

Patch = pytest.MonkeyPatch


def money_is_lost(patch: Patch, industry: Industry) -> None:
    """A hundredth of all sales never arrives."""
    pay = Ledger.pay

    def leaky(self: Ledger, payer: str, payee: str, purpose: str, usd: float) -> None:
        pay(self, payer, payee, purpose, usd * (0.99 if purpose == "sales" else 1.0))

    patch.setattr(Ledger, "pay", leaky)


def money_is_made(patch: Patch, industry: Industry) -> None:
    """A lab books a payment under a purpose that its accounts do not know."""
    observe = Lab.observe

    def lucky(self: Lab, outlook: Any) -> None:
        observe(self, outlook)
        self.ledger.pay("nobody", self.account, "windfall", 1e6)

    patch.setattr(Lab, "observe", lucky)


def cash_appears(patch: Patch, industry: Industry) -> None:
    """A lab finds cash that nobody paid."""
    observe = Lab.observe

    def lucky(self: Lab, outlook: Any) -> None:
        observe(self, outlook)
        self.cash_usd += 1e6

    patch.setattr(Lab, "observe", lucky)


def revenue_is_invented(patch: Patch, industry: Industry) -> None:
    """A lab reports more than it sold."""
    observe = Lab.learn_audits

    def proud(self: Lab, *facts: Any) -> None:
        observe(self, *facts)
        self.revenue_usd *= 1.001

    patch.setattr(Lab, "learn_audits", proud)


def users_are_lost(patch: Patch, industry: Industry) -> None:
    """One user in ten thousand falls out of the count."""
    tally = Individual.tally

    def careless(self: Individual, book: Any, population: float) -> Any:
        found = tally(self, book, population)
        return replace(found, users=found.users * 0.9999)

    patch.setattr(Individual, "tally", careless)


def compute_is_lost(patch: Patch, industry: Industry) -> None:
    """Part of what labs bought is delivered by nobody."""
    dispatch = compute_market._dispatch

    def lazy(*arguments: Any, **more: Any) -> dict[int, Any]:
        return {lab: flow * 0.999 for lab, flow in dispatch(*arguments, **more).items()}

    patch.setattr(compute_market, "_dispatch", lazy)


def compute_is_made(patch: Patch, industry: Industry) -> None:
    """Sites sell others more than they have."""
    sell = compute_market.merit_order

    def generous(capacity: Any, cost: Any, sold: float) -> Any:
        return sell(capacity, cost, sold) + 0.01 * np.max(capacity)

    patch.setattr(compute_market, "merit_order", generous)


def a_negative_bill(patch: Patch, industry: Industry) -> None:
    """An error of sign in somebody's bill."""
    observe = Lab.observe

    def wrong(self: Lab, outlook: Any) -> None:
        observe(self, outlook)
        self.bill("menu", -1.0)

    patch.setattr(Lab, "observe", wrong)


LEAKS: list[tuple[Callable[[Patch, Industry], None], str]] = [
    (money_is_lost, "payments of users"),
    (money_is_made, "cash of .* against its booked income and costs"),
    (cash_appears, "cash of"),
    (revenue_is_invented, "revenues of labs"),
    (users_are_lost, "users by choice against the population"),
    (compute_is_lost, "compute bought by labs"),
    (compute_is_made, "compute sold against capacity"),
    (a_negative_bill, "lab 0 would pay suppliers -1.0 USD for menu"),
]


@pytest.mark.parametrize(("leak", "message"), LEAKS, ids=[leak.__name__ for leak, _ in LEAKS])
def test_a_leak_stops_the_run_and_says_where(
    leak: Callable[[Patch, Industry], None], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    industry = Industry(small(changes={"regulation.0.start_year": 0.0}), rng=7)
    industry.step()
    leak(monkeypatch, industry)
    with pytest.raises(IndustryError, match=f"^step 2: .*{message}") as stopped:
        industry.step()
    assert "\n" not in str(stopped.value)


def test_without_a_leak_it_runs() -> None:
    industry = Industry(small(changes={"regulation.0.start_year": 0.0}), rng=7)
    for _ in range(3):
        industry.step()
    assert industry.period == 3
