"""Every claim of the sources on trial: one record per claim, found automatically in the files of this folder.

record.py      what a record is          settings.py    the settings that are compared
measures.py    numbers read off metrics   tables.py      numbers read off the other tables
framing.py deployment.py oversight.py training.py general.py accounting.py notes.py   the records
space.py       the plausible space        pool.py        the runs, one pool for all claims
judge.py       numbers to a verdict       turns.py       on which parameter a sign turns
trial.py       the whole trial            page.py prose.py figure.py   Markdown, JSON and HTML
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
import re
from collections.abc import Mapping
from types import MappingProxyType

from experiments.claims.record import Claim, Record
from model.errors import ScenarioError, nearest

__all__ = ["Claim", "Record", "find", "registry"]


def order(name: str) -> tuple[str, int]:
    """C2 before C10, the essay's claims before those of the notes."""
    found = re.fullmatch(r"([A-Z]+)(\d+)", name)
    if found is None:
        raise ValueError(f"{name}: a claim is called by a letter and a number, e.g. C5")
    return found[1], int(found[2])


@functools.cache
def registry() -> Mapping[str, Record]:
    """All records by id; two records of one id are an error."""
    found: dict[str, Record] = {}
    for name in sorted(entry.name for entry in pkgutil.iter_modules(__path__)):
        module = importlib.import_module(f"{__name__}.{name}")
        for record in getattr(module, "CLAIMS", ()):
            if record.id in found:
                raise ValueError(f"claim {record.id} is registered twice")
            found[record.id] = record
    return MappingProxyType({key: found[key] for key in sorted(found, key=order)})


def find(names: list[str]) -> list[Record]:
    """The records named, in the order of the registry; all of them without a name."""
    known = registry()
    for name in names:
        if name not in known:
            raise ScenarioError(f"claims {name}: no such claim{nearest(name, list(known))}")
    return [record for key, record in known.items() if not names or key in names]
