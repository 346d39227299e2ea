"""Judging what was typed, before anything heavy is imported: scenarios, --set values, folders.

Every fault is a ScenarioError of one line that names the culprit and what is allowed.
"""

from __future__ import annotations

import os
import re
import socket
import tempfile
import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from model.errors import ScenarioError
from model.scenario import Scenario, regime_names

REFERENCE = "pretraining"
COMPARED = (
    REFERENCE,
    "inference-at-deployment",
    "inference-in-training",
    "inference-in-training-explosive",
    "mixed",
    "placebo",
)
"""What `compare` runs when nobody names a regime. The two controls are for whoever asks for them."""


def parse_changes(texts: Iterable[str]) -> dict[str, Any]:
    """`key=value` pairs; a value is read as TOML, and as plain text where that fails."""
    changes: dict[str, Any] = {}
    for text in texts:
        key, sign, value = text.partition("=")
        key = key.strip()
        if not sign or not key:
            raise ScenarioError(f"--set {text}: must be key=value, e.g. --set users.count=10000")
        if key in changes:
            raise ScenarioError(f"--set {key}: given twice; say it once")
        changes[key] = _toml(value.strip())
    return changes


def _toml(text: str) -> Any:
    try:
        table = tomllib.loads(f"value = {text}")
    except tomllib.TOMLDecodeError:
        return text
    return table["value"] if set(table) == {"value"} else text


def whole(option: str, text: str, least: int, most: int) -> int:
    """A whole number within bounds."""
    found = int(text) if re.fullmatch(r"[+-]?\d{1,20}", text.strip()) else None
    if found is None or not least <= found <= most:
        raise ScenarioError(f"{option} {text}: must be a whole number from {least} to {most}")
    return found


def load_scenario(source: str, changes: dict[str, Any], steps: int | None) -> Scenario:
    """One scenario with the overrides of the command line."""
    scenario = Scenario.load(source)
    if steps is not None:
        if "horizon.steps" in changes:
            raise ScenarioError("--steps: also given as --set horizon.steps; say it once")
        changes = {**changes, "horizon.steps": steps}
    return scenario.override(changes, where="--set") if changes else scenario


def load_regimes(sources: Sequence[str], changes: dict[str, Any], steps: int | None) -> list[Scenario]:
    """The scenarios to compare, the reference first; without sources all shipped regimes."""
    chosen = list(sources) or default_regimes()
    scenarios = [load_scenario(source, changes, steps) for source in chosen]
    names = Counter(scenario.name for scenario in scenarios)
    double = [name for name, count in names.items() if count > 1]
    if double:
        raise ScenarioError(f"{double[0]}: named {names[double[0]]} times; name each regime once")
    for name in names:
        if not re.fullmatch(r"[\w.+-]+", name):
            raise ScenarioError(f"{name}: the file's name must be of letters, digits, . _ + and -")
    return scenarios


def default_regimes() -> list[str]:
    """The regimes that are compared unless others are named, the one of today's industry first."""
    return list(COMPARED)


def shipped_regimes() -> list[str]:
    """All shipped regimes: those of `default_regimes`, then the rest by name."""
    return [*COMPARED, *(name for name in regime_names() if name not in COMPARED)]


def check_folder(folder: Path) -> None:
    """The folder can be made or written to, by trial; nothing is left behind."""
    if os.path.exists(folder) and not folder.is_dir():
        raise ScenarioError(f"--out {folder}: is a file; must be a folder")
    parent, missing = folder, []
    while not os.path.exists(parent):
        missing.append(parent)
        parent = parent.parent
    if not parent.is_dir():
        raise ScenarioError(f"--out {folder}: {parent} is a file; must be a folder")
    made: list[Path] = []
    try:
        for path in reversed(missing):
            path.mkdir()
            made.append(path)
        Path(tempfile.mkdtemp(prefix=".trial-", dir=folder)).rmdir()
    except OSError as error:
        why = (error.strerror or "no reason given").lower()
        raise ScenarioError(f"--out {folder}: cannot be written to ({why}); name another folder") from None
    finally:
        for path in reversed(made):
            with suppress(OSError):
                path.rmdir()


def check_address(address: str) -> None:
    """The address of a Dask scheduler looks like tcp://host:port, and something answers there."""
    found = re.fullmatch(r"(?:tcp|tls)://\[?([^\s\]]+?)\]?:(\d{1,5})", address)
    if found is None or int(found[2]) > 65535:
        raise ScenarioError(f"--scheduler {address}: must be an address like tcp://127.0.0.1:8786")
    try:
        socket.create_connection((found[1], int(found[2])), timeout=5).close()
    except OSError:
        raise ScenarioError(
            f"--scheduler {address}: no Dask scheduler answers there; start one, or use --workers"
        ) from None
