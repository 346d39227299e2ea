"""The main job: make the missing runs of a comparison, then its figures and report."""

from __future__ import annotations

import json
from collections.abc import Sequence

from experiments.progress import Progress, say
from experiments.runner import local_cluster, remote_cluster, run_parallel, run_serial
from experiments.store import Store, Task, write_json
from experiments.words import regime_words
from model.scenario import Scenario


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
        for line in damaged:
            say(f"damaged: {line}")
        if len(todo) < len(tasks):
            say(f"{len(tasks) - len(todo)} are there already, {len(todo)} to go")
        failed = _run(store, todo, workers, scheduler) if todo else []
        if len(failed) == len(tasks):
            _name_failures(store, failed)
            return 1
        failed += _turns(scenarios, seeds, store, workers, scheduler, turns)
        report_job(store, as_json=as_json)
        _name_failures(store, failed)
        return 1 if failed else 0


def _turns(
    scenarios: Sequence[Scenario],
    seeds: Sequence[int],
    store: Store,
    workers: int,
    scheduler: str | None,
    count: int,
) -> list[Task]:
    """The runs that say on which numbers the differences turn, and what they say."""
    from experiments.compare import Comparison
    from experiments.turns import tell, turn_tasks, variants
    from model.results import Results

    few = list(seeds)[:count]
    comparison = Comparison.load(store)
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
    tested = {name: groups for name, groups in tested.items() if groups}
    tasks = turn_tasks(store, tested, few)
    if not tasks:
        (store.folder / "turns.json").unlink(missing_ok=True)
        return []
    todo, _ = store.missing(tasks)
    if todo:
        say(f"{len(tasks)} more runs: what each regime's differences turn on ({_count(len(few), 'seed')})")
    failed = _run(store, todo, workers, scheduler) if todo else []
    wanted = [*store.tasks(), *tasks]
    runs = {
        (t.scenario.name, t.seed): Results.load(store.run_folder(t))
        for t in wanted
        if t.seed in few and store.run_folder(t).exists()
    }
    write_json(store.folder / "turns.json", tell(scenarios, tested, few, runs))
    return failed


def _run(store: Store, todo: Sequence[Task], workers: int, scheduler: str | None) -> list[Task]:
    workers = min(workers, len(todo))
    if scheduler is not None:
        with remote_cluster(scheduler) as client, Progress(len(todo)) as progress:
            run_parallel(store, todo, progress, client)
    elif workers > 1:
        with local_cluster(workers) as client, Progress(len(todo)) as progress:
            run_parallel(store, todo, progress, client)
    else:
        with Progress(len(todo)) as progress:
            run_serial(store, todo, progress)
    say(progress.summary())
    return [task for task in todo if not store.run_folder(task).exists()]


def report_job(store: Store, *, as_json: bool) -> None:
    """Figures, report.html and summary.json from what is stored."""
    from experiments.compare import Comparison
    from experiments.report import build_report

    comparison = Comparison.load(store)
    summary = comparison.summary()
    write_json(store.folder / "summary.json", summary)
    path = build_report(comparison, store)
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
