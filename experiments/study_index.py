"""The index of a study: one line a finished run, so that ten thousand of them need not be opened to resume.

It can always be made again from the runs themselves: a line that is torn, lost or out of date costs a look
at that run and nothing else.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from experiments.study import Outcome

NAME = "index.jsonl"
Entry = dict[str, Any]
BLOCK = 4096


@dataclass(frozen=True, slots=True)
class Known:
    """What is kept in memory of a finished run."""

    values: tuple[float | None, ...]
    """In the order of the outcomes."""
    seconds: float | None
    bytes: int
    """On disk, in whole blocks."""


class Index:
    """What is known of the finished runs in a folder: sizes and times of files, outcomes, seconds."""

    def __init__(self, folder: Path, outcomes: Sequence[Outcome]) -> None:
        self.folder, self.outcomes = folder, list(outcomes)
        self.path = folder / NAME
        self.entries: dict[str, Known] = {}
        """Runs that are known to be whole, by key."""

    def read(self) -> dict[str, Entry]:
        """The lines by key, as they are; the last of a key counts."""
        found: dict[str, Entry] = {}
        try:
            lines = self.path.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return found
        for line in lines:
            try:
                entry = json.loads(line)
                found[entry["key"]] = entry
            except (ValueError, KeyError, TypeError):
                continue
        return found

    def accept(self, key: str, entry: Entry, tables: Sequence[str]) -> bool:
        """Take a line over if the files are as it says and it says all that is asked."""
        folder = os.path.join(self.folder, "runs", key)
        try:
            files = entry["files"]
            whole = all(stamp(os.path.join(folder, name)) == mark for name, mark in files.items())
            asked = all(f"{name}.parquet" in files for name in tables)
            asked &= all(one.column in entry["outcomes"] for one in self.outcomes)
        except (OSError, KeyError, AttributeError, TypeError):
            return False
        if whole and asked:
            self._know(key, entry)
        return whole and asked

    def note(self, key: str, manifest: Mapping[str, Any]) -> None:
        """Add a line; one that a kill or a full disk has torn is closed first."""
        folder = self.folder / "runs" / key
        names = ["manifest.json", *(f"{name}.parquet" for name in manifest["files"])]
        values = {one.column: manifest["outcomes"].get(one.metric, {}).get(one.kind) for one in self.outcomes}
        entry: Entry = {
            "key": key,
            "files": {name: stamp(folder / name) for name in names},
            "outcomes": values,
            "seconds": manifest.get("seconds"),
        }
        with self.path.open("a+b") as file:
            end = file.seek(0, os.SEEK_END)
            torn = end and os.pread(file.fileno(), 1, end - 1) != b"\n"
            file.write((b"\n" if torn else b"") + (json.dumps(entry) + "\n").encode())
        self._know(key, entry)

    def _know(self, key: str, entry: Entry) -> None:
        size = BLOCK + sum(-(-mark[0] // BLOCK) * BLOCK for mark in entry["files"].values())
        values = tuple(entry["outcomes"][one.column] for one in self.outcomes)
        self.entries[key] = Known(values, entry.get("seconds"), size)


def stamp(path: str | Path) -> list[int]:
    """Size and time of a file."""
    found = os.stat(path)
    return [found.st_size, found.st_mtime_ns]
