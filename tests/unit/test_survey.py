"""Market research: what it asks is answered exactly, whatever the precision of users' own choices."""

from __future__ import annotations

import numpy as np
import pytest

from model import Industry
from tests.support.small import small


@pytest.mark.parametrize("effect", ["linear", "log"])
def test_answers_are_exact(effect: str) -> None:
    """In single precision they would hang on how a processor adds, and with them where a search ends."""
    industry = Industry(small(changes={"users.income_effect": effect}), rng=3)
    assert industry.settings.users.inertia > 0
    for kind, poll in industry.take_polls().items():
        segment, book, sample = industry.segments[kind], industry.books()[kind], poll.sample
        assert segment.features.dtype == np.float32
        mu_w = poll.common["within_lab_scale"]
        price = -segment.features[-4:-1, sample.rows].astype(np.float64) * segment.unit[:, None]
        money = book.terms[:, -4:-1] @ price
        if effect == "log":
            rate = segment.price_weight[sample.rows].astype(np.float64)
            left = 1.0 - money * segment.purse / segment.income[sample.rows]
            money = -rate * np.log(np.where(left > 0, left, np.nan))
        mix = segment.features[: segment.mix.shape[0], sample.rows].astype(np.float64)
        utility = book.terms[:, : mix.shape[0]] @ mix - money + book.terms[:, -1:]
        for nest, found in poll.value.items():
            mine = np.nan_to_num(utility[book.nest == nest], nan=-np.inf)
            best = mine.max(axis=0)
            inclusive = best + mu_w * np.log(np.exp((mine - best) / mu_w).sum(axis=0))
            loyal = poll.loyal.get(nest, np.zeros(1))
            np.testing.assert_allclose(found, inclusive + loyal, rtol=1e-11, atol=1e-11)


def test_a_sample_knows_what_the_market_uses_in_all() -> None:
    """Firms' volumes have a heavy tail: a hundred add up to half or three times as much."""
    counts = {"users.count": 3000, "labs.research_sample": 200}
    for seed in range(4):
        industry = Industry(small(changes=counts), rng=seed)
        for kind, sample in industry.samples.items():
            segment = industry.segments[kind]
            weight = segment.weight.astype(np.float64) * segment.slots
            assert sample.rows.size < segment.size
            assert sample.weight.sum() == pytest.approx(float(weight @ segment.scale), rel=1e-9)
