"""The technology in force at a step, in the form in which agents use it.

Turns the technology section (with its drifts) into task tables, capabilities and FLOP per task. It
holds no state of any agent and no prices.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from model.mechanisms.misuse import best_in
from model.mechanisms.offer import Profile, TaskTable, profile
from model.mechanisms.scaling import parameters_of, wall_derivative, wall_function
from model.mechanisms.tasks import gain_weights, irt_heights, task_exponents, task_spans
from model.scenario import Scenario
from model.sections.technology import Technology

Floats = NDArray[np.float64]
LN10 = float(np.log(10.0))
NOTABLE_DANGER = 0.5  # tasks with at least this share of the largest danger weight are feared

PERSON, BUSINESS = 0, 1
CHANNELS = ("subscription", "metered")
SEGMENTS = ("person", "business")


@dataclass(frozen=True)
class Knowhow:
    """Technology at one date. `channel` 0 serves persons, 1 serves firms (another mix of tasks)."""

    scenario: Scenario
    technology: Technology
    years: float
    elicitation_oom: float = 0.0  # span of depth that methods found since the start add to what labs serve

    @classmethod
    def at(cls, scenario: Scenario, years: float) -> Knowhow:
        """The technology `years` after the start."""
        return cls(scenario, scenario.technology_at(years), years)

    @cached_property
    def tables(self) -> tuple[TaskTable, TaskTable]:
        """Task tables of the two channels."""
        tasks, tech, users = self.scenario.tasks, self.technology, self.scenario.users
        usage = np.array([t.usage for t in tasks])
        usage = usage / usage.sum()
        firm = np.array([t.business_usage for t in tasks])
        firm = firm / firm.sum()
        system2 = np.array([t.system2 for t in tasks])
        difficulty = np.array([t.difficulty_oom for t in tasks])
        verifiable = np.array([t.verifiable for t in tasks])
        exponent = task_exponents(
            verifiable,
            system2,
            usage,
            mean_exponent=tech.inference_exponent,
            verifiable_weight=tech.verifiable_weight,
            system2_weight=1.0 - tech.verifiable_weight,
        )
        slope = np.full(len(tasks), users.irt_slope)
        tilt = gain_weights(verifiable, usage, tech.distillation.elsewhere) - 1.0
        heights = irt_heights(usage, difficulty, slope, users.quality_value)

        def table(mix: Floats) -> TaskTable:
            return TaskTable(
                usage=mix,
                exponent=exponent,
                span=task_spans(system2, tech.inference_span_oom + self.elicitation_oom),
                heights=heights,
                difficulty=difficulty,
                slope=slope,
                link=users.link,
                beta=users.quality_value,
                reference=users.reference_oom,
                minimum_depth=tech.minimum_depth,
                tilt=tilt,
            )

        return table(usage), table(firm)

    def profile(
        self,
        channel: int,
        base_oom: Floats,
        cap: Floats,
        elicitation_oom: Floats | None = None,
        distilled_oom: Floats | None = None,
    ) -> Profile:
        """What tiers of given base capability and cap on depth give in a channel.

        elicitation_oom (B,): span of depth that an offer has beyond what labs serve; distilled_oom (B,):
        the part of its base capability that was distilled. None = none.
        """
        table = self.tables[channel]
        if elicitation_oom is not None and elicitation_oom.any():
            table = table._replace(span=self._spans(elicitation_oom))
        return profile(base_oom, cap, table, distilled_oom)

    @cached_property
    def feared(self) -> NDArray[np.bool_]:
        """Classes of tasks that are dangerous enough to be feared, (M,)."""
        danger = np.array([t.danger for t in self.scenario.tasks])
        return np.asarray((danger > 0) & (danger >= NOTABLE_DANGER * danger.max(initial=0.0)))

    def levels(self, base_oom: float, distilled_oom: float) -> Floats:
        """Capability at depth one by class of tasks, OOM, (M,): all alike but for what was distilled."""
        table = self.tables[0]
        return np.asarray(np.full(table.usage.size, base_oom) + distilled_oom * table.tilt)

    def dangerous(
        self,
        base_oom: Floats | float,
        depth: Floats | float,
        elicitation_oom: Floats | float = 0.0,
        distilled_oom: Floats | float = 0.0,
    ) -> Floats:
        """Best capability in a feared class, all depth on one task, OOM; -inf if nothing is feared."""
        table, feared = self.tables[0], self.feared
        more = np.asarray(distilled_oom, dtype=np.float64)[..., None] * np.asarray(table.tilt)[feared]
        return best_in(
            base_oom, depth, table.exponent[feared], self._spans(elicitation_oom)[..., feared], more
        )

    def _spans(self, elicitation_oom: Floats | float) -> Floats:
        """Spans with something added to the mean one, never below zero, (..., M)."""
        mean = self.technology.inference_span_oom + self.elicitation_oom + np.asarray(elicitation_oom)
        return task_spans(
            np.array([t.system2 for t in self.scenario.tasks]), np.maximum(mean, 0.0)[..., None]
        )

    def base_capability(
        self,
        training_flop: Floats | float,
        algorithms_oom: Floats | float,
        distillation_oom: Floats | float = 0.0,
    ) -> Floats:
        """Capability at depth one, OOM: a_T (Psi(log10 C) + log10 A) + e."""
        tech = self.technology
        x = wall_function(np.log10(training_flop), tech.wall_oom, tech.wall_slope)
        return np.asarray(tech.training_exponent * (x + algorithms_oom) + distillation_oom)

    def training_return(self, training_flop: float) -> float:
        """dG/dln C of training compute, OOM per log point."""
        tech = self.technology
        slope = wall_derivative(np.log10(training_flop), tech.wall_oom, tech.wall_slope)
        return float(tech.training_exponent * slope / LN10)

    def parameters(self, training_flop: float) -> float:
        """Active parameters of a model trained with so much compute."""
        tech = self.technology
        return float(
            parameters_of(
                training_flop,
                reference_flop=tech.reference_training_flop,
                reference_parameters=tech.reference_parameters,
                exponent=tech.parameters_exponent,
            )
        )

    @property
    def inference_efficiency(self) -> float:
        """How much less compute a token takes than at the start."""
        return float(10.0 ** (self.technology.inference_efficiency_growth_oom * self.years))

    def flop_per_task(self, parameters: float) -> float:
        """Compute of one task at depth one, FLOP."""
        return 2.0 * parameters * self.technology.tokens_per_task / self.inference_efficiency
