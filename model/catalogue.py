"""What labs own and offer: foundation models, training runs, tiers; and one recorded decision."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


@dataclass(eq=False)
class FoundationModel:
    """A trained model. Capability is embodied when it is made; the lab alone knows it exactly."""

    id: int
    lab: int
    name: str
    training_flop: float
    algorithms_oom: float
    parameters: float
    base_oom: float
    open_weights: bool
    created_step: int
    released_step: int = -1
    rounds: int = 0
    distillation_oom: float = 0.0
    distillation_flop: float = 0.0  # compute of its rounds, in training FLOP
    reported_to: set[str] = field(default_factory=set)  # regulators to whom its lab has reported it
    licensed_to: set[str] = field(default_factory=set)  # regulators to whom the site of its run has
    block_site_seen: bool = False

    built_on: int = -1  # the open model that it was made from; -1 = trained by its maker
    inherited_oom: float = 0.0  # what had been distilled into that open model
    tuning_flop: float = 0.0  # what making it from an open model took
    opened_step: int = -1  # when its weights were published, if by a decision
    stolen_step: int = -1
    leaked_step: int = -1
    maker: int = -1  # who made it, if its owner `lab` has bought it; -1 = its owner
    bought_step: int = -1

    checkpoint_of: int = -1  # the model that a round of distillation made it from; -1 = a model of its own
    held_step: int = -1  # since when it has been kept inside by a decision
    held_until: int = -1  # when its release is weighed again

    reasons: bool = True  # whether it was trained to think at length; if not, whoever runs it lacks span
    elicitation_oom: float = 0.0  # span of depth in the hands of others than its lab, against the lab's
    evaluated_oom: float = float("nan")  # dangerous capability that the test at release found
    reached_oom: float = float("nan")  # most that anybody got out of it for some time after
    tested_base_oom: float = float("-inf")  # capability at depth one when a law last had it tested
    cleared_step: int = -1  # until when that test holds it back
    mitigation_oom: float = 0.0  # dangerous capability suppressed in what its lab serves
    tamper_share: float = 0.0  # share of its training that restoring it takes, once it is open

    @property
    def internal_only(self) -> bool:
        """Whether it is kept inside the lab."""
        return self.released_step < 0

    @property
    def knowhow_oom(self) -> float:
        """What it embodies beyond its compute: algorithms and distillation, OOM."""
        return self.algorithms_oom + self.distillation_oom

    @property
    def distilled_oom(self) -> float:
        """The part of its capability that was distilled, by its maker or before; tasks share it unlike."""
        return self.distillation_oom + self.inherited_oom

    @property
    def reported(self) -> bool:
        """Whether its lab has reported it to anybody."""
        return bool(self.reported_to)

    @property
    def own_flop(self) -> float:
        """Training compute of its maker's own."""
        return self.training_flop if self.built_on < 0 else self.tuning_flop


SHORT = 0.1  # of a run's compute or money: what a lab does without rather than wait a step for it


@dataclass(eq=False)
class Run:
    """A training run in progress: development compute is bought evenly, for a sum of money, until it is over.

    In a market that is dearer than meant it gets less; where no site has room it waits with its money.
    """

    training_flop: float
    algorithms_oom: float
    carried_oom: float
    finish_step: int
    steps: int
    budget_usd: float  # what the lab means to spend per step, and at most spends in one
    done_flop: float = 0.0
    spent_usd: float = 0.0
    seen: bool = False
    reports_to: frozenset[str] = frozenset()  # regulators to whom the lab reports it
    licensed_to: frozenset[str] = frozenset()  # regulators to whom a site has reported it
    base: FoundationModel | None = None  # the open model that is made one's own; None = from scratch

    @property
    def flop_per_step(self) -> float:
        """Compute of the final run that is wanted this step, FLOP; none once its money is spent."""
        if self.left_usd <= 0.0:
            return 0.0
        return min(self.training_flop / self.steps, self.training_flop - self.done_flop)

    @property
    def left_usd(self) -> float:
        """Money that it has still to spend, USD; what rounding leaves is none."""
        left = self.budget_usd * self.steps - self.spent_usd
        return left if left > 1e-6 * self.budget_usd * self.steps else 0.0

    @property
    def owed_usd(self) -> float:
        """What it will still cost, USD: the rest at the price that was meant, within its money."""
        missing = max(0.0, 1.0 - self.done_flop / self.training_flop)
        return min(self.left_usd, self.budget_usd * self.steps * missing)

    @property
    def got_flop(self) -> float:
        """Compute of the final run so far, FLOP; all of it but for rounding is all of it."""
        return self.training_flop if self.done_flop >= self.training_flop * (1 - 1e-9) else self.done_flop

    def over(self, step: int) -> bool:
        """Whether it ends now: it is due, and less than a tenth of its compute or of its money is left.

        Were it to wait for the rest, a market that is a little dearer than meant would cost a whole step;
        were it to go on with money that nobody has put by, its lab would not live to see it.
        """
        if step < self.finish_step:
            return False
        enough = self.got_flop > (1.0 - SHORT) * self.training_flop
        return enough or self.left_usd < SHORT * self.budget_usd * self.steps


@dataclass(eq=False)
class Round:
    """A round of distillation whose compute is bought in the step, for a sum of money.

    before_oom, before_rounds: what had been distilled into the model, and in how many rounds. Of flop the
    part fixed_flop is the same at every depth of amplification.
    """

    model: FoundationModel
    depth: float
    kept: float
    gain_oom: float
    flop: float
    fixed_flop: float
    budget_usd: float
    before_oom: float
    before_rounds: int


@dataclass(eq=False)
class Tier:
    """One tier on sale: a model, a cap on depth, a price per step for a standard user."""

    id: int
    lab: int
    model: FoundationModel
    channel: int
    depth: float
    price_usd: float
    cost_usd: float | None = None
    capability_oom: float | None = None
    added_step: int = 0
    load: float = 1.0  # compute that its users have taken against what standard users would

    @property
    def base_oom(self) -> float:
        """Capability of its model at depth one."""
        return self.model.base_oom

    @property
    def distilled_oom(self) -> float:
        """The part of it that was distilled."""
        return self.model.distilled_oom


class Spec(NamedTuple):
    """A tier as it might be: what a lab evaluates before it decides."""

    base_oom: float
    depth: float
    parameters: float
    price_usd: float
    cost_usd: float | None = None
    capability_oom: float | None = None
    load: float = 1.0
    distilled_oom: float = 0.0  # the part of base_oom that was distilled

    @classmethod
    def of(cls, tier: Tier) -> Spec:
        """The tier as it is."""
        return cls(
            tier.model.base_oom,
            tier.depth,
            tier.model.parameters,
            tier.price_usd,
            tier.cost_usd,
            tier.capability_oom,
            tier.load,
            tier.model.distilled_oom,
        )

    def on(self, model: FoundationModel, gain_oom: float = 0.0) -> Spec:
        """The tier on another model, into which so much more has been distilled."""
        return self._replace(
            base_oom=model.base_oom + gain_oom,
            parameters=model.parameters,
            distilled_oom=model.distilled_oom + gain_oom,
        )

    def distilled(self, gain_oom: float) -> Spec:
        """The tier with so much more distilled into its model."""
        return self._replace(base_oom=self.base_oom + gain_oom, distilled_oom=self.distilled_oom + gain_oom)


class Decision(NamedTuple):
    """One option of one decision, with what it was expected to be worth."""

    lab: int
    decision: str
    option: str
    expected_payoff_usd: float
    chosen: bool


class Event(NamedTuple):
    """Something worth telling."""

    kind: str
    agent: str
    text: str
    payload: dict[str, object]


@dataclass
class Counter:
    """Numbers that are never used twice."""

    last: dict[str, int] = field(default_factory=dict)

    def next(self, kind: str) -> int:
        """The next number of a kind, from 0."""
        self.last[kind] = self.last.get(kind, -1) + 1
        return self.last[kind]
