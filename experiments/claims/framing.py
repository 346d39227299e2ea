"""Claims C1 to C4 and C30: framing, worked out from the data and the model's own functions."""

from __future__ import annotations

import datetime

import numpy as np

from experiments.claims.record import ORD, Check, Item
from experiments.claims.settings import ID
from model.mechanisms.regulation import effective_compute
from model.mechanisms.scaling import copies, parameters_of, saturating_depth, weights_cost_share
from model.scenario import Scenario
from model.start_data import Tables

GPT4_FLOP, GPT4_ACTIVE = 2.1e25, 2.8e11
INDEXED_WEB_TOKENS = 5.1e14  # Villalobos et al. 2024, arXiv 2211.04325: 1.3e14 to 2.1e15
SLOWER_GROWTH = 2.5  # times a year after 2024 (P4.5)
BASE_FLOP = 3.81e25  # GPT-4o, in the data (speculative)
DEEP_AGENT_TOKENS, ANSWER_TOKENS = 1e5, 500.0  # P5.12


def _record_growth() -> float:
    """Growth a year of the largest run known so far, 2020 to 2024: slope over the runs that set a record."""
    rows = Tables(datetime.date(2024, 12, 31)).rows("training_runs")
    runs = sorted((r.text("publication_date"), r.number("training_compute_flop")) for r in rows)
    years, sizes, best = [], [], 0.0
    for day, flop in runs:
        if day >= "2020" and flop > best:
            date = datetime.date.fromisoformat(day)
            years.append(date.toordinal() / 365.25)
            sizes.append(np.log10(flop))
        best = max(best, flop)
    return float(10.0 ** np.polyfit(years, sizes, 1)[0])


def _growth() -> list[Item]:
    old = _record_growth()
    return [
        Item("growth of record runs 2020-24, from the data", old, 3.0, 6.0, "times a year", "about 5"),
        Item("growth after 2024 (P4.5)", SLOWER_GROWTH, 0.0, old, "times a year", "zero to a fraction of it"),
    ]


def _exchange() -> list[Item]:
    eta = Scenario.load(ID).technology.inference_exponent
    span = Scenario.load(ID).technology.inference_span_oom
    two = eta * float(saturating_depth(2.0, span)) / 2.0
    return [
        Item("exponent used in the regime (P3.1)", eta, 0.5, 1.0, "OOM/OOM", "0.5 to 1, about 0.7"),
        Item("the same over the first two OOM, saturation counted", two, 0.5, 1.0, "OOM/OOM", "0.5 to 1"),
        Item("measured on reasoning models (P3.8b)", 0.665, 0.5, 1.0, "OOM/OOM", "0.5 to 1"),
    ]


def _tokens() -> list[Item]:
    used = GPT4_FLOP / (6.0 * GPT4_ACTIVE)
    unused = INDEXED_WEB_TOKENS / used - 1.0
    out = float(np.log10(GPT4_FLOP * (unused + 1.0) ** 2))  # tokens and parameters grow alike
    wall = Scenario().technology.wall_oom
    return [
        Item(
            "indexed tokens not used by a GPT-4-scale run, over those used",
            unused,
            10.0,
            100.0,
            "times",
            "30",
        ),
        Item(
            "log10 FLOP at which the count runs out, less that of the wall",
            out - wall,
            0.0,
            np.inf,
            "OOM",
            "quality binds first",
        ),
    ]


def _which_stock() -> list[Item]:
    """Two OOM of capability, by training or by depth: what happens to copies and to a thief's saving."""
    eta = Scenario.load(ID).technology.inference_exponent
    bigger = float(
        parameters_of(1e2, reference_flop=1.0, reference_parameters=1.0, exponent=0.5)
    )  # Chinchilla
    by_training = float(np.log10(copies(1e2, bigger, 1.0, 1.0) / copies(1.0, 1.0, 1.0, 1.0)))
    depth = 10.0 ** (2.0 / eta)
    by_depth = float(np.log10(copies(1.0, 1.0, 1.0, depth) / copies(1.0, 1.0, 1.0, 1.0)))
    hundred = float(copies(1.0, 1.0, 1.0, 100.0) / copies(1.0, 1.0, 1.0, 1.0))
    before = float(weights_cost_share(1.0, 1.0, 1.0, 1.0))
    more = float(weights_cost_share(1e2, 1.0, bigger, 1.0)) - before
    less = float(weights_cost_share(1.0, 1.0, 1.0, depth)) - before
    return [
        Item("copies on its own cluster, +2 OOM by training", by_training, 0.0, np.inf, "OOM", "rises"),
        Item("copies on its own cluster, +2 OOM by depth", by_depth, -np.inf, 0.0, "OOM", "falls"),
        Item("copies at depth 100 over copies at depth 1", hundred, 0.0099, 0.0101, "ratio", "1/100"),
        Item("what weights save a thief, +2 OOM by training", more, 0.0, 1.0, "share", "rises"),
        Item("what weights save a thief, +2 OOM by depth", less, -1.0, 0.0, "share", "falls"),
    ]


def _deep_research() -> list[Item]:
    eta = Scenario.load(ID).technology.inference_exponent
    size = float(np.log10(BASE_FLOP))
    depth = DEEP_AGENT_TOKENS / ANSWER_TOKENS
    worth = float(effective_compute(size, depth, eta))
    return [
        Item("training of the base model", size, -np.inf, 26.0, "log10 FLOP", "under the line of 1e26"),
        Item(
            "worth of it at the least depth of an agent (P5.12)", worth, 26.0, np.inf, "log10 FLOP", "above"
        ),
    ]


CLAIMS = (
    Check(
        "C1",
        "Pre-training compute grows more slowly after 2024",
        "Growth falls below the rate of 2020-24, to between zero and a fraction of it.",
        f"{ORD}, introduction",
        "was about 5 x a year",
        "Growth after 2024 is taken from reports and is weakly known; the shipped data end in 2024.",
        items=_growth,
    ),
    Check(
        "C2",
        "An OOM of inference is worth half to one OOM of training",
        "Inference is a slightly worse substitute for pre-training.",
        f"{ORD}, introduction",
        "0.5 to 1; rule of thumb 0.7",
        items=_exchange,
    ),
    Check(
        "C3",
        "What limits pre-training is the quality of tokens, not their number",
        "About thirty times as many indexed tokens are unused as a GPT-4-scale run used.",
        f"{ORD}, introduction",
        "about 30 x",
        items=_tokens,
    ),
    Check(
        "C4",
        "It matters which stock of compute is scaled",
        "Whether deployment or training is scaled decides the sign of most effects.",
        f"{ORD}, introduction",
        items=_which_stock,
    ),
    Check(
        "C30",
        "There is an example of leakage",
        "Deep research plausibly beats a system pre-trained with 1e26 FLOP and stays under the line.",
        f"{ORD}, training compute thresholds",
        "1e26",
        "Effective compute by the exponent of C2, without saturation; no benchmark is consulted.",
        items=_deep_research,
    ),
)
