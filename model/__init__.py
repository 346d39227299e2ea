"""computeshift: an agent-based laboratory of the AI industry as compute shifts to inference.

The public names are loaded on first use, so that input can be judged before Mesa is imported and so
that `agents` can import the equations without a circle.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from model.machine_code import settle

if TYPE_CHECKING:
    from model.industry import Industry
    from model.results import Results
    from model.run import simulate
    from model.scenario import Scenario

__all__ = ["Industry", "Results", "Scenario", "simulate"]
__version__ = "0.1.0"

_HOME = {
    "Industry": "model.industry",
    "Results": "model.results",
    "Scenario": "model.scenario",
    "simulate": "model.run",
}


settle()


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'model' has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_HOME[name]), name)
