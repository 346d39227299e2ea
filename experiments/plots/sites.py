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

from experiments.compare import FINAL_STEPS, Comparison
from experiments.plots.base import grid, wrapped

TRAINING, INFERENCE = "#D55E00", "#0072B2"
REGIONS = {"US": "#56B4E9", "EU": "#009E73", "CN": "#CC79A7", "ROW": "#E69F00"}
MOST_SITES, MOST_EARNING, MOST_BUYING, NAMED = 40, 5, 3, 7
LEAST = 0.02  # of a regime's compute: thinner lines are not drawn
REST = ("lab", -1)
PAPER = {"facecolor": "white", "alpha": 0.75, "pad": 0.6, "linewidth": 0}


def compute_graph(comparison: Comparison, name: str) -> nx.Graph | None:
    """Sites and labs with the compute between them: the last steps of the first seed.

    Edge weights are shares of all labs' compute; labs that lead in neither revenue nor compute share
    one node.
    """
    run = comparison.runs[name, comparison.runs_of(name)[0]].tables
    if any(t not in run or run[t].empty for t in ("data_centres", "contracts", "labs")):
        return None
    place, flow, earned = run["data_centres"], run["contracts"], run["labs"]
    place = place[place["step"] == place["step"].max()]
    flow, earned = (t[t["step"] > t["step"].max() - FINAL_STEPS] for t in (flow, earned))
    total = float(flow[["training_flop", "inference_flop"]].sum().sum())
    if not total > 0:
        return None
    graph = nx.Graph()
    for row in place.nlargest(MOST_SITES, "power_mw").itertuples():
        graph.add_node(("site", row.site), label=row.name, region=row.region, size=row.power_mw)
    used = flow.assign(all=flow["training_flop"] + flow["inference_flop"])
    bought = used.groupby("lab")["all"].sum().sort_values(ascending=False)
    bought = bought[bought > 0]
    names = dict(zip(earned["lab"], earned["name"], strict=True))
    revenue = earned.groupby("lab")["revenue_usd"].sum().sort_values(ascending=False)
    revenue = revenue[(revenue > 0) & revenue.index.isin(bought.index)]
    share = revenue / max(1e-9, float(earned["revenue_usd"].sum()))
    largest = {*share.index[:MOST_EARNING], *bought.index[:MOST_BUYING]}
    rest = len(bought) - len(largest)
    for row in used[used["all"] > 0].itertuples():
        if ("site", row.site) not in graph:
            continue
        one = ("lab", row.lab) if row.lab in largest else REST
        if one not in graph:
            label = f"{rest} other labs" if one == REST else _named(names[row.lab], share.get(row.lab, 0.0))
            graph.add_node(one, label=label, size=0.0)
        graph.nodes[one]["size"] += row.all / total
        edge = graph.get_edge_data(one, ("site", row.site), {"training": 0.0, "inference": 0.0})
        graph.add_edge(
            one,
            ("site", row.site),
            training=edge["training"] + row.training_flop / total,
            inference=edge["inference"] + row.inference_flop / total,
        )
    weight = {frozenset(e): d["training"] + d["inference"] for *e, d in graph.edges(data=True)}
    for node in [n for n in graph if n[0] == "lab"]:
        lines = sorted(graph[node], key=lambda site, lab=node: -weight[frozenset((lab, site))])  # type: ignore[misc]
        graph.remove_edges_from((node, s) for s in lines[1:] if weight[frozenset((node, s))] < LEAST)
    return graph


def site_map(comparison: Comparison) -> tuple[Figure | None, list[str]]:
    """One panel per regime: sites on the rim by region, labs inside."""
    names = [n for n in comparison.names if n not in comparison.identical]
    graphs = {n: g for n in names if (g := compute_graph(comparison, n)) is not None}
    if not graphs:
        return None, ["contracts"]
    figure, axes = grid(len(graphs), 2, height=4.1, top=0.4)
    sizes = [d["size"] for g in graphs.values() for n, d in g.nodes(data=True) if n[0] == "site"]
    for panel, (name, graph) in zip(axes, graphs.items(), strict=True):
        _draw(panel, graph, max(sizes))
        panel.set_title(wrapped(name, 40))
    present = {d.get("region") for g in graphs.values() for _, d in g.nodes(data=True)}
    handles: list[Any] = [
        Line2D([], [], color=TRAINING, linewidth=3, label="training and research"),
        Line2D([], [], color=INFERENCE, linewidth=3, label="inference"),
        *(Patch(color=c, label=f"site in {r}") for r, c in REGIONS.items() if r in present),
    ]
    figure.legend(handles=handles, loc="upper center", ncols=len(handles))
    return figure, []


def _layout(graph: nx.Graph) -> dict[Any, tuple[float, float]]:
    """Sites on a circle by region, large ones first; labs inside, near their sites."""
    order = list(REGIONS)
    sites = [n for n in graph if n[0] == "site"]
    sites.sort(key=lambda n: (order.index(graph.nodes[n]["region"]), -graph.nodes[n]["size"]))
    regions = [graph.nodes[n]["region"] for n in sites]
    step = 2 * math.pi / max(1, len(sites) + len(set(regions)))
    places: dict[Any, tuple[float, float]] = {}
    angle = math.pi / 2
    for at, node in enumerate(sites):
        angle -= step * (at > 0) + step * (at > 0 and regions[at] != regions[at - 1])
        places[node] = (math.cos(angle), math.sin(angle))
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
        # Two rings: names of neighbours on one ring would run into each other.
        reach = 0.72 if at % 2 else 0.34
        places[node] = (reach * math.cos(turn), reach * math.sin(turn))
    return places


def _draw(panel: Axes, graph: nx.Graph, most: float) -> None:
    places = _layout(graph)
    sites = [n for n in graph if n[0] == "site"]
    labs = [n for n in graph if n[0] == "lab"]
    _edges(panel, graph, places)
    nx.draw_networkx_nodes(
        graph, places, nodelist=sites, ax=panel, alpha=0.9, linewidths=0.6, edgecolors="white",
        node_size=[12 + 420 * graph.nodes[n]["size"] / most for n in sites],
        node_color=[REGIONS[graph.nodes[n]["region"]] for n in sites],
    )  # fmt: skip
    nx.draw_networkx_nodes(
        graph, places, nodelist=labs, ax=panel, node_color="white", edgecolors="#222222",
        node_size=[40 + 700 * graph.nodes[n]["size"] for n in labs],
    )  # fmt: skip
    for node in labs:
        x, y = places[node]
        low = y - 0.05 - 0.055 * math.sqrt(graph.nodes[node]["size"] * 10)
        told = panel.text(x, low, graph.nodes[node]["label"], ha="center", va="top",
                          fontsize=6.5, fontweight="bold", bbox=PAPER)  # fmt: skip
        told.set_in_layout(False)
    named: list[tuple[float, float]] = []
    flows = {n: sum(d["training"] + d["inference"] for d in graph[n].values()) for n in sites}
    busiest = sorted(sites, key=lambda n: -flows[n])[:3]
    for node in [*busiest, *sorted(sites, key=lambda n: -graph.nodes[n]["size"])]:
        x, y = places[node]
        if len(named) == NAMED or any(math.hypot(x - a, y - b) < 0.42 for a, b in named):
            continue
        named.append((x, y))
        side = "left" if x > 0.15 else "right" if x < -0.15 else "center"
        text = f"{_short(graph.nodes[node]['label'])}\n{graph.nodes[node]['size']:,.0f} MW"
        told = panel.text(1.13 * x, 1.17 * y, text, ha=side, va="center", fontsize=6.8)
        told.set_in_layout(False)
    panel.set_xlim(-1.75, 1.75)
    panel.set_ylim(-1.3, 1.3)
    panel.set_aspect("equal")
    panel.set_axis_off()


def _edges(panel: Axes, graph: nx.Graph, places: dict[Any, tuple[float, float]]) -> None:
    """Two strokes side by side: training and inference, as wide as the root of the compute."""
    every = [max(d["training"], d["inference"]) for *_, d in graph.edges(data=True)]
    heaviest = max(every, default=1.0)
    for kind, colour, shift in (("training", TRAINING, 0.012), ("inference", INFERENCE, -0.012)):
        for one, two, data in graph.edges(data=True):
            if data[kind] <= 0.0005:
                continue
            (x0, y0), (x1, y1) = places[one], places[two]
            length = math.hypot(x1 - x0, y1 - y0) or 1.0
            dx, dy = -(y1 - y0) / length * shift, (x1 - x0) / length * shift
            width = 0.4 + 5 * math.sqrt(data[kind] / heaviest)
            panel.plot([x0 + dx, x1 + dx], [y0 + dy, y1 + dy], color=colour, alpha=0.5,
                       linewidth=width, solid_capstyle="round", zorder=1)  # fmt: skip


def _named(lab: str, share: float) -> str:
    """Two lines, so that neighbours have room: the lab, and its share of revenue."""
    return f"{lab}\n{100.0 * share:.0f} %"


def _short(name: str) -> str:
    """`Other sites of Google (US)` fits the rim as `Google, other`."""
    if name.startswith("Other sites of "):
        owner = name.removeprefix("Other sites of ").partition(" (")[0]
        return owner if owner.startswith("other") else f"{owner}, other"
    return name if len(name) <= 18 else name[:17] + "…"
