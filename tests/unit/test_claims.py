"""Claims on trial: the judge on made-up numbers, the registry against the list of claims, one tiny trial."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments.claims import find, registry
from experiments.claims.judge import (
    Interval,
    Share,
    count_signs,
    interval,
    judge,
    points_needed,
    seeds_needed,
    wilson,
)
from experiments.claims.measures import growth, largest_step, over_run, slope, surprise
from experiments.claims.page import as_json, markdown, write_page
from experiments.claims.plan import FULL, QUICK
from experiments.claims.pool import SPACE_KIND, Key, Pool, Values, measures
from experiments.claims.record import Check, Claim, Contrast, Measure, NotMeasured, Unmodelled, difference
from experiments.claims.settings import FREE, ID, PT, REGIMES, SETTINGS, WALL
from experiments.claims.space import SPACE, acts, at, sample, values
from experiments.claims.trial import Trial, pseudo_values, spread_effect
from experiments.claims.turns import find as find_turn
from experiments.inputs import default_regimes, shipped_regimes
from model import Results, Scenario
from model.errors import ScenarioError
from model.metrics import registry as metrics
from model.parameters import Parameter
from model.scenario import parameters, regime_names

ALL = [f"C{i}" for i in range(1, 55)] + [f"S{i}" for i in range(1, 8)]
CHECKS = {"C1", "C2", "C3", "C4", "C30", *(f"C{i}" for i in range(47, 54)), "S2", "S4"}
CLAIMS = [one for one in registry().values() if isinstance(one, Claim)]
CLEAR = np.array([1.0, 1.2, 0.9, 1.1])
NOISE = np.array([1.0, -1.1, 0.6, -0.4])


def signs(held: int, count: int) -> Any:
    """Effects of size one, so many of them positive."""
    return np.array([1.0] * held + [-1.0] * (count - held))


# -- the judge -----------------------------------------------------------------------------------


@pytest.mark.parametrize("direction", [1, -1])
class TestJudge:
    """Everything twice: a claim and its opposite are judged alike."""

    def test_right_everywhere_is_supported(self, direction: int) -> None:
        found = judge(direction * CLEAR, direction * signs(230, 256), direction)
        assert found.word == "supported" and found.effect.side() == direction

    def test_wrong_everywhere_is_opposed(self, direction: int) -> None:
        assert judge(-direction * CLEAR, direction * signs(20, 256), direction).word == "opposed"

    def test_wrong_in_the_space_is_opposed_unless_the_default_is_clearly_right(self, direction: int) -> None:
        for effects, word in ((CLEAR, "conditional"), (-CLEAR, "opposed"), (NOISE, "opposed")):
            assert judge(direction * effects, direction * signs(40, 256), direction).word == word

    def test_what_is_undefined_in_many_runs_is_undecided(self, direction: int) -> None:
        few = np.concatenate([CLEAR[:2], np.full(14, np.nan)])
        found = judge(direction * few, direction * signs(250, 256), direction)
        assert found.word == "undecided" and "14 of 16 seeds" in found.why
        gaps = np.concatenate([signs(16, 16), np.full(240, np.nan)])
        found = judge(direction * CLEAR, direction * gaps, direction)
        assert found.word == "undecided" and "240 of 256 points" in found.why
        half = np.concatenate([signs(128, 128), np.full(128, np.nan)])
        assert judge(direction * CLEAR, direction * half, direction).word == "supported"

    def test_in_between_is_conditional_only_if_something_is_found_on_which_it_turns(
        self, direction: int
    ) -> None:
        """One seed a point: luck alone makes signs change over the space, whatever the default tells."""
        for effects, told in ((CLEAR, "right"), (-CLEAR, "wrong")):
            points = direction * signs(128, 256)
            assert judge(direction * effects, points, direction, turns=True).word == "conditional"
            found = judge(direction * effects, points, direction)
            assert found.word == "undecided" and found.why.startswith(f"{told} at the default")

    def test_in_between_with_noise_needs_something_to_turn_on(self, direction: int) -> None:
        points = direction * signs(128, 256)
        assert judge(direction * NOISE, points, direction, turns=True).word == "conditional"
        found = judge(direction * NOISE, points, direction)
        assert found.word == "undecided" and found.seeds_needed is not None and found.seeds_needed > 4

    def test_noise_at_the_default_is_undecided_although_the_space_is_clear(self, direction: int) -> None:
        found = judge(direction * NOISE, direction * signs(250, 256), direction)
        assert found.word == "undecided" and found.seeds_needed is not None

    def test_the_default_as_exception_is_conditional(self, direction: int) -> None:
        assert judge(-direction * CLEAR, direction * signs(250, 256), direction).word == "conditional"

    @pytest.mark.parametrize(
        ("held", "side", "word"),
        [(205, 1, "supported"), (204, 1, "undecided"), (52, -1, "undecided"), (51, -1, "opposed")],
    )
    def test_the_edges_are_at_80_and_20_per_cent(
        self, direction: int, held: int, side: int, word: str
    ) -> None:
        """Of 256: 205 is 80.08 %, 204 is 79.7 %, 52 is 20.3 %, 51 is 19.9 %."""
        assert judge(side * direction * CLEAR, direction * signs(held, 256), direction).word == word

    def test_exactly_on_the_edge_counts_as_beyond(self, direction: int) -> None:
        assert judge(direction * CLEAR, direction * signs(80, 100), direction).word == "supported"
        assert judge(-direction * CLEAR, direction * signs(20, 100), direction).word == "opposed"

    def test_few_points_count_only_with_their_whole_interval(self, direction: int) -> None:
        sixteen = judge(direction * CLEAR, direction * signs(16, 16), direction)
        fifteen = judge(direction * CLEAR, direction * signs(15, 16), direction)
        half = judge(direction * CLEAR, direction * signs(8, 16), direction)
        assert sixteen.word == "supported"  # the Wilson interval of 16 of 16 begins at 0.806
        assert fifteen.word == "undecided" and fifteen.points_needed is not None
        assert half.word == "undecided" and half.points_needed is None
        assert judge(-direction * CLEAR, direction * signs(0, 16), direction).word == "opposed"
        assert judge(direction * CLEAR, direction * signs(1, 16), direction).word == "undecided"

    def test_ties_speak_for_neither_side(self, direction: int) -> None:
        """They are left out of the share; where most points are ties nothing is said."""
        points = np.concatenate([direction * signs(100, 100), np.zeros(156)])
        assert count_signs(points, direction) == Share(100, 156, 256)
        found = judge(direction * CLEAR, points, direction)
        assert found.word == "undecided" and "156 of 256" in found.why
        points = np.concatenate([direction * signs(130, 156), np.zeros(100)])
        assert judge(direction * CLEAR, points, direction).word == "supported"
        assert judge(np.zeros(4), np.zeros(256), direction).word == "undecided"

    def test_pure_noise_is_never_supported_nor_opposed_in_a_large_sample(self, direction: int) -> None:
        rng = np.random.default_rng(5)
        words = {judge(rng.normal(size=16), rng.normal(size=256), direction).word for _ in range(200)}
        assert not words & {"supported", "opposed"}


def test_nothing_to_judge_is_no_verdict() -> None:
    nothing = np.full(4, np.nan)
    assert judge(nothing, nothing, 1).word == "not measured"
    assert judge(CLEAR, nothing, 1).word == "undecided"
    assert judge([], signs(250, 256), 1).word == "undecided"


def test_undefined_runs_are_left_out() -> None:
    with_gaps = np.concatenate([CLEAR, [np.nan, np.nan]])
    assert interval(with_gaps) == interval(CLEAR)
    assert count_signs(np.array([1.0, np.nan, -1.0]), 1).count == 2


def test_the_interval_is_students() -> None:
    """Worked by hand: 1, 2, 3 has mean 2, sd 1, t(0.975, 2) = 4.30265, half = 4.30265 / sqrt 3."""
    found = interval([1.0, 2.0, 3.0])
    assert found.mean == 2.0 and found.spread == 1.0
    assert found.high - found.mean == pytest.approx(4.302653 / math.sqrt(3.0), rel=1e-6)
    assert interval([2.0]).known is False and interval([2.0]).side() == 0


def test_wilsons_interval() -> None:
    """Newcombe (1998), table I: 81 of 263 is 0.2553 to 0.3662; 0 of 20 is 0 to 0.1611."""
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert wilson(0, 0) == (0.0, 1.0)


def test_seeds_needed_would_do() -> None:
    found = interval(np.array([0.9, -0.7, 0.5, 0.1]))
    need = seeds_needed(found)
    assert need is not None and not found.side()

    def half(n: int) -> float:
        from scipy import stats

        return float(stats.t.ppf(0.975, n - 1)) * found.spread / math.sqrt(n)

    assert half(need) < abs(found.mean) <= half(need - 1)
    assert seeds_needed(Interval(0.0, -1.0, 1.0, 4, 1.0)) is None


def test_points_needed_would_do() -> None:
    assert points_needed(Share(256, 0, 256)) is None
    need = points_needed(Share(15, 0, 16))
    assert need is not None and 16 < need <= 100


# -- what a sign turns on ------------------------------------------------------------------------


def test_a_planted_cause_is_found() -> None:
    cube = sample(256)
    turn = find_turn(cube, cube[:, 7] >= 0.5)
    assert turn is not None and turn.accuracy > 0.97 and turn.chance < 0.01
    assert {side.dimension for box in turn.boxes for side in box.sides} == {7}
    assert turn.boxes[0].sides[0].cut == 0.5 and turn.boxes[0].share == 1.0


def test_two_causes_together_are_found() -> None:
    cube = sample(256)
    turn = find_turn(cube, (cube[:, 3] >= 0.5) & (cube[:, 20] < 0.625))
    assert turn is not None and {s.dimension for b in turn.boxes for s in b.sides} == {3, 20}
    assert sum(box.count for box in turn.boxes) == 256


def test_noise_has_no_cause() -> None:
    cube = sample(256)
    rng = np.random.default_rng(11)
    found = [find_turn(cube, rng.random(256) < 0.6) for _ in range(20)]
    assert sum(turn is not None for turn in found) <= 2  # one in a hundred by chance


def test_one_sided_signs_turn_on_nothing() -> None:
    assert find_turn(sample(64), np.ones(64, dtype=np.bool_)) is None


# -- the registry --------------------------------------------------------------------------------


def test_every_claim_has_exactly_one_record() -> None:
    assert list(registry()) == ALL
    assert {k for k, one in registry().items() if isinstance(one, Check)} == CHECKS


@pytest.mark.parametrize("name", ALL)
def test_a_record_says_what_it_rests_on(name: str) -> None:
    record = registry()[name]
    assert record.title and record.says.endswith(".") and record.source
    assert not record.title.endswith(".")
    if isinstance(record, Unmodelled):
        assert record.why
    if isinstance(record, Check):
        items = record.items()
        assert items and all(math.isfinite(i.found) and i.low <= i.high and i.said for i in items)


LATER = {
    "theft_value",
    "thief",
    "misuse",
    "internal_public",
    "awareness",
    "agile_payoff",
    "copies_growth",
    "evaluation_gap",
    "innovation",
    "task_capability",
    "compute_per_task",
    "easy_task",
    "elicitation",
    "open_weight_surplus",
}


@pytest.mark.parametrize("claim", CLAIMS, ids=[one.id for one in CLAIMS])
class TestRecord:
    """Settings, metrics and signs are there."""

    def test_its_settings_exist(self, claim: Claim) -> None:
        assert set(claim.settings) <= set(SETTINGS)

    def test_its_contrast_is_a_contrast(self, claim: Claim) -> None:
        """Weights that add up to nothing, or one setting against a number."""
        for contrast in (claim.contrast, *claim.also):
            total = sum(contrast.weights.values())
            assert abs(total) < 1e-12 or len(contrast.weights) == 1
            assert contrast.words and contrast.measure.words and contrast.measure.name

    def test_its_metrics_exist(self, claim: Claim) -> None:
        """Or are named by the contract and come with a later mechanism."""
        for measure in claim.measures:
            found = re.fullmatch(r"(?:log10 )?([a-z_]+): .*", measure.name)
            if found and "_" in found[1]:
                assert found[1] in metrics() or found[1].startswith(tuple(LATER)), measure.name


def test_wall_and_inference_are_crossed_for_the_claims_on_structure() -> None:
    for name in ("C20", "C21", "C22", "C23", "C24", "C25"):
        record = registry()[name]
        assert isinstance(record, Claim)
        words = [one.words for one in record.also]
        assert {"main effect of the wall", "main effect of inference"} < set(words)
        crossed = {n for one in record.also for n in one.weights}
        assert {PT, ID, WALL, FREE} <= crossed


def test_main_effects_and_interaction_by_hand() -> None:
    from experiments.claims.deployment import factorial

    wall, inference, both, alone, behind = factorial(over_run("hhi_revenue"))
    cell = {PT: 1.0, WALL: 3.0, FREE: 6.0, ID: 11.0}
    assert wall.effect(cell) == ((3 - 1) + (11 - 6)) / 2
    assert inference.effect(cell) == ((6 - 1) + (11 - 3)) / 2
    assert both.effect(cell) == (11 - 6) - (3 - 1)
    assert alone.effect(cell) == 3 - 1 and behind.effect(cell) == 11 - 3


def test_measures_have_names_of_their_own() -> None:
    found: dict[str, Measure] = {}
    for claim in CLAIMS:
        for measure in claim.measures:
            assert found.setdefault(measure.name, measure).words == measure.words
    assert set(measures()) == set(found)


def test_an_unknown_claim_is_one_line() -> None:
    with pytest.raises(ScenarioError, match="C99"):
        find(["C99"])
    assert [one.id for one in find(["C10", "C2"])] == ["C2", "C10"]


def test_regimes_of_the_trial_ship_and_compare_keeps_its_six() -> None:
    assert set(REGIMES) <= set(regime_names())
    assert set(shipped_regimes()) == set(regime_names())
    assert WALL not in default_regimes() and FREE not in default_regimes() and len(default_regimes()) == 6


# -- the space -----------------------------------------------------------------------------------


def test_the_space_keeps_to_the_registry() -> None:
    known: dict[str, Parameter] = {p.key: p for p in parameters()}
    for one in SPACE:
        parameter = known[one.key.replace(".0.", "[].")]
        low, high = one.span
        assert low < high and parameter.span is not None
        assert one.reason or (low, high) == tuple(parameter.span)
        assert one.scale != "log" or low > 0
    assert 20 <= len(SPACE) <= 40


def test_a_smaller_sample_begins_a_larger_one() -> None:
    np.testing.assert_array_equal(sample(256)[:16], sample(16))
    assert sample(256).min() >= 0.0 and sample(256).max() < 1.0
    np.testing.assert_allclose(sample(256).mean(axis=0), 0.5, atol=0.01)


@pytest.mark.parametrize("name", REGIMES)
def test_a_point_leaves_a_regime_what_it_is(name: str) -> None:
    """No wall appears where there was none, and what drifts ends where the point says."""
    base = Scenario.load(name)
    point = values(sample(4)[3])
    moved = at(base, point, "moved")
    for where in ("wall", "inference", "rounds"):
        assert acts(moved, where) == acts(base, where) or where == "inference"
    slope_ = {m.parameter: m.value for m in moved.drift}.get(
        "technology.wall_slope", moved.technology.wall_slope
    )
    assert slope_ == (point["technology.wall_slope"] if acts(base, "wall") else 1.0)
    assert moved.users.quality_value == point["users.quality_value"]
    assert moved.value("regulation.0.threshold_oom") == point["regulation.0.threshold_oom"]


# -- measures ------------------------------------------------------------------------------------


def run_of(**columns: list[float]) -> Results:
    """A run whose metrics are these, at quarters; the first entry is step 0."""
    n = len(next(iter(columns.values())))
    table = pd.DataFrame({"step": range(n), "time_years": 0.25 * np.arange(n), **columns})
    return Results({"metrics": table}, Scenario(), 1)


def test_means_trends_and_jumps_by_hand() -> None:
    run = run_of(hhi_revenue=[9.0, 1.0, 2.0, 3.0, 4.0, 5.0])
    assert over_run("hhi_revenue")(run) == 3.0  # the state before the first step is left out
    assert growth("hhi_revenue", log=False)(run) == pytest.approx(4.0)  # one a quarter
    assert largest_step("hhi_revenue")(run) == 1.0
    tenfold = run_of(copies_at_frontier=[1.0, *(10.0**k for k in range(8))])
    assert growth("copies_at_frontier")(tenfold) == pytest.approx(4.0)
    assert math.isnan(slope(np.arange(3.0), np.arange(3.0)))


def test_a_straight_line_surprises_nobody() -> None:
    line = run_of(hhi_revenue=[float(k) for k in range(20)])
    assert surprise("hhi_revenue")(line) == pytest.approx(0.0)
    bent = run_of(hhi_revenue=[float(max(0, k - 9)) for k in range(20)])
    assert surprise("hhi_revenue")(bent) > 0.5


def test_a_metric_that_does_not_exist_is_not_zero() -> None:
    with pytest.raises(NotMeasured):
        over_run("no_such_metric")(run_of(hhi_revenue=[1.0, 1.0]))
    assert math.isnan(over_run("hhi_revenue")(run_of(hhi_revenue=[1.0, math.nan])))


def test_spread_is_compared_by_the_jackknife() -> None:
    """Ten times the spread is one order of magnitude, and the pseudo-values average near it."""
    rng = np.random.default_rng(3)
    measure = over_run("hhi_revenue")
    contrast = Contrast("spread", measure, {ID: 1.0, PT: -1.0}, statistic="spread")
    rows = [{PT: x, ID: 10.0 * y} for x, y in rng.normal(size=(400, 2))]
    assert spread_effect(contrast, rows) == pytest.approx(1.0, abs=0.1)
    found = interval(pseudo_values(contrast, rows))
    assert found.low < 1.0 < found.high and found.high - found.low < 0.2
    assert math.isnan(spread_effect(contrast, [{PT: 1.0, ID: 1.0}] * 3))


# -- the trial -----------------------------------------------------------------------------------

CLAIM = Claim(
    "C5",
    "made up",
    "It rises.",
    "nobody",
    contrast=difference(over_run("hhi_revenue"), ID, PT),
    direction=1,
)


def made_up(lift: float, points: int = 32) -> Trial:
    """A trial whose runs are made up: the effect is `lift` plus noise, at the points turning on one."""
    rng = np.random.default_rng(1)
    plan = QUICK.with_(seeds=6, points=points)
    runs: dict[Key, dict[str, Any]] = {}
    name = CLAIM.contrast.measure.name
    for seed in range(1, 7):
        runs[Key("default", PT, -1, seed)] = {name: float(rng.normal())}
        base = runs[Key("default", PT, -1, seed)][name]
        runs[Key("default", ID, -1, seed)] = {name: base + lift + 0.01 * float(rng.normal())}
    for point in range(points):
        runs[Key(SPACE_KIND, PT, point, 1000 + point)] = {name: 1.0}
        runs[Key(SPACE_KIND, ID, point, 1000 + point)] = {name: 1.0 + lift}
    return Trial(plan, Values(runs), {})


def test_pairs_are_judged_seed_by_seed() -> None:
    """Levels differ by a hundred times the effect; only the pairing shows it."""
    assert made_up(0.1).outcome(CLAIM).word == "supported"
    assert made_up(-0.1).outcome(CLAIM).word == "opposed"
    assert made_up(0.1).outcome(CLAIM).levels[PT] == pytest.approx(
        made_up(0.1).outcome(CLAIM).levels[ID] - 0.1, abs=0.02
    )


def test_a_missing_metric_is_no_verdict() -> None:
    name = CLAIM.contrast.measure.name
    trial = Trial(QUICK, Values({Key("default", ID, -1, 1): {name: "the model has no metric x"}}), {})
    found = trial.outcome(CLAIM)
    assert found.word == "not measured" and "no metric x" in found.absent
    unbuilt = Trial(QUICK, Values({}), {ID: "no such policy"}).outcome(CLAIM)
    assert unbuilt.word == "not measured" and "no such policy" in unbuilt.absent


def test_the_page_is_one_file_and_tells_both_sides(tmp_path: Path) -> None:
    trial = made_up(-0.1)
    outcomes = [trial.outcome(CLAIM), *(trial.outcome(registry()[n]) for n in ("C2", "S4"))]
    outcomes.append(
        trial.outcome(Unmodelled("X", "Nobody knows", "It is so.", "a source", why="no mechanism"))
    )
    page = write_page(outcomes, QUICK, tmp_path).read_text(encoding="utf-8")
    assert "http" not in re.sub(r'xmlns="[^"]*"', "", page) and page.count("<img") == 3
    assert "opposed" in page and "holds in part" in page and "Quick trial" in page
    record = json.loads((tmp_path / "claims.json").read_text(encoding="utf-8"))
    assert [one["verdict"] for one in record["claims"]] == [
        "opposed",
        "holds",
        "holds in part",
        "not measured",
    ]
    assert record == json.loads(json.dumps(as_json(outcomes, QUICK)))
    assert markdown(record) == (tmp_path / "claims.md").read_text(encoding="utf-8")


def test_a_failed_claim_gets_the_longer_paragraph() -> None:
    right, wrong = (as_json([made_up(x).outcome(CLAIM)], QUICK)["claims"][0] for x in (0.1, -0.1))
    assert len(" ".join(wrong["told"])) > len(" ".join(right["told"]))


TINY: dict[str, Any] = {
    "users.count": 200,
    "labs.research_sample": 60,
    "labs.screening_sample": 30,
    "labs.data_count": 3,
    "horizon.steps": 6,
}


@pytest.fixture
def same_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever edits the model while the tests run does not disturb them."""
    monkeypatch.setattr("experiments.claims.pool.code", lambda: "the same")


@pytest.mark.usefixtures("same_code")
def test_a_tiny_trial_runs_and_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two seeds, two points: every run is made once, and nothing the second time."""
    from experiments.claims.command import run_claims

    plan = QUICK.with_(seeds=2, points=2, spread_points=0, size=TINY, small=TINY)
    assert run_claims(["C5"], plan, tmp_path / "t", workers=1, json_out=True) == 0
    first = capsys.readouterr()
    claim = json.loads(first.out)["claims"][0]
    assert claim["id"] == "C5" and claim["effect"]["seeds"] == 2 and claim["share"]["points"] == 2
    assert "8 to go" in first.err
    assert run_claims(["C5"], plan, tmp_path / "t", workers=1) == 0
    assert "0 to go" in capsys.readouterr().err
    runs = sorted((tmp_path / "t" / "runs").iterdir())
    assert len(runs) == 8 and (tmp_path / "t" / "claims.html").stat().st_size > 10_000
    (runs[0] / "manifest.json").write_text("{", encoding="utf-8")
    assert run_claims(["C5"], plan, tmp_path / "t", workers=1) == 0
    assert "1 to go" in capsys.readouterr().err


def test_runs_of_another_model_are_not_gone_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("experiments.claims.pool.code", lambda: "one")
    Pool(tmp_path, QUICK).begin(force=False)
    monkeypatch.setattr("experiments.claims.pool.code", lambda: "two")
    with pytest.raises(ScenarioError, match="differs in code"):
        Pool(tmp_path, QUICK).check(force=False)
    Pool(tmp_path, QUICK).check(force=True)


@pytest.mark.usefixtures("same_code")
def test_another_trial_in_the_folder_is_refused(tmp_path: Path) -> None:
    pool = Pool(tmp_path, QUICK)
    pool.begin(force=False)
    pool.check(force=False)
    with pytest.raises(ScenarioError, match="another trial"):
        Pool(tmp_path, FULL).check(force=False)
    (tmp_path / "else").mkdir()
    (tmp_path / "else" / "x").write_text("x")
    with pytest.raises(ScenarioError, match="something else"):
        Pool(tmp_path / "else", QUICK).check(force=False)


def test_one_point_serves_every_claim() -> None:
    """The full trial makes each run once: settings x points, not claims x points."""
    pool = Pool(Path("nowhere"), FULL)
    keys = pool.keys(CLAIMS)
    assert len(keys) == len(set(keys))
    points = [k for k in keys if k.kind == SPACE_KIND and k.seed < 100_000]
    regimes = {k.setting for k in points} & set(REGIMES)
    extra = {k.setting for k in points} - set(REGIMES)
    assert len(points) == 256 * len(regimes) + 64 * len(extra) and len(extra) == 5
    assert {PT, ID, WALL, FREE} <= {k.setting for k in points}
    pairs = {k.point: set() for k in points}  # type: dict[int, set[int]]
    for key in points:
        pairs[key.point].add(key.seed)
    assert all(len(seeds) == 1 for seeds in pairs.values())
