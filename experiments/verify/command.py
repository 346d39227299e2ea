"""`computeshift verify`: run cases, print what theory says against what came out, end with a status."""

from __future__ import annotations

import json as json_text
from collections.abc import Sequence

from experiments.progress import say
from experiments.verify.registry import Row, choose, run

COLUMNS = ("case", "item", "expected", "got", "tolerance", "passed", "seconds")


def run_verify(cases: Sequence[str] = (), quick: bool = False, json: bool = False) -> int:
    """Run the named cases (none: all), print a table or JSON; 0 if all passed, 1 if any failed.

    Raises ScenarioError for a name that is not a case.
    """
    chosen = choose(cases, quick=quick)
    rows: list[Row] = []
    for part in chosen:
        found = list(run(part))
        rows += found
        bad = sum(not row.passed for row in found)
        state = f"{bad} of {len(found)} FAILED" if bad else f"{len(found)} passed"
        say(f"{part.name}  {part.title} ({part.kind}): {state}, {sum(r.seconds for r in found):.1f} s")
    if json:
        print(json_text.dumps([row.as_json() for row in rows], indent=1, ensure_ascii=False))
    else:
        from experiments.tables import show

        show([_shown(row) for row in rows], COLUMNS)
    failed = [row for row in rows if not row.passed]
    say(
        f"{len(rows) - len(failed)} of {len(rows)} comparisons passed in {sum(r.seconds for r in rows):.1f} s"
    )
    for row in failed:
        say(f"FAILED {row.case}: {row.item}: expected {row.expected}, got {row.got} ({row.tolerance})")
    return 1 if failed else 0


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
