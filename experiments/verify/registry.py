"""Cases by name: functions that yield findings, and what runs them and takes their time."""

from __future__ import annotations

import importlib
import inspect
import json
import math
import pkgutil
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from model.errors import ScenarioError, nearest

Kind = Literal["static", "dynamic", "referee"]


class Finding(NamedTuple):
    """One comparison: what theory says, what came out, how far it may be off."""

    item: str
    expected: float | str
    got: float | str
    tolerance: str
    passed: bool


@dataclass(frozen=True)
class Row:
    """A finding with its case and the seconds that it took."""

    case: str
    item: str
    expected: float | str
    got: float | str
    tolerance: str
    passed: bool
    seconds: float
    part: str = ""  # the part of the case that it belongs to

    def as_json(self) -> dict[str, Any]:
        """Plain values; what is not a finite number becomes text, which every reader understands."""
        plain = asdict(self)
        return {k: str(v) if isinstance(v, float) and not math.isfinite(v) else v for k, v in plain.items()}


Function = Callable[[], Iterator[Finding]]


@dataclass(frozen=True)
class Case:
    """One part of a case: `name` is the case of the reference file, several parts may share it."""

    name: str
    title: str
    kind: Kind
    quick: bool
    function: Function

    @property
    def key(self) -> str:
        """A name for this part alone."""
        return f"{self.name}-{self.function.__name__}"


_FOUND: dict[str, Case] = {}


def case(name: str, title: str, kind: Kind, *, quick: bool) -> Callable[[Function], Function]:
    """Register a generator of findings; quick = a few seconds at most."""

    def register(function: Function) -> Function:
        if not inspect.getdoc(function):
            raise TypeError(f"case {function.__name__} needs a docstring: what is compared with what")
        made = Case(name, title, kind, quick, function)
        known = _FOUND.get(made.key)
        if known is not None and known.function.__module__ != function.__module__:
            raise ValueError(f"case {made.key} stands in {known.function.__module__} too")
        _FOUND[made.key] = made
        return function

    return register


@cache
def cases() -> tuple[Case, ...]:
    """All parts of all cases, by name and then in the order of their files."""
    from experiments import verify

    for entry in pkgutil.iter_modules(verify.__path__):
        importlib.import_module(f"{verify.__name__}.{entry.name}")
    order = {"static": 0, "referee": 1, "dynamic": 2}
    return tuple(sorted(_FOUND.values(), key=lambda c: (c.name, order[c.kind])))


def choose(names: Iterable[str] = (), *, quick: bool = False) -> list[Case]:
    """The parts of the named cases (none named: all); an unknown name is a ScenarioError."""
    known = {c.name for c in cases()} | {c.key for c in cases()}
    wanted = list(names)
    for name in wanted:
        if name not in known:
            raise ScenarioError(f"--case: {name!r} is not a case{nearest(name, sorted(known))}")
    found = [c for c in cases() if not wanted or c.name in wanted or c.key in wanted]
    return [c for c in found if c.quick or not quick]


def run(chosen: Case) -> Iterator[Row]:
    """The rows of one part, each when it is ready; what raises becomes a row that fails."""
    start = time.perf_counter()
    findings = chosen.function()
    while True:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", RuntimeWarning)  # an equilibrium that was not found
                finding = next(findings)
        except StopIteration:
            return
        except Exception as error:  # a broken case must not hide the others
            finding = Finding(
                f"{chosen.function.__name__} ends", "a result", f"{type(error).__name__}: {error}", "-", False
            )
        now = time.perf_counter()
        yield Row(chosen.name, *finding, seconds=now - start, part=chosen.key)
        start = now


def close(item: str, got: float, expected: float, *, rel: float = 0.0, abs: float = 0.0) -> Finding:
    """Equal within rel x |expected|, or within abs."""
    got, expected = float(got), float(expected)
    room = max(abs, rel * math.fabs(expected))
    said = " or ".join(
        text for text, used in ((f"rel {rel:.3g}", rel > 0), (f"abs {abs:.3g}", abs > 0)) if used
    )
    return Finding(item, expected, got, said or "exact", bool(math.fabs(got - expected) <= room))


def close_all(
    item: str, got: ArrayLike, expected: ArrayLike, *, rel: float = 0.0, abs: float = 0.0
) -> Finding:
    """`close` for the worst of many numbers."""
    a, b = np.asarray(got, np.float64).ravel(), np.asarray(expected, np.float64).ravel()
    if a.shape != b.shape:
        return Finding(item, f"{b.size} numbers", f"{a.size} numbers", "-", False)
    room = np.maximum(abs, rel * np.abs(b))
    excess = np.abs(a - b) - room if rel == 0 or not np.all(b) else np.abs(a - b) / room
    worst = int(np.argmax(np.where(np.isnan(excess), np.inf, excess)))
    label = item if a.size == 1 else f"{item} (worst of {a.size})"
    return close(label, a[worst], b[worst], rel=rel, abs=abs)


def between(item: str, got: float, low: float, high: float) -> Finding:
    """Inside a closed interval."""
    return Finding(item, f"[{low:.6g}, {high:.6g}]", float(got), "interval", bool(low <= got <= high))


def at_least(item: str, got: float, low: float) -> Finding:
    """No less than."""
    return Finding(item, f">= {low:.6g}", float(got), "bound", bool(got >= low))


def at_most(item: str, got: float, high: float) -> Finding:
    """No more than."""
    return Finding(item, f"<= {high:.6g}", float(got), "bound", bool(got <= high))


def same(item: str, got: object, expected: object) -> Finding:
    """Exactly the same thing."""
    return Finding(item, str(expected), str(got), "exact", bool(got == expected))


@cache
def reference() -> dict[str, Any]:
    """The numbers of the cases, as published in the project's reference."""
    text = Path(__file__).with_name("cases.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found
