"""Users who do not see labs as they are, or do not look at all of them: by hand, in law, and as research."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from agents.book import Book
from agents.demand import Individual, Shares
from agents.surplus import surplus_usd
from agents.survey import draw_sample, seen_by_respondents, take_poll
from agents.users import Segment
from agents.views import NOBODY, Look, Views
from model import Industry, Scenario, simulate
from model.errors import ScenarioError
from model.mechanisms.demand import choice_probabilities
from model.streams import Streams
from tests.support.small import differences, run, small, theory
from tests.unit.test_agents_users import nested_logit, utility

NONE = -1
SIGMA, REPORTS = 0.4, 3.0
NOISY: dict[str, Any] = {"users.perception_noise_oom": SIGMA, "users.perception_reports_year": REPORTS}
NARROW: dict[str, Any] = {"users.consideration": 1}
BOTH = NOISY | NARROW


def industry_with(changes: dict[str, Any], steps: int = 2) -> Industry:
    base = {"users.count": 200, "labs.data_count": 4, "labs.adapt.entry": False}
    return run(small("inference-at-deployment", base | changes), steps)


def views_of(segment: Segment) -> Views:
    assert segment.views is not None
    return segment.views


# -- one user at a time ------------------------------------------------------------------------------


def owner(book: Book, place: int) -> int:
    """The lab that sells an offer, or made the model that users run themselves."""
    sold = len(book.tiers)
    return book.tiers[place].lab if place < sold else int(book.hosted[place - sold].model.lab)


class Reader:
    """Reads views and looks from their streams, user by user, as the docstring of agents.views tells it."""

    def __init__(self, industry: Industry, kind: int, book: Book, step: int) -> None:
        self.industry, self.book, self.step = industry, book, step
        self.segment = industry.segments[kind]
        name = ("person", "business")[kind]
        size = self.segment.size
        self.labs = sorted({owner(book, k) for k in range(book.size)})
        met = views_of(self.segment)._order
        self.error, self.luck = {}, {}
        for lab in self.labs:
            mine = [k for k in range(book.size) if owner(book, k) == lab]
            models = [(*book.tiers, *book.hosted)[k].model for k in mine]
            best = max(models, key=lambda m: (m.base_oom, m.id))
            number = met[lab][best.id] if met else 0  # no views are held where nobody errs
            draw = industry.streams.generator(f"{name}.view.{lab}", number)
            years = (step - best.released_step) * industry.settings.horizon.step_years
            self.error[lab] = draw.standard_normal(size, dtype=np.float32) * SIGMA / (
                1 + REPORTS * max(years, 0.0)
            ) ** 0.5  # fmt: skip
            self.luck[lab] = industry.streams.uniform(f"{name}.look.{lab}", step, size)
        cheapest = min(t.price_usd for t in book.tiers)
        ties = [k for k, t in enumerate(book.tiers) if t.price_usd == cheapest]
        self.leader = book.tiers[max(ties, key=lambda k: (book.profile.mean_capability[k], -k))].lab

    def worth_of_oom(self, row: int, lab: int) -> float:
        """Mean over the lab's offers of the user's own value of an OOM, by a small difference."""
        book, segment = self.book, self.segment
        table = self.industry.knowhow.tables[book.channel]
        slopes = []
        for k in range(book.size):
            if owner(book, k) == lab:
                up, down = (table.value(book.profile.capability[k] + h) for h in (1e-5, -1e-5))
                slopes.append(float(segment.mix[:, row] @ (up - down)) / 2e-5 * float(segment.taste[row]))
        return sum(slopes) / len(slopes)

    def utilities(self, row: int, present: int, noisy: bool, others: int) -> list[float]:
        """Utility of each offer as the user sees it; present: its lab."""
        rest = sorted((lab for lab in self.labs if lab not in (present, self.leader)), key=self._draw(row))
        seen = {present, self.leader, *(rest[:others] if others else rest)}
        wrong = {
            lab: self.worth_of_oom(row, lab) * float(self.error[lab][row])
            if noisy and lab != present
            else 0.0
            for lab in self.labs
        }
        found = []
        for k in range(self.book.size):
            lab = owner(self.book, k)
            plain = utility(self.industry.settings, self.segment, row, self.book, k)
            found.append(plain + wrong[lab] if lab in seen else -np.inf)
        return found

    def _draw(self, row: int) -> Any:
        return lambda lab: self.luck[lab][row]

    def chances(self, row: int, place: int, noisy: bool, others: int) -> NDArray[np.float64]:
        """Choice probabilities of a user that is on an offer now (or on none)."""
        users = self.industry.settings.users
        assert users.outside_utility != "none"
        present = NONE if place == NONE else owner(self.book, place)
        return np.array(
            nested_logit(
                self.utilities(row, present, noisy, others),
                [int(n) for n in self.book.nest],
                mu=users.taste_scale,
                within=users.within_lab_scale,
                outside=float(users.outside_utility),
                present=NONE if place == NONE else int(self.book.nest[place]),
                bonus=users.inertia,
            )
        )


CASES = {"views": (NOISY, True, 0), "looks": (NARROW, False, 1), "both": (BOTH, True, 1)}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("link", ["irt", "linear"])
def test_drawn_choices_user_by_user(case: str, link: str) -> None:
    changes, noisy, others = CASES[case]
    industry = industry_with(changes | {"users.link": link, "users.inertia": 0.8})
    step, phi = 50, industry.settings.users.reconsider_per_quarter
    for segment in industry.segments:
        name = ("person", "business")[segment.kind]
        book, choices = industry.books()[segment.kind], industry.choices[segment.kind]
        assert isinstance(choices, Individual) and len(book.hosted) > 0
        before = choices.offer.copy()
        choices.choose(book, industry.streams, step)
        reader = Reader(industry, segment.kind, book, step)
        again = industry.streams.uniform(f"{name}.reconsider", step, segment.size)
        draws = industry.streams.uniform(f"{name}.choice", step, segment.size)
        moved = 0
        for row in range(segment.size):
            place = book.positions.get(int(before[row]), NONE)
            if again[row] >= phi and not (place == NONE and before[row] != NONE):
                assert choices.offer[row] == before[row]
                continue
            moved += 1
            reached = np.cumsum(reader.chances(row, place, noisy, others))
            if np.abs(reached - draws[row]).min() < 1e-4:
                continue  # single precision may fall on either side
            k = int(np.searchsorted(reached, draws[row], side="right"))
            assert choices.offer[row] == (book.id[k] if k < book.size else NONE), row
        assert moved > 0.1 * segment.size


def test_expected_shares_user_by_user() -> None:
    """The mean over where a user may be now, each with its own view and its own looks."""
    industry = industry_with(BOTH | {"users.demand": "expected", "users.count": 60, "users.inertia": 0.8})
    phi = industry.settings.users.reconsider_per_quarter
    for segment in industry.segments:
        book, choices = industry.books()[segment.kind], industry.choices[segment.kind]
        assert isinstance(choices, Shares)
        before = choices._carried(book).copy()
        assert before.sum() == pytest.approx(choices.share.sum(), rel=1e-12)  # nothing has left the market
        choices.choose(book, industry.streams, 50)
        reader = Reader(industry, segment.kind, book, 50)
        for row in range(0, segment.size, 5):
            moved = (1 - before[row].sum()) * reader.chances(row, NONE, True, 1)
            for k in range(book.size):
                if before[row, k] > 0:
                    moved = moved + before[row, k] * reader.chances(row, k, True, 1)
            expected = (1 - phi) * before[row] + phi * moved
            np.testing.assert_allclose(choices.share[row], expected, rtol=2e-6, atol=1e-9)


# -- off, and the start ------------------------------------------------------------------------------


def test_next_to_no_error_and_looking_at_all_is_full_information() -> None:
    hardly = {"users.perception_noise_oom": 1e-13, "users.consideration": 1000}
    plain, limited = (industry_with(changes, 3) for changes in ({}, hardly))
    for segment in plain.segments:
        assert segment.views is None
        one, other = plain.choices[segment.kind], limited.choices[segment.kind]
        assert isinstance(one, Individual) and isinstance(other, Individual)
        np.testing.assert_array_equal(one.offer, other.offer)


@pytest.mark.parametrize("demand", ["sampled", "expected"])
def test_limited_information_begins_after_the_start(demand: str) -> None:
    """The first choice stands for what came before; and no other luck is shifted."""
    plain, limited = (
        simulate(small(changes={"users.demand": demand, "horizon.steps": 3} | c), 5) for c in ({}, BOTH)
    )
    for table in ("users", "purchases", "tiers", "labs"):
        first, other = (r.tables[table].query("step == 0") for r in (plain, limited))
        assert first.equals(other), table
    assert differences(plain, limited)


def test_lumps_of_users_hold_no_views() -> None:
    for changes in (NOISY, NARROW):
        with pytest.raises(ScenarioError) as fault:
            small(changes={"users.engine": "lumped", "users.types": 20} | changes)
        told = str(fault.value)
        assert "users.engine" in told and "users.consideration" in told and "\n" not in told


# -- views -------------------------------------------------------------------------------------------


def abstract(levels: Sequence[float], prices: Sequence[float], changes: dict[str, Any]) -> Scenario:
    """Labs of one tier each with given capability and price, everybody reconsidering without loyalty."""
    labs = [
        {"name": f"L{i}", "tiers": [{"depth": 1.0, "cost_usd": 0.0, "capability_oom": g, "price_usd": p}]}
        for i, (g, p) in enumerate(zip(levels, prices, strict=True))
    ]
    return theory(labs, {"labs.adapt.price": False, "users.demand": "sampled"} | changes)


def test_views_are_unbiased_symmetric_held_and_each_lab_s_own() -> None:
    count = 40_000
    changes = NOISY | {"users.count": count}
    industry = Industry(abstract([1.0, 1.0, 1.0], [0.1] * 3, changes), rng=4)
    views, book = views_of(industry.segments[0]), industry.books()[0]
    for step in (1, 3):
        found = views.look(book, step).error
        assert found is not None and found.shape == (3, count)
        spread = SIGMA / np.sqrt(1 + REPORTS * step)  # models came out at step 0; a step is a year
        np.testing.assert_allclose(found.std(axis=1), spread, rtol=0.02)
        assert (np.abs(found.mean(axis=1)) < 4 * spread / np.sqrt(count)).all()
        assert (np.abs((found > 0).mean(axis=1) - 0.5) < 4 * 0.5 / np.sqrt(count)).all()
        apart = np.corrcoef(found)
        assert np.abs(apart - np.eye(3)).max() < 4 / np.sqrt(count)
    early, late = (views.look(book, step).error for step in (1, 3))
    assert early is not None and late is not None
    np.testing.assert_allclose(late / early, np.sqrt((1 + REPORTS) / (1 + 3 * REPORTS)), rtol=1e-5)


def test_a_new_flagship_is_seen_afresh_and_alike_in_all_regimes() -> None:
    held = []
    for regime in ("pretraining", "inference-at-deployment"):
        industry = run(small(regime, NOISY), 0)
        views, book = views_of(industry.segments[0]), industry.books()[0]
        first = views.look(book, 1).error
        assert first is not None
        tier = next(t for t in book.tiers)
        lab = int(np.searchsorted(np.unique(book.lab), tier.lab))
        tier.model.id += 1000  # another model takes its place
        tier.model.released_step = 1
        second = views.look(industry.books()[0], 1).error
        assert second is not None
        assert abs(np.corrcoef(first[lab], second[lab])[0, 1]) < 0.25
        assert second[lab].std() > first[lab].std()  # nobody has reported on it yet
        rest = np.arange(len(first)) != lab
        np.testing.assert_array_equal(first[rest], second[rest])
        held.append((first, second[lab]))
    np.testing.assert_array_equal(held[0][0], held[1][0])
    np.testing.assert_array_equal(held[0][1], held[1][1])


@pytest.mark.parametrize("demand", ["sampled", "deterministic", "expected"])
def test_more_error_less_quality_and_flatter_shares(demand: str) -> None:
    """Labs that differ in capability alone: error tells users apart where quality should."""
    count, levels = 4000, np.array([1.0, 1.5, 2.5])
    concentration, together = [], []
    for sigma in (0.0, 1.0, 3.0, 10.0):
        changes = {
            "users.demand": demand,
            "users.count": count,
            "users.outside_utility": "none",
            "users.taste_scale": 0.3,
            "users.within_lab_scale": 0.3,
            "users.perception_noise_oom": sigma,
            "users.perception_reports_year": 0.0,
        }
        industry = Industry(abstract(list(levels), [0.1] * 3, changes), rng=4)
        industry.step()
        use = industry.results.tiers.query("step == 1")["users"].to_numpy()
        share = use / use.sum()
        concentration.append(float((share**2).sum()))
        together.append(float(np.mean(share * levels) - share.mean() * levels.mean()))
    # Who is with a lab knows it, so that some order stays however large the error about the others.
    assert all(np.diff(concentration) < 0) and all(np.diff(together) < -0.01)
    assert concentration[0] > 0.9 and concentration[-1] < 0.6


def test_without_a_lab_of_one_s_own_great_error_leaves_equal_shares() -> None:
    count = 30_000
    changes = {
        "users.count": count,
        "users.outside_utility": "none",
        "users.perception_noise_oom": 10.0,
        "users.perception_reports_year": 0.0,
    }
    industry = Industry(abstract([1.0, 1.2, 1.4], [0.1] * 3, changes), rng=4)
    choices, book = industry.choices[0], industry.books()[0]
    assert isinstance(choices, Individual)
    choices.offer[:] = choices.nest[:] = NONE
    choices.choose(book, industry.streams, 1)
    share = np.array([(choices.offer == n).mean() for n in book.id])
    # utilities 10 z + (1, 1.2, 1.4): shares differ from thirds by about .2 x phi(0) / (10 sqrt 2)
    assert np.abs(share - 1 / 3).max() < 0.2 * 0.4 / 14 * 2 + 4 * np.sqrt(2 / 9 / count)


# -- looks -------------------------------------------------------------------------------------------


def looks(labs: int, others: int, leader: int = 0, count: int = 60_000) -> Look:
    """A look at labs of which one is the price leader, with fresh draws."""
    luck = np.random.default_rng(8).random((labs, count), dtype=np.float32)
    number = np.arange(labs)
    return Look(number, number.astype(np.intp), leader, np.ones((labs, 1)), None, luck, others)


@pytest.mark.parametrize(
    ("present", "expected"),
    [(NOBODY, [1.0, 0.5, 0.5]), (0, [1.0, 0.5, 0.5]), (1, [1.0, 1.0, 1.0])],
    ids=["with none", "with the leader", "with another"],
)
def test_one_look_at_three_labs(present: int, expected: list[float]) -> None:
    """Two labs are left to draw from, or one if the present lab is not the leader."""
    look = looks(3, 1)
    seen = look.considered(slice(None), np.full(60_000, present))
    error = np.sqrt(0.25 / 60_000)
    np.testing.assert_allclose(seen.mean(axis=1), expected, atol=4 * error)
    assert (seen.sum(axis=0) == sum(expected)).all()  # exactly one drawn each


def test_one_lab_more_is_looked_at_as_if_it_had_been_there() -> None:
    """What labs reckon with for a newcomer, against the look at a book that holds it."""
    for others in (1, 2):
        look = looks(4, others)
        assert look.luck is not None
        fewer = Look(look.labs[:3], look.place[:3], 0, look.slope[:3], None, look.luck[:3], others)
        present = np.random.default_rng(1).integers(NOBODY, 3, 60_000)
        found = fewer.newly(look.luck[3], present)
        np.testing.assert_array_equal(found, look.considered(slice(None), present)[3])
        assert 0.2 < found.mean() < 0.99


@pytest.mark.parametrize("labs", [2, 5])
@pytest.mark.parametrize("others", [1, 2, 9])
def test_the_present_lab_and_the_leader_are_always_looked_at(labs: int, others: int) -> None:
    look = looks(labs, others, leader=labs - 1, count=5000)
    present = np.random.default_rng(1).integers(NOBODY, labs, 5000)
    seen = look.considered(slice(None), present)
    settled = np.flatnonzero(present != NOBODY)
    assert seen[present[settled], settled].all() and seen[-1].all()
    fixed = 1 + ((present != NOBODY) & (present != labs - 1))
    np.testing.assert_array_equal(seen.sum(axis=0), np.minimum(labs, fixed + others))
    rows = np.arange(0, 5000, 3)
    np.testing.assert_array_equal(look.considered(rows, present[rows]), seen[:, rows])


def test_the_price_leader_is_the_cheapest_and_then_the_best() -> None:
    for prices, levels, leader in (
        ([0.3, 0.1, 0.2], [1.0, 1.0, 1.0], 1),
        ([0.1, 0.3, 0.1], [1.0, 5.0, 2.0], 2),
        ([0.1, 0.1, 0.1], [1.0, 1.0, 1.0], 0),
    ):
        industry = Industry(abstract(levels, prices, NARROW), rng=4)
        assert views_of(industry.segments[0]).look(industry.books()[0], 1).leader == leader


def test_who_does_not_look_does_not_buy_however_good() -> None:
    """Three labs, one look, all of them without a lab: the best, not the cheapest, is seen by half."""
    count = 20_000
    changes = NARROW | {"users.count": count, "users.outside_utility": "none"}
    industry = Industry(abstract([1.0, 60.0, 1.0], [0.1, 0.2, 0.3], changes), rng=4)
    choices, book = industry.choices[0], industry.books()[0]
    assert isinstance(choices, Individual)
    choices.offer[:] = choices.nest[:] = NONE
    choices.choose(book, industry.streams, 1)
    share = float((choices.offer == book.id[1]).mean())
    assert share == pytest.approx(0.5, abs=4 * np.sqrt(0.25 / count))
    first = choices.offer.copy()
    choices.choose(book, industry.streams, 2)  # drawn anew: half of the others find it
    assert (choices.offer[first == book.id[1]] == book.id[1]).all()
    share = float((choices.offer == book.id[1]).mean())
    assert 0.7 < share <= 1.0


# -- market research ---------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("demand", ["sampled", "expected"])
def test_research_foretells_what_users_choose(case: str, demand: str) -> None:
    """Odds from the poll against the choices of all users, when everybody reconsiders."""
    changes = CASES[case][0] | {
        "users.count": 12_000 if demand == "sampled" else 4000,
        "users.demand": demand,
        "users.reconsider_per_quarter": 1.0,
        "users.inertia": 1.0,
        "users.business_share": 0.0,
        "labs.research_sample": 4000,
    }
    industry = industry_with(changes, 2)
    segment, users = industry.segments[0], industry.settings.users
    choices, book = industry.choices[0], industry.books()[0]
    sample = draw_sample(segment, 4000, users)
    poll = take_poll(sample, segment, choices, book, users, 1.0)
    nests = [int(n) for n in np.unique(book.nest)]
    expected = choice_probabilities(
        np.stack([poll.value[n] for n in nests], axis=1),
        np.array(nests),
        taste_scale=users.taste_scale,
        within_lab_scale=users.taste_scale,
        outside_utility=float(users.outside_utility),
    ).mean(axis=0)
    for n in nests:  # rivals of a nest: all that is not its own
        alone = 1 / (1 + np.exp(np.minimum(poll.rivals(n) - poll.value[n] / users.taste_scale, 700)))
        assert alone.mean() == pytest.approx(expected[nests.index(n)], rel=1e-6)
    choices.choose(book, industry.streams, 3)
    now = choices.lab_shares(np.arange(segment.size), book)
    got = np.array([now[n].mean() if n in now else 0.0 for n in nests])
    # sampling errors of users, of respondents, and of their looks
    error = np.sqrt(expected * (1 - expected) * (1 / segment.size + 2 / 4000))
    assert (np.abs(got - expected) < 4 * error + 2e-3).all(), (got, expected)


def test_a_newcomer_is_reckoned_with_as_it_will_be_seen() -> None:
    """The pull of a lab without an offer has the law of those that it will meet."""
    industry = industry_with(BOTH | {"users.count": 4000, "labs.research_sample": 3000}, 2)
    poll = industry.take_polls()[0]
    book = industry.books()[0]
    pull = poll.pull(999)
    labs = len(np.unique(book.lab))
    assert pull.shape == (poll.sample.rows.size,)
    now = {n: s.mean() for n, s in industry.choices[0].lab_shares(poll.sample.rows, book).items()}
    seen = views_of(industry.segments[0]).look(book, 2)
    lead = int(seen.labs[seen.leader])
    at_leader = sum(v for n, v in now.items() if n == lead)
    elsewhere = sum(now.values()) - at_leader
    # drawn among the labs that are neither the leader nor one's own, itself included: one of labs, or less
    chance = (1 - elsewhere) / labs + elsewhere / (labs - 1)
    heard = np.isfinite(pull)
    assert heard.mean() == pytest.approx(chance, abs=4 * np.sqrt(chance * (1 - chance) / heard.size) + 0.01)
    assert abs(np.mean(pull[heard])) < 4 * np.std(pull[heard]) / np.sqrt(heard.sum())
    thin = poll.thin(750)
    np.testing.assert_array_equal(thin.pull(999), pull[1::3])


# -- welfare -----------------------------------------------------------------------------------------


def test_surplus_is_what_users_live_with() -> None:
    """Draw tastes, choose by what users think, count what is: against the closed form."""
    industry = industry_with(BOTH | {"users.count": 60, "users.within_lab_scale": 1.0}, 2)
    segment, users = industry.segments[0], industry.settings.users
    book, sample = industry.books()[0], industry.samples[0]
    shift = seen_by_respondents(sample, segment, industry.choices[0], book)
    assert shift is not None and np.isneginf(shift).any() and (np.abs(shift) > 0.1).any()
    found = surplus_usd(segment, sample.rows, book, users, shift)
    blind = surplus_usd(segment, sample.rows, book, users)
    assert (found <= blind + 1e-9).all() and found.mean() < 0.99 * blind.mean()
    rng = np.random.default_rng(2)
    for i in (0, 7, 20):
        row = int(sample.rows[i])
        true = np.array([utility(industry.settings, segment, row, book, k) for k in range(book.size)])
        taste = rng.gumbel(size=(200_000, book.size + 1))
        thought = np.append(true + shift[i], 0.0) + taste
        lived = np.append(true, 0.0) + taste
        gain = lived[np.arange(len(lived)), thought.argmax(axis=1)] - np.euler_gamma
        usd = float(segment.income[row]) / users.price_sensitivity
        error = gain.std() / np.sqrt(len(gain)) * usd
        assert found[i] == pytest.approx(gain.mean() * usd, abs=4 * error)


def test_draws_are_those_of_named_streams() -> None:
    """Same slot, same lab, same draw: by name and step, whoever else draws."""
    streams = Streams(11)
    industry = Industry(small(changes=NARROW | {"users.count": 300}), rng=11)
    book = industry.books()[0]
    look = views_of(industry.segments[0]).look(book, 6)
    assert look.luck is not None
    for place, lab in enumerate(look.labs):
        drawn = streams.uniform(f"person.look.{lab}", 6, industry.segments[0].size)
        np.testing.assert_array_equal(look.luck[place], drawn)
