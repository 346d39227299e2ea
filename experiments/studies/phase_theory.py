"""How many labs theory allows: covered logit market, quality bought by fixed compute, free entry.

Users' utility of lab j is Λ μ ln C_j - p_j plus a Gumbel taste of scale μ; everybody buys; a lab pays
its compute C_j and an overhead F0 a period, whatever it sells (design: Theorem 1 and case P10; Anderson,
de Palma and Thisse 1992; Sutton 1991). Pure functions. All of them see the market through
`fixed_cost` = F0 / (μ N), the overhead per user in units of the taste scale.
"""

from __future__ import annotations

import math

from scipy.optimize import brentq

TINY = 1e-300
MOST = 10_000_000


def profit_alike(count: float, elasticity: float, fixed_cost: float) -> float:
    """Profit of one lab per user, in units of μ, when `count` labs are alike and at rest.

    Gross profit 1 / (n - 1) at the mark-up n / (n - 1), less training Λ / n, less the overhead.
    """
    _check(elasticity, fixed_cost)
    if not count > 1:
        raise ValueError(f"count {count}: must be greater than 1; one seller to all has no price")
    return 1.0 / (count - 1.0) - elasticity / count - fixed_cost


def most_real(elasticity: float, fixed_cost: float) -> float:
    """The real n at which labs that are alike earn nothing: the positive root of a quadratic.

    f n² - (f + 1 - Λ) n - Λ = 0. Its limits for a large market (f to 0): (1 - Λ) / f where Λ < 1,
    sqrt(1 / f) at Λ = 1, Λ / (Λ - 1) where Λ > 1.
    """
    _check(elasticity, fixed_cost)
    half = fixed_cost + 1.0 - elasticity
    root = math.sqrt(half * half + 4.0 * fixed_cost * elasticity)
    # Of the two ways to write the root the one that does not subtract near equals.
    return (half + root) / (2.0 * fixed_cost) if half > 0 else 2.0 * elasticity / (root - half)


def most(elasticity: float, fixed_cost: float) -> int:
    """The most labs that can live: the largest n whose profit is not negative; 1 where two cannot."""
    count = max(1, math.floor(most_real(elasticity, fixed_cost)) + 1)
    while count > 1 and profit_alike(count, elasticity, fixed_cost) < 0:
        count -= 1
    return count


def entrant_share(count: int, elasticity: float) -> float:
    """Share of users that an entrant would take at its best size and price; 0 where no size is best.

    `count` incumbents keep their training Λ μ N / n and their price, μ n / (n - 1) above cost. The
    entrant's price is best where its mark-up is μ / (1 - s), its training where C = Λ μ N s; put into
    s / (1 - s) = (n s)^Λ exp(n / (n - 1) - 1 / (1 - s)) / n these leave one equation in s. It rises
    where Λ (1 - s)² < 1, so that for Λ > 1 the best share, if there is one, lies above 1 - 1 / sqrt(Λ).
    """
    _check(elasticity, 1.0)
    if count < 2:
        raise ValueError(f"count {count}: must be at least 2; one seller to all has no price")

    def gap(share: float) -> float:
        odds = share / (1.0 - share)
        ours = math.log(odds) + odds + 1.0
        return ours - elasticity * math.log(count * share) - count / (count - 1.0) + math.log(count)

    low = max(TINY, 1.0 - 1.0 / math.sqrt(elasticity)) if elasticity > 0 else TINY
    if gap(low) >= 0:
        return 0.0
    return float(brentq(gap, low, 1.0 - 1e-12, xtol=1e-15, rtol=1e-13))


def entrant_profit(count: int, elasticity: float, fixed_cost: float) -> float:
    """Most that an entrant can earn per user, in units of μ, against `count` labs that stand still."""
    _check(elasticity, fixed_cost)
    share = entrant_share(count, elasticity)
    return share / (1.0 - share) - elasticity * share - fixed_cost


def blocked(elasticity: float, fixed_cost: float) -> int:
    """Labs at which entry stops, from two upwards, when entrants expect rivals to stand still."""
    count = 2
    while entrant_profit(count, elasticity, fixed_cost) > 0:
        count += 1
        if count > MOST:  # cannot happen while the overhead is positive and sane
            raise ValueError(f"fixed_cost {fixed_cost}: so small that more than {MOST} labs enter")
    return count


def interval(elasticity: float, fixed_cost: float) -> tuple[int, int]:
    """Blocked entry and the most labs that can live: Sutton's bounds on the number of labs."""
    low, high = blocked(elasticity, fixed_cost), most(elasticity, fixed_cost)
    return min(low, high), high


def frontier(elasticity: float, fixed_cost: float) -> float:
    """The line for a large market: (1 - Λ) / f below Λ = 1, Λ / (Λ - 1) above, infinite at 1."""
    _check(elasticity, fixed_cost)
    if elasticity < 1.0:
        return (1.0 - elasticity) / fixed_cost
    return elasticity / (elasticity - 1.0) if elasticity > 1.0 else math.inf


def _check(elasticity: float, fixed_cost: float) -> None:
    if not 0 <= elasticity < math.inf:
        raise ValueError(f"elasticity {elasticity}: must be a number >= 0")
    if not 0 < fixed_cost < math.inf:
        raise ValueError(f"fixed_cost {fixed_cost}: must be a number > 0")
