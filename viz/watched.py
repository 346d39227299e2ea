"""The watched model: the same `Industry` as in experiments, made from a `Setup`, that cannot lose the page.

An exception becomes an entry of the log and a stopped run. Policies switched meanwhile wait for the next
step and are written into the scenario of the run as dated rules, so that what is exported reproduces it.
"""

from __future__ import annotations

import threading
import time
import traceback
from dataclasses import dataclass, replace
from typing import Any

from model.industry import Industry
from model.results import Results
from model.sections.oversight import Rule
from viz.film import Film, Snapshot
from viz.setup import Setup


@dataclass(frozen=True)
class Switch:
    """A policy switched on (with its fields) or off from a step on."""

    step: int
    policy: str
    on: bool
    fields: tuple[tuple[str, Any], ...] = ()


class Watched(Industry):
    """An industry that is looked at. `fault` is the one line of what stopped it, else empty."""

    def __init__(self, setup: Setup, switches: tuple[Switch, ...] = ()) -> None:
        self.lock = threading.Lock()
        self.fault = ""
        self.step_seconds = 0.0  # what the last step took
        self.pending: list[Switch] = list(switches)
        self.done: list[Switch] = []
        try:
            super().__init__(setup.scenario, rng=setup.seed)
        except Exception as error:
            traceback.print_exc()
            self.fault = _line(error)
            setup = Setup(setup.base, 7)
            super().__init__(setup.scenario, rng=setup.seed)
        self.begun = self.setup = setup  # as it was begun, and with the switches made since
        self.film = Film(self.settings, self.seed)
        self.film.take(self)
        if self.fault:
            self._stop(f"it could not be built with these parameters: {self.fault}")

    def step(self) -> None:
        """One period, unless the run is over; never raises."""
        with self.lock:
            if not self.running or self.finished:
                self.running = False
                return
            before, begun = self.period, time.perf_counter()
            try:
                self._turn_switches()
                super().step()
                self.film.take(self)
            except Exception as error:
                traceback.print_exc()
                self.fault, self.period = _line(error), before
                self._stop(f"the run stopped in step {before + 1}: {self.fault}")
                return
            self.running = not self.finished
            self.step_seconds = time.perf_counter() - begun

    @property
    def results(self) -> Results:
        """All tables so far; what the film has taken comes back for as long as it takes."""
        with self.lock:
            self.recorder.frames = self.film.everything()
            try:
                return super().results
            finally:
                self.recorder.frames = {name: [] for name in self.recorder.frames}

    @property
    def finished(self) -> bool:
        """Whether the horizon is reached."""
        return self.period >= self.settings.horizon.steps

    @property
    def now(self) -> Snapshot:
        """What has been published: the latest whole step."""
        return Snapshot(self.film, self.film.last)

    def switch(self, policy: str, on: bool, **fields: Any) -> None:
        """Queue a policy for the next step; a later word on the same policy takes the place of an earlier."""
        self.pending = [s for s in self.pending if s.policy != policy]
        self.pending.append(Switch(self.period + 1, policy, on, tuple(sorted(fields.items()))))

    def _stop(self, text: str) -> None:
        self.running = False
        self.film.note(self.film.last, "stopped", "window", text)

    def _turn_switches(self) -> None:
        due = [s for s in self.pending if s.step <= self.period + 1]
        for switch in due:
            self.pending.remove(switch)
            self.done.append(replace(switch, step=self.period + 1))
            self._rewrite(switch)
            words = switch.policy.replace("-", " ")
            self.film.note(
                self.period + 1, "policy", words, f"{words} switched {'on' if switch.on else 'off'} by hand"
            )

    def _rewrite(self, switch: Switch) -> None:
        """The rules of the run from the next step on: into its scenario, and into the regulators' books."""
        next_years = (self.period + 1) * self.settings.horizon.step_years
        name = self.regulators[0].name
        before = self.settings.regulation
        kept = switched(self.settings.regulation, switch, next_years, name)
        self.setup = self.setup.with_changes({"regulation": [plain(rule) for _, rule in kept]})
        self.settings = self.film.scenario = self.setup.scenario
        for regulator in self.regulators:
            # A regulator remembers how rules have adapted by their place in its book.
            old = [n for n, r in enumerate(before) if r.regulator == regulator.name]
            mine = [
                (n, new)
                for (n, _), new in zip(kept, self.settings.regulation, strict=True)
                if new.regulator == regulator.name
            ]
            regulator.rewrite([(None if n is None else old.index(n), rule) for n, rule in mine])


def switched(
    rules: list[Rule], switch: Switch, years: float, regulator: str
) -> list[tuple[int | None, Rule]]:
    """Rules after a switch at a time, each with its place before: open rules of the policy end then.

    One that had not begun is gone; switched on, a new one of that regulator begins then. Where one was open
    it goes on with the switch's numbers, and what the switch does not name stays as it was.
    """
    kept: list[tuple[int | None, Rule]] = []
    begun = Rule(policy=switch.policy, regulator=regulator)
    for place, rule in enumerate(rules):
        if rule.policy != switch.policy or rule.end_year <= years:
            kept.append((place, rule))
        elif rule.start_year < years:
            kept.append((place, rule.model_copy(update={"end_year": years})))
            begun = rule if rule.regulator == regulator else begun
    if switch.on:
        told = begun.model_dump() | dict(switch.fields) | {"start_year": years}
        kept.append((None, Rule.model_validate(told)))
    return kept


def plain(rule: Rule) -> dict[str, Any]:
    """A rule as a table of a scenario file: its policy, its date, and what is not at its default."""
    shown = rule.model_dump(mode="json", exclude_defaults=True)
    return {"policy": rule.policy, "start_year": rule.start_year, **shown}


def _line(error: Exception) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}"[:300]
