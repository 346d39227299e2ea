"""How large the largest places are: training blocks against compute, sites against power."""

from __future__ import annotations

import numpy as np

from model.metrics import Snapshot, metric
from model.metrics.measures import hhi, ratio, sums_by, top
from model.metrics.snapshot import Floats


@metric(unit="share")
def largest_training_block_share(snapshot: Snapshot) -> float:
    """Largest co-located training block over all compute of AI.

    max_j labs.training_block_flop / (sum_j labs.training_flop_used + sum_k tiers.inference_flop):
    plain FLOP of the step; labs of open models and self-hosting count. NaN without compute.
    """
    training = float(snapshot.floats("labs", "training_flop_used").sum())
    serving = float(snapshot.floats("tiers", "inference_flop").sum())
    return ratio(top(snapshot.floats("labs", "training_block_flop")), training + serving)


def flop_per_mw(snapshot: Snapshot) -> float:
    """Training FLOP that an average MW of the data centres delivers in a step."""
    capacity = float(snapshot.floats("data_centres", "capacity_flop").sum())
    return ratio(capacity, float(snapshot.floats("data_centres", "power_mw").sum()))


@metric(unit="MW")
def largest_training_block_mw(snapshot: Snapshot) -> float:
    """Power of the largest co-located training block.

    max_j labs.training_block_flop / f, f = sum capacity_flop / sum power_mw of the data centres:
    training FLOP per MW and step of the average site. NaN without sites.
    """
    return ratio(top(snapshot.floats("labs", "training_block_flop")), flop_per_mw(snapshot))


@metric(unit="MW")
def inference_mw(snapshot: Snapshot) -> float:
    """Power that serves users, self-hosting included.

    q sum_k tiers.inference_flop / f: q = technology.inference_price_ratio (a decoding FLOP takes as
    much hardware as q training FLOP), f as in largest_training_block_mw. NaN without sites.
    """
    serving = float(snapshot.floats("tiers", "inference_flop").sum())
    hardware = serving * snapshot.setting("technology.inference_price_ratio", 1.0)
    return ratio(hardware, flop_per_mw(snapshot))


def places_mw(snapshot: Snapshot) -> Floats:
    """Power of the largest place within each row: the row itself unless it pools smaller blocks."""
    power = snapshot.floats("data_centres", "power_mw")
    if "block_mw" not in snapshot.tables.get("data_centres", {}):
        return power
    block = snapshot.floats("data_centres", "block_mw")
    return np.where(block > 0.0, np.minimum(block, power), power)


@metric(unit="MW")
def largest_site_mw(snapshot: Snapshot) -> float:
    """Power of the largest data centre in one place.

    max_d min(power_mw, block_mw): rows that pool an owner's unlisted sites count with their largest
    block only. NaN without sites.
    """
    return top(snapshot.view(places_mw))


@metric(unit="index 0-1")
def power_hhi(snapshot: Snapshot) -> float:
    """Concentration of power over places (HHI, base: MW by site).

    HHI = sum_d (P_d / sum P)^2 over data centres, P = power_mw; a row that pools sites counts as
    P_d / B_d blocks of B_d = min(power_mw, block_mw), i.e. as P_d B_d / (sum P)^2.
    """
    power = snapshot.floats("data_centres", "power_mw")
    total = float(power.sum())
    return ratio(float(power @ snapshot.view(places_mw)), total * total)


@metric(unit="index 0-1")
def power_hhi_owners(snapshot: Snapshot) -> float:
    """Concentration of power over owners (HHI, base: MW by owner).

    HHI = sum_o (P_o / sum P)^2, P_o = power_mw of all data centres of owner o.
    """
    owner = snapshot.texts("data_centres", "owner").astype(np.str_)
    return hhi(sums_by(owner, snapshot.floats("data_centres", "power_mw")))
