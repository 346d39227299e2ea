"""The main job: make the missing runs of a comparison, then its figures and report."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Self

from experiments.cluster import local_cluster, remote_cluster
from experiments.progress import Progress, duration, say
from experiments.runner import Work, execute, run_parallel, run_serial
from experiments.runs import Job, Runs
from experiments.store import Store, Task, write_json
from experiments.words import regime_words
from model.scenario import Scenario

if TYPE_CHECKING:
    from experiments.compare import Comparison
    from experiments.figures import Picture


def compare_job(
    scenarios: Sequence[Scenario],
    seeds: Sequence[int],
    store: Store,
    *,
    workers: int,
    scheduler: str | None,
    force: bool,
    as_json: bool,
    command: str,
    turns: int = 2,
) -> int:
    """Run what is missing and report; the exit status."""
    begun = time.monotonic()
    store.folder.mkdir(parents=True, exist_ok=True)
    with store.lock():
        store.begin(scenarios, seeds, force=force, command=command)
        tasks = store.tasks()
        todo, damaged = store.missing(tasks)
        steps = sorted({scenario.horizon.steps for scenario in scenarios})
        say(
            f"{len(tasks)} runs: {_count(len(scenarios), 'regime')} x {_count(len(seeds), 'seed')},"
            f" {' or '.join(map(str, steps))} steps; results in {store.folder}"
        )
        more = _most_turns(scenarios, seeds, turns)
        if more:
            say(f"at most {more} more will follow: what each regime's differences turn on")
        for line in damaged:
            say(f"damaged: {line}")
        if len(todo) < len(tasks):
            say(f"{len(tasks) - len(todo)} are there already, {len(todo)} to go")
        with Hands(workers, scheduler) as hands:
            failed = hands.run(store, todo)
            if len(failed) == len(tasks):
                _name_failures(store, failed)
                return 1
            from experiments.compare import Comparison  # now: while runs are made nobody waits for Matplotlib
            from experiments.figures import draw_all

            comparison = Comparison.load(store)
            # Figures need these runs alone: they are drawn while what differences turn on is being made.
            with ThreadPoolExecutor(1) as beside:
                drawn = beside.submit(draw_all, comparison, store.folder / "figures")
                failed += _turns(scenarios, seeds, store, hands, turns, comparison)
        report_job(store, comparison, drawn.result(), as_json=as_json)
        _name_failures(store, failed)
        say(f"done in {duration(time.monotonic() - begun)}")
        return 1 if failed else 0


def _turns(
    scenarios: Sequence[Scenario],
    seeds: Sequence[int],
    store: Store,
    hands: Hands,
    count: int,
    comparison: Comparison,
) -> list[Task]:
    """The runs that say on which numbers the differences turn, and what they say."""
    from experiments.turns import KIND, shared, tell, turn_tasks, variants
    from model.results import Results

    few = list(seeds)[:count]
    moved = [
        one
        for one in scenarios[1:]
        if one.name in comparison.names
        and any(
            d.count and not d.zero
            for d in (comparison.difference(one.name, metric) for metric in comparison.metrics)
        )
    ]
    tested = {one.name: variants(scenarios[0], one) for one in moved}
    tested = shared({name: groups for name, groups in tested.items() if groups}, scenarios)
    tasks = turn_tasks(store, tested, few)
    if not tasks:
        (store.folder / "turns.json").unlink(missing_ok=True)
        return []
    todo, _ = store.missing(tasks)
    if todo:
        there = f", {len(tasks) - len(todo)} of them there already" if len(todo) < len(tasks) else ""
        say(
            f"{len(tasks)} more runs{there}: what each regime's differences turn on"
            f" ({_count(len(few), 'seed')})"
        )
    failed = hands.run(store, todo)
    wanted = [*store.tasks(), *tasks]
    runs = {
        (t.scenario.name, t.seed): Results.load(store.run_folder(t), on_demand=True)
        for t in wanted
        if t.seed in few and store.run_folder(t).exists()
    }

    def side(regime: str, metric: str) -> int:
        found = comparison.difference(regime, metric, KIND)
        return int(found.leaves_zero) * (1 if found.mean > 0.0 else -1)

    write_json(store.folder / "turns.json", tell(scenarios, tested, few, runs, side))
    return failed


def _most_turns(scenarios: Sequence[Scenario], seeds: Sequence[int], count: int) -> int:
    """At most so many runs beyond the comparison; regimes that differ in nothing need none."""
    from experiments.turns import variants

    if not count:
        return 0
    return len(list(seeds)[:count]) * sum(len(variants(scenarios[0], one)) for one in scenarios[1:])


class Hands:
    """Whoever makes the runs of a job: this process, or one cluster for all its rounds."""

    def __init__(self, workers: int, scheduler: str | None) -> None:
        self.workers, self.scheduler = workers, scheduler
        self._stack = ExitStack()
        self._client: Any = None
        self._size = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: Any) -> None:
        self._stack.__exit__(*error)

    def run[T: Job](
        self, runs: Runs, todo: Sequence[T], work: Work = execute, *, alone: bool = False
    ) -> list[T]:
        """Make these; the ones that failed. `alone`: never in this process, so that a run can be ended."""
        if not todo:
            return []
        wanted = min(self.workers, len(todo))
        if self.scheduler is not None and self._client is None:
            self._client = self._stack.enter_context(remote_cluster(self.scheduler))
        elif self.scheduler is None and wanted > (self._size if alone else max(1, self._size)):
            self._stack.close()
            self._client, self._size = self._stack.enter_context(local_cluster(wanted)), wanted
        with Progress(len(todo)) as progress:
            if self._client is None:
                run_serial(runs, todo, progress, work)
            else:
                run_parallel(runs, todo, progress, self._client, work)
        say(progress.summary())
        return [task for task in todo if not runs.run_folder(task).exists()]


def report_job(
    store: Store, comparison: Comparison, pictures: Mapping[str, Picture] | None = None, *, as_json: bool
) -> None:
    """Figures (unless they are drawn already), report.html and summary.json from what is stored."""
    from experiments.report import build_report

    summary = comparison.summary()
    write_json(store.folder / "summary.json", summary)
    path = build_report(comparison, store, pictures=pictures)
    if as_json:
        print(json.dumps(summary, indent=1, allow_nan=False))
    say(f"the report is in {path}")


def _name_failures(store: Store, failed: Sequence[Task]) -> None:
    for task in failed:
        path = store.folder / "failures" / f"{task.key}.txt"
        lines = path.read_text(encoding="utf-8").strip().splitlines()
        name = f"{regime_words(task.scenario.name)}, seed {task.seed}"
        say(f"failed: {name}: {lines[-1] if lines else 'no message'} (all of it in {path})")


def _count(number: int, word: str) -> str:
    return f"{number} {word}" + ("s" if number != 1 else "")
