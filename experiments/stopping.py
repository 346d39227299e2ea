"""Ctrl-C once: finish what has begun, then stop. Twice: stop now. What is done is kept either way."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any, Self

from experiments.progress import say


class Stopper:
    """Inside its `with` block `asked` says whether Ctrl-C was pressed; the second raises KeyboardInterrupt.

    A polite end of the whole process (SIGTERM, as batch systems send) is taken as the second.
    """

    def __init__(self) -> None:
        self.asked = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._before = {
                signal.SIGINT: signal.signal(signal.SIGINT, self._interrupt),
                signal.SIGTERM: signal.signal(signal.SIGTERM, self._end),
            }
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        say("stopping: what has begun is finished first; Ctrl-C again stops now")

    def _end(self, number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt
