"""Comparison statistics, words, prose and report on made-up results."""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from experiments import line_table, prose, two_by_two
from experiments.compare import Comparison, difference, summaries
from experiments.compare_keys import changed
from experiments.headline import Line, table
from experiments.inputs import default_regimes, parse_changes
from experiments.listings import description, regimes_in_words
from experiments.progress import duration
from experiments.store import Store
from experiments.turns import _sentence, shared, tell, turn_tasks, variants
from experiments.words import COLOURS, colours, number, regime_words
from model.errors import ScenarioError
from model.results import Results
from model.scenario import Scenario
from tests.support.fake import simulate

SEEDS = (1, 2, 3)


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    scenarios = [
        Scenario.load(name).override({"horizon.steps": 6})
        for name in ("pretraining", "inference-at-deployment", "placebo")
    ]
    runs = {(one.name, seed): simulate(one, seed) for one in scenarios for seed in SEEDS}
    return Comparison(scenarios, SEEDS, runs)


def test_difference_by_hand() -> None:
    gaps = np.array([1.0, 2.0, 3.0])
    found = difference("m", "r", "final", gaps)
    half = stats.t.ppf(0.975, 2) * 1.0 / math.sqrt(3)  # 4.3027 / 1.7321 = 2.4841
    assert found.mean == 2.0 and found.count == 3
    assert found.low == pytest.approx(2 - half) and found.high == pytest.approx(2 + half)
    assert half == pytest.approx(2.4841, abs=1e-4)
    assert not found.leaves_zero
    assert difference("m", "r", "final", gaps + 10).leaves_zero
    assert difference("m", "r", "final", -gaps - 10).leaves_zero


def test_one_seed_has_no_interval_and_zero_is_zero() -> None:
    single = difference("m", "r", "final", np.array([0.5]))
    assert single.mean == 0.5 and not single.interval and not single.leaves_zero
    nothing = difference("m", "r", "final", np.zeros(4))
    assert nothing.zero and not nothing.leaves_zero
    assert (nothing.low, nothing.high) == (0.0, 0.0)
    assert difference("m", "r", "final", np.array([])).count == 0
    assert not difference("m", "r", "final", np.array([0.0, 1e-9])).zero


def test_summaries_by_hand() -> None:
    table = pd.DataFrame({"step": range(7), "m": [100.0, 1, 2, 3, 4, 5, math.nan]})
    ((_, final, mean),) = summaries(table, ["m"])
    assert final == pytest.approx((3 + 4 + 5) / 3)  # last four steps, the undefined one left out
    assert mean == pytest.approx(3.0)  # the state before the first step does not count
    ((_, final, mean),) = summaries(table[:1], ["m"])
    assert final == mean == 100.0


def test_pairs_are_by_seed(comparison: Comparison) -> None:
    name, metric = "inference-at-deployment", "hhi_users"
    mine, base = comparison.values(name, metric), comparison.values("pretraining", metric)
    gap = comparison.difference(name, metric)
    assert gap.mean == pytest.approx(np.mean([mine[s] - base[s] for s in SEEDS]))
    assert comparison.difference("pretraining", metric).zero


def test_undefined_metrics_are_left_out(comparison: Comparison) -> None:
    assert "human_level_cost_ratio" not in comparison.metrics
    assert "hhi_users" in comparison.metrics
    assert comparison.summary()["reference"] == "pretraining"


def test_changed_keys() -> None:
    one, two = Scenario.load("pretraining"), Scenario.load("placebo")
    keys = {key: (a, b) for key, a, b in changed(one, two)}
    assert keys["technology.wall_oom"] == (25.5, 26.5)
    assert changed(one, one) == []


def test_sentences_follow_the_numbers(comparison: Comparison) -> None:
    outcome = prose.Outcome("hhi_users", "user concentration (HHI of users)")
    (told,) = prose.paragraphs(comparison, [outcome])
    assert told.startswith("User concentration (HHI of users) ends at")
    assert "placebo" not in told  # is said once, of all numbers
    assert prose.alike(comparison) == "In placebo every number is exactly as in pretraining, seed by seed."
    gap = comparison.difference("inference-at-deployment", "hhi_users")
    assert ("excludes zero" in told) == gap.leaves_zero
    assert ("No difference" in told) == (not gap.leaves_zero)
    (absent,) = prose.paragraphs(comparison, [prose.Outcome("not_there", "the absent")])
    assert absent == "The absent was not measured in these runs."


def test_sentences_of_a_difference_that_cannot_be_told(comparison: Comparison) -> None:
    runs = dict(comparison.runs)
    for sign, seed in zip((-1, 1, 0.1), SEEDS, strict=True):
        run = runs["placebo", seed]
        metrics = run.metrics.assign(hhi_users=run.metrics["hhi_users"] + 0.1 * sign)
        tables = {**run.tables, "metrics": metrics}
        runs["placebo", seed] = Results(tables, run.scenario, seed)
    other = Comparison(list(comparison.scenarios.values()), SEEDS, runs)
    outcome = prose.Outcome("hhi_users", "user concentration")
    assert "can be told for placebo" in prose.paragraphs(other, [outcome])[0]
    assert "no difference can be told for placebo" in prose.in_short(other, outcome)


def test_what_a_difference_turns_on_is_said_only_where_the_numbers_say_it() -> None:
    def said(seeds: int = 3, **left: float) -> str:
        return _sentence(
            "mixed", "hhi_revenue", -1.0, {g: {"hhi_revenue": x} for g, x in left.items()}, seeds
        )

    assert said(users=-0.4).endswith("of a difference of −1.00, users put back leaves −0.400.")
    assert said(users=0.2).endswith("users put back leaves 0.200, of the opposite sign.")
    assert said(users=4.7e-5).endswith("users put back leaves hardly anything (4.70×10⁻⁵).")
    assert said(users=-0.8) == "" and said(users=-1.5) != ""
    both = said(users=-0.6, labs=-0.3, tasks=-0.9)
    assert both.index("labs put back") < both.index("users put back") and "tasks" not in both
    assert both.endswith("More than one group moves it.")
    assert "(one seed only)" in said(1, users=0.0) and "only" not in said(3, users=0.0)


def test_nothing_is_said_of_a_difference_that_cannot_be_told(comparison: Comparison) -> None:
    """Nor where the few seeds that were run have the other sign."""
    scenarios = list(comparison.scenarios.values())[:2]
    other = scenarios[1].override({"technology.wall_slope": 1.0})
    back = Scenario.from_mapping(other.model_dump(mode="python"), where="back", name="back")
    runs = {key: run for key, run in comparison.runs.items() if key[1] == 1}
    runs["back", 1] = runs["pretraining", 1]
    tested = {scenarios[1].name: {"the data wall": back}}

    def sentences(side: int) -> list[str]:
        told = tell(scenarios, tested, [1], runs, lambda regime, metric: side)
        assert len(told["rows"]) == 2
        return list(told["sentences"])

    assert not sentences(0) and (sentences(1) or sentences(-1))
    assert not set(sentences(1)) & set(sentences(-1))


def test_shipped_regimes_are_described() -> None:
    assert all(description(name) for name in default_regimes())
    assert description("of my own") == ""
    words = {row["name"]: row["changes"] for row in regimes_in_words()}
    assert "technology.wall_slope moves to 0.15 from year 1 to 4" in words["mixed"]
    assert "drift" not in words["mixed"]


def test_lambda_crossing_one_is_said() -> None:
    assert prose._crossing("odds_elasticity_compute", 1.2, 0.8) == ", crossing 1"
    assert prose._crossing("odds_elasticity_compute", 1.2, 1.8) == ", both above 1"
    assert prose._crossing("labs_total", 1.2, 0.8) == ""


def test_drifts_are_told_in_words() -> None:
    scenarios = [Scenario.load("pretraining"), Scenario.load("mixed")]
    runs = {(one.name, 1): simulate(one, 1) for one in scenarios}
    told = dict(prose.changes(Comparison(scenarios, [1], runs), "mixed"))
    assert told["technology.wall_slope"] == "moves to 0.15 from year 1 to 4"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.12345, "0.123"),
        (-0.5, "−0.500"),
        (12.345, "12.3"),
        (1234.5, "1,234"),
        (2.5e9, "2.5 billion"),
        (1.4e-18, "1.40×10⁻¹⁸"),
        (3e25, "3.00×10²⁵"),
        (math.nan, "–"),
        (math.inf, "∞"),
    ],
)
def test_numbers_are_readable(value: float, text: str) -> None:
    assert number(value) == text


def test_words_and_durations() -> None:
    assert regime_words("inference-at-deployment") == "Inference at deployment"
    assert number(0.5, sign=True) == "+0.500"
    assert [duration(s) for s in (5, 65, 3660)] == ["5 s", "1 min 05 s", "1 h 01 min"]


def test_one_colour_per_regime_in_any_company() -> None:
    names = default_regimes()
    every = colours(names)
    assert len(set(every.values())) == min(len(names), len(COLOURS))
    assert colours([names[3]])[names[3]] == every[names[3]]
    assert len(set(colours([names[1], "mine", "yours"]).values())) == 3


def test_values_of_set_are_toml_or_text() -> None:
    found = parse_changes(["a=1", "b=1_000", "c=x y", "d=[1.0, 2.0]", "e=true", 'f="t"', "g=a=b"])
    assert found == {
        "a": 1,
        "b": 1000,
        "c": "x y",
        "d": [1.0, 2.0],
        "e": True,
        "f": "t",
        "g": "a=b",
    }
    with pytest.raises(ScenarioError, match="key=value"):
        parse_changes(["alone"])


def test_report_is_one_file_that_opens_offline(comparison: Comparison, tmp_path: Path) -> None:
    from experiments.report import build_report
    from experiments.store import Store

    store = Store(tmp_path / "out")
    store.begin(list(comparison.scenarios.values()), SEEDS, force=False, command="computeshift compare")
    for task in store.tasks():
        comparison.runs[task.scenario.name, task.seed].save(store.run_folder(task), seconds=1.0)
    row = {"regime": "Inference at deployment", "numbers": "the data wall put back", "HHI": "<b>-0.1</b>"}
    turns = {"seeds": [1, 2], "rows": [row], "sentences": ["it turns on the data wall"]}
    loaded = Comparison.load(store)
    text = build_report(loaded, store, turns=turns).read_text(encoding="utf-8")
    assert not re.findall(r'(?:src|href)="(?!data:image/png;base64,|#)', text)
    assert "<script" not in text and "@import" not in text and "url(" not in text
    assert "built-in method" not in text and "object at 0x" not in text
    assert "Over the whole run:" in text and "Left out of the two tables" in text
    assert re.search(
        r"Placebo: 0 of (\d+) outcomes differ[^,]*, \1 are exactly as in the reference\.</li>", text
    )
    assert text.count("data:image/png;base64,") >= 10
    assert "exactly as in pretraining" in text and "&lt;b&gt;-0.1&lt;/b&gt;" in text
    for word in ("nan", "NaN", "None", "undefined in a regime (nobody"):
        assert (word in re.sub(r"base64,[^\"]*", "", text)) == (word.startswith("undefined"))
    assert (store.folder / "figures" / "wealth.svg").exists()


def test_figures_are_the_same_bytes_again(comparison: Comparison, tmp_path: Path) -> None:
    from experiments import figures

    for name, _, _, draw in figures.PLAN:
        if name in {"concentration", "sites"}:
            for turn in ("one", "two"):
                figure, _ = draw(comparison)
                assert figure is not None
                figures.save(figure, tmp_path / f"{name}-{turn}")
            for kind in (".png", ".svg"):
                first, second = (tmp_path / f"{name}-{turn}{kind}" for turn in ("one", "two"))
                assert first.read_bytes() == second.read_bytes()


def test_a_figure_without_numbers_is_left_out(comparison: Comparison, tmp_path: Path) -> None:
    from experiments.figures import draw_all

    runs = {
        key: Results(
            {"metrics": run.metrics[["step", "time_years", "date", "hhi_users"]]},
            run.scenario,
            run.seed,
        )
        for key, run in comparison.runs.items()
    }
    bare = Comparison(list(comparison.scenarios.values()), SEEDS, runs)
    pictures = draw_all(bare, tmp_path)
    assert pictures["concentration"].drawn and not pictures["sites"].drawn
    assert "Revenue concentration (HHI, all labs)" in pictures["concentration"].missing
    assert not (tmp_path / "sites.png").exists()


def test_regimes_that_become_alike_share_a_run() -> None:
    """Without its rounds one kind of inference in training is the other: asked once, told for both."""
    scenarios = [
        Scenario.load(name)
        for name in ("pretraining", "inference-in-training", "inference-in-training-explosive")
    ]
    tested = {one.name: variants(scenarios[0], one) for one in scenarios[1:]}
    found = shared(tested, scenarios)
    without = [groups["distillation"] for groups in found.values()]
    assert without[0] is without[1]
    apart = [groups["the data wall"] for groups in found.values()]
    assert apart[0].fingerprint() != apart[1].fingerprint()
    tasks = turn_tasks(Store("nowhere"), found, [1, 2])
    assert len({t.key for t in tasks}) == len(tasks) == 2 * (sum(map(len, tested.values())) - 1)


def test_lines_of_the_readme_say_over_which_years() -> None:
    run = pd.DataFrame(
        {
            "step": range(9),
            "time_years": np.arange(9) / 4.0,
            "x": [0.0, 1.0, 10.0, 100.0, 1e3, 1e4, 1e5, np.nan, 0.0],
        }
    )
    assert Line("", "x").of(run) == pytest.approx((1 + 10 + 100 + 1e3 + 1e4 + 1e5) / 7)
    assert Line("", "x", log=True).of(run) == pytest.approx(10.0**2.5)  # neither zero nor the start
    assert Line("", "x", since=0.5, until=1.0).of(run) == pytest.approx(550.0)
    assert Line("", "x", since=-1.0).of(run) == pytest.approx((1e4 + 1e5) / 3)
    assert math.isnan(Line("", "x", since=9.0).of(run))


def test_the_readmes_table_shows_each_regime_but_the_placebo(comparison: Comparison) -> None:
    rows = table(comparison).splitlines()
    assert rows[0].count("|") == rows[2].count("|") and "Placebo" not in rows[0]
    assert any(row.startswith("| User concentration (HHI) | 0.") and "–" in row for row in rows)


def test_what_differs_from_a_stored_comparison_is_named(tmp_path: Path) -> None:
    store, held = Store(tmp_path / "held"), [Scenario.load("pretraining"), Scenario.load("mixed")]
    store.begin(held, [1], force=False, command="compare")
    store.check(held, force=False)
    asked = [held[0].override({"users.count": 77, "users.inertia": 1.0}), Scenario.load("placebo")]
    told = r"without placebo; with mixed; other values of users\.count, users\.inertia\)"
    with pytest.raises(ScenarioError, match=told):
        store.check(asked, force=False)


def test_contrasts_of_controls_pair_by_seed() -> None:
    """Means over stated years, seed by seed; where one side is missing there is nothing to tell."""

    def run(level: float) -> pd.DataFrame:
        years = np.arange(5) / 4
        values = np.where(years > 0.5, level, 99.0)  # before the law it does not count
        return pd.DataFrame({"step": range(5), "time_years": years, "coverage_users": values})

    runs = {("a", s): run(0.5 + 0.01 * s) for s in (1, 2, 3)} | {("b", s): run(0.4) for s in (1, 2, 3)}
    line = two_by_two.Line("covered", "coverage_users", since=0.5)
    assert two_by_two.cell(runs, line, "a", "b") == "**+0.120** [+0.0952, +0.145]"
    assert two_by_two.cell(runs, line, "b", "b") == "0" and two_by_two.cell(runs, line, "a", "c") == "–"


def test_the_table_of_lines_reads_where_a_line_stands_and_whether_its_duty_is_free() -> None:
    """Covered last year by line; runs short of the line with and without a duty, seed by seed."""

    def run(covered: float, short: float) -> pd.DataFrame:
        years = np.arange(1, 9) * 1.0
        last = np.where(years > 7.0, covered, 0.3)
        return pd.DataFrame(
            {"step": years, "time_years": years, "coverage_users": last, "runs_just_below_line": short}
        )

    regime = "inference-at-deployment"
    runs = {
        (25.0, False, regime): {1: run(0.5, 0.7), 2: run(0.7, 0.9), 3: run(0.9, 0.8)},
        (26.0, False, "pretraining"): {1: run(1.0, math.nan)},
        (25.0, True, regime): {1: run(0.6, 0.2), 2: run(0.9, 0.4)},
    }
    rows = line_table.table(runs).splitlines()
    assert rows[0] == "|  | line at 1e25 | line at 1e26 |"
    assert rows[2] == "| Pretraining | – | 1.00 |"
    assert rows[-1] == "| Inference at deployment | 0.700 [0.500–0.900] | – |"
    (told,) = line_table.without_duty(runs)
    assert "0.800 [0.700–0.900], with a duty that costs nothing 0.300 [0.200–0.400]" in told
    assert told.endswith("last year 0.150 [0.100–0.200] more")


def test_a_stored_comparison_tells_its_line_and_its_duty(comparison: Comparison, tmp_path: Path) -> None:
    store = Store(tmp_path)
    changes = {"regulation.0.threshold_oom": 24.0, "regulation.0.report_cost_usd": 0.0}
    names = ("pretraining", "placebo")
    scenarios = [Scenario.load(name).override({"horizon.steps": 2} | changes) for name in names]
    store.begin(scenarios, [1], force=False, command="compare")
    for task in store.tasks():
        simulate(task.scenario, 1).save(store.run_folder(task))
    assert set(line_table.runs_of([tmp_path])) == {(24.0, False, name) for name in names}
