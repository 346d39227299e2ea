"""The pages of the window, found automatically: one file `viz/pages/NAME.py` each.

A page is a module with

* `TITLE`: what its tab says, in a few words;
* `ORDER`: a whole number; pages stand in this order (Overview is 10, Compare regimes 30, Replay 100 ...);
* `ICON`: the name of a Material Design icon, e.g. "mdi-chart-line";
* `Page(view)`: one `@solara.component`, drawn anew after each step while its tab is open, and only then.

`view` is a `viz.view.View`. `view.now` is a `viz.film.Snapshot`, the only thing that a page reads of a run:
metrics, rows of every table of `model.schema`, events; a running industry and stored results look alike.
`view.session` is the state of this browser tab (`viz.session`): the chosen agent, the setup, the ghost of the
last run. A page changes nothing but through methods and reactive values of the session.

Charts are `viz.chart.Chart(option)`. Options are built by pure functions in `viz/options/NAME.py`, which are
tested without a browser; `viz.options.base` has lines, bands and marks, and the key `computeshift` of an
option (unit, name, points_drawn; points = hover cards of its own) tells the chart what JSON cannot. Cards,
headings, notes and tables are in `viz.parts`, readings that several pages share in `viz.readings`. Numbers
per step over a whole run go through `view.now.derived`, which works each step out once.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple


class PageOf(NamedTuple):
    """One page: the name of its file (as in links), title, order, icon, component."""

    name: str
    title: str
    order: int
    icon: str
    component: Callable[..., Any]


@lru_cache(maxsize=1)
def pages() -> tuple[PageOf, ...]:
    """All pages in their order."""
    found = []
    for item in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{item.name}")
        found.append(PageOf(item.name, module.TITLE, module.ORDER, module.ICON, module.Page))
    return tuple(sorted(found, key=lambda page: (page.order, page.name)))
