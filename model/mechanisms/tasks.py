"""What tasks are like: how much depth helps in each, and what capability is worth there.

Shapes: M task classes on the last axis of every array.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import nnls
from scipy.special import expit

Floats = NDArray[np.float64]
Link = Literal["linear", "irt"]

GRID_POINTS = 121  # levels of capability at which the fit of the heights looks
ABOVE_OOM = 2.0  # heights are fitted from the easiest task to so far above the hardest
# the weakest that leaves every default task some value; stronger ones bend the sum away from beta
RIDGE = 0.03


def task_exponents(
    verifiable: ArrayLike,
    system2: ArrayLike,
    usage: ArrayLike,
    *,
    mean_exponent: float,
    verifiable_weight: float,
    system2_weight: float,
) -> Floats:
    """eta_m proportional to w_v nu_m + w_s s_m, with usage-weighted mean eta_bar; (M,) [model 2].

    nu verifiable share, s System-2 content, both in [0, 1]; usage is normalised here. If no task
    that is used has any content, nothing tells tasks apart and each gets eta_bar.
    """
    weight = np.asarray(usage, dtype=np.float64)
    content = verifiable_weight * np.asarray(verifiable, dtype=np.float64)
    content = content + system2_weight * np.asarray(system2, dtype=np.float64)
    mean = float(np.sum(weight * content) / np.sum(weight))
    if mean <= 0.0:
        return np.full(content.shape, float(mean_exponent))
    return mean_exponent * content / mean


def gain_weights(verifiable: ArrayLike, usage: ArrayLike, elsewhere: float) -> Floats:
    """w_m proportional to l + (1 - l) nu_m with usage-weighted mean one: what a task gets of a gain; (M,).

    nu verifiable share in [0, 1], l = elsewhere in [0, 1]: the gain without ground truth against that with
    it. All ones at l = 1, and where no task that is used has any ground truth and l = 0.
    """
    content = elsewhere + (1.0 - elsewhere) * np.asarray(verifiable, dtype=np.float64)
    mean = float(np.average(content, weights=np.asarray(usage, dtype=np.float64)))
    return content / mean if mean > 0.0 else np.ones(content.shape)


def task_spans(system2: ArrayLike, mean_span: ArrayLike) -> Floats:
    """X_m = X_bar (0.3 + s_m): OOM that depth can bring in each task; (M,) [model 2; Epoch]."""
    return np.asarray(mean_span, dtype=np.float64) * (0.3 + np.asarray(system2, dtype=np.float64))


def irt_heights(
    usage: ArrayLike,
    difficulty: ArrayLike,
    slope: ArrayLike,
    beta: float,
) -> Floats:
    """Heights B_m >= 0 of the logistic values, such that together they are worth beta an OOM; (M,).

    Nonnegative least squares of sum_m w_m B_m k_m f(k_m (G - D_m)) on beta over G from the easiest
    difficulty to two OOM above the hardest (24 to 30 OOM with the default tasks), f the logistic
    density, w usage (normalised here), k = slope (per OOM), D = difficulty (OOM). The range moves
    with the tasks, so that no unit of compute is built in. A mild ridge towards equal heights makes
    the answer unique and stable. B is proportional to beta [model 2].
    """
    weight = np.asarray(usage, dtype=np.float64)
    weight = weight / weight.sum()
    hard = np.asarray(difficulty, dtype=np.float64)
    steep = np.broadcast_to(np.asarray(slope, dtype=np.float64), hard.shape)
    low, high = float(hard.min()), float(hard.max()) + ABOVE_OOM
    grid = np.linspace(low, high, GRID_POINTS)[:, None]
    pass_rate = expit(steep * (grid - hard))
    design = weight * steep * pass_rate * (1.0 - pass_rate) / np.sqrt(GRID_POINTS)
    size = hard.size
    centring = np.eye(size) - 1.0 / size
    ridge = np.sqrt(RIDGE * np.sum(design**2) / size) * centring
    goal = np.concatenate([np.full(GRID_POINTS, 1.0 / np.sqrt(GRID_POINTS)), np.zeros(size)])
    heights, _ = nnls(np.vstack([design, ridge]), goal)
    return beta * np.asarray(heights, dtype=np.float64)


def task_value(
    capability: ArrayLike,
    *,
    link: Link,
    heights: ArrayLike,
    difficulty: ArrayLike,
    slope: ArrayLike,
    beta: float,
    reference: float,
) -> Floats:
    """V_m(G) in utils, shape (..., M) as `capability`.

    "linear": beta (G - reference), the limiting case of the theory; "irt": B_m logistic(k_m (G -
    D_m)). ValueError for any other link.
    """
    level = np.asarray(capability, dtype=np.float64)
    if link == "linear":
        return beta * (level - reference)
    if link == "irt":
        top: Floats = heights * expit(np.asarray(slope) * (level - np.asarray(difficulty)))
        return top
    raise ValueError(f"link is {link!r}; allowed are 'linear' and 'irt'")


def task_value_slope(
    capability: ArrayLike,
    *,
    link: Link,
    heights: ArrayLike,
    difficulty: ArrayLike,
    slope: ArrayLike,
    beta: float,
    reference: float,
) -> Floats:
    """dV_m/dG, utils per OOM, same arguments and shape as `task_value`."""
    level = np.asarray(capability, dtype=np.float64)
    if link == "linear":
        return np.full(level.shape, float(beta))
    if link == "irt":
        steep = np.asarray(slope, dtype=np.float64)
        rate = expit(steep * (level - np.asarray(difficulty)))
        fall: Floats = np.asarray(heights, dtype=np.float64) * steep * rate * (1.0 - rate)
        return fall
    raise ValueError(f"link is {link!r}; allowed are 'linear' and 'irt'")
