"""The side bar: Mesa's own controller, run to a date, regimes and presets, parameters, policies."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import solara
import solara.lab
from mesa.visualization.solara_viz import ModelController
from mesa.visualization.utils import update_counter

from experiments.inputs import default_regimes, shipped_regimes
from experiments.listings import description
from experiments.words import colours, regime_words
from viz.inputs import Param, known, words_of_key
from viz.parts import Heading, Help, Note, visible
from viz.policies import Policies, levers
from viz.replaying import ReplayControls
from viz.session import Session
from viz.setup import LARGEST_FILE, LARGEST_SEED, Setup, from_toml, whole

__all__ = ["MAIN", "PRESETS", "Controls", "words_of_key"]

MAIN = (
    "users.count",
    "horizon.steps",
    "technology.wall_slope",
    "technology.inference_exponent",
    "technology.distillation.max_rounds",
    "users.quality_value",
    "labs.credit_multiple",
    "compute.permit_hazard_year",
    "oversight.danger_oom",
)

# name -> what it is for, changes; all begin from the regime as it ships
PRESETS: dict[str, tuple[str, dict[str, Any]]] = {
    "As shipped": ("The regime with every number at its default.", {}),
    "Quick look": (
        "Fewer users and smaller market research: steps are quicker, sampling noise is larger.",
        {"users.count": 5_000, "labs.research_sample": 400, "labs.screening_sample": 150},
    ),
    "No rules": ("Nothing is asked of anybody: no law at all.", {"regulation": []}),
    "Depth counts": (
        "A rule on effective compute in place of the threshold on training compute.",
        {"regulation": [{"policy": "effective-compute"}]},
    ),
    "No open models": ("Nobody but its maker may run a model.", {"open_weights.fringe": False}),
    "A million users": ("Sampling noise nearly gone; a step takes longer.", {"users.count": 1_000_000}),
}


@solara.component
def Controls(session: Session) -> None:
    """Everything at the side."""
    if session.stored is not None:
        with solara.Row(gap="6px"):
            solara.ToggleButtonsSingle(
                value="stored results" if session.replaying.value else "new run",
                values=["stored results", "new run"],
                on_value=lambda text: session.replaying.set(text == "stored results"),
                dense=True,
            )
    if session.replaying.value:
        ReplayControls(session)
        return
    Running(session)
    Note("Keys: space plays, → steps, r resets, 1 to 9, 0 and - open pages.")
    if session.fault.value:
        solara.Error(session.fault.value, dense=True, classes=["cs-input-fault"])
    Regimes(session)
    Presets(session)
    Heading("Main parameters")
    Seed(session)
    for key in MAIN:
        Param(session, key).key(key)
    with Folded("Policies, switched during the run"):
        Policies(session)
    with Folded("Further parameters"):
        Further(session)
    with Folded("Speed"):
        solara.SliderInt("Pause between steps, ms", value=session.play_interval, min=0, max=1000, step=10)
        solara.SliderInt("Steps per picture", value=session.render_interval, min=1, max=20)
    with Folded("Open a scenario file"):
        OpenFile(session)


@solara.component
def Running(session: Session) -> None:
    """Mesa's own controller, and running to a date. Renewed with the generation: a run at its end is over.

    A key counts only where it is that of a component's single root.
    """
    with solara.Column(gap="8px").key(f"run-{session.generation.value}"):
        ModelController(
            session.handle,
            model_parameters=session.parameters,
            play_interval=session.play_interval,
            render_interval=session.render_interval,
            use_threads=session.no_threads,
        )
        RunTo(session)


@solara.component
def Folded(title: str, children: list[Any] | None = None) -> None:
    """A part that is only made when it is opened."""
    is_open, set_open = solara.use_state(False)
    solara.Button(
        title,
        icon_name="mdi-chevron-down" if is_open else "mdi-chevron-right",
        on_click=lambda: set_open(not is_open),
        text=True,
        style={"padding": "0", "justify-content": "flex-start", "width": "100%"},
    )
    if is_open:
        solara.Column(children=children or [], gap="2px", style={"padding-left": "6px"})


@solara.component
def RunTo(session: Session) -> None:
    """Run to a date, with a bar; the page answers meanwhile."""
    update_counter.get()
    watched, goal = session.handle.value, session.goal.value
    film, horizon = watched.film, watched.settings.horizon
    year = max(1, round(1 / horizon.step_years))
    steps = sorted(
        {*range(year, horizon.steps + 1, max(year, horizon.steps // 20 // year * year)), horizon.steps}
    )
    ahead = [step for step in steps if step > watched.period]
    solara.lab.use_task(session.run_to_goal, dependencies=[goal])
    if goal is not None:
        share = 100 * watched.period / max(1, goal)
        solara.ProgressLinear(value=share, color="primary")
        with solara.Row(gap="6px", style={"align-items": "center"}):
            solara.Text(
                f"on the way to {film.label(goal)}", classes=["cs-run-to"], style={"font-size": "13px"}
            )
            solara.Button("Stop here", on_click=lambda: session.goal.set(None), small=True, outlined=True)
    else:
        to = ahead or steps[-1:]  # at its end the row stays where it is, and nothing slides under the mouse
        with solara.Div(classes=["cs-buttons"]):
            solara.Text("Run to", style={"font-size": "13px"})
            for at in sorted({0, len(to) // 2, len(to) - 1}):
                solara.Button(
                    film.label(to[at]),
                    on_click=lambda at=at: session.goal.set(to[at]),
                    small=True,
                    outlined=True,
                    disabled=not ahead,
                )


@solara.component
def Regimes(session: Session) -> None:
    """The shipped regimes as buttons; a click begins a new run."""
    Heading("Compute regime")
    shipped, main = shipped_regimes(), default_regimes()
    now = session.draft.value.base.name
    for group in (main, [name for name in shipped if name not in main]):
        with solara.Div(classes=["cs-buttons"]):
            for name in group:
                with solara.Tooltip(f"{description(name)} A click begins a new run with it."):
                    solara.Button(
                        regime_words(name),
                        on_click=lambda name=name: session.restart(lambda: session.draft.value.under(name)),
                        small=True,
                        outlined=name != now,
                        dark=name == now,
                        color=visible(colours([name])[name]) if name == now else None,
                        attributes={"data-regime": name},
                    )
    if now not in shipped:
        Note(f"Now: {now}, an opened file.")


@solara.component
def Presets(session: Session) -> None:
    """Sets of changes as buttons; a click begins a new run."""
    Heading("Presets")
    with solara.Div(classes=["cs-buttons"]):
        for name, (meaning, changes) in PRESETS.items():
            with solara.Tooltip(meaning):
                solara.Button(
                    name,
                    on_click=lambda changes=changes: session.restart(
                        lambda: Setup(session.draft.value.base, session.draft.value.seed).with_changes(
                            changes
                        )
                    ),
                    small=True,
                    outlined=True,
                )


@solara.component
def Seed(session: Session) -> None:
    """The seed of all luck."""
    draft = session.draft.value

    def change(text: str) -> None:
        if text.strip() != str(session.draft.value.seed):
            session.attempt(
                lambda: Setup(draft.base, whole("seed", text.strip(), LARGEST_SEED), dict(draft.changes))
            )

    with solara.Div(classes=["cs-param"], attributes={"data-key": "seed"}):
        with solara.Row(gap="4px", style={"align-items": "center"}):
            solara.Text("seed", style={"font-size": "13px", "font-weight": "500"})
            Help("All luck comes from it. Same parameters and seed: the same run, to the last digit.")
        solara.InputText("", value=str(draft.seed), on_value=change, continuous_update=False)


@lru_cache(maxsize=1)
def sections() -> dict[str, list[str]]:
    """Keys of single values by section, without the main ones."""
    found: dict[str, list[str]] = {}
    for key, one in known().items():
        if key not in MAIN and not isinstance(one.default, list):
            found.setdefault(key.split(".")[0], []).append(key)
    return found


@solara.component
def Further(session: Session) -> None:
    """All other single values of the registry, section by section, with a search."""
    words, set_words = solara.use_state("")
    section, set_section = solara.use_state("technology")
    solara.InputText("Search parameters", value=words, on_value=set_words, continuous_update=True)
    if words.strip():
        wanted = words.strip().lower()
        hits = [
            key
            for keys in sections().values()
            for key in keys
            if wanted in f"{key.replace('_', ' ')} {key} {known()[key].meaning}".lower()
        ]
        Note(f"{len(hits)} found" + (", the first 20:" if len(hits) > 20 else ":"))
        rules = [
            lever.policy.replace("-", " ")
            for lever in levers()
            if wanted in f"{lever.policy} {lever.policy.replace('-', ' ')} {lever.main.meaning}".lower()
        ]
        if rules:
            Note(f"Rules of the state are under Policies above: {', '.join(rules)}.")
    else:
        solara.Select("Section", value=section, values=list(sections()), on_value=set_section, dense=True)
        hits = sections()[section]
    for key in hits[: 20 if words.strip() else None]:
        Param(session, key).key(key)
    Note("Lists (labs, sites, tasks, rules) are set in a scenario file.")


@solara.component
def OpenFile(session: Session) -> None:
    """A scenario file from the reader's machine, judged before it is used."""

    def opened(file: Any) -> None:
        session.restart(lambda: _read(file, session.draft.value.seed))

    solara.FileDrop(label="Drop a scenario file (.toml) here", on_file=opened, lazy=True)


def _read(file: Any, seed: int) -> Setup:
    """At most a little more than allowed is ever taken into memory."""
    if file["size"] > LARGEST_FILE:
        return from_toml(file["name"], b" " * (LARGEST_FILE + 1), seed)
    return from_toml(file["name"], file["file_obj"].read(LARGEST_FILE + 1), seed)
