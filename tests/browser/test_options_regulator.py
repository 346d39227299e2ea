"""The regulator's view: models, lines, misses and lags are what the tables say."""

from __future__ import annotations

import json
import math

import pytest

from tests.browser.small_run import watched_after
from viz.film import Snapshot
from viz.options import regulator as options
from viz.pages.regulator import counts, dangerous, lags, lines_now, lines_over, main_unit, models, percent


@pytest.fixture(scope="module")
def now() -> Snapshot:
    return watched_after(6, "inference-at-deployment", horizon=6).now


def test_every_model_on_sale_is_shown_with_all_that_it_has_served(now: Snapshot) -> None:
    held = models(now)
    on_sale = {row["model"] for row in now.rows("tiers")}
    assert len(held) == len(on_sale) > 0
    names = {row["model"]: row["name"] for row in now.rows("models")}
    served = {
        names[model]: sum(t["inference_flop"] for t in now.history("tiers") if t["model"] == model)
        for model in on_sale
    }
    for one in held:
        total = served[one.name]
        assert one.inference == pytest.approx(math.log10(total)) if total > 0 else math.isnan(one.inference)
    option = options.models(held, lines_now(now))
    json.dumps(option, allow_nan=False)
    assert sum(len(s["data"]) for s in option["series"]) == option["computeshift"]["points_drawn"]
    assert option["computeshift"]["points_drawn"] == sum(math.isfinite(m.inference) for m in held)
    drawn = [line["xAxis"] for line in option["series"][0]["markLine"]["data"] if isinstance(line, dict)]
    assert drawn == [25.0]


def test_seen_unseen_and_left_are_told_apart() -> None:
    held = [options.Model("a", 25, 24, seen, True, "card") for seen in (True, False, None, None)]
    option = options.models(held, [])
    assert [len(series["data"]) for series in option["series"]] == [1, 1, 2]
    assert option["series"][0]["data"][0]["symbol"] == "circle"
    assert not any(series["data"] for series in options.models([], [])["series"])


def test_counts_agree_with_the_metrics(now: Snapshot) -> None:
    for step, (seen, missed, alarms) in enumerate(counts(now)):
        at = now.film.at(step)
        covered = sum(bool(row["covered"]) for row in at.rows("labs"))
        overreach, visible = at.value("rule_overreach"), at.value("visibility_models")
        assert (alarms / covered if covered else math.nan) == pytest.approx(overreach, nan_ok=True)
        present = {row["lab"] for row in at.rows("labs")}
        if seen + missed and dangerous(at) <= present:
            assert seen / (seen + missed) == pytest.approx(visible)


def test_lags_begin_with_danger(now: Snapshot) -> None:
    held = lags(now)
    assert held
    years = now.scenario.horizon.step_years
    feared = [dangerous(now.film.at(step)) for step in range(now.step + 1)]
    first = min(step for step, labs in enumerate(feared) if labs)
    assert min(lag.danger for lag in held) == pytest.approx(first * years)
    assert all(not lag.seen < lag.danger for lag in held)


def test_a_lag_that_goes_on_reaches_to_now_and_is_marked() -> None:
    option = options.lags([options.Lag("A", 1.0, 1.5), options.Lag("B", 0.5, math.nan)], 3.0)
    json.dumps(option, allow_nan=False)
    assert option["yAxis"]["data"] == ["B", "A"]
    late, done = option["series"][1]["data"]
    assert (late["value"], done["value"]) == (2.5, 0.5)
    assert late["itemStyle"]["color"] == options.UNSEEN != done["itemStyle"]["color"]


def test_only_lines_in_training_compute_are_drawn_as_such(now: Snapshot) -> None:
    assert main_unit("training-threshold") == "log10 FLOP"
    assert main_unit("price-cap").startswith("USD")
    held = lines_over(now)["training threshold"]
    begins = math.ceil(now.scenario.regulation[0].start_year / now.scenario.horizon.step_years - 1e-9)
    assert math.isnan(held[0]) and held[begins] == held[-1] == 25.0


def test_charts_over_time_are_whole() -> None:
    labels, values = ["a", "b"], [1.0, math.nan]
    made = [
        options.threshold(labels, values, values, {"training threshold": [25.0, 25.0]}, []),
        options.belief(labels, values, values, values, 26.5, []),
        options.labs(labels, values, values, values, []),
        options.shares(labels, {"users seen": [100.0, 50.0]}, []),
        options.actions(labels, [1, 2], [0, 1]),
    ]
    for option in made:
        json.dumps(option, allow_nan=False)
        assert option["title"]["text"] and option["title"]["subtext"]
        colours = [one["color"] for one in option["series"] if "color" in one]
        assert len(colours) == len(set(colours)) > 0
    assert percent(99.6) == "100" and percent(-0.001) == "0" and percent(math.nan) == "–"
