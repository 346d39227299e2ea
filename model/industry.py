"""The industry: a Mesa model that holds the agents and runs the schedule, one period a step."""

from __future__ import annotations

import datetime
from typing import Any

import mesa
import networkx as nx
import numpy as np

from agents import fringe
from agents.actors import Actors, Reached
from agents.book import Book, SelfHosted, make_book
from agents.data_centre import DataCentre
from agents.decisions.outlook import Outlook
from agents.demand import Choices, make_choices
from agents.lab import Lab
from agents.regulator import Regulator
from agents.showing import showings
from agents.survey import Poll, Sample, draw_sample, take_poll
from agents.user import User
from agents.users import Segment, make_segments
from model import build, schedule
from model.catalogue import Counter, Decision, Event, FoundationModel
from model.knowhow import Knowhow
from model.law import Law
from model.ledger import Ledger
from model.phases import internal, oversight
from model.phases.elicitation import Methods
from model.phases.finance import spare_usd
from model.recorder import Recorder
from model.results import Results
from model.scenario import Scenario
from model.sections.labs_setup import TierSetup
from model.sections.oversight import Rule
from model.streams import Streams
from model.threads import one_thread


class Industry(mesa.Model[Any, Any]):  # type: ignore[misc]
    """Labs, users, data centres and a regulator. `step()` runs one period (see `model.schedule`).

    rng: the seed, an integer. Same scenario and seed: bit-identical tables.
    """

    def __init__(self, scenario: Scenario, rng: int = 7) -> None:
        super().__init__(rng=int(rng))
        with one_thread():
            self._begin(scenario, int(rng))

    def _begin(self, scenario: Scenario, seed: int) -> None:
        self.settings = scenario
        self.seed = seed
        self.streams, self.ledger, self.counter = Streams(self.seed), Ledger(), Counter()
        self.period = 0
        self.knowhow = Knowhow.at(scenario, 0.0)
        self.labs: list[Lab] = []  # all that ever were, by number
        self.sites: list[DataCentre] = []
        self.decisions: list[Decision] = []
        self.events: list[Event] = []
        self.rules: list[Rule] = []  # in force in this step
        self.law = Law()  # their sum
        self.contracts: list[tuple[int, int, float, float, float]] = []
        self.algorithms_frontier_oom = 0.0
        self.crossed: set[tuple[str, str]] = set()  # first crossings of human level that are in the log
        self.flop_price = self.first_flop_price = self._first_price()
        self.methods = Methods()  # of getting more out of models
        self.actors: Actors | None = None  # malicious ones
        self.reached: Reached | None = None  # by them, in the last step
        self.volume = 1.0  # tasks per user against the start
        self.first_task_price = self.task_price
        self.other_demand = 0.0  # of everybody else at the reference price, training FLOP per step
        self.hosting_appeal = 0.0  # of running a model oneself, utils
        self.placements: dict[int, Any] = {}
        self.transport_usd: dict[int, float] = {}
        self.placed_flop: dict[int, float] = {}  # training FLOP in reserved blocks, by lab
        self.serving_reference = 0.0  # decoded FLOP a step of the mean lab at the start
        self.served = 1.0  # share of the compute asked for that labs got in the last step
        self.public_outlook: Outlook | None = None
        self.hosted_ids: dict[tuple[Any, ...], int] = {}
        self.segments: list[Segment] = make_segments(scenario, self.streams)
        self.choices: dict[int, Choices] = {
            s.kind: make_choices(s, scenario.users, scenario.horizon.step_years) for s in self.segments
        }
        self.samples: dict[int, Sample] = self._draw_samples()
        self.regions = build.regions(self)
        build.populate(self)
        self.regulators = oversight.make_regulators(self)
        self._create_users()
        self.recorder = Recorder(self)
        schedule.begin(self)

    def step(self) -> None:
        """One period."""
        self.period += 1
        with one_thread():
            schedule.period(self)

    # -- readings ----------------------------------------------------------------------------

    @property
    def years(self) -> float:
        """Time since the start, years."""
        return self.period * self.settings.horizon.step_years

    @property
    def date(self) -> datetime.date | None:
        """Calendar date; None for an abstract start."""
        if self.settings.labs.start != "data":
            return None
        days = round(self.years * 365.25)
        return self.settings.horizon.start + datetime.timedelta(days=days)

    @property
    def population(self) -> float:
        """The market in people and firms: a logistic curve from its start to its ceiling."""
        return self._market(self.years)

    @property
    def demand_growth(self) -> float:
        """Growth of the market since the last step, ln: public; at the start, what had been seen before."""
        return float(np.log(self.population / self._market(self.years - self.settings.horizon.step_years)))

    def _market(self, years: float) -> float:
        users = self.settings.users
        first, top = users.population, users.population_ceiling
        if users.population_growth == 0:
            return first
        growth = np.exp(-users.population_growth * years)
        return float(top / (1.0 + (top / first - 1.0) * growth))

    @property
    def task_price(self) -> float:
        """Price of the compute of a standard task, up to the FLOP of a pass at the start, USD/FLOP."""
        know = self.knowhow
        return self.flop_price * know.technology.inference_price_ratio / know.inference_efficiency

    @property
    def tasks_per_step(self) -> float:
        """Tasks of a standard user in a step."""
        return self.settings.users.tasks_per_year * self.settings.horizon.step_years * self.volume

    @property
    def open_models(self) -> list[FoundationModel]:
        """Open models that users look at; none where nobody but its maker may run a model."""
        rules = self.settings.open_weights
        models = (m for lab in self.labs for m in lab.models)
        return fringe.open_models(models, rules.models_considered) if rules.fringe else []

    @property
    def channels(self) -> list[int]:
        """Channels with users."""
        return [s.kind for s in self.segments]

    @property
    def regulator(self) -> Regulator:
        """The first regulator; the only one unless rules name several."""
        return self.regulators[0]

    @property
    def active_labs(self) -> list[Lab]:
        """Labs in the industry, by number."""
        return [lab for lab in self.labs if lab.active]

    @property
    def labs_of_step(self) -> list[Lab]:
        """Labs that were active in this step, those that leave at its end too."""
        return [lab for lab in self.labs if lab.active or lab.exited_step == self.period]

    @property
    def results(self) -> Results:
        """All tables so far."""
        return Results(self.recorder.tables(), self.settings, self.seed)

    def graph(self) -> nx.Graph:
        """Sites, regions, labs and their contracts of the last step as a network."""
        net = nx.Graph()
        for region in self.regions:
            net.add_node(region.name, kind="region", demand_share=region.demand_share)
        for site in self.sites:
            net.add_node(f"site {site.number}", kind="site", name=site.name, power_mw=site.power_mw)
            net.add_edge(f"site {site.number}", site.region, kind="location")
        for lab in self.labs_of_step:
            net.add_node(lab.account, kind="lab", name=lab.name)
        for number, place, training, inference, _ in self.contracts:
            net.add_edge(
                f"lab {number}",
                f"site {place}",
                kind="contract",
                training_flop=training,
                inference_flop=inference,
            )
        return net

    # -- services ----------------------------------------------------------------------------

    def books(self) -> dict[int, Book]:
        """The offers on sale now, by channel."""
        tasks = self.tasks_per_step
        popular = {m.lab for m in self.open_models}
        bonus = self.settings.open_weights.ecosystem_appeal
        appeal = {x.number: x.appeal + (bonus if x.number in popular else 0.0) for x in self.labs}
        return {
            channel: make_book(
                channel,
                [t for lab in self.active_labs for t in lab.menus.get(channel, [])],
                self._hosted(channel),
                appeal,
                self.hosting_appeal,
                self.knowhow,
                tasks,
                oversight.specials(self, channel),
            )
            for channel in self.channels
        }

    def take_polls(self, books: dict[int, Book] | None = None) -> dict[int, Poll]:
        """Market research on the offers on sale."""
        books = books or self.books()
        return {
            s.kind: take_poll(
                self.samples[s.kind],
                s,
                self.choices[s.kind],
                books[s.kind],
                self.settings.users,
                self.population,
            )
            for s in self.segments
        }

    def outlook(self, books: dict[int, Book]) -> Outlook:
        """Public knowledge at this moment."""
        blocks: dict[str, list[float]] = {}
        for site in self.sites:
            owner = "market" if site.owner in build.MARKET_OWNERS else site.owner
            blocks.setdefault(owner, []).extend(site.blocks(self.settings))
        return Outlook(
            step=self.period,
            years=self.years,
            scenario=self.settings,
            knowhow=self.knowhow,
            polls=self.take_polls(books),
            rules=self.rules,
            block_flop=blocks,
            labs_active=len(self.active_labs),
            flop_price=self.flop_price,
            law=self.law,
            common_oom=self.algorithms_frontier_oom,
            published_oom=internal.published(self),
            region_share={r.name: r.demand_share for r in self.regions},
            permit_gain_usd=oversight.permit_gains(self),
            spare_usd=spare_usd(self),
            tasks_per_step=self.tasks_per_step,
            demand_growth=self.demand_growth,
            open_models=self.open_models,
            hosting_appeal=self.hosting_appeal,
            shown=showings(self.active_labs, self.knowhow, self.flop_price, self.tasks_per_step),
        )

    def typical_price(self, channel: int, model: FoundationModel, setup: TierSetup) -> float:
        """Cost of a tier plus the money worth of one unit of taste to the mean user, USD per step."""
        know, tech = self.knowhow, self.knowhow.technology
        tasks = self.tasks_per_step
        cost = setup.cost_usd
        if cost is None:
            cost = (
                self.flop_price
                * tech.inference_price_ratio
                * know.flop_per_task(model.parameters)
                * tasks
                * setup.depth
            )
        sample = self.samples[channel]
        slope = sample.price_coefficient / (1.0 if sample.income is None else sample.income)
        scale = self.settings.users.taste_scale
        return float(cost + scale * sample.weight.sum() / (sample.weight @ slope))

    def tell(self, kind: str, agent: str, text: str, **payload: object) -> None:
        """Write an event into the log."""
        self.events.append(Event(kind, agent, text, payload))

    # -- construction ------------------------------------------------------------------------

    def _first_price(self) -> float:
        rules = self.settings.compute
        return rules.reference_price if rules.price == "endogenous" else float(rules.price)

    def _draw_samples(self) -> dict[int, Sample]:
        """The research sample: a quarter of it firms, where there are any."""
        users, size = self.settings.users, self.settings.labs.research_sample
        both = len(self.segments) > 1
        shares = {0: 0.75 if both else 1.0, 1: 0.25 if both else 1.0}
        return {s.kind: draw_sample(s, max(1, round(size * shares[s.kind])), users) for s in self.segments}

    def _create_users(self) -> None:
        """Every slot is a Mesa agent up to the limit, above it an even sample is."""
        total = sum(s.size for s in self.segments)
        stride = max(1, -(-total // max(1, self.settings.users.agent_limit)))
        if self.settings.users.agent_limit == 0:
            return
        for segment in self.segments:
            for row in range(0, segment.size, stride):
                User(self, segment, self.choices[segment.kind], row)

    def _hosted(self, channel: int) -> list[SelfHosted]:
        """Models that users may run themselves or buy from hosts, at a few depths."""

        def number(key: tuple[Any, ...]) -> int:
            if key not in self.hosted_ids:
                self.hosted_ids[key] = self.counter.next("tier")
            return self.hosted_ids[key]

        leaked = fringe.leaked_models(m for lab in self.labs for m in lab.models)
        return fringe.offers(
            self.open_models, leaked, channel, self.knowhow, self.flop_price, self.tasks_per_step, number
        )
