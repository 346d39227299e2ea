"""Figures of a study's page. Each returns None where there is nothing to draw."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import MaxNLocator

from experiments.analysis.convergence import Step
from experiments.analysis.frames import Cell
from experiments.analysis.reading import Finding, Reading, label, label_unit
from experiments.analysis.variance import PARTS
from experiments.plots.base import across_axis, grid, plain_axis
from experiments.study import Outcome
from experiments.words import COLOURS, colours

PANELS = 9
PART_COLOURS = dict(zip(PARTS, ("#0072B2", "#D55E00", "#CC79A7", "#c3c9cf"), strict=True))
SOFT = "#8a939c"


def titled(axes: Axes, outcome: Outcome, width: int = 36, *, unit: bool = True) -> None:
    """Outcome and unit above a panel."""
    text = label(outcome) + (f" [{label_unit(outcome)}]" if unit and label_unit(outcome) else "")
    axes.set_title("\n".join(textwrap.wrap(text, width)), fontsize=8.5)


def cell_colours(reading: Reading) -> dict[Cell, str]:
    """A regime keeps its colour; policies of a single regime get one each."""
    if len({one.regime for one in reading.cells}) > 1:
        held = colours(list(dict.fromkeys(one.regime for one in reading.cells)))
        return {one: held[one.regime] for one in reading.cells}
    if len(reading.cells) == 1:
        return {reading.cells[0]: COLOURS[1]}
    return {one: COLOURS[k % len(COLOURS)] for k, one in enumerate(reading.cells)}


def _height(names: Sequence[str], width: int = 30) -> float:
    """Room for so many names down the side, broken at `width`."""
    lines = max(len(textwrap.wrap(one, width)) for one in names)
    return 0.9 + len(names) * (0.26 if lines == 1 else 0.16 * lines)


def rows(axes: Axes, names: Sequence[str], *, shown: bool = True, width: int = 30) -> None:
    """Names down the side, the first on top."""
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_yticks(range(len(names)))
    wrapped = ["\n".join(textwrap.wrap(one, width)) for one in names]
    axes.set_yticklabels(wrapped if shown else [""] * len(names), fontsize=8)
    axes.grid(axis="y", visible=False)


def spread(reading: Reading) -> Figure | None:
    """All runs of each cell: median, middle half, nine tenths."""
    shown = reading.outcomes[:PANELS]
    names = [reading.words(one) for one in reading.cells]
    figure, axes = grid(len(shown), 3, height=_height(names), top=0.1)
    paint = cell_colours(reading)
    for at, (outcome, panel) in enumerate(zip(shown, axes, strict=True)):
        for row, cell in enumerate(reading.cells):
            held = reading.values(outcome, cell)
            held = held[np.isfinite(held)]
            if not held.size:
                continue
            five, low, middle, high, most = np.percentile(held, [5, 25, 50, 75, 95])
            panel.plot([five, most], [row, row], color=paint[cell], linewidth=1.2)
            panel.plot([low, high], [row, row], color=paint[cell], linewidth=5, solid_capstyle="butt")
            panel.plot(middle, row, "o", color="white", markeredgecolor=paint[cell], markersize=5)
        rows(panel, names, shown=at % 3 == 0)
        across_axis(panel)
        titled(panel, outcome)
    return figure


def effects(reading: Reading) -> Figure | None:
    """Paired effects against the reference with 95 % intervals; filled points leave zero."""
    shown = [
        one for one in reading.outcomes if any(reading.effect(one, cell).points for cell in reading.others)
    ][:PANELS]
    if not shown:
        return None
    names = [reading.words(one) for one in reading.others]
    figure, axes = grid(len(shown), 3, height=_height(names), top=0.1)
    paint = cell_colours(reading)
    for at, (outcome, panel) in enumerate(zip(shown, axes, strict=True)):
        panel.axvline(0.0, color="#444444", linewidth=1)
        for row, cell in enumerate(reading.others):
            found = reading.effect(outcome, cell)
            if not found.points:
                panel.text(0.02, row, "not defined", fontsize=7.5, color=SOFT, va="center",
                           transform=panel.get_yaxis_transform())  # fmt: skip
                continue
            if found.known:
                panel.plot([found.low, found.high], [row, row], color=paint[cell], linewidth=2)
            face = paint[cell] if found.side() else "white"
            panel.plot(found.mean, row, "o", markersize=6, color=paint[cell], markerfacecolor=face)
        rows(panel, names, shown=at % 3 == 0)
        across_axis(panel)
        titled(panel, outcome)
    return figure


def split(reading: Reading) -> Figure | None:
    """Shares of the variance, a bar per outcome."""
    found = [(one, reading.split(one)) for one in reading.outcomes]
    held = [(one, part) for one, part in found if part is not None]
    if not held:
        return None
    figure, axes = grid(1, 1, height=0.5 + 0.3 * len(held), top=0.45)
    figure.set_figwidth(10.0)
    panel = axes[0]
    for row, (_, parts) in enumerate(held):
        left = 0.0
        for part in parts.parts:
            panel.barh(row, part.share, left=left, height=0.66, color=PART_COLOURS[part.name])
            if part.share > 0.06:
                dark = part.name in ("parameters", "regime")
                panel.text(left + part.share / 2, row, f"{100 * part.share:.0f} %", ha="center",
                           va="center", fontsize=8, color="white" if dark else "#1d2329")  # fmt: skip
            left += part.share
    rows(panel, [label(one) for one, _ in held], width=60)
    panel.set_xlim(0.0, 1.0)
    panel.set_xlabel("share of the variance over all runs")
    names = [one for one in PARTS if any(parts.share(one) > 0 for _, parts in held)]
    handles = [Patch(color=PART_COLOURS[one], label=part_words(reading, one)) for one in names]
    figure.legend(handles=handles, loc="upper center", ncols=4)
    return figure


def part_words(reading: Reading, part: str) -> str:
    """What a part of the variance is called here: regime, policy, or both."""
    regimes = len({one.regime for one in reading.cells}) > 1
    policies = len({one.policy for one in reading.cells}) > 1
    who = "regime and policy" if regimes and policies else "policy" if policies else "regime"
    if part == "parameters" and len(reading.seeds) == 1:
        return "parameters and luck"
    return {"regime": who, "interplay": f"interplay of parameters and {who}", "luck": "luck (seeds)"}.get(
        part, part
    )


def convergence(reading: Reading) -> Figure | None:
    """Leading indices against points where there are indices, else effects against seeds or points."""
    shown = reading.outcomes[:6]
    if reading.method:
        paths = {one: reading.index_paths(one, reading.reference) for one in shown}
    else:
        paths = {one: _effect_paths(reading, one) for one in shown}
    held = {one: lines for one, lines in paths.items() if any(len(s) > 1 for s in lines.values())}
    if not held:
        return None
    names = list(dict.fromkeys(name for lines in held.values() for name in lines))
    paint = {one: COLOURS[(k + 1) % len(COLOURS)] for k, one in enumerate(names)}
    if not reading.method:
        paint = {reading.words(cell): colour for cell, colour in cell_colours(reading).items()}
    legend = 0.2 + 0.2 * -(-len(names) // 4)
    figure, axes = grid(len(held), 3, height=2.6, top=legend)
    for (outcome, lines), panel in zip(held.items(), axes, strict=True):
        panel.axhline(0.0, color="#444444", linewidth=1)
        for name, steps in lines.items():
            x = [one.count for one in steps]
            panel.plot(x, [one.value for one in steps], "o-", color=paint[name], markersize=3)
            low, high = [one.low for one in steps], [one.high for one in steps]
            panel.fill_between(x, low, high, color=paint[name], alpha=0.12, linewidth=0)
        _growing(panel, sorted({one.count for steps in lines.values() for one in steps}))
        ends = [v for steps in lines.values() for one in steps[1:] for v in (one.low, one.high)]
        least, most = min(*ends, 0.0), max(*ends, 0.0)
        room = 0.08 * (most - least or 1.0)
        panel.set_ylim(least - room, most + room)
        plain_axis(panel)
        panel.set_xlabel(_counted(reading))
        titled(panel, outcome, unit=not reading.method)
    handles = [
        Line2D([], [], color=paint[one], linewidth=2, label=reading.short(one) if reading.method else one)
        for one in names
    ]
    figure.legend(handles=handles, loc="upper center", ncols=min(4, len(handles)))
    return figure


def _effect_paths(reading: Reading, outcome: Outcome) -> dict[str, list[Step]]:
    found = {reading.words(cell): reading.effect_path(outcome, cell) for cell in reading.others[:6]}
    return {name: steps for name, steps in found.items() if steps}


def _counted(reading: Reading) -> str:
    if not reading.method:
        return "seeds" if len(reading.seeds) >= 4 else "points"
    return {"sobol": "base points", "morris": "trajectories"}.get(reading.method, "points")


def _growing(panel: Axes, counts: list[int]) -> None:
    if counts[-1] / counts[0] > 3:
        panel.set_xscale("log")
        panel.set_xticks(counts, [f"{n:,}" for n in counts])
        panel.minorticks_off()
    else:
        panel.xaxis.set_major_locator(MaxNLocator(5, integer=True))


def box(reading: Reading, found: Finding) -> Figure | None:
    """Points along the first two factors of a box, cases of interest in colour."""
    sides = found.box.sides
    names = list(reading.factors)
    figure, axes = grid(1, 1, height=3.0, top=0.45)
    panel = axes[0]
    first = sides[0]
    other = sides[1] if len(sides) > 1 else None
    across = found.unit[:, first.factor]
    up = found.unit[:, other.factor] if other else np.linspace(0.02, 0.98, len(across))
    for mask, colour, size in [(~found.cases, "#c3c9cf", 12), (found.cases, COLOURS[2], 16)]:
        panel.scatter(across[mask], up[mask], s=size, color=colour, linewidths=0)
    low, high = (other.low, other.high) if other else (0.0, 1.0)
    panel.add_patch(
        Rectangle((first.low, low), first.high - first.low, high - low, fill=False, linewidth=1.8,
                  edgecolor=COLOURS[0])
    )  # fmt: skip
    marks = [0.0, 0.25, 0.5, 0.75, 1.0]
    panel.set_xticks(marks, [reading.value(names[first.factor], m) for m in marks])
    panel.set_xlabel(names[first.factor])
    if other:
        panel.set_yticks(marks, [reading.value(names[other.factor], m) for m in marks])
        panel.set_ylabel(names[other.factor])
    else:
        panel.set_yticks([])
        panel.set_ylabel("points, in order")
    panel.set_xlim(-0.02, 1.02)
    panel.set_ylim(-0.02, 1.02)
    handles = [
        Line2D([], [], color=COLOURS[2], marker="o", linestyle="", label="case of interest"),
        Line2D([], [], color="#c3c9cf", marker="o", linestyle="", label="other point"),
    ]
    figure.legend(handles=handles, loc="upper center", ncols=2)
    return figure


__all__ = ["box", "convergence", "effects", "part_words", "split", "spread"]
