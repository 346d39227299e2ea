"""Puts together the first state of an industry: from the data, symmetric, or as listed."""

from __future__ import annotations

import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from agents.data_centre import DataCentre
from agents.lab import Lab
from agents.strategies import named
from agents.survey import Poll
from model.catalogue import FoundationModel, Tier
from model.knowhow import BUSINESS, PERSON, Knowhow
from model.mechanisms.demand import choice_probabilities
from model.sections.labs_setup import LabSetup, TierSetup
from model.start import StartIndustry, StartLab, initial_industry
from model.start_data import Tables
from model.start_strategies import first_strategies

if TYPE_CHECKING:
    from model.industry import Industry
    from model.scenario import Scenario

MARKET_OWNERS = ("Other", "CoreWeave", "Oracle", "market")  # they rent to anybody
MONTHS_PER_YEAR = 12.0
CALIBRATION_ROUNDS = 500  # most rounds in which appeals are inverted from the data
SMALLEST_SHARE = 1e-3  # of revenue, with which a lab without any is reckoned


class Region(NamedTuple):
    """Where users are and what power costs."""

    name: str
    demand_share: float
    usd_per_kwh: float


def regions(industry: Industry) -> list[Region]:
    """Regions with their share of demand; only those with sites or users."""
    rows = Tables(industry.settings.horizon.start).rows("crosswalk_regions")
    dearer = industry.settings.compute.power_price_factor
    return [
        Region(
            r.text("region"),
            r.number("demand_share"),
            r.number("electricity_usd_kwh") * dearer,
        )
        for r in rows
    ]


def populate(industry: Industry) -> None:
    """Create labs and data centres; users exist already."""
    labs = industry.settings.labs
    start, setups = None, list[LabSetup]()
    if labs.start == "data" or (
        industry.settings.compute.price == "endogenous" and not industry.settings.compute.sites
    ):
        start = _from_data(industry.settings.horizon.start, labs.data_count)
    _sites(industry, start)
    if labs.start == "data" and start is not None:
        plain = _plain(industry)
        for lab in start.labs:
            _lab_from_data(industry, lab, start, plain.knowhow)
        _calibrate_appeal(industry, start, plain)
        _expect_progress(industry, plain)
    else:
        setups = labs.explicit
        if labs.start == "symmetric":
            setups = [
                labs.symmetric.model_copy(update={"name": f"{labs.symmetric.name} {i + 1}"})
                for i in range(labs.count)
            ]
        for setup in setups:
            _lab_as_listed(industry, setup)
    given = first_strategies(labs, setups, len(industry.labs), industry.streams)
    for made, name in zip(industry.labs, given, strict=True):
        made.strategy = named(name)


@lru_cache(maxsize=16)
def _from_data(start: datetime.date, most: int) -> StartIndustry:
    """The industry as the shipped data have it; worked out once for all runs that begin then."""
    return initial_industry(start, max_labs=most)


def new_lab(industry: Industry, name: str, **facts: Any) -> Lab:
    """A lab with the industry's services; its number is never reused."""
    lab = Lab(
        industry,
        number=industry.counter.next("lab"),
        name=name,
        scenario=industry.settings,
        streams=industry.streams,
        ledger=industry.ledger,
        counter=industry.counter,
        step=industry.period,
        flop_price=industry.flop_price,
        **facts,
    )
    lab.demand_trend = industry.demand_growth
    return lab


def _model(
    industry: Industry, lab: Lab, name: str, flop: float, algorithms_oom: float, open_weights: bool
) -> FoundationModel:
    know = industry.knowhow
    model = FoundationModel(
        id=industry.counter.next("model"),
        lab=lab.number,
        name=name,
        training_flop=flop,
        algorithms_oom=algorithms_oom,
        parameters=know.parameters(flop),
        base_oom=float(know.base_capability(flop, algorithms_oom)),
        open_weights=open_weights,
        created_step=0,
        released_step=0,
    )
    lab.models.append(model)
    return model


def _tier(
    industry: Industry,
    lab: Lab,
    model: FoundationModel,
    channel: int,
    setup: TierSetup,
    price_usd: float,
) -> None:
    lab.menus.setdefault(channel, []).append(
        Tier(
            id=industry.counter.next("tier"),
            lab=lab.number,
            model=model,
            channel=channel,
            depth=setup.depth,
            price_usd=price_usd,
            cost_usd=setup.cost_usd,
            capability_oom=setup.capability_oom,
        )
    )


def _lab_as_listed(industry: Industry, setup: LabSetup) -> None:
    lab = new_lab(
        industry,
        setup.name,
        cash_usd=setup.cash_usd,
        appeal=setup.appeal,
        algorithms_oom=setup.algorithms_oom,
        open_weights=setup.open_weights,
    )
    industry.labs.append(lab)
    model = _model(
        industry,
        lab,
        f"{setup.name} 1",
        setup.training_flop,
        setup.algorithms_oom,
        setup.open_weights,
    )
    for channel in industry.channels:
        for tier in setup.tiers:
            guess = industry.typical_price(channel, model, tier)
            _tier(
                industry,
                lab,
                model,
                channel,
                tier,
                guess if tier.price_usd is None else tier.price_usd,
            )


def _lab_from_data(industry: Industry, found: StartLab, start: StartIndustry, plain: Knowhow) -> None:
    rules = industry.settings.labs
    dt = industry.settings.horizon.step_years
    lab = new_lab(
        industry,
        found.name,
        cash_usd=0.0 if found.integrated else rules.initial_round_usd,
        appeal=0.0,
        algorithms_oom=found.algorithms_oom,
        integrated=found.integrated,
        open_weights=found.open_weights,
        owners=found.owners,
        region=found.region,
    )
    industry.labs.append(lab)
    lab.complement_share = industry.settings.open_weights.complement_share if found.open_weights else 0.0
    lab.revenue_trend_usd_year = found.revenue_usd_year
    lab.revenue_usd = found.revenue_usd_year * dt
    # Oldest first, so that a lab's list of models is in the order of their making.
    models = [
        (m, _model(industry, lab, m.name, m.training_flop, m.algorithms_oom, m.open_weights))
        for m in sorted(found.models, key=lambda m: (m.released, m.training_flop))
    ]
    # The flagship of the start is a fact: it is the best by what was known then, under any regime.
    best = max(
        models,
        key=lambda pair: (
            float(plain.base_capability(pair[0].training_flop, pair[0].algorithms_oom)),
            pair[1].id,
        ),
    )
    floor = industry.knowhow.technology.minimum_depth
    tokens = industry.settings.technology.tokens_per_task * industry.settings.users.tasks_per_year * dt
    if PERSON in industry.channels:
        price = start.plan_usd_month * MONTHS_PER_YEAR * dt
        _tier(industry, lab, best[1], PERSON, TierSetup(depth=floor), price)
    if BUSINESS in industry.channels:
        listed = [(m, made) for m, made in models if m.usd_per_mtok is not None]
        for facts, made in listed or [best]:
            known = facts.usd_per_mtok is not None
            price = facts.usd_per_mtok * tokens / 1e6 if facts.usd_per_mtok is not None else 0.0
            setup = TierSetup(depth=floor)
            _tier(
                industry,
                lab,
                made,
                BUSINESS,
                setup,
                price if known else industry.typical_price(BUSINESS, made, setup),
            )
        lab.menus[BUSINESS] = lab.menus[BUSINESS][-rules.max_tiers :]


class Plain(NamedTuple):
    """Settings and know-how of the start as it was known before any regime."""

    settings: Scenario
    knowhow: Knowhow


def _plain(industry: Industry) -> Plain:
    """The start as it was known before any regime: no wall, nothing but depth one."""
    plain = industry.settings.override(
        {"technology.wall_slope": 1.0, "open_weights.depths": [industry.knowhow.technology.minimum_depth]}
    )
    return Plain(plain, Knowhow.at(plain, 0.0))


def _plain_polls(industry: Industry, plain: Plain, later_oom: float = 0.0) -> dict[int, Poll]:
    """Market research on the start as it was known before any regime; later_oom: with models better by that.

    Tastes must not depend on what technology will do, or a regime would enter through them.
    """
    settings, know = industry.settings, industry.knowhow
    models = [(m, m.base_oom) for lab in industry.labs for m in lab.models]
    industry.settings, industry.knowhow = plain
    try:
        for model, _ in models:
            base = float(industry.knowhow.base_capability(model.training_flop, model.algorithms_oom))
            model.base_oom = base + later_oom
        return industry.take_polls()
    finally:
        industry.settings, industry.knowhow = settings, know
        for model, base in models:
            model.base_oom = base


def _calibrate_appeal(industry: Industry, start: StartIndustry, plain: Plain) -> None:
    """Set appeals so that first-period choices match paying users and revenue shares (Berry 1994)."""
    users, count = industry.settings.users, len(start.labs)
    revenue = np.array([max(x.revenue_usd_year, 0.0) for x in start.labs])
    adoption = min(0.95, max(0.01, start.paying_users / industry.population))
    hosted = industry.settings.open_weights
    hosting = hosted.first_share if hosted.self_hosting or hosted.hosts else 0.0
    wanted = np.maximum(revenue / max(revenue.sum(), 1e-300), SMALLEST_SHARE)
    wanted = adoption * np.append(wanted / wanted.sum() * (1.0 - hosting), hosting)
    polls = _plain_polls(industry, plain)
    appeal = np.zeros(count + 1)  # of the labs and, last, of running a model oneself
    outside = None if users.outside_utility == "none" else float(users.outside_utility)
    for _ in range(CALIBRATION_ROUNDS):
        got = np.zeros(count + 1)
        for channel, poll in polls.items():
            nests = sorted(poll.value)
            group = np.array([min(n, count) for n in nests])
            value = np.stack([poll.value[n] for n in nests], axis=1) + appeal[group]
            share = choice_probabilities(
                value,
                np.arange(len(nests)),
                taste_scale=users.taste_scale,
                within_lab_scale=users.taste_scale,
                outside_utility=outside,
            )
            segment = users.business_share if channel == BUSINESS else 1.0 - users.business_share
            got += segment * np.bincount(group, weights=share.mean(axis=0), minlength=count + 1)
        there = (got > 0) & (wanted > 0)
        step = np.log(np.where(there, wanted, 1.0)) - np.log(np.where(there, got, 1.0))
        appeal += step
        if np.abs(step).max() < 1e-10:
            break
    for lab, level in zip(industry.labs, appeal, strict=False):
        lab.appeal = float(level)
    # Where nobody may run open models no share tells their appeal: a leaked one is liked as the least lab is.
    industry.hosting_appeal = float(appeal[-1] if hosting > 0.0 else appeal[:-1].min(initial=0.0))


def _expect_progress(industry: Industry, plain: Plain) -> None:
    """Labs expect rivals to gain with users what a step of the progress that they have seen has brought."""
    step_oom = industry.settings.labs.past_progress_oom_year * industry.settings.horizon.step_years
    now, before = _plain_polls(industry, plain), _plain_polls(industry, plain, -step_oom)
    for lab in industry.labs:
        for channel, poll in now.items():
            gained = poll.attraction(lab.number) - before[channel].attraction(lab.number)
            lab.rival_trend[channel] = max(0.0, gained) if np.isfinite(gained) else 0.0


def _sites(industry: Industry, start: StartIndustry | None) -> None:
    scenario = industry.settings
    rules = scenario.compute
    if rules.price != "endogenous":
        return
    power = {r.name: r.usd_per_kwh for r in industry.regions}
    listed: list[tuple[str, str, str, float, float, float, bool, float]] = []
    if rules.sites:
        for s in rules.sites:
            flop = s.power_mw * 1000.0 / rules.kw_per_chip * rules.flop_per_chip
            listed.append(
                (
                    s.name,
                    s.owner,
                    s.region,
                    s.power_mw,
                    flop,
                    s.block_mw or s.power_mw,
                    s.block_mw is None,
                    power[s.region] if s.usd_per_kwh is None else s.usd_per_kwh,
                )
            )
    elif start is not None:
        listed = [
            (
                s.name,
                s.owner,
                s.region,
                s.power_mw,
                s.h100e * rules.flop_per_chip,
                s.block_mw,
                s.listed,
                power[s.region],
            )
            for s in start.sites
            if s.power_mw > 0
        ]
    for name, owner, region, mw, flop, block, is_listed, usd_per_kwh in listed:
        industry.sites.append(
            DataCentre(
                industry,
                number=industry.counter.next("site"),
                name=name,
                owner=owner,
                region=region,
                power_mw=mw,
                flop_per_s=flop,
                block_mw=min(block, mw),
                usd_per_kwh=usd_per_kwh,
                expected_price=rules.reference_price,
                listed=is_listed,
            )
        )
        if not rules.sites:
            industry.sites[-1].inherit(rules.pipeline_growth_year, scenario)
