"""`make bench-view`: how quickly the window answers, against its targets. Prints a table; fails nothing.

python tests/bench/view.py [--quick]
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "browser"))

import psutil
from playwright.sync_api import sync_playwright
from serving import FLAGS, Tab, chromium, open_tab, serving

SCENARIO = "[users]\ncount = {users}\n[labs]\nresearch_sample = {research}\nscreening_sample = {screening}\n"
# The same labs for ever: what grows is then the window's doing, not the industry's.
LONG = "[horizon]\nsteps = 600\n" + SCENARIO + "[labs.adapt]\nentry = false\n"
CLICK = """
() => new Promise(done => {
  const chart = document.querySelector('.live-chart'), before = chart.dataset.points;
  const button = [...document.querySelectorAll('button')].find(b => b.textContent.trim() === 'Step');
  const begun = performance.now();
  const watcher = new MutationObserver(() => {
    if (chart.dataset.points !== before) {
      watcher.disconnect();
      requestAnimationFrame(() => setTimeout(() => done(performance.now() - begun)));
    }
  });
  watcher.observe(chart, {attributes: true});
  button.click();
})
"""


def beyond_step_ms(tab: Tab, times: int) -> tuple[float, float]:
    """Medians: from a click on Step to the painted chart, less the model's own step; and that step."""
    over, own = [], []
    for _ in range(times):
        taken = tab.page.evaluate(CLICK)
        tab.page.wait_for_timeout(150)
        step = float(tab.page.locator(".cs-clock").get_attribute("data-step-ms"))
        over.append(taken - step)
        own.append(step)
    return statistics.median(over), statistics.median(own)


def steps_a_second(tab: Tab, seconds: float, last: int) -> tuple[float, float]:
    """While it plays, at most to the `last` step; and what the model's own steps alone would allow."""
    tab.button("▶").click()
    tab.page.wait_for_timeout(500)
    first, begun, own = tab.step, time.monotonic(), []
    while time.monotonic() - begun < seconds and tab.step < last:
        tab.page.wait_for_timeout(100)
        own.append(float(tab.page.locator(".cs-clock").get_attribute("data-step-ms")))
    made = tab.step - first
    spent = time.monotonic() - begun
    return made / spent, 1000 / max(1.0, statistics.mean(own))


def resident_mb(pid: int) -> float:
    """Memory of the server, MB."""
    return psutil.Process(pid).memory_info().rss / 1e6


def scenario(folder: Path, name: str, text: str, **values: int) -> str:
    """A scenario file."""
    path = folder / f"{name}.toml"
    path.write_text(text.format(**values), encoding="utf-8")
    return str(path)


def row(what: str, target: str, measured: str, met: bool | None) -> None:
    """A line of the table."""
    verdict = "-" if met is None else "met" if met else "missed"
    print(f"{what:<62} {target:<16} {measured:<44} {verdict}", flush=True)


def answers(folder: Path, browser: Any) -> None:
    """First page, click to picture and play, by number of users."""
    for users, target in ((5_000, 60), (50_000, 150), (1_000_000, None)):
        text = scenario(folder, f"users{users}", SCENARIO, users=users, research=2000, screening=500)
        with serving(folder, [text]) as server:
            begun = time.monotonic()
            tab = open_tab(browser, server)
            tab.page.locator(".live-chart canvas").first.wait_for(timeout=120_000)
            first = time.monotonic() - begun
            if users == 5_000:
                row("first page after the server is up", "<= 4 s", f"{first:.1f} s", first <= 4)
            over, own = beyond_step_ms(tab, 9 if users < 1e6 else 3)
            row(
                f"click to picture beyond the step, {users:,} users",
                f"<= {target} ms" if target else "answers",
                f"{over:.0f} ms (the step itself: {own:.0f} ms)",
                over <= target if target else True,
            )
            if users == 5_000:
                rate, model = steps_a_second(tab, 5, last=38)
                row(
                    "play, 5,000 users",
                    ">= 5 steps/s",
                    f"{rate:.1f} steps/s (steps alone: {model:.1f})",
                    rate >= 5,
                )
            tab.context.close()


def memory(folder: Path, browser: Any, steps: int) -> None:
    """The server's memory over many steps and over tabs opened and closed."""
    text = scenario(folder, "long", LONG, users=300, research=60, screening=40)
    with serving(folder, [text]) as server:
        tab = open_tab(browser, server)
        tab.button("▶").click()
        tab.page.wait_for_function(
            "() => Number(document.querySelector('.cs-clock').innerText.split('step')[1]) >= 60",
            timeout=600_000,
        )
        before, at = resident_mb(server.process.pid), tab.step
        begun = time.monotonic()
        while tab.step < at + steps and time.monotonic() - begun < 600:
            tab.page.wait_for_timeout(500)
        after, made = resident_mb(server.process.pid), tab.step - at
        row(
            f"memory over {made} steps",
            "flat",
            f"{before:.0f} to {after:.0f} MB ({1e3 * (after - before) / max(1, made):.0f} kB a step)",
            after - before < 0.25 * before,
        )
        tab.button("❚❚").or_(tab.button("▶")).first.click()
        first = resident_mb(server.process.pid)
        for _ in range(10):
            other = open_tab(browser, server)
            other.make_step()
            other.page.close(run_before_unload=True)
            other.context.close()
        time.sleep(3)
        last = resident_mb(server.process.pid)
        row(
            "memory over 10 tabs opened and closed",
            "flat",
            f"{first:.0f} to {last:.0f} MB",
            last < 1.15 * first,
        )


def main() -> None:
    """Measure everything."""
    found = chromium()
    if found is None:
        raise SystemExit("make bench-view needs chromium: apt-get install chromium, or set CHROME_BIN")
    print(f"load average at the start: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(f"{'what':<62} {'target':<16} {'measured':<44} verdict")
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        answers(Path(name), browser)
        memory(Path(name), browser, 40 if "--quick" in sys.argv else 500)
        browser.close()


if __name__ == "__main__":
    main()
