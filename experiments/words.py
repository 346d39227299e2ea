"""How numbers, metrics and regimes are called in front of people, and each regime's colour."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

# Okabe and Ito's palette, told apart by colour-blind readers; yellow is left out on white.
COLOURS = ("#000000", "#0072B2", "#D55E00", "#CC79A7", "#009E73", "#E69F00", "#56B4E9", "#7F7F7F")
DASHES = ("-", "-", "-", "-", "-", (0, (4, 2)), (0, (1, 1)), (0, (6, 1, 1, 1)))

UNITS = {
    "index 0-1": "",
    "share": "",
    "ratio": "",
    "-": "",
    "OOM of FLOP": "orders of magnitude of FLOP",
    "OOM": "orders of magnitude",
    "OOM per OOM of wealth": "OOM per OOM of wealth",
}

SHORT = {
    "hhi_lab_revenue": "Revenue concentration (HHI, all labs)",
    "hhi_revenue": "Revenue concentration (HHI, closed models)",
    "hhi_users": "User concentration (HHI)",
    "hhi_compute": "Compute concentration (HHI)",
    "labs_active": "Labs that matter to users",
    "effective_labs": "Effective number of labs",
    "labs_total": "Labs in business",
    "tiers_sold": "Tiers on sale that matter",
    "price_ratio_top_bottom": "Dearest over cheapest subscription of all labs",
    "menu_price_ratio": "Dearest over cheapest subscription of one lab",
    "price_cheapest_usd_month": "Cheapest subscription",
    "price_dearest_usd_month": "Dearest subscription",
    "price_wealth_slope": "Rise of price paid with wealth",
    "capability_wealth_slope": "Rise of capability received with wealth, all persons",
    "capability_wealth_slope_users": "Rise of capability with wealth, users of AI",
    "capability_gini": "Inequality of capability received (Gini)",
    "same_product_share": "Persons with the best that anyone gets",
    "markup_mean": "Mean markup (Lerner index)",
    "adoption": "Adoption",
    "depth_mean": "Mean inference depth in use",
    "frontier_capability_oom": "Best capability on sale",
    "copies_at_frontier": "Copies of the frontier model at once",
    "compute_price_usd_per_flop": "Rental price of a training FLOP",
    "inference_share_of_spend": "Inference in labs' compute spending",
    "coverage_flop": "Dangerous compute covered by the rule",
    "coverage_users": "Users of dangerous tiers covered",
    "coverage_models": "Dangerous labs covered by the rule",
    "visibility_flop": "Dangerous compute that the regulator sees",
    "visibility_users": "Users of dangerous tiers seen",
    "visibility_models": "Dangerous labs that the regulator sees",
    "believed_gap_oom": "Regulator's belief less the truth",
    "odds_elasticity_compute": "Elasticity of market odds in training compute (Lambda)",
    "serving_scale_elasticity": "Elasticity of serving cost in a lab's volume",
    "permit_share": "Labs' compute that needs a large permit",
    "sight_share": "Frontier training on sites that are seen",
    "largest_site_mw": "Largest data centre",
    "power_hhi": "Concentration of power over sites (HHI)",
}


CODES = re.compile(r" \[[A-Z]\d+(, [A-Z]\d+)*\]")  # of claims, in the meaning of a metric
SCALES = ((1e12, "trillion", "tn"), (1e9, "billion", "bn"), (1e6, "million", "m"))


def regime_words(name: str) -> str:
    """`inference-at-deployment` becomes `Inference at deployment`."""
    words = name.replace("-", " ").replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def unit_words(unit: str) -> str:
    """A unit as shown after a label; empty for pure numbers."""
    return UNITS.get(unit, unit)


def metric_words(name: str) -> str:
    """A short label of a metric."""
    if name in SHORT:
        return SHORT[name]
    from model.metrics import registry

    known = registry().get(name)
    if known is None:
        return name.replace("_", " ")
    return CODES.sub("", known.meaning).rstrip(".")


def metric_unit(name: str) -> str:
    """Its unit in words."""
    from model.metrics import registry

    known = registry().get(name)
    return unit_words(known.unit) if known else ""


def labelled(name: str) -> str:
    """Label with unit."""
    unit = metric_unit(name)
    return f"{metric_words(name)} [{unit}]" if unit else metric_words(name)


def number(value: float | None, *, sign: bool = False, short: bool = False) -> str:
    """Three significant digits, readable thousands and powers; nothing is a dash."""
    if value is None or math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    mark = "+" if sign and value > 0 else "−" if value < 0 else ""
    size = float(f"{abs(value):.3g}")
    if size == 0:
        return "0"
    if size >= 1e6 or size < 1e-3:
        for scale, word, letters in SCALES:
            if scale <= size < 1e15:
                return f"{mark}{size / scale:.3g} {letters if short else word}"
        power = math.floor(math.log10(size) + 1e-12)
        shown = f"{size / 10.0**power:.3g}" if short else f"{size / 10.0**power:.2f}"
        times = "" if short and shown == "1" else f"{shown}×"
        return f"{mark}{times}10{_raised(power)}"
    if size >= 1000:
        return f"{mark}{abs(value):,.0f}"
    digits = max(0, 2 - math.floor(math.log10(size)))
    return f"{mark}{size:.{min(digits, 4)}f}"


def extent(low: float, high: float, sign: str) -> str:
    """From the least to the greatest, or nothing where both read alike: rounding is no spread."""
    one, two = number(low), number(high)
    return "" if one == two else f"{one}{sign}{two}"


def with_extent(values: Sequence[float], middle: float) -> str:
    """A middle with the least and the greatest in brackets, for tables in Markdown."""
    span = extent(min(values), max(values), "–")
    return number(middle) + (f" [{span}]" if span else "")


def _raised(power: int) -> str:
    return str(power).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def colours(names: Sequence[str]) -> dict[str, str]:
    """One colour per regime in every figure; shipped regimes keep theirs in any company."""
    return {name: COLOURS[at % len(COLOURS)] for name, at in _places(names).items()}


def dashes(names: Sequence[str]) -> dict[str, object]:
    """One line style per regime, so that lines on top of each other can both be seen."""
    return {name: DASHES[at % len(DASHES)] for name, at in _places(names).items()}


def _places(names: Sequence[str]) -> dict[str, int]:
    from experiments.inputs import shipped_regimes

    shipped = shipped_regimes()
    others = [name for name in names if name not in shipped]
    taken = {shipped.index(name) for name in names if name in shipped}
    free = [at for at in range(len(names) + len(shipped)) if at not in taken]
    places = {name: shipped.index(name) for name in names if name in shipped}
    return {name: places.get(name, free[others.index(name)] if name in others else 0) for name in names}
