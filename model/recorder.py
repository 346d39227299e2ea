"""Writes states into tables, one way: nothing that decides ever reads what stands here."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pandas as pd

from model.metrics import Snapshot, compute, flatten
from model.phases import elicitation, misuse
from model.phases.accounts import Use
from model.record_rows import lab_rows, model_rows, regulator_rows, user_rows
from model.record_sites import site_rows
from model.record_tiers import tier_rows
from model.schema import TABLES, dtype_of

if TYPE_CHECKING:
    from agents.book import Book
    from model.industry import Industry

Columns = dict[str, list[Any]]


class Recorder:
    """Collects rows step by step; makes DataFrames on demand."""

    def __init__(self, industry: Industry) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = {n: [] for n in TABLES if n != "models"}
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
        users, purchases = user_rows(industry, books, use)
        now: dict[str, list[dict[str, Any]]] = {
            "labs": lab_rows(industry, books, use),
            "tiers": tier_rows(industry, books, use),
            "users": users,
            "purchases": purchases,
            "data_centres": site_rows(industry),
            "contracts": [
                {
                    "lab": lab,
                    "site": site,
                    "training_flop": training,
                    "inference_flop": inference,
                    "price_usd_per_flop": price,
                }
                for lab, site, training, inference, price in industry.contracts
            ],
        }
        now["misuse"], now["elicitation"] = misuse.rows(industry), elicitation.rows(industry)
        now["regulators"] = regulator_rows(industry, now["tiers"])
        now["decisions"] = [d._asdict() for d in industry.decisions]
        now["events"] = [
            {
                "kind": e.kind,
                "agent": e.agent,
                "text": e.text,
                "payload": json.dumps(e.payload, sort_keys=True),
            }
            for e in industry.events
        ]
        for name, rows in now.items():
            self.rows[name] += [clock | row for row in rows]
        self._measure(industry, now, clock)

    def _measure(
        self, industry: Industry, now: dict[str, list[dict[str, Any]]], clock: dict[str, Any]
    ) -> None:
        """Metrics of the step, from its rows alone."""
        tables: dict[str, Columns] = {
            name: _columns(rows)
            for name, rows in (now | {"models": model_rows(industry)}).items()
            if name not in ("decisions", "events")
        }
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
        made = {"metrics": pd.DataFrame(self.metrics)}
        for name, columns in TABLES.items():
            rows = model_rows(self.industry) if name == "models" else self.rows[name]
            data = _columns(rows)
            made[name] = pd.DataFrame(
                {c.name: pd.Series(data.get(c.name, []), dtype=dtype_of(c.kind)) for c in columns}
            )
        return made


def _columns(rows: list[dict[str, Any]]) -> Columns:
    """Rows turned into columns."""
    return {key: [row[key] for row in rows] for key in rows[0]} if rows else {}
