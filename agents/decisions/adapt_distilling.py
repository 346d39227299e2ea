"""Smooth distillation for theory: one round, redone every step, whose size follows its return."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agents.decisions.outlook import Ask, Outlook, Talk
from model.catalogue import Decision, Spec
from model.mechanisms.distillation import round_flop, round_gain
from model.sections.technology import Distillation

if TYPE_CHECKING:
    from agents.lab import Lab

PROBE_OOM = 1e-3  # of amplification by which a slope is felt
LARGEST_MOVE = 1.0  # log points of amplification per review


def usable(rules: Distillation) -> bool:
    """Whether a round can bring anything."""
    return rules.max_rounds > 0 and rules.retention * rules.amplifier_exponent > 0.0


def gain_oom(depth: float, rules: Distillation) -> float:
    """What the first round brings at a depth of amplification, OOM, as expected."""
    return float(
        round_gain(
            depth,
            0,
            retention=rules.retention,
            inference_exponent=rules.amplifier_exponent,
            span_oom=rules.amplifier_span_oom,
            decay=rules.decay,
        )
    )


def round_cost_flop(depth: float, parameters: float, training_flop: float, outlook: Outlook) -> float:
    """Compute of the round in training FLOP: samples are decoded, the rest is training."""
    tech, rules = outlook.knowhow.technology, outlook.knowhow.technology.distillation
    per_token = 2.0 * parameters / outlook.knowhow.inference_efficiency
    decoded = round_flop(rules.samples, tech.tokens_per_task, per_token, depth, 0.0, fine_tune_share=0.0)
    return float(decoded) * tech.inference_price_ratio + rules.fine_tune_share * training_flop


def amplifier_oom(won_oom: float, rules: Distillation) -> float:
    """log10 depth of amplification that wins so many OOM: the inverse of `gain_oom`."""
    share = won_oom / (rules.retention * rules.amplifier_exponent)
    span = rules.amplifier_span_oom
    if not np.isfinite(span):
        return share
    return float(-span * np.log1p(-min(share / span, 1.0 - 1e-9)))


def adapt_distillation(lab: Lab, outlook: Outlook) -> Talk:
    """ln depth += damping x ln(return / cost) of the amplifier; its gain is kept up every step.

    The counterpart of `adapt_training`: a flow of spending, not a stock of rounds.
    """
    rules, model = outlook.knowhow.technology.distillation, lab.best_model
    if model is None or not usable(rules):
        return []
    log_depth = amplifier_oom(model.distillation_oom, rules)
    depth = 10.0**log_depth
    won = gain_oom(depth, rules)
    slope = (gain_oom(10.0 ** (log_depth + PROBE_OOM), rules) - won) / PROBE_OOM  # OOM per OOM of depth
    gain = 0.0
    for channel, tiers in lab.menus.items():
        if channel not in outlook.polls or not tiers:
            continue
        shift = np.array([PROBE_OOM * slope if t.model is model else 0.0 for t in tiers])
        menus = [
            [Spec.of(t).distilled(float(s)) for t, s in zip(tiers, sign * shift, strict=True)]
            for sign in (1.0, -1.0)
        ]
        up, down = (yield Ask(channel, menus, iterations=0)).profit
        gain += float(up - down) / (2 * PROBE_OOM * np.log(10.0))
    # what grows with the depth is the samples' compute; the share of the run is paid at any depth
    fixed = round_cost_flop(0.0, model.parameters, model.training_flop, outlook)
    flop = round_cost_flop(depth, model.parameters, model.training_flop, outlook) - fixed
    cost = outlook.training_price(lab) * flop
    damping = outlook.share_per_step(outlook.scenario.labs.training_damping)
    most = LARGEST_MOVE * outlook.reviews
    move = damping * float(np.log(max(gain, 1e-12 * cost) / cost))
    depth = max(1.0, depth * float(np.exp(np.clip(move, -most, most))))
    model.distillation_oom, model.rounds = gain_oom(depth, rules), 1
    lab.retrain(model, model.training_flop, outlook)
    lab.distillation_flop = round_cost_flop(depth, model.parameters, model.training_flop, outlook)
    return [Decision(lab.number, "distil", f"amplify at depth {depth:.4g}", gain - cost, True)]
