"""Which code made a run: a hash of all files that can change a number of it, and the commit if known."""

from __future__ import annotations

import hashlib
import subprocess
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@lru_cache(maxsize=1)
def code() -> str:
    """Hash of the model's and agents' files: the same wherever the same version is installed."""
    digest = hashlib.sha256()
    for folder in ("model", "agents"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".py", ".toml", ".csv"):
                digest.update(path.relative_to(ROOT).as_posix().encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


@lru_cache(maxsize=1)
def commit() -> str:
    """The commit of the checkout that the package stands in ("+" = with changes); empty without one."""
    if not (ROOT / ".git").exists():  # installed, perhaps inside somebody else's checkout
        return ""
    words = ["git", "-C", str(ROOT), "describe", "--always", "--abbrev=12", "--exclude=*", "--dirty=+"]
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
