"""Short whole runs of every shipped regime and of other modes, made once and shared by the tests here."""

from __future__ import annotations

from functools import cache

import pytest

from model import Results, Scenario, simulate
from tests.support.small import REGIMES, small

STEPS = 8
SITES = [
    {"name": f"Site {i}", "owner": "market", "region": region, "power_mw": mw}
    for i, (region, mw) in enumerate([("US", 1500.0), ("EU", 900.0), ("CN", 2500.0)])
]
ABSTRACT = {"labs.start": "symmetric", "labs.count": 4}
KINDS: dict[str, Scenario] = {
    **{name: small(name, {"users.count": 1500, "labs.data_count": 8}) for name in REGIMES},
    "expected": small("mixed", {"users.demand": "expected"}),
    "deterministic": small("inference-at-deployment", {"users.demand": "deterministic"}),
    "lumped": small("mixed", {"users.types": 50, "users.engine": "lumped"}),
    "smooth": small("pretraining", {"labs.training_mode": "continuous", "compute.price": 1.4e-18}),
    "sites": small("inference-in-training", ABSTRACT | {"compute.sites": SITES}),
    "poor": small(changes={"labs.overhead_usd_year": 2e9, "labs.hard_budget": True}),
}


@cache
def results(kind: str) -> Results:
    return simulate(KINDS[kind].override({"horizon.steps": STEPS}), seed=11)


@pytest.fixture(params=KINDS, scope="module")
def run(request: pytest.FixtureRequest) -> Results:
    return results(request.param)
