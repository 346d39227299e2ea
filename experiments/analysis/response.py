"""Figures of designs that somebody chose: curves, maps and tornadoes of an outcome over its factors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from scipy import stats

from experiments.analysis.frames import Cell, Floats
from experiments.analysis.pictures import cell_colours, rows, titled
from experiments.analysis.reading import Reading, plain
from experiments.plots.base import across_axis, grid, plain_axis
from experiments.study import Outcome
from experiments.words import DASHES

PANELS = 9
MAPS = 4
LABELLED = 0.15  # of the widest bar: shorter ones go without their value


def response(reading: Reading) -> Figure | None:
    """Curves over one factor or three, a map over two, a tornado where one moves at a time."""
    moved = [one for one in reading.factors if reading.design[one].nunique() > 1]
    if reading.kind == "one-at-a-time" and moved:
        return _tornado(reading, moved)
    if reading.kind not in ("grid", "table") or not moved:
        return None
    return _maps(reading, moved) if len(moved) == 2 else _curves(reading, moved[:3])


def _mean(values: Floats) -> tuple[Floats, Floats]:
    """Mean over seeds and half-width of its 95 % t interval, (points,)."""
    count = np.isfinite(values).sum(axis=1)
    with np.errstate(all="ignore"):
        held = np.ma.masked_invalid(values)
        middle = np.ma.filled(held.mean(axis=1), np.nan)
        spread = np.ma.filled(held.std(axis=1, ddof=1), np.nan) if values.shape[1] > 1 else middle * np.nan
        half = stats.t.ppf(0.975, np.maximum(count - 1, 1)) * spread / np.sqrt(np.maximum(count, 1))
    return middle, np.where(count > 1, half, np.nan)


def _scale(reading: Reading, factor: str) -> tuple[Any, list[str] | None, bool]:
    """Places of the points along a factor, names for text, whether a log scale suits."""
    column = reading.design[factor]
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        held = column.to_numpy(dtype=float)
        positive = held[np.isfinite(held)]
        log = bool(positive.min() > 0 and positive.max() / positive.min() > 30)
        return held, None, log
    names = list(dict.fromkeys(str(one) for one in column.dropna()))
    return np.array([names.index(str(one)) if pd.notna(one) else np.nan for one in column]), names, False


def _curves(reading: Reading, factors: list[str]) -> Figure:
    """A panel per outcome, or per outcome and factor: means over all other factors."""
    outcomes = reading.outcomes[: PANELS if len(factors) == 1 else MAPS]
    shown = [(outcome, factor) for outcome in outcomes for factor in factors]
    columns = 3 if len(factors) == 1 else len(factors)
    figure, axes = grid(len(shown), columns, height=2.7, top=0.25 + 0.2 * -(-len(reading.cells) // 3))
    paint, dash = cell_colours(reading), _dashes(reading)
    for (outcome, factor), panel in zip(shown, axes, strict=True):
        where, names, log = _scale(reading, factor)
        x = np.unique(where[np.isfinite(where)])
        for cell in reading.cells:
            values = reading.values(outcome, cell)
            by_value = np.array([_over(values[where == one]) for one in x])
            middle, half = _mean(by_value)
            panel.plot(x, middle, color=paint[cell], linestyle=dash[cell], marker="o", markersize=3)
            panel.fill_between(x, middle - half, middle + half, color=paint[cell], alpha=0.13, linewidth=0)
        if log:
            panel.set_xscale("log")
        if names is not None or len(x) <= 6:
            panel.set_xticks(x, names if names is not None else [plain(one) for one in x])
            panel.minorticks_off()
        else:
            across_axis(panel, 5)
        plain_axis(panel)
        panel.set_xlabel(reading.short(factor))
        titled(panel, outcome)
    handles = [
        Line2D([], [], color=paint[one], linestyle=dash[one], linewidth=2, label=reading.words(one))
        for one in reading.cells
    ]  # fmt: skip
    figure.legend(handles=handles, loc="upper center", ncols=3)
    return figure


def _over(values: Floats) -> Floats:
    """Mean over points for each seed, (seeds,); NaN where a seed has gaps."""
    return np.asarray(values.mean(axis=0), dtype=np.float64)


def _dashes(reading: Reading) -> dict[Cell, Any]:
    """Policies by line style where regimes have the colours."""
    laws = list(dict.fromkeys(one.policy for one in reading.cells))
    several = len({one.regime for one in reading.cells}) > 1
    styles = ("-", "--", ":", "-.", *DASHES[5:])
    return {one: styles[laws.index(one.policy) % len(styles)] if several else "-" for one in reading.cells}


def _maps(reading: Reading, factors: list[str]) -> Figure:
    places = [_scale(reading, one) for one in factors]
    outcomes = reading.outcomes[:MAPS]
    cells = reading.cells[: max(1, 12 // len(outcomes))]
    columns = min(len(cells), 3) if len(cells) > 1 else 2
    shown = [(outcome, cell) for outcome in outcomes for cell in cells]
    figure, axes = grid(len(shown), columns, height=2.9, top=0.05)
    levels = [sorted({float(v) for v in where if np.isfinite(v)}) for where, _, _ in places]
    for (outcome, cell), panel in zip(shown, axes, strict=True):
        middle, _ = _mean(reading.values(outcome, cell))
        held = np.full((len(levels[1]), len(levels[0])), np.nan)
        for point, value in enumerate(middle):
            at = places[0][0][point], places[1][0][point]
            if np.isfinite(at).all():
                held[levels[1].index(at[1]), levels[0].index(at[0])] = value
        image = panel.imshow(held, origin="lower", aspect="auto", cmap="viridis")
        for axis, values, (_, names, _), factor in zip("xy", levels, places, factors, strict=True):
            words = names or [plain(v) for v in values]
            every = max(1, len(words) // 7)
            marks = list(range(0, len(words), every))
            set_ticks = panel.set_xticks if axis == "x" else panel.set_yticks
            set_ticks(marks, [words[k] for k in marks])
            (panel.set_xlabel if axis == "x" else panel.set_ylabel)(reading.short(factor))
        panel.grid(False)
        bar = figure.colorbar(image, ax=panel)
        plain_axis(bar.ax)
        titled(panel, outcome, 40)
        if len(reading.cells) > 1:
            panel.set_title(f"{panel.get_title(loc='left')}\n{reading.words(cell)}", fontsize=8.5)
    return figure


def _tornado(reading: Reading, factors: list[str]) -> Figure:
    """The reference cell: how far each factor alone moves an outcome from where it is, on paired seeds."""
    shown = reading.outcomes[:6]
    count = min(12, len(factors))
    figure, axes = grid(len(shown), 2, height=0.75 + 0.25 * count, top=0.1)
    figure.set_figwidth(10.0)
    for outcome, panel in zip(shown, axes, strict=True):
        moves = tornado(reading, outcome, reading.reference)
        names = sorted(factors, key=lambda one: -max((abs(m) for _, m, _ in moves[one]), default=0.0))[:count]
        most = max((abs(m) for held in moves.values() for _, m, _ in held), default=0.0)
        for row, name in enumerate(names):
            for value, middle, half in moves[name]:
                panel.barh(
                    row, middle, height=0.55, color="#0072B2" if middle >= 0 else "#D55E00", alpha=0.75
                )
                if np.isfinite(half):
                    panel.plot([middle - half, middle + half], [row, row], color="#333333", linewidth=1)
                if abs(middle) > LABELLED * most:
                    panel.annotate(value, (middle, row), fontsize=6.5, color="#444444", va="center",
                               ha="left" if middle >= 0 else "right",
                               xytext=(3 if middle >= 0 else -3, 5), textcoords="offset points")  # fmt: skip
        panel.axvline(0.0, color="#444444", linewidth=1)
        rows(panel, [reading.short(one) for one in names])
        across_axis(panel)
        panel.margins(x=0.18)
        titled(panel, outcome, 46)
    return figure


def tornado(reading: Reading, outcome: Outcome, cell: Cell) -> dict[str, list[tuple[str, float, float]]]:
    """Per factor: value in words, move of the outcome from the unmoved point, half-width of its interval."""
    values = reading.values(outcome, cell)
    moves, halves = _mean(values - values[:1])
    found: dict[str, list[tuple[str, float, float]]] = {one: [] for one in reading.factors}
    for point in range(1, reading.points):
        for name in reading.factors:
            value = reading.design[name].iloc[point]
            if pd.notna(value) and np.isfinite(moves[point]):
                found[name].append((plain(value), float(moves[point]), float(halves[point])))
    return found


__all__ = ["response", "tornado"]
