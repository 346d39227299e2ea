"""Which strategy a lab follows, and what the agile one learns by."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator

from model.parameters import Section, param

FOLDER = Path(__file__).resolve().parents[2] / "agents" / "strategies"


@lru_cache(maxsize=1)
def strategy_names() -> tuple[str, ...]:
    """Names of all strategies: the files of their folder, which are not run for it."""
    return tuple(sorted(path.stem.replace("_", "-") for path in FOLDER.glob("[a-z]*.py")))


def _known(name: str) -> str:
    if name not in strategy_names():
        raise ValueError(f"no such strategy; allowed: {', '.join(strategy_names())}")
    return name


StrategyName = Annotated[str, AfterValidator(_known)]


class Strategies(Section):
    """Strategies of labs; the part of section `labs` that gives them out."""

    strategy: StrategyName = param(
        "incumbent",
        "strategy of labs to which nothing else gives one",
        unit="name of a strategy",
        source="design",
        grade="switch",
    )
    strategies: list[StrategyName] = param(
        list,
        "strategies of the labs at the start, taken in turn by number; a lab's own setup comes first",
        unit="list",
        source="design",
        grade="switch",
        max_length=1000,
    )
    strategy_lot: bool = param(
        False,
        "strategies of the start are shuffled among the labs by lot, so that over seeds each lab has each",
        unit="switch",
        source="design",
        grade="switch",
        when="strategies are listed",
    )
    entrant_strategy: StrategyName | None = param(
        None,
        "strategy of labs that enter; none = labs.strategy",
        unit="name of a strategy",
        source="design",
        grade="switch",
        when="adapt.entry",
    )
    agile_gain: float = param(
        0.5,
        "share of the past that an agile lab forgets per quarter when it adds up realised returns",
        unit="1/quarter",
        source="quicker than expectation_gain",
        grade="assumed",
        span=(0.2, 0.8),
        gt=0,
        le=1,
        when="some lab is agile",
    )
    agile_attention: float = param(
        0.5,
        "reach, speed and purse that an agile lab gives to what is out of focus; the inverse in focus",
        unit="share",
        source="design",
        grade="assumed",
        span=(0.25, 1.0),
        ge=0.05,
        le=1,
        when="some lab is agile",
    )
