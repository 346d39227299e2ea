"""The limiting configurations: scenarios in which the model shrinks to the theory's assumptions.

Everything is a switch or a number of the public scenario; nothing here reaches into the model.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence
from typing import Any

from model import Results, Scenario, simulate

LN10 = math.log(10.0)
SEED = 1

_OFF = {
    "price": False,
    "depth": False,
    "menu": False,
    "training": False,
    "distillation": False,
    "compliance": False,
    "openness": False,
    "internal": False,
    "entry": False,
    "exit": False,
    "acquire": False,
}
# One task, linear link, no habits, no adverts, money and compute in units of one, one step a year.
_PLAIN: dict[str, Any] = {
    "horizon": {"step_years": 1.0, "steps": 60},
    "users": {
        "population": 1.0,
        "population_growth": 0.0,
        "count": 1,
        "demand": "expected",
        "business_share": 0.0,
        "link": "linear",
        "quality_value": 1.0,
        "reference_oom": 0.0,
        "price_sensitivity": 1.0,
        "inertia": 0.0,
        "reconsider_per_quarter": 1.0,
        "advert_usd_year": 0.0,
        "task_concentration": 0.0,
        "within_lab_scale": 1.0,
        "wealth": {"atoms": [1.0]},
    },
    "tasks": [
        {
            "name": "one",
            "usage": 1.0,
            "business_usage": 1.0,
            "verifiable": 1.0,
            "system2": 1.0,
            "difficulty_oom": 25.0,
            "hours": 1.0,
            "wage_usd": 50.0,
            "danger": 1.0,
        }
    ],
    "open_weights": {"self_hosting": False, "hosts": False, "ecosystem_appeal": 0.0},
    "security": {"theft": False},
    "misuse": {"actors": 0, "lab_innovations_year": 0.0, "small_innovations_year": 0.0},
    "technology": {"release_spillover": 0.0},  # what a lab distils stays its own
    "compute": {"price": 1.0, "price_decline_oom": 0.0},
    "regulation": [],
    "labs": {"start": "list", "overhead_usd_year": 0.0, "adapt": _OFF},
}


def merged(base: Mapping[str, Any], *changes: Mapping[str, Any]) -> dict[str, Any]:
    """Nested tables on top of each other; lists are replaced."""
    result = copy.deepcopy(dict(base))
    for change in changes:
        for key, value in change.items():
            old = result.get(key)
            both = isinstance(value, Mapping) and isinstance(old, Mapping)
            result[key] = merged(old, value) if both and old is not None else copy.deepcopy(value)
    return result


def scenario(*changes: Mapping[str, Any]) -> Scenario:
    """The plain configuration with changes."""
    return Scenario.from_mapping(merged(_PLAIN, *changes))


def price_game(
    menus: Sequence[Sequence[tuple[float, float]]],
    *,
    mu: float = 1.0,
    mu_w: float | None = None,
    outside: float | None = 0.0,
    incomes: Sequence[float] = (1.0,),
    weights: Sequence[float] = (1.0,),
    tastes: Sequence[float] = (),
    appeal: Sequence[float] = (),
    first_price: float | None = 1.0,
    steps: int = 60,
    more: Mapping[str, Any] | None = None,
) -> Scenario:
    """Labs that set prices and nothing else: a list of (quality, cost) for each lab."""
    pull = appeal or [0.0] * len(menus)
    labs = [
        {
            "name": f"L{j}",
            "appeal": float(pull[j]),
            "tiers": [
                {
                    "cost_usd": float(c),
                    "capability_oom": float(q),
                    **({} if first_price is None else {"price_usd": float(c) + first_price}),
                }
                for q, c in menu
            ],
        }
        for j, menu in enumerate(menus)
    ]
    users: dict[str, Any] = {
        "count": len(incomes),
        "wealth": {"atoms": [float(y) for y in incomes], "atom_weights": [float(w) for w in weights]},
        "taste_scale": mu,
        "within_lab_scale": mu if mu_w is None else mu_w,
        "outside_utility": "none" if outside is None else outside,
    }
    if len(tastes):
        users |= {"quality_tastes": [float(t) for t in tastes], "income_effect": "quasi"}
    return scenario(
        {
            "horizon": {"steps": steps},
            "users": users,
            "labs": {"explicit": labs, "adapt": {"price": True}},
        },
        more or {},
    )


def scaling_game(
    *,
    training: float,
    inference: float,
    users: float,
    labs: int,
    distillation: float = 0.0,
    kappa: float = 0.01,
    overhead: float = 1000.0,
    steps: int = 300,
    first_flop: float = 6000.0,
    outside: float | None = 0.0,
    appeal: float = 8.0,
    more: Mapping[str, Any] | None = None,
) -> Scenario:
    """Labs that set price, depth and training, all smooth: exponents per natural log, mu = r = 1."""
    return scenario(
        {
            "horizon": {"steps": steps},
            "users": {
                "population": float(users),
                "tasks_per_year": kappa,
                "outside_utility": "none" if outside is None else outside,
            },
            "technology": {
                "training_exponent": training * LN10,
                "wall_slope": 1.0,
                "inference_exponent": inference * LN10,
                "inference_span_oom": math.inf,
                "parameters_exponent": 0.0,
                "final_run_share": 1.0,
                "reference_parameters": 0.5,
                "tokens_per_task": 1.0,
                "inference_efficiency_growth_oom": 0.0,
                "inference_price_ratio": 1.0,
                "algorithm_growth_oom": 0.0,
                "minimum_depth": 1.0,
                # One round without loss, redone every step; one sample of one FLOP at depth one.
                "distillation": {
                    "max_rounds": int(distillation > 0),
                    "retention": 1.0,
                    "retention_spread": 0.0,
                    "decay": 1.0,
                    "amplifier_exponent": distillation * LN10,
                    "amplifier_span_oom": math.inf,
                    "samples": 1.0,
                    "fine_tune_share": 0.0,
                },
            },
            "labs": {
                "start": "symmetric",
                "count": labs,
                "limit": 1000,
                "symmetric": {
                    "name": "L",
                    "appeal": appeal,
                    "training_flop": first_flop,
                    "cash_usd": 1e9,
                },
                "training_mode": "continuous",
                "overhead_usd_year": overhead,
                "planning_years": 1.0,
                "discount_rate": 0.0,
                "credit_multiple": 100.0,
                "entry_cost_usd": 0.0,
                "exit_patience_years": 12.0,
                "price_damping": 0.3,
                "training_damping": 0.1,
                "adapt": {
                    "price": True,
                    "depth": inference > 0,
                    "training": True,
                    "distillation": distillation > 0,
                },
            },
        },
        more or {},
    )


def settle(chosen: Scenario, seed: int = SEED) -> Results:
    """Run it."""
    return simulate(chosen, seed)


def last_tiers(results: Results) -> Any:
    """Tiers on sale at the last step, in the order in which they were made."""
    tiers = results.tiers
    return tiers[tiers["step"] == tiers["step"].max()].sort_values(["lab", "tier"])


def last_labs(results: Results) -> Any:
    """Labs at the last step."""
    labs = results.labs
    return labs[labs["step"] == labs["step"].max()].sort_values("lab")
