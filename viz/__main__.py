"""`python -m viz [SCENARIO|RESULTS] [--port N] [--no-browser]`: what `computeshift view` starts."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from experiments.inputs import load_scenario, whole
from experiments.progress import say
from experiments.threads import pin
from model.errors import ScenarioError
from model.scenario import Scenario

PORT = 8765


def main(arguments: Sequence[str] | None = None) -> int:
    """Judge the input, then serve; 2 and one line if something is wrong."""
    parser = argparse.ArgumentParser(prog="computeshift view", description="The model watched in a browser.")
    parser.add_argument("source", nargs="?", help="a regime, a scenario file, or a folder of results")
    parser.add_argument("--port", default=str(PORT), metavar="N")
    parser.add_argument("--no-browser", action="store_true")
    given = parser.parse_args(arguments)
    pin()
    try:
        port = whole("--port", given.port, 1, 65535)
        scenario = None if _is_folder(given.source) else _scenario(given.source or "pretraining")
        from viz.server import check_assets, check_port, serve, settle

        settle(port)
        check_assets()
        check_port(port)
        _open(given.source, scenario)
    except ScenarioError as error:
        say(f"computeshift: {' '.join(str(error).split())}")
        return 2
    with suppress(KeyboardInterrupt):
        serve(port, browser=not given.no_browser)
    return 0


def _is_folder(source: str | None) -> bool:
    """A name that is no shipped regime and no TOML file is taken for results if it is there as a folder."""
    return source is not None and not source.endswith(".toml") and Path(source).is_dir()


def _scenario(source: str) -> Scenario:
    try:
        return load_scenario(source, {}, None)
    except ScenarioError as error:
        also = ", or a folder that compare or run has written" if "no such regime" in str(error) else ""
        raise ScenarioError(f"{error}{also}") from None


def _open(source: str | None, scenario: object) -> None:
    from viz.opened import OPENED
    from viz.setup import Setup
    from viz.stored import Stored

    if isinstance(scenario, Scenario):
        OPENED.setup = Setup(scenario)
    elif source is not None:
        OPENED.stored = stored = Stored.open(Path(source))
        first = stored.film(*stored.first)
        OPENED.setup = Setup(first.scenario.named(stored.first[0]), first.seed)


if __name__ == "__main__":
    sys.exit(main())
