"""What there is: regimes, parameters, tables and metrics, as plain rows for a table or as JSON."""

from __future__ import annotations

from typing import Any

from experiments.compare_keys import changed, changes_in_words
from experiments.inputs import shipped_regimes
from model.errors import allowed_at
from model.scenario import REGIMES, Scenario, parameters

Row = dict[str, Any]


def regimes() -> list[Row]:
    """Shipped regimes: name, first comment line, keys that differ from the defaults."""
    rows = []
    for name in shipped_regimes():
        scenario = Scenario.load(name)
        rows.append(
            {
                "name": name,
                "description": description(name),
                "fingerprint": scenario.fingerprint(),
                "changes": {key: new for key, _, new in changed(Scenario(), scenario)},
            }
        )
    return rows


def description(name: str) -> str:
    """The first comment line of a shipped regime's file; nothing for others."""
    if name not in shipped_regimes():
        return ""
    first = (REGIMES / f"{name}.toml").read_text(encoding="utf-8").partition("\n")[0]
    return first.lstrip("# ").strip() if first.startswith("#") else ""


def regimes_in_words() -> list[Row]:
    """The same rows with the changes as a reader wants them."""
    return [{**row, "changes": "; ".join(f"{k} {w}" for k, w in _words(row["name"]))} for row in regimes()]


def _words(name: str) -> list[tuple[str, str]]:
    return changes_in_words(Scenario(), Scenario.load(name))


def parameter_rows() -> list[Row]:
    """Every parameter with its evidence."""
    return [
        {
            "key": one.key,
            "default": _plain(one.default),
            "unit": one.unit,
            "allowed": allowed_at(Scenario, one.key),
            "range": list(one.span) if one.span else None,
            "grade": one.grade,
            "source": one.source,
            "meaning": one.meaning,
            "when": one.when,
        }
        for one in parameters()
    ]


def schema_rows() -> list[Row]:
    """Every column of every table; those of `metrics` are the metrics."""
    from model.metrics import registry
    from model.schema import TABLES

    rows = [
        {"table": table, "column": c.name, "type": c.kind, "unit": c.unit, "meaning": c.meaning}
        for table, columns in TABLES.items()
        for c in columns
    ]
    return rows + [
        {
            "table": "metrics",
            "column": m.name,
            "type": "float",
            "unit": m.unit,
            "meaning": m.meaning,
        }
        for m in registry().values()
    ]


def metric_rows() -> list[Row]:
    """Every metric with its formula."""
    from model.metrics import registry

    return [
        {
            "name": one.name,
            "unit": one.unit,
            "family": one.family,
            "meaning": one.meaning,
            "formula": one.formula,
        }
        for one in registry().values()
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(entry) for entry in value]
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def rules_in_force(scenario: Scenario) -> str:
    """The rules of a scenario in a line: a file's list of rules takes the place of the default one."""
    told = [f"{rule.policy} from year {rule.start_year:g}" for rule in scenario.regulation]
    return f"rules of the state: {', '.join(told) or 'none'}"
