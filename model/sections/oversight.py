"""The eyes of the regulator, and the rules of the state at the start."""

from __future__ import annotations

from model.parameters import Section, param
from model.sections.rule import Rule

__all__ = ["Oversight", "Rule", "default_rules"]


class Oversight(Section):
    """What the regulator looks at and fears, whatever the rules."""

    danger_oom: float = param(
        26.5,
        "capability in a dangerous task that the regulator wants to see",
        unit="OOM of FLOP",
        source="design",
        grade="assumed",
        span=(25.5, 28),
        ge=-1000,
        le=1000,
    )
    sight_mw: float = param(
        50.0,
        "least site that can be seen from outside",
        unit="MW",
        source="P10.20",
        grade="assumed",
        span=(20, 200),
        ge=0,
        le=1e12,
    )
    sight_large_year: float = param(
        0.9,
        "yearly chance of seeing a large site",
        unit="1/year",
        source="P10.20: 0.7-0.98",
        grade="assumed",
        span=(0.7, 0.98),
        ge=0,
        le=1,
    )
    sight_small_year: float = param(
        0.3,
        "yearly chance of seeing a small site",
        unit="1/year",
        source="P10.20: 0.1-0.6",
        grade="assumed",
        span=(0.1, 0.6),
        ge=0,
        le=1,
    )
    sight_large_mw: float = param(
        500.0,
        "block from which a site is as easily seen as any",
        unit="MW",
        source="P10.20: figures are for 500 MW",
        grade="assumed",
        span=(300, 1000),
        gt=0,
        le=1e12,
    )
    sight_small_mw: float = param(
        50.0,
        "block up to which a site is as hard to see as any",
        unit="MW",
        source="P10.20: figures are for 50 MW",
        grade="assumed",
        span=(20, 100),
        gt=0,
        le=1e12,
    )
    prior_oom: float = param(
        25.0,
        "training compute that the regulator expects of a model while it knows of no other",
        unit="log10 FLOP",
        source="design: the size that the first laws look at (P10.1)",
        grade="assumed",
        span=(24, 26),
        ge=-1000,
        le=1000,
    )
    belief_exponent: float = param(
        0.3,
        "OOM of capability that the regulator believes an OOM of depth to be worth",
        unit="OOM/OOM",
        source="below P3.1: law lags",
        grade="assumed",
        span=(0, 0.7),
        ge=0,
        le=10,
    )
    belief_spread_oom: float = param(
        0.3,
        "error of the regulator's estimate of an unreported run",
        unit="OOM",
        source="Epoch confidence bands 0.12-0.45",
        grade="estimated",
        span=(0.1, 0.5),
        ge=0,
        le=10,
    )
    belief_gain: float = param(
        0.2,
        "speed at which audits correct that belief",
        unit="1/audit",
        source="design",
        grade="assumed",
        span=(0, 0.5),
        ge=0,
        le=1,
    )


def default_rules() -> list[Rule]:
    """The rule in force from August 2025: a training threshold of 1e25 FLOP."""
    return [Rule()]
