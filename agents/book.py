"""The offers on sale in one channel, as arrays: what users read when they choose.

A row of `terms` meets a user's features (see `agents.users`): utility = features . terms.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.pricelists import Special
from model.catalogue import Tier
from model.knowhow import Knowhow
from model.mechanisms.offer import Profile

Floats = NDArray[np.float64]
SELF_HOSTED = 1_000_000  # nest labels of self-hosted models start here: each is a nest of its own


@dataclass(frozen=True)
class SelfHosted:
    """An open model that users may run at a given depth on rented compute, or buy from a host."""

    id: int
    model: Any  # FoundationModel
    depth: float
    unit_usd: float  # per step for a standard user, before the user's own overhead
    setup_usd: float  # per step
    host: bool = False  # run by a host, who asks unit_usd of everybody
    appeal: float = 0.0  # against other ways to run open models, utils


@dataclass(frozen=True)
class Book:
    """K offers, sorted by nest and, within it, by increasing price; M task classes."""

    channel: int
    tiers: list[Tier]
    hosted: list[SelfHosted]
    profile: Profile
    marginal: Floats  # (K, M) value of one more OOM of capability, utils per OOM
    appeal: Floats
    tasks_per_step: float
    flop_per_task: Floats
    specials: tuple[Special, ...] = ()  # groups of users who meet other prices or fewer labs

    @cached_property
    def size(self) -> int:
        """Number of offers K."""
        return len(self.tiers) + len(self.hosted)

    @cached_property
    def id(self) -> NDArray[np.int64]:
        """Numbers of the offers, (K,)."""
        return np.array([t.id for t in self.tiers] + [h.id for h in self.hosted], dtype=np.int64)

    @cached_property
    def lab(self) -> NDArray[np.int64]:
        """Seller, or maker of a self-hosted model, (K,)."""
        return np.array([t.lab for t in self.tiers] + [h.model.lab for h in self.hosted], dtype=np.int64)

    @cached_property
    def nest(self) -> NDArray[np.int64]:
        """Nest of each offer, (K,): the lab, or the self-hosted model."""
        return np.array(
            [t.lab for t in self.tiers] + [SELF_HOSTED + h.model.id for h in self.hosted],
            dtype=np.int64,
        )

    @cached_property
    def self_hosted(self) -> NDArray[np.bool_]:
        """Whether the offer is not its maker's: users run the model themselves or a host does, (K,)."""
        return np.arange(self.size) >= len(self.tiers)

    @cached_property
    def host_run(self) -> NDArray[np.bool_]:
        """Whether a host runs the offer and asks a price, (K,)."""
        return np.array([False] * len(self.tiers) + [h.host for h in self.hosted], dtype=bool)

    @cached_property
    def price(self) -> Floats:
        """Price per step for a standard user, USD, (K,); what self-hosting costs without overhead."""
        return np.array(
            [t.price_usd for t in self.tiers] + [h.unit_usd + h.setup_usd for h in self.hosted],
            dtype=np.float64,
        )

    @cached_property
    def terms(self) -> Floats:
        """Coefficients that meet users' features, (K, M + 4): values, price, unit, set-up, appeal."""
        sold = len(self.tiers)
        price = np.where(self.self_hosted & ~self.host_run, 0.0, self.price)
        unit = np.array([0.0] * sold + [0.0 if h.host else h.unit_usd for h in self.hosted])
        setup = np.array([0.0] * sold + [h.setup_usd for h in self.hosted])
        return np.column_stack([self.profile.value, price, unit, setup, self.appeal])

    def terms_of(self, group: Special) -> Floats:
        """The terms at the prices that a special group pays, (K, M + 4)."""
        return group.terms(self.terms, len(self.tiers))

    def out_of_reach(self, group: Special) -> NDArray[np.intp]:
        """Places of the offers that a special group cannot choose."""
        return group.places(self.lab, len(self.tiers))

    @cached_property
    def flop_per_unit(self) -> Floats:
        """Compute of a standard user's step by task, FLOP, (K, M): multiply by the user's task mix."""
        per_step: Floats = self.flop_per_task[:, None] * self.tasks_per_step * self.profile.depth
        return per_step

    @cached_property
    def positions(self) -> dict[int, int]:
        """Where each offer stands."""
        return {int(number): place for place, number in enumerate(self.id)}


def make_book(
    channel: int,
    tiers: list[Tier],
    hosted: list[SelfHosted],
    appeal: dict[int, float],
    hosting_appeal: float,
    knowhow: Knowhow,
    tasks_per_step: float,
    specials: tuple[Special, ...] = (),
) -> Book:
    """Lay out the offers of a channel; appeal by lab, hosting_appeal for running a model oneself."""
    # A lab's dearer tier stands last: deterministic users take it when they are indifferent.
    tiers = sorted(tiers, key=lambda t: (t.lab, t.price_usd, t.id))
    hosted = sorted(hosted, key=lambda h: (h.model.id, h.unit_usd))
    base = np.array([t.base_oom for t in tiers] + [h.model.base_oom for h in hosted])
    depth = np.array([t.depth for t in tiers] + [h.depth for h in hosted])
    beyond = np.array([0.0] * len(tiers) + [h.model.elicitation_oom for h in hosted])
    distilled = np.array([t.distilled_oom for t in tiers] + [h.model.distilled_oom for h in hosted])
    found = knowhow.profile(channel, base, depth, beyond, distilled)
    forced = np.array([t.capability_oom is not None for t in tiers] + [False] * len(hosted), dtype=bool)
    if forced.any():
        level = np.array([t.capability_oom or 0.0 for t in tiers] + [0.0] * len(hosted))
        found = with_capability(found, forced, level, knowhow, channel)
    return Book(
        channel=channel,
        tiers=tiers,
        hosted=hosted,
        profile=found,
        marginal=knowhow.tables[channel].marginal(found.capability),
        appeal=np.array([appeal[t.lab] for t in tiers] + [hosting_appeal + h.appeal for h in hosted]),
        tasks_per_step=tasks_per_step,
        flop_per_task=np.array(
            [knowhow.flop_per_task(t.model.parameters) for t in tiers]
            + [knowhow.flop_per_task(h.model.parameters) for h in hosted]
        ),
        specials=specials,
    )


def with_capability(
    found: Profile, forced: NDArray[np.bool_], level: Floats, knowhow: Knowhow, channel: int
) -> Profile:
    """The profile with the capability of some tiers given (theory cases)."""
    table = knowhow.tables[channel]
    capability = np.where(forced[:, None], level[:, None], found.capability)
    return found._replace(
        capability=capability,
        value=np.where(forced[:, None], table.value(capability), found.value),
        mean_capability=capability @ table.usage,
        mean_marginal=np.where(forced, table.marginal(capability) @ table.usage, found.mean_marginal),
    )
