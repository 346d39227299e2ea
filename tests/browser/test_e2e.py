"""The window as a reader has it: a server of its own, a real browser, and no network beyond this machine."""

from __future__ import annotations

import io
import json
import os
import shlex
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from experiments.store import Store
from model import Scenario, simulate
from model.results import Results
from tests.browser.serving import ROOT, Server, Tab, free_port, open_tab, serving
from viz.pages import pages


def pixels(tab: Tab, name: str) -> str:
    """What is painted in a chart."""
    return str(
        tab.page.locator(f".live-chart[data-name='{name}'] canvas").first.evaluate("c => c.toDataURL()")
    )


def painted(tab: Tab, name: str, points: int) -> None:
    """Wait until a chart shows so many steps."""
    tab.page.locator(f".live-chart[data-name='{name}'][data-points='{points}'] canvas").first.wait_for()


def came_to_rest(tab: Tab) -> int:
    """The step at which it stands still; the one that was being made when it was paused is still finished."""
    for _ in range(4):
        before = tab.step
        tab.page.wait_for_timeout(1200)
        if tab.step == before:
            return before
    raise AssertionError("it goes on although it was paused")


def test_step_moves_clock_and_pixels_play_pause_reset_and_keys(tab: Tab) -> None:
    painted(tab, "Best capability", 1)
    before = pixels(tab, "Best capability")
    tab.make_step()
    painted(tab, "Best capability", 2)
    tab.page.wait_for_timeout(150)
    assert pixels(tab, "Best capability") != before
    tab.page.keyboard.press("ArrowRight")
    tab.at(2)
    tab.page.keyboard.press("Space")
    tab.reach(5)
    tab.page.keyboard.press("Space")
    tab.button("▶").wait_for()
    assert came_to_rest(tab) >= 5
    tab.button("▶").click()
    tab.page.wait_for_timeout(300)
    tab.page.keyboard.press("r")  # while it plays
    tab.at(0)
    tab.button("▶").wait_for()
    tab.make_step()
    tab.page.keyboard.press("2")
    tab.page.locator(f".cs-page[data-page='{pages()[1].name}']").wait_for()


def test_another_regime_changes_the_curves_and_leaves_a_ghost(tab: Tab) -> None:
    card = tab.page.locator("[data-card='frontier_capability_oom'] .cs-value")
    for step in (1, 2):
        tab.make_step()
        assert tab.step == step
    first = card.inner_text()
    tab.page.locator("[data-regime='inference-at-deployment']").click()
    tab.at(0)
    tab.page.get_by_text("small+inference-at-deployment, seed 7").or_(
        tab.page.get_by_text("Small+inference at deployment, seed 7")
    ).first.wait_for()
    for _ in (1, 2):
        tab.make_step()
    assert card.inner_text() != first


def test_after_a_run_that_was_played_to_its_end_the_next_one_plays(browser: Any, server: Server) -> None:
    tab = open_tab(browser, server, "?regime=small&seed=7&set=horizon.steps=2")
    tab.button("▶").click()
    tab.page.locator(".cs-finished").wait_for()
    tab.page.locator("[data-regime='inference-at-deployment']").click()
    tab.at(0)
    tab.button("▶").click()
    tab.page.locator(".cs-finished").wait_for()
    assert tab.step == 2 and tab.outside == [] and tab.faults == []


def test_every_page_opens_without_a_fault_and_has_something_on_it(tab: Tab) -> None:
    tab.make_step()
    for page in pages():
        tab.open(page.title)
        shown = tab.page.locator(f".cs-page[data-page='{page.name}']")
        shown.wait_for()
        tab.page.wait_for_timeout(150)
        assert "could not be drawn" not in shown.inner_text(), page.name
        assert len(shown.inner_text()) > 40 or shown.locator("canvas").count(), page.name
    tab.button("▶").click()  # and while it plays
    for page in pages():
        tab.open(page.title)
        tab.page.locator(f".cs-page[data-page='{page.name}']").wait_for()
    tab.page.keyboard.press("r")  # the run may have ended meanwhile
    tab.at(0)


def test_run_to_a_date_and_link_bring_the_same_state_back(tab: Tab, server: Server, browser: Any) -> None:
    tab.button("Dec 2025").click()
    painted(tab, "Best capability", 5)
    here = tab.page.locator("[data-card='fixed_quality_usd_month'] .cs-value").inner_text()
    other = open_tab(browser, server, "?regime=small&seed=7&step=4")
    painted(other, "Best capability", 5)
    there = other.page.locator("[data-card='fixed_quality_usd_month'] .cs-value").inner_text()
    assert here == there
    other.context.close()
    forged = open_tab(browser, server, "?regime=../../etc/passwd")
    forged.page.get_by_text("The link was not followed").wait_for()
    forged.make_step()
    assert forged.outside == other.outside == [] and forged.faults == other.faults == []
    asked = "http://192.0.2.1/figure.png"  # and one that did leave would be seen
    forged.page.evaluate("url => fetch(url).catch(() => 0)", asked)
    assert forged.outside == [asked] and forged.faults
    forged.context.close()


def test_odd_input_is_survived(tab: Tab) -> None:
    seed = tab.page.locator("[data-key='seed'] input")
    for text in ("banana", "-5", "1e9", "99999999999999999999", "7'; DROP"):
        seed.fill(text)
        seed.press("Tab")
        tab.page.locator(".cs-input-fault", has_text="whole number").wait_for()
    steps = tab.page.locator("[data-key='horizon.steps'] input")
    steps.fill("__import__('os')")
    steps.press("Tab")
    tab.page.locator(".cs-input-fault", has_text="horizon.steps").wait_for()
    for _ in range(5):  # the field may still be drawn anew while it is filled
        seed.fill("11")
        seed.press("Tab")
        tab.page.wait_for_timeout(500)
        if tab.page.locator(".cs-waiting", has_text="seed").count():
            break
    tab.page.locator(".cs-waiting", has_text="seed").wait_for()
    tab.button("Reset").click()
    tab.page.locator(".cs-waiting").wait_for(state="detached")
    tab.make_step()


def test_tabs_have_models_of_their_own_and_stop_when_closed(tab: Tab, server: Server, browser: Any) -> None:
    tab.make_step()
    other = open_tab(browser, server)
    assert other.step == 0
    other.button("▶").click()
    other.reach(2)
    assert tab.step == 1
    other.page.close(run_before_unload=True)
    other.context.close()
    tab.make_step()
    assert tab.step == 2


def test_policies_switch_at_the_next_step(tab: Tab) -> None:
    tab.button("Policies, switched during the run").click()
    tab.page.locator("[data-policy='price-cap'] .v-input--selection-controls__ripple").click()
    tab.page.locator("[data-policy='price-cap'] .cs-queued").wait_for()
    tab.make_step()
    tab.page.locator("[data-policy='price-cap'] .cs-queued").wait_for(state="detached")
    line = tab.page.locator("[data-policy='training-threshold']")
    line.locator("input[type=text]").fill("26")
    line.locator("input[type=text]").press("Enter")
    line.locator(".cs-queued").wait_for()
    assert line.locator("input[type=text]").input_value() == "26"


def test_csv_is_the_table_and_the_printed_command_makes_the_same_run(tab: Tab, small: Path) -> None:
    tab.make_step()
    tab.make_step()
    tab.open("Events and data")
    tables = {}
    for name in ("metrics", "labs", "purchases"):
        with tab.page.expect_download() as waited:
            tab.page.get_by_role("button", name=name, exact=True).click()
        tables[name] = pd.read_csv(waited.value.path())
    words = shlex.split(tab.page.locator("[data-code='command']").inner_text())
    assert words[:3] == ["computeshift", "run", "small.toml"]
    subprocess.run(
        [sys.executable, "-m", "experiments", *words[1:]],
        cwd=small.parent,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
        capture_output=True,
    )
    run = Results.load(small.parent / words[-1])
    for name, table in tables.items():
        pd.testing.assert_frame_equal(
            table, pd.read_csv(io.StringIO(run.tables[name].to_csv(index=False))), obj=name
        )


def test_the_inspector_shows_a_decision_that_was_made_and_nothing_is_cut(tab: Tab, small: Path) -> None:
    for _ in range(2):
        tab.make_step()
    tab.open("Agents")
    tab.page.locator("[data-row]").first.click()
    inspector = tab.page.locator("[data-inspector]:not([data-inspector='none'])")
    inspector.wait_for()
    text = inspector.inner_text()
    number = int(inspector.get_attribute("data-inspector").split()[-1].split(":")[-1])
    run = simulate(Scenario.load(small).override({"horizon.steps": 2}), seed=7)
    mine = run.decisions[run.decisions["lab"] == number]
    taken = set(mine[mine["chosen"]]["option"])
    assert taken and any(option in text for option in taken), text
    for page in ("Agents", "Overview"):
        tab.open(page)
        for width in (900, 1440, 2500):
            tab.page.set_viewport_size({"width": width, "height": 1000})
            tab.page.wait_for_timeout(200)
            assert tab.page.evaluate("document.documentElement.scrollWidth") <= width, (page, width)


def test_replay_scrubs_stored_results_without_simulating(small: Path, browser: Any, tmp_path: Path) -> None:
    out = Store(tmp_path / "stored")
    base = Scenario.load(small).override({"horizon.steps": 3, "users.count": 150})
    out.begin([base], [1, 2], force=False, command="computeshift compare")
    for task in out.tasks():
        simulate(task.scenario, seed=task.seed).save(out.run_folder(task))
    with serving(tmp_path, [str(out.folder)]) as running:
        tab = open_tab(browser, running)
        assert tab.step == 3
        tab.page.get_by_text("stored: Small, seed 1").wait_for()
        tab.button("Reset").click()
        tab.at(0)
        tab.make_step()
        tab.open("Replay")
        tab.page.get_by_text("all 2 seeds of stored").wait_for()
        assert tab.drawn("Best capability on sale") >= 2
        tab.button("▶").click()
        tab.at(3)
        assert tab.outside == [] and tab.faults == []
        tab.context.close()
        assert "Traceback" not in running.said and "OUTSIDE" not in running.said


def test_only_this_machine_and_its_own_pages_are_let_in(server: Server) -> None:
    for headers in ({"Host": "evil.example"}, {"Origin": "http://evil.example"}):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(urllib.request.Request(server.url, headers=headers), timeout=10)
        assert refused.value.code == 403
        refused.value.close()


@pytest.mark.usefixtures("browser")
def test_without_any_network_the_page_still_shows(small: Path, tmp_path: Path) -> None:
    try:
        allowed = subprocess.run(["unshare", "-rn", "true"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        allowed = False
    if not allowed:
        pytest.skip("this machine lets nobody make a network namespace (unshare -rn)")
    script = [sys.executable, str(Path(__file__).with_name("no_network.py")), str(small), str(tmp_path)]
    done = subprocess.run(
        ["unshare", "-rn", *script], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["network:", "none", "step:", "1"]


BAD = {
    "nowhere: no such regime": ["nowhere"],
    "--port x: must be a whole number": ["--port", "x"],
    "--port 0: must be a whole number": ["--port", "0"],
    "holds no result": ["{folder}"],
    "absent.toml: cannot be read": ["absent.toml"],
    "is in use": ["--port", "{taken}"],
}
TRY_ALL = """
import contextlib, io, json, sys
from viz.__main__ import main
for words in json.loads(sys.argv[1]):
    with contextlib.redirect_stderr(io.StringIO()) as said:
        status = main(words)
    print(json.dumps([status, said.getvalue()]))
"""


def test_what_cannot_be_shown_is_one_line(tmp_path: Path) -> None:
    def run(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *command], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
        )

    port = free_port()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        tries = [[word.format(folder=tmp_path, taken=port) for word in words] for words in BAD.values()]
        tries = [[*words, "--no-browser"] for words in tries]
        done = run("-c", TRY_ALL, json.dumps(tries))  # one process: each would load all libraries anew
        whole = run("-m", "experiments", "view", *tries[-1])
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(found) == len(BAD), done.stderr
    for told, (status, said) in zip(BAD, found, strict=True):
        assert status == 2 and told in said and len(said.strip().splitlines()) == 1, (told, said)
    assert whole.returncode == 2 and whole.stderr == found[-1][1]
