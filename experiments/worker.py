"""What a Dask worker of ours does when it starts: leave Ctrl-C to the process that asked for the runs."""

from __future__ import annotations

import signal
import threading
from typing import Any


def dask_setup(worker: Any) -> None:
    """Called by Dask in each new worker, also in one that replaces a worker that was killed."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.SIG_IGN)
