"""Theft of weights: how often it is tried, what it costs the thief, what labs can do about it."""

from __future__ import annotations

from model.parameters import Section, param


class Security(Section):
    """Thieves, leaks and the security of labs.

    Attempts come at `attempts_year`; each thief's cost is spread (log-logistic) around what security
    makes an attack cost, and who values the weights above his cost gets them.
    """

    theft: bool = param(
        True, "weights can be stolen and labs secure them", unit="switch", source="design", grade="switch"
    )
    attempts_year: float = param(
        0.1,
        "rate of thieves who could steal a lab's weights if they are worth the cost",
        unit="1/year",
        source="P7.11: 0.05 thefts per lab and year (0.01-0.2) at present security",
        grade="assumed",
        span=(0.02, 0.4),
        ge=0,
        le=1000,
        when="theft",
    )
    attack_cost_usd: float = param(
        1e7,
        "median cost of an attack on a lab that spends nothing on security",
        unit="USD",
        source="P7.11: operations against the level that most labs are at",
        grade="assumed",
        span=(1e6, 1e8),
        gt=0,
        le=1e60,
        when="theft",
    )
    attack_ratio: float = param(
        1.0,
        "by how much a dollar of yearly security raises the median cost of an attack",
        unit="years",
        source="no figure found",
        grade="assumed",
        span=(0.1, 10),
        ge=0,
        le=1e6,
        when="theft",
    )
    first_level_usd_year: float = param(
        2e6,
        "lowest level of security spending above none; each further level is four times as dear",
        unit="USD/year",
        source="a small team",
        grade="assumed",
        span=(5e5, 1e7),
        gt=0,
        le=1e60,
        when="theft",
    )
    leak_probability: float = param(
        0.2,
        "chance that stolen weights reach a host who sells them, safeguards stripped",
        unit="probability",
        source="no figure found; the rest are states that keep them",
        grade="assumed",
        span=(0.05, 0.5),
        ge=0,
        le=1,
        when="theft",
    )
    illicit_appeal: float = param(
        -2.0,
        "appeal of an illicit host against a lawful one",
        unit="utils",
        source="no figure found",
        grade="assumed",
        span=(-4, 0),
        ge=-1e6,
        le=1e6,
        when="theft",
    )
    thief_overhead: float = param(
        0.5,
        "extra cost of running stolen weights against a lab's own serving, share",
        unit="share",
        source="as open_weights.overhead",
        grade="assumed",
        span=(0.0, 1.0),
        ge=0,
        le=100,
    )
    low_tasks_year: float = param(
        1e3,
        "tasks a year of a thief with little use of his own",
        unit="tasks/year",
        source="C54: very few tasks",
        grade="assumed",
        span=(1e2, 1e5),
        ge=0,
        le=1e60,
    )
    high_tasks_year: float = param(
        1e9,
        "tasks a year of a thief with a use as large as a lab's",
        unit="tasks/year",
        source="P24",
        grade="assumed",
        span=(1e8, 1e11),
        ge=0,
        le=1e60,
    )
