"""A server of the window and a browser to look at it, for tests and for `make bench-view`.

Everything that the server's own process asks of another machine is noted through an audit hook, and so is
what the page asks: both lists must stay empty.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
AWAY = re.compile(r"^(?!data:|blob:|about:|(https?|wss?)://(127\.0\.0\.1|localhost|\[::1\])([:/]|$))")
"""Addresses of all but this machine and of what a page makes itself."""

# Small and quick: what is shown is the same.
SMALL = """
[horizon]
steps = 12
[users]
count = 300
[labs]
research_sample = 100
screening_sample = 60
"""

LISTENING = """
import sys
def hook(event, arguments):
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event == "socket.connect" and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return
    if str(host) not in ("127.0.0.1", "localhost", "::1", "None", ""):
        print("OUTSIDE", event, host, file=sys.stderr, flush=True)
sys.addaudithook(hook)
from viz.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


def chromium() -> str | None:
    """The browser of this machine, if it has one."""
    return os.environ.get("CHROME_BIN") or next((p for n in BROWSERS if (p := shutil.which(n))), None)


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """A running server."""

    url: str
    log: Path
    process: subprocess.Popen[bytes]

    @property
    def said(self) -> str:
        """Everything on its standard error."""
        return self.log.read_text(encoding="utf-8")


@contextlib.contextmanager
def serving(folder: Path, arguments: Sequence[str] = ()) -> Iterator[Server]:
    """The window, served from its own process with these arguments."""
    port, log = free_port(), folder / f"server-{time.monotonic_ns()}.log"
    command = [sys.executable, "-c", LISTENING, *arguments, "--port", str(port), "--no-browser"]
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=out, start_new_session=True)
        server = Server(f"http://127.0.0.1:{port}", log, process)
        try:
            for _ in range(900):
                assert process.poll() is None, server.said
                with (
                    contextlib.suppress(OSError),
                    urllib.request.urlopen(f"{server.url}/readyz", timeout=2) as answer,
                ):
                    if answer.status == 200:
                        break
                time.sleep(0.1)
            else:
                raise AssertionError(f"the server did not answer: {server.said}")
            yield server
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@dataclass
class Tab:
    """A browser tab on the window, with whatever went wrong in it."""

    page: Any
    context: Any
    outside: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def step(self) -> int:
        """The step that the clock shows."""
        return int(self.page.locator(".cs-clock").inner_text().rpartition("step")[2])

    def button(self, name: str) -> Any:
        """A button by its words."""
        return self.page.get_by_role("button", name=name, exact=True).first

    def at(self, step: int, seconds: float = 30) -> None:
        """Wait until the clock shows a step."""
        self._wait("===", step, seconds)

    def reach(self, step: int, seconds: float = 30) -> None:
        """Wait until the clock shows a step or a later one: what plays may pass it between two looks."""
        self._wait(">=", step, seconds)

    def _wait(self, relation: str, step: int, seconds: float) -> None:
        self.page.wait_for_function(
            "step => Number(document.querySelector('.cs-clock')?.innerText.split('step ')[1])"
            f" {relation} step",
            arg=step,
            timeout=seconds * 1000,
        )

    def make_step(self) -> None:
        """Press Step and wait for it."""
        before = self.step
        self.button("Step").click()
        self.at(before + 1)

    def open(self, title: str) -> None:
        """Open a page by the words of its tab."""
        self.page.get_by_role("tab", name=title, exact=True).click()

    def drawn(self, name: str) -> int:
        """How many steps a chart shows."""
        return int(self.page.locator(f".live-chart[data-name='{name}']").get_attribute("data-points"))


def open_tab(browser: Any, server: Server, query: str = "", **options: Any) -> Tab:
    """A new tab; requests that leave the machine are stopped and noted."""
    context = browser.new_context(viewport={"width": 1440, "height": 1000}, accept_downloads=True, **options)
    page = context.new_page()
    tab = Tab(page, context)

    def gate(route: Any) -> None:
        tab.outside.append(route.request.url)
        route.abort()

    page.route(AWAY, gate)
    page.on("pageerror", lambda error: tab.faults.append(f"page error: {error}"))
    page.on(
        "console", lambda said: tab.faults.append(f"console: {said.text}") if said.type == "error" else None
    )
    page.goto(f"{server.url}/{query}", timeout=60_000)
    page.locator(".cs-clock").wait_for(timeout=60_000)
    return tab
