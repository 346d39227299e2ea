"""The regulator knows reports, audits and what satellites see. True capability is none of these."""

from __future__ import annotations

import copy
import math

import numpy as np
import pytest

from agents.lab import Lab
from model import Industry, simulate
from model.catalogue import FoundationModel
from model.metrics import compute
from tests.support.small import run, small

RULE = {"regulation.0.start_year": 0.0}
BLIND = RULE | {
    "regulation.0.audits_per_year": 0.0,
    "oversight.sight_large_year": 0.0,
    "oversight.sight_small_year": 0.0,
}
SILENT = {"regulation.0.report_cost_usd": 1e13, "regulation.0.fine_usd": 0.0,
          "regulation.0.fine_turnover_share": 0.0}  # fmt: skip


def beliefs(industry: Industry) -> tuple[object, ...]:
    regulator = industry.regulator
    return (
        dict(regulator.known),
        set(regulator.sure),
        regulator.belief_exponent,
        [regulator.believed_of(lab) for lab in industry.active_labs],
        [(rule.threshold_oom, rule.policy) for rule in regulator.rules],
        (regulator.audits, regulator.breaches, regulator.fines_usd),
    )


def oversee(industry: Industry) -> None:
    """The regulator's part of a step."""
    outlook = industry.public_outlook
    assert outlook is not None
    industry.regulator.announce(industry.years)
    industry.regulator.look(industry.sites, industry.period)
    industry.ledger.open(industry.period)
    industry.regulator.enforce(industry.active_labs, outlook, industry.period)


def models(lab: Lab) -> list[FoundationModel]:
    return list({t.model.id: t.model for t in lab.tiers}.values())


def hidden_truth(industry: Industry, *, reported: bool) -> None:
    """Another true capability; and another size of whatever has not been reported, seen or audited."""
    for lab in industry.active_labs:
        for model in models(lab):
            model.base_oom += 2.5
            model.algorithms_oom += 2.5
            if not reported and not model.reported and model.id not in industry.regulator.sure:
                model.training_flop *= 30.0


@pytest.mark.parametrize("changes", [BLIND, BLIND | SILENT], ids=["reported", "silent"])
def test_beliefs_do_not_follow_the_truth_without_an_audit(changes: dict[str, float]) -> None:
    plain = run(small("inference-at-deployment", changes), 2)
    altered = copy.deepcopy(plain)
    hidden_truth(altered, reported=changes is BLIND)
    for world in (plain, altered):
        oversee(world)
    assert beliefs(plain) == beliefs(altered)
    true = [max(m.base_oom for m in models(lab)) for lab in plain.active_labs if lab.tiers]
    false = [max(m.base_oom for m in models(lab)) for lab in altered.active_labs if lab.tiers]
    assert true != false


def test_an_audit_shows_the_truth() -> None:
    """With auditors enough and a sure find, what was hidden enters the belief."""
    seeing = BLIND | SILENT | {"regulation.0.audits_per_year": 400.0, "regulation.0.audit_finds": 1.0}
    plain = run(small("inference-at-deployment", BLIND | SILENT), 2)
    rules = small("inference-at-deployment", seeing).regulation
    found = []
    for world in (plain, copy.deepcopy(plain)):
        if found:
            hidden_truth(world, reported=False)
        world.regulator.written = list(rules)
        oversee(world)
        found.append(beliefs(world))
        for lab in world.active_labs:
            for model in models(lab):
                assert world.regulator.known[model.id] == pytest.approx(math.log10(model.training_flop))
    assert found[0] != found[1]


def test_what_was_reported_is_known_exactly_and_the_rest_is_guessed() -> None:
    world = run(small("inference-at-deployment", BLIND), 3)
    known, sure = world.regulator.known, world.regulator.sure
    on_sale = [m for lab in world.active_labs for m in models(lab)]
    for model in on_sale:
        if model.reported:
            assert model.id in sure and known[model.id] == pytest.approx(math.log10(model.training_flop))
        else:
            assert model.id not in sure
    assert sum(m.reported for m in on_sale) >= 2


def test_guesses_are_the_mean_of_what_is_known_and_an_error() -> None:
    """An unreported model is believed to be like the others, whatever it is."""
    exact = BLIND | SILENT | {"oversight.belief_spread_oom": 0.0}
    world = run(small("inference-at-deployment", exact), 2)
    assert not world.regulator.sure
    assert set(world.regulator.known.values()) == {25.0}


def test_audits_do_not_exceed_the_staff() -> None:
    changes = RULE | SILENT | {"regulation.0.audits_per_year": 8.0}
    table = simulate(small("inference-at-deployment", changes), seed=2).regulators
    assert table["audits"].max() <= 2 and table["audits"].sum() > 0


def test_fractions_of_an_audit_are_met_on_average() -> None:
    changes = RULE | SILENT | {"regulation.0.audits_per_year": 2.0, "regulation.0.audit_finds": 0.0}
    world = run(small("inference-at-deployment", changes), 0)
    found = []
    for step in range(400):
        world.period = step
        oversee(world)
        found.append(world.regulator.audits)
    error = 4 * math.sqrt(0.25 / 400)
    assert np.mean(found) == pytest.approx(0.5, abs=error) and set(found) <= {0, 1}


def test_a_breach_is_fined_once() -> None:
    """The larger of a sum and a share of turnover, paid to the state, and then the model is known."""
    fine = {"regulation.0.report_cost_usd": 1e13, "regulation.0.fine_usd": 2e6,
            "regulation.0.fine_turnover_share": 0.0, "regulation.0.audits_per_year": 400.0,
            "regulation.0.audit_finds": 1.0}  # fmt: skip
    results = simulate(small("inference-at-deployment", RULE | fine), seed=2)
    found = results.events.query("kind == 'breach' and step > 0")
    assert len(found) >= 2 and not found["text"].duplicated().any()
    paid = results.labs.query("step > 0")["fines_usd"].sum()
    assert paid == pytest.approx(2e6 * len(found))
    share = RULE | fine | {"regulation.0.fine_turnover_share": 0.5}
    dear = simulate(small("inference-at-deployment", share), seed=2)
    assert dear.labs["fines_usd"].sum() > results.labs["fines_usd"].sum()


def test_nobody_is_fined_before_the_first_step() -> None:
    """Step 0 is a state: cash does not move in it, so no fine may be on record either."""
    auditors = RULE | SILENT | {"regulation.0.fine_usd": 2e6, "regulation.0.audits_per_year": 400.0,
                                "regulation.0.audit_finds": 1.0, "horizon.steps": 0}  # fmt: skip
    results = simulate(small("inference-at-deployment", auditors), seed=2)
    assert results.labs["fines_usd"].sum() == results.regulators["fines_usd"].sum() == 0.0
    assert len(results.events.query("kind == 'breach'")) == results.regulators["breaches_found"].sum()


def test_beliefs_about_depth_learn_what_depth_adds() -> None:
    """Audits move the belief about depth towards the truth, not away: where depth adds little, it falls.

    The regulator starts at 0.3 OOM per OOM; the technology gives 0.05 (and 0.9).
    """
    for truth, closer in ((0.05, lambda x: x < 0.3), (0.9, lambda x: 0.3 < x < 1.5)):
        changes = RULE | SILENT | {
            "technology.inference_exponent": truth,
            "technology.inference_span_oom": 10.0,
            "technology.wall_slope": 1.0,
            "technology.distillation.max_rounds": 0,
            "regulation.0.audits_per_year": 40.0,
            "regulation.0.audit_finds": 1.0,
            "horizon.steps": 8,
        }  # fmt: skip
        world = run(small("inference-at-deployment", changes), 8)
        assert closer(world.regulator.belief_exponent), (truth, world.regulator.belief_exponent)


def test_large_sites_are_seen_and_small_ones_are_not() -> None:
    sites = [{"name": f"S{k}", "power_mw": mw} for k, mw in enumerate([10.0] * 20 + [2000.0] * 20)]
    changes = {"labs.start": "symmetric", "labs.count": 2, "compute.sites": sites,
               "oversight.sight_mw": 50.0, "labs.adapt.entry": False}  # fmt: skip
    results = simulate(small(changes=changes | {"horizon.steps": 4}), seed=2)
    last = results.data_centres.query("step == 4")
    assert not last.loc[last["power_mw"] < 50.0, "seen"].any()
    seen = last.loc[last["power_mw"] > 500.0, "seen"].mean()
    assert seen == pytest.approx(1 - 0.1**1.25, abs=0.25)  # five looks, nine in ten a year
    assert (results.data_centres.groupby("site")["seen"].apply(lambda x: x.is_monotonic_increasing)).all()


def test_the_threshold_follows_the_frontier_that_is_seen() -> None:
    changes = RULE | {"regulation.0.adaptation_per_year": 1.0, "horizon.steps": 6}
    table = simulate(small("pretraining", changes), seed=2).regulators
    assert table["threshold"].iloc[0] == 25.0 and table["threshold"].iloc[-1] > 25.3
    blind = BLIND | SILENT | {"regulation.0.adaptation_per_year": 1.0, "horizon.steps": 6}
    table = simulate(small("pretraining", blind), seed=2).regulators
    assert (table["threshold"] == 25.0).all()  # who sees nothing follows nothing


def test_the_true_capability_is_on_record_and_nowhere_else() -> None:
    results = simulate(small("inference-at-deployment", RULE), seed=2)
    best = results.tiers.query("not self_hosted").groupby("step")["capability_oom"].max()
    table = results.regulators.set_index("step")["true_capability_oom"]
    np.testing.assert_allclose(table, best.reindex(table.index))
    assert compute.__module__ == "model.metrics"
