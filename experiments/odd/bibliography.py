"""The literature in docs/references.bib: one field a line, `  name = {value},`."""

from __future__ import annotations

import re
from typing import NamedTuple

from experiments.odd.code import ROOT

FILE = ROOT / "docs" / "references.bib"
ENTRY = re.compile(r"^@(\w+)\{(\w+),\n(.*?)^\}\n", re.MULTILINE | re.DOTALL)
FIELD = re.compile(r"^  (\w+) = \{(.*)\},$", re.MULTILINE)
CITED = re.compile(r"@([a-z]+\d{4}[a-z]?)\b")
REQUIRED = ("author", "title", "year")


class Entry(NamedTuple):
    """One work."""

    kind: str
    key: str
    fields: dict[str, str]


def entries(text: str | None = None) -> dict[str, Entry]:
    """All works by key, in the order of the file. ValueError where a line is not understood."""
    source = FILE.read_text(encoding="utf-8") if text is None else text
    found = {}
    for kind, key, body in ENTRY.findall(source):
        if key in found:
            raise ValueError(f"references.bib: {key} is there twice")
        found[key] = Entry(kind, key, dict(FIELD.findall(body)))
    rest = ENTRY.sub("", source).strip()
    if rest:
        raise ValueError(f"references.bib: not understood: {rest.splitlines()[0]}")
    return found


def reference(entry: Entry) -> str:
    """The work as a reader wants it."""
    f = entry.fields
    where = next((f[name] for name in ("journal", "booktitle", "publisher", "howpublished") if name in f), "")
    volume = " " + f["volume"] + (f"({f['number']})" if "number" in f else "") if "volume" in f else ""
    pages = ", " + f["pages"].replace("--", "–") if "pages" in f else ""
    place = f"*{where}*{volume}{pages}." if where else ""
    link = f" <https://doi.org/{f['doi']}>" if "doi" in f else f" <{f['url']}>" if "url" in f else ""
    names = f["author"].replace(" and others", " et al.").replace(" and ", "; ")
    title = f["title"] if f["title"].endswith("?") else f["title"] + "."
    return f"{names} ({f['year']}). {title} {place}{link}".strip()


def cited(text: str) -> set[str]:
    """Keys that a page cites as [@key]."""
    return {key for group in re.findall(r"\[(@[^\]]*)\]", text) for key in CITED.findall(group)}
