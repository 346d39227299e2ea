"""Who pays for labs beside investors: cloud partners. Mergers have no numbers of their own."""

from __future__ import annotations

from model.parameters import Section, param


class Finance(Section):
    """Compute credits for equity."""

    partner_share: float = param(
        0.25,
        "most of a partner's compute on the open market that it gives a lab as credits",
        unit="share",
        source="no figure found",
        grade="assumed",
        span=(0.05, 0.5),
        ge=0,
        le=1,
        when="labs.partners and labs.start = data",
    )
    equity_limit: float = param(
        0.49,
        "largest share of a lab that partners may hold: no control",
        unit="share",
        source="minority stakes of cloud providers, 2019-24",
        grade="estimated",
        span=(0.2, 0.8),
        ge=0,
        lt=1,
        when="labs.partners and labs.start = data",
    )
