"""Strategies: who gets which, what the agile one learns, what the others do with the rules."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import numpy as np
import pytest

from agents.decisions.distilling import decide_distillation
from agents.decisions.menu import decide_depth, decide_tiers
from agents.decisions.opening import decide_opening
from agents.decisions.outlook import Appraisal, Ask, Decide, Outlook, Talk, decide_together
from agents.decisions.pricing import decide_prices
from agents.decisions.training import decide_training, run_sizes
from agents.lab import Lab
from agents.showing import Showing, origin, showings
from agents.strategies import kind, named, nothing, retold, seen, strategies
from agents.strategies.agile import EDGE, Account, Agile, Outlays, outlays, returns
from model import Industry, Scenario
from model.catalogue import Decision, FoundationModel, Spec
from model.errors import ScenarioError
from model.metrics import Snapshot, compute
from tests.support.small import run, small

DISTILS = "inference-in-training"


@pytest.fixture(scope="module")
def industry() -> Industry:
    return run(small(DISTILS), 3)


def outlook_of(industry: Industry) -> Outlook:
    return industry.outlook(industry.books())


def shows(**facts: Any) -> Showing:
    plain: dict[str, Any] = {
        "lab": 1,
        "revenue_usd": 100.0,
        "serving_usd": 40.0,
        "origin": 5,
        "run_flop": 1000.0,
        "rounds_flop": 0.0,
        "depth": 1.0,
    }
    return Showing(**(plain | facts))


# -- who gets which ------------------------------------------------------------------------------


def given(scenario: Scenario, seed: int = 7) -> list[str]:
    return [lab.strategy.name for lab in Industry(scenario, rng=seed).labs]


def test_everybody_is_an_incumbent_unless_told() -> None:
    assert given(small()) == ["incumbent"] * 4
    assert given(small(changes={"labs.strategy": "agile"})) == ["agile"] * 4


def test_strategies_are_taken_in_turn() -> None:
    listed = {"labs.strategies": ["agile", "fixed", "niche"], "labs.strategy": "challenger"}
    assert given(small(changes=listed)) == ["agile", "fixed", "niche", "agile"]


def test_by_lot_the_same_strategies_go_to_other_labs() -> None:
    lot = {"labs.strategies": ["agile", "fixed"], "labs.strategy_lot": True}
    orders = {tuple(given(small(changes=lot), seed)) for seed in range(8)}
    assert all(sorted(order) == ["agile", "agile", "fixed", "fixed"] for order in orders)
    assert len(orders) > 1
    assert given(small(changes=lot), 3) == given(small(changes=lot), 3)


def test_a_labs_own_setup_comes_first() -> None:
    labs = [{"name": "A"}, {"name": "B", "strategy": "fixed"}, {"name": "C"}]
    changes = {
        "labs.start": "list",
        "labs.explicit": labs,
        "labs.strategies": ["agile"],
        "compute.price": 1.0,
    }
    assert given(small(changes=changes)) == ["agile", "fixed", "agile"]


@pytest.mark.parametrize(("own", "expected"), [(None, "niche"), ("challenger", "challenger")])
def test_entrants_have_theirs(own: str | None, expected: str) -> None:
    changes = {"labs.strategy": "niche", "labs.entrant_strategy": own, "labs.entry_hazard_year": 40.0}
    labs = run(small(changes=changes), 4).labs
    entered = [lab for lab in labs if lab.entered_step > 0]
    assert entered and all(lab.strategy.name == expected for lab in entered)


@pytest.mark.parametrize("key", ["labs.strategy", "labs.entrant_strategy"])
def test_an_unknown_strategy_is_one_line(key: str) -> None:
    with pytest.raises(ScenarioError, match=rf"{key} = 'clever': no such strategy; allowed: agile, ch"):
        small(changes={key: "clever"})


def test_labs_share_no_memory() -> None:
    assert named("agile") is not named("agile")
    one, other = Agile(), Agile()
    one.learn({"depth": (10.0, 30.0)}, 1.0, 0.5)
    assert other.accounts["depth"].spent_usd == 0.0


# -- tools ---------------------------------------------------------------------------------------


def talk(asks: int) -> Generator[Ask, Appraisal, list[Decision]]:
    told = []
    for number in range(asks):
        answer = yield Ask(0, [[Spec(1.0, 1.0, 1.0, 1.0)]], ahead=float(number))
        told.append(Decision(0, "x", str(number), float(answer.profit[0]), True))
    return told


def finish(conversation: Talk, answer: Callable[[Ask], float]) -> tuple[list[Ask], list[Decision]]:
    asked = []
    try:
        question = next(conversation)
        while True:
            asked.append(question)
            question = conversation.send(Appraisal(np.array([answer(question)]), np.zeros((1, 1))))
    except StopIteration as done:
        return asked, list(done.value)


def test_a_conversation_retold() -> None:
    asked, made = finish(
        retold(
            talk(3),
            ask=lambda q: q._replace(ahead=q.ahead + 10.0),
            answer=lambda q, told: told._replace(profit=2.0 * told.profit + q.ahead),
        ),
        lambda q: q.ahead,
    )
    assert [q.ahead for q in asked] == [10.0, 11.0, 12.0]
    assert [d.expected_payoff_usd for d in made] == [20.0, 23.0, 26.0]  # 2 x asked + as it was put


def test_nothing_is_no_question_and_no_option() -> None:
    assert finish(nothing(), lambda q: 0.0) == ([], [])


def test_own_numbers_leave_the_public_ones_alone(industry: Industry) -> None:
    outlook = outlook_of(industry)
    mine = seen(outlook, purse=0.5, planning_years=9.0)
    assert mine.scenario.labs.planning_years == 9.0 and mine.life_steps == 36.0
    assert outlook.scenario.labs.planning_years == 1.5 and outlook.purse == 1.0
    assert mine.polls is outlook.polls and mine.scenario.users is outlook.scenario.users
    lab = industry.active_labs[0]
    assert lab.spendable_usd(mine, 1.0) == 0.5 * lab.spendable_usd(outlook, 1.0) > 0.0


def test_rules_have_kinds() -> None:
    assert [kind(r) for r in (decide_prices, decide_tiers, decide_training)] == ["price", "tier", "train"]

    def something_new(lab: Lab, outlook: Outlook) -> Talk:
        return nothing()

    assert kind(something_new) == "something_new"


# -- the public record ---------------------------------------------------------------------------


def model(number: int, checkpoint_of: int = -1) -> FoundationModel:
    return FoundationModel(number, 0, "m", 1e25, 0.0, 1e12, 25.0, False, 0, checkpoint_of=checkpoint_of)


def test_checkpoints_lead_back_to_their_run() -> None:
    models = [model(3), model(5, 3), model(9, 5), model(10)]
    assert [origin(m, models).id for m in models] == [3, 3, 3, 10]


def test_the_record_is_what_was_sold(industry: Industry) -> None:
    outlook = outlook_of(industry)
    assert set(outlook.shown) == {lab.number for lab in industry.active_labs if lab.tiers}
    for lab in industry.active_labs:
        if lab.tiers:
            shown = outlook.shown[lab.number]
            assert shown.revenue_usd == pytest.approx(lab.revenue_usd)
            assert min(t.depth for t in lab.tiers) <= shown.depth <= max(t.depth for t in lab.tiers)
            assert (shown.serving_usd > 0.0) == (lab.inference_flop > 0.0)


def test_standard_use_costs_what_its_passes_cost(industry: Industry) -> None:
    lab = next(x for x in industry.active_labs if x.tiers)
    know, tasks, price = industry.knowhow, 500.0, 2e-18
    expected = 0.0
    for tier in lab.tiers:
        users = lab.tier_revenue.get(tier.id, 0.0) / tier.price_usd
        flop = know.flop_per_task(tier.model.parameters) * tier.depth * tasks
        expected += users * flop * price * know.technology.inference_price_ratio
    found = showings([lab], know, price, tasks)[lab.number]
    assert found.serving_usd == pytest.approx(expected)


# -- what the agile one learns -------------------------------------------------------------------


def test_outlays_by_hand() -> None:
    old = shows(depth=2.0)
    assert outlays(old, old, 3.0, 2.0, 10.0)[0] == Outlays(0.0, 0.0, 0.0)
    assert outlays(old, shows(origin=6, depth=2.0), 3.0, 2.0, 10.0)[0].training == 3000.0
    rounds = shows(rounds_flop=50.0, depth=2.0)
    assert outlays(old, rounds, 3.0, 2.0, 10.0)[0] == Outlays(0.0, 100.0, 0.0)
    fresh = shows(origin=6, rounds_flop=20.0, depth=2.0)  # of the new run, not less than those of the old
    assert outlays(rounds, fresh, 3.0, 2.0, 10.0)[0] == Outlays(3000.0, 40.0, 0.0)
    # 40 USD a step at depth 8, of which three quarters would not be paid at depth 2
    put, deeper = outlays(old, shows(depth=8.0), 3.0, 2.0, 10.0)
    assert put == Outlays(0.0, 0.0, 300.0) and deeper == 300.0
    # shallower, or back to an older model: no investment
    assert sum(outlays(shows(depth=8.0), old, 3.0, 2.0, 10.0)[0]) == 0.0
    assert (
        sum(outlays(shows(origin=6), shows(origin=5, run_flop=9e9, rounds_flop=9.0), 3.0, 2.0, 10.0)[0])
        == 0.0
    )


def test_returns_by_hand() -> None:
    """Two labs; the market grows by a tenth; one trains and gains, one stays and loses."""
    before = {1: shows(), 2: shows(lab=2)}
    now = {
        1: shows(revenue_usd=140.0, serving_usd=50.0, origin=6),
        2: shows(lab=2, revenue_usd=80.0, serving_usd=35.0),
    }
    found = returns(before, now, run_usd=0.1, round_usd=0.1, annuity=5.0)
    assert found["training"] == pytest.approx((100.0, 5.0 * (90.0 - 1.1 * 60.0)))
    assert found["depth"] == found["distillation"] == (0.0, 0.0)


def test_what_depth_costs_is_not_counted_twice() -> None:
    """Margin falls by what the depth costs: a dollar has brought nothing. It stays: it has brought one."""
    before = {1: shows(), 2: shows(lab=2)}
    flat = {1: shows(serving_usd=80.0, depth=2.0), 2: shows(lab=2)}
    assert returns(before, flat, 1.0, 1.0, 5.0)["depth"] == pytest.approx((200.0, 0.0))
    paid = {1: shows(revenue_usd=140.0, serving_usd=80.0, depth=2.0), 2: shows(lab=2, revenue_usd=60.0)}
    assert returns(before, paid, 1.0, 1.0, 5.0)["depth"] == pytest.approx((200.0, 200.0))


def test_ways_share_what_came_of_them_together() -> None:
    before = {1: shows(), 2: shows(lab=2)}
    now = {1: shows(revenue_usd=130.0, origin=6, rounds_flop=3000.0), 2: shows(lab=2, revenue_usd=70.0)}
    found = returns(before, now, 1.0, 1.0, 2.0)
    assert found["training"] == pytest.approx((1000.0, 15.0))
    assert found["distillation"] == pytest.approx((3000.0, 45.0))


def test_who_comes_or_goes_says_nothing() -> None:
    assert returns({1: shows()}, {2: shows(lab=2, origin=9)}, 1.0, 1.0, 1.0)["training"] == (0.0, 0.0)
    assert returns({}, {}, 1.0, 1.0, 1.0)["depth"] == (0.0, 0.0)


def test_an_account_forgets() -> None:
    account = Account()
    assert account.worth(0.0) == account.worth(10.0) == 1.0
    account.book(100.0, 300.0, 0.5)
    assert account.worth(0.0) == 3.0 and account.worth(100.0) == 2.0
    account.book(50.0, 0.0, 0.5)
    assert (account.spent_usd, account.back_usd) == (100.0, 150.0)


def test_it_pivots_to_what_pays_better() -> None:
    lab = Agile()
    assert lab.focus == "training"
    training, depth = (1000.0, 1500.0), (1000.0, 3000.0)
    assert lab.learn({"training": training, "depth": depth}, 1.0, 0.5) == "depth"
    for _ in range(3):
        lab.learn({"training": (1000.0, 4000.0), "depth": (1000.0, 500.0)}, 1.0, 0.5)
    assert lab.focus == "training"  # and back, once the news are others


def test_a_quick_learner_pivots_earlier() -> None:
    def steps(gain: float) -> int:
        lab = Agile()
        for _ in range(10):
            lab.learn({"training": (100.0, 300.0), "depth": (100.0, 100.0)}, 1.0, gain)
        for step in range(1, 50):
            if lab.learn({"training": (100.0, 50.0), "depth": (100.0, 200.0)}, 1.0, gain) == "depth":
                return step
        raise AssertionError("never")

    assert steps(0.9) == 1 < steps(0.4) < steps(0.1)


def test_little_evidence_and_little_better_move_nothing() -> None:
    assert Agile().learn({"depth": (5.0, 500.0)}, prior_usd=10.0, gain=0.5) == "training"
    assert Agile().learn({"distillation": (0.0, 0.0)}, prior_usd=10.0, gain=0.5) == "training"
    spent = 1e6
    assert Agile().learn({"depth": (spent, spent * (1 + 0.9 * EDGE))}, 1.0, 0.5) == "training"
    assert Agile().learn({"depth": (spent, spent * (1 + 1.1 * EDGE))}, 1.0, 0.5) == "depth"


def test_it_reads_the_record_once_a_step_and_says_why(industry: Industry) -> None:
    outlook, lab, mind = outlook_of(industry), industry.active_labs[0], Agile()
    total = sum(s.revenue_usd for s in outlook.shown.values())
    other = max(n for n in outlook.shown if n != lab.number)
    seen_first = dict(outlook.shown)
    lab.news = []
    mind.decide(decide_prices, lab, outlook)
    assert lab.news == []
    # a rival doubles its depth and takes as much again as all sell together
    now = dict(seen_first)
    old = now[other]
    now[other] = old._replace(
        revenue_usd=old.revenue_usd + total, serving_usd=0.1 * total, depth=2.0 * old.depth
    )
    later = seen(outlook)
    later.step, later.shown = outlook.step + 1, now
    mind.decide(decide_prices, lab, later)
    mind.decide(decide_depth, lab, later)
    assert mind.focus == "depth" and [e.kind for e in lab.news] == ["pivot"]
    event = lab.news[0]
    assert event.payload["from"] == "training" and event.payload["to"] == "depth"
    assert float(str(event.payload["depth_return"])) > 1.0 + EDGE
    assert "pivots from training to depth" in event.text
    lab.news = []


def numbers_of(strategy: Any, rule: Decide, lab: Lab, outlook: Outlook) -> Outlook | None:
    """The outlook that a strategy hands to a rule; None if it does not ask it."""
    got: list[Outlook] = []

    def spy(_: Lab, passed: Outlook) -> Talk:
        got.append(passed)
        return nothing()

    spy.__name__ = rule.__name__
    strategy.decide(spy, lab, outlook)
    return got[0] if got else None


def test_attention_goes_to_the_focus(industry: Industry) -> None:
    outlook, lab = outlook_of(industry), industry.active_labs[0]
    labs = outlook.scenario.labs
    mind = Agile()
    train, depth = (numbers_of(mind, rule, lab, outlook) for rule in (decide_training, decide_depth))
    assert train is not None and depth is not None
    assert train.scenario.labs.training_reach_oom == 2.0 * labs.training_reach_oom and train.purse == 1.0
    assert depth.scenario.labs.depth_damping == 0.5 * labs.depth_damping
    mind.focus = "depth"
    train, depth = (numbers_of(mind, rule, lab, outlook) for rule in (decide_training, decide_depth))
    assert train is not None and depth is not None
    assert train.scenario.labs.training_reach_oom == 0.5 * labs.training_reach_oom and train.purse == 0.5
    assert depth.scenario.labs.depth_damping == 2.0 * labs.depth_damping


def test_what_is_out_of_focus_is_looked_at_every_other_review(industry: Industry) -> None:
    outlook, lab = seen(outlook_of(industry)), industry.active_labs[0]
    mind, asked = Agile(), []
    for step in range(4):
        outlook.step = step
        asked.append(numbers_of(mind, decide_distillation, lab, outlook) is not None)
    assert asked == [True, False, True, False]
    mind.focus = "distillation"
    outlook.step = 3
    assert numbers_of(mind, decide_distillation, lab, outlook) is not None


# -- what the others do --------------------------------------------------------------------------


def test_fixed_never_distils_nor_deepens() -> None:
    changes = {"labs.adapt.entry": False}
    fixed = run(small(DISTILS, changes | {"labs.strategy": "fixed"}), 8).results
    free = run(small(DISTILS, changes), 8).results
    assert free.models["distillation_rounds"].max() > 0 == fixed.models["distillation_rounds"].max()
    assert not set(fixed.decisions["decision"]) & {"depth", "tier", "distil", "internal"}
    assert {"train", "price"} <= set(fixed.decisions["decision"])
    first = fixed.tiers.query("step == 0 and not self_hosted").set_index("tier")["depth"]
    later = fixed.tiers.query("step > 0 and not self_hosted")
    assert (later["depth"] == first.reindex(later["tier"]).to_numpy()).all()
    options = fixed.decisions.query("decision == 'release' or decision == 'hold'")["option"]
    assert not options.str.contains("distil|a tier more").any()


def test_a_challenger_is_cheaper_while_it_has_credit() -> None:
    def prices(strategy: str, profit: float) -> np.ndarray[Any, Any]:
        world = run(small(), 2)
        lab = world.active_labs[0]
        lab.operating_profit_usd, lab.strategy = profit, named(strategy)
        decide_together([lab], decide_prices, outlook_of(world))
        return np.array([t.price_usd for t in lab.tiers])

    usual, pushed = prices("incumbent", 0.0), prices("challenger", 0.0)
    assert (pushed < usual).all()
    assert np.array_equal(prices("challenger", -1e15), prices("incumbent", -1e15))


def test_a_challenger_takes_a_longer_view(industry: Industry) -> None:
    outlook, lab = outlook_of(industry), industry.active_labs[0]
    mine = numbers_of(named("challenger"), decide_training, lab, outlook)
    assert mine is not None and mine.life_steps == 2.0 * outlook.life_steps


def test_a_niche_lab_looks_at_small_runs_and_one_tier(industry: Industry) -> None:
    outlook, lab = outlook_of(industry), next(x for x in industry.active_labs if x.models)
    mine = numbers_of(named("niche"), decide_training, lab, outlook)
    assert mine is not None and max(run_sizes(lab, mine)) <= max(run_sizes(lab, outlook))
    assert mine.scenario.labs.training_reach_oom == pytest.approx(0.3)
    tiers = numbers_of(named("niche"), decide_tiers, lab, outlook)
    assert tiers is not None and tiers.scenario.labs.max_tiers == 1


def test_a_champion_counts_others_gain(industry: Industry) -> None:
    """The same model is worth more to publish; what it is worth closed is as before."""
    made: dict[str, dict[str, float]] = {}
    for name in ("incumbent", "open-champion"):
        world = run(small(changes={"open_weights.models_considered": 30}), 3)
        lab = next(x for x in world.active_labs if x.complement_share == 0.0 and x.best_model is not None)
        best = lab.best_model
        assert best is not None
        best.open_weights, best.released_step, lab.strategy = False, world.period, named(name)
        rows = decide_together([lab], decide_opening, outlook_of(world))
        made[name] = {r.option: r.expected_payoff_usd for r in rows if best.name in r.option}
    usual, champion = made["incumbent"], made["open-champion"]
    assert len(usual) == 2
    for option, worth in usual.items():
        if option.startswith("keep"):
            assert champion[option] == worth
        else:
            assert champion[option] > worth


def test_incumbents_are_asked_as_before(industry: Industry) -> None:
    outlook, lab = outlook_of(industry), industry.active_labs[0]
    for rule in (decide_prices, decide_training, decide_depth):
        assert numbers_of(named("incumbent"), rule, lab, outlook) is outlook


def test_strategies_are_listed_by_file() -> None:
    assert {"incumbent", "challenger", "open-champion", "niche", "fixed", "agile"} <= set(strategies())


# -- the metric ----------------------------------------------------------------------------------


def gap(profit: list[float], strategy: list[str]) -> float:
    tables = {"labs": {"profit_usd": profit, "strategy": strategy}}
    return compute(Snapshot(tables), ["agile_payoff_gap_usd"])["agile_payoff_gap_usd"]


def test_payoff_gap_by_hand() -> None:
    names = ["agile", "fixed", "agile", "incumbent", "fixed"]
    assert gap([10.0, 1.0, 20.0, 999.0, 4.0], names) == 12.5
    assert np.isnan(gap([10.0, 1.0], ["agile", "incumbent"])) and np.isnan(gap([], []))
