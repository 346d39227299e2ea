"""The tables of a run, in memory and on disk.

A result on disk is a folder with one Parquet file per table and `manifest.json`; it is written aside and
renamed, so that what exists is complete. Times of the clock stand in the manifest only.
"""

from __future__ import annotations

import io
import json
import os
import platform
import shutil
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pandas as pd

from model.errors import ScenarioError
from model.scenario import Scenario

AGAIN = "delete its folder and make the run again, with the command that made it"
NAMES = (
    "metrics",
    "labs",
    "tiers",
    "models",
    "decisions",
    "contracts",
    "misuse",
    "elicitation",
    "users",
    "purchases",
    "data_centres",
    "regulators",
    "events",
)


@dataclass(frozen=True, eq=False)
class Results:
    """All tables of one run with the scenario and seed that made them."""

    tables: Mapping[str, pd.DataFrame]
    scenario: Scenario
    seed: int
    extra: Mapping[str, Any] = field(default_factory=dict)

    def __getattr__(self, name: str) -> pd.DataFrame:
        tables = object.__getattribute__(self, "__dict__").get("tables", {})
        if name in tables:
            found: pd.DataFrame = tables[name]
            return found
        raise AttributeError(f"no table {name!r}; there are {', '.join(tables)}")

    def save(self, folder: str | Path, **manifest: Any) -> Path:
        """Write the tables and the manifest; an existing result is replaced only by a whole one.

        ScenarioError if the folder holds anything but a result: nothing else is ever removed.
        """
        packed = {name: pack(table) for name, table in self.tables.items()}
        return write_result(folder, packed, {**describe(self), **manifest})

    @classmethod
    def load(cls, folder: str | Path, *, on_demand: bool = False) -> Results:
        """Read a stored result; a missing or damaged one is one line of ScenarioError.

        on_demand: read each table when it is first asked for.
        """
        folder = Path(folder)
        record = read_manifest(folder)
        stored = StoredTables(folder)
        scenario = Scenario.from_mapping(
            record["scenario"], where=str(folder / "manifest.json"), name=record["name"]
        )
        tables = stored if on_demand else dict(stored)
        return cls(tables=tables, scenario=scenario, seed=int(record["seed"]))


class StoredTables(Mapping[str, pd.DataFrame]):
    """The tables in a folder, each read once, when it is asked for; a damaged one is a ScenarioError."""

    def __init__(self, folder: Path) -> None:
        self._files = {name: folder / f"{name}.parquet" for name in NAMES}
        self._files = {name: path for name, path in self._files.items() if path.exists()}
        self._read: dict[str, pd.DataFrame] = {}

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in self._read:
            path = self._files[name]
            try:
                self._read[name] = pd.read_parquet(path)
            except Exception:
                raise ScenarioError(f"{path}: damaged; {AGAIN}") from None
        return self._read[name]

    def __contains__(self, name: object) -> bool:
        return name in self._files

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


def pack(table: pd.DataFrame) -> bytes:
    """A table as the content of its Parquet file."""
    buffer = io.BytesIO()
    table.to_parquet(buffer, index=False, compression="zstd")
    return buffer.getvalue()


def describe(results: Results) -> dict[str, Any]:
    """The manifest of a run: what made it, with which versions, and when it was written."""
    return {
        "name": results.scenario.name,
        "fingerprint": results.scenario.fingerprint(),
        "seed": results.seed,
        "scenario": results.scenario.to_mapping(),
        "versions": versions(),
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        **results.extra,
    }


def write_result(folder: str | Path, packed: Mapping[str, bytes], manifest: Mapping[str, Any]) -> Path:
    """Write packed tables and a manifest aside, then rename: only a whole result replaces an earlier one.

    ScenarioError if the folder holds anything but a result: nothing else is ever removed.
    """
    folder = Path(folder)
    _check_ours(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = folder.parent / f".{folder.name}.{uuid.uuid4().hex[:8]}"
    aside.mkdir()
    try:
        for name, content in packed.items():
            (aside / f"{name}.parquet").write_bytes(content)
        (aside / "manifest.json").write_text(json.dumps(manifest, indent=1), encoding="utf-8")
        if folder.exists():
            old = folder.parent / f".{folder.name}.old.{uuid.uuid4().hex[:8]}"
            os.rename(folder, old)
            os.rename(aside, folder)
            shutil.rmtree(old)
        else:
            os.rename(aside, folder)
    finally:
        if aside.exists():
            shutil.rmtree(aside, ignore_errors=True)
    return folder


def _check_ours(folder: Path) -> None:
    """Refuse to replace what is not an empty folder or a stored result."""
    if not folder.exists() and not folder.is_symlink():
        return
    if not folder.is_dir() or folder.is_symlink():
        raise ScenarioError(f"{folder}: is not a folder; name a new or empty one")
    known = {f"{name}.parquet" for name in NAMES} | {"manifest.json"}
    found = {path.name for path in folder.iterdir()}
    if found - known or (found and "manifest.json" not in found):
        other = min(found - known or found)
        raise ScenarioError(f"{folder}: holds something else ({other}); name a new or empty folder")


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a stored result."""
    path = folder / "manifest.json"
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except OSError:
        raise ScenarioError(f"{folder}: holds no result (no manifest.json)") from None
    except ValueError:
        raise ScenarioError(f"{path}: damaged; {AGAIN}") from None
    if not isinstance(record, dict) or not {"name", "seed", "scenario", "fingerprint"} <= record.keys():
        raise ScenarioError(f"{path}: is not the manifest of a run")
    return record


@lru_cache(maxsize=1)
def versions() -> Mapping[str, str]:
    """Versions that a result depends on."""
    found = {"python": platform.python_version()}
    for package in ("computeshift", "mesa", "numpy", "scipy", "pandas", "pydantic", "networkx"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found
