"""The window's widgets in this process, without a browser: buttons, controls, what charts are given."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
import reacton.ipyvuetify as vue
import solara

from model.errors import ScenarioError
from viz.controls import _read
from viz.opened import Opened
from viz.pages import pages
from viz.server import SETTINGS
from viz.session import Session
from viz.setup import LARGEST_FILE, Setup, regime
from viz.shell import Status, Window

SMALL = {
    "users.count": 200,
    "labs.research_sample": 80,
    "labs.screening_sample": 50,
    "horizon.steps": 6,
}

os.environ["REACTON_FAST"] = SETTINGS["REACTON_FAST"]  # drawn as the server draws
pytestmark = pytest.mark.filterwarnings("default")  # of widget libraries that others maintain


class Shown:
    """A window drawn into memory."""

    def __init__(self, query: str = "") -> None:
        setup = Setup(regime("pretraining"), 3).with_changes(SMALL)
        self.session = Session(Opened(setup), query)
        session = self.session

        @solara.component
        def Framed() -> None:
            with solara.Column():
                Status(session)  # the bar is shown by the server's own frame only
                with solara.AppLayout():
                    Window(session)

        self.box, self.context = solara.render(Framed(), handle_error=False)

    def widgets(self) -> Iterator[Any]:
        """Every widget, depth first."""
        stack = [self.box]
        seen: set[int] = set()
        while stack:
            widget = stack.pop()
            if id(widget) in seen or not hasattr(widget, "keys"):
                continue
            seen.add(id(widget))
            yield widget
            for name in ("children", "v_slots"):
                inner = getattr(widget, name, None) or ()
                stack += [x["children"] if isinstance(x, dict) else x for x in inner]
                stack += [y for x in inner if isinstance(x, dict) and isinstance(x["children"], list)
                          for y in x["children"]]  # fmt: skip

    def texts(self) -> str:
        """All text on it."""
        found = []
        for widget in self.widgets():
            found += [child for child in getattr(widget, "children", ()) or () if isinstance(child, str)]
            attributes = getattr(widget, "attributes", None) or {}
            found += [str(attributes.get("innerHTML", ""))]
        return " ".join(found)

    def press(self, text: str) -> None:
        """Press the button with these words."""
        button = next(
            w
            for w in self.widgets()
            if isinstance(w, vue.Btn().component.widget) and text in (w.children or ())
        )
        assert not button.disabled, f"{text} cannot be pressed"
        button.click()

    def chart(self, name: str) -> Any:
        """A chart by its title."""
        return next(w for w in self.widgets() if getattr(w, "name", None) == name and hasattr(w, "option"))


@pytest.fixture
def shown() -> Iterator[Shown]:
    made = Shown()
    yield made
    made.session.close()
    made.context.close()


def test_step_regime_reset(shown: Shown) -> None:
    assert "step 0" in shown.texts() and shown.chart("Best capability").points == 1
    shown.press("Step")
    shown.press("Step")
    assert shown.session.now.step == 2 and "step 2" in shown.texts()
    first = json.loads(shown.chart("Best capability").option)["series"]
    assert shown.chart("Best capability").points == 3
    old = shown.session.watched
    shown.press("Inference at deployment")
    assert "Inference at deployment, seed 3" in shown.texts() and "step 0" in shown.texts()
    assert not old.running and shown.session.ghost is old.film
    shown.press("Step")
    shown.press("Step")
    second = json.loads(shown.chart("Best capability").option)["series"]
    lines = [next(s for s in series if s["name"] == "on sale")["data"] for series in (first, second)]
    assert lines[0][0] == lines[1][0] and lines[0][2] != lines[1][2]
    ghost = next(s for s in second if s["name"] == "on sale, last run")
    assert ghost["data"] == lines[0]
    shown.press("Reset")
    assert shown.session.now.step == 0 and shown.session.watched.setup.base.name == "inference-at-deployment"


def test_what_is_changed_is_said_until_reset(shown: Shown) -> None:
    assert shown.session.change({"users.quality_value": 3.0, "users.count": 150})
    assert "changed: simulated users, what capability is worth to users" in shown.texts()
    assert shown.session.watched.settings.users.count == 200
    shown.press("Reset")
    assert "changed:" not in shown.texts()
    assert shown.session.watched.settings.users.count == 150


def test_what_is_not_allowed_is_said_and_not_taken(shown: Shown) -> None:
    assert not shown.session.change({"users.count": 0})
    assert "users.count = 0: must be a whole number &gt;= 1" in shown.texts() or ">= 1" in shown.texts()
    assert shown.session.draft.value.scenario.users.count == 200
    assert shown.session.change({"users.count": 100})
    assert shown.session.fault.value == ""


def test_a_forged_link_opens_the_default_and_says_so() -> None:
    made = Shown("?regime=../../etc/passwd&seed=1")
    assert "The link was not followed" in made.texts()
    assert made.session.watched.settings == Setup(regime("pretraining"), 3).with_changes(SMALL).scenario
    made.session.close()
    made.context.close()


def test_every_page_is_drawn_at_the_start_and_later(shown: Shown) -> None:
    for step in (0, 1):
        for page in pages():
            shown.session.page.value = page.name
            assert "could not be drawn" not in shown.texts(), (step, page.name)
        if step == 0:
            shown.session.watched.step()


def test_a_page_that_fails_leaves_the_window(shown: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    from viz.pages import overview

    def fail(*_: Any) -> None:
        raise ZeroDivisionError("no page today")

    monkeypatch.setattr(overview, "drawn", fail)
    shown.press("Step")
    assert "no page today" in shown.texts() and shown.session.now.step == 1
    shown.press("Step")
    assert shown.session.now.step == 2


def test_an_oversized_file_is_never_read_whole() -> None:
    class Endless:
        def read(self, most: int) -> bytes:
            assert most <= LARGEST_FILE + 1
            return b"#" * most

    with pytest.raises(ScenarioError, match="larger than 1 MB"):
        _read({"name": "a.toml", "size": 10**12, "file_obj": None}, 7)
    with pytest.raises(ScenarioError, match="larger than 1 MB"):
        _read({"name": "a.toml", "size": 5, "file_obj": Endless()}, 7)  # whoever says so


def test_a_closed_tab_stops_its_run(shown: Shown) -> None:
    shown.press("Step")
    shown.session.close()
    shown.session.watched.step()
    assert shown.session.watched.period == 1
