"""All figures of a comparison: drawn, written as PNG and SVG, and handed to the report.

A figure whose numbers are missing is left out with a note; nothing is made up. Files hold no dates,
so that the same results give the same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from experiments.compare import Comparison
from experiments.plots.forest import forest
from experiments.plots.oversight import believed_and_true
from experiments.plots.paths import time_paths
from experiments.plots.sites import site_map
from experiments.plots.wealth import tiers_by_wealth
from experiments.words import metric_words

DPI = 140  # of the PNG files
Drawing = tuple[Figure | None, list[str]]

CONCENTRATION = ("hhi_lab_revenue", "hhi_users", "hhi_compute")
LABS = ("labs_active", "effective_labs", "odds_elasticity_compute")
PRICES = (
    "price_cheapest_usd_month",
    "price_dearest_usd_month",
    "price_ratio_top_bottom",
    "markup_mean",
    "tiers_sold",
    "price_wealth_slope",
)
CAPABILITY = ("frontier_capability_oom", "depth_mean", "adoption")
COVERAGE = (
    "coverage_models",
    "coverage_users",
    "coverage_flop",
    "visibility_models",
    "visibility_users",
    "visibility_flop",
)
COMPUTE = (
    "copies_at_frontier",
    "compute_price_usd_per_flop",
    "inference_share_of_spend",
    "largest_site_mw",
    "largest_training_block_share",
    "power_hhi",
)
HEADLINES = (
    "hhi_lab_revenue",
    "hhi_revenue",
    "hhi_users",
    "hhi_compute",
    "labs_active",
    "menu_price_ratio",
    "price_ratio_top_bottom",
    "price_wealth_slope",
    "capability_wealth_slope_users",
    "capability_wealth_slope",
    "markup_mean",
    "coverage_users",
    "visibility_users",
    "believed_gap_oom",
    "odds_elasticity_compute",
    "serving_scale_elasticity",
)


@dataclass(frozen=True)
class Picture:
    """A figure of the report."""

    name: str
    title: str
    caption: str
    png: bytes = b""
    missing: list[str] = field(default_factory=list)

    @property
    def drawn(self) -> bool:
        """Whether there was something to draw."""
        return bool(self.png)


BANDS = "Lines are means over seeds, bands reach from the least to the greatest seed."
PLAN: tuple[tuple[str, str, str, Callable[[Comparison], Drawing]], ...] = (
    (
        "concentration",
        "Concentration of the market",
        "Herfindahl-Hirschman index of revenue, users and compute over labs; 1 is a monopoly."
        " Compute use is lumpy, for training runs start and end: read its mean over the run."
        f" {BANDS}",
        lambda c: time_paths(c, CONCENTRATION),
    ),
    (
        "labs",
        "Labs in the market, and what training compute earns them",
        "Lambda is by how many per cent a lab's odds rise with one per cent more training compute; above"
        f" the line at 1 the theory expects a natural oligopoly. {BANDS}",
        lambda c: time_paths(c, LABS),
    ),
    (
        "wealth",
        "Tiers bought and prices paid by wealth",
        "Persons at the end of the run, from the poorest tenth (1) to the richest (10): what they"
        " use, by the inference depth of the tier, and what buyers pay on average.",
        tiers_by_wealth,
    ),
    (
        "wealth_firms",
        "The same for firms",
        "Firms at the end of the run, from the smallest budgets (1) to the largest (10).",
        lambda c: tiers_by_wealth(c, "business"),
    ),
    (
        "prices",
        "Prices and tiers over time",
        f"Subscriptions of persons that matter, in US dollars a month. {BANDS}",
        lambda c: time_paths(c, PRICES),
    ),
    (
        "oversight",
        "What the rule covers and what the regulator has seen",
        "Of labs, users and compute whose models can do dangerous tasks: the share under the rule"
        f" (above) and the share that the regulator knows of (below). {BANDS}",
        lambda c: time_paths(c, COVERAGE),
    ),
    (
        "beliefs",
        "What the regulator believes against what is there",
        "Most capable model on sale, as it is and as the regulator believes. To see a lab is not to know what"
        " its models can do: that is inferred from training compute and depth, without algorithms, the wall"
        f" or rounds. {BANDS}",
        believed_and_true,
    ),
    ("capability", "Capability, depth and adoption", BANDS, lambda c: time_paths(c, CAPABILITY)),
    (
        "compute",
        "Compute: copies, price, use and place",
        f"{BANDS} In the first steps of a real start all labs train at once.",
        lambda c: time_paths(c, COMPUTE),
    ),
    (
        "differences",
        "Paired differences of the headline outcomes",
        "Each regime less the reference on the same seeds, at the end of the run: mean and 95 %"
        " interval. A filled point: the interval leaves zero. An open one: no difference can be"
        " told, or there is none.",
        lambda c: forest(c, HEADLINES),
    ),
    (
        "sites",
        "Where the compute is",
        "First seed, mean of the last four steps: data centres on the rim (area: power), labs inside"
        " (area: share of all labs' compute; named are the five with the most revenue and the three with"
        " the most compute, with their share of revenue), lines as wide as the root of the compute used."
        " “X, other” is an owner's sites that are not listed, blocks of at most 50 MW, taken together."
        " At most 40 sites; lines under 2 % of a regime's compute, but for a lab's thickest, and regimes"
        " equal to the reference are left out.",
        site_map,
    ),
)  # fmt: skip


def draw_all(comparison: Comparison, folder: Path) -> dict[str, Picture]:
    """Every figure, also written to `folder` as NAME.png and NAME.svg."""
    folder.mkdir(parents=True, exist_ok=True)
    pictures = {}
    for name, title, caption, draw in PLAN:
        figure, missing = draw(comparison)
        png = b""
        for old in (folder / f"{name}.png", folder / f"{name}.svg"):
            old.unlink(missing_ok=True)
        if figure is not None:
            png = save(figure, folder / name)
        words = [metric_words(metric) for metric in missing]
        pictures[name] = Picture(name, title, caption, png, words)
    return pictures


def save(figure: Figure, stem: Path) -> bytes:
    """Write STEM.png and STEM.svg, without dates; the PNG's bytes.

    Straight to the canvases: `Figure.savefig` draws everything twice.
    """
    buffer = io.BytesIO()
    figure.set_dpi(DPI)
    FigureCanvasAgg(figure).print_png(buffer, metadata={"Software": None})  # type: ignore[no-untyped-call]
    figure.set_layout_engine("none")  # keep the places that it found
    stem.with_suffix(".png").write_bytes(buffer.getvalue())
    dateless = {"Date": None, "Creator": None}
    FigureCanvasSVG(figure).print_svg(stem.with_suffix(".svg"), metadata=dateless)  # type: ignore[no-untyped-call]
    return buffer.getvalue()
