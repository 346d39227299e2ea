"""Golden runs: the last metrics of two tiny, named runs. Renew them with one command:

    python tests/golden/renew.py

Do so only when behaviour was meant to change, and say in the CHANGELOG what changed and why. The command
prints which metrics moved and by how much; `test_golden.py` compares with a relative tolerance of 1e-6.
"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

HERE = Path(__file__).parent
RUNS = ("pretraining", "inference-at-deployment")
CHANGES = {"users.count": 400, "horizon.steps": 6}
SEED = 20


def current(name: str) -> dict[str, float | None]:
    """The metrics of a golden run at its last step, as the model makes them now; None = undefined."""
    from model import Scenario, simulate

    last = simulate(Scenario.load(name).override(CHANGES), seed=SEED).metrics.iloc[-1]
    values = {key: float(value) for key, value in last.drop(["step", "time_years", "date"]).items()}
    return {key: None if math.isnan(value) else value for key, value in values.items()}


def stored(name: str) -> dict[str, float | None]:
    """The metrics of a golden run as they were last accepted; empty if never."""
    path = HERE / f"{name}.json"
    if not path.exists():
        return {}
    found: dict[str, float | None] = json.loads(path.read_text(encoding="utf-8"))
    return found


def moved(old: dict[str, float | None], new: dict[str, float | None]) -> list[str]:
    """One line per metric that is not what it was, within 1e-6."""
    lines = []
    for key in sorted(set(old) | set(new)):
        a, b = old.get(key), new.get(key)
        if key not in old or key not in new:
            lines.append(f"{key}: {'new' if key in new else 'gone'}")
        elif (a is None) != (b is None):
            lines.append(f"{key}: {a} -> {b}")
        elif a is not None and b is not None and not math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-12):
            lines.append(f"{key}: {a:.8g} -> {b:.8g}")
    return lines


def main() -> None:
    """Run, tell what moved, store."""
    sys.path.insert(0, str(HERE.parents[1]))
    for name in RUNS:
        new = current(name)
        lines = moved(stored(name), new)
        print(f"{name}: {len(lines)} of {len(new)} metrics moved")
        print("".join(f"  {line}\n" for line in lines), end="")
        (HERE / f"{name}.json").write_text(json.dumps(new, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
