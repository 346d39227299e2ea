"""What there is: regimes, parameters, tables and metrics, as plain rows for a table or as JSON."""

from __future__ import annotations

from typing import Any

from experiments.compare_keys import changed
from experiments.inputs import default_regimes
from model.errors import allowed_at
from model.scenario import REGIMES, Scenario, parameters

Row = dict[str, Any]


def regimes() -> list[Row]:
    """Shipped regimes: name, first comment line, keys that differ from the defaults."""
    rows = []
    for name in default_regimes():
        scenario = Scenario.load(name)
        text = (REGIMES / f"{name}.toml").read_text(encoding="utf-8")
        first = text.splitlines()[0] if text else ""
        rows.append(
            {
                "name": name,
                "description": first.lstrip("# ").strip() if first.startswith("#") else "",
                "fingerprint": scenario.fingerprint(),
                "changes": {key: new for key, _, new in changed(Scenario(), scenario)},
            }
        )
    return rows


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
