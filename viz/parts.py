"""Pieces that pages share: headings, notes, cards of numbers, tables, help on hover."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import solara

STYLE = """
.cs-grid { display: grid; gap: 12px; width: 100%; }
.cs-grid > * { min-width: 0; }
.cs-two { grid-template-columns: repeat(auto-fit, minmax(min(420px, 100%), 1fr)); }
.cs-cards { grid-template-columns: repeat(auto-fit, minmax(158px, 1fr)); }
.cs-panel { border: 1px solid rgba(128,128,128,.25); border-radius: 6px; padding: 8px 10px; }
.cs-card .cs-label { font-size: 12px; opacity: .72; line-height: 1.25; }
.cs-card .cs-value { font-size: 22px; font-weight: 600; line-height: 1.3; white-space: nowrap; }
.cs-card .cs-unit { font-size: 12px; font-weight: 400; opacity: .72; margin-left: 4px; }
.cs-card .cs-change { font-size: 12px; opacity: .85; }
.cs-buttons { display: flex; flex-wrap: wrap; gap: 6px; align-items: center; }
.cs-note { font-size: 13px; opacity: .78; max-width: 110ch; line-height: 1.45; }
.cs-heading { font-size: 16px; font-weight: 600; margin: 4px 0 2px; }
.cs-table { border-collapse: collapse; font-size: 13px; width: 100%; }
.cs-table th { text-align: left; font-weight: 600; opacity: .72; border-bottom: 1px solid rgba(128,128,128,.4); }
.cs-table td, .cs-table th { padding: 3px 10px 3px 0; vertical-align: top; }
.cs-table td.num, .cs-table th.num { text-align: right; font-variant-numeric: tabular-nums; }
.cs-scroll { overflow-x: auto; width: 100%; }
.v-navigation-drawer { min-width: 320px !important; width: 320px !important; }
.v-navigation-drawer .v-card { box-shadow: none !important; }
.v-tab { text-transform: none; letter-spacing: 0; min-width: 60px; padding: 0 10px; font-size: 13px; }
.v-btn { text-transform: none; letter-spacing: 0; }
.v-toolbar__content { gap: 8px; }
.v-tabs { margin-top: -6px; }
.solara-content-main { padding-top: 34px !important; }
.cs-param { margin: 2px 0 8px; }
.cs-param .v-messages, .cs-param .v-text-field__details { display: none; }
.cs-param .v-input { margin-top: 0; padding-top: 0; }
.cs-code { font-family: ui-monospace, monospace; font-size: 12.5px; white-space: pre-wrap; word-break: break-word;
  border: 1px solid rgba(128,128,128,.25); border-radius: 4px; padding: 8px; user-select: all; }
"""


@solara.component
def Heading(text: str) -> None:
    """A heading inside a page."""
    solara.HTML(tag="div", classes=["cs-heading"], unsafe_innerHTML=escape(text))


@solara.component
def Note(text: str) -> None:
    """A sentence that helps to read what stands beside it."""
    solara.HTML(tag="div", classes=["cs-note"], unsafe_innerHTML=escape(text))


@solara.component
def Card(label: str, value: str, unit: str = "", change: str = "", name: str = "") -> None:
    """A headline number: what it is, its value with unit, and how it has changed."""
    inner = (
        f'<div class="cs-label">{escape(label)}</div><div class="cs-value">{escape(value)}'
        f'<span class="cs-unit">{escape(unit)}</span></div><div class="cs-change">{escape(change) or "&nbsp;"}</div>'
    )
    solara.HTML(
        tag="div",
        classes=["cs-panel", "cs-card"],
        attributes={"data-card": name or label},
        unsafe_innerHTML=inner,
    )


@solara.component
def Table(rows: Sequence[dict[str, Any]], columns: Sequence[str], numbers: Sequence[str] = ()) -> None:
    """A small table of ready-made texts; `columns` are keys and headings, `numbers` those set to the right."""
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


def _side(column: str, numbers: Sequence[str]) -> str:
    return "num" if column in numbers else ""
