"""A lab: its books, models, menus and beliefs. What it does with them stands in `agents.decisions`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import mesa
import numpy as np

from agents.decisions.outlook import Outlook
from agents.strategies import Strategy, named
from model.catalogue import Counter, Event, FoundationModel, Round, Run, Tier
from model.knowhow import CHANNELS
from model.ledger import Ledger
from model.mechanisms.compute import largest_split
from model.mechanisms.finance import credit_limit
from model.mechanisms.investment import adaptive
from model.scenario import Scenario
from model.sections.technology import Technology
from model.streams import Streams
from model.words import plain


class Lab(mesa.Agent[Any]):  # type: ignore[misc]
    """One AI developer."""

    def __init__(
        self,
        model: Any,
        *,
        number: int,
        name: str,
        scenario: Scenario,
        streams: Streams,
        ledger: Ledger,
        counter: Counter,
        step: int,
        cash_usd: float,
        appeal: float,
        algorithms_oom: float,
        flop_price: float,
        integrated: bool = False,
        open_weights: bool = False,
        owners: tuple[str, ...] = (),
        region: str = "US",
        strategy: str = "incumbent",
    ) -> None:
        super().__init__(model)
        self.number, self.name = number, name
        self.settings, self.streams, self.ledger, self.counter = scenario, streams, ledger, counter
        self.appeal, self.algorithms_oom = appeal, algorithms_oom
        self.integrated, self.open_weights = integrated, open_weights
        self.owners, self.region = owners, region
        self.strategy: Strategy = named(strategy)
        self.entered_step, self.exited_step = step, -1
        self.cash_usd = self.closed_cash_usd = cash_usd  # now, and when the books were last closed
        self.raised_usd = 0.0
        self.models: list[FoundationModel] = []
        self.menus: dict[int, list[Tier]] = {}
        self.run: Run | None = None
        self.round: Round | None = None  # of distillation, in the step in which its compute is bought
        # beliefs
        self.flop_price, self.flop_trend_oom = flop_price, 0.0
        self.rival_trend: dict[int, float] = {0: 0.0, 1: 0.0}
        self.demand_trend = 0.0  # growth of the market, ln per step
        self._attraction: dict[int, float] = {}
        self.revenue_trend_usd_year = 0.0
        self._audits: dict[str, tuple[float, float]] = {}  # rounds and audits on record, by regulator
        self.signed = False  # whether it has signed commitments for faster permits
        self.withdrawn: frozenset[str] = frozenset()  # regions in which it does not sell
        self.retention_belief: float | None = None  # what its last round kept
        # accounts of the step
        self.revenue_usd = self.operating_profit_usd = self.profit_usd = self.prospect_usd = 0.0
        self.tier_revenue: dict[int, float] = {}
        self.inference_flop = self.training_flop_used = self.distillation_flop = 0.0
        self.internal_flop = 0.0  # decoded for its own research
        self.block_flop = self.funding_usd = 0.0
        self.first_depth = scenario.technology.minimum_depth
        self.losses = 0
        # weights: what of open models' worth to others comes back; security; what theft would bring
        self.complement_share = 0.0
        self.security_usd_year = self.theft_hazard_year = self.weights_value_usd = 0.0
        self.weights_entry_usd = float("nan")
        self.secured_until = -np.inf  # years
        # finance: compute that partners still owe it, their shares of it, its payouts as they expect them
        self.credits: dict[str, float] = {}
        self.stakes: dict[str, float] = {}
        self.payable_usd_year = 0.0
        self.buyer: Lab | None = None  # who has bought it in the step in which it leaves
        self.serving_factor = 1.0  # FLOP per task against those of the mean lab at the start
        self.lead_oom = 0.0  # part of its algorithms that its own models have found
        self.internal_depth = 0.0  # depth at which it last used a model inside
        self.news: list[Event] = []  # what it has announced this step

    # -- what it has -------------------------------------------------------------------------

    @property
    def account(self) -> str:
        """Its account in the ledger."""
        return f"lab {self.number}"

    @property
    def active(self) -> bool:
        """Whether it is still in the industry."""
        return self.exited_step < 0

    @property
    def tiers(self) -> list[Tier]:
        """All tiers on sale."""
        return [t for tiers in self.menus.values() for t in tiers]

    @property
    def best_model(self) -> FoundationModel | None:
        """The most capable model that it has released."""
        released = [m for m in self.models if m.released_step >= 0]
        return max(released, key=lambda m: (m.base_oom, m.id)) if released else None

    @property
    def best_inside(self) -> FoundationModel | None:
        """The most capable model that it has, released or not."""
        return max(self.models, key=lambda m: (m.base_oom, m.id), default=None)

    def carried_oom(self, technology: Technology) -> float:
        """What its next base model starts with of the rounds in its best model, OOM."""
        best = self.best_inside
        return 0.0 if best is None else best.distillation_oom * technology.distillation.carry_over

    def credit_usd(self, outlook: Outlook, steps: float = 1.0) -> float:
        """Outside money that it could still raise within so many steps, USD."""
        rules = self.settings.labs
        if rules.hard_budget:
            return 0.0
        limit = float(credit_limit(self.revenue_trend_usd_year, rules.credit_multiple, 0.0))
        # Rounds take time: no more than a year's share of the limit can be raised in a year.
        years = outlook.dt * steps
        room = min(max(0.0, limit - self.raised_usd), limit * years)
        return room + (rules.parent_budget_usd_year * years if self.integrated else 0.0)

    @property
    def credits_usd(self) -> float:
        """Compute that cloud partners still owe it, USD."""
        return sum(self.credits.values())

    @property
    def partners(self) -> tuple[str, ...]:
        """Owners of sites that might give it compute for equity; a parent needs none."""
        return () if self.integrated else self.owners

    def spendable_usd(self, outlook: Outlook, steps: float) -> float:
        """What it can put into a project of so many steps: cash and credit less what is spoken for.

        Spoken for are the rest of a run in progress and the losses that it runs until then.
        """
        rest = -self.credits_usd  # compute that partners pay for
        if self.run is not None:
            rest += self.run.owed_usd
        if self.round is not None:
            rest += self.round.budget_usd
        burn = max(0.0, -self.operating_profit_usd) * (steps + 1.0)
        return outlook.purse * max(0.0, self.cash_usd + self.credit_usd(outlook, steps) - rest - burn)

    def cost_trend(self, outlook: Outlook) -> float:
        """Expected change of the cost of serving a standard user, log10 per step.

        Tasks get cheaper, and users bring more of them (`users.volume_elasticity`).
        """
        growth = outlook.knowhow.technology.inference_efficiency_growth_oom * outlook.dt
        return (self.flop_trend_oom - growth) * (1.0 - self.settings.users.volume_elasticity)

    def largest_run(self, outlook: Outlook) -> float:
        """Largest training compute per step that the sites it can use allow, FLOP."""
        if not outlook.block_flop:
            return np.inf
        tech = outlook.knowhow.technology
        rooms = [r for o in dict.fromkeys((*self.owners, "market")) for r in outlook.block_flop.get(o, ())]
        return largest_split(rooms, tech.split_efficiency, tech.split_sites)

    def tested_capability(self, tier: Tier, depth: float, outlook: Outlook) -> float:
        """What a test of the model of one of its tiers shows at a depth, OOM of FLOP."""
        depth = max(depth, outlook.knowhow.technology.minimum_depth)
        base, distilled = np.array([tier.base_oom]), np.array([tier.distilled_oom])
        found = outlook.knowhow.profile(tier.channel, base, np.array([depth]), distilled_oom=distilled)
        return float(found.mean_capability[0])

    # -- what it learns ----------------------------------------------------------------------

    def observe(self, outlook: Outlook) -> None:
        """Adaptive expectations from last step's public data and its own accounts."""
        quarters = outlook.dt / 0.25
        gain = 1.0 - (1.0 - self.settings.labs.expectation_gain) ** quarters
        seen = outlook.flop_price
        if seen > 0 and self.flop_price > 0:
            surprise = float(np.log10(seen / self.flop_price))
            self.flop_trend_oom = float(adaptive(self.flop_trend_oom, surprise, gain))
        self.flop_price = seen
        self.demand_trend = float(adaptive(self.demand_trend, outlook.demand_growth, gain))
        for channel, poll in outlook.polls.items():
            pull = poll.attraction(self.number)
            if channel in self._attraction and np.isfinite(pull) and np.isfinite(self._attraction[channel]):
                change = pull - self._attraction[channel]
                # Rivals are not expected to get worse for ever: one that leaves is no trend.
                trend = float(adaptive(self.rival_trend[channel], change, gain))
                self.rival_trend[channel] = max(0.0, trend)
            self._attraction[channel] = pull
        yearly = self.revenue_usd / outlook.dt
        self.revenue_trend_usd_year = float(adaptive(self.revenue_trend_usd_year, yearly, gain))

    def learn_audits(self, audited_share: float, reviews: float = 1.0, regulator: str = "regulator") -> None:
        """The public record: how often those under suspicion are audited in a review period.

        audited_share: chance in the step just over, which is so many review periods long.
        """
        if reviews != 1.0:
            audited_share = 1.0 - (1.0 - audited_share) ** (1.0 / reviews)
        rounds, seen = self._audits.get(regulator, (1.0, 0.5))
        self._audits[regulator] = rounds + reviews, seen + reviews * audited_share

    def audit_belief(self, regulator: str = "regulator") -> float:
        """Chance of an audit in a review period, if under suspicion: frequency, one pseudo-round at 1/2."""
        rounds, seen = self._audits.get(regulator, (1.0, 0.5))
        return seen / rounds

    # -- what its decisions do ---------------------------------------------------------------

    def bill(self, purpose: str, usd: float, to: str = "suppliers") -> None:
        """Pay for something."""
        self.ledger.pay(self.account, to, purpose, usd)

    def add_tier(
        self, channel: int, model: FoundationModel, depth: float, price_usd: float, outlook: Outlook
    ) -> Tier:
        """Put a tier on sale."""
        tier = Tier(
            id=self.counter.next("tier"),
            lab=self.number,
            model=model,
            channel=channel,
            depth=depth,
            price_usd=price_usd,
            added_step=outlook.step,
        )
        self.menus.setdefault(channel, []).append(tier)
        what = f"a {CHANNELS[channel]} tier of {model.name} at depth {plain(depth)}"
        self.news.append(Event("tier added", self.name, f"{self.name} adds {what}", {"tier": tier.id}))
        return tier

    def drop_tier(self, tier: Tier) -> None:
        """Take a tier off sale; its users have to look around."""
        self.menus[tier.channel].remove(tier)
        what = f"its {CHANNELS[tier.channel]} tier of {tier.model.name} at depth {plain(tier.depth)}"
        self.news.append(Event("tier dropped", self.name, f"{self.name} drops {what}", {"tier": tier.id}))

    def finish_run(self, outlook: Outlook) -> FoundationModel | None:
        """The model that a run yields, with the compute that it got, if one is over."""
        run = self.run
        if run is None or not run.over(outlook.step):
            return None
        if run.base is not None:
            model = self.build_on(run.base, run.got_flop, outlook)
        else:
            model = self.make_model(run.got_flop, run.algorithms_oom, run.carried_oom, outlook)
            model.reported_to, model.block_site_seen = set(run.reports_to), run.seen
            model.licensed_to = set(run.licensed_to)
        self.run = None
        return model

    def make_model(
        self, training_flop: float, algorithms_oom: float, carried_oom: float, outlook: Outlook
    ) -> FoundationModel:
        """A new model, released at once."""
        know = outlook.knowhow
        number = self.counter.next("model")
        model = FoundationModel(
            id=number,
            lab=self.number,
            name=f"{self.name} {sum(m.checkpoint_of < 0 for m in self.models) + 1}",
            training_flop=training_flop,
            algorithms_oom=algorithms_oom,
            parameters=know.parameters(training_flop),
            base_oom=float(know.base_capability(training_flop, algorithms_oom, carried_oom)),
            open_weights=self.open_weights and not self.settings.labs.adapt.openness,
            created_step=outlook.step,
            released_step=outlook.step,
            distillation_oom=carried_oom,
        )
        self.models.append(model)
        return model

    def build_on(self, base: FoundationModel, tuning_flop: float, outlook: Outlook) -> FoundationModel:
        """A model of its own made from an open one: as capable and as large, closed, known to the state.

        Rounds of distillation count on from where the open model stands.
        """
        model = self.make_model(base.training_flop, base.algorithms_oom, 0.0, outlook)
        model.base_oom, model.parameters, model.rounds = base.base_oom, base.parameters, base.rounds
        model.open_weights, model.reported_to = False, set(base.reported_to)
        model.built_on, model.tuning_flop = base.id, tuning_flop
        model.inherited_oom = base.distilled_oom
        return model

    def checkpoint(self, model: FoundationModel, outlook: Outlook) -> FoundationModel:
        """A copy of a model that is on sale, to be worked on inside; closed until it is released."""
        root = model.name.rpartition(" r")[0] if model.checkpoint_of >= 0 else model.name
        copy = replace(
            model,
            id=self.counter.next("model"),
            name=f"{root} r{model.rounds + 1}",
            created_step=outlook.step,
            released_step=-1,
            opened_step=-1,
            open_weights=self.open_weights and not self.settings.labs.adapt.openness,
            stolen_step=-1,
            leaked_step=-1,
            reported_to=set(model.reported_to),
            licensed_to=set(model.licensed_to),
            checkpoint_of=model.id,
            maker=-1,
            bought_step=-1,
            held_step=-1,
            held_until=-1,
        )
        self.models.append(copy)
        return copy

    def retrain(self, model: FoundationModel, training_flop: float, outlook: Outlook) -> None:
        """Smooth training: the model itself moves."""
        model.training_flop = training_flop
        model.parameters = outlook.knowhow.parameters(training_flop)
        model.base_oom = float(
            outlook.knowhow.base_capability(training_flop, model.algorithms_oom, model.distillation_oom)
        )

    def distil(self, bought: Round) -> None:
        """Begin a round of distillation: the weights get better as far as the compute can be bought."""
        model = bought.model
        model.rounds += 1
        model.distillation_oom += bought.gain_oom
        model.base_oom += bought.gain_oom
        model.distillation_flop += bought.flop
        model.held_until = -1  # it is another model now: its release is weighed again
        self.distillation_flop += bought.flop
        self.round = bought
