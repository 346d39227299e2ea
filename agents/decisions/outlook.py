"""What a lab knows when it decides: public data of the last step, market research, its own accounts.

`appraise` is the one calculation behind all decisions: the expected profit per step of hypothetical
menus against rivals' present offers, at best-response prices.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.fringe import Published, log_odds
from agents.survey import Poll
from model.catalogue import Decision, FoundationModel, Spec
from model.knowhow import Knowhow
from model.law import Law, binds
from model.mechanisms.menu_prices import Menus, best_prices, profits_at
from model.policies import law_of
from model.scenario import Scenario
from model.sections.oversight import Rule

if TYPE_CHECKING:
    from agents.lab import Lab
    from agents.showing import Showing

Floats = NDArray[np.float64]
REVIEW_YEARS = 0.25  # labs look at prices, depths, tiers and rounds once a quarter
SEARCH = 20  # steps towards best prices where options are compared: fewer can end on the way to a peak
ALIKE = 1e-6  # share of the best pay-off within which options are alike: what a search leaves open
BATCH = 60_000  # respondents x tiers x menus in one batch: what stays in a core's cache


@dataclass(eq=False)
class Outlook:
    """Public knowledge at a step. polls: market research by channel."""

    step: int
    years: float
    scenario: Scenario
    knowhow: Knowhow
    polls: dict[int, Poll]
    rules: list[Rule]
    block_flop: dict[str, list[float]]  # co-located blocks per step by owner of sites, FLOP
    labs_active: int
    flop_price: float  # last rental price, USD per training FLOP
    tasks_per_step: float  # of a standard user
    demand_growth: float = 0.0  # of the market since the last step, ln
    law: Law = field(default_factory=Law)  # the sum of all rules in force, whomever they bind
    open_models: list[FoundationModel] = field(default_factory=list)  # those that users look at
    hosting_appeal: float = 0.0  # of running open models, utils
    common_oom: float = 0.0  # the field's frontier of algorithms, against the start
    published_oom: dict[int, float] = field(default_factory=dict)  # know-how in released models, by lab
    region_share: dict[str, float] = field(default_factory=dict)  # share of demand
    permit_gain_usd: dict[str, float] = field(default_factory=dict)  # of boosted permits, by owner of sites
    spare_usd: dict[str, float] = field(default_factory=dict)  # a step's sales to all but labs, by owner
    shown: dict[int, Showing] = field(default_factory=dict)  # what all can see of labs' last step, by lab
    purse: float = 1.0  # share of its money that the lab which reads this puts into one project
    _laws: dict[tuple[int, ...], Law] = field(default_factory=dict)

    @property
    def dt(self) -> float:
        """Length of a step, years."""
        return self.scenario.horizon.step_years

    @property
    def reviews(self) -> float:
        """Review periods in a step: a quarter is one, and a longer step is one too."""
        return min(1.0, self.dt / REVIEW_YEARS)

    @property
    def review(self) -> int:
        """Number of the review period that ends with this step; the step itself for quarters."""
        return int(self.step * self.reviews + 1e-9)

    @property
    def review_due(self) -> bool:
        """Whether what is done once in a review period may be done in this step."""
        return self.review > int((self.step - 1) * self.reviews + 1e-9)

    def share_per_step(self, per_review: float) -> float:
        """The share of a way to go in a step, from the share in a review period."""
        return per_review if self.reviews == 1.0 else 1.0 - (1.0 - per_review) ** self.reviews

    @property
    def life_steps(self) -> float:
        """Steps over which a model is expected to earn."""
        return max(1.0, self.scenario.labs.planning_years / self.dt)

    @property
    def life_reviews(self) -> float:
        """The same in review periods."""
        return self.life_steps * self.reviews

    @property
    def discount(self) -> float:
        """Discount factor of one step."""
        return float((1.0 + self.scenario.labs.discount_rate) ** -self.dt)

    @property
    def annuity(self) -> float:
        """Present value of one dollar per step over a model's life."""
        d = self.discount
        return float(d * (1 - d**self.life_steps) / (1 - d)) if d < 1 else float(self.life_steps)

    def law_for(self, lab: Lab) -> Law:
        """The sum of the rules that bind a lab: those of regions in which it sells or sits."""
        if not any(rule.regions for rule in self.rules):
            return self.law
        return self.law_by([r for r in self.rules if binds(r.regions, lab.region, lab.withdrawn)])

    def law_by(self, rules: list[Rule]) -> Law:
        """The sum of some of the rules in force; added up once."""
        key = tuple(id(rule) for rule in rules)
        if key not in self._laws:
            self._laws[key] = law_of(rules)
        return self._laws[key]

    def price_cap(self, lab: Lab, channel: int) -> float:
        """The highest price per step that the law allows a lab in a channel, USD; inf = any."""
        return self.law_for(lab).price_cap_usd_month * 12.0 * self.dt if channel == 0 else np.inf

    def training_price(self, lab: Lab) -> float:
        """What a training FLOP is expected to cost the lab with the tax on it, USD."""
        return lab.flop_price * (1.0 + self.law_for(lab).compute_tax)

    @property
    def release_fee(self) -> float:
        """What it costs to put a model on sale, USD; nothing where release is no decision."""
        rules = self.scenario
        return rules.internal.release_usd if rules.labs.adapt.internal else 0.0

    def ecosystem(self, lab: Lab) -> float:
        """Appeal that a lab has from an open model of its own that users look at, utils."""
        open_ = any(m.lab == lab.number for m in self.open_models)
        return self.scenario.open_weights.ecosystem_appeal if open_ else 0.0

    def advert(self, channel: int) -> float:
        """Value of an active user's attention per step, USD: persons only."""
        return self.scenario.users.advert_usd_year * self.dt if channel == 0 else 0.0


class Appraisal(NamedTuple):
    """Expected profit per step, USD, (B,), and the prices behind it, (B, K) padded with zeros."""

    profit: Floats
    prices: Floats


def first_best(worth: Floats) -> int:
    """The first of the options that are as good as the best: rounding must not decide between them."""
    best = float(worth.max())
    return int(np.argmax(worth >= best - ALIKE * abs(best)))


def unit_cost(spec: Spec, mean_depth: float, flop_price: float, outlook: Outlook) -> float:
    """Expected cost of serving a standard user for a step, USD."""
    if spec.cost_usd is not None:
        return spec.cost_usd
    know = outlook.knowhow
    return (
        flop_price
        * know.technology.inference_price_ratio
        * know.flop_per_task(spec.parameters)
        * outlook.tasks_per_step
        * mean_depth
    )


class Ask(NamedTuple):
    """A question that a decision puts: the expected profit per step of alternative menus.

    ahead: steps into the future at which the profit is wanted: rivals have improved by their trend,
    compute costs what it is expected to by then, the market has grown by its trend. iterations: Newton
    steps towards best-response prices, 0 = at the prices in the specs. screening: ask the smaller sample.
    published: a model that hosts would run too; appeal: utils by which the lab's own offers would please
    more; rivals_gain: utils by which rivals' would, beyond their trend.
    """

    channel: int
    menus: list[list[Spec]]
    ahead: float = 0.0
    iterations: int = 8
    screening: bool = False
    published: Published | None = None
    appeal: float = 0.0
    rivals_gain: float = 0.0


Talk = Generator[Ask, Appraisal, list[Decision]]
Decide = Callable[["Lab", Outlook], Talk]


def decide_together(labs: Sequence[Lab], decide: Decide, outlook: Outlook) -> list[Decision]:
    """Let all labs take one kind of decision at the same time, on the same public knowledge.

    A decision is a generator that yields questions and is sent the answers; questions of all labs
    are answered in one batch, which changes nothing but the speed. `decide` is the standard rule; the
    lab's strategy makes of it what it asks.
    """
    made: dict[int, list[Decision]] = {}
    talks = [(lab, lab.strategy.decide(decide, lab, outlook)) for lab in labs]
    asks = []
    for lab, talk in talks:
        try:
            asks.append((lab, talk, next(talk)))
        except StopIteration as done:
            made[lab.number] = done.value
    while asks:
        answers = appraise([(lab, ask) for lab, _, ask in asks], outlook)
        later = []
        for (lab, talk, _), answer in zip(asks, answers, strict=True):
            try:
                later.append((lab, talk, talk.send(answer)))
            except StopIteration as done:
                made[lab.number] = done.value
        asks = later
    return [d for lab in labs for d in made[lab.number]]


def appraise(questions: Sequence[tuple[Lab, Ask]], outlook: Outlook) -> list[Appraisal]:
    """Answer questions of several labs, those of one kind together."""
    answers: list[Appraisal | None] = [None] * len(questions)
    groups: dict[tuple[int, int, bool], list[int]] = {}
    for place, (_, ask) in enumerate(questions):
        groups.setdefault((ask.channel, ask.iterations, ask.screening), []).append(place)
    for (channel, iterations, screening), places in groups.items():
        poll = outlook.polls[channel]
        if screening:
            rules = outlook.scenario.labs
            share = rules.screening_sample / rules.research_sample
            poll = poll.thin(max(1, round(poll.sample.rows.size * share)))
        width = max((len(m) for p in places for m in questions[p][1].menus), default=0)
        batch = max(1, BATCH // max(1, poll.sample.rows.size * width))
        start = 0
        while start < len(places):
            end, size = start, 0
            while end < len(places) and (
                end == start or size + len(questions[places[end]][1].menus) <= batch
            ):
                size += len(questions[places[end]][1].menus)
                end += 1
            part = [questions[p] for p in places[start:end]]
            for p, answer in zip(places[start:end], _answer(part, poll, iterations, outlook), strict=True):
                answers[p] = answer
            start = end
    return [a for a in answers if a is not None]


def _answer(
    part: Sequence[tuple[Lab, Ask]], poll: Poll, iterations: int, outlook: Outlook
) -> list[Appraisal]:
    """Expected profits and prices of all menus of some labs in one channel."""
    know = outlook.knowhow
    channel = part[0][1].channel
    menus = [(i, menu) for i, (_, ask) in enumerate(part) for menu in ask.menus]
    bounds = np.cumsum([0, *(len(ask.menus) for _, ask in part)]).tolist()
    width = max((len(m) for _, m in menus), default=0)
    if width == 0:
        return [Appraisal(np.zeros(len(ask.menus)), np.zeros((len(ask.menus), 0))) for _, ask in part]
    # Menus that are compared share most of their tiers: what a tier gives is worked out once.
    known: dict[Spec, int] = {}
    tier = np.zeros((len(menus), width), dtype=np.intp)
    for places, (_, menu) in zip(tier, menus, strict=True):
        places[: len(menu)] = [known.setdefault(spec, len(known)) for spec in menu]
    size = np.array([len(m) for _, m in menus], dtype=np.intp)
    owner = np.array([i for i, _ in menus], dtype=np.intp)
    facts = np.array([(*s[:4], s.load, s.distilled_oom) for s in known]).T
    base, depth, parameters, price, load, distilled = facts
    found = know.profile(channel, base, depth, distilled_oom=distilled)
    value = found.value
    per_pass = know.technology.inference_price_ratio * outlook.tasks_per_step * know.flop_per_task(1.0)
    passes = parameters * load * per_pass * found.mean_depth
    flop_price = np.array(
        [lab.flop_price * 10.0 ** (lab.cost_trend(outlook) * ask.ahead) for lab, ask in part]
    )
    rate = flop_price * np.array([lab.serving_factor for lab, _ in part])
    cost = passes[tier] * rate[owner][:, None]
    start: Floats = price[tier]
    for k, spec in enumerate(known):  # a list of labs may give a tier's capability and cost as they are
        if spec.capability_oom is not None:
            value[k] = know.tables[channel].value(np.full(value.shape[1], spec.capability_oom))
        if spec.cost_usd is not None:
            cost[tier == k] = spec.cost_usd
    caps = np.array([outlook.price_cap(lab, channel) for lab, _ in part])[owner][:, None]
    start = np.minimum(start, caps)
    pull = np.empty((len(part), poll.sample.rows.size))
    for row, (lab, ask) in zip(pull, part, strict=True):
        row[:] = lab.appeal + outlook.ecosystem(lab) + ask.appeal + poll.pull(lab.number)
    rivals = poll.rivals_of(
        [lab.number for lab, _ in part],
        [lab.rival_trend[channel] * ask.ahead + ask.rivals_gain for lab, ask in part],
    )
    for i, (_, ask) in enumerate(part):
        if ask.published is not None:
            added, _ = log_odds(ask.published, poll, channel, float(flop_price[i]), outlook)
            rivals[i] = np.logaddexp(rivals[i], added)
    common = poll.common
    asked = Menus(
        worth=np.ascontiguousarray(value @ poll.sample.mix.T),
        appeal=pull,
        rivals=rivals,
        owner=owner,
        size=size,
        tier=tier,
        cost=cost - outlook.advert(channel),
        weight=common["weight"],
        slope=common["price_coefficient"],
        income=common["income"],
        mu=common["taste_scale"],
        mu_w=common["within_lab_scale"],
    )
    grown = np.exp([lab.demand_trend * ask.ahead for lab, ask in part])[owner]
    if iterations == 0:
        profit = profits_at(asked, start) * grown
        return [Appraisal(profit[a:b], start[a:b]) for a, b in pairwise(bounds)]
    prices, profit = best_prices(asked, start, iterations, 1e-5)
    if bool((prices > caps).any()):  # a price that is not allowed earns nothing
        prices = np.minimum(prices, caps)
        profit = profits_at(asked, prices)
    prices[np.arange(width) >= size[:, None]] = 0.0
    profit = profit * grown
    return [Appraisal(profit[a:b], prices[a:b]) for a, b in pairwise(bounds)]
