"""Studies whose outcomes are known functions of their design: the analysis without the model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from experiments.design import design, unit
from experiments.study import Study, StudyResults

KEYS = (
    "technology.wall_slope",
    "technology.inference_exponent",
    "users.quality_value",
    "users.inertia",
    "labs.planning_years",
    "open_weights.overhead",
)
OUTCOMES = ("hhi_revenue.final", "price_ratio_top_bottom.mean", "adoption.final")
Law = Callable[[np.ndarray, int, np.random.Generator], np.ndarray]
"""(shares (points, factors), number of the regime, luck) -> outcome (points,)."""


def toy_study(kind: str, *, size: int, factors: int = 3, seeds: int = 2, **changes: Any) -> Study:
    """A study of a given design; nothing in it is ever run."""
    raw = {
        "name": f"toy-{kind}",
        "description": "What known functions say when they are asked as a study.",
        "regimes": ["pretraining", "inference-at-deployment"],
        "seeds": seeds,
        "uncertainties": [{"key": key} for key in KEYS[:factors]],
        "outcomes": list(OUTCOMES),
        "design": {"kind": kind, "size": size},
    }
    return Study.from_mapping({**raw, **changes})


def toy_results(study: Study, laws: dict[str, Law], *, drop: int = 0) -> StudyResults:
    """Runs of a study whose outcomes are given by laws; the last `drop` runs are missing and failed."""
    points = design(study)
    try:
        shares = unit(study).drop(columns="point").to_numpy(dtype=float)
    except Exception:
        shares = points.drop(columns="point").rank(pct=True).fillna(0.5).to_numpy(dtype=float)
    rows = []
    for at, regime in enumerate(study.regimes):
        for law in study.laws:
            for seed in range(1, study.seeds + 1):
                luck = np.random.default_rng(seed)  # common random numbers: the same in every regime
                found = {name: laws[name](shares, at, luck) for name in laws}
                frame = points.assign(regime=regime, policy=law.name, seed=seed, **found)
                rows.append(frame)
    runs = pd.concat(rows, ignore_index=True)
    runs = runs[["point", "regime", "policy", "seed", *points.columns[1:], *laws]]
    kept, lost = runs.iloc[: len(runs) - drop], runs.iloc[len(runs) - drop :]
    failures = lost[["regime", "policy", "seed"]].assign(
        key=[f"{one.regime}-s{one.seed}-{k:08x}" for k, one in enumerate(lost.itertuples())],
        kind="FloatingPointError",
        message="divide by zero",
    )
    return StudyResults(study, points, kept.reset_index(drop=True), failures)


def shipped_laws() -> dict[str, Law]:
    """Three outcomes: additive with a regime's shift, a box, pure luck."""
    return {
        OUTCOMES[0]: lambda x, r, luck: (
            0.3 + 0.25 * x[:, 0] - 0.12 * x[:, 1] + 0.05 * r * (x[:, 0] - 0.3) + luck.normal(0, 0.01, len(x))
        ),
        OUTCOMES[1]: lambda x, r, luck: (
            4.0
            + 6.0 * ((x[:, 0] > 0.6) & (x[:, min(2, x.shape[1] - 1)] < 0.5))
            + 0.5 * r
            + luck.normal(0, 0.3, len(x))
        ),
        OUTCOMES[2]: lambda x, r, luck: luck.normal(0.6, 0.05, len(x)),
    }
