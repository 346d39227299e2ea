"""The regulator: announces rules, receives reports, audits a few, looks at large sites, believes.

It never reads a model's true capability: it knows training compute from reports and audits, guesses
it from sites that it sees, and otherwise goes by what it knows of others.
"""

from __future__ import annotations

from typing import Any

import mesa
import numpy as np

from agents.data_centre import DataCentre
from agents.decisions.complying import fine_usd
from agents.decisions.outlook import Outlook
from agents.lab import Lab
from model.catalogue import Event, FoundationModel
from model.law import Law
from model.ledger import Ledger
from model.mechanisms.regulation import believed_capability, coverage, sight_probability
from model.policies import Sight, law_of, policies
from model.scenario import Scenario
from model.sections.oversight import Rule
from model.streams import Streams


class Regulator(mesa.Agent[Any]):  # type: ignore[misc]
    """One authority with all rules of the scenario."""

    def __init__(
        self, model: Any, *, name: str, scenario: Scenario, streams: Streams, ledger: Ledger
    ) -> None:
        super().__init__(model)
        self.name, self.settings, self.streams, self.ledger = name, scenario, streams, ledger
        self.written: list[Rule] = list(scenario.regulation)  # with thresholds as adapted so far
        self.rules: list[Rule] = []
        self.law = Law()
        self.known: dict[int, float] = {}  # log10 FLOP as the regulator has it, by model
        self.sure: set[int] = set()  # models known by report, audit or sight
        self.belief_exponent = scenario.oversight.belief_exponent
        self.audits = self.breaches = 0
        self.fines_usd = 0.0
        self.rule_results: list[tuple[int, int, float]] = []

    def announce(self, years: float) -> list[Rule]:
        """The rules in force this step."""
        sure = [self.known[m] for m in self.sure]
        sight = Sight(years, max(sure, default=-np.inf), self.settings.horizon.step_years)
        self.rules = []
        for place, rule in enumerate(self.written):
            now = policies()[rule.policy](rule, sight)
            if now is not None:
                self.written[place] = now
                self.rules.append(now)
        self.law = law_of(self.rules)
        return self.rules

    def covers(self, model: FoundationModel) -> bool:
        """Whether a rule in force covers a model by its true training compute."""
        return any(bool(coverage(np.log10(model.training_flop), r.threshold_oom)) for r in self.rules)

    # -- enforcement -------------------------------------------------------------------------

    def look(self, sites: list[DataCentre], step: int) -> None:
        """Satellites and permits: large sites are seen, the larger the sooner."""
        eyes, dt = self.settings.oversight, self.settings.horizon.step_years
        for site in sites:
            if site.seen or site.block_mw < eyes.sight_mw:
                continue
            size = _size(site.block_mw, eyes.sight_small_mw, eyes.sight_large_mw)
            yearly = eyes.sight_small_year + size * (eyes.sight_large_year - eyes.sight_small_year)
            luck = self.streams.uniform(f"sight.{site.number}", step, 1)[0]
            site.seen = bool(luck < sight_probability(yearly, dt))

    def enforce(self, labs: list[Lab], outlook: Outlook, step: int) -> list[Event]:
        """Reports come in, audits are made, fines imposed, beliefs updated."""
        self.audits, self.breaches, self.fines_usd = 0, 0, 0.0
        self.rule_results = []
        self.meet(labs)
        events: list[Event] = []
        chance = 0.0
        for rule in self.rules:
            found, risk = self._audit(rule, labs, outlook, step)
            events += found
            chance = 1.0 - (1.0 - chance) * (1.0 - risk)
        if self.rules:
            for lab in labs:
                lab.learn_audits(chance, outlook.reviews)
        return events

    def meet(self, labs: list[Lab]) -> None:
        """Take note of every model on sale."""
        for lab in labs:
            for model in _on_sale(lab):
                self._note(model)

    def _note(self, model: FoundationModel) -> None:
        """What the regulator makes of a model when it first meets it."""
        truth = float(np.log10(model.training_flop))
        eyes = self.settings.oversight
        error = self.streams.generator(f"estimate.{model.id}").standard_normal() * eyes.belief_spread_oom
        if model.reported:
            self.known[model.id] = truth
            self.sure.add(model.id)
        elif model.id not in self.known and model.block_site_seen:
            self.known[model.id] = truth + float(error)
            self.sure.add(model.id)
        elif model.id not in self.known:
            others = [self.known[m] for m in sorted(self.sure)[-5:]]
            guess = float(np.mean(others)) if others else eyes.prior_oom
            self.known[model.id] = guess + float(error)

    def _audit(self, rule: Rule, labs: list[Lab], outlook: Outlook, step: int) -> tuple[list[Event], float]:
        """Staff audit the most capable, as they believe, of those that may hide a covered model.

        The events, and the chance of an audit for whoever is under suspicion: public knowledge.
        """
        reach = rule.threshold_oom - 2.0 * self.settings.oversight.belief_spread_oom
        luck = self.streams.uniform(
            f"audits.{rule.policy}.{rule.start_year:g}", step, 2 + 2 * max(1, len(labs))
        )
        capacity = int(rule.audits_per_year * self.settings.horizon.step_years + luck[0])
        suspects = [
            lab
            for lab in labs
            if any(m.id not in self.sure and self.known[m.id] >= reach for m in _on_sale(lab))
        ]
        suspects.sort(key=lambda lab: (-self.believed_of(lab), lab.number))
        audited, events = suspects[:capacity], []
        breaches, fines = 0, 0.0
        for place, lab in enumerate(audited):
            events.append(Event("audit", lab.name, f"{self.name} audits {lab.name}", {}))
            if luck[2 + place] >= rule.audit_finds:
                continue
            for model in _on_sale(lab):
                self._learn(model, lab, outlook)
            guilty = [
                m
                for m in _on_sale(lab)
                if not m.reported and np.log10(m.training_flop) >= rule.threshold_oom and m.created_step >= 0
            ]
            for model in guilty:
                breaches += 1
                fine = fine_usd(rule, lab, self.settings.horizon.step_years)
                fines += fine
                model.reported = True
                self.ledger.pay(lab.account, "state", "fines", fine)
                events.append(
                    Event(
                        "breach",
                        lab.name,
                        f"{lab.name} had not reported {model.name}",
                        {"fine_usd": fine},
                    )
                )
        self.audits += len(audited)
        self.breaches += breaches
        self.fines_usd += fines
        self.rule_results.append((len(audited), breaches, fines))
        rate = rule.audits_per_year * self.settings.horizon.step_years
        chance = len(audited) / len(suspects) if suspects else min(1.0, rate)
        # A rule that nobody on sale comes near threatens nobody.
        near = any(self.known[m.id] >= reach for lab in labs for m in _on_sale(lab))
        return events, chance if near else 0.0

    def _learn(self, model: FoundationModel, lab: Lab, outlook: Outlook) -> None:
        """An audit shows the training compute and, by test, what depth adds: beliefs move."""
        self.known[model.id] = float(np.log10(model.training_flop))
        self.sure.add(model.id)
        depth = max((t.depth for t in lab.tiers if t.model is model), default=1.0)
        if depth > 1.0:
            deepest = max((t for t in lab.tiers if t.model is model), key=lambda t: t.depth)
            added = lab.tested_capability(deepest, depth, outlook) - lab.tested_capability(
                deepest, 1.0, outlook
            )
            surprise = added / np.log10(depth) - self.belief_exponent
            self.belief_exponent += self.settings.oversight.belief_gain * surprise
            self.belief_exponent = float(np.clip(self.belief_exponent, 0.0, 10.0))

    # -- belief ------------------------------------------------------------------------------

    def believed_of(self, lab: Lab) -> float:
        """Capability that the regulator believes a lab to sell, OOM of FLOP."""
        found = [
            float(
                believed_capability(self.known[t.model.id], np.log10(max(t.depth, 1.0)), self.belief_exponent)
            )
            for t in lab.tiers
            if t.model.id in self.known
        ]
        return max(found, default=-np.inf)

    def observed(self, lab: Lab) -> bool:
        """Whether it has seen the lab's most capable model on sale, by report, audit or sight."""
        models = _on_sale(lab)
        if not models:
            return False
        return max(models, key=lambda m: (m.base_oom, m.id)).id in self.sure


def _size(mw: float, small: float, large: float) -> float:
    """Where a site stands between small and large, 0 to 1 in logs; all or nothing if they are the same."""
    if large <= small:
        return float(mw >= large)
    return float(np.clip(np.log(mw / small) / np.log(large / small), 0.0, 1.0))


def _on_sale(lab: Lab) -> list[FoundationModel]:
    """Models behind a lab's tiers, oldest first."""
    return sorted({t.model.id: t.model for t in lab.tiers}.values(), key=lambda m: m.id)
