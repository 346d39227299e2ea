"""Rows of the tables, read from the agents' states at the end of a step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from agents.book import Book
from agents.decisions.complying import facts_of
from agents.fringe import makers_only
from agents.lab import Lab
from agents.surplus import surplus_usd
from agents.survey import seen_by_respondents
from agents.users import DECILES
from model.knowhow import SEGMENTS
from model.law import binds
from model.phases import finance, oversight
from model.phases.accounts import Use
from model.phases.internal import inside_profile
from model.policies import line_of
from model.record_frames import Columns, columns_of, joined

if TYPE_CHECKING:
    from model.industry import Industry

Row = dict[str, Any]
Floats = NDArray[np.float64]


def lab_rows(industry: Industry, books: dict[int, Book], use: Use) -> list[Row]:
    """One row per lab that was active in the step."""
    ledger = industry.ledger
    labs = industry.labs_of_step
    counts = _by_lab(books, use)
    revenue = sum(lab.revenue_usd for lab in labs)
    people = sum(counts.values())
    human, inside = _inside_human(industry, labs), _internal(industry, labs, books)
    elasticity = _elasticities(industry, labs, books)
    rows = []
    for lab in labs:
        best = _best_on_sale(lab)
        on_sale = {t.model.id: t.model for t in lab.tiers}.values()
        covered = [m for m in on_sale if oversight.covered(industry, lab, m)]
        users = counts.get(lab.number, 0.0)
        rows.append(
            {
                "lab": lab.number,
                "name": lab.name,
                "strategy": lab.strategy.name,
                "cash_usd": lab.cash_usd,
                "revenue_usd": lab.revenue_usd,
                "profit_usd": lab.profit_usd,
                "funding_usd": lab.funding_usd,
                "training_flop": best.training_flop if best else 0.0,
                "training_spend_usd": ledger.paid(lab.account, "training compute"),
                "training_flop_used": lab.training_flop_used + lab.distillation_flop,
                "distillation_rounds": best.rounds if best else 0,
                "inference_flop": lab.inference_flop,
                "inference_spend_usd": ledger.paid(lab.account, "inference compute"),
                "credits_usd": lab.credits_usd,
                "credits_used_usd": ledger.received(lab.account, "credits"),
                "equity_sold": sum(lab.stakes.values()),
                "payouts_usd": ledger.paid(lab.account, "payouts"),
                "mergers_usd": ledger.received(lab.account, "acquisition")
                - ledger.paid(lab.account, "acquisition"),
                "serving_elasticity": finance.serving_slope(industry, lab),
                "overhead_usd": ledger.paid(lab.account, "overhead") + ledger.paid(lab.account, "tiers"),
                "security_usd": ledger.paid(lab.account, "security"),
                "complements_usd": ledger.received(lab.account, "complements"),
                "compliance_usd": ledger.paid(lab.account, "compliance"),
                "fines_usd": ledger.paid(lab.account, "fines"),
                "compute_tax_usd": ledger.paid(lab.account, "compute tax"),
                "capability_oom": max((c for c, _ in _capabilities(lab, books)), default=np.nan),
                "internal_capability_oom": inside.get(lab.number, np.nan),
                "internal_human_oom": human.get(lab.number, np.nan),
                "internal_flop": lab.internal_flop,
                "release_usd": ledger.paid(lab.account, "release"),
                "menu_usd": ledger.paid(lab.account, "menu"),
                "entry_usd": ledger.paid(lab.account, "entry"),
                "adverts_usd": ledger.received(lab.account, "adverts"),
                "internal_spend_usd": ledger.paid(lab.account, "internal compute"),
                "internal_depth": lab.internal_depth,
                "lead_oom": lab.lead_oom,
                "users": users,
                "share_revenue": lab.revenue_usd / revenue if revenue > 0 else 0.0,
                "share_users": users / people if people > 0 else 0.0,
                "open_weights": lab.open_weights,
                "covered": bool(covered),
                "reported": bool(covered) and all(oversight.reported(industry, lab, m) for m in covered),
                "observed": oversight.observed(industry, lab),
                "training_block_flop": lab.block_flop,
                "parameters": best.parameters if best else 0.0,
                "odds_elasticity": elasticity.get(lab.number, np.nan),
                "algorithms_oom": lab.algorithms_oom,
                "theft_hazard_year": lab.theft_hazard_year,
                "weights_entry_usd": lab.weights_entry_usd,
                "entered_step": lab.entered_step,
                "exited_step": lab.exited_step,
            }
        )
    return rows


def user_columns(industry: Industry, books: dict[int, Book], use: Use) -> tuple[Columns, Columns]:
    """Cells of users by wealth decile, and what they buy."""
    users: list[Row] = []
    purchases: list[Columns] = []
    reference = industry.settings.users.reference_oom
    dt = industry.settings.horizon.step_years
    for segment in industry.segments:
        kind, book = segment.kind, books[segment.kind]
        k = book.size
        tally, paid = use.tally[kind], use.payments[kind]
        if kind in use.vouchers:  # what users pay themselves
            paid = paid - use.vouchers[kind]
        wealth = segment.decile_income / dt
        sample = industry.samples[kind]
        seen = seen_by_respondents(sample, segment, industry.choices[kind], book)
        surplus = surplus_usd(segment, sample.rows, book, industry.settings.users, seen)
        gain = _mean(segment.decile[sample.rows], surplus, np.ones(surplus.size))
        open_gain = np.zeros(DECILES)
        if book.hosted:
            makers = makers_only(book)
            sold = None if seen is None else seen[:, : makers.size]
            left = surplus_usd(segment, sample.rows, makers, industry.settings.users, sold)
            lost = np.maximum(surplus - left, 0.0)  # rounding apart more offers are never a loss
            open_gain = _mean(segment.decile[sample.rows], lost, np.ones(surplus.size))
        level = np.append(book.profile.mean_capability, reference)
        depth = np.append(book.profile.mean_depth, 0.0)
        for d in range(DECILES):
            count = tally.users[d]
            total, active = float(count.sum()), float(count[:k].sum())
            buys = count[:k] * ~book.self_hosted if k else count[:0]
            buyers = float(buys[paid[d, :k] > 0].sum()) if k else 0.0
            users.append(
                {
                    "segment": SEGMENTS[kind],
                    "decile": d + 1,
                    "population": total,
                    "wealth_usd": float(wealth[d]),
                    "adoption": active / total if total else 0.0,
                    "price_paid_usd": float((paid[d, :k] * ~book.self_hosted).sum()) / buyers
                    if buyers
                    else np.nan,
                    "depth": float(count[:k] @ depth[:k]) / active if active else np.nan,
                    "capability_oom": float(count @ level) / total if total else np.nan,
                    "surplus_usd": float(gain[d]),
                    "self_hosting": float(count[:k] @ (book.self_hosted & ~book.host_run)) / total
                    if total and k
                    else 0.0,
                    "open_surplus_usd": float(open_gain[d]),
                }
            )
        decile, place = np.nonzero(tally.users > 0)
        purchases.append(
            {
                "segment": [SEGMENTS[kind]] * place.size,
                "decile": decile + 1,
                "lab": np.append(book.lab, -1)[place],
                "tier": np.append(book.id, -1)[place],
                "users": tally.users[decile, place],
                "payments_usd": paid[decile, place],
            }
        )
    return columns_of(users), joined(purchases)


def model_rows(industry: Industry) -> list[Row]:
    """One row per model that exists."""
    return [
        {
            "step": m.created_step,
            "lab": m.lab if m.maker < 0 else m.maker,
            "model": m.id,
            "name": m.name,
            "released_step": m.released_step,
            "training_flop": m.training_flop,
            "parameters": m.parameters,
            "algorithms_oom": m.algorithms_oom,
            "distillation_rounds": m.rounds,
            "distillation_oom": m.distilled_oom,
            "capability_oom": m.base_oom,
            "open_weights": m.open_weights,
            "internal_only": m.internal_only,
            "distillation_flop": m.distillation_flop,
            "checkpoint_of": m.checkpoint_of,
            "built_on": m.built_on,
            "opened_step": m.opened_step,
            "owner": m.lab,
            "bought_step": m.bought_step,
            "stolen": m.stolen_step >= 0,
            "stolen_step": m.stolen_step,
            "leaked": m.leaked_step >= 0,
            "leaked_step": m.leaked_step,
            "elicitation_oom": industry.knowhow.elicitation_oom + m.elicitation_oom,
            "evaluated_oom": _known(m.evaluated_oom) if m.released_step >= 0 else np.nan,
            "reached_oom": _known(m.reached_oom) if m.released_step >= 0 else np.nan,
            "mitigation_oom": m.mitigation_oom,
        }
        for lab in industry.labs
        for m in lab.models
    ]


def regulator_rows(industry: Industry, tiers: Columns) -> list[Row]:
    """One row per rule in force; the truth is written here and read by nobody in the industry."""
    on_sale = {t.model.id: (t.model, lab) for lab in industry.labs_of_step for t in lab.tiers}
    sold = zip(tiers.get("capability_oom", ()), tiers.get("self_hosted", ()), strict=True)
    true = max((level for level, own in sold if not own), default=np.nan)
    dt = industry.settings.horizon.step_years
    rows = []
    for regulator in industry.regulators:
        believed = max((regulator.believed_of(lab) for lab in industry.labs_of_step), default=np.nan)
        known = sum(m in regulator.sure for m in on_sale)
        for place, (rule, law) in enumerate(zip(regulator.rules, regulator.laws, strict=True)):
            results = regulator.rule_results
            audits, breaches, fines = results[place] if place < len(results) else (0, 0, 0.0)
            covered = sum(
                binds(rule.regions, lab.region, lab.withdrawn) and bool(law.duties_on(facts_of(m, lab, dt)))
                for m, lab in on_sale.values()
            )
            rows.append(
                {
                    "regulator": regulator.name,
                    "rule": rule.policy,
                    "threshold": line_of(rule),
                    "covered_share": covered / len(on_sale) if on_sale else np.nan,
                    "observed_share": known / len(on_sale) if on_sale else np.nan,
                    "audits": audits,
                    "breaches_found": breaches,
                    "fines_usd": fines,
                    "believed_capability_oom": believed,
                    "believed_internal_oom": max(believed, regulator.believed_inside_oom),
                    "true_capability_oom": true,
                }
            )
    return rows


def _known(level: float) -> float:
    """A level, NaN where nothing is feared or to be had."""
    return level if np.isfinite(level) else np.nan


def _mean(cell: NDArray[np.int8], value: Any, weight: Floats) -> Floats:
    """Weighted mean by decile, (10,)."""
    total = np.bincount(cell, weights=weight, minlength=DECILES)
    added = np.bincount(cell, weights=weight * value, minlength=DECILES)
    return np.divide(added, total, out=np.zeros(DECILES), where=total > 0)


def _by_lab(books: dict[int, Book], use: Use) -> dict[int, float]:
    """Users on the tiers of each lab, self-hosting left out."""
    found: dict[int, float] = {}
    for kind, book in books.items():
        for lab, count, own in zip(
            book.lab, use.tally[kind].users.sum(axis=0), book.self_hosted, strict=False
        ):
            if not own:
                found[int(lab)] = found.get(int(lab), 0.0) + float(count)
    return found


def _capabilities(lab: Lab, books: dict[int, Book]) -> list[tuple[float, float]]:
    """Usage-weighted capability and depth of each of a lab's tiers."""
    return [
        (float(books[t.channel].profile.mean_capability[books[t.channel].positions[t.id]]), t.depth)
        for t in lab.tiers
        if t.id in books[t.channel].positions
    ]


def _internal(industry: Industry, labs: list[Lab], books: dict[int, Book]) -> dict[int, float]:
    """By lab the best it has: what it sells, or its best model at the deepest depth that it sells."""
    sold = {lab.number: found for lab in labs if lab.models and (found := _capabilities(lab, books))}
    able = [lab for lab in labs if lab.number in sold]
    have = np.array([(m.base_oom, m.distilled_oom) for lab in able for m in lab.models])
    base, distilled = have.reshape(-1, 2).T
    deepest = [max(lab.internal_depth, *(d for _, d in sold[lab.number])) for lab in able]
    counts = [len(lab.models) for lab in able]
    depth, channel = np.repeat(deepest, counts), industry.channels[0]
    best = industry.knowhow.profile(channel, base, depth, distilled_oom=distilled).mean_capability
    inside = np.split(best, np.cumsum(counts)[:-1]) if able else []
    return {
        lab.number: max(max(c for c, _ in sold[lab.number]), float(mine.max()))
        for lab, mine in zip(able, inside, strict=True)
    }


def _inside_human(industry: Industry, labs: list[Lab]) -> dict[int, float]:
    """By lab: capability of its best model, at the deepest it uses, in the class nearest to human level."""
    owners, found = inside_profile(industry, labs)
    offset = np.array([t.human_offset_oom for t in industry.settings.tasks])
    return {
        lab.number: float(x) for lab, x in zip(owners, (found.capability - offset).max(axis=1), strict=True)
    }


def _best_on_sale(lab: Lab) -> Any:
    """The most capable model behind its tiers."""
    models = {t.model.id: t.model for t in lab.tiers}
    return max(models.values(), key=lambda m: (m.base_oom, m.id)) if models else None


def _elasticities(industry: Industry, labs: list[Lab], books: dict[int, Book]) -> dict[int, float]:
    """By lab, elasticity of the odds of being chosen in training compute: dU/dG x dG/dln C / mu.

    Averaged over respondents with the weights of the lab's marginal customers (m s (1 - s)).
    """
    scale = industry.settings.users.taste_scale
    total = dict.fromkeys((lab.number for lab in labs), 0.0)
    weight = dict(total)
    for kind, book in books.items():
        poll = industry.public_outlook.polls.get(kind) if industry.public_outlook else None
        if poll is None:
            continue
        sold = dict.fromkeys(book.lab[~book.self_hosted].tolist())
        able = [n for n in sold if n in total and n in poll.value]
        if not able:
            continue
        value = np.stack([poll.value[n] for n in able]) / scale
        rivals = poll.rivals_of(able, [0.0] * len(able))
        chosen = 1.0 / (1.0 + np.exp(np.clip(rivals - value, -700, 700)))
        mine = [book.marginal[(book.lab == n) & ~book.self_hosted].mean(axis=0) for n in able]
        use = poll.weight * chosen * (1.0 - chosen)
        felt = (use * (np.array(mine) @ poll.sample.mix.T)).sum(axis=1)
        for number, gain, mass in zip(able, felt.tolist(), use.sum(axis=1).tolist(), strict=True):
            total[number] += gain
            weight[number] += mass
    gains = {
        lab.number: industry.knowhow.training_return(best.training_flop) / scale
        for lab in labs
        if (best := _best_on_sale(lab)) is not None
    }
    return {n: total[n] / weight[n] * gain for n, gain in gains.items() if weight[n] > 0}
