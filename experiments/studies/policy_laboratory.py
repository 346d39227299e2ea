"""The policy laboratory: policies crossed with regimes, what each does, and what is regretted.

    python -m experiments.studies.policy_laboratory [--out DIR] [--smoke] [--seeds N] [--workers N]

OUT/runs/*                 one run each, written aside and renamed; the same command goes on
OUT/policy_laboratory.*    figure (PNG, SVG); outcomes.csv, regret.csv, summary.txt

Ends with 0 done; 1 a run failed (the rest is kept); 2 bad input, one line; 130 interrupted, kept.
"""

from __future__ import annotations

import argparse
import os
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from experiments.inputs import check_folder, whole
from experiments.progress import say
from experiments.threads import pin
from model.errors import ScenarioError
from model.scenario import Scenario

if TYPE_CHECKING:
    from experiments.runs import Payload

NAME = "policy_laboratory"
LIST = Path(__file__).with_suffix(".toml")
REGIMES = (
    "pretraining",
    "inference-at-deployment",
    "inference-in-training",
    "inference-in-training-explosive",
    "mixed",
)
SIZE: dict[str, Any] = {
    "users.count": 1000,
    "labs.research_sample": 150,
    "labs.screening_sample": 80,
    "horizon.steps": 28,
}
SMOKE: dict[str, Any] = {
    "users.count": 200,
    "labs.research_sample": 60,
    "labs.screening_sample": 30,
    "labs.data_count": 3,
    "horizon.steps": 5,
}
SMOKE_POLICIES = ("nothing", "threshold", "tax")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise ScenarioError(f"{message}. See: {self.prog} --help")


def policies(path: Path = LIST) -> dict[str, dict[str, Any]]:
    """Policies by name: words and a list of rules, as plain values."""
    with path.open("rb") as file:
        rows = tomllib.load(file)["policy"]
    return {str(row["name"]): row for row in rows}


def scenarios(names: Sequence[str], regimes: Sequence[str], size: Mapping[str, Any]) -> list[Scenario]:
    """One scenario per regime and policy, called REGIME.POLICY."""
    known, found = policies(), []
    for regime in regimes:
        base = Scenario.load(regime).override(dict(size))
        raw = base.model_dump(mode="python")
        for name in names:
            raw["regulation"] = [dict(rule) for rule in known[name]["rules"]]
            found.append(Scenario.from_mapping(raw, where=name, name=f"{regime}.{name}"))
    return found


def lean(mapping: Mapping[str, Any], name: str, seed: int, progress: Any = None) -> Payload:
    """One run of which only the metrics are kept."""
    from experiments.runner import execute

    return execute(mapping, name, seed, progress, tables=("metrics",))


def study(folder: Path, *, small: bool, seeds: int, workers: int) -> int:
    """Run what is missing, then tabulate and draw."""
    check_folder(folder)
    chosen = SMOKE_POLICIES if small else tuple(policies())
    regimes = REGIMES[:2] if small else REGIMES
    wanted = scenarios(chosen, regimes, SMOKE if small else SIZE)
    from experiments.compare import Comparison
    from experiments.job import Hands
    from experiments.store import Store
    from experiments.studies import policy_laboratory  # by its name, for this file may be __main__
    from experiments.studies.policy_table import tell

    store = Store(folder)
    store.check(wanted, force=False)
    folder.mkdir(parents=True, exist_ok=True)
    with store.lock():
        store.begin(
            wanted, range(1, seeds + 1), force=False, command=f"python -m {policy_laboratory.__name__}"
        )
        todo, damaged = store.missing(store.tasks())
        for line in damaged:
            say(f"damaged: {line}")
        say(f"{len(chosen)} policies x {len(regimes)} regimes x {seeds} seeds; {len(todo)} runs to go")
        with Hands(workers, None) as hands:
            failed = hands.run(store, todo, policy_laboratory.lean)
        comparison = Comparison.load(store)
        if not comparison.runs:
            say(f"{NAME}: every run failed; see {folder / 'failures'}")
            return 1
        words = {name: row["words"] for name, row in policies().items() if name in chosen}
        print("\n".join(tell(comparison, regimes, words, folder)))
    for task in failed:
        say(f"failed: {task.key} (see {folder / 'failures'})")
    return 1 if failed else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the status."""
    pin()
    parser = _Parser(prog=NAME, description=(__doc__ or "").partition("\n")[0], allow_abbrev=False)
    parser.add_argument("--out", metavar="DIR", help="folder of runs, tables and figure")
    parser.add_argument("--smoke", action="store_true", help="three policies, two regimes, in seconds")
    parser.add_argument("--seeds", metavar="N", help="paired seeds (default: 4)")
    parser.add_argument("--workers", metavar="N", help="processes (default: all cores); 1 = this one")
    try:
        given = parser.parse_args(arguments)
        cores = 1 if given.smoke else os.cpu_count() or 1
        workers = cores if given.workers is None else whole("--workers", given.workers, 1, 1024)
        default = 2 if given.smoke else 4
        seeds = default if given.seeds is None else whole("--seeds", given.seeds, 1, 1000)
        name = NAME.replace("_", "-") + ("-smoke" if given.smoke else "")
        return study(Path(given.out or f"results/{name}"), small=given.smoke, seeds=seeds, workers=workers)
    except ScenarioError as error:
        say(f"{NAME}: {' '.join(str(error).split())}")
        return 2
    except KeyboardInterrupt:
        say(f"{NAME}: interrupted; what is finished is kept, the same command goes on")
        return 130
    except BrokenPipeError:  # the reader of our output, e.g. head, has left
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


if __name__ == "__main__":
    sys.exit(main())
