"""The same choices as plain Mesa would have them: every user an agent that chooses in Python.

The yardstick for the columnar users: same offers, same numbers, same chance to reconsider, written with
ordinary care (`math.sumprod` for the value of a task mix, no utility computed twice).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, NamedTuple

import mesa

from agents.demand import Individual
from model import Industry


class Offer(NamedTuple):
    """A tier as a user sees it."""

    number: int
    value: list[float]  # utils by task class
    price: float  # USD per step of a standard user
    appeal: float  # utils


class Lab(NamedTuple):
    """A lab with its offers, cheapest first."""

    number: int
    offers: list[Offer]


class PlainUser(mesa.Agent[Any]):
    """A user with its own task mix and wealth."""

    def __init__(self, model: PlainIndustry, labs: list[Lab], mix: list[float], price_weight: float) -> None:
        super().__init__(model)
        self.labs, self.mix, self.price_weight = labs, mix, price_weight
        self.lab = self.offer = -1

    def step(self) -> None:
        """Reconsider now and then."""
        if self.random.random() < self.model.reconsider:
            self.choose(self.random.random())

    def choose(self, draw: float) -> None:
        """Nested logit over labs, their tiers, and no AI; one draw in [0, 1) decides."""
        model, mix, weight = self.model, self.mix, self.price_weight
        mu, mu_w, outside = model.taste_scale, model.within_lab_scale, model.outside_utility
        weights, inclusive = [], []
        for lab in self.labs:
            utility = [math.sumprod(mix, o.value) - weight * o.price + o.appeal for o in lab.offers]
            top = max(utility)
            odds = [math.exp((u - top) / mu_w) for u in utility]
            total = sum(odds)
            value = top + mu_w * math.log(total)
            if lab.number == self.lab:
                value += model.inertia
            weights.append((odds, total))
            inclusive.append(value)
        best = max(outside, *inclusive)
        lab_odds = [math.exp((value - best) / mu) for value in inclusive]
        left = draw * (sum(lab_odds) + math.exp((outside - best) / mu))
        for lab, mine, (odds, total) in zip(self.labs, lab_odds, weights, strict=True):
            if left >= mine:
                left -= mine
                continue
            left *= total / mine
            tier = 0
            while left >= odds[tier] and tier < len(odds) - 1:
                left -= odds[tier]
                tier += 1
            self.lab, self.offer = lab.number, lab.offers[tier].number
            return
        self.lab = self.offer = -1


class PlainIndustry(mesa.Model):
    """Users only: offers stay as they are."""

    def __init__(self, industry: Industry, rng: int) -> None:
        super().__init__(rng=rng)
        users = industry.settings.users
        self.taste_scale, self.within_lab_scale = users.taste_scale, users.within_lab_scale
        self.inertia, self.outside_utility = users.inertia, float(users.outside_utility)
        self.reconsider = 0.0
        self.users: dict[int, list[PlainUser]] = {}  # by kind, in the order of the slots
        for kind, book in industry.books().items():
            if book.hosted:
                raise ValueError("the plain version knows no self-hosting")
            choices = industry.choices[kind]
            assert isinstance(choices, Individual)
            self.reconsider = choices.reconsider
            labs: dict[int, list[Offer]] = {}
            for place, tier in enumerate(book.tiers):
                value = [float(v) for v in book.profile.value[place]]
                offer = Offer(tier.id, value, float(book.price[place]), float(book.appeal[place]))
                labs.setdefault(tier.lab, []).append(offer)
            listed = [Lab(number, offers) for number, offers in labs.items()]
            features = choices.segment.features
            width, unit = len(book.profile.value[0]), float(choices.segment.unit[0])
            self.users[kind] = [
                PlainUser(self, listed, mix, -minus * unit)
                for mix, minus in zip(features[:width].T.tolist(), features[width].tolist(), strict=True)
            ]

    def step(self) -> None:
        """All users; their order does not matter, and this is the faster way through them."""
        self.agents.do("step")

    def everyone(self, kind: int, draws: Iterable[float]) -> list[int]:
        """Let all users of a kind choose with given draws; the numbers of their offers."""
        for user, draw in zip(self.users[kind], draws, strict=True):
            user.choose(draw)
        return [user.offer for user in self.users[kind]]
