"""Metamorphic relations on the full model, shortened; and that the tools which compare can fail."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pytest

from experiments.verify.metamorphic import MORE_TASKS, UNITS, relabelled, smaller
from experiments.verify.registry import Finding
from experiments.verify.relations import dearer, heavier, kept, open_ended, twice
from experiments.verify.scenarios import settle
from experiments.verify.worlds import alike, build, by_unit, full, in_units, moved
from model import Results
from model.mechanisms.tasks import irt_heights
from model.scenario import parameters

SHORT = {"steps": 5}


@pytest.fixture(scope="module")
def before() -> Results:
    return settle(build(full(horizon=SHORT)))


def bad(findings: object) -> list[Finding]:
    found = list(findings)  # type: ignore[call-overload]
    assert found
    return [f for f in found if not f.passed]


@pytest.mark.parametrize("name", UNITS)
def test_units_do_not_matter(name: str, before: Results) -> None:
    """Every number of every table, up to the unit that it declares."""
    by = UNITS[name]
    after = settle(build(in_units(full(horizon=SHORT), by)))
    assert not bad(alike(name, before, after, by))


def test_smaller_tasks_are_the_same_work(before: Results) -> None:
    """Eight tasks of an eighth each: the same industry, but for the number of tasks."""
    after = settle(build(smaller(full(horizon=SHORT))))
    assert not bad(alike("tasks", before, after, MORE_TASKS))
    assert bad(alike("tasks", before, after))


def test_a_hidden_unit_would_show(before: Results) -> None:
    """Scaling all money but one amount is not neutral; nor is the right run read in the wrong unit."""
    by = {"USD": 8.0}
    told = in_units(full(horizon=SHORT), by)
    told["labs"]["overhead_usd_year"] /= 8.0
    assert bad(alike("money", before, settle(build(told)), by))
    assert bad(alike("money", before, before, by))
    assert not bad(alike("the same", before, before))


def test_factors_by_unit() -> None:
    by: Mapping[str, float] = {"USD": 8.0, "FLOP": 2.0}
    assert by_unit("USD/year", by) == (8.0, 0.0)
    assert by_unit("USD/FLOP", by) == (4.0, 0.0)
    assert by_unit("log10 FLOP", by) == (1.0, pytest.approx(math.log10(2.0)))
    assert by_unit("share", by) == (1.0, 0.0)
    table = in_units(full(), by)
    assert table["compute"]["reference_price"] == pytest.approx(4.0 * 1.4e-18)
    assert table["labs"]["explicit"][1]["training_flop"] == pytest.approx(2.4e25)
    assert table["regulation"][0]["threshold_oom"] == pytest.approx(25.0 + math.log10(2.0))


def test_heights_of_tasks_have_no_scale_of_their_own() -> None:
    """Difficulties further up by the same OOM: the same heights; others: others."""
    usage, hard = [0.3, 0.5, 0.2], [24.0, 26.0, 28.0]
    plain = irt_heights(usage, hard, 1.0, 2.5)
    far = irt_heights(usage, [d + 7.0 for d in hard], 1.0, 2.5)
    assert far == pytest.approx(plain, rel=1e-9)
    assert irt_heights(usage, [24.0, 26.0, 30.0], 1.0, 2.5) != pytest.approx(plain, rel=1e-3)


@pytest.mark.parametrize(
    ("change", "factors"),
    [
        (twice, {"size": 8.0, "flop": 8.0, "depth": 8.0**-0.5, "price": 1.0}),
        (dearer, {"size": 1.0, "flop": 0.125, "depth": 8.0**-0.5, "price": 8.0}),
        (heavier, {"size": 1.0, "flop": 1.0, "depth": 0.125, "price": 1.0}),
    ],
)
def test_a_covered_market(change: object, factors: dict[str, float]) -> None:
    """C and I by known factors, the same labs and shares, on the full model."""
    table = open_ended() | {"horizon": SHORT}
    runs = [settle(build(x)) for x in (table, moved(table, change))]  # type: ignore[arg-type]
    assert not bad(kept("covered", *runs, **factors))
    assert bad(kept("covered", *runs, **{**factors, "depth": 1.0}))


def test_luck_goes_with_the_labs() -> None:
    """In the same order nothing changes; in another, luck by number would."""
    table = full(horizon=SHORT)
    same = relabelled(build(table), (0, 1, 2))
    assert not bad(alike("the same order", settle(build(table)), same))
    other = relabelled(build(table), (1, 0, 2))
    assert bad(alike("luck changed hands", same, other, tables=("tiers",)))


def test_every_unit_is_known() -> None:
    """A parameter in money, compute, power or utils says so in its unit, so that the relations reach it."""
    for parameter in parameters():
        name = parameter.key.rsplit(".", 1)[-1].removesuffix("[]")
        for ending, unit in (("_usd", "USD"), ("_usd_year", "USD"), ("_mw", "MW"), ("_flop", "FLOP")):
            if name.endswith(ending):
                assert unit in parameter.unit, parameter.key
