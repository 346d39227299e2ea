"""The market for compute: long-run cost, regional clearing, uniform price, training blocks.

All quantities may be in any unit of compute and money: nothing here has a scale of its own.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linprog
from scipy.sparse import eye_array, kron

from model.mechanisms.finance import annuity

Floats = NDArray[np.float64]
HOURS_PER_YEAR = 8760.0


class Clearing(NamedTuple):
    """flow (n_regions, n_sites), demand_price (n_regions,), site_rent (n_sites,)."""

    flow: Floats
    demand_price: Floats
    site_rent: Floats


class MarketPrice(NamedTuple):
    """Uniform price, what other users buy at it, share of the fixed demand that is served."""

    price: float
    other_demand: float
    served: float


class Placement(NamedTuple):
    """allocation (n_runs, n_sites) FLOP; efficiency (n_runs,), 0 if unplaced; placed (n_runs,)."""

    allocation: Floats
    efficiency: Floats
    placed: NDArray[np.bool_]


def rental_price(
    chip_usd: ArrayLike,
    kw: ArrayLike,
    usd_per_kwh: ArrayLike,
    life_years: ArrayLike,
    interest: ArrayLike,
    utilisation: ArrayLike,
) -> Floats:
    """Long-run cost of one sold chip-hour, USD: annuity of the chip plus power for all hours [P18].

    [chip i/(1-(1+i)^-L) + 8760 kW p] / (8760 u); utilisation u is the share of hours sold.
    """
    power = HOURS_PER_YEAR * np.asarray(kw, np.float64) * np.asarray(usd_per_kwh, np.float64)
    capital = np.asarray(chip_usd, np.float64) / annuity(interest, life_years)
    return (capital + power) / (HOURS_PER_YEAR * np.asarray(utilisation, np.float64))


def clear(capacity: ArrayLike, cost: ArrayLike, demand: ArrayLike, transport: ArrayLike) -> Clearing:
    """Serve every region at least cost; prices are the duals of the linear programme [P18; HiGHS].

    capacity, cost (n_sites,): compute and running cost per unit; demand (n_regions,) inelastic;
    transport (n_regions, n_sites) per unit, inf = not allowed. demand_price = what one more unit
    costs a region, site_rent = what one more unit of capacity saves. ValueError if it cannot be
    served.
    """
    room, unit = np.asarray(capacity, np.float64), np.asarray(cost, np.float64)
    wanted, freight = np.asarray(demand, np.float64), np.asarray(transport, np.float64)
    excess = float(wanted.sum() - room.sum())
    if excess > 1e-9 * float(room.sum()):
        raise ValueError(f"demand exceeds capacity by {excess:g} ({wanted.sum():g} > {room.sum():g})")
    regions, sites = wanted.size, room.size
    delivered = unit + freight
    allowed = np.isfinite(delivered)
    # HiGHS stops at absolute tolerances: bring compute and money to order one first
    volume = max(float(room.max(initial=0.0)), float(wanted.max(initial=0.0))) or 1.0
    money = float(np.abs(delivered[allowed]).max(initial=0.0)) or 1.0
    programme = linprog(
        np.where(allowed, delivered, 0.0).ravel() / money,
        A_ub=kron(np.ones((1, regions)), eye_array(sites)).tocsr(),
        b_ub=room / volume,
        A_eq=kron(eye_array(regions), np.ones((1, sites))).tocsr(),
        b_eq=wanted / volume,
        bounds=[(0.0, None if ok else 0.0) for ok in allowed.ravel()],
        method="highs",
    )
    if programme.status != 0:
        raise ValueError(f"demand cannot be served with this transport: {programme.message}")
    flow = np.maximum(programme.x, 0.0).reshape(regions, sites) * volume
    price = np.asarray(programme.eqlin.marginals, np.float64) * money
    rent = np.maximum(-np.asarray(programme.ineqlin.marginals, np.float64), 0.0) * money
    return Clearing(flow, price, rent)


def market_price(
    capacity: ArrayLike,
    running_cost: ArrayLike,
    fixed_demand: float,
    other_demand_at_reference: float,
    reference_price: float,
    elasticity: float,
    *,
    other_floor: float = 0.02,
) -> MarketPrice:
    """The uniform price at which merit-order supply meets labs' fixed plus all others' demand.

    Sites (capacity, running_cost, both (n_sites,)) offer all they have above their running cost,
    the marginal one part of it. Others buy D_0 max((p/p_0)^-eps, floor): eps = elasticity > 0, and
    a share `other_floor` of D_0 is bought at any price. If labs and that floor alone exceed
    capacity, the price stays where others reach their floor (or at the dearest site's cost, if
    higher) and labs get the share `served` < 1 of what they asked. Solved step by step, exactly: no
    search, no noise. A floor that is itself above capacity leaves labs nothing and is cut to fit.
    ValueError for negative amounts or a nonpositive reference price, elasticity or floor.
    """
    room, unit = np.asarray(capacity, np.float64), np.asarray(running_cost, np.float64)
    fixed, other = float(fixed_demand), float(other_demand_at_reference)
    if min(room.min(initial=0.0), unit.min(initial=0.0), fixed, other) < 0.0:
        raise ValueError("capacity, running_cost and both demands must not be negative")
    if min(reference_price, elasticity, other_floor) <= 0.0 or other_floor > 1.0:
        raise ValueError("reference_price, elasticity and other_floor (<= 1) must be positive")

    def others(price: float) -> float:
        if other == 0.0 or price == 0.0:
            return 0.0 if other == 0.0 else np.inf
        # in logs and capped: a nearly free site must not overflow
        log_relative = -elasticity * (np.log(price) - np.log(reference_price))
        return other * max(float(np.exp(min(log_relative, 690.0))), other_floor)

    def price_for(left: float) -> float:  # the price at which others buy exactly what is left
        return float(reference_price * (left / other) ** (-1.0 / elasticity))

    open_sites = np.flatnonzero(room > 0.0)
    order = open_sites[np.argsort(unit[open_sites], kind="stable")]
    offered = 0.0  # by all sites cheaper than the one looked at
    for cost, extra in zip(unit[order].tolist(), room[order].tolist(), strict=True):
        wanted = fixed + others(cost)
        if wanted < offered:  # this site is too dear: the cheaper ones are full and share a rent
            return MarketPrice(price_for(offered - fixed), offered - fixed, 1.0)
        offered += extra
        if wanted <= offered:
            return MarketPrice(cost, wanted - fixed, 1.0)
    floor = other_floor * other
    if offered - fixed > floor:
        return MarketPrice(price_for(offered - fixed), offered - fixed, 1.0)
    ceiling = reference_price * other_floor ** (-1.0 / elasticity)
    dearest = float(unit[order].max(initial=0.0))
    kept = min(floor, offered)
    served = (offered - kept) / fixed if fixed > 0.0 else 1.0
    return MarketPrice(max(ceiling, dearest), kept, min(served, 1.0))


def merit_order(capacity: ArrayLike, running_cost: ArrayLike, sold: float) -> Floats:
    """Who produces `sold` units, cheapest sites first, (n_sites,); never more than capacity."""
    room = np.asarray(capacity, np.float64)
    order = np.argsort(np.asarray(running_cost, np.float64), kind="stable")
    before = np.cumsum(room[order]) - room[order]
    produced = np.zeros_like(room)
    produced[order] = np.clip(sold - before, 0.0, room[order])
    return produced


def place_blocks(
    needs: ArrayLike,
    room: ArrayLike,
    allowed: ArrayLike,
    split_efficiency: float,
    max_split: int,
) -> Placement:
    """Put co-located training runs on sites, largest run first, ties by index [model 2, 5].

    needs (n_runs,) FLOP this step, room (n_sites,) FLOP free in one block, allowed (n_runs,
    n_sites). A run takes the smallest site that holds it; failing that, the fewest s <= max_split
    sites whose room holds needs/psi^(s-1) (psi = split_efficiency: far-apart chips waste time),
    largest first and the rest on the smallest site that holds it. What does not fit is not placed.
    """
    wanted, free = np.asarray(needs, np.float64), np.array(room, dtype=np.float64)
    may = np.asarray(allowed, dtype=bool)
    allocation, efficiency = np.zeros((wanted.size, free.size)), np.zeros(wanted.size)
    for run in np.argsort(-wanted, kind="stable"):
        sites = np.flatnonzero(may[run] & (free > 0.0))
        sites = sites[np.argsort(-free[sites], kind="stable")]
        for split in range(1, min(max_split, sites.size) + 1):
            kept = float(split_efficiency) ** (split - 1)
            full, rest = sites[: split - 1], sites[split - 1 :]
            left = wanted[run] / kept - free[full].sum()
            if left > free[rest[0]]:
                continue
            last = rest[free[rest] >= left]
            snug = last[np.lexsort((last, free[last]))[0]]
            allocation[run, full], allocation[run, snug] = free[full], left
            free[full], free[snug] = 0.0, free[snug] - left
            efficiency[run] = kept
            break
    return Placement(allocation, efficiency, (efficiency > 0.0) | (wanted <= 0.0))


def largest_split(rooms: ArrayLike, split_efficiency: float, max_split: int) -> float:
    """The largest run that blocks of these sizes can take, max_s psi^(s-1) x (sum of the s largest).

    rooms (n,): FLOP free in one block each; s <= max_split. 0 without a block.
    """
    free = np.sort(np.asarray(rooms, np.float64))[::-1][: max(1, max_split)]
    if free.size == 0:
        return 0.0
    return float(np.max(np.cumsum(free) * float(split_efficiency) ** np.arange(free.size)))


def serving_factor(volume: ArrayLike, reference: float, elasticity: float, floor: float) -> Floats:
    """FLOP per task against those at the reference volume: (V/V_0)^-e, within [floor, 1/floor].

    Larger batches keep chips busier: the same tasks take less hardware. volume (n,) >= 0 and reference in
    one unit; elasticity e >= 0, 0 = one everywhere; floor in (0, 1]. No volume counts as the dearest.
    """
    wanted, bound = _log_serving(volume, reference, elasticity, floor)
    return np.asarray(np.exp(np.clip(wanted, -bound, bound)))


def serving_elasticity(volume: ArrayLike, reference: float, elasticity: float, floor: float) -> Floats:
    """d ln(unit cost) / d ln(volume): -e, and 0 where the factor is at one of its bounds."""
    wanted, bound = _log_serving(volume, reference, elasticity, floor)
    return np.where((elasticity > 0.0) & (np.abs(wanted) < bound), -elasticity, 0.0)


def _log_serving(
    volume: ArrayLike, reference: float, elasticity: float, floor: float
) -> tuple[Floats, float]:
    """ln of the factor without its bounds, and the bound of its size."""
    size = np.asarray(volume, np.float64)
    if elasticity == 0.0 or reference <= 0.0:
        return np.zeros_like(size), 0.0
    with np.errstate(divide="ignore"):
        return -elasticity * np.log(size / reference), -float(np.log(floor))
