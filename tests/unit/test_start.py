"""The start is read from data: nothing later than the date, totals that add up, known facts."""

from __future__ import annotations

import csv
import math
import shutil
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from model.start import StartIndustry, initial_industry
from model.start_data import DATED_BY, FOLDER, Tables
from model.start_models import surplus
from model.start_runs import lab_rows, labs_with_run_rate, runs_of
from model.start_sites import world_h100e

QUARTER_ENDS = [
    date(year, month, day)
    for year in (2022, 2023, 2024)
    for month, day in ((3, 31), (6, 30), (9, 30), (12, 31))
]
OTHER_DAYS = [
    date(2022, 1, 1),
    date(2022, 11, 30),
    date(2023, 2, 1),
    date(2024, 2, 29),
    date(2024, 8, 20),
]
REGIONS = {"US", "EU", "CN", "ROW"}
LAST = date(2024, 12, 31)


def lab(industry: StartIndustry, name: str):  # type: ignore[no-untyped-def]
    return next(one for one in industry.labs if one.name == name)


def edited(folder: Path, table: str, change) -> None:  # type: ignore[no-untyped-def]
    """Rewrite one table of a copied folder: `change(rows)` gives the new rows."""
    path = folder / f"{table}.csv"
    with path.open(newline="", encoding="utf-8") as handle:
        reader = csv.DictReader(handle)
        columns, rows = list(reader.fieldnames or []), list(reader)
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(change(rows))


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER, tmp_path / "data"))


# ---- nothing later than the start ------------------------------------------------------------


@pytest.mark.parametrize("start", [*QUARTER_ENDS[:-1], *OTHER_DAYS])
def test_later_rows_change_nothing(start: date, copy: Path) -> None:
    before = initial_industry(start)
    first_quarter = str(Tables(start).rows("compute_by_owner")[0].day("quarter_end"))
    for table, column in DATED_BY.items():
        until = max(str(start), first_quarter) if table == "compute_by_owner" else str(start)
        edited(copy, table, lambda rows, c=column, u=until: [r for r in rows if r[c] <= u])
    assert replace(initial_industry(start, folder=copy), filled=()) == replace(before, filled=())
    assert initial_industry(start, folder=copy).filled == before.filled


def test_wild_later_rows_change_nothing(copy: Path) -> None:
    start = date(2024, 3, 31)
    before = initial_industry(start)
    for table, column in DATED_BY.items():

        def inflate(rows, c=column):  # type: ignore[no-untyped-def]
            for row in rows:
                if row[c] > str(start):
                    for key, value in row.items():
                        if value.replace(".", "", 1).isdigit():
                            row[key] = str(float(value) * 1000)
            return rows

        edited(copy, table, inflate)
    assert initial_industry(start, folder=copy) == before


def test_interpolated_quarterly_revenue_is_not_read(copy: Path) -> None:
    (copy / "lab_revenue_quarterly.csv").unlink()
    assert initial_industry(LAST, folder=copy) == initial_industry(LAST)


@pytest.mark.parametrize("start", QUARTER_ENDS + OTHER_DAYS)
def test_models_and_prices_are_public(start: date) -> None:
    models = [model for one in initial_industry(start).labs for model in one.models]
    assert all(model.released <= start for model in models)
    if start < date(2023, 3, 14):
        assert not any("GPT-4" in model.name for model in models)


# ---- totals and ranges -----------------------------------------------------------------------


@pytest.mark.parametrize("start", QUARTER_ENDS + OTHER_DAYS)
def test_industry_is_sound(start: date) -> None:
    found = initial_industry(start)
    assert found.date == start
    assert 2 <= len(found.labs) <= 8
    assert len({one.name for one in found.labs}) == len(found.labs)
    assert len({site.name for site in found.sites}) == len(found.sites)
    assert sum(site.h100e for site in found.sites) == pytest.approx(found.world_h100e, rel=1e-9)
    assert sum(one.h100e for one in found.labs) <= found.world_h100e
    assert sum(one.revenue_usd_year for one in found.labs) == pytest.approx(found.revenue_usd_year)
    owners = {site.owner for site in found.sites}
    for site in found.sites:
        assert site.region in REGIONS
        assert site.h100e > 0 and site.power_mw > 0 and 0 < site.block_mw <= site.power_mw
    for one in found.labs:
        assert one.region in REGIONS
        assert set(one.owners) & owners, one.name
        assert 1 <= len(one.models) <= 3
        assert len({model.name for model in one.models}) == len(one.models)
        assert one.h100e > 0 and one.revenue_usd_year > 0 and one.users > 0
        assert -1.5 <= one.algorithms_oom <= 0.5
        assert one.open_weights == one.models[0].open_weights
        for model in one.models:
            assert model.training_flop >= 9e22 and math.isfinite(model.training_flop)
            assert -1.5 <= model.algorithms_oom <= 0.5
            assert model.usd_per_mtok is None or model.usd_per_mtok > 0
            assert model.estimated in {"Confident", "Likely", "Speculative", "Unknown", "withdrawn"}
    assert found.plan_usd_month > 0
    assert (found.paying_users > 0) == (start >= date(2023, 2, 1))
    assert found.paying_users < sum(one.users for one in found.labs)
    assert found.filled and all(line.endswith(".") and "\n" not in line for line in found.filled)


@pytest.mark.parametrize("start", QUARTER_ENDS + OTHER_DAYS)
def test_the_frontier_lab_is_near_zero(start: date) -> None:
    assert any(one.algorithms_oom == 0.0 for one in initial_industry(start).labs)


@pytest.mark.parametrize("start", QUARTER_ENDS)
def test_every_lab_near_the_frontier_is_in_the_crosswalk(start: date) -> None:
    assert not [line for line in initial_industry(start).filled if "no row in crosswalk" in line]


def test_stock_and_listed_power_never_shrink() -> None:
    found = [initial_industry(day) for day in QUARTER_ENDS]
    world = [one.world_h100e for one in found]
    listed = [sum(site.power_mw for site in one.sites if site.listed) for one in found]
    assert world == sorted(world) and listed == sorted(listed)


def test_the_deployed_stock_is_one_quarter_late() -> None:
    assert initial_industry(LAST).world_h100e == pytest.approx(4_643_581)
    assert initial_industry(date(2022, 1, 1)).world_h100e == pytest.approx(66_883)
    assert initial_industry(date(2022, 6, 30)).world_h100e == pytest.approx(66_883)


def test_chips_split_over_regions_add_up_to_the_owner() -> None:
    amazon = [site for site in initial_industry(LAST).sites if site.owner == "Amazon"]
    assert {site.region for site in amazon} == {"US", "EU", "ROW"}
    assert sum(site.h100e for site in amazon) == pytest.approx(154_207 + 308_917)
    assert all(site.power_mw == pytest.approx(1.4e-3 * site.h100e) for site in amazon)


# ---- known facts -----------------------------------------------------------------------------


def test_end_of_2024() -> None:
    found = initial_industry(LAST)
    names = {one.name for one in found.labs}
    assert {"OpenAI", "Google DeepMind", "Anthropic", "Meta", "xAI", "DeepSeek"} <= names
    assert sum(s.power_mw for s in found.sites if s.listed) == pytest.approx(1437, abs=1)
    assert 6_000 < sum(s.power_mw for s in found.sites) < 9_000
    openai = lab(found, "OpenAI")
    assert openai.revenue_usd_year == 5.5e9
    assert openai.users == 3e8
    assert openai.h100e == 386_219
    assert openai.owners == ("Microsoft",) and not openai.integrated and not openai.open_weights
    assert lab(found, "Anthropic").revenue_usd_year == 1e9
    assert lab(found, "xAI").h100e == 203_367
    assert lab(found, "Meta").integrated and lab(found, "Meta").open_weights
    assert lab(found, "DeepSeek").region == "CN" and lab(found, "DeepSeek").open_weights
    assert found.plan_usd_month == 20
    assert 15.5e6 <= found.paying_users < 20e6


def test_prices_are_the_lists_of_the_day() -> None:
    def price(start: date, model: str) -> float | None:
        models = [m for one in initial_industry(start).labs for m in one.models]
        return next(m.usd_per_mtok for m in models if m.name == model)

    assert price(date(2023, 3, 31), "GPT-4 (Mar 2023)") == 37.5
    assert price(date(2022, 6, 30), "GPT-3 175B (davinci)") == 60
    assert price(date(2022, 9, 30), "GPT-3 175B (davinci)") == 20
    assert price(LAST, "Claude 3.5 Sonnet") == 6
    assert price(date(2023, 7, 31), "Claude 2") is None  # listed only a year later


def test_end_of_2023() -> None:
    found = initial_industry(date(2023, 12, 31))
    assert lab(found, "OpenAI").revenue_usd_year == 2e9
    assert lab(found, "OpenAI").h100e == 102_535
    assert found.labs[0].name == "Google DeepMind"  # Gemini 1.0 Ultra
    assert lab(found, "OpenAI").models[0].name == "GPT-4 (Mar 2023)"


def test_a_lab_that_left_is_gone() -> None:
    def names(day: date) -> set[str]:
        return {one.name for one in initial_industry(day, max_labs=30).labs}

    assert "Inflection AI" in names(date(2024, 3, 18))
    assert "Inflection AI" not in names(date(2024, 3, 19))


def test_chip_makers_and_own_use_are_left_out() -> None:
    names = {one.name for day in QUARTER_ENDS for one in initial_industry(day, max_labs=50).labs}
    assert not names & {"NVIDIA", "Apple", "Saudi Aramco", "Microsoft", "TII", "LG"}


def test_labs_with_a_run_rate_stay() -> None:
    found = initial_industry(LAST, max_labs=1)
    assert {one.name for one in found.labs} == {"OpenAI", "Anthropic", "xAI"}
    assert labs_with_run_rate(Tables(LAST)) == {"OpenAI", "Anthropic", "xAI"}
    assert labs_with_run_rate(Tables(date(2023, 2, 28))) == set()


def test_figures_are_carried_not_interpolated() -> None:
    """OpenAI's rate of June 2024 comes later: a start in May may only grow December's."""
    found = lab(initial_industry(date(2024, 5, 31)), "OpenAI")
    age = (152 - 30) / 365.25
    assert found.revenue_usd_year == pytest.approx(2e9 * 3**age, rel=1e-3)


# ---- algorithms ------------------------------------------------------------------------------


def test_a_model_without_an_index_loses_its_age() -> None:
    found = initial_industry(date(2022, 3, 31))  # no index existed yet
    older = lab(found, "OpenAI").models[-1]
    years = (date(2022, 3, 31) - older.released).days / 365.25
    assert older.algorithms_oom == pytest.approx(-0.48 * years)


def test_the_fit_is_least_squares_on_the_past() -> None:
    np = pytest.importorskip("numpy")
    tables = Tables(LAST)
    runs = runs_of(tables)
    index = {r.text("model"): r.number("eci") for r in tables.rows("capability")}
    scored = [r for r in runs if r.model in index]
    x = np.array([math.log10(r.flop) - 0.48 * tables.age(r.published) for r in scored])
    y = np.array([index[r.model] for r in scored])
    solid = np.array([not r.withdrawn for r in scored])
    assert solid.sum() >= 8
    slope, level = np.polyfit(x[solid], y[solid], 1)
    assert 5 < slope < 20
    expected = (y - level) / slope - x
    ahead = surplus(tables, runs)
    assert [ahead[r.model] for r in scored] == pytest.approx(list(expected))
    assert ahead["DeepSeek-V3"] > 0.3 > ahead["Llama 3.1-405B"]


def test_few_points_use_the_documented_slope() -> None:
    tables = Tables(date(2023, 6, 30))
    ahead = surplus(tables, runs_of(tables))
    assert 0 < len(ahead) < 8
    assert sum(ahead.values()) == pytest.approx(0, abs=1e-9)
    assert surplus(Tables(date(2022, 12, 31)), runs_of(Tables(date(2022, 12, 31)))) == {}


# ---- the tables ------------------------------------------------------------------------------


@pytest.mark.parametrize("table", sorted(DATED_BY))
def test_tables_hold_no_address_and_nothing_after_2024(table: str) -> None:
    rows = Tables(date(9999, 1, 1)).rows(table)
    assert rows
    assert all(row.day(DATED_BY[table]) <= LAST for row in rows)
    assert "http" not in (FOLDER / f"{table}.csv").read_text(encoding="utf-8")


def test_crosswalks_are_complete() -> None:
    tables = Tables(LAST)
    for name in ("labs", "sites", "owners", "regions"):
        for row in tables.rows(f"crosswalk_{name}"):
            assert row.text("grade") in {"measured", "estimated", "assumed"}
            row.text("note")
    regions = tables.rows("crosswalk_regions")
    assert {row.text("region") for row in regions} == REGIONS
    assert sum(row.number("demand_share") for row in regions) == pytest.approx(1)
    by_owner: dict[str, float] = {}
    for row in tables.rows("crosswalk_owners"):
        by_owner[row.text("owner")] = by_owner.get(row.text("owner"), 0) + row.number("share_of_unlisted")
    assert all(total == pytest.approx(1) for total in by_owner.values())
    owners = {row.text("owner") for row in tables.rows("compute_by_owner")} - {"WORLD"}
    assert owners == set(by_owner)
    names = [name for row in tables.rows("crosswalk_labs") for name in row.names("data_names")]
    assert len(names) == len(set(names)) == len(lab_rows(tables))
    models = {row.text("model") for row in tables.rows("training_runs")}
    priced = {(row.text("vendor"), row.text("model")) for row in tables.rows("token_prices")}
    for row in tables.rows("crosswalk_prices"):
        assert row.text("model") in models
        assert {(row.text("vendor"), name) for name in row.names("price_names")} <= priced


# ---- errors are one clear line ---------------------------------------------------------------


@pytest.mark.parametrize("start", [date(2021, 12, 31), date(2025, 1, 1), date.min, date.max])
def test_dates_outside_the_data(start: date) -> None:
    with pytest.raises(ValueError, match=r"^start = .*: must be from 2022-01-01 to 2024-12-31[^\n]*$"):
        initial_industry(start)


def test_max_labs_below_one() -> None:
    with pytest.raises(ValueError, match=r"^max_labs = 0: must be at least 1$"):
        initial_industry(LAST, max_labs=0)


def test_a_missing_folder_or_table(tmp_path: Path, copy: Path) -> None:
    with pytest.raises(ValueError, match=r"has no table assumptions\.csv$"):
        initial_industry(LAST, folder=tmp_path / "nowhere")
    (copy / "lab_users.csv").unlink()
    with pytest.raises(ValueError, match=r"has no table lab_users\.csv$"):
        initial_industry(LAST, folder=copy)


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("training_runs", "training_compute_flop", "many"),
        ("training_runs", "publication_date", "soon"),
        ("compute_by_owner", "stock_h100e", "-1"),
        ("data_centres", "power_mw", "nan"),
        ("lab_users", "value", "inf"),
        ("crosswalk_labs", "owner_shares", "half"),
    ],
)
def test_a_bad_cell_names_its_place(copy: Path, table: str, column: str, value: str) -> None:
    def spoil(rows):  # type: ignore[no-untyped-def]
        for row in rows:
            row[column] = value
        return rows

    edited(copy, table, spoil)
    with pytest.raises(ValueError, match=rf"^{table}\.csv line \d+: {column}[^\n]*{value}[^\n]*$"):
        initial_industry(LAST, folder=copy)


def test_an_unknown_site_is_an_error(copy: Path) -> None:
    edited(copy, "crosswalk_sites", lambda rows: rows[1:])
    with pytest.raises(ValueError, match=r"site 'Alibaba Zhangbei' has no row in crosswalk_sites\.csv$"):
        initial_industry(LAST, folder=copy)


def test_edited_tables_are_read_again(copy: Path) -> None:
    assert initial_industry(LAST, folder=copy).plan_usd_month == 20
    edited(copy, "subscription_tiers", lambda rows: [r | {"price_usd_per_month": "25"} for r in rows])
    assert initial_industry(LAST, folder=copy).plan_usd_month == 25


def test_every_day_works() -> None:
    day = date(2022, 1, 1)
    while day <= LAST:
        found = initial_industry(day)
        assert len(found.labs) >= 2
        assert world_h100e(Tables(day), day) == found.world_h100e
        day += timedelta(days=19)


# ---- judgement calls, held fast --------------------------------------------------------------


def test_a_withdrawn_estimate_admits_no_lab_and_is_flagged() -> None:
    found = initial_industry(LAST, max_labs=50)
    assert "Z.ai" not in {one.name for one in found.labs}
    assert lab(found, "OpenAI").models[0].estimated == "withdrawn"
    assert any("GPT-4o:" in line and "withdrawn" in line for line in found.filled)
    names = {m.name for m in lab(initial_industry(date(2023, 12, 31)), "OpenAI").models}
    assert "GPT-4 Turbo (Nov 2023)" not in names  # GPT-4 is current and as large


def test_the_most_capable_labs_stay_whatever_their_runs() -> None:
    assert "DeepSeek" not in {one.name for one in initial_industry(date(2024, 12, 23)).labs}
    assert "DeepSeek" in {one.name for one in initial_industry(LAST).labs}


def test_labs_without_an_assistant_have_few_users() -> None:
    before = lab(initial_industry(date(2022, 12, 31)), "Meta").users
    assert before < lab(initial_industry(date(2022, 12, 31)), "OpenAI").users / 50
    assert lab(initial_industry(LAST), "Meta").users == pytest.approx(6e8 * 185 / 400)


def test_listed_sites_never_hold_more_than_their_owner() -> None:
    early = initial_industry(date(2022, 3, 31))
    site = next(one for one in early.sites if one.name == "Meta Prometheus")
    assert site.h100e == pytest.approx(7_759) and site.power_mw == 195
    assert any("Meta Prometheus" in line and "cut" in line for line in early.filled)
    zhangbei = next(one for one in early.sites if one.name == "Alibaba Zhangbei")
    assert zhangbei.h100e == pytest.approx(9_414 / 2)
