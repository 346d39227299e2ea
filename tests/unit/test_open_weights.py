"""Open weights: hosts, the decision to publish, building on open models, what users would lose."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from agents.book import SELF_HOSTED
from agents.decisions.building import open_base, start_building, tuning
from agents.decisions.entering import decide_entry
from agents.decisions.opening import decide_opening
from agents.decisions.outlook import Ask, appraise, decide_together
from agents.fringe import Published, log_odds, makers_only, users_gain, worth_to_others
from agents.surplus import surplus_usd
from model import Industry, Results, simulate
from model.law import Law
from model.mechanisms.demand import log_sum_surplus
from model.mechanisms.open_weights import added_worth, against_fringe, opening_gain, share_of_added
from tests.support.small import differences, run, small, theory

# labs of the real start, some of them open, and everything of others' making that could blur them out
MARKET = {"users.count": 400, "labs.data_count": 8, "security.theft": False}
CLOSED: dict[str, Any] = {"labs.start": "symmetric", "labs.count": 3, "compute.price": 1.4e-18}


# -- the equations -----------------------------------------------------------------------------------


def test_a_lab_against_the_fringe_is_p20() -> None:
    """v_lab - v_open = .5, h = .5, kappa = .01: the open share falls with depth through the overhead."""
    depth = np.array([1.0, 10.0, 100.0, 1000.0])
    found = against_fringe(0.5 + 0.5 * 0.01 * depth)
    np.testing.assert_allclose(found.open_share, [0.71118, 0.70459, 0.63810, 0.23231], atol=5e-6)
    np.testing.assert_allclose(found.markup, [1.40612, 1.41926, 1.56714, 4.30466], atol=5e-6)
    # without overhead depth does not matter
    assert np.ptp(against_fringe(0.5 + 0.0 * depth).open_share) == 0.0
    # against a search over prices, at another scale of tastes
    for x in (-30.0, -1.0, 0.3, 4.0, 40.0):
        markup = np.linspace(0.0, 80.0, 800_001)
        profit = markup / (1.0 + np.exp(np.minimum((markup - x) / 2.0, 700.0)))
        best = against_fringe(x, 2.0)
        assert best.markup == pytest.approx(markup[int(profit.argmax())], abs=2e-4)
        assert best.open_share == pytest.approx(2.0 / best.markup)


def test_added_worth_is_a_difference_of_log_sums() -> None:
    rng = np.random.default_rng(1)
    utility = rng.normal(size=(50, 4))
    whole, part = (
        log_sum_surplus(u, np.arange(u.shape[1]), taste_scale=0.7, within_lab_scale=0.7, outside_utility=0.2)
        for u in (utility, utility[:, :3])
    )
    total = np.log(np.exp(utility[:, :3] / 0.7).sum(1) + np.exp(0.2 / 0.7))
    gain = added_worth(total, utility[:, 3] / 0.7, 0.7)
    np.testing.assert_allclose(gain, whole - part, rtol=1e-10)
    chosen = share_of_added(total, utility[:, 3] / 0.7)
    np.testing.assert_allclose(chosen, np.exp(utility[:, 3] / 0.7 - whole / 0.7), rtol=1e-10)
    assert added_worth(total, np.full(50, -np.inf), 0.7).max() == 0.0


def test_opening_gain_adds_up() -> None:
    assert opening_gain(100.0, 90.0, 0.3, 50.0) == pytest.approx(5.0)
    assert opening_gain(100.0, 90.0, 0.0, 1e9) == pytest.approx(-10.0)


# -- hosts -------------------------------------------------------------------------------------------


def fringe_market(**rules: Any) -> Industry:
    """A closed lab and one that publishes and that nobody buys from; depth one costs .5 to serve."""
    world = theory(
        [
            {"name": "closed", "training_flop": 1e2, "tiers": [{"depth": 1.0, "price_usd": 1.5}]},
            {"name": "open", "training_flop": 1e2, "open_weights": True, "appeal": -1e4},
        ],
        {
            "users.tasks_per_year": 0.5,
            "technology.reference_parameters": 0.5,
            "technology.parameters_exponent": 0.0,
            "technology.tokens_per_task": 1.0,
            "technology.inference_price_ratio": 1.0,
            "technology.inference_efficiency_growth_oom": 0.0,
            "technology.algorithm_growth_oom": 0.0,
            "compute.price_decline_oom": 0.0,
            "open_weights.depths": [1.0],
            "open_weights.overhead_spread": 0.0,
            "open_weights.retail_markup": 0.0,
            "open_weights.setup_usd_year": 0.0,
            **{f"open_weights.{k}": v for k, v in rules.items()},
        },
    )
    return run(world, 1)


def test_hosts_ask_cost_plus_overhead_and_keep_nothing() -> None:
    world = fringe_market(hosts=True, host_overhead=0.4)
    rows = world.results.tiers.query("step == 1 and self_hosted")
    assert rows["host_run"].all() and rows["price_usd"].tolist() == pytest.approx([0.7])
    assert (rows["revenue_usd"] == 0.0).all()
    bought = world.results.purchases.query(f"step == 1 and tier == {rows['tier'].iloc[0]}")
    assert bought["payments_usd"].sum() == pytest.approx(0.7 * rows["users"].sum())
    # what users pay hosts is what the owners of compute get
    assert world.ledger.total("self-hosting") == pytest.approx(0.7 * rows["users"].sum())
    assert world.results.users.query("step == 1")["self_hosting"].max() == 0.0


def test_users_take_what_is_cheaper_for_them() -> None:
    """Within the nest, whose tastes are fine: all to the hosts, or all on their own."""
    for host, own in ((0.1, 3.0), (3.0, 0.1)):
        world = fringe_market(hosts=True, self_hosting=True, host_overhead=host, overhead=own)
        world.settings = world.settings.override({"users.within_lab_scale": 0.01})
        world = run(world.settings, 1)
        users = world.results.tiers.query("step == 1 and self_hosted").set_index("host_run")["users"]
        assert users[host < own] > 0.1 and users[host > own] < 1e-9


def test_what_a_lab_imagines_is_what_comes() -> None:
    """Odds of an open model as a lab would work them out are those that market research then finds."""
    world = run(small(changes=MARKET | {"open_weights.self_hosting": False, "users.inertia": 0.0}), 1)
    outlook = world.outlook(world.books())
    assert outlook.open_models
    for model in outlook.open_models:
        for channel, poll in outlook.polls.items():
            odds, paid = log_odds(Published.of(model), poll, channel, world.flop_price, outlook)
            found = poll.value[SELF_HOSTED + model.id] / poll.users.taste_scale
            np.testing.assert_allclose(odds, found, rtol=1e-5, atol=1e-5)
            assert (paid > 0).all()


def test_a_published_model_is_a_rival() -> None:
    """The profit with a model published is that with its odds among the rivals': less."""
    world = run(small(changes=MARKET), 1)
    outlook = world.outlook(world.books())
    lab = world.active_labs[0]
    assert lab.best_model is not None
    from model.catalogue import Spec

    menu = [Spec.of(t) for t in lab.menus[0]]
    ask = Ask(0, [menu], iterations=0)
    asks = [ask, ask._replace(published=Published.of(lab.best_model)), ask._replace(appeal=0.2)]
    alone, shared, liked = (float(a.profit[0]) for a in appraise([(lab, a) for a in asks], outlook))
    assert shared < alone < liked


# -- publishing --------------------------------------------------------------------------------------


@cache
def eager() -> Results:
    """All labs of the start that are open get back what their models are worth to others."""
    return simulate(small(changes=MARKET | {"open_weights.complement_share": 1.0}), seed=3)


def test_without_complements_and_appeal_nobody_publishes() -> None:
    changes = {"open_weights.complement_share": 0.0, "open_weights.ecosystem_appeal": 0.0}
    found = simulate(small(changes=MARKET | changes), seed=3)
    made = found.decisions.query("decision == 'openness'")
    assert not made.empty and made.loc[made["chosen"], "option"].str.startswith("keep").all()
    assert "opened" not in set(found.events["kind"]) and found.labs["complements_usd"].sum() == 0.0


def test_who_gets_its_worth_back_publishes() -> None:
    found = eager()
    made = found.decisions.query("decision == 'openness'")
    assert made.loc[made["chosen"], "option"].str.startswith("publish").any()
    told = found.events.query("kind == 'opened'")
    opened = found.models.query("opened_step >= 0")
    assert len(told) == len(opened) > 0 and opened["open_weights"].all()
    assert (opened["opened_step"] >= opened["released_step"]).all()
    for _, options in made.groupby(["step", "lab"]):
        pairs = (
            options["option"].str.replace("publish ", "").str.replace("keep ", "").str.replace(" closed", "")
        )
        for _, pair in options.groupby(pairs):
            assert pair["chosen"].sum() == 1
            assert (
                pair.loc[pair["chosen"], "expected_payoff_usd"].iloc[0] == pair["expected_payoff_usd"].max()
            )


def test_what_comes_back_is_booked() -> None:
    """Complements = share x (payments to hosts and for own compute + users' gain), and no more."""
    world = run(small(changes=MARKET | {"open_weights.complement_share": 0.5}), 3)
    outlook = world.public_outlook
    assert outlook is not None
    last = world.results.labs.query("step == 3").set_index("lab")["complements_usd"]
    paid = world.results.purchases.query("step == 3").groupby("tier")["payments_usd"].sum()
    tiers = world.results.tiers.query("step == 3 and self_hosted")
    some = False
    for lab in world.active_labs:
        mine = [m for m in outlook.open_models if m.lab == lab.number]
        own = tiers[tiers["model"].isin([m.id for m in mine])]["tier"]
        worth = paid.reindex(own).fillna(0.0).sum()
        worth += sum(users_gain(poll, mine) for poll in outlook.polls.values())
        assert last[lab.number] == pytest.approx(lab.complement_share * worth, rel=1e-9)
        some = some or last[lab.number] > 0
    assert some


def test_above_the_line_nothing_may_be_published() -> None:
    world = run(small(changes=MARKET | {"open_weights.complement_share": 5.0}), 2)
    outlook = world.outlook(world.books())
    lab = max(world.active_labs, key=lambda x: x.complement_share)
    model = lab.make_model(9e26, lab.algorithms_oom, 0.0, outlook)
    barred = replace(outlook, law=Law(open_cap_oom=26.0))
    made = decide_together([lab], decide_opening, barred)
    assert [d.chosen for d in made] == [True] and "barred" in made[0].option and not model.open_weights
    made = decide_together([lab], decide_opening, replace(outlook, law=Law(open_cap_oom=27.0)))
    assert model.open_weights and lab.open_weights and len(made) == 2 and made[1].chosen


def test_old_models_are_looked_at_once_a_year() -> None:
    """And only if they bring in little; with a limit of nothing none is."""
    run_on = MARKET | {"open_weights.complement_share": 1.0, "open_weights.models_considered": 30}
    run_on |= {"horizon.steps": 9, "labs.adapt.training": False, "labs.adapt.entry": False}
    some = simulate(small(changes=run_on | {"open_weights.old_revenue_share": 0.9}), seed=3)
    steps = set(some.decisions.query("decision == 'openness'")["step"])
    assert steps and steps <= {4, 8}
    none = simulate(small(changes=run_on | {"open_weights.old_revenue_share": 0.0}), seed=3)
    assert none.decisions.query("decision == 'openness'").empty


def test_worth_to_others_is_payments_and_gain() -> None:
    world = run(small(changes=MARKET), 1)
    outlook = world.outlook(world.books())
    poll = outlook.polls[0]
    model = outlook.open_models[0]
    worth = worth_to_others(Published.of(model), poll, 0, world.flop_price, outlook)
    better = worth_to_others(Published(model.base_oom + 1.0, model.parameters), poll, 0, 1e-18, outlook)
    spoiled = worth_to_others(Published.of(model, -60.0), poll, 0, world.flop_price, outlook)
    assert 0.0 <= spoiled < 1e-6 * worth < worth < better
    later = worth_to_others(Published.of(model), poll, 0, world.flop_price, outlook, improvement=2.0)
    assert later < worth


# -- building on open models -------------------------------------------------------------------------


def test_only_better_models_are_built_on() -> None:
    world = run(small(changes=MARKET), 1)
    outlook = world.outlook(world.books())
    best = max(m.base_oom for m in outlook.open_models)
    for lab in world.active_labs:
        base = open_base(lab, outlook)
        own = -np.inf if lab.best_model is None else lab.best_model.base_oom  # an entrant still trains
        if base is None:
            others = [m.base_oom for m in outlook.open_models if m.lab != lab.number]
            assert own >= max(others, default=-np.inf)
        else:
            assert base.lab != lab.number and own < base.base_oom <= best


def test_a_model_made_from_an_open_one() -> None:
    """As capable and as large, closed, tuned at a share of the run, rounds counted on."""
    world = run(small(changes=MARKET | {"open_weights.build_share": 0.1}), 1)
    outlook = world.outlook(world.books())
    base = outlook.open_models[0]
    base.rounds = 2
    lab = next(x for x in world.active_labs if x.number != base.lab)
    lab.run = None
    flop, cost, steps = tuning(base, lab, outlook)
    assert flop == pytest.approx(0.1 * base.training_flop) and steps == 1
    share = outlook.knowhow.technology.final_run_share
    assert cost == pytest.approx(flop * lab.flop_price / share)
    start_building(lab, base, outlook)
    run_now = lab.run
    assert run_now is not None and run_now.training_flop == flop and run_now.base is base
    run_now.done_flop = flop
    made = lab.finish_run(replace(outlook, step=run_now.finish_step))
    assert made is not None and made.base_oom == base.base_oom and made.parameters == base.parameters
    assert not made.open_weights and made.rounds == 2 and made.distillation_oom == 0.0
    assert made.built_on == base.id and made.own_flop == flop and made.training_flop == base.training_flop


@pytest.mark.parametrize("rule", ["myopic", "symmetric"])
def test_entrants_may_build_on_an_open_model(rule: str) -> None:
    changes = MARKET | {"labs.entry_rule": rule, "users.business_share": 0.0}
    world = run(small(changes=changes), 1)
    outlook = world.outlook(world.books())
    from model.build import new_lab

    lab = new_lab(world, "Entrant", cash_usd=1e11, appeal=0.0, algorithms_oom=-3.0)
    plan, made = decide_entry(lab, 1e26, outlook)
    built = [d for d in made if d.option.startswith("build on")]
    assert len(built) == 3 and sum(d.chosen for d in made) == 1
    # so far behind in algorithms that borrowed weights are the better start
    assert max(d.expected_payoff_usd for d in built) > max(
        d.expected_payoff_usd for d in made if d.option.startswith("train")
    )
    assert plan is None or plan.base is not None
    # who cannot even pay for the tuning cannot
    _, poor = decide_entry(lab, 1e22, outlook)
    assert not [d for d in poor if d.option.startswith("build on")]


def test_labs_build_in_a_run_and_say_so() -> None:
    found = simulate(small(changes=MARKET | {"open_weights.build_share": 0.001, "horizon.steps": 8}), seed=3)
    made = found.models.query("built_on >= 0")
    assert len(made) > 0 and "built on" in set(found.events["kind"])
    bases = found.models.set_index("model")
    for row in made.itertuples():
        base = bases.loc[row.built_on]
        assert base["open_weights"] and row.lab != base["lab"] and row.training_flop == base["training_flop"]
    chosen = found.decisions[found.decisions["option"].str.startswith("build on") & found.decisions["chosen"]]
    assert set(chosen["decision"]) <= {"train", "enter"} and len(chosen) > 0


def test_smooth_labs_train_for_themselves() -> None:
    smooth = MARKET | {"labs.training_mode": "continuous", "compute.price": 1.4e-18}
    world = run(small(changes=smooth), 2)
    outlook = world.outlook(world.books())
    assert outlook.open_models and all(open_base(lab, outlook) is None for lab in world.active_labs)


# -- what users would lose ---------------------------------------------------------------------------


def test_surplus_without_the_fringe() -> None:
    """The book of makers alone gives what users have if nobody else may run a model."""
    world = run(small(changes=MARKET), 2)
    for segment in world.segments:
        book = world.books()[segment.kind]
        rows = world.samples[segment.kind].rows
        whole = surplus_usd(segment, rows, book, world.settings.users)
        left = surplus_usd(segment, rows, makers_only(book), world.settings.users)
        shut = np.where(book.self_hosted, -np.inf, 0.0)[None, :].repeat(rows.size, axis=0)
        masked = surplus_usd(segment, rows, book, world.settings.users, shut)
        np.testing.assert_allclose(left, masked, rtol=1e-6, atol=1e-9 * np.abs(whole).max())
        assert (whole >= left * (1 - 1e-9)).all() and (whole > left).any()
    told = world.results.users.query("step == 2")
    total = (told["population"] * told["open_surplus_usd"]).sum()
    assert world.results.metrics["open_weight_surplus_usd"].iloc[-1] == pytest.approx(total) and total > 0


# -- switches ----------------------------------------------------------------------------------------


def test_where_nothing_is_open_hosts_change_nothing() -> None:
    """Closed labs without complements: hosts or none, bit-identical but for what labs imagine."""
    closed = CLOSED | {"open_weights.ecosystem_appeal": 0.0}
    on = simulate(small(changes=closed), seed=3)
    off = simulate(small(changes=closed | {"open_weights.hosts": False}), seed=3)
    assert (
        not on.models["open_weights"].any()
        and differences(on, off, skip={"decisions.expected_payoff_usd"}) == []
    )


def test_a_decision_never_to_publish_is_no_decision() -> None:
    """Labs that weigh publishing and never do live in the world of labs that cannot."""
    closed = CLOSED | {"open_weights.ecosystem_appeal": 0.0}
    on = simulate(small(changes=closed), seed=3)
    off = simulate(small(changes=closed | {"labs.adapt.openness": False}), seed=3)
    assert not on.decisions.query("decision == 'openness'").empty
    assert differences(on, off, skip={"decisions"}) == []


def test_where_openness_is_fixed_labs_stay_as_they_were() -> None:
    found = simulate(small(changes=MARKET | {"labs.adapt.openness": False}), seed=3)
    made = found.models.query("step > 0 and built_on < 0").merge(
        found.models.query("step == 0").groupby("lab")["open_weights"].max().rename("was"), on="lab"
    )
    assert len(made) > 0 and not made.loc[~made["was"], "open_weights"].any()
    assert (found.models["opened_step"] == -1).all()
