"""One self-contained HTML page of a comparison, rebuilt from what is stored, nothing else."""

from __future__ import annotations

import base64
import json
import os
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from experiments import prose
from experiments.compare import Comparison, Difference
from experiments.compare_keys import changes_in_words
from experiments.figures import Picture, draw_all
from experiments.listings import rules_in_force
from experiments.store import Store
from experiments.words import colours, metric_unit, metric_words, number, regime_words
from model.results import read_manifest
from model.scenario import Scenario, regime_names

SECTIONS: tuple[tuple[str, str, tuple[prose.Outcome, ...], tuple[str, ...]], ...] = (
    ("concentration", "Market concentration", prose.CONCENTRATION, ("concentration", "labs")),
    ("wealth", "Price tiers by wealth", prose.WEALTH, ("wealth", "wealth_firms", "prices")),
    ("visibility", "What the regulator sees", prose.VISIBILITY, ("oversight", "beliefs")),
)

GLOSSARY: tuple[tuple[str, str], ...] = (
    ("Tier", "an offer of a lab: one model at one depth for one price."),
    ("Depth", "how much inference compute an answer gets, in standard passes of the model."),
    ("OOM", "an order of magnitude, a factor of ten; capability is counted in OOM of FLOP."),
    ("HHI", "Herfindahl-Hirschman index: the sum of squared shares; 1 is a monopoly, 0.25 four equals."),
    (
        "Lambda",
        "by how many per cent a lab's odds in the market rise with one per cent more training compute.",
    ),
    (
        "Elasticity of serving cost",
        "by how many per cent a lab's unit cost changes with one per cent more volume; below zero, size pays"
        " even where Lambda is below one. It is zero unless compute.serving_scale is set.",
    ),
    (
        "Dangerous",
        "said of a tier that can do what the regulator fears (tasks.danger, oversight.danger_oom).",
    ),
    (
        "Covered, visible",
        "under the regulator's rule; seen by the regulator, by report, audit or sight. Before the rule begins"
        " (half a year in, at the default) nothing is covered, and a mean of the run counts that too.",
    ),
    ("Markup", "price less the cost of serving, as a share of the price (Lerner index)."),
    (
        "Matter to users",
        "of labs: chosen by more than 0.5 % of the users concerned. Of tiers and their prices: by at least 1"
        " % of the users of the channel. Smaller ones are not counted.",
    ),
    (
        "1/ln, ln/ln",
        "change per unit of the natural logarithm; a hundredth of such a unit is one per cent.",
    ),
    (
        "Paired seeds",
        "the same users and the same luck in every regime, so that luck cancels in a difference.",
    ),
)


def build_report(
    comparison: Comparison,
    store: Store,
    turns: Mapping[str, Any] | None = None,
    pictures: Mapping[str, Picture] | None = None,
) -> Path:
    """Write OUT/report.html; `turns` (or OUT/turns.json): the one-at-a-time table; `pictures`: if drawn."""
    if pictures is None:
        pictures = draw_all(comparison, store.folder / "figures")
    if turns is None and (store.folder / "turns.json").exists():
        turns = json.loads((store.folder / "turns.json").read_text(encoding="utf-8"))
    environment = Environment(
        loader=PackageLoader("experiments"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["image"] = _image
    text = environment.get_template("report.html.j2").render(
        comparison=comparison,
        words=regime_words,
        seeds_of=_seeds,
        colour=colours(comparison.names),
        in_short=[prose.in_short(comparison, outcome) for outcome in prose.HEADLINES],
        alike=prose.alike(comparison),
        late=prose.late(comparison),
        described=_described(comparison),
        glossary=GLOSSARY,
        sections=[_section(comparison, pictures, *section) for section in SECTIONS],
        pictures=pictures,
        mechanism=prose.mechanism(comparison),
        turns=dict(turns or {}),
        turns_note=prose.turns_note(comparison),
        turns_same=_same_rows(turns or {}),
        shown=[name for name in comparison.others if name not in comparison.identical],
        differences=_difference_rows(comparison),
        tally=_tally(comparison),
        made=_made(comparison, store),
        command=_command(comparison, store),
        absent=_absent(comparison),
    )
    path = store.folder / "report.html"
    aside = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
    aside.write_text(text, encoding="utf-8")
    os.replace(aside, path)
    return path


def _section(
    comparison: Comparison,
    pictures: Mapping[str, Picture],
    key: str,
    title: str,
    outcomes: Sequence[prose.Outcome],
    figures: Sequence[str],
) -> dict[str, Any]:
    return {
        "key": key,
        "title": title,
        "pictures": [pictures[name] for name in figures],
        "tables": [
            ("Mean of the run", prose.value_table(comparison, outcomes, "mean")),
            ("At the end of the run", prose.value_table(comparison, outcomes)),
        ],
        "told": prose.paragraphs(comparison, outcomes),
    }


def _described(comparison: Comparison) -> dict[str, str]:
    """What the file of a shipped regime says of it in its first line."""
    from experiments.listings import description

    return {name: description(name) for name in comparison.names}


def _same_rows(turns: Mapping[str, Any]) -> bool:
    """Whether two regimes have become the same scenario: rows with equal numbers."""
    rows = [tuple(row.values()) for row in turns.get("rows", [])]
    return len({row[2:] for row in rows}) < len(rows)


def _seeds(seeds: Sequence[int]) -> str:
    """1 to 5, or the list where there are gaps."""
    if len(seeds) > 2 and list(seeds) == list(range(seeds[0], seeds[-1] + 1)):
        return f"{seeds[0]} to {seeds[-1]}"
    return ", ".join(map(str, seeds))


def _image(picture: Picture) -> Markup:
    """A PNG as a data address: the page needs no other file."""
    data = base64.b64encode(picture.png).decode("ascii")
    return Markup('<img alt="{}" src="data:image/png;base64,{}">').format(picture.title, data)


def _difference_rows(comparison: Comparison) -> list[dict[str, Any]]:
    """One row per metric; per other regime the difference at the end and over the run."""
    return [
        {
            "label": metric_words(metric),
            "unit": metric_unit(metric),
            "cells": [
                [_cell(comparison.difference(name, metric, kind)) for kind in ("final", "mean")]
                for name in comparison.others
                if name not in comparison.identical
            ],
        }
        for metric in comparison.metrics
    ]


def _cell(gap: Difference) -> dict[str, Any]:
    if gap.count == 0:
        return {"mean": "–", "span": "not defined", "kind": "none"}
    if gap.zero:
        return {"mean": "0", "span": "exactly zero", "kind": "zero"}
    span = f"{number(gap.low)} to {number(gap.high)}" if gap.interval else "one seed"
    kind = "clear" if gap.leaves_zero else "open"
    return {"mean": number(gap.mean, sign=True), "span": span, "kind": kind}


def _tally(comparison: Comparison) -> list[dict[str, Any]]:
    """Per regime: how many final differences leave zero, hold it, or are exactly zero."""
    found = []
    for name in comparison.others:
        gaps = [comparison.difference(name, metric) for metric in comparison.metrics]
        gaps = [gap for gap in gaps if gap.count]
        found.append(
            {
                "words": regime_words(name),
                "differing": sum(gap.leaves_zero for gap in gaps),
                "zero": sum(gap.zero for gap in gaps),
                "all": len(gaps),
                "chance": round(0.05 * sum(not gap.zero for gap in gaps)),
            }
        )
    return found


def _made(comparison: Comparison, store: Store) -> dict[str, Any]:
    """What the runs were made with."""
    records = [
        read_manifest(store.run_folder(task))
        for task in store.tasks()
        if (store.run_folder(task) / "manifest.json").exists()
    ]
    versions = {json.dumps(record.get("versions", {}), sort_keys=True) for record in records}
    seconds = [float(record["seconds"]) for record in records if "seconds" in record]
    return {
        "runs": len(records),
        "wanted": len(store.tasks()),
        "versions": [json.loads(text) for text in sorted(versions)],
        "seconds": number(sum(seconds) / len(seconds)) if seconds else "",
        "steps": sorted({one.horizon.steps for one in comparison.scenarios.values()}),
        "years": sorted(
            {f"{o.horizon.steps * o.horizon.step_years:g}" for o in comparison.scenarios.values()}
        ),
        "start": sorted({o.horizon.start.isoformat() for o in comparison.scenarios.values()}),
        "slots": sorted({f"{o.users.count:,}" for o in comparison.scenarios.values()}),
        "real": {o.labs.start for o in comparison.scenarios.values()} == {"data"},
        "changed": _changed_for_all(comparison),
        "rules": sorted({rules_in_force(one) for one in comparison.scenarios.values()}),
    }


def _changed_for_all(comparison: Comparison) -> list[tuple[str, str]]:
    """What was asked for besides the regimes: how their reference differs from the one that ships."""
    reference = comparison.scenarios[comparison.reference]
    if reference.name not in regime_names():
        return []
    return changes_in_words(Scenario.load(reference.name), reference)


def _command(comparison: Comparison, store: Store) -> str:
    record = store.manifest()
    return str(record.get("command") or f"computeshift report {store.folder.name}")


def _absent(comparison: Comparison) -> list[str]:
    from model.metrics import registry

    return [metric_words(name) for name in registry() if name not in comparison.metrics]
