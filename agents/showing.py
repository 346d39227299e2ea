"""What everybody can see of labs' investments and of what came of them: sales, offers, announced compute."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from model.catalogue import FoundationModel, Tier
from model.knowhow import Knowhow

if TYPE_CHECKING:
    from agents.lab import Lab


class Showing(NamedTuple):
    """A lab's last step as outsiders estimate it; its own figures are read in the same way."""

    lab: int
    revenue_usd: float  # per step
    serving_usd: float  # per step: standard use of what was sold
    origin: int  # the training run behind its most capable model on sale: the id of the run's first model
    run_flop: float  # compute of that run
    rounds_flop: float  # compute of the rounds of distillation in that model, in training FLOP
    depth: float  # mean over sales, standard passes

    @property
    def margin_usd(self) -> float:
        """Revenue less serving, USD per step."""
        return self.revenue_usd - self.serving_usd


def showings(
    labs: Iterable[Lab], knowhow: Knowhow, flop_price: float, tasks_per_step: float
) -> dict[int, Showing]:
    """The public record of all labs with something on sale, by number."""
    found = {}
    for lab in labs:
        tiers = lab.tiers
        if not tiers:
            continue
        best = max((t.model for t in tiers), key=lambda m: (m.base_oom, m.id))
        root = origin(best, lab.models)
        sales = np.array([lab.tier_revenue.get(t.id, 0.0) for t in tiers])
        depth = np.array([t.depth for t in tiers])
        price = knowhow.technology.inference_price_ratio * flop_price * tasks_per_step
        cost = sum(
            float(s) / t.price_usd * _unit_cost(t, knowhow, price)
            for s, t in zip(sales, tiers, strict=True)
            if t.price_usd > 0.0
        )
        found[lab.number] = Showing(
            lab=lab.number,
            revenue_usd=float(sales.sum()),
            serving_usd=cost,
            origin=root.id,
            run_flop=root.own_flop,
            rounds_flop=best.distillation_flop,
            depth=float(sales @ depth / sales.sum()) if sales.sum() > 0.0 else float(depth.mean()),
        )
    return found


def origin(model: FoundationModel, models: Iterable[FoundationModel]) -> FoundationModel:
    """The model that a training run gave, from which rounds of distillation made this one."""
    known = {m.id: m for m in models}
    while model.checkpoint_of in known:
        model = known[model.checkpoint_of]
    return model


def _unit_cost(tier: Tier, knowhow: Knowhow, usd_per_flop: float) -> float:
    """Cost of a standard user of a tier for a step, USD."""
    if tier.cost_usd is not None:
        return tier.cost_usd
    return usd_per_flop * knowhow.flop_per_task(tier.model.parameters) * tier.depth
