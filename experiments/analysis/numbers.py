"""Tables of a study's page, and the same as plain values."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from experiments.analysis.frames import Cell
from experiments.analysis.pairs import Effect
from experiments.analysis.pictures import part_words
from experiments.analysis.prose import needed_words, span, where
from experiments.analysis.reading import Reading, label, label_unit, plain
from experiments.factors import Uncertainty, parameter
from experiments.study import Outcome
from experiments.words import number, unit_words

HALF = 0.1  # a wanted half-width, as a share of the effect


def factor_rows(reading: Reading) -> list[dict[str, str]]:
    """What was varied, over what, and what is known of it."""
    found = []
    for key, one in reading.factors.items():
        held = parameter(key)
        if one.levels:
            span_ = ", ".join(plain(value) for value in one.levels)
        else:
            assert isinstance(one, Uncertainty) and one.low is not None and one.high is not None
            span_ = f"{plain(one.low)} to {plain(one.high)}"
        law: str = one.distribution if isinstance(one, Uncertainty) else "chosen"
        if isinstance(one, Uncertainty) and one.mean is not None and one.sd is not None:
            law = f"normal ({number(one.mean)}, sd {number(one.sd)})"
        found.append(
            {
                "key": key,
                "short": reading.short(key),
                "meaning": held.meaning,
                "unit": unit_words(held.unit),
                "law": law,
                "span": span_,
                "grade": held.grade,
                "acts": ", ".join(one.regimes),
            }
        )
    return found


def effect_rows(reading: Reading) -> list[dict[str, Any]]:
    """A row per outcome and cell that is held against the reference."""
    found = []
    for outcome in reading.outcomes:
        for at, cell in enumerate(reading.others):
            one = reading.effect(outcome, cell)
            if not one.points:
                continue
            found.append(
                {
                    "first": at == 0,
                    "label": label(outcome),
                    "unit": label_unit(outcome),
                    "cell": reading.words(cell),
                    "kind": _kind(one),
                    "mean": number(one.mean, sign=True),
                    "t": _span(one.low, one.high),
                    "boot": _span(one.boot_low, one.boot_high),
                    "error": number(one.error),
                    "positive": _signs(one),
                    "gain": _gain(reading, outcome, cell),
                    "needed": needed_words(one) or ("–" if one.zero or not one.known else "told already"),
                    "tenth": _tenth(one),
                }
            )
    return found


def _span(low: float, high: float) -> str:
    return f"{number(low)} to {number(high)}" if low == low else "–"


def _signs(one: Effect) -> str:
    return f"{one.positive:,} of {one.signs:,}" if one.signs else "–"


def _gain(reading: Reading, outcome: Outcome, cell: Cell) -> str:
    found = reading.gain(outcome, cell)
    return "–" if found != found else f"{number(found)}×" if math.isfinite(found) else "exact"


def _tenth(one: Effect) -> str:
    """Seeds or points for an interval of a tenth of the effect either way."""
    if not one.known or not one.mean or one.zero:
        return "–"
    seeds, points = one.seeds_for(HALF * abs(one.mean)), one.points_for(HALF * abs(one.mean))
    ways = [f"{seeds:,} seeds"] if seeds else []
    ways += [f"{points:,} points"] if points else []
    return " or ".join(ways) or "out of reach"


def lever_rows(reading: Reading) -> list[dict[str, Any]]:
    """A row per cell, factor and chosen value: each value less the first, paired."""
    found = []
    for cell in reading.cells:
        for factor, values in reading.levels.items():
            for place in range(1, len(values)):
                effects = [reading.moved(one, cell, factor, place) for one in reading.outcomes]
                found.append(
                    {
                        "cell": reading.words(cell),
                        "what": f"{reading.short(factor)} {plain(values[place])} less {plain(values[0])}",
                        "cells": [
                            (number(e.mean, sign=True), _span(e.low, e.high), _kind(e)) for e in effects
                        ],
                    }
                )
    return found


def _kind(one: Effect) -> str:
    return "clear" if one.side() else "zero" if one.zero else "open" if one.known else "none"


def index_tables(reading: Reading) -> list[dict[str, Any]]:
    """A table per outcome and cell, the reference's first; factors in order of importance."""
    if not reading.method:
        return []
    heads = {
        "sobol": ["First order", "Total", "Direction"],
        "morris": ["µ*", "σ", "µ"],
        "given": ["First order", "Direction"],
    }[reading.method]
    found = []
    for cell in reading.cells:
        for outcome in reading.outcomes:
            one = reading.index(outcome, cell)
            total = {index.factor: index for index in one.total}
            sign = reading.direction(outcome, cell)
            rows = []
            for index in sorted(one.main, key=lambda index: one.order().index(index.factor)):
                name = index.factor
                cells = [(span(index), index.clear)]
                cells += [(span(total[name]), total[name].clear)] if total else []
                cells.append((number(sign[name], sign=True), None))
                rows.append({"name": name, "short": reading.short(name), "cells": cells})
            pairs = [index for index in one.pairs if index.clear]
            found.append(
                {
                    "cell": reading.words(cell),
                    "reference": cell == reading.reference,
                    "label": label(outcome),
                    "heads": heads,
                    "rows": rows,
                    "told": one.told,
                    "blocks": one.blocks,
                    "luck": number(one.luck),
                    "pairs": [f"{reading.short(index.factor)} ({span(index)})" for index in pairs],
                }
            )
    return found


def split_rows(reading: Reading) -> dict[str, Any]:
    """Shares of the variance with intervals."""
    rows, names = [], [part_words(reading, one) for one in ("parameters", "regime", "interplay", "luck")]
    for outcome in reading.outcomes:
        one = reading.split(outcome)
        if one is None:
            continue
        cells = [
            (f"{100 * p.share:.1f} %", f"{100 * p.low:.0f} to {100 * p.high:.0f} %" if p.low == p.low else "")
            for p in one.parts
        ]
        rows.append({"label": label(outcome), "cells": cells, "sd": number(math.sqrt(one.variance)),
                     "unit": label_unit(outcome)})  # fmt: skip
    return {"heads": names, "rows": rows}


def as_json(reading: Reading) -> dict[str, Any]:
    """Every number of the page; what is not a number is None."""
    outcomes: dict[str, Any] = {}
    for outcome in reading.outcomes:
        one: dict[str, Any] = {"label": label(outcome), "unit": label_unit(outcome)}
        one["effects"] = [
            {"cell": asdict(cell), **asdict(e), "side": e.side(), "seeds_needed": e.seeds_needed,
             "points_needed": e.points_needed, "gain": reading.gain(outcome, cell)}
            for cell in reading.others for e in [reading.effect(outcome, cell)]
        ]  # fmt: skip
        if reading.method:
            one["indices"] = [
                {
                    "cell": asdict(c),
                    **asdict(reading.index(outcome, c)),
                    "signed": reading.direction(outcome, c),
                }
                for c in reading.cells
            ]
        split = reading.split(outcome)
        one["variance"] = None if split is None else asdict(split)
        outcomes[outcome.column] = one
    boxes = [
        {
            "outcome": one.outcome.column,
            "cell": asdict(one.cell),
            "against": None if one.against is None else asdict(one.against),
            "where": where(reading, one),
            **asdict(one.box),
        }
        for one in reading.findings
    ]
    found: dict[str, Any] = _finite(
        {"format": 1, "study": reading.study.name, "reference": asdict(reading.reference),
         "factors": list(reading.factors), "outcomes": outcomes, "boxes": boxes}
    )  # fmt: skip
    return found


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(held) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(held) for held in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value.item() if hasattr(value, "item") else value
