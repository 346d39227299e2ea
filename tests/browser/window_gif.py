"""Makes docs/images/window.gif: the window driven in headless chromium, a picture at a time.

python tests/browser/window_gif.py
"""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import sync_playwright
from serving import FLAGS, ROOT, Tab, chromium, open_tab, serving

from experiments.words import COLOURS

WIDTH, HEIGHT, SHOWN = 1360, 860, 820
STEPS = 12
LARGEST = 1_000_000


def picture(tab: Tab) -> Image.Image:
    """What the tab shows now, scaled down."""
    tab.page.wait_for_timeout(400)
    shot = Image.open(io.BytesIO(tab.page.screenshot())).convert("RGB")
    return shot.resize((SHOWN, round(SHOWN * HEIGHT / WIDTH)), Image.Resampling.LANCZOS)


def film(tab: Tab) -> list[tuple[Image.Image, int]]:
    """Pictures with how long each is shown, ms."""
    tab.button("Quick look").click()
    tab.page.locator("[data-key='users.count']").get_by_text("5,000").wait_for()
    tab.page.wait_for_timeout(3000)
    found = [(picture(tab), 900)]
    for _ in range(STEPS):
        tab.make_step()
        found.append((picture(tab), 220))
    tab.page.locator("[data-regime='inference-at-deployment']").click()
    tab.at(0)
    for _ in range(STEPS // 2):
        tab.make_step()
        found.append((picture(tab), 220))
    for title in ("Industry map", "Prices and access", "Compare regimes"):
        if tab.page.get_by_role("tab", name=title, exact=True).count():
            tab.open(title)
            tab.page.locator(".live-chart canvas").first.wait_for()
            tab.page.wait_for_timeout(3000)
            tab.page.locator(".cs-behind").wait_for(state="detached", timeout=120_000)
            tab.page.wait_for_timeout(1500)
            found.append((picture(tab), 1800))
    return found


def sample(frames: list[Image.Image]) -> Image.Image:
    """One picture with the colours of all, and with those of thin lines as broad as anything."""
    width, height = frames[0].size
    made = Image.new("RGB", (width, 3 * height))
    for place, frame in enumerate((frames[len(frames) // 2], frames[-1])):
        made.paste(frame, (0, place * height))
    for place, colour in enumerate(COLOURS):
        made.paste(colour, (place * width // len(COLOURS), 2 * height, width, 3 * height))
    return made


def save(frames: list[tuple[Image.Image, int]], path: Path) -> int:
    """Write the pictures with as many colours as stay below the limit; the size in bytes."""
    size = 0
    for colours in (128, 96, 64, 48):
        shared = sample([one for one, _ in frames]).quantize(colours)
        palette = [one.quantize(palette=shared, dither=Image.Dither.NONE) for one, _ in frames]
        palette[0].save(
            path,
            save_all=True,
            append_images=palette[1:],
            duration=[time for _, time in frames],
            loop=0,
            optimize=True,
        )
        size = path.stat().st_size
        if size < LARGEST:
            break
    return size


def main() -> None:
    """Make the file."""
    found = chromium()
    if found is None:
        raise SystemExit("needs chromium: apt-get install chromium, or set CHROME_BIN")
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        browser: Any = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        with serving(Path(name)) as server:
            tab = open_tab(browser, server)
            tab.page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
            tab.page.locator(".live-chart canvas").first.wait_for()
            size = save(film(tab), ROOT / "docs" / "images" / "window.gif")
        browser.close()
    print(f"docs/images/window.gif: {size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
