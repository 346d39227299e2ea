"""Money moves only from one account to another; every step must close.

Accounts are plain names. The ledger knows no behaviour: it adds up, and stops the run with a message
that says where when something was created or lost.
"""

from __future__ import annotations

from collections import defaultdict

from model.errors import IndustryError

TOLERANCE = 1e-9
Books = defaultdict[str, defaultdict[str, float]]  # account -> purpose -> USD of the step


def _book() -> defaultdict[str, float]:
    return defaultdict(float)


def _empty() -> Books:
    return defaultdict(_book)  # named, so that a model can be pickled in mid-run


class Ledger:
    """Double-entry transfers of one step."""

    def __init__(self) -> None:
        self.step = 0
        self._in, self._out = _empty(), _empty()

    def open(self, step: int) -> None:
        """Start the books of a step."""
        self.step = step
        self._in, self._out = _empty(), _empty()

    def pay(self, payer: str, payee: str, purpose: str, usd: float) -> None:
        """Move money; a negative or undefined amount is a fault of the caller."""
        if not usd >= 0.0 or usd == float("inf"):
            raise IndustryError(f"step {self.step}: {payer} would pay {payee} {usd} USD for {purpose}")
        if usd:
            self._out[payer][purpose] += usd
            self._in[payee][purpose] += usd

    def received(self, account: str, purpose: str | None = None) -> float:
        """Money that an account received in the step, USD."""
        return _sum(self._in, account, purpose)

    def paid(self, account: str, purpose: str | None = None) -> float:
        """Money that an account paid in the step, USD."""
        return _sum(self._out, account, purpose)

    def balance(self, account: str) -> float:
        """Received less paid in the step, USD."""
        return self.received(account) - self.paid(account)

    def total(self, purpose: str) -> float:
        """All money moved for a purpose in the step, USD."""
        return sum(book.get(purpose, 0.0) for book in self._in.values())

    def check(
        self, what: str, left: float, right: float, tolerance: float = TOLERANCE, size: float = 0.0
    ) -> None:
        """Two counts of the same thing must agree, relative to them or to `size`; else the run stops."""
        scale = max(abs(left), abs(right), abs(size), 1e-300)
        if not (scale < float("inf") and abs(left - right) <= tolerance * scale):
            raise IndustryError(
                f"step {self.step}: {what} does not close: {left:.12g} against {right:.12g}"
                f" (relative {abs(left - right) / scale:.2e}, allowed {tolerance:g})"
            )


def _sum(books: Books, account: str, purpose: str | None) -> float:
    book = books.get(account)
    if book is None:
        return 0.0
    return sum(book.values()) if purpose is None else book.get(purpose, 0.0)
