"""Pieces that pages share: headings, notes, cards of numbers, tables, help on hover."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import solara

STYLE = (Path(__file__).parent / "style.css").read_text(encoding="utf-8")


@solara.component
def Heading(text: str) -> None:
    """A heading inside a page."""
    solara.HTML(tag="div", classes=["cs-heading"], unsafe_innerHTML=escape(text))


@solara.component
def Note(text: str) -> None:
    """A sentence that helps to read what stands beside it."""
    solara.HTML(tag="div", classes=["cs-note"], unsafe_innerHTML=escape(text))


class Card(NamedTuple):
    """A headline number: what it is, its value with unit, and how it has changed."""

    label: str
    value: str
    unit: str = ""
    change: str = ""
    name: str = ""

    @property
    def html(self) -> str:
        """The card as it stands in the page."""
        return (
            f'<div class="cs-panel cs-card" data-card="{escape(self.name or self.label)}">'
            f'<div class="cs-label">{escape(self.label)}</div><div class="cs-value">{escape(self.value)}'
            f'<span class="cs-unit">{escape(self.unit)}</span></div>'
            f'<div class="cs-change">{escape(self.change) or "&nbsp;"}</div></div>'
        )


def Cards(cards: Iterable[Card], above: int = 0) -> solara.Element:
    """Headline numbers in a row, `above` pixels below what stands over them; one message to the page."""
    return solara.HTML(
        tag="div",
        classes=["cs-grid", "cs-cards"],
        style=f"margin-top: {above}px",
        unsafe_innerHTML="".join(card.html for card in cards),
    )


@solara.component
def Table(rows: Sequence[dict[str, Any]], columns: Sequence[str], numbers: Sequence[str] = ()) -> None:
    """A small table of ready-made texts; `columns` are keys and headings, `numbers` stand right."""
    head = "".join(f'<th class="{_side(c, numbers)}">{escape(c)}</th>' for c in columns)
    body = "".join(
        "<tr>"
        + "".join(f'<td class="{_side(c, numbers)}">{escape(str(row.get(c, "")))}</td>' for c in columns)
        + "</tr>"
        for row in rows
    )
    table = f'<table class="cs-table"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    solara.HTML(tag="div", classes=["cs-scroll"], unsafe_innerHTML=table)


@solara.component
def Help(text: str) -> None:
    """A small i that explains on hover."""
    with solara.Tooltip(text):
        solara.v.Icon(children=["mdi-information-outline"], size=15, attributes={"aria-label": text})


def escape(text: str) -> str:
    """Text made safe to stand in HTML."""
    for sign, name in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        text = text.replace(sign, name)
    return text


def visible(colour: str) -> str:
    """A regime's colour on a page that may be dark: black would vanish."""
    return "#7a828c" if colour.upper() == "#000000" else colour


def _side(column: str, numbers: Sequence[str]) -> str:
    return "num" if column in numbers else ""
