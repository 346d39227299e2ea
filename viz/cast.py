"""Who is in the picture: ids, names, colours and histories of labs, data centres and regulators.

What is chosen is a text, `lab:3`, `site:4` or `regulator:name`, alike on every page.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from viz.film import Row, Snapshot
from viz.pages.overview import labs as labs_of_overview

OTHERS = "#9aa0a6"
REGIONS = ("US", "EU", "CN", "ROW")
REGION_WORDS = {"US": "United States", "EU": "Europe", "CN": "China", "ROW": "rest of the world"}
# Okabe and Ito, as all figures of the project.
REGION_COLOURS = {"US": "#0072B2", "EU": "#009E73", "CN": "#D55E00", "ROW": "#CC79A7"}
SEEN, UNSEEN = "#009E73", "#D55E00"
PERSON, FIRM, REGULATOR = "#56B4E9", "#E69F00", "#5e4fa2"


class Chosen(NamedTuple):
    """An agent that a reader has chosen."""

    kind: str  # lab, site or regulator; empty for none
    key: Any  # number of the lab or site, name of the regulator


def parse(text: str) -> Chosen:
    """What a text from a click or a link says; nothing that is not such a text is taken."""
    kind, _, rest = text.partition(":")
    if kind in ("lab", "site") and rest.isascii() and rest.isdigit() and len(rest) < 10:
        return Chosen(kind, int(rest))
    return Chosen("regulator", rest) if kind == "regulator" and rest else Chosen("", None)


def by_lab(now: Snapshot) -> list[dict[int, Row]]:
    """Rows of labs by number, for every step to now."""
    return now.derived("cast labs", lambda at: {row["lab"]: row for row in at.rows("labs")})


def by_site(now: Snapshot) -> list[dict[int, Row]]:
    """Rows of data centres by number, for every step to now."""
    return now.derived("cast sites", lambda at: {row["site"]: row for row in at.rows("data_centres")})


def by_regulator(now: Snapshot) -> list[dict[str, Row]]:
    """The first rule's row of every regulator by name, for every step to now."""
    return now.derived(
        "cast regulators",
        lambda at: {row["regulator"]: row for row in reversed(at.rows("regulators"))},
    )


def frames(now: Snapshot, kind: str) -> list[dict[Any, Row]]:
    """Rows of a kind of agent by key, for every step to now."""
    return {"lab": by_lab, "site": by_site, "regulator": by_regulator}[kind](now)  # type: ignore[operator]


def history(now: Snapshot, who: Chosen, column: str) -> list[float]:
    """A number of an agent in every step; NaN while it is not there."""
    return [
        float(frame[who.key][column]) if who.key in frame else math.nan for frame in frames(now, who.kind)
    ]


def latest(now: Snapshot, who: Chosen) -> tuple[int, Row] | None:
    """The last step in which an agent was there, and its row; None if it never was."""
    if not who.kind:
        return None
    held = frames(now, who.kind)
    for step in range(len(held) - 1, -1, -1):
        if who.key in held[step]:
            return step, held[step][who.key]
    return None


def lab_colours(now: Snapshot) -> dict[int, str]:
    """Colours of the labs on the Overview, by number; all others alike in grey."""
    named = {name: colour for name, colour, _ in labs_of_overview(now)}
    return {lab: named.get(row["name"], OTHERS) for lab, row in by_lab(now)[-1].items()}


def lab_names(now: Snapshot) -> dict[int, str]:
    """Names of the labs of this step, by number."""
    return {lab: row["name"] for lab, row in by_lab(now)[-1].items()}


def decided(now: Snapshot, who: Chosen) -> dict[str, tuple[int, list[Row]]]:
    """What an agent weighed when it last decided, by kind of decision: step, options. Latest first.

    A data centre's are its owner's, who decides where to build; a regulator weighs no pay-offs.
    """
    if who.kind == "lab":
        key: Any = who.key
    elif who.kind == "site" and (found := latest(now, who)):
        key = found[1]["owner"]
    else:
        return {}
    made: dict[str, tuple[int, list[Row]]] = {}
    held = now.derived("cast decisions", _by_decider)
    for step in range(len(held) - 1, -1, -1):
        rows = held[step].get(key, [])
        for kind in dict.fromkeys(row["decision"] for row in reversed(rows)):
            made.setdefault(kind, (step, [row for row in rows if row["decision"] == kind]))
    return made


def _by_decider(now: Snapshot) -> dict[Any, list[Row]]:
    """Decisions of a step by lab; those on sites by owner, whose name begins the option."""
    found: dict[Any, list[Row]] = {}
    for row in now.rows("decisions"):
        key = row["lab"] if row["lab"] >= 0 else str(row["option"]).partition(":")[0]
        found.setdefault(key, []).append(row)
    return found
