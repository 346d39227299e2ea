"""Rows of the table of offers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from agents.book import Book, SelfHosted
from model.catalogue import Tier
from model.knowhow import CHANNELS
from model.metrics.measures import ginis
from model.phases.accounts import Use
from model.record_frames import Columns, joined

if TYPE_CHECKING:
    from model.industry import Industry

Floats = NDArray[np.float64]
MONTHS_PER_YEAR = 12.0
CHECKED = 0.5  # classes of which at least so much can be checked count as checkable


def tier_columns(industry: Industry, books: dict[int, Book], use: Use) -> Columns:
    """One row per offer, self-hosted ones too."""
    parts = []
    dt = industry.settings.horizon.step_years
    feared = industry.knowhow.feared
    easiest = int(np.argmin([t.difficulty_oom for t in industry.settings.tasks]))
    offset = np.array([t.human_offset_oom for t in industry.settings.tasks])
    checked = np.array([t.verifiable >= CHECKED for t in industry.settings.tasks])
    at_par = industry.knowhow.technology.human_level_oom
    price = industry.flop_price * industry.knowhow.technology.inference_price_ratio
    for kind, book in books.items():
        users, paid = use.tally[kind].users.sum(axis=0), use.payments[kind].sum(axis=0)
        usage = industry.knowhow.tables[kind].usage
        hours = usage * np.array([t.hours for t in industry.settings.tasks])
        apart = _apart(usage, checked)
        level, depth = book.profile.capability, book.profile.depth
        near = level - offset  # as far from human level in its class
        at_human, every = near >= at_par, np.arange(book.size)
        scale = np.array([use.serving_factor.get(lab, 1.0) for lab in book.lab.tolist()])
        cost = (book.flop_per_unit @ usage) * price * np.where(book.self_hosted, 1.0, scale)
        nothing = np.zeros(book.size)
        offers: list[Tier | SelfHosted] = [*book.tiers, *book.hosted]
        models = [offer.model for offer in offers]
        asked = np.asarray(book.price, dtype=np.float64)
        given = [t.cost_usd for t in book.tiers]
        cost[: len(given)] = [c if g is None else g for c, g in zip(cost.tolist(), given, strict=False)]
        cost[len(given) :] = asked[len(given) :]
        columns: Columns = {
            "lab": book.lab,
            "tier": book.id,
            "model": [model.id for model in models],
            "depth": [float(offer.depth) for offer in offers],
            "price_usd": asked,
            "price_usd_month": asked / (MONTHS_PER_YEAR * dt),
            "cost_usd": cost,
            "open_weights": [bool(model.open_weights) for model in models],
            "channel": [CHANNELS[kind]] * book.size,
            "tasks": np.full(book.size, book.tasks_per_step),
            "users": users[:-1],
            "revenue_usd": np.where(book.self_hosted, 0.0, paid[: book.size]),
            "inference_flop": use.flop[kind],
            "logged_flop": use.logged_flop.get(kind, nothing),
            "voucher_usd": use.vouchers[kind][:, : book.size].sum(axis=0)
            if kind in use.vouchers
            else nothing,
            "capability_oom": book.profile.mean_capability,
            "danger_capability_oom": level[:, feared].max(axis=1, initial=-np.inf),
            "task_spread_oom": level.std(axis=1),
            "checkable_gap_oom": level @ apart,
            "checkable_value_gap": book.profile.value @ apart,
            "task_depth_gini": ginis(depth, usage),
            "easy_depth": depth[:, easiest],
            "human_capability_oom": near.max(axis=1),
            "human_hours_share": (at_human * hours).sum(axis=1) / hours.sum(),
            "human_depth": depth[every, near.argmax(axis=1)],
            "self_hosted": book.self_hosted,
            "host_run": book.host_run,
        }
        parts.append(columns)
    return joined(parts)


def _apart(usage: Floats, checked: NDArray[np.bool_]) -> Floats:
    """Weights of a mean over checkable classes less that over the rest, by usage, (M,); NaN without both."""
    both = [usage * checked, usage * ~checked]
    if min(part.sum() for part in both) <= 0.0:
        return np.full(usage.size, np.nan)
    return np.asarray(both[0] / both[0].sum() - both[1] / both[1].sum())
