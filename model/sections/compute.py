"""Compute: sites, chips, power, the rental market and who builds."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from model.parameters import Section, param


class SiteSetup(Section):
    """One data centre of an explicit list."""

    name: str = param(..., "name", unit="text", source="user", grade="switch")
    owner: str = param("market", "owner", unit="text", source="user", grade="switch")
    region: Literal["US", "EU", "CN", "ROW"] = param(
        "US", "region", unit="region", source="user", grade="switch"
    )
    power_mw: float = param(..., "power in use", unit="MW", source="user", grade="switch", gt=0, le=1e12)
    block_mw: Annotated[float, Field(gt=0)] | None = param(
        None,
        "largest co-located block; none = the whole site",
        unit="MW",
        source="user",
        grade="switch",
    )
    usd_per_kwh: Annotated[float, Field(ge=0)] | None = param(
        None,
        "price of its electricity; none = that of its region",
        unit="USD/kWh",
        source="user",
        grade="switch",
    )


class Compute(Section):
    """The rental market of compute and the building of data centres."""

    price: Literal["endogenous"] | Annotated[float, Field(gt=0)] = param(
        "endogenous",
        "rental price of a training FLOP: cleared in the market, or given",
        unit="USD/FLOP",
        source="P4.20 when given: 1.4e-18",
        grade="switch",
    )
    price_decline_oom: float = param(
        0.13,
        "yearly fall of a given price",
        unit="OOM/year",
        source="P4.16",
        grade="measured",
        span=(0.11, 0.16),
        ge=0,
        le=5,
        when="price is a number",
    )
    reference_price: float = param(
        1.4e-18,
        "rental price of a training FLOP at the start",
        unit="USD/FLOP",
        source="P4.20: H100 at $2/h, utilisation 0.4",
        grade="estimated",
        span=(0.9e-18, 3e-18),
        gt=0,
        le=1e60,
    )
    sites: list[SiteSetup] = param(
        list,
        "data centres in place of all those of the data; empty = from the data",
        unit="list",
        source="user",
        grade="switch",
        max_length=10_000,
    )
    flop_per_chip: float = param(
        989e12,
        "peak of the reference chip (H100, dense 16 bit)",
        unit="FLOP/s",
        source="maker's sheet",
        grade="measured",
        gt=0,
        le=1e60,
    )
    utilisation: float = param(
        0.40,
        "share of peak reached in training",
        unit="share",
        source="P4.19",
        grade="estimated",
        span=(0.25, 0.45),
        gt=0,
        le=1,
    )
    kw_per_chip: float = param(
        1.4,
        "power of one reference chip with its share of the site",
        unit="kW",
        source="P25; P6.9",
        grade="estimated",
        span=(1.1, 1.6),
        gt=0,
        le=100,
    )
    chip_usd: float = param(
        30_000.0,
        "price of a reference chip with its share of the site, at the start",
        unit="USD",
        source="P6.8: $30bn per GW; P7.8: 25-40k",
        grade="estimated",
        span=(25_000, 45_000),
        gt=0,
        le=1e12,
    )
    chip_price_decline_oom: float = param(
        0.13,
        "yearly fall of the price of a chip's FLOP",
        unit="OOM/year",
        source="P4.16: 1.35x",
        grade="measured",
        span=(0.10, 0.16),
        ge=0,
        le=5,
    )
    energy_efficiency_oom: float = param(
        0.13,
        "yearly growth of FLOP per joule of new chips",
        unit="OOM/year",
        source="P4.17",
        grade="measured",
        span=(0.10, 0.16),
        ge=0,
        le=5,
    )
    power_price_factor: float = param(
        1.0,
        "price of electricity against that of large buyers in each region (US 0.08, EU 0.15, CN 0.09,"
        " elsewhere 0.10 USD/kWh)",
        unit="ratio",
        source="prices by region: model/data/crosswalk_regions.csv",
        grade="assumed",
        span=(0.5, 2.0),
        ge=0,
        le=100,
    )
    chip_life_years: float = param(
        4.0,
        "life of a chip",
        unit="years",
        source="P18",
        grade="estimated",
        span=(3, 6),
        gt=0,
        le=100,
    )
    interest: float = param(
        0.12,
        "cost of capital of builders",
        unit="1/year",
        source="P18",
        grade="estimated",
        span=(0.08, 0.15),
        ge=0,
        le=1,
    )
    load_factor: float = param(
        0.80,
        "share of time for which built compute is sold",
        unit="share",
        source="P18",
        grade="estimated",
        span=(0.6, 0.9),
        gt=0,
        le=1,
    )
    build_years: float = param(
        1.5,
        "time from decision to power",
        unit="years",
        source="P6.6: 1.0-3.6",
        grade="measured",
        span=(1.0, 2.5),
        ge=0,
        le=20,
    )
    pipeline_growth_year: float = param(
        2.0,
        "yearly growth of power that was under way at a real start",
        unit="ratio/year",
        source="P6.4: power 2x a year",
        grade="measured",
        span=(1.5, 2.5),
        ge=1,
        le=100,
        when="labs.start = data",
    )
    expansion_sensitivity: float = param(
        1.0,
        "yearly growth ordered per log point of expected price over long-run cost",
        unit="1/year",
        source="design",
        grade="assumed",
        span=(0.5, 2),
        ge=0,
        le=100,
    )
    expansion_limit: float = param(
        1.5,
        "fastest growth of one site's orders",
        unit="1/year",
        source="T7: 4x a year of chips, 2x of power",
        grade="assumed",
        span=(0.7, 2.5),
        ge=0,
        le=100,
    )
    permit_hazard_year: float = param(
        3.0,
        "rate at which a small extension is permitted",
        unit="1/year",
        source="P6.6-P6.7",
        grade="assumed",
        span=(1, 6),
        gt=0,
        le=1000,
    )
    permit_reference_mw: float = param(
        300.0,
        "site size at which permits take twice as long",
        unit="MW",
        source="P6.2, grid connections",
        grade="assumed",
        span=(100, 1000),
        gt=0,
        le=1e12,
    )
    permit_regions: list[Annotated[float, Field(gt=0, le=1000)]] = param(
        lambda: [1.0, 1.0, 1.0, 1.0],
        "factor on the permit hazard in the regions US, EU, CN and ROW",
        unit="ratio",
        source="no comparable figures found: all alike",
        grade="assumed",
        min_length=4,
        max_length=4,
    )
    found_sites: bool = param(
        True,
        "owners may move orders that wait for a permit to new sites; off = only existing sites grow",
        unit="switch",
        source="design",
        grade="switch",
    )
    founding_usd: float = param(
        2e8,
        "cost of a new site before any chips: land, substation, grid connection",
        unit="USD",
        source="under a percent of a GW's cost (P6.8); no figure of its own found",
        grade="assumed",
        span=(5e7, 1e9),
        ge=0,
        le=1e15,
        when="found_sites",
    )
    serving_scale: float = param(
        0.0,
        "elasticity of the unit cost of serving with a lab's volume, its sign turned; 0 = none",
        unit="ratio",
        source="design section 14: off by default",
        grade="assumed",
        span=(0.0, 0.3),
        ge=0,
        le=5,
    )
    serving_scale_floor: float = param(
        0.2,
        "lowest unit cost against that of the mean lab at the start; its inverse is the highest",
        unit="ratio",
        source="decode 10 % of peak against 30-40 % in large batches (P4.19)",
        grade="assumed",
        span=(0.1, 0.5),
        gt=0,
        le=1,
        when="serving_scale > 0",
    )
    other_elasticity: float = param(
        1.0,
        "price elasticity of all other demand for compute",
        unit="ratio",
        source="P5.5b",
        grade="assumed",
        span=(0.5, 1.5),
        gt=0,
        le=10,
    )
    other_growth_oom: float = param(
        0.12,
        "yearly growth of other demand at a fixed price",
        unit="OOM/year",
        source="keeps the price of compute near its measured trend (P4.16) after the present boom",
        grade="assumed",
        span=(0.05, 0.3),
        ge=0,
        le=3,
    )
    transport_share: float = param(
        0.01,
        "cost of serving another region, share of the rental price",
        unit="share",
        source="P6.15: 0-2 %",
        grade="assumed",
        span=(0.0, 0.02),
        ge=0,
        le=10,
    )
    expectation_gain: float = param(
        0.4,
        "share of a price surprise that builders take in per quarter",
        unit="1/quarter",
        source="Nerlove",
        grade="assumed",
        span=(0.1, 1.0),
        gt=0,
        le=1,
    )
