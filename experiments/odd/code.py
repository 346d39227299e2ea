"""What the source says of itself: phases of a period, random streams, fixed numbers, events, states.

Read as text, so that nothing has to run; names are dotted, as Python would import them.
"""

from __future__ import annotations

import ast
import dataclasses
import importlib
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("model", "agents")
SEGMENT = re.compile(r"\('person', 'business'\)\[kind\]")
PHASE = re.compile(r"^    # (\d+[a-z]?)\. ([^:]+): (.*)$")


class Phase(NamedTuple):
    """One phase of a period, in the words of its comment, and what it calls."""

    number: str
    name: str
    flow: str
    calls: tuple[str, ...]


class Stream(NamedTuple):
    """A named random stream: its name (braces: filled in) and where it is drawn."""

    name: str
    place: str


class Constant(NamedTuple):
    """A number of the source that is no parameter."""

    name: str
    value: str
    comment: str


@cache
def modules() -> dict[str, ast.Module]:
    """Syntax trees of `model` and `agents` by dotted name."""
    found = {}
    for top in SOURCES:
        for path in sorted((ROOT / top).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            found[name] = ast.parse(path.read_text(encoding="utf-8"))
    return found


def phases() -> list[Phase]:
    """The phases of `model.schedule.period`, in order."""
    path = ROOT / "model" / "schedule.py"
    lines = path.read_text(encoding="utf-8").splitlines()
    tree = modules()["model.schedule"]
    period = next(n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == "period")
    heads = [
        (number, match)
        for number, line in enumerate(lines, 1)
        if number > period.lineno and (match := PHASE.match(line))
    ]
    known = _imported(tree)
    found = []
    for place, (start, match) in enumerate(heads):
        end = heads[place + 1][0] if place + 1 < len(heads) else len(lines) + 1
        calls = [name for line, _, name in _calls(period, known) if start < line < end]
        found.append(Phase(match[1], match[2], match[3], tuple(dict.fromkeys(calls))))
    return found


def _imported(tree: ast.Module) -> dict[str, str]:
    """Dotted origin of every name that a module imports."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
    return found


def _calls(function: ast.FunctionDef, known: dict[str, str]) -> list[tuple[int, int, str]]:
    """Line, column and dotted name of all that a function calls or hands on of what its module imports."""
    found = []
    for node in ast.walk(function):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in known:
            found.append((node.lineno, node.col_offset, f"{known[node.value.id]}.{node.attr}"))
        elif isinstance(node, ast.Name) and known.get(node.id, "").startswith("agents.decisions."):
            found.append((node.lineno, node.col_offset, known[node.id]))
        elif isinstance(node, ast.Attribute) and ast.unparse(node) in METHODS:
            found.append((node.lineno, node.col_offset, METHODS[ast.unparse(node)]))
    return [call for call in sorted(found) if not call[2].endswith("decide_together")]


METHODS = {  # calls of methods, whose class the source does not say where they stand
    "industry.outlook": "model.industry.Industry.outlook",
    "lab.observe": "agents.lab.Lab.observe",
    "choices.choose": "agents.demand.Choices.choose",
    "industry.recorder.record": "model.recorder.Recorder.record",
}


def streams() -> list[Stream]:
    """All named random streams, by name."""
    found = set()
    for module, tree in modules().items():
        if module == "model.streams":
            continue
        for function, node in _within(tree, ast.Call):
            assert isinstance(node, ast.Call)
            if not (isinstance(node.func, ast.Attribute) and node.func.attr in ("generator", "uniform")):
                continue
            found.add(Stream(_template(node.args[0]), f"{module}.{function}"))
    return sorted(found)


def _within(tree: ast.AST, kind: type[ast.AST], inside: str = "") -> Iterator[tuple[str, ast.AST]]:
    """Nodes of a kind with the dotted name of the function or class around them."""
    for node in ast.iter_child_nodes(tree):
        name = inside
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            name = f"{inside}.{node.name}" if inside else node.name
        if isinstance(node, kind):
            yield name, node
        yield from _within(node, kind, name)


def _template(node: ast.expr) -> str:
    """A text, with what is filled in between braces."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(
            _template(part.value)
            if isinstance(part, ast.FormattedValue) and isinstance(part.value, ast.Constant)
            else str(part.value)
            if isinstance(part, ast.Constant)
            else "{" + SEGMENT.sub("name", ast.unparse(part.value)).replace("self.", "") + "}"
            for part in node.values
            if isinstance(part, ast.Constant | ast.FormattedValue)
        )
    return "{" + ast.unparse(node) + "}"


def constants() -> list[Constant]:
    """Numbers in capitals at the head of modules that decide or compute, with their comments."""
    found = []
    for module, tree in modules().items():
        parts = module.split(".")
        if parts[0] == "model" and (len(parts) < 2 or parts[1] not in BEHAVIOUR):
            continue
        comments = _comments(module)
        for node in tree.body:
            target = node.targets[0] if isinstance(node, ast.Assign) else None
            if not isinstance(target, ast.Name) or TECHNICAL.fullmatch(target.id):
                continue
            if target.id.isupper() and _is_number(node):
                value = ast.unparse(node.value)  # type: ignore[attr-defined]
                found.append(Constant(f"{module}.{target.id}", value, comments.get(node.lineno, "")))
    return found


BEHAVIOUR = ("build", "knowhow", "mechanisms", "phases", "policies")
TECHNICAL = re.compile(
    "HOURS_PER_YEAR|SECONDS_PER_.*|MONTHS_PER_YEAR|NOBODY|NEVER|SELF|SELF_HOSTED|PRICE|EXTRA"
)
"""Conversions of units and places in arrays."""


def _is_number(node: ast.stmt) -> bool:
    """Whether an assignment is of a number or some numbers."""
    assert isinstance(node, ast.Assign)
    try:
        value = ast.literal_eval(node.value)
    except ValueError:
        return False
    values = value if isinstance(value, tuple) else (value,)
    return bool(values) and all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)


def _comments(module: str) -> dict[int, str]:
    """Comments of a module by line; one that stands alone belongs to the next line too."""
    path = ROOT.joinpath(*module.split(".")).with_suffix(".py")
    path = path if path.is_file() else ROOT.joinpath(*module.split("."), "__init__.py")
    found: dict[int, str] = {}
    for token in tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline):
        if token.type == tokenize.COMMENT:
            line = token.start[0] + (0 if token.line.strip()[0] != "#" else 1)
            found[line] = token.string.lstrip("# ")
    return found


def events() -> list[tuple[str, str]]:
    """Kinds of events with the functions that tell them."""
    found: dict[str, list[str]] = {}
    for module, tree in modules().items():
        for function, node in _within(tree, ast.Call):
            assert isinstance(node, ast.Call)
            name = ast.unparse(node.func)
            args = node.args[1:] if name == "_tell" else node.args
            told = name.rpartition(".")[2] in ("tell", "Event", "_tell") and args
            if told and isinstance(args[0], ast.Constant):
                found.setdefault(str(args[0].value), []).append(f"{module}.{function}")
    return [(kind, ", ".join(dict.fromkeys(places))) for kind, places in sorted(found.items())]


def state(path: str, begins: str = "__init__") -> list[str]:
    """State variables of a class: fields of a record, or what its beginning gives to `self`."""
    module, _, name = path.rpartition(".")
    kind = getattr(importlib.import_module(module), name)
    if dataclasses.is_dataclass(kind):
        return [f.name for f in dataclasses.fields(kind)]
    if hasattr(kind, "_fields"):
        return list(kind._fields)
    tree = next(n for n in modules()[module].body if isinstance(n, ast.ClassDef) and n.name == name)
    begin = next(n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == begins)
    found: dict[str, None] = {}
    for node in ast.walk(begin):
        if isinstance(node, ast.Assign | ast.AnnAssign):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                for part in target.elts if isinstance(target, ast.Tuple) else [target]:
                    if isinstance(part, ast.Attribute) and ast.unparse(part.value) == "self":
                        found[part.attr] = None
    return list(found)
