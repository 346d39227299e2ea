"""The tables of the contract: their columns, types, clock and the way to disk and back."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from model import Industry, Results, Scenario, simulate
from model.errors import ScenarioError
from model.metrics import registry
from model.results import NAMES
from model.schema import TABLES, dtype_of
from tests.support.small import differences, run, small, theory

CONTRACT = {
    "labs": "lab name cash_usd revenue_usd profit_usd training_flop training_spend_usd distillation_rounds"
    " inference_flop inference_spend_usd capability_oom internal_capability_oom users share_revenue"
    " share_users open_weights covered reported entered_step exited_step",
    "tiers": "lab tier model depth price_usd cost_usd users revenue_usd capability_oom price_usd_month",
    "models": "lab model released_step training_flop parameters distillation_rounds capability_oom"
    " open_weights internal_only",
    "decisions": "lab decision option expected_payoff_usd chosen",
    "contracts": "lab site training_flop inference_flop price_usd_per_flop",
    "users": "segment decile wealth_usd adoption price_paid_usd depth capability_oom surplus_usd"
    " self_hosting",
    "data_centres": "site owner region power_mw training_flop inference_flop utilisation"
    " rental_usd_per_flop seen",
    "regulators": "regulator rule threshold covered_share observed_share audits breaches_found fines_usd"
    " believed_capability_oom true_capability_oom",
    "events": "kind agent text payload",
}
ATTRIBUTES = "metrics labs tiers users data_centres regulators events models decisions contracts"
ONE_ROW_PER = {"tiers": ["step", "lab", "tier"], "labs": ["step", "lab"], "models": ["model"]}
KINDS = {
    "real": small("mixed"),
    "no sites": small(changes={"compute.price": 1.4e-18}),
    "listed": theory([{"name": "A"}, {"name": "B"}]),
    "alone": theory([{"name": "A"}]),
    "unruled": small().override({"regulation": []}),
    "persons": small(changes={"users.business_share": 0.0}),
    "firms": small(changes={"users.business_share": 1.0}),
    "start alone": small(changes={"horizon.steps": 0}),
}


@cache
def made(kind: str) -> Results:
    return simulate(KINDS[kind], seed=3)


@pytest.fixture(params=KINDS)
def results(request: pytest.FixtureRequest) -> Results:
    return made(request.param)


def test_the_tables_are_those_of_the_schema(results: Results) -> None:
    assert set(results.tables) == set(TABLES) | {"metrics"} == set(NAMES)
    for name, columns in TABLES.items():
        table = results.tables[name]
        assert list(table.columns) == [c.name for c in columns], name
        for column in columns:
            assert str(table[column.name].dtype) == dtype_of(column.kind), f"{name}.{column.name}"


def test_the_metrics_are_those_of_the_registry(results: Results) -> None:
    table = results.metrics
    assert list(table.columns) == ["step", "time_years", "date", *registry()]
    assert all(table[name].dtype == np.float64 for name in ["time_years", *registry()])


@pytest.mark.parametrize("name", CONTRACT)
def test_the_columns_of_the_contract_exist(name: str) -> None:
    columns = {c.name for c in TABLES[name]}
    assert set(CONTRACT[name].split()) <= columns
    assert "step" in columns


def test_tables_are_attributes(results: Results) -> None:
    for name in ATTRIBUTES.split():
        assert getattr(results, name) is results.tables[name]
    with pytest.raises(AttributeError, match="no table 'lab'; there are metrics"):
        _ = results.lab


def test_step_zero_is_the_state_before_the_first(results: Results) -> None:
    steps = list(range(results.scenario.horizon.steps + 1))
    assert results.metrics["step"].tolist() == steps
    for name in ("labs", "tiers", "users", "purchases"):
        assert sorted(results.tables[name]["step"].unique()) == steps, name
    start = results.labs[results.labs["step"] == 0]
    assert (start["profit_usd"] == 0).all() and (start["training_spend_usd"] == 0).all()
    assert (start["entered_step"] == 0).all() and (start["exited_step"] == -1).all()


@pytest.mark.parametrize("name", ONE_ROW_PER)
def test_one_row_each(name: str, results: Results) -> None:
    twice = results.tables[name].duplicated(ONE_ROW_PER[name], keep=False)
    assert not twice.any(), results.tables[name][twice][[*ONE_ROW_PER[name]]].head(4).to_string()


def test_dates_are_of_a_real_start_only(results: Results) -> None:
    real = results.scenario.labs.start == "data"
    dates = results.metrics["date"]
    if real:
        assert dates.iloc[0] == results.scenario.horizon.start.isoformat()
        years = (pd.to_datetime(dates) - pd.Timestamp(dates.iloc[0])).dt.days / 365.25
        np.testing.assert_allclose(years, results.metrics["time_years"], atol=0.002)
    else:
        assert (dates == "").all()


def test_prices_per_month(results: Results) -> None:
    months = 12 * results.scenario.horizon.step_years
    np.testing.assert_allclose(results.tiers["price_usd"], results.tiers["price_usd_month"] * months)


def test_words_are_of_known_kinds(results: Results) -> None:
    assert set(results.tiers["channel"]) <= {"subscription", "metered"}
    assert set(results.users["segment"]) <= {"person", "business"}
    assert set(results.users["decile"]) <= set(range(1, 11))
    assert set(results.data_centres["region"]) <= {"US", "EU", "CN", "ROW"}


def test_events_tell_one_sentence_and_a_payload_of_numbers(results: Results) -> None:
    for event in results.events.itertuples():
        assert event.kind and event.agent and event.text and "\n" not in event.text
        assert isinstance(json.loads(event.payload), dict)


def test_every_column_is_described() -> None:
    for name, columns in TABLES.items():
        assert len({c.name for c in columns}) == len(columns), name
        for column in columns:
            assert column.unit and len(column.meaning) >= 3, f"{name}.{column.name}"
            assert re.fullmatch(r"[a-z][a-z0-9_]*", column.name)


def test_units_in_names_agree_with_units() -> None:
    for name, columns in TABLES.items():
        for column in columns:
            if column.name.endswith("_usd"):
                assert column.unit.startswith("USD"), f"{name}.{column.name}"
            if column.name.endswith("_mw"):
                assert column.unit == "MW", f"{name}.{column.name}"
            if column.name.endswith("_oom"):
                assert "OOM" in column.unit, f"{name}.{column.name}"


def test_to_disk_and_back(results: Results, tmp_path: Path) -> None:
    folder = results.save(tmp_path / "run")
    files = {path.name for path in folder.iterdir()}
    assert files == {f"{name}.parquet" for name in NAMES} | {"manifest.json"}
    back = Results.load(folder)
    assert differences(results, back) == []
    assert back.scenario.fingerprint() == results.scenario.fingerprint()
    assert back.scenario.name == results.scenario.name and back.seed == results.seed
    for name, table in results.tables.items():
        assert list(back.tables[name].dtypes) == list(table.dtypes), name


def test_saving_replaces_whole_results_and_leaves_no_litter(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "run"
    made("start alone").save(folder)
    made("alone").save(folder)
    assert Results.load(folder).scenario.name == "theory"
    assert [path.name for path in folder.parent.iterdir()] == ["run"]


def test_a_manifest_says_what_made_the_numbers(tmp_path: Path) -> None:
    folder = made("alone").save(tmp_path / "run", study="mine")
    record = json.loads((folder / "manifest.json").read_text())
    assert record["study"] == "mine" and record["seed"] == 3 and record["name"] == "theory"
    assert {"python", "computeshift", "mesa", "numpy"} <= record["versions"].keys()
    again = Scenario.from_mapping(record["scenario"])
    assert again.fingerprint() == record["fingerprint"]


@pytest.mark.parametrize("damage", ["no folder", "no manifest", "not json", "not a run", "cut table"])
def test_a_damaged_result_is_one_line(damage: str, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    if damage != "no folder":
        made("alone").save(folder)
    path = folder / "manifest.json"
    if damage == "no manifest":
        path.unlink()
    elif damage == "not json":
        path.write_text("{")
    elif damage == "not a run":
        path.write_text("{}")
    elif damage == "cut table":
        path = folder / "labs.parquet"
        path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(ScenarioError) as told:
        Results.load(folder)
    assert str(folder) in str(told.value) and "\n" not in str(told.value)


def test_results_grow_with_the_run() -> None:
    industry = Industry(small(), rng=1)
    assert industry.results.metrics["step"].tolist() == [0]
    first = industry.results
    industry.step()
    assert len(first.metrics) == 1 and len(industry.results.metrics) == 2


def test_a_graph_of_sites_regions_labs_and_contracts() -> None:
    industry = run(small(), 2)
    net = industry.graph()
    kinds = {data["kind"] for _, data in net.nodes(data=True)}
    assert kinds == {"region", "site", "lab"}
    edges = {frozenset((a, b)) for a, b, d in net.edges(data=True) if d["kind"] == "contract"}
    table = industry.results.contracts
    last = table[table["step"] == 2]
    active = set(industry.results.labs.query("step == 2 and exited_step < 0")["lab"])
    last = last[last["lab"].isin(active)]
    assert {frozenset((f"lab {r.lab}", f"site {r.site}")) for r in last.itertuples()} <= edges
    assert all("kind" in data for _, data in net.nodes(data=True))  # no ghost of a lab that left
