"""Assumptions: every number that goes in, its source, which regimes move it, and what cannot be told."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import solara

from experiments.words import regime_words
from model.errors import allowed_at
from model.parameters import Parameter
from model.scenario import Scenario, parameters
from viz.chart import Chart
from viz.inputs import GRADES, shown
from viz.options.assumptions import grades
from viz.parts import Heading, Note, Table, escape
from viz.setup import moved_by_regimes
from viz.view import View

TITLE = "Assumptions"
ORDER = 90
ICON = "mdi-format-list-checks"
GROUPS = ("all", "not at its default", "moved by a regime", "assumed", "measured or estimated")
LIMITS = Path(__file__).resolve().parents[2] / "docs" / "limits.md"
COLUMNS = ("parameter", "now", "default", "unit", "meaning and source", "range", "grade", "moved by")


@solara.component
def Page(view: View) -> None:
    """The page."""
    scenario = view.now.scenario
    group, set_group = solara.use_state(GROUPS[0])
    text, set_text = solara.use_state("")
    rows = solara.use_memo(lambda: table(scenario), [id(scenario)])
    found = [row for row in rows if in_group(row, group) and text.strip().lower() in row["words"]]
    Note(
        "All that the model takes for granted is here, and nothing else is: no outcome is coded. What follows"
        " holds if these numbers do. The controls at the side change them, a scenario file changes lists."
    )
    with solara.Row(
        gap="14px", style={"background": "transparent", "flex-wrap": "wrap", "align-items": "center"}
    ):
        solara.ToggleButtonsSingle(value=group, values=list(GROUPS), on_value=set_group, dense=True)
        with solara.Div(style={"width": "280px", "margin-top": "10px"}):
            solara.InputText("Search", value=text, on_value=set_text, continuous_update=True, dense=True)
    Note(f"{len(found)} of {len(rows)} parameters. Bold: not at its default in the run that is shown.")
    _Rows(tuple(row["html"] for row in found))
    columns = "repeat(auto-fit, minmax(min(420px, 100%), 1fr))"
    with solara.Div(classes=["cs-grid"], style={"grid-template-columns": columns, "margin-top": "12px"}):
        with solara.Div(classes=["cs-panel"]):
            Chart(grades(counted(rows)), height="300px")
            _Legend()
        with solara.Div(classes=["cs-panel"]):
            Heading("What this cannot tell you")
            Limits()


@solara.component
def _Rows(rows: tuple[str, ...]) -> None:
    """The table; told to the browser only when it changes."""
    head = "".join(f"<th>{name}</th>" for name in COLUMNS)
    table = f'<table class="cs-table"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'
    style = {"max-height": "560px", "overflow": "auto"}
    solara.HTML(tag="div", classes=["cs-scroll", "cs-parameters"], style=style, unsafe_innerHTML=table)


@solara.component
def _Legend() -> None:
    rows = [{"grade": key, "means": value} for key, value in GRADES.items()]
    Table(rows, ["grade", "means"])
    Note(
        "Sources such as P5.5 are in docs/sources.md; plausible is about 10 to 90 %, the range that samplers"
        " use."
    )


@solara.component
def Limits() -> None:
    """The limits of the model in short."""
    told = limits()
    if not told:
        Note("docs/limits.md in the source tells it.")
        return
    inner = "".join(f"<li><b>{escape(head)}</b>{escape(rest)}</li>" for head, rest in told)
    solara.HTML(
        tag="ul", style={"font-size": "13px", "line-height": "1.45", "padding-left": "18px"},
        unsafe_innerHTML=inner,
    )  # fmt: skip


@lru_cache(maxsize=1)
def limits(path: Path = LIMITS) -> tuple[tuple[str, str], ...]:
    """What the model cannot tell: the head and the first sentence of each point of the page of limits."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError:
        return ()
    made = []
    for point in re.split(r"\n\* ", text)[1:]:
        found = re.match(r"\*\*(.+?)\*\*(.*)", " ".join(point.split()).replace("`", ""))
        if found:
            first = re.split(r"(?<=[a-z0-9)])\. ", found[2] + " ", maxsplit=1)[0].rstrip(" .")
            made.append((found[1], f"{first}." if first else ""))
    return tuple(made)


def table(scenario: Scenario) -> list[dict[str, Any]]:
    """Every parameter as a row: its words for the search, what groups it, its cells as safe HTML."""
    made = []
    for one in parameters():
        value, at_default = now_of(scenario, one)
        regimes = movers(one.key)
        unit = "" if one.unit in ("text", "list", "switch", "-") else one.unit
        moved = ", ".join(regime_words(name) for name in regimes)
        meaning = f"{one.meaning} (when {one.when})" if one.when else one.meaning
        default, span = shown_default(one), reach(one)
        cells = [breakable(one.key), whole(value), whole(default), escape(unit)]
        cells.append(f'{escape(meaning)}<br><span style="opacity:.65">{escape(one.source)}</span>')
        cells += [escape(span), one.grade, escape(moved)]
        bold = "" if at_default else ' style="font-weight:600"'
        inner = "".join(
            f"<td{CELL.get(name, '')}>{cell}</td>" for name, cell in zip(COLUMNS, cells, strict=True)
        )
        words = (one.key, value, default, unit, span, one.grade, moved, meaning, one.source)
        made.append(
            {
                "key": one.key,
                "default": at_default,
                "moved": bool(regimes),
                "grade": one.grade,
                "words": f"{' '.join(words).replace('_', ' ')} {one.key}".lower(),
                "html": f"<tr{bold}>{inner}</tr>",
            }
        )
    return made


CELL = {
    "parameter": ' style="min-width:130px"',
    "range": ' style="min-width:150px;max-width:210px;overflow-wrap:anywhere"',
    "moved by": ' style="min-width:130px"',
    "meaning and source": ' style="min-width:260px"',
}


def reach(one: Parameter) -> str:
    """Plausible range and what is allowed, in words."""
    plausible = f"plausible {shown(one.span[0])} to {shown(one.span[1])}; " if one.span else ""
    bounds = re.sub(r"^an? (whole number|number|date \S+) (?=[<>])", "", allowed(one))
    return f"{plausible}allowed {bounds}"


def whole(text: str) -> str:
    """A value as safe HTML that breaks only if it is long."""
    wrap = "white-space:nowrap" if len(text) <= 16 else "display:inline-block;max-width:150px"
    return f'<span style="{wrap}">{escape(text)}</span>'


def told(value: Any) -> str:
    """A value in words; whole numbers as they are."""
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else shown(value)


def breakable(key: str) -> str:
    """A key that may break after its dots."""
    return key.replace(".", ".\u200b").replace("_", "_\u200b")


def now_of(scenario: Scenario, one: Parameter) -> tuple[str, bool]:
    """The value now in words, and whether it is the default; entries of lists have a value in each entry."""
    name, inside, field = one.key.partition("[].")
    if inside:
        held = [_reach(entry, field) for entry in scenario.value(name) or []]
        kinds = list(dict.fromkeys(told(value) for value in held))
        words = ", ".join(kinds[:3]) + (f" and {len(kinds) - 3} more" if len(kinds) > 3 else "")
        return (words or "no entry"), all(value == one.default for value in held) or one.default is None
    value, default = scenario.value(one.key), _defaults().value(one.key)
    return (f"{len(value)} entries" if isinstance(value, list) else told(value)), value == default


@lru_cache(maxsize=1)
def _defaults() -> Scenario:
    return Scenario()


def shown_default(one: Parameter) -> str:
    """The default in words."""
    if "[]." in one.key:
        return "must be given" if one.default is None else told(one.default)
    return now_of(_defaults(), one)[0]


def allowed(one: Parameter) -> str:
    """What is allowed, in words."""
    return one.bounds if "[]." in one.key else allowed_at(Scenario, one.key)


@lru_cache(maxsize=1)
def _movers() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key, names in moved_by_regimes().items():
        plain = re.sub(r"\.\d+\.", "[].", key)
        found.setdefault(plain, []).extend(name for name in names if name not in found.get(plain, []))
    return found


def movers(key: str) -> Sequence[str]:
    """Regimes that give a parameter another value than the default."""
    return _movers().get(key, ())


def in_group(row: dict[str, Any], group: str) -> bool:
    """Whether a row is in a group of the switch."""
    return {
        "all": True,
        "not at its default": not row["default"],
        "moved by a regime": row["moved"],
        "assumed": row["grade"] == "assumed",
        "measured or estimated": row["grade"] in ("measured", "estimated"),
    }[group]


def counted(rows: list[dict[str, Any]]) -> dict[str, dict[str, int]]:
    """Parameters by section and grade."""
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        section = re.split(r"[.\[]", row["key"])[0]
        held = found.setdefault(section, {})
        held[row["grade"]] = held.get(row["grade"], 0) + 1
    return found


def _reach(entry: Any, field: str) -> Any:
    for part in field.split("."):
        entry = getattr(entry, part, None)
    return entry
