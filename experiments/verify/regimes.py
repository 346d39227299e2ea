"""P10: pre-training concentrates, inference at deployment fragments, inference in training concentrates.

The central case. Labs start with two, set price, training, depth and distillation themselves, enter
and leave; nobody tells them how many there should be.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

from experiments.verify.registry import Finding, at_most, between, case, close, reference
from experiments.verify.scenarios import last_labs, last_tiers, scaling_game, settle

FIRST_LABS = 2


class Regime(NamedTuple):
    """Exponents per natural log, entrants a step, and market sizes."""

    key: str
    name: str
    training: float
    distillation: float
    inference: float
    hazard: float
    sizes: tuple[float, ...]


REGIMES = (
    Regime("pretraining", "pre-training", 1.22, 0.0, 0.0, 0.05, (1e4, 3e4, 1e5, 1e6)),
    Regime("inference_deploy", "inference at deployment", 0.22, 0.0, 0.854, 1.0, (1e4, 3e4, 1e5)),
    Regime("inference_training", "inference in training", 0.22, 1.0, 0.0, 0.05, (1e4, 3e4, 1e5, 1e6)),
)
FIXED = {r.key: r.training + r.distillation for r in REGIMES}


def interval(regime: Regime, users: float) -> tuple[int, int]:
    """Blocked entry and the most labs that can live, of the reference."""
    family = "inference" if regime.inference > 0 else "pretraining"
    rows = reference()["P10_entry_range"]
    row = next(r for r in rows if r["case"] == family and r["N"] == users)
    return row["n_blockaded"], row["n_max"]


def play(regime: Regime, users: float, steps: int, rule: str = "myopic", seed: int = 1) -> Any:
    """Run one cell of the table. Entrants expect rivals' present offers, or all alike and settled."""
    game = scaling_game(
        training=regime.training,
        distillation=regime.distillation,
        inference=regime.inference,
        users=users,
        labs=FIRST_LABS,
        first_flop=regime.training * users / FIRST_LABS,
        steps=steps,
        more={
            "labs": {
                "entry_rule": rule,
                "entry_hazard_year": regime.hazard,
                "adapt": {"entry": True, "exit": True},
            }
        },
    )
    return settle(game, seed)


def judge(regime: Regime, users: float, steps: int, rule: str = "myopic") -> tuple[list[Finding], float]:
    """Compare a run with theory; also the median number of labs of its second half."""
    results = play(regime, users, steps, rule)
    tail = results.metrics[results.metrics["step"] > steps // 2]
    count = float(tail["labs_total"].median())
    low, high = interval(regime, users)
    room = max(1.0, 0.005 * high)
    label = f"{regime.name}, N = {users:g}"
    found = [
        between(f"median number of labs, {label}", count, low - room, high + room),
        between(
            f"median HHI, {label}",
            float(tail["hhi_revenue"].median()),
            1.0 / (high + room),
            1.0 / (low - room),
        ),
    ]
    labs, tiers = last_labs(results), last_tiers(results)
    active = labs[labs["revenue_usd"] > 0]
    margin = active["revenue_usd"] - active["inference_spend_usd"]
    ratio = active["training_spend_usd"].sum() / margin.sum()
    share = float((active["share_users"] * margin).sum() / margin.sum())
    found.append(close(f"R&D over gross margin, {label}", ratio, FIXED[regime.key] * (1.0 - share), rel=0.01))
    n = len(active)
    markup = float((tiers["price_usd"] - tiers["cost_usd"]).mean())
    found.append(close(f"mark-up n / (n - 1) at n = {n}, {label}", markup, n / (n - 1), rel=0.01))
    training = float(active["training_flop"].mean())
    expected = regime.training * users / n
    found.append(close(f"training b_T N / n at n = {n}, {label}", training, expected, rel=0.01))
    if regime.inference > 0:
        depth = float(tiers["depth"].mean())
        found.append(close(f"depth b_I / kappa, {label}", depth, regime.inference / 0.01, rel=0.01))
    return found, count


def slope(regime: Regime, counts: dict[float, float]) -> Finding:
    """d ln n / d ln N from 1e4 to 1e5 users."""
    found = math.log(counts[1e5] / counts[1e4]) / math.log(10.0)
    text = f"d ln n / d ln N, {regime.name}"
    return between(text, found, 0.90, 1.02) if regime.inference > 0 else at_most(text, found, 0.35)


def table(regime: Regime, steps: int) -> Iterator[Finding]:
    """A row of the table of three regimes."""
    counts = {}
    for users in regime.sizes:
        findings, counts[users] = judge(regime, users, steps)
        yield from findings
    yield slope(regime, counts)


@case("P10", "Three regimes: pre-training", "dynamic", quick=False)
def pretraining() -> Iterator[Finding]:
    """Quality is bought by training alone: a natural oligopoly whatever the size of the market."""
    yield from table(REGIMES[0], 1000)


@case("P10", "Three regimes: inference at deployment", "dynamic", quick=False)
def deployment() -> Iterator[Finding]:
    """Quality sits on marginal cost: the number of labs grows with the market."""
    yield from table(REGIMES[1], 1000)


@case("P10", "Three regimes: inference in training", "dynamic", quick=False)
def distilled() -> Iterator[Finding]:
    """Inference is spent on distillation, a fixed cost again: the natural oligopoly is back."""
    yield from table(REGIMES[2], 1000)


@case("P10", "Three regimes, entrants who foresee", "dynamic", quick=False)
def foresight() -> Iterator[Finding]:
    """The other entry rule: entrants expect what they earn once all labs are alike and have settled."""
    for place, sizes in ((0, (1e4, 1e5)), (1, (1e4, 3e4)), (2, (1e4, 1e5))):
        regime = REGIMES[place]
        for users in sizes:
            findings, _ = judge(regime, users, 1000, "symmetric")
            yield from (f._replace(item=f"{f.item}, foresight") for f in findings[:2])


@case("P10", "Three regimes, smallest market, fewer steps", "dynamic", quick=True)
def smallest() -> Iterator[Finding]:
    """The first column of the table."""
    for regime in REGIMES:
        findings, _ = judge(regime, 1e4, 160)
        yield from findings
