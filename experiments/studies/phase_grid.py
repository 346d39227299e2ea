"""The cells of the phase diagram: what is played, for how long, and what is kept of it.

The market is that of case P10. Labs set price, training and (in the control) depth themselves, enter
and leave; theory gives the length of a run and the number of labs above which one starts, no more.
"""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from experiments.studies.phase_theory import interval

OVERHEAD = 1000.0  # USD a period: F0 of P10, with μ = 1
ELASTICITIES = (0.22, 0.5, 0.8, 0.95, 1.05, 1.22, 1.4, 1.6)
USERS = (1e4, 3e4, 1e5, 1e6)
SMALL_USERS = (7e3, 1.4e4)
RULES = ("myopic", "symmetric")
DEPTH = 0.854  # exponent of inference depth in the control, per natural log, as in P10
CONTROL_USERS = 1e5
LARGEST = 300  # labs; cells in which theory allows more are not run
MANY = 100  # labs; one seed and faster entry there, two seeds from half of it
FIRST_LABS = 2


@dataclass(frozen=True)
class Cell:
    """One place of the diagram under one rule of entry, from below or from above.

    elasticity: Λ, of the odds of being chosen in fixed compute. users: N. depth: exponent of inference
    depth per natural log. start: labs at the beginning. hazard: entrants a step, on average.
    """

    elasticity: float
    users: float
    rule: str
    side: str
    depth: float
    start: int
    hazard: float
    steps: int
    seeds: tuple[int, ...]

    @property
    def key(self) -> str:
        """Name of its file."""
        control = "-depth" if self.depth else ""
        return f"{self.rule}-{self.side}{control}-L{self.elasticity:g}-N{self.users:.0f}"

    @property
    def fixed_cost(self) -> float:
        """F0 / (μ N)."""
        return OVERHEAD / self.users

    @property
    def bounds(self) -> tuple[int, int]:
        """Blocked entry and the most labs that can live, of theory."""
        return interval(self.elasticity, self.fixed_cost)


def make_cell(
    elasticity: float, users: float, rule: str, side: str, *, depth: float = 0.0, small: bool = False
) -> Cell:
    """Choose time scales by the lessons of verification.

    Entry is rare (.05 a step) where Λ > 1, for it looks good just after an exit; .2 a step between .5
    and 1, slow enough for incumbents to answer each entrant; one a step for Λ <= .5 or very many labs.
    """
    many = interval(elasticity, OVERHEAD / users)[1]
    hazard = 0.05 if elasticity > 1 else 1.0 if elasticity <= 0.5 or many > MANY else 0.2
    if side == "below":
        start = FIRST_LABS
        steps = 1000 if elasticity > 1 else 100 + math.ceil(1.6 * many / hazard)
        seeds: tuple[int, ...] = (1,) if many > MANY else (1, 2) if many > MANY / 2 else (1, 2, 3)
    else:
        # Exits slow down near the end: each needs a row of losses, and these are small by then.
        start = many + 5 + many // 10
        steps, seeds = 300, (1,)
    if small:
        steps = min(steps, 64)
    if small or depth:
        seeds = (1,)
    return Cell(elasticity, users, rule, side, depth, start, hazard, steps, seeds)


def grid(*, small: bool = False) -> tuple[list[Cell], list[tuple[float, float]]]:
    """The cells to run, the longest first, and the places (Λ, N) left out for their many labs."""
    if small:
        cells = [
            make_cell(v, n, r, "below", small=True) for v in (0.22, 1.6) for n in SMALL_USERS for r in RULES
        ]
        return cells, []
    cells, absent = [], []
    for elasticity in ELASTICITIES:
        for users in USERS:
            if interval(elasticity, OVERHEAD / users)[1] > LARGEST:
                absent.append((elasticity, users))
                continue
            for rule in RULES:
                cells += [make_cell(elasticity, users, rule, side) for side in ("below", "above")]
        cells.append(make_cell(elasticity, CONTROL_USERS, "myopic", "below", depth=DEPTH))
    return sorted(cells, key=_labour, reverse=True), absent


def _labour(cell: Cell) -> float:
    """Rough seconds: a step costs some 4 ms and .4 ms more a lab."""
    return len(cell.seeds) * cell.steps * (4.0 + 0.4 * max(cell.start, cell.bounds[1]))


def scenario(cell: Cell) -> Any:
    """The market of P10 at this place, as a Scenario."""
    from experiments.verify.scenarios import scaling_game

    return scaling_game(
        training=cell.elasticity,
        inference=cell.depth,
        users=cell.users,
        labs=cell.start,
        overhead=OVERHEAD,
        first_flop=cell.elasticity * cell.users / cell.start,
        steps=cell.steps,
        more={
            "labs": {
                "entry_rule": cell.rule,
                "entry_hazard_year": cell.hazard,
                "adapt": {"entry": True, "exit": True},
            }
        },
    )


def measure(results: Any, steps: int) -> dict[str, float]:
    """What is kept of a run: labs and HHI of the last third; accounts of the last step.

    `rd_ratio` is training over gross margin, `own_share` the margin-weighted share of a lab in users:
    Theorem 1 wants rd_ratio = Λ (1 - own_share).
    """
    from experiments.verify.scenarios import last_labs, last_tiers

    metrics, events = results.metrics, results.events
    begin = steps - steps // 3
    tail = metrics[metrics["step"] > begin]
    labs = last_labs(results)
    labs = labs[labs["revenue_usd"] > 0]
    margin = labs["revenue_usd"] - labs["inference_spend_usd"]
    late = events[events["step"] > begin]["kind"].value_counts() if len(events) else {}
    return {
        "labs": float(tail["labs_total"].median()),
        "labs_least": float(tail["labs_total"].min()),
        "labs_most": float(tail["labs_total"].max()),
        "labs_last": float(len(labs)),
        "hhi": float(tail["hhi_revenue"].median()),
        "hhi_least": float(tail["hhi_revenue"].min()),
        "hhi_most": float(tail["hhi_revenue"].max()),
        "late_entries": float(late.get("entry", 0)),
        "late_exits": float(late.get("exit", 0)),
        "rd_ratio": float(labs["training_spend_usd"].sum() / margin.sum()),
        "own_share": float((labs["share_users"] * margin).sum() / margin.sum()),
        "depth": float(last_tiers(results)["depth"].mean()),
    }


def play(record: Mapping[str, Any]) -> dict[str, Any]:
    """All seeds of a cell, given as a mapping so that it can travel; returns what its file holds.

    Seconds are of processor time.
    """
    from experiments.verify.scenarios import settle

    cell = Cell(**{**record, "seeds": tuple(record["seeds"])})
    chosen = scenario(cell)
    runs = []
    for seed in cell.seeds:
        begun = time.process_time()
        found = measure(settle(chosen, seed), cell.steps)
        gc.collect()  # a finished Mesa model holds itself until a full collection
        runs.append({"seed": seed, **found, "seconds": round(time.process_time() - begun, 2)})
    return {"cell": asdict(cell), "fingerprint": chosen.fingerprint(), "runs": runs}
