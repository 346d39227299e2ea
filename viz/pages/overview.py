"""Overview: where the industry stands, in six numbers and six charts."""

from __future__ import annotations

import math

import solara

from experiments.words import colours, number
from viz.chart import Chart
from viz.ensemble import bands
from viz.film import Snapshot
from viz.options import overview as options
from viz.parts import Card, Cards, Note, visible
from viz.readings import film_paths, marks, path, paths
from viz.view import View

TITLE = "Overview"
ORDER = 10
ICON = "mdi-view-dashboard"

# reading, what it says, unit, whether its change is told as a ratio
CARDS = (
    ("frontier_capability_oom", "Best capability on sale", "OOM of FLOP", False),
    ("power_gw", "Power of data centres", "GW", False),
    ("fixed_quality_usd_month", "Price of the best quality at the start", "USD a month", True),
    ("equal_labs", "Labs as concentrated in revenue (all labs)", "equal labs", False),
    ("visibility_users", "Users of dangerous tiers seen", "%", False),
    ("poorest_surplus_usd_month", "Surplus of a person in the poorest tenth", "USD a month", False),
)


@solara.component
def Page(view: View) -> None:
    """The page."""
    now = view.now
    Cards(cards(now))
    found = drawn(view)
    with solara.Div(classes=["cs-grid", "cs-two"], style={"margin-top": "12px"}):
        for option in (
            options.capability(found),
            options.compute(found),
            options.prices(found),
            options.shares(found, labs(now)),
            options.power(found),
            options.sight(found),
        ):
            Chart(option, panel=True)
    Note(
        "Thick line: the watched run. Dashed: the run before it. Pale band: range of a few seeds of the same "
        "regime as it ships, whatever is changed here. Vertical lines: rules that begin and the first event "
        "of each kind; +1 stands for one more in the same step, all are in the log. Ctrl and the wheel zoom; "
        "the small arrow saves a picture. No forecast: all of it follows from the assumptions."
    )


def cards(now: Snapshot) -> list[Card]:
    """The headline numbers with their change in the last step."""
    made = []
    for name, label, unit, ratio in CARDS:
        held = path(now, name)
        before = held[-2] if len(held) > 1 else math.nan
        made.append(Card(label, shown(held[-1], unit), unit, change(held[-1], before, unit, ratio), name))
    return made


def drawn(view: View) -> options.Paths:
    """What the charts are made from."""
    now, ghost = view.now, view.session.ghost
    name = now.scenario.name
    band, seeds = bands(now.scenario)
    show_ghost = ghost is not None and not view.session.replaying.value
    return options.Paths(
        labels=now.labels,
        now=paths(now),
        ghost=film_paths(ghost) if show_ghost and ghost is not None else {},
        band=band,
        marks=marks(now),
        colour=visible(colours([name])[name]),
        band_name=f"range of {seeds} seeds",
    )


def labs(now: Snapshot, most: int = 6) -> list[tuple[str, str, list[float]]]:
    """Name, colour and revenue share by step of the labs that have mattered most, and of all others."""
    by_step = now.derived(
        "shares", lambda s: {row["lab"]: (row["name"], row["share_revenue"]) for row in s.rows("labs")}
    )
    weight: dict[int, float] = {}
    names: dict[int, str] = {}
    colour: dict[int, str] = {}
    top: list[int] = []
    for frame in by_step:
        for lab, (name, share) in frame.items():
            weight[lab] = weight.get(lab, 0.0) + (share if math.isfinite(share) else 0.0)
            names[lab] = name
        top = sorted(sorted(weight, key=lambda lab: -weight[lab])[:most])
        for lab in top:  # a lab keeps its colour; a new one gets one that no other of the present top has
            if lab not in colour:
                taken = {colour[other] for other in top if other in colour}
                free = [one for one in options.LABS if one not in taken]
                colour[lab] = (free or list(options.LABS))[0]
    for at, lab in enumerate(top):  # one that comes back may find its colour with another
        if any(colour[lab] == colour[other] for other in top[:at]):
            colour[lab] = next(c for c in options.LABS if c not in {colour[other] for other in top})
    made = [(names[lab], colour[lab], [frame.get(lab, ("", 0.0))[1] for frame in by_step]) for lab in top]
    rest = [sum(share for lab, (_, share) in frame.items() if lab not in top) for frame in by_step]
    return [*made, ("all others", "#b0b4ba", rest)] if len(weight) > most else made


def shown(value: float, unit: str) -> str:
    """A value with sensible digits; shares as percent."""
    if unit == "%":
        return f"{100 * value:.0f}" if math.isfinite(value) else "–"
    return f"{value:.2f}" if unit.startswith("OOM") and math.isfinite(value) else number(value)


def change(value: float, before: float, unit: str, ratio: bool) -> str:
    """The change since the last step, in words."""
    if not (math.isfinite(value) and math.isfinite(before)):
        return ""
    if ratio and before > 0:
        return f"{_signed(100 * (value / before - 1), 1)} % this step"
    scale = 100.0 if unit == "%" else 1.0
    digits = 2 if abs(value - before) * scale < 10 else 0
    points = " points" if unit == "%" else ""
    return f"{_signed(scale * (value - before), digits)}{points} this step"


def _signed(value: float, digits: int) -> str:
    told = f"{abs(value):.{digits}f}"
    return "±0" if float(told) == 0 else ("+" if value > 0 else "−") + told
