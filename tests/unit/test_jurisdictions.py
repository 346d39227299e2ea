"""Several regulators, their games, what labs sign, where they sell; vouchers, caps, taxes and logs."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from agents.decisions.complying import decide_reports, facts_of, reporting_plan
from agents.decisions.signing import decide_signing
from agents.decisions.withdrawing import decide_regions
from agents.holdings import holdings
from agents.pricelists import Special
from experiments.verify.conservation import gaps
from model import Industry, simulate
from model.law import Law
from model.phases import oversight
from tests.support.small import differences, run, small, theory

NOW = {"start_year": 0.0}
BLIND = {"oversight.sight_large_year": 0.0, "oversight.sight_small_year": 0.0}
HOME = {"policy": "training-threshold", "regulator": "Home", **NOW}
ABROAD = {"policy": "training-threshold", "regulator": "Abroad", **NOW}
COSTLY = {"report_cost_usd": 1e13, "fine_usd": 0.0, "fine_turnover_share": 0.0}


def ruled(*rules: dict[str, Any], regime: str = "pretraining", **changes: Any) -> Any:
    return small(regime, changes).override({"regulation": list(rules)})


def step(*rules: dict[str, Any], steps: int = 1, seed: int = 7, **changes: Any) -> Industry:
    return run(ruled(*rules, **changes), steps, seed)


# -- several regulators --------------------------------------------------------------------------


def test_each_name_is_a_regulator_with_its_own_rules() -> None:
    world = step(HOME, ABROAD | {"threshold_oom": 26.0}, HOME | {"policy": "compute-tax"}, steps=0)
    assert [r.name for r in world.regulators] == ["Home", "Abroad"]
    assert [len(r.rules) for r in world.regulators] == [2, 1]
    assert {d.regulator for d in world.law.duties} == {"Home", "Abroad"}
    assert [r.name for r in step(steps=0).regulators] == ["regulator"]  # somebody looks, without rules


def test_a_lab_weighs_each_authority_on_its_own() -> None:
    """It reports where the duty is cheap, not where it is dear; who is told knows, who is not guesses."""
    world = step(HOME, ABROAD | COSTLY | {"audits_per_year": 0.0}, steps=2, **BLIND)
    home, abroad = world.regulators
    told = [m for lab in world.active_labs for t in lab.tiers for m in [t.model] if m.reported_to]
    assert told and all(m.reported_to == {"Home"} for m in told)
    assert all(home.known[m.id] == pytest.approx(math.log10(m.training_flop)) for m in told)
    assert home.sure and not abroad.sure
    lab = next(x for x in world.active_labs if x.best_model)
    outlook = world.outlook(world.books())
    names, cost = reporting_plan(lab, 1e26, 0.0, outlook)
    assert names == {"Home"} and cost == pytest.approx(5e6)


def test_two_authorities_cost_two_duties_and_one_delay() -> None:
    world = step(HOME | {"delay_years": 0.5}, ABROAD | {"delay_years": 0.25})
    outlook, lab = world.outlook(world.books()), world.active_labs[0]
    names, cost = reporting_plan(lab, 1e26, 1000.0, outlook)
    assert names == {"Home", "Abroad"} and cost == pytest.approx(1e7 + 2 * 1000.0)  # two steps late


def test_staff_beliefs_and_luck_are_each_regulators_own() -> None:
    """Audits of one do not teach the other; their estimates are drawn apart."""
    busy = HOME | COSTLY | {"audits_per_year": 400.0, "audit_finds": 1.0}
    world = step(busy, ABROAD | COSTLY | {"audits_per_year": 0.0}, steps=3, **BLIND)
    home, abroad = world.regulators
    assert abroad.audits == 0 and not abroad.sure and home.sure
    unsure = [m for m in home.known if m not in home.sure]
    common = unsure or list(abroad.known)
    assert any(home.known[m] != abroad.known[m] for m in common)
    table = world.results.regulators
    assert set(table["regulator"]) == {"Home", "Abroad"}
    made = table.groupby("regulator")["audits"].sum()
    assert made["Abroad"] == 0 and made["Home"] > 0


def test_a_second_regulator_who_asks_nothing_changes_nothing() -> None:
    never = ABROAD | {"threshold_oom": 900.0, "audits_per_year": 0.0}
    first = {"policy": "training-threshold", **NOW}
    runs = [simulate(ruled(*rules), seed=5) for rules in ([first], [first, never])]
    told = ("metrics.believed_gap_oom", "metrics.awareness_gap_oom")  # what regulators believe
    assert differences(*runs, skip=("regulators", *told)) == []


# -- the game, tests, licences -------------------------------------------------------------------


@pytest.mark.parametrize(("damage", "audits"), [(1e9, True), (1e5, False)])
def test_in_the_game_staff_audit_if_the_damage_is_worth_it(damage: float, audits: bool) -> None:
    """d x 1/2 against k = 1e6 at the prior."""
    game = {"audit_rule": "game", "audit_cost_usd": 1e6, "breach_damage_usd": damage,
            "audits_per_year": 400.0, "fine_usd": 1e7, "report_cost_usd": 2e7, "audit_finds": 1.0,
            "fine_turnover_share": 0.0}  # fmt: skip
    table = step(HOME | game, steps=1, **BLIND).results.regulators
    assert (table["audits"].sum() > 0) == audits


def test_the_game_learns_from_its_audits() -> None:
    """Counts move by one round; what audits show replaces what had been inferred."""
    game = HOME | {"audit_rule": "game", "audits_per_year": 400.0, "audit_finds": 1.0,
                   "breach_damage_usd": 1e9} | COSTLY  # fmt: skip
    world = step(game, steps=1, **BLIND)
    (state,) = world.regulator.games.values()
    assert float(np.asarray(state.rounds)) == 3.0 and float(np.asarray(state.inspections)) == 2.0
    labs_caught = {e.agent for e in world.events if e.kind == "breach"}
    labs_audited = [e for e in world.events if e.kind == "audit"]
    assert float(np.asarray(state.violations)) == pytest.approx(1 + len(labs_caught) / len(labs_audited))


def test_a_test_before_release_teaches_what_depth_adds() -> None:
    """Without any audit; and towards the truth, which is above the first belief here."""
    changes = {"technology.inference_exponent": 0.9, "technology.inference_span_oom": 10.0,
               "technology.wall_slope": 1.0, "labs.entry_hazard_year": 0.0} | BLIND  # fmt: skip
    rules = [{"policy": "pre-release-evaluation", "evaluation_depth": 100.0, **NOW}]
    tested = run(ruled(*rules, regime="inference-at-deployment", **changes), 6, 3).regulator
    plain = run(ruled(regime="inference-at-deployment", **changes), 6, 3).regulator
    assert tested.tested and not plain.tested and plain.belief_exponent == 0.3
    assert 0.3 < tested.belief_exponent < 1.5


def test_a_surprise_moves_belief_by_its_gain() -> None:
    regulator = step(steps=0).regulator
    regulator.learn_depth(1.6, 100.0)  # .8 OOM per OOM against .3, gain .2
    assert regulator.belief_exponent == pytest.approx(0.3 + 0.2 * 0.5)


def test_licensed_sites_tell_their_regulator_the_exact_size() -> None:
    licence = {"policy": "data-centre-licensing", "licence_mw": 1.0, "regulator": "Grid", **NOW}
    world = step(licence, HOME | COSTLY | {"audits_per_year": 0.0}, steps=6, **BLIND)
    grid, home = world.regulators
    new = [m for lab in world.active_labs for m in lab.models if m.created_step > 0 and m.licensed_to]
    assert new and all(m.licensed_to == {"Grid"} for m in new)
    sold = [m for m in new if m.id in grid.known]
    assert sold and all(grid.known[m.id] == pytest.approx(math.log10(m.training_flop)) for m in sold)
    assert not home.sure


def test_effective_compute_follows_belief_not_truth() -> None:
    """The same models: covered when the regulator believes that depth matters."""
    rule = {"policy": "effective-compute", "effective_oom": 26.2, **NOW}
    still = {"labs.adapt.training": False, "labs.adapt.entry": False, "oversight.belief_gain": 0.0}
    shares = []
    for belief in (0.0, 1.0):
        changes = still | {"oversight.belief_exponent": belief}
        world = run(ruled(rule, regime="inference-at-deployment", **changes), 5, 3)
        shares.append(world.results.labs.query("step == 5")["covered"].mean())
    assert shares[1] > shares[0]


# -- regions -------------------------------------------------------------------------------------


def test_a_lab_leaves_a_region_that_costs_more_than_it_brings() -> None:
    dear = HOME | COSTLY | {"regions": ["EU"], "fine_usd": 1e14, "threshold_oom": 20.0}
    cheap = HOME | {"regions": ["EU"], "report_cost_usd": 1.0}
    for rule, leaves in ((dear, True), (cheap, False)):
        world = step(rule, steps=1)
        outlook = world.outlook(world.books())
        earning = [x for x in world.active_labs if x.tiers and x.region != "EU"]
        for lab in earning:
            made = decide_regions(lab, outlook)
            assert ("EU" in lab.withdrawn) is leaves and len(made) == 2
            stay, leave = made
            assert stay.chosen is (stay.expected_payoff_usd >= leave.expected_payoff_usd) is not leaves
            assert bool(outlook.law_for(lab).duties) is not leaves


def test_who_sits_in_a_region_is_bound_by_it() -> None:
    rule = HOME | {"regions": ["EU"], "report_cost_usd": 1e15, "fine_usd": 1e15}
    world = step(rule, steps=1)
    lab = world.active_labs[0]
    lab.region = "EU"
    outlook = world.outlook(world.books())
    assert decide_regions(lab, outlook) == [] and outlook.law_for(lab).duties


def test_users_of_a_region_cannot_buy_from_who_left_it() -> None:
    for changes in ({}, {"users.demand": "expected"}, {"users.engine": "lumped", "users.types": 60}):
        world = step(HOME | {"regions": ["EU"]}, steps=1, **changes)
        gone = max(world.active_labs, key=lambda x: x.revenue_usd)
        gone.withdrawn = frozenset({"EU"})
        places = [r.name for r in world.regions].index("EU")
        books = world.books()
        for kind, choices in world.choices.items():
            segment = next(s for s in world.segments if s.kind == kind)
            choices.choose(books[kind], world.streams, 2)
            assert segment.region is not None and segment.region.dtype == np.int8
            held = holdings(choices, books[kind])
            sold = ~books[kind].self_hosted[held.place] & (books[kind].lab[held.place] == gone.number)
            there = segment.region[held.row] == places
            assert not (sold & there).any() and (sold & ~there).any(), changes
            total = choices.tally(books[kind], world.population).users.sum()
            share = (
                1 - world.settings.users.business_share if kind == 0 else world.settings.users.business_share
            )
            assert total == pytest.approx(world.population * share, rel=1e-6)


def test_regions_are_drawn_by_their_shares() -> None:
    world = step({"policy": "compute-tax", "regions": ["EU"], **NOW}, steps=0, **{"users.count": 20_000})
    lab = world.active_labs[0]
    lab.withdrawn = frozenset({"CN"})
    world.books()
    segment = world.segments[0]
    assert segment.region is not None
    shares = np.array([r.demand_share for r in world.regions])
    found = np.bincount(segment.region, minlength=shares.size) / segment.size
    error = 4 * np.sqrt(shares * (1 - shares) / segment.size)
    assert (np.abs(found - shares / shares.sum()) < error).all()


def test_a_lab_that_left_expects_nothing_from_the_region() -> None:
    world = step(HOME | {"regions": ["EU", "US", "CN", "ROW"]}, steps=1)
    lab = max(world.active_labs, key=lambda x: x.revenue_usd)
    lab.withdrawn = frozenset({"US", "EU", "CN", "ROW"})
    polls = world.take_polls(world.books())
    assert all(np.isneginf(poll.pull(lab.number)).all() for poll in polls.values())


# -- carrot, tax, cap ----------------------------------------------------------------------------


def test_signing_weighs_sites_against_duties() -> None:
    """It signs when the boost is worth more than the commitments, and then hides nothing."""
    carrot = {"policy": "power-carrot", "permit_boost": 2.0, "commitment_usd_year": 4e8, **NOW}
    world = step(carrot, HOME | {"report_cost_usd": 2e7, "fine_usd": 1.0, "fine_turnover_share": 0.0})
    outlook = world.outlook(world.books())
    lab = next(x for x in world.active_labs if x.best_model and x.owners)
    for model in lab.models:
        model.reported_to.clear()
    covered = [m for m in {t.model.id: t.model for t in lab.tiers}.values()
               if outlook.law.duties_on(facts_of(m, lab, outlook.dt))]  # fmt: skip
    assert covered
    most = 1e8 + 2e7 * len(covered)  # a quarter's commitments and honest reports, at most
    for gain, signs in ((most * 1.01, True), (0.9e8, False), (0.5 * (1e8 + most), False)):
        outlook.permit_gain_usd = {lab.owners[0]: gain}
        made = decide_signing(lab, outlook)
        assert lab.signed is signs and [d.chosen for d in made] == [signs, not signs]
    outlook.permit_gain_usd = {lab.owners[0]: most * 1.01}
    decide_signing(lab, outlook)
    decide_reports(lab, outlook)
    assert all("Home" in m.reported_to for m in covered)


def test_a_boost_reaches_the_sites_of_who_signed() -> None:
    world = step({"policy": "power-carrot", "permit_boost": 3.0, **NOW})
    for lab in world.active_labs:
        lab.signed = False
    site = next(s for s in world.sites if any(s.owner in lab.owners for lab in world.active_labs))
    assert oversight.permit_factor(world, site) == 1.0
    next(lab for lab in world.active_labs if site.owner in lab.owners).signed = True
    assert oversight.permit_factor(world, site) == 3.0
    assert oversight.permit_gains(step(steps=1)) == {}


def test_a_tax_is_paid_on_training_to_the_state() -> None:
    world = step({"policy": "compute-tax", "tax_share": 0.25, **NOW}, steps=3)
    for lab in world.active_labs:
        spent = world.ledger.paid(lab.account, "training compute")
        assert world.ledger.paid(lab.account, "compute tax") == pytest.approx(0.25 * spent)
    assert world.ledger.total("compute tax") > 0


@pytest.mark.parametrize("rule", ["best_response", "gradient"])
def test_no_plan_costs_more_than_the_cap(rule: str) -> None:
    """Whatever the price rule; metered tiers are free of it."""
    cap = {"policy": "price-cap", "price_cap_usd_month": 8.0, **NOW}
    results = simulate(ruled(cap, **{"labs.price_rule": rule}), seed=3)
    sold = results.tiers.query("step > 0 and not self_hosted")
    persons = sold[sold["channel"] == "subscription"]["price_usd_month"]
    assert persons.max() <= 8.0 * (1 + 1e-9)
    assert sold[sold["channel"] == "metered"]["price_usd_month"].max() > 8.0


def test_the_cap_binds_a_monopolists_price_exactly() -> None:
    """One tier, two labs: the best price is the cap when it would be above it, itself when below."""
    tier = {"depth": 1.0, "cost_usd": 0.3, "capability_oom": 2.0, "price_usd": 1.0}
    two = [{"name": name, "tiers": [tier]} for name in "AB"]
    free = run(theory(two, {"horizon.steps": 60}), 60).results.tiers.query("step == 60")["price_usd"].max()
    for share in (0.8, 1.2):
        cap = {"policy": "price-cap", "price_cap_usd_month": free * share / 12.0, **NOW}
        bound = run(theory(two, {"horizon.steps": 60, "regulation": [cap]}), 60).results
        price = bound.tiers.query("step == 60")["price_usd"].max()
        assert price == pytest.approx(free * min(share, 1.0), rel=1e-4)


# -- vouchers ------------------------------------------------------------------------------------


def test_a_price_list_is_what_the_group_pays() -> None:
    terms = np.array([[1.0, 5.0, 0.0, 0.0, 0.0], [1.0, 30.0, 0.0, 0.0, 0.0], [1.0, 7.0, 2.0, 1.0, 0.0]])
    group = Special(np.array([True]), 10.0, frozenset({4}))
    np.testing.assert_array_equal(group.terms(terms, 2)[:, 1], [0.0, 20.0, 7.0])  # the last is self-hosted
    np.testing.assert_array_equal(group.subsidy(np.array([5.0, 30.0, 7.0]), 2), [5.0, 10.0, 0.0])
    np.testing.assert_array_equal(group.places(np.array([3, 4, 4]), 2), [1])


@pytest.mark.parametrize("effect", ["linear", "log"])
def test_a_voucher_is_a_lower_price_for_the_poor(effect: str) -> None:
    """Prices fixed: the poor choose at p with v as at p - v without; the rich as at p."""

    def shares(price: float, voucher: float) -> Any:
        tier = {"depth": 1.0, "cost_usd": 0.1, "capability_oom": 2.0, "price_usd": price}
        rule = {"policy": "voucher", "voucher_usd_month": voucher / 12.0, "voucher_income_usd_year": 10.0,
                **NOW}  # fmt: skip
        world = run(
            theory(
                [{"name": "A", "tiers": [tier]}, {"name": "B", "tiers": [tier]}],
                {"labs.adapt.price": False, "users.count": 2, "users.wealth.atoms": [4.0, 20.0],
                 "users.income_effect": effect, "regulation": [rule] if voucher else []},
            ),
            1,
        )  # fmt: skip
        book = world.books()[0]
        found = world.choices[0].lab_shares(np.arange(2), book)
        return np.stack([found[0], found[1]]), world

    plain, _ = shares(3.0, 0.0)
    lower, _ = shares(1.0, 0.0)
    helped, world = shares(3.0, 2.0)
    np.testing.assert_allclose(helped[:, 0], lower[:, 0], rtol=1e-9)
    np.testing.assert_allclose(helped[:, 1], plain[:, 1], rtol=1e-9)
    # the state pays 2 of 3 for the poor half's purchases; labs get 3 of everybody
    bought = 0.5 * helped[:, 0].sum()
    assert world.ledger.paid("state", "sales") == pytest.approx(2.0 * bought)
    assert world.ledger.total("sales") == pytest.approx(1.5 * helped.sum())
    polls = world.take_polls(world.books())
    for nest, value in polls[0].value.items():  # market research knows it
        other = shares(1.0, 0.0)[1].take_polls()[0].value[nest]
        assert value[0] == pytest.approx(other[0], rel=1e-6)


def test_a_voucher_above_the_price_pays_the_price() -> None:
    tier = {"depth": 1.0, "cost_usd": 0.1, "capability_oom": 2.0, "price_usd": 1.0}
    rule = {"policy": "voucher", "voucher_usd_month": 9.0, "voucher_income_usd_year": 1e9, **NOW}
    changes = {"labs.adapt.price": False, "regulation": [rule]}
    world = run(theory([{"name": "A", "tiers": [tier]}, {"name": "B", "tiers": [tier]}], changes), 1)
    assert world.ledger.paid("state", "sales") == pytest.approx(world.ledger.total("sales"))
    assert world.ledger.paid("users", "sales") == pytest.approx(0.0, abs=1e-12)


def test_labs_charge_more_when_the_state_pays() -> None:
    """Pass-through: with everybody eligible the price rises by almost all of the voucher [linear, logit]."""
    tier = {"depth": 1.0, "cost_usd": 0.3, "capability_oom": 2.0, "price_usd": 1.0}
    two = [{"name": name, "tiers": [tier]} for name in "AB"]
    rule = {"policy": "voucher", "voucher_usd_month": 0.3 / 12.0, "voucher_income_usd_year": 1e9, **NOW}
    found = []
    for rules in ([], [rule]):
        world = run(theory(two, {"horizon.steps": 80, "regulation": rules}), 80)
        found.append(world.results.tiers.query("step == 80")["price_usd"].max())
    assert found[0] < found[1] < found[0] + 0.3


def test_records_show_what_users_pay_themselves() -> None:
    rule = {"policy": "voucher", "voucher_usd_month": 30.0, "voucher_income_usd_year": 4e4, **NOW}
    results = simulate(ruled(rule), seed=3)
    tiers = results.tiers.query("not self_hosted")
    bought = results.tables["purchases"].merge(
        tiers[["step", "tier", "revenue_usd", "voucher_usd"]], on=["step", "tier"]
    )
    paid = bought.groupby(["step", "tier"])["payments_usd"].sum()
    facts = tiers.set_index(["step", "tier"])
    net = (facts["revenue_usd"] - facts["voucher_usd"]).reindex(paid.index)
    np.testing.assert_allclose(paid, net, rtol=1e-6, atol=1.0)
    assert facts["voucher_usd"].sum() > 0


# -- logs ----------------------------------------------------------------------------------------


def test_logs_hold_heavy_customers_of_labs_alone() -> None:
    """By hand, customer by customer."""
    rule = {"policy": "inference-kyc", "kyc_flop_quarter": 3e18, **NOW}
    world = step(rule, steps=2, **{"users.count": 1000, "users.business_share": 0.3})
    segment, choices, book = world.segments[1], world.choices[1], world.books()[1]
    table = world.results.tiers.query("step == 2 and channel == 'metered'").set_index("tier")
    wanted = dict.fromkeys(table.index, 0.0)
    for row, offer in enumerate(choices.providers(np.arange(segment.size))):
        if offer < 0 or offer not in book.positions:
            continue
        place = book.positions[int(offer)]
        flop = float(segment.scale[row] * (book.flop_per_unit[place] @ segment.mix[:, row]))
        if flop > 3e18 and not book.self_hosted[place]:
            wanted[int(offer)] += flop * float(segment.weight[row]) * world.population
    for offer, flop in wanted.items():
        assert table.loc[offer, "logged_flop"] == pytest.approx(flop, rel=1e-4)
    assert 0 < table["logged_flop"].sum() < table["inference_flop"].sum()


def test_the_law_in_force_is_what_everybody_reads() -> None:
    world = step({"policy": "training-cap", "training_cap_oom": 25.5, **NOW}, steps=1)
    assert world.law == Law(training_cap_oom=25.5) == world.outlook(world.books()).law


def test_logs_make_dangerous_compute_visible() -> None:
    """Share of dangerous FLOP in tiers of labs that are seen, or logged where that is more."""
    rule = {"policy": "inference-kyc", "kyc_flop_quarter": 0.0, **NOW}
    dark = {"oversight.sight_mw": 1e12, "oversight.danger_oom": 25.0}
    found = []
    for rules in ([], [rule]):
        results = simulate(ruled(*rules, **dark), seed=3)
        last = results.tiers.query("step == 6 and danger_capability_oom >= 25.0")
        share = last["logged_flop"].sum() / last["inference_flop"].sum()
        assert results.metrics["visibility_flop"].iloc[-1] == pytest.approx(share)
        found.append(share)
    assert found[0] == 0.0 < found[1] < 1.0  # persons and self-hosted models are in no log


EVERYTHING = {
    "training-threshold": {},
    "effective-compute": {"regulator": "EU", "regions": ["EU"]},
    "revenue-rule": {"regulator": "California", "regions": ["US"]},
    "inference-kyc": {"kyc_flop_quarter": 1e18},
    "data-centre-licensing": {"licence_mw": 20.0},
    "power-carrot": {"permit_boost": 5.0, "commitment_usd_year": 1e5},
    "price-cap": {"price_cap_usd_month": 15.0},
    "voucher": {"voucher_income_usd_year": 4e4},
    "open-weight-restriction": {},
    "pre-release-evaluation": {},
    "compute-tax": {"tax_share": 0.5},
    "training-cap": {"training_cap_oom": 26.0},
}


def test_everything_at_once_conserves_money_users_and_compute() -> None:
    rules = [{"policy": name, "start_year": 0.5, **more} for name, more in EVERYTHING.items()]
    results = simulate(ruled(*rules, regime="mixed", **{"horizon.steps": 8}), seed=3)
    assert {k: v for k, v in gaps(results).items() if not v < 1e-9} == {}
    assert results.labs["compute_tax_usd"].sum() > 0 and results.tiers["voucher_usd"].sum() > 0
