"""The verdicts of the last stored trial of the claims, as `experiments.claims.page` writes them."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

PLACES = (Path("docs/claims-trial.json"), Path("results/claims/claims.json"))
ROOT = Path(__file__).resolve().parents[1]


def find(places: tuple[Path, ...] = PLACES, roots: tuple[Path, ...] = (Path(), ROOT)) -> Path | None:
    """The first file of a trial that exists, here or beside the source; None if none was stored."""
    return next((root / place for place in places for root in roots if (root / place).is_file()), None)


def read(path: Path | None) -> dict[str, Any]:
    """The record of a trial; empty if there is none or it is not one."""
    if path is None:
        return {}
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _read(path: Path, stamp: int) -> dict[str, Any]:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    right = isinstance(record, dict) and isinstance(record.get("claims"), list)
    return record if right and all(isinstance(c, dict) and "id" in c for c in record["claims"]) else {}


def verdicts(record: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Claims of a record by id."""
    return {str(claim["id"]): claim for claim in record.get("claims", [])}
