"""Where labs' money goes, and what compute costs. All flows are per step."""

from __future__ import annotations

from model.metrics import Snapshot, metric
from model.metrics.measures import ratio


@metric(unit="USD/step")
def lab_profit_usd(snapshot: Snapshot) -> float:
    """Profit of all labs, training included as a cost.

    sum_j labs.profit_usd.
    """
    return float(snapshot.floats("labs", "profit_usd").sum())


@metric(unit="USD/step")
def training_spend_usd(snapshot: Snapshot) -> float:
    """Spending of all labs on training, research compute and distillation.

    sum_j labs.training_spend_usd.
    """
    return float(snapshot.floats("labs", "training_spend_usd").sum())


@metric(unit="USD/step")
def inference_spend_usd(snapshot: Snapshot) -> float:
    """Spending of all labs on compute that serves users.

    sum_j labs.inference_spend_usd.
    """
    return float(snapshot.floats("labs", "inference_spend_usd").sum())


@metric(unit="share")
def inference_share_of_spend(snapshot: Snapshot) -> float:
    """Share of inference in labs' spending on compute.

    inference_spend_usd / (training_spend_usd + inference_spend_usd). NaN without spending.
    """
    inference = inference_spend_usd(snapshot)
    return ratio(inference, training_spend_usd(snapshot) + inference)


@metric(unit="USD/FLOP")
def compute_price_usd_per_flop(snapshot: Snapshot) -> float:
    """Rental price of a training FLOP.

    The snapshot's "rental_usd_per_flop": the price of this step, cleared in the market or given.
    """
    return snapshot.setting("rental_usd_per_flop")
