"""What the page of events draws: how many of each kind happen in each step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from viz.options.base import GREY, Option, lines

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#5e4fa2", "#8c6d31")


def by_kind(labels: Sequence[str], counts: Sequence[Mapping[str, int]]) -> Option:
    """Bars piled up by kind; the commonest kinds have a colour, all others are grey."""
    total: dict[str, int] = {}
    for step in counts:
        for kind, count in step.items():
            total[kind] = total.get(kind, 0) + count
    order = sorted(total, key=lambda kind: (-total[kind], kind))
    shown, rest = order[: len(COLOURS)], order[len(COLOURS) :]
    groups = [(kind, colour, [kind]) for kind, colour in zip(shown, COLOURS, strict=False)]
    groups += [("all other kinds", GREY, rest)] if rest else []
    option = lines("Events by kind", "in each step", labels, [], least=0.0)
    option["xAxis"]["boundaryGap"] = True
    option["legend"] |= {"show": True, "data": [name for name, _, _ in groups]}
    option["grid"]["bottom"] = 34
    option["tooltip"] |= {"axisPointer": {"type": "shadow"}}
    option["series"] = [
        {"type": "bar", "stack": "all", "name": name, "color": colour, "itemStyle": {"color": colour},
         "data": [sum(step.get(kind, 0) for kind in kinds) for step in counts]}
        for name, colour, kinds in groups
    ]  # fmt: skip
    option["computeshift"]["points_drawn"] = len(counts)
    return option
