"""Plain tables on standard output: readable on a terminal, tab-separated through a pipe."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

NARROW = 14  # characters: what is no wider is kept on one line


def show(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Rows as a table; whole values tab-separated when nobody is looking."""
    if not sys.stdout.isatty():
        print("\t".join(columns))
        for row in rows:
            print("\t".join(" ".join(cell(row[name]).split()) for name in columns))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    widths = [max((len(cell(row[name])) for row in rows), default=0) for name in columns]
    for at, (name, width) in enumerate(zip(columns, widths, strict=True)):  # the widest always gives way
        whole = width <= NARROW or (at == 0 and width < max(widths))
        table.add_column(name, overflow="fold", no_wrap=whole)
    for row in rows:
        table.add_row(*(cell(row[name]) for name in columns))
    Console().print(table, markup=False)


def markdown(rows: Sequence[Sequence[str]]) -> str:
    """Rows as a table in Markdown; the second row is the rule below the heads."""
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def cell(value: Any) -> str:
    """One value as text."""
    if value is None:
        return ""
    if isinstance(value, dict):
        return ", ".join(f"{key} = {cell(entry)}" for key, entry in value.items())
    if isinstance(value, list):
        if any(isinstance(entry, dict) for entry in value):
            return f"{len(value)} entries"
        return json.dumps(value) if not value or len(value) != 2 else f"{value[0]:g} to {value[1]:g}"
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else str(value)
