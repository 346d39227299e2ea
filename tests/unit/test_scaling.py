"""Technology: capability, compute split, distillation, depth routing (P12-P15, P24, P25)."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import minimize

from model.knowhow import Knowhow
from model.mechanisms.depth import route_depth
from model.mechanisms.distillation import round_flop, round_gain
from model.mechanisms.offer import profile
from model.mechanisms.scaling import (
    capability,
    copies,
    distillation_path,
    human_level_cost,
    least_cost,
    optimal_split,
    parameters_of,
    saturating_depth,
    training_power_mw,
    wall_derivative,
    wall_function,
    weights_cost_share,
)
from model.scenario import Scenario

RULE = {
    "training_exponent": 1.0,
    "wall": 25.5,
    "wall_slope": 0.15,
    "inference_exponent": 0.7,
    "span_oom": np.inf,
}


def test_capability_by_hand():
    # 25.5 + .15 * 1.5 + 1 (algorithms, not damped) + .3 + .7 * 2
    assert capability(27.0, 1.0, 0.3, 100.0, **RULE) == pytest.approx(28.425, rel=1e-12)
    assert capability(24.0, 0.0, 0.0, 1e4, **RULE) == pytest.approx(26.8, rel=1e-12)  # Ord


def test_capability_broadcasts():
    level = capability(np.full((3, 1), 25.0), 0.0, 0.0, np.logspace(0, 2, 4), **RULE)
    assert level.shape == (3, 4)
    assert_allclose(level[0], 25.0 + 0.7 * np.linspace(0, 2, 4))


def test_training_exponent_scales_compute_and_algorithms_but_not_distillation():
    half = {**RULE, "training_exponent": 0.5}
    assert capability(24.0, 2.0, 1.0, 1.0, **half) == pytest.approx(14.0)


def test_wall():
    assert_allclose(wall_function([25.0, 25.5, 27.5], 25.5, 0.1), [25.0, 25.5, 25.7])
    assert_allclose(wall_function([20.0, 40.0], np.inf, 0.1), [20.0, 40.0])
    assert_allclose(wall_derivative([25.0, 25.5, 27.5], 25.5, 0.1), [1.0, 0.1, 0.1])
    step = (wall_function(26.0 + 1e-6, 25.5, 0.1) - wall_function(26.0, 25.5, 0.1)) / 1e-6
    assert step == pytest.approx(float(wall_derivative(26.0, 25.5, 0.1)), rel=1e-6)


def test_saturating_depth():
    assert saturating_depth(2.0, 4.0) == pytest.approx(4 * (1 - np.exp(-0.5)), rel=1e-12)
    assert_allclose(saturating_depth([0.0, 3.0], np.inf), [0.0, 3.0])
    assert_allclose(saturating_depth([0.0, 3.0], 0.0), 0.0)
    assert saturating_depth(3.0, 1e9) == pytest.approx(3.0, rel=1e-8)  # the limit is continuous
    assert saturating_depth(1e6, 4.0) == pytest.approx(4.0)


@pytest.mark.parametrize(
    ("volume", "eta", "max_depth", "depth", "training", "level"),
    [  # P12_planner: B = 1e26, c1 = 4e14
        (1e9, 0.7, None, 102.94117647058823, 5.882352941176472e25, 27.17836346773734),
        (1e10, 0.7, None, 10.294117647058822, 5.882352941176472e25, 26.478363467737342),
        (1e8, 0.7, None, 1029.4117647058824, 5.882352941176471e25, 27.87836346773734),
        (1e9, 1.0, None, 125.0, 5e25, 27.795880017344075),
        (1e9, 0.2, np.inf, 41.66666666666667, 8.333333333333335e25, 26.244776505610055),
        (1e9, 0.7, 100.0, 100.0, 6e25, 27.178151250383642),
        (2e11, 0.7, None, 1.0, 2e25, 25.30102999566398),
        (1e9, 0.7, 1e4, 102.94117647058823, 5.882352941176472e25, 27.17836346773734),
    ],
)
def test_optimal_split(volume, eta, max_depth, depth, training, level):
    got_training, got_depth = optimal_split(1e26, volume, 4e14, inference_exponent=eta, max_depth=max_depth)
    assert got_depth == pytest.approx(depth, rel=1e-12)
    assert got_training == pytest.approx(training, rel=1e-12)
    assert np.log10(got_training) + eta * np.log10(got_depth) == pytest.approx(level, rel=1e-12)


def test_optimal_split_refuses_what_cannot_be_paid():
    with pytest.raises(ValueError, match="must exceed"):
        optimal_split(1e26, 1e12, 4e14, inference_exponent=0.7, max_depth=None)
    with pytest.raises(ValueError, match="max_depth"):
        optimal_split(1e26, 1e9, 4e14, inference_exponent=0.7, max_depth=0.5)
    with pytest.raises(ValueError, match="positive"):
        optimal_split(1e26, 0.0, 4e14, inference_exponent=0.7, max_depth=None)


def test_least_cost():
    training, depth, cost = least_cost(28.0, [1e8, 1e9, 1e10], 4e14, inference_exponent=0.7, max_depth=None)
    assert_allclose(training, [6.935886536628551e25, 1.790056281108815e26, 4.619887411097547e26])
    assert_allclose(depth, [1213.7801439099962, 313.25984919404266, 80.84802969420707])
    assert_allclose(cost, [1.1791007112268537e26, 3.0430956778849856e26, 7.853808598865829e26])
    # elasticities with respect to volume: +eta/(1+eta) and -1/(1+eta)
    assert_allclose(np.diff(np.log10(training)), 0.7 / 1.7, rtol=1e-12)
    assert_allclose(np.diff(np.log10(depth)), -1 / 1.7, rtol=1e-12)


def test_least_cost_is_the_dual_and_has_the_scale_index():
    training, depth, cost = least_cost(28.0, 1e9, 4e14, inference_exponent=0.7, max_depth=None)
    back = optimal_split(float(cost), 1e9, 4e14, inference_exponent=0.7, max_depth=None)
    assert_allclose(back, (training, depth), rtol=1e-12)
    more = least_cost(28.0, 1e9 * 1.00001, 4e14, inference_exponent=0.7, max_depth=None)[2]
    marginal = (more - cost) / (1e9 * 1e-5)
    assert (cost / 1e9) / marginal == pytest.approx(2.428571428571429, rel=1e-4)


def test_least_cost_corners():
    training, depth, _ = least_cost(26.0, 1e9, 4e14, inference_exponent=0.0, max_depth=None)
    assert (training, depth) == (pytest.approx(1e26), 1.0)
    training, depth, _ = least_cost(28.0, 1e9, 4e14, inference_exponent=0.7, max_depth=10.0)
    assert depth == pytest.approx(10.0)
    assert training == pytest.approx(10**27.3)


@pytest.mark.parametrize(
    ("flop", "depth", "expected"),
    [  # P13: T = 90 d, N = sqrt(C/120), 10 tokens/s
        (1e25, 1, 222743.15940957784),
        (1e25, 10, 22274.315940957782),
        (1e25, 100, 2227.431594095778),
        (1e27, 1, 2227431.594095778),
        (1e26, 100, 7043.757169562321),
    ],
)
def test_copies(flop, depth, expected):
    size = parameters_of(flop, reference_flop=1e25, reference_parameters=288675134594.8129, exponent=0.5)
    assert copies(flop / (90 * 86400), size, 10.0, depth) == pytest.approx(expected, rel=1e-12)


def test_copies_at_equal_capability():
    pretrained = copies(1e27 ** (1.0), np.sqrt(1e27), 1.0, 1.0)
    base = 1e27 / 10**1.4  # two OOM of depth stand in for 1.4 of training
    assert copies(base, np.sqrt(base), 1.0, 100.0) / pretrained == pytest.approx(
        0.001995262314968879, rel=1e-9
    )


def test_parameters_software_like():
    sizes = parameters_of([1e24, 1e27], reference_flop=2e25, reference_parameters=2e11, exponent=0.0)
    assert_allclose(sizes, 2e11)


@pytest.mark.parametrize(
    ("growth", "eta", "max_depth", "first", "depth", "cost", "ratio", "parity"),
    [  # P14: gap 3 OOM, c0 = .05, wage 50, h = .2
        (0.5, 0.7, 1.0, 6.0, 1.0, 0.003154786722400965, 6.30957344480193e-05, 6.0),
        (0.5, 0.7, 100.0, 3.2, 100.0, 1.1454338263838861, 0.022908676527677724, 3.2),
        (0.5, 0.7, 1e4, 0.4, 1e4, 415.8818855513355, 8.317637711026709, 1.40625),
        (0.5, 0.7, 1e6, 0.0, 19306.977288832495, 965.3488644416248, 19.306977288832496, 1.40625),
        (0.1, 0.7, 1e4, 2.0, 1e4, 199.05358527674846, 3.981071705534969, 3.75),
        (0.5, 1.0, 1e4, 0.0, 1000.0, 50.0, 1.0, 0.0),
    ],
)
def test_human_level_cost(growth, eta, max_depth, first, depth, cost, ratio, parity):
    got = human_level_cost(
        3.0,
        growth_oom=growth,
        cost_decline_oom=0.2,
        inference_exponent=eta,
        max_depth=max_depth,
        unit_cost_usd=0.05,
        wage_usd=50.0,
    )
    assert_allclose(got, (first, depth, cost, ratio, parity), rtol=1e-9, atol=1e-12)


def test_human_level_may_never_come_or_never_pay():
    stuck = {"cost_decline_oom": 0.0, "unit_cost_usd": 100.0, "wage_usd": 50.0}
    never = human_level_cost(3.0, growth_oom=0.0, inference_exponent=0.7, max_depth=10.0, **stuck)
    assert np.isinf([never.first_years, never.cost_usd, never.parity_years]).all()
    dear = human_level_cost(-1.0, growth_oom=0.5, inference_exponent=0.0, max_depth=None, **stuck)
    assert (dear.first_years, dear.depth, dear.cost_ratio) == (0.0, 1.0, 2.0)
    assert np.isinf(dear.parity_years)  # already there, but one pass costs twice the wage for ever


@pytest.mark.parametrize(
    ("retention", "decay", "second", "tenth"),
    [  # P15: eta = .7, I = 100
        (0.5, 0.8, 1.26, 3.1241903616),
        (0.5, 1.0, 1.4, 7.0),
        (0.5, 1.1, 1.47, 11.156197220700006),
        (0.8, 0.5, 1.68, 2.2378125),
    ],
)
def test_distillation_path(retention, decay, second, tenth):
    rule = {"retention": retention, "inference_exponent": 0.7, "decay": decay}
    path = distillation_path(10, 100.0, **rule)
    assert path.shape == (11,)
    assert_allclose(path[[0, 2, 10]], [0.0, second, tenth], rtol=1e-10)
    gains = round_gain(100.0, np.arange(10), span_oom=np.inf, **rule)
    assert_allclose(np.diff(path), gains, rtol=1e-10)


def test_distillation_limits_and_edges():
    path = distillation_path(400, 100.0, retention=0.5, inference_exponent=0.7, decay=0.8)
    assert path[-1] == pytest.approx(3.5, rel=1e-12)
    rule = {"retention": 0.5, "inference_exponent": 0.7, "decay": 0.8}
    assert_allclose(distillation_path(0, 100.0, **rule), [0.0])
    assert distillation_path(1, 100.0, **rule, span_oom=4.0)[1] == pytest.approx(
        0.35 * 4 * (1 - np.exp(-0.5))
    )
    with pytest.raises(ValueError, match="rounds"):
        distillation_path(-1, 100.0, **rule)


def test_explosive_round():
    gain = round_gain(
        100.0,
        2,
        retention=0.5,
        inference_exponent=0.7,
        span_oom=np.inf,
        decay=0.8,
        explosive_slope=0.1,
        distilled_oom=1.0,
    )
    assert gain == pytest.approx(0.7 * (0.8 * 10**0.1) ** 2)


def test_round_flop():
    # 1e9 samples * 1e3 tokens * 4e11 FLOP * 100 passes + 5 % of 2e25
    assert round_flop(1e9, 1e3, 4e11, 100.0, 2e25, fine_tune_share=0.05) == pytest.approx(4.1e25)


def test_weights_cost_share():
    share = weights_cost_share(5e25, 1e9, 4e14, [1, 10, 100, 1000, 10000])
    expected = [0.99206349206, 0.92592592593, 0.55555555556, 0.11111111111, 0.01234567901]
    assert_allclose(share, expected, rtol=1e-9)


def test_training_power():
    power = training_power_mw([1e25, 1e26, 1e27, 5e25], [90, 90, 120, 100])
    expected = [4.5510908054442485, 45.51090805444249, 341.33181040831863, 20.47990862449912]
    assert_allclose(power, expected, rtol=1e-12)


USAGE = np.array([0.25, 0.2, 0.15, 0.1, 0.08, 0.14, 0.03, 0.05])
ETA = np.array([0.2, 0.3, 0.6, 0.5, 1.2, 1.6, 2.0, 1.4])
SPAN = np.array([1.6, 2.0, 2.0, 2.0, 3.2, 4.0, np.inf, 4.8])


def _objective(depth, slope):
    return np.sum(USAGE * slope * ETA * saturating_depth(np.log10(depth), SPAN), axis=-1)


def test_routing_uses_exactly_the_cap():
    rng = np.random.default_rng(1)
    slope = rng.lognormal(0, 2, (60, 8))
    cap = np.concatenate([[1.0], 10 ** rng.uniform(0, 5, 59)])
    depth = route_depth(slope, USAGE, cap, ETA, SPAN)
    assert_allclose(depth @ USAGE, cap, rtol=1e-13)
    assert (depth >= 1.0).all()
    assert_allclose(depth[0], 1.0)


def test_routing_meets_the_first_order_condition():
    rng = np.random.default_rng(2)
    slope = rng.lognormal(0, 1, (20, 8))
    depth = route_depth(slope, USAGE, np.full(20, 30.0), ETA, SPAN)
    marginal = slope * ETA * np.exp(-np.log10(depth) / SPAN) / (depth * np.log(10))
    for row, inside in zip(marginal, depth > 1.0 + 1e-9, strict=True):
        assert_allclose(row[inside], row[inside].max(), rtol=1e-8)
        assert (row[~inside] <= row[inside].max() * (1 + 1e-8)).all()


def test_routing_beats_a_numerical_optimiser():
    slope = np.array([1.0, 2.0, 0.5, 1.0, 1.0, 3.0, 5.0, 0.1])
    best = route_depth(slope[None], USAGE, [10.0], ETA, SPAN)[0]
    search = minimize(
        lambda d: -_objective(d, slope),
        np.full(8, 10.0),
        bounds=[(1, None)] * 8,
        constraints={"type": "ineq", "fun": lambda d: 10.0 - USAGE @ d},
        options={"maxiter": 500, "ftol": 1e-12},
    )
    assert _objective(best, slope) >= -search.fun - 1e-8
    assert _objective(best, slope) == pytest.approx(-search.fun, rel=1e-4)


def test_routing_two_tasks_by_hand():
    # infinite spans: depth is proportional to slope * eta; mean 10 = (d + 3 d)/2
    depth = route_depth([[1.0, 3.0]], [0.5, 0.5], [10.0], [0.7, 0.7], [np.inf, np.inf])
    assert_allclose(depth, [[5.0, 15.0]], rtol=1e-12)


def test_routing_edges():
    one = route_depth([[2.0], [0.0]], [1.0], [7.3, 7.3], [0.7], [4.0])
    assert one.tolist() == [[7.3], [1.0]]
    assert (route_depth(np.zeros((2, 3)), np.ones(3), [5.0, 9.0], np.ones(3), np.ones(3)) == 1).all()
    useless = route_depth([[1.0, 1.0, 1.0]], np.ones(3), [5.0], [0.7, 0.0, 0.7], [4.0, 4.0, 0.0])
    assert_allclose(useless, [[13.0, 1.0, 1.0]])
    shallow = route_depth([[1.0, 1.0]], [0.5, 0.5], [0.3], [0.7, 0.0], [np.inf, 4.0], minimum=0.1)
    assert_allclose(shallow, [[0.5, 0.1]])
    with pytest.raises(ValueError, match="minimum depth"):
        route_depth([[1.0]], [1.0], [0.5], [0.7], [4.0])


def test_routing_does_not_depend_on_the_unit_of_value():
    rng = np.random.default_rng(3)
    slope = rng.lognormal(0, 1, (5, 8))
    cap = np.full(5, 50.0)
    assert_allclose(
        route_depth(slope, USAGE, cap, ETA, SPAN),
        route_depth(slope * 1e-12, 2 * USAGE, cap, ETA, SPAN),
        rtol=1e-9,
    )


@pytest.mark.parametrize("link", ["linear", "irt"])
@pytest.mark.parametrize("spans", ["shipped", "endless", "none"])
@pytest.mark.parametrize("minimum", [1.0, 0.1])
def test_a_profile_is_what_its_equations_say(link, spans, minimum):
    """The compiled pass against the functions of scaling, tasks and routing, one by one."""
    table = Knowhow.at(Scenario.load("inference-in-training"), 0.0).tables[0]
    span = {"shipped": table.span, "endless": np.full(8, np.inf), "none": np.zeros(8)}[spans]
    table = table._replace(link=link, span=span, minimum_depth=minimum)
    rng = np.random.default_rng(2)
    base, cap = rng.uniform(22.0, 31.0, 40), np.exp(rng.uniform(-1.0, 8.0, 40))
    distilled = rng.uniform(0.0, 2.0, 40)
    level = base[:, None] + distilled[:, None] * table.tilt
    top = np.maximum(cap, minimum)
    reach = np.maximum(np.log10(np.maximum(top, 1.0)), 0.05)[:, None]
    lift = table.exponent * saturating_depth(reach, span)
    gain = table.value(level + lift) - table.value(np.broadcast_to(level, lift.shape))
    slope = np.where(lift > 0.0, gain / np.where(lift > 0.0, lift, 1.0), 0.0)
    depth = route_depth(slope, table.usage, top, table.exponent, span, minimum=minimum)
    wanted = level + table.exponent * saturating_depth(np.log10(depth), span)
    found = profile(base, cap, table, distilled)
    assert_allclose(found.depth, depth, rtol=1e-8)
    assert_allclose(found.capability, wanted, rtol=1e-10)
    assert_allclose(found.value, table.value(wanted), rtol=1e-9, atol=1e-12)
    assert_allclose(found.mean_depth, depth @ table.usage, rtol=1e-8)
    assert_allclose(found.mean_marginal, table.marginal(wanted) @ table.usage, rtol=1e-9)
