"""Claims C26, C27 and C31: what rules about training compute catch when capability comes from inference."""

from __future__ import annotations

from experiments.claims import places
from experiments.claims.deployment import factorial
from experiments.claims.record import ORD, Claim, difference
from experiments.claims.settings import ID, PT

PLACE = f"{ORD}, training compute thresholds"
VERSUS = "inference at deployment less pre-training scaling"

CLAIMS = (
    Claim(
        "C26",
        "Capability leaks under a training threshold",
        "Models below the threshold perform like models above it once they think at length.",
        PLACE,
        "1e24 FLOP and 4 OOM of inference: like 1e27",
        "Labs that sell something dangerous and are under no rule, as a share of all that do. Undefined"
        " while nothing dangerous is on sale.",
        contrast=difference(places.uncovered_labs, ID, PT, VERSUS),
        direction=1,
        also=(
            difference(places.covered_users, ID, PT, f"{VERSUS}, users covered"),
            difference(places.covered_flop, ID, PT, f"{VERSUS}, compute covered"),
            *factorial(places.uncovered_labs),
        ),
    ),
    Claim(
        "C27",
        "Leakage starts in a few valuable tasks",
        "Enormous multipliers on a small share of tasks come first.",
        PLACE,
        "100,000 x on a small share of tasks",
        "Years by which the feared class of tasks passes the danger line before mean capability does, among"
        " labs under no rule. Undefined where no such lab sells anything dangerous.",
        contrast=difference(places.leakage_lead, ID, PT, VERSUS),
        direction=1,
    ),
    Claim(
        "C31",
        "Extending thresholds to inference costs more",
        "A rule about use instead of an object is harder to apply and has fewer bright lines.",
        PLACE,
        "compromise: above 1e26, or above 1e24 and post-trained for inference",
        "Only the money cost of duties is in the model, not the loss of bright lines. The rules compared draw"
        " their lines at different heights (25, 26, 26 or 24), which is part of the difference.",
        contrast=difference(
            places.compliance_cost, f"{ID}+effective", ID, "effective-compute rule less training threshold"
        ),
        direction=1,
        also=(
            difference(places.compliance_cost, f"{ID}+hybrid", ID, "hybrid rule less training threshold"),
            difference(
                places.uncovered_labs, f"{ID}+effective", ID, "dangerous labs not covered, effective rule"
            ),
            difference(places.uncovered_labs, f"{ID}+hybrid", ID, "dangerous labs not covered, hybrid rule"),
        ),
    ),
)
