"""One small picture per claim: the effect at the default, and its sign over the plausible space."""

from __future__ import annotations

import io
from typing import Any, cast

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from experiments.claims.record import Check, Claim, Item
from experiments.claims.space import SPACE, sample
from experiments.claims.trial import Outcome
from experiments.plots.base import STYLE
from experiments.words import number, unit_words

RIGHT, WRONG, NONE = "#0072B2", "#D55E00", "#8a939c"
SIZE = (7.4, 1.9)
BAR = 0.32
CLIP = 98.0  # percentile of |effect| beyond which points are drawn at the edge


def draw(outcome: Outcome) -> bytes:
    """PNG; empty if there is nothing to draw."""
    if isinstance(outcome.record, Check):
        return _png(_check(outcome.items))
    if not isinstance(outcome.record, Claim) or outcome.verdict is None:
        return b""
    if not outcome.verdict.effect.count and not outcome.verdict.share.count:
        return b""
    figure, axes = _figure(2)
    _seeds(axes[0], outcome, outcome.record)
    _space(axes[1], outcome, outcome.record)
    return _png(figure)


def _figure(columns: int, height: float = SIZE[1]) -> tuple[Figure, list[Axes]]:
    matplotlib.rcParams.update(cast(Any, STYLE | {"font.size": 8.5, "axes.titlesize": 8.5}))
    figure = Figure(figsize=(SIZE[0], height), layout="constrained")
    ratios = [1.0, 1.35] if columns == 2 else None
    return figure, figure.subplots(1, columns, squeeze=False, width_ratios=ratios).ravel().tolist()


def _colour(values: np.ndarray[Any, Any], direction: int) -> list[str]:
    return [RIGHT if direction * v > 0 else WRONG if direction * v < 0 else NONE for v in values]


def _seeds(axes: Axes, outcome: Outcome, record: Claim) -> None:
    """A dot a seed, the mean and its interval."""
    assert outcome.verdict is not None
    effect = outcome.verdict.effect
    held = outcome.effects[np.isfinite(outcome.effects)]
    axes.axvline(0.0, color="#444444", linewidth=1.0)
    if held.size and record.contrast.statistic == "mean":
        rise = np.linspace(-0.5, 0.5, held.size) if held.size > 1 else np.zeros(1)
        axes.scatter(held, rise * 0.5, s=11, c=_colour(held, record.direction), alpha=0.55, linewidths=0)
    if effect.count:
        colour = _colour(np.array([effect.mean]), record.direction)[0] if effect.side() else NONE
        if effect.known:
            axes.plot([effect.low, effect.high], [0.75, 0.75], color=colour, linewidth=2.4)
        axes.plot([effect.mean], [0.75], "D", color=colour, markersize=5)
    axes.set_ylim(-0.6, 1.1)
    axes.set_yticks([])
    axes.set_title(f"Default: {effect.count} seed{'s' if effect.count != 1 else ''}, mean, 95 %")
    axes.set_xlabel(unit_words(record.contrast.unit) or record.contrast.unit)
    axes.grid(False, axis="y")
    _wide(axes)


def _space(axes: Axes, outcome: Outcome, record: Claim) -> None:
    """Effects over the points: along the parameter on which the sign turns, or in order."""
    points = outcome.points
    known = np.isfinite(points)
    if not known.any():
        axes.set_axis_off()
        axes.text(0.5, 0.5, "no point of the space", ha="center", va="center", color=NONE)
        return
    limit = float(np.percentile(np.abs(points[known]), CLIP)) or 1.0
    shown = np.clip(points, -limit, limit)
    colours = _colour(points[known], record.direction)
    axes.axhline(0.0, color="#444444", linewidth=1.0)
    if outcome.turn is not None:
        side = outcome.turn.boxes[0].sides[0]
        one = SPACE[side.dimension]
        share = sample(max(points.size, 2))[known, side.dimension]
        across = np.array([one.value(s) for s in share])
        axes.scatter(across, shown[known], s=9, c=colours, alpha=0.7, linewidths=0)
        axes.axvline(one.value(side.cut), color=NONE, linestyle="--")
        if one.scale == "log":
            axes.set_xscale("log")
        axes.set_xlabel(one.key)
    else:
        order = np.argsort(shown[known])
        axes.scatter(
            np.arange(order.size), shown[known][order], s=7, c=[colours[i] for i in order], linewidths=0
        )
        axes.set_xlabel("points, in order of the effect")
        axes.set_xticks([])
    if outcome.verdict is not None:
        share = outcome.verdict.share
        ties = f", {share.tied} ties" if share.tied else ""
        axes.set_title(
            f"Space: the sign claimed (blue) holds in {100 * share.value:.0f} % of {share.told}{ties}"
        )
    axes.margins(y=0.12)


def _check(items: tuple[Item, ...]) -> Figure:
    """Each number against the range in which the statement holds, on a scale of its own."""
    figure, axes = _figure(1, 0.55 + BAR * len(items))
    one = axes[0]
    for row, item in enumerate(reversed(items)):
        low, high = _ends(item)
        width = (high - low) or 1.0
        left, right = (max(item.low, low) - low) / width, (min(item.high, high) - low) / width
        one.barh(row, max(right - left, 0.006), left=left, height=0.5, color="#dbe9f4")
        colour = RIGHT if item.holds else WRONG
        one.plot([(item.found - low) / width], [row], "D", color=colour, markersize=5)
        label = f"{number(item.found)} {item.unit}".strip()
        one.text(1.03, row, label, va="center", ha="left", color=colour)
    one.set_yticks(range(len(items)), [item.words for item in reversed(items)], fontsize=8)
    one.set_ylim(-0.6, len(items) - 0.4)
    one.set_xlim(-0.03, 1.3)
    one.set_xticks([])
    one.grid(False)
    figure.suptitle(
        "Found (point) and where the statement holds (bar), each on its own scale",
        x=0.01, ha="left", fontsize=8.5, fontweight="bold",
    )  # fmt: skip
    for name in ("left", "bottom"):
        one.spines[name].set_visible(False)
    one.tick_params(length=0)
    return figure


def _ends(item: Item) -> tuple[float, float]:
    """A window that shows the number and the finite ends of the range."""
    marks = [x for x in (item.low, item.high, item.found, 0.0) if np.isfinite(x)]
    low, high = min(marks), max(marks)
    room = 0.12 * ((high - low) or max(abs(high), 1.0))
    return low - room, high + room


def _wide(axes: Axes) -> None:
    low, high = axes.get_xlim()
    room = 0.08 * (high - low)
    axes.set_xlim(low - room, high + room)
    axes.locator_params(axis="x", nbins=5)


def _png(figure: Figure) -> bytes:
    FigureCanvasAgg(figure)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=120, metadata={"Software": None})
    return buffer.getvalue()
