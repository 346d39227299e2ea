"""A study from start to end: check all of it, say what it will take, make what is missing, gather results."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from experiments.estimate import from_index, from_probes, in_words
from experiments.job import Hands
from experiments.plan import Plan, Run
from experiments.point import run_point
from experiments.progress import duration, say
from experiments.runner import Work
from experiments.runs import StorageError, told
from experiments.study import Study
from experiments.study_store import StudyStore

MANY = 24
"""From so many runs on, short ones are made first to say how long it will take."""
SHOWN = 5


@dataclass(frozen=True)
class How:
    """How a study is run, as the command line says it."""

    workers: int = 1
    scheduler: str | None = None
    force: bool = False
    retry_failed: bool = False
    as_json: bool = False
    command: str = ""


def sweep(study: Study, folder: Path, how: How, work: Work | None = None) -> int:
    """Make the runs that are missing; 0 done, 1 some failed. KeyboardInterrupt keeps what is done."""
    begun, work = time.monotonic(), work or run_point
    plan = Plan(study)
    store = StudyStore(folder, study.measured)
    if not store.check(plan, force=how.force):
        plan.check_points(_checking)
    with told(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with store.lock():
        same = store.check(plan, force=how.force)
        if same:
            store.lend_design(plan)
        else:
            store.begin(plan, force=how.force, command=how.command)
        todo, old, damaged = _look(store, plan, retry_failed=how.retry_failed)
        for line in damaged:
            say(f"damaged: {line}")
        say(f"{_size(plan)}; results in {folder}")
        if not todo:
            if not (same and store.fresh()) or damaged:
                store.write_results(plan)
            say(f"nothing to do: {len(store.index.entries)} runs are there" + _old(old))
            return _end(store, plan, [], old, how, begun)
        say(f"{len(store.index.entries)} are there already, {len(todo)} to go" + _old(old))
        if len(todo) >= MANY:
            cost = from_index(store.index.entries.values()) or from_probes(todo[0], work, len(todo))
            say(in_words(cost, len(todo), None if how.scheduler else min(how.workers, len(todo)), folder))
        try:
            with Hands(how.workers, how.scheduler) as hands:
                failed = hands.run(store, todo, work, alone=study.run_limit_s is not None)
        except BaseException:
            with suppress(StorageError):  # the disk may be what stopped us
                store.write_results(plan)
            raise
        store.write_results(plan)
        return _end(store, plan, failed, old, how, begun)


def dry_run(study: Study, folder: Path, how: How, work: Work | None = None) -> int:
    """Check all of a study and say what it will take; makes no run that is kept."""
    plan, work = Plan(study), work or run_point
    store = StudyStore(folder, study.measured)
    if not store.check(plan, force=how.force):
        plan.check_points(_checking)
    stored = folder.exists() and not how.force
    todo = _look(store, plan, retry_failed=how.retry_failed, touch=False)[0] if stored else list(plan.each())
    say(f"{_size(plan)}; {len(todo)} to go")
    cost = from_index(store.index.entries.values()) or (
        from_probes(todo[0], work, len(todo)) if todo else None
    )
    if todo:
        say(in_words(cost, len(todo), None if how.scheduler else min(how.workers, len(todo)), folder))
    if how.as_json:
        record = {"study": study.name, "points": plan.points, "runs": plan.runs, "to_go": len(todo)}
        told_ = {"seconds_a_run": cost.seconds, "bytes_a_run": cost.bytes, "how": cost.how} if cost else {}
        print(json.dumps({**record, **told_}, indent=1))
    return 0


def _look(
    store: StudyStore, plan: Plan, *, retry_failed: bool, touch: bool = True
) -> tuple[list[Run], set[str], list[str]]:
    """Runs to make, keys of those that failed before and are left alone, and what was damaged."""
    todo, damaged = store.missing(plan.each(), touch=touch)
    failed = store.failed() & {run.key for run in todo}
    if retry_failed:
        return todo, set(), damaged
    return [run for run in todo if run.key not in failed], failed, damaged


def _end(store: StudyStore, plan: Plan, failed: Sequence[Run], old: set[str], how: How, begun: float) -> int:
    """Name failures, print the summary, give the status."""
    for run in failed[:SHOWN]:
        text = store.failure_note(run).read_text(encoding="utf-8").strip().splitlines() or ["no message"]
        say(f"failed: {run.name}, point {run.point}, seed {run.seed}: {text[-1]}")
    if len(failed) > SHOWN:
        say(f"failed: and {len(failed) - SHOWN} more")
    if failed:
        say(f"tracebacks are in {store.folder / 'failures'}; --retry-failed tries them again")
    spent = time.monotonic() - begun
    if how.as_json:
        record: dict[str, Any] = {"study": plan.study.name, "folder": str(store.folder), "runs": plan.runs}
        record |= {
            "points": plan.points,
            "finished": len(store.index.entries),
            "failed": len(failed) + len(old),
        }
        print(json.dumps({**record, "seconds": round(spent, 1)}, indent=1))
    say(f"done in {duration(spent)}")
    return 1 if failed or old else 0


def _size(plan: Plan) -> str:
    """The study in numbers."""
    study = plan.study
    parts = [(plan.points, "point"), (len(plan.bases), "regime"), (len(study.laws), "policy")]
    parts.append((study.seeds, "seed"))
    told_ = " x ".join(f"{number} {_plural(word, number)}" for number, word in parts)
    steps = sorted({one.horizon.steps for one in plan.variants.values()})
    return f"{study.name}: {told_} = {plan.runs} runs of {' or '.join(map(str, steps))} steps"


def _plural(word: str, number: int) -> str:
    return word if number == 1 else "policies" if word == "policy" else f"{word}s"


def _old(failed: set[str]) -> str:
    return f"; {len(failed)} failed earlier (--retry-failed tries them again)" if failed else ""


def _checking(done: int, points: int) -> None:
    if points >= 1024 and (done == 0 or sys.stderr.isatty()):
        say(f"checking the points: {done} of {points}" if done else f"checking all {points} points first")
