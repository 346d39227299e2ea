"""What a parameter is: a number with its meaning, unit, bounds, plausible range, source and grade.

Every section of a scenario declares its fields with `param`; validation, the command line's `parameters`
list, the documentation and the samplers all read the same record. This module must not know any
particular parameter.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo

Grade = Literal["measured", "estimated", "assumed", "switch"]


class Section(BaseModel):
    """A block of parameters: unknown keys, wrong types and values out of range are errors."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


def param(
    default: Any,
    meaning: str,
    *,
    unit: str,
    source: str,
    grade: Grade,
    span: tuple[float, float] | None = None,
    when: str = "",
    **bounds: Any,
) -> Any:
    """A field that carries its own evidence.

    span: plausible range (about 10-90 %) that samplers use; None where only the default makes sense.
    when: the declared condition under which the parameter acts (shown, and used by the dead-knob test).
    bounds: ge, gt, le, lt as pydantic understands them.
    """
    extra: Any = {"unit": unit, "source": source, "grade": grade, "span": span, "when": when}
    if callable(default) or isinstance(default, list | dict):
        factory = default if callable(default) else (lambda: default)
        return Field(default_factory=factory, description=meaning, json_schema_extra=extra, **bounds)
    return Field(default, description=meaning, json_schema_extra=extra, **bounds)


@dataclass(frozen=True)
class Parameter:
    """One row of the registry: everything known of a parameter but its value in a scenario."""

    key: str
    default: Any
    meaning: str
    unit: str
    bounds: str
    span: tuple[float, float] | None
    source: str
    grade: str
    when: str


def _bounds(field: FieldInfo) -> str:
    signs = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<"}
    parts = []
    for item in field.metadata:
        for name, sign in signs.items():
            if (limit := getattr(item, name, None)) is not None:
                parts.append(f"{sign} {limit:g}")
    choices = _literals(field.annotation)
    if choices:
        parts.append("one of " + ", ".join(str(c) for c in choices))
    elif field.annotation is bool:
        parts.append("true or false")
    return " and ".join(parts) if parts else "any"


def _literals(annotation: Any) -> Sequence[Any]:
    if typing.get_origin(annotation) is Literal:
        return typing.get_args(annotation)
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return [c for arm in typing.get_args(annotation) for c in _literals(arm)]
    return []


def section_of(annotation: Any) -> type[Section] | None:
    """The section class behind an annotation, also inside list[...] or a union; None for a plain value."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation
    return next((found for arm in typing.get_args(annotation) if (found := section_of(arm))), None)


def registry(section: type[BaseModel], prefix: str = "") -> Iterator[Parameter]:
    """All parameters below a section, depth first, in the order of their declaration."""
    for name, field in section.model_fields.items():
        key = f"{prefix}{name}"
        inner = section_of(field.annotation)
        if inner is not None:
            is_list = typing.get_origin(field.annotation) is list
            yield from registry(inner, f"{key}[]." if is_list else f"{key}.")
            continue
        extra = typing.cast(dict[str, Any], field.json_schema_extra or {})
        default = field.get_default(call_default_factory=True, validated_data={})
        yield Parameter(
            key=key,
            default=None if field.is_required() else default,
            meaning=field.description or "",
            unit=extra.get("unit", ""),
            bounds=_bounds(field),
            span=extra.get("span"),
            source=extra.get("source", ""),
            grade=extra.get("grade", ""),
            when=extra.get("when", ""),
        )
