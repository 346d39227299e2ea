"""Who gets what at the end: tiers bought and prices paid by wealth decile."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from experiments.compare import Comparison
from experiments.plots.base import grid, plain_axis, wrapped
from experiments.words import colours

# class of a purchase: label, colour (light to dark with depth; greys for what is not bought)
CLASSES: tuple[tuple[str, str], ...] = (
    ("no AI", "#e3e3e3"),
    ("runs an open model", "#a6a6a6"),
    ("up to 1", "#fdf0cf"),
    ("up to 3", "#fbd784"),
    ("up to 10", "#f3a83b"),
    ("up to 30", "#dc6f33"),
    ("up to 100", "#b23f47"),
    ("up to 1,000", "#7a2a5c"),
    ("deeper", "#3b1d55"),
)
BOUNDS = (1.0, 3.0, 10.0, 30.0, 100.0, 1000.0)
SEEN = 0.005  # share of a decile below which nobody could make out a class, so that it is not named


def by_decile(comparison: Comparison, name: str, segment: str = "person") -> pd.DataFrame | None:
    """Shares of users by class and mean price a month of buyers, (10 deciles, classes + price).

    The last step of every seed, pooled. None when the tables are not there.
    """
    sold, bought = comparison.tables(name, "tiers"), comparison.tables(name, "purchases")
    if not bought or len(sold) != len(bought):
        return None
    months = 12 * comparison.scenarios[name].horizon.step_years
    frames = []
    for tiers, purchases in zip(sold, bought, strict=True):
        last = purchases[purchases["step"] == purchases["step"].max()]
        last = last[last["segment"] == segment]
        columns = ["lab", "tier", "depth", *(["self_hosted"] if "self_hosted" in tiers else [])]
        menu = tiers.loc[tiers["step"] == tiers["step"].max(), columns]
        menu = menu.drop_duplicates(["lab", "tier"])
        frames.append(last.merge(menu, on=["lab", "tier"], how="left"))
    rows = pd.concat(frames, ignore_index=True)
    rows = rows[rows["users"] > 0]
    if rows.empty:
        return None
    own = rows["self_hosted"].fillna(False).astype(bool) if "self_hosted" in rows else False
    depth = rows["depth"].fillna(1.0).to_numpy()
    kind = 2 + np.searchsorted(np.asarray(BOUNDS) * (1 + 1e-9), depth)
    rows["class"] = np.where(rows["lab"] < 0, 0, np.where(own, 1, kind))
    table = rows.pivot_table(index="decile", columns="class", values="users", aggfunc="sum")
    table = table.reindex(index=range(1, 11), columns=range(len(CLASSES))).fillna(0.0)
    shares = table.div(table.sum(axis=1), axis=0)
    shares = pd.DataFrame(shares.to_numpy(), shares.index, [label for label, _ in CLASSES])
    buyers = rows[rows["class"] >= 2].groupby("decile")[["payments_usd", "users"]].sum()
    shares["price_usd_month"] = buyers["payments_usd"] / buyers["users"] / months
    return shares


def tiers_by_wealth(comparison: Comparison, segment: str = "person") -> tuple[Figure | None, list[str]]:
    """Small multiples: stacked shares above, mean price below, one column per regime."""
    tables = {name: by_decile(comparison, name, segment) for name in comparison.names}
    held = {name: table for name, table in tables.items() if table is not None}
    if not held:
        return None, ["purchases"]
    figure, axes = grid(2 * len(held), len(held), height=2.5, top=0.5)
    colour = colours(comparison.names)
    highest = max(float(np.nanmax([*t["price_usd_month"].fillna(0), 1.0])) for t in held.values())
    used = [k for k, (label, _) in enumerate(CLASSES) if any(t[label].sum() > 0 for t in held.values())]
    for at, (name, table) in enumerate(held.items()):
        above, below = axes[at], axes[len(held) + at]
        base = np.zeros(len(table))
        for k in used:
            label, shade = CLASSES[k]
            above.bar(table.index, 100 * table[label], bottom=base, width=0.92, color=shade, linewidth=0)
            base += 100 * table[label].to_numpy()
        above.set_ylim(0, 100)
        above.set_title(wrapped(name))
        below.bar(table.index, table["price_usd_month"], width=0.8, color=colour[name])
        below.set_ylim(0, highest * 1.08)
        plain_axis(below)
        below.set_xlabel("Wealth decile" if segment == "person" else "Budget decile")
        for panel in (above, below):
            panel.set_xlim(0.4, 10.6)
            panel.set_xticks([1, 5, 10])
            panel.grid(axis="x", visible=False)
            if at:
                panel.tick_params(labelleft=False)
    who = "persons" if segment == "person" else "firms"
    axes[0].set_ylabel(f"Share of {who} [%]")
    axes[len(held)].set_ylabel("Mean price of buyers\n[USD a month]")
    named = [k for k in used if any(t[CLASSES[k][0]].max() >= SEEN for t in held.values())]
    first = next((k for k in named if k >= 2), -1)
    handles = [
        Patch(color=CLASSES[k][1], label=f"{'depth ' if k == first else ''}{CLASSES[k][0]}") for k in named
    ]
    figure.legend(handles=handles, loc="upper center", ncols=len(handles), handlelength=1.2)
    return figure, []
