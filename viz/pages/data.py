"""Events and data: the log, every table as CSV, the scenario, and what makes the run again."""

from __future__ import annotations

import json
from functools import partial

import solara

from experiments.words import regime_words
from model.results import versions
from viz.chart import Chart
from viz.export import NAMES, csv, setup_of
from viz.film import Row, Snapshot
from viz.grid import Column, Grid, Line, words
from viz.options.data import by_kind
from viz.parts import Heading, Note, Table, escape
from viz.session import Session
from viz.view import View

TITLE = "Events and data"
ORDER = 80
ICON = "mdi-database"
MOST = 50
ALL = "all kinds"
COLUMNS = (
    Column("when", False), Column("step"), Column("kind", False), Column("who", False),
    Column("what happened", False),
)  # fmt: skip


@solara.component
def Page(view: View) -> None:
    """The page."""
    columns = "repeat(auto-fit, minmax(min(420px, 100%), 1fr))"
    with solara.Div(classes=["cs-grid"], style={"grid-template-columns": columns, "align-items": "start"}):
        with solara.Div(classes=["cs-panel"], style={"grid-column": "1 / -1"}):
            Log(view.now)
        with solara.Div(classes=["cs-panel"]):
            Again(view)
        with solara.Div(classes=["cs-panel"]):
            Tables(view.session, view.now)


@solara.component
def Log(now: Snapshot) -> None:
    """What has happened, latest first."""
    kind, set_kind = solara.use_state(ALL)
    text, set_text = solara.use_state("")
    events = now.events
    kinds = sorted({row["kind"] for row in events})
    shown = kind if kind in kinds else ALL
    found = matching(events, shown, text)
    Heading("Log of events")
    with solara.Row(gap="14px", style={"background": "transparent", "flex-wrap": "wrap"}):
        with solara.Div(style={"width": "240px"}):
            solara.Select("Kind", value=shown, values=[ALL, *kinds], on_value=set_kind, dense=True)
        with solara.Div(style={"width": "300px"}):
            solara.InputText("Text", value=text, on_value=set_text, continuous_update=True, dense=True)
    Note(
        f"{len(found)} of {len(events)} events"
        + (f", the latest {MOST}:" if len(found) > MOST else ", latest first:")
    )
    with solara.Div(style={"max-height": "380px", "overflow-y": "auto"}):
        Grid("events", COLUMNS, [event_line(at, row) for at, row in enumerate(found[:MOST])])
    Chart(by_kind(now.labels, counted(now)), height="240px")


@solara.component
def Again(view: View) -> None:
    """The same run once more: command, link, scenario."""
    now, setup = view.now, setup_of(view.session, view.now)
    name = setup.base.name
    command = setup.command(now.step, f"results/{name}-s{setup.seed}") if now.step else ""
    Heading("This very run again")
    Note(
        f"{regime_words(name)}, seed {setup.seed}, {now.step} steps to {now.label}. Select a line to copy it."
    )
    if command:
        _Code(command, "command")
    else:
        Note("Nothing has been simulated yet: press Step or play.")
    if not setup.shipped:
        Note(f"{name}.toml is not a shipped regime: save the scenario below under that name first.")
    else:
        Note("A link to this window in this state, on this machine, while the server runs:")
        link = f"/?{setup.query(now.step, 'data')}"
        _Code(link, "link")
        solara.v.Html(
            tag="a", attributes={"href": link, "target": "_blank"}, children=["Open it in another tab"]
        )
    with solara.Div(classes=["cs-buttons"], style={"margin-top": "8px"}):
        # Of a shipped regime the file holds the changes too; of an opened file the command holds them.
        whole = setup.scenario if setup.shipped else setup.base
        solara.FileDownload(
            whole.to_toml(), filename=f"{name}.toml", label="Scenario (TOML)", mime_type="application/toml"
        )
    Heading("Versions")
    found = solara.use_memo(versions, [])
    Table([{"package": key, "version": value} for key, value in found.items()], ["package", "version"])


@solara.component
def Tables(session: Session, now: Snapshot) -> None:
    """Every table of the run so far as CSV."""
    Heading("Tables of the run so far (CSV)")
    Note(
        "All steps from the start to now, columns as computeshift run writes them. A file is made on a click."
    )
    _Downloads(session, now.scenario.name, now.film.seed)
    Note("Charts save themselves as PNG by the small arrow in their corner.")
    Heading("What is in them now")
    rows = [
        {"table": name.replace("_", " "), "rows in this step": f"{len(now.rows(name)):,}"}
        for name in NAMES[1:]
    ]
    Table(rows, ["table", "rows in this step"], numbers=["rows in this step"])


@solara.component
def _Downloads(session: Session, name: str, seed: int) -> None:
    """Buttons that are drawn once; what they give is read at the click."""
    files = solara.use_memo(lambda: {one: partial(_file, session, one) for one in NAMES}, [id(session)])
    with solara.Div(classes=["cs-buttons"], style={"margin-top": "6px"}):
        for one, make in files.items():
            solara.FileDownload(
                make,
                filename=f"{name}-s{seed}-{one}.csv",
                label=one.replace("_", " "),
                mime_type="text/csv",
            ).key(f"csv-{one}")


def _file(session: Session, name: str) -> bytes:
    return csv(session.now, name)


@solara.component
def _Code(text: str, name: str) -> None:
    solara.HTML(tag="div", classes=["cs-code"], attributes={"data-code": name}, unsafe_innerHTML=escape(text))


def matching(events: list[Row], kind: str, text: str) -> list[Row]:
    """Events of a kind whose words hold a text, latest first."""
    wanted = text.strip().lower()
    return [
        row
        for row in reversed(events)
        if kind in (ALL, row["kind"])
        and (not wanted or wanted in f"{row['kind']} {row['agent']} {row['text']}".lower())
    ]


def event_line(at: int, row: Row) -> Line:
    """An event in the table."""
    when = row["date"] or f"year {row['time_years']:g}"
    cells = [
        words(when), [str(row["step"]), row["step"]], words(row["kind"]), words(row["agent"]),
        words(told(row)),
    ]  # fmt: skip
    return Line(f"event:{at}", cells)


def told(row: Row) -> str:
    """What happened, in a sentence that fits; what the payload adds stays in the CSV."""
    text = str(row["text"]) or ", ".join(str(key) for key in json.loads(row["payload"] or "{}"))
    return text if len(text) <= 140 else text[:139].rstrip() + "…"


def counted(now: Snapshot) -> list[dict[str, int]]:
    """Events of each kind by step."""

    def make(at: Snapshot) -> dict[str, int]:
        found: dict[str, int] = {}
        for row in at.rows("events"):
            found[row["kind"]] = found.get(row["kind"], 0) + 1
        return found

    return now.derived("events counted", make)
