"""What a study varies: uncertainties with a distribution, levers with a list of values.

A factor turns a share of the unit interval into a value, so that every design is a design of the unit cube.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from model.errors import ScenarioError, nearest
from model.parameters import Parameter, Section
from model.scenario import parameters

Distribution = Literal["uniform", "loguniform", "integer", "choice", "normal"]
Plain = bool | int | float | str
LAST = math.nextafter(1.0, 0.0)


def general(key: str) -> str:
    """regulation.0.threshold_oom -> regulation[].threshold_oom, as the registry writes it."""
    found = ""
    for part in key.split("."):
        found += "[]" if part.isdigit() else f".{part}" if found else part
    return found


@lru_cache(maxsize=1)
def _known() -> dict[str, Parameter]:
    return {one.key: one for one in parameters()}


def parameter(key: str) -> Parameter:
    """The registry's record of a dotted key; a ScenarioError names the nearest key that exists."""
    found = _known().get(general(key))
    if found is None:
        raise ScenarioError(f"{key}: unknown key{nearest(general(key), _known())}")
    return found


class Lever(Section):
    """A parameter that somebody chooses: a list of values, each as likely as the others where drawn."""

    key: str = Field(description="dotted key of a parameter")
    values: list[Plain] = Field(min_length=1, max_length=1000, description="the choices")
    regimes: list[str] = Field(default_factory=list, description="where it acts; empty: everywhere")

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        parameter(self.key)
        if len({(type(one), one) for one in self.values}) < len(self.values):
            raise ValueError("values: name each once")
        return self

    @property
    def levels(self) -> Sequence[Plain]:
        """All values, in the order given."""
        return self.values

    def value(self, share: float) -> Plain:
        """The value at a share in [0, 1]."""
        return self.values[int(min(share, LAST) * len(self.values))]


class Uncertainty(Section):
    """A parameter that nobody knows. Without limits: its plausible range in the registry of parameters."""

    key: str = Field(description="dotted key of a parameter")
    distribution: Distribution = Field(default="uniform", description="its law")
    low: float | None = Field(default=None, description="least value")
    high: float | None = Field(default=None, description="greatest value")
    mean: float | None = Field(default=None, description="of the normal law, before it is cut off")
    sd: float | None = Field(default=None, gt=0, description="of the normal law, before it is cut off")
    values: list[Plain] = Field(default_factory=list, max_length=1000, description="of a choice")
    regimes: list[str] = Field(default_factory=list, description="where it acts; empty: everywhere")

    @model_validator(mode="before")
    @classmethod
    def _from_registry(cls, raw: Any) -> Any:
        """Fill in what is left out; whole-numbered parameters are drawn as integers."""
        if not isinstance(raw, dict) or not isinstance(raw.get("key"), str):
            return raw
        known = parameter(raw["key"])
        raw = dict(raw)
        whole = isinstance(known.default, int) and not isinstance(known.default, bool)
        if raw.get("values"):
            raw.setdefault("distribution", "choice")
        elif whole:
            raw.setdefault("distribution", "integer")
        if known.span is not None and raw.get("distribution") != "choice":
            for name, end in zip(("low", "high"), known.span, strict=True):
                if raw.get(name) is None:
                    raw[name] = float(end)
        return raw

    @model_validator(mode="after")
    def _whole(self) -> Self:
        kind, low, high = self.distribution, self.low, self.high
        if kind == "choice":
            if not self.values:
                raise ValueError("values: a choice needs a list of them")
            if len({(type(one), one) for one in self.values}) < len(self.values):
                raise ValueError("values: name each once")
            return self
        if self.values:
            raise ValueError(f"values: only a choice has them, not {kind}")
        if low is None or high is None:
            raise ValueError(f"low, high: must be given; {self.key} has no plausible range in the registry")
        if not low < high:
            raise ValueError("low: must be below high")
        if kind == "loguniform" and low <= 0:
            raise ValueError("low: must be above 0 for loguniform")
        if kind == "integer" and not (low.is_integer() and high.is_integer()):
            raise ValueError("low, high: must be whole numbers for integer")
        if (kind == "normal") != (self.mean is not None and self.sd is not None) or (
            kind != "normal" and (self.mean is not None or self.sd is not None)
        ):
            raise ValueError("mean, sd: normal needs both, other laws have neither")
        return self

    @property
    def levels(self) -> Sequence[Plain]:
        """The values of a choice; empty for a continuous law."""
        return self.values

    def value(self, share: float) -> Plain:
        """The value at a share in [0, 1] of its cumulative distribution."""
        kind, low, high = self.distribution, self.low, self.high
        if kind == "choice":
            return self.values[int(min(share, LAST) * len(self.values))]
        assert low is not None and high is not None
        if kind == "integer":
            return int(low) + int(min(share, LAST) * (int(high) - int(low) + 1))
        if kind == "loguniform":
            found = low * (high / low) ** share
        elif kind == "normal":
            found = self._normal(share)
        else:
            found = low + share * (high - low)
        return float(min(max(found, low), high))

    def _normal(self, share: float) -> float:
        from scipy.stats import truncnorm

        assert (
            self.mean is not None and self.sd is not None and self.low is not None and self.high is not None
        )
        ends = ((end - self.mean) / self.sd for end in (self.low, self.high))
        return float(truncnorm.ppf(share, *ends, loc=self.mean, scale=self.sd))


Factor = Uncertainty | Lever
