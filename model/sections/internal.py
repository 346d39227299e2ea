"""What labs do with models inside: releases that cost something, and compute for research of their own."""

from __future__ import annotations

from model.parameters import Section, param

RESEARCH = "labs.adapt.internal and research_elasticity > 0"


class Internal(Section):
    """Release of finished models, and research on algorithms that a lab's best model helps with."""

    release_usd: float = param(
        5e6,
        "cost of putting a model on sale: tests, red teams, moving users over",
        unit="USD",
        source="no figure found: fifty people for three months",
        grade="assumed",
        span=(1e6, 5e7),
        ge=0,
        le=1e15,
        when="labs.adapt.internal",
    )
    research_elasticity: float = param(
        0.0,
        "elasticity of algorithmic progress in research labour; 0 = models do no research inside",
        unit="ratio",
        source="staff's share of the cost of development (P4.22: 0.29-0.49); 0: design, section 14",
        grade="switch",
        span=(0.0, 0.49),
        ge=0,
        lt=1,
        when="labs.adapt.internal",
    )
    researchers: float = param(
        500.0,
        "people in a lab's research, full time",
        unit="people",
        source="order of the research staff of the large labs",
        grade="assumed",
        span=(100, 3000),
        gt=0,
        le=1e9,
        when=RESEARCH,
    )
    fishing_out: float = param(
        0.4,
        "OOM by which an OOM of lead makes the next idea harder to find",
        unit="OOM/OOM",
        source="as the elasticity: twice the research is then twice the efficiency in the end (returns of 1)",
        grade="assumed",
        span=(0.2, 1.0),
        ge=0,
        le=10,
        when=RESEARCH,
    )
    rediscovery: float = param(
        0.5,
        "share of a lab's lead by its own research that the field finds a year without it",
        unit="1/year",
        source="between the lag of open weights (3-12 months) and none",
        grade="assumed",
        span=(0.2, 0.9),
        ge=0,
        le=1,
        when=RESEARCH,
    )
