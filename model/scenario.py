"""A scenario: every number a run needs, checked, with its evidence; TOML in and out.

A regime is a scenario file of numbers. The name of the file is carried for people only: it is no
field, does not enter the fingerprint, and nothing that decides or computes may read it.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

from pydantic import PrivateAttr, ValidationError, model_validator

from model.errors import ScenarioError, explain, nearest
from model.parameters import Parameter, Section, param, registry, section_of
from model.rulebook import check_rules
from model.sections.compute import Compute
from model.sections.finance import Finance
from model.sections.horizon import Horizon
from model.sections.internal import Internal
from model.sections.labs import Labs
from model.sections.misuse import Misuse
from model.sections.open_weights import OpenWeights
from model.sections.oversight import Oversight, Rule, default_rules
from model.sections.security import Security
from model.sections.tasks import Task, default_tasks
from model.sections.technology import Technology
from model.sections.users import Users

REGIMES = Path(__file__).parent / "regimes"


class Drift(Section):
    """A number that moves in a straight line between two dates, e.g. the arrival of the data wall."""

    parameter: str = param(
        ...,
        "dotted key of a technology number",
        unit="text",
        source="user",
        grade="switch",
        pattern=r"^technology\.",
    )
    start_year: float = param(
        ..., "when it starts to move", unit="years", source="user", grade="switch", ge=0, le=1000
    )
    end_year: float = param(
        ..., "when it arrives", unit="years", source="user", grade="switch", ge=0, le=1000
    )
    value: float = param(..., "where it arrives", unit="as the parameter", source="user", grade="switch")


class Scenario(Section):
    """All parameters of one run."""

    horizon: Horizon = Horizon()
    technology: Technology = Technology()
    tasks: list[Task] = param(
        default_tasks,
        "task classes",
        unit="list",
        source="design",
        grade="assumed",
        min_length=1,
        max_length=50,
    )
    users: Users = Users()
    labs: Labs = Labs()
    internal: Internal = Internal()
    open_weights: OpenWeights = OpenWeights()
    security: Security = Security()
    misuse: Misuse = Misuse()
    compute: Compute = Compute()
    finance: Finance = Finance()
    regulation: list[Rule] = param(
        default_rules,
        "rules of the state",
        unit="list",
        source="P10.1",
        grade="measured",
        max_length=50,
    )
    oversight: Oversight = Oversight()
    drift: list[Drift] = param(
        list,
        "technology numbers that move during the run",
        unit="list",
        source="user",
        grade="switch",
        max_length=50,
    )

    _name: str = PrivateAttr(default="scenario")

    # -- reading and writing -----------------------------------------------------------------

    @classmethod
    def load(cls, source: str | Path) -> Scenario:
        """Read a shipped regime by its name, or a TOML file by its path."""
        path = Path(source)
        if path.suffix != ".toml":
            path = REGIMES / f"{source}.toml"
            if not path.is_file():
                close = nearest(str(source), regime_names(), "")
                known = ", ".join(regime_names())
                raise ScenarioError(
                    f"{source}: no such regime{close}; allowed: {known}, or the path of a .toml file"
                )
        try:
            raw = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "is not UTF-8 text"
            raise ScenarioError(f"{path}: cannot be read ({reason}); expected a TOML file") from None
        except tomllib.TOMLDecodeError as error:
            raise ScenarioError(f"{path}: not valid TOML ({error}); expected key = value lines") from None
        if path.parent != REGIMES and ("levers" in raw or "outcomes" in raw):
            raise ScenarioError(f"{path}: is a study and not a scenario; say computeshift sweep {path}")
        return cls.from_mapping(raw, where=str(path), name=path.stem)

    @classmethod
    def from_mapping(
        cls, raw: Mapping[str, Any], *, where: str = "scenario", name: str = "scenario"
    ) -> Scenario:
        """Validate nested plain values; any fault is one line that names file, field and what is allowed."""
        try:
            scenario = cls.model_validate(dict(raw))
        except ValidationError as error:
            raise ScenarioError(explain(error, where, cls)) from None
        scenario._name = name
        return scenario

    @property
    def name(self) -> str:
        """What people call it: the stem of its file."""
        return self._name

    def named(self, name: str) -> Scenario:
        """The same numbers under another name."""
        copy = self.model_copy()
        copy._name = name
        return copy

    def to_mapping(self) -> dict[str, Any]:
        """Nested plain values, JSON-ready but for dates as ISO text."""
        return self.model_dump(mode="json")

    def to_toml(self, path: str | Path | None = None) -> str:
        """The whole scenario as TOML text; written to `path` when given."""
        text = "\n".join(_toml_lines(self.to_mapping(), "")) + "\n"
        if path is not None:
            Path(path).write_text(text, encoding="utf-8")
        return text

    def fingerprint(self) -> str:
        """Stable hash of the content (16 hex digits); the name does not enter."""
        text = json.dumps(self.to_mapping(), sort_keys=True, allow_nan=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def override(self, changes: Mapping[str, Any], *, where: str = "override") -> Scenario:
        """A copy with dotted keys replaced, e.g. {"users.count": 100_000, "regulation.0.fine_usd": 0}."""
        raw = self.model_dump(mode="python")
        for key, value in changes.items():
            _set(raw, key, value, where)
        return Scenario.from_mapping(raw, where=where, name=self._name)

    def value(self, key: str) -> Any:
        """The value at a dotted key."""
        at: Any = self
        for part in key.split("."):
            at = at[int(part)] if isinstance(at, list) else getattr(at, part)
        return at

    def technology_at(self, years: float) -> Technology:
        """The technology in force `years` after the start: the drifts applied."""
        if not self.drift:
            return self.technology
        raw = {"technology": self.technology.model_dump()}
        for move in self.drift:
            if years < move.start_year:
                continue
            width = move.end_year - move.start_year
            share = 1.0 if width <= 0 else min(1.0, (years - move.start_year) / width)
            first = float(_get(raw, move.parameter))  # where an earlier drift has left it
            _set(raw, move.parameter, first + share * (move.value - first), "drift")
        return Technology.model_validate(raw["technology"])

    # -- contradictions ----------------------------------------------------------------------

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        users, labs = self.users, self.labs
        wealth = users.wealth
        if wealth.atom_weights and len(wealth.atom_weights) != len(wealth.atoms):
            raise ValueError("users.wealth.atom_weights: needs one weight per entry of users.wealth.atoms")
        if users.quality_tastes and len(users.quality_tastes) != len(wealth.atoms):
            raise ValueError("users.quality_tastes: needs one taste per entry of users.wealth.atoms")
        if any(not a > 0 for a in wealth.atoms) or any(not w > 0 for w in wealth.atom_weights):
            raise ValueError("users.wealth.atoms: incomes and weights must be above 0")
        if wealth.atoms and users.count < len(wealth.atoms):
            raise ValueError("users.count: must be at least the number of entries of users.wealth.atoms")
        if users.population_growth > 0 and users.population_ceiling < users.population:
            raise ValueError("users.population_ceiling: must be at least users.population")
        if users.engine == "lumped" and users.demand != "sampled":
            raise ValueError('users.engine: "lumped" needs users.demand = "sampled"')
        if users.engine == "lumped" and users.types == 0 and not wealth.atoms:
            raise ValueError('users.engine: "lumped" needs users.types above 0 or users.wealth.atoms')
        if users.engine == "lumped" and (users.perception_noise_oom > 0 or users.consideration > 0):
            raise ValueError(  # a row is a kind of user: one view for all of the kind would be another law
                'users.engine: "lumped" needs users.perception_noise_oom = 0 and users.consideration = 0'
            )
        if 0 < users.business_share < 1 and users.count < 2:
            raise ValueError("users.count: must be at least 2, one for persons and one for firms")
        if any(not t > 0 for t in users.quality_tastes):
            raise ValueError("users.quality_tastes: must be above 0")
        if any(not 0 < d <= 1e12 for d in self.open_weights.depths):
            raise ValueError("open_weights.depths: must be above 0 and at most 1e12")
        if users.types > users.count:
            raise ValueError("users.types: must be at most users.count")
        if users.outside_utility == "none" and labs.adapt.price:
            sellers = {"list": len(labs.explicit), "symmetric": labs.count, "data": 2}[labs.start]
            if sellers < 2:
                raise ValueError(
                    'users.outside_utility: "none" leaves a single lab without a finite price;'
                    " give a number or a second lab"
                )
        if labs.start == "list" and not labs.explicit:
            raise ValueError('labs.explicit: must not be empty when labs.start = "list"')
        if labs.start != "list" and labs.explicit:
            raise ValueError('labs.start: must be "list" when labs.explicit is given')
        starting = {"list": len(labs.explicit), "symmetric": labs.count, "data": labs.data_count}
        if starting[labs.start] > labs.limit:
            raise ValueError("labs.limit: must be at least the number of labs at the start")
        if labs.start != "data" and self.compute.price == "endogenous" and not self.compute.sites:
            raise ValueError(
                'compute.sites: must be given when compute.price = "endogenous" and labs.start is not "data"'
            )
        if sum(t.usage for t in self.tasks) <= 0 or sum(t.business_usage for t in self.tasks) <= 0:
            raise ValueError("tasks: usage and business_usage must each add up to more than 0")
        check_rules(self.regulation)
        known = {p.key for p in registry(Technology, "technology.")}
        for number, move in enumerate(self.drift):
            if move.parameter not in known or isinstance(self.value(move.parameter), bool | int):
                raise ValueError(f"drift.{number}.parameter: {move.parameter} is not a technology number")
            if move.end_year < move.start_year:
                raise ValueError(f"drift.{number}.end_year: must not be before start_year")
        if self.drift:
            last = max(move.end_year for move in self.drift)
            try:
                self.technology_at(last)
            except ValidationError as error:
                raise ValueError(f"drift.value: {explain(error, '', Technology)}") from None
        return self


def regime_names() -> list[str]:
    """Names of the shipped regimes."""
    return sorted(path.stem for path in REGIMES.glob("*.toml"))


@lru_cache(maxsize=1)
def parameters() -> tuple[Parameter, ...]:
    """The registry of all parameters, in the order of their declaration."""
    return tuple(registry(Scenario))


def _get(raw: Any, key: str) -> Any:
    for part in key.split("."):
        raw = raw[part]
    return raw


def _set(raw: Any, key: str, value: Any, where: str) -> None:
    """Replace the value at a dotted key; the key must exist (its value is judged later)."""
    parts = key.replace("[]", "").split(".")  # as `parameters` lists them: refused with the right spelling
    at, kind = raw, None
    section: Any = Scenario
    for depth, part in enumerate(parts):
        last = depth == len(parts) - 1
        if isinstance(at, list):
            if not part.isdigit() or int(part) >= len(at):
                raise ScenarioError(f"{where}: {key} = {value!r}: {_entries(parts, depth, len(at))}")
            step: Any = int(part)
        elif isinstance(at, dict) and part in at:
            step = part
            kind = section.model_fields.get(part) if section is not None else None
            section = section_of(kind.annotation) if kind is not None else None
        else:
            raise ScenarioError(explain_unknown(where, key, part, section))
        if last:
            at[step] = value
        else:
            at = at[step]


def _entries(parts: list[str], depth: int, count: int) -> str:
    """How an entry of a list is named, and which there are."""
    if count == 0:
        return "the list is empty"
    if parts[depth].isdigit():
        return f"allowed entries: 0 to {count - 1}"
    named = ".".join([*parts[:depth], "0", *parts[depth:]])
    return f"name the entry by its number, as in {named} (allowed: 0 to {count - 1})"


def explain_unknown(where: str, key: str, part: str, section: type[Section] | None) -> str:
    """One line for a key that does not exist, with the nearest that does."""
    names = list(section.model_fields) if section is not None else []
    return f"{where}: {key}: unknown key {part!r}{nearest(part, names)}"


def _toml_value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value)
    if isinstance(value, float):
        return repr(value) if value == value and abs(value) != float("inf") else str(value)
    if isinstance(value, list):
        return "[" + ", ".join(_toml_value(v) for v in value) + "]"
    return str(value)


def _toml_lines(table: Mapping[str, Any], prefix: str) -> Iterator[str]:
    """TOML text of a nested mapping: plain values first, then tables, then arrays of tables."""
    inner = {k: v for k, v in table.items() if isinstance(v, dict)}
    arrays = {k: v for k, v in table.items() if isinstance(v, list) and v and isinstance(v[0], dict)}
    for key, value in table.items():
        if key not in inner and key not in arrays and value is not None:
            yield f"{key} = {_toml_value(value)}"
    for key, value in inner.items():
        yield f"\n[{prefix}{key}]"
        yield from _toml_lines(value, f"{prefix}{key}.")
    for key, rows in arrays.items():
        for row in rows:
            yield f"\n[[{prefix}{key}]]"
            yield from _toml_lines(row, f"{prefix}{key}.")
