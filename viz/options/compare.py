"""What the comparison draws: one reading under several regimes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from viz.options.base import Band, Line, Option, lines


class Path(NamedTuple):
    """One regime's path of a reading."""

    name: str  # in words
    colour: str
    dash: str
    values: Sequence[float]
    watched: bool = False


def one_reading(
    title: str,
    unit: str,
    labels: Sequence[str],
    paths: Sequence[Path],
    bands: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    *,
    log: bool = False,
) -> Option:
    """Lines by regime, the watched one thick; bands by name of a path."""
    series = [
        Line(
            f"{path.name} (watched)" if path.watched else path.name,
            path.values,
            path.colour,
            width=3.2 if path.watched else 1.9,
            dash=path.dash,
        )
        for path in paths
    ]
    behind = [
        Band(path.name, *bands[path.name], path.colour, opacity=0.10) for path in paths if path.name in bands
    ]
    return lines(title, unit, labels, series, bands=behind, log=log)


def dash_of(style: object) -> str:
    """Matplotlib's dashes in the chart library's words."""
    if style == "-":
        return "solid"
    return "dotted" if isinstance(style, tuple) and style[1][0] == 1 else "dashed"
