"""What a reader takes away is the run: CSV equals the tables, the command makes the same numbers again."""

from __future__ import annotations

import io
import json
import shlex
from typing import Any

import pandas as pd
import pytest

from experiments.inputs import parse_changes
from model import simulate
from model.scenario import Scenario
from viz.export import NAMES, csv, setup_of, table
from viz.film import StoredFilm
from viz.opened import Opened
from viz.options.data import by_kind
from viz.pages.data import ALL, counted, event_line, matching, told
from viz.session import Session
from viz.setup import Setup, from_query, from_toml, regime

SMALL = {
    "users.count": 200,
    "labs.research_sample": 80,
    "labs.screening_sample": 50,
    "horizon.steps": 6,
}


@pytest.fixture(scope="module")
def session() -> Session:
    made = Session(Opened(Setup(regime("mixed"), 5).with_changes(SMALL)))
    for step in range(4):
        if step == 2:
            made.watched.switch("price-cap", True, price_cap_usd_month=15.0)
        made.watched.step()
    return made


@pytest.mark.parametrize("name", NAMES)
def test_a_table_is_that_of_the_results(session: Session, name: str) -> None:
    expected = session.watched.results.tables[name]
    pd.testing.assert_frame_equal(table(session.now, name), expected)
    read = pd.read_csv(io.BytesIO(csv(session.now, name)), keep_default_na=False, na_values=[""])
    assert list(read.columns) == list(expected.columns) and len(read) == len(expected)
    for column in expected.select_dtypes("float"):
        assert read[column].astype(float).tolist() == pytest.approx(expected[column].tolist(), nan_ok=True)


def test_a_table_ends_at_the_moment_that_is_shown(session: Session) -> None:
    early = session.film.at(1)
    assert set(table(early, "labs")["step"]) == {0, 1} and len(table(early, "metrics")) == 2


def test_the_printed_command_makes_the_same_numbers_again(session: Session) -> None:
    made = setup_of(session, session.now)
    words = shlex.split(made.command(session.now.step))
    assert words[:3] == ["computeshift", "run", "mixed"]
    options = list(zip(words[3::2], words[4::2], strict=True))
    sets = [value for key, value in options if key == "--set"]
    said = {key: value for key, value in options if key != "--set"}
    changes: dict[str, Any] = parse_changes(sets) | {"horizon.steps": int(said["--steps"])}
    again = simulate(Scenario.load(words[2]).override(changes), seed=int(said["--seed"]))
    for name in ("metrics", "labs", "purchases", "decisions"):
        pd.testing.assert_frame_equal(table(session.now, name), again.tables[name], obj=name)


def test_the_link_and_the_file_say_the_same_run(session: Session) -> None:
    made = setup_of(session, session.now)
    again, step, page = from_query(made.query(4, "data"), Setup(regime("pretraining")))
    assert again.scenario.to_mapping() == session.watched.settings.to_mapping()
    assert (again.seed, step, page) == (5, 4, "data")
    whole = from_toml("mixed.toml", made.scenario.to_toml().encode(), 5)
    assert whole.scenario.to_mapping() == session.watched.settings.to_mapping()


def test_stored_results_of_a_shipped_regime_have_a_short_command(session: Session) -> None:
    film = StoredFilm(session.watched.results)
    made = setup_of(session, film.at(3))
    assert made.shipped and made.base.name == "mixed" and made.seed == 5
    assert made.scenario.to_mapping() == film.scenario.to_mapping()
    named = film.scenario.named("mine")
    film.scenario = named
    other = setup_of(session, film.at(3))
    assert not other.shipped and other.base == named


def test_the_log_is_filtered_by_kind_and_text(session: Session) -> None:
    events = session.now.events
    kinds = {row["kind"] for row in events}
    assert "policy" in kinds and len(kinds) > 2
    assert matching(events, ALL, "") == events[::-1]
    only = matching(events, "policy", " PRICE cap ")
    assert [row["text"] for row in only] == ["price cap switched on by hand"]
    assert matching(events, ALL, "no such thing") == []
    assert event_line(0, only[0]).cells[1] == ["3", 3]


def test_events_are_counted_once(session: Session) -> None:
    held = counted(session.now)
    option = by_kind(session.now.labels, held)
    json.dumps(option, allow_nan=False)
    drawn = sum(value for series in option["series"] for value in series["data"])
    assert drawn == len(session.now.history("events")) and len(held) == 5


def test_many_kinds_share_the_grey() -> None:
    option = by_kind(["a"], [{f"kind {at}": at + 1 for at in range(12)}])
    assert option["legend"]["data"][-1] == "all other kinds" and len(option["series"]) == 9
    assert option["series"][0]["name"] == "kind 11" and option["series"][-1]["data"] == [1 + 2 + 3 + 4]


def test_an_event_without_words_is_told_by_its_numbers() -> None:
    assert told({"text": "", "payload": '{"tier": 3}'}) == "tier"
    assert len(told({"text": "x" * 500, "payload": "{}"})) == 140
