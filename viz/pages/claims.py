"""Claims: what the sources say, the metric of the watched run, the verdict of the last stored trial."""

from __future__ import annotations

import contextlib
import math
from typing import Any

import pandas as pd
import solara

from experiments.claims import registry
from experiments.claims.record import Check, Claim, NotMeasured, Record
from experiments.claims.settings import REGIMES
from experiments.words import metric_unit, metric_words, number, regime_words, unit_words
from viz.chart import Chart
from viz.film import Snapshot
from viz.grid import Column, Grid, Line, amount, words
from viz.options.base import Line as Path
from viz.options.base import lines
from viz.parts import Heading, Note, Table
from viz.trial import find, read, verdicts
from viz.view import View

TITLE = "Claims"
ORDER = 60
ICON = "mdi-scale"
NO_TRIAL = "no trial stored"
GROUPS = ("all", "with a live metric", "about the watched regime", "checks")
COLOURS = {
    "supported": "#009E73", "built in": "#56B4E9", "opposed": "#D55E00", "conditional": "#E69F00",
    "undecided": "#9aa0a6",
    "holds": "#009E73", "holds in part": "#E69F00", "fails": "#D55E00",
}  # fmt: skip
COLUMNS = (
    Column("claim", False, "a click shows all that is known of it"),
    Column("what is claimed", False),
    Column("verdict of the trial", False),
    Column("in this run, now", True, "the claim's own measure, on the steps so far of the watched run alone"),
    Column("what is measured", False),
)


@solara.component
def Page(view: View) -> None:
    """The page."""
    now = view.now
    group, set_group = solara.use_state(GROUPS[0])
    chosen, set_chosen = solara.use_state("")
    path = find()
    record = read(path)
    held = verdicts(record)
    _Trial(record, path is not None)
    solara.ToggleButtonsSingle(value=group, values=list(GROUPS), on_value=set_group, dense=True)
    shown = [one for one in registry().values() if in_group(one, group, now)]
    measured = solara.use_memo(lambda: live(now), [id(now.film), now.step])
    rows = [line(one, held.get(one.id), measured.get(one.id, math.nan)) for one in shown]
    if chosen in registry():
        _Claim(now, registry()[chosen], held.get(chosen), measured.get(chosen, math.nan), set_chosen)
    for start in range(0, len(rows), 50):
        with solara.Div(classes=["cs-panel"], style={"margin-top": "10px"}):
            Grid(f"claims {start}", COLUMNS, rows[start : start + 50], set_chosen, chosen)
    Note(
        "A single run decides nothing: a verdict compares regimes over paired seeds and over the plausible"
        " space of the parameters. A dash: the measure needs more steps, or reads tables that only a finished"
        " run has. computeshift claims runs the trial."
    )


@solara.component
def _Trial(record: dict[str, Any], there: bool) -> None:
    if not record:
        Note(
            "The file of the last trial cannot be read."
            if there
            else "No trial is stored here: computeshift claims makes one."
        )
        return
    tally = ", ".join(f"{count} {word}" for word, count in record.get("tally", {}).items())
    quick = " A quick trial: do not quote it." if record.get("quick") else ""
    Note(f"The last stored trial: {tally}.{quick}")


@solara.component
def _Claim(now: Snapshot, one: Record, verdict: dict[str, Any] | None, value: float, set_chosen: Any) -> None:
    with solara.Div(classes=["cs-panel"], style={"margin-top": "10px"}, attributes={"data-claim": one.id}):
        with solara.Row(justify="space-between", style={"background": "transparent"}):
            Heading(f"{one.id} {one.title}: {verdict['verdict'] if verdict else NO_TRIAL}")
            solara.Button("Close", on_click=lambda: set_chosen(""), small=True, text=True)
        said = f" Number given: {one.number}." if one.number else ""
        Note(f"{one.says}{said} Source: {one.source}. {one.note}")
        told = details(one, verdict)
        if told:
            Table(told, ["what", "found"])
        if isinstance(one, Check):
            _Checked(one).key(one.id)
        name = metric_of(one)
        if name in now.film.metrics:
            option = lines(
                metric_words(name), metric_unit(name), now.labels,
                [Path(metric_words(name), now.metric(name), "#0072B2")],
                note="the metric behind the claim, in the watched run", legend=False,
            )  # fmt: skip
            Chart(option, height="240px")


@solara.component
def _Checked(one: Check) -> None:
    rows = solara.use_memo(lambda: checked(one), [one.id])
    Table(rows, ["what", "said", "found", "holds"])


def details(one: Record, verdict: dict[str, Any] | None) -> list[dict[str, str]]:
    """What the record and the trial say of a claim."""
    told = []
    if isinstance(one, Claim):
        contrast = one.contrast
        sign = "above" if one.direction > 0 else "below"
        told.append(
            {"what": "measure", "found": f"{contrast.measure.words} {bracketed(contrast.unit)}".strip()}
        )
        told.append({"what": "expected", "found": f"{contrast.words}: {sign} zero"})
        told.append({"what": "settings", "found": ", ".join(regime_words(name) for name in contrast.weights)})
    if verdict:
        told.append({"what": "told", "found": " ".join(verdict.get("told", []))})
        for key, what in (
            ("effect_words", "effect at the default"),
            ("share_words", "sign holds in"),
            ("turns_words", "turns on"),
        ):
            if verdict.get(key):
                told.append({"what": what, "found": str(verdict[key])})
    return told


def bracketed(unit: str) -> str:
    """A unit in brackets; nothing for a pure number."""
    told = unit_words(unit)
    return f"[{told}]" if told else ""


def checked(one: Check) -> list[dict[str, str]]:
    """The lines of a check, worked out now from the model's own functions and data."""
    return [
        {
            "what": item.words,
            "said": item.said,
            "found": f"{number(item.found)} {item.unit}".strip(),
            "holds": "yes" if item.holds else "no",
        }
        for item in one.items()
    ]


def line(one: Record, verdict: dict[str, Any] | None, value: float) -> Line:
    """A claim in the table."""
    word = str(verdict["verdict"]) if verdict else NO_TRIAL
    measure = one.contrast.measure if isinstance(one, Claim) else None
    told = measure.words if measure else "worked out, not simulated" if isinstance(one, Check) else "none"
    unit = unit_words(measure.unit) if measure else ""
    if measure is not None and measure.unit == "OOM":  # else a logarithm would look like the number itself
        unit = "OOM"
    cells = [
        [one.id, f"{one.id[0]}{int(one.id[1:]):03d}"],
        words(one.title), words(word), amount(value, 1.0, f" {unit}" if unit and len(unit) < 12 else ""),
        words(told),
    ]  # fmt: skip
    return Line(one.id, cells, COLOURS.get(word, "#c9ccd1"))


def metric_of(one: Record) -> str:
    """The metric that a claim's measure reads; empty if it reads other tables."""
    if not isinstance(one, Claim):
        return ""
    name = one.contrast.measure.name.removeprefix("log10 ").partition(":")[0]
    return name if name.isidentifier() else ""


class _Metrics:
    """What a measure that reads metrics alone needs of results."""

    def __init__(self, now: Snapshot) -> None:
        years = now.scenario.horizon.step_years
        steps = list(range(now.step + 1))
        clock = {"step": steps, "time_years": [step * years for step in steps]}
        self.tables = {"metrics": pd.DataFrame(clock | {name: now.metric(name) for name in now.film.metrics})}
        self.scenario, self.seed = now.scenario, now.film.seed


def live(now: Snapshot) -> dict[str, float]:
    """Each claim's own measure on the steps so far; only those that read metrics alone."""

    found, results = {}, _Metrics(now)
    for one in registry().values():
        if isinstance(one, Claim) and metric_of(one) in now.film.metrics:
            with contextlib.suppress(NotMeasured, KeyError):
                found[one.id] = one.contrast.measure(results)  # type: ignore[arg-type]
    return found


def in_group(one: Record, group: str, now: Snapshot) -> bool:
    """Whether a claim is in a group of the switch."""
    if group == "with a live metric":
        return metric_of(one) in now.film.metrics
    if group == "checks":
        return isinstance(one, Check)
    if group == "about the watched regime":
        mine = now.scenario.name.partition("+")[2] or now.scenario.name
        mine = mine if mine in REGIMES else now.scenario.name
        return isinstance(one, Claim) and any(name.partition("+")[0] == mine for name in one.contrast.weights)
    return True
