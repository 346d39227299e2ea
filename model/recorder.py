"""Writes states into tables, one way: nothing that decides ever reads what stands here."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from model.catalogue import Decision, Event
from model.metrics import Snapshot, compute, flatten
from model.phases import elicitation, misuse
from model.phases.accounts import Use
from model.record_frames import Columns, clocked, columns_of, table_of
from model.record_rows import lab_rows, model_rows, regulator_rows, user_columns
from model.record_sites import site_rows
from model.record_tiers import tier_columns
from model.schema import TABLES

if TYPE_CHECKING:
    from agents.book import Book
    from model.industry import Industry

CONTRACTS = ("lab", "site", "training_flop", "inference_flop", "price_usd_per_flop")


class Recorder:
    """Collects columns step by step; makes DataFrames on demand."""

    def __init__(self, industry: Industry) -> None:
        self.frames: dict[str, list[Columns]] = {n: [] for n in TABLES if n != "models"}  # one a step
        self.metrics: list[dict[str, float]] = []
        self.history: dict[str, list[float]] = {}
        self.industry = industry
        self.fixed = flatten(industry.settings.model_dump(mode="python"))

    def record(self, industry: Industry, books: dict[int, Book], use: Use) -> None:
        """Write down the step."""
        date = industry.date
        clock = {
            "step": industry.period,
            "time_years": industry.years,
            "date": "" if date is None else date.isoformat(),
        }
        users, purchases = user_columns(industry, books, use)
        tiers = tier_columns(industry, books, use)
        now: dict[str, Columns] = {
            "labs": columns_of(lab_rows(industry, books, use)),
            "tiers": tiers,
            "users": users,
            "purchases": purchases,
            "data_centres": columns_of(site_rows(industry)),
            "contracts": _turned(CONTRACTS, industry.contracts),
            "misuse": columns_of(misuse.rows(industry)),
            "elicitation": columns_of(elicitation.rows(industry)),
            "regulators": columns_of(regulator_rows(industry, tiers)),
            "decisions": _turned(Decision._fields, industry.decisions),
            "events": _turned(Event._fields, industry.events),
        }
        now["events"] |= {
            "payload": [json.dumps(e.payload, sort_keys=True) for e in industry.events],
        }
        for name, columns in now.items():
            self.frames[name].append(clocked(columns, clock))
        self._measure(industry, now, clock)

    def _measure(self, industry: Industry, now: dict[str, Columns], clock: dict[str, Any]) -> None:
        """Metrics of the step, from its tables alone."""
        tables = {name: now[name] for name in now if name not in ("decisions", "events")}
        tables["models"] = columns_of(model_rows(industry))
        moment = {
            "rental_usd_per_flop": industry.flop_price,
            "inference_efficiency": industry.knowhow.inference_efficiency,
        }
        technology = flatten({"technology": industry.knowhow.technology.model_dump()})
        found = compute(Snapshot(tables, self.fixed | technology | moment, self.history))
        for name, value in found.items():
            self.history.setdefault(name, []).append(value)
        self.metrics.append(clock | found)

    def tables(self) -> dict[str, pd.DataFrame]:
        """All tables so far, with the columns and types of the schema."""
        frames = self.frames | {"models": [columns_of(model_rows(self.industry))]}
        made = {"metrics": pd.DataFrame(self.metrics)}
        return made | {name: table_of(name, frames[name]) for name in TABLES}


def _turned(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> Columns:
    """Tuples turned into columns."""
    return dict(zip(names, zip(*rows, strict=True), strict=True)) if rows else {}
