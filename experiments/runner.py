"""Making the runs: here, on a local Dask cluster, or on a given one; the same tables each way.

A run travels as a scenario and a seed and comes back as Parquet bytes, so that workers need no
shared disk and only this process writes. A run that fails is recorded and the others go on.
"""

from __future__ import annotations

import gc
import io
import os
import signal
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from experiments.progress import Progress
from experiments.store import Store, Task
from experiments.threads import pin


@dataclass(frozen=True)
class Payload:
    """What a worker sends back: tables as Parquet bytes, or the traceback of a failure."""

    tables: Mapping[str, bytes]
    extra: Mapping[str, Any]
    seconds: float
    failure: str = ""


def execute(
    mapping: Mapping[str, Any],
    name: str,
    seed: int,
    progress: Callable[[int, int], None] | None = None,
    *,
    tables: Sequence[str] | None = None,
    read: Callable[[Any], Mapping[str, Any]] | None = None,
) -> Payload:
    """One run, start to end, wherever it happens. Never raises for a fault of the run itself.

    `tables`: those that come back (None: all). `read`: what else is read off the results before the rest
    is forgotten; it is kept in the manifest.
    """
    begun = time.perf_counter()
    try:
        from model import Scenario, simulate

        scenario = Scenario.from_mapping(mapping, where=name, name=name)
        results = simulate(scenario, seed=int(seed), progress=progress)
        packed = {}
        for key, table in results.tables.items():
            if tables is not None and key not in tables:
                continue
            buffer = io.BytesIO()
            table.to_parquet(buffer, index=False, compression="zstd")
            packed[key] = buffer.getvalue()
        extra = {**results.extra, **(read(results) if read is not None else {})}
        del results
        return Payload(packed, extra, time.perf_counter() - begun)
    except Exception:
        return Payload({}, {}, time.perf_counter() - begun, traceback.format_exc())
    finally:
        gc.collect()  # a finished Mesa model holds itself until a full collection


def keep(store: Store, task: Task, payload: Payload) -> bool:
    """Write what came back; False when it was a failure."""
    import pandas as pd

    from model.results import Results

    if payload.failure:
        store.note_failure(task, payload.failure)
        return False
    tables = {key: pd.read_parquet(io.BytesIO(data)) for key, data in payload.tables.items()}
    results = Results(tables, task.scenario, task.seed, payload.extra)
    results.save(store.run_folder(task), seconds=round(payload.seconds, 2))
    store.forget_failure(task)
    return True


Work = Callable[..., Payload]
"""What makes one run: takes a scenario's mapping, its name and a seed."""


def run_serial(store: Store, tasks: Sequence[Task], progress: Progress, work: Work = execute) -> None:
    """One after the other in this process."""
    for task in tasks:
        payload = work(task.scenario.to_mapping(), task.scenario.name, task.seed, progress.inside)
        progress.done(task.key, ok=keep(store, task, payload))


def run_parallel(
    store: Store, tasks: Sequence[Task], progress: Progress, client: Any, work: Work = execute
) -> None:
    """As workers become free; whatever is finished is written at once."""
    from distributed import as_completed

    futures = {
        client.submit(work, task.scenario.to_mapping(), task.scenario.name, task.seed, pure=False): task
        for task in tasks
    }
    try:
        for future in as_completed(list(futures)):
            task = futures.pop(future)
            try:
                payload = future.result()
            except Exception:  # the worker itself died
                payload = Payload({}, {}, 0.0, traceback.format_exc())
            progress.done(task.key, ok=keep(store, task, payload))
            future.release()
    finally:
        client.cancel(list(futures), force=True)


@contextmanager
def local_cluster(workers: int) -> Iterator[Any]:
    """A Dask cluster of processes on this machine, silent and without a dashboard."""
    os.environ.setdefault("DASK_LOGGING__DISTRIBUTED", "critical")
    pin()
    import dask
    from distributed import Client, LocalCluster

    # Ctrl-C reaches the whole process group: workers born with it ignored leave the decision to us.
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with (
            tempfile.TemporaryDirectory(prefix="computeshift-") as scratch,
            # Dask makes workers give memory back at once; arrays that come and go then cost page faults.
            dask.config.set(
                {
                    "distributed.comm.timeouts.connect": "30s",
                    "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": 2**28,
                    "distributed.nanny.pre-spawn-environ.MALLOC_MMAP_THRESHOLD_": 2**28,
                }
            ),
            LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                processes=True,
                host="127.0.0.1",
                dashboard_address="127.0.0.1:0",
                local_directory=scratch,
                memory_limit=0,
                silence_logs=50,
            ) as cluster,
            Client(cluster) as client,
        ):
            signal.signal(signal.SIGINT, handler)
            yield client
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # closing is quick; let it end well
    finally:
        signal.signal(signal.SIGINT, handler)


@contextmanager
def remote_cluster(address: str) -> Iterator[Any]:
    """The workers behind a Dask scheduler; they need computeshift installed, and no shared disk."""
    from distributed import Client

    from model.errors import ScenarioError

    os.environ.setdefault("DASK_LOGGING__DISTRIBUTED", "critical")
    try:
        client = Client(address, timeout="10s")
    except (OSError, TimeoutError, ValueError):
        raise ScenarioError(
            f"--scheduler {address}: no Dask scheduler answers there; start one, or use --workers"
        ) from None
    with client:
        yield client
