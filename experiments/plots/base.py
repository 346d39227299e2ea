"""What all pictures share: style, axes, bands over seeds, a legend of regimes."""

from __future__ import annotations

import datetime
import math
import textwrap
from collections.abc import Sequence
from typing import Any, cast

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from experiments.compare import Comparison
from experiments.words import colours, dashes, labelled, number, regime_words

WIDTH = 10.0
STYLE: dict[str, Any] = {
    "font.size": 9.5,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#666666",
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e6e6e6",
    "grid.linewidth": 0.7,
    "xtick.color": "#444444",
    "ytick.color": "#444444",
    "legend.frameon": False,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "svg.hashsalt": "computeshift",
    "svg.fonttype": "path",
}


def grid(count: int, columns: int, *, height: float = 2.7, top: float = 0.55) -> tuple[Figure, list[Axes]]:
    """A figure with `count` panels and room for a legend above."""
    matplotlib.rcParams.update(cast(Any, STYLE))
    columns = min(columns, count)
    rows = math.ceil(count / columns)
    total = height * rows + top
    engine = ConstrainedLayoutEngine(rect=(0, 0, 1, 1 - top / total), h_pad=0.08, w_pad=0.08)
    figure = Figure(figsize=(WIDTH if columns > 1 else WIDTH * 0.62, total), layout=engine)
    axes = figure.subplots(rows, columns, squeeze=False).ravel().tolist()
    for spare in axes[count:]:
        spare.remove()
    return figure, axes[:count]


def regime_legend(figure: Figure, names: Sequence[str]) -> None:
    """One entry per regime, above the panels."""
    colour, dash = colours(names), dashes(names)
    handles = [
        Line2D([], [], color=colour[n], linestyle=dash[n], linewidth=2.2, label=regime_words(n))  # type: ignore[arg-type]
        for n in names
    ]
    figure.legend(handles=handles, loc="upper center", ncols=min(3, len(names)), handlelength=2.6)


def years(comparison: Comparison, name: str, time_years: Any) -> np.ndarray[Any, Any]:
    """Calendar years of a real start, else years since the start."""
    values = np.asarray(time_years, dtype=float)
    return values + _first_year(comparison, name)


def time_label(comparison: Comparison) -> str:
    """What the time axis says."""
    real = _first_year(comparison, comparison.reference) > 0
    return "Year" if real else "Years since the start"


def _first_year(comparison: Comparison, name: str) -> float:
    table = comparison.tables(name, "metrics")[0]
    if "date" not in table or not str(table["date"].iloc[0] or ""):
        return 0.0
    day = comparison.scenarios[name].horizon.start
    begin = datetime.date(day.year, 1, 1)
    return day.year + (day - begin).days / 365.25


def band(
    axes: Axes, comparison: Comparison, metric: str, *, log: bool = False, title_width: int = 32
) -> bool:
    """A metric over time: the mean over seeds and the band from least to greatest."""
    colour, dash = colours(comparison.names), dashes(comparison.names)
    drawn = False
    for name in comparison.names:
        frame = comparison.path(name, metric)
        if frame.empty:
            continue
        clock = comparison.tables(name, "metrics")[0].set_index("step")["time_years"]
        frame = frame.dropna(how="all")
        frame = frame.where(frame > 0) if log else frame
        if frame.empty or frame.isna().all(axis=None):
            continue
        x = years(comparison, name, clock.loc[frame.index])
        mean, low, high = frame.mean(axis=1), frame.min(axis=1), frame.max(axis=1)
        axes.fill_between(x, low, high, color=colour[name], alpha=0.13, linewidth=0)
        width = 2.6 if name == comparison.reference else 1.6
        axes.plot(x, mean, color=colour[name], linestyle=dash[name], linewidth=width)
        drawn = True
    if log and drawn:
        log_axis(axes)
    elif drawn:
        plain_axis(axes)
    axes.set_title("\n".join(textwrap.wrap(labelled(metric), title_width)))
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    return drawn


def log_axis(axes: Axes) -> None:
    """A log scale with numbers in words: every power, or 1-2-5 where there are few."""
    axes.set_yscale("log")
    low, high = axes.get_ylim()
    decades = math.log10(high / low)
    few = (1.0, 1.5, 2.0, 3.0, 5.0, 7.0) if decades > 0.4 else tuple(np.arange(1.0, 10.0, 0.5))
    subs = (1.0,) if decades > 2.5 else (1.0, 2.0, 5.0) if decades > 0.8 else few
    axes.yaxis.set_major_locator(LogLocator(10, subs=subs, numticks=7 if decades > 6 else 12))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _tick(value)))


def plain_axis(axes: Axes) -> None:
    """Readable numbers, no offsets."""
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _tick(value)))


def across_axis(axes: Axes, most: int = 4) -> None:
    """The same for a horizontal axis."""
    axes.xaxis.set_major_locator(MaxNLocator(most))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _tick(value)))


def _tick(value: float) -> str:
    if value == 0 or 1e-3 <= abs(value) < 1e5:
        return f"{value:g}".replace("-", "−")
    return number(value, short=True)


def wrapped(name: str, width: int = 16) -> str:
    """A regime's name on several short lines."""
    return "\n".join(textwrap.wrap(regime_words(name), width, break_long_words=False))
