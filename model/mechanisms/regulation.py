"""What rules cover, what enforcement finds, what a regulator may believe.

A regulator never sees the true capability: everything here takes estimates or public numbers.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


class InspectionState(NamedTuple):
    """Running counts of the inspection game; each field is a number or an array of games.

    The prior is one pseudo-round with and one without an inspection (a violation): frequency 1/2.
    """

    inspections: ArrayLike = 1.0
    violations: ArrayLike = 1.0
    rounds: ArrayLike = 2.0

    @property
    def inspect_share(self) -> Floats:
        """Empirical frequency of inspections, prior included."""
        return np.asarray(self.inspections, np.float64) / np.asarray(self.rounds, np.float64)

    @property
    def violate_share(self) -> Floats:
        """Empirical frequency of violations, prior included."""
        return np.asarray(self.violations, np.float64) / np.asarray(self.rounds, np.float64)


def coverage(log10_training: ArrayLike, threshold: ArrayLike) -> Bools:
    """Whether a training run of log10 C FLOP falls under a threshold rule: log10 C >= tau."""
    covered: Bools = np.asarray(log10_training, np.float64) >= np.asarray(threshold, np.float64)
    return covered


def coverage_share_pareto(eta: ArrayLike, depth_oom: ArrayLike, tail: ArrayLike) -> Floats:
    """Share of dangerous models that a training threshold at D covers: 10^(-a eta k) [Theorem 4].

    C has a Pareto(a = tail) tail reaching below D - eta k; k = depth_oom of inference lifts
    capability.
    """
    lift = np.asarray(eta, np.float64) * np.asarray(depth_oom, np.float64)
    share: Floats = 10.0 ** (-np.asarray(tail, np.float64) * lift)
    return share


def coverage_share_uniform(
    low: ArrayLike,
    high: ArrayLike,
    threshold: ArrayLike,
    danger: ArrayLike,
    eta: ArrayLike,
    depth_oom: ArrayLike,
) -> Floats:
    """As above with log10 C uniform on [low, high]: (hi - tau)/(hi - (D - eta k)) [Theorem 4].

    Clipped to the support; nan where no model is dangerous.
    """
    top, tau = np.asarray(high, np.float64), np.asarray(threshold, np.float64)
    lift = np.asarray(eta, np.float64) * np.asarray(depth_oom, np.float64)
    start = np.maximum(np.asarray(low, np.float64), np.asarray(danger, np.float64) - lift)
    dangerous = top - start
    covered = np.maximum(top - np.maximum(tau, start), 0.0)
    some = dangerous > 0.0
    share: Floats = np.where(some, covered / np.where(some, dangerous, 1.0), np.nan)[()]
    return share


def effective_compute(log10_training: ArrayLike, depth: ArrayLike, exponent: ArrayLike) -> Floats:
    """log10 of the training FLOP that a run at depth I is worth: log10 C + eta log10 I [P16]."""
    lift: Floats = np.asarray(exponent, np.float64) * np.log10(np.asarray(depth, np.float64))
    return np.asarray(log10_training, np.float64) + lift


def believed_capability(
    log10_training_estimate: ArrayLike, log10_depth_public: ArrayLike, exponent: ArrayLike
) -> Floats:
    """G_hat = log10 C_hat + eta_hat log10 I_hat from what is seen, in OOM [model 7]."""
    lift = np.asarray(exponent, np.float64) * np.asarray(log10_depth_public, np.float64)
    return np.asarray(log10_training_estimate, np.float64) + lift


def audit_detection(n_labs: ArrayLike, audits: ArrayLike, violators: ArrayLike) -> Floats:
    """Chance that m audits of n labs without replacement hit at least one of v violators [P17 i].

    1 - C(n-v, m)/C(n, m); ValueError unless 0 <= m, v <= n.
    """
    n, m = np.asarray(n_labs, np.float64), np.asarray(audits, np.float64)
    v = np.asarray(violators, np.float64)
    if np.any((m < 0) | (v < 0) | (m > n) | (v > n)):
        raise ValueError(f"audits {m} and violators {v} must lie in 0..{n}")
    clean = np.maximum(n - v - m, 0.0)  # labs neither guilty nor audited, if all are missed
    log_missed = gammaln(n - v + 1) - gammaln(clean + 1) - gammaln(n + 1) + gammaln(n - m + 1)
    found: Floats = np.where(n - v < m, 1.0, -np.expm1(log_missed))[()]
    return found


def compliance(gain: ArrayLike, detection: ArrayLike, fine: ArrayLike) -> Bools:
    """True where breaking the rule pays: g > pi f/(1 - pi), ties comply [Becker 1968; P17 ii].

    Caught with chance pi a violator loses the gain and pays the fine: (1 - pi) g - pi f > 0.
    """
    pi = np.asarray(detection, np.float64)
    kept: Floats = (1.0 - pi) * np.asarray(gain, np.float64)
    violates: Bools = kept > pi * np.asarray(fine, np.float64)
    return violates


def inspection_step(
    state: InspectionState,
    gain: ArrayLike,
    fine: ArrayLike,
    inspection_cost: ArrayLike,
    damage: ArrayLike,
) -> InspectionState:
    """One round of the inspection game by simultaneous fictitious play [Miyasawa 1961; P17 iii].

    Each side answers the other's empirical frequency, acting when strictly better: the lab violates
    if g (1-p) > f p, the inspector inspects if d q > k. Averages tend to p = g/(g+f), q = k/d.
    """
    inspected, violated, n = (np.asarray(part, np.float64) for part in state)
    g, f = np.asarray(gain, np.float64), np.asarray(fine, np.float64)
    k, d = np.asarray(inspection_cost, np.float64), np.asarray(damage, np.float64)
    # counts, not shares, are compared: a tie is then a tie, whatever the rounding
    violate = g * (n - inspected) > f * inspected
    inspect = d * violated > k * n
    return InspectionState(inspected + inspect, violated + violate, n + 1.0)


def sight_probability(annual: ArrayLike, dt: ArrayLike) -> Floats:
    """Chance of being seen within dt years, 1 - (1-p)^dt, from the yearly chance p."""
    unseen: Floats = (1.0 - np.asarray(annual, np.float64)) ** np.asarray(dt, np.float64)
    return 1.0 - unseen
