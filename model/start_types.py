"""The industry at one date, as plain records. No reading, no arithmetic.

Units: compute of a run in FLOP, stock in H100 equivalents (h100e), power in MW, money in nominal
USD, algorithms_oom in orders of magnitude against the frontier practice at the date (0 = frontier).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class StartModel:
    """A model that is public at the date."""

    name: str
    released: date
    training_flop: float
    algorithms_oom: float
    open_weights: bool
    usd_per_mtok: float | None  # list price, 3 input tokens to 1 output; None = not listed
    estimated: str  # training_flop is Confident, Likely, Speculative, Unknown or withdrawn


@dataclass(frozen=True)
class StartLab:
    """A lab that offers models; `owners` are the owners of the sites whose chips it uses."""

    name: str
    region: str
    owners: tuple[str, ...]
    integrated: bool  # paid for by a parent company
    open_weights: bool  # its best model is open
    h100e: float
    revenue_usd_year: float
    users: float  # weekly
    algorithms_oom: float
    models: tuple[StartModel, ...]  # the best first, then the newest; at most three


@dataclass(frozen=True)
class StartSite:
    """A data centre, or the unlisted remainder of one owner in one region."""

    name: str
    owner: str
    region: str
    power_mw: float
    h100e: float
    block_mw: float  # largest block in one place
    listed: bool


@dataclass(frozen=True)
class StartIndustry:
    """Everything an industry needs to begin at `date`."""

    date: date
    labs: tuple[StartLab, ...]
    sites: tuple[StartSite, ...]
    world_h100e: float
    plan_usd_month: float
    paying_users: float
    revenue_usd_year: float
    filled: tuple[str, ...]  # one plain sentence for each thing that is not in the data
