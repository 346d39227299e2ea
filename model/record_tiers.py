"""Rows of the table of offers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from agents.book import Book
from model.knowhow import CHANNELS
from model.metrics.measures import ginis
from model.phases.accounts import Use

if TYPE_CHECKING:
    from model.industry import Industry

Row = dict[str, Any]
Floats = NDArray[np.float64]
MONTHS_PER_YEAR = 12.0
CHECKED = 0.5  # classes of which at least so much can be checked count as checkable


def tier_rows(industry: Industry, books: dict[int, Book], use: Use) -> list[Row]:
    """One row per offer, self-hosted ones too."""
    rows = []
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
        columns = {
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
        laid = zip(*(column.tolist() for column in columns.values()), strict=True)
        common = {"channel": CHANNELS[kind], "tasks": book.tasks_per_step}
        for k, told in enumerate(laid):
            own = k >= len(book.tiers)
            tier = book.hosted[k - len(book.tiers)] if own else book.tiers[k]
            asked = float(book.price[k])
            given = None if own else book.tiers[k].cost_usd
            rows.append(
                {
                    "lab": int(book.lab[k]),
                    "tier": int(book.id[k]),
                    "model": tier.model.id,
                    "depth": float(tier.depth),
                    "price_usd": asked,
                    "price_usd_month": asked / (MONTHS_PER_YEAR * dt),
                    "cost_usd": asked if own else float(cost[k]) if given is None else given,
                    "open_weights": bool(tier.model.open_weights),
                }
                | common
                | dict(zip(columns, told, strict=True))
            )
    return rows


def _apart(usage: Floats, checked: NDArray[np.bool_]) -> Floats:
    """Weights of a mean over checkable classes less that over the rest, by usage, (M,); NaN without both."""
    both = [usage * checked, usage * ~checked]
    if min(part.sum() for part in both) <= 0.0:
        return np.full(usage.size, np.nan)
    return np.asarray(both[0] / both[0].sum() - both[1] / both[1].sum())
