"""Runs on disk: one folder each, written aside and renamed; tracebacks of failures; one writer at a time.

What a comparison, a trial of claims and a study have in common; manifests and indices are their own.
"""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from model.errors import ScenarioError

LOCK = ".lock"
DAMAGED = ".damaged-"


class StorageError(RuntimeError):
    """The disk does not take what has to be written; the message is one line for whoever owns it."""


@dataclass(frozen=True)
class Payload:
    """What comes of a run: packed tables and the manifest, or the traceback of a failure."""

    tables: Mapping[str, bytes]
    manifest: Mapping[str, Any]
    failure: str = ""


class Job(Protocol):
    """One run to be made."""

    @property
    def key(self) -> str:
        """The name of its folder."""

    @property
    def seed(self) -> int:
        """Seed of its luck."""

    def arguments(self) -> tuple[Any, ...]:
        """What `work` is called with: plain values, so that they can travel."""


class Runs:
    """The folder that holds them."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)

    def run_folder(self, task: Job) -> Path:
        """Where a run is or will be."""
        return self.folder / "runs" / task.key

    def failure_note(self, task: Job) -> Path:
        """Where the traceback of a failed run is or will be."""
        return self.folder / "failures" / f"{task.key}.txt"

    def keep(self, task: Job, payload: Payload) -> bool:
        """Write what came back; False when it was a failure. StorageError if the disk does not take it."""
        from model.results import write_result

        with told(self.folder):
            if payload.failure:
                self.note_failure(task, payload.failure)
                return False
            write_result(self.run_folder(task), payload.tables, payload.manifest)
            self.forget_failure(task)
        return True

    def note_failure(self, task: Job, text: str) -> Path:
        """Keep the traceback of a failed run."""
        path = self.failure_note(task)
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def forget_failure(self, task: Job) -> None:
        """A run that succeeds now failed no longer."""
        self.failure_note(task).unlink(missing_ok=True)

    def set_aside(self, folder: Path) -> str:
        """Rename a damaged run, so that it can be looked at; its new name."""
        aside = folder.with_name(f"{DAMAGED}{folder.name}-{uuid.uuid4().hex[:6]}")
        os.rename(folder, aside)
        return aside.name

    def clear(self, names: Iterable[str]) -> None:
        """Remove our own files that an earlier job left; what is not ours stays."""
        for name in names:
            path = self.folder / name
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)

    def sweep_torn(self) -> None:
        """Remove what a killed process had not finished writing."""
        for torn in (self.folder / "runs").glob(".*"):
            if not torn.name.startswith(DAMAGED):
                shutil.rmtree(torn, ignore_errors=True)

    def lock(self) -> Any:
        """An open file that keeps a second process out while it is open."""
        import fcntl

        with told(self.folder):
            handle = (self.folder / LOCK).open("w")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            handle.close()
            raise ScenarioError(
                f"--out {self.folder}: another process writes there now; wait, or name another"
            ) from None
        return handle


@contextmanager
def told(folder: Path) -> Iterator[None]:
    """A fault of the disk as one line; what is there is whole."""
    try:
        yield
    except OSError as error:
        why = (error.strerror or type(error).__name__).lower()
        raise StorageError(
            f"{folder}: cannot be written to ({why}); what is finished is kept: mend that, and the"
            " same command goes on"
        ) from None


def write_json(path: Path, record: Any) -> None:
    """Write aside and rename: what exists is complete."""
    aside = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
    try:
        aside.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
        os.replace(aside, path)
    finally:
        aside.unlink(missing_ok=True)
