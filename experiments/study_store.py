"""Where a study lives on disk.

OUT/study.json        the study, its regimes in full, the code that ran it, the command
OUT/design.parquet    one row a point
OUT/runs/KEY/         one run each: manifest.json and the tables that are kept
OUT/index.jsonl       one line a finished run: sizes of its files, outcomes (made again from runs/ if lost)
OUT/failures/KEY.txt  tracebacks of runs that failed
OUT/results.parquet   one row a finished run: point, regime, policy, seed, factors, outcomes
OUT/failures.parquet  one row a failed run
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from experiments.code import code
from experiments.plan import Plan, Run
from experiments.runs import Job, Payload, Runs, told, write_json
from experiments.study import Outcome, Study, StudyResults
from experiments.study_index import NAME as INDEX
from experiments.study_index import Index, stamp
from model.errors import ScenarioError

MANIFEST, RESULTS, DESIGN = "study.json", "results.parquet", "design.parquet"
FAILURES = "failures.parquet"
PAGE = ("report.html", "analysis.json", "figures")
OURS = (MANIFEST, INDEX, RESULTS, DESIGN, FAILURES, "runs", "failures", *PAGE)
FREE = ("seeds", "outcomes", "description", "run_limit_s", "tables")
"""What may change while a folder goes on being the same study; so may the size of the design."""


class StudyStore(Runs):
    """The folder of one study."""

    def __init__(self, folder: str | Path, outcomes: Sequence[Outcome] = ()) -> None:
        super().__init__(folder)
        self.index = Index(self.folder, outcomes)

    # -- what is studied -----------------------------------------------------------------------

    def check(self, plan: Plan, *, force: bool) -> bool:
        """Whether this very study is there already; something else there needs --force."""
        if not self.folder.exists():
            return False
        found = sorted(path.name for path in self.folder.iterdir() if not path.name.startswith("."))
        if not found or force:
            return False
        if MANIFEST not in found:
            raise ScenarioError(
                f"--out {self.folder}: holds something else ({found[0]}); name an empty or new folder"
            )
        held, mine = self.manifest(), describe(plan)
        differs = [key for key in ("study", "regimes", "code") if _lasting(held, key) != _lasting(mine, key)]
        if differs:
            what = {
                "study": "what it varies or sets",
                "regimes": "its regimes",
                "code": "the model's version",
            }
            raise ScenarioError(
                f"--out {self.folder}: holds another study (differs in {what[differs[0]]}); name another"
                " folder, or say --force to replace it"
            )
        return {**held, "command": ""} == {**mine, "command": ""}

    def begin(self, plan: Plan, *, force: bool, command: str) -> None:
        """Write study and design; with `force`, our own files that were there go, others stay."""
        from experiments.design import readable

        with told(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            if force:
                self.clear(OURS)
            self.sweep_torn()
            write_json(self.folder / MANIFEST, {**describe(plan), "command": command})
            self._parquet(readable(plan.design), DESIGN)

    def manifest(self) -> dict[str, Any]:
        """study.json."""
        path = self.folder / MANIFEST
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
        except OSError:
            raise ScenarioError(f"{self.folder}: holds no study (no {MANIFEST})") from None
        except ValueError:
            raise ScenarioError(f"{path}: damaged; say --force to start anew") from None
        if not isinstance(record, dict) or not {"study", "regimes", "code"} <= record.keys():
            raise ScenarioError(f"{path}: is not the manifest of a study")
        return record

    def lend_design(self, plan: Plan) -> None:
        """Give the plan of this very study its points, if they are stored whole."""
        import pandas as pd

        if plan.study.design.kind == "table":
            return
        with suppress(OSError, ValueError, KeyError):
            points = pd.read_parquet(self.folder / DESIGN)
            if points["point"].tolist() == list(range(plan.points)):
                plan.adopt(points)

    # -- the runs ------------------------------------------------------------------------------

    def missing(self, runs: Iterable[Run], *, touch: bool = True) -> tuple[list[Run], list[str]]:
        """Runs still to be made, each once, and the damaged ones, which are set aside if we may `touch`.

        A run whose files have the sizes and times of the index is not opened.
        """
        held = self.index.read()
        home = self.folder / "runs"
        there = {entry.name for entry in os.scandir(home)} if home.is_dir() else set()
        todo: list[Run] = []
        damaged: list[str] = []
        seen: set[str] = set()
        for run in runs:
            key = run.key
            if key in seen:
                continue
            seen.add(key)
            if key not in there:
                todo.append(run)
            elif key not in held or not self.index.accept(key, held[key], run.plan.study.tables):
                fault = self._inspect(run, touch)
                if fault:
                    todo.append(run)
                if touch and fault and fault != "lacks a table":
                    aside = self.set_aside(self.run_folder(run))
                    damaged.append(f"{key}: {fault}; set aside as {aside} and run again")
        return todo, damaged

    def keep(self, task: Job, payload: Payload) -> bool:
        """Write a run, then its line in the index."""
        assert isinstance(task, Run)
        made_by = payload.manifest.get("code", code())
        if made_by != code():
            payload = Payload({}, {}, "VersionError: the worker has another version of the model")
        payload = replace(payload, manifest={**payload.manifest, "inputs": task.inputs})
        if not super().keep(task, payload):
            return False
        with told(self.folder):
            self.index.note(task.key, payload.manifest)
        return True

    def failed(self) -> set[str]:
        """Keys of runs that failed when they were last tried."""
        folder = self.folder / "failures"
        return {path.stem for path in folder.glob("*.txt")} if folder.is_dir() else set()

    def _inspect(self, run: Run, touch: bool) -> str:
        """What is wrong with a stored run; nothing if it is whole, which the index then says."""
        from model.results import read_manifest

        folder = self.run_folder(run)
        try:
            record = read_manifest(folder)
            for name, digest in record["files"].items():
                if hashlib.sha256((folder / f"{name}.parquet").read_bytes()).hexdigest() != digest:
                    return f"{name}.parquet is damaged"
            if (record["seed"], record["inputs"], record["code"]) != (run.seed, run.inputs, code()):
                return "is another run"
            if not {*run.plan.study.tables} <= record["files"].keys():
                return "lacks a table"
        except FileNotFoundError as error:
            return f"{Path(error.filename).name} is gone"
        except (ScenarioError, OSError, KeyError, TypeError, AttributeError):
            return "manifest.json is damaged"
        if touch:
            self.index.note(run.key, record)
        return ""

    # -- the results ---------------------------------------------------------------------------

    def write_results(self, plan: Plan) -> Path:
        """results.parquet of all runs that are there; the same bytes in whatever order they were made."""
        import pandas as pd

        from experiments.design import readable

        runs = [run for run in plan.each() if run.key in self.index.entries]
        order = {name: at for at, name in enumerate(plan.bases)}
        laws = {law.name: at for at, law in enumerate(plan.study.laws)}
        runs.sort(key=lambda run: (run.point, order[run.regime], laws[run.policy], run.seed))
        names = ("point", "regime", "policy", "seed")
        table = pd.DataFrame({name: [getattr(run, name) for run in runs] for name in names})
        factors = readable(plan.design).set_index("point").loc[table["point"]].reset_index(drop=True)
        values = [self.index.entries[run.key].values for run in runs]
        outcomes = pd.DataFrame(values, columns=[one.column for one in self.index.outcomes], dtype=float)
        with told(self.folder):
            self._parquet(self._failures(plan), FAILURES)
            return self._parquet(pd.concat([table, factors, outcomes], axis=1), RESULTS)

    def fresh(self) -> bool:
        """Whether results.parquet was written after the last run."""
        try:
            return stamp(self.folder / RESULTS)[1] >= stamp(self.index.path)[1]
        except OSError:
            return False

    def results(self) -> StudyResults:
        """What is in the folder, for analysis; runs nothing."""
        import pandas as pd

        record = self.manifest()
        study = Study.from_mapping(record["study"], where=self.folder / MANIFEST)
        try:
            runs = pd.read_parquet(self.folder / RESULTS)
            points = pd.read_parquet(self.folder / DESIGN)
            failures = pd.read_parquet(self.folder / FAILURES)
        except OSError:
            raise ScenarioError(f"{self.folder}: holds no results yet; say computeshift sweep") from None
        return StudyResults(study, points, runs, failures)

    def _failures(self, plan: Plan) -> Any:
        """One row a failed run: point, regime, policy, seed, key, kind of fault, message."""
        import pandas as pd

        known, rows = self.failed(), []
        for run in plan.each() if known else ():
            if run.key in known:
                text = self.failure_note(run).read_text(encoding="utf-8")
                kind, _, message = (text.strip().splitlines() or ["no message"])[-1].partition(": ")
                rows.append((run.point, run.regime, run.policy, run.seed, run.key, kind, message))
        columns = ["point", "regime", "policy", "seed", "key", "kind", "message"]
        return pd.DataFrame(rows, columns=columns)

    def _parquet(self, table: Any, name: str) -> Path:
        aside = self.folder / f".{name}.part"
        try:
            table.to_parquet(aside, index=False, compression="zstd")
            os.replace(aside, self.folder / name)
        finally:
            aside.unlink(missing_ok=True)
        return self.folder / name


def describe(plan: Plan) -> dict[str, Any]:
    """What study.json says of a study."""
    return {
        "format": 1,
        "study": plan.study.model_dump(mode="json"),
        "regimes": [
            {"name": name, "fingerprint": one.fingerprint(), "scenario": one.to_mapping()}
            for name, one in plan.bases.items()
        ],
        "points": plan.points,
        "runs": plan.runs,
        "code": code(),
        "table": _digest(plan) if plan.study.design.kind == "table" else "",
    }


def _digest(plan: Plan) -> str:
    return hashlib.sha256(plan.design.to_csv(index=False).encode()).hexdigest()[:16]


def _lasting(record: Mapping[str, Any], key: str) -> Any:
    """The part of a description that must stay the same."""
    if key == "regimes":
        return [(one["name"], one["fingerprint"]) for one in record["regimes"]]
    if key != "study":
        return record[key]
    kept = {name: value for name, value in record["study"].items() if name not in FREE}
    return {**kept, "design": {**kept["design"], "size": 0}}
