"""The regulator: announces rules, receives reports, audits a few, looks at large sites, believes.

It never reads a model's true capability: it knows training compute from reports, licensed sites and
audits, guesses it from sites that it sees, and otherwise goes by what it knows of others. There may be
several, one for each name in the rules: staff, records and beliefs are its own, satellites are shared.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import mesa
import numpy as np

from agents.data_centre import DataCentre
from agents.decisions.complying import facts_of, fine_usd
from agents.decisions.outlook import Outlook
from agents.lab import Lab
from model.catalogue import Event, FoundationModel
from model.law import Duty, Law, ModelFacts, binds
from model.ledger import Ledger
from model.mechanisms.regulation import (
    InspectionState,
    believed_capability,
    inspection_step,
    sight_probability,
)
from model.policies import Sight, law_of, policies
from model.scenario import Scenario
from model.sections.oversight import Rule
from model.streams import Streams


class Regulator(mesa.Agent[Any]):  # type: ignore[misc]
    """One authority with the rules of the scenario that bear its name."""

    def __init__(
        self, model: Any, *, name: str, scenario: Scenario, streams: Streams, ledger: Ledger
    ) -> None:
        super().__init__(model)
        self.name, self.settings, self.streams, self.ledger = name, scenario, streams, ledger
        # Its luck is its own; under the default name the streams keep their plain names.
        self._own = "" if name == Rule.model_fields["regulator"].default else f".{name}"
        self.written: list[Rule] = [r for r in scenario.regulation if r.regulator == name]
        self.rules: list[Rule] = []  # in force, adapted
        self.laws: list[Law] = []  # what each of them asks
        self.law = Law()  # what all of them ask
        self._last: dict[int, Rule] = {}  # each rule as it was last in force
        self.known: dict[int, float] = {}  # log10 FLOP as the regulator has it, by model
        self.sure: set[int] = set()  # models known by report, licence, audit or sight
        self.tested: set[int] = set()  # models measured before release
        self.belief_exponent = scenario.oversight.belief_exponent
        self.games: dict[tuple[str, float], InspectionState] = {}
        self._labs_oom: tuple[float, ...] = ()
        self._labs_effective_oom: tuple[float, ...] = ()
        self.believed_inside_oom = -np.inf  # best that labs have inside, as reports tell
        self.audits = self.breaches = 0
        self.fines_usd = 0.0
        self.rule_results: list[tuple[int, int, float]] = []

    def rewrite(self, rules: Sequence[tuple[int | None, Rule]]) -> None:
        """Other rules from the next step on; each with its place in the book so far (None: it is new).

        A rule that stays goes on from where it has adapted to.
        """
        self._last = {
            place: self._last[old]
            for place, (old, _) in enumerate(rules)
            if old is not None and old in self._last
        }
        self.written = [rule for _, rule in rules]

    def announce(self, years: float) -> list[Rule]:
        """The rules in force this step."""
        sure = [self.known[m] for m in self.sure]
        sight = Sight(
            years,
            max(sure, default=-np.inf),
            self.settings.horizon.step_years,
            self.belief_exponent,
            self._labs_oom,
            self._labs_effective_oom,
        )
        self.rules = []
        for place, rule in enumerate(self.written):
            now = policies()[rule.policy](rule, sight._replace(last=self._last.get(place)))
            if now is not None:
                self._last[place] = now
                self.rules.append(now)
        self.laws = [law_of([rule]) for rule in self.rules]
        self.law = law_of(self.rules)
        return self.rules

    def covers(self, model: FoundationModel, lab: Lab) -> bool:
        """Whether a duty in force covers a model, as things are."""
        facts = facts_of(model, lab, self.settings.horizon.step_years)
        return any(d.covers(facts) for d in self.law.duties if binds(d.regions, lab.region, lab.withdrawn))

    def licenses(self, site: DataCentre) -> bool:
        """Whether a site has to report the runs on it."""
        return any(
            site.power_mw >= law.licence_mw and (not rule.regions or site.region in rule.regions)
            for rule, law in zip(self.rules, self.laws, strict=True)
        )

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
        self.meet(labs, outlook)
        events: list[Event] = []
        chance = 0.0
        for rule, law in zip(self.rules, self.laws, strict=True):
            results = 0, 0, 0.0
            for duty in law.duties:
                found, risk, results = self._audit(rule, duty, labs, outlook, step)
                events += found
                chance = 1.0 - (1.0 - chance) * (1.0 - risk)
            self.rule_results.append(results)
        if self.law.duties:
            for lab in labs:
                lab.learn_audits(chance, outlook.reviews, self.name)
        return events

    def meet(self, labs: list[Lab], outlook: Outlook | None = None) -> None:
        """Take note of every model on sale; test new ones where a rule has them tested."""
        largest, effective = [], []
        for lab in labs:
            seen = []
            for model in _on_sale(lab):
                self._note(model)
                if outlook is not None and self.law.evaluation_depth > 1.0:
                    self._test(model, lab, outlook)
                if model.id in self.sure:
                    seen.append(self.known[model.id])
            if seen:
                largest.append(max(seen))
                effective.append(self.believed_of(lab, sure=True))
        self._labs_oom, self._labs_effective_oom = tuple(largest), tuple(effective)

    def _note(self, model: FoundationModel) -> None:
        """What the regulator makes of a model when it first meets it."""
        if self.name in model.reported_to or self.name in model.licensed_to:
            self.known[model.id] = float(np.log10(model.training_flop))
            self.sure.add(model.id)
        elif model.id not in self.known:
            eyes = self.settings.oversight
            draw = self.streams.generator(f"estimate.{model.id}{self._own}").standard_normal()
            error = float(draw * eyes.belief_spread_oom)
            if model.block_site_seen:
                self.known[model.id] = float(np.log10(model.training_flop)) + error
                self.sure.add(model.id)
            else:
                others = [self.known[m] for m in sorted(self.sure)[-5:]]
                self.known[model.id] = (float(np.mean(others)) if others else eyes.prior_oom) + error

    def _believed_facts(self, model: FoundationModel, lab: Lab) -> ModelFacts:
        """What the law may turn on, as the regulator has it: size by belief, nothing of what is done inside.

        Depth on sale and yearly revenue are public.
        """
        facts = facts_of(model, lab, self.settings.horizon.step_years)
        size = self.known[model.id]
        return facts._replace(training_oom=size, distillation_oom_flop=-np.inf, post_trained=False)

    def _audit(
        self, rule: Rule, duty: Duty, labs: list[Lab], outlook: Outlook, step: int
    ) -> tuple[list[Event], float, tuple[int, int, float]]:
        """Staff audit the most capable, as they believe, of those that may hide a covered model.

        The events; the chance of an audit for whoever is under suspicion, which is public knowledge;
        audits made, breaches found and fines imposed.
        """
        margin = 2.0 * self.settings.oversight.belief_spread_oom
        luck = self.streams.uniform(
            f"audits.{rule.policy}.{rule.start_year:g}{self._own}", step, 2 + 2 * max(1, len(labs))
        )
        capacity = int(rule.audits_per_year * self.settings.horizon.step_years + luck[0])
        bound = [lab for lab in labs if binds(duty.regions, lab.region, lab.withdrawn)]
        near = {
            m.id for lab in bound for m in _on_sale(lab) if duty.covers(self._believed_facts(m, lab), margin)
        }
        suspects = [
            lab for lab in bound if any(m.id not in self.sure and m.id in near for m in _on_sale(lab))
        ]
        suspects.sort(key=lambda lab: (-self.believed_of(lab), lab.number))
        game = self._play(rule, duty, suspects)
        if rule.audit_rule == "game" and game is None:
            capacity = 0
        audited, events = suspects[:capacity], []
        breaches, fines = 0, 0.0
        caught: set[int] = set()
        for place, lab in enumerate(audited):
            events.append(Event("audit", lab.name, f"{self.name} audits {lab.name}", {}))
            if luck[2 + place] >= rule.audit_finds:
                continue
            for model in _on_sale(lab):
                self._learn(model, lab, outlook)
            guilty = [
                m
                for m in _on_sale(lab)
                if self.name not in m.reported_to
                and duty.covers(facts_of(m, lab, outlook.dt))
                and m.created_step >= 0
            ]
            for model in guilty:
                breaches += 1
                caught.add(lab.number)
                fine = fine_usd(duty, lab, self.settings.horizon.step_years)
                fines += fine
                model.reported_to.add(self.name)
                self.ledger.pay(lab.account, "state", "fines", fine)
                events.append(
                    Event(
                        "breach",
                        lab.name,
                        f"{lab.name} had not reported {model.name}",
                        {"fine_usd": fine},
                    )
                )
        if game is not None and audited and rule.audit_finds > 0:
            # What audits show takes the place of what the regulator had inferred.
            share = min(1.0, len(caught) / (len(audited) * rule.audit_finds))
            before, after = game
            self.games[_key(rule)] = after._replace(violations=np.asarray(before.violations) + share)
        self.audits += len(audited)
        self.breaches += breaches
        self.fines_usd += fines
        rate = rule.audits_per_year * self.settings.horizon.step_years
        if rule.audit_rule == "game" and game is None:
            rate = 0.0
        chance = len(audited) / len(suspects) if suspects else min(1.0, rate)
        # A rule that nobody on sale comes near threatens nobody.
        return events, chance if near else 0.0, (len(audited), breaches, fines)

    def _play(
        self, rule: Rule, duty: Duty, suspects: list[Lab]
    ) -> tuple[InspectionState, InspectionState] | None:
        """A round of the inspection game [P17 iii]: the counts before and after it; None = no audits.

        The regulator audits if the damage of a breach times its empirical frequency exceeds the cost of
        an audit. While it does not audit it infers what labs do from the law alone: its duty, its fine.
        """
        if rule.audit_rule != "game" or not suspects:
            return None
        before = self.games.get(_key(rule), InspectionState())
        fine = float(np.mean([fine_usd(duty, x, self.settings.horizon.step_years) for x in suspects]))
        after = inspection_step(
            before, rule.report_cost_usd, fine, rule.audit_cost_usd, rule.breach_damage_usd
        )
        self.games[_key(rule)] = after
        return (before, after) if bool(np.greater(after.inspections, before.inspections)) else None

    def _learn(self, model: FoundationModel, lab: Lab, outlook: Outlook) -> None:
        """An audit shows the training compute and, by test, what depth adds: beliefs move."""
        self.known[model.id] = float(np.log10(model.training_flop))
        self.sure.add(model.id)
        depth = max((t.depth for t in lab.tiers if t.model is model), default=1.0)
        self._measure(model, lab, depth, outlook)

    def _test(self, model: FoundationModel, lab: Lab, outlook: Outlook) -> None:
        """The evaluation before release, once for each new model: beliefs about depth move."""
        if model.id not in self.tested and model.created_step >= 0:
            self.tested.add(model.id)
            self._measure(model, lab, self.law.evaluation_depth, outlook)

    def _measure(self, model: FoundationModel, lab: Lab, depth: float, outlook: Outlook) -> None:
        """What a test at a depth and at depth one shows."""
        if depth > 1.0:
            deepest = max((t for t in lab.tiers if t.model is model), key=lambda t: t.depth)
            added = lab.tested_capability(deepest, depth, outlook) - lab.tested_capability(
                deepest, 1.0, outlook
            )
            self.learn_depth(added, depth)

    def learn_depth(self, added_oom: float, depth: float) -> None:
        """Beliefs move by a surprise: what depth has been seen to add, OOM; audits, tests, incidents."""
        surprise = added_oom / np.log10(depth) - self.belief_exponent
        self.belief_exponent += self.settings.oversight.belief_gain * surprise
        self.belief_exponent = float(np.clip(self.belief_exponent, 0.0, 10.0))

    # -- belief ------------------------------------------------------------------------------

    def believed_of(self, lab: Lab, sure: bool = False) -> float:
        """Capability that the regulator believes a lab to sell, OOM of FLOP; by all or by sure models."""
        found = [
            float(
                believed_capability(self.known[t.model.id], np.log10(max(t.depth, 1.0)), self.belief_exponent)
            )
            for t in lab.tiers
            if t.model.id in (self.sure if sure else self.known)
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
    return float(np.log(min(max(mw, small), large) / small) / np.log(large / small))


def _on_sale(lab: Lab) -> list[FoundationModel]:
    """Models behind a lab's tiers, oldest first."""
    return sorted({t.model.id: t.model for t in lab.tiers}.values(), key=lambda m: m.id)


def _key(rule: Rule) -> tuple[str, float]:
    """What tells the games of a regulator's rules apart."""
    return rule.policy, rule.start_year
