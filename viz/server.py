"""Serving the window on this machine alone: settings that keep everything local, and a guard at the door.

Neither the page nor the server asks anything of another machine: front end and chart library come from the
installed assets package, and the address from which missing ones would be fetched is a dead one.
"""

from __future__ import annotations

import errno
import importlib
import os
import socket
import sys
import threading
import time
import warnings
import webbrowser
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from model.errors import ScenarioError

HOST = "127.0.0.1"
ASSETS = (
    "@widgetti/solara-vuetify-app@10.1.1/dist/solara-vuetify-app8.min.js",
    "echarts@5.4.0/dist/echarts.min.js",
)
REPAIR = "pip install 'solara[assets]==1.58.2' 'ipyvue<2' 'ipyvuetify<2' 'starlette<1.0'"
SETTINGS = {
    "SOLARA_APP": "viz.app",
    "SOLARA_MODE": "production",
    "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "False",
    "SOLARA_THEME_SHOW_BANNER": "False",
    "SOLARA_THEME_TITLE": "computeshift",
    "SOLARA_KERNEL_CULL_TIMEOUT": "5m",
    "SOLARA_ASSETS_CDN": "http://127.0.0.1:9",  # nothing listens there: what is not installed is not fetched
    "SOLARA_ASSETS_FONTAWESOME_ENABLED": "False",
    "REACTON_FAST": "1",  # what has not changed is not gone through at each picture
}


def check_port(port: int) -> None:
    """ScenarioError if the port cannot be had."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            why = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror})"
            raise ScenarioError(
                f"--port {port}: {why}; name another, e.g. --port {port % 60000 + 1}"
            ) from None


def settle(port: int) -> None:
    """Settings, which Solara reads when it is first imported."""
    os.environ.update(SETTINGS)
    os.environ.update({"SERVER_NAME": HOST, "SERVER_PORT": str(port)})
    warnings.filterwarnings("ignore", "Cookies with samesite=none", UserWarning)  # plain http on loopback


def check_assets() -> None:
    """ScenarioError with the line that repairs it if the front end is not there in the right versions."""
    try:
        import ipyvue
        import solara
    except ImportError as error:
        raise ScenarioError(f"the browser window needs {error.name}: {REPAIR}") from None
    if ipyvue.__version__.partition(".")[0] != "1" or solara.__version__ != "1.58.2":
        raise ScenarioError(
            f"the browser window does not work with solara {solara.__version__} and ipyvue"
            f" {ipyvue.__version__}: {REPAIR}"
        )
    folder = Path(os.environ.get("SOLARA_ASSETS_PROXY_CACHE_DIR") or Path(sys.prefix) / "share/solara/cdn")
    missing = [name for name in ASSETS if not (folder / name).exists()]
    if missing:
        raise ScenarioError(
            f"the browser window lacks {missing[0].partition('@')[0] or missing[0]}: {REPAIR}"
        )


def let_tabs_go() -> None:
    """What Solara registers for a tab, it forgets when the tab is closed.

    Solara 1.58 keeps every task of every tab, and the model behind it, in a list of the process for ever;
    later versions do as is done here (widgetti/solara, pull request 1180).
    """
    from solara import lifecycle
    from solara.server.kernel_context import get_current_context, has_current_context

    register = lifecycle.on_kernel_start

    def registered(start: Callable[[], Any]) -> Callable[[], None]:
        forget = register(start)
        if has_current_context():

            def closed() -> None:
                with suppress(ValueError):  # forgotten before
                    forget()

            get_current_context().on_close(closed)
        return forget

    lifecycle.on_kernel_start = registered


class Guard:
    """Lets in only requests that are addressed to this machine and come from a page that it has served.

    Nothing is packed for the way: it is no longer than memory, and packing takes as long as drawing a page.
    """

    def __init__(self, inner: Any, port: int) -> None:
        self.inner = inner
        self.names = {f"{host}:{port}" for host in (HOST, "localhost")}

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """The ASGI interface."""
        if scope["type"] in ("http", "websocket"):
            headers = {
                key.decode("latin-1").lower(): value.decode("latin-1") for key, value in scope["headers"]
            }
            origin = urlsplit(headers.get("origin", "")).netloc
            if headers.get("host", "") not in self.names or (origin and origin not in self.names):
                if scope["type"] == "websocket":
                    await send({"type": "websocket.close", "code": 1008})
                else:
                    await send({"type": "http.response.start", "status": 403, "headers": []})
                    await send(
                        {"type": "http.response.body", "body": b"this window is for this machine only\n"}
                    )
                return
            plain = [(key, value) for key, value in scope["headers"] if key.lower() != b"accept-encoding"]
            scope = scope | {"headers": plain}
        await self.inner(scope, receive, send)


def serve(port: int, *, browser: bool) -> None:
    """Serve until interrupted."""
    import uvicorn
    from solara.server.starlette import app

    let_tabs_go()
    importlib.import_module("viz.app")  # now, so that the first page need not wait for it

    config = uvicorn.Config(
        Guard(app, port),
        host=HOST,
        port=port,
        log_level="error",
        access_log=False,
        server_header=False,
        ws_per_message_deflate=False,
    )
    server = uvicorn.Server(config)
    url = f"http://{HOST}:{port}"

    def announce() -> None:
        while not server.started and not server.should_exit:
            time.sleep(0.05)
        if server.started:
            print(f"computeshift: the window is at {url} (Ctrl-C ends it)", file=sys.stderr, flush=True)
            if browser:
                webbrowser.open(url)

    threading.Thread(target=announce, daemon=True).start()
    server.run()
