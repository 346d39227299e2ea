"""What a registered claim is: a measure of one run, a contrast of settings, the sign expected, a source.

Everything that a verdict rests on is written down here before any run is made. A record holds no result
and no opinion; what it cannot measure it says in `note`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from model.results import Results

ORD = "Ord, Inference Scaling Reshapes AI Governance, arXiv 2503.05705 (Feb 2025)"
GOVAI = "Ord, revision of Oct 2025, governance.ai"
NOTES = "notes on o1 and regulation (second source)"


class NotMeasured(Exception):
    """The run has no such column, table or part: there is nothing to judge, which is not a zero."""


Statistic = Literal["mean", "spread"]


@dataclass(frozen=True)
class Measure:
    """A number read off one run. NaN: undefined in this run; NotMeasured: the model has no such thing."""

    name: str
    """Unique; the key under which its value is stored with a run."""
    words: str
    unit: str
    function: Callable[[Results], float] = field(repr=False, compare=False)

    def __call__(self, results: Results) -> float:
        return float(self.function(results))


@dataclass(frozen=True)
class Contrast:
    """A weighted sum over settings of one measure, at the same seed and point, less a number.

    `weights` +1 and -1: the difference of two settings. One setting alone: its level against `against`.
    `spread`: instead of its mean, the log10 standard deviation over seeds is compared.
    """

    words: str
    measure: Measure
    weights: Mapping[str, float]
    against: float = 0.0
    statistic: Statistic = "mean"

    @property
    def unit(self) -> str:
        """Of the effect: that of the measure; a ratio of spreads is told in orders of magnitude."""
        return "OOM" if self.statistic == "spread" else self.measure.unit

    def effect(self, values: Mapping[str, float]) -> float:
        """The contrast of one seed or point, given the measure by setting."""
        return sum(w * values[name] for name, w in self.weights.items()) - self.against


@dataclass(frozen=True)
class Record:
    """What all kinds of claims share."""

    id: str
    title: str
    says: str
    """What the source says, in one sentence."""
    source: str
    number: str = ""
    """The number that the source gives, if any."""
    note: str = ""
    """What the measure leaves out, and whatever else a reader must know before believing a verdict."""


@dataclass(frozen=True)
class Claim(Record):
    """A claim that runs can contradict."""

    contrast: Contrast = field(kw_only=True)
    direction: int = field(kw_only=True)
    """+1: the contrast should be above zero, -1: below."""
    also: tuple[Contrast, ...] = field(default=(), kw_only=True)
    """Further contrasts at the default point, shown beside the verdict and not part of it."""
    assumed: bool = field(default=False, kw_only=True)
    """An assumption says it already: it could hardly come out otherwise, and is never called supported."""

    def __post_init__(self) -> None:
        if self.direction not in (-1, 1):
            raise ValueError(f"{self.id}: direction must be +1 or -1")

    @property
    def settings(self) -> tuple[str, ...]:
        """All settings that it needs, its own first."""
        names = [n for c in (self.contrast, *self.also) for n in c.weights]
        return tuple(dict.fromkeys(names))

    @property
    def measures(self) -> tuple[Measure, ...]:
        """All measures that it reads."""
        return tuple({c.measure.name: c.measure for c in (self.contrast, *self.also)}.values())


@dataclass(frozen=True)
class Item:
    """One line of a check: what was said, what the model's own functions and data give."""

    words: str
    found: float
    low: float
    """Least value with which the statement holds."""
    high: float
    unit: str = ""
    said: str = ""

    @property
    def holds(self) -> bool:
        """Whether the number found lies where the statement wants it."""
        return self.low <= self.found <= self.high


@dataclass(frozen=True)
class Check(Record):
    """A fact, a definition or arithmetic: worked out, not simulated, and never called a finding."""

    items: Callable[[], list[Item]] = field(kw_only=True, repr=False)


@dataclass(frozen=True)
class Unmodelled(Record):
    """A claim for which the model has no mechanism of its own: it is listed, and no verdict is given."""

    why: str = field(kw_only=True)


def difference(measure: Measure, treatment: str, reference: str, words: str = "") -> Contrast:
    """Treatment less reference."""
    return Contrast(words or f"{treatment} less {reference}", measure, {treatment: 1.0, reference: -1.0})


def level(measure: Measure, setting: str, against: float, words: str = "") -> Contrast:
    """A measure in one setting, less a number."""
    return Contrast(words or f"{setting} less {against:g}", measure, {setting: 1.0}, against)
