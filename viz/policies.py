"""Switching policies while a run goes on: queued to the next step, written into the log."""

from __future__ import annotations

import importlib
from functools import lru_cache
from typing import Any, NamedTuple

import solara
from mesa.visualization.utils import force_update, update_counter

from model.parameters import Parameter, registry
from model.rulebook import fields_of_policies
from model.sections.oversight import Rule
from viz.inputs import shown
from viz.parts import Help, Note
from viz.session import Session


class Lever(NamedTuple):
    """A policy: its name, what it does, and its main number."""

    policy: str
    meaning: str
    main: Parameter


@lru_cache(maxsize=1)
def levers() -> tuple[Lever, ...]:
    """All policies that ship."""
    fields = {one.key: one for one in registry(Rule)}
    made = []
    for policy, uses in fields_of_policies().items():
        module = importlib.import_module(f"model.policies.{policy.replace('-', '_')}")
        meaning = (module.__doc__ or policy).partition("\n")[0]
        made.append(Lever(policy, meaning, fields[uses[0]]))
    return tuple(made)


@solara.component
def Policies(session: Session) -> None:
    """A switch and the main number for each policy."""
    update_counter.get()
    watched = session.handle.value
    years = (watched.period + 1) * watched.settings.horizon.step_years
    open_rules = {r.policy: r for r in watched.settings.regulation if r.start_year <= years < r.end_year}
    waiting = {s.policy: s.on for s in watched.pending}
    Note(
        "A switch, or another number for a rule that is on, acts from the next step of this run."
        " Reset goes back to the rules of the scenario."
    )
    for lever in levers():
        on = waiting.get(lever.policy, lever.policy in open_rules)
        held = open_rules.get(lever.policy)
        _Lever(session, lever, on, lever.policy in waiting, held).key(
            f"{session.generation.value}-{lever.policy}"
        )


@solara.component
def _Lever(session: Session, lever: Lever, on: bool, waiting: bool, held: Rule | None) -> None:
    main = lever.main
    first = getattr(held, main.key) if held is not None else _first(main)
    typed, set_typed = solara.use_state(f"{first:g}")
    fault, set_fault = solara.use_state("")

    def turn(wanted: bool, text: str = typed) -> None:
        try:
            value = float(text)
            Rule(policy=lever.policy, **{main.key: value})
        except (ValueError, OverflowError):
            set_fault(f"{main.meaning}: {text[:20]!r} must be a number ({main.bounds})")
            return
        set_fault("")
        session.handle.value.switch(lever.policy, wanted, **({main.key: value} if wanted else {}))
        force_update()

    def enter(text: str) -> None:
        set_typed(text)
        if on:  # the rule goes on with another number
            turn(True, text)

    with solara.Div(classes=["cs-param"], attributes={"data-policy": lever.policy}):
        with solara.Row(gap="4px", style={"align-items": "center", "background": "transparent"}):
            solara.Switch(
                label=lever.policy.replace("-", " "), value=on, on_value=turn, style={"margin": "0"}
            )
            Help(
                f"{lever.meaning} Main number: {main.meaning}, {main.unit};"
                f" default {shown(main.default)}. Source: {main.source}."
            )
            if waiting:
                solara.Text(
                    "next step", style={"font-size": "12px", "color": "#E69F00"}, classes=["cs-queued"]
                )
        solara.Text(f"{main.meaning}, {main.unit}", style={"font-size": "12px", "opacity": "0.8"})
        solara.InputText("", value=typed, on_value=enter, dense=True)
        if fault:
            solara.Text(fault, style={"color": "#D55E00", "font-size": "12px"})


def _first(main: Parameter) -> Any:
    """A number that does something: the middle of the plausible range where the default is neutral."""
    default = float(main.default)
    if main.span and not main.span[0] <= default <= main.span[1]:
        low, high = main.span
        return (low * high) ** 0.5 if low > 0 and high / low > 30 else (low + high) / 2
    return default
