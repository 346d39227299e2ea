"""Designs: right points, right numbers of them, and a larger one that begins with the smaller."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from experiments.design import count, design, problem, readable, unit
from experiments.factors import Lever, Uncertainty
from experiments.study import Study
from model.errors import ScenarioError

FACTORS: dict[str, Any] = {
    "uncertainties": [
        {"key": "users.inertia", "low": 0.0, "high": 2.0},
        {"key": "users.price_sensitivity", "distribution": "loguniform", "low": 10.0, "high": 1000.0},
        {"key": "labs.max_tiers", "low": 2, "high": 5},
    ],
    "levers": [{"key": "labs.price_rule", "values": ["best_response", "gradient"]}],
}
KEYS = ["users.inertia", "users.price_sensitivity", "labs.max_tiers", "labs.price_rule"]


def study(kind: str, size: int = 0, **more: Any) -> Study:
    raw = {"name": "a", "regimes": ["mixed"], "outcomes": ["adoption"], **FACTORS}
    return Study.from_mapping(
        {**raw, "design": {"kind": kind, "size": size, **more.pop("design", {})}, **more}
    )


def test_grid_is_every_combination() -> None:
    table = design(study("grid", 3))
    assert list(table) == ["point", *KEYS]
    assert len(table) == 3 * 3 * 3 * 2 == count(study("grid", 3))
    assert sorted(table["users.inertia"].unique()) == [0.0, 1.0, 2.0]
    assert np.allclose(sorted(table["users.price_sensitivity"].unique()), [10, 100, 1000])
    assert sorted(table["labs.max_tiers"].unique()) == [2, 4, 5]  # four values, so the middle is the third
    assert not table[KEYS].duplicated().any()


def test_one_at_a_time_moves_one_factor() -> None:
    table = design(study("one-at-a-time"))
    assert len(table) == 1 + 2 + 2 + 2 + 2 == count(study("one-at-a-time"))
    moved = table[KEYS].notna().sum(axis=1).tolist()
    assert moved == [0] + [1] * 8
    assert table["users.inertia"].dropna().tolist() == [0.0, 2.0]
    assert table["labs.max_tiers"].dropna().tolist() == [2, 5]


@pytest.mark.parametrize(("kind", "per_size"), [("sobol", 1), ("morris", 5), ("saltelli", 6)])
def test_a_larger_sample_begins_with_the_smaller(kind: str, per_size: int) -> None:
    small, large = design(study(kind, 8)), design(study(kind, 16))
    assert len(small) == 8 * per_size == count(study(kind, 8)) and len(large) == 16 * per_size
    pd.testing.assert_frame_equal(small, large[: len(small)])
    other = design(study(kind, 8, design={"seed": 2}))
    assert not other[KEYS].equals(small[KEYS])


def test_second_order_needs_more_points() -> None:
    asked = study("saltelli", 8, design={"second_order": True})
    assert len(design(asked)) == 8 * (2 * 4 + 2) == count(asked)


def test_latin_hypercube_has_one_point_in_each_stratum() -> None:
    shares = unit(study("latin-hypercube", 20))
    for key in KEYS:
        assert sorted((shares[key] * 20).astype(int)) == list(range(20))


def test_points_are_the_shares_of_the_cube_through_each_factor() -> None:
    asked = study("sobol", 32)
    shares, table = unit(asked), design(asked)
    for one in asked.factors:
        assert [one.value(share) for share in shares[one.key]] == table[one.key].tolist()
    assert problem(asked) == {"num_vars": 4, "names": KEYS, "bounds": [[0.0, 1.0]] * 4}


@pytest.mark.parametrize(
    ("raw", "law"),
    [
        ({"distribution": "uniform", "low": 1.0, "high": 3.0}, stats.uniform(1, 2)),
        ({"distribution": "loguniform", "low": 0.1, "high": 10.0}, stats.loguniform(0.1, 10)),
        (
            {"distribution": "normal", "mean": 1.0, "sd": 0.5, "low": 0.5, "high": 3.0},
            stats.truncnorm(-1, 4, loc=1, scale=0.5),
        ),
    ],
)
def test_laws_are_what_they_are_called(raw: dict[str, Any], law: Any) -> None:
    one = Uncertainty(key="users.inertia", **raw)
    shares = np.linspace(0, 1, 11)
    assert np.allclose([one.value(share) for share in shares], law.ppf(shares))
    assert one.value(0.0) == raw["low"] and one.value(1.0) == raw["high"]


def test_integers_and_choices_are_equally_likely() -> None:
    tiers = Uncertainty.model_validate({"key": "labs.max_tiers", "low": 2, "high": 5})
    drawn = [tiers.value(share) for share in (np.arange(400) + 0.5) / 400]
    assert tiers.distribution == "integer" and all(isinstance(value, int) for value in drawn)
    assert [drawn.count(value) for value in (2, 3, 4, 5)] == [100] * 4 and tiers.value(1.0) == 5
    lever = Lever(key="labs.price_rule", values=["best_response", "gradient"])
    assert [lever.value(share) for share in (0.0, 0.49, 0.5, 1.0)] == ["best_response"] * 2 + ["gradient"] * 2


def test_without_limits_it_is_the_plausible_range() -> None:
    one = Uncertainty.model_validate({"key": "users.inertia"})
    assert (one.distribution, one.low, one.high) == ("uniform", 0.0, 2.0)


def test_a_table_gives_the_points(tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_text(
        "labs.max_tiers,users.inertia,labs.price_rule\n3,0.5,gradient\n,1.5,\n"
    )
    asked = Study.from_mapping(
        {"name": "a", "regimes": ["mixed"], "outcomes": ["adoption"],
         "design": {"kind": "table", "table": "points.csv"}},
        where=tmp_path / "a.toml",
    )  # fmt: skip
    table = design(asked)
    assert table["labs.max_tiers"].tolist()[0] == 3 and pd.isna(table["labs.max_tiers"][1])
    assert table["labs.price_rule"].tolist()[0] == "gradient" and count(asked) == 2
    (tmp_path / "points.csv").write_text("labs.maxtiers\n3\n")
    with pytest.raises(ScenarioError, match=r"points\.csv: labs\.maxtiers: unknown key; did you mean"):
        design(asked)


def test_mixed_columns_are_written_as_text(tmp_path: Path) -> None:
    asked = study("grid", 2, levers=[{"key": "compute.price", "values": ["endogenous", 1e-18]}])
    readable(design(asked)).to_parquet(tmp_path / "d.parquet")
    assert set(pd.read_parquet(tmp_path / "d.parquet")["compute.price"]) == {"endogenous", "1e-18"}
