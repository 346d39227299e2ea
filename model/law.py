"""The law: the sum of all rules in force in a step, as numbers that mechanisms and decisions read.

Policies (`model.policies`) make it, a regulator announces it, `outlook.law` and `industry.law` carry
it. `Law()` is neutral: nothing is asked of anybody.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from math import inf, log10
from typing import NamedTuple


class ModelFacts(NamedTuple):
    """What a duty may turn on: facts of one model and of the lab that sells it.

    A lab knows its own; a regulator fills in what it has seen or believes.
    """

    training_oom: float  # log10 FLOP of training
    distillation_oom_flop: float = -inf  # log10 FLOP of distillation; -inf = none
    offered_depth: float = 1.0  # deepest tier on sale, standard passes
    post_trained: bool = False  # whether it was trained to think at length (distilled for inference)
    revenue_usd_year: float = 0.0  # of the lab


@dataclass(frozen=True, order=True)
class Duty:
    """A duty to report and the bright lines that make it bind; a line at inf binds nobody.

    Covered is who crosses any line: training compute; effective compute, log10 C + exponent x log10 of
    the deepest tier; training compute of models post-trained for inference; revenue of the lab.
    """

    policy: str
    regulator: str = "regulator"
    regions: tuple[str, ...] = ()  # where it binds sellers; empty = everywhere
    report_cost_usd: float = 0.0
    delay_years: float = 0.0
    fine_usd: float = 0.0
    fine_turnover_share: float = 0.0
    audit_finds: float = 0.0  # chance that an audit finds a breach
    training_oom: float = inf
    count_distillation: bool = False  # whether compute of distillation counts as training
    effective_oom: float = inf
    depth_exponent: float = 0.0
    post_trained_oom: float = inf
    post_trained_depth: float = inf  # depth on sale from which a model passes for post-trained
    revenue_usd_year: float = inf

    def covers(self, facts: ModelFacts, margin_oom: float = 0.0) -> bool:
        """Whether a model with these facts is covered; margin_oom lowers all compute lines."""
        size = facts.training_oom
        if self.count_distillation and facts.distillation_oom_flop > -inf:
            high, low = max(size, facts.distillation_oom_flop), min(size, facts.distillation_oom_flop)
            size = high + log10(1.0 + 10.0 ** (low - high)) if high > -inf else high
        deep = self.depth_exponent * log10(max(facts.offered_depth, 1.0))
        thinks = facts.post_trained or facts.offered_depth >= self.post_trained_depth
        return (
            size >= self.training_oom - margin_oom
            or size + deep >= self.effective_oom - margin_oom
            or (thinks and size >= self.post_trained_oom - margin_oom)
            or facts.revenue_usd_year >= self.revenue_usd_year
        )


@dataclass(frozen=True)
class Law:
    """All that rules ask for in a step. Each field has a neutral value at which nothing is asked.

    Where several rules speak of the same thing the strictest counts; taxes add up, boosts multiply.
    """

    duties: tuple[Duty, ...] = ()
    compute_tax: float = 0.0  # share added to the price of training compute, paid to "state"
    site_tax: float = 0.0  # share of the rents of data centres, paid by their owners to "state"
    training_cap_oom: float = inf  # no run above it, log10 FLOP
    price_cap_usd_month: float = inf  # per subscription tier
    voucher_usd_month: float = 0.0  # the state's part of an eligible person's price, at most
    voucher_income_usd_year: float = 0.0  # persons below that income are eligible
    open_cap_oom: float = inf  # models trained with at least so much may not be released openly
    tamper_share: float = 0.0  # share of training cost that restoring a removed capability takes
    evaluation_depth: float = 0.0  # depth of the test before release; 0 = none
    evaluation_limit_oom: float = inf  # a model measured above it is held back until mitigated
    internal_reporting: float = 0.0  # share of internal use that the regulator comes to see
    licence_mw: float = inf  # sites at least so large report their runs
    licence_usd_year: float = 0.0  # what such a site's licence costs its owner
    permit_boost: float = 1.0  # factor on the permit hazard of owners whose lab has signed up
    commitment_usd_year: float = 0.0  # what a lab that has signed up pays for its commitments
    kyc_flop_step: float = inf  # customers using more inference FLOP a step are logged
    merger_limit: float = inf  # largest joint revenue share allowed

    @property
    def training_cap_flop(self) -> float:
        """The largest run allowed, FLOP; inf = any."""
        return 10.0**self.training_cap_oom if self.training_cap_oom < 300.0 else inf

    def duties_on(self, facts: ModelFacts) -> list[Duty]:
        """Duties that cover a model with these facts."""
        return [duty for duty in self.duties if duty.covers(facts)]

    def with_duty(self, duty: Duty) -> Law:
        """The law with one more duty; the order in which duties are added leaves no trace."""
        return replace(self, duties=tuple(sorted((*self.duties, duty))))


def binds(regions: Collection[str], home: str, withdrawn: Collection[str] = ()) -> bool:
    """Whether a rule for some regions binds a lab: it sells in one of them or sits there.

    No region named: everywhere. withdrawn: regions in which the lab does not sell.
    """
    return not regions or home in regions or any(r not in withdrawn for r in regions)
