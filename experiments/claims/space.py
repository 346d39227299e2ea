"""The plausible space: which parameters are varied, over what range and scale. Stated before any outcome.

Ranges are those of the registry (`span`) unless a reason is given. A dimension that says how strong a
mechanism is acts only in settings that have the mechanism, so that each setting stays what it is: the
wall's slope where there is a wall, inference at deployment where it pays, distillation where there are
rounds; the threshold only where the first rule has one (so not under the rules that C31 puts in its
place). A point is applied to all settings with the same seed.

Switches of method are not in the space. The symmetric entry rule takes some fifty times as long as the
myopic one; it, the second price rule and the second demand engine are held against each other in
tests/theory/test_docking.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from experiments.cube import sobol
from experiments.placing import placed
from model.errors import ScenarioError
from model.rulebook import fields_of_policies
from model.scenario import Scenario, parameters

Floats = NDArray[np.float64]
Scale = Literal["linear", "log"]
SEED = 20261122
WEAK = 0.5  # an inference exponent below is too weak to be called scaling by inference


@dataclass(frozen=True)
class Dimension:
    """One parameter of the space."""

    key: str
    scale: Scale = "linear"
    low: float | None = None
    high: float | None = None
    where: Literal["everywhere", "wall", "inference", "rounds"] = "everywhere"
    reason: str = ""
    """Why the range is not the registry's, or why the dimension is there at all."""

    @property
    def span(self) -> tuple[float, float]:
        """Least and greatest value."""
        low, high = _spans()[_general(self.key)]
        return (low if self.low is None else self.low, high if self.high is None else self.high)

    def value(self, share: float) -> float:
        """The value at a share in [0, 1) of the range, on its scale."""
        low, high = self.span
        if self.scale == "log":
            return float(low * (high / low) ** share)
        return float(low + share * (high - low))


def _general(key: str) -> str:
    """regulation.0.threshold_oom -> regulation[].threshold_oom."""
    return ".".join(part for part in key.split(".")).replace(".0.", "[].")


@lru_cache(maxsize=1)
def _spans() -> dict[str, tuple[float, float]]:
    return {p.key: p.span for p in parameters() if p.span is not None}


TECH, ROUNDS = "technology.", "technology.distillation."
SPACE: tuple[Dimension, ...] = (
    Dimension(f"{TECH}wall_oom", where="wall"),
    Dimension(
        f"{TECH}wall_slope", "log", 0.05, 0.5, where="wall", reason="above one half there is hardly a wall"
    ),
    Dimension(f"{TECH}inference_exponent", where="inference"),
    Dimension(f"{TECH}inference_span_oom", where="inference"),
    Dimension(f"{ROUNDS}retention", where="rounds"),
    Dimension(f"{ROUNDS}amplifier_exponent", where="rounds"),
    Dimension(f"{TECH}algorithm_growth_oom"),
    Dimension(f"{TECH}diffusion"),
    Dimension(f"{TECH}parameters_exponent"),
    Dimension(f"{TECH}inference_efficiency_growth_oom"),
    Dimension(f"{TECH}inference_price_ratio", "log"),
    Dimension(f"{TECH}final_run_share", "log"),
    Dimension(f"{TECH}tokens_per_task", "log"),
    Dimension(f"{TECH}human_level_oom"),
    Dimension("users.quality_value", reason="carries Lambda through one"),
    Dimension("users.price_sensitivity", "log"),
    Dimension("users.irt_slope", "log"),
    Dimension("users.inertia"),
    Dimension("users.wealth.sigma"),
    Dimension("users.wealth.median_usd_year", "log"),
    Dimension("users.business_share", "log"),
    Dimension("users.population_ceiling", "log"),
    Dimension("labs.planning_years", "log"),
    Dimension("labs.credit_multiple", "log"),
    Dimension("labs.entry_hazard_year", "log"),
    Dimension("labs.overhead_usd_year", "log"),
    Dimension("open_weights.overhead"),
    Dimension("compute.permit_hazard_year", "log"),
    Dimension("compute.other_growth_oom", "log"),
    Dimension("regulation.0.threshold_oom"),
    Dimension("oversight.danger_oom"),
    Dimension("oversight.belief_exponent"),
    Dimension(f"{ROUNDS}elsewhere", where="rounds"),
)


def sample(count: int) -> Floats:
    """The first `count` points of one scrambled Sobol sequence in the unit cube, (count, dimensions).

    A smaller sample is the beginning of a larger one, so that a quick trial's points are the full one's.
    """
    return sobol(len(SPACE), count, SEED)


def values(point: Floats) -> dict[str, float]:
    """The parameters at one point of the unit cube."""
    return {one.key: one.value(float(share)) for one, share in zip(SPACE, point, strict=True)}


def _final(scenario: Scenario, key: str) -> float:
    """Where a number ends, its drifts included."""
    moves = [move.value for move in scenario.drift if move.parameter == key]
    return float(moves[-1]) if moves else float(scenario.value(key))


def acts(scenario: Scenario, where: str) -> bool:
    """Whether a scenario has the mechanism that a dimension is about."""
    if where == "wall":
        return _final(scenario, f"{TECH}wall_slope") < 1.0
    if where == "inference":
        return _final(scenario, f"{TECH}inference_exponent") >= WEAK
    if where == "rounds":
        rounds = scenario.technology.distillation.max_rounds
        return rounds > 0 and _final(scenario, f"{ROUNDS}retention") > 0.0
    return True


def used(scenario: Scenario, key: str) -> bool:
    """Whether a key names something that the scenario has: of a rule, a field that its policy reads."""
    section, *rest = key.split(".")
    if section != "regulation":
        return True
    place, name = int(rest[0]), rest[1]
    rules = scenario.regulation
    return place < len(rules) and name in fields_of_policies()[rules[place].policy]


def at(scenario: Scenario, point: Mapping[str, Any], name: str) -> Scenario:
    """A scenario moved to a point; where a number drifts, it is the end of the drift that moves."""
    acting = {
        one.key: point[one.key] for one in SPACE if acts(scenario, one.where) and used(scenario, one.key)
    }
    return placed(scenario, acting, where=name).named(name)


def check() -> None:
    """Every dimension exists in this version of the model; a ScenarioError says which does not."""
    known = {p.key for p in parameters()}
    for one in SPACE:
        if _general(one.key) not in known:
            raise ScenarioError(f"space of claims: {one.key} is no parameter")
