"""Misuse: what an actor of small means reaches by each channel, what tests miss, who finds methods.

Shapes: n actors, K offers behind an API, M models whose weights are out. No randomness made inside.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from model.mechanisms.scaling import saturating_depth

Floats = NDArray[np.float64]
NOTHING, API, OPEN, LEAKED = -1, 0, 1, 2  # channels, in the order in which equals are taken


def best_in(
    base_oom: ArrayLike,
    depth: ArrayLike,
    exponent: ArrayLike,
    span_oom: ArrayLike,
    more_oom: ArrayLike = 0.0,
) -> Floats:
    """Best capability over classes of tasks, all depth spent on the one task; the shape of base and depth.

    max_m g + d_m + eta_m sigma_m(log10 I): eta, span and d = more_oom (..., classes). Depth below
    one counts as one. -inf if there are no classes.
    """
    level = np.asarray(base_oom, dtype=np.float64)[..., None] + np.asarray(more_oom, dtype=np.float64)
    x = np.log10(np.maximum(np.asarray(depth, dtype=np.float64), 1.0))[..., None]
    found = level + np.asarray(exponent, dtype=np.float64) * saturating_depth(x, span_oom)
    return np.asarray(found.max(axis=-1, initial=-np.inf))


def accounts_needed(tasks: ArrayLike, detection: float) -> Floats:
    """Accounts that are closed before so many tasks are done.

    Each dangerous query is noticed with probability d and ends the account: (1 - d)/d tasks are expected
    from one (geometric), so n tasks use up n d/(1 - d). inf at d = 1.
    """
    number = np.asarray(tasks, dtype=np.float64)
    return number * (detection / (1.0 - detection)) if detection < 1.0 else np.where(number > 0, np.inf, 0.0)


def api_open_to(
    budget_usd: ArrayLike,
    tasks: ArrayLike,
    price_usd: ArrayLike,
    least_usd: ArrayLike,
    *,
    detection: float,
    account_usd: float,
    accounts: float,
) -> NDArray[np.bool_]:
    """Whether an actor can have all his tasks done by an offer, (n, K).

    Pays max(n p, least) + account_usd max(1, accounts closed); no more accounts than he can open in a
    year. budget_usd and tasks (n,) a year; price_usd (K,) a task; least_usd (K,) the least that one pays.
    """
    number = np.asarray(tasks, dtype=np.float64)
    used = accounts_needed(number, detection)
    bill = np.maximum(number[:, None] * np.asarray(price_usd)[None, :], np.asarray(least_usd)[None, :])
    with np.errstate(invalid="ignore"):
        trouble = np.where(used > 0, account_usd * np.maximum(used, 1.0), account_usd)
    ok = np.asarray(budget_usd)[:, None] >= bill + np.nan_to_num(trouble, nan=0.0)[:, None]
    return np.asarray(ok & (used <= accounts)[:, None])


def depth_bought(
    budget_usd: ArrayLike, setup_usd: ArrayLike, tasks: ArrayLike, pass_usd: ArrayLike
) -> Floats:
    """Standard passes for each task that are left after the set-up; 0 where the set-up is too dear.

    (B - F)/(n c), c = pass_usd.
    """
    left = np.asarray(budget_usd, dtype=np.float64) - np.asarray(setup_usd, dtype=np.float64)
    each = np.asarray(tasks, dtype=np.float64) * np.asarray(pass_usd, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        depth = np.where(left > 0.0, left / each, 0.0)
    return np.asarray(depth)


def best_channel(api: Floats, open_: Floats, leaked: Floats) -> tuple[NDArray[np.int64], Floats]:
    """The channel that reaches most and what it reaches, (n,); API before open before leaked among equals.

    -inf = out of reach; NOTHING where all are.
    """
    levels = np.stack([api, open_, leaked])
    level = levels.max(axis=0)
    return np.where(level > -np.inf, levels.argmax(axis=0), NOTHING), level


def share_who_afford(money_usd: float, cost_usd: float, exponent: float) -> float:
    """Share of small actors who can pay for an experiment: Pareto from money_usd on, (money/cost)^a."""
    return 1.0 if cost_usd <= money_usd else float((money_usd / cost_usd) ** exponent)


def poisson_quantile(uniform: float, mean: float) -> int:
    """The number of arrivals at a uniform in [0, 1): the same luck under another rate is comparable."""
    count, term = 0, float(np.exp(-mean))
    total = term
    while uniform >= total and count < 10_000 and term > 0.0:
        count += 1
        term *= mean / count
        total += term
    return count
