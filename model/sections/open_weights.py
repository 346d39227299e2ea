"""Open weights: who may run published models, at what cost, and what publishing brings its maker.

The fringe is everybody who runs a model that is not his own: users on rented compute, and hosts.
"""

from __future__ import annotations

from model.parameters import Section, param


class OpenWeights(Section):
    """Models that anybody may run."""

    self_hosting: bool = param(
        True, "users may run open models themselves", unit="switch", source="design", grade="switch"
    )
    overhead: float = param(
        0.5,
        "extra cost of running a model oneself, share of retail compute",
        unit="share",
        source="design: 0-1",
        grade="assumed",
        span=(0.0, 1.0),
        ge=0,
        le=100,
        when="self_hosting or actors > 0",
    )
    overhead_spread: float = param(
        0.5,
        "spread of log overhead over users (technical ability)",
        unit="log points",
        source="design",
        grade="assumed",
        span=(0, 1),
        ge=0,
        le=5,
        when="self_hosting and overhead > 0",
    )
    setup_usd_year: float = param(
        400.0,
        "yearly trouble of keeping a model running",
        unit="USD/year",
        source="P7.8 spread over users",
        grade="assumed",
        span=(50, 5000),
        ge=0,
        when="self_hosting",
    )
    retail_markup: float = param(
        0.5,
        "retail price of rented compute over its cost to labs, less one",
        unit="share",
        source="P4.18 retail against wholesale",
        grade="estimated",
        span=(0.0, 1.5),
        ge=0,
        le=100,
        when="self_hosting or actors > 0",
    )
    first_share: float = param(
        0.01,
        "share of AI users on open models away from their makers at a real start; sets their appeal",
        unit="share",
        source="no figure found",
        grade="assumed",
        span=(0.002, 0.05),
        gt=0,
        lt=1,
        when="fringe and labs.start = data",
    )
    models_considered: int = param(
        2,
        "best open models that users consider",
        unit="models",
        source="design",
        grade="assumed",
        span=(1, 4),
        ge=1,
        le=50,
        when="fringe",
    )
    depths: list[float] = param(
        lambda: [1.0, 10.0, 100.0, 1000.0],
        "depths at which users and hosts run open models",
        unit="standard passes",
        source="design",
        grade="switch",
        min_length=1,
        max_length=20,
        when="fringe or theft",
    )
    hosts: bool = param(
        True,
        "a competitive fringe of hosts sells open models at cost plus overhead",
        unit="switch",
        source="design",
        grade="switch",
    )
    host_overhead: float = param(
        0.2,
        "extra cost of a host over a lab's own serving, share",
        unit="share",
        source="P7.8: API of a 405B model at 1.0-3.5 USD per Mtok against 4.5 at the start's rental price",
        grade="assumed",
        span=(0.0, 0.5),
        ge=0,
        le=100,
        when="hosts or theft",
    )
    complement_share: float = param(
        0.3,
        "part of what open models are worth to others (payments for running them, users' gain) that comes"
        " back through other business to a lab whose weights are open at a real start",
        unit="share",
        source="no figure found",
        grade="assumed",
        span=(0.0, 0.6),
        ge=0,
        le=10,
        when="fringe and labs.start = data",
    )
    ecosystem_appeal: float = param(
        0.1,
        "appeal that a lab gains while an open model of its own is among those considered",
        unit="utils",
        source="no figure found; a tenth of the taste scale",
        grade="assumed",
        span=(0.0, 0.3),
        ge=0,
        le=1e6,
        when="fringe",
    )
    build_share: float = param(
        0.05,
        "compute of making an open model one's own product, share of its training run",
        unit="share",
        source="design: fine-tuning share .05; P4.8: 0.2 for the first open reasoning model",
        grade="assumed",
        span=(0.01, 0.2),
        gt=0,
        le=1,
        when="fringe and training_mode = grid",
    )
    build_years: float = param(
        0.25,
        "time from deciding to build on an open model to its release",
        unit="years",
        source="P3.23, P4.6: some months for a reasoning stage",
        grade="assumed",
        span=(0.1, 0.5),
        ge=0,
        le=20,
        when="fringe and training_mode = grid",
    )
    old_revenue_share: float = param(
        0.05,
        "a released model that brings less of its maker's revenue may be opened at the yearly review",
        unit="share",
        source="design: old models may be opened when their margin is low",
        grade="assumed",
        span=(0.0, 0.2),
        ge=0,
        le=1,
        when="fringe and adapt.openness",
    )

    @property
    def fringe(self) -> bool:
        """Whether anybody but its maker may run an open model."""
        return self.self_hosting or self.hosts
