"""What weights are worth against the compute that runs them, and what they would cost again."""

from __future__ import annotations

from model.metrics import Snapshot, metric
from model.metrics.measures import ratio
from model.metrics.views import frontier_lab

LIFE_YEARS = 1.0  # of a model, as in P22 and P24: four quarters, whatever the labs plan with


@metric(unit="share")
def weights_cost_share(snapshot: Snapshot) -> float:
    """Share of the cost of owning and running the frontier model that its weights save a thief.

    C / (C + F L) [P24]: C = labs.training_flop of the lab that sells the most capable tier, F its
    labs.inference_flop a step, L = 1 year / horizon.step_years, the life of a model in steps.
    """
    lab = snapshot.view(frontier_lab)
    if lab < 0:
        return float("nan")
    training = float(snapshot.floats("labs", "training_flop")[lab])
    serving = float(snapshot.floats("labs", "inference_flop")[lab])
    life = LIFE_YEARS / snapshot.setting("horizon.step_years")
    return ratio(training, training + serving * life)


@metric(unit="USD")
def weights_replacement_usd(snapshot: Snapshot) -> float:
    """Cost of training the frontier lab's model again at today's price of compute.

    C r: C = labs.training_flop of the lab that sells the most capable tier, r =
    rental_usd_per_flop. The final run alone, with its old algorithms: an upper bound on what a
    rival with today's algorithms avoids, a lower one on the lab's whole development.
    """
    lab = snapshot.view(frontier_lab)
    if lab < 0:
        return float("nan")
    training = float(snapshot.floats("labs", "training_flop")[lab])
    return training * snapshot.setting("rental_usd_per_flop")
