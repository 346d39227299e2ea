"""What a lab knows when it decides: public data of the last step, market research, its own accounts.

`appraise` is the one calculation behind all decisions: the expected profit per step of hypothetical
menus against rivals' present offers, at best-response prices.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.survey import Poll
from model.catalogue import Spec
from model.knowhow import Knowhow
from model.mechanisms.response import best_response, own_profit, situation
from model.scenario import Scenario
from model.sections.oversight import Rule

if TYPE_CHECKING:
    from agents.lab import Lab

Floats = NDArray[np.float64]


@dataclass(eq=False)
class Outlook:
    """Public knowledge at a step. polls: market research by channel."""

    step: int
    years: float
    scenario: Scenario
    knowhow: Knowhow
    polls: dict[int, Poll]
    rules: list[Rule]
    block_flop: dict[str, float]  # largest co-located block per step by owner of sites, FLOP
    labs_active: int
    flop_price: float  # last rental price, USD per training FLOP

    @property
    def dt(self) -> float:
        """Length of a step, years."""
        return self.scenario.horizon.step_years

    @property
    def tasks_per_step(self) -> float:
        """Tasks of a standard user."""
        return self.scenario.users.tasks_per_year * self.dt

    @property
    def life_steps(self) -> float:
        """Steps over which a model is expected to earn."""
        return max(1.0, self.scenario.labs.planning_years / self.dt)

    @property
    def discount(self) -> float:
        """Discount factor of one step."""
        return float((1.0 + self.scenario.labs.discount_rate) ** -self.dt)

    @property
    def annuity(self) -> float:
        """Present value of one dollar per step over a model's life."""
        d = self.discount
        return float(d * (1 - d**self.life_steps) / (1 - d)) if d < 1 else float(self.life_steps)

    def advert(self, channel: int) -> float:
        """Value of an active user's attention per step, USD: persons only."""
        return self.scenario.users.advert_usd_year * self.dt if channel == 0 else 0.0


class Appraisal(NamedTuple):
    """Expected profit per step, USD, (B,), and the prices behind it, (B, K) padded with zeros."""

    profit: Floats
    prices: Floats


def unit_cost(spec: Spec, mean_depth: float, flop_price: float, outlook: Outlook) -> float:
    """Expected cost of serving a standard user for a step, USD."""
    if spec.cost_usd is not None:
        return spec.cost_usd
    know = outlook.knowhow
    return (flop_price * know.technology.inference_price_ratio * know.flop_per_task(spec.parameters)
            * outlook.tasks_per_step * mean_depth)


def appraise(lab: Lab, channel: int, menus: Sequence[Sequence[Spec]], outlook: Outlook, *,
             ahead: float = 0.0, iterations: int = 8, screening: bool = False) -> Appraisal:
    """Expected profit per step of alternative menus of one lab in one channel.

    ahead: steps into the future at which the profit is wanted: rivals have improved by their trend,
    compute costs what it is expected to by then. iterations 0 = at the prices in the specs.
    screening: ask a smaller sample (large decisions with many options).
    """
    poll, know = outlook.polls[channel], outlook.knowhow
    if screening:
        rules = outlook.scenario.labs
        poll = poll.thin(max(1, rules.screening_sample * poll.sample.rows.size // rules.research_sample))
    width = max((len(m) for m in menus), default=0)
    if width == 0:
        return Appraisal(np.zeros(len(menus)), np.zeros((len(menus), 0)))
    filler = next(m for m in menus if m)[0]
    mask = np.array([[k < len(m) for k in range(width)] for m in menus])
    specs = [m[k] if k < len(m) else filler for m in menus for k in range(width)]
    found = know.profile(channel, np.array([s.base_oom for s in specs]),
                         np.array([s.depth for s in specs]))
    value = found.value
    forced = [i for i, s in enumerate(specs) if s.capability_oom is not None]
    for i in forced:
        level = np.full(value.shape[1], specs[i].capability_oom)
        value[i] = know.tables[channel].value(level)
    cheaper = 10.0 ** (lab.cost_trend(outlook) * ahead)
    cost = np.array([unit_cost(s, d, lab.flop_price * (cheaper if s.cost_usd is None else 1.0), outlook)
                     for s, d in zip(specs, found.mean_depth, strict=True)])
    cases = len(menus)
    sample = poll.sample
    pull = lab.appeal + poll.loyal.get(lab.number, np.zeros(1))
    gross = (sample.mix @ value.T).reshape(-1, cases, width).transpose(1, 0, 2) + pull[None, :, None]
    rivals = poll.rivals(lab.number, lab.rival_trend[channel] * ahead)[None]
    start = np.array([s.price_usd for s in specs]).reshape(cases, width)
    common = poll.common | {"mask": mask, "advert": outlook.advert(channel)}
    cost = cost.reshape(cases, width)
    if iterations == 0:
        profit, _ = own_profit(situation(gross, cost, rivals, **common), start)
        return Appraisal(profit, start)
    best = best_response(gross, cost, rivals, start_prices=start, iterations=iterations,
                         tolerance=1e-7, **common)
    return Appraisal(best.profit, np.where(mask, best.prices, 0.0))
