"""On which of its numbers a regime's difference turns: put them back, one group at a time.

A regime is a few numbers away from the reference. Here each group of them (the data wall, depth at
deployment, distillation) is put back to the reference's value, all else as in the regime, on the same
seeds. What is left of a difference then says how much of it that group carried.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from experiments.compare import summaries
from experiments.compare_keys import changed
from experiments.prose import HEADLINES
from experiments.store import Store, Task
from experiments.words import metric_words, number, regime_words
from model.results import Results
from model.scenario import Scenario

OUTCOMES = (*(outcome.metric for outcome in HEADLINES), "visibility_users")
GROUPS = {
    "technology.wall": "the data wall",
    "technology.inference_": "depth at deployment",
    "technology.distillation": "distillation",
    "labs": "rules of labs",
    "users": "users",
    "compute": "compute",
    "open_weights": "open weights",
    "regulation": "regulation",
    "oversight": "oversight",
    "tasks": "tasks",
}
NEGLIGIBLE = 0.25  # of the whole difference: a group that moves less is not named
NOTHING = 0.1  # of the whole difference: what is left below this is as good as none
ENOUGH = 3  # seeds: with fewer a sentence says how few
KIND = "mean"


def group_of(key: str) -> str:
    """The group of a dotted key, in words."""
    for start, words in GROUPS.items():
        if key.startswith(start):
            return words
    return key


def variants(reference: Scenario, regime: Scenario) -> dict[str, Scenario]:
    """The regime with one group of its numbers put back, by group; only where it has two or more.

    Drifts belong to the group of the number that they move.
    """
    groups: dict[str, dict[str, Any]] = {}
    moved = {f"drift.{i}": move for i, move in enumerate(regime.drift)}
    if reference.drift or any(len(x) != len(y) for x, y in _lists(reference, regime)):
        return {}  # lists of unequal length have no counterpart to put back
    for key, _, _ in changed(reference, regime):
        if key == "drift":  # the reference's empty list; its entries follow one by one
            continue
        drift = next((move for start, move in moved.items() if key.startswith(f"{start}.")), None)
        name = group_of(drift.parameter if drift is not None else key)
        group = groups.setdefault(name, {})
        if drift is None:
            group[key] = reference.value(key)
    if len(groups) < 2:
        return {}
    made = {}
    for name, back in groups.items():
        raw = regime.override(back).model_dump(mode="python")
        raw["drift"] = [d.model_dump() for d in regime.drift if group_of(d.parameter) != name]
        label = f"{regime.name} without {name}"
        made[name] = Scenario.from_mapping(raw, where=label, name=label.replace(" ", "-"))
    return made


def _lists(one: Scenario, two: Scenario) -> list[tuple[Sequence[Any], Sequence[Any]]]:
    return [
        (one.tasks, two.tasks),
        (one.regulation, two.regulation),
        (one.labs.explicit, two.labs.explicit),
        (one.compute.sites, two.compute.sites),
    ]


def tell(
    scenarios: Sequence[Scenario],
    tested: Mapping[str, Mapping[str, Scenario]],
    seeds: Sequence[int],
    runs: Mapping[tuple[str, int], Results],
    side: Callable[[str, str], int],
) -> dict[str, Any]:
    """Rows of the table and sentences in plain words; values over the run, means over seeds.

    `side` says of a regime and a metric on which side of zero the comparison's own interval lies, 0 if it
    holds zero: nothing is said of what a difference turns on that cannot be told in the first place, nor
    where these few seeds have the other sign.
    """
    reference = scenarios[0].name
    value = {
        (name, seed): {m: mean for m, _, mean in summaries(run.tables["metrics"], OUTCOMES)}
        for (name, seed), run in runs.items()
    }

    def gap(name: str, metric: str) -> float:
        pairs = [
            value[name, s][metric] - value[reference, s][metric]
            for s in seeds
            if metric in value.get((name, s), {}) and metric in value.get((reference, s), {})
        ]
        return float(np.mean(pairs)) if pairs else math.nan

    rows, sentences = [], []
    for regime, groups in tested.items():
        whole = {m: gap(regime, m) for m in OUTCOMES}
        left = {g: {m: gap(s.name, m) for m in OUTCOMES} for g, s in groups.items()}
        rows.append(_row(regime, "as it is", whole))
        rows += [_row(regime, f"{g} put back", found) for g, found in left.items()]
        told = [m for m in OUTCOMES if side(regime, m) * whole[m] > 0.0]
        sentences += [_sentence(regime, m, whole[m], left, len(seeds)) for m in told]
    return {"seeds": list(seeds), "rows": rows, "sentences": [s for s in sentences if s]}


def _row(regime: str, change: str, found: Mapping[str, float]) -> dict[str, str]:
    cells = {metric_words(m): number(v) if math.isfinite(v) else "–" for m, v in found.items()}
    return {"regime": regime_words(regime), "numbers": change, **cells}


def _sentence(
    regime: str, metric: str, whole: float, left: Mapping[str, Mapping[str, float]], seeds: int
) -> str:
    """Which groups carry a difference: each that moves at least a quarter of it, said with what it leaves."""
    if not math.isfinite(whole) or whole == 0.0:
        return ""
    rest = {g: found[metric] for g, found in left.items() if math.isfinite(found[metric])}
    moved = {g: 1.0 - value / whole for g, value in rest.items()}
    named = sorted((g for g in moved if abs(moved[g]) >= NEGLIGIBLE), key=lambda g: -abs(moved[g]))
    if not named:
        return ""
    parts = [f"{group} put back leaves {_remainder(rest[group], whole)}" for group in named]
    few = f" ({'one seed' if seeds == 1 else f'{seeds} seeds'} only)" if seeds < ENOUGH else ""
    start = (
        f"{metric_words(metric)}, {regime_words(regime).lower()}{few}: of a difference of {number(whole)}, "
    )
    together = " More than one group moves it." if len(named) > 1 else ""
    return f"{start}{'; '.join(parts)}.{together}"


def _remainder(rest: float, whole: float) -> str:
    share = rest / whole
    if abs(share) < NOTHING:
        return f"hardly anything ({number(rest)})"
    return f"{number(rest)}, of the opposite sign" if share < 0 else number(rest)


def turn_tasks(
    store: Store, tested: Mapping[str, Mapping[str, Scenario]], seeds: Sequence[int]
) -> list[Task]:
    """The runs that the question needs, each once."""
    tasks = [
        Task(scenario, seed, scenario.fingerprint())
        for seed in seeds
        for groups in tested.values()
        for scenario in groups.values()
    ]
    return list({task.key: task for task in tasks}.values())


def shared(
    tested: Mapping[str, Mapping[str, Scenario]], scenarios: Sequence[Scenario]
) -> dict[str, dict[str, Scenario]]:
    """The same, where regimes that become alike when a group is put back share one run."""
    known = {one.fingerprint(): one for one in scenarios}
    return {
        name: {group: known.setdefault(one.fingerprint(), one) for group, one in groups.items()}
        for name, groups in tested.items()
    }
