"""The frame around the pages: bar on top, controls at the side, tabs, the page that is open."""

from __future__ import annotations

import solara
import solara.lab
from mesa.visualization.utils import update_counter

from experiments.words import regime_words
from viz.chart import Keys
from viz.controls import Controls, words_of_key
from viz.pages import PageOf, pages
from viz.parts import STYLE
from viz.session import Session
from viz.view import View


@solara.component
def Window(session: Session) -> None:
    """The whole window of one tab."""
    is_open, set_open = solara.use_state(True)
    solara.Style(STYLE)
    Keys()
    with solara.AppBar():
        solara.Button(
            icon_name="mdi-menu",
            icon=True,
            on_click=lambda: set_open(not is_open),
            attributes={"aria-label": "show or hide the controls"},
        )
        solara.AppBarTitle("computeshift")
        Status(session)
        solara.lab.ThemeToggle(enable_auto=False)
    with solara.Div(classes=["cs-window"]):
        with solara.Div(classes=["cs-side"], style={"display": "block" if is_open else "none"}):
            Controls(session)
        with solara.Div(classes=["cs-main"]):
            PageHost(session)


@solara.component
def Status(session: Session) -> None:
    """The clock, and what a reader must not overlook."""
    update_counter.get()
    _ = session.generation.value
    now, watched = session.now, session.handle.value
    chip = dict(small=True, label=True)
    spent = {"data-step-ms": f"{1000 * watched.step_seconds:.0f}"}
    with solara.Row(gap="6px", style={"background": "transparent", "align-items": "center"}):
        solara.v.Chip(
            children=[f"{now.label} · step {now.step}"], class_="cs-clock", attributes=spent, **chip
        )
        if session.replaying.value:
            name, seed = session.replayed.value
            solara.v.Chip(children=[f"stored: {regime_words(name)}, seed {seed}"], color="info", **chip)
            return
        solara.v.Chip(
            children=[f"{regime_words(session.begun.base.name)}, seed {session.begun.seed}"], **chip
        )
        waiting = session.unapplied
        if waiting:
            told = ", ".join(words_of_key(key) for key in waiting[:2])
            more = f" and {len(waiting) - 2} more" if len(waiting) > 2 else ""
            solara.v.Chip(
                children=[f"changed: {told}{more} – press Reset to apply"],
                class_="cs-waiting",
                color="warning",
                **chip,
            )
        if watched.fault:
            solara.v.Chip(
                children=["stopped by a fault, see Events"], color="error", class_="cs-fault", **chip
            )
        elif watched.finished:
            solara.v.Chip(children=["finished"], color="success", class_="cs-finished", **chip)


@solara.component
def PageHost(session: Session) -> None:
    """The tabs, and the one page that is open; only that is drawn."""
    picture = update_counter.get()
    _ = session.generation.value, session.handle.value, session.chosen.value
    shown = pages()
    names = [page.name for page in shown]
    current = names.index(session.page.value) if session.page.value in names else 0
    with solara.Column(gap="0px"):
        _Tabs(session, names, current)
        with solara.Div(
            style={"padding": "10px 14px 24px"}, classes=["cs-page"], attributes={"data-page": names[current]}
        ):
            Safe(shown[current], View(session.now, session, picture)).key(f"page-{names[current]}")


@solara.component
def Safe(page: PageOf, view: View) -> None:
    """A page that fails says so in its place; the window and the run go on."""
    fault, clear = solara.use_exception()
    if fault is not None:
        told = " ".join(str(fault).split())[:300]
        solara.Error(
            f"This page could not be drawn: {type(fault).__name__}: {told}", classes=["cs-page-fault"]
        )
        solara.Button("Try again", on_click=clear, outlined=True)
        return
    page.component(view)


@solara.component
def _Tabs(session: Session, names: list[str], current: int) -> None:
    with solara.lab.Tabs(value=current, on_value=lambda at: session.page.set(names[at or 0])):
        for page in pages():
            solara.lab.Tab(page.title)
