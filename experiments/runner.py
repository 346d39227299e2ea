"""Making the runs: here, or on a Dask cluster; the same tables each way.

A run travels as plain values and comes back as Parquet bytes, so that workers need no shared disk and
only this process writes. A run that fails is recorded and the others go on. Only so many runs are handed
out at once as the workers can begin soon, and nothing of a run stays here once it is written.
"""

from __future__ import annotations

import gc
import hashlib
import queue
import time
import traceback
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from experiments.limit import TOPIC
from experiments.progress import Progress, say
from experiments.runs import Job, Payload, Runs, StorageError
from experiments.stopping import Stopper

TICK_S, CENSUS_S = 0.2, 5.0
PREFIX = "computeshift"
"""Of all keys: Dask keeps statistics of each prefix that it meets for good."""
AHEAD = 3
"""Runs handed out for each that can be made at once."""


@lru_cache(maxsize=1)
def load() -> None:
    """Import what a run needs, once in a process, so that its first run is not charged with it."""
    import experiments.compare
    import model.industry
    import model.metrics

    assert experiments.compare and model.industry
    model.metrics.registry()
    gc.collect()
    gc.freeze()  # what is loaded stays: spares the collection after each run a tenth of a second


def execute(
    mapping: Mapping[str, Any],
    name: str,
    seed: int,
    progress: Callable[[int, int], None] | None = None,
    *,
    tables: Sequence[str] | None = None,
    read: Callable[[Any], Mapping[str, Any]] | None = None,
    values: Mapping[str, Any] | None = None,
) -> Payload:
    """One run, start to end, wherever it happens. Never raises for a fault of the run itself.

    `tables`: those that come back (None: all). `read`: what else is read off the results before the rest
    is forgotten; it is kept in the manifest. `values`: parameters to move first, by dotted key.
    """
    try:
        load()
        begun = time.perf_counter()
        from experiments.code import code, commit
        from experiments.placing import placed
        from model import Scenario, simulate
        from model.results import describe, pack

        scenario = Scenario.from_mapping(mapping, where=name, name=name)
        if values:
            scenario = placed(scenario, values, where=name)
        results = simulate(scenario, seed=int(seed), progress=progress)
        kept = {key: table for key, table in results.tables.items() if tables is None or key in tables}
        packed = {key: pack(table) for key, table in kept.items()}
        manifest = {
            **describe(results),
            **(read(results) if read is not None else {}),
            "code": code(),
            "commit": commit(),
            "seconds": round(time.perf_counter() - begun, 4),
            "files": {key: hashlib.sha256(content).hexdigest() for key, content in packed.items()},
        }
        del results, kept
        return Payload(packed, manifest)
    except Exception:
        return Payload({}, {}, traceback.format_exc())
    finally:
        gc.collect()  # a finished Mesa model holds itself until a full collection


Work = Callable[..., Payload]
"""What makes one run: takes the arguments of a Job, and `progress` where it is made in this process."""


def run_serial(runs: Runs, tasks: Iterable[Job], progress: Progress, work: Work = execute) -> None:
    """One after the other in this process; KeyboardInterrupt once a stop is asked for and heeded."""
    with Stopper() as stopper:
        for task in tasks:
            payload = work(*task.arguments(), progress=progress.inside)
            progress.done(task.key, ok=runs.keep(task, payload))
            if stopper.asked:
                raise KeyboardInterrupt


def run_parallel(
    runs: Runs, tasks: Iterable[Job], progress: Progress, client: Any, work: Work = execute
) -> None:
    """As workers become free; whatever is finished is written at once. Stops as `run_serial` does."""
    flight = _Flight(client, work)
    waiting = iter(tasks)
    try:
        with Stopper() as stopper:
            while True:
                if stopper.asked:
                    flight.call_off()
                while not stopper.asked and flight.room():
                    task = next(waiting, None)
                    if task is None:
                        break
                    flight.send(task)
                if not flight.tasks:
                    break
                landed = flight.next()
                if landed is None:
                    progress.tick()
                    continue
                progress.done(landed[0].key, ok=runs.keep(*landed))
            if stopper.asked:
                raise KeyboardInterrupt
    finally:
        flight.close()


class _Flight:
    """The runs that are with the scheduler."""

    def __init__(self, client: Any, work: Work) -> None:
        self.client, self.work = client, work
        self.tasks: dict[str, Job] = {}
        self._futures: dict[str, Any] = {}
        self._arrived: queue.SimpleQueue[tuple[str, bool]] = queue.SimpleQueue()
        self._called_off = False
        self._most, self._counted = 0, -CENSUS_S
        client.subscribe_topic(TOPIC, self._hung)

    def room(self) -> bool:
        """Whether another run may be handed out."""
        from experiments.cluster import threads

        if time.monotonic() - self._counted > CENSUS_S:
            if self.client.status not in ("running", "connecting"):
                raise StorageError(
                    "the scheduler is gone; what is finished is kept, the same command goes on"
                )
            self._most, self._counted = AHEAD * max(2, threads(self.client)), time.monotonic()
        return len(self.tasks) < self._most

    def send(self, task: Job) -> None:
        """Hand out a run."""
        key = f"{PREFIX}-{uuid.uuid4().hex}"
        future = self.client.submit(self.work, *task.arguments(), key=key, pure=False)
        self.tasks[key], self._futures[key] = task, future
        future.add_done_callback(lambda one: self._arrived.put((one.key, False)))

    def next(self) -> tuple[Job, Payload] | None:
        """The next run that ends; None if there is none for a while."""
        try:
            key, hung = self._arrived.get(timeout=TICK_S)
        except queue.Empty:
            return None
        task, future = self.tasks.pop(key, None), self._futures.pop(key, None)
        if task is None:
            return None
        if hung:
            self.client.cancel([future], force=True)
            return task, Payload({}, {}, "TimeLimit: it did not end in time and did not heed it")
        try:
            return task, future.result()
        except Exception as error:
            return task, Payload({}, {}, _worker_fault(error))

    def call_off(self) -> None:
        """Take back whatever no worker has begun."""
        if self._called_off:
            return
        self._called_off = True
        begun = {key for keys in self.client.processing().values() for key in keys}
        idle = [key for key in self.tasks if key not in begun]
        self.client.cancel([self._futures[key] for key in idle], force=True)
        for key in idle:
            del self.tasks[key], self._futures[key]
        say(f"{len(self.tasks)} to finish")

    def close(self) -> None:
        """Forget all that is left."""
        self.client.unsubscribe_topic(TOPIC)
        self.client.cancel(list(self._futures.values()), force=True)

    def _hung(self, event: tuple[Any, Mapping[str, str]]) -> None:
        self._arrived.put((event[1]["hung"], True))


def _worker_fault(error: Exception) -> str:
    """What is recorded when not the run but its worker failed."""
    if type(error).__name__ == "KilledWorker":
        return "KilledWorker: each worker that took up this run died (killed, or out of memory)"
    return "".join(traceback.format_exception(error))
