"""The law: bright lines by hand, neutral values, whom a rule of a region binds, how a threshold moves."""

from __future__ import annotations

import math

import pytest

from model.law import Duty, Law, ModelFacts, binds
from model.policies import Sight, applies, law_of, policies
from model.sections.oversight import Rule


def facts(training_oom: float = 25.0, **more: float | bool) -> ModelFacts:
    return ModelFacts(training_oom, **more)  # type: ignore[arg-type]


def test_a_duty_without_lines_binds_nobody() -> None:
    extreme = ModelFacts(1e3, 1e3, 1e7, True, 1e300)
    assert not Duty("any").covers(extreme)
    assert Law().duties_on(extreme) == []


@pytest.mark.parametrize(("oom", "covered"), [(24.999, False), (25.0, True), (26.0, True)])
def test_the_training_line_belongs_to_the_covered_side(oom: float, covered: bool) -> None:
    assert Duty("any", training_oom=25.0).covers(facts(oom)) is covered


def test_distillation_counts_only_where_the_rule_says_so() -> None:
    """9e24 of training and 1e24 of distillation make 1e25."""
    two = facts(math.log10(9.001e24), distillation_oom_flop=24.0)
    assert Duty("any", training_oom=25.0, count_distillation=True).covers(two)
    assert not Duty("any", training_oom=25.0).covers(two)
    nothing = facts(math.log10(9.001e24))
    assert not Duty("any", training_oom=25.0, count_distillation=True).covers(nothing)
    more = facts(20.0, distillation_oom_flop=25.0)  # the larger part may be either
    assert Duty("any", training_oom=25.0, count_distillation=True).covers(more)


@pytest.mark.parametrize(("depth", "covered"), [(1.0, False), (99.0, False), (100.0, True), (1e4, True)])
def test_effective_compute_is_training_plus_believed_depth(depth: float, covered: bool) -> None:
    """25 + .5 x 2 = 26: covered from depth 100."""
    duty = Duty("any", effective_oom=26.0, depth_exponent=0.5)
    assert duty.covers(facts(25.0, offered_depth=depth)) is covered
    assert not Duty("any", effective_oom=26.0).covers(facts(25.0, offered_depth=1e6))  # exponent 0


def test_hybrid_has_two_lines() -> None:
    duty = Duty("any", training_oom=26.0, post_trained_oom=24.0, post_trained_depth=10.0)
    assert duty.covers(facts(26.0))
    assert not duty.covers(facts(25.9))
    assert duty.covers(facts(24.0, post_trained=True))
    assert duty.covers(facts(24.0, offered_depth=10.0))  # who thinks long passes for post-trained
    assert not duty.covers(facts(24.0, offered_depth=9.0))
    assert not duty.covers(facts(23.9, post_trained=True))


def test_revenue_covers_whatever_the_run() -> None:
    duty = Duty("any", revenue_usd_year=5e8)
    assert duty.covers(facts(1.0, revenue_usd_year=5e8))
    assert not duty.covers(facts(99.0, revenue_usd_year=4.99e8))


def test_a_margin_lowers_lines_of_compute_alone() -> None:
    duty = Duty("any", training_oom=25.0, revenue_usd_year=5e8)
    assert duty.covers(facts(24.5), margin_oom=0.5) and not duty.covers(facts(24.4), margin_oom=0.5)
    assert not duty.covers(facts(1.0, revenue_usd_year=4.9e8), margin_oom=10.0)


def test_who_is_bound() -> None:
    everywhere, eu = (), ("EU",)
    assert binds(everywhere, "US", {"US", "EU", "CN", "ROW"})
    assert binds(eu, "US") and not binds(eu, "US", {"EU"})
    assert binds(eu, "EU", {"EU"})  # who sits there cannot leave
    assert binds(("EU", "CN"), "US", {"EU"}) and not binds(("EU", "CN"), "US", {"EU", "CN"})


def test_the_neutral_law_asks_nothing() -> None:
    law = Law()
    assert law.duties == () and law.training_cap_flop == math.inf and law.compute_tax == 0.0
    assert Law(training_cap_oom=26.0).training_cap_flop == pytest.approx(1e26)
    assert Law(training_cap_oom=900.0).training_cap_flop == math.inf
    assert law_of([]) == law


@pytest.mark.parametrize(
    ("policy", "field", "values", "law", "sum_of_both"),
    [
        ("compute-tax", "tax_share", (0.1, 0.2), "compute_tax", 0.1 + 0.2),
        ("power-carrot", "permit_boost", (2.0, 3.0), "permit_boost", 6.0),
        ("price-cap", "price_cap_usd_month", (20.0, 30.0), "price_cap_usd_month", 20.0),
        ("voucher", "voucher_usd_month", (5.0, 30.0), "voucher_usd_month", 30.0),
        ("training-cap", "training_cap_oom", (27.0, 26.0), "training_cap_oom", 26.0),
        ("open-weight-restriction", "open_cap_oom", (27.0, 26.0), "open_cap_oom", 26.0),
        ("tamper-resistance", "tamper_share", (0.1, 0.3), "tamper_share", 0.3),
        ("pre-release-evaluation", "evaluation_depth", (10.0, 300.0), "evaluation_depth", 300.0),
        ("pre-release-evaluation", "evaluation_limit_oom", (29.0, 28.5), "evaluation_limit_oom", 28.0),
        ("internal-reporting", "internal_reporting", (0.9, 0.2), "internal_reporting", 0.9),
        ("data-centre-licensing", "licence_mw", (50.0, 500.0), "licence_mw", 50.0),
        ("merger-review", "merger_limit", (0.3, 0.4), "merger_limit", 0.3),
        ("inference-kyc", "kyc_flop_quarter", (1e20, 1e21), "kyc_flop_step", 1e20),
    ],
)
def test_the_stricter_counts_and_taxes_add_up(
    policy: str, field: str, values: tuple[float, float], law: str, sum_of_both: float
) -> None:
    rules = [Rule(policy=policy, **{field: v}) for v in values]
    if law == "evaluation_limit_oom":  # one more at the default of 28
        rules.append(Rule(policy=policy))
    assert getattr(law_of(rules), law) == pytest.approx(sum_of_both)


# -- adaptation ----------------------------------------------------------------------------------

SIGHT = Sight(1.0, 27.0, 0.25, 0.4, (25.5, 26.0, 27.0), (26.0, 26.5, 28.0))


def test_a_threshold_follows_a_quantile_of_the_frontier() -> None:
    """tau + (1 - e^(-speed dt)) (Q - tau), with the median of three labs."""
    rule = Rule(threshold_oom=25.0, adaptation_per_year=0.8, adaptation_quantile=0.5, start_year=0.0)
    share = 1 - math.exp(-0.8 * 0.25)
    now = policies()["training-threshold"](rule, SIGHT)
    assert now is not None and now.threshold_oom == pytest.approx(25.0 + share * 1.0)
    then = policies()["training-threshold"](rule, SIGHT._replace(last=now))
    assert then is not None
    assert then.threshold_oom == pytest.approx(now.threshold_oom + share * (26.0 - now.threshold_oom))
    top = rule.model_copy(update={"adaptation_quantile": 1.0})
    now = policies()["training-threshold"](top, SIGHT)
    assert now is not None and now.threshold_oom == pytest.approx(25.0 + share * 2.0)


def test_the_effective_line_follows_effective_compute_and_uses_what_is_believed() -> None:
    rule = Rule(policy="effective-compute", effective_oom=26.0, adaptation_per_year=1.0, start_year=0.0)
    now = policies()["effective-compute"](rule, SIGHT)
    assert now is not None
    assert now.effective_oom == pytest.approx(26.0 + (1 - math.exp(-0.25)) * 2.0)
    (duty,) = applies()["effective-compute"](Law(), now).duties
    assert duty.depth_exponent == SIGHT.belief_exponent == 0.4
    again = policies()["effective-compute"](rule, SIGHT._replace(last=now, belief_exponent=0.6))
    assert again is not None and again.depth_exponent == 0.6  # belief goes on moving
    fixed = policies()["effective-compute"](rule.model_copy(update={"depth_exponent": 0.1}), SIGHT)
    assert fixed is not None and fixed.depth_exponent == 0.1


def test_a_line_of_logging_is_per_step() -> None:
    """1e20 FLOP a quarter are 3.3e19 a month."""
    rule = Rule(policy="inference-kyc", kyc_flop_quarter=1e20, start_year=0.0)
    now = policies()["inference-kyc"](rule, SIGHT._replace(elapsed_years=1 / 12))
    assert now is not None
    later = policies()["inference-kyc"](rule, SIGHT._replace(elapsed_years=1 / 12, last=now))
    assert now == later and applies()["inference-kyc"](Law(), now).kyc_flop_step == pytest.approx(1e20 / 3)
