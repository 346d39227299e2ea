"""An end to runs that hang: first by an exception, then, if the run does not notice, by ending its worker."""

from __future__ import annotations

import ctypes
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

TOPIC = "computeshift"
GRACE_S = 5.0
FAREWELL_S = 1.0


class TimeLimit(BaseException):
    """The run has taken longer than it may; no Exception, so that no handler of the model keeps it."""


@contextmanager
def time_limit(seconds: float | None) -> Iterator[None]:
    """Raise TimeLimit in this thread after so many seconds.

    Code that waits outside Python does not notice. In a Dask worker the process is then ended after another
    five seconds, having told the client which run it was; the worker's nanny starts a new one.
    """
    if seconds is None:
        yield
        return
    over, guard, thread = threading.Event(), threading.Lock(), threading.get_ident()
    end = _ender()

    def watch() -> None:
        if over.wait(seconds):
            return
        with guard:
            if over.is_set():
                return
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(TimeLimit))
        if end is not None and not over.wait(GRACE_S):
            end()

    threading.Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        with guard:
            over.set()


def _ender() -> Callable[[], None] | None:
    """What ends this process, if it is a Dask worker."""
    from distributed import get_worker

    try:
        worker = get_worker()
        key = worker.get_current_task()
    except ValueError:
        return None

    def end() -> None:
        worker.loop.add_callback(worker.log_event, TOPIC, {"hung": key})
        time.sleep(FAREWELL_S)
        os._exit(1)

    return end
