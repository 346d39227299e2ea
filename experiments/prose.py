"""Plain words made from the numbers of a comparison: what differs and what moved along.

No verdict is written here: every sentence is chosen by an interval. Where an interval holds zero,
the sentence says that no difference can be told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from experiments.compare import KINDS, Comparison, Difference
from experiments.compare_keys import changes_in_words
from experiments.words import extent, metric_unit, metric_words, number, regime_words


@dataclass(frozen=True)
class Outcome:
    """How a metric is spoken of."""

    metric: str
    subject: str
    unit: str = ""


CONCENTRATION = (
    Outcome("hhi_lab_revenue", "revenue concentration (HHI of all labs' revenue)"),
    Outcome("hhi_users", "user concentration (HHI of users)"),
    Outcome("hhi_compute", "compute concentration (HHI of compute)"),
    Outcome("labs_active", "the number of labs that matter to users"),
    Outcome("odds_elasticity_compute", "the elasticity of market odds in training compute (Lambda)"),
    Outcome("serving_scale_elasticity", "the elasticity of serving cost in a lab's volume"),
)
WEALTH = (
    Outcome("menu_price_ratio", "the dearest subscription over the cheapest in one lab's menu"),
    Outcome("price_ratio_top_bottom", "the dearest subscription of all labs over the cheapest"),
    Outcome("price_wealth_slope", "the rise of the price paid with wealth (log on log)"),
    Outcome(
        "capability_wealth_slope_users",
        "the rise of capability with wealth among persons who use AI (OOM per OOM)",
    ),
    Outcome(
        "capability_wealth_slope",
        "the rise of capability with wealth, persons without AI counted at the level of no AI (OOM per OOM)",
    ),
    Outcome("same_product_share", "the share of persons with AI who get the best that any person gets"),
)
VISIBILITY = (
    Outcome("coverage_users", "the share of users of dangerous tiers under the rule (0 until it begins)"),
    Outcome(
        "visibility_users",
        "the share of users of dangerous tiers whose lab the regulator has seen (0 until the rule begins)",
    ),
    Outcome("visibility_flop", "the share of dangerous compute that the regulator has seen"),
    Outcome("believed_gap_oom", "the regulator's belief about the best model less the truth", "OOM"),
)
MECHANISM = (
    Outcome("odds_elasticity_compute", "the elasticity of market odds in training compute (Lambda)"),
    Outcome("inference_share_of_spend", "the share of inference in labs' spending on compute"),
    Outcome("labs_total", "the number of labs in business"),
    Outcome("depth_mean", "the mean inference depth in use"),
    Outcome("largest_training_block_share", "the largest training block's share of all compute"),
)


def paragraphs(comparison: Comparison, outcomes: Sequence[Outcome]) -> list[str]:
    """One paragraph per outcome."""
    told = []
    for outcome in outcomes:
        if outcome.metric not in comparison.metrics:
            told.append(f"{_capital(outcome.subject)} was not measured in these runs.")
            continue
        if nothing(comparison, outcome):
            continue
        sentences = [_reference(comparison, outcome), *_others(comparison, outcome)]
        told.append(" ".join(sentences))
    return told


HEADLINES = (CONCENTRATION[0], WEALTH[0], WEALTH[3], VISIBILITY[0])
"""The outcomes that are told first and of which is asked on what they turn."""


def alike(comparison: Comparison) -> str:
    """Regimes that equal the reference in every number, said once."""
    if not comparison.identical:
        return ""
    names = _list([_name(name) for name in comparison.identical])
    return f"In {names} every number is exactly as in {_name(comparison.reference)}, seed by seed."


def in_short(comparison: Comparison, outcome: Outcome) -> str:
    """Where an outcome lies above or below the reference: over the whole run, then at its end."""
    if outcome.metric not in comparison.metrics:
        return f"{_capital(outcome.subject)}: not measured."
    whole, end = (_short(comparison, outcome, kind) for kind in ("mean", "final"))
    return f"{_capital(outcome.subject)}. Over the whole run: {whole}. At the end: {end}."


def _short(comparison: Comparison, outcome: Outcome, kind: str) -> str:
    groups: dict[str, list[str]] = {}
    for name in _unlike(comparison):
        gap = comparison.difference(name, outcome.metric, kind)
        if gap.count == 0:
            told = "not defined in"
        elif gap.zero:
            told = "exactly the same in"
        elif gap.leaves_zero:
            told = "higher in" if gap.mean > 0 else "lower in"
        else:
            told = "no difference can be told for"
        shown = f" ({number(gap.mean, sign=True)})" if gap.leaves_zero else ""
        groups.setdefault(told, []).append(_name(name) + shown)
    order = ("lower in", "higher in", "no difference can be told for", "exactly the same in")
    kinds = [word for word in (*order, "not defined in") if word in groups]
    base = _spread(comparison, comparison.reference, outcome, kind)
    parts = [f"{base} in {_name(comparison.reference)}"]
    return "; ".join(parts + [f"{word} {_list(groups[word])}" for word in kinds])


def _unlike(comparison: Comparison) -> list[str]:
    """Regimes that differ from the reference in anything."""
    return [name for name in comparison.others if name not in comparison.identical]


def late(comparison: Comparison) -> str:
    """Why the ends alone mislead, as far as these runs show it."""
    said = []
    if all(one.value("users.link") == "irt" for one in comparison.scenarios.values()):
        said.append("the value of capability saturates late in a run (tasks are S-curves)")
    falls = _falls(comparison, "odds_elasticity_compute")
    if falls:
        where = "every regime" if len(falls) == len(comparison.names) else _list([_name(n) for n in falls])
        said.append(f"Lambda falls over the run in {where}")
    return f"{_capital(' and '.join(said))}: read the paths and not only the ends." if said else ""


def _falls(comparison: Comparison, metric: str) -> list[str]:
    """Regimes in which the last four steps lie below the first four after the start."""
    found = []
    for name in comparison.names:
        path = comparison.path(name, metric).mean(axis=1).dropna().to_numpy(dtype=float)
        if path.size > 8 and path[-4:].mean() < path[1:5].mean():
            found.append(name)
    return found


def _reference(comparison: Comparison, outcome: Outcome) -> str:
    name = comparison.reference
    found = comparison.spread(name, outcome.metric)
    if found.count == 0:
        return f"{_capital(outcome.subject)} is not defined in {_name(name)}."
    ends = _spread(comparison, name, outcome)
    return f"{_capital(outcome.subject)} ends at {ends} in {_name(name)}."


def _others(comparison: Comparison, outcome: Outcome) -> list[str]:
    """Differences that leave zero one by one; the rest together."""
    clear: list[str] = []
    unclear: list[str] = []
    equal: list[str] = []
    undefined: list[str] = []
    single: list[str] = []
    for name in _unlike(comparison):
        gap = comparison.difference(name, outcome.metric)
        if gap.count == 0:
            undefined.append(_name(name))
        elif gap.zero:
            equal.append(_name(name))
        elif not gap.interval:
            single.append(f"{_name(name)} ({number(gap.mean, sign=True)})")
        elif gap.leaves_zero:
            clear.append(_clear(comparison, outcome, gap, first=not clear))
        else:
            unclear.append(f"{_name(name)} ({_interval(gap)})")
    told = list(clear)
    if unclear:
        seeds = _seeds(comparison)
        told.append(
            f"No difference from {_name(comparison.reference)} can be told for {_list(unclear)}:"
            f" the 95 % interval of the paired difference over {seeds} holds zero."
        )
    if single:
        told.append(
            f"With one seed there is no interval: {_list(single)} against {_name(comparison.reference)}."
        )
    if equal:
        told.append(f"In {_list(equal)} it is exactly as in {_name(comparison.reference)}, seed by seed.")
    if undefined:
        told.append(f"It is not defined in both regimes of a pair for {_list(undefined)}.")
    return told


def _clear(comparison: Comparison, outcome: Outcome, gap: Difference, *, first: bool) -> str:
    side = "below" if gap.mean < 0 else "above"
    unit = f" {outcome.unit}" if outcome.unit else ""
    if not first:
        return (
            f"In {_name(gap.regime)}: {_spread(comparison, gap.regime, outcome)},"
            f" {number(abs(gap.mean))}{unit} {side} (interval {_interval(gap)})."
        )
    return (
        f"In {_name(gap.regime)} it ends at {_spread(comparison, gap.regime, outcome)},"
        f" {number(abs(gap.mean))}{unit} {side} {_name(comparison.reference)}; the 95 % interval"
        f" of the paired difference, {_interval(gap)} over {gap.count} seeds, excludes zero."
    )


def _spread(comparison: Comparison, name: str, outcome: Outcome, kind: str = "final") -> str:
    found = comparison.spread(name, outcome.metric, kind)
    unit = f" {outcome.unit}" if outcome.unit else ""
    span = extent(found.low, found.high, " to ")
    return f"{number(found.mean)}{unit}" + (f" [{span}]" if span else "")


def _interval(gap: Difference) -> str:
    return f"{number(gap.low)} to {number(gap.high)}"


def mechanism(comparison: Comparison) -> list[dict[str, Any]]:
    """Per regime: which keys were changed, and which accompanying quantities moved."""
    told = []
    for name in comparison.others:
        moved, still, equal = [], [], []
        for outcome in MECHANISM:
            if outcome.metric not in comparison.metrics:
                continue
            gap = comparison.difference(name, outcome.metric)
            if gap.count == 0:
                continue
            if gap.leaves_zero:
                base = comparison.spread(comparison.reference, outcome.metric).mean
                mine = comparison.spread(name, outcome.metric).mean
                moved.append(
                    f"{outcome.subject} is {number(mine)}, against {number(base)} in"
                    f" {_name(comparison.reference)}{_crossing(outcome.metric, base, mine)}"
                )
            elif gap.zero:
                equal.append(outcome.subject)
            else:
                still.append(outcome.subject)
        told.append(
            {
                "name": name,
                "words": regime_words(name),
                "changed": changes(comparison, name),
                "moved": moved,
                "still": still,
                "equal": equal,
            }
        )
    return told


def changes(comparison: Comparison, name: str) -> list[tuple[str, str]]:
    """The parameters that differ from the reference, each with its change in words."""
    return changes_in_words(comparison.scenarios[comparison.reference], comparison.scenarios[name])


def _crossing(metric: str, base: float, mine: float) -> str:
    """Lambda = 1 is where larger training budgets stop paying for themselves in market share."""
    if metric != "odds_elasticity_compute":
        return ""
    if (base - 1) * (mine - 1) < 0:
        return ", crossing 1"
    return f", both {'above' if mine > 1 else 'below'} 1"


def turns_note(comparison: Comparison) -> str:
    """What would have to be varied to say on which parameter a difference turns."""
    differing = [
        name
        for name in comparison.others
        if not all(comparison.difference(name, metric).zero for metric in comparison.metrics)
    ]
    found = [key for name in differing for key, _ in changes(comparison, name)]
    keys = sorted(set(found))
    if not keys:
        return "No regime differs from the reference; nothing could turn on a parameter."
    return (
        "A comparison of whole regimes cannot say which of their parameters decides. To find it,"
        f" give the reference one of these at a time, all else as it is: {', '.join(keys)}."
    )


def nothing(comparison: Comparison, outcome: Outcome) -> bool:
    """Whether an outcome is zero in every run: a mechanism that is switched off."""
    found = [comparison.spread(name, outcome.metric, kind) for name in comparison.names for kind in KINDS]
    return all(one.count > 0 and one.low == one.high == 0.0 for one in found)


def _seeds(comparison: Comparison) -> str:
    count = len(comparison.seeds)
    return f"{count} seed" + ("s" if count != 1 else "")


def _name(name: str) -> str:
    return regime_words(name).lower()


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _list(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def value_table(
    comparison: Comparison, outcomes: Sequence[Outcome], kind: str = "final"
) -> list[dict[str, Any]]:
    """Rows for a table: metric, per regime mean and range over seeds; without what is 0 everywhere."""
    rows = []
    for outcome in outcomes:
        if outcome.metric not in comparison.metrics or nothing(comparison, outcome):
            continue
        cells = []
        for name in comparison.names:
            found = comparison.spread(name, outcome.metric, kind)
            span = extent(found.low, found.high, " to ")
            gap = comparison.difference(name, outcome.metric, kind)
            marked = name != comparison.reference and gap.leaves_zero
            cells.append({"mean": number(found.mean), "span": span, "marked": marked})
        rows.append(
            {
                "label": metric_words(outcome.metric),
                "unit": metric_unit(outcome.metric),
                "cells": cells,
            }
        )
    return rows
