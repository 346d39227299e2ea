"""Whole runs of random scenarios: nothing breaks, nothing is undefined, and money has no unit."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model import Results, Scenario, simulate
from model.errors import ScenarioError
from model.metrics import registry
from model.parameters import Parameter
from model.scenario import parameters, regime_names
from model.schema import TABLES
from tests.invariants.test_states import MAY_BE_NEGATIVE, MAY_BE_UNDEFINED
from tests.support.small import TINY, small, theory

TUNABLE = [p for p in parameters() if p.span is not None and "[]" not in p.key]
SWITCHES: dict[str, list[Any]] = {
    "users.demand": ["sampled", "expected", "deterministic"],
    "users.link": ["irt", "linear"],
    "users.income_effect": ["linear", "log"],
    "users.business_share": [0.0, 0.3, 1.0],
    "users.outside_utility": [0.0, -3.0, 2.0, "none"],
    "users.types": [0, 7],
    "labs.start": ["data", "symmetric"],
    "labs.training_mode": ["grid", "continuous"],
    "labs.hard_budget": [False, True],
    "labs.entry_rule": ["myopic", "symmetric"],
    "compute.price": ["endogenous", 1.4e-18],
    "open_weights.self_hosting": [True, False],
    "horizon.step_years": [0.25, 1 / 12, 1.0],
    "regulation.0.start_year": [0.0, 0.5],
    **{
        f"labs.adapt.{name}": [True, False]
        for name in ("price", "depth", "menu", "training", "distillation", "compliance", "entry", "exit")
    },
}
NEIGHBOURS = settings(
    max_examples=30, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)  # fmt: skip


def within(parameter: Parameter) -> st.SearchStrategy[Any]:
    """A value of the plausible range."""
    assert parameter.span is not None
    low, high = parameter.span
    if isinstance(parameter.default, int):
        return st.integers(math.ceil(low), math.floor(high))
    if low > 0 and high / low > 20:  # over orders of magnitude
        return st.floats(math.log(low), math.log(high)).map(lambda x: min(max(math.exp(x), low), high))
    return st.floats(low, high)


@st.composite
def changes(draw: st.DrawFn) -> dict[str, Any]:
    """A dozen numbers and a few switches."""
    numbers = draw(st.lists(st.sampled_from(TUNABLE), max_size=12, unique_by=lambda p: p.key))
    made = {p.key: draw(within(p)) for p in numbers}
    for key in draw(st.lists(st.sampled_from(sorted(SWITCHES)), max_size=5, unique=True)):
        made[key] = draw(st.sampled_from(SWITCHES[key]))
    if made.get("labs.start") == "symmetric":
        made["compute.price"] = 1.4e-18
    return made | {"users.count": draw(st.integers(20, 200))}


def healthy(results: Results) -> None:
    """No NaN, infinity or negative number where there must be none."""
    for name, columns in TABLES.items():
        table = results.tables[name]
        for column in columns:
            values = table[column.name]
            if column.kind not in ("float", "int"):
                continue
            where = f"{name}.{column.name}"
            if column.name not in MAY_BE_UNDEFINED.get(name, ()):
                assert not values.isna().any(), where
            assert not np.isinf(values).any(), where
            if column.name not in MAY_BE_NEGATIVE.get(name, ()):
                assert not (values < 0).any(), where
    people = results.users.groupby("step")["population"].sum()
    assert (people > 0).all() and results.metrics["adoption"].between(0, 1 + 1e-9).all()
    assert len(results.metrics) == 4


@given(regime=st.sampled_from(regime_names()), moved=changes(), seed=st.integers(0, 1000))
@NEIGHBOURS
def test_random_scenarios_run(regime: str, moved: dict[str, Any], seed: int) -> None:
    base = TINY | {"labs.research_sample": 40, "horizon.steps": 3}
    healthy(simulate(Scenario.load(regime).override(base | moved), seed))


@given(data=st.data())
@settings(max_examples=60, deadline=None, derandomize=True, database=None)
def test_any_value_runs_or_is_refused_in_one_line(data: st.DataObject) -> None:
    """Whatever is put into a field: a scenario, or one line."""
    parameter = data.draw(st.sampled_from([p for p in parameters() if "[]" not in p.key]))
    value = data.draw(
        st.one_of(
            st.floats(),
            st.integers(-10, 10**7),
            st.text(max_size=5),
            st.booleans(),
            st.none(),
            st.lists(st.floats(), max_size=3),
        )
    )
    try:
        made = Scenario().override({parameter.key: value}, where="here")
    except ScenarioError as error:
        assert "\n" not in str(error) and str(error).startswith("here: ")
    else:
        assert made.value(parameter.key) == value


# -- money has no unit ---------------------------------------------------------------------------

SUM = re.compile(r"(\d[\d.]*(?:e[+-]?\d+)?) USD")  # in words
PER_USD = {"price_usd_per_flop", "rental_usd_per_flop"}
MONEY_METRICS = {m.name for m in registry().values() if m.unit.startswith("USD")}
SUMS = {  # every number of the scenario that is a sum of money, by its default; lists stand in `rich`
    p.key: float(p.default)
    for p in parameters()
    if p.unit.startswith("USD") and "[]" not in p.key and isinstance(p.default, (int, float))
}


def rich(k: float) -> Scenario:
    """Three labs that do everything, with every sum of money times k."""
    labs = [
        {
            "name": f"Lab {i}",
            "appeal": 0.4 * i,
            "cash_usd": 2e9 * k,
            "algorithms_oom": -0.1 * i,
            "open_weights": i == 0,
            "tiers": [{"depth": 1.0, "price_usd": 30.0 * k}, {"depth": 10.0, "price_usd": 70.0 * k}],
        }
        for i in range(3)
    ]
    return small(
        "inference-in-training",
        {usd: value * k for usd, value in SUMS.items()}
        | {
            "horizon.steps": 6,
            "users.demand": "expected",
            "users.count": 150,
            "users.wealth.median_usd_year": 40_000.0 * k,
            "users.business_budget_usd_year": 60_000.0 * k,
            "users.advert_usd_year": 4.0 * k,
            "labs.start": "list",
            "labs.explicit": labs,
            "labs.menu_cost_usd": 1e3 * k,
            "labs.tier_cost_usd_year": 2e6 * k,
            "labs.overhead_usd_year": 8e7 * k,
            "labs.parent_budget_usd_year": 4e9 * k,
            "labs.initial_round_usd": 2e9 * k,
            "labs.entrant_capital_usd": 1e9 * k,
            "labs.entry_cost_usd": 5e7 * k,
            "open_weights.setup_usd_year": 400.0 * k,
            "misuse.budget_usd_year": 1e4 * k,
            "misuse.account_usd": 50.0 * k,
            "misuse.node_usd_hour": 26.0 * k,
            "misuse.probe_usd": 3400.0 * k,
            "misuse.scaffold_usd": 2e4 * k,
            "misuse.small_usd": 2e4 * k,
            "compute.price": 1.4e-18 * k,
            "regulation.0.start_year": 0.0,
            "regulation.0.report_cost_usd": 5e6 * k,
            "regulation.0.fine_usd": 1.5e7 * k,
            **{f"tasks.{i}.wage_usd": (20.0 + i) * k for i in range(8)},
        },
    )


def priced(table: str, column: str) -> bool:
    if table == "metrics":
        return column in MONEY_METRICS
    return column in PER_USD or any(c.name == column and c.unit.startswith("USD") for c in TABLES[table])


def told(options: pd.Series[Any]) -> tuple[list[str], np.ndarray[Any, np.dtype[np.float64]]]:
    """What decisions are about without the sums of money in the text, and those sums, USD."""
    texts = options.tolist()
    found = [float(usd) for text in texts for usd in SUM.findall(text)]
    return [SUM.sub("USD", text) for text in texts], np.array(found)


@pytest.mark.parametrize("k", [2.0**10, 1e-6])
def test_money_has_no_unit(k: float) -> None:
    """All sums times k: prices, profits and cash times k, everything else as it was."""
    plain, scaled = simulate(rich(1.0), seed=3), simulate(rich(k), seed=3)
    assert (plain.events["kind"] == "entry").any() and (plain.labs["training_spend_usd"] > 0).any()
    for name, table in plain.tables.items():
        other = scaled.tables[name]
        assert len(table) == len(other), name
        if name == "events":
            assert table["kind"].tolist() == other["kind"].tolist()
            continue
        for column in table.columns:
            left, right = table[column], other[column]
            if (name, column) == ("decisions", "option"):  # told to three digits
                texts, sums = told(left)
                others, scaled_sums = told(right)
                assert texts == others and len(sums) > 0
                np.testing.assert_allclose(scaled_sums / k, sums, rtol=0.01)
                continue
            if not pd.api.types.is_float_dtype(left):
                assert left.tolist() == right.tolist(), f"{name}.{column}"
                continue
            factor = k if priced(name, column) else 1.0
            scale = left.abs().max() if len(left) else 0.0
            np.testing.assert_allclose(
                right / factor, left, rtol=1e-6, atol=1e-8 * scale, err_msg=f"{name}.{column}"
            )


def test_duplicate_users_and_slots_are_the_same_market() -> None:
    """Expected demand: atoms named twice with half their weight change nothing."""
    tier = {"depth": 1.0, "cost_usd": 0.2, "capability_oom": 2.0, "price_usd": 1.0}
    labs = [{"name": n, "tiers": [tier]} for n in "AB"]
    once = theory(labs, {"users.count": 2, "users.wealth.atoms": [0.5, 2.0], "horizon.steps": 12,
                         "users.wealth.atom_weights": [0.6, 0.4]})  # fmt: skip
    twice = once.override({"users.count": 4, "users.wealth.atoms": [0.5, 0.5, 2.0, 2.0],
                           "users.wealth.atom_weights": [0.3, 0.3, 0.1, 0.3]})  # fmt: skip
    a, b = simulate(once, 1), simulate(twice, 1)
    for column in ("price_usd", "users", "revenue_usd"):
        np.testing.assert_allclose(a.tiers[column], b.tiers[column], rtol=1e-9)


def test_a_constant_added_to_all_utilities_changes_nothing() -> None:
    """The outside option included: only differences count."""

    def market(shift: float) -> Results:
        tier = {"depth": 1.0, "cost_usd": 0.2, "capability_oom": 2.0, "price_usd": 1.0}
        labs = [{"name": n, "appeal": shift + a, "tiers": [tier]} for n, a in (("A", 0.3), ("B", 0.0))]
        return simulate(theory(labs, {"users.outside_utility": shift, "horizon.steps": 12}), 1)

    a, b = market(0.0), market(40.0)
    for column in ("price_usd", "users", "revenue_usd"):
        np.testing.assert_allclose(a.tiers[column], b.tiers[column], rtol=1e-9)


def test_labs_in_another_order_are_the_same_labs() -> None:
    two = ((0.1, 1), (0.5, 2))
    tiers = [{"depth": 1.0, "cost_usd": c, "capability_oom": q, "price_usd": 1.0} for c, q in two]
    labs = [{"name": f"L{i}", "appeal": 0.3 * i, "tiers": tiers} for i in range(4)]
    runs = [simulate(theory(order, {"horizon.steps": 12}), 1) for order in (labs, labs[::-1])]
    found = []
    for run in runs:
        names = run.labs.query("step == 12").set_index("lab")["name"]
        last = run.tiers.query("step == 12")
        last = last.assign(name=last["lab"].map(names)).sort_values(["name", "cost_usd"])
        found.append(last[["price_usd", "users"]].to_numpy())
    np.testing.assert_allclose(found[0], found[1], rtol=1e-9)


@pytest.mark.parametrize("dear", [1.5, 10.0])
def test_dearer_compute_serves_fewer(dear: float) -> None:
    """Everything else equal, a higher price of compute never raises adoption or surplus at once."""
    off = {f"labs.adapt.{x}": False for x in ("training", "distillation", "entry", "exit", "menu", "depth")}
    base = off | {"labs.start": "symmetric", "labs.count": 3, "users.demand": "expected", "horizon.steps": 5}
    cheap, costly = (
        simulate(small("inference-at-deployment", base | {"compute.price": 1.4e-18 * k}), 1)
        for k in (1.0, dear)
    )
    for column in ("adoption", "consumer_surplus_usd"):
        assert costly.metrics[column].iloc[-1] < cheap.metrics[column].iloc[-1]
