"""The policy laboratory: dominance and regret by hand, the shipped list, a run in seconds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.studies.policy_laboratory import REGIMES, SIZE, main, policies, scenarios
from experiments.studies.policy_table import CRITERIA, front, regret, scores_of


def test_the_front_by_hand() -> None:
    """(2, 0) and (0, 2) are free, (1, 1) too; (0, 1) is dominated, and equals do not dominate each other."""
    scores = np.array([[2.0, 0.0], [0.0, 2.0], [1.0, 1.0], [0.0, 1.0], [1.0, 1.0]])
    assert front(scores).tolist() == [True, True, True, False, True]


def test_what_is_better_everywhere_is_alone_on_the_front() -> None:
    scores = np.random.default_rng(2).random((20, 3))
    scores[7] = 2.0
    assert np.flatnonzero(front(scores)).tolist() == [7]


def test_regret_by_hand() -> None:
    """Of 10, 6 and 2: nothing, half, all of the range; where all are alike there is none."""
    scores = np.array([[[10.0, 3.0], [6.0, 3.0], [2.0, 3.0]]])
    assert regret(scores).tolist() == [[[0.0, 0.0], [0.5, 0.0], [1.0, 0.0]]]


def test_less_is_better_where_it_is_said_to_be() -> None:
    rows = [
        {"regime": "r", "policy": p, "metric": one.metric, "mean": value}
        for one in CRITERIA
        for p, value in (("a", 1.0), ("b", 2.0))
    ]
    scores, kept = scores_of(pd.DataFrame(rows), ["r"], ["a", "b"])
    assert kept == list(CRITERIA)
    for at, one in enumerate(CRITERIA):
        assert (scores[0, 0, at] > scores[0, 1, at]) == (one.better < 0)


def test_a_criterion_without_a_number_is_left_out() -> None:
    rows = [{"regime": "r", "policy": "a", "metric": "hhi_lab_revenue", "mean": 0.5}]
    _, kept = scores_of(pd.DataFrame(rows), ["r"], ["a"])
    assert [one.metric for one in kept] == ["hhi_lab_revenue"]


@pytest.mark.parametrize("name", policies())
def test_the_shipped_policies_can_be_run(name: str) -> None:
    """Each is a scenario of this version of the model, with its rules and no others."""
    found = scenarios([name], REGIMES[:1], SIZE)[0]
    assert [r.policy for r in found.regulation] == [r["policy"] for r in policies()[name]["rules"]]


def test_the_first_policy_is_no_rule() -> None:
    assert next(iter(policies().values()))["rules"] == []


def test_it_runs_and_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["--smoke", "--seeds", "1", "--out", str(tmp_path / "lab")]
    assert main(command) == 0
    assert "Pareto front" in capsys.readouterr().out
    assert main(command) == 0
    assert "0 runs to go" in capsys.readouterr().err
    table = pd.read_csv(tmp_path / "lab" / "outcomes.csv")
    assert set(table["policy"]) == {"nothing", "threshold", "tax"}
    same = table[table["policy"] == "nothing"]["difference"].dropna()
    assert (same == 0.0).all()
    assert (tmp_path / "lab" / "policy_laboratory.png").stat().st_size > 5000


def test_bad_input_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seeds", "none"]) == 2
    (tmp_path / "x").write_text("x")
    assert main(["--smoke", "--out", str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("\n") == 2
