"""A study's page: opens without a network, says what the numbers say, and nothing that they do not."""

from __future__ import annotations

import base64
import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from experiments.analysis.contrast import contrast
from experiments.analysis.reading import Reading
from experiments.analysis.report import build_page, fingerprint
from experiments.study import StudyResults
from model.errors import ScenarioError
from tests.support.toy_study import KEYS, OUTCOMES, shipped_laws, toy_results, toy_study

RECORD = {
    "command": "computeshift sweep toy --out results/toy",
    "study": {"name": "toy", "set": {"users.count": 1000}},
    "code": "0123456789abcdef",
    "regimes": [{"name": "pretraining", "fingerprint": "aa"}, {"name": "mixed", "fingerprint": "bb"}],
}


def page(results: StudyResults, folder: Path, **more: Any) -> str:
    return build_page(Reading(results), {**RECORD, **more}, folder).read_text(encoding="utf-8")


def pictures(text: str) -> list[Image.Image]:
    found = re.findall(r'src="data:image/png;base64,([^"]+)"', text)
    return [Image.open(io.BytesIO(base64.b64decode(one))) for one in found]


@pytest.mark.parametrize(
    ("kind", "size", "factors", "seeds", "sections"),
    [
        ("saltelli", 16, 3, 2, ["effects", "indices", "split", "convergence"]),
        ("morris", 6, 3, 2, ["effects", "indices", "split"]),
        ("latin-hypercube", 64, 3, 1, ["effects", "indices", "split", "boxes"]),
        ("grid", 3, 3, 4, ["effects", "levers", "split", "convergence"]),
        ("one-at-a-time", 0, 3, 3, ["effects", "split"]),
    ],
)
def test_page_of_every_design(
    kind: str, size: int, factors: int, seeds: int, sections: list[str], tmp_path: Path
):
    study = toy_study(kind, size=size, factors=factors, seeds=seeds)
    results = toy_results(study, shipped_laws(), drop=2)
    text = page(results, tmp_path, runs=len(results.runs) + 2)
    assert not re.search(r"https?://|<script|<link|src=\"(?!data:)|@import|url\(", text)
    assert re.findall(r'<h2 id="(\w+)"', text) == [
        "run",
        "outcomes",
        *sections,
        "failures",
        "limits",
        "words",
    ]
    assert re.findall(r'href="#(\w+)"', text) == re.findall(r'<h2 id="(\w+)"', text)
    for one in pictures(text):
        grey = np.asarray(one.convert("L"))
        assert one.width > 600 and (grey < 128).mean() > 0.001  # something is drawn
    assert f"2 of {len(results.runs) + 2:,} runs are missing" in text
    assert "divide by zero" in text and RECORD["command"] in text and fingerprint(RECORD) in text
    assert not re.search(r"\bnan\b|\bNone\b|\binf\b|Index\(|Effect\(", re.sub(r"base64,[^\"]+", "", text))
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"report.html", "analysis.json", "figures"}


def test_words_follow_the_numbers(tmp_path: Path):
    """The same study with an outcome turned upside down says the opposite."""
    study = toy_study("saltelli", size=16, seeds=2)
    plain = page(toy_results(study, shipped_laws()), tmp_path / "a")
    laws = shipped_laws()
    turned = {**laws, OUTCOMES[0]: lambda x, r, luck: 1.0 - laws[OUTCOMES[0]](x, r, luck)}
    upside = page(toy_results(study, turned), tmp_path / "b")
    pattern = r"Revenue concentration \(HHI, closed models\), at the end: "
    pattern += r"clearest is inference at deployment, ([+−])"
    assert re.search(pattern, plain)[1] == "+" and re.search(pattern, upside)[1] == "−"  # type: ignore[index]
    assert "Adoption, at the end: no factor can be told from luck" in plain
    assert "moved most by wall slope" in plain


def test_pure_luck_is_called_luck(tmp_path: Path):
    study = toy_study("saltelli", size=32, factors=6, seeds=3)
    luck = {name: lambda x, r, luck: luck.normal(0.5, 0.1, len(x)) + r * luck.normal(0, 0.1, len(x))
            for name in OUTCOMES}  # fmt: skip
    reading = Reading(toy_results(study, luck))
    text = build_page(reading, RECORD, tmp_path).read_text(encoding="utf-8")
    assert reading.findings == []
    assert text.count("no factor can be told from luck") >= 3
    assert "No box of parameters was found" in text
    assert all(reading.split(one).share("luck") > 0.9 for one in reading.outcomes)  # type: ignore[union-attr]


def test_numbers_beside_the_page(tmp_path: Path):
    study = toy_study("saltelli", size=32, seeds=2)
    results = toy_results(study, shipped_laws())
    page(results, tmp_path)
    held = json.loads((tmp_path / "analysis.json").read_text(), parse_constant=pytest.fail)
    one = held["outcomes"][OUTCOMES[1]]["effects"][0]
    assert one["mean"] == pytest.approx(0.5) and one["side"] == 1
    total = {i["factor"]: i["value"] for i in held["outcomes"][OUTCOMES[0]]["indices"][0]["total"]}
    assert max(total, key=lambda name: total[name]) == KEYS[0]
    box = next(b for b in held["boxes"] if b["outcome"] == OUTCOMES[1] and b["against"] is None)
    assert {side["factor"] for side in box["sides"]} == {0, 2}


def test_the_same_results_give_the_same_bytes(tmp_path: Path):
    results = toy_results(toy_study("morris", size=4, seeds=2), shipped_laws())
    assert page(results, tmp_path / "a" / "x") == page(results, tmp_path / "b" / "x")


def test_text_and_whole_numbers_as_levers(tmp_path: Path):
    levers = [
        {"key": "labs.price_rule", "values": ["best_response", "gradient"]},
        {"key": "technology.distillation.max_rounds", "values": [0, 2, 8]},
    ]
    policies = [{"name": "own", "words": "rules as they are"}, {"name": "none", "regulation": []}]
    study = toy_study("grid", size=0, seeds=3, uncertainties=[], levers=levers, policies=policies)
    laws = {name: lambda x, r, luck: x[:, 0] + r + luck.normal(0, 0.1, len(x)) for name in OUTCOMES}
    text = page(toy_results(study, laws), tmp_path)
    assert "price rule gradient less best_response" in text and "max rounds 8 less 0" in text
    assert "Pretraining, rules as they are" in text and "regime and policy" in text.lower()


def test_a_single_cell_and_no_factor(tmp_path: Path):
    study = toy_study("grid", size=0, seeds=3, uncertainties=[], regimes=["mixed"])
    laws = {name: lambda x, r, luck: luck.normal(0.5, 0.1, len(x)) for name in OUTCOMES}
    text = page(toy_results(study, laws), tmp_path)
    assert "Paired differences" not in text and "No parameter is varied" in text


def test_nothing_to_tell_is_one_line(tmp_path: Path):
    results = toy_results(toy_study("grid", size=2, seeds=1), shipped_laws())
    results.runs[list(OUTCOMES)] = np.nan
    with pytest.raises(ScenarioError, match="no outcome has a number"):
        page(results, tmp_path)


def test_any_two_cells():
    study = toy_study("grid", size=3, factors=2, seeds=5)
    laws = {OUTCOMES[0]: lambda x, r, luck: 2.0 * x[:, 0] * r + luck.normal(0, 1.0, (1,))}
    runs = toy_results(study, laws).runs
    low, high = sorted(set(runs[KEYS[0]]))[::2]
    spread = float(np.ptp([x for x in runs.groupby(KEYS[0])[OUTCOMES[0]].mean()]))
    here = {"regime": "inference-at-deployment"}
    found = contrast(runs, OUTCOMES[0], {**here, KEYS[0]: high}, {**here, KEYS[0]: low}, KEYS[:2])
    assert found.seeds == 5 and found.points == 3
    assert found.mean == pytest.approx(2.0 * spread) and found.side() == 1
    nothing = contrast(
        runs, OUTCOMES[0], {"regime": "pretraining", KEYS[0]: high}, {"regime": "pretraining", KEYS[0]: low},
        KEYS[:2],
    )  # fmt: skip
    assert nothing.zero
    assert contrast(runs, OUTCOMES[0], {KEYS[0]: -1.0}, {KEYS[0]: low}, KEYS[:2]).points == 0
    with pytest.raises(ValueError, match="fix the same things"):
        contrast(runs, OUTCOMES[0], here, {KEYS[0]: low}, KEYS[:2])
