"""Where a comparison lives on disk: one folder per run, one manifest for all, nothing half written.

OUT/comparison.json             what is compared: names, fingerprints, seeds
OUT/runs/NAME-sSEED-FINGER/     one run each (Results.save), written aside and renamed
OUT/failures/*.txt              tracebacks of runs that failed
OUT/figures/*, summary.json, report.html   rebuilt from the above by `computeshift report OUT`
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from experiments.code import code
from experiments.compare_keys import changed
from experiments.runs import LOCK, Runs, write_json
from model.errors import ScenarioError
from model.scenario import Scenario

MANIFEST = "comparison.json"
MOST_KEYS = 6  # that differ are named
OURS = (MANIFEST, "summary.json", "report.html", "runs", "failures", "figures", "turns.json")
__all__ = ["LOCK", "Store", "Task", "write_json"]


@dataclass(frozen=True)
class Task:
    """One run to be made: a scenario with its name and a seed."""

    scenario: Scenario
    seed: int
    fingerprint: str
    """As the manifest has it: a stored run keeps its name when later versions add parameters."""

    @property
    def key(self) -> str:
        """The name of its folder."""
        return f"{self.scenario.name}-s{self.seed}-{self.fingerprint[:8]}"

    def arguments(self) -> tuple[Any, ...]:
        """What makes it, wherever that is."""
        return (self.scenario.to_mapping(), self.scenario.name, self.seed)


class Store(Runs):
    """The folder of one comparison."""

    # -- what is compared ----------------------------------------------------------------------

    def check(self, scenarios: Sequence[Scenario], *, force: bool) -> None:
        """Same fingerprints are resumed, an empty folder is begun; anything else needs --force."""
        if force or not self.folder.exists():
            return
        found = [path.name for path in self.folder.iterdir() if path.name != LOCK]
        if not found:
            return
        if MANIFEST not in found:
            raise ScenarioError(
                f"--out {self.folder}: holds something else ({min(found)}); name an empty or new"
                " folder, or say --force to write beside it"
            )
        record = self.manifest()
        if record.get("code") != code():
            raise ScenarioError(
                f"--out {self.folder}: was made by another version of the model (its files have changed"
                " since); name another folder, say --force to replace it, or remove it"
            )
        held = {(one["name"], one["fingerprint"]) for one in record["regimes"]}
        asked = {(one.name, one.fingerprint()) for one in scenarios}
        if held != asked:
            raise ScenarioError(
                f"--out {self.folder}: holds another comparison ({self._unlike(scenarios)}); name another"
                " folder, or say --force to replace it"
            )

    def _unlike(self, scenarios: Sequence[Scenario]) -> str:
        """In what other scenarios differ from those that are held: regimes, then keys."""
        record = self.manifest()
        where = str(self.folder / MANIFEST)
        held = {
            one["name"]: Scenario.from_mapping(one["scenario"], where=where, name=one["name"])
            for one in record["regimes"]
        }
        asked = {one.name: one for one in scenarios}
        keys = {key for name in held.keys() & asked.keys() for key, *_ in changed(held[name], asked[name])}
        told = [f"without {name}" for name in sorted(asked.keys() - held.keys())]
        told += [f"with {name}" for name in sorted(held.keys() - asked.keys())]
        shown = sorted(keys)
        more = f" and {len(shown) - MOST_KEYS} more" if len(shown) > MOST_KEYS else ""
        told += [f"other values of {', '.join(shown[:MOST_KEYS])}{more}"] if shown else []
        return "; ".join(told)

    def begin(
        self, scenarios: Sequence[Scenario], seeds: Sequence[int], *, force: bool, command: str
    ) -> None:
        """Write the manifest; with `force`, our own files that were there go, others stay."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if force:
            self.clear(OURS)
        self.sweep_torn()
        record = {
            "format": 1,
            "regimes": [
                {
                    "name": one.name,
                    "fingerprint": one.fingerprint(),
                    "scenario": one.to_mapping(),
                }
                for one in scenarios
            ],
            "seeds": list(seeds),
            "code": code(),
            "command": command,
        }
        write_json(self.folder / MANIFEST, record)

    def manifest(self) -> dict[str, Any]:
        """What is compared, as it was begun."""
        path = self.folder / MANIFEST
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
        except OSError:
            raise ScenarioError(f"{self.folder}: holds no comparison (no {MANIFEST})") from None
        except ValueError:
            raise ScenarioError(f"{path}: damaged; say compare ... --force to start anew") from None
        if not isinstance(record, dict) or not {"regimes", "seeds"} <= record.keys():
            raise ScenarioError(f"{path}: is not the manifest of a comparison")
        return record

    def tasks(self) -> list[Task]:
        """All runs of the comparison: seed by seed, so that an early stop leaves whole pairs."""
        record = self.manifest()
        where = str(self.folder / MANIFEST)
        regimes = [
            (
                Scenario.from_mapping(one["scenario"], where=where, name=one["name"]),
                one["fingerprint"],
            )
            for one in record["regimes"]
        ]
        return [Task(one, int(seed), print_) for seed in record["seeds"] for one, print_ in regimes]

    # -- the runs ------------------------------------------------------------------------------

    def missing(self, tasks: Sequence[Task]) -> tuple[list[Task], list[str]]:
        """Runs still to be made, and the names of damaged ones that were set aside."""
        todo, damaged = [], []
        for task in tasks:
            folder = self.run_folder(task)
            fault = self._fault(task, folder) if folder.exists() else "absent"
            if fault and fault != "absent":
                damaged.append(f"{folder.name}: {fault}; set aside as {self.set_aside(folder)} and run again")
            if fault:
                todo.append(task)
        return todo, damaged

    @staticmethod
    def _fault(task: Task, folder: Path) -> str:
        from model.results import Results, read_manifest

        try:
            record = read_manifest(folder)
            held = Results.load(folder)
        except ScenarioError as error:
            return str(error).removeprefix(f"{folder}").lstrip("/: ").partition(";")[0]
        whole = "metrics" in held.tables and len(held.tables["metrics"]) > task.scenario.horizon.steps
        same = (record["seed"], record["fingerprint"]) == (task.seed, task.fingerprint)
        return "" if whole and same else "is incomplete" if same else "is another run"
