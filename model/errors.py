"""Faults of input, each told in one line: what, where, what is allowed."""

from __future__ import annotations

import datetime
import difflib
import math
import types
import typing
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from model.parameters import section_of

SIGNS = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<"}


class ScenarioError(ValueError):
    """Input that cannot be run; the message is one line for the person who gave it."""


class IndustryError(RuntimeError):
    """The simulation broke one of its own laws (money, compute or users leaked); says where."""


def nearest(word: str, names: Iterable[str], otherwise: str | None = None) -> str:
    """'; did you mean X?' or `otherwise` (by itself the list of what is allowed)."""
    names = list(names)
    close = difflib.get_close_matches(word.lower(), names, n=1)
    if close:
        return f"; did you mean {close[0]!r}?"
    if otherwise is not None:
        return otherwise
    return f"; allowed: {', '.join(names)}" if names else ""


def explain(error: ValidationError, where: str, root: type[BaseModel]) -> str:
    """The first fault of a validation as one line (the count of further ones is added)."""
    faults = error.errors(include_url=False)
    first = faults[0]
    key, section, field, inside = _place(root, first["loc"])
    text = first["msg"].removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        word = str(first["loc"][-1])
        names = list(section.model_fields) if section is not None else []
        line = f"{key}: unknown key{nearest(word, names)}"
    elif first["type"] == "missing":
        line = f"{key}: is missing; must be {_allowed(field, inside)}"
    elif first["type"] == "value_error":
        line = f"{key} = {_shown(first.get('input'))}: {text}" if key else text
    else:
        line = f"{key} = {_shown(first.get('input'))}: must be {_allowed(field, inside)}"
        line += _hint(key, first.get("input"))
    more = len({_place(root, fault["loc"])[0] for fault in faults}) - 1
    line = f"{where}: {line}" if where else line
    return " ".join((line + (f" (and {more} more)" if more > 0 else "")).split())


def _hint(key: str, value: Any) -> str:
    """What was probably meant."""
    if key.endswith("_oom") and isinstance(value, int | float) and value > 1e3:
        return f"; it is a power of ten: write {math.log10(value):g}"
    if key == "regulation" and isinstance(value, dict):
        return "; write [[regulation]] before the keys of each rule"
    if key.endswith("start_year") and isinstance(value, int | float) and value > 1900:
        return "; years are counted from the start of the run"
    return ""


def allowed_at(root: type[BaseModel], key: str) -> str:
    """What a dotted key may hold, in words; list entries are written `name[].field`."""
    _, _, field, inside = _place(root, key.replace("[]", ".0").split("."))
    return _allowed(field, inside)


def _place(
    root: type[BaseModel], loc: Sequence[int | str]
) -> tuple[str, type[BaseModel] | None, FieldInfo | None, bool]:
    """Dotted key, section around it, field and whether an entry of its list is meant.

    Pydantic also puts the name of a union's arm into the path: whatever is no field is dropped,
    but for the last part, which may be an unknown key.
    """
    section: type[BaseModel] | None = root
    field: FieldInfo | None = None
    parts: list[str] = []
    inside = False
    for number, part in enumerate(loc):
        if isinstance(part, int) or part.isdigit():
            parts.append(str(part))
            inside = True
        elif section is not None and part in section.model_fields:
            field, inside = section.model_fields[part], False
            parts.append(part)
            last = number == len(loc) - 1
            section = section if last else section_of(field.annotation)
        elif section is not None and number == len(loc) - 1:
            parts.append(part)
    return ".".join(parts), section, field, inside


def _shown(value: Any) -> str:
    """A value as the person wrote it, cut short."""
    if isinstance(value, datetime.date):
        return value.isoformat()
    text = {True: "true", False: "false"}[value] if isinstance(value, bool) else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _allowed(field: FieldInfo | None, inside: bool) -> str:
    if field is None:
        return "a table of keys"
    annotation, metadata = field.annotation, field.metadata
    if inside:
        for arm in (annotation, *typing.get_args(annotation)):
            if typing.get_origin(arm) is list:
                annotation, metadata = typing.get_args(arm)[0], []
                break
    return _describe(annotation, metadata)


def _describe(annotation: Any, metadata: Iterable[Any]) -> str:
    """An annotation with its bounds in words, e.g. '"none" or a number >= 0'."""
    origin, arms = typing.get_origin(annotation), typing.get_args(annotation)
    limits = _limits(metadata)
    if origin is Annotated:
        return _describe(arms[0], [*_flat(arms[1:]), *metadata])
    if origin in (typing.Union, types.UnionType):
        told = [_describe(arm, ()) for arm in arms if arm is not type(None)]
        return " or ".join(told) + (" or left out" if type(None) in arms else "")
    if origin is Literal:
        words = [f'"{word}"' for word in arms]
        return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
    if origin is list:
        lengths = _limits(metadata, {"min_length": ">=", "max_length": "<="})
        size = f" (number of entries {lengths})" if lengths else ""
        return f"a list{size}"
    names = {float: "a number", int: "a whole number", bool: "true or false", str: "text"}
    if annotation in names:
        pattern = next((m.pattern for m in metadata if getattr(m, "pattern", None)), "")
        begins = pattern.strip("^").replace("\\", "")
        limits = f'that begins with "{begins}"' if pattern else limits
        return f"{names[annotation]} {limits}".strip()
    if annotation is datetime.date:
        return f"a date (YYYY-MM-DD) {limits}".strip()
    return "a table of keys"


def _flat(metadata: Iterable[Any]) -> list[Any]:
    return [m for item in metadata for m in (item.metadata if isinstance(item, FieldInfo) else [item])]


def _limits(metadata: Iterable[Any], signs: dict[str, str] = SIGNS) -> str:
    found = []
    for item in metadata:
        for name, sign in signs.items():
            if (limit := getattr(item, name, None)) is not None:
                found.append(f"{sign} {_number(limit)}")
    return " and ".join(found)


def _number(limit: Any) -> str:
    plain = isinstance(limit, int) or (isinstance(limit, float) and limit.is_integer())
    if plain and abs(limit) < 1e8:
        return str(int(limit))
    return f"{limit:g}" if isinstance(limit, int | float) else str(limit)
