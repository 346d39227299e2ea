"""Claims are shown with their own measure of the run and with the verdict of the trial that is stored."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from experiments.claims import registry
from experiments.claims.judge import judge
from experiments.claims.page import as_json
from experiments.claims.plan import QUICK
from experiments.claims.record import Check, Claim
from experiments.claims.trial import Outcome
from tests.browser.small_run import watched_after
from viz.export import table
from viz.film import Snapshot
from viz.pages.claims import NO_TRIAL, checked, details, in_group, line, live, metric_of
from viz.trial import find, read, verdicts
from viz.watched import Watched


@pytest.fixture(scope="module")
def watched() -> Watched:
    return watched_after(6, "inference-at-deployment", horizon=6)


@pytest.fixture(scope="module")
def now(watched: Watched) -> Snapshot:
    return watched.now


def test_live_measures_are_those_of_the_trial(watched: Watched) -> None:
    found = live(watched.now)
    assert len(found) > 20
    for name, value in found.items():
        claim = registry()[name]
        assert isinstance(claim, Claim)
        assert value == pytest.approx(claim.contrast.measure(watched.results), nan_ok=True), name
    assert any(math.isfinite(value) for value in found.values())


def test_a_metric_is_named_only_if_the_measure_reads_it(now: Snapshot) -> None:
    assert metric_of(registry()["C21"]) == "hhi_lab_revenue"
    assert metric_of(registry()["C5"]) == "copies_at_frontier"  # its log10
    assert metric_of(registry()["C15"]) == "" and metric_of(registry()["C2"]) == ""
    assert "C6" not in live(now)  # reads the tiers, not the metrics


def test_groups_are_what_they_say(now: Snapshot) -> None:
    everything = list(registry().values())
    about = [one.id for one in everything if in_group(one, "about the watched regime", now)]
    assert "C21" in about and "C39" not in about and "C2" not in about
    checks = [one for one in everything if in_group(one, "checks", now)]
    assert checks and not any(isinstance(one, Claim) for one in checks)
    assert sum(in_group(one, "with a live metric", now) for one in everything) == len(live(now))


def test_without_a_trial_nothing_is_made_up(tmp_path: Path) -> None:
    assert find((Path("claims.json"),), (tmp_path,)) is None and read(None) == {}
    cells = line(registry()["C21"], None, 0.25).cells
    assert cells[2][0] == NO_TRIAL and cells[3] == ["0.250", 0.25]


def test_the_stored_trial_is_read_as_the_trial_writes_it(tmp_path: Path) -> None:
    verdict = judge([0.01, -0.01, 0.02], [0.1, -0.1, 0.2], -1)
    outcomes = [Outcome(registry()["C21"], verdict), Outcome(registry()["C34"], absent="no such number")]
    path = tmp_path / "claims.json"
    path.write_text(json.dumps(as_json(outcomes, QUICK)), encoding="utf-8")
    record = read(find((Path("claims.json"),), (tmp_path,)))
    assert record["quick"] and record["tally"] == {verdict.word: 1, "not measured": 1}
    held = verdicts(record)
    assert line(registry()["C21"], held["C21"], math.nan).cells[2][0] == verdict.word
    told = {row["what"]: row["found"] for row in details(registry()["C21"], held["C21"])}
    assert "Inference at deployment, Pretraining" in told["settings"] and told["measure"]


@pytest.mark.parametrize("text", ["", "[]", '{"claims": 3}', '{"claims": [3]}', "\x00", '{"claims": [{}]}'])
def test_a_damaged_trial_is_no_trial(text: str, tmp_path: Path) -> None:
    path = tmp_path / "claims.json"
    path.write_text(text, encoding="utf-8")
    assert read(path) == {}


def test_the_metrics_that_measures_read_are_the_table(now: Snapshot, watched: Watched) -> None:
    assert table(now, "metrics")["hhi_revenue"].tolist() == watched.results.metrics["hhi_revenue"].tolist()


def test_a_check_is_worked_out_line_by_line() -> None:
    one = registry()["C2"]
    assert isinstance(one, Check)
    rows, items = checked(one), one.items()
    assert [row["what"] for row in rows] == [item.words for item in items]
    assert [row["holds"] == "yes" for row in rows] == [item.holds for item in items]
