"""Who gets what: adoption, surplus, and how capability is spread over persons."""

from __future__ import annotations

import numpy as np

from model.metrics import Snapshot, metric
from model.metrics.measures import gini, ratio, top, weighted_mean, weighted_slope
from model.metrics.views import persons, received_oom

SAME_OOM = 0.01


@metric(unit="share")
def adoption(snapshot: Snapshot) -> float:
    """Share of persons and firms that use some AI.

    sum_c N_c a_c / sum_c N_c over the cells of the users table: N = population, a = adoption.
    """
    return weighted_mean(snapshot.floats("users", "adoption"), snapshot.floats("users", "population"))


@metric(unit="USD/step")
def consumer_surplus_usd(snapshot: Snapshot) -> float:
    """Expected surplus of all users against having no AI.

    sum_c N_c s_c over the cells of the users table: N = population, s = surplus_usd per user.
    """
    people = snapshot.floats("users", "population")
    surplus = snapshot.floats("users", "surplus_usd")
    return float(np.sum(people[people > 0.0] * surplus[people > 0.0]))


@metric(unit="OOM per OOM of wealth")
def capability_wealth_slope(snapshot: Snapshot) -> float:
    """How steeply the capability that persons receive rises with their wealth.

    Slope of received capability G (OOM) on log10(wealth), least squares weighted by users, over all
    persons in purchases: G = tiers.capability_oom of their tier (self-hosted ones too), and
    users.reference_oom for those without AI.
    """
    cells = snapshot.view(persons)
    use = cells.wealth_usd > 0.0
    wealth = np.log10(cells.wealth_usd[use])
    return weighted_slope(wealth, snapshot.view(received_oom)[use], cells.users[use])


@metric(unit="OOM per OOM of wealth")
def capability_wealth_slope_users(snapshot: Snapshot) -> float:
    """How steeply capability rises with wealth among the persons who use AI.

    As capability_wealth_slope, without those who have no AI: who uses it at all is left out.
    """
    cells = snapshot.view(persons)
    use = cells.wealth_usd > 0.0
    return weighted_slope(np.log10(cells.wealth_usd[use]), cells.capability_oom[use], cells.users[use])


@metric(unit="index 0-1")
def capability_gini(snapshot: Snapshot) -> float:
    """Inequality of the capability that persons receive (Gini).

    Gini of max(0, G - users.reference_oom) over all persons in purchases, zero for those without
    AI; G in OOM as in capability_wealth_slope. NaN while nobody receives anything.
    """
    cells, level = snapshot.view(persons), snapshot.view(received_oom)
    use = np.isfinite(level) & (cells.users > 0.0)
    if not use.any():
        return float("nan")
    gain = np.maximum(level[use] - snapshot.setting("users.reference_oom"), 0.0)
    return gini(gain, cells.users[use])


@metric(unit="share")
def same_product_share(snapshot: Snapshot) -> float:
    """Share of persons with AI who get the best that any person gets ("the same Coke for all").

    Users within 0.01 OOM of the largest tiers.capability_oom that some person has, over all persons
    with AI (free and self-hosted included). A tier that nobody has does not count. NaN without.
    """
    cells = snapshot.view(persons)
    use = np.isfinite(cells.capability_oom) & (cells.users > 0.0)
    level, users = cells.capability_oom[use], cells.users[use]
    return ratio(float(users[level >= top(level) - SAME_OOM].sum()), float(users.sum()))


@metric(unit="standard passes")
def depth_mean(snapshot: Snapshot) -> float:
    """Mean inference depth of the tiers in use.

    sum_k U_k I_k / sum_k U_k over all tiers, self-hosted ones too: U = users, I = depth.
    """
    return weighted_mean(snapshot.floats("tiers", "depth"), snapshot.floats("tiers", "users"))
