"""What labs ask and what persons pay. `Paid` means a price above zero; self-hosting is no price."""

from __future__ import annotations

import numpy as np

from model.metrics import Snapshot, metric
from model.metrics.measures import bottom, ratio, top, weighted_mean, weighted_slope
from model.metrics.snapshot import Floats
from model.metrics.views import channels, closed_paid, persons

LEAST_SHARE = 0.01
MONTHS_PER_YEAR = 12.0


@metric(unit="share")
def markup_mean(snapshot: Snapshot) -> float:
    """Mean markup over the cost of serving a user (Lerner index).

    sum_k R_k (p_k - c_k) / p_k / sum_k R_k over closed paid tiers k: p = tiers.price_usd, c =
    tiers.cost_usd, R = tiers.revenue_usd. NaN without such revenue.
    """
    use = snapshot.view(closed_paid)
    price = snapshot.floats("tiers", "price_usd")[use]
    cost = snapshot.floats("tiers", "cost_usd")[use]
    return weighted_mean((price - cost) / price, snapshot.floats("tiers", "revenue_usd")[use])


@metric(unit="tiers")
def tiers_sold(snapshot: Snapshot) -> float:
    """Closed tiers that matter, summed over channels.

    Number of closed tiers (free ones too) with at least 1 % of the users of all closed tiers of
    their channel. By channel, because persons outnumber firms.
    """
    count = 0
    for channel in snapshot.view(channels).values():
        share = channel.share[channel.closed]
        count += int(np.sum((share >= LEAST_SHARE * share.sum()) & (share > 0.0)))
    return float(count)


def _plans(snapshot: Snapshot) -> Floats:
    """Prices of subscription tiers with a price and at least 1 % of the channel's users."""
    plans = snapshot.view(channels)["subscription"]
    return plans.price_usd[(plans.price_usd > 0.0) & (plans.share >= LEAST_SHARE)]


@metric(unit="ratio")
def price_ratio_top_bottom(snapshot: Snapshot) -> float:
    """Dearest over cheapest subscription that matters.

    max p / min p over tiers sold to persons with p > 0 (open models that a lab serves included,
    self-hosting not) and at least 1 % of the users whom labs serve in the subscription channel,
    free tiers included. NaN without one.
    """
    price = snapshot.view(_plans)
    return ratio(top(price), bottom(price))


@metric(unit="ratio")
def menu_price_ratio(snapshot: Snapshot) -> float:
    """Dearest over cheapest subscription in the menu of one lab.

    Geometric mean over labs, by their users, of max p / min p over the lab's tiers sold to persons with
    p > 0 and at least 1 % of the lab's own users there; one tier: 1.
    """
    use = snapshot.texts("tiers", "channel") == "subscription"
    use &= ~snapshot.flags("tiers", "self_hosted")
    users, price = snapshot.floats("tiers", "users"), snapshot.floats("tiers", "price_usd")
    use &= (price > 0.0) & (users > 0.0)
    labs = snapshot.ids("tiers", "lab")
    _, own = np.unique(labs[use], return_inverse=True)
    use[use] = users[use] >= LEAST_SHARE * np.bincount(own, weights=users[use])[own]
    lab, log, weight = labs[use], np.log(price[use]), users[use]
    spread = [float(np.ptp(log[lab == one])) for one in np.unique(lab)]
    served = [float(weight[lab == one].sum()) for one in np.unique(lab)]
    return float(np.exp(weighted_mean(spread, served)))


@metric(unit="USD/month")
def price_cheapest_usd_month(snapshot: Snapshot) -> float:
    """Price a month of the cheapest subscription that matters.

    min p / (12 step_years), over the tiers of price_ratio_top_bottom.
    """
    return bottom(snapshot.view(_plans)) / _months(snapshot)


@metric(unit="USD/month")
def price_dearest_usd_month(snapshot: Snapshot) -> float:
    """Price a month of the dearest subscription that matters.

    max p / (12 step_years), over the tiers of price_ratio_top_bottom.
    """
    return top(snapshot.view(_plans)) / _months(snapshot)


def _months(snapshot: Snapshot) -> float:
    return snapshot.setting("horizon.step_years") * MONTHS_PER_YEAR


@metric(unit="ln/ln")
def price_wealth_slope(snapshot: Snapshot) -> float:
    """How steeply the price that persons pay rises with their wealth.

    Slope of ln(price paid) on ln(wealth), least squares weighted by users, over purchases of
    persons from closed paid tiers: price = purchases.payments_usd / purchases.users, wealth =
    users.wealth_usd of the decile. NaN if only one wealth buys.
    """
    cells = snapshot.view(persons)
    use = cells.closed & (cells.price_usd > 0.0) & (cells.wealth_usd > 0.0)
    wealth, price = np.log(cells.wealth_usd[use]), np.log(cells.price_usd[use])
    return weighted_slope(wealth, price, cells.users[use])
