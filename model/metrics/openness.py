"""How much open models matter: who uses them, how far they lag, what users would lose without them."""

from __future__ import annotations

import numpy as np

from model.metrics import Snapshot, metric
from model.metrics.measures import ratio, top
from model.metrics.snapshot import Flags
from model.metrics.views import released_models


@metric(unit="share")
def open_weight_share(snapshot: Snapshot) -> float:
    """Share of AI's users who are on open models.

    Users on tiers with open weights, whoever runs them, over users on all tiers; leaked models are not
    open. NaN without users.
    """
    users = snapshot.floats("tiers", "users")
    return ratio(float(users[snapshot.view(_on_open)].sum()), float(users.sum()))


@metric(unit="share")
def open_weight_flop_share(snapshot: Snapshot) -> float:
    """Share of inference compute that runs open models.

    Inference FLOP of tiers with open weights, whoever runs them, over that of all tiers. NaN without.
    """
    flop = snapshot.floats("tiers", "inference_flop")
    return ratio(float(flop[snapshot.view(_on_open)].sum()), float(flop.sum()))


@metric(unit="OOM")
def open_weight_gap_oom(snapshot: Snapshot) -> float:
    """Lead of the best closed model over the best open one, at equal depth.

    max over closed models on sale less max over released open models of models.capability_oom (at
    depth one); closed: released, not internal, behind some tier of this step. Negative if open
    models lead; NaN if either kind is missing.
    """
    level = snapshot.floats("models", "capability_oom")
    return top(level[snapshot.view(_closed_on_sale)]) - top(level[snapshot.view(_open)])


@metric(unit="OOM")
def open_weight_training_gap_oom(snapshot: Snapshot) -> float:
    """Lead of the largest closed training run on sale over the largest open one.

    As open_weight_gap_oom with log10 models.training_flop.
    """
    size = np.log10(snapshot.floats("models", "training_flop"))
    return top(size[snapshot.view(_closed_on_sale)]) - top(size[snapshot.view(_open)])


@metric(unit="years")
def open_weight_lag_years(snapshot: Snapshot) -> float:
    """Time since a closed model first was as capable as the best open one is now.

    (step - s) horizon.step_years: s = first models.released_step of a model without open weights with
    models.capability_oom (depth one) at least that of the best open model. 0 if there never was one;
    NaN without open models. Models of the start count from step 0: the lag is too short at first.
    """
    level, when = snapshot.floats("models", "capability_oom"), snapshot.ids("models", "released_step")
    open_ = snapshot.view(_open)
    if not open_.any():
        return float("nan")
    ahead = when[snapshot.view(released_models) & ~open_ & (level >= top(level[open_]))]
    steps = snapshot.step - int(ahead.min()) if ahead.size else 0
    return steps * snapshot.setting("horizon.step_years")


@metric(unit="USD/step")
def open_weight_surplus_usd(snapshot: Snapshot) -> float:
    """Users' loss if nobody but its maker could run a model, at frozen prices of everything else.

    sum_c N_c s_c over the cells of the users table: N = population, s = open_surplus_usd, the log-sum
    with all offers less the log-sum with those of makers alone. Hosts of leaked models count.
    """
    people = snapshot.floats("users", "population")
    return float(np.sum(people * snapshot.floats("users", "open_surplus_usd")))


def _on_open(snapshot: Snapshot) -> Flags:
    """Tiers with public weights and whatever is not run by its maker, illicit hosts left out; (n_tiers,).

    Tables without the column host_run know no hosts.
    """
    public, away = snapshot.flags("tiers", "open_weights"), snapshot.flags("tiers", "self_hosted")
    if "host_run" in snapshot.tables.get("tiers", {}):
        away = away & ~snapshot.flags("tiers", "host_run")
    return public | away


def _open(snapshot: Snapshot) -> Flags:
    """Released models with public weights; (n_models,)."""
    return snapshot.view(released_models) & snapshot.flags("models", "open_weights")


def _closed_on_sale(snapshot: Snapshot) -> Flags:
    """Released models with secret weights behind some tier of this step; (n_models,)."""
    sold = np.isin(snapshot.ids("models", "model"), snapshot.ids("tiers", "model"))
    return snapshot.view(released_models) & sold & ~snapshot.flags("models", "open_weights")
