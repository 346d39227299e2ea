"""Technology, users and offers, and what the regulator learns: units and weights."""

from __future__ import annotations

import numpy as np
import pytest

from agents.decisions.adapt_distilling import round_cost_flop
from agents.decisions.outlook import SEARCH, Ask, appraise
from agents.demand import utilities
from agents.surplus import surplus_usd
from model.catalogue import Spec
from model.mechanisms.demand import choice_probabilities
from model.mechanisms.scaling import wall_function
from model.phases import accounts, progress
from tests.support.industry import seen, seller, world

# -- technology --------------------------------------------------------------------------------------


def test_the_wall_damps_compute_and_not_algorithms_or_distilling() -> None:
    know = seen(world()).knowhow
    tech = know.technology
    assert tech.wall_slope < 1.0
    flop = 10.0 ** (tech.wall_oom + 1.0)
    x = wall_function(np.log10(flop), tech.wall_oom, tech.wall_slope)
    base = float(know.base_capability(flop, 0.0))
    assert base == pytest.approx(float(tech.training_exponent * x))
    assert float(know.base_capability(flop, 1.0)) - base == pytest.approx(tech.training_exponent)
    assert float(know.base_capability(flop, 0.0, 1.0)) - base == pytest.approx(1.0)
    below, above = know.training_return(0.01 * flop), know.training_return(flop)
    assert above == pytest.approx(tech.wall_slope * below)
    step = float(know.base_capability(0.01 * flop * np.e, 0.0) - know.base_capability(0.01 * flop, 0.0))
    assert below == pytest.approx(step)  # per log point


def test_distilling_is_not_multiplied_by_the_exponent_of_training() -> None:
    know = seen(world(technology__training_exponent=0.5)).knowhow
    gap = float(know.base_capability(1e24, 0.0, 1.0) - know.base_capability(1e24, 0.0, 0.0))
    assert gap == pytest.approx(1.0)


def test_algorithms_spread_but_nobody_overtakes_or_forgets() -> None:
    industry = world(technology__diffusion=0.6, technology__algorithm_growth_oom=0.4)
    dt = industry.settings.horizon.step_years
    ahead, behind = industry.active_labs[:2]
    front = industry.algorithms_frontier_oom
    ahead.algorithms_oom, behind.algorithms_oom = front + 5.0, front - 2.0
    for _ in range(round(1.0 / dt)):
        industry.period += 1
        progress.advance(industry)
    assert industry.algorithms_frontier_oom == pytest.approx(front + 0.4)
    assert ahead.algorithms_oom == front + 5.0
    # In a year a laggard closes the share of its gap that diffusion says, and stays behind.
    assert industry.algorithms_frontier_oom - behind.algorithms_oom == pytest.approx(0.4 * 2.0, rel=0.05)
    for _ in range(40):
        industry.period += 1
        progress.advance(industry)
        assert behind.algorithms_oom <= industry.algorithms_frontier_oom + 1e-9


# -- users and offers --------------------------------------------------------------------------------


def test_adoption_grows_by_the_year() -> None:
    industry = world(users__population_growth=0.5)
    users = industry.settings.users
    industry.period = round(1.0 / industry.settings.horizon.step_years)
    odds = industry.population / (users.population_ceiling - industry.population)
    first = users.population / (users.population_ceiling - users.population)
    assert np.log(odds / first) == pytest.approx(0.5)


def test_taste_is_worth_money_at_the_harmonic_mean_of_incomes() -> None:
    """The mean marginal utility of income is that of the poor more than that of the rich."""
    industry = world(users__income_effect="linear", users__task_concentration=0.0)
    lab = seller(industry)
    setup = industry.settings.labs.symmetric.tiers[0].model_copy(update={"cost_usd": 0.0})
    sample = industry.samples[0]
    price = industry.typical_price(0, lab.models[0], setup)
    per_usd = np.average(sample.price_coefficient, weights=sample.weight)
    assert price == pytest.approx(industry.settings.users.taste_scale / per_usd)
    assert price < np.average(
        industry.settings.users.taste_scale / sample.price_coefficient, weights=sample.weight
    )


def test_noise_in_volume_does_not_change_its_mean() -> None:
    calm, noisy = (
        world(users__count=8000, users__business_share=0.5, users__business_volume_spread=s)
        for s in (0.0, 0.8)
    )
    firms = [next(s for s in w.segments if s.kind == 1) for w in (calm, noisy)]
    assert firms[1].scale.mean() / firms[0].scale.mean() == pytest.approx(1.0, abs=0.15)
    per = [np.median(f.scale / f.income) for f in firms]
    assert per[1] / per[0] == pytest.approx(np.exp(-0.32), rel=0.08)


def test_income_and_deciles_are_of_people_and_of_a_step() -> None:
    quarter = world()
    persons = quarter.segments[0]
    median = float(np.median(persons.income))
    assert median == pytest.approx(quarter.settings.users.wealth.median_usd_year * 0.25, rel=0.05)
    atoms = world(users__wealth__atoms=[1e4, 2e4], users__wealth__atom_weights=[9.0, 1.0])
    poor = atoms.segments[0]
    mass = poor.weight * poor.slots
    rich = mass[poor.income > poor.income.min()].sum() / mass.sum()
    assert rich == pytest.approx(0.1)
    assert set(poor.decile[poor.income > poor.income.min()]) == {9}


@pytest.mark.parametrize("engine", ["individual", "lumped"])
def test_a_kind_with_one_slot_more_is_no_more_people(engine: str) -> None:
    """Seven slots for three kinds: 3, 2, 2; each kind still counts for its share of the people."""
    uneven = world(
        users__count=7, users__business_share=0.0, users__engine=engine,
        users__wealth__atoms=[1e4, 2e4, 4e4], users__wealth__atom_weights=[5.0, 3.0, 2.0],
    )  # fmt: skip
    people = uneven.segments[0]
    mass = people.weight * people.slots
    for income, share in zip(np.unique(people.income), (0.5, 0.3, 0.2), strict=True):
        assert mass[people.income == income].sum() / mass.sum() == pytest.approx(share)


@pytest.mark.parametrize("outside", [0.0, 2.5])
@pytest.mark.parametrize("effect", ["linear", "log"])
def test_surplus_is_what_users_would_pay_not_to_lose_ai(effect: str, outside: float) -> None:
    """The log-sum less the outside option is -mu ln P(no AI), and each user has a value of money."""
    industry = world(users__income_effect=effect, users__outside_utility=outside)
    users, segment, book = industry.settings.users, industry.segments[0], industry.books()[0]
    rows = np.arange(0, segment.size, 7)
    utility = utilities(segment, rows, segment.terms(book.terms), effect).astype(np.float64)
    bought = choice_probabilities(
        utility, book.nest, taste_scale=users.taste_scale, within_lab_scale=users.within_lab_scale,
        outside_utility=outside,
    ).sum(axis=1)  # fmt: skip
    utils = -users.taste_scale * np.log1p(-bought)
    usd = utils * segment.income[rows] / users.price_sensitivity
    np.testing.assert_allclose(surplus_usd(segment, rows, book, users), usd, rtol=1e-4)


def test_users_pay_for_what_they_use() -> None:
    """A firm pays a metered tier by volume; who runs a model pays compute, overhead and set-up."""
    industry = world(open_weights__overhead=0.6, users__business_volume_spread=0.5)
    industry.ledger.open(industry.period)
    books = industry.books()
    use = accounts.consumption(industry, books)
    for kind, book in books.items():
        tally, paid = use.tally[kind], use.payments[kind]
        sold = np.flatnonzero(~book.self_hosted)
        bill = tally.volume[:, sold] * book.price[sold]
        np.testing.assert_allclose(paid[:, sold], bill, rtol=1e-9)
        for place in np.flatnonzero(book.self_hosted):
            offer = book.hosted[place - len(book.tiers)]
            if getattr(offer, "host", False):
                continue
            usd = tally.hosted[:, place] * offer.unit_usd + tally.users[:, place] * offer.setup_usd
            np.testing.assert_allclose(paid[:, place], usd, rtol=1e-9)
    volume, heads = use.tally[1].volume.sum(), use.tally[1].users.sum()
    assert abs(volume / heads - 1.0) > 0.05  # or nothing was tested
    tally = use.tally[1]
    hosted = np.flatnonzero(books[1].self_hosted)
    used = tally.volume[:, hosted].sum()
    assert used > 0.0 and tally.hosted[:, hosted].sum() > 1.2 * used


def test_a_dollar_weighs_by_ones_own_income_and_an_overhead_once() -> None:
    """Utility of a price of one dollar: by everybody's own income, volume and, if self-hosted, overhead."""
    industry = world(users__income_effect="linear", open_weights__overhead=0.6)
    for segment in industry.segments:
        rows, width = np.arange(segment.size), segment.mix.shape[0]
        terms = np.zeros((3, width + 4))
        terms[0, width] = terms[1, width + 1] = terms[2, width + 2] = 1.0
        felt = -utilities(segment, rows, segment.terms(terms), "linear").astype(np.float64)
        dollar = industry.settings.users.price_sensitivity / segment.income
        metered = dollar * segment.scale
        np.testing.assert_allclose(felt[:, 0], metered, rtol=1e-5)
        np.testing.assert_allclose(felt[:, 1], metered * (1.0 + segment.overhead), rtol=1e-5)
        np.testing.assert_allclose(felt[:, 2], dollar, rtol=1e-5)


# -- the regulator -----------------------------------------------------------------------------------


def test_the_exponent_of_depth_is_learned_per_order_of_magnitude() -> None:
    industry = world()
    regulator = industry.regulator
    for _ in range(400):
        regulator.learn_depth(1.2, 1000.0)
    assert regulator.belief_exponent == pytest.approx(0.4, rel=1e-3)


def test_suspects_are_audited_the_most_feared_first_and_know_their_chance() -> None:
    """One audit, three suspects among more labs: the one believed most capable; a third is the chance."""
    changes = {
        "regulation__0__start_year": 0.0,
        "regulation__0__threshold_oom": 26.0,
        "regulation__0__audits_per_year": 4.0,
        "regulation__0__audit_finds": 0.0,
        "oversight__belief_spread_oom": 0.0,
    }
    industry = world(labs__adapt__compliance=True, **changes)
    regulator, labs = industry.regulator, industry.active_labs
    assert len(labs) >= 4
    regulator.announce(industry.years)
    regulator.meet(labs)
    regulator.sure = set()
    for place, lab in enumerate(labs):
        lab.learn_audits(0.0, 1e9)
        for tier in lab.tiers:
            tier.depth = 1.0
            tier.model.reported_to.clear()
            tier.model.block_site_seen = False
            regulator.known[tier.model.id] = (26.3, 26.9, 26.1)[place] if place < 3 else 20.0
    industry.ledger.open(industry.period)
    before = [lab.audit_belief() for lab in labs]
    events = regulator.enforce(labs, seen(industry), industry.period)
    assert [e.agent for e in events if e.kind == "audit"] == [labs[1].name]
    for lab, old in zip(labs, before, strict=True):
        assert (lab.audit_belief() - old) * 1e9 == pytest.approx(1.0 / 3.0, rel=1e-3)


def test_samples_are_decoded_and_the_rest_of_a_round_is_training() -> None:
    outlook = seen(world("inference-in-training"))
    tech = outlook.knowhow.technology
    rules = tech.distillation
    tokens = rules.samples * tech.tokens_per_task * 100.0
    decoded = tokens * 2.0 * 1e11 / outlook.knowhow.inference_efficiency
    flop = decoded * tech.inference_price_ratio + rules.fine_tune_share * 1e25
    assert round_cost_flop(100.0, 1e11, 1e25, outlook) == pytest.approx(flop)


def test_who_is_asked_together_changes_no_answer() -> None:
    """Labs in one batch, menus that share tiers, tiers that differ in price or cost alone: as one by one."""
    industry = world()
    outlook = seen(industry)
    first, second = [lab for lab in industry.active_labs if lab.menus.get(0)][:2]
    second.serving_factor, second.flop_price = 0.4, 3.0 * first.flop_price
    tier = Spec.of(first.menus[0][0])
    dear, given = tier._replace(price_usd=2.0 * tier.price_usd), tier._replace(cost_usd=5.0)
    menus = [[tier], [tier, dear], [dear], [given], [tier, given, tier._replace(load=2.0)], []]
    for iterations in (0, SEARCH):
        asks = [(lab, Ask(0, menus, iterations=iterations)) for lab in (first, second)]
        together = appraise(asks, outlook)
        for (lab, ask), answer in zip(asks, together, strict=True):
            for place, menu in enumerate(menus):
                alone = appraise([(lab, ask._replace(menus=[menu]))], outlook)[0]
                np.testing.assert_allclose(answer.profit[place], alone.profit[0], rtol=1e-9)
                np.testing.assert_allclose(answer.prices[place, : len(menu)], alone.prices[0], rtol=1e-9)
        assert together[0].profit[0] != together[0].profit[2] or iterations, "a dearer tier earns otherwise"
        assert together[0].profit[0] != together[1].profit[0]
