"""Dask clusters: one of processes on this machine, or whatever stands behind a given scheduler."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

from experiments.code import code
from experiments.progress import say
from experiments.threads import pin
from model.errors import ScenarioError

SETTINGS: dict[str, Any] = {
    "distributed.comm.timeouts.connect": "30s",
    # A worker that is killed loses its run once; a run that kills two workers is recorded as failed.
    "distributed.scheduler.allowed-failures": 1,
    # No worker is given a run before it is free for it: what has not begun can be called off.
    "distributed.scheduler.worker-saturation": 1.0,
    # Dask's profiler keeps an hour of call trees: memory that grows, and time that the runs do not get.
    "distributed.worker.profile.enabled": False,
    "distributed.admin.low-level-log-length": 100,
    "distributed.worker.preload": ["experiments.worker"],
    # Dask makes workers give memory back at once; arrays that come and go then cost page faults.
    "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": 2**28,
    "distributed.nanny.pre-spawn-environ.MALLOC_MMAP_THRESHOLD_": 2**28,
}


@contextmanager
def local_cluster(workers: int) -> Iterator[Any]:
    """A Dask cluster of processes on this machine, silent; with a dashboard if bokeh is installed."""
    os.environ.setdefault("DASK_LOGGING__DISTRIBUTED", "critical")
    pin()
    import dask
    from distributed import Client, LocalCluster

    # Ctrl-C reaches the whole process group: workers born with it ignored leave the decision to us.
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with (
            tempfile.TemporaryDirectory(prefix="computeshift-", ignore_cleanup_errors=True) as scratch,
            dask.config.set(SETTINGS),
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
            _dashboard(client)
            yield client
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # closing is quick; let it end well
    finally:
        signal.signal(signal.SIGINT, handler)


@contextmanager
def remote_cluster(address: str) -> Iterator[Any]:
    """The workers behind a Dask scheduler; they need this version of computeshift, and no shared disk."""
    from distributed import Client

    os.environ.setdefault("DASK_LOGGING__DISTRIBUTED", "critical")
    try:
        client = Client(address, timeout="10s")
    except (OSError, TimeoutError, ValueError):
        raise ScenarioError(
            f"--scheduler {address}: no Dask scheduler answers there; start one, or use --workers"
        ) from None
    with client:
        _check_versions(client, address)
        _dashboard(client)
        yield client


def threads(client: Any) -> int:
    """How many runs the workers can make at once now."""
    workers = client.scheduler_info(n_workers=-1)["workers"].values()
    return sum(int(one["nthreads"]) for one in workers)


def _check_versions(client: Any, address: str) -> None:
    """All workers must run the same model as this process, or runs would not be comparable."""
    if not threads(client):
        say(f"no worker has joined {address} yet; waiting for the first")
        return
    try:
        found = client.run(code)
    except Exception as error:
        raise ScenarioError(
            f"--scheduler {address}: its workers cannot run computeshift ({type(error).__name__}:"
            f" {' '.join(str(error).split())[:120]}); install this version there"
        ) from None
    other = sorted(worker for worker, held in found.items() if held != code())
    if other:
        raise ScenarioError(
            f"--scheduler {address}: {len(other)} of its {len(found)} workers have another version of the"
            f" model (the first is {other[0]}); install this version there"
        )


def _dashboard(client: Any) -> None:
    if find_spec("bokeh") is not None:  # without it Dask names an address at which nothing answers
        say(f"dashboard: {client.dashboard_link}")
