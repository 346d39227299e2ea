"""Elicitation: methods that get more out of models that are out already, found by labs and by small actors.

A method adds span of depth: nothing at depth one, more the deeper a model is used. What small actors
find serves everybody who holds weights at once and is in labs' products after a lag; what labs find the
other way round.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from agents.book import Book
from model.knowhow import BUSINESS
from model.mechanisms.misuse import poisson_quantile, share_who_afford

if TYPE_CHECKING:
    from model.industry import Industry
    from model.phases.accounts import Use

KINDS = ("scaffold", "fine-tune")  # of a fine-tune, the first unlocks models that were not trained to reason


class Found(NamedTuple):
    """One method."""

    step: int
    small: bool  # by a small actor
    kind: str


@dataclass
class Methods:
    """All methods so far, and who could find more."""

    found: list[Found] = field(default_factory=list)
    holders: float = 0.0  # users who run weights or buy from a host
    callers: float = 0.0  # users with metered access to a lab's models
    first_labs: int = 1
    rates_year: dict[tuple[str, bool], float] = field(default_factory=dict)  # by kind and whether small
    labs_oom: float = 0.0  # span added to what labs serve
    public_oom: float = 0.0  # to weights that are out
    unlocked: bool = False

    def count(self, small: bool, step: float, kind: str = "") -> int:
        """Methods found by a step, of one kind or all."""
        return sum(f.small is small and f.step <= step and kind in ("", f.kind) for f in self.found)


def begin(industry: Industry) -> None:
    """Before the first offers: open models of a real start are not trained to think at length."""
    industry.methods.first_labs = max(1, len(industry.active_labs))
    rules = industry.settings.misuse
    if industry.settings.labs.start == "data" and not rules.start_reasoning:
        for model in (m for lab in industry.labs for m in lab.models if m.open_weights):
            model.reasons = False
            model.elicitation_oom = -rules.unlock_oom


def arrive(industry: Industry) -> None:
    """Draw the methods of the step; spans of depth move, for labs' products and for weights that are out."""
    rules, methods = industry.settings.misuse, industry.methods
    if not rules.innovations:
        return
    methods.rates_year = rates(industry)
    dt, step = industry.settings.horizon.step_years, industry.period
    for (kind, small), rate in methods.rates_year.items():
        who = "small actors" if small else "labs"
        luck = float(industry.streams.generator(f"misuse.{kind}.{who}", step).random())
        for _ in range(poisson_quantile(luck, rate * dt)):
            methods.found.append(Found(step, small, kind))
            text = f"{who} find a {kind} that adds {rules.innovation_oom:.2g} OOM of usable depth"
            industry.tell(
                "innovation", who, text, innovation=kind, small=small, span_oom=rules.innovation_oom
            )
    _spread(industry)


def rates(industry: Industry) -> dict[tuple[str, bool], float]:
    """Methods a year by kind and finder: those who hold what it takes, and can pay for the trials.

    A scaffold takes weights or an API, a fine-tune takes weights. Labs can always pay. Many who look
    find the same: rates rise less than in proportion.
    """
    rules, methods, users = industry.settings.misuse, industry.methods, industry.settings.users
    power = rules.parallel_returns
    labs = rules.lab_innovations_year * (len(industry.active_labs) / methods.first_labs) ** power
    free = [m for lab in industry.labs for m in lab.models if m.open_weights and m.released_step >= 0]
    largest = max((m.training_flop for m in free), default=0.0)
    tune_usd = rules.tune_share * largest * industry.flop_price
    tail = users.business_tail_exponent
    scaffold = share_who_afford(rules.small_usd, rules.scaffold_usd, tail)
    tune = share_who_afford(rules.small_usd, tune_usd, tail) if free else 0.0
    holders, callers = methods.holders / users.population, methods.callers / users.population
    return {
        ("scaffold", True): rules.small_innovations_year * ((holders + callers) * scaffold) ** power,
        ("fine-tune", True): rules.small_innovations_year * (holders * tune) ** power if free else 0.0,
        ("scaffold", False): labs,
        ("fine-tune", False): labs,
    }


def count_access(industry: Industry, books: dict[int, Book], use: Use) -> None:
    """Who holds weights or metered access, after users have chosen."""
    methods = industry.methods
    methods.holders = methods.callers = 0.0
    for kind, book in books.items():
        users = use.tally[kind].users.sum(axis=0)[: book.size]
        methods.holders += float(users[book.self_hosted].sum())
        methods.callers += float(users[~book.self_hosted].sum()) if kind == BUSINESS else 0.0


def rows(industry: Industry) -> list[dict[str, Any]]:
    """One row per step for the tables."""
    methods, rules = industry.methods, industry.settings.misuse
    if not rules.innovations:
        return []
    now = methods.rates_year or rates(industry)
    step = industry.period
    return [
        {
            "holders": methods.holders,
            "callers": methods.callers,
            "small_scaffolds_year": now["scaffold", True],
            "small_tunes_year": now["fine-tune", True],
            "lab_scaffolds_year": now["scaffold", False],
            "lab_tunes_year": now["fine-tune", False],
            "found_small": methods.count(True, step),
            "found_labs": methods.count(False, step),
            "public_span_oom": methods.public_oom,
            "labs_span_oom": methods.labs_oom,
            "unlocked": methods.unlocked,
        }
    ]


def _spread(industry: Industry) -> None:
    """What is known where: by finders at once, by the others after the lag."""
    rules, methods = industry.settings.misuse, industry.methods
    step = industry.period
    late = step - rules.lag_years / industry.settings.horizon.step_years + 1e-9
    each = rules.innovation_oom
    methods.public_oom = each * (methods.count(True, step) + methods.count(False, late))
    methods.labs_oom = each * (methods.count(False, step) + methods.count(True, late))
    tuned = methods.count(True, step, "fine-tune") + methods.count(False, late, "fine-tune")
    methods.unlocked = methods.unlocked or tuned > 0
    if methods.labs_oom != 0.0:
        industry.knowhow = replace(industry.knowhow, elicitation_oom=methods.labs_oom)
    ahead = methods.public_oom - methods.labs_oom
    for model in (m for lab in industry.labs for m in lab.models):
        out = model.open_weights or model.leaked_step >= 0
        lacks = rules.unlock_oom if not (model.reasons or methods.unlocked) else 0.0
        model.elicitation_oom = ahead - lacks if out else 0.0
