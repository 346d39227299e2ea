"""Who sells: the labs at the start and the rules by which they decide."""

from __future__ import annotations

from typing import Literal

from model.parameters import param
from model.sections.labs_setup import THEORY, Adapt, LabSetup
from model.sections.strategy import Strategies


class Labs(Strategies):
    """The supply side."""

    start: Literal["data", "symmetric", "list"] = param(
        "data",
        "the labs of the real industry, equal labs, or those listed",
        unit="switch",
        source="design",
        grade="switch",
    )
    data_count: int = param(
        8,
        "most labs taken from the data",
        unit="labs",
        source="design",
        grade="switch",
        ge=1,
        le=30,
        when="start = data",
    )
    count: int = param(
        5,
        "labs of a symmetric start",
        unit="labs",
        source="design: 3, 8, 20",
        grade="switch",
        ge=1,
        le=1000,
        when="start = symmetric",
    )
    symmetric: LabSetup = LabSetup(name="Lab")
    explicit: list[LabSetup] = param(
        list,
        "labs of an explicit start",
        unit="list",
        source=THEORY,
        grade="switch",
        max_length=1000,
    )
    limit: int = param(
        300, "most labs at one time", unit="labs", source="memory", grade="switch", ge=1, le=1000
    )
    max_tiers: int = param(
        3,
        "most tiers of a lab in one channel",
        unit="tiers",
        source="T11, T12: 1-4 plans, more API models",
        grade="assumed",
        span=(2, 5),
        ge=1,
        le=20,
    )
    adapt: Adapt = Adapt()
    training_mode: Literal["grid", "continuous"] = param(
        "grid",
        "discrete runs on a grid of sizes, or smooth flow of training compute",
        unit="switch",
        source="design",
        grade="switch",
    )
    entry_rule: Literal["myopic", "symmetric"] = param(
        "myopic",
        "entrants expect rivals' present offers, or the new equilibrium of all",
        unit="switch",
        source="design",
        grade="switch",
        when="adapt.entry",
    )
    price_rule: Literal["best_response", "gradient"] = param(
        "best_response",
        "prices move towards the best response, or uphill by trying every price a little up and down",
        unit="switch",
        source="design",
        grade="switch",
        when="adapt.price",
    )
    price_experiment: float = param(
        0.01,
        "size of a price experiment, over the price plus the money worth of a unit of taste",
        unit="share",
        source="field experiments change prices by a few per cent; lower for a cleaner slope",
        grade="assumed",
        span=(0.003, 0.03),
        ge=1e-4,
        le=0.2,
        when="adapt.price and price_rule = gradient",
    )
    price_reach: float = param(
        0.3,
        "farthest price that experiments are trusted to point to, in the same measure",
        unit="share",
        source="a unit of taste is where a logit slope has changed beyond use",
        grade="assumed",
        span=(0.1, 0.6),
        gt=0,
        le=1,
        when="adapt.price and price_rule = gradient",
    )
    price_damping: float = param(
        0.5,
        "share of the way to the price that the rule aims at, per quarter (a longer step is one)",
        unit="1/quarter",
        source="verification, lesson 3",
        grade="assumed",
        span=(0.2, 0.8),
        gt=0,
        le=1,
        when="adapt.price",
    )
    menu_cost_usd: float = param(
        0.0,
        "cost of changing one price",
        unit="USD",
        source="design",
        grade="assumed",
        span=(0, 1e5),
        ge=0,
        when="adapt.price",
    )
    depth_damping: float = param(
        0.3,
        "speed of depth adaptation (a step longer than a quarter counts as one)",
        unit="1/quarter",
        source="design",
        grade="assumed",
        span=(0.1, 0.5),
        gt=0,
        le=10,
        when="adapt.depth",
    )
    tier_cost_usd_year: float = param(
        2e6,
        "yearly cost of keeping a tier on sale",
        unit="USD/year",
        source="a small product team",
        grade="assumed",
        span=(5e5, 1e7),
        ge=0,
        when="adapt.menu",
    )
    training_damping: float = param(
        0.2,
        "speed of smooth training (a step longer than a quarter counts as one)",
        unit="1/quarter",
        source="verification, lesson 12: 0.1-0.3",
        grade="assumed",
        span=(0.1, 0.3),
        gt=0,
        le=1,
        when="training_mode = continuous",
    )
    training_user_cost: float = param(
        1.0,
        "user cost of training capital (depreciation plus finance)",
        unit="1/year",
        source="P10",
        grade="assumed",
        gt=0,
        le=100,
        when="training_mode = continuous",
    )
    training_step_oom: float = param(
        0.1,
        "spacing of the grid of run sizes",
        unit="OOM",
        source="design",
        grade="switch",
        gt=0,
        le=1,
        when="training_mode = grid",
    )
    training_reach_oom: float = param(
        1.0,
        "largest jump in run size that a lab considers",
        unit="OOM",
        source="T1: 5.8x a year",
        grade="assumed",
        span=(0.7, 1.5),
        gt=0,
        le=10,
        when="training_mode = grid",
    )
    planning_years: float = param(
        1.5,
        "life over which a model is expected to earn",
        unit="years",
        source="price half-lives, T9; least: labs in the model put one out every 0.3 to 0.6 years",
        grade="assumed",
        span=(0.3, 3),
        gt=0,
        le=50,
    )
    discount_rate: float = param(
        0.15,
        "labs' discount rate",
        unit="1/year",
        source="venture finance",
        grade="assumed",
        span=(0.08, 0.3),
        ge=0,
        le=5,
    )
    research_sample: int = param(
        2000,
        "users in the market-research sample",
        unit="users",
        source="design: 2,000-20,000",
        grade="switch",
        ge=1,
        le=100_000,
    )
    screening_sample: int = param(
        500,
        "respondents on whom runs, new tiers and entry are first weighed",
        unit="users",
        source="design",
        grade="switch",
        ge=1,
        le=100_000,
    )
    overhead_usd_year: float = param(
        8e7,
        "running cost of a lab whatever it sells",
        unit="USD/year",
        source="design: 20M a quarter",
        grade="assumed",
        span=(4e7, 3e8),
        ge=0,
    )
    expectation_gain: float = param(
        0.3,
        "share of a surprise that enters expectations per quarter",
        unit="1/quarter",
        source="Nerlove",
        grade="assumed",
        span=(0.1, 0.7),
        gt=0,
        le=1,
    )
    past_progress_oom_year: float = param(
        1.18,
        "growth of a flagship's effective compute that labs have seen before the start",
        unit="OOM/year",
        source="P4.1: compute 5 (4-6) times a year; algorithms 0.48 OOM a year",
        grade="estimated",
        span=(0.9, 1.6),
        ge=0,
        le=10,
        when="start = data",
    )
    hard_budget: bool = param(
        False,
        "labs live on cash alone, without outside funding",
        unit="switch",
        source="design",
        grade="switch",
    )
    partners: bool = param(
        True,
        "cloud companies may give labs compute for equity",
        unit="switch",
        source="design",
        grade="switch",
        when="start = data",
    )
    credit_multiple: float = param(
        3.0,
        "outside funding up to this multiple of yearly revenue, at most a year's share in a year",
        unit="years of revenue",
        source="venture rounds of 2023-24",
        grade="assumed",
        span=(1, 6),
        ge=0,
        le=100,
        when="not hard_budget",
    )
    parent_budget_usd_year: float = param(
        4e9,
        "what a parent company gives its own lab a year",
        unit="USD/year",
        source="hyperscaler capex",
        grade="assumed",
        span=(1e9, 1e10),
        ge=0,
        when="not hard_budget",
    )
    initial_round_usd: float = param(
        2e9,
        "money raised at the start by a lab without a parent",
        unit="USD",
        source="rounds of 2023-24",
        grade="assumed",
        span=(5e8, 6e9),
        ge=0,
    )
    entry_hazard_year: float = param(
        8.0,
        "potential entrants a year",
        unit="1/year",
        source="design: at least 2 a quarter",
        grade="assumed",
        span=(4, 16),
        ge=0,
        le=1000,
        when="adapt.entry",
    )
    entrant_capital_usd: float = param(
        1e9,
        "median capital of a potential entrant",
        unit="USD",
        source="rounds of 2023-24",
        grade="assumed",
        span=(2e8, 4e9),
        ge=0,
        when="adapt.entry",
    )
    entrant_capital_sigma: float = param(
        1.0,
        "spread of log capital of entrants",
        unit="log points",
        source="rounds of 2023-24",
        grade="assumed",
        span=(0.5, 1.5),
        ge=0,
        le=5,
        when="adapt.entry",
    )
    entry_cost_usd: float = param(
        5e7,
        "sunk cost of entry",
        unit="USD",
        source="design",
        grade="assumed",
        span=(1e7, 3e8),
        ge=0,
        when="adapt.entry",
    )
    entrant_appeal: float = param(
        0.0,
        "appeal of an entrant's brand against the median lab",
        unit="utils",
        source="design",
        grade="assumed",
        span=(-1, 1),
        ge=-1e6,
        le=1e6,
        when="adapt.entry",
    )
    exit_patience_years: float = param(
        1.0,
        "time of expected loss before a lab leaves",
        unit="years",
        source="design: four quarters",
        grade="assumed",
        span=(0.5, 3),
        gt=0,
        le=1000,
        when="adapt.exit",
    )
