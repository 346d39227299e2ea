"""Claims C47 to C53: what training and deployment cost, worked out with the model's own functions."""

from __future__ import annotations

import numpy as np

from experiments.claims.framing import GPT4_ACTIVE, GPT4_FLOP
from experiments.claims.record import ORD, Check, Item
from experiments.claims.settings import ID
from model.mechanisms.scaling import optimal_split, parameters_of
from model.scenario import Scenario

APPENDIX = f"{ORD}, appendix"
N, D, PASSES = 1e12, 1e13, 1e3  # the essay's round numbers for a GPT-4-class model: parameters, tokens


def lifetime(training: float, serving: float, *, train: float = 1.0, think: float = 1.0) -> float:
    """Lifetime compute with training scaled by `train` and depth by `think`.

    training, serving: FLOP before. Ten times the training brings 10^0.5 times the parameters (Chinchilla),
    so serving grows by that; depth multiplies serving alone.
    """
    size = float(parameters_of(train, reference_flop=1.0, reference_parameters=1.0, exponent=0.5))
    return training * train + serving * size * think


def _orders() -> list[Item]:
    return [
        Item("log10 of N D", float(np.log10(N * D)), 24.5, 25.5, "log10", "1e12 x 1e13"),
        Item(
            "log10 of the training of GPT-4 in the data, less that",
            float(np.log10(GPT4_FLOP / (N * D))),
            -0.8,
            0.8,
            "OOM",
            "constants dropped",
        ),
    ]


def _break_even() -> list[Item]:
    """Queries at which serving has used as much compute as training: 2 N d I = 6 N D."""
    scenario = Scenario()
    users = scenario.users
    served = users.population * (1.0 - users.business_share) * users.tasks_per_year
    served *= scenario.technology.tokens_per_task
    return [
        Item("queries, constants dropped: D / I", D / PASSES, 0.9e10, 1.1e10, "queries", "1e10"),
        Item("queries, 2 N d I = 6 N D", 3.0 * D / PASSES, 1e10, 1e11, "queries", "1e10"),
        Item(
            "persons' tokens a year at the start of the model, over 3 D",
            served / (3.0 * D),
            1.0,
            np.inf,
            "ratio",
            "usually above one",
        ),
    ]


def _chinchilla() -> list[Item]:
    grown = float(parameters_of(10.0, reference_flop=1.0, reference_parameters=1.0, exponent=0.5))
    used = Scenario().technology.parameters_exponent
    return [
        Item("deployment compute with 10 x training", grown, 3.1, 3.3, "times", "3.2"),
        Item("exponent of parameters in the model (P3.18)", used, 0.45, 0.55, "OOM/OOM", "0.5"),
    ]


def _unchanged() -> list[Item]:
    before = lifetime(1.0, 1.0) - lifetime(0.0, 1.0)
    after = lifetime(1.0, 1.0, think=10.0) - lifetime(0.0, 1.0, think=10.0)
    return [Item("change of training compute with 10 x depth", after - before, 0.0, 0.0, "", "0")]


def _dominance() -> list[Item]:
    early, late = (1.0, 1e-3), (1e-3, 1.0)

    def times(start: tuple[float, float], train: float, think: float) -> float:
        return lifetime(*start, train=train, think=think) / lifetime(*start)

    return [
        Item("training dominates, 10 x training", times(early, 10, 1), 9.5, 10.5, "times", "10"),
        Item("training dominates, 10 x depth", times(early, 1, 10), 1.0, 1.05, "times", "free"),
        Item("deployment dominates, 10 x training", times(late, 10, 1), 2.9, 3.3, "times", "3"),
        Item("deployment dominates, 10 x depth", times(late, 1, 10), 9.5, 10.5, "times", "10"),
    ]


def _balance() -> list[Item]:
    eta = Scenario.load(ID).technology.inference_exponent
    training, depth = optimal_split(1.0, 1e-6, 1.0, inference_exponent=eta, max_depth=None)
    even, _ = optimal_split(1.0, 1e-6, 1.0, inference_exponent=1.0, max_depth=None)
    return [
        Item(
            f"planner's share of inference, exponent {eta:g}",
            float(1e-6 * depth / (training + 1e-6 * depth)),
            0.3,
            0.7,
            "share",
            "about one half",
        ),
        Item("planner's share of inference, exponent 1", 1.0 - float(even), 0.49, 0.51, "share", "one half"),
        Item("OpenAI in 2024 (P5.30)", 0.29, 0.3, 0.7, "share", "about one half"),
    ]


def _one_question() -> list[Item]:
    one = 1e12 * 2.0 * GPT4_ACTIVE / GPT4_FLOP
    double = lifetime(1.0, 1.0, think=2.0) / lifetime(1.0, 1.0)
    return [
        Item("a trillion tokens on one question, over training", one, 0.0, 0.1, "share", "nearly free"),
        Item("twice the depth for all, where both cost the same", double, 1.2, np.inf, "times", "bites"),
    ]


CLAIMS = (
    Check(
        "C47",
        "Lifetime compute is training plus deployment",
        "Compute over a model's life is about N D + post-training + d N I, constants dropped.",
        APPENDIX,
        "N 1e12, D 1e13, I 1e3",
        items=_orders,
    ),
    Check(
        "C48",
        "Deployment outweighs training when more tokens are served than trained on",
        "It does when d I > D, and usually does for commercial frontier models.",
        APPENDIX,
        "d > 1e10 queries",
        "A decoded token takes 2N FLOP and a trained one 6N, so the line is three times as high.",
        items=_break_even,
    ),
    Check(
        "C49",
        "Ten times the training makes deployment three times as dear",
        "One OOM of training adds half an OOM to parameters, tokens and deployment compute.",
        APPENDIX,
        "0.5 OOM",
        items=_chinchilla,
    ),
    Check(
        "C50",
        "More inference leaves training as it is",
        "One OOM more of inference changes training compute by nothing.",
        APPENDIX,
        "0",
        items=_unchanged,
    ),
    Check(
        "C51",
        "What scaling costs depends on which part dominates",
        "Where training dominates, 10 x training costs 10 x and 10 x inference is free; where deployment"
        " dominates, 3 x and 10 x.",
        APPENDIX,
        "10 and 1; 3 and 10",
        items=_dominance,
    ),
    Check(
        "C52",
        "Firms should drift towards equal spending",
        "Training and deployment spending should come out about even.",
        APPENDIX,
        "about 50/50",
        "The planner's split is eta/(1+eta) on inference; what labs do in runs is in C20.",
        items=_balance,
    ),
    Check(
        "C53",
        "One question is nearly free to think about, all questions are not",
        "For one question inference is nearly free up to trillions of tokens; for all even 2 x bites.",
        APPENDIX,
        "trillions of tokens; 2 x",
        items=_one_question,
    ),
)
