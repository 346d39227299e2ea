"""One server and one browser for all tests of the window that need them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.serving import FLAGS, SMALL, Server, Tab, chromium, open_tab, serving


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scenario file of a small industry."""
    path = tmp_path_factory.mktemp("window") / "small.toml"
    path.write_text(SMALL, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def server(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("server"), [str(small)]) as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    found = chromium()
    if found is None:
        pytest.skip("no chromium on this machine: apt-get install chromium, or set CHROME_BIN")
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        yield running
        running.close()


@pytest.fixture
def tab(server: Server, browser: Any) -> Iterator[Tab]:
    """A tab of its own; at the end nothing may have left the machine and nothing may have failed."""
    opened = open_tab(browser, server)
    yield opened
    opened.context.close()
    assert opened.outside == []
    assert opened.faults == []
    assert "OUTSIDE" not in server.said
    assert "Traceback" not in server.said
