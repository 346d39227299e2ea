"""Stored results of `computeshift run` or `compare`, named on the command line, read run by run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from experiments.store import MANIFEST, Store
from model.errors import ScenarioError
from model.results import Results, read_manifest
from viz.film import Film, StoredFilm

Range = tuple[Sequence[float], Sequence[float]]


class Stored:
    """Runs by regime and seed. Only what the folder's manifest names can be read."""

    def __init__(self, folder: Path, places: dict[tuple[str, int], Path]) -> None:
        self.folder, self._places = folder, places
        self._films: dict[tuple[str, int], StoredFilm] = {}
        self._ranges: dict[tuple[str, str], Range] = {}

    @classmethod
    def open(cls, folder: Path) -> Stored:
        """Look what is there; ScenarioError of one line if it holds no finished run."""
        if not folder.is_dir():
            raise ScenarioError(f"{folder}: no such folder; name one that computeshift compare or run wrote")
        if (folder / MANIFEST).exists():
            store = Store(folder)
            tasks = store.tasks()
            found = {(task.scenario.name, task.seed): store.run_folder(task) for task in tasks}
            places = {key: path for key, path in found.items() if (path / "manifest.json").exists()}
            if not places:
                raise ScenarioError(f"{folder}: holds no finished run; say computeshift compare first")
        else:
            record = read_manifest(folder)
            places = {(str(record["name"]), int(record["seed"])): folder}
        made = cls(folder, places)
        made.film(*made.first)  # a damaged folder is said before anything is served
        return made

    @property
    def first(self) -> tuple[str, int]:
        """Regime and seed to show first."""
        return next(iter(self._places))

    @property
    def regimes(self) -> list[str]:
        """Names of the regimes, in the order of the manifest."""
        return list(dict.fromkeys(name for name, _ in self._places))

    def seeds(self, regime: str) -> list[int]:
        """Seeds of the finished runs of a regime."""
        return [seed for name, seed in self._places if name == regime]

    def film(self, regime: str, seed: int) -> StoredFilm:
        """One run; KeyError if the folder has none such."""
        key = regime, seed
        if key not in self._films:
            self._films[key] = StoredFilm(Results.load(self._places[key]))
        return self._films[key]

    def ranges(
        self, regime: str, spread: Callable[[Sequence[Film], Sequence[str]], dict[str, Range]], name: str
    ) -> Range:
        """Least and greatest path over the seeds of a regime, worked out once a reading."""
        key = regime, name
        if key not in self._ranges:
            self._ranges[key] = spread(self.films(regime), [name])[name]
        return self._ranges[key]

    def films(self, regime: str) -> Sequence[StoredFilm]:
        """All seeds of a regime."""
        return [self.film(regime, seed) for seed in self.seeds(regime)]
