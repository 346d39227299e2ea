"""The task classes that users bring: how checkable, how deliberate, how hard, how dangerous."""

from __future__ import annotations

from model.parameters import Section, param

ORDERING = "ordering from the notes on o1 (S1) and the essay (C16); values assumed"


class Task(Section):
    """One class of tasks."""

    name: str = param(..., "name of the class", unit="text", source="design", grade="switch")
    usage: float = param(
        ..., "share of a person's tasks", unit="share", source=ORDERING, grade="assumed", ge=0, le=1
    )
    business_usage: float = param(
        ..., "share of a firm's tasks", unit="share", source=ORDERING, grade="assumed", ge=0, le=1
    )
    verifiable: float = param(
        ...,
        "share whose answers can be checked",
        unit="share",
        source=ORDERING,
        grade="assumed",
        ge=0,
        le=1,
    )
    system2: float = param(
        ...,
        "content of slow, many-step thought",
        unit="share",
        source=ORDERING,
        grade="assumed",
        ge=0,
        le=1,
    )
    difficulty_oom: float = param(
        ...,
        "capability at which half of its value is reached (irt link)",
        unit="OOM of FLOP",
        source=ORDERING,
        grade="assumed",
        ge=-1000,
        le=1000,
    )
    hours: float = param(
        ...,
        "time a person takes for one task",
        unit="hours",
        source=ORDERING,
        grade="assumed",
        gt=0,
        le=10_000,
    )
    wage_usd: float = param(
        ...,
        "wage of that person",
        unit="USD/hour",
        source="P8.3 for the top; rest assumed",
        grade="assumed",
        gt=0,
        le=1e6,
    )
    danger: float = param(
        ...,
        "weight in what a regulator fears; 0 = harmless",
        unit="index 0-1",
        source=ORDERING,
        grade="assumed",
        ge=0,
        le=1,
    )
    human_offset_oom: float = param(
        0.0,
        "human level in the class, against technology.human_level_oom",
        unit="OOM",
        source="design 2: G_H,m; no figure by class",
        grade="assumed",
        span=(-1, 1),
        ge=-100,
        le=100,
    )


_COLUMNS = [
    "name",
    "usage",
    "business_usage",
    "verifiable",
    "system2",
    "difficulty_oom",
    "hours",
    "wage_usd",
    "danger",
]
_ROWS: list[tuple[str | float, ...]] = [
    ("chat", 0.25, 0.05, 0.1, 0.1, 24.0, 0.1, 20.0, 0.0),
    ("writing", 0.20, 0.15, 0.1, 0.2, 24.5, 1.0, 30.0, 0.0),
    ("search", 0.15, 0.10, 0.4, 0.2, 24.5, 0.25, 25.0, 0.1),
    ("customer service", 0.10, 0.25, 0.3, 0.2, 25.0, 0.2, 20.0, 0.0),
    ("data work", 0.08, 0.15, 0.7, 0.5, 25.5, 2.0, 40.0, 0.0),
    ("coding", 0.14, 0.22, 0.9, 0.7, 26.0, 4.0, 80.0, 0.3),
    ("maths and proof", 0.03, 0.02, 1.0, 1.0, 27.0, 8.0, 100.0, 0.2),
    ("research, agentic", 0.05, 0.06, 0.5, 0.9, 28.0, 40.0, 120.0, 1.0),
]


def default_tasks() -> list[Task]:
    """The eight default classes."""
    return [Task.model_validate(dict(zip(_COLUMNS, row, strict=True))) for row in _ROWS]
