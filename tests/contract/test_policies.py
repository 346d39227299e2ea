"""Every policy found keeps its contract: it acts when its condition holds, and leaves no trace when not.

A policy that is not listed in `CASES` fails: whoever adds one says here what it moves.
"""

from __future__ import annotations

import ast
import importlib
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from itertools import product
from typing import Any

import pytest

from model import Results, Scenario, simulate
from model.errors import ScenarioError
from model.law import Law
from model.policies import Sight, applies, law_of, line_of, policies
from model.rulebook import COMMON, POLICIES, fields_of_policies
from model.sections.oversight import Rule
from tests.support.small import differences, small

STEPS = 6
SEED = 3
ALLOWED = {"__future__", "dataclasses", "math", "model.law", "model.policies", "model.sections.oversight"}
HIDDEN = {"base_oom", "algorithms_oom", "true_capability_oom", "tested_capability", "mean_capability"}


@dataclass(frozen=True)
class Case:
    """acts: fields with which it bites; idle: fields with which it reaches nobody; laws: fields it writes.

    column: "table.column" that moves, by `how` over all rows after the start, in the direction `sign`
    against no rule; None for a lever whose mechanism lives elsewhere. base: changes to the scenario.
    """

    acts: Mapping[str, Any]
    idle: Mapping[str, Any]
    laws: tuple[str, ...]
    column: str | None = None
    how: str = "sum"
    sign: int = 1
    base: Mapping[str, Any] = field(default_factory=dict)
    regime: str = "pretraining"


UNSEEN = {"oversight.sight_mw": 1e12}
CASES = {
    "training-threshold": Case(
        {"threshold_oom": 25.0}, {"threshold_oom": 900.0}, ("duties",), "labs.covered", base=UNSEEN
    ),
    "effective-compute": Case(
        {"effective_oom": 27.0, "depth_exponent": 1.0},
        {"effective_oom": 900.0},
        ("duties",),
        "labs.covered",
        regime="inference-at-deployment",
    ),
    "hybrid-threshold": Case(
        {"hybrid_oom": 26.5, "post_trained_depth": 2.0},
        {"hybrid_oom": 900.0, "post_trained_oom": 900.0},
        ("duties",),
        "labs.covered",
        regime="inference-at-deployment",
    ),
    "revenue-rule": Case({"revenue_usd_year": 1e8}, {"revenue_usd_year": 1e300}, ("duties",), "labs.covered"),
    "inference-kyc": Case(
        {"kyc_flop_quarter": 1e18}, {"kyc_flop_quarter": 1e300}, ("kyc_flop_step",), "tiers.logged_flop"
    ),
    "data-centre-licensing": Case(
        {"licence_mw": 20.0}, {"licence_mw": 1e12}, ("licence_mw",), "labs.observed", base=UNSEEN
    ),
    "power-carrot": Case(
        {"permit_boost": 10.0, "commitment_usd_year": 1e3},
        {"permit_boost": 1.0, "commitment_usd_year": 0.0},
        ("permit_boost", "commitment_usd_year"),
        "data_centres.power_mw",
        base={"compute.permit_hazard_year": 0.2, "compute.build_years": 0.25},
    ),
    "price-cap": Case(
        {"price_cap_usd_month": 5.0},
        {"price_cap_usd_month": 1e300},
        ("price_cap_usd_month",),
        "tiers.price_usd_month",
        how="max of persons",
        sign=-1,
    ),
    "voucher": Case(
        {"voucher_usd_month": 30.0, "voucher_income_usd_year": 1e5},
        {"voucher_usd_month": 0.0},
        ("voucher_usd_month", "voucher_income_usd_year"),
        "users.adoption",
    ),
    "open-weight-restriction": Case({}, {"open_cap_oom": 900.0}, ("open_cap_oom",)),
    "internal-reporting": Case({}, {"internal_reporting": 0.0}, ("internal_reporting",)),
    "pre-release-evaluation": Case(
        {},
        {"evaluation_depth": 1.0, "evaluation_limit_oom": 900.0},
        ("evaluation_depth", "evaluation_limit_oom"),
    ),
    "tamper-resistance": Case({}, {"tamper_share": 0.0}, ("tamper_share",)),
    "compute-tax": Case(
        {"tax_share": 10.0}, {"tax_share": 0.0}, ("compute_tax",), "labs.training_flop_used", sign=-1
    ),
    "training-cap": Case(
        {"training_cap_oom": 25.0},
        {"training_cap_oom": 900.0},
        ("training_cap_oom",),
        "models.training_flop",
        how="max of new",
        sign=-1,
    ),
    "merger-review": Case({}, {"merger_limit": 1.0}, ("merger_limit",)),
}
every_policy = pytest.mark.parametrize("name", policies())
MOVERS = [name for name in policies() if name not in CASES or CASES[name].column]


def rule(name: str, changes: Mapping[str, Any] | None = None, start: float = 0.0) -> dict[str, Any]:
    return {"policy": name, "start_year": start, **dict(changes or {})}


def ran(name: str, kind: str) -> Results:
    """A run in the setting of a policy, with its rule biting, with its rule idle, or with no rule."""
    case = CASES[name]
    rules = {"acts": [rule(name, case.acts)], "idle": [rule(name, case.idle)], "none": []}[kind]
    changes = small(case.regime, {"horizon.steps": STEPS, **case.base}).override({"regulation": rules})
    return finished(changes.to_toml())


@cache
def finished(toml: str) -> Results:
    return simulate(Scenario.from_mapping(tomllib.loads(toml)), seed=SEED)


def read(name: str, kind: str) -> float:
    table, column = str(CASES[name].column).split(".")
    rows = ran(name, kind).tables[table]
    match CASES[name].how:
        case "max of persons":
            rows = rows[(rows["channel"] == "subscription") & (rows["step"] > 0) & ~rows["self_hosted"]]
            return float(rows[column].max())
        case "max of new":
            return float(rows.loc[rows["step"] > 0, column].max())
    return float(rows.loc[rows["step"] > 0, column].sum())


def test_every_policy_says_what_it_moves() -> None:
    assert set(CASES) == set(policies())


def test_every_lever_is_there() -> None:
    """The levers of the model's section on regulators, one file each."""
    assert len(policies()) >= 16


@pytest.mark.parametrize("name", MOVERS)
def test_it_moves_what_it_should(name: str) -> None:
    without, with_it = read(name, "none"), read(name, "acts")
    assert CASES[name].sign * (with_it - without) > 0, (name, CASES[name].column, without, with_it)


def test_outside_their_dates_they_leave_no_trace() -> None:
    """All policies at once, before and after their time: to the last digit as without any rule."""
    late = [rule(name, case.acts, start=500.0) for name, case in CASES.items()]
    past = [rule(name, case.acts, start=-5.0) | {"end_year": -1.0} for name, case in CASES.items()]
    scenario = small("mixed", {"horizon.steps": STEPS})
    runs = [simulate(scenario.override({"regulation": rules}), seed=SEED) for rules in ([], late + past)]
    assert differences(*runs) == []


@every_policy
def test_out_of_reach_it_leaves_no_trace(name: str) -> None:
    """In force, but nobody is near it: but for its own row on record nothing is different."""
    # means over the rows of that table go with it
    own = ("regulators", "metrics.believed_gap_oom", "metrics.awareness_gap_oom")
    assert differences(ran(name, "idle"), ran(name, "none"), skip=own) == []
    assert set(ran(name, "idle").regulators["rule"]) == {name}


@every_policy
def test_it_writes_its_own_fields_of_the_law(name: str) -> None:
    neutral = Law()
    made = applies()[name](neutral, Rule(policy=name, **CASES[name].acts))
    changed = {f.name for f in fields(Law) if getattr(made, f.name) != getattr(neutral, f.name)}
    assert changed == set(CASES[name].laws)
    assert neutral == Law()  # and leaves what it was given as it was


@every_policy
def test_idle_fields_are_neutral_or_a_duty_that_nobody_owes(name: str) -> None:
    made = applies()[name](Law(), Rule(policy=name, **CASES[name].idle))
    for key in CASES[name].laws:
        if key in ("duties", "evaluation_depth", "voucher_income_usd_year"):
            continue
        value, neutral = getattr(made, key), getattr(Law(), key)
        assert value == neutral or value >= 1.0 or math.isinf(neutral), key


PAIRS = list(product(policies(), repeat=2))


@pytest.mark.parametrize(("first", "second"), PAIRS, ids=[f"{a}+{b}" for a, b in PAIRS])
def test_two_combine_in_any_order(first: str, second: str) -> None:
    """The same law, whichever is applied first; of one policy, with two different numbers."""
    a = Rule(policy=first, start_year=0.0, **CASES[first].acts)
    b = Rule(policy=second, start_year=0.0, **CASES[second].idle)
    one = applies()[second](applies()[first](Law(), a), b)
    other = applies()[first](applies()[second](Law(), b), a)
    assert one == other
    assert law_of([a, b]) == law_of([b, a]) == one


def test_many_combine_in_any_order() -> None:
    """To the last digit: sums of three floats depend on their order."""
    rules = [Rule(policy="compute-tax", tax_share=x) for x in (0.1, 0.2, 0.3, 0.7)]
    rules += [Rule(policy="power-carrot", permit_boost=x) for x in (1.1, 1.3, 1.7)]
    assert law_of(rules) == law_of(rules[::-1]) == law_of(rules[2:] + rules[:2])


@every_policy
def test_it_cannot_know_a_true_capability(name: str) -> None:
    """It imports rules, sight and law only, and names nothing that only a lab knows."""
    tree = ast.parse((POLICIES / f"{name.replace('-', '_')}.py").read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            assert {alias.name for alias in node.names} <= ALLOWED
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0 and node.module in ALLOWED
        if isinstance(node, ast.Attribute):
            assert node.attr not in HIDDEN


@every_policy
def test_it_declares_the_fields_that_it_uses(name: str) -> None:
    declared = fields_of_policies()[name]
    module = importlib.import_module(f"model.policies.{name.replace('-', '_')}")
    assert tuple(module.FIELDS) == declared and set(declared) <= set(Rule.model_fields)
    assert not set(declared) & set(COMMON) and len(set(declared)) == len(declared)
    assert set(CASES[name].acts) | set(CASES[name].idle) <= set(declared)
    assert math.isfinite(line_of(Rule(policy=name)))


def test_every_field_is_used_by_some_policy() -> None:
    used = {name for declared in fields_of_policies().values() for name in declared}
    assert used | set(COMMON) == set(Rule.model_fields)


@every_policy
def test_a_field_that_it_does_not_use_is_refused(name: str) -> None:
    uses = fields_of_policies()[name]
    foreign = next(f for f in ("tax_share", "threshold_oom", "merger_limit") if f not in uses)
    with pytest.raises(ScenarioError, match=rf"regulation\.0\.{foreign}: not used by the policy '{name}'"):
        Scenario().override({"regulation": [rule(name, {foreign: 0.7})]})
    assert Scenario().override({"regulation": [rule(name)]}).regulation[0].policy == name


@every_policy
def test_what_is_in_force_is_of_its_kind(name: str) -> None:
    """Adaptation may move numbers; who makes the rule, where and for whom stays."""
    asked = Rule(policy=name, regulator="Commission", regions=["EU"], start_year=0.0, **CASES[name].acts)
    now = policies()[name](asked, Sight(1.0, 27.0, 0.25, 0.4, (26.0, 27.0), (26.5, 28.0)))
    assert now is not None
    assert [getattr(now, key) for key in COMMON] == [getattr(asked, key) for key in COMMON]
    for duty in applies()[name](Law(), now).duties:
        assert (duty.regulator, duty.regions, duty.policy) == ("Commission", ("EU",), name)


def test_a_rule_that_starts_in_mid_run_changes_nothing_before() -> None:
    changes = {"horizon.steps": 6}
    late = [rule("price-cap", {"price_cap_usd_month": 5.0}, start=1.0)]
    plain = simulate(small(changes=changes).override({"regulation": []}), seed=SEED)
    dated = simulate(small(changes=changes).override({"regulation": late}), seed=SEED)
    for name in ("tiers", "labs", "users"):
        before = [t[t["step"] < 4].reset_index(drop=True) for t in (plain.tables[name], dated.tables[name])]
        assert before[0].equals(before[1]), name
    sold = dated.tiers.query("step >= 4 and not self_hosted and channel == 'subscription'")
    assert sold["price_usd_month"].max() <= 5.0 * (1 + 1e-9)
