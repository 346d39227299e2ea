"""Agile: finds out which kind of investment has paid of late, and puts its attention there.

It reads the public record of all labs, its own among them (`Outlook.shown`), and sets what their margins
gained beyond the market's growth against what they had put into training, into rounds of distillation and
into depth. It sees realised returns only: no exponent, no wall, no regime.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from agents.decisions.outlook import Decide, Outlook, Talk
from agents.showing import Showing
from agents.strategies import Strategy, kind, nothing, seen
from model.catalogue import Event

if TYPE_CHECKING:
    from agents.lab import Lab

WAYS = ("training", "distillation", "depth")
# Which way of investing a decision is about; the others are taken as everybody takes them.
WAY_OF = {"train": "training", "distil": "distillation", "release": "distillation"}
WAY_OF |= {"depth": "depth", "tier": "depth"}
PRIOR_SHARE = 0.01  # of the worth of the market: the outlay that stands for "a dollar brings a dollar"
EDGE = 0.1  # dollars more per dollar that another way must have brought before it pivots


class Outlays(NamedTuple):
    """What a lab has put into each way since the last look, present value, USD."""

    training: float
    distillation: float
    depth: float


@dataclass
class Account:
    """Dollars spent on one way of investing and dollars that came back, older ones counting less."""

    spent_usd: float = 0.0
    back_usd: float = 0.0

    def book(self, spent_usd: float, back_usd: float, gain: float) -> None:
        """Forget a share `gain` of the past, add the news."""
        self.spent_usd = (1.0 - gain) * self.spent_usd + spent_usd
        self.back_usd = (1.0 - gain) * self.back_usd + back_usd

    def worth(self, prior_usd: float) -> float:
        """Dollars per dollar; without evidence one: (back + prior) / (spent + prior)."""
        total = self.spent_usd + prior_usd
        return (self.back_usd + prior_usd) / total if total > 0.0 else 1.0


def outlays(
    old: Showing, new: Showing, run_usd: float, round_usd: float, annuity: float
) -> tuple[Outlays, float]:
    """What a lab invested between two looks. run_usd, round_usd: price of a FLOP of either, USD.

    A training run and rounds are paid once, when the model is on sale; depth is paid as long as it is
    offered: the part of the serving bill that is due to it, over a model's life. Returns also that part, USD.
    """
    fresh = new.origin > old.origin
    run = new.run_flop if fresh else max(0.0, new.run_flop - old.run_flop) * (new.origin == old.origin)
    rounds = new.rounds_flop if fresh else max(0.0, new.rounds_flop - old.rounds_flop)
    rounds *= new.origin >= old.origin
    share = max(0.0, 1.0 - old.depth / new.depth) if new.depth > 0.0 else 0.0
    deeper = annuity * share * new.serving_usd
    return Outlays(run * run_usd, rounds * round_usd, deeper), deeper


def returns(
    before: Mapping[int, Showing],
    now: Mapping[int, Showing],
    run_usd: float,
    round_usd: float,
    annuity: float,
) -> dict[str, tuple[float, float]]:
    """Dollars (spent, come back) by way of investing, over all labs in both looks.

    Back: annuity x (margin - growth of the market x old margin), with what depth costs added back because
    it stands among the outlays; shared among a lab's ways in proportion to what it spent on them.
    """
    both = sorted(set(before) & set(now))
    first = sum(before[n].revenue_usd for n in both)
    growth = sum(now[n].revenue_usd for n in both) / first if first > 0.0 else 1.0
    spent, back = dict.fromkeys(WAYS, 0.0), dict.fromkeys(WAYS, 0.0)
    for number in both:
        old, new = before[number], now[number]
        put, deeper = outlays(old, new, run_usd, round_usd, annuity)
        total = sum(put)
        if total <= 0.0:
            continue
        gained = annuity * (new.margin_usd - growth * old.margin_usd) + deeper
        for way, usd in zip(WAYS, put, strict=True):
            spent[way] += usd
            back[way] += gained * usd / total
    return {way: (spent[way], back[way]) for way in WAYS}


class Agile(Strategy):
    """Full attention to one way of investing at a time; begins with training, as the industry did."""

    def __init__(self) -> None:
        self.focus = "training"
        self.accounts = {way: Account() for way in WAYS}
        self._last: Mapping[int, Showing] = {}
        self._step = -1

    def decide(self, rule: Decide, lab: Lab, outlook: Outlook) -> Talk:
        """In focus: weighed with more reach and speed. Out of focus: with less, and less often.

        At an attention of one both are what everybody does.
        """
        self._look(lab, outlook)
        decision, labs = kind(rule), outlook.scenario.labs
        way = WAY_OF.get(decision)
        if way is None:
            return rule(lab, outlook)
        low = labs.agile_attention
        focused = way == self.focus
        weight = 1.0 / low if focused else low
        purse = 1.0 if focused else low
        if decision in ("distil", "tier") and not focused and outlook.review % max(1, round(1.0 / low)):
            return nothing()
        match decision:
            case "train":
                reach = weight * labs.training_reach_oom
                return rule(lab, seen(outlook, purse=purse, training_reach_oom=reach))
            case "depth":
                return rule(lab, seen(outlook, depth_damping=weight * labs.depth_damping))
            case "distil" | "release":
                return rule(lab, seen(outlook, purse=purse))
        return rule(lab, outlook)

    def learn(self, found: Mapping[str, tuple[float, float]], prior_usd: float, gain: float) -> str:
        """Book returns (spent, back) by way, USD; the way that has the focus from now on.

        It turns only to what has been tried: to a way with more dollars on record than the prior stands for.
        """
        for way, (spent, back) in found.items():
            self.accounts[way].book(spent, back, gain)
        worth = self.worth(prior_usd)
        tried = [way for way in WAYS if self.accounts[way].spent_usd > prior_usd]
        best = max(tried, key=lambda way: worth[way], default=self.focus)
        if worth[best] > worth[self.focus] + EDGE:
            self.focus = best
        return self.focus

    def worth(self, prior_usd: float) -> dict[str, float]:
        """Dollars that came back per dollar, by way, as it sees it now."""
        return {way: account.worth(prior_usd) for way, account in self.accounts.items()}

    def _look(self, lab: Lab, outlook: Outlook) -> None:
        """Once a step: read the record, learn, and say so if it pivots."""
        if outlook.step == self._step:
            return
        self._step, before, self._last = outlook.step, self._last, outlook.shown
        if not before:
            return
        price, tech = outlook.flop_price, outlook.knowhow.technology
        life = outlook.annuity
        found = returns(before, outlook.shown, price / tech.final_run_share, price, life)
        prior = PRIOR_SHARE * life * sum(s.revenue_usd for s in outlook.shown.values())
        gain = 1.0 - (1.0 - outlook.scenario.labs.agile_gain) ** (outlook.dt / 0.25)
        old, new = self.focus, self.learn(found, prior, gain)
        if new == old:
            return
        worth = self.worth(prior)
        told = ", ".join(f"{way} {worth[way]:.2f}" for way in WAYS)
        text = f"{lab.name} pivots from {old} to {new}: a dollar has brought {told}"
        payload: dict[str, object] = {"from": old, "to": new, **{f"{w}_return": worth[w] for w in WAYS}}
        lab.news.append(Event("pivot", lab.name, text, payload))
