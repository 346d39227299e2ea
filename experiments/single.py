"""One run: simulate, store, and say how it ended."""

from __future__ import annotations

import json
import math
import shutil
import sys
from pathlib import Path
from typing import Any

from experiments.listings import rules_in_force
from experiments.progress import Progress, say
from experiments.words import metric_unit, metric_words, number, regime_words
from model.errors import ScenarioError
from model.scenario import Scenario


def run_single(scenario: Scenario, seed: int, out: Path | None, *, force: bool, as_json: bool) -> None:
    """Simulate (or find the same run already stored) and print the metrics at the end."""
    from model.results import Results

    held = _held(scenario, seed, out, force)
    if held is None:
        from model import simulate

        with Progress(1, "runs") as progress:
            results = simulate(scenario, seed=seed, progress=progress.inside)
        if out is not None:
            results.save(out)
            say(f"tables are in {out}")
    else:
        results = held
        say(f"{out} holds this run already; nothing was run")
    assert isinstance(results, Results)
    _print(results, as_json)


def _held(scenario: Scenario, seed: int, out: Path | None, force: bool) -> Any:
    """The same run already in the folder; anything else there is an error unless forced."""
    if out is None or not out.exists() or not any(out.iterdir()):
        return None
    from model.results import Results, read_manifest

    try:
        record = read_manifest(out)
    except ScenarioError:
        raise ScenarioError(
            f"--out {out}: holds something else than a run; name an empty or new folder"
        ) from None
    if force:
        return None
    same = (record["fingerprint"], record["seed"]) == (scenario.fingerprint(), seed)
    if not same:
        raise ScenarioError(
            f"--out {out}: holds another run ({record['name']}, seed {record['seed']});"
            " name another folder, or say --force to replace it"
        )
    return Results.load(out)


def _print(results: Any, as_json: bool) -> None:
    table = results.metrics
    last = table.iloc[-1]
    names = [name for name in table.columns if name not in ("step", "time_years", "date")]
    if as_json:
        final = {n: float(last[n]) if math.isfinite(last[n]) else None for n in names}
        record = {
            "name": results.scenario.name,
            "fingerprint": results.scenario.fingerprint(),
            "seed": results.seed,
            "steps": int(last["step"]),
            "time_years": float(last["time_years"]),
            "metrics": final,
        }
        print(json.dumps(record, indent=1))
        return
    from experiments.prose import HEADLINES
    from experiments.tables import show

    print(
        f"{regime_words(results.scenario.name)}, seed {results.seed},"
        f" after {_counted(int(last['step']), 'step')} ({_counted(last['time_years'], 'year')})"
    )
    first = [outcome.metric for outcome in HEADLINES]
    names = [*first, *(n for n in names if n not in first)]  # the headlines of a comparison come first
    rows = [
        {
            "metric": metric_words(n),
            "value": number(float(last[n])),
            "unit": metric_unit(n),
            "name": n,
        }
        for n in names
        if math.isfinite(last[n])
    ]
    # Names for scripts: on a terminal only where there is room beside the words.
    wide = not sys.stdout.isatty() or shutil.get_terminal_size().columns >= 150
    show(rows, ("metric", "value", "unit", "name") if wide else ("metric", "value", "unit"))
    say(rules_in_force(results.scenario))


def _counted(count: float, word: str) -> str:
    return f"{count:g} {word}" + ("s" if count != 1 else "")
