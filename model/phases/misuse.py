"""Misuse in a step: tests at release, what malicious actors reach, incidents that come to light."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any

import numpy as np

from agents.actors import Reached, draw_actors, reach
from agents.book import Book
from agents.decisions.evaluating import measured
from model.catalogue import FoundationModel
from model.mechanisms.misuse import API, LEAKED, OPEN
from model.phases import elicitation
from model.words import plain

if TYPE_CHECKING:
    from model.industry import Industry
    from model.phases.accounts import Use

CHANNELS = ("API", "open weights", "leaked weights")


def begin(industry: Industry) -> None:
    """Who there is; which models are locked."""
    industry.actors = draw_actors(industry.knowhow, industry.streams)
    elicitation.begin(industry)


def act(industry: Industry, books: dict[int, Book], use: Use) -> None:
    """After users have chosen and thieves have stolen: tests, what is reached, what comes to light."""
    elicitation.count_access(industry, books, use)
    evaluate(industry, books)
    if industry.actors is None:
        return
    out = [
        m
        for lab in industry.labs
        for m in lab.models
        if (m.open_weights and m.released_step >= 0) or m.leaked_step >= 0
    ]
    price = industry.flop_price
    found = reach(industry.actors, books, out, industry.knowhow, price, industry.first_flop_price)
    industry.reached = found
    if industry.period > 0:
        _incidents(industry, found)


def evaluate(industry: Industry, books: dict[int, Book]) -> None:
    """Test what is released in this step; follow for some time what is got out of models that are out."""
    rules, step, outlook = industry.settings.misuse, industry.period, industry.public_outlook
    window = rules.gap_years / industry.settings.horizon.step_years + 1e-9
    for lab in industry.labs:
        law = outlook.law_for(lab) if outlook is not None else industry.law
        for model in lab.models:
            since = step - model.released_step
            if model.opened_step == step or (model.open_weights and since == 0 and step > 0):
                model.tamper_share = law.tamper_share
            if model.released_step < 0 or since > window:
                continue
            if since == 0:
                depth = max(rules.test_depth, law.evaluation_depth)
                model.evaluated_oom, model.reached_oom = measured(model, depth, industry.knowhow), -inf
            model.reached_oom = max(model.reached_oom, _probe(industry, books, model))


def _probe(industry: Industry, books: dict[int, Book], model: FoundationModel) -> float:
    """The most that anybody gets out of a model for `probe_usd` on one task; -inf if it is not to be had.

    By its weights at retail prices, safeguards stripped; else by the cheapest offer, whose price for a
    pass is never below the compute behind it.
    """
    rules, know, found = industry.settings.misuse, industry.knowhow, -inf
    per_pass = industry.flop_price * know.technology.inference_price_ratio
    per_pass *= know.flop_per_task(model.parameters)
    least = know.technology.minimum_depth
    if model.open_weights or model.leaked_step >= 0:
        depth = rules.probe_usd / (per_pass * (1.0 + industry.settings.open_weights.retail_markup))
        beyond, distilled = model.elicitation_oom, model.distilled_oom
        found = float(know.dangerous(model.base_oom, max(depth, least), beyond, distilled))
    asked = [
        tier.price_usd / (book.tasks_per_step * float(book.profile.mean_depth[k]))
        for book in books.values()
        for k, tier in enumerate(book.tiers)
        if tier.model is model
    ]
    if asked:
        depth = rules.probe_usd / max(min(asked), per_pass)
        found = max(found, measured(model, max(depth, least), know))
    return found


def rows(industry: Industry) -> list[dict[str, Any]]:
    """One row per kind of actor: those who want few tasks, those who want many."""
    actors, found = industry.actors, industry.reached
    if actors is None or found is None:
        return []
    danger = industry.settings.oversight.danger_oom
    made = []
    for name, mine in (("few tasks", actors.few), ("many tasks", ~actors.few)):
        got = found.level_oom[mine]
        api = found.ways[API].level_oom[mine]
        some, both = got > -inf, api > -inf
        row: dict[str, Any] = {"wants": name, "actors": int(mine.sum())}
        row["reach"] = int((got >= danger).sum())
        for key, place in (("api", API), ("open", OPEN), ("leaked", LEAKED)):
            row[f"reach_{key}"] = int((found.ways[place].level_oom[mine] >= danger).sum())
            row[f"take_{key}"] = int((found.channel[mine] == place).sum())
        row["level_oom"] = float(got[some].mean()) if some.any() else np.nan
        row["with_api"] = int(both.sum())
        row["weights_gain_oom"] = float((got[both] - api[both]).mean()) if both.any() else np.nan
        made.append(row)
    return made


def _incidents(industry: Industry, found: Reached) -> None:
    """Some who can do harm do it; some of that is traced back, and regulators learn what depth added."""
    rules, scenario = industry.settings.misuse, industry.settings
    chance = -np.expm1(-rules.attempts_year * scenario.horizon.step_years)
    luck = industry.streams.generator("misuse.incidents", industry.period).random((2, found.channel.size))
    harm = (found.level_oom >= scenario.oversight.danger_oom) & (luck[0] < chance)
    models = {m.id: (m, lab.name) for lab in industry.labs for m in lab.models}
    for i in np.flatnonzero(harm & (luck[1] < rules.notice_probability)).tolist():
        model, maker = models[int(found.model[i])]
        level, depth = float(found.level_oom[i]), float(found.depth[i])
        channel = CHANNELS[int(found.channel[i])]
        industry.tell(
            "incident",
            maker,
            f"{model.name} is misused through {channel}, at depth {plain(depth)}",
            model=model.id,
            channel=channel,
            depth=depth,
            capability_oom=level,
        )
        if depth > 1.0:
            know = industry.knowhow
            shallow = float(know.dangerous(model.base_oom, 1.0, distilled_oom=model.distilled_oom))
            shallow -= model.mitigation_oom if int(found.channel[i]) == API else 0.0
            for regulator in industry.regulators:
                regulator.learn_depth(level - shallow, depth)
