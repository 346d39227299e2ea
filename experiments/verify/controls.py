"""P23: negative controls on the full model - what must show nothing shows nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from experiments.verify.registry import Finding, at_least, at_most, case, close_all, same
from experiments.verify.scenarios import settle
from experiments.verify.worlds import build, full, used
from model import Results, Scenario, simulate
from model.parameters import Parameter
from model.rulebook import fields_of_policies
from model.scenario import parameters
from model.schema import TABLES

SMALL = {"users.count": 400, "horizon.steps": 8, "labs.research_sample": 100, "labs.screening_sample": 50}
# What tables say of the regulator's own eyes and fears, whatever the rules.
EYES = {
    "labs": {"observed"},
    "data_centres": {"seen"},
    "metrics": {
        "coverage_flop",
        "coverage_users",
        "coverage_models",
        "visibility_flop",
        "visibility_users",
        "visibility_models",
        "rule_overreach",
        "reaction_lag_steps",
        "believed_gap_oom",
    },
}
# The level feared is also that at which misuse is counted; sights are what is known of sites of some size.
COUNTED = {
    "oversight.danger_oom": {
        "misuse": {"reach", "reach_api", "reach_open", "reach_leaked"},
        "metrics": {
            "danger_step",
            "misuse_reach",
            "misuse_reach_api",
            "misuse_reach_open",
            "misuse_reach_open_few",
            "misuse_reach_open_many",
            "misuse_open_less_api",
        },
    },
    "oversight.sight_large_year": {"metrics": {"sight_share"}},
    "oversight.sight_small_year": {"metrics": {"sight_share"}},
}
NEVER = 900.0  # year from which a rule would be in force


def differing(before: Results, after: Results, apart: dict[str, set[str]] | None = None) -> list[str]:
    """Columns that are not the same to the last bit, but for those set apart by table."""
    found = []
    for name in (*TABLES, "metrics"):
        old, new = before.tables[name], after.tables[name]
        if len(old) != len(new):
            found.append(f"{name}: rows")
            continue
        skip = (apart or {}).get(name, set())
        found += [f"{name}.{c}" for c in old.columns if c not in skip and not _same(old[c], new[c])]
    return found


def _same(old: pd.Series[Any], new: pd.Series[Any]) -> bool:
    return bool(((old == new) | (old.isna() & new.isna())).all())


@case("P23", "Control: the placebo regime", "dynamic", quick=False)
def placebo() -> Iterator[Finding]:
    """Pre-training with other numbers where nothing is switched on: every paired difference is zero."""
    pair = [Scenario.load(name).override(SMALL) for name in ("pretraining", "placebo")]
    numbers = [len(set(s.fingerprint() for s in pair))]
    yield same("(two scenarios)", numbers[0], 2)
    for seed in (1, 2, 3):
        one, other = (simulate(s, seed) for s in pair)
        yield same(f"columns that differ, seed {seed}", ", ".join(differing(one, other)), "")
    # a control of the control: a regime that is none differs
    third = simulate(Scenario.load("mixed").override(SMALL), 3)
    yield at_least("(columns of another regime that differ)", float(len(differing(one, third))), 20.0)


def other_value(parameter: Parameter, now: Any) -> Any:
    """A number that is allowed and not the present one; None where there is none to try."""
    if isinstance(now, bool):
        return not now
    if not isinstance(now, int | float):
        return None
    if parameter.span is not None:
        far = max(parameter.span, key=lambda end: abs(end - now))
        return round(far) if isinstance(now, int) else float(far)
    return now * 2 if now else None


@case("P23", "Control: no rule in force", "dynamic", quick=False)
def unruled() -> Iterator[Finding]:
    """Rules that never come into force: no number of theirs and none of the regulator's moves anything.

    Every policy with all its numbers changed at once, and every parameter of oversight alone; only what the
    tables report of the regulator's own eyes may move. A rule that binds does move the industry.
    """
    table = full(regulation=[], horizon={"steps": 6})
    chosen = build(table)
    before = settle(chosen)
    tried, moved = 0, 0
    for policy in fields_of_policies():
        rule = {"policy": policy, "start_year": NEVER}
        known = build({**table, "regulation": [rule]})
        changes = {}
        for parameter in parameters():
            section, _, name = parameter.key.partition("[].")
            if section == "regulation" and name in used(policy) - {"start_year", "end_year"}:
                key = f"regulation.0.{name}"
                changes[key] = other_value(parameter, known.value(key))
        changes = {key: value for key, value in changes.items() if value is not None}
        tried += len(changes)
        found = differing(before, settle(known.override(changes)), EYES)
        moved += bool(found)
        yield same(
            f"{policy}, never in force, {len(changes)} numbers: columns that differ", ", ".join(found), ""
        )
    for parameter in parameters():
        if not parameter.key.startswith("oversight."):
            continue
        value = other_value(parameter, chosen.value(parameter.key))
        if value is None:
            continue
        tried += 1
        apart = {name: set(columns) for name, columns in EYES.items()}
        for name, columns in COUNTED.get(parameter.key, {}).items():
            apart[name] = apart.get(name, set()) | columns
        found = differing(before, settle(chosen.override({parameter.key: value})), apart)
        moved += bool(found)
        if found:
            yield same(f"{parameter.key} = {value}: columns that differ", ", ".join(found), "")
    yield at_least("parameters tried", float(tried), 30.0)
    yield same("policies and parameters that move something", moved, 0)
    ruled = build({**table, "regulation": [{"start_year": 0.0}]})
    now = settle(ruled)
    dear = settle(ruled.override({"regulation.0.report_cost_usd": 5e7}))
    yield at_least("(a rule in force moves columns)", float(len(differing(before, now, EYES))), 5.0)
    yield at_least("(its cost moves columns)", float(len(differing(now, dear, EYES))), 2.0)


def hosted(depth: float, overhead: float) -> Scenario:
    """The full model in which everybody sells and runs one depth, and running a model oneself costs h more.

    No hosts, no thieves, what is open stays so and nothing is kept inside. Costs do not drift and do not
    depend on the size of a model, and users bring the same mix of tasks (a
    lab learns what its own customers' tasks take, an open model costs everybody the average): what is
    left between a lab's tier and its open rival is quality, the lab's margin, and h times the cost of depth.
    Neither credit nor fines hang on turnover, which rises with the cost that prices pass on.
    """
    table = full(
        users={
            "link": "linear",
            "outside_utility": "none",
            "task_concentration": 0.0,
            "volume_elasticity": 0.0,
        },
        technology={
            "inference_span_oom": float("inf"),
            "minimum_depth": depth,
            "parameters_exponent": 0.0,
            "inference_efficiency_growth_oom": 0.0,
            "distillation": {"max_rounds": 0},
        },
        open_weights={
            "depths": [depth],
            "overhead": overhead,
            "overhead_spread": 0.0,
            "retail_markup": 0.0,
            "setup_usd_year": 0.0,
            "hosts": False,
        },
        security={"theft": False},
        compute={"price": 1.4e-18, "price_decline_oom": 0.0, "sites": []},
        labs={
            "hard_budget": True,
            "adapt": {"depth": False, "menu": False, "entry": False, "openness": False, "internal": False},
        },
        regulation=[{"fine_turnover_share": 0.0}],
    )
    for lab in table["labs"]["explicit"]:
        lab |= {"cash_usd": 3e11, "tiers": [{"depth": depth}]}
    return build(table)


@case("P23", "Control: open weights without overhead", "dynamic", quick=False)
def overhead() -> Iterator[Finding]:
    """With h = 0 open shares do not depend on depth, at any step; with h > 0 they fall in it."""
    depths = (1.0, 10.0, 100.0, 1000.0)
    runs = {h: [settle(hosted(d, h)) for d in depths] for h in (0.0, 0.5)}
    share = {h: [r.metrics["open_weight_share"].to_numpy() for r in found] for h, found in runs.items()}
    free = share[0.0]
    yield at_least("(open shares are shares)", float(np.min(free)), 1e-3)
    yield at_least("(they move in time)", float(np.ptp(free[0])), 1e-3)
    for depth, found in zip(depths[1:], free[1:], strict=True):
        # The same to the last digits while the price solver takes the same steps; it stops at 1e-4 of a
        # price, and the margin is a small part of that: half a per cent of a share.
        yield close_all(f"h = 0, depth {depth:g}: open share at all steps", found, free[0], rel=5e-3)
    one, deep = (
        r.labs.assign(margin=r.labs["revenue_usd"] - r.labs["inference_spend_usd"]) for r in runs[0.0][:3:2]
    )
    for column in ("users", "training_flop", "margin"):  # prices pass the cost of depth on, the margin stays
        size = float(one[column].abs().max())
        yield close_all(
            f"h = 0, depth 100: {column} of labs", deep[column] / size, one[column] / size, abs=0.01
        )
    fall = float(share[0.5][-1].mean() - share[0.5][0].mean())
    yield at_most("(h = .5: change of the open share from depth 1 to 1000)", fall, -0.02)
