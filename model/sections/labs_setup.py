"""Labs that a scenario lists itself, and the switches of their decisions."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from model.parameters import Section, param
from model.sections.strategy import StrategyName

THEORY = "theory cases"

NonNegative = Annotated[float, Field(ge=0)]


class TierSetup(Section):
    """One tier of an explicitly listed lab."""

    depth: float = param(
        1.0,
        "cap on mean inference depth",
        unit="standard passes",
        source=THEORY,
        grade="switch",
        gt=0,
        le=1e12,
    )
    price_usd: NonNegative | None = param(
        None,
        "first price per step; none = cost plus one income percent",
        unit="USD/step",
        source=THEORY,
        grade="switch",
    )
    cost_usd: NonNegative | None = param(
        None,
        "unit cost per step that replaces the technology's",
        unit="USD/step",
        source=THEORY,
        grade="switch",
    )
    capability_oom: Annotated[float, Field(ge=-1000, le=1000)] | None = param(
        None,
        "capability that replaces the technology's",
        unit="OOM of FLOP",
        source=THEORY,
        grade="switch",
    )


class LabSetup(Section):
    """One lab of an explicit list."""

    name: str = param(..., "name", unit="text", source=THEORY, grade="switch")
    appeal: float = param(
        0.0, "utility of the brand", unit="utils", source=THEORY, grade="switch", ge=-1e6, le=1e6
    )
    training_flop: float = param(
        2e25,
        "training compute of its model",
        unit="FLOP",
        source=THEORY,
        grade="switch",
        gt=0,
        le=1e60,
    )
    algorithms_oom: float = param(
        0.0,
        "algorithmic level against the frontier",
        unit="OOM",
        source=THEORY,
        grade="switch",
        ge=-100,
        le=100,
    )
    cash_usd: float = param(1e9, "cash at the start", unit="USD", source=THEORY, grade="switch", ge=0)
    open_weights: bool = param(
        False, "whether its weights are public", unit="switch", source=THEORY, grade="switch"
    )
    strategy: StrategyName | None = param(
        None,
        "its strategy; none = as section labs says",
        unit="name of a strategy",
        source="design",
        grade="switch",
    )
    tiers: list[TierSetup] = param(
        lambda: [TierSetup()],
        "menu at the start",
        unit="list",
        source=THEORY,
        grade="switch",
        min_length=1,
        max_length=50,
    )


def _switch(meaning: str, default: bool = True) -> bool:
    value: bool = param(default, meaning, unit="switch", source="design", grade="switch")
    return value


class Adapt(Section):
    """Which decisions labs take; what is off stays as it started."""

    price: bool = _switch("labs set prices")
    depth: bool = _switch("labs move the depth of their tiers")
    menu: bool = _switch("labs add and drop tiers")
    training: bool = _switch("labs train new models")
    distillation: bool = _switch("labs run rounds of distillation and amplification")
    internal: bool = _switch("labs may keep models inside and use them there; off = all are released at once")
    openness: bool = _switch("labs decide whether to publish weights; off = as they did at the start")
    compliance: bool = _switch("labs weigh reporting against being caught; off = they report")
    entry: bool = _switch("new labs may enter")
    exit: bool = _switch("labs may leave")
    acquire: bool = _switch("labs may buy a lab that leaves")
