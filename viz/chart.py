"""The one chart component of the window: draws an ECharts option that a pure function has built."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import solara

HERE = Path(__file__).parent


@solara.component_vue(str(HERE / "live_chart.vue"))
def _Chart(
    option: str,
    height: str,
    points: int,
    name: str,
    panel: bool,
    clickable: bool,
    event_clicked: Callable[[dict[str, str]], None],
) -> None:
    """Properties as `live_chart.vue` expects them."""


@solara.component_vue(str(HERE / "keys.vue"))
def Keys() -> None:
    """The keyboard; shows nothing."""


def Chart(
    option: dict[str, Any],
    *,
    height: str = "280px",
    panel: bool = False,
    on_click: Callable[[str], None] | None = None,
) -> solara.Element:
    """A chart from an option of `viz.options`; `on_click` gets the `id` of the datum that is clicked.

    panel: with a frame. It is no component of its own: its option, in which every point is a list, would be
    compared and searched for elements at each picture.
    """
    own = option.get("computeshift", {})
    return _Chart(
        option=json.dumps(option, allow_nan=False),
        height=height,
        points=int(own.get("points_drawn", 0)),
        name=str(own.get("name", "chart")),
        panel=panel,
        clickable=on_click is not None,
        event_clicked=(lambda event: on_click(str(event.get("id", ""))))
        if on_click
        else (lambda event: None),
    )
