"""What labs and users are at the start does not hang on what the regime will do."""

from __future__ import annotations

import pytest

from model import Industry
from tests.support.small import REGIMES, small

EVERY = {"labs.data_count": 8}


def test_no_regime_enters_through_tastes_or_through_what_was_seen_before() -> None:
    """Appeals, flagships on sale and beliefs of progress are those of the start under every regime."""
    found = {}
    for name in REGIMES:
        industry = Industry(small(name, EVERY), rng=1)
        tiers = [(t.lab, t.model.name, t.channel, t.price_usd) for lab in industry.labs for t in lab.tiers]
        beliefs = [(lab.appeal, lab.demand_trend, *lab.rival_trend.values()) for lab in industry.labs]
        found[name] = (industry.hosting_appeal, tiers, beliefs)
    first = found["pretraining"]
    assert all(min(beliefs[2:]) > 0.0 for beliefs in first[2])
    for name, state in found.items():
        assert state == first, name


def test_progress_seen_before_the_start_is_what_its_parameter_says() -> None:
    """Rivals' gain with users by a step of it; twice the progress is about twice the gain; none is none."""
    trends = []
    for progress in (0.0, 0.4, 0.8):
        industry = Industry(small(changes={"labs.past_progress_oom_year": progress}), rng=1)
        trends.append(industry.labs[0].rival_trend[0])
    assert trends[0] == 0.0 and trends[2] == pytest.approx(2.0 * trends[1], rel=0.1) and trends[1] > 0.01
