"""A lab's profit in its own prices, its slope and curvature, its best response; B cases at once.

The B cases are candidate configurations of one lab, or B different labs; each lives against rivals
that stand still.  Shapes: B cases, n user types, K own tiers.  With margin m = p + psi - c, tier
probability q within the lab, lab probability S, mbar = sum_k q_k m_k and marginal disutility a of
the price,

    profit = sum_i w S mbar,    d profit / d p_k = sum_i w S q_k h_k,
    h_k = 1 - a_k [(m_k - mbar) / mu_w + (1 - S) mbar / mu].

`income_effect` "linear": utility falls by a_i p.  "log": it rises by a_i ln(1 - p / y_i), so that
the slope is a_i / (y_i - p) and a tier that costs all of the income is out of reach.

Lesson 1 of the verification notes: p <- c + mu / (1 - S) cycles.  Steps here are Newton's where the
profit is concave, else those of the markup map of Morrow and Skerlos (2011), carried over to nests;
a step counts only if profit rises, so that no iterate runs away (lesson 13).
"""

from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from model.mechanisms.climbing import LOWEST, climb_cases, direction
from model.mechanisms.compiled import plain

Array = NDArray[np.float64]
IncomeEffect = Literal["linear", "log"]


class Situation(NamedTuple):
    """What a lab's profit depends on besides its prices (make it with `situation`)."""

    value: Array  # (B, K, n) gross utility, -inf = the tier does not exist
    cost: Array  # (B, K, 1 or n) cost less advertising revenue per user
    rivals: Array  # (1 or B, n) log-sum of everything else, in units of mu
    weight: Array  # (n,)
    slope: Array  # (n,) price coefficient a_i
    income: Array | None  # (n,) with the log income effect
    mu: float
    mu_w: float

    def take(self, cases: NDArray[Any]) -> "Situation":
        """The same for a subset of the B cases."""
        rivals = self.rivals if self.rivals.shape[0] == 1 else self.rivals[cases]
        return self._replace(value=self.value[cases], cost=self.cost[cases], rivals=rivals)


class BestResponse(NamedTuple):
    """Best prices found and the profit there."""

    prices: Array  # (B, K)
    profit: Array  # (B,) weight x money


class Response(NamedTuple):
    """Profit and its derivatives at given prices."""

    profit: Array  # (B,)
    gradient: Array  # (B, K)
    hessian: Array  # (B, K, K), exact
    metric: Array  # (B, K, K) positive definite: metric^-1 gradient is the step of the markup map
    inside: Array  # (B, n) lab probability
    tier: Array  # (B, K, n) probability within the lab
    pull: Array | None  # (B, K, n) tier * (h + a S mbar / mu): what a rival's price changes


def situation(
    value: ArrayLike,
    cost: ArrayLike,
    rivals: ArrayLike,
    *,
    weight: ArrayLike,
    price_coefficient: ArrayLike,
    taste_scale: float,
    within_lab_scale: float,
    mask: ArrayLike | None = None,
    advert: float = 0.0,
    income: ArrayLike | None = None,
    income_effect: IncomeEffect = "linear",
) -> Situation:
    """Check and lay out the arguments; users end up last in memory, where every reduction is fast.

    What is laid out so already is kept, not copied.

    value (B, n, K) utils without the price; cost (B, K) or (B, n, K) money; rivals (B, n) or
    (1, n), ln(sum over other nests of exp(IV / mu) + exp(u_0 / mu)), may be -inf; weight,
    price_coefficient, income (n,); mask (B, K) of the tiers that exist; advert, money per user;
    scales > 0, utils.
    """
    v = np.asarray(value, dtype=np.float64)
    if v.ndim != 3:
        raise ValueError(f"value has shape {v.shape}; allowed: (cases, types, tiers)")
    if not (taste_scale > 0.0 and within_lab_scale > 0.0):
        raise ValueError(
            f"scales are {taste_scale}, {within_lab_scale}; allowed: > 0 (the limit has no slope)"
        )
    if income_effect not in ("linear", "log") or (income_effect == "log" and income is None):
        raise ValueError(f"income_effect is {income_effect!r}; allowed: 'linear', or 'log' with income")
    slope = np.asarray(price_coefficient, dtype=np.float64)
    if not (slope > 0.0).all():
        raise ValueError(f"price_coefficient has a minimum of {slope.min()}; allowed: > 0")
    cases, types, tiers = v.shape
    laid = v.transpose(0, 2, 1)
    laid = np.ascontiguousarray(laid) if mask is None else np.array(laid, order="C")
    if mask is not None:
        laid[~np.broadcast_to(np.asarray(mask, dtype=bool), (cases, tiers))] = -np.inf
    c = np.asarray(cost, dtype=np.float64)
    c = c[:, :, None] if c.ndim == 2 else c.transpose(0, 2, 1)
    r = np.atleast_2d(np.asarray(rivals, dtype=np.float64))
    return Situation(
        value=laid,
        cost=_shaped(c - advert, (cases, tiers, c.shape[2])),
        rivals=_shaped(r, (r.shape[0], types)),
        weight=_shaped(np.asarray(weight, dtype=np.float64), (types,)),
        slope=_shaped(slope, (types,)),
        income=_shaped(np.asarray(income, dtype=np.float64), (types,)) if income_effect == "log" else None,
        mu=float(taste_scale),
        mu_w=float(within_lab_scale),
    )


def _shaped(array: Array, shape: tuple[int, ...]) -> Array:
    """The array in a shape; most have it already, and broadcasting takes longer than looking."""
    return array if array.shape == shape else np.ascontiguousarray(np.broadcast_to(array, shape))


class _Choice(NamedTuple):
    tier: Array  # (B, K, n)
    inside: Array  # (B, n)
    outside: Array  # (B, n) = 1 - inside without cancellation
    margin: Array  # (B, K, 1 or n)
    mean_margin: Array  # (B, n)


def inclusive_value(case: Situation, prices: Array) -> tuple[Array, Array]:
    """IV (B, n) in utils and tier probabilities (B, K, n) at prices (B, K)."""
    u = _price_term(case, prices)
    np.add(case.value, u, out=u)
    best = u.max(axis=1)
    u -= np.maximum(best, LOWEST)[:, None]
    u /= case.mu_w
    np.exp(u, out=u)
    total = u.sum(axis=1)
    u /= np.maximum(total, 1e-300)[:, None]
    with np.errstate(divide="ignore"):
        return best + case.mu_w * np.log(total), u


def own_profit(case: Situation, prices: ArrayLike) -> tuple[Array, Array]:
    """Profit (B,), weight x money, and choice probabilities (B, n, K), at prices (B, K)."""
    c = _choose(case, np.asarray(prices, dtype=np.float64))
    shares = c.tier * c.inside[:, None]
    return _profit(case, c), shares.transpose(0, 2, 1)


def own_gradient_hessian(case: Situation, prices: ArrayLike, *, cross: bool = False) -> Response:
    """Profit with its exact gradient and Hessian at prices (B, K); cross: with `pull` too."""
    # In few passes over (B, K, n), with few such arrays alive: they have to stay in the cache.
    p = np.asarray(prices, dtype=np.float64)
    c = _choose(case, p)
    mass = c.inside * case.weight
    a = _slope(case, p)
    pressure = c.outside * c.mean_margin / case.mu
    if case.income is None:
        h = c.margin * (a / case.mu_w)
        np.subtract((1.0 - a * (pressure - c.mean_margin / case.mu_w))[:, None], h, out=h)
    else:
        h = 1.0 - a * ((c.margin - c.mean_margin[:, None]) / case.mu_w + pressure[:, None])
    pull = c.tier * (h + a * (c.inside * c.mean_margin / case.mu)[:, None]) if cross else None
    gap = 1.0 / case.mu_w - 1.0 / case.mu
    tilt = c.tier * a
    lean = tilt * mass[:, None]
    felt, bent = lean.sum(axis=2), np.einsum("bkn,bkn->bk", lean, h)
    bent = (felt + bent) / case.mu_w
    if case.income is None:
        metric = -gap * _products(lean, c.tier)
    else:
        root = c.tier * np.sqrt(a)  # keeps the metric definite
        metric = -gap * _products(root * mass[:, None], root)
        bent += (lean * (1.0 - h) / np.maximum(case.slope, 1e-300)).sum(axis=2)  # the slope itself rises
    half = np.multiply(c.tier, h, out=h)
    gradient = np.einsum("bkn,bn->bk", half, mass)
    half *= (mass * (1.0 / case.mu_w - c.outside / case.mu))[:, None]
    lean *= (0.5 * gap * pressure)[:, None]
    half += lean
    hessian = _products(half, tilt)
    hessian = hessian + hessian.transpose(0, 2, 1)
    diagonal = np.arange(p.shape[1])
    metric[:, diagonal, diagonal] += felt / case.mu_w
    hessian[:, diagonal, diagonal] -= bent
    return Response(_profit(case, c), gradient, hessian, metric, c.inside, c.tier, pull)


def _products(x: Array, y: Array) -> Array:
    """Sums over users of x_k y_l, (B, K, K): a matrix product, which is slow where K is small."""
    return np.einsum("bkn,bln->bkl", x, y) if x.shape[1] <= 4 else x @ y.transpose(0, 2, 1)


def _price_term(case: Situation, prices: Array) -> Array:
    """Utility of the price, (B, K, n): <= 0, or -inf if the price is beyond the income."""
    p = prices[:, :, None]
    if case.income is None:
        return -case.slope * p
    with np.errstate(divide="ignore"):
        return np.asarray(case.slope * np.log(np.maximum(1.0 - p / case.income, 0.0)))


def _slope(case: Situation, prices: Array) -> Array:
    if case.income is None:
        return case.slope
    room = case.income - prices[:, :, None]
    return np.where(room > 0.0, case.slope / np.where(room > 0.0, room, 1.0), 0.0)


def _choose(case: Situation, prices: Array) -> _Choice:
    inclusive, tier = inclusive_value(case, prices)
    with np.errstate(over="ignore"):
        odds = case.rivals - np.maximum(inclusive, LOWEST) / case.mu  # rivals against the lab, in logs
    odds = np.exp(np.clip(odds, -745.0, 700.0, out=odds), out=odds)
    inside = 1.0 / (1.0 + odds)
    margin = prices[:, :, None] - case.cost
    return _Choice(tier, inside, odds * inside, margin, (tier * margin).sum(axis=1))


def _profit(case: Situation, c: _Choice) -> Array:
    return np.asarray((c.inside * c.mean_margin) @ case.weight)


def best_response(
    value: ArrayLike,
    cost: ArrayLike,
    rivals: ArrayLike,
    *,
    weight: ArrayLike,
    price_coefficient: ArrayLike,
    taste_scale: float,
    within_lab_scale: float,
    mask: ArrayLike | None = None,
    advert: float = 0.0,
    income: ArrayLike | None = None,
    income_effect: IncomeEffect = "linear",
    floor: float = 0.0,
    start_prices: ArrayLike | None = None,
    iterations: int = 50,
    tolerance: float = 1e-9,
) -> BestResponse:
    """Own prices (B, K) >= floor that maximise profit against rivals who stand still.

    Arguments as in `situation`.  start_prices (B, K) is last period's menu; without it the search
    starts at cost plus one unit of taste in money.  tolerance is relative to that unit.  The result
    is a local maximum that the start leads to; several starts are several cases.  Tiers that do not
    exist, or that nobody would buy, keep their start price.  ValueError if a user who minds prices
    linearly has no alternative at all: the best price is then infinite (lesson 2).
    """
    case = situation(
        value,
        cost,
        rivals,
        weight=weight,
        price_coefficient=price_coefficient,
        taste_scale=taste_scale,
        within_lab_scale=within_lab_scale,
        mask=mask,
        advert=advert,
        income=income,
        income_effect=income_effect,
    )
    if case.income is None and bool(((case.rivals == -np.inf) & (case.weight > 0.0)).any()):
        raise ValueError("rivals is -inf for some users: without rivals and outside option no price is best")
    start = cost_plus(case) if start_prices is None else np.asarray(start_prices, dtype=np.float64)
    return climb(case, np.maximum(start, floor), floor, iterations, tolerance)


def taste_in_money(
    taste_scale: float, weight: Array, price_coefficient: Array, income: Array | None = None
) -> float:
    """One taste scale in the money of the average user: the natural unit of a markup.

    weight, price_coefficient, income (n,); income only with the log income effect.
    """
    per_money = price_coefficient if income is None else price_coefficient / income
    return taste_scale * float(weight.sum()) / float(weight @ per_money)


def money_unit(case: Situation) -> float:
    """`taste_in_money` of a case."""
    return taste_in_money(case.mu, case.weight, case.slope, case.income)


def cost_plus(case: Situation) -> Array:
    """A start that is never far: average cost plus one unit of taste in money, (B, K)."""
    return np.asarray(case.cost.mean(axis=2) + money_unit(case))


def climb(case: Situation, prices: Array, floor: float, iterations: int, tolerance: float) -> BestResponse:
    """Safeguarded projected Newton from `prices`, each case on its own until it has converged."""
    income = np.zeros(0) if case.income is None else case.income
    value, cost, rivals, weight, slope, income, start = plain(
        case.value, case.cost, case.rivals, case.weight, case.slope, income, prices
    )
    users = (weight, slope, income, case.mu, case.mu_w)
    found = climb_cases(value, cost, rivals, *users, start, floor, iterations, tolerance, money_unit(case))
    return BestResponse(*found)


def ascent(r: Response, prices: Array, floor: float) -> tuple[Array, NDArray[np.bool_]]:
    """Direction uphill, (B, K), and whether profit is concave in the free prices, (B,)."""
    step, concave = np.empty_like(prices), np.empty(len(prices), dtype=bool)
    for b in range(len(prices)):
        concave[b] = direction(r.gradient[b], r.hessian[b], r.metric[b], prices[b], floor, step[b])
    return step, concave
