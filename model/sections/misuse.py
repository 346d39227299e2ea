"""Misuse: actors with bad intent and small means, tests before release, methods found after it."""

from __future__ import annotations

from model.parameters import Section, param

ACTORS = "actors > 0"
FOUND = "innovations"


class Misuse(Section):
    """Malicious actors, evaluation, mitigation and elicitation."""

    actors: int = param(
        500,
        "malicious actors that are simulated; 0 = none. A sample: shares are told, no numbers of people",
        unit="actors",
        source="sampling error of a share of two points",
        grade="switch",
        ge=0,
        le=1_000_000,
    )
    budget_usd_year: float = param(
        1e4,
        "median of what an actor can spend",
        unit="USD/year",
        source="C14: actors of small means; no figure found",
        grade="assumed",
        span=(1e3, 1e5),
        gt=0,
        le=1e60,
        when=ACTORS,
    )
    budget_spread: float = param(
        2.3,
        "spread of the log of that: one actor in six has ten times the median",
        unit="log points",
        source="no figure found",
        grade="assumed",
        span=(1.0, 3.0),
        ge=0,
        le=10,
        when=ACTORS,
    )
    few_share: float = param(
        0.5,
        "share of actors who want few tasks; the others want many",
        unit="share",
        source="no figure found",
        grade="assumed",
        span=(0.1, 0.9),
        ge=0,
        le=1,
        when=ACTORS,
    )
    few_tasks_year: float = param(
        10.0,
        "dangerous tasks a year of an actor who wants few",
        unit="tasks/year",
        source="C54: very few tasks",
        grade="assumed",
        span=(1, 100),
        gt=0,
        le=1e60,
        when=ACTORS,
    )
    many_tasks_year: float = param(
        1e5,
        "dangerous tasks a year of an actor who wants many",
        unit="tasks/year",
        source="C54: against masses of use",
        grade="assumed",
        span=(1e4, 1e7),
        gt=0,
        le=1e60,
        when=ACTORS,
    )
    skill_spread: float = param(
        0.5,
        "spread over actors of the log of their trouble with running a model themselves",
        unit="log points",
        source="as open_weights.overhead_spread",
        grade="assumed",
        span=(0, 1),
        ge=0,
        le=5,
        when=ACTORS,
    )
    detection: float = param(
        0.05,
        "chance that a lab notices a dangerous query and closes the account",
        unit="probability",
        source="no figure found; P10.15: all safeguards tested could be got round",
        grade="assumed",
        span=(0.005, 0.5),
        ge=0,
        le=1,
        when=ACTORS,
    )
    account_usd: float = param(
        50.0,
        "cost of opening an account under another name",
        unit="USD",
        source="no figure found",
        grade="assumed",
        span=(5, 500),
        ge=0,
        le=1e60,
        when=ACTORS,
    )
    accounts_year: float = param(
        10.0,
        "accounts that an actor can open in a year",
        unit="1/year",
        source="no figure found",
        grade="assumed",
        span=(2, 100),
        ge=0,
        le=1e60,
        when=ACTORS,
    )
    setup_hours: float = param(
        100.0,
        "hours of rented hardware to set a model up and strip its safeguards",
        unit="hours",
        source="no figure found",
        grade="assumed",
        span=(20, 1000),
        ge=0,
        le=1e60,
        when=ACTORS,
    )
    node_usd_hour: float = param(
        26.0,
        "rent of a node of eight good GPUs at the start; falls with the price of compute",
        unit="USD/hour",
        source="P7.8: 20-32; S4",
        grade="measured",
        span=(20, 32),
        ge=0,
        le=1e60,
        when=ACTORS,
    )
    node_parameters: float = param(
        4.05e11,
        "parameters that one node can run; larger models take more nodes",
        unit="parameters",
        source="P7.7: 405B in 8 bit",
        grade="measured",
        span=(4.05e11, 6.5e11),
        gt=0,
        le=1e60,
        when=ACTORS,
    )
    attempts_year: float = param(
        2e-3,
        "rate at which an actor who reaches the danger level does harm",
        unit="1/year",
        source="one incident a year and 500 such actors: no figure found",
        grade="assumed",
        span=(2e-4, 2e-2),
        ge=0,
        le=1000,
        when=ACTORS,
    )
    notice_probability: float = param(
        0.5,
        "chance that harm is traced back to a model; regulators then learn what depth added",
        unit="probability",
        source="no figure found",
        grade="assumed",
        span=(0.1, 0.9),
        ge=0,
        le=1,
        when="actors > 0 and attempts_year > 0",
    )
    test_depth: float = param(
        10.0,
        "depth at which labs test a model for danger of their own accord, on one task",
        unit="standard passes",
        source="design: I_test; no figure found",
        grade="assumed",
        span=(1, 1000),
        ge=1,
        le=1e12,
    )
    gap_years: float = param(
        1.0,
        "time after release in which what is reached counts against what was measured",
        unit="years",
        source="design: T quarters",
        grade="assumed",
        span=(0.5, 2.0),
        ge=0,
        le=100,
    )
    probe_usd: float = param(
        3400.0,
        "what somebody spends on one task to get the most out of a model",
        unit="USD",
        source="P8.1: 172 x 20 USD a task; re-estimates 2e2-3e4",
        grade="estimated",
        span=(200, 3e4),
        gt=0,
        le=1e60,
    )
    mitigation_usd: float = param(
        2e7,
        "cost of bringing a model below the limit of a test that a law asks for",
        unit="USD",
        source="no figure found: a hundred people for half a year",
        grade="assumed",
        span=(2e6, 2e8),
        ge=0,
        le=1e60,
        when="a test with a limit",
    )
    mitigation_years: float = param(
        0.5,
        "time that it takes",
        unit="years",
        source="no figure found; P10.19: six months from GPT-4 to its release",
        grade="assumed",
        span=(0.25, 1.0),
        ge=0,
        le=100,
        when="a test with a limit",
    )
    lab_innovations_year: float = param(
        0.5,
        "rate at which labs, as many as at the start, find methods of each kind (scaffolds, fine-tunes)",
        unit="1/year",
        source="no figure found",
        grade="assumed",
        span=(0.1, 2.0),
        ge=0,
        le=1000,
    )
    small_innovations_year: float = param(
        2.2,
        "the same for small actors if all of the starting market had access and could pay for the trials",
        unit="1/year",
        source="no figure found: with a twentieth of it as many scaffolds as labs find",
        grade="assumed",
        span=(0.5, 9.0),
        ge=0,
        le=1000,
    )
    parallel_returns: float = param(
        0.5,
        "elasticity of the rate of methods in the number who look for them; below 1 they find the same",
        unit="ratio",
        source="returns to parallel research below one; no figure found for methods",
        grade="assumed",
        span=(0.25, 1.0),
        ge=0,
        le=1,
        when=FOUND,
    )
    innovation_oom: float = param(
        0.1,
        "span of depth that a method adds to models that are out already",
        unit="OOM",
        source="below P5.11: answers of models that do not reason grow 2.2x a year, by training too",
        grade="assumed",
        span=(0.03, 0.3),
        ge=0,
        le=10,
        when=FOUND,
    )
    lag_years: float = param(
        0.5,
        "time until what small actors find is in labs' products, and what labs find is public",
        unit="years",
        source="P10.19: 4 months, 1-9",
        grade="assumed",
        span=(0.1, 1.0),
        ge=0,
        le=20,
        when=FOUND,
    )
    scaffold_usd: float = param(
        2e4,
        "cost of the trials behind a scaffold",
        unit="USD",
        source="S7; no figure found",
        grade="assumed",
        span=(2e3, 2e5),
        gt=0,
        le=1e60,
        when="small_innovations_year > 0",
    )
    tune_share: float = param(
        0.05,
        "compute of the trials behind a reasoning fine-tune, share of the training of the best open model",
        unit="share",
        source="P4.8: 0.2 for the first open one; 0.001 for small ones",
        grade="assumed",
        span=(0.001, 0.2),
        gt=0,
        le=10,
        when="small_innovations_year > 0",
    )
    small_usd: float = param(
        2e4,
        "what a small actor can spend on trials, at least; the tail is that of firms' budgets",
        unit="USD",
        source="no figure found",
        grade="assumed",
        span=(2e3, 2e5),
        gt=0,
        le=1e60,
        when="small_innovations_year > 0",
    )
    start_reasoning: bool = param(
        False,
        "open models of a real start are already trained to think at length",
        unit="switch",
        source="S6; P4.8: the first open reasoning model is of January 2025",
        grade="switch",
        when="labs.start = data",
    )
    unlock_oom: float = param(
        1.5,
        "span of depth that an open model of the start lacks until a fine-tune is found that adds it",
        unit="OOM",
        source="L2: 30x longer chains",
        grade="estimated",
        span=(0.5, 2.5),
        ge=0,
        le=10,
        when="labs.start = data and not start_reasoning",
    )

    @property
    def innovations(self) -> bool:
        """Whether methods are found at all."""
        return self.lab_innovations_year > 0 or self.small_innovations_year > 0
