"""Strategies of labs: one file each, found automatically; the file's name is the strategy's.

A strategy is one class with one method. `decide` is asked for every decision of its lab and returns a
conversation (`Talk`): the standard rule of `agents.decisions` as it stands, the same rule on other numbers
(`seen`), with other questions or answers (`retold`), or none (`nothing`). It composes rules and hard-wires no
outcome: it never sees a regime, a metric or a rival's strategy. Each lab has an object of its own, which may
remember.
"""

from __future__ import annotations

import importlib
import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from agents.decisions.outlook import Appraisal, Ask, Decide, Outlook, Talk

if TYPE_CHECKING:
    from agents.lab import Lab

# What a rule decides, in the words of the table of decisions.
KINDS = {
    "decide_release": "release",
    "decide_opening": "openness",
    "decide_prices": "price",
    "decide_depth": "depth",
    "decide_tiers": "tier",
    "decide_financing": "finance",
    "decide_training": "train",
    "adapt_training": "train",
    "decide_distillation": "distil",
    "adapt_distillation": "distil",
    "decide_internal": "internal",
    "decide_security": "security",
}


class Strategy(ABC):
    """How one lab takes its decisions."""

    @abstractmethod
    def decide(self, rule: Decide, lab: Lab, outlook: Outlook) -> Talk:
        """The lab's way with one standard rule; `kind(rule)` says which decision it is."""

    @property
    def name(self) -> str:
        """Its name in scenarios and tables."""
        return _name(type(self).__module__.rpartition(".")[2])


def kind(rule: Decide) -> str:
    """Which decision a rule takes, in the words of `KINDS`."""
    name = getattr(rule, "__name__", "")
    return KINDS.get(name, name)


def seen(outlook: Outlook, *, purse: float = 1.0, **numbers: Any) -> Outlook:
    """Public knowledge with a lab's own numbers in place of those of section `labs`.

    purse: share of its money that the lab would put into one project. What the lab's market research
    answers, and what things really cost, stays as it is.
    """
    scenario = outlook.scenario
    labs = scenario.labs.model_copy(update=numbers)
    return replace(outlook, scenario=scenario.model_copy(update={"labs": labs}), purse=purse)


def retold(
    talk: Talk,
    ask: Callable[[Ask], Ask] = lambda question: question,
    answer: Callable[[Ask, Appraisal], Appraisal] = lambda question, told: told,
) -> Talk:
    """A conversation with its questions changed on their way out and its answers on their way back.

    `answer` gets the question as the rule put it.
    """
    try:
        question = next(talk)
        while True:
            told = yield ask(question)
            question = talk.send(answer(question, told))
    except StopIteration as done:
        return list(done.value)


def nothing() -> Talk:
    """The decision is not taken: all stays as it is."""
    yield from ()
    return []


@lru_cache(maxsize=1)
def strategies() -> dict[str, type[Strategy]]:
    """All strategies by name."""
    found = {}
    for item in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{item.name}")
        own = [
            thing
            for thing in vars(module).values()
            if isinstance(thing, type) and issubclass(thing, Strategy) and thing.__module__ == module.__name__
        ]
        if len(own) != 1:
            raise TypeError(f"{module.__name__} must define one strategy, not {len(own)}")
        found[_name(item.name)] = own[0]
    return found


def named(name: str) -> Strategy:
    """A new object of a strategy, for one lab."""
    return strategies()[name]()


def _name(stem: str) -> str:
    return stem.replace("_", "-")
