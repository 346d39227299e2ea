"""What compute buys: capability from training, from inference depth and from distillation."""

from __future__ import annotations

from model.parameters import Section, param


class Distillation(Section):
    """Iterated distillation and amplification: inference spent during training, kept in the weights."""

    retention: float = param(
        0.0,
        "share of the amplification gain that a round keeps",
        unit="share",
        source="P3.20 (weak): 0.5; the default is no rounds, the range is for where there are",
        grade="assumed",
        span=(0.3, 0.8),
        ge=0,
        le=1,
        when="max_rounds > 0",
    )
    retention_spread: float = param(
        0.2,
        "luck of a round: spread of log retention",
        unit="log points",
        source="P3.20: one experiment, wide",
        grade="assumed",
        span=(0.0, 0.5),
        ge=0,
        le=3,
        when="max_rounds > 0 and retention > 0",
    )
    decay: float = param(
        0.8,
        "gain of a round relative to the one before; above 1 it explodes",
        unit="ratio",
        source="P3.19 (weak): 0.3-0.8; above 1 is Ord's explosive case",
        grade="assumed",
        span=(0.3, 1.1),
        gt=0,
        le=3,
        when="max_rounds > 0 and retention > 0",
    )
    max_rounds: int = param(
        0,
        "rounds possible per base model",
        unit="rounds",
        source="P3.21: 6 (2-10)",
        grade="estimated",
        span=(0, 8),
        ge=0,
        le=1000,
    )
    amplifier_exponent: float = param(
        0.7,
        "OOM of capability per OOM of inference while amplifying",
        unit="OOM/OOM",
        source="P3.1, P3.4",
        grade="estimated",
        span=(0.4, 1.0),
        ge=0,
        le=10,
        when="max_rounds > 0 and retention > 0",
    )
    amplifier_span_oom: float = param(
        4.0,
        "useful span of amplification",
        unit="OOM of depth",
        source="P3.4, P3.6",
        grade="estimated",
        span=(2, 6),
        ge=0,
        allow_inf_nan=True,
        when="max_rounds > 0 and retention > 0",
    )
    samples: float = param(
        1e9,
        "answers generated per round",
        unit="samples",
        source="design",
        grade="assumed",
        span=(1e8, 1e10),
        gt=0,
        le=1e30,
        when="max_rounds > 0 and retention > 0",
    )
    fine_tune_share: float = param(
        0.05,
        "share of the base run's FLOP spent on distilling a round",
        unit="share",
        source="design; P4.7",
        grade="assumed",
        span=(0.01, 0.2),
        ge=0,
        le=10,
        when="max_rounds > 0 and retention > 0",
    )
    acceleration: float = param(
        0.0,
        "OOM by which the gain of a round relative to the one before grows per OOM distilled",
        unit="OOM/OOM",
        source="design 2: rho = rho_0 10^(xi e), optional; no figure found",
        grade="assumed",
        span=(0.0, 0.1),
        ge=0,
        le=10,
        when="max_rounds > 0 and retention > 0",
    )
    carry_over: float = param(
        0.5,
        "share of the distilled gain that the next base model starts with",
        unit="share",
        source="design",
        grade="assumed",
        span=(0, 1),
        ge=0,
        le=1,
        when="max_rounds > 0 and retention > 0",
    )
    elsewhere: float = param(
        0.3,
        "gain of a round in a task without any ground truth, against one whose answers can all be checked",
        unit="share",
        source="essay C34 (weaker elsewhere); P3.2-P3.4 for depth: .02 (intuitive) to .59 (general)",
        grade="assumed",
        span=(0, 1),
        ge=0,
        le=1,
        when="max_rounds > 0 and retention > 0",
    )


class Technology(Section):
    """Exponents, the wall, efficiency trends and the unit costs of a task."""

    training_exponent: float = param(
        1.0,
        "OOM of capability per OOM of effective training compute",
        unit="OOM/OOM",
        source="definition of capability",
        grade="switch",
        span=(0.7, 1.0),
        ge=0,
        le=100,
    )
    wall_oom: float = param(
        25.5,
        "log10 FLOP above which more training compute pays less (data wall)",
        unit="log10 FLOP",
        source="design: 25-27",
        grade="assumed",
        span=(25, 27),
        ge=-1000,
        le=1000,
        when="wall_slope < 1",
    )
    wall_slope: float = param(
        1.0,
        "share of an OOM of compute that still counts above the wall; 1 = no wall",
        unit="OOM/OOM",
        source="essay C1; L4, L11",
        grade="assumed",
        span=(0.05, 1.0),
        ge=0,
        le=1,
    )
    algorithm_growth_oom: float = param(
        0.48,
        "growth of frontier algorithmic efficiency",
        unit="OOM/year",
        source="P4.11: 2.8-3x a year",
        grade="measured",
        span=(0.26, 0.72),
        ge=0,
        le=10,
    )
    diffusion: float = param(
        0.7,
        "share of the algorithmic gap to the frontier that a laggard closes a year",
        unit="1/year",
        source="open-weight lag 3-12 months",
        grade="estimated",
        span=(0.3, 1.0),
        ge=0,
        le=1,
    )
    release_spillover: float = param(
        0.3,
        "share of a lab's lead in algorithms and distillation that its releases open to rivals",
        unit="share",
        source="no figure found: rivals train on what released models answer, not on how they were made",
        grade="assumed",
        span=(0.0, 0.7),
        ge=0,
        le=1,
    )
    inference_exponent: float = param(
        0.15,
        "usage-weighted mean OOM of capability per OOM of inference depth",
        unit="OOM/OOM",
        source="P3.1: 0.7 (0.4-1.0), the range; before reasoning models 0.15, the default",
        grade="estimated",
        span=(0.2, 1.0),
        ge=0,
        le=100,
    )
    inference_span_oom: float = param(
        1.0,
        "usable span of depth before saturation (times 0.3 + system-2 content)",
        unit="OOM of depth",
        source="P3.6, P3.4",
        grade="estimated",
        span=(1, 5),
        ge=0,
        allow_inf_nan=True,
        when="inference_exponent > 0",
    )
    verifiable_weight: float = param(
        0.5,
        "weight of verifiability in a task's inference exponent",
        unit="weight",
        source="design; P3.2-P3.4",
        grade="assumed",
        span=(0.2, 0.8),
        ge=0,
        le=1,
        when="inference_exponent > 0",
    )
    minimum_depth: float = param(
        1.0,
        "least depth that can be sold",
        unit="standard passes",
        source="definition",
        grade="switch",
        gt=0,
        le=1e6,
    )
    reference_training_flop: float = param(
        2e25,
        "training compute at which a model has the reference parameters",
        unit="FLOP",
        source="GPT-4 class: 2.1e25",
        grade="estimated",
        gt=0,
        le=1e60,
        when="parameters_exponent > 0",
    )
    reference_parameters: float = param(
        2e11,
        "active parameters of a model at the reference compute",
        unit="parameters",
        source="P3.17",
        grade="estimated",
        span=(5e10, 5e11),
        gt=0,
        le=1e60,
    )
    parameters_exponent: float = param(
        0.5,
        "OOM of parameters per OOM of training compute (0 = software-like)",
        unit="OOM/OOM",
        source="P3.18 Chinchilla: 0.45-0.55",
        grade="measured",
        span=(0.0, 0.55),
        ge=0,
        le=1,
    )
    tokens_per_task: float = param(
        1000.0,
        "tokens of one task at depth one",
        unit="tokens",
        source="P5.12",
        grade="estimated",
        span=(500, 3000),
        gt=0,
        le=1e60,
    )
    inference_efficiency_growth_oom: float = param(
        0.477,
        "growth of inference efficiency beyond hardware (3x a year)",
        unit="OOM/year",
        source="P4.15: 2-4x",
        grade="estimated",
        span=(0.3, 0.6),
        ge=0,
        le=10,
    )
    inference_price_ratio: float = param(
        4.0,
        "price of a FLOP in decoding over one in training (utilisation 0.10 against 0.40)",
        unit="ratio",
        source="P4.19",
        grade="estimated",
        span=(1.5, 8),
        gt=0,
        le=1000,
    )
    final_run_share: float = param(
        0.10,
        "share of a model's development compute that is the final run",
        unit="share",
        source="P4.23: 0.10 (0.08-0.30)",
        grade="measured",
        span=(0.08, 0.30),
        gt=0,
        le=1,
    )
    training_years: float = param(
        0.25,
        "time from the start of a run to its release",
        unit="years",
        source="P4.9; design 90 days",
        grade="estimated",
        span=(0.2, 0.6),
        ge=0,
        le=5,
    )
    split_efficiency: float = param(
        0.95,
        "efficiency kept per further site when a run is spread over sites",
        unit="ratio",
        source="P6.14 (0.70-0.98)",
        grade="assumed",
        span=(0.7, 0.98),
        gt=0,
        le=1,
    )
    split_sites: int = param(
        4,
        "most sites over which one run may be spread",
        unit="sites",
        source="P6.13",
        grade="assumed",
        span=(1, 10),
        ge=1,
        le=1000,
    )
    human_level_oom: float = param(
        29.0,
        "capability at which a task is done as a person does it",
        unit="OOM of FLOP",
        source="design: 29 +- 1",
        grade="assumed",
        span=(28, 30),
        ge=-1000,
        le=1000,
    )
    tokens_per_second: float = param(
        10.0,
        "speed of thought of one copy",
        unit="tokens/second",
        source="essay check of C5: 8.4-10",
        grade="estimated",
        span=(5, 30),
        gt=0,
        le=1e9,
    )
    distillation: Distillation = Distillation()
