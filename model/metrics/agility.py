"""What it pays to turn with the times."""

from __future__ import annotations

from model.metrics import Snapshot, metric


@metric(unit="USD/step")
def agile_payoff_gap_usd(snapshot: Snapshot) -> float:
    """Mean profit of agile labs less that of fixed ones.

    mean labs.profit_usd over labs with strategy "agile" - the same over "fixed". NaN without both. Labs that
    have left count no more.
    """
    profit, strategy = snapshot.floats("labs", "profit_usd"), snapshot.texts("labs", "strategy")
    agile, fixed = profit[strategy == "agile"], profit[strategy == "fixed"]
    if agile.size == 0 or fixed.size == 0:
        return float("nan")
    return float(agile.mean() - fixed.mean())
