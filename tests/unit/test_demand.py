"""The choice module: formulas, limits, sampling, extremes [P01]."""

from typing import Any

import numpy as np
import pytest
from scipy import stats

from model.mechanisms import demand

LABS = np.array([0, 0, 1, 1, 1, 2])
UTILITY = np.array([[1.0, 1.5, 0.2, 0.9, 1.4, 0.7], [0.1, -0.4, 2.0, 1.0, 0.0, -3.0]])
NESTED: dict[str, Any] = {"taste_scale": 0.8, "within_lab_scale": 0.3, "outside_utility": 0.5}


def by_hand(u: np.ndarray, labs: np.ndarray, mu: float, mu_w: float, u0: float) -> np.ndarray:
    """The textbook formula, one user at a time."""
    out = np.zeros_like(u)
    for i, row in enumerate(u):
        inclusive = {j: mu_w * np.log(np.exp(row[labs == j] / mu_w).sum()) for j in set(labs)}
        total = sum(np.exp(v / mu) for v in inclusive.values()) + np.exp(u0 / mu)
        for k, j in enumerate(labs):
            tier = np.exp(row[k] / mu_w) / np.exp(row[labs == j] / mu_w).sum()
            out[i, k] = tier * np.exp(inclusive[j] / mu) / total
    return out


@pytest.mark.parametrize("labs", [LABS, np.array([7, 2, 7, 5, 2, 5])])
def test_probabilities_are_the_nested_logit(labs: np.ndarray) -> None:
    got = demand.choice_probabilities(UTILITY, labs, **NESTED)
    np.testing.assert_allclose(got, by_hand(UTILITY, labs, 0.8, 0.3, 0.5), rtol=1e-12)


def test_equal_scales_are_the_plain_logit() -> None:
    got = demand.choice_probabilities(
        UTILITY, LABS, taste_scale=1.0, within_lab_scale=1.0, outside_utility=0.0
    )
    e = np.exp(UTILITY)
    np.testing.assert_allclose(got, e / (1 + e.sum(axis=1, keepdims=True)), rtol=1e-13)


def test_asymmetric_logit_shares_and_surplus() -> None:
    """P03: shares, outside share and consumer surplus at the equilibrium prices."""
    net = np.array([[2.0 - 1.9327796453022126, 1.5 - 1.7005542431637322, 1 - 1.426133210304586]])
    scales: dict[str, Any] = {"taste_scale": 1, "within_lab_scale": 0, "outside_utility": 0}
    got = demand.choice_probabilities(net, [0, 1, 2], **scales)
    np.testing.assert_allclose(
        got[0], [0.3020559698214665, 0.23109704554314198, 0.18442793034568802], rtol=1e-9
    )
    surplus = demand.log_sum_surplus(net, [0, 1, 2], **scales)
    np.testing.assert_allclose(surplus, [1.2643633029419796], rtol=1e-9)


def test_an_outside_option_per_type_and_none() -> None:
    each = demand.choice_probabilities(UTILITY, LABS, **{**NESTED, "outside_utility": [0.5, -np.inf]})
    none = demand.choice_probabilities(UTILITY, LABS, **{**NESTED, "outside_utility": None})
    np.testing.assert_allclose(each[0], by_hand(UTILITY, LABS, 0.8, 0.3, 0.5)[0], rtol=1e-12)
    np.testing.assert_allclose(each[1], none[1], rtol=1e-15)
    np.testing.assert_allclose(none.sum(axis=1), 1.0, rtol=1e-14)


def test_deterministic_tier_takes_the_dearer_of_a_tie() -> None:
    u = np.array([[1.0, 1.0, 2.0, 2.0, 0.0]])
    p = demand.choice_probabilities(
        u, [0, 0, 1, 1, 1], taste_scale=1.0, within_lab_scale=0.0, outside_utility=None
    )
    s = np.e / (1 + np.e)
    np.testing.assert_allclose(p, [[0.0, 1 - s, 0.0, s, 0.0]], rtol=1e-14)


def test_deterministic_labs_share_a_tie_and_the_outside_loses_it() -> None:
    u = np.array([[1.0, 1.0, 0.0], [-1.0, 0.0, 0.0], [-2.0, -2.0, -1.0], [0.0, 3.0, 1.0]])
    p = demand.choice_probabilities(u, [0, 1, 2], taste_scale=0.0, within_lab_scale=0.0, outside_utility=0.0)
    np.testing.assert_array_equal(p, [[0.5, 0.5, 0], [0, 0.5, 0.5], [0, 0, 0], [0, 1, 0]])


@pytest.mark.parametrize("scales", [(1e-3, 1e-3), (1e-12, 1e-300), (0.0, 0.0)])
def test_small_scales_reach_the_deterministic_choice(scales: tuple[float, float]) -> None:
    for dtype in (np.float32, np.float64):
        p = demand.choice_probabilities(
            UTILITY.astype(dtype),
            LABS,
            taste_scale=scales[0],
            within_lab_scale=scales[1],
            outside_utility=0.0,
        )
        assert p.dtype == dtype
        np.testing.assert_allclose(p, np.eye(6)[[1, 2]], atol=1e-6)


@pytest.mark.parametrize("mu_w", [0.0, 0.2])
@pytest.mark.parametrize("mu", [0.0, 1.0])
def test_extreme_utilities(mu: float, mu_w: float) -> None:
    """Huge values do not overflow; what is not available has probability zero, also if all is."""
    u = np.array([[1e30, -1e30, 0.0], [-np.inf, -np.inf, 1.0], [-np.inf] * 3], dtype=np.float32)
    p = demand.choice_probabilities(u, [0, 0, 1], taste_scale=mu, within_lab_scale=mu_w, outside_utility=None)
    np.testing.assert_array_equal(p, [[1, 0, 0], [0, 0, 1], [0, 0, 0]])
    assert demand.sample_choices(p, np.array([0.0, 0.999999, 0.5])).tolist() == [0, 2, 3]


def test_chunks_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    u = np.random.default_rng(0).normal(size=(50, 6))
    whole = demand.choice_probabilities(u, LABS, **NESTED)
    monkeypatch.setattr(demand, "CHUNK", 7)
    np.testing.assert_array_equal(demand.choice_probabilities(u, LABS, **NESTED), whole)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_fused_sampling_equals_sampling_from_probabilities(dtype: type) -> None:
    rng = np.random.default_rng(1)
    u = rng.normal(size=(20_000, 6)).astype(dtype)
    labs, draws = np.array([2, 0, 1, 0, 2, 1]), rng.random(20_000).astype(dtype)
    for outside in (None, 0.3):
        scales = {**NESTED, "outside_utility": outside}
        two_steps = demand.sample_choices(demand.choice_probabilities(u, labs, **scales), draws)
        np.testing.assert_array_equal(demand.sample_nested(u, labs, draws, **scales), two_steps)


def test_nobody_leaves_a_covered_market_by_rounding() -> None:
    u = np.random.default_rng(2).normal(size=(20_000, 6)).astype(np.float32)
    last = np.full(20_000, np.nextafter(np.float32(1), np.float32(0)))
    picked = demand.sample_nested(u, LABS, last, **{**NESTED, "outside_utility": None})
    assert (picked < 6).all()


def test_staying_bonus_is_utility_of_the_present_lab() -> None:
    rng = np.random.default_rng(3)
    u, draws = rng.normal(size=(5_000, 6)), rng.random(5_000)
    labs, current = np.array([4, 9, 4, 6, 9, 6]), rng.choice([-1, 4, 6, 9], 5_000)
    raised = u + 1.3 * (current[:, None] == labs)
    np.testing.assert_array_equal(
        demand.sample_nested(u, labs, draws, current_lab=current, stay_bonus=1.3, **NESTED),
        demand.sample_nested(raised, labs, draws, **NESTED),
    )


def test_frequencies_follow_the_probabilities() -> None:
    """P01 (i): chi-squared with 1e6 users."""
    n = 1_000_000
    u = np.broadcast_to(UTILITY[0].astype(np.float32), (n, 6))
    picked = demand.sample_nested(u, LABS, np.random.default_rng(4).random(n), **NESTED)
    p = demand.choice_probabilities(UTILITY[:1], LABS, **NESTED)[0]
    expected = n * np.append(p, 1 - p.sum())
    assert stats.chisquare(np.bincount(picked, minlength=7), expected).pvalue > 1e-3


def test_log_sum_is_the_mean_of_the_best_utility() -> None:
    """P01 (ii): mu ln(sum exp(V / mu)) + 0.5772 mu against Gumbel draws, 4 standard errors."""
    mu, v, n = 0.7, np.array([1.0, 0.4, -0.2, 0.0]), 200_000
    best = (v + mu * np.random.default_rng(5).gumbel(size=(n, 4))).max(axis=1)
    surplus = demand.log_sum_surplus(
        v[None, :3], [0, 1, 2], taste_scale=mu, within_lab_scale=0.0, outside_utility=0.0
    )
    assert abs(best.mean() - surplus[0] - mu * np.euler_gamma) < 4 * best.std() / np.sqrt(n)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"taste_scale": -1.0}, "taste_scale is -1.0"),
        ({"within_lab_scale": np.nan}, "within_lab_scale is nan"),
        ({"outside_utility": np.zeros(3)}, "outside_utility has shape"),
        ({"lab_of_offer": [0, 1]}, "lab_of_offer has shape"),
    ],
)
def test_errors_name_the_field(wrong: dict[str, Any], message: str) -> None:
    arguments = {"utility": UTILITY, "lab_of_offer": LABS, **NESTED, **wrong}
    with pytest.raises(ValueError, match=message):
        demand.choice_probabilities(**arguments)
    with pytest.raises(ValueError, match="uniforms has shape"):
        demand.sample_choices(np.zeros((2, 2)), np.zeros(3))
