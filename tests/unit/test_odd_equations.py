"""docs/ODD.md is enough: its equations, worked out from the page alone, give what a running industry has.

Nothing of `model.mechanisms` is called here. Numbers come from parameters and from states.
"""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import brentq, nnls

from agents.decisions.outlook import Ask, appraise
from model import Industry, Scenario
from model.catalogue import Spec
from model.mechanisms.demand import choice_probabilities
from tests.support.small import TINY

Floats = NDArray[np.float64]
DT = 0.25


@pytest.fixture(scope="module")
def industry() -> Industry:
    """Some steps of a run in which depth pays, demand without sampling noise."""
    changes = TINY | {"users.demand": "expected", "labs.data_count": 6, "misuse.actors": 60}
    made = Industry(Scenario.load("inference-at-deployment").override(changes), rng=3)
    for _ in range(3):
        made.step()
    return made


class Page:
    """Section 7.1: exponents, spans and values of the classes of tasks."""

    def __init__(self, industry: Industry) -> None:
        tasks, tech, users = industry.settings.tasks, industry.settings.technology, industry.settings.users
        share = np.array([t.usage for t in tasks])
        self.usage = share / share.sum()
        verifiable = np.array([t.verifiable for t in tasks])
        system2 = np.array([t.system2 for t in tasks])
        content = tech.verifiable_weight * verifiable + (1.0 - tech.verifiable_weight) * system2
        self.eta = tech.inference_exponent * content / (self.usage @ content)
        self.span = (tech.inference_span_oom + industry.methods.labs_oom) * (0.3 + system2)
        self.hard, self.steep = np.array([t.difficulty_oom for t in tasks]), users.irt_slope
        self.danger = np.array([t.danger for t in tasks])
        size = len(tasks)
        grid = np.linspace(self.hard.min(), self.hard.max() + 2.0, 121)[:, None]
        rate = 1.0 / (1.0 + np.exp(-self.steep * (grid - self.hard)))
        fit = self.usage * self.steep * rate * (1.0 - rate) / np.sqrt(121)
        ridge = np.sqrt(0.03 * (fit**2).sum() / size) * (np.eye(size) - 1.0 / size)
        goal = np.append(np.full(121, 1.0 / np.sqrt(121)), np.zeros(size))
        self.height = users.quality_value * nnls(np.vstack([fit, ridge]), goal)[0]

    def value(self, level: Floats) -> Floats:
        return np.asarray(self.height / (1.0 + np.exp(-self.steep * (level - self.hard))))

    def gain(self, log10_depth: Floats | float) -> Floats:
        return np.asarray(self.eta * self.span * (1.0 - np.exp(-np.asarray(log10_depth) / self.span)))

    def routed(self, base: float, cap: float) -> Floats:
        """Depth by class for a cap above one."""
        lift = self.gain(max(np.log10(cap), 0.05))
        worth = (self.value(base + lift) - self.value(np.full(lift.size, base))) / lift

        def depth(price: float) -> Floats:
            wanted = (np.log(worth * self.eta / np.log(10.0)) - price) / (1.0 / self.span + np.log(10.0))
            return np.asarray(10.0 ** np.maximum(0.0, wanted))

        return depth(brentq(lambda x: np.log(self.usage @ depth(x)) - np.log(cap), -80.0, 80.0))


def test_capability_depth_and_value(industry: Industry) -> None:
    page, book, tech = Page(industry), industry.books()[0], industry.settings.technology
    deep = [k for k, tier in enumerate(book.tiers) if tier.depth > 1.001]
    assert len(deep) > 2
    for k in deep:
        tier = book.tiers[k]
        model = tier.model
        size = np.log10(model.training_flop)
        bent = min(size, tech.wall_oom) + tech.wall_slope * max(size - tech.wall_oom, 0.0)
        base = tech.training_exponent * (bent + model.algorithms_oom) + model.distillation_oom
        depth = page.routed(base, tier.depth)
        level = base + page.gain(np.log10(depth))
        assert book.profile.depth[k] == pytest.approx(depth, rel=1e-9)
        assert book.profile.capability[k] == pytest.approx(level, rel=1e-12)
        assert book.profile.value[k] == pytest.approx(page.value(level), rel=1e-9)


def test_utility_and_choice_of_a_user(industry: Industry) -> None:
    page, book, users = Page(industry), industry.books()[0], industry.settings.users
    segment, choices = industry.segments[0], industry.choices[0]
    popular = {m.lab for m in industry.open_models}
    bonus = industry.settings.open_weights.ecosystem_appeal
    for row in (0, 17, 100):
        found = []
        for k in range(book.size):
            if k < len(book.tiers):
                tier = book.tiers[k]
                lab = next(x for x in industry.labs if x.number == tier.lab)
                liked, paid = lab.appeal + bonus * (tier.lab in popular), tier.price_usd
            else:
                hosted = book.hosted[k - len(book.tiers)]
                own = 1.0 if hosted.host else 1.0 + float(segment.overhead[row])
                liked, paid = (
                    industry.hosting_appeal + hosted.appeal,
                    own * hosted.unit_usd + hosted.setup_usd,
                )
            worth = segment.mix[:, row] @ page.value(book.profile.capability[k])
            found.append(worth - users.price_sensitivity * paid / segment.income[row] + liked)
        utility = np.array(found)
        assert choices.utilities([row], choices.new_terms(book), book)[0] == pytest.approx(utility, rel=1e-9)
        inner, outer = users.within_lab_scale, users.taste_scale
        tier_odds = np.exp(utility / inner)
        nests = np.unique(book.nest)
        total = np.array([tier_odds[book.nest == n].sum() for n in nests])
        odds = np.exp(inner * np.log(total) / outer)
        share = odds / (odds.sum() + np.exp(users.outside_utility / outer))
        expected = [
            share[nests == n][0] * o / total[nests == n][0] for n, o in zip(book.nest, tier_odds, strict=True)
        ]
        fresh = choice_probabilities(
            choices.utilities(slice(None), choices.new_terms(book), book), book.nest, **choices.scales
        )
        assert fresh[row] == pytest.approx(np.array(expected), rel=1e-9)


def test_expected_profit_of_a_menu(industry: Industry) -> None:
    """Section 7.3, at given prices and at once."""
    page, outlook, tech = Page(industry), industry.outlook(industry.books()), industry.settings.technology
    poll = outlook.polls[0]
    lab = max((x for x in industry.active_labs if x.menus.get(0)), key=lambda x: x.revenue_usd)
    menu = [Spec.of(t) for t in lab.menus[0]]
    efficiency = 10.0 ** (tech.inference_efficiency_growth_oom * industry.years)
    value, cost = [], []
    for spec in menu:
        depth = page.routed(spec.base_oom, spec.depth) if spec.depth > 1.0 else np.ones(page.eta.size)
        value.append(poll.sample.mix @ page.value(spec.base_oom + page.gain(np.log10(depth))))
        flop = 2.0 * spec.parameters * tech.tokens_per_task / efficiency * industry.tasks_per_step
        cost.append(lab.flop_price * tech.inference_price_ratio * flop * spec.load * (depth @ page.usage))
    price, mu, inner = np.array([s.price_usd for s in menu]), 1.0, industry.settings.users.within_lab_scale
    liked = lab.appeal + outlook.ecosystem(lab) + poll.pull(lab.number)
    utility = np.array(value) + liked - np.outer(price, poll.sample.price_coefficient)
    odds = np.exp(utility / inner)
    inside = inner * np.log(odds.sum(axis=0))
    rivals = sum(np.exp(v / mu) for n, v in poll.value.items() if n != lab.number) + 1.0
    share = np.exp(inside / mu) / (np.exp(inside / mu) + rivals)
    margin = price + industry.settings.users.advert_usd_year * DT - np.array(cost)
    profit = poll.weight @ (share * (odds / odds.sum(axis=0) * margin[:, None]).sum(axis=0))
    told = appraise([(lab, Ask(0, [menu], iterations=0))], outlook)[0].profit[0]
    assert told == pytest.approx(profit, rel=1e-9)


def test_what_moves_by_itself(industry: Industry) -> None:
    """Sections 7.1, 7.2 and 7.9: algorithms, the market, habits, everybody else, sites; one step on."""
    scenario = industry.settings
    tech, users, rules = scenario.technology, scenario.users, scenario.compute
    known = {x.number: (x.algorithms_oom, x.lead_oom, x.best_inside) for x in industry.active_labs}
    out = {
        x.number: max(m.algorithms_oom + m.distillation_oom for m in x.models if m.released_step >= 0)
        for x in industry.labs
        if any(m.released_step >= 0 for m in x.models)
    }
    frontier = industry.algorithms_frontier_oom + tech.algorithm_growth_oom * DT
    site = max(industry.sites, key=lambda s: s.power_mw)
    ready = [b for b in site.building if b[0] <= industry.period + 1]
    before = site.expected_price, site.power_mw, site.pending_mw, site.waiting_mw
    volume, last_price = industry.volume, industry.flop_price
    industry.step()

    closes = 1.0 - (1.0 - tech.diffusion) ** DT
    for lab in (x for x in industry.active_labs if x.number in known):
        level, lead, best = known[lab.number]
        others = max(v for n, v in out.items() if n != lab.number)
        target = frontier + tech.release_spillover * max(0.0, others - frontier)
        carried = 0.0 if best is None else best.distillation_oom * tech.distillation.carry_over
        rise = tech.algorithm_growth_oom * DT * (1.0 - closes)
        still = tech.release_spillover if others > frontier else 0.0  # a release does not move with the field
        gaps = ((frontier - (level - lead), rise), (target - level - carried, rise * (1.0 - still)))
        shared = level - lead + max(0.0, *(min(gap, closes * gap + pace) for gap, pace in gaps))
        faded = lead * (1.0 - scenario.internal.rediscovery) ** DT
        assert lab.algorithms_oom == pytest.approx(shared + faded, abs=1e-12)

    early = users.population_ceiling / users.population - 1.0
    grown = users.population_ceiling / (1.0 + early * np.exp(-users.population_growth * industry.years))
    assert industry.population == pytest.approx(grown, rel=1e-12)
    efficiency = 10.0 ** (tech.inference_efficiency_growth_oom * industry.years)
    cheaper = last_price / efficiency / industry.first_flop_price
    wanted = -users.volume_elasticity * np.log(cheaper) - np.log(volume)
    assert np.log(industry.volume / volume) == pytest.approx(users.reconsider_per_quarter * wanted, rel=1e-9)

    relative = (industry.flop_price / rules.reference_price) ** -rules.other_elasticity
    others_buy = (
        industry.other_demand * 10.0 ** (rules.other_growth_oom * industry.years) * max(relative, 0.02)
    )
    assert sum(s.other_flop for s in industry.sites) == pytest.approx(others_buy, rel=1e-6)

    price, power, pending, waiting = before
    came = sum(mw for _, mw, _ in ready)
    power, pending = power * np.exp(-DT / rules.chip_life_years) + came, pending - came
    price += rules.expectation_gain * (industry.flop_price - price)
    chip = rules.chip_usd * 10.0 ** (-rules.chip_price_decline_oom * industry.years)
    hours = 8760.0 * rules.kw_per_chip * 10.0 ** (-rules.energy_efficiency_oom * industry.years)
    capital = chip * rules.interest / (1.0 - (1.0 + rules.interest) ** -rules.chip_life_years)
    hourly = (capital + hours * site.usd_per_kwh) / (8760.0 * rules.load_factor)
    cost = hourly / (rules.flop_per_chip * rules.utilisation * 3600.0)
    share = np.clip(rules.expansion_sensitivity * np.log(price / cost), 0.0, rules.expansion_limit)
    ordered = (power + pending) * share * DT
    assert site.expected_price == pytest.approx(price, rel=1e-9)
    assert site.power_mw == pytest.approx(power, rel=1e-9)
    assert site.waiting_mw == pytest.approx(waiting + ordered, rel=1e-6) or site.waiting_mw == 0.0


def test_what_malicious_actors_reach_with_open_weights(industry: Industry) -> None:
    """Section 7.14, in the state after the last step."""
    scenario, actors, reached = industry.settings, industry.actors, industry.reached
    assert actors is not None and reached is not None
    tech, rules, fringe = scenario.technology, scenario.misuse, scenario.open_weights
    page = Page(industry)
    feared = page.danger >= 0.5 * page.danger.max()
    system2 = np.array([t.system2 for t in scenario.tasks])[feared]
    efficiency = 10.0 ** (tech.inference_efficiency_growth_oom * industry.years)
    best = np.full(actors.tasks.size, -np.inf)
    models = [m for x in industry.labs for m in x.models if m.open_weights and m.released_step >= 0]
    assert models
    for model in models:
        retail = 1.0 + fringe.retail_markup
        task = 2.0 * model.parameters * tech.tokens_per_task / efficiency
        unit = industry.flop_price * tech.inference_price_ratio * task * retail
        unit = unit * (1.0 + fringe.overhead * actors.trouble)
        node = rules.node_usd_hour * industry.flop_price / industry.first_flop_price
        hours = rules.setup_hours * max(1.0, model.parameters / rules.node_parameters)
        setup = (
            actors.trouble * hours * node
            + model.tamper_share * model.training_flop * industry.flop_price * retail
        )
        depth = np.maximum(actors.budget_usd - setup, 0.0) / (actors.tasks * unit)
        span = max(tech.inference_span_oom + industry.methods.labs_oom + model.elicitation_oom, 0.0)
        spans = span * (0.3 + system2)
        x = np.log10(np.maximum(depth, 1.0))[:, None]
        level = model.base_oom + (page.eta[feared] * spans * (1.0 - np.exp(-x / spans))).max(axis=1)
        best = np.maximum(best, np.where(depth >= 1.0, level, -np.inf))
    assert np.isfinite(best).any() and not np.isfinite(best).all()
    assert reached.ways[1].level_oom == pytest.approx(best, rel=1e-9)
