"""Who buys: persons with subscriptions and firms with metered tokens, their wealth and their taste."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from model.parameters import Section, param


class Wealth(Section):
    """Distribution of persons' income: lognormal body with a Pareto tail, or explicit atoms."""

    median_usd_year: float = param(
        40_000.0,
        "median income of a person in the served market, market dollars",
        unit="USD/year",
        source="design: about 10k a quarter in rich countries",
        grade="estimated",
        span=(8_000, 50_000),
        gt=0,
        le=1e60,
        when="no atoms or business_share > 0",
    )
    sigma: float = param(
        0.9,
        "spread of log income in the body",
        unit="log points",
        source="P9.7: 0.7-0.9 (world 1.36)",
        grade="estimated",
        span=(0.7, 1.4),
        ge=0,
        le=5,
        when="no atoms",
    )
    tail_share: float = param(
        0.05,
        "share of persons in the Pareto tail",
        unit="share",
        source="P9.5",
        grade="estimated",
        span=(0.01, 0.1),
        ge=0,
        le=1,
        when="no atoms",
    )
    tail_exponent: float = param(
        1.8,
        "Pareto exponent of the tail",
        unit="exponent",
        source="P9.5: 1.7-2.2",
        grade="estimated",
        span=(1.5, 2.5),
        gt=1,
        le=100,
        when="no atoms and tail_share > 0",
    )
    atoms: list[float] = param(
        list,
        "explicit incomes per year; replaces the distribution",
        unit="USD/year",
        source="theory cases",
        grade="switch",
    )
    atom_weights: list[float] = param(
        list,
        "share of persons at each atom; empty = equal",
        unit="share",
        source="theory cases",
        grade="switch",
    )


class Users(Section):
    """The demand side. `population` is the market, `count` the simulated slots."""

    population: float = param(
        3e7,
        "people and firms in reach of the market at the start",
        unit="users",
        source="T17: 15.5M payers at one vendor; design: 3e7",
        grade="estimated",
        span=(2e7, 1e8),
        gt=0,
        le=1e12,
    )
    population_ceiling: float = param(
        3e8,
        "people and firms that the market can reach at last",
        unit="users",
        source="T16: 300M weekly users of one vendor",
        grade="assumed",
        span=(1e8, 1e9),
        gt=0,
        le=1e12,
        when="population_growth > 0",
    )
    population_growth: float = param(
        0.5,
        "early growth rate of the logistic adoption curve",
        unit="1/year",
        source="below T16 (2.8x a year among free users)",
        grade="assumed",
        span=(0.2, 1.0),
        ge=0,
        le=20,
    )
    count: int = param(
        20_000,
        "simulated user slots",
        unit="slots",
        source="sampling error only",
        grade="switch",
        ge=1,
        le=5_000_000,
    )
    agent_limit: int = param(
        100_000,
        "most slots that also exist as Mesa agents; above it an even sample does",
        unit="slots",
        source="memory",
        grade="switch",
        ge=0,
        le=1_000_000,
    )
    demand: Literal["sampled", "expected", "deterministic"] = param(
        "sampled",
        "how choices are realised: drawn, as probabilities, or without taste noise",
        unit="switch",
        source="design",
        grade="switch",
    )
    engine: Literal["individual", "lumped"] = param(
        "individual",
        "one row per slot, or types x current choice with multinomial draws",
        unit="switch",
        source="design",
        grade="switch",
        when="demand = sampled",
    )
    types: int = param(
        0,
        "number of distinct kinds of user; 0 = every slot its own",
        unit="types",
        source="lumped engine and docking",
        grade="switch",
        ge=0,
        le=1_000_000,
    )
    business_share: float = param(
        0.1,
        "share of users that are firms on metered tokens",
        unit="share",
        source="T15 and revenue mix",
        grade="assumed",
        span=(0.02, 0.2),
        ge=0,
        le=1,
    )
    business_budget_usd_year: float = param(
        60_000.0,
        "smallest budget from which a firm pays for tools",
        unit="USD/year",
        source="scale of a small firm's tooling",
        grade="assumed",
        span=(2e4, 2e5),
        gt=0,
        le=1e60,
        when="business_share > 0",
    )
    business_tail_exponent: float = param(
        1.3,
        "Pareto exponent of firms' budgets",
        unit="exponent",
        source="firm-size literature: 1.06-1.5",
        grade="estimated",
        span=(1.1, 1.6),
        gt=1,
        le=100,
        when="business_share > 0 or small_innovations_year > 0",
    )
    business_volume_spread: float = param(
        1.5,
        "spread of log volume at equal budget",
        unit="log points",
        source="several OOM of volume",
        grade="assumed",
        span=(0.5, 2.5),
        ge=0,
        le=6,
        when="business_share > 0",
    )
    tasks_per_year: float = param(
        1200.0,
        "tasks a person brings a year",
        unit="tasks/year",
        source="design: 300 a quarter",
        grade="estimated",
        span=(600, 4000),
        gt=0,
        le=1e60,
    )
    volume_elasticity: float = param(
        1.0,
        "by how much users' tasks rise in the long run as the compute of a task gets cheaper",
        unit="ln/ln",
        source="P5.5b: -1.0 in price",
        grade="assumed",
        span=(0.5, 1.5),
        ge=0,
        le=10,
    )
    business_volume_ratio: float = param(
        20.0,
        "tasks a firm brings per dollar of its budget, against a person per dollar of income",
        unit="ratio",
        source="list prices per token (token_prices.csv) against plans",
        grade="assumed",
        span=(5, 60),
        gt=0,
        le=1e6,
        when="business_share > 0",
    )
    task_concentration: float = param(
        20.0,
        "Dirichlet concentration of task mixes around their group's mean; 0 = all alike",
        unit="concentration",
        source="design",
        grade="assumed",
        span=(5, 100),
        ge=0,
        le=1e9,
    )
    quality_taste_spread: float = param(
        0.0,
        "spread of log taste for quality",
        unit="log points",
        source="off by default",
        grade="assumed",
        span=(0.0, 0.8),
        ge=0,
        le=5,
    )
    quality_tastes: list[float] = param(
        list,
        "explicit tastes for quality, one per wealth atom",
        unit="multiplier",
        source="theory cases",
        grade="switch",
    )
    link: Literal["irt", "linear"] = param(
        "irt",
        "how capability becomes value: task by task S-curve, or a straight line",
        unit="switch",
        source="design",
        grade="switch",
    )
    quality_value: float = param(
        2.5,
        "value of one OOM of capability",
        unit="utils/OOM",
        source="design: 2.0-3.0, i.e. odds elasticity 0.87-1.30",
        grade="assumed",
        span=(1.2, 3.7),
        ge=0,
        le=1e6,
    )
    irt_slope: float = param(
        1.0,
        "steepness of a task's S-curve",
        unit="1/OOM",
        source="design",
        grade="assumed",
        span=(0.8, 3.0),
        gt=0,
        le=100,
        when="link = irt",
    )
    reference_oom: float = param(
        24.0,
        "capability worth nothing (linear link) and zero of reported capability",
        unit="OOM of FLOP",
        source="lowest task difficulty",
        grade="switch",
        ge=-1000,
        le=1000,
    )
    price_sensitivity: float = param(
        250.0,
        "disutility of spending a whole period's income",
        unit="utils",
        source="one OOM is worth 1 % of income (0.3-3 %)",
        grade="assumed",
        span=(83, 833),
        gt=0,
        le=1e9,
    )
    income_effect: Literal["linear", "log", "quasi"] = param(
        "linear",
        "how a price hurts: p/y, -ln(1-p/y), or p with taste in the value",
        unit="switch",
        source="design",
        grade="switch",
    )
    taste_scale: float = param(
        1.0,
        "scale of taste differences between labs",
        unit="utils",
        source="normalisation",
        grade="switch",
        gt=0,
        le=1e6,
    )
    within_lab_scale: float = param(
        0.1,
        "scale of taste differences between tiers of one lab",
        unit="utils",
        source="design: much below taste_scale",
        grade="assumed",
        span=(0.05, 0.3),
        ge=0,
        le=1e6,
    )
    outside_utility: Annotated[float, Field(ge=-1e9, le=1e9)] | Literal["none"] = param(
        0.0,
        "utility of using no AI; none = everybody buys",
        unit="utils",
        source="normalisation",
        grade="switch",
    )
    inertia: float = param(
        0.5,
        "bonus for staying with the present lab (loyalty, switching cost)",
        unit="utils",
        source="design",
        grade="assumed",
        span=(0.0, 2.0),
        ge=0,
        le=100,
    )
    reconsider_per_quarter: float = param(
        0.25,
        "chance that a user reconsiders within a quarter of a year",
        unit="1/quarter",
        source="design",
        grade="assumed",
        span=(0.1, 1.0),
        gt=0,
        le=1,
    )
    perception_noise_oom: float = param(
        0.0,
        "error (sd) with which a user sees the capability of a new flagship of a lab that it is not with",
        unit="OOM of capability",
        source="nothing measured it: off; range: up to about a generation's lead among leading labs",
        grade="assumed",
        span=(0.0, 0.5),
        ge=0,
        le=10,
    )
    perception_reports_year: float = param(
        4.0,
        "independent reports a year on a model, each as good as a first view: the error is of their mean",
        unit="1/year",
        source="one a quarter, as often as users reconsider at most",
        grade="assumed",
        span=(0.0, 12.0),
        ge=0,
        le=1e6,
        when="perception_noise_oom > 0",
    )
    consideration: int = param(
        0,
        "labs that a reconsidering user looks at besides its own and the price leader; 0 = all labs",
        unit="labs",
        source="design; off by default",
        grade="switch",
        ge=0,
        le=1_000,
    )
    advert_usd_year: float = param(
        4.0,
        "value to the lab of an active user's attention and data",
        unit="USD/year",
        source="design (makes free tiers possible)",
        grade="assumed",
        span=(0.0, 20.0),
        ge=0,
        le=1e60,
    )
    wealth: Wealth = Wealth()
