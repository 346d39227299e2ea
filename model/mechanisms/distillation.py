"""One round of iterated distillation and amplification (IDA): what it brings and what it costs.

Distillation is a fixed cost of a model, never a cost per user. The closed-form path of many rounds
is `scaling.distillation_path`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from model.mechanisms.scaling import saturating_depth

Floats = NDArray[np.float64]


def round_gain(
    depth: ArrayLike,
    previous_round: ArrayLike,
    *,
    retention: ArrayLike,
    inference_exponent: ArrayLike,
    span_oom: ArrayLike,
    decay: ArrayLike,
    explosive_slope: ArrayLike = 0.0,
    distilled_oom: ArrayLike = 0.0,
) -> Floats:
    """OOM won by the next round: r eta sigma(log10 I) rho^k, rho = rho_0 10^(xi e) [model 2; P15].

    I amplification depth, k = `previous_round` rounds already done on this base model (first round:
    0), r retention, rho_0 = decay, xi = explosive_slope per OOM, e = distilled_oom won so far.
    """
    k, kept = np.asarray(previous_round, np.float64), np.asarray(retention, np.float64)
    eta, rho = np.asarray(inference_exponent, np.float64), np.asarray(decay, np.float64)
    drift = np.asarray(explosive_slope, np.float64) * np.asarray(distilled_oom, np.float64)
    passes = np.asarray(depth, np.float64)
    gain: Floats = kept * eta * saturating_depth(np.log10(passes), span_oom)
    return gain * (rho * 10.0**drift) ** k


def round_flop(
    samples: ArrayLike,
    tokens_per_sample: ArrayLike,
    flop_per_token: ArrayLike,
    depth: ArrayLike,
    training_flop: ArrayLike,
    *,
    fine_tune_share: ArrayLike,
) -> Floats:
    """FLOP of one round: n_D tok phi I_A generates samples, a share of the run's C distils them."""
    n, tokens = np.asarray(samples, np.float64), np.asarray(tokens_per_sample, np.float64)
    phi, passes = np.asarray(flop_per_token, np.float64), np.asarray(depth, np.float64)
    distil = np.asarray(fine_tune_share, np.float64) * np.asarray(training_flop, np.float64)
    return n * tokens * phi * passes + distil
