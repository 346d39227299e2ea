"""The market for compute: blocks for training, merit order, the price, who uses which site.

All amounts are training FLOP per step; a decoded FLOP counts as `inference_price_ratio` of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.data_centre import DataCentre
from agents.decisions.distilling import settle_round
from agents.decisions.siting import Terms
from model.build import MARKET_OWNERS
from model.mechanisms.compute import MarketPrice, clear, market_price, merit_order, place_blocks
from model.phases.accounts import Use
from model.phases.oversight import licensed_to, permit_factor, site_terms
from model.phases.siting import found_sites

if TYPE_CHECKING:
    from agents.lab import Lab
    from model.industry import Industry

Floats = NDArray[np.float64]
SLACK = 1.05  # room for regions to be served from nearby
SELF = -1  # the lab number of users who rent compute themselves


class Pace(NamedTuple):
    """Share of the compute they want that runs and rounds can pay for, by lab."""

    training: dict[int, float]
    rounds: dict[int, float]


def open_market(industry: Industry, use: Use) -> None:
    """At the start everybody else's demand is what the labs leave of capacity at the first price.

    Labs are counted with serving and with a run like their largest once a year.
    """
    scenario = industry.settings
    capacity = sum(s.capacity(scenario) for s in industry.sites)
    tech, dt = industry.knowhow.technology, scenario.horizon.step_years
    runs = sum(max(m.training_flop for m in lab.models) for lab in industry.active_labs)
    labs = runs / tech.final_run_share * dt + _serving(industry, use)
    industry.other_demand = max(capacity - labs, 0.05 * capacity)


def reserve_blocks(industry: Industry) -> None:
    """Runs in progress get a co-located block, several sites at a loss, or wait a step."""
    runs = [lab for lab in industry.active_labs if lab.run is not None and lab.run.flop_per_step > 0]
    for lab in runs:
        assert lab.run is not None
        lab.block_flop = lab.run.flop_per_step
        lab.training_flop_used = lab.run.flop_per_step / industry.knowhow.technology.final_run_share
    industry.placements = {}
    if not industry.sites or not runs:
        return
    scenario, tech = industry.settings, industry.knowhow.technology
    owner, room = [], []
    for place, site in enumerate(industry.sites):
        for block in site.blocks(scenario):
            owner.append(place)
            room.append(block)
    allowed = np.array(
        [
            [industry.sites[p].owner in lab.owners or industry.sites[p].owner in MARKET_OWNERS for p in owner]
            for lab in runs
        ]
    ).reshape(len(runs), len(owner))
    needs = np.array([lab.block_flop for lab in runs])
    found = place_blocks(needs, np.array(room), allowed, tech.split_efficiency, tech.split_sites)
    for i, lab in enumerate(runs):
        assert lab.run is not None
        if not found.placed[i]:
            lab.block_flop = lab.training_flop_used = 0.0
            industry.tell(
                "run waits",
                lab.name,
                f"no site can take the run of {lab.name}",
                flop_per_step=float(needs[i]),
            )
            continue
        per_site = np.bincount(np.array(owner), weights=found.allocation[i], minlength=len(industry.sites))
        industry.placements[lab.number] = per_site
        spread = per_site.sum()
        lab.training_flop_used += spread - needs[i]
        lab.block_flop = float(per_site.max())
        used = [industry.sites[p] for p in np.flatnonzero(per_site > 0)]
        lab.run.seen = lab.run.seen or any(site.seen for site in used)
        if industry.law.licence_mw < np.inf:
            lab.run.licensed_to = lab.run.licensed_to.union(*(licensed_to(industry, s) for s in used))


def clear_market(industry: Industry, use: Use) -> None:
    """Find the price, dispatch sites in merit order, write down who used what where."""
    scenario = industry.settings
    rules = scenario.compute
    industry.contracts, industry.placed_flop = [], {}
    if not industry.sites:
        if rules.price != "endogenous":
            industry.flop_price = float(rules.price) * 10.0 ** (-rules.price_decline_oom * industry.years)
        training = {
            lab.number: 1.0
            for lab in industry.active_labs
            if lab.run is not None and lab.training_flop_used > 0
        }
        _slow_down(industry, Pace(training, {}), industry.flop_price)
        _settle_rounds(industry, {})
        return
    sites = industry.sites
    capacity = np.array([s.capacity(scenario) for s in sites])
    running = np.array([s.running_cost(scenario) for s in sites])
    blocks = {n: np.minimum(p, capacity) for n, p in industry.placements.items()}
    market, pace = _settle_price(industry, use, capacity, running)
    _slow_down(industry, pace, market.price)
    blocks = {n: b * pace.training.get(n, 1.0) for n, b in blocks.items()}
    placed = np.minimum(np.sum(list(blocks.values()), axis=0) if blocks else np.zeros(len(sites)), capacity)
    industry.placed_flop = {n: float(b.sum()) for n, b in blocks.items()}
    flexible, serving = _flexible(industry, use, blocks)
    total = sum(v.sum() for v in flexible.values()) + placed.sum()
    room = np.maximum(capacity - placed, 0.0)
    served = 1.0
    if market.served < 1.0:  # blocks are reserved: what is short is short for everything else
        elsewhere = max(float(total - placed.sum()), 1e-300)
        left_over = min(market.served * total - placed.sum(), float(room.sum()) * (1.0 - 1e-9))
        served = float(np.clip(left_over / elsewhere, 0.0, 1.0))
    industry.flop_price, industry.served = market.price, served
    _settle_rounds(industry, {n: share * served for n, share in pace.rounds.items()})
    if served < 1.0:
        industry.tell(
            "compute rationed",
            "compute market",
            f"labs get {served:.0%} of the compute that they asked for beside their training blocks",
            served=served,
        )
    flow = _dispatch(industry, flexible, room, running, market.other_demand)
    left = np.maximum(capacity - placed - sum(f.sum(axis=0) for f in flow.values()), 0.0)
    sold_others = merit_order(left, running, min(market.other_demand, float(left.sum())))
    _write(industry, blocks, flow, serving, sold_others, market.price)
    bought = placed.sum() + (total - placed.sum()) * served
    sold = placed.sum() + sum(f.sum() for f in flow.values())
    industry.ledger.check(
        "compute bought by labs against compute sold by sites",
        float(bought),
        float(sold),
        1e-6,
    )
    industry.ledger.check(
        "compute sold against capacity",
        max(
            float((placed + sum(f.sum(axis=0) for f in flow.values()) + sold_others - capacity).max())
            / float(capacity.max()),
            0.0,
        )
        + 1.0,
        1.0,
        1e-9,
    )


def _settle_price(
    industry: Industry, use: Use, capacity: Floats, running: Floats
) -> tuple[MarketPrice, Pace]:
    """The price at which everybody's demand meets supply, and what runs and rounds get at that price.

    Serving is a duty; runs and rounds buy what their money pays for.
    """
    rules = industry.settings.compute
    others = industry.other_demand * 10.0 ** (rules.other_growth_oom * industry.years)
    labs = {lab.number: lab for lab in industry.active_labs}
    runs = {
        n: min(lab.run.budget_usd, lab.run.left_usd) / lab.training_flop_used
        for n, lab in labs.items()
        if lab.run is not None and lab.training_flop_used > 0
    }
    rounds = {n: lab.round.budget_usd / lab.round.flop for n, lab in labs.items() if lab.round is not None}
    duty = _serving(industry, use) + sum(
        (lab.distillation_flop if lab.number not in rounds else 0.0)
        + lab.internal_flop * industry.knowhow.technology.inference_price_ratio
        + (lab.training_flop_used if lab.number not in runs else 0.0)
        for lab in industry.active_labs
    )

    def at(price: float) -> tuple[MarketPrice, Pace]:
        def share(paid: dict[int, float]) -> dict[int, float]:
            return {n: min(1.0, most / price) if price > 0 else 1.0 for n, most in paid.items()}

        pace = Pace(share(runs), share(rounds))
        demand = duty + sum(labs[n].training_flop_used * p for n, p in pace.training.items())
        demand += sum(labs[n].distillation_flop * p for n, p in pace.rounds.items())
        return market_price(
            capacity, running, demand, others, rules.reference_price, rules.other_elasticity
        ), pace

    low, high = 0.0, at(0.0)[0].price  # all runs at full pace: the price cannot be higher
    if at(high)[0].price >= high * (1 - 1e-12):
        return at(high)
    for _ in range(60):  # the price that demand at a price makes falls in that price: one crossing
        middle = 0.5 * (low + high)
        low, high = (middle, high) if at(middle)[0].price > middle else (low, middle)
        if high - low <= 1e-9 * high:
            break
    return at(high)


def _slow_down(industry: Industry, pace: Pace, price: float) -> None:
    """Runs and rounds advance by what they could buy, and runs pay for it out of their money."""
    for lab in industry.active_labs:
        lab.distillation_flop *= pace.rounds.get(lab.number, 1.0)
        share = pace.training.get(lab.number)
        if share is None or lab.run is None:
            continue
        lab.run.done_flop += lab.run.flop_per_step * share
        lab.training_flop_used *= share
        lab.run.spent_usd += lab.training_flop_used * price
        lab.block_flop *= share


def _settle_rounds(industry: Industry, got: dict[int, float]) -> None:
    """What rounds bring, by the share of their compute that came."""
    rules = industry.knowhow.technology.distillation
    for lab in industry.active_labs:
        settle_round(lab, got.get(lab.number, 1.0), rules)


def build(industry: Industry) -> None:
    """Owners of sites order what the expected price pays for, there or at a new site; permits come."""
    terms = site_terms(industry)
    for site in industry.sites:
        own = terms[site.region]
        _pay_law(industry, site, own)
        site.order(industry.period, industry.years, industry.settings, own.kept)
    found_sites(industry)
    for site in industry.sites:
        luck = industry.streams.uniform(f"permit.{site.number}", industry.period, 1)[0]
        factor = permit_factor(industry, site)
        site.receive_permit(industry.period, industry.years, float(luck), industry.settings, factor)


def _pay_law(industry: Industry, site: DataCentre, terms: Terms) -> None:
    """The tax on what a site has sold in the step, and its licence."""
    sold = site.training_flop + site.inference_flop + site.other_flop
    licence = terms.licence_usd(site.power_mw) * industry.settings.horizon.step_years
    site.law_usd = (1.0 - terms.kept) * sold * site.rental_price + licence
    if site.law_usd > 0.0:
        industry.ledger.pay("owner market", "state", "law on sites", site.law_usd)


def _serving(industry: Industry, use: Use) -> float:
    """Compute for serving, by labs and by users themselves."""
    ratio = industry.knowhow.technology.inference_price_ratio
    return float((sum(use.inference_flop.values()) + use.hosted_flop) * ratio)


def _flexible(
    industry: Industry, use: Use, blocks: dict[int, Floats]
) -> tuple[dict[int, Floats], dict[int, float]]:
    """Compute that may run anywhere, by lab and region, and the part of it that serves users."""
    share = np.array([r.demand_share for r in industry.regions])
    share = share / share.sum()
    home = {r.name: i for i, r in enumerate(industry.regions)}
    ratio = industry.knowhow.technology.inference_price_ratio
    found: dict[int, Floats] = {}
    serving: dict[int, float] = {}
    for lab in industry.active_labs:
        inference = use.inference_flop.get(lab.number, 0.0) * ratio
        research = lab.internal_flop * ratio
        need = inference * share
        placed = float(blocks[lab.number].sum()) if lab.number in blocks else 0.0
        elsewhere = max(lab.training_flop_used - placed, 0.0) + lab.distillation_flop + research
        need[home.get(lab.region, 0)] += elsewhere
        found[lab.number] = need
        serving[lab.number] = min(1.0, (inference + research) / need.sum()) if need.sum() > 0 else 0.0
    found[SELF] = use.hosted_flop * ratio * share
    serving[SELF] = 1.0
    return found, serving


def _dispatch(
    industry: Industry,
    flexible: dict[int, Floats],
    capacity: Floats,
    running: Floats,
    other_demand: float,
) -> dict[int, Floats]:
    """Least-cost flows to regions, shared among labs in proportion; {lab: (regions, ...)} by site."""
    served = industry.served
    demand = np.sum(list(flexible.values()), axis=0) * served
    total = min(float(demand.sum()), float(capacity.sum()) * (1 - 1e-12))
    # At one price for all no buyer is picky: each site sells labs about the same share of its room.
    sold = total + other_demand
    if sold > 0:
        capacity = capacity * min(1.0, SLACK * total / min(sold, float(capacity.sum())))
    fitted = demand * total / demand.sum() if demand.sum() > 0 else demand
    away = industry.settings.compute.transport_share * industry.flop_price
    names = [r.name for r in industry.regions]
    transport = np.array([[0.0 if s.region == n else away for s in industry.sites] for n in names])
    flow = clear(capacity, running, fitted, transport).flow
    result = {}
    for lab, need in flexible.items():
        part = np.divide(need * served, demand, out=np.zeros_like(need), where=demand > 0)
        result[lab] = flow * part[:, None]
    industry.transport_usd = {lab: float((f * transport).sum()) for lab, f in result.items()}
    return result


def _write(
    industry: Industry,
    blocks: dict[int, Floats],
    flow: dict[int, Floats],
    serving: dict[int, float],
    others: Floats,
    price: float,
) -> None:
    """Contracts by lab and site, and what each site sold to whom."""
    training, inference = np.zeros(len(industry.sites)), np.zeros(len(industry.sites))
    for lab, by_region in flow.items():
        any_use = by_region.sum(axis=0)
        serve = any_use * serving[lab]
        train = any_use * (1.0 - serving[lab]) + blocks.get(lab, 0.0)
        training += train
        inference += serve
        if lab == SELF:
            continue
        for place in np.flatnonzero(train + serve > 0).tolist():
            industry.contracts.append(
                (lab, industry.sites[place].number, float(train[place]), float(serve[place]), price)
            )
    for place, site in enumerate(industry.sites):
        site.training_flop, site.inference_flop = float(training[place]), float(inference[place])
        site.other_flop, site.rental_price = float(others[place]), price


def lab_bill(industry: Industry, lab: Lab, use: Use) -> tuple[float, float]:
    """What a lab owes for training (research and distillation too) and for serving, USD."""
    ratio = industry.knowhow.technology.inference_price_ratio
    price = industry.flop_price * industry.served  # what is not delivered is not paid for
    serving = use.inference_flop.get(lab.number, 0.0) * ratio * price
    placed = industry.placed_flop.get(lab.number, 0.0)  # blocks are reserved: they come in any case
    elsewhere = lab.training_flop_used - placed + lab.distillation_flop
    training = placed * industry.flop_price + elsewhere * price
    return training, serving + industry.transport_usd.get(lab.number, 0.0)


def internal_bill(industry: Industry, lab: Lab) -> float:
    """What a lab owes for the research of its models, USD: decoded, and rationed as all else is."""
    ratio = industry.knowhow.technology.inference_price_ratio
    return lab.internal_flop * ratio * industry.flop_price * industry.served
