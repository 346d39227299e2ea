"""Which readings a reader may choose to compare or replay, with label and unit."""

from __future__ import annotations

from experiments.words import metric_unit, metric_words

OWN = {
    "equal_labs": ("Equal labs that would be as concentrated in revenue", "labs"),
    "power_gw": ("Power of data centres", "GW"),
    "fixed_quality_usd_month": ("Price of the best quality at the start", "USD/month"),
    "poorest_surplus_usd_month": ("Surplus of a person in the poorest tenth", "USD/month"),
}
MEASURES = (
    "frontier_capability_oom",
    "equal_labs",
    "hhi_lab_revenue",
    "hhi_revenue",
    "hhi_users",
    "fixed_quality_usd_month",
    "menu_price_ratio",
    "price_ratio_top_bottom",
    "capability_gini",
    "adoption",
    "depth_mean",
    "inference_share_of_spend",
    "open_weight_share",
    "coverage_users",
    "visibility_users",
    "consumer_surplus_usd",
    "poorest_surplus_usd_month",
    "power_gw",
    "largest_site_mw",
)
LOG = {"depth_mean", "consumer_surplus_usd", "copies_at_frontier"}


def label(name: str) -> str:
    """What a reading is called."""
    return OWN[name][0] if name in OWN else metric_words(name)


def unit(name: str) -> str:
    """Its unit in words; empty for a pure number."""
    return OWN[name][1] if name in OWN else metric_unit(name)
