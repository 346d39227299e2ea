"""The state of one browser tab: its own model, what the controls say, what is replayed, what is chosen."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping
from typing import Any

import solara
from mesa.visualization.utils import force_update

from model.errors import ScenarioError
from viz.film import Film, Snapshot
from viz.opened import Opened
from viz.setup import Setup, from_query
from viz.watched import Watched

REDRAW = 0.4  # seconds between pictures while many steps are made in a row


class Session:
    """One tab. Made once per tab, closed when the tab closes; pages call its methods and read its values.

    `draft` is what the controls say and the next Reset will apply; `handle` is the watched model.
    """

    def __init__(self, opened: Opened, query: str = "") -> None:
        self.opened, self.stored = opened, opened.stored
        self.closed = False
        self.fault: solara.Reactive[str] = solara.reactive("")
        setup, goal, page = opened.setup, 0, ""
        try:
            setup, goal, page = from_query(query, opened.setup)
        except ScenarioError as error:
            self.fault.value = f"The link was not followed. {error}"
        self.draft: solara.Reactive[Setup] = solara.reactive(setup)
        self.parameters: solara.Reactive[dict[str, Any]] = solara.reactive({"setup": setup})
        self.generation: solara.Reactive[int] = solara.reactive(0)
        self.handle: solara.Reactive[Watched] = solara.reactive(Watched(setup))
        self.goal: solara.Reactive[int | None] = solara.reactive(goal or None)
        self.page: solara.Reactive[str] = solara.reactive(page)
        self.chosen: solara.Reactive[str] = solara.reactive("")
        self.play_interval: solara.Reactive[int] = solara.reactive(10)
        self.render_interval: solara.Reactive[int] = solara.reactive(1)
        self.no_threads: solara.Reactive[bool] = solara.reactive(False)  # Mesa's option freezes pages
        self.ghost: Film | None = None
        self.replaying: solara.Reactive[bool] = solara.reactive(opened.stored is not None)
        first = opened.stored.first if opened.stored else ("", 0)
        self.replayed: solara.Reactive[tuple[str, int]] = solara.reactive(first)
        self.at: solara.Reactive[int] = solara.reactive(10**9)
        self.on_close: list[Callable[[], None]] = []
        self._follow()

    # -- what is looked at ----------------------------------------------------------------------

    @property
    def begun(self) -> Setup:
        """What the watched run was begun with, before any policy was switched."""
        return self.handle.value.begun

    @property
    def watched(self) -> Watched:
        """The model of this tab."""
        return self.handle.value

    @property
    def film(self) -> Film:
        """What the pages show: the watched run, or the stored one that is replayed."""
        if self.replaying.value and self.stored is not None:
            return self.stored.film(*self.replayed.value)
        return self.handle.value.film

    @property
    def now(self) -> Snapshot:
        """The moment that the pages show."""
        film = self.film
        return film.at(self.at.value if self.replaying.value else film.last)

    # -- controls -------------------------------------------------------------------------------

    def propose(self, setup: Setup) -> None:
        """What the controls say from now on; Reset applies it."""
        self.draft.value = setup
        self.parameters.value = {"setup": setup}
        self.fault.value = ""

    def change(self, changes: Mapping[str, Any]) -> bool:
        """Change parameters of the draft; False, and one line to show, if that is not allowed."""
        return self.attempt(lambda: self.draft.value.with_changes(changes))

    def attempt(self, make: Callable[[], Setup]) -> bool:
        """Propose what `make` returns; a ScenarioError becomes the line under the controls."""
        try:
            self.propose(make())
        except ScenarioError as error:
            self.fault.value = str(error)
            return False
        return True

    def restart(self, make: Callable[[], Setup] | None = None) -> bool:
        """Begin a new run with the draft, or with what `make` returns; the last run stays as a ghost.

        Mesa's controller goes on with the new model, playing if it was; one at its end is renewed.
        """
        if make is not None and not self.attempt(make):
            return False
        ended = not self.handle.value.running
        self.handle.value = Watched(self.draft.value)
        self.replaying.value = False
        if ended:
            self.generation.value += 1
        force_update()
        return True

    @property
    def unapplied(self) -> list[str]:
        """Keys that the controls have changed and the run does not have yet."""
        new, old = self.draft.value, self.begun
        keys = {k for k in {**new.changes, **old.changes} if new.changes.get(k) != old.changes.get(k)}
        if new.base is not old.base and new.base.name != old.base.name:
            keys.add("regime")
        if new.seed != old.seed:
            keys.add("seed")
        return sorted(keys)

    def run_to_goal(self) -> None:
        """Step until the goal, the end, a fault or a closed tab; pictures on the way. For a thread."""
        goal, watched, drawn = self.goal.value, self.handle.value, time.monotonic()
        if goal is None:
            return
        while watched.period < goal and watched.running and not self.closed and self.goal.peek() == goal:
            watched.step()
            if time.monotonic() - drawn > REDRAW:
                force_update()
                drawn = time.monotonic()
        if not self.closed:
            if self.goal.peek() == goal:
                self.goal.value = None
            force_update()

    # -- the life of the tab --------------------------------------------------------------------

    def close(self) -> None:
        """The tab is gone: whatever still runs for it stops, and its memory is given back."""
        self.closed = True
        self.handle.peek().running = False
        for leave in self.on_close:
            leave()
        self.ghost = None
        gc.collect()  # a Mesa model refers to itself and is freed by the collector only

    def _leave(self, watched: Watched) -> None:
        watched.running = False
        if watched.film.frames > 1:
            self.ghost = watched.film

    def _follow(self) -> None:
        """Whoever puts a new model into the handle, Mesa's Reset or `restart`: take note of it."""

        def replaced(new: Watched, old: Watched) -> None:
            self._leave(old)
            self.goal.value = None

        self.handle.subscribe_change(replaced)
