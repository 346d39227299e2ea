"""What a rule asks of data centres and their owners: licences and a tax on rents."""

from __future__ import annotations

from model.parameters import Section, param


class SiteRule(Section):
    """The fields of a rule that act on sites where they stand."""

    licence_mw: float = param(
        100.0,
        "power from which a data centre must report the runs on it",
        unit="MW",
        source="P10.7: clusters of 1e20 OP/s, some 100,000 chips",
        grade="estimated",
        when="policy = data-centre-licensing",
        span=(50, 500),
        ge=0,
        le=1000000000000.0,
    )
    licence_usd_year: float = param(
        0.0,
        "what the licence of a data centre costs its owner",
        unit="USD/year",
        source="no figure found",
        grade="assumed",
        when="policy = data-centre-licensing",
        span=(0, 1e7),
        ge=0,
        le=1e12,
    )
    site_tax_share: float = param(
        0.0,
        "tax on the rents of data centres, paid by their owners where they stand",
        unit="share of rents",
        source="design 7: relocation of sites; 0 = the tax follows the buyer",
        grade="assumed",
        when="policy = compute-tax",
        span=(0, 0.5),
        ge=0,
        le=1,
    )
