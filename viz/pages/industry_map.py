"""Industry map: who buys from whom, who computes where, who watches."""

from __future__ import annotations

import solara

from experiments.words import number
from viz.cast import REGION_COLOURS, REGION_WORDS, REGIONS, lab_colours, lab_names
from viz.chart import Chart
from viz.film import Row, Snapshot
from viz.inspector import Inspector
from viz.network import counts, drawn_links, network, samples, slots
from viz.options import industry_map as options
from viz.parts import Note, visible
from viz.view import View

TITLE = "Industry map"
ORDER = 20
ICON = "mdi-graph-outline"
NOBODY = "#c9ccd1"


@solara.component
def Page(view: View) -> None:
    """The page."""
    chosen = view.session.chosen.value
    with solara.Div(classes=["cs-panel"]):
        Chart(drawn(view.now, chosen), height="640px", on_click=view.session.chosen.set)
    Note(
        "Above, users from poor to rich, coloured by the lab that serves them (grey: other labs; pale: no"
        " AI). In the middle, labs: area is their share of revenue, a dashed rim means that the regulator"
        " has not seen it. Below, data centres on their regions: side by log of MW in use. Lines are"
        " contracts for compute: the largest, or all of the agent that is chosen. Click an agent for its"
        " state and its last decision, a word of the legend to hide it."
    )
    Inspector(view)


def drawn(now: Snapshot, chosen: str) -> options.Option:
    """The picture of a step."""
    net, places = network(now), slots(now)
    colours, names = lab_colours(now), lab_names(now)
    boxes = options.regions({r: n for r in REGIONS if (n := counts(now).get(r, 0))}, REGION_COLOURS)
    where = _places(net, places, boxes)
    largest = max((flop for _, _, flop in drawn_links(net, chosen)), default=1.0)
    links = [
        options.Link(
            *where[lab], *where[site], flop / largest, colours[int(lab[4:])],
            f"{net.nodes[lab]['row']['name']} at {net.nodes[site]['row']['name']}\n"
            f"{number(flop)} FLOP this step",
        )
        for lab, site, flop in drawn_links(net, chosen)
    ]  # fmt: skip
    labs = [
        options.Lab(
            id_, data["row"]["name"], *where[id_], float(data["row"]["share_revenue"]),
            visible(colours[data["row"]["lab"]]), lab_card(data["row"]),
            bool(data["row"]["observed"]),
        )
        for id_, data in net.nodes(data=True) if data["kind"] == "lab"
    ]  # fmt: skip
    sites = [
        options.Site(
            id_, data["row"]["name"], *where[id_], float(data["row"]["power_mw"]),
            REGION_COLOURS.get(data["row"]["region"], options.GREY), site_card(data["row"]),
        )
        for id_, data in net.nodes(data=True) if data["kind"] == "site"
    ]  # fmt: skip
    watchers = [
        (id_, data["row"]["regulator"], f"{data['row']['regulator']}\nrule: {data['row']['rule']}")
        for id_, data in net.nodes(data=True)
        if data["kind"] == "regulator"
    ]
    people, each = _dots(now, "person", colours, names)
    firms, each_firm = _dots(now, "business", colours, names)
    words = {
        "people": f"people by wealth, 1 dot = {number(round_two(each))} people",
        "firms": f"firms by budget, 1 dot = {number(round_two(each_firm))} firms",
        "poor": "poorest tenth", "rich": "richest tenth",
        "poor firms": "smallest budgets", "rich firms": "largest",
        **REGION_WORDS,
    }  # fmt: skip
    return options.industry_map(people, firms, labs, sites, boxes, watchers, links, words, chosen)


def _places(
    net: options.Any, places: dict[str, int], boxes: list[options.Region]
) -> dict[str, tuple[float, float]]:
    """Where every node of the network is."""
    by_region = {box.name: box for box in boxes}
    labs = [places[id_] for id_, data in net.nodes(data=True) if data["kind"] == "lab"]
    sites: dict[str, int] = {}
    for _, data in net.nodes(data=True):
        if data["kind"] == "site":
            sites[data["row"]["region"]] = sites.get(data["row"]["region"], 0) + 1
    found = {}
    for id_, data in net.nodes(data=True):
        if data["kind"] == "lab":
            found[id_] = options.place_lab(places[id_], max(labs) + 1)
        elif data["kind"] == "site" and data["row"]["region"] in by_region:
            region = data["row"]["region"]
            found[id_] = options.place_site(places[id_], sites[region], by_region[region])
    return found


def _dots(
    now: Snapshot, segment: str, colours: dict[int, str], names: dict[int, str]
) -> tuple[list[options.Dot], float]:
    held, each = samples(now, segment)
    made, seen = [], {}
    for decile, row in held:
        at = seen[decile] = seen.get(decile, -1) + 1
        x, y = options.place_user(at, segment == "person", decile)
        lab = int(row["lab"])
        who = names.get(lab, "an open model") if lab >= 0 else "no AI"
        colour = colours.get(lab, options.GREY) if lab >= 0 else NOBODY
        card = f"wealth decile {decile}, uses {who}"
        made.append(options.Dot(x, y, colour, card, f"lab:{lab}" if lab >= 0 else ""))
    return made, each


def round_two(value: float) -> float:
    """Two significant digits."""
    return float(f"{value:.2g}")


def lab_card(row: Row) -> str:
    """What is said on hover over a lab."""
    return (
        f"{row['name']}\n{100 * row['share_revenue']:.1f} % of revenue, {number(row['users'])} users\n"
        f"best capability {number(row['capability_oom'])} OOM of FLOP\ncash {number(row['cash_usd'])} USD"
    )


def site_card(row: Row) -> str:
    """What is said on hover over a data centre."""
    return (
        f"{row['name']} ({row['owner']})\n{number(row['power_mw'])} MW in use, {number(row['pending_mw'])} MW"
        f" under construction,\n{number(row['waiting_mw'])} MW waiting for a permit\n"
        f"largest block {number(row['block_mw'])} MW"
    )
