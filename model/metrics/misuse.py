"""Misuse: who reaches danger by which channel, and what weights add."""

from __future__ import annotations

import numpy as np

from model.metrics import Snapshot, metric
from model.metrics.measures import ratio, top, weighted_mean
from model.metrics.snapshot import Flags
from model.metrics.views import closed


@metric(unit="share")
def misuse_reach(snapshot: Snapshot) -> float:
    """Share of malicious actors who reach the danger level by some channel.

    sum misuse.reach / sum misuse.actors: reach = those with capability >= oversight.danger_oom in a
    dangerous task, within their budget and for all the tasks that they want. NaN without actors.
    """
    return _share(snapshot, "reach")


@metric(unit="share")
def misuse_reach_api(snapshot: Snapshot) -> float:
    """Share of malicious actors who reach the danger level by what labs sell.

    sum misuse.reach_api / sum misuse.actors.
    """
    return _share(snapshot, "reach_api")


@metric(unit="share")
def misuse_reach_open(snapshot: Snapshot) -> float:
    """Share of malicious actors who reach the danger level by open weights [C14].

    sum misuse.reach_open / sum misuse.actors: on rented hardware, safeguards stripped.
    """
    return _share(snapshot, "reach_open")


@metric(unit="share")
def misuse_reach_leaked(snapshot: Snapshot) -> float:
    """Share of malicious actors who reach the danger level by leaked weights.

    sum misuse.reach_leaked / sum misuse.actors: at an illicit host.
    """
    return _share(snapshot, "reach_leaked")


@metric(unit="share")
def misuse_reach_open_few(snapshot: Snapshot) -> float:
    """Share of the actors with few tasks who reach the danger level by open weights [C54].

    misuse.reach_open / misuse.actors in the row of few tasks.
    """
    return _share(snapshot, "reach_open", "few tasks")


@metric(unit="share")
def misuse_reach_open_many(snapshot: Snapshot) -> float:
    """Share of the actors with many tasks who reach the danger level by open weights [C54].

    misuse.reach_open / misuse.actors in the row of many tasks.
    """
    return _share(snapshot, "reach_open", "many tasks")


@metric(unit="share")
def misuse_open_less_api(snapshot: Snapshot) -> float:
    """How many more malicious actors reach danger by open or leaked weights than by APIs [S3].

    The larger of misuse_reach_open and misuse_reach_leaked, less misuse_reach_api.
    """
    weights = max(misuse_reach_open(snapshot), misuse_reach_leaked(snapshot))
    return weights - misuse_reach_api(snapshot)


@metric(unit="OOM")
def misuse_uplift_oom(snapshot: Snapshot) -> float:
    """What malicious actors reach against the best closed model on sale.

    mean of misuse.level_oom, weighted by the actors who reach anything (take_api + take_open +
    take_leaked), less the largest tiers.danger_capability_oom of closed tiers. Mostly below zero: few can
    pay for the best, or avoid being noticed. NaN if nobody reaches anything or nothing closed is on sale.
    """
    if not _there(snapshot):
        return float("nan")
    takes = [snapshot.floats("misuse", f"take_{key}") for key in ("api", "open", "leaked")]
    level = weighted_mean(snapshot.floats("misuse", "level_oom"), np.sum(takes, axis=0))
    return level - top(snapshot.floats("tiers", "danger_capability_oom")[snapshot.view(closed)])


@metric(unit="OOM")
def misuse_weights_gain_oom(snapshot: Snapshot) -> float:
    """What open and leaked weights add for malicious actors who could also use what labs sell.

    mean of misuse.weights_gain_oom weighted by misuse.with_api: best by any channel less best by API.
    """
    if not _there(snapshot):
        return float("nan")
    gain = snapshot.floats("misuse", "weights_gain_oom")
    return weighted_mean(gain, snapshot.floats("misuse", "with_api"))


def _there(snapshot: Snapshot) -> bool:
    return bool(snapshot.tables.get("misuse"))


def _share(snapshot: Snapshot, name: str, wants: str = "") -> float:
    """Actors in a column over all actors, of one kind or both."""
    kind = snapshot.texts("misuse", "wants")
    mine: Flags = (kind == wants) if wants else np.ones(kind.size, dtype=np.bool_)
    people = float(snapshot.floats("misuse", "actors")[mine].sum())
    return ratio(float(snapshot.floats("misuse", name)[mine].sum()), people)
