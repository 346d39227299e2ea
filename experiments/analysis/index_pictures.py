"""Figures of what outcomes depend on: bars with intervals, and all of it at a glance."""

from __future__ import annotations

import textwrap

import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from experiments.analysis.indices import Indices
from experiments.analysis.pictures import rows, titled
from experiments.analysis.reading import Reading, label
from experiments.plots.base import across_axis, grid

FIRST, TOTAL, SOFT = "#0072B2", "#9cc8e6", "#8a939c"
PANELS = 6
BARS = 10


def bars(reading: Reading) -> Figure | None:
    """The most important factors of each outcome in the reference cell, with 95 % intervals."""
    shown = (
        [(one, reading.index(one, reading.reference)) for one in reading.outcomes] if reading.method else []
    )
    shown = [(one, found) for one, found in shown if not found.constant and found.told][:PANELS]
    if not shown:
        return None
    count = min(BARS, len(reading.factors))
    figure, axes = grid(len(shown), 2, height=0.75 + 0.26 * count, top=0.4)
    figure.set_figwidth(10.0)
    for (outcome, found), panel in zip(shown, axes, strict=True):
        names = found.order()[:count]
        first = {one.factor: one for one in found.main}
        total = {one.factor: one for one in found.total} if found.method == "sobol" else {}
        for row, name in enumerate(names):
            wide = [(total, TOTAL, -0.18), (first, FIRST, 0.18)] if total else [(first, FIRST, 0.0)]
            for held, colour, shift in wide:
                one = held[name]
                panel.barh(row + shift, max(one.value, 0.0), height=0.34 if total else 0.6, color=colour)
                panel.plot([one.low, one.high], [row + shift] * 2, color="#333333", linewidth=1.0)
        if found.luck == found.luck and found.method != "given":
            panel.axvline(found.luck, color="#D55E00", linestyle="--", linewidth=1.2)
        panel.axvline(0.0, color="#444444", linewidth=1)
        rows(panel, [_marked(reading, found, name) for name in names])
        across_axis(panel)
        low = min(0.0, *(first[name].low for name in names))
        panel.set_xlim(max(low * 1.05, -0.35 * panel.get_xlim()[1]) if low < 0 else 0.0)
        titled(panel, outcome, 46, unit=found.method == "morris")
    method = shown[0][1].method
    handles: list[Patch | Line2D] = {
        "sobol": [Patch(color=TOTAL, label="total"), Patch(color=FIRST, label="first order (alone)")],
        "morris": [Patch(color=FIRST, label="µ* (mean size of the effect over the whole range)")],
        "given": [Patch(color=FIRST, label="first order (alone)")],
    }[method]  # type: ignore[assignment]
    if any(found.luck == found.luck for _, found in shown) and method != "given":
        handles.append(Line2D([], [], color="#D55E00", linestyle="--", label="what luck alone gives"))
    figure.legend(handles=handles, loc="upper center", ncols=3)
    return figure


def _marked(reading: Reading, found: Indices, name: str) -> str:
    """A star: told from luck by any of its indices."""
    clear = any(one.clear for one in (*found.main, *found.total) if one.factor == name)
    return f"{reading.short(name)}{' *' if clear else ''}"


def glance(reading: Reading) -> Figure | None:
    """Factors down, outcomes across, a panel per cell: the leading index of each, signed by its direction."""
    if not reading.method or len(reading.factors) < 2:
        return None
    outcomes, cells = reading.outcomes[:12], reading.cells[:6]
    if not any(reading.index(one, cell).told for one in outcomes for cell in cells):
        return None
    names = _ranked(reading)
    columns = 1 if len(outcomes) > 6 or len(cells) == 1 else 2
    height = 1.5 + 0.24 * len(names)
    figure, axes = grid(len(cells), columns, height=height, top=0.1)
    figure.set_figwidth(10.0)
    for at, (cell, panel) in enumerate(zip(cells, axes, strict=True)):
        held = np.full((len(names), len(outcomes)), np.nan)
        for column, outcome in enumerate(outcomes):
            found = reading.index(outcome, cell)
            lead = found.total if found.method == "sobol" else found.main
            scale = max((one.value for one in lead), default=1.0) if found.method == "morris" else 1.0
            sign = reading.direction(outcome, cell)
            for one in lead:
                row = names.index(one.factor)
                held[row, column] = one.value / (scale or 1.0)
                if held[row, column] != held[row, column]:
                    continue
                mark = (
                    "+"
                    if sign.get(one.factor, 0.0) > 0.1
                    else "−"
                    if sign.get(one.factor, 0.0) < -0.1
                    else ""
                )
                if found.method == "morris":
                    mark = "+" if sign[one.factor] > 0.5 * one.value else (
                        "−" if sign[one.factor] < -0.5 * one.value else "")  # fmt: skip
                strong = held[row, column] > 0.55
                if held[row, column] >= 0.02:
                    panel.text(column, row, f"{held[row, column]:.2f}{mark}", ha="center", va="center",
                               fontsize=7.5, color="white" if strong else "#1d2329",
                               fontweight="bold" if one.clear else "normal")  # fmt: skip
        panel.imshow(np.clip(held, 0.0, 1.0), cmap=colormaps["Blues"], vmin=0.0, vmax=1.0, aspect="auto")
        panel.set_xticks(
            range(len(outcomes)),
            ["\n".join(textwrap.wrap(label(one), 15 if len(outcomes) > 8 else 17)) for one in outcomes],
            fontsize=6.8 if len(outcomes) > 6 else 7.5,
        )
        panel.set_yticks(
            range(len(names)), [reading.short(n) if at % columns == 0 else "" for n in names], fontsize=8
        )
        panel.grid(False)
        panel.tick_params(length=0)
        if len(reading.cells) > 1:
            panel.set_title(reading.words(cell))
    return figure


def _ranked(reading: Reading) -> list[str]:
    """Factors by the mean of their leading index over outcomes."""
    score = dict.fromkeys(reading.factors, 0.0)
    for outcome in reading.outcomes:
        found = reading.index(outcome, reading.reference)
        lead = found.total if found.method == "sobol" else found.main
        most = max((one.value for one in lead if one.value == one.value), default=0.0)
        for one in lead:
            if one.value == one.value and most > 0:
                score[one.factor] += one.value / (most if found.method == "morris" else 1.0)
    return sorted(score, key=lambda name: -score[name])
