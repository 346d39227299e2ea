"""The trial for people and programs: claims.html (self-contained), claims.md and claims.json."""

from __future__ import annotations

import base64
import math
import os
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from experiments.claims.figure import draw
from experiments.claims.judge import Interval, Share
from experiments.claims.plan import Plan
from experiments.claims.prose import box_words, effect_words, paragraphs, share_words, turns_words
from experiments.claims.record import Check, Claim
from experiments.claims.space import SPACE
from experiments.claims.trial import Outcome
from experiments.store import write_json
from experiments.words import number, unit_words

ORDER = (
    "supported",
    "built in",
    "opposed",
    "conditional",
    "undecided",
    "not measured",
    "holds",
    "holds in part",
    "fails",
)
RULE = (
    (
        "supported",
        "the 95 % interval at the default excludes zero on the side claimed, and the sign holds in at least"
        " 80 % of the sampled space",
    ),
    ("built in", "the same, where an assumption says it already: no finding"),
    ("opposed", "the sign holds in at most 20 % of the sampled space"),
    (
        "conditional",
        "the sign holds in part of the space, and a parameter is found on which it turns; or the default is"
        " an exception to most of the space",
    ),
    (
        "undecided",
        "too noisy to tell, with the seeds or points still needed; one seed a point cannot tell an effect"
        " that changes over the space from one that luck hides, unless something is found on which it turns",
    ),
    ("not measured", "the model has no such number, or it is undefined in every run; no verdict"),
    ("holds, holds in part, fails", "said of checks: definitions, facts and arithmetic, not simulated"),
)
QUICK = (
    "This is a quick trial: few seeds, few points, small runs. A share from so few points counts only with"
    " its whole interval; most verdicts will be undecided, and none should be quoted."
)


def as_json(outcomes: Sequence[Outcome], plan: Plan, failures: Sequence[str] = ()) -> dict[str, Any]:
    """Everything as plain values; what is not a number is None."""
    return {
        "format": 1,
        "plan": plan.record(),
        "quick": plan.name == "quick",
        "space": [
            {"parameter": d.key, "scale": d.scale, "range": list(d.span),
             "acts": d.where, "reason": d.reason}
            for d in SPACE
        ],
        "tally": dict(Counter(one.word for one in outcomes)),
        "failed_runs": list(failures),
        "claims": [_claim(one, plan) for one in outcomes],
    }  # fmt: skip


def _claim(one: Outcome, plan: Plan) -> dict[str, Any]:
    record = one.record
    found: dict[str, Any] = {
        "id": record.id,
        "title": record.title,
        "says": record.says,
        "source": record.source,
        "number": record.number,
        "kind": "check" if isinstance(record, Check) else "claim",
        "verdict": one.word,
        "told": paragraphs(one, plan),
        "effect_words": "",
        "share_words": "",
        "turns_words": turns_words(one),
        "items": [
            {
                "what": i.words,
                "found": i.found,
                "least": _finite(i.low),
                "most": _finite(i.high),
                "unit": i.unit,
                "said": i.said,
                "holds": i.holds,
            }
            for i in one.items
        ],
        "also": [
            {
                "what": s.words,
                "effect_words": s.absent or effect_words(s.effect, s.unit),
                "share_words": share_words(s.share),
                "same_sign": f"{'above' if s.effect.mean >= 0 else 'below'} zero in {share_words(s.share)}"
                if s.share.told
                else "",
                **_effect(s.effect, s.unit),
                "share": _share(s.share),
            }
            for s in one.sides
        ],
    }
    if isinstance(record, Claim):
        measure = record.contrast.measure
        found |= {
            "direction": record.direction,
            "contrast": record.contrast.words,
            "weights": dict(record.contrast.weights),
            "against": record.contrast.against,
            "statistic": record.contrast.statistic,
            "measure": measure.name,
            "measure_words": measure.words,
            "unit": unit_words(record.contrast.unit),
        }
    if one.verdict is not None:
        verdict = one.verdict
        found |= _effect(verdict.effect, found["unit"]) | {
            "effect_words": effect_words(verdict.effect, found["unit"]),
            "share_words": share_words(verdict.share),
            "share": _share(verdict.share),
            "seeds_needed": verdict.seeds_needed,
            "points_needed": verdict.points_needed,
            "why": verdict.why,
            "small_runs": one.agreement,
            "levels": {name: _finite(value) for name, value in one.levels.items()},
            "turns": None
            if one.turn is None
            else {
                "accuracy": one.turn.accuracy,
                "commoner": one.turn.majority,
                "chance": one.turn.chance,
                "boxes": [{"where": box_words(b), "points": b.count, "held": b.held} for b in one.turn.boxes],
            },
        }
    return found


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _effect(effect: Interval, unit: str) -> dict[str, Any]:
    return {
        "effect": {
            "mean": _finite(effect.mean),
            "low": _finite(effect.low),
            "high": _finite(effect.high),
            "seeds": effect.count,
            "spread": _finite(effect.spread),
        },
        "unit": unit,
    }


def _share(share: Share) -> dict[str, Any]:
    low, high = share.interval()
    return {
        "held": share.held,
        "tied": share.tied,
        "points": share.count,
        "value": _finite(share.value),
        "low": low,
        "high": high,
    }


def write_page(outcomes: Sequence[Outcome], plan: Plan, folder: Path, failures: Sequence[str] = ()) -> Path:
    """Write all three; the path of the HTML page."""
    record = as_json(outcomes, plan, failures)
    write_json(folder / "claims.json", record)
    _write(folder / "claims.md", markdown(record))
    environment = Environment(
        loader=PackageLoader("experiments"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["number"] = lambda value: number(value)
    page = environment.get_template("claims.html.j2").render(
        record=record,
        groups=_groups(record),
        pictures={one.record.id: _image(draw(one), one.record.title) for one in outcomes},
        rule=RULE,
        quick=QUICK if record["quick"] else "",
        order=[word for word in ORDER if record["tally"].get(word)],
    )
    _write(folder / "claims.html", page)
    return folder / "claims.html"


GROUPS = (
    ("Framing", [f"C{i}" for i in range(1, 5)]),
    ("Inference at deployment", [f"C{i}" for i in range(5, 32)]),
    ("Inference in training", [f"C{i}" for i in range(32, 45)]),
    ("In general", ["C45", "C46", "C54"]),
    ("Accounting", [f"C{i}" for i in range(47, 54)]),
    ("Notes on o1 and regulation", [f"S{i}" for i in range(1, 8)]),
)


def _groups(record: Mapping[str, Any]) -> list[tuple[str, list[dict[str, Any]]]]:
    found = [(title, [c for c in record["claims"] if c["id"] in ids]) for title, ids in GROUPS]
    rest = [c for c in record["claims"] if not any(c["id"] in ids for _, ids in GROUPS)]
    return [(title, claims) for title, claims in [*found, ("More", rest)] if claims]


def markdown(record: Mapping[str, Any]) -> str:
    """The same in Markdown, without pictures: this is what is kept."""
    tally = ", ".join(f"{record['tally'][w]} {w}" for w in ORDER if record["tally"].get(w))
    lines = ["# The claims on trial", "", f"{len(record['claims'])} records: {tally}.", ""]
    if record["quick"]:
        lines += [f"**{QUICK}**", ""]
    lines += [f"* **{word}**: {meaning}." for word, meaning in RULE]
    lines += [
        "",
        "| claim | verdict | effect at the default | holds in | turns on |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {c['id']} {c['title']} | {c['verdict']} | {c['effect_words']} | {c['share_words']} |"
        f" {c['turns_words']} |"
        for c in record["claims"]
    ]
    for title, claims in _groups(record):
        lines += ["", f"## {title}"]
        for c in claims:
            lines += ["", f"### {c['id']} {c['title']}: {c['verdict']}", ""]
            said = f" Number given: {c['number']}." if c["number"] else ""
            lines += [f"*{c['says']}*{said} Source: {c['source']}.", ""]
            lines += [" ".join(c["told"])]
            lines += _items(c) + _also(c)
    return "\n".join(lines) + "\n"


def _items(c: Mapping[str, Any]) -> list[str]:
    rows = [
        f"| {i['what']} | {i['said']} | {number(i['found'])} {i['unit']} | {'yes' if i['holds'] else 'no'} |"
        for i in c["items"]
    ]
    return ["", "| what | said | found | holds |", "|---|---|---|---|", *rows] if rows else []


def _also(c: Mapping[str, Any]) -> list[str]:
    rows = [f"| {a['what']} | {a['effect_words']} | {a['same_sign']} |" for a in c["also"]]
    return ["", "| beside it | at the default | in the space |", "|---|---|---|", *rows] if rows else []


def _image(png: bytes, title: str) -> Markup:
    if not png:
        return Markup("")
    data = base64.b64encode(png).decode("ascii")
    return Markup('<img alt="{}" src="data:image/png;base64,{}">').format(title, data)


def _write(path: Path, text: str) -> None:
    aside = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
    aside.write_text(text, encoding="utf-8")
    os.replace(aside, path)
