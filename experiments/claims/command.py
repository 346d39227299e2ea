"""`computeshift claims`: make the runs that are missing, judge, write the page; the exit status."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from experiments.claims import find
from experiments.claims.page import as_json, write_page
from experiments.claims.plan import Plan
from experiments.claims.pool import Pool, measured
from experiments.claims.record import Claim
from experiments.claims.space import check
from experiments.claims.trial import Outcome, Trial
from experiments.job import Hands
from experiments.progress import duration, say
from experiments.tables import show


def run_claims(
    names: Sequence[str],
    plan: Plan,
    folder: Path,
    *,
    workers: int,
    force: bool = False,
    json_out: bool = False,
) -> int:
    """Try the claims named (all without a name); 1 if a run failed."""
    begun = time.monotonic()
    records = find(list(names))
    check()
    pool = Pool(folder, plan)
    pool.check(force=force)
    folder.mkdir(parents=True, exist_ok=True)
    with pool.store.lock():
        pool.begin(force=force)
        keys = pool.keys([one for one in records if isinstance(one, Claim)])
        tasks = [pool.task(key) for key in keys]
        todo, damaged = pool.missing(tasks)
        for line in damaged:
            say(f"damaged: {line}")
        for name, why in pool.unbuilt.items():
            say(f"not run: {name}: {why}")
        unique = list({task.key: task for task in todo}.values())
        claims = f"{len(records)} claim{'s' if len(records) != 1 else ''}"
        say(f"{claims}, {len(keys)} runs ({plan.name}); {len(unique)} to go; results in {folder}")
        failed = []
        if unique:
            with Hands(workers, None) as hands:
                failed = hands.run(pool.store, unique, measured)
        trial = Trial.of(pool, keys, tasks)
        outcomes = [trial.outcome(record) for record in records]
        failures = sorted({task.key for task in failed})
        path = write_page(outcomes, plan, folder, failures)
        _print(outcomes, plan, json_out)
        for key in failures:
            say(f"failed: {key} (see {folder / 'failures'})")
        say(f"done in {duration(time.monotonic() - begun)}; the page is in {path}")
    return 1 if failures else 0


def _print(outcomes: Sequence[Outcome], plan: Plan, json_out: bool) -> None:
    record = as_json(outcomes, plan)
    if json_out:
        print(json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False))
        return
    rows: list[dict[str, Any]] = [
        {
            "claim": one["id"],
            "verdict": one["verdict"] + (" (quick)" if record["quick"] and one["kind"] == "claim" else ""),
            "effect": one["effect_words"],
            "holds in": one["share_words"],
            "turns on": one["turns_words"],
            "title": one["title"],
        }
        for one in record["claims"]
    ]
    show(rows, ("claim", "verdict", "effect", "holds in", "turns on", "title"))
