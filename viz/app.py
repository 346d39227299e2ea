"""The application that the server shows: one session for each browser tab."""

from __future__ import annotations

import solara

from viz.opened import OPENED
from viz.session import Session
from viz.shell import Window


@solara.component
def Page() -> None:
    """One browser tab."""
    router = solara.use_router()
    session = solara.use_memo(lambda: Session(OPENED, router.search or ""), [])

    def lifecycle():  # type: ignore[no-untyped-def]
        return session.close

    solara.use_effect(lifecycle, [])
    solara.Title("computeshift")
    Window(session)
