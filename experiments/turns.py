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
from experiments.store import Store, Task
from experiments.words import metric_words, number, regime_words
from model.results import Results
from model.scenario import Scenario

OUTCOMES = (
    "hhi_revenue",
    "price_ratio_top_bottom",
    "capability_wealth_slope",
    "coverage_flop",
    "visibility_flop",
)
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
NEGLIGIBLE = 0.1  # of the whole difference: a group that moves less is not named
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
    differs: Callable[[str, str], bool],
) -> dict[str, Any]:
    """Rows of the table and sentences in plain words; values over the run, means over seeds.

    `differs` says of a regime and a metric whether the comparison's own interval leaves zero: nothing
    is said of what a difference turns on that cannot be told in the first place.
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
            if (name, s) in value and (reference, s) in value
        ]
        return float(np.mean(pairs)) if pairs else math.nan

    rows, sentences = [], []
    for regime, groups in tested.items():
        whole = {m: gap(regime, m) for m in OUTCOMES}
        left = {g: {m: gap(s.name, m) for m in OUTCOMES} for g, s in groups.items()}
        rows.append(_row(regime, "as it is", whole))
        rows += [_row(regime, f"{g} put back", found) for g, found in left.items()]
        sentences += [_sentence(regime, m, whole[m], left) for m in OUTCOMES if differs(regime, m)]
    return {"seeds": list(seeds), "rows": rows, "sentences": [s for s in sentences if s]}


def _row(regime: str, change: str, found: Mapping[str, float]) -> dict[str, str]:
    cells = {metric_words(m): number(v) if math.isfinite(v) else "–" for m, v in found.items()}
    return {"regime": regime_words(regime), "numbers": change, **cells}


def _sentence(regime: str, metric: str, whole: float, left: Mapping[str, Mapping[str, float]]) -> str:
    """Which group carries most of a difference, said only where the numbers say so."""
    if not math.isfinite(whole) or whole == 0.0:
        return ""
    share = {g: 1.0 - found[metric] / whole for g, found in left.items() if math.isfinite(found[metric])}
    if not share:
        return ""
    most = max(share, key=lambda g: share[g])
    what, who = metric_words(metric), regime_words(regime).lower()
    if share[most] < NEGLIGIBLE:
        return ""
    rest = left[most][metric]
    start = f"{what}, {who}: with {most} put back, "
    if rest * whole < 0:
        return f"{start}the difference of {number(whole)} reverses sign, to {number(rest)}."
    part = "most of" if abs(rest) < 0.5 * abs(whole) else "part of"
    return f"{start}{part} the difference of {number(whole)} goes; {number(rest)} is left."


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
