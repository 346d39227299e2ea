"""One dated rule of the state: the fields of all policies, flat.

The common fields come first, then the duty to report and its enforcement, then the lines and numbers of
single policies. A policy uses some; giving it one that it does not use is an error.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from model.parameters import param
from model.sections.rule_sites import SiteRule


class Rule(SiteRule):
    """One dated rule. `policy` names a file of `model/policies`, which says what fields it uses."""

    policy: str = param(
        "training-threshold", "name of the policy", unit="text", source="design", grade="switch"
    )
    regulator: str = param(
        "regulator",
        "authority that enforces it, with its own staff, beliefs and records",
        unit="text",
        source="design 7: several jurisdictions",
        grade="switch",
    )
    regions: list[Literal["US", "EU", "CN", "ROW"]] = param(
        list,
        "regions in which it binds labs that sell or sit there; empty = everywhere",
        unit="list",
        source="design 7: several jurisdictions",
        grade="switch",
        max_length=4,
    )
    start_year: float = param(
        0.5,
        "time from the start of the run at which the rule binds",
        unit="years",
        source="P10.3: duties from Aug 2025",
        grade="measured",
        ge=-100,
        le=1000,
    )
    end_year: float = param(
        1000.0,
        "time at which the rule ends",
        unit="years",
        source="open end",
        grade="switch",
        ge=-100,
        le=10_000,
    )
    threshold_oom: float = param(
        25.0,
        "training compute from which a model is covered",
        unit="log10 FLOP",
        source="P10.1: 1e25 (US 1e26)",
        grade="measured",
        span=(25, 26),
        ge=-1000,
        le=1000,
    )
    report_cost_usd: float = param(
        5e6,
        "cost of the duties for one covered model",
        unit="USD",
        source="staff and evaluations",
        grade="assumed",
        span=(1e6, 5e7),
        ge=0,
    )
    delay_years: float = param(
        0.05,
        "delay of a covered release",
        unit="years",
        source="P10.1: two weeks' notice",
        grade="assumed",
        span=(0, 0.25),
        ge=0,
        le=5,
    )
    fine_usd: float = param(
        1.5e7,
        "fine for an unreported covered model",
        unit="USD",
        source="P10.3: EUR 15M or 3 %",
        grade="measured",
        span=(1e6, 3e8),
        ge=0,
    )
    fine_turnover_share: float = param(
        0.03,
        "the fine is at least this share of yearly revenue",
        unit="share",
        source="P10.3: 3 %",
        grade="measured",
        span=(0, 0.07),
        ge=0,
        le=1,
    )
    audits_per_year: float = param(
        8.0,
        "audits that staff allow",
        unit="1/year",
        source="P10.14",
        grade="assumed",
        span=(2, 40),
        ge=0,
        le=100_000,
    )
    audit_finds: float = param(
        0.5,
        "chance that an audit finds a breach",
        unit="share",
        source="P10.20",
        grade="assumed",
        span=(0.2, 0.8),
        ge=0,
        le=1,
    )
    adaptation_per_year: float = param(
        0.0,
        "speed at which the threshold follows the observed frontier",
        unit="1/year",
        source="P10.1: delegated acts; off by default",
        grade="assumed",
        span=(0, 1),
        ge=0,
        le=100,
    )
    audit_rule: Literal["fixed", "game"] = param(
        "fixed",
        "when staff audit: always, or when the expected damage of a breach exceeds the cost of an audit",
        unit="switch",
        source="design 7: inspection game (P17)",
        grade="switch",
    )
    audit_cost_usd: float = param(
        1000000.0,
        "cost of one audit to the regulator, weighed in the game",
        unit="USD",
        source="staff of about five for a year (P10.14)",
        grade="assumed",
        span=(200000.0, 5000000.0),
        when="audit_rule = game",
        ge=0,
    )
    breach_damage_usd: float = param(
        10000000.0,
        "damage that the regulator ascribes to an undetected breach",
        unit="USD",
        source="design: of the order of the fine (P10.3)",
        grade="assumed",
        span=(1000000.0, 1000000000.0),
        when="audit_rule = game",
        ge=0,
    )
    adaptation_quantile: float = param(
        1.0,
        "quantile of labs' largest known runs that the threshold follows; 1 = the frontier",
        unit="share",
        source="design 7",
        grade="assumed",
        span=(0.5, 1.0),
        when="adaptation_per_year > 0",
        ge=0,
        le=1,
    )
    count_distillation: bool = param(
        False,
        "whether compute of distillation counts as training",
        unit="switch",
        source="P10.12: distillation clause of RAISE; off by default",
        grade="switch",
    )
    effective_oom: float = param(
        26.0,
        "training compute that a model is worth at its deepest tier, from which it is covered",
        unit="log10 FLOP",
        source="design 7; P10.6: 1e26",
        grade="assumed",
        when="policy = effective-compute",
        span=(25, 28),
        ge=-1000,
        le=1000,
    )
    depth_exponent: Annotated[float, Field(ge=0, le=10)] | Literal["believed"] = param(
        "believed",
        "OOM of training that an OOM of depth counts for; or what the regulator has come to believe",
        unit="OOM/OOM",
        source="design 7",
        grade="switch",
        when="policy = effective-compute",
    )
    hybrid_oom: float = param(
        26.0,
        "training compute from which any model is covered",
        unit="log10 FLOP",
        source="design 7: hybrid of S1",
        grade="assumed",
        when="policy = hybrid-threshold",
        span=(25, 27),
        ge=-1000,
        le=1000,
    )
    post_trained_oom: float = param(
        24.0,
        "training compute from which a model post-trained for inference is covered",
        unit="log10 FLOP",
        source="design 7: hybrid of S1",
        grade="assumed",
        when="policy = hybrid-threshold",
        span=(23, 26),
        ge=-1000,
        le=1000,
    )
    post_trained_depth: float = param(
        10.0,
        "depth on sale from which a model passes for post-trained for inference",
        unit="passes",
        source="design: chat models answer at about one pass",
        grade="assumed",
        when="policy = hybrid-threshold",
        span=(3, 100),
        ge=1,
        le=10000000.0,
    )
    revenue_usd_year: float = param(
        500000000.0,
        "revenue from which a lab is covered, whatever its runs",
        unit="USD/year",
        source="P10.11, P10.12: 500M",
        grade="measured",
        when="policy = revenue-rule",
        span=(100000000.0, 1000000000.0),
        ge=0,
    )
    kyc_flop_quarter: float = param(
        1e20,
        "inference compute from which a metered customer is logged",
        unit="FLOP/quarter",
        source="P10.8 gives no number: about the heaviest twentieth of firms at the start",
        grade="assumed",
        when="policy = inference-kyc",
        span=(1e18, 1e22),
        ge=0,
    )
    permit_boost: float = param(
        2.0,
        "factor on the permit hazard of owners whose lab has signed commitments",
        unit="ratio",
        source="design 7",
        grade="assumed",
        when="policy = power-carrot",
        span=(1, 4),
        ge=1,
        le=1000,
    )
    commitment_usd_year: float = param(
        10000000.0,
        "cost to a lab of the commitments that it signs",
        unit="USD/year",
        source="as the duties of one or two models a year",
        grade="assumed",
        when="policy = power-carrot",
        span=(1000000.0, 100000000.0),
        ge=0,
    )
    price_cap_usd_month: float = param(
        20.0,
        "highest price of a subscription tier",
        unit="USD/month",
        source="list price of plans",
        grade="assumed",
        when="policy = price-cap",
        span=(5, 200),
        gt=0,
    )
    voucher_usd_month: float = param(
        10.0,
        "the state's part of an eligible person's price, at most",
        unit="USD/month",
        source="half of a plan",
        grade="assumed",
        when="policy = voucher",
        span=(5, 50),
        ge=0,
    )
    voucher_income_usd_year: float = param(
        20000.0,
        "income below which persons are eligible",
        unit="USD/year",
        source="about half of the median of the served market",
        grade="assumed",
        when="policy = voucher",
        span=(5000, 50000),
        ge=0,
    )
    open_cap_oom: float = param(
        26.0,
        "training compute from which a model may not be released openly",
        unit="log10 FLOP",
        source="P10.9: 1e26",
        grade="assumed",
        when="policy = open-weight-restriction",
        span=(25, 27),
        ge=-1000,
        le=1000,
    )
    tamper_share: float = param(
        0.1,
        "share of training cost that restoring a removed capability must take",
        unit="share",
        source="design 6b",
        grade="assumed",
        when="policy = tamper-resistance",
        span=(0.01, 0.5),
        ge=0,
        le=1,
    )
    evaluation_depth: float = param(
        100.0,
        "depth of the test before release",
        unit="passes",
        source="design 7",
        grade="assumed",
        when="policy = pre-release-evaluation",
        span=(1, 10000),
        ge=1,
        le=10000000.0,
    )
    evaluation_limit_oom: float = param(
        28.0,
        "capability measured in the test above which a model is held back",
        unit="OOM of FLOP",
        source="design: above the danger level of 26.5",
        grade="assumed",
        when="policy = pre-release-evaluation",
        span=(26, 30),
        ge=-1000,
        le=1000,
    )
    internal_reporting: float = param(
        0.5,
        "share of labs' internal use that the regulator comes to see",
        unit="share",
        source="P10.11: summaries of internal use",
        grade="assumed",
        when="policy = internal-reporting",
        span=(0.1, 1.0),
        ge=0,
        le=1,
    )
    tax_share: float = param(
        0.1,
        "tax on training compute",
        unit="share of its price",
        source="design 7",
        grade="assumed",
        when="policy = compute-tax",
        span=(0, 0.5),
        ge=0,
        le=100,
    )
    training_cap_oom: float = param(
        27.0,
        "no run may be larger",
        unit="log10 FLOP",
        source="design 7",
        grade="assumed",
        when="policy = training-cap",
        span=(26, 29),
        ge=-1000,
        le=1000,
    )
    merger_limit: float = param(
        0.3,
        "largest joint share of revenue of labs that merge",
        unit="share",
        source="merger control looks closely at 0.3",
        grade="assumed",
        when="policy = merger-review",
        span=(0.2, 0.5),
        ge=0,
        le=1,
    )
