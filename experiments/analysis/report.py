"""One self-contained HTML page of a study, and analysis.json with its numbers, from what is stored.

OUT/report.html   the page: opens without a network, figures inside
OUT/figures/*     the same figures as PNG and SVG
OUT/analysis.json every number of the page
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shlex
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from matplotlib.figure import Figure

from experiments.analysis import index_pictures, pictures, prose
from experiments.analysis.boxes import FEW
from experiments.analysis.numbers import (
    as_json,
    effect_rows,
    factor_rows,
    index_tables,
    lever_rows,
    split_rows,
)
from experiments.analysis.pictures import cell_colours
from experiments.analysis.reading import Reading, label, label_unit
from experiments.analysis.response import response
from experiments.figures import Picture, save
from experiments.study import load_study
from model.errors import ScenarioError

MANIFEST = "study.json"
FULL = 1400.0  # pixels of a figure as wide as the page
BARS = "Bars are 95 % intervals."
PLAN: tuple[tuple[str, str, str, Callable[[Reading], Figure | None]], ...] = (
    (
        "spread",
        "Outcomes over all runs",
        "All points and seeds of each: middle value (circle), half (thick) and nine tenths (thin) of runs.",
        pictures.spread,
    ),
    (
        "response",
        "Outcomes over what was varied",
        "Means over seeds; bands and black lines are 95 % intervals over seeds.",
        response,
    ),
    (
        "effects",
        "Paired differences",
        "Each less the reference at the same points with the same luck: mean and 95 % interval. A filled"
        " point: the interval leaves zero.",
        pictures.effects,
    ),
    (
        "indices",
        "What outcomes depend on",
        f"The reference alone. {BARS} A star: told from luck, at a level shared between all factors.",
        index_pictures.bars,
    ),
    (
        "glance",
        "All factors and outcomes at a glance",
        "The leading index (total; µ* as a share of the largest; or first order) with the direction in which"
        " the factor moves the outcome (+, −; none where it is mixed or weak). Bold: told from luck. Blank:"
        " below 0.02.",
        index_pictures.glance,
    ),
    (
        "split",
        "Where the variance comes from",
        "Shares of the variance over all runs, each point, regime and seed with equal weight.",
        pictures.split,
    ),
    (
        "convergence",
        "Convergence",
        "The same numbers from the first points or seeds, then from more of them; bands are 95 % intervals.",
        pictures.convergence,
    ),
)


def write_study_report(folder: str | Path) -> Path:
    """Write FOLDER/report.html from a study's results; runs nothing. ScenarioError if there are none."""
    folder = Path(folder)
    results = load_study(folder)
    if results.runs.empty:
        raise ScenarioError(f"{folder}: holds no finished run; say computeshift sweep first")
    record = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return build_page(Reading(results), record, folder)


def build_page(reading: Reading, record: Mapping[str, Any], folder: Path) -> Path:
    """The page of a reading; record: the study's manifest."""
    if not reading.outcomes:
        raise ScenarioError(f"{folder}: no outcome has a number in any run")
    drawn = _draw(reading, folder / "figures")
    boxes = [
        (prose.finding_words(reading, one), one, drawn[f"box-{k + 1}"])
        for k, one in enumerate(reading.findings)
    ]
    missing = max(int(record.get("runs", 0)) - len(reading.runs), 0)
    environment = Environment(
        loader=PackageLoader("experiments"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["image"] = _image
    paint = cell_colours(reading)
    text = environment.get_template("study.html.j2").render(
        reading=reading,
        study=reading.study,
        label=label,
        colour={reading.words(cell): paint[cell] for cell in reading.cells},
        cells=[reading.words(cell) for cell in reading.cells],
        short=prose.in_short(reading),
        made=_made(reading, record, folder, missing),
        factors=factor_rows(reading),
        pictures=drawn,
        effects=effect_rows(reading),
        levers=lever_rows(reading),
        labels=[(label(one), label_unit(one)) for one in reading.outcomes],
        indices=index_tables(reading),
        split=split_rows(reading),
        split_words=[line for one in reading.outcomes if (line := prose.split_words(reading, one))],
        depends=[prose.depends(reading, one) for one in reading.outcomes] if reading.method else [],
        boxes=boxes,
        looked=reading.independent.size >= FEW,
        failures=_failures(reading),
        limits=prose.limits(reading, missing),
        empty=prose.empty_words(reading.empty),
    )
    _write(folder / "analysis.json", json.dumps(as_json(reading), indent=1, ensure_ascii=False) + "\n")
    _write(folder / "report.html", text)
    return folder / "report.html"


def _draw(reading: Reading, folder: Path) -> dict[str, Picture]:
    folder.mkdir(parents=True, exist_ok=True)
    plan = [(name, title, caption, draw(reading)) for name, title, caption, draw in PLAN]
    for k, one in enumerate(reading.findings):
        factors = [list(reading.factors)[side.factor] for side in one.box.sides]
        more = f" The box has {len(factors)} sides; points are drawn along the first two." * (
            len(factors) > 2
        )
        caption = f"{one.box.count} of {len(one.cases)} points lie inside.{more}"
        plan.append((f"box-{k + 1}", label(one.outcome), caption, pictures.box(reading, one)))
    found = {}
    for old in folder.glob("*.*"):
        old.unlink()
    for name, title, caption, figure in plan:
        png = save(figure, folder / name) if figure is not None else b""
        found[name] = Picture(name, title, caption, png)
    return found


def _made(reading: Reading, record: Mapping[str, Any], folder: Path, missing: int) -> dict[str, Any]:
    """What the runs were made with, and what rebuilds them."""
    held = folder / "results.parquet"
    return {
        "runs": len(reading.runs),
        "missing": missing,
        "wanted": int(record.get("runs", len(reading.runs))),
        "command": record.get("command") or f"computeshift sweep {reading.study.name}",
        "again": f"computeshift report {_out(record, folder)}",
        "fingerprint": fingerprint(record),
        "code": record.get("code", ""),
        "digest": hashlib.sha256(held.read_bytes()).hexdigest() if held.is_file() else "",
        "regimes": [(one["name"], one["fingerprint"]) for one in record.get("regimes", [])],
        "fixed": dict(record.get("study", {}).get("set", {})),
    }


def _out(record: Mapping[str, Any], folder: Path) -> str:
    """The folder as it was named when the study was run."""
    words = shlex.split(record.get("command", ""))
    return shlex.quote(words[words.index("--out") + 1] if "--out" in words[:-1] else folder.name)


def fingerprint(record: Mapping[str, Any]) -> str:
    """Of the study as it was asked: what it varies and sets, its regimes and the model's version."""
    kept = {key: record[key] for key in ("study", "code") if key in record}
    kept["regimes"] = [one["fingerprint"] for one in record.get("regimes", [])]
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()[:16]


def _failures(reading: Reading) -> list[dict[str, Any]]:
    """Failed runs by kind and message, with one example each."""
    table = reading.results.failures
    if table.empty:
        return []
    keys = list(zip(table["kind"], table["message"], strict=True))
    first = {key: str(name) for key, name in zip(reversed(keys), reversed(list(table["key"])), strict=True)}
    return [
        {"kind": kind, "message": message, "count": count, "example": first[kind, message]}
        for (kind, message), count in Counter(keys).most_common(20)
    ]


def _image(picture: Picture) -> Markup:
    """As a data address; as wide as it was drawn, at most as wide as the page."""
    data = base64.b64encode(picture.png).decode("ascii")
    share = int.from_bytes(picture.png[16:20], "big") / FULL  # the width in a PNG's header
    style = f"max-width: {100 * min(share, 1.0):.0f}%"
    return Markup('<img alt="{}" style="{}" src="data:image/png;base64,{}">').format(
        picture.title, style, data
    )


def _write(path: Path, text: str) -> None:
    aside = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
    aside.write_text(text, encoding="utf-8")
    os.replace(aside, path)
