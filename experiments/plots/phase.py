"""The phase diagram: the plane of Λ and market size, labs and HHI over Λ, theory under simulation."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, FuncFormatter, MultipleLocator, NullLocator
from PIL import Image

from experiments.plots.base import STYLE
from experiments.studies.phase_grid import OVERHEAD
from experiments.studies.phase_theory import frontier, interval, most_real

# Okabe and Ito's palette, one colour a market size, from dark to light enough for paper.
COLOURS = ("#000000", "#0072B2", "#D55E00", "#009E73")
CONTROL = "#CC79A7"
TITLES = {
    "myopic": "Entrants expect rivals to stand still (myopic)",
    "symmetric": "Entrants foresee the new rest (symmetric)",
}
WITHIN = "Numbers: labs simulated; if two, from above and from below"
SPAN = (0.12, 1.72)
DODGE = 0.02  # of Λ, so that market sizes do not hide each other
LEVELS = (1, 2, 3, 5, 10, 30, 100, 300, 1000)
TICKS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000)


def phase_figure(table: pd.DataFrame, absent: Sequence[tuple[float, float]] = ()) -> Figure:
    """Draw the table of `phase_table.tabulate`; `absent` are places (Λ, N) of theory alone."""
    matplotlib.rcParams.update(cast(Any, STYLE))
    rules = [rule for rule in TITLES if rule in set(table["rule"])]
    figure = Figure(figsize=(10.4, 12.4), layout="constrained")
    FigureCanvasAgg(figure)
    cast(Any, figure.get_layout_engine()).set(h_pad=0.09, w_pad=0.07, rect=(0, 0, 1, 0.93))
    axes = figure.subplots(
        3, len(rules), squeeze=False, sharex=True, sharey="row", height_ratios=(0.85, 1.25, 1.0)
    )
    sizes = sorted({*table["users"], *(users for _, users in absent)})
    colour = {users: COLOURS[at % len(COLOURS)] for at, users in enumerate(sizes)}
    field: Any = None
    for column, rule in enumerate(rules):
        part = table[(table["rule"] == rule) & (table["depth_exponent"] == 0)]
        deep = table[(table["rule"] == rule) & (table["depth_exponent"] > 0)]
        field = _plane(axes[0, column], part, absent, sizes)
        axes[0, column].set_title(f"{TITLES[rule]}\n")
        words = axes[0, column].text(0, 1.03, WITHIN, transform=axes[0, column].transAxes, fontsize=8.5)
        words.set_in_layout(False)
        _lines(axes[1, column], part, absent, colour, "labs")
        _lines(axes[2, column], part, absent, colour, "hhi")
        _control(axes[1, column], deep, "labs")
        _control(axes[2, column], deep, "hhi")
        axes[2, column].set_xlabel(
            "Λ: per cent by which the odds of being chosen rise\nwith 1 % more fixed compute"
        )
    axes[0, 0].set_ylabel("Market size N [users]")
    axes[1, 0].set_ylabel("Labs in business, n")
    axes[2, 0].set_ylabel("Revenue HHI (1 = one lab)")
    bar = figure.colorbar(field, ax=axes[0, :], pad=0.01, aspect=14)
    bar.set_label("Theory: most labs that can live")
    _legend(figure, colour, bool((table["depth_exponent"] > 0).any()))
    return figure


def write_figure(figure: Figure, stem: Path) -> None:
    """PNG (few colours, so a small file) and SVG, without dates: the same table gives the same bytes."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110, metadata={"Software": None})
    drawn = Image.open(buffer).convert("RGB").quantize(128, dither=Image.Dither.NONE)
    drawn.save(stem.with_suffix(".png"), optimize=True)
    figure.set_layout_engine("none")  # keep the places that it found
    figure.savefig(stem.with_suffix(".svg"), metadata={"Date": None, "Creator": None})


def _plane(axes: Axes, part: pd.DataFrame, absent: Sequence[tuple[float, float]], sizes: list[float]) -> Any:
    """Theory's upper bound as colour and contours; simulated numbers, from above over from below."""
    x = np.linspace(*SPAN, 161)
    y = np.geomspace(sizes[0] / 2.2, sizes[-1] * 2.2, 121)
    n = np.array([[max(most_real(a, OVERHEAD / b), 1.0) for a in x] for b in y])
    shades = matplotlib.colormaps["cividis"](np.linspace(0.0, 1.0, len(LEVELS)))
    field = axes.contourf(x, y, n, levels=LEVELS, colors=shades, extend="max")
    axes.contour(x, y, n, levels=LEVELS, colors="white", linewidths=0.7)
    axes.axvline(1.0, color="white", linestyle="--", linewidth=1.6)
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(FixedLocator(sizes))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.grid(visible=False)
    for elasticity, users in sorted(set(zip(part["elasticity"], part["users"], strict=True))):
        cell = part[(part["elasticity"] == elasticity) & (part["users"] == users)]
        told = [f"{row.labs:g}" for row in cell.sort_values("side").itertuples()]  # above, below
        text = told[0] if len(set(told)) == 1 else "\n".join(told)
        _label(axes, elasticity, users, text, "white")
    for elasticity, users in absent:
        low, high = interval(elasticity, OVERHEAD / users)
        _label(axes, elasticity, users, f"({low})" if low == high else f"({low}–{high})", "#d0d0d0")
    return field


def _label(axes: Axes, x: float, y: float, text: str, face: str) -> None:
    box = {"boxstyle": "round,pad=0.22", "facecolor": face, "edgecolor": "none"}
    axes.text(x, y, text, ha="center", va="center", fontsize=8, linespacing=1.0, bbox=box)


def _lines(
    axes: Axes,
    part: pd.DataFrame,
    absent: Sequence[tuple[float, float]],
    colour: dict[float, str],
    what: str,
) -> None:
    """Intervals and frontiers of theory, medians and ends of the simulation, one size a colour."""

    def turn(count: float) -> float:
        return 1.0 / count if what == "hhi" else count

    low, high, every = (
        np.linspace(SPAN[0], 0.998, 200),
        np.linspace(1.002, SPAN[1], 200),
        np.linspace(*SPAN, 320),
    )
    for at, (users, shade) in enumerate(colour.items()):
        shift = DODGE * (at - (len(colour) - 1) / 2)
        cost = OVERHEAD / users
        line = [turn(frontier(v, cost)) for v in low]
        axes.plot(low, line, color=shade, linestyle=":", linewidth=1.3, zorder=2)
        bound = [turn(max(most_real(v, cost), 1.0)) for v in every]
        axes.plot(every, bound, color=shade, linewidth=0.8, alpha=0.6, zorder=2)
        here = part[part["users"] == users]
        places = [*here["elasticity"].unique(), *(v for v, n in absent if n == users)]
        for elasticity in places:
            ends = [turn(n) for n in interval(elasticity, cost)]
            x = elasticity + shift
            axes.vlines(x, min(ends), max(ends), color=shade, alpha=0.28, linewidth=6.5, zorder=2.5)
            axes.plot(
                [x, x], ends, "_", color=shade, alpha=0.55, markersize=9, markeredgewidth=1.6, zorder=2.6
            )
        for side, mark in (("below", "o"), ("above", "^")):
            rows = here[here["side"] == side]
            found, x = rows[what].to_numpy(), rows["elasticity"].to_numpy() + shift
            reach = np.abs(rows[[f"{what}_least", f"{what}_most"]].to_numpy().T - found)
            face = shade if side == "below" else "white"
            axes.errorbar(x, found, yerr=reach, fmt=mark, markersize=5.2 if side == "below" else 6.4,
                          color=shade, markerfacecolor=face, markeredgewidth=1.1, elinewidth=1.1, capsize=2,
                          zorder=5 if side == "below" else 4)  # fmt: skip
    axes.plot(
        high, [turn(frontier(v, 1.0)) for v in high], color="#444444", linestyle="--", linewidth=1.6, zorder=3
    )
    axes.axvline(1.0, color="#999999", linewidth=1.0, zorder=1)
    axes.set_yscale("log")
    axes.set_xlim(*SPAN)
    axes.xaxis.set_major_locator(MultipleLocator(0.2))
    axes.set_ylim(*((0.0009, 0.75) if what == "hhi" else (1.5, 1100.0)))
    axes.yaxis.set_major_locator(FixedLocator([tick for tick in TICKS if (tick < 1) == (what == "hhi")]))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def _control(axes: Axes, deep: pd.DataFrame, what: str) -> None:
    """Quality in inference depth on top: the same numbers are expected."""
    axes.plot(deep["elasticity"], deep[what], "s", color=CONTROL, markersize=10, markerfacecolor="none",
              markeredgewidth=1.5, zorder=6)  # fmt: skip


def _legend(figure: Figure, colour: dict[float, str], control: bool) -> None:
    grey = "#444444"

    def mark(label: str, **style: Any) -> Line2D:
        return Line2D([], [], label=label, **{"color": grey, **style})

    handles: list[Any] = [
        mark(f"N = {users:,.0f} users", color=shade, linewidth=3) for users, shade in colour.items()
    ]
    handles += [
        Patch(facecolor=grey, alpha=0.28, label="theory: from blocked entry to most"),
        mark("theory: most, this N", linewidth=0.8, alpha=0.6),
        mark("theory, large N, Λ < 1: (1 − Λ) µN / F0", linestyle=":"),
        mark("theory, large N, Λ > 1: Λ / (Λ − 1)", linestyle="--"),
        mark("simulated, from 2 labs (median, range)", marker="o", linestyle=""),
        mark("simulated, from too many labs", marker="^", linestyle="", markerfacecolor="white"),
    ]
    if control:
        style = {"color": CONTROL, "marker": "s", "markersize": 9, "markerfacecolor": "none"}
        handles.append(mark("from 2, quality in inference depth too", linestyle="", **style))
    figure.legend(handles=handles, loc="upper center", ncols=3, fontsize=9, handlelength=2.2)
