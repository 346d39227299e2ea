"""Sentences of a study's page: every word that judges comes from a number."""

from __future__ import annotations

import math
from collections.abc import Sequence

from experiments.analysis.indices import Index, Indices
from experiments.analysis.pairs import Effect
from experiments.analysis.pictures import part_words
from experiments.analysis.reading import Finding, Reading, label, label_unit, plain
from experiments.study import Outcome
from experiments.words import number

HEADLINES = 4


def in_short(reading: Reading) -> list[str]:
    """The page in a few lines."""
    lines = []
    if reading.others:
        lines += [
            _clear_effects(reading),
            *(_effect_line(reading, one) for one in reading.outcomes[:HEADLINES]),
        ]
    lines += [line for one in reading.outcomes[:HEADLINES] if (line := _lever_line(reading, one))]
    if reading.method:
        lines += [depends(reading, one) for one in reading.outcomes[:HEADLINES]]
    lines += [line for one in reading.outcomes[:1] if (line := split_words(reading, one))]
    lines += [finding_words(reading, one) for one in reading.findings[:2]]
    return [line for line in lines if line]


def _clear_effects(reading: Reading) -> str:
    """How many differences can be told, and how many would seem to by chance."""
    found = [reading.effect(o, c) for o in reading.outcomes for c in reading.others]
    known = [one for one in found if one.known and not one.zero]
    zero = sum(one.zero for one in found)
    same = f"; {zero} {'is' if zero == 1 else 'are'} exactly zero" if zero else ""
    if not known:
        why = "there is one run a side" if not any(one.known for one in found) else "nothing differs"
        return f"No difference from {reading.words(reading.reference)} can be told: {why}{same}."
    clear, chance = sum(bool(one.side()) for one in known), round(0.05 * len(known))
    lucky = f"about {chance}" if chance else "hardly one"
    return (
        f"{clear} of {len(known)} differences from {reading.words(reading.reference)} leave zero"
        f" (95 % interval); {lucky} would by chance alone{same}."
    )


def _effect_line(reading: Reading, outcome: Outcome) -> str:
    """The difference that is furthest from zero in its own errors."""
    found = [(reading.effect(outcome, cell), cell) for cell in reading.others]
    known = [(one, cell) for one, cell in found if one.known and one.error > 0]
    if not known:
        return ""
    one, cell = max(known, key=lambda pair: abs(pair[0].mean) / pair[0].error)
    if not one.side():
        few = f" {needed_words(one)}." if needed_words(one) else ""
        return f"{label(outcome)}: no difference can be told from zero.{few}"
    unit = f" {label_unit(outcome)}" if label_unit(outcome) else ""
    return (
        f"{label(outcome)}: clearest is {reading.words(cell).lower()}, {number(one.mean, sign=True)}{unit}"
        f" ({number(one.low, sign=True)} to {number(one.high, sign=True)})."
    )


def _lever_line(reading: Reading, outcome: Outcome) -> str:
    """The chosen value that moves an outcome furthest, in its own errors, in the reference cell."""
    cell = reading.reference
    found = [
        (reading.moved(outcome, cell, factor, place), factor, place)
        for factor, values in reading.levels.items() for place in range(1, len(values))
    ]  # fmt: skip
    known = [one for one in found if one[0].side() and one[0].error > 0]
    if not known:
        return ""
    one, factor, place = max(known, key=lambda held: abs(held[0].mean) / held[0].error)
    values, unit = reading.levels[factor], f" {label_unit(outcome)}" if label_unit(outcome) else ""
    who = f" ({reading.words(cell).lower()})" if len(reading.cells) > 1 else ""
    return (
        f"{label(outcome)}{who}: with {reading.short(factor)} {plain(values[place])} instead of"
        f" {plain(values[0])} it moves by {number(one.mean, sign=True)}{unit}"
        f" ({number(one.low, sign=True)} to {number(one.high, sign=True)}), clearest of all values."
    )


def needed_words(effect: Effect) -> str:
    """What more it would take for the interval to leave zero."""
    if not effect.known or effect.side() or effect.zero or not effect.mean:
        return ""
    seeds, points = effect.seeds_needed, effect.points_needed
    if seeds and points and points <= effect.points:
        points = None
    ways = [f"{seeds:,} seeds in all"] if seeds else []
    ways += [f"{points:,} points in all"] if points else []
    if not ways:
        return "No number of seeds or points below 100,000 would tell it"
    return f"If mean and spread stay, it would take {' or '.join(ways)}"


def depends(reading: Reading, outcome: Outcome) -> str:
    """On which factors an outcome depends, in the reference cell."""
    found = reading.index(outcome, reading.reference)
    who = f"{label(outcome)}"
    if found.constant:
        return f"{who}: the same at every point, so nothing moves it."
    if not found.told:
        return f"{who}: too few whole points for indices."
    clear = _clear(found)
    if not clear:
        guess = reading.short(found.order()[0])
        return f"{who}: no factor can be told from luck (largest: {guess}, not clear)."
    words = "; ".join(_index_words(reading, found, one) for one in clear[:3])
    more = f", and {len(clear) - 3} more" if len(clear) > 3 else ""
    return f"{who}: moved most by {words}{more}.{_interplay(found)}"


def _clear(found: Indices) -> list[str]:
    told = {one.factor for one in (*found.main, *found.total) if one.clear}
    return [name for name in found.order() if name in told]


def _index_words(reading: Reading, found: Indices, name: str) -> str:
    kinds = {"sobol": "total index", "morris": "µ*", "given": "first-order index"}
    lead = next(one for one in (found.total if found.method == "sobol" else found.main) if one.factor == name)
    return f"{reading.short(name)} ({kinds[found.method]} {span(lead)})"


def _interplay(found: Indices) -> str:
    """How much of the variance no factor carries alone."""
    if found.method == "morris":
        return ""
    alone = sum(max(one.value, 0.0) for one in found.main)
    error = math.sqrt(sum(one.half**2 for one in found.main))
    luck = f" and luck left in the means ({number(found.luck)})" if found.luck > 0.01 else ""
    carry = (
        f" Factors alone carry {100 * min(alone, 1.0):.0f} % of the variance (± {100 * min(error, 1.0):.0f})"
    )
    return (
        f"{carry}; the rest is interplay{luck}."
        if alone + error < 1.0
        else f"{carry}; interplay cannot be told."
    )


def span(one: Index) -> str:
    """An index with the half-width of its interval."""
    if one.value != one.value:
        return "–"
    return number(one.value) if one.half != one.half else f"{number(one.value)} ± {number(one.half)}"


def split_words(reading: Reading, outcome: Outcome) -> str:
    """Where the variance of an outcome comes from."""
    found = reading.split(outcome)
    if found is None:
        return ""
    parts = sorted((one for one in found.parts if one.share >= 0.005), key=lambda one: -one.share)
    words = [
        f"{part_words(reading, one.name)} {100 * one.share:.0f} %"
        + (f" ({100 * one.low:.0f} to {100 * one.high:.0f})" if one.low == one.low else "")
        for one in parts
    ]
    luck = "" if found.told_apart else "; with one seed, luck is inside these shares"
    return f"{label(outcome)}: of the variance over all runs, {', '.join(words)}{luck}."


def finding_words(reading: Reading, found: Finding) -> str:
    """A box: where, how often, how sure."""
    box = found.box
    who = reading.words(found.cell).lower()
    what = (
        "in its highest fifth"
        if found.against is None
        else (f"higher in {who} than in {reading.words(found.against).lower()}")
    )
    case = f"{label(found.outcome)}: {what}"
    unseen = (
        "" if math.isnan(box.unseen_density) else f" ({100 * box.unseen_density:.0f} % on points not seen)"
    )
    return (
        f"{case} in {100 * box.density:.0f} % of the points{unseen} where {where(reading, found)}, against"
        f" {100 * box.base:.0f} % of all points; {100 * box.coverage:.0f} % of such cases lie there."
    )


def where(reading: Reading, found: Finding) -> str:
    """The sides of a box in words."""
    names = list(reading.factors)
    words = []
    for side in found.box.sides:
        name = names[side.factor]
        factor, short = reading.factors[name], reading.short(name)
        if factor.levels:
            count = len(factor.levels)
            kept = [
                str(v) for k, v in enumerate(factor.levels)
                if (k + 0.5) / count >= side.low and (k + 0.5) / count <= side.high
            ]  # fmt: skip
            words.append(f"{short} is {' or '.join(kept)}")
        elif side.low > 0.0 and side.high < 1.0:
            words.append(
                f"{short} is between {reading.value(name, side.low)} and {reading.value(name, side.high)}"
            )
        else:
            above = side.low > 0.0
            edge = reading.value(name, side.low if above else side.high)
            words.append(f"{short} is {'above' if above else 'below'} {edge}")
    return " and ".join(words)


LIMITS = {
    "saltelli": "The indices hold for factors that vary independently over the ranges above; another range is"
    " another answer. A total index counts every interplay in which a factor takes part, so they add up to"
    " more than one.",
    "morris": "Elementary effects screen: they rank factors and tell curved or interacting ones (sigma), but"
    " are no shares of variance.",
    "given": "First-order indices of a plain sample say what a factor does alone; one that acts only"
    " together with others is not seen. A saltelli design would tell.",
    "chosen": "The points were chosen, not sampled: a mean over them gives each equal weight, and intervals"
    " hold luck only.",
}


def limits(reading: Reading, missing: int) -> list[str]:
    """What this study cannot say, from what it is."""
    count, seeds = len(reading.factors), len(reading.seeds)
    lines = [
        "It is no forecast. It says what follows from the stated mechanisms and numbers, many of them"
        " assumed; computeshift parameters lists each with its source and how sure it is.",
        f"{count} parameter{'s are' if count != 1 else ' is'} varied; all others stay at the values of"
        " their regimes." if count else "No parameter is varied: it says nothing of other plausible values.",
    ]  # fmt: skip
    if seeds == 1:
        lines.append(
            "One seed: luck cannot be told from effects. Total indices and interplay contain it, and no"
            " difference at a single point has an interval."
        )
    elif reading.method:
        lines.append(
            f"Indices are those of the mean over {seeds} seeds; the luck left in the mean is told beside"
            " them. Intervals of indices come from resampling points, not seeds."
        )
    key = reading.method if reading.method == "given" else reading.kind if reading.method else "chosen"
    if reading.factors:
        lines.append(LIMITS[key])
    tests = len(reading.outcomes) * len(reading.others)
    if tests > 1:
        lines.append(
            f"Of {tests} differences about one in twenty leaves zero by chance alone. Look for outcomes that"
            " move together."
        )
    if missing:
        lines.append(
            f"{missing:,} runs are missing. If they are missing where outcomes are extreme, what is left is"
            " too tame."
        )
    if reading.findings:
        lines.append(
            "A box says where cases of interest lie among the points that were run, in factors that vary"
            " independently. Its edges are as coarse as the points are sparse."
        )
    return lines


def empty_words(outcomes: Sequence[Outcome]) -> str:
    """Outcomes without a number in any run."""
    return "; ".join(label(one) for one in outcomes)
