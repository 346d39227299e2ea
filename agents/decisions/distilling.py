"""One more round of amplification and distillation on the best model, if it is expected to pay.

The round is run inside: on a model that waits for its release, or on a copy of the best one on sale,
which is then a model to be released. Where labs keep nothing inside the model on sale itself gets better.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agents.decisions.outlook import SEARCH, Ask, Outlook, Talk, first_best
from model.catalogue import Decision, FoundationModel, Round, Spec, Tier
from model.mechanisms.distillation import round_flop, round_gain
from model.sections.technology import Distillation

if TYPE_CHECKING:
    from agents.lab import Lab

AMPLIFIER_DEPTHS = (10.0, 100.0, 1000.0, 10_000.0)  # depths of amplification that are compared


def decide_distillation(lab: Lab, outlook: Outlook) -> Talk:
    """Compare depths of amplification by expected present value; run the best if it beats none."""
    inside = outlook.scenario.labs.adapt.internal
    model = lab.best_inside if inside else lab.best_model
    if model is None or not may_distil(lab, model, outlook):
        return []
    gains, flops = expected_rounds(lab, model, outlook)
    profit = np.zeros(len(gains) + 1)
    for channel, tiers in lab.menus.items():
        if channel not in outlook.polls or not tiers:
            continue
        menus = [_menu(tiers, model, gain) for gain in [0.0, *gains]]
        middle = outlook.life_steps / 2
        profit = profit + (yield Ask(channel, menus, middle, iterations=SEARCH, screening=True)).profit
    cost = np.array([0.0, *(f * outlook.training_price(lab) for f in flops)])
    worth = outlook.annuity * profit - cost
    if inside:
        worth = worth - _until_release(lab, model, profit, outlook)
    budget = lab.spendable_usd(outlook, 1.0)
    worth = np.where(cost <= budget, worth, -np.inf)
    choice = first_best(worth)
    if choice > 0:
        _run_round(lab, model, AMPLIFIER_DEPTHS[choice - 1], flops[choice - 1], outlook)
    names = ["no round", *(f"amplify at depth {d:.0f}" for d in AMPLIFIER_DEPTHS)]
    return [
        Decision(lab.number, "distil", n, float(w), i == choice)
        for i, (n, w) in enumerate(zip(names, worth, strict=True))
        if np.isfinite(w)
    ]


def expected_retention(lab: Lab, outlook: Outlook) -> float:
    """What is published before its first round; afterwards what its last round kept."""
    published = outlook.knowhow.technology.distillation.retention
    return published if lab.retention_belief is None else lab.retention_belief


def may_distil(lab: Lab, model: FoundationModel, outlook: Outlook) -> bool:
    """Whether a round on a model is possible now and something is known to be won."""
    most = outlook.knowhow.technology.distillation.max_rounds
    return model.rounds < most and outlook.review_due and expected_retention(lab, outlook) > 0.0


def gain_of(depth: float, retention: float, rounds: int, distilled_oom: float, rules: Distillation) -> float:
    """OOM that a round brings at a depth of amplification, with such a retention, after other rounds."""
    return float(
        round_gain(
            depth,
            rounds,
            retention=retention,
            inference_exponent=rules.amplifier_exponent,
            span_oom=rules.amplifier_span_oom,
            decay=rules.decay,
            explosive_slope=rules.acceleration,
            distilled_oom=distilled_oom,
        )
    )


def expected_rounds(lab: Lab, model: FoundationModel, outlook: Outlook) -> tuple[list[float], list[float]]:
    """Expected gain, OOM, and compute, training FLOP, of the next round at each depth."""
    tech = outlook.knowhow.technology
    rules = tech.distillation
    per_token = 2.0 * model.parameters / outlook.knowhow.inference_efficiency
    expected = expected_retention(lab, outlook)
    gains, flops = [], []
    for depth in AMPLIFIER_DEPTHS:
        gains.append(gain_of(depth, expected, model.rounds, model.distillation_oom, rules))
        # Samples are decoded, so their FLOP cost the inference price; the rest is training.
        decoded = float(
            round_flop(rules.samples, tech.tokens_per_task, per_token, depth, 0.0, fine_tune_share=0.0)
        )
        flops.append(decoded * tech.inference_price_ratio + rules.fine_tune_share * model.training_flop)
    return gains, flops


def round_options(
    lab: Lab, model: FoundationModel, outlook: Outlook
) -> tuple[list[float], np.ndarray[tuple[int], np.dtype[np.float64]]]:
    """Gains, OOM, and costs, USD, of the rounds on a model that the lab could pay for; none: empty."""
    if not outlook.scenario.labs.adapt.distillation or not may_distil(lab, model, outlook):
        return [], np.zeros(0)
    gains, flops = expected_rounds(lab, model, outlook)
    usd = np.array(flops) * outlook.training_price(lab)
    pays = usd <= lab.spendable_usd(outlook, 1.0)
    return [g for g, p in zip(gains, pays, strict=True) if p], usd[pays]


def _menu(tiers: list[Tier], model: FoundationModel, gain_oom: float) -> list[Spec]:
    """The menu with a round more of a model: of one inside, once it is out."""
    if not model.internal_only:
        return [Spec.of(t).distilled(gain_oom if t.model is model else 0.0) for t in tiers]
    base = model.base_oom + gain_oom
    return [Spec.of(t).on(model, gain_oom) if base > t.base_oom else Spec.of(t) for t in tiers]


def _until_release(
    lab: Lab, model: FoundationModel, profit: np.ndarray[tuple[int], np.dtype[np.float64]], outlook: Outlook
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """What a round loses until users get it, a step later by a release, against none, USD.

    A model that waits for its release has to be released in any case.
    """
    late = outlook.discount * (profit - profit[0])
    fee = 0.0 if model.internal_only else outlook.discount * outlook.release_fee
    lost = np.where(np.arange(profit.size) > 0, late + fee, 0.0)
    return np.asarray(lost)


def _run_round(lab: Lab, model: FoundationModel, depth: float, flop: float, outlook: Outlook) -> None:
    """The round itself: what it keeps is luck, and is remembered."""
    rules = outlook.knowhow.technology.distillation
    luck = lab.streams.generator(f"lab.{lab.number}.round", outlook.review).standard_normal()
    kept = min(1.0, rules.retention * float(np.exp(rules.retention_spread * luck)))
    lab.retention_belief = kept
    if outlook.scenario.labs.adapt.internal and not model.internal_only:
        model = lab.checkpoint(model, outlook)
    done, so_far = model.rounds, model.distillation_oom
    bought = Round(
        model=model,
        depth=depth,
        kept=kept,
        gain_oom=gain_of(depth, kept, done, so_far, rules),
        flop=flop,
        fixed_flop=rules.fine_tune_share * model.training_flop,
        budget_usd=flop * lab.flop_price,
        before_oom=so_far,
        before_rounds=done,
    )
    lab.distil(bought)


def settle_round(lab: Lab, share: float, rules: Distillation) -> None:
    """The round is as deep as the compute that it got allows: in a dearer market less deep."""
    bought, lab.round = lab.round, None
    if bought is None or share >= 1.0 - 1e-9:
        return
    samples = bought.flop - bought.fixed_flop
    depth = bought.depth * max(0.0, share * bought.flop - bought.fixed_flop) / samples
    gain = 0.0
    if depth > 1.0:
        gain = gain_of(depth, bought.kept, bought.before_rounds, bought.before_oom, rules)
    model = bought.model
    model.distillation_oom += gain - bought.gain_oom
    model.base_oom += gain - bought.gain_oom
    model.distillation_flop -= (1.0 - share) * bought.flop
