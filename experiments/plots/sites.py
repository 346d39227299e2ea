"""The map of compute: which lab computes where, for training and for serving."""

from __future__ import annotations

import math
from typing import Any

import networkx as nx
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from experiments.compare import Comparison
from experiments.plots.base import grid, wrapped

TRAINING, INFERENCE = "#D55E00", "#0072B2"
REGIONS = {"US": "#0072B2", "EU": "#009E73", "CN": "#CC79A7", "ROW": "#E69F00"}
MOST_SITES, NAMED = 40, 6
PAPER = {"facecolor": "white", "alpha": 0.7, "pad": 0.6, "linewidth": 0}


def compute_graph(comparison: Comparison, name: str) -> nx.Graph | None:
    """Sites and labs with the compute between them: last step of the first seed."""
    sites, flows, labs = (comparison.tables(name, t) for t in ("data_centres", "contracts", "labs"))
    if not sites or not flows or not labs:
        return None
    place, flow, lab = (
        table[0][table[0]["step"] == table[0]["step"].max()] for table in (sites, flows, labs)
    )
    graph = nx.Graph()
    for row in place.nlargest(MOST_SITES, "power_mw").itertuples():
        graph.add_node(("site", row.site), label=row.name, region=row.region, size=row.power_mw)
    total = float(flow[["training_flop", "inference_flop"]].sum().sum())
    if not total > 0:
        return None
    names = dict(zip(lab["lab"], lab["name"], strict=True))
    for row in flow.itertuples():
        amount = row.training_flop + row.inference_flop
        if ("site", row.site) not in graph or amount <= 0:
            continue
        one = ("lab", row.lab)
        if one not in graph:
            graph.add_node(one, label=names.get(row.lab, f"lab {row.lab}"), size=0.0)
        graph.nodes[one]["size"] += amount / total
        graph.add_edge(one, ("site", row.site), training=row.training_flop / total,
                       inference=row.inference_flop / total)  # fmt: skip
    return graph


def site_map(comparison: Comparison) -> tuple[Figure | None, list[str]]:
    """One panel per regime: sites on the rim by region, labs inside."""
    graphs = {n: g for n in comparison.names if (g := compute_graph(comparison, n)) is not None}
    if not graphs:
        return None, ["contracts"]
    figure, axes = grid(len(graphs), 2, height=3.95, top=0.4)
    most = max(
        max((d["size"] for n, d in g.nodes(data=True) if n[0] == "site"), default=1)
        for g in graphs.values()
    )
    for panel, (name, graph) in zip(axes, graphs.items(), strict=True):
        _draw(panel, graph, most)
        panel.set_title(wrapped(name, 40))
    handles: list[Any] = [
        Line2D([], [], color=TRAINING, linewidth=3, label="training and research"),
        Line2D([], [], color=INFERENCE, linewidth=3, label="inference"),
    ]
    present = {d.get("region") for g in graphs.values() for _, d in g.nodes(data=True)}
    handles += [
        Patch(color=c, alpha=0.55, label=f"site in {r}") for r, c in REGIONS.items() if r in present
    ]
    figure.legend(handles=handles, loc="upper center", ncols=6)
    return figure, []


def _layout(graph: nx.Graph) -> dict[Any, tuple[float, float]]:
    """Sites on a circle by region, large ones first; labs inside, near their sites."""
    sites = [n for n in graph if n[0] == "site"]
    order = list(REGIONS)
    sites.sort(key=lambda n: (order.index(graph.nodes[n]["region"]), -graph.nodes[n]["size"]))
    gaps = len({graph.nodes[n]["region"] for n in sites})
    step = 2 * math.pi / max(1, len(sites) + gaps)
    angle, last, places = math.pi / 2, None, {}
    for node in sites:
        if last is not None and graph.nodes[node]["region"] != last:
            angle -= step
        places[node] = (math.cos(angle), math.sin(angle))
        angle, last = angle - step, graph.nodes[node]["region"]
    labs = [n for n in graph if n[0] == "lab"]
    wanted = {}
    for node in labs:
        pull = np.zeros(2)
        for other in graph[node]:
            edge = graph.edges[node, other]
            pull += (edge["training"] + edge["inference"]) * np.array(places[other])
        wanted[node] = math.atan2(pull[1], pull[0])
    for at, node in enumerate(sorted(labs, key=lambda n: (-wanted[n], n))):
        turn = math.pi - 2 * math.pi * (at + 0.5) / max(1, len(labs))
        places[node] = (0.52 * math.cos(turn), 0.52 * math.sin(turn))
    return places


def _draw(panel: Axes, graph: nx.Graph, most: float) -> None:
    places = _layout(graph)
    sites = [n for n in graph if n[0] == "site"]
    labs = [n for n in graph if n[0] == "lab"]
    heaviest = max(
        (max(d["training"], d["inference"]) for *_, d in graph.edges(data=True)), default=1
    )
    for kind, colour, shift in (("training", TRAINING, 0.012), ("inference", INFERENCE, -0.012)):
        for one, two, data in graph.edges(data=True):
            if data[kind] <= 0.0005:
                continue
            (x0, y0), (x1, y1) = places[one], places[two]
            length = math.hypot(x1 - x0, y1 - y0) or 1.0
            dx, dy = -(y1 - y0) / length * shift, (x1 - x0) / length * shift
            width = 0.4 + 6 * math.sqrt(data[kind] / heaviest)
            panel.plot([x0 + dx, x1 + dx], [y0 + dy, y1 + dy], color=colour, alpha=0.45,
                       linewidth=width, solid_capstyle="round", zorder=1)  # fmt: skip
    nx.draw_networkx_nodes(
        graph, places, nodelist=sites, ax=panel, alpha=0.75, linewidths=0,
        node_size=[25 + 700 * graph.nodes[n]["size"] / most for n in sites],
        node_color=[REGIONS[graph.nodes[n]["region"]] for n in sites],
    )  # fmt: skip
    nx.draw_networkx_nodes(
        graph, places, nodelist=labs, ax=panel, node_color="white", edgecolors="#222222",
        node_size=[60 + 900 * graph.nodes[n]["size"] for n in labs],
    )  # fmt: skip
    for node in labs:
        x, y = places[node]
        panel.text(x, y - 0.085, graph.nodes[node]["label"], ha="center", va="top", fontsize=7.5,
                   fontweight="bold", bbox=PAPER)  # fmt: skip
    for node in sorted(sites, key=lambda n: -graph.nodes[n]["size"])[:NAMED]:
        x, y = places[node]
        side = "left" if x > 0.15 else "right" if x < -0.15 else "center"
        text = f"{graph.nodes[node]['label']}\n{graph.nodes[node]['size']:,.0f} MW"
        panel.text(1.12 * x, 1.14 * y, text, ha=side, va="center", fontsize=6.8, color="#333333")
    panel.set_xlim(-1.75, 1.75)
    panel.set_ylim(-1.3, 1.3)
    panel.set_aspect("equal")
    panel.set_axis_off()
