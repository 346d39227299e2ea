"""A data centre: power, chips and the decision to build more. Compute is counted in training FLOP."""

from __future__ import annotations

from typing import Any

import mesa
import numpy as np

from model.mechanisms.compute import rental_price
from model.mechanisms.investment import adaptive, expansion_share, permit_hazard
from model.scenario import Scenario

HOURS_PER_YEAR = 8760.0
SECONDS_PER_YEAR = 365.25 * 24 * 3600.0
BLOCKS_PER_SITE = 8  # blocks of one unlisted site that can be rented at once


def long_run_cost(usd_per_kwh: float, scenario: Scenario, years: float) -> float:
    """Cost of a training FLOP from chips bought now, where power costs so much, USD."""
    rules = scenario.compute
    cheaper = 10.0 ** (-rules.chip_price_decline_oom * years)
    leaner = 10.0 ** (-rules.energy_efficiency_oom * years)
    hourly = rental_price(
        rules.chip_usd * cheaper,
        rules.kw_per_chip * leaner,
        usd_per_kwh,
        rules.chip_life_years,
        rules.interest,
        rules.load_factor,
    )
    return float(hourly / (rules.flop_per_chip * rules.utilisation * 3600.0))


def flop_of(mw: float, opening: float, scenario: Scenario) -> float:
    """Training FLOP that so much power sells a year with the chips of an opening date."""
    rules = scenario.compute
    leaner = 10.0 ** (rules.energy_efficiency_oom * opening)
    chips = mw * 1000.0 / rules.kw_per_chip * leaner
    return float(chips * rules.flop_per_chip * rules.utilisation * rules.load_factor * SECONDS_PER_YEAR)


class DataCentre(mesa.Agent[Any]):  # type: ignore[misc]
    """One site with its power in use, what is being built, and what it expects of the market."""

    def __init__(
        self,
        model: Any,
        *,
        number: int,
        name: str,
        owner: str,
        region: str,
        power_mw: float,
        flop_per_s: float,
        block_mw: float,
        usd_per_kwh: float,
        expected_price: float,
        listed: bool = True,
        founded_step: int = -1,
    ) -> None:
        super().__init__(model)
        self.number, self.name, self.owner, self.region = number, name, owner, region
        self.power_mw, self.flop_per_s, self.block_mw = power_mw, flop_per_s, block_mw
        self.usd_per_kwh, self.expected_price, self.listed = usd_per_kwh, expected_price, listed
        self.founded_step = founded_step  # -1 = it was there at the start
        self.standing_mw = power_mw  # in use and under construction before a step's replacements
        self.waiting_mw = 0.0  # asked for, not yet permitted
        self.building: list[tuple[int, float, float]] = []  # (ready step, MW, FLOP/s)
        self.seen = False
        self.training_flop = self.inference_flop = self.other_flop = 0.0
        self.rental_price = expected_price
        self.law_usd = 0.0  # tax on its rents and licence, paid in the step

    @property
    def pending_mw(self) -> float:
        """Permitted and under construction, MW."""
        return sum(mw for _, mw, _ in self.building)

    def capacity(self, scenario: Scenario) -> float:
        """Training FLOP that it can sell in a step: chips stand idle part of the time."""
        seconds = SECONDS_PER_YEAR * scenario.horizon.step_years * scenario.compute.load_factor
        return self.flop_per_s * scenario.compute.utilisation * seconds

    def block_capacity(self, scenario: Scenario) -> float:
        """Training FLOP per step of its largest co-located block."""
        if self.power_mw <= 0:
            return 0.0
        return self.capacity(scenario) * min(1.0, self.block_mw / self.power_mw)

    def blocks(self, scenario: Scenario) -> list[float]:
        """Training FLOP per step of the blocks that can be had at once: one, or some of an unlisted site."""
        room, free = self.block_capacity(scenario), self.capacity(scenario)
        if room <= 0:
            return []
        found = []
        for _ in range(1 if self.listed else BLOCKS_PER_SITE):
            if free >= room * (1 - 1e-9):
                found.append(room)
                free -= room
        return found

    def running_cost(self, scenario: Scenario) -> float:
        """Electricity of one training FLOP, USD."""
        if self.flop_per_s <= 0:
            return 0.0
        per_hour = self.power_mw * 1000.0 * self.usd_per_kwh
        rules = scenario.compute
        return per_hour / (self.flop_per_s * rules.utilisation * rules.load_factor * 3600.0)

    def long_run_cost(self, scenario: Scenario, years: float) -> float:
        """Cost of a training FLOP from a site built now: chips and power over their life, USD."""
        return long_run_cost(self.usd_per_kwh, scenario, years)

    def age(self, step: int, scenario: Scenario) -> float:
        """Chips wear out and finished building comes on line; the MW that came on line."""
        keep = float(np.exp(-scenario.horizon.step_years / scenario.compute.chip_life_years))
        self.power_mw *= keep
        self.flop_per_s *= keep
        ready = [b for b in self.building if b[0] <= step]
        self.building = [b for b in self.building if b[0] > step]
        added = sum(mw for _, mw, _ in ready)
        self.power_mw += added
        self.flop_per_s += sum(flop for _, _, flop in ready)
        if self.listed:
            self.block_mw = max(self.block_mw * keep, self.power_mw)
        return added

    def inherit(self, growth_year: float, scenario: Scenario) -> None:
        """What was under way at the start: power goes on growing at the old pace until it is done."""
        dt = scenario.horizon.step_years
        for k in range(1, max(1, round(scenario.compute.build_years / dt)) + 1):
            more = self.power_mw * (growth_year ** (k * dt) - growth_year ** ((k - 1) * dt))
            worn = self.power_mw * dt / scenario.compute.chip_life_years
            self._start(0, more + worn, k * dt, scenario, ready=k)

    @property
    def permit_mw(self) -> float:
        """Power for which the grid has to find room: a whole site's, or a block's of an unlisted one."""
        return self.power_mw + self.pending_mw + self.waiting_mw if self.listed else self.block_mw

    def flop_of(self, mw: float, opening: float, scenario: Scenario) -> float:
        """Training FLOP a year of so much power with the chips of an opening date."""
        return flop_of(mw, opening, scenario)

    def decide(
        self, step: int, years: float, luck: float, scenario: Scenario, permit_factor: float = 1.0
    ) -> None:
        """Order what the expected price pays for; what is permitted starts to be built."""
        self.order(step, years, scenario)
        self.receive_permit(step, years, luck, scenario, permit_factor)

    def order(self, step: int, years: float, scenario: Scenario, kept: float = 1.0) -> None:
        """Ask for what the expected price pays for. kept: share of rents that the law leaves.

        Replacement of worn-out chips needs no permit, but pays or does not pay like any other building.
        """
        rules, dt = scenario.compute, scenario.horizon.step_years
        gain = 1.0 - (1.0 - rules.expectation_gain) ** (dt / 0.25)
        self.expected_price = float(adaptive(self.expected_price, self.rental_price, gain))
        # Price and cost are compared at today's terms; what is built has the chips of its opening.
        opening = years + rules.build_years
        share = float(
            expansion_share(
                self.expected_price * kept,
                self.long_run_cost(scenario, years),
                rules.expansion_sensitivity,
                rules.expansion_limit,
            )
        )
        base = self.power_mw + self.pending_mw
        worn = self.power_mw * dt / rules.chip_life_years if share > 0 else 0.0
        self._start(step, min(worn, base), opening, scenario)
        self.waiting_mw += base * share * dt
        self.standing_mw = base

    def receive_permit(
        self, step: int, years: float, luck: float, scenario: Scenario, permit_factor: float = 1.0
    ) -> None:
        """What is permitted starts to be built. luck in [0, 1): this step's draw for the permit.

        permit_factor: on the permit hazard.
        """
        rules, dt = scenario.compute, scenario.horizon.step_years
        # Unlisted sites are many: each of their blocks needs its own, small, permit.
        asks = self.standing_mw + self.waiting_mw if self.listed else self.block_mw
        hazard = permit_factor * float(
            permit_hazard(asks, rules.permit_hazard_year, rules.permit_reference_mw)
        )
        if self.waiting_mw > 0 and luck < 1.0 - np.exp(-hazard * dt):
            self._start(step, self.waiting_mw, years + rules.build_years, scenario)
            self.waiting_mw = 0.0

    def _start(
        self, step: int, mw: float, opening: float, scenario: Scenario, ready: int | None = None
    ) -> None:
        if mw <= 0:
            return
        rules = scenario.compute
        leaner = 10.0 ** (rules.energy_efficiency_oom * opening)
        flop = mw * 1000.0 / rules.kw_per_chip * rules.flop_per_chip * leaner
        if ready is None:
            ready = step + max(1, round(rules.build_years / scenario.horizon.step_years))
        self.building.append((ready, mw, flop))
