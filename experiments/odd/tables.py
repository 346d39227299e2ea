"""The tables of the description, each as Markdown, by name."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from agents.strategies import KINDS, strategies
from experiments import listings
from experiments.odd import code, states
from experiments.odd.bibliography import entries, reference
from experiments.tables import cell
from model import policies as rules_of_the_state
from model.parameters import Parameter
from model.rulebook import fields_of_policies
from model.scenario import Scenario, parameters
from model.schema import TABLES
from model.sections.oversight import Rule
from model.sections.tasks import default_tasks


def markdown(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A table; bars and line ends in cells are seen to."""
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(_clean(c) for c in row) + " |" for row in rows)])


def _clean(value: Any) -> str:
    text = " ".join((value if isinstance(value, str) else cell(value)).split())
    return text.replace("|", "\\|")


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def entities() -> str:
    """State variables by entity."""
    parts = []
    for one in states.ENTITIES:
        known = states.rows(one.states)
        names = [n for n in code.state(one.path, one.begins) if n not in states.SERVICES]
        found = [(_code(n.lstrip("_")), *known.get(n, ("", ""))) for n in names]
        parts.append(f"**{one.title}** (`{one.path}`)\n\n" + markdown(("variable", "unit", "meaning"), found))
    return "\n\n".join(parts)


def phases() -> str:
    """The period."""
    return markdown(
        ("phase", "name", "reads → writes", "code, in order"),
        (
            (p.number, p.name, p.flow.replace("->", "→"), ", ".join(map(_code, p.calls)))
            for p in code.phases()
        ),
    )


def decisions() -> str:
    """Decisions that a lab hands to its strategy."""
    found = []
    known = {name.rpartition(".")[2]: name for name in _functions()}
    for rule, kind in KINDS.items():
        found.append((kind, _code(known[rule]), _first_line(known[rule])))
    return markdown(("decision", "rule", "what it does"), found)


def _functions() -> list[str]:
    import agents.decisions as folder

    names = []
    for module, tree in code.modules().items():
        if module.startswith(f"{folder.__name__}."):
            names += [f"{module}.{n.name}" for n in tree.body if hasattr(n, "name")]
    return names


def _first_line(path: str) -> str:
    import importlib

    module, _, name = path.rpartition(".")
    return (inspect.getdoc(getattr(importlib.import_module(module), name)) or "").splitlines()[0]


def streams() -> str:
    """Named random streams."""
    drawn = states.rows(states.DRAWN)
    return markdown(
        ("stream", "what it decides", "drawn in"),
        ((_code(s.name), *drawn.get(s.name, [""]), _code(s.place)) for s in code.streams()),
    )


def regimes() -> str:
    """Regimes as numbers: what differs from the defaults."""
    found = {row["name"]: row["changes"] for row in listings.regimes()}
    keys = list(dict.fromkeys(key for changes in found.values() for key in changes))
    plain = [key for key in keys if not key.startswith("drift")]
    known = {p.key: p.default for p in parameters()}
    table = markdown(
        ("parameter", "default", *found),
        ((_code(key), known[key], *(changes.get(key, "") for changes in found.values())) for key in plain),
    )
    moves = [
        (name, _code(move.parameter), move.start_year, move.end_year, move.value)
        for name in found
        for move in Scenario.load(name).drift
    ]
    drifts = markdown(("regime", "parameter that moves", "from year", "to year", "to"), moves)
    told = [(row["name"], row["description"], _code(row["fingerprint"])) for row in listings.regimes()]
    return "\n\n".join((markdown(("regime", "what it is", "fingerprint"), told), table, drifts))


def tasks() -> str:
    """Default classes of tasks."""
    rows = [task.model_dump() for task in default_tasks()]
    return markdown(list(rows[0]), (list(row.values()) for row in rows))


def policies() -> str:
    """Policies: fields with defaults, how they add up, source."""
    found = []
    for name, fields in fields_of_policies().items():
        apply = rules_of_the_state.applies()[name]
        text = " ".join((inspect.getdoc(inspect.getmodule(apply)) or "").split())
        what, _, source = text.partition("Source:")
        own = [f for f in fields if f not in ENFORCEMENT]
        shown = ", ".join(f"`{f}` {_default(f)}" for f in own)
        shown += " + enforcement" if set(fields) & set(ENFORCEMENT) else ""
        found.append((_code(name), what, shown, inspect.getdoc(apply), source))
    return markdown(("policy", "what it asks", "fields, default", "with others of its kind", "source"), found)


ENFORCEMENT = (
    "report_cost_usd",
    "delay_years",
    "fine_usd",
    "fine_turnover_share",
    "audits_per_year",
    "audit_finds",
    "audit_rule",
    "audit_cost_usd",
    "breach_damage_usd",
    "adaptation_per_year",
    "adaptation_quantile",
    "count_distillation",
)


def _default(name: str) -> str:
    return cell(Rule.model_fields[name].get_default(call_default_factory=True, validated_data={}))


def strategy_table() -> str:
    """Strategies of labs."""
    found = []
    for name, kind in strategies().items():
        text = inspect.getdoc(inspect.getmodule(kind)) or ""
        found.append((_code(name), text.split("\n\n")[0], inspect.getdoc(kind)))
    return markdown(("strategy", "what it is", "in a word"), found)


def events() -> str:
    """Kinds of events."""
    return markdown(("event", "told by"), ((k, _code(p.replace(", ", "`, `"))) for k, p in code.events()))


def references() -> str:
    """Literature."""
    return markdown(("key", "work"), ((f"[@{e.key}]", reference(e)) for e in entries().values()))


def parameter_tables() -> str:
    """All parameters, a table for each section."""
    sections: dict[str, list[Parameter]] = {}
    for one in parameters():
        sections.setdefault(one.key.partition(".")[0].removesuffix("[]"), []).append(one)
    allowed = {row["key"]: row["allowed"] for row in listings.parameter_rows()}
    parts = []
    for name, found in sections.items():
        head = (
            "parameter",
            "meaning",
            "unit",
            "default",
            "allowed",
            "plausible",
            "grade",
            "source",
            "acts when",
        )
        parts.append(
            f"## {name}\n\n"
            + markdown(
                head,
                (
                    (
                        _code(p.key),
                        p.meaning,
                        p.unit,
                        "required" if p.default is None and p.bounds != "any" else p.default,
                        allowed[p.key],
                        "" if p.span is None else f"{p.span[0]:g} to {p.span[1]:g}",
                        p.grade,
                        p.source,
                        p.when,
                    )
                    for p in found
                ),
            )
        )
    return "\n\n".join(parts)


def constants() -> str:
    """Numbers of the source that are no parameters."""
    return markdown(
        ("number", "value", "meaning"), ((_code(c.name), c.value, c.comment) for c in code.constants())
    )


def metrics() -> str:
    """Metrics with their formulas, by family."""
    families: dict[str, list[dict[str, Any]]] = {}
    for row in listings.metric_rows():
        families.setdefault(row["family"], []).append(row)
    parts = []
    for family, rows in families.items():
        found = ((_code(r["name"]), r["unit"], r["meaning"], r["formula"].partition("\n")[2]) for r in rows)
        parts.append(f"## {family}\n\n" + markdown(("metric", "unit", "meaning", "formula"), found))
    return "\n\n".join(parts)


def columns() -> str:
    """Tables of results with their columns."""
    parts = []
    for name, found in TABLES.items():
        rows = ((_code(c.name), c.kind, c.unit, c.meaning) for c in found)
        parts.append(f"## {name}\n\n" + markdown(("column", "type", "unit", "meaning"), rows))
    return "\n\n".join(parts)


ALL: dict[str, Callable[[], str]] = {
    "entities": entities,
    "phases": phases,
    "decisions": decisions,
    "streams": streams,
    "regimes": regimes,
    "tasks": tasks,
    "policies": policies,
    "strategies": strategy_table,
    "events": events,
    "references": references,
    "parameters": parameter_tables,
    "constants": constants,
    "metrics": metrics,
    "columns": columns,
}
