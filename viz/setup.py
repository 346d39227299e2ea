"""What a run is made of: a scenario, changed parameters, a seed. As a command, as a link, as a TOML file.

Everything that comes from a browser (controls, a link, an opened file) becomes a `Setup` and is judged as a
scenario file is; a fault is one line of ScenarioError. No path is ever taken from there.
"""

from __future__ import annotations

import json
import shlex
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlencode

from experiments.compare_keys import changed
from experiments.inputs import parse_changes, shipped_regimes
from model.errors import ScenarioError
from model.scenario import Scenario

LARGEST_SEED = 2**63 - 1
LONGEST_LINK = 20_000
LARGEST_FILE = 1_000_000
REFERENCE_COUNT = 20_000


@dataclass(frozen=True)
class Setup:
    """A base scenario (a shipped regime or an opened file), changes by dotted key, and a seed."""

    base: Scenario
    seed: int = 7
    changes: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def scenario(self) -> Scenario:
        """The scenario with its changes; ScenarioError says what is wrong with them."""
        return self.base.override(self.changes, where=self.base.name) if self.changes else self.base

    @property
    def shipped(self) -> bool:
        """Whether the base is a regime that ships, so that its name is enough."""
        return self.base.name in shipped_regimes() and self.base == regime(self.base.name)

    def with_changes(self, changes: Mapping[str, Any]) -> Setup:
        """With these changes besides; one that says what the base says anyway is dropped."""
        merged = {**self.changes, **changes}
        kept = {key: value for key, value in merged.items() if not _says(self.base, key, value)}
        made = replace(self, changes=kept)
        _ = made.scenario  # judged now
        return made

    def under(self, name: str) -> Setup:
        """The same changes under another shipped regime; what regimes themselves move is the regime's.

        An opened file keeps all that is its own but the technology.
        """
        kept = {k: v for k, v in self.changes.items() if k not in moved_by_regimes()}
        base = regime(name)
        if not self.shipped:
            technology = base.technology.model_dump(mode="python")
            drift = [move.model_dump(mode="python") for move in base.drift]
            own = self.base.override({"technology": technology, "drift": drift})
            base = own.named(f"{self.base.name.partition('+')[0]}+{name}")
        return Setup(base, self.seed, {}).with_changes(kept)

    # -- in words -----------------------------------------------------------------------------

    def command(self, steps: int, out: str = "") -> str:
        """The shell command that makes the same numbers again."""
        source = self.base.name if self.shipped else f"{self.base.name}.toml"
        parts = ["computeshift", "run", source, "--seed", str(self.seed), "--steps", str(steps)]
        for key, value in self.changes.items():
            if key != "horizon.steps":
                parts += ["--set", f"{key}={toml(value)}"]
        return shlex.join([*parts, "--out", out] if out else parts)

    def query(self, step: int = 0, page: str = "") -> str:
        """The part of a link behind the question mark."""
        pairs = [("regime", self.base.name), ("seed", str(self.seed))]
        pairs += [("set", f"{key}={toml(value)}") for key, value in self.changes.items()]
        pairs += [("step", str(step))] if step else []
        pairs += [("page", page)] if page else []
        return urlencode(pairs)


def from_query(text: str, first: Setup) -> tuple[Setup, int, str]:
    """Setup, step to run to and page of a link; `first` where nothing is said. ScenarioError if forged."""
    if len(text) > LONGEST_LINK:
        raise ScenarioError(f"link: longer than {LONGEST_LINK} characters; open a scenario file instead")
    try:
        pairs = parse_qsl(text.lstrip("?"), keep_blank_values=True, max_num_fields=200)
    except ValueError:
        raise ScenarioError("link: has more than 200 parts; open a scenario file instead") from None
    if not pairs:
        return first, 0, ""
    said = dict(pairs)
    unknown = sorted(set(said) - {"regime", "seed", "set", "step", "page"})
    if unknown:
        raise ScenarioError(f"link: unknown part {unknown[0][:40]!r}; allowed: regime, seed, set, step, page")
    base = first.base
    if "regime" in said and said["regime"] != base.name:
        base = regime(said["regime"])
    seed = whole("seed", said.get("seed", str(first.seed)), LARGEST_SEED)
    changes = parse_changes([value for key, value in pairs if key == "set"])
    made = Setup(base, seed).with_changes(changes)
    return made, whole("step", said.get("step", "0"), made.scenario.horizon.steps), said.get("page", "")


def whole(name: str, text: str, most: int) -> int:
    """A whole number from 0."""
    if not (text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= most):
        raise ScenarioError(f"{name} = {text[:40]!r}: must be a whole number from 0 to {most}")
    return int(text)


def from_toml(name: str, data: bytes, seed: int) -> Setup:
    """An opened scenario file, read as text and judged; nothing of it is a path."""
    if len(data) > LARGEST_FILE:
        raise ScenarioError(f"{name[:60]}: larger than 1 MB; a scenario file has a few kB")
    try:
        raw = tomllib.loads(data.decode("utf-8"))
    except UnicodeDecodeError:
        raise ScenarioError(f"{name[:60]}: is not UTF-8 text; expected a TOML file") from None
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"{name[:60]}: not valid TOML ({error}); expected key = value lines") from None
    except RecursionError:
        raise ScenarioError(f"{name[:60]}: nested too deeply; expected a scenario file") from None
    stem = "".join(c if c.isalnum() or c in "-_." else "-" for c in name.removesuffix(".toml"))[:60]
    return Setup(Scenario.from_mapping(raw, where=name[:60], name=stem or "scenario"), seed)


@lru_cache(maxsize=16)
def regime(name: str) -> Scenario:
    """A shipped regime by its name; never a path."""
    if name not in shipped_regimes():
        raise ScenarioError(f"regime = {name[:40]!r}: allowed: {', '.join(shipped_regimes())}")
    return Scenario.load(name)


@lru_cache(maxsize=1)
def moved_by_regimes() -> dict[str, list[str]]:
    """Which shipped regimes give a parameter another value than the defaults do, by dotted key."""
    found: dict[str, list[str]] = {}
    for name in shipped_regimes():
        for key, _, _ in changed(Scenario(), regime(name)):
            found.setdefault(key, []).append(name)
        for move in regime(name).drift:
            found.setdefault(move.parameter, [])
            if name not in found[move.parameter]:
                found[move.parameter].append(name)
    return found


def toml(value: Any) -> str:
    """A value as TOML on one line, tables inline."""
    if isinstance(value, Mapping):
        inner = ", ".join(f"{key} = {toml(entry)}" for key, entry in value.items() if entry is not None)
        return "{" + inner + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(toml(entry) for entry in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    return json.dumps(str(value), ensure_ascii=False)


def _says(base: Scenario, key: str, value: Any) -> bool:
    """Whether the base has that very value there; unknown keys are left to be judged."""
    try:
        held = base.value(key)
    except (AttributeError, IndexError, ValueError, TypeError):
        return False
    if isinstance(held, list):
        plain = [one.model_dump(mode="json") if hasattr(one, "model_dump") else one for one in held]
        return plain == value
    return (type(held) is type(value) and held == value) or (isinstance(held, float) and held == value)
