"""P06: free entry when the fixed cost is given; how many labs a market feeds."""

from __future__ import annotations

from collections.abc import Iterator

from experiments.verify.registry import Finding, between, case, close, reference, same
from experiments.verify.scenarios import scaling_game, settle
from model import Results, Scenario


def game(row: dict[str, float], labs: int, steps: int, **users: object) -> Scenario:
    """Price and entry alone: training is frozen, the overhead is the fixed cost."""
    return scaling_game(
        training=0.0,
        inference=0.0,
        users=row["N"],
        labs=labs,
        overhead=row["F"],
        outside=None,
        appeal=0.0,
        first_flop=1e-6,
        steps=steps,
        more={
            "users": {"taste_scale": row["mu"], "within_lab_scale": row["mu"], **users},
            "labs": {
                "entry_rule": "symmetric",
                "entry_hazard_year": 1.0,
                "exit_patience_years": 12.0,
                "adapt": {"training": False, "entry": True, "exit": True},
            },
        },
    )


def rest(results: Results) -> tuple[float, float]:
    """Fewest and most labs over the last 20 steps."""
    tail = results.metrics.tail(20)["labs_total"]
    return float(tail.min()), float(tail.max())


def exact(number: int, row: dict[str, float]) -> Iterator[Finding]:
    """From two labs and from five too many."""
    label = f"mu = {row['mu']:g}, N = {row['N']:g}, F = {row['F']:g}"
    wanted = (float(row["n"]), float(row["n"]))
    for start, steps in ((2, 60 + 5 * int(row["n"])), (int(row["n"]) + 5, 100)):
        results = settle(game(row, start, steps), seed=number + 1)
        yield same(f"labs over the last 20 steps, from {start}, {label}", rest(results), wanted)
        hhi = float(results.metrics.iloc[-1]["hhi_revenue"])
        yield close(f"HHI, from {start}, {label}", hhi, row["HHI"], rel=1e-3)


@case("P06", "Free entry: n = floor(1 + mu N / F)", "dynamic", quick=True)
def free_entry_small() -> Iterator[Finding]:
    """The first market of the table."""
    yield from exact(0, reference()["P06_entry"][0])


@case("P06", "Free entry, all markets; drawn demand", "dynamic", quick=False)
def free_entry() -> Iterator[Finding]:
    """Exact in expected demand, from below and from above; within one lab when demand is drawn."""
    for number, row in enumerate(reference()["P06_entry"][1:], 1):
        yield from exact(number, row)
    row = reference()["P06_entry"][0]
    results = settle(game(row, 2, 150, demand="sampled", count=int(row["N"]), agent_limit=0))
    low, high = rest(results)
    for text, count in (("fewest", low), ("most", high)):
        yield between(f"{text} labs of the last 20 steps, drawn demand", count, row["n"] - 1, row["n"] + 1)
