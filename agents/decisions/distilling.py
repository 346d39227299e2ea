"""One more round of amplification and distillation on the best model, if it is expected to pay."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agents.decisions.outlook import Ask, Outlook, Talk
from model.catalogue import Decision, Spec
from model.mechanisms.distillation import round_flop, round_gain

if TYPE_CHECKING:
    from agents.lab import Lab

AMPLIFIER_DEPTHS = (10.0, 100.0, 1000.0, 10_000.0)


def decide_distillation(lab: Lab, outlook: Outlook) -> Talk:
    """Compare depths of amplification by expected present value; run the best if it beats none."""
    rules, model = outlook.knowhow.technology.distillation, lab.best_model
    if model is None or model.rounds >= rules.max_rounds or not outlook.review_due:
        return []
    tech = outlook.knowhow.technology
    per_token = 2.0 * model.parameters / outlook.knowhow.inference_efficiency
    # Before its first round a lab goes by what is published; afterwards by what its last round kept.
    expected = rules.retention if lab.retention_belief is None else lab.retention_belief
    if expected == 0.0:
        return []  # nothing is known to be won
    gains, flops = [], []
    for depth in AMPLIFIER_DEPTHS:
        gains.append(
            float(
                round_gain(
                    depth,
                    model.rounds,
                    retention=expected,
                    inference_exponent=rules.amplifier_exponent,
                    span_oom=rules.amplifier_span_oom,
                    decay=rules.decay,
                )
            )
        )
        # Samples are decoded, so their FLOP cost the inference price; the rest is training.
        decoded = float(
            round_flop(rules.samples, tech.tokens_per_task, per_token, depth, 0.0, fine_tune_share=0.0)
        )
        flops.append(decoded * tech.inference_price_ratio + rules.fine_tune_share * model.training_flop)
    profit = np.zeros(len(gains) + 1)
    for channel, tiers in lab.menus.items():
        if channel not in outlook.polls or not tiers:
            continue
        menus = [[Spec.of(t) for t in tiers]]
        menus += [
            [Spec.of(t)._replace(base_oom=t.base_oom + (g if t.model is model else 0.0)) for t in tiers]
            for g in gains
        ]
        middle = outlook.life_steps / 2
        profit = profit + (yield Ask(channel, menus, middle, iterations=4, screening=True)).profit
    cost = np.array([0.0, *(f * outlook.training_price(lab) for f in flops)])
    worth = outlook.annuity * profit - cost
    budget = lab.spendable_usd(outlook, 1.0)
    worth = np.where(cost <= budget, worth, -np.inf)
    choice = int(np.argmax(worth))
    if choice > 0:
        luck = lab.streams.generator(f"lab.{lab.number}.round", outlook.review).standard_normal()
        kept = min(1.0, rules.retention * float(np.exp(rules.retention_spread * luck)))
        lab.retention_belief = kept
        real = float(
            round_gain(
                AMPLIFIER_DEPTHS[choice - 1],
                model.rounds,
                retention=kept,
                inference_exponent=rules.amplifier_exponent,
                span_oom=rules.amplifier_span_oom,
                decay=rules.decay,
            )
        )
        lab.distil(model, real, flops[choice - 1], outlook)
    names = ["no round", *(f"amplify at depth {d:.0f}" for d in AMPLIFIER_DEPTHS)]
    return [
        Decision(lab.number, "distil", n, float(w), i == choice)
        for i, (n, w) in enumerate(zip(names, worth, strict=True))
        if np.isfinite(w)
    ]
