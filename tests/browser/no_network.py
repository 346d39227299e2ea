"""Inside a network namespace with nothing but loopback: serve the window, look at it, make a step.

unshare -rn python -m tests.browser.no_network SCENARIO FOLDER
"""

from __future__ import annotations

import fcntl
import socket
import struct
import sys
from pathlib import Path

from serving import FLAGS, chromium, open_tab, serving

SIOCSIFFLAGS, IFF_UP = 0x8914, 0x1


def loopback_up() -> None:
    """A new namespace begins with loopback down."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh", b"lo", IFF_UP))


def main() -> None:
    """Print what was seen."""
    from playwright.sync_api import sync_playwright

    loopback_up()
    names = [name for _, name in socket.if_nameindex() if name != "lo"]
    lines = Path("/proc/net/route").read_text(encoding="utf-8").splitlines()[1:]
    print("network:", "none" if not lines else f"{names} {lines}")
    with serving(Path(sys.argv[2]), [sys.argv[1]]) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        tab = open_tab(browser, server)
        tab.page.locator(".live-chart canvas").first.wait_for()
        tab.make_step()
        print("step:", tab.step)
        assert tab.outside == [] and tab.faults == [] and "OUTSIDE" not in server.said
        browser.close()


if __name__ == "__main__":
    main()
