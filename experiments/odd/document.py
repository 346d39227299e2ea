"""Writes the tables of docs/ODD.md and its appendices into their places.

`python -m experiments.odd.document` brings all pages up to date. A table stands between two comments,
`<!-- table: name -->` and `<!-- end -->`; everything else in a page is written by hand and left alone.
"""

from __future__ import annotations

import re
import sys
from functools import cache
from pathlib import Path

from experiments.odd.code import ROOT
from experiments.odd.tables import ALL

DOCS = ROOT / "docs"
PAGES = (
    DOCS / "ODD.md",
    DOCS / "references.md",
    DOCS / "odd" / "parameters.md",
    DOCS / "odd" / "metrics.md",
    DOCS / "odd" / "columns.md",
)
PLACE = re.compile(r"<!-- table: (\w+) -->\n.*?<!-- end -->", re.DOTALL)


@cache
def made(name: str) -> str:
    """A table; the code does not change while this runs."""
    return ALL[name]()


def filled(text: str) -> str:
    """A page with every table as the code has it now. KeyError for a table that is not known."""
    return PLACE.sub(lambda at: f"<!-- table: {at[1]} -->\n{made(at[1])}\n<!-- end -->", text)


def stale() -> list[Path]:
    """Pages whose tables are not those of the code."""
    return [path for path in PAGES if filled(path.read_text("utf-8")) != path.read_text("utf-8")]


def main() -> int:
    """Write all pages; say which have changed."""
    for path in stale():
        path.write_text(filled(path.read_text("utf-8")), encoding="utf-8")
        print(path.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
