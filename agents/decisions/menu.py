"""Menus: the depth of tiers, new and dropped tiers, and the menu for a new model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from agents.decisions.outlook import SEARCH, Ask, Outlook, Talk, first_best
from agents.decisions.releasing import weigh_release
from model.catalogue import Decision, FoundationModel, Spec, Tier
from model.knowhow import CHANNELS

if TYPE_CHECKING:
    from agents.lab import Lab

PROBE = 0.01  # log points of depth by which a gradient is felt
LARGEST_MOVE = 0.5  # log points of depth per review
DEEPEST = 1e7  # times the least depth: a guard, not a limit that anybody meets


def decide_depth(lab: Lab, outlook: Outlook) -> Talk:
    """ln depth += damping x (d profit / d ln depth) / revenue, tier by tier, free of money units."""
    floor = outlook.knowhow.technology.minimum_depth
    damping, most = outlook.scenario.labs.depth_damping * outlook.reviews, LARGEST_MOVE * outlook.reviews
    made = []
    for channel, tiers in lab.menus.items():
        if not tiers or channel not in outlook.polls:
            continue
        specs = [Spec.of(t) for t in tiers]
        menus = [list(specs)]
        for k, spec in enumerate(specs):
            for sign in (PROBE, -PROBE):
                probe = spec._replace(depth=max(floor, spec.depth * float(np.exp(sign))))
                menus.append([*specs[:k], probe, *specs[k + 1 :]])
        profit = (yield Ask(channel, menus, iterations=0)).profit
        for k, tier in enumerate(tiers):
            up, down = profit[1 + 2 * k], profit[2 + 2 * k]
            low = max(floor, tier.depth * float(np.exp(-PROBE)))
            width = PROBE + float(np.log(tier.depth / low))
            revenue = lab.tier_revenue.get(tier.id, 0.0) or abs(float(profit[0])) / len(tiers)
            if revenue <= 0 or width <= 0:
                continue
            move = damping * float(up - down) / width / revenue
            depth = tier.depth * float(np.exp(np.clip(move, -most, most)))
            depth = min(max(depth, floor), DEEPEST * floor)
            name = f"{CHANNELS[channel]} tier {tier.id}"
            made += [
                Decision(lab.number, "depth", f"{name} deeper than {tier.depth:.4g}", float(up), move > 0),
                Decision(lab.number, "depth", f"{name} shallower", float(down), move < 0),
            ]
            tier.depth = depth
    return made


def decide_tiers(lab: Lab, outlook: Outlook) -> Talk:
    """One new tier or one deletion per channel and review, if it pays for its keep."""
    rules = outlook.scenario.labs
    keep_usd = _keep_usd(outlook)
    made: list[Decision] = []
    if not outlook.review_due:
        return made
    for channel, tiers in lab.menus.items():
        if channel not in outlook.polls or not (tiers or lab.models):
            continue
        specs = [Spec.of(t) for t in tiers]
        menus, names, kept = [specs], ["keep the menu"], [len(specs)]
        proposal = _proposal(lab, channel, outlook)
        if proposal is not None and len(tiers) < rules.max_tiers:
            model, depth = proposal
            menus.append([*specs, _spec(lab, channel, model, depth, outlook)])
            names.append(f"add {model.name} at depth {depth:.3g}")
            kept.append(len(specs) + 1)
        first_drop = len(menus)
        if len(tiers) > 1:
            for k, tier in enumerate(tiers):
                menus.append([*specs[:k], *specs[k + 1 :]])
                names.append(f"drop {tier.model.name} at depth {tier.depth:.3g}")
                kept.append(len(specs) - 1)
        if len(menus) == 1:
            continue
        found = yield Ask(channel, menus, iterations=SEARCH, screening=True)
        worth = found.profit - keep_usd * np.array(kept)
        choice = first_best(worth)
        if choice >= first_drop:
            lab.drop_tier(tiers[choice - first_drop])
        elif choice == 1 and first_drop == 2 and proposal is not None:
            lab.add_tier(channel, proposal[0], proposal[1], float(found.prices[choice, len(specs)]), outlook)
        made += [
            Decision(lab.number, "tier", f"{CHANNELS[channel]}: {n}", float(w), i == choice)
            for i, (n, w) in enumerate(zip(names, worth, strict=True))
        ]
    return made


def _keep_usd(outlook: Outlook) -> float:
    """Cost of keeping a tier on sale for a step, USD; a menu that is fixed costs nothing."""
    rules = outlook.scenario.labs
    return rules.tier_cost_usd_year * outlook.dt if rules.adapt.menu else 0.0


def decide_release(lab: Lab, outlook: Outlook) -> Talk:
    """The menu for a model that is ready: it replaces all tiers, or the cheapest stays on the old model."""
    model, made = yield from weigh_release(lab, outlook, lab.finish_run(outlook))
    if model is None:
        return made
    for channel in outlook.polls:
        tiers = lab.menus.setdefault(channel, [])
        if not tiers:
            depth = max(lab.first_depth, outlook.knowhow.technology.minimum_depth)
            spec = _spec(lab, channel, model, depth, outlook)
            found = yield Ask(channel, [[spec]], iterations=100)
            lab.add_tier(channel, model, depth, float(found.prices[0, 0]), outlook)
            continue
        menus = [_moved(tiers, model, ())]
        names = ["all tiers on it"]
        cheap = min(tiers, key=lambda t: (t.price_usd, t.id))
        if len(tiers) > 1:
            menus.append(_moved(tiers, model, (cheap,)))
            names.append(f"cheapest tier stays on {cheap.model.name}")
        if len(tiers) < outlook.scenario.labs.max_tiers:
            extra = Spec.of(cheap).on(model)
            menus.append([*_moved(tiers, model, (cheap,)), extra])
            names.append(f"a tier more; {cheap.model.name} stays as the cheapest")
        names.append("no tier on it")
        menus.append([Spec.of(t) for t in tiers])
        worth = (yield Ask(channel, menus, iterations=SEARCH, screening=True)).profit
        worth = worth - _keep_usd(outlook) * np.array([len(m) for m in menus])
        choice = first_best(worth)
        stays = () if choice == 0 else (cheap,)
        if choice < len(menus) - 1:
            for tier in tiers:
                if tier not in stays:
                    tier.model = model
            if len(menus[choice]) > len(tiers):
                lab.add_tier(channel, model, cheap.depth, cheap.price_usd, outlook)
        made += [
            Decision(lab.number, "release", f"{CHANNELS[channel]}: {n}", float(w), i == choice)
            for i, (n, w) in enumerate(zip(names, worth, strict=True))
        ]
    return made


def _moved(tiers: Sequence[Tier], model: FoundationModel, stays: tuple[Tier, ...]) -> list[Spec]:
    """The menu with all tiers but some on a new model."""
    return [Spec.of(t) if t in stays else Spec.of(t).on(model) for t in tiers]


def _spec(lab: Lab, channel: int, model: FoundationModel, depth: float, outlook: Outlook) -> Spec:
    """A tier that does not exist yet, at a first guess of its price: cost plus a unit of taste."""
    poll = outlook.polls[channel]
    money = (
        poll.users.taste_scale
        * poll.weight.sum()
        / float(
            poll.weight
            @ (
                poll.sample.price_coefficient
                if poll.sample.income is None
                else poll.sample.price_coefficient / poll.sample.income
            )
        )
    )
    near = [t for t in lab.menus.get(channel, []) if t.cost_usd is None]
    guess = near[0].price_usd * max(1.0, depth / near[0].depth) ** 0.5 if near else money
    return Spec(model.base_oom, depth, model.parameters, max(guess, 1e-300)).on(model)


def _proposal(lab: Lab, channel: int, outlook: Outlook) -> tuple[FoundationModel, float] | None:
    """A random idea: a depth within an order of magnitude of the menu's ends, on one of the models."""
    released = [m for m in lab.models if not m.internal_only]
    if not released:
        return None
    draw = lab.streams.generator(f"lab.{lab.number}.idea.{channel}", outlook.review).random(2)
    floor = outlook.knowhow.technology.minimum_depth
    on_sale = [t.depth for t in lab.menus.get(channel, [])] or [floor]
    low = np.log10(min(on_sale)) - 1.0
    high = np.log10(max(on_sale)) + 1.0
    depth = float(10.0 ** (low + draw[0] * (high - low)))
    depth = min(max(depth, floor), DEEPEST * floor)
    recent = released[-3:]
    return recent[int(draw[1] * len(recent))], depth
