"""What is left of a tab when it is closed: nothing."""

from __future__ import annotations

import gc
import weakref

import ipywidgets
import pytest
from solara import lifecycle
from solara.server.kernel import Kernel
from solara.server.kernel_context import VirtualKernelContext
from solara.toestand import Singleton

from viz.server import let_tabs_go

pytestmark = pytest.mark.filterwarnings("default")  # of widget libraries that others maintain


class Model:
    """Stands for what a tab holds."""

    def step(self) -> None:
        """What a task calls."""


@pytest.mark.parametrize("mended", [True, False])
def test_a_closed_tab_keeps_no_model(mended: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other half is the fault itself: when that is gone from Solara, the mending can go too."""
    monkeypatch.setattr(ipywidgets.Widget, "close_all", lambda: None)  # there is no page, hence no widget
    monkeypatch.setattr(lifecycle, "on_kernel_start", lifecycle.on_kernel_start)
    monkeypatch.setattr(lifecycle, "_on_kernel_start_callbacks", list(lifecycle._on_kernel_start_callbacks))
    if mended:
        let_tabs_go()
    held = weakref.ref(model := Model())

    context = VirtualKernelContext(id=f"tab-{mended}", kernel=Kernel(), session_id="one")
    with context:
        Singleton(model.step)  # as each task of a page does
    before = len(lifecycle._on_kernel_start_callbacks)
    context.close()
    assert (len(lifecycle._on_kernel_start_callbacks) < before) == mended
    del model, context
    gc.collect()
    assert (held() is None) == mended
