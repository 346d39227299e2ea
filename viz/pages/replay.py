"""Replay: stored results through time without simulating, all seeds of a regime as bands."""

from __future__ import annotations

import solara

from experiments.words import colours, number, regime_words
from viz.chart import Chart
from viz.ensemble import spread
from viz.measures import LOG, MEASURES, label, unit
from viz.options.base import Band, Line, lines
from viz.parts import Note, Table, visible
from viz.readings import path
from viz.stored import Stored
from viz.view import View

TITLE = "Replay"
ORDER = 100
ICON = "mdi-history"
SHOWN = MEASURES[:8]


@solara.component
def Page(view: View) -> None:
    """The page."""
    session, now = view.session, view.now
    chosen, set_chosen = solara.use_state(list(SHOWN[:6]))
    stored = session.stored
    if stored is None:
        Note(
            "Nothing stored is open. Results of computeshift compare or run are opened by the command below;"
            " all pages then show them through time, and this one all seeds as bands."
        )
        solara.HTML(tag="div", classes=["cs-code"], unsafe_innerHTML="computeshift view results/demo")
        return
    if not session.replaying.value:
        Note("The pages show a new run. Choose “stored results” at the top of the side bar to replay.")
        return
    regime, seed = session.replayed.value
    Note(
        f"{regime_words(regime)}: thick line seed {seed}, thin lines and band all"
        f" {len(stored.seeds(regime))} seeds of {stored.folder.name}. The slider at the side moves every"
        f" page; {now.label} is shown."
    )
    names = {label(name): name for name in MEASURES}
    solara.SelectMultiple(
        "Readings",
        [label(name) for name in chosen],
        list(names),
        on_value=lambda words: set_chosen([names[one] for one in words]),
        dense=True,
    )
    with solara.Div(classes=["cs-grid", "cs-two"]):
        for name in chosen:
            Chart(option(view, stored, name), panel=True)
    Table(table(stored, now.step, chosen), ["Reading", *[regime_words(name) for name in stored.regimes]])


def option(view: View, stored: Stored, name: str) -> dict[str, object]:
    """One reading: the shown seed to now, all seeds to the end."""
    regime, seed = view.session.replayed.value
    colour = visible(colours([regime])[regime])
    low, high = stored.ranges(regime, spread, name)
    others = [
        Line(f"seed {film.seed}", path(film.at(film.last), name), colour, width=0.8, opacity=0.45)
        for film in stored.films(regime)
        if film.seed != seed
    ]
    mine = Line(f"seed {seed}", path(view.now, name), colour, width=3.0)
    return lines(
        label(name),
        unit(name),
        view.now.labels,
        [mine, *others],
        bands=[Band("all seeds", low, high, colour)],
        log=name in LOG,
        legend=False,
    )


def table(stored: Stored, step: int, names: list[str]) -> list[dict[str, str]]:
    """Mean over seeds of each reading at a step, with least and greatest, by regime."""
    rows = []
    for name in names:
        row = {"Reading": f"{label(name)} [{unit(name)}]" if unit(name) else label(name)}
        for regime in stored.regimes:
            held = [path(film.at(step), name)[-1] for film in stored.films(regime)]
            held = [value for value in held if value == value]
            row[regime_words(regime)] = (
                f"{number(sum(held) / len(held))} [{number(min(held))} to {number(max(held))}]"
                if held
                else "–"
            )
        rows.append(row)
    return rows
