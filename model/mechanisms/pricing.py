"""Price equilibrium among labs (Bertrand-Nash in a mixed nested logit) and single best responses.

The search is in two phases.  Far from equilibrium every lab takes an uphill step of its own profit
(`response.ascent`), all at once: labs' prices are strategic complements, so that this settles.
Close to it, Newton's method solves all first-order conditions together.  A root counts only if it
is a local maximum for every lab.  Lessons 1, 2 and 13 of the verification notes; Morrow and
Skerlos (2011).
"""

import warnings
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from model.mechanisms.menus import monopoly_menu
from model.mechanisms.response import (
    Array,
    Response,
    Situation,
    ascent,
    climb,
    cost_plus,
    inclusive_value,
    money_unit,
    own_gradient_hessian,
    own_profit,
    situation,
)

__all__ = [
    "Equilibrium",
    "best_response_prices",
    "equilibrium_prices",
    "monopoly_menu",
    "rival_log_sum",
]

SHARES = (0.15, 0.5, 0.85)  # quantiles of attainable profit: the markups tried
ROUNDS = 8  # times a lab may jump to another peak of its profit
FEW = 300  # users on whom distant prices are tried first
SHARP = 1e-3  # within-lab scale, in taste scales, that stands for the deterministic limit 0


class Equilibrium(NamedTuple):
    """Equilibrium prices and what follows from them."""

    prices: Array  # (n_offers,) money
    shares: Array  # (n_offers,) of all users; the outside option has the rest
    profits: Array  # (n_labs,) weight x money, labs in ascending order of their labels
    hhi: float  # of the labs' shares of users who buy


def equilibrium_prices(
    value: ArrayLike,
    cost: ArrayLike,
    lab_of_offer: ArrayLike,
    *,
    weight: ArrayLike,
    price_coefficient: ArrayLike,
    taste_scale: float,
    within_lab_scale: float,
    outside_utility: ArrayLike | None,
    start: ArrayLike | None = None,
    look_around: bool = True,
    iterations: int = 300,
    tolerance: float = 1e-11,
) -> Equilibrium:
    """Prices from which no lab gains by moving its own, given the others'.

    value (n_types, n_offers) utils without the price term -a_i p; cost (n_offers,) money;
    lab_of_offer (n_offers,) int in any order; weight >= 0 and price_coefficient > 0, (n_types,);
    scales in utils, taste_scale > 0, within_lab_scale 0 = deterministic tier (taken as 1e-3 taste
    scales; exact where an equilibrium has one markup per lab); outside_utility (n_types,), a
    number, or None.  start (n_offers,): prices of a similar market, for speed.
    look_around: also let each lab try quite different markups (with rich and poor users profit can
    have several peaks); without it, three times faster, small moves alone are sure not to pay.
    tolerance in taste scales of money.  Profits are per user if the weights sum to one.

    ValueError for bad shapes, or one lab without an outside option (its price would be infinite).
    RuntimeWarning if no equilibrium was reached: with few types and a small within-lab scale there
    may be none in pure strategies; the prices returned are the best found.
    """
    market = _market(
        value, cost, lab_of_offer, weight, price_coefficient,
        taste_scale, within_lab_scale, outside_utility,
    )  # fmt: skip
    if len(market.own) == 1 and bool((market.outside == -np.inf).any()):
        raise ValueError("one lab and no outside option: no price is finite (give outside_utility)")
    enough = 1e-6 * money_unit(market.case)
    prices = cost_plus(market.case) if start is None else market.pad(start)
    for _ in range(ROUNDS):
        prices, error = _solve(market, prices, iterations, tolerance)
        if not look_around or error > enough:
            break
        reply, gain = _far_replies(market, prices)
        if gain.max() <= 1e-6:
            break
        prices, error = prices.copy(), np.inf
        prices[gain.argmax()] = reply[gain.argmax()]
    if error > enough:
        warnings.warn("no price equilibrium found", RuntimeWarning, stacklevel=2)
    profit, chosen = own_profit(_against_rivals(market, prices), prices)
    users = chosen.transpose(0, 2, 1) @ market.case.weight / market.case.weight.sum()
    of_lab = users.sum(axis=1)
    inside = of_lab.sum()
    hhi = float(((of_lab / inside) ** 2).sum()) if inside > 0.0 else float("nan")
    return Equilibrium(market.unpad(prices), market.unpad(users), profit, hhi)


def best_response_prices(
    lab: int,
    prices: ArrayLike,
    value: ArrayLike,
    cost: ArrayLike,
    lab_of_offer: ArrayLike,
    *,
    weight: ArrayLike,
    price_coefficient: ArrayLike,
    taste_scale: float,
    within_lab_scale: float,
    outside_utility: ArrayLike | None,
) -> Array:
    """Most profitable prices of `lab`'s own offers, (n_own_offers,) in their order, rivals' fixed.

    prices (n_offers,) of all labs; the rest as in `equilibrium_prices`.  Searched uphill from the
    present prices and from cost plus several markups; the best of them is returned.
    """
    market = _market(
        value, cost, lab_of_offer, weight, price_coefficient,
        taste_scale, within_lab_scale, outside_utility,
    )  # fmt: skip
    found = np.flatnonzero(market.labels == lab)
    if found.size != 1:
        raise ValueError(f"lab is {lab}; allowed: {market.labels.tolist()}")
    padded = market.pad(prices)
    rivals = market.rivals(inclusive_value(market.case, padded)[0])[found]
    if bool(((rivals == -np.inf) & (market.case.weight > 0.0)).any()):
        raise ValueError("no rival and no outside option: no price is finite (give outside_utility)")
    one = market.case.take(found)._replace(rivals=rivals)
    starts = np.vstack([padded[found], _other_starts(one)[0]])
    tries = one.take(np.zeros(len(starts), dtype=np.intp))
    best = climb(tries, starts, -np.inf, 200, 1e-10)
    return best.prices[best.profit.argmax(), : market.own[found[0]].size]


def rival_log_sum(inclusive: ArrayLike, outside: ArrayLike, taste_scale: float) -> Array:
    """For each lab the log-sum of all other labs and the outside option, (n_labs, n_types), / mu.

    inclusive (n_labs, n_types) utils; outside (n_types,) or a number, utils.  Sums without the lab,
    not differences of sums: a lab that has nearly everything still sees its rivals.
    """
    x = np.asarray(inclusive, np.float64) / taste_scale
    x = np.vstack([x, np.broadcast_to(np.asarray(outside, np.float64) / taste_scale, x.shape[1:])])
    columns = np.arange(x.shape[1])
    leader = x.argmax(axis=0)
    total, top = _log_total(x)
    with np.errstate(divide="ignore", invalid="ignore"):
        others = top + np.log(total.sum(axis=0) - total)
    x[leader, columns] = -np.inf
    total, top = _log_total(x)
    with np.errstate(divide="ignore"):
        others[leader, columns] = top + np.log(total.sum(axis=0))
    return np.asarray(others[:-1])


def _log_total(x: Array) -> tuple[Array, Array]:
    top = np.maximum(x.max(axis=0), np.finfo(np.float64).min)
    return np.exp(x - top), top


class _Market(NamedTuple):
    case: Situation  # one case per lab, tiers padded with tiers that do not exist
    outside: Array  # (n_types,)
    own: list[NDArray[np.intp]]  # offers of each lab
    labels: NDArray[Any]
    n_offers: int

    def pad(self, offers: ArrayLike) -> Array:
        flat = np.asarray(offers, np.float64)
        if flat.shape != (self.n_offers,):
            raise ValueError(f"prices have shape {flat.shape}; allowed: ({self.n_offers},)")
        out = np.zeros(self.case.value.shape[:2])
        for row, own in zip(out, self.own, strict=True):
            row[: own.size] = flat[own]
        return out

    def unpad(self, padded: Array) -> Array:
        out = np.empty(self.n_offers)
        for row, own in zip(padded, self.own, strict=True):
            out[own] = row[: own.size]
        return out

    def rivals(self, inclusive: Array) -> Array:
        return rival_log_sum(inclusive, self.outside, self.case.mu)


def _market(
    value: ArrayLike,
    cost: ArrayLike,
    lab_of_offer: ArrayLike,
    weight: ArrayLike,
    price_coefficient: ArrayLike,
    taste_scale: float,
    within_lab_scale: float,
    outside_utility: ArrayLike | None,
) -> _Market:
    v, c, labs = (
        np.asarray(value, np.float64),
        np.asarray(cost, np.float64),
        np.asarray(lab_of_offer),
    )
    if v.ndim != 2 or c.shape != v.shape[1:] or labs.shape != v.shape[1:]:
        raise ValueError(
            f"value {v.shape}, cost {c.shape}, lab_of_offer {labs.shape}; "
            "allowed: (n_types, n_offers), (n_offers,), (n_offers,)"
        )
    labels = np.unique(labs)
    own = [np.flatnonzero(labs == label) for label in labels]
    widest = max(offers.size for offers in own)
    values = np.full((len(own), v.shape[0], widest), -np.inf)
    costs = np.zeros((len(own), widest))
    for j, offers in enumerate(own):
        values[j, :, : offers.size] = v[:, offers]
        costs[j, : offers.size] = c[offers]
    case = situation(
        values,
        costs,
        np.zeros((1, v.shape[0])),
        weight=weight,
        price_coefficient=price_coefficient,
        taste_scale=taste_scale,
        within_lab_scale=within_lab_scale if within_lab_scale > 0.0 else SHARP * taste_scale,
    )
    outside = np.asarray(-np.inf if outside_utility is None else outside_utility, np.float64)
    return _Market(case, np.broadcast_to(outside, v.shape[:1]), own, labels, v.shape[1])


def _against_rivals(market: _Market, prices: Array) -> Situation:
    inclusive, _ = inclusive_value(market.case, prices)
    return market.case._replace(rivals=market.rivals(inclusive))


def _respond(market: _Market, prices: Array) -> Response:
    return own_gradient_hessian(_against_rivals(market, prices), prices, cross=True)


def _solve(market: _Market, prices: Array, iterations: int, tolerance: float) -> tuple[Array, float]:
    """`_settle`, with two stronger remedies if it does not."""
    enough = 1e-6 * money_unit(market.case)
    prices, error = _settle(market, prices, iterations, tolerance)
    if error > enough:  # a start so far off that single steps lose their way
        prices, error = _settle(market, _best_replies(market, prices), iterations, tolerance)
    if error > enough and market.case.mu_w < 0.5 * market.case.mu:
        prices, error = _from_smooth(market, iterations, tolerance)
    return prices, error


def _far_replies(market: _Market, prices: Array) -> tuple[Array, Array]:
    """Each lab's best reply (n_labs, K) among other peaks of its profit, and its relative gain."""
    case = _against_rivals(market, prices)
    starts = _other_starts(case)
    lab, tiers = np.repeat(np.arange(len(starts)), starts.shape[1]), prices.shape[1]
    if case.weight.size > 2 * FEW:  # few users tell which peak a start leads to; one try a new peak is left
        starts = np.concatenate([prices[:, None], starts], axis=1)
        lab, tried = np.repeat(np.arange(len(starts)), starts.shape[1]), starts.shape[1]
        few = _few_users(case)
        starts = climb(few.take(lab), starts.reshape(-1, tiers), -np.inf, 60, 1e-5).prices
        gaps = np.abs(starts[:, None] - starts).max(axis=2) < 1e-2 * money_unit(case)
        new = ~np.tril(gaps & (lab[:, None] == lab), -1).any(axis=1)
        new[::tried] = False  # where prices stand there is nothing to gain
        lab, starts = lab[new], starts[new]
    found = climb(case.take(lab), starts.reshape(-1, tiers), -np.inf, 60, 1e-6)
    reply, (profit, _) = prices.copy(), own_profit(case, prices)
    best = profit.copy()
    for at, j in enumerate(lab):
        if found.profit[at] > best[j]:
            reply[j], best[j] = found.prices[at], found.profit[at]
    return reply, (best - profit) / np.maximum(np.abs(profit), 1e-300)


def _few_users(case: Situation) -> Situation:
    """FEW users, drawn half by their number and half by the money that they would pay.

    So that a rich minority is among them. The golden sequence is even and falls in step with no grid.
    """
    money = case.weight / case.slope
    chance = 0.5 * (case.weight / case.weight.sum() + money / money.sum())
    spot = np.sort(np.arange(1, FEW + 1) * 0.6180339887498949 % 1.0)
    rows = np.minimum(np.searchsorted(np.cumsum(chance), spot), chance.size - 1)
    return case._replace(
        value=case.value[:, :, rows],
        rivals=case.rivals[:, rows],
        weight=case.weight[rows] / chance[rows],
        slope=case.slope[rows],
    )


def _other_starts(case: Situation) -> Array:
    """Cost plus the markups that suit some users alone, (B, tries, K).

    The best markup for one type is (mu / a) (1 + W(exp(x - 1))), x being the lab's surplus over
    its rivals at cost, in taste scales; ln(1 + e^z) stands for W(e^z), near enough for a start.
    Quantiles are weighted by the profit to be had: a rich minority may be worth a peak.
    """
    cost = case.cost[:, :, 0]
    surplus = inclusive_value(case, cost)[0] / case.mu - case.rivals
    profit = case.mu / case.slope * np.logaddexp(0.0, surplus - 1.0)
    markup = case.mu / case.slope + profit
    order = np.argsort(markup, axis=1)
    rank = np.cumsum(np.take_along_axis(case.weight * profit, order, axis=1), axis=1)
    rank /= np.maximum(rank[:, -1:], 1e-300)
    at = np.stack([(rank < share).sum(axis=1) for share in SHARES], axis=1)
    at = np.minimum(at, markup.shape[1] - 1)
    chosen = np.take_along_axis(np.take_along_axis(markup, order, axis=1), at, axis=1)
    return cost[:, None, :] + chosen[:, :, None]


def _settle(market: _Market, prices: Array, iterations: int, tolerance: float) -> tuple[Array, float]:
    """Prices with the smallest residual found, and that residual (largest uphill step, money)."""
    unit = money_unit(market.case)
    best, least, damping, stale = prices, np.inf, 1.0, 0
    joint = False  # whether the last step was Newton's on all conditions
    for _ in range(iterations):
        r = _respond(market, prices)
        uphill, peak = ascent(r, prices, -np.inf)
        size = np.abs(uphill).max(initial=0.0)
        error = size if peak.all() else max(size, unit)
        if error < least:
            best, least, stale = prices, error, 0
            damping = min(1.0, 1.5 * damping)
        elif joint:
            prices, joint, damping = best, False, 0.5 * damping
            continue
        else:
            stale += 1
            damping = max(0.05, 0.7 * damping)
        if least <= tolerance * unit or (least <= 1e-7 * unit and stale > 3):
            break
        joint = bool(peak.all()) and size < 0.5 * unit and stale == 0
        move = _joint_step(market, r) if joint else None
        if move is None or not np.abs(move).max() < 5.0 * unit:
            joint, move = False, damping * np.clip(uphill, -2.0 * unit, 2.0 * unit)
        prices = prices + move
    return best, float(least)


def _best_replies(market: _Market, prices: Array) -> Array:
    """Rounds of full best responses, all labs at once, damped once they stop getting closer."""
    damping, last, unit = 1.0, np.inf, money_unit(market.case)
    for _ in range(40):
        reply = climb(_against_rivals(market, prices), prices, -np.inf, 100, 1e-6)
        gap = float(np.abs(reply.prices - prices).max())
        damping = damping if gap < last else max(0.1, 0.5 * damping)
        prices, last = prices + damping * (reply.prices - prices), gap
        if gap < 0.1 * unit:
            break
    return prices


def _joint_step(market: _Market, r: Response) -> Array | None:
    """Newton's step on all labs' first-order conditions at once, (n_labs, K); None if singular."""
    case = market.case
    labs, tiers, types = r.tier.shape
    a = case.slope / case.mu
    sold = (r.tier * r.inside[:, None]).reshape(labs * tiers, types)
    assert r.pull is not None
    pulled = (r.pull * r.inside[:, None]).reshape(labs * tiers, types)
    jacobian = (pulled * (a * case.weight)) @ sold.T
    blocks = jacobian.reshape(labs, tiers, labs, tiers)
    index = np.arange(labs)
    blocks[index, :, index, :] = r.hessian
    live = np.flatnonzero(np.abs(np.diag(jacobian)) > 1e-290)
    scale = 1.0 / np.sqrt(np.abs(np.diag(jacobian)[live]))
    system = jacobian[np.ix_(live, live)] * scale[:, None] * scale
    move = np.zeros(labs * tiers)
    try:
        move[live] = -scale * np.linalg.solve(system, scale * r.gradient.reshape(-1)[live])
    except np.linalg.LinAlgError:
        return None
    return move.reshape(labs, tiers)


def _from_smooth(market: _Market, iterations: int, tolerance: float) -> tuple[Array, float]:
    """Follow the equilibrium from a within-lab scale where it is smooth down to the wanted one."""
    target = market.case.mu_w
    prices, error = cost_plus(market.case), np.inf
    for mu_w in np.geomspace(max(0.5 * market.case.mu, target), target, 12):
        smooth = market._replace(case=market.case._replace(mu_w=float(mu_w)))
        prices, error = _settle(smooth, prices, iterations, tolerance)
    return prices, error
