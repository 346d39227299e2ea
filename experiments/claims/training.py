"""Claims C32 to C44: inference spent during training, by rounds of distillation and amplification."""

from __future__ import annotations

import math

from experiments.claims import places, tables
from experiments.claims.measures import growth, largest_step, over_run, slowdown, surprise
from experiments.claims.record import ORD, Claim, Contrast, difference, level
from experiments.claims.settings import BOOM, ID, IT, PT, WALL

PLACE = f"{ORD}, scaling inference during training"
CLEAN = "inference in training less the wall alone"
VERSUS = "inference in training less pre-training scaling"
EXPLOSIVE = "explosive rounds less pre-training scaling"
COPIES = over_run("copies_at_frontier", log=True)
UNAWARE = over_run("awareness_gap_oom")
BEST = "frontier_capability_oom"
HALF = -math.log10(2.0)
SAME_WALL = (
    "Against the same wall without rounds, so that nothing but the rounds differs (deployment depth"
    " is nearly the same)."
)

CLAIMS = (
    Claim(
        "C32",
        "Training gets better data",
        "Inference generates, filters and grades training data and so raises the supply of good tokens.",
        PLACE,
        note="The model keeps no stock of tokens. Measured by what rounds add to released models, in orders"
        " of magnitude of training compute: it is above zero as soon as labs find rounds worth their cost,"
        " and without rounds it is zero.",
        contrast=difference(tables.distilled_gain, IT, WALL, CLEAN),
        direction=1,
        assumed=True,
    ),
    Claim(
        "C33",
        "Training compute grows again as it did",
        "Synthetic data restart the growth of pre-training compute, and governance looks like before.",
        PLACE,
        "about the old rate",
        "Growth of the largest released run, against inference at deployment.",
        contrast=difference(
            growth("frontier_training_flop"), IT, ID, "inference in training less at deployment"
        ),
        direction=1,
        also=(
            difference(growth("frontier_training_flop"), IT, PT, VERSUS),
            difference(growth("frontier_training_flop"), IT, WALL, CLEAN),
            difference(places.covered_users, IT, PT, f"{VERSUS}, users covered by the rule"),
        ),
    ),
    Claim(
        "C34",
        "It pays most where answers can be checked",
        "Inference in training pays most in domains with ground truth, such as maths and code.",
        PLACE,
        note="By how much rounds raise what users get in classes of which half or more can be checked, less"
        " what they add in the rest. That a round brings more capability where answers can be checked is"
        " assumed after the source (technology.distillation.elsewhere), as is the exponent of depth by task."
        " Judged is whether users get it: worth of a task counts, and an order of magnitude is"
        " worth most in tasks that are neither out of reach nor done already. Checkable tasks are harder,"
        " so rounds are worth more in them even where all tasks gain alike (seen in two small runs after"
        f" the measure was fixed): read capability beside worth. {SAME_WALL}",
        contrast=difference(tables.checkable_value, IT, WALL, f"{CLEAN}, worth"),
        direction=1,
        also=(
            difference(tables.checkable_capability, IT, WALL, f"{CLEAN}, capability"),
            difference(tables.checkable_value, BOOM, WALL, "explosive rounds less the wall alone, worth"),
            difference(tables.checkable_value, IT, PT, f"{VERSUS}, worth"),
        ),
    ),
    Claim(
        "C35",
        "A distilled model lies between its base and the amplified base",
        "At the same inference a distilled model is better than its base and worse than the base amplified.",
        PLACE,
        "AlphaGo Zero: raw net 3,055 Elo, 5,185 with search",
        "Almost an assumption: a round keeps a share of the gain. With decay above one a late round can"
        " give more than one amplification, and then the upper half fails.",
        contrast=level(
            tables.between_base_and_amplified, IT, 0.0, "gain of a round, or its shortfall, the less"
        ),
        direction=1,
        assumed=True,
        also=(
            level(tables.between_base_and_amplified, BOOM, 0.0, "the same with explosive rounds"),
            level(tables.round_gain, IT, 0.0, "capability added by a round"),
        ),
    ),
    Claim(
        "C36",
        "A round is much quicker than a new generation",
        "A round of distillation takes far less time than pre-training the next base model.",
        PLACE,
        "AlphaGo Zero: past AlphaGo Lee in 36 hours",
        "Far less is read as half the time at most. A round takes a quarter at least, for labs decide by the"
        " quarter: the ratio cannot be far below that of a quarter to a generation.",
        contrast=level(tables.round_time, IT, HALF, "log10 of a round's time over half a generation's"),
        direction=-1,
        also=(level(tables.round_time, IT, 0.0, "log10 of a round's time over a generation's"),),
    ),
    Claim(
        "C37",
        "Capability rises sharply, then flattens",
        "Iterated distillation raises the growth of capability much, until it plateaus.",
        PLACE,
        "Elo 3,739 to 5,185",
        SAME_WALL,
        contrast=difference(growth(BEST, log=False), IT, WALL, CLEAN),
        direction=1,
        also=(
            difference(growth(BEST, log=False), BOOM, WALL, "explosive rounds less the wall alone"),
            difference(slowdown(BEST), IT, WALL, f"{CLEAN}, how much growth falls later"),
            difference(growth(BEST, log=False), IT, PT, VERSUS),
        ),
    ),
    Claim(
        "C38",
        "Copies and price at release are as with pre-training, or better",
        "Since the gain is in the weights, nothing is lost at deployment: C5 to C15 are reversed.",
        PLACE,
        "implied",
        contrast=difference(COPIES, IT, ID, "copies, inference in training less at deployment"),
        direction=1,
        also=(
            difference(COPIES, IT, PT, f"{VERSUS}, copies"),
            difference(
                tables.first_cost_hour, IT, ID, "cost at first human level, in training less at deployment"
            ),
        ),
    ),
    Claim(
        "C39",
        "Labs hold much better models than the public sees",
        "Iterated distillation opens a gap between the best internal and the best public model.",
        PLACE,
        note="A model that rounds improve can be released a step later at the earliest; most of the gap is"
        " that wait, and little of it a choice to keep a finished model back.",
        contrast=difference(over_run("internal_public_gap_oom"), IT, PT, VERSUS),
        direction=1,
        also=(difference(over_run("internal_public_gap_oom"), BOOM, PT, EXPLOSIVE),),
    ),
    Claim(
        "C40",
        "The public and its regulators know less, and regulate less",
        "What happens inside labs moves no Overton window.",
        PLACE,
        note="The model has no politics. Measured by how far the best model that exists, inside or on sale,"
        " is ahead of what the best informed regulator believes. Most of the gap is not secrecy: beliefs are"
        " made of training compute and depth, so that rounds, and algorithms, are missed on sale too.",
        contrast=difference(over_run("awareness_gap_oom"), IT, PT, VERSUS),
        direction=1,
        also=(
            difference(over_run("awareness_gap_oom"), BOOM, PT, EXPLOSIVE),
            difference(over_run("believed_gap_oom"), IT, PT, f"{VERSUS}, belief about models on sale"),
        ),
    ),
    Claim(
        "C41",
        "When it comes out, capability jumps",
        "The public sees a sudden rise when a model improved in secret is released.",
        PLACE,
        contrast=difference(largest_step(BEST), IT, PT, VERSUS),
        direction=1,
        also=(
            difference(largest_step(BEST), BOOM, PT, EXPLOSIVE),
            difference(largest_step(BEST), IT, WALL, CLEAN),
        ),
    ),
    Claim(
        "C42",
        "Transformative AI comes sooner",
        "Iterated distillation shortens the time to transformative AI.",
        PLACE,
        note=f"First date at which mean capability over tasks is at human level. {SAME_WALL}",
        contrast=difference(tables.transformative_years, IT, WALL, CLEAN),
        direction=-1,
        also=(
            difference(tables.transformative_years, BOOM, WALL, "explosive rounds less the wall alone"),
            difference(tables.transformative_years, IT, PT, VERSUS),
        ),
    ),
    Claim(
        "C43",
        "Observers cannot tell whether timelines shorten",
        "Forecasters who see only the public record go more wrong.",
        PLACE,
        contrast=difference(over_run("observer_forecast_error_oom"), IT, PT, VERSUS),
        direction=1,
        also=(
            difference(over_run("observer_forecast_error_oom"), BOOM, PT, EXPLOSIVE),
            difference(surprise("hhi_lab_revenue"), IT, PT, f"{VERSUS}, concentration"),
        ),
    ),
    Claim(
        "C44",
        "Disclosure is worth most under iterated distillation",
        "Being told of present and planned capability is worth most when it is improved in secret.",
        PLACE,
        note="By how much disclosure of internal use cuts the regulator's shortfall behind the best that"
        " exists, with explosive rounds less with pre-training. What is disclosed is compute and depth used"
        " inside, not tested capability, of which rounds change little.",
        contrast=Contrast(
            "cut in the shortfall by disclosure, explosive rounds less pre-training",
            UNAWARE,
            {BOOM: 1.0, f"{BOOM}+disclosure": -1.0, PT: -1.0, f"{PT}+disclosure": 1.0},
        ),
        direction=1,
        also=(
            Contrast(
                "cut in the shortfall by disclosure, explosive rounds",
                UNAWARE,
                {BOOM: 1.0, f"{BOOM}+disclosure": -1.0},
            ),
            Contrast(
                "cut in the error about models on sale, explosive rounds less pre-training",
                places.belief_error,
                {BOOM: 1.0, f"{BOOM}+disclosure": -1.0, PT: -1.0, f"{PT}+disclosure": 1.0},
            ),
        ),
    ),
)
