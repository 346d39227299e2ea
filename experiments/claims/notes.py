"""Claims S1 to S7: the notes on o1 and regulation."""

from __future__ import annotations

import numpy as np

from experiments.claims import tables
from experiments.claims.measures import over_run
from experiments.claims.record import NOTES, Check, Claim, Item, difference, level
from experiments.claims.settings import ID, PT

VERSUS = "inference at deployment less pre-training scaling"
GPUS = 8.0
PARAMETERS = 405e9
BYTES = 1.0  # a parameter in 8 bit
MEMORY_GB = 80.0  # of one H100
RENT_USD_HOUR = (20.0, 32.0)  # of the eight (P7.8)


def _thresholds() -> list[Item]:
    """The rule in force covers by training compute alone: the same at any depth."""
    from model.law import ModelFacts
    from model.policies import law_of
    from model.sections.oversight import default_rules

    law = law_of(default_rules())
    deep = [float(bool(law.duties_on(ModelFacts(24.9, offered_depth=10.0**k)))) for k in range(5)]
    big = float(bool(law.duties_on(ModelFacts(25.1))))
    return [
        Item("model of 1e24.9 FLOP covered, at any depth up to 10,000", max(deep), 0.0, 0.0, "", "nothing"),
        Item("model of 1e25.1 FLOP covered, at depth one", big, 1.0, 1.0, "", "training counts"),
    ]


def _self_hosting() -> list[Item]:
    from model.scenario import Scenario

    chip = Scenario().compute.chip_usd
    memory = PARAMETERS * BYTES / 1e9
    rent = float(np.mean(RENT_USD_HOUR))
    return [
        Item("memory of 405B parameters in 8 bit", memory, 0.0, GPUS * MEMORY_GB, "GB", "eight good GPUs"),
        Item("price of eight, each with its share of a site", GPUS * chip, 0.0, 1e5, "USD", "below $100k"),
        Item("rent of eight (P7.8)", rent, 0.0, 100.0, "USD/hour", "within reach of many"),
    ]


CLAIMS = (
    Claim(
        "S1",
        "Scaling by inference is specific to domains",
        "o1 gained in maths and not in writing.",
        NOTES,
        note="How much depth can do in each class is assumed after this very source; what is found is only"
        " that the tiers that labs sell are deep enough to show it.",
        contrast=level(tables.domain_gap, ID, 0.0, "gain in the most checkable class less in the least"),
        direction=1,
        assumed=True,
        also=(difference(tables.domain_gap, ID, PT, VERSUS),),
    ),
    Check(
        "S2",
        "Rules count training compute and nothing for inference",
        "The US order, the EU Act and SB 1047 count (pre-)training and perhaps fine-tuning.",
        NOTES,
        items=_thresholds,
    ),
    Claim(
        "S3",
        "Models behind an API are easier to watch",
        "Use through an API can be monitored, use of open or leaked weights cannot.",
        NOTES,
        note="Reach of misusers through open weights less through APIs, in inference at deployment. That use"
        " through an API is watched and use of open weights is not is assumed.",
        contrast=level(
            over_run("misuse_open_less_api"), ID, 0.0, "reach through open weights less through APIs"
        ),
        direction=1,
        assumed=True,
    ),
    Check(
        "S4",
        "Many can run a 405B model themselves",
        "Llama-3 405B runs on eight good GPUs, apparently below $100,000.",
        NOTES,
        "below $100k",
        "Bought, the eight cost more than said (P7.8: $200-350k); rented, they are within reach.",
        items=_self_hosting,
    ),
    Claim(
        "S5",
        "Evaluations no longer bound what misusers can reach",
        "Longer runs or later fine-tunes may add to what was measured before release.",
        NOTES,
        note="What can be added later follows from the exponent and span of depth, which are assumed.",
        contrast=difference(over_run("evaluation_gap_oom"), ID, PT, VERSUS),
        direction=1,
        assumed=True,
        also=(level(over_run("evaluation_gap_oom"), ID, 0.0, "gap in inference at deployment"),),
    ),
    Claim(
        "S6",
        "A later fine-tune can unlock inference scaling of an open model",
        "Weights that are out can be taught to reason after release.",
        NOTES,
        note="Almost an assumption: how often methods are found and what each adds is set.",
        contrast=level(tables.unlocked, ID, 0.0, "span added to open models that were out at the start"),
        direction=1,
        assumed=True,
    ),
    Claim(
        "S7",
        "Individuals and small firms are relatively good at scaffolding",
        "Research on inference needs less compute, so small actors have an advantage in it.",
        NOTES,
        note="By how much small actors' share of scaffolds exceeds their share of fine-tunes. What a trial"
        " takes is assumed, who holds weights or access is not; the sign turns only on whether a fine-tune is"
        " assumed dearer than a scaffold.",
        contrast=level(
            over_run("innovation_small_advantage"), ID, 0.0, "advantage in inference at deployment"
        ),
        direction=1,
        assumed=True,
        also=(difference(over_run("innovation_small_share"), ID, PT, f"{VERSUS}, share of methods"),),
    ),
)
