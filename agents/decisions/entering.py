"""Entry: a potential entrant looks for the size, depth and price at which it would earn its keep."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from agents.decisions.adapt_distilling import gain_oom, round_cost_flop, usable
from agents.decisions.building import open_base, tuning
from agents.decisions.complying import reporting_plan
from agents.decisions.entering_alike import Point, flow_cost, settle_alike
from agents.decisions.outlook import SEARCH, Ask, Outlook, appraise, unit_cost
from model.catalogue import Decision, FoundationModel, Spec
from model.mechanisms.pricing import equilibrium_prices

if TYPE_CHECKING:
    from agents.lab import Lab

ENTRY_DEPTHS = (1.0, 10.0, 100.0)  # times the least depth
GRID_OOM = 0.25  # between the run sizes that an entrant compares
GRID_POINTS = 8  # number of these sizes, from the largest down
AMPLIFIER_DEPTHS = (1.0, 1e2, 1e3, 1e4)  # smooth distillation alone
REFINEMENTS = (0.3, 0.1, 0.03, 0.01, 0.01)  # log points: widths of a search around the grid's best


class Plan(NamedTuple):
    """What an entrant would do."""

    training_flop: float
    depth: float
    price_usd: dict[int, float]
    worth_usd: float
    distilled_oom: float = 0.0
    base: FoundationModel | None = None  # the open model that it builds on; None = from scratch
    reports_to: frozenset[str] = frozenset()  # authorities to which it would report the run


def decide_entry(lab: Lab, top_flop: float, outlook: Outlook) -> tuple[Plan | None, list[Decision]]:
    """The best plan of a potential entrant, and all that it compared; None = it stays away.

    lab: the entrant itself, with its cash, appeal and algorithms, not yet in the industry.
    top_flop: the largest run that it can pay for; it looks at that and smaller ones.
    """
    rules, tech = outlook.scenario.labs, outlook.knowhow.technology
    smooth = rules.training_mode == "continuous"
    distils = smooth and rules.adapt.distillation and usable(tech.distillation)
    sizes = [top_flop * 10.0 ** (-GRID_OOM * k) for k in range(GRID_POINTS)]
    floor = tech.minimum_depth
    depths = [floor * d for d in ENTRY_DEPTHS]
    amplifiers = AMPLIFIER_DEPTHS if distils else (1.0,)
    points = [Point(f, d, a) for f in sizes for d in depths for a in amplifiers if f > 0]
    told: dict[Point, frozenset[str]] = {}
    if not points:
        return None, []
    free = np.array([rules.adapt.training, rules.adapt.depth, distils])
    if smooth and rules.entry_rule == "symmetric":
        start = Point(top_flop / 10.0, depths[0], amplifiers[-1] ** 0.5)
        alike = settle_alike(lab, start, free, floor, outlook, distils)
        gain = alike.profit - flow_cost(alike.point, lab, outlook, distils) - _keep(outlook)
        points, worth = [alike.point], np.array([outlook.annuity * gain - rules.entry_cost_usd])
        prices = {c: np.array([p]) for c, p in alike.prices.items()}
    else:
        worth, prices = _worth(lab, points, outlook, distils, told)
    if smooth and rules.entry_rule == "myopic":
        # A grid would move the number of labs by one or two near the edge: look between its points.
        near = points[int(np.argmax(worth))]
        for width in REFINEMENTS:
            around, axes = _around(near, width, free, floor)
            values, priced = _worth(lab, around, outlook, distils, told)
            points, worth = [*points, *around], np.append(worth, values)
            prices = {c: np.append(p, priced[c]) for c, p in prices.items()}
            near = _peak(near, values, axes, width, floor)
    names = [f"train {p.training_flop:.3g} FLOP, depth {p.depth:.3g}" for p in points]
    base = open_base(lab, outlook)
    if base is not None:
        flop, _, steps = tuning(base, lab, outlook)
        if flop <= min(top_flop, lab.largest_run(outlook) * steps):
            borrowed = [Point(flop, d) for d in depths]
            values, priced = _worth(lab, borrowed, outlook, distils, told, base)
            points, worth = [*points, *borrowed], np.append(worth, values)
            prices = {c: np.append(p, priced[c]) for c, p in prices.items()}
            names += [f"build on the open {base.name}, depth {d:.3g}" for d in depths]
    best = int(np.argmax(worth))
    enters = bool(worth[best] > 0)
    made = [Decision(lab.number, "enter", "stay away", 0.0, not enters)]
    made += [
        Decision(lab.number, "enter", name, float(w), enters and i == best)
        for i, (name, w) in enumerate(zip(names, worth, strict=True))
    ]
    if not enters:
        return None, made
    flop, depth, amplifier = points[best]
    won = gain_oom(amplifier, tech.distillation) if distils else 0.0
    price = {c: float(p[best]) for c, p in prices.items()}
    borrows = names[best].startswith("build")
    reports = frozenset() if borrows else told.get(points[best], frozenset())
    return Plan(flop, depth, price, float(worth[best]), won, base if borrows else None, reports), made


def _moved(near: Point, logs: np.ndarray, floor: float) -> Point:
    """A point some log points away along each axis."""
    moved = [v * float(np.exp(x)) for v, x in zip(near, logs, strict=True)]
    return Point(moved[0], max(moved[1], floor), max(moved[2], 1.0))


def _around(near: Point, width: float, free: np.ndarray, floor: float) -> tuple[list[Point], list[int]]:
    """The point itself and its neighbours, up and down along each free axis; those axes."""
    axes = [int(a) for a in np.flatnonzero(free)]
    steps = [sign * width * np.eye(3)[axis] for axis in axes for sign in (1.0, -1.0)]
    return [near, *(_moved(near, step, floor) for step in steps)], axes


def _peak(near: Point, values: np.ndarray, axes: list[int], width: float, floor: float) -> Point:
    """Newton's step to the peak along each axis, at most two widths; uphill where there is no peak."""
    logs = np.zeros(3)
    for place, axis in enumerate(axes):
        up, down = float(values[1 + 2 * place]), float(values[2 + 2 * place])
        slope, bend = (up - down) / 2.0, 2.0 * float(values[0]) - up - down
        step = slope / bend if bend > 0.0 else 2.0 * np.sign(slope)
        logs[axis] = width * float(np.clip(step, -2.0, 2.0))
    return _moved(near, logs, floor)


def _worth(
    lab: Lab,
    points: list[Point],
    outlook: Outlook,
    distils: bool,
    told: dict[Point, frozenset[str]],
    base: FoundationModel | None = None,
) -> tuple[np.ndarray, dict[int, np.ndarray]]:
    """Present value of entering at each point, USD, and the prices behind it by channel.

    told: where the authorities are noted to which a run would be reported; base: the open model that is
    built on; a point's training is then its tuning.
    """
    rules, tech = outlook.scenario.labs, outlook.knowhow.technology
    won = [gain_oom(p.amplifier, tech.distillation) if distils else 0.0 for p in points]
    specs = [
        Spec(
            float(outlook.knowhow.base_capability(p.training_flop, lab.algorithms_oom, w)),
            p.depth,
            outlook.knowhow.parameters(p.training_flop),
            0.0,
            distilled_oom=w,
        )
        for p, w in zip(points, won, strict=True)
    ]
    if base is not None:
        specs = [Spec(base.base_oom, p.depth, base.parameters, 0.0).on(base) for p in points]
    # As incumbents do: the profit in the middle of the model's life, which starts when the run is done.
    lead = (
        0.0 if rules.training_mode == "continuous" else float(max(1, round(tech.training_years / outlook.dt)))
    )
    if base is not None:
        lead = float(tuning(base, lab, outlook)[2])
    ahead = lead + outlook.life_steps / 2 if lead else 0.0
    profit, prices = np.zeros(len(points)), {}
    for channel in outlook.polls:
        menus = [[s._replace(price_usd=_guess(s, outlook))] for s in specs]
        if rules.entry_rule == "symmetric":
            found, price = _symmetric(lab, channel, menus, outlook)
        else:
            ask = Ask(channel, menus, ahead, iterations=SEARCH, screening=True)
            answer = appraise([(lab, ask)], outlook)[0]
            found, price = answer.profit, answer.prices[:, 0]
        profit = profit + found
        prices[channel] = price
    share, life = tech.final_run_share, outlook.annuity
    run = np.array([p.training_flop for p in points]) * outlook.training_price(lab) / share
    if rules.training_mode == "continuous":
        run = run * rules.training_user_cost * outlook.dt * life
    if distils:
        rounds = [
            round_cost_flop(p.amplifier, s.parameters, p.training_flop, outlook)
            for p, s in zip(points, specs, strict=True)
        ]
        run = run + np.array(rounds) * outlook.training_price(lab) * life
    gain = profit - _keep(outlook)
    if lead and base is None:
        sales = gain + rules.overhead_usd_year * outlook.dt  # lost while a release waits: overhead is paid
        for k, point in enumerate(points):
            told[point], duty = reporting_plan(lab, point.training_flop, float(sales[k]), outlook)
            run[k] += duty
    waiting = lead * rules.overhead_usd_year * outlook.dt
    worth = outlook.discount**lead * (life * gain - outlook.release_fee * (lead > 0)) - waiting - run
    return worth - rules.entry_cost_usd, prices


def _keep(outlook: Outlook) -> float:
    """Running cost of a lab with one tier in each channel, USD per step."""
    rules = outlook.scenario.labs
    tiers = rules.tier_cost_usd_year * len(outlook.polls) if rules.adapt.menu else 0.0
    return (rules.overhead_usd_year + tiers) * outlook.dt


def _guess(spec: Spec, outlook: Outlook) -> float:
    """A first price: cost plus the money worth of one unit of taste to the mean respondent."""
    poll = next(iter(outlook.polls.values()))
    coefficient = poll.sample.price_coefficient
    if poll.sample.income is not None:
        coefficient = coefficient / poll.sample.income
    money = poll.users.taste_scale * float(poll.weight.sum() / (poll.weight @ coefficient))
    return unit_cost(spec, spec.depth, outlook.flop_price, outlook) + money


def _symmetric(
    lab: Lab, channel: int, menus: list[list[Spec]], outlook: Outlook
) -> tuple[np.ndarray, np.ndarray]:
    """Profit of the entrant when all labs, incumbents and it, offer the same and prices settle."""
    poll, know = outlook.polls[channel], outlook.knowhow
    count = outlook.labs_active + 1
    specs = [m[0] for m in menus]
    base, depth, distilled = np.array([(s.base_oom, s.depth, s.distilled_oom) for s in specs]).T
    found = know.profile(channel, base, depth, distilled_oom=distilled)
    gross = poll.sample.mix @ found.value.T + lab.appeal
    outside = poll.users.outside_utility
    profit, price = np.zeros(len(specs)), np.zeros(len(specs))
    solved: dict[tuple[bytes, float], tuple[float, float]] = {}  # many options are alike to users
    for k, spec in enumerate(specs):
        cost = unit_cost(spec, float(found.mean_depth[k]), lab.flop_price, outlook)
        key = gross[:, k].tobytes(), cost
        if key not in solved:
            with warnings.catch_warnings():
                # Where prices never settle the best that was found is still the entrant's best guess.
                warnings.simplefilter("ignore", RuntimeWarning)
                settled = equilibrium_prices(
                    np.repeat(gross[:, k : k + 1], count, axis=1),
                    np.full(count, cost),
                    np.arange(count),
                    weight=poll.weight,
                    price_coefficient=poll.sample.price_coefficient,
                    taste_scale=poll.users.taste_scale,
                    within_lab_scale=poll.common["within_lab_scale"],
                    outside_utility=None if outside == "none" else float(outside),
                    look_around=False,
                )
            solved[key] = float(settled.profits[0]), float(settled.prices[0])
        profit[k], price[k] = solved[key]
    return profit, price
