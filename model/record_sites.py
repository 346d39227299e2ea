"""Rows of the table of data centres."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from model.industry import Industry

Row = dict[str, Any]


def site_rows(industry: Industry) -> list[Row]:
    """One row per data centre."""
    rows = []
    for s in industry.sites:
        capacity = s.capacity(industry.settings)
        sold = s.training_flop + s.inference_flop + s.other_flop
        rows.append(
            {
                "site": s.number,
                "name": s.name,
                "owner": s.owner,
                "region": s.region,
                "power_mw": s.power_mw,
                "pending_mw": s.pending_mw,
                "waiting_mw": s.waiting_mw,
                "founded_step": s.founded_step,
                "block_mw": s.block_mw,
                "capacity_flop": capacity,
                "training_flop": s.training_flop,
                "inference_flop": s.inference_flop,
                "other_flop": s.other_flop,
                "utilisation": sold / capacity if capacity > 0 else 0.0,
                "rental_usd_per_flop": s.rental_price,
                "law_usd": s.law_usd,
                "seen": s.seen,
            }
        )
    return rows
