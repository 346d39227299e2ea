"""The industry as a network (networkx) made from rows, and the places of its nodes, worked out once a step.

Nodes `lab:3`, `site:4`, `regulator:name`; an edge is a contract for compute, weighted by the compute that it
carries in the step. A lab keeps its slot as long as it lives, a site for ever: nothing jumps between steps.
"""

from __future__ import annotations

from typing import Any

import networkx as nx

from viz.film import Row, Snapshot

DOTS = {"person": 1500, "business": 300}
LINKS = 90


def network(now: Snapshot) -> nx.Graph:
    """Labs, sites and regulators with the contracts between labs and sites in this step."""
    net = nx.Graph()
    for row in now.rows("labs"):
        net.add_node(f"lab:{row['lab']}", kind="lab", row=row)
    for row in now.rows("data_centres"):
        net.add_node(f"site:{row['site']}", kind="site", row=row)
    for row in now.rows("regulators"):
        net.add_node(f"regulator:{row['regulator']}", kind="regulator", row=row)
    for row in now.rows("contracts"):
        one, two = f"lab:{row['lab']}", f"site:{row['site']}"
        if one in net and two in net:
            net.add_edge(one, two, flop=float(row["training_flop"] + row["inference_flop"]), row=row)
    return net


def drawn_links(net: nx.Graph, chosen: str) -> list[tuple[str, str, float]]:
    """The contracts to draw: all of an agent that is chosen, else the LINKS largest; lab, site, FLOP."""
    if chosen in net and net.degree(chosen):
        edges = [(a, b, d) for a, b, d in net.edges(chosen, data=True)]
    else:
        edges = sorted(net.edges(data=True), key=lambda edge: -edge[2]["flop"])[:LINKS]
    return [
        (a, b, d["flop"]) if a.startswith("lab:") else (b, a, d["flop"]) for a, b, d in edges if d["flop"] > 0
    ]


def slots(now: Snapshot) -> dict[str, int]:
    """The slot of every lab and site of this step; a free slot is given to the next that comes."""

    def make(at: Snapshot) -> dict[str, int]:
        before: dict[str, int] = at.film.derived("network slots", at.step - 1, make)[-1] if at.step else {}
        ids = [f"lab:{row['lab']}" for row in at.rows("labs")]
        made = {id_: before[id_] for id_ in ids if id_ in before}
        free = (n for n in range(len(ids) + len(made) + 1) if n not in set(made.values()))
        for id_ in ids:
            if id_ not in made:
                made[id_] = next(n for n in free if n not in made.values())
        counted: dict[str, int] = {}
        for row in at.rows("data_centres"):
            made[f"site:{row['site']}"] = counted.get(row["region"], 0)
            counted[row["region"]] = counted.get(row["region"], 0) + 1
        return made

    found: dict[str, int] = now.derived("network slots", make)[-1]
    return found


def samples(now: Snapshot, segment: str) -> tuple[list[tuple[int, Row]], float]:
    """Which purchases to draw dots for: (decile, row of purchases) for each dot, and users behind a dot.

    Every k-th user of a decile is drawn, counted through its purchases, so that dots are in proportion.
    """
    rows = [row for row in now.rows("purchases") if row["segment"] == segment]
    total = float(sum(row["users"] for row in rows))
    if total <= 0:
        return [], 0.0
    each = total / DOTS[segment]
    made: list[tuple[int, Row]] = []
    by_decile: dict[int, list[Row]] = {}
    for row in rows:
        by_decile.setdefault(int(row["decile"]), []).append(row)
    for decile, held in sorted(by_decile.items()):
        passed, drawn = 0.0, 0
        for row in held:
            passed += float(row["users"])
            while (drawn + 0.5) * each <= passed:
                made.append((decile, row))
                drawn += 1
    return made, each


def counts(now: Snapshot) -> dict[str, Any]:
    """Number of sites by region, in the order of the first rows."""
    found: dict[str, int] = {}
    for row in now.rows("data_centres"):
        found[row["region"]] = found.get(row["region"], 0) + 1
    return found
