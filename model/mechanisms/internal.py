"""Research inside a lab, and what a release tells rivals: closed forms, no agents.

Progress on algorithms is Cobb-Douglas in research labour over its tasks: models take over the share f of
the tasks that they do as a person does, and AI hours are added to people's hours there.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def automated_share(
    level_oom: ArrayLike, difficulty_oom: ArrayLike, slope: ArrayLike, human_oom: ArrayLike
) -> Floats:
    """f = logistic(s (G - D)) / logistic(s (G_H - D)), at most 1: its work over a person's."""
    level, hard, steep, par = (
        np.asarray(v, np.float64) for v in (level_oom, difficulty_oom, slope, human_oom)
    )
    here, there = steep * (level - hard), steep * (par - hard)
    # the ratio of two logistics, without overflow
    ratio: Floats = np.exp(np.minimum(np.logaddexp(0.0, -there) - np.logaddexp(0.0, -here), 0.0))
    return ratio


def research_gain(
    base_oom: ArrayLike,
    ratio: ArrayLike,
    share: ArrayLike,
    *,
    elasticity: ArrayLike,
    lead_oom: ArrayLike,
    fishing_out: ArrayLike,
) -> Floats:
    """OOM won on top of the field's: g ((1 + x)^(lambda f) - 1) 10^(-phi l).

    g base_oom: what people alone find in the step; x ratio of AI hours to people's hours in automated
    tasks; f their share; l the lead already won, which fishes out ideas.
    """
    g, x, f = (np.asarray(v, np.float64) for v in (base_oom, ratio, share))
    harder = 10.0 ** (-np.asarray(fishing_out, np.float64) * np.asarray(lead_oom, np.float64))
    return np.asarray(g * np.expm1(np.asarray(elasticity, np.float64) * f * np.log1p(x)) * harder)


def best_ratio(worth_usd: ArrayLike, exponent: ArrayLike, unit_usd: ArrayLike) -> Floats:
    """x >= 0 that maximises W ((1 + x)^a - 1) - c x for 0 <= a < 1: x = (W a / c)^(1 / (1 - a)) - 1."""
    worth, power, unit = (np.asarray(v, np.float64) for v in (worth_usd, exponent, unit_usd))
    ideal = np.maximum(worth * power / unit, 0.0) ** (1.0 / (1.0 - power))
    return np.asarray(np.maximum(ideal - 1.0, 0.0))


def lead_left(lead_oom: ArrayLike, rediscovery: ArrayLike, years: ArrayLike) -> Floats:
    """What is left of a lead when the field finds a share of it a year: l (1 - d)^t."""
    lead, share = np.asarray(lead_oom, np.float64), np.asarray(rediscovery, np.float64)
    return np.asarray(lead * (1.0 - share) ** np.asarray(years, np.float64))


def common_target(frontier_oom: ArrayLike, published_oom: ArrayLike, spillover: ArrayLike) -> Floats:
    """The level that others can catch up with: F + s max(0, P - F), P the best that is released."""
    frontier, released = np.asarray(frontier_oom, np.float64), np.asarray(published_oom, np.float64)
    return np.asarray(frontier + np.asarray(spillover, np.float64) * np.maximum(released - frontier, 0.0))


def leaked_oom(lead_oom: ArrayLike, spillover: ArrayLike, diffusion: ArrayLike, years: ArrayLike) -> Floats:
    """What rivals have learned of a released lead after some years: s l (1 - (1 - chi)^t)."""
    lead, share = np.maximum(np.asarray(lead_oom, np.float64), 0.0), np.asarray(spillover, np.float64)
    time = np.maximum(np.asarray(years, np.float64), 0.0)
    return np.asarray(lead * share * (1.0 - (1.0 - np.asarray(diffusion, np.float64)) ** time))
