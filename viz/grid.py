"""A table that its reader sorts by a click on a heading, and whose rows can be chosen."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import solara

from experiments.words import number

MOST = 50


class Column(NamedTuple):
    """A heading: name with unit, whether numbers stand under it, what it says on hover."""

    name: str
    number: bool = True
    help: str = ""


class Line(NamedTuple):
    """A row: its id, its cells as [text, sort value], the colour of its mark."""

    id: str
    cells: list[list[Any]]
    colour: str = ""


def amount(value: Any, scale: float = 1.0, unit: str = "") -> list[Any]:
    """A cell with a number: sensible digits before the eye, the number itself for sorting."""
    held = math.nan if value is None else float(value) * scale
    told = number(held, short=True)
    return [f"{told}{unit}" if math.isfinite(held) else told, held if math.isfinite(held) else None]


def words(text: Any) -> list[Any]:
    """A cell with text."""
    return [str(text), str(text)]


def yes(value: Any) -> list[Any]:
    """A cell with yes or no."""
    return ["yes" if value else "no", 1 if value else 0]


@solara.component_vue(str(Path(__file__).parent / "grid.vue"))
def _Grid(
    columns: list[dict[str, Any]],
    rows: list[dict[str, Any]],
    chosen: str,
    clickable: bool,
    name: str,
    event_clicked: Callable[[dict[str, str]], None],
) -> None:
    """Properties as `grid.vue` expects them."""


@solara.component
def Grid(
    name: str,
    columns: Sequence[Column],
    lines: Sequence[Line],
    on_click: Callable[[str], None] | None = None,
    chosen: str = "",
) -> None:
    """At most MOST rows; `on_click` gets the id of the row that is clicked."""
    _Grid(
        columns=[column._asdict() for column in columns],
        rows=[line._asdict() for line in lines[:MOST]],
        chosen=chosen,
        clickable=on_click is not None,
        name=name,
        event_clicked=(lambda event: on_click(str(event.get("id", ""))))
        if on_click
        else (lambda event: None),
    )
