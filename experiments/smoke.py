"""A study in small: the same questions put to a toy world, in seconds, to see that all of it works."""

from __future__ import annotations

from typing import Any

from experiments.compare_keys import flat
from experiments.study import Study

SMALL: dict[str, Any] = {
    "users.count": 200,
    "labs.research_sample": 60,
    "labs.screening_sample": 30,
    "labs.data_count": 3,
}
STEPS = 2
SIZE = {"grid": 2, "latin-hypercube": 3, "sobol": 4, "morris": 2, "saltelli": 2}


def smoke(study: Study) -> Study:
    """One seed, two steps, both ends of two levers; two regimes and policies, one if points vary."""
    varied = {one.key for one in study.factors}
    common = {**flat(study.set), **{key: value for key, value in SMALL.items() if key not in varied}}
    common.pop("horizon.steps", None)
    regimes = study.regimes[: 1 if varied else 2]
    raw = study.model_dump(mode="python")
    for place, one in enumerate([*raw["levers"], *raw["uncertainties"]]):
        if len(one["values"]) > 1:
            one["values"] = [one["values"][0], one["values"][-1]] if place < 2 else one["values"][:1]
        one["regimes"] = [name for name in one["regimes"] if name in regimes]
    return study.with_(
        regimes=regimes,
        policies=raw["policies"][:2],
        seeds=1,
        steps=None if "horizon.steps" in varied else STEPS,
        set=common,
        levers=raw["levers"],
        uncertainties=raw["uncertainties"],
        design={**raw["design"], "size": SIZE.get(study.design.kind, 0)},
    )
