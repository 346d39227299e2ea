"""Controls of a replay: which stored run, which moment. Nothing is simulated."""

from __future__ import annotations

import time

import solara
import solara.lab
from mesa.visualization.utils import force_update

from experiments.words import regime_words
from viz.parts import Heading, Note
from viz.session import Session


@solara.component
def ReplayControls(session: Session) -> None:
    """Regime, seed, a slider through time, and the same buttons as a running model has."""
    stored = session.stored
    assert stored is not None
    regime, seed = session.replayed.value
    film = session.film
    at = min(session.at.value, film.last)
    playing = solara.use_reactive(False)

    def go(step: int) -> None:
        session.at.value = max(0, min(step, film.last))
        force_update()

    def play() -> None:
        while playing.peek() and not session.closed and session.at.peek() < film.last:
            time.sleep(max(0.1, session.play_interval.peek() / 1000))
            if playing.peek():
                go(min(session.at.peek(), film.last) + 1)
        playing.value = False

    solara.lab.use_task(play, dependencies=[playing.value, regime, seed])

    def toggle() -> None:
        if at >= film.last:
            go(0)
        playing.value = not playing.value

    def choose(name: str, number: int) -> None:
        playing.value = False
        session.replayed.value = name, number
        force_update()

    with solara.Row(justify="space-between"):
        solara.Button("Reset", color="primary", on_click=lambda: go(0))
        solara.Button("❚❚" if playing.value else "▶", color="primary", on_click=toggle)
        solara.Button("Step", color="primary", on_click=lambda: go(at + 1), disabled=at >= film.last)
    solara.SliderInt(
        f"{film.label(at)}, step {at}", value=at, min=0, max=film.last, on_value=go, thumb_label=False
    )
    Heading("Stored run")
    names = {regime_words(name): name for name in stored.regimes}
    solara.Select(
        "Regime",
        value=regime_words(regime),
        values=list(names),
        on_value=lambda words: choose(names[words], stored.seeds(names[words])[0]),
        dense=True,
    )
    seeds = [str(number) for number in stored.seeds(regime)]
    solara.Select(
        "Seed", value=str(seed), values=seeds, on_value=lambda text: choose(regime, int(text)), dense=True
    )
    Note("Every page shows this run at this moment. Replay shows all its seeds as bands.")
