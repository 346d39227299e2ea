"""How far work is spread over places: what needs one large site, a permit for it, and who can see it."""

from __future__ import annotations

import numpy as np

from model.metrics import Snapshot, metric
from model.metrics.measures import look_up, pick, ratio, weighted_mean
from model.metrics.sites import flop_per_mw, places_mw
from model.metrics.snapshot import Floats

FRONTIER_SHARE = 0.1  # of the largest block: one order of magnitude


def _block_power(snapshot: Snapshot) -> Floats:
    """Power of each lab's co-located training block, MW; (n_labs,)."""
    return np.asarray(snapshot.floats("labs", "training_block_flop") / flop_per_mw(snapshot))


@metric(unit="MW")
def training_block_mw(snapshot: Snapshot) -> float:
    """Power of the co-located block in which the average FLOP of a training run is done.

    sum_j B_j b_j / sum_j B_j, B_j = labs.training_block_flop, b_j its power as in
    largest_training_block_mw. NaN without runs or sites.
    """
    return weighted_mean(_block_power(snapshot), snapshot.floats("labs", "training_block_flop"))


@metric(unit="sites")
def inference_sites_effective(snapshot: Snapshot) -> float:
    """Number of equal places over which serving is spread.

    (sum_d I_d)^2 / sum_d I_d^2 n_d^-1, I_d = data_centres.inference_flop; a row that pools sites counts as
    n_d = power_mw / min(power_mw, block_mw) places. NaN without serving.
    """
    serving = snapshot.floats("data_centres", "inference_flop")
    power, block = snapshot.floats("data_centres", "power_mw"), snapshot.view(places_mw)
    part = np.divide(block, power, out=np.ones_like(power), where=power > 0.0)
    return ratio(float(serving.sum()) ** 2, float((serving**2) @ part))


@metric(unit="share")
def permit_share(snapshot: Snapshot) -> float:
    """Share of labs' compute that needs a large permit: the state's lever over power.

    sum_j B_j [b_j >= compute.permit_reference_mw] / (sum_j labs.training_flop_used + q sum_k
    tiers.inference_flop of tiers that labs sell): B_j and b_j as in training_block_mw. Work that can be
    spread over small sites needs none. q = technology.inference_price_ratio.
    """
    block = snapshot.floats("labs", "training_block_flop")
    large = _block_power(snapshot) >= snapshot.setting("compute.permit_reference_mw")
    sold = ~snapshot.flags("tiers", "self_hosted")
    serving = float(snapshot.floats("tiers", "inference_flop")[sold].sum())
    serving *= snapshot.setting("technology.inference_price_ratio", 1.0)
    return ratio(
        float(block[large].sum()), float(snapshot.floats("labs", "training_flop_used").sum()) + serving
    )


@metric(unit="share")
def sight_share(snapshot: Snapshot) -> float:
    """Share of the training compute of frontier runs on sites that regulators have seen.

    sum over contracts of training_flop on sites with data_centres.seen / all of it, of labs whose
    training_block_flop is at least a tenth of the largest. NaN without runs or sites.
    """
    block = snapshot.floats("labs", "training_block_flop")
    frontier = (block > 0.0) & (block >= FRONTIER_SHARE * np.max(block, initial=0.0))
    of_lab = pick(
        frontier.astype(np.float64), look_up(snapshot.ids("labs", "lab"), snapshot.ids("contracts", "lab"))
    )
    place = look_up(snapshot.ids("data_centres", "site"), snapshot.ids("contracts", "site"))
    seen = pick(snapshot.flags("data_centres", "seen").astype(np.float64), place)
    flop = snapshot.floats("contracts", "training_flop") * (of_lab == 1.0)
    return ratio(float(flop[seen == 1.0].sum()), float(flop.sum()))
