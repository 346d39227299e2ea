"""The settings that claims compare: a regime, and what is changed in it. Names are for people only.

Seven regimes of the design (section 8), two of them controls that complete a 2 x 2 of wall and inference,
and a few settings more that a single claim asks for. A setting that this version of the model cannot
build (a rule or a strategy that it does not know) is told so, and its claims are not measured.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from model.scenario import Scenario

PT = "pretraining"
ID = "inference-at-deployment"
IT = "inference-in-training"
BOOM = "inference-in-training-explosive"
MIXED = "mixed"
WALL = "wall-only"
FREE = "inference-without-wall"
REGIMES = (PT, ID, IT, BOOM, MIXED, WALL, FREE)


@dataclass(frozen=True)
class Setting:
    """A regime with some of its numbers changed; `rules` come on top of those in force."""

    name: str
    words: str
    regime: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    rules: tuple[Mapping[str, Any], ...] = ()
    replace: bool = False
    """Whether `rules` stand instead of those in force."""

    def scenario(self, size: Mapping[str, Any]) -> Scenario:
        """The scenario at a size; ScenarioError if this version of the model cannot build it."""
        base = Scenario.load(self.regime).override({**size, **self.changes}, where=self.name)
        if self.rules:
            raw = base.model_dump(mode="python")
            held = [] if self.replace else raw["regulation"]
            raw["regulation"] = [*held, *(dict(rule) for rule in self.rules)]
            base = Scenario.from_mapping(raw, where=self.name)
        return base.named(self.name)


DISCLOSE = {"policy": "internal-reporting", "start_year": 0.5, "internal_reporting": 1.0}
HYBRID = {"policy": "hybrid-threshold", "start_year": 0.5}
EFFECTIVE = {"policy": "effective-compute", "start_year": 0.5}
TWO_KINDS = {"labs.strategies": ["agile", "fixed"], "labs.strategy_lot": True}

ALL: tuple[Setting, ...] = (
    Setting(PT, "pre-training scaling", PT),
    Setting(ID, "inference at deployment", ID),
    Setting(IT, "inference in training, fading", IT),
    Setting(BOOM, "inference in training, explosive", BOOM),
    Setting(MIXED, "mixed", MIXED),
    Setting(WALL, "wall only", WALL),
    Setting(FREE, "inference without wall", FREE),
    Setting(f"{PT}+disclosure", "pre-training with disclosure of internal use", PT, rules=(DISCLOSE,)),
    Setting(f"{BOOM}+disclosure", "explosive training with disclosure", BOOM, rules=(DISCLOSE,)),
    Setting(
        f"{ID}+effective", "deployment under an effective-compute rule", ID, rules=(EFFECTIVE,), replace=True
    ),
    Setting(f"{PT}+strategies", "pre-training with agile and fixed labs", PT, TWO_KINDS),
    Setting(f"{MIXED}+strategies", "mixed with agile and fixed labs", MIXED, TWO_KINDS),
    Setting(f"{ID}+hybrid", "deployment under the hybrid rule", ID, rules=(HYBRID,), replace=True),
)
SETTINGS: dict[str, Setting] = {one.name: one for one in ALL}


def words(name: str) -> str:
    """What people call a setting."""
    return SETTINGS[name].words if name in SETTINGS else name
