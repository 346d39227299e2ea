"""Compare regimes: the same seed and users under other regimes, step by step with the watched run."""

from __future__ import annotations

import math

import solara
import solara.lab
from mesa.visualization.utils import force_update

from experiments.inputs import shipped_regimes
from experiments.words import colours, dashes, number, regime_words
from viz.chart import Chart
from viz.ensemble import bands
from viz.film import Film, Snapshot
from viz.measures import LOG, MEASURES, label, unit
from viz.options.compare import Path, dash_of, one_reading
from viz.parts import Card, Cards, Heading, Note, Table, visible
from viz.readings import path
from viz.twins import Twins
from viz.view import View

TITLE = "Compare regimes"
ORDER = 30
ICON = "mdi-compare"
FIRST = ("pretraining", "inference-at-deployment", "inference-in-training")
MANY = 20_000  # users above which twins wait to be asked for


@solara.component
def Page(view: View) -> None:
    """The page."""
    session, now = view.session, view.now
    mine = now.scenario.name
    stored = session.stored if session.replaying.value else None
    known = stored.regimes if stored is not None else shipped_regimes()
    chosen, set_chosen = solara.use_state([name for name in FIRST if name in known])
    measure, set_measure = solara.use_state(MEASURES[0])
    asked, set_asked = solara.use_state(False)
    others = [name for name in known if name in chosen and name != mine]
    wanted = asked or stored is not None or now.scenario.users.count <= MANY

    Note(
        "The same seed, the same users and the same luck under each regime, with all the changes made:"
        " a difference is the regime's. "
        + (
            "Read from stored results."
            if stored is not None
            else "Twins are simulated beside the watched run."
        )
    )
    with solara.Div(classes=["cs-buttons"], style={"margin": "6px 0"}):
        solara.Text("Beside the watched run:", style={"font-size": "13px"})
        for name in known:
            if name != mine:
                _Toggle(name, name in chosen, lambda name=name: set_chosen(_flipped(chosen, name)))
    if not wanted:
        solara.Button(
            f"Simulate twins with {now.scenario.users.count:,} users each too (slow)",
            on_click=lambda: set_asked(True),
            outlined=True,
        )
    films = _films(view, others if wanted else [])
    with solara.Div(style={"max-width": "420px"}):
        names = {label(name): name for name in MEASURES}
        solara.Select(
            "Reading",
            value=label(measure),
            values=list(names),
            on_value=lambda words: set_measure(names[words]),
            dense=True,
        )
    everyone = {mine: now.film, **films}
    drawn = [
        Path(
            regime_words(name),
            visible(colours([name])[name]),
            dash_of(dashes([name])[name]),
            path(_until(film, now.step), measure),
            name == mine,
        )
        for name, film in everyone.items()
    ]
    behind = {}
    for name, film in everyone.items():
        found, _ = bands(film.scenario)
        if measure in found:
            behind[regime_words(name)] = found[measure]
    with solara.Div(classes=["cs-panel"]):
        option = one_reading(label(measure), unit(measure), now.labels, drawn, behind, log=measure in LOG)
        Chart(option, height="380px")
        if behind:
            Note("Pale bands: a few seeds of each regime as it ships, whatever is changed at the side.")
    _Differences(now, films, measure)


@solara.component
def _Toggle(name: str, on: bool, flip: object) -> None:
    solara.Button(
        regime_words(name),
        on_click=flip,
        small=True,
        outlined=not on,
        dark=on,
        color=visible(colours([name])[name]) if on else None,
        attributes={"data-beside": name},
    )


@solara.component
def _Differences(now: Snapshot, films: dict[str, Film], measure: str) -> None:
    """Cards for the chosen reading, a table for all."""
    here = path(now, measure)[-1]
    mine = regime_words(now.scenario.name)
    cards = [
        Card(f"{mine} (watched)", number(here), unit(measure), f"{now.label}, step {now.step}", "watched")
    ]
    for name, film in films.items():
        there = path(_until(film, now.step), measure)
        value = there[-1] if there else math.nan
        told = f"{_gap(value, here)} against watched"
        if len(there) != now.step + 1:
            told = f"only at step {film.last}"
        cards.append(Card(regime_words(name), number(value), unit(measure), told, name))
    Cards(cards, above=12)
    if not films:
        return
    Heading("All readings at this step, and the difference from the watched run")
    rows = []
    for one in MEASURES:
        base = path(now, one)[-1]
        row = {"Reading": f"{label(one)} [{unit(one)}]" if unit(one) else label(one), mine: number(base)}
        for name, film in films.items():
            there = path(_until(film, now.step), one)
            value = there[-1] if len(there) == now.step + 1 else math.nan
            row[regime_words(name)] = f"{number(value)} ({_gap(value, base)})"
        rows.append(row)
    Table(rows, list(rows[0]), numbers=list(rows[0])[1:])


def _films(view: View, others: list[str]) -> dict[str, Film]:
    """Films of the other regimes: stored ones, or twins that are caught up with in a thread. Calls hooks."""
    session, now = view.session, view.now
    watched = session.handle.value
    stored = session.stored if session.replaying.value else None
    twins = solara.use_memo(lambda: Twins(watched, session.begun), [id(watched)])
    live = [] if stored is not None else others

    def life():  # type: ignore[no-untyped-def]
        session.on_close.append(twins.close)

        def end() -> None:
            twins.close()
            session.on_close.remove(twins.close)

        return end

    solara.use_effect(life, [id(watched)])
    step = now.step
    solara.lab.use_task(
        lambda: twins.catch_up(live, step, force_update), dependencies=[id(watched), step, *live]
    )
    if stored is not None:
        seed = now.film.seed
        return {name: stored.film(name, seed) for name in others if seed in stored.seeds(name)}
    late = twins.behind(live, step)
    if late:
        solara.ProgressLinear(True)
        solara.Text(f"catching up: {late} steps behind", classes=["cs-behind"], style={"font-size": "13px"})
    return twins.films(live)


def _until(film: Film, step: int) -> Snapshot:
    return film.at(step)


def _flipped(chosen: list[str], name: str) -> list[str]:
    return [one for one in chosen if one != name] if name in chosen else [*chosen, name]


def _gap(value: float, base: float) -> str:
    """A difference with its sign; what only rounding parts is no difference."""
    if abs(value - base) <= 1e-9 * max(abs(value), abs(base)):
        return "±0"
    return number(value - base, sign=True)
