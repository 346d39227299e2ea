"""What a page is given."""

from __future__ import annotations

from typing import NamedTuple

from viz.film import Snapshot
from viz.session import Session


class View(NamedTuple):
    """The moment to show, and the tab that shows it."""

    now: Snapshot
    session: Session
    picture: int = 0  # counts drawings, so that a page is drawn anew when only the ghost or a twin has moved
