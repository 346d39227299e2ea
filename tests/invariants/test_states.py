"""What must hold of every row of every table: no nonsense, no ghosts, everybody somewhere."""

from __future__ import annotations

import numpy as np
import pandas as pd

from model import Results
from model.schema import TABLES

# What has no number while there is nothing to take it of: no sales, no tier, no model, no rule.
MAY_BE_UNDEFINED = {
    "labs": {
        "capability_oom",
        "internal_capability_oom",
        "internal_human_oom",
        "odds_elasticity",
        "weights_entry_usd",
    },
    "users": {"price_paid_usd", "depth", "capability_oom"},
    "regulators": {"covered_share", "observed_share"},
    "models": {"evaluated_oom", "reached_oom"},
    "misuse": {"level_oom", "weights_gain_oom"},
}
MAY_BE_NEGATIVE = {
    "labs": {"cash_usd", "profit_usd", "exited_step", "algorithms_oom", "mergers_usd", "serving_elasticity"},
    "data_centres": {"founded_step"},
    "models": {
        "bought_step",
        *("algorithms_oom", "released_step", "distillation_oom", "built_on", "checkpoint_of"),
        *("opened_step", "stolen_step", "leaked_step"),  # -1 = never
        "elicitation_oom",  # what was not trained to think at length lacks span
    },
    "decisions": {"expected_payoff_usd", "lab"},  # -1 = an owner of sites
    "tiers": {"checkable_gap_oom", "checkable_value_gap"},
    "purchases": {"lab", "tier"},
}
SHARES = {
    "labs": ("share_revenue", "share_users"),
    "users": ("adoption", "self_hosting"),
    "data_centres": ("utilisation",),
    "regulators": ("covered_share", "observed_share"),
}
SHARES_OF_METRICS = (
    "misuse_reach misuse_reach_api misuse_reach_open misuse_reach_leaked innovation_small_share"
    " compute_per_task_gini "
    "hhi_revenue hhi_users hhi_compute adoption capability_gini same_product_share"
    " inference_share_of_spend weights_cost_share open_weight_share largest_training_block_share"
    " power_hhi power_hhi_owners coverage_flop coverage_users coverage_models visibility_flop"
    " visibility_users visibility_models rule_overreach runs_just_below_line"
)
KEYS = {
    "labs": ["step", "lab"],
    "tiers": ["step", "lab", "channel", "tier"],
    "models": ["model"],
    "contracts": ["step", "lab", "site"],
    "users": ["step", "segment", "decile"],
    "purchases": ["step", "segment", "decile", "lab", "tier"],
    "data_centres": ["step", "site"],
    "metrics": ["step"],
}


def test_numbers_are_defined(run: Results) -> None:
    for name, columns in TABLES.items():
        table = run.tables[name]
        for column in columns:
            values = table[column.name]
            if column.name not in MAY_BE_UNDEFINED.get(name, ()):
                assert not values.isna().any(), f"{name}.{column.name}"
            if column.kind == "float":
                assert not np.isinf(values).any(), f"{name}.{column.name}"


def test_nothing_is_negative_that_must_not_be(run: Results) -> None:
    for name, columns in TABLES.items():
        for column in columns:
            if column.kind in ("int", "float") and column.name not in MAY_BE_NEGATIVE.get(name, ()):
                low = run.tables[name][column.name].min()
                assert not low < 0, f"{name}.{column.name}: {low}"


def test_shares_are_shares(run: Results) -> None:
    for name, columns in SHARES.items():
        for column in columns:
            values = run.tables[name][column].dropna()
            assert values.between(0.0, 1.0 + 1e-9).all(), f"{name}.{column}"
    for column in SHARES_OF_METRICS.split():
        assert run.metrics[column].dropna().between(0.0, 1.0 + 1e-9).all(), column


def test_rows_are_unique_and_every_step_is_there(run: Results) -> None:
    steps = list(range(run.scenario.horizon.steps + 1))
    for name, key in KEYS.items():
        assert not run.tables[name].duplicated(key).any(), name
    for name in ("metrics", "labs", "tiers", "users", "purchases"):
        assert sorted(run.tables[name]["step"].unique()) == steps, name
    cells = run.users.groupby(["step", "segment"]).size()
    assert (cells == 10).all()


def test_the_clock_is_the_same_in_all_tables(run: Results) -> None:
    clock = run.metrics[["step", "time_years", "date"]]
    dt = run.scenario.horizon.step_years
    np.testing.assert_allclose(clock["time_years"], clock["step"] * dt)
    for name, table in run.tables.items():
        if "time_years" in table:
            joined = table[["step", "time_years", "date"]].drop_duplicates()
            assert len(joined.merge(clock)) == len(joined), name


def test_labs_that_left_vanish(run: Results) -> None:
    labs = run.labs
    left = labs[labs["exited_step"] >= 0]
    assert (left["step"] == left["exited_step"]).all()  # one row says so, and it is the last
    told = run.events.query("kind == 'exit'")
    assert sorted(told["step"]) == sorted(left["step"])
    tired = told[told["text"].str.contains("no way")]  # the bankrupt all go, of the others one a step
    assert (tired.groupby("step").size() <= 1).all()
    for row in left.itertuples():
        for name in ("labs", "tiers", "decisions", "contracts"):
            table = run.tables[name]
            later = table[(table["lab"] == row.lab) & (table["step"] > row.step)]
            if name == "tiers":
                later = later[~later["self_hosted"]]  # an open model outlives its maker
            assert later.empty, f"{name}: lab {row.lab} left at step {row.step}"
        later = run.models[(run.models["lab"] == row.lab) & (run.models["step"] > row.step)]
        assert later.empty


def test_labs_that_enter_are_told_and_new(run: Results) -> None:
    first = run.labs.sort_values("step").groupby("lab").first()
    assert (first["step"] == first["entered_step"]).all()
    entered = first[first["entered_step"] > 0]
    told = run.events.query("kind == 'entry'")
    assert sorted(told["agent"]) == sorted(entered["name"])
    assert run.labs.groupby("lab")["name"].nunique().max() == 1


def test_tiers_stand_on_models_that_are_out(run: Results) -> None:
    joined = run.tiers.merge(run.models, on="model", suffixes=("", "_model"))
    assert len(joined) == len(run.tiers)
    bought = (joined["bought_step"] >= 0) & (joined["bought_step"] <= joined["step"])
    assert ((joined["lab"] == joined["lab_model"]) | bought).all()  # of its maker, unless it was sold
    assert (joined["released_step"] <= joined["step"]).all() and (joined["released_step"] >= 0).all()
    # published for good, some later than others; what is not run by its maker is public or leaked
    assert (joined["open_weights"] <= joined["open_weights_model"]).all()
    public = joined["open_weights_model"] & (joined["opened_step"] <= joined["step"])
    assert (joined["open_weights"] == public).all()
    leaked = (joined["leaked_step"] >= 0) & (joined["leaked_step"] < joined["step"])
    assert (joined["open_weights"] | (leaked & joined["host_run"]))[joined["self_hosted"]].all()
    assert not (joined["host_run"] & ~joined["self_hosted"]).any()
    least = run.scenario.technology.minimum_depth
    assert (run.tiers["depth"] >= least * (1 - 1e-12)).all()
    seller = run.labs.set_index(["step", "lab"])
    sold = run.tiers[~run.tiers["self_hosted"]]
    assert pd.MultiIndex.from_frame(sold[["step", "lab"]]).isin(seller.index).all()


def test_menus_stay_within_their_limit(run: Results) -> None:
    if run.scenario.labs.adapt.menu and run.scenario.labs.start == "data":
        sold = run.tiers.query("not self_hosted").groupby(["step", "lab", "channel"]).size()
        assert sold.max() <= run.scenario.labs.max_tiers
    count = run.labs.groupby("step").size()
    assert count.max() <= run.scenario.labs.limit


def test_wealth_rises_by_decile(run: Results) -> None:
    for _, cells in run.users.groupby(["step", "segment"]):
        ordered = cells.sort_values("decile")
        full = ordered[ordered["population"] > 0]
        assert full["wealth_usd"].is_monotonic_increasing


def test_regulators_rows_belong_to_rules_in_force(run: Results) -> None:
    for row in run.regulators.itertuples():
        rules = [
            r
            for r in run.scenario.regulation
            if r.policy == row.rule and r.start_year <= row.time_years < r.end_year
        ]
        assert rules, row
    for rule in run.scenario.regulation:
        clock = run.metrics
        due = clock[(clock["time_years"] >= rule.start_year) & (clock["time_years"] < rule.end_year)]
        assert set(due["step"]) <= set(run.regulators["step"])
