"""What stays inside: leads that fade, what releases and reports tell, first crossings of human level."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agents.book import Book
from agents.lab import Lab
from model.law import binds
from model.mechanisms.internal import common_target, lead_left
from model.mechanisms.offer import Profile
from model.words import plain

if TYPE_CHECKING:
    from model.industry import Industry


def published(industry: Industry) -> dict[int, float]:
    """Know-how in each lab's released models: the most of algorithms and distillation, OOM."""
    found: dict[int, float] = {}
    for lab in industry.labs:
        out = [m.knowhow_oom for m in lab.models if not m.internal_only]
        if out:
            found[lab.number] = max(out)
    return found


def spread_algorithms(industry: Industry) -> None:
    """Laggards catch up with the field and with what others' releases tell; own leads fade.

    A lab ahead of what all can know is not thrown back; the others close part of their gap. Releases show
    algorithms and distillation together, so a lab is held against them with both: with what its next model
    would embody. Else it would gain as algorithms what it has already as distillation.
    """
    tech, dt = industry.knowhow.technology, industry.settings.horizon.step_years
    closes, growth = 1.0 - (1.0 - tech.diffusion) ** dt, tech.algorithm_growth_oom * dt
    out = published(industry) if tech.release_spillover > 0.0 else {}
    for lab in industry.active_labs:
        frontier, shared = industry.algorithms_frontier_oom, lab.algorithms_oom - lab.lead_oom
        others = max((oom for number, oom in out.items() if number != lab.number), default=frontier)
        target = float(common_target(frontier, others, tech.release_spillover))
        # What the field knows is caught up with beside an own lead; releases teach what one does not know.
        told = target - lab.algorithms_oom - lab.carried_oom(tech)
        spread = tech.release_spillover if others > frontier else 0.0  # a release stands still meanwhile
        paces = ((frontier - shared, growth), (told, growth * (1.0 - spread)))
        # nobody overtakes what there is to know
        shared += max(0.0, *(min(gap, closes * gap + pace * (1.0 - closes)) for gap, pace in paces))
        lab.lead_oom = float(lead_left(lab.lead_oom, industry.settings.internal.rediscovery, dt))
        lab.algorithms_oom = shared + lab.lead_oom


def report(industry: Industry) -> None:
    """Where a law asks for it, regulators come to see a share of what is used inside."""
    for regulator in industry.regulators:
        regulator.believed_inside_oom = -np.inf
        share = regulator.law.internal_reporting
        if share <= 0.0:
            continue
        regions = [
            rule.regions
            for rule, law in zip(regulator.rules, regulator.laws, strict=True)
            if law.internal_reporting > 0.0
        ]
        for lab in industry.active_labs:
            if not any(binds(r, lab.region, lab.withdrawn) for r in regions):
                continue
            for model in (m for m in lab.models if m.internal_only):
                luck = industry.streams.uniform(f"inside.{regulator.name}.{model.id}", 0, 1)[0]
                if luck >= share:
                    continue
                size = float(np.log10(model.training_flop))
                regulator.known[model.id] = size
                regulator.sure.add(model.id)
                depth = np.log10(max(lab.internal_depth, lab.first_depth, 1.0))
                believed = size + regulator.belief_exponent * float(depth)
                regulator.believed_inside_oom = max(regulator.believed_inside_oom, believed)


def tell_crossings(industry: Industry, books: dict[int, Book]) -> None:
    """Log when a class is first done at human level, on sale or inside, and when that costs no more."""
    tech = industry.knowhow.technology
    hour = (
        2.0 * tech.tokens_per_second * 3600.0 * industry.flop_price * tech.inference_price_ratio
    ) / industry.knowhow.inference_efficiency
    names = ("human level", "human level inside", "cost parity")
    open_ = [
        t.name for t in industry.settings.tasks if any((n, t.name) not in industry.crossed for n in names)
    ]
    if not open_:
        return
    owners, inside = inside_profile(industry, industry.active_labs)
    for place, task in enumerate(industry.settings.tasks):
        if task.name not in open_:
            continue
        par = tech.human_level_oom + task.human_offset_oom
        best: tuple[float, str] = (np.inf, "")
        for book in books.values():
            for k in np.flatnonzero(book.profile.capability[:, place] >= par).tolist():
                own = bool(book.self_hosted[k])
                tier = book.hosted[k - len(book.tiers)] if own else book.tiers[k]
                usd = hour * tier.model.parameters * float(book.profile.depth[k, place])
                maker = next(lab.name for lab in industry.labs if lab.number == tier.model.lab)
                best = min(best, (usd, maker))
        if best[1]:
            _tell(industry, "human level", best[1], task.name, best[0], task.wage_usd)
            if best[0] <= task.wage_usd:
                _tell(industry, "cost parity", best[1], task.name, best[0], task.wage_usd)
        for k, lab in enumerate(owners):
            if inside.capability[k, place] >= par:
                assert lab.best_inside is not None
                usd = hour * lab.best_inside.parameters * float(inside.depth[k, place])
                _tell(industry, "human level inside", lab.name, task.name, usd, task.wage_usd)
                break


def inside_profile(industry: Industry, labs: list[Lab]) -> tuple[list[Lab], Profile]:
    """Labs with a model, and what the best of each gives at the deepest depth that its lab uses."""
    pairs = [(lab, model) for lab in labs if (model := lab.best_inside) is not None]
    base, distilled = np.array([(m.base_oom, m.distilled_oom) for _, m in pairs]).reshape(-1, 2).T
    depth, channel = np.array([inside_depth(lab) for lab, _ in pairs]), industry.channels[0]
    found = industry.knowhow.profile(channel, base, depth, distilled_oom=distilled)
    return [lab for lab, _ in pairs], found


def inside_depth(lab: Lab) -> float:
    """The deepest that a lab uses its models: on sale or for itself."""
    return max([lab.internal_depth, lab.first_depth, *(t.depth for t in lab.tiers)])


def _tell(industry: Industry, kind: str, agent: str, task: str, usd: float, wage: float) -> None:
    """Once for each class."""
    if (kind, task) in industry.crossed:
        return
    industry.crossed.add((kind, task))
    words = {
        "human level": "is first done at human level",
        "human level inside": "is first done at human level inside a lab",
        "cost parity": "at human level costs no more than people",
    }
    text = f"{task} {words[kind]}, at {plain(usd)} USD an hour against {plain(wage)}"
    industry.tell(kind, agent, text, task=task, usd_hour=usd, wage_usd=wage, cost_ratio=usd / wage)
