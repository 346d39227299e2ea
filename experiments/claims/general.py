"""Claims C45, C46 and C54: predictability, agility, and actors who need few tasks."""

from __future__ import annotations

from experiments.claims.measures import at_end, over_run, surprise
from experiments.claims.record import GOVAI, ORD, Claim, Contrast, Measure, difference, level
from experiments.claims.settings import ID, IT, MIXED, PT

BEST = at_end("frontier_capability_oom")


def spread(measure: Measure, setting: str, words: str) -> Contrast:
    """log10 standard deviation over seeds, a setting less pre-training."""
    return Contrast(words, measure, {setting: 1.0, PT: -1.0}, statistic="spread")


CLAIMS = (
    Claim(
        "C45",
        "The future is harder to predict",
        "Capability, and what the industry looks like, are less predictable than with pre-training.",
        f"{ORD}, conclusions",
        note="Spread over seeds of the best capability at the end: luck alone, all parameters known. What"
        " follows from not knowing the parameters is not in it.",
        contrast=spread(BEST, ID, "log10 spread of capability, inference at deployment less pre-training"),
        direction=1,
        also=(
            spread(BEST, IT, "log10 spread of capability, inference in training less pre-training"),
            spread(over_run("hhi_lab_revenue"), ID, "log10 spread of concentration, at deployment"),
            spread(over_run("hhi_lab_revenue"), IT, "log10 spread of concentration, in training"),
            difference(surprise("hhi_lab_revenue"), ID, PT, "forecast error of concentration, at deployment"),
            difference(surprise("frontier_capability_oom"), ID, PT, "forecast error of capability"),
        ),
    ),
    Claim(
        "C46",
        "Agility pays more",
        "Spotting the regime and turning with it pays more after the shift, for labs, investors and states.",
        f"{ORD}, conclusions",
        note="Labs alone: half of them agile, half fixed, by lot. Mean profit of the agile less that of the"
        " fixed, in a world that shifts less one that does not: labs that live, in dollars, of worlds of"
        " unlike size.",
        contrast=difference(
            over_run("agile_payoff_gap_usd"),
            f"{MIXED}+strategies",
            f"{PT}+strategies",
            "gap in the mixed regime, which shifts, less that in pre-training scaling",
        ),
        direction=1,
        also=(
            level(over_run("agile_payoff_gap_usd"), f"{MIXED}+strategies", 0.0, "gap in the mixed regime"),
        ),
    ),
    Claim(
        "C54",
        "For few tasks stolen or open weights stay as valuable",
        "For actors with very few tasks inference at deployment does not lower the value of weights.",
        GOVAI,
        note="Share of misusers of few tasks who reach danger through weights. Not lower is judged as higher:"
        " a difference that cannot be told from zero leaves it undecided. A thief's worth of weights is his"
        " number of tasks times a margin, so that it cannot tell few tasks from many.",
        contrast=difference(
            over_run("misuse_reach_open_few"), ID, PT, "inference at deployment less pre-training scaling"
        ),
        direction=1,
        also=(
            difference(over_run("misuse_reach_open_many"), ID, PT, "misusers of many tasks who reach danger"),
            difference(over_run("theft_value_use_low_usd"), ID, PT, "worth of weights to a thief, few tasks"),
        ),
    ),
)
