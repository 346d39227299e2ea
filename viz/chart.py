"""The one chart component of the window: draws an ECharts option that a pure function has built."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import solara

HERE = Path(__file__).parent


@solara.component_vue(str(HERE / "live_chart.vue"))
def _Chart(
    option: dict[str, Any],
    height: str,
    points: int,
    name: str,
    clickable: bool,
    event_clicked: Callable[[dict[str, str]], None],
) -> None:
    """Properties as `live_chart.vue` expects them."""


@solara.component_vue(str(HERE / "keys.vue"))
def Keys() -> None:
    """The keyboard; shows nothing."""


@solara.component
def Chart(
    option: dict[str, Any],
    *,
    height: str = "280px",
    on_click: Callable[[str], None] | None = None,
) -> None:
    """A chart from an option of `viz.options`; `on_click` gets the `id` of the datum that is clicked."""
    own = option.get("computeshift", {})
    _Chart(
        option=option,
        height=height,
        points=int(own.get("points_drawn", 0)),
        name=str(own.get("name", "chart")),
        clickable=on_click is not None,
        event_clicked=(lambda event: on_click(str(event.get("id", ""))))
        if on_click
        else (lambda event: None),
    )
