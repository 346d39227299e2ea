"""`computeshift verify`: run cases, print what theory says against what came out, end with a status."""

from __future__ import annotations

import json as json_text
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context

from experiments.progress import duration, say
from experiments.verify.registry import Case, Row, choose, run

COLUMNS = ("case", "item", "expected", "got", "tolerance", "passed", "seconds")


def run_verify(cases: Sequence[str] = (), quick: bool = False, json: bool = False, workers: int = 1) -> int:
    """Run the named cases (none: all), print a table or JSON; 0 if all passed, 1 if any failed.

    Raises ScenarioError for a name that is not a case.
    """
    chosen = choose(cases, quick=quick)
    begun = time.monotonic()
    found: dict[str, list[Row]] = {}
    for part, mine in _made(chosen, min(workers, len(chosen))):
        found[part.key] = mine
        bad = sum(not row.passed for row in mine)
        state = f"{bad} of {len(mine)} FAILED" if bad else f"{len(mine)} passed"
        say(f"{part.name}  {part.title} ({part.kind}): {state}, {sum(r.seconds for r in mine):.1f} s")
    rows = [row for part in chosen for row in found[part.key]]
    if json:
        print(json_text.dumps([row.as_json() for row in rows], indent=1, ensure_ascii=False))
    else:
        from experiments.tables import show

        show([_shown(row) for row in rows], COLUMNS)
    failed = [row for row in rows if not row.passed]
    spent = duration(time.monotonic() - begun)
    say(f"{len(rows) - len(failed)} of {len(rows)} comparisons passed in {spent}")
    for row in failed:
        say(f"FAILED {row.case}: {row.item}: expected {row.expected}, got {row.got} ({row.tolerance})")
    return 1 if failed else 0


def _made(chosen: Sequence[Case], workers: int) -> Iterator[tuple[Case, list[Row]]]:
    """Parts with their rows as they are ready: here, or in processes, the long ones first."""
    if workers <= 1:
        yield from ((part, list(run(part))) for part in chosen)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        at_work = {pool.submit(_rows, part.key): part for part in sorted(chosen, key=lambda one: one.quick)}
        for done in as_completed(at_work):
            yield at_work[done], done.result()


def _rows(key: str) -> list[Row]:
    """The rows of one part by its name, in a process of its own."""
    (part,) = choose([key])
    return list(run(part))


def _shown(row: Row) -> dict[str, str]:
    def number(value: float | str) -> str:
        return value if isinstance(value, str) else f"{value:.7g}"

    return {
        "case": row.case,
        "item": row.item,
        "expected": number(row.expected),
        "got": number(row.got),
        "tolerance": row.tolerance,
        "passed": "yes" if row.passed else "NO",
        "seconds": f"{row.seconds:.2f}",
    }
