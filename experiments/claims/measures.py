"""Measures read off the metrics of a run: a mean, an end, a growth rate, a first date, an area.

Step 0 is the state before anybody has decided and is left out. Undefined is NaN; a metric that the model
does not have is `NotMeasured`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from experiments.claims.record import Measure, NotMeasured

if TYPE_CHECKING:
    from model.results import Results

Floats = NDArray[np.float64]
LAST = 4
"""Steps at the end of a run over which `end` averages, as the comparison of regimes does."""
LEAST = 4
"""Points without which no trend is fitted."""
KNOWN = 0.75
"""Share of the steps that must hold a number before a growth rate is told."""


def series(results: Results, *names: str) -> tuple[Floats, Floats]:
    """Years and values after the start of the first metric of these that exists."""
    table = results.tables["metrics"]
    for name in names:
        if name in table.columns:
            use = (table["step"] >= 1).to_numpy()
            years = table["time_years"].to_numpy(dtype=float)[use]
            return years, table[name].to_numpy(dtype=float)[use]
    raise NotMeasured(f"the model has no metric {' or '.join(names)}")


def mean(values: Floats) -> float:
    """Mean of the finite values; NaN without one."""
    held = values[np.isfinite(values)]
    return float(held.mean()) if held.size else float("nan")


def slope(years: Floats, values: Floats) -> float:
    """Least-squares slope a year over finite values; NaN with fewer than four."""
    use = np.isfinite(values)
    if int(use.sum()) < LEAST:
        return float("nan")
    x = years[use] - years[use].mean()
    return float(x @ values[use] / (x @ x))


def log10(values: Floats) -> Floats:
    """log10 of what is above zero, NaN elsewhere."""
    return np.log10(np.where(values > 0.0, values, np.nan))


def _unit(names: tuple[str, ...], log: bool) -> str:
    from experiments.words import metric_unit

    return "OOM" if log else metric_unit(names[0])


def _measure(kind: str, names: tuple[str, ...], log: bool, unit: str, read: Callable[..., float]) -> Measure:
    label = f"{'log10 ' if log else ''}{names[0]}: {kind}"

    def function(results: Results) -> float:
        years, values = series(results, *names)
        return read(years, log10(values) if log else values)

    return Measure(label, _words(kind, names[0], log), unit, function)


def _words(kind: str, name: str, log: bool) -> str:
    from experiments.words import metric_words

    return f"{metric_words(name)}, {kind}{' (log10)' if log else ''}"


def over_run(*names: str, log: bool = False) -> Measure:
    """Mean over all steps after the start."""
    return _measure("mean over the run", names, log, _unit(names, log), lambda _, v: mean(v))


def at_end(*names: str, log: bool = False) -> Measure:
    """Mean of the last four steps."""
    return _measure("end of the run", names, log, _unit(names, log), lambda _, v: mean(v[-LAST:]))


def growth(*names: str, log: bool = True) -> Measure:
    """Slope a year, of log10 unless said otherwise; NaN if over a quarter of the steps holds no number."""
    unit = "OOM a year" if log else f"{_unit(names, False)} a year".strip()

    def read(years: Floats, values: Floats) -> float:
        known = np.isfinite(values).mean() if values.size else 0.0
        return slope(years, values) if known >= KNOWN else float("nan")

    return _measure("growth a year, known in most steps", names, log, unit, read)


def defined(*names: str, log: bool = False) -> Measure:
    """Share of the steps in which a metric holds a number (above zero, with `log`)."""
    return _measure(
        "share of steps with a number", names, log, "share", lambda _, v: float(np.isfinite(v).mean())
    )


def largest_step(*names: str) -> Measure:
    """The largest rise from one step to the next."""

    def read(_: Floats, values: Floats) -> float:
        rises = np.diff(values)
        rises = rises[np.isfinite(rises)]
        return float(rises.max()) if rises.size else float("nan")

    return _measure("largest rise in one step", names, False, _unit(names, False), read)


def slowdown(*names: str) -> Measure:
    """Growth in the first half of the run less growth in its second half."""

    def read(years: Floats, values: Floats) -> float:
        half = years.size // 2
        return slope(years[:half], values[:half]) - slope(years[half:], values[half:])

    return _measure(
        "growth in the first half less in the second", names, False, f"{_unit(names, False)} a year", read
    )


def surprise(*names: str, ahead: int = 4) -> Measure:
    """Error of extrapolating a metric by its own last change, mean over the run.

    |x_t - (2 x_{t-4} - x_{t-8})|: what an outsider who draws a straight line gets wrong in a year.
    """

    def read(_: Floats, values: Floats) -> float:
        if values.size <= 2 * ahead:
            return float("nan")
        forecast = 2.0 * values[ahead:-ahead] - values[: -2 * ahead]
        return mean(np.abs(values[2 * ahead :] - forecast))

    return _measure("error of a straight-line forecast", names, False, _unit(names, False), read)


def product(one: Measure, two: Measure, words: str) -> Measure:
    """The product of two measures of a run."""
    return Measure(f"({one.name}) x ({two.name})", words, "index", lambda run: one(run) * two(run))


def table_measure(name: str, words: str, unit: str) -> Callable[[Callable[[Any], float]], Measure]:
    """Register a function of Results under a name."""

    def register(function: Callable[[Any], float]) -> Measure:
        return Measure(name, words, unit, function)

    return register
