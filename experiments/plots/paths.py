"""Metrics over time, a band over seeds for each regime."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure

from experiments.compare import Comparison
from experiments.plots.base import band, grid, regime_legend, time_label

LOG = {
    "copies_at_frontier",
    "compute_price_usd_per_flop",
    "price_cheapest_usd_month",
    "price_dearest_usd_month",
    "price_ratio_top_bottom",
    "depth_mean",
    "largest_site_mw",
    "training_spend_usd",
    "inference_spend_usd",
}
LEVELS = {"odds_elasticity_compute": 1.0}  # where larger training budgets just pay in share


def time_paths(
    comparison: Comparison, metrics: Sequence[str], columns: int = 3
) -> tuple[Figure | None, list[str]]:
    """The panels that have numbers, and the metrics that have none."""
    present = [name for name in metrics if name in comparison.metrics]
    absent = [name for name in metrics if name not in comparison.metrics]
    if not present:
        return None, absent
    figure, axes = grid(len(present), columns)
    for metric, panel in zip(present, axes, strict=True):
        log = metric in LOG and _positive(comparison, metric)
        band(panel, comparison, metric, log=log, title_width=100 // columns)
        if metric in LEVELS:
            panel.axhline(LEVELS[metric], color="#444444", linewidth=1, zorder=1)
        panel.set_xlabel(time_label(comparison))
    regime_legend(figure, comparison.names)
    return figure, absent


def _positive(comparison: Comparison, metric: str) -> bool:
    """Whether a log axis would hide nothing but a few empty cells."""
    frames = [comparison.path(name, metric) for name in comparison.names]
    values = [value for frame in frames for value in frame.to_numpy().ravel() if value == value]
    return bool(values) and sum(value > 0 for value in values) >= 0.9 * len(values)
