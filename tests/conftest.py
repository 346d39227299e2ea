"""What all tests share: small runs only, no benchmark unless it is asked for by name."""

from __future__ import annotations

import os
from pathlib import Path

# Figures are drawn without a display, and no test may fight others for the cores.
os.environ.setdefault("MPLBACKEND", "Agg")
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import pytest  # noqa: E402  (after the settings above)
from hypothesis import settings  # noqa: E402

# The gate tries the same examples every time; at a desk each run tries new ones.
settings.register_profile("gate", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("gate")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Benchmarks live in tests/bench and run by `make bench` only."""
    if collection_path.name != "bench":
        return None
    asked = any("bench" in str(argument) for argument in config.invocation_params.args)
    return None if asked else True
