"""One input for one parameter, made from the parameter registry: value, unit, meaning, source, bounds."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import solara

from experiments.words import number
from model.errors import allowed_at
from model.parameters import Parameter
from model.scenario import Scenario, parameters
from viz.parts import Help
from viz.session import Session

NOTCHES = 100
GRADES = {
    "measured": "measured",
    "estimated": "estimated from data",
    "assumed": "assumed: vary it",
    "switch": "a choice, not a measurement",
}
WORDS = {
    "users.count": "simulated users",
    "horizon.steps": "length of the run",
    "technology.wall_slope": "training payoff past the wall",
    "technology.inference_exponent": "payoff of inference depth",
    "technology.inference_span_oom": "reach of inference depth",
    "technology.distillation.max_rounds": "rounds of distillation",
    "users.quality_value": "what capability is worth to users",
    "users.taste_scale": "taste for a lab's own style",
    "labs.credit_multiple": "outside funding of labs",
    "compute.permit_hazard_year": "speed of permits for sites",
    "oversight.danger_oom": "capability that regulators fear",
    "labs.research_sample": "respondents of market research",
    "labs.screening_sample": "respondents of first looks",
    "regulation": "rules of the state",
    "seed": "seed",
    "regime": "regime",
}
COUNTS = (1_000, 5_000, 20_000, 50_000, 100_000, 1_000_000)


@lru_cache(maxsize=1)
def known() -> dict[str, Parameter]:
    """The registry by key, without entries of lists."""
    return {one.key: one for one in parameters() if "[]" not in one.key}


def words_of_key(key: str) -> str:
    """What people call a parameter."""
    if key in WORDS:
        return WORDS[key]
    parts = key.split(".")
    return " · ".join(part.replace("_", " ") for part in (parts[1:] if len(parts) > 1 else parts))


def explanation(one: Parameter) -> str:
    """Meaning, unit, default, allowed, plausible range, grade and source, as shown on hover."""
    told = [f"{one.meaning[:1].upper()}{one.meaning[1:]}."]
    told.append(f"Unit: {one.unit}. Default: {shown(one.default)}. Allowed: {allowed_at(Scenario, one.key)}.")
    if one.span:
        told.append(f"Plausible: {shown(one.span[0])} to {shown(one.span[1])}.")
    told.append(f"{GRADES.get(one.grade, one.grade).capitalize()}. Source: {one.source}.")
    if one.when:
        told.append(f"Acts only when {one.when}.")
    return " ".join([*told, f"({one.key})"])


def shown(value: Any) -> str:
    """A value in front of people."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, int | float):
        return number(float(value))
    return "none" if value is None else str(value)


def scale(one: Parameter, value: float) -> tuple[float, float, bool]:
    """Ends of a slider: the plausible range, widened to what is set; whether in powers of ten."""
    low, high = one.span or (value, value)
    ends = [low, high, value] + ([float(one.default)] if isinstance(one.default, int | float) else [])
    low, high = min(ends), max(ends)
    return float(low), float(high), low > 0 and high / low >= 30


def notch(value: float, low: float, high: float, log: bool) -> int:
    """Where a value stands on a slider of NOTCHES."""
    if high <= low:
        return 0
    if log:
        value, low, high = math.log(value), math.log(low), math.log(high)
    return round(NOTCHES * min(1.0, max(0.0, (value - low) / (high - low))))


def at_notch(place: int, low: float, high: float, log: bool) -> float:
    """The value of a place on a slider, three significant digits."""
    share = min(NOTCHES, max(0, place)) / NOTCHES
    value = low * (high / low) ** share if log else low + share * (high - low)
    return min(high, max(low, float(f"{value:.3g}")))


def choices(one: Parameter) -> Sequence[str]:
    """The words that a parameter may be, if it may be nothing else."""
    if not isinstance(one.default, str) or not one.bounds.startswith("one of "):
        return ()
    return () if "number" in allowed_at(Scenario, one.key) else one.bounds.removeprefix("one of ").split(", ")


def parse(text: str) -> Any:
    """What was typed, as TOML reads it; plain text where that fails."""
    try:
        return tomllib.loads(f"value = {text.strip()[:200]}")["value"]
    except tomllib.TOMLDecodeError:
        return text.strip()[:200]


@solara.component
def Param(session: Session, key: str) -> None:
    """The input of one parameter: changes the draft; a fault is shown under the controls."""
    one = known()[key]
    value = session.draft.value.scenario.value(key)
    slides = isinstance(value, int | float) and not isinstance(value, bool) and one.span is not None

    def change(new: Any) -> None:
        if isinstance(value, float) and isinstance(new, int) and not isinstance(new, bool):
            new = float(new)
        session.change({key: new})

    with solara.Div(classes=["cs-param"], attributes={"data-key": key}):
        with solara.Row(
            justify="space-between", gap="4px", style={"align-items": "center", "background": "transparent"}
        ):
            with solara.Row(gap="4px", style={"align-items": "center", "background": "transparent"}):
                solara.Text(words_of_key(key), style={"font-size": "13px", "font-weight": "500"})
                Help(explanation(one))
            unit = "" if one.unit in ("switch", "text", "-", "list") else one.unit
            if slides:
                solara.Text(f"{shown(value)} {unit}", style={"font-size": "12.5px", "white-space": "nowrap"})
            elif unit:
                solara.Text(unit, style={"font-size": "12px", "opacity": "0.7"})
        if key == "users.count":
            _Count(value, change)
        elif isinstance(value, bool):
            solara.Switch(label="on" if value else "off", value=value, on_value=change)
        elif choices(one):
            solara.Select("", value=value, values=list(choices(one)), on_value=change, dense=True)
        elif slides:
            _Slide(one, value, change)
        else:
            text = "none" if value is None else str(value)
            solara.InputText(
                "",
                value=text,
                on_value=lambda typed: typed != text and change(parse(typed)),
                continuous_update=False,
            )


@solara.component
def _Count(value: int, change: Any) -> None:
    counts = sorted({*COUNTS, value})
    told = [f"{count:,}" for count in counts]
    solara.Select(
        "",
        value=f"{value:,}",
        values=told,
        on_value=lambda text: change(counts[told.index(text)]),
        dense=True,
    )


@solara.component
def _Slide(one: Parameter, value: float, change: Any) -> None:
    low, high, log = scale(one, float(value))
    if isinstance(value, int):
        solara.SliderInt(
            "", value=value, min=math.floor(low), max=math.ceil(high), on_value=change, thumb_label=False
        )
        return
    here = notch(float(value), low, high, log)
    solara.SliderInt(
        "",
        value=here,
        min=0,
        max=NOTCHES,
        on_value=lambda place: place != here and change(at_notch(place, low, high, log)),
        thumb_label=False,
    )
