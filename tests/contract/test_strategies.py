"""Every strategy keeps the contract: it runs, pays its bills, says what it compared, and cannot know."""

from __future__ import annotations

import ast
import importlib
import inspect
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from agents import strategies as folder
from agents.strategies import KINDS, Strategy, kind, named, strategies
from model import Results
from model.metrics import registry
from model.parameters import registry as parameters_of
from model.scenario import Scenario
from model.sections.strategy import strategy_names
from tests.support.small import REGIMES, differences, run, small

STEPS = 6
SEED = 3
REGIME = "inference-in-training"
ROOT = Path(folder.__file__).resolve().parents[2]
ALLOWED = ("__future__", "collections", "dataclasses", "math", "typing", "numpy")
ALLOWED += ("agents.decisions", "agents.fringe", "agents.lab", "agents.showing", "agents.strategies")
ALLOWED += ("model.catalogue", "model.mechanisms")
# What is hidden or kept for the record; and the one way to learn of others, `Outlook.shown`, is no such name.
BARRED = {"drift", "named", "fingerprint", "recorder", "results", "labs_of_step", "active_labs"}
BARRED |= {"wall_slope", "wall_oom", "inference_exponent", "training_exponent", "retention", "streams"}
every_strategy = pytest.mark.parametrize("name", strategies())


@cache
def finished(name: str, again: int = 0) -> Results:
    """A run in which all labs, entrants too, follow a strategy. again: number of the repetition."""
    return run(small(REGIME, {"labs.strategy": name, "labs.entry_hazard_year": 16.0}), STEPS, SEED).results


def tree(name: str) -> ast.Module:
    return ast.parse(Path(inspect.getfile(strategies()[name])).read_text(encoding="utf-8"))


def test_scenarios_know_all_strategies_and_no_other() -> None:
    assert list(strategy_names()) == sorted(strategies())


def test_every_rule_that_the_schedule_puts_to_labs_has_a_kind() -> None:
    """A new decision gets a word in `KINDS`, or strategies could not tell it from others."""
    asked = set()
    for file in ("schedule.py", "phases/theft.py"):
        body = ast.parse((ROOT / "model" / file).read_text(encoding="utf-8"))
        for node in ast.walk(body):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "decide_together":
                asked |= {n.id for n in ast.walk(node.args[1]) if isinstance(n, ast.Name)}
    rules = {word for word in asked if word.startswith(("decide_", "adapt_"))}
    assert len(rules) >= 8 and rules <= set(KINDS)


@every_strategy
class TestStrategy:
    """The battery."""

    def test_it_is_documented_and_is_one_method(self, name: str) -> None:
        module = importlib.import_module(strategies()[name].__module__)
        assert inspect.getdoc(module) and inspect.getdoc(strategies()[name])
        assert "decide" in vars(strategies()[name])
        assert named(name).name == name and isinstance(named(name), Strategy)

    def test_it_runs_and_nothing_is_nan(self, name: str) -> None:
        """The ledger and the users are checked in every step: a leak would have ended the run."""
        labs = finished(name).labs
        assert set(labs["step"]) == set(range(STEPS + 1))
        assert set(labs["strategy"]) == {name}
        for column in ("cash_usd", "revenue_usd", "profit_usd", "training_flop_used", "users"):
            assert np.isfinite(labs[column]).all(), column
        tiers = finished(name).tiers
        for column in ("price_usd", "depth", "users", "revenue_usd"):
            assert np.isfinite(tiers[column]).all() and (tiers[column] >= 0.0).all(), column

    def test_cash_is_conserved(self, name: str) -> None:
        """Cash now = cash before + profit + funding + credits used - payouts + sales of labs, lab by lab."""
        labs = finished(name).labs.sort_values(["lab", "step"])
        before = labs.groupby("lab")["cash_usd"].shift()
        flow = labs["profit_usd"] + labs["funding_usd"] + labs["credits_used_usd"]
        flow = flow - labs["payouts_usd"] + labs["mergers_usd"]
        step = (labs["cash_usd"] - before - flow)[before.notna()]
        assert (step.abs() <= 1e-6 * labs["cash_usd"].abs().max()).all()

    def test_it_says_what_it_compared(self, name: str) -> None:
        made = finished(name).decisions
        assert {"price", "train"} <= set(made["decision"])
        assert np.isfinite(made["expected_payoff_usd"]).all() and (made["option"] != "").all()
        runs = made[made["decision"] == "train"].groupby(["step", "lab"])
        assert (runs["chosen"].sum() == 1).all() and (runs.size() >= 1).all()
        best = runs["expected_payoff_usd"].max()
        assert (made[(made["decision"] == "train") & made["chosen"]]["expected_payoff_usd"].size) == len(best)

    def test_same_seed_same_run(self, name: str) -> None:
        assert differences(finished(name), finished(name, again=1)) == []

    def test_it_lives_beside_the_others(self, name: str) -> None:
        others = [name, *(other for other in strategies() if other != name)][:4]
        labs = run(small(changes={"labs.strategies": others}), 3, SEED).results.labs
        assert list(labs.query("step == 0").sort_values("lab")["strategy"]) == others

    def test_it_works_where_training_is_smooth(self, name: str) -> None:
        changes = {"labs.strategy": name, "labs.training_mode": "continuous", "compute.price": 1.4e-18}
        labs = run(small(changes=changes), 3, SEED).results.labs
        assert np.isfinite(labs["profit_usd"]).all()

    def test_it_imports_rules_and_public_knowledge_only(self, name: str) -> None:
        for node in ast.walk(tree(name)):
            if isinstance(node, ast.Import):
                taken = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                taken = [node.module or ""]
            else:
                continue
            for word in taken:
                assert any(word == a or word.startswith(f"{a}.") for a in ALLOWED), f"{name} imports {word}"

    def test_it_cannot_know_the_regime_nor_an_outcome(self, name: str) -> None:
        words = set()
        for node in ast.walk(tree(name)):
            if isinstance(node, ast.Attribute):
                words.add(node.attr)
                read = ast.unparse(node)
                assert not read.endswith(("scenario.name", "scenario._name")), f"{name} reads {read}"
            elif isinstance(node, ast.Name):
                words.add(node.id)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                words.add(node.value)
        assert not words & set(REGIMES), f"{name} names a regime"
        assert not words & set(registry()), f"{name} names a metric"
        assert not words & BARRED, f"{name} reads {words & BARRED}"
        technology = {
            p.key.rpartition(".")[2] for p in parameters_of(Scenario) if p.key.startswith("technology.")
        }
        assert words & technology <= {"final_run_share"}, "numbers of technology are for the rules to read"

    def test_kinds_reach_it(self, name: str) -> None:
        """Whatever rule it is asked about, it answers with a conversation."""
        industry = run(small(REGIME, {"labs.strategy": name}), 1, SEED)
        outlook, lab = industry.outlook(industry.books()), industry.active_labs[0]

        def something_new(lab: object, outlook: object) -> object:
            yield from ()
            return []

        assert kind(something_new) == "something_new"  # type: ignore[arg-type]
        conversation = lab.strategy.decide(something_new, lab, outlook)  # type: ignore[arg-type]
        with pytest.raises(StopIteration):
            next(conversation)


def test_full_attention_is_no_focus() -> None:
    """At an attention of one an agile lab does what an incumbent does, bit by bit, but for announcements."""
    agile = {"labs.strategy": "agile", "labs.agile_attention": 1.0}
    left = run(small("inference-at-deployment", agile), 8, SEED).results
    right = run(small("inference-at-deployment"), 8, SEED).results
    assert differences(left, right, skip={"events", "labs.strategy"}) == []


@pytest.mark.parametrize("name", [n for n in strategies() if n != "incumbent"])
def test_a_strategy_makes_a_difference(name: str) -> None:
    plain = run(small(REGIME, {"labs.entry_hazard_year": 16.0}), STEPS, SEED).results
    assert set(differences(finished(name), plain)) - {"labs.strategy", "events"}
