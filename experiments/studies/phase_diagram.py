"""The phase diagram: labs and HHI over the elasticity of fixed compute and the size of the market.

    python -m experiments.studies.phase_diagram [--out DIR] [--smoke] [--workers N]

OUT/cells/*.json     one file a cell, written aside and renamed; the same command goes on
OUT/phase_diagram.*  figure (PNG, SVG) and table (CSV); summary.txt: what agrees with theory

Ends with 0 done; 1 a cell failed (the rest is kept); 2 bad input, one line; 130 interrupted, kept.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

from experiments.inputs import check_folder, whole
from experiments.progress import Progress, say
from experiments.threads import pin
from model.errors import ScenarioError

NAME = "phase_diagram"
MANIFEST = "study.json"


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise ScenarioError(f"{message}. See: {self.prog} --help")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the status."""
    pin()
    parser = _Parser(prog=NAME, description=(__doc__ or "").partition("\n")[0], allow_abbrev=False)
    parser.add_argument("--out", metavar="DIR", help="folder of runs and figures")
    parser.add_argument("--smoke", action="store_true", help="a few small cells, in seconds")
    parser.add_argument("--workers", metavar="N", help="processes (default: all cores); 1 = this one")
    try:
        given = parser.parse_args(arguments)
        cores = 1 if given.smoke else os.cpu_count() or 1
        workers = cores if given.workers is None else whole("--workers", given.workers, 1, 1024)
        default = f"results/{NAME.replace('_', '-')}{'-smoke' if given.smoke else ''}"
        return study(Path(given.out or default), small=given.smoke, workers=workers)
    except ScenarioError as error:
        say(f"{NAME}: {' '.join(str(error).split())}")
        return 2
    except KeyboardInterrupt:
        say(f"{NAME}: interrupted; what is finished is kept, the same command goes on")
        return 130
    except BrokenPipeError:  # the reader of our output, e.g. head, has left
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def study(folder: Path, *, small: bool, workers: int) -> int:
    """Run what is missing, then tabulate and draw all that is there."""
    check_folder(folder)
    _claim(folder, small)
    from experiments.store import Store, write_json
    from experiments.studies.phase_grid import grid

    (folder / "cells").mkdir(parents=True, exist_ok=True)
    with Store(folder).lock():
        write_json(folder / MANIFEST, {"study": NAME, "size": _size(small)})
        cells, absent = grid(small=small)
        held = {cell.key: _held(folder, cell) for cell in cells}
        todo = [cell for cell in cells if held[cell.key] is None]
        failed = 0
        with Progress(len(todo), "cells") as progress:
            for key, record in _records(todo, min(workers, max(1, len(todo)))):
                fault = folder / "failures" / f"{key}.txt"
                if "failure" in record:
                    failed += 1
                    fault.parent.mkdir(exist_ok=True)
                    fault.write_text(record["failure"], encoding="utf-8")
                else:
                    fault.unlink(missing_ok=True)
                    held[key] = record
                    write_json(folder / "cells" / f"{key}.json", record)
                progress.done(key, ok="failure" not in record)
        if todo:
            say(progress.summary())
        found = [record for record in held.values() if record is not None]
        if found:
            _tell(folder, found, absent)
    if failed:
        say(f"{NAME}: {failed} cells failed; see {folder / 'failures'}")
    return 1 if failed else 0


def attempt(record: dict[str, Any]) -> dict[str, Any]:
    """Play one cell wherever it happens; a fault comes back as its traceback."""
    try:
        from experiments.studies.phase_grid import play

        return play(record)
    except Exception:
        return {"failure": traceback.format_exc()}


def _records(cells: Sequence[Any], workers: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Cells as they are finished: here, or on a Dask cluster of this machine."""
    if workers == 1 or not cells:
        yield from ((cell.key, attempt(asdict(cell))) for cell in cells)
        return
    from distributed import as_completed

    from experiments.cluster import local_cluster
    from experiments.studies import phase_diagram  # by its name, for this file may be __main__

    with local_cluster(workers) as client:
        futures = {client.submit(phase_diagram.attempt, asdict(c), pure=False): c.key for c in cells}
        try:
            for future in as_completed(list(futures)):
                key = futures.pop(future)
                try:
                    record = future.result()
                except Exception:  # the worker itself died
                    record = {"failure": traceback.format_exc()}
                yield key, record
                future.release()
        finally:
            client.cancel(list(futures), force=True)


def _claim(folder: Path, small: bool) -> None:
    """The folder is new, empty, or holds this study in this size."""
    names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    if not names:
        return
    if MANIFEST not in names:
        raise ScenarioError(f"--out {folder}: holds something else ({names[0]}); name an empty or new folder")
    try:
        held = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except ValueError:
        held = None
    if held != {"study": NAME, "size": _size(small)}:
        raise ScenarioError(f"--out {folder}: holds another study or size; name an empty or new folder")


def _size(small: bool) -> str:
    return "smoke" if small else "full"


def _held(folder: Path, cell: Any) -> dict[str, Any] | None:
    """What the file of a cell holds; None if it is absent, damaged or of other parameters."""
    from experiments.studies.phase_grid import scenario

    path = folder / "cells" / f"{cell.key}.json"
    if not path.exists():
        return None
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        same = record["cell"] == {**asdict(cell), "seeds": list(cell.seeds)}
        whole_ = [run["seed"] for run in record["runs"]] == list(cell.seeds)
        if same and whole_ and record["fingerprint"] == scenario(cell).fingerprint():
            return dict(record)
    except (ValueError, KeyError, TypeError):
        pass
    say(f"{path.name}: damaged or of other parameters; run again")
    return None


def _tell(folder: Path, records: list[dict[str, Any]], absent: list[tuple[float, float]]) -> None:
    """Table, sentences and figure."""
    from experiments.plots.phase import phase_figure, write_figure
    from experiments.studies.phase_table import sentences, tabulate

    table = tabulate(records)
    table.to_csv(folder / f"{NAME}.csv", index=False)
    told = sentences(table)
    told += [f"left out, too many labs: Λ {v:g}, N {n:g}" for v, n in absent]
    (folder / "summary.txt").write_text("\n".join(told) + "\n", encoding="utf-8")
    write_figure(phase_figure(table, absent), folder / NAME)
    print("\n".join([*told, f"figure: {folder / NAME}.png"]))


if __name__ == "__main__":
    sys.exit(main())
