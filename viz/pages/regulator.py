"""Regulator's view: what its rules reach, what it believes, what it misses, how late it is."""

from __future__ import annotations

import math
from functools import lru_cache

import solara

from experiments.words import number
from model.parameters import registry
from model.rulebook import fields_of_policies
from model.sections.oversight import Rule
from viz.cast import by_lab, by_regulator
from viz.chart import Chart
from viz.film import Row, Snapshot
from viz.options import regulator as options
from viz.parts import Card, Cards, Heading, Note, Table
from viz.readings import marks
from viz.view import View

TITLE = "Regulator's view"
ORDER = 50
ICON = "mdi-scale-balance"


@solara.component
def Page(view: View) -> None:
    """The page."""
    now = view.now
    count, lag, at = counts(now), lags(now), marks(now)
    first = list(by_regulator(now)[-1].values())
    _Cards(now, count, lag, first)
    regulators = now.derived("regulator beliefs", _beliefs)
    actions = now.derived("regulator actions", _actions)
    runs = now.derived("regulator runs", _runs)
    with solara.Div(classes=["cs-grid", "cs-two"], style={"margin-top": "12px"}):
        for option in (
            options.models(models(now), lines_now(now)),
            options.threshold(now.labels, [r[0] for r in runs], [r[1] for r in runs], lines_over(now), at),
            options.belief(
                now.labels, *[[r[n] for r in regulators] for n in range(3)],
                now.scenario.oversight.danger_oom, at,
            ),
            options.labs(now.labels, *[[c[n] for c in count] for n in range(3)], at),
            options.shares(now.labels, _shares(now), at),
            options.actions(now.labels, [a[0] for a in actions], [a[1] for a in actions]),
            options.lags(lag, now.years),
        ):  # fmt: skip
            Chart(option, panel=True)
        with solara.Div(classes=["cs-panel"]):
            _Rules(now)
    Note(
        "Dangerous: sold at a capability in a feared task of at least"
        f" {number(now.scenario.oversight.danger_oom)} OOM of FLOP (oversight.danger_oom). Seen: the"
        " regulator knows the lab's most dangerous model by report, audit or sight; the tables tell it by"
        " lab, so all models of a lab share a colour. The truth is known to the reader only."
    )


@solara.component
def _Cards(
    now: Snapshot, count: list[tuple[int, int, int]], lag: list[options.Lag], first: list[Row]
) -> None:
    seen, missed, alarms = count[-1]
    done = [one.seen - one.danger for one in lag if math.isfinite(one.seen)]
    gap = now.value("believed_gap_oom")
    unseen = 100 * (1 - now.value("visibility_users"))
    Cards(
        [
            Card(
                "Rules in force",
                str(held := len(now.rows("regulators"))),
                "rule" if held == 1 else "rules",
                rules_told(first),
                "rules",
            ),
            Card(
                "Belief less truth",
                number(gap, sign=True),
                "OOM of FLOP",
                "of the best model on sale",
                "belief",
            ),
            Card(
                "Missed", str(missed), "labs", f"of {seen + missed} that sell something dangerous", "missed"
            ),
            Card("False alarms", str(alarms), "labs", "have duties and sell nothing dangerous", "alarms"),
            Card(
                "Mean lag until seen",
                f"{sum(done) / len(done):.2f}" if done else "–",
                "years",
                f"{len(lag) - len(done)} not seen yet",
                "lag",
            ),
            Card("Users of dangerous tiers unseen", percent(unseen), "%", "", "unseen"),
        ],
    )


@solara.component
def _Rules(now: Snapshot) -> None:
    Heading("Rules in force")
    rows = [
        {
            "rule": row["rule"].replace("-", " "),
            "main number": f"{number(row['threshold'])} {main_unit(row['rule'])}".strip(),
            "models covered": f"{percent(100 * row['covered_share'])} %",
            "audits": str(int(row["audits"])),
            "breaches": str(int(row["breaches_found"])),
            "fines, USD": number(row["fines_usd"]),
        }
        for row in now.rows("regulators")
    ]
    if rows:
        Table(rows, list(rows[0]), numbers=list(rows[0])[1:])
    else:
        Note("No rule is in force.")
    told = [row for row in now.events if row["kind"] in ("audit", "breach", "policy", "rule")][-6:]
    if told:
        Heading("Last acts")
        Table([{"when": row["date"], "what": row["text"]} for row in reversed(told)], ["when", "what"])


def percent(value: float) -> str:
    """Percent without digits of rounding; a dash where it is undefined."""
    return f"{value:.0f}".replace("-0", "0") if math.isfinite(value) else "–"


def rules_told(rows: list[Row]) -> str:
    """The first rule in words."""
    return str(rows[0]["rule"]).replace("-", " ") if rows else "nothing is asked of anybody"


@lru_cache(maxsize=1)
def _units() -> dict[str, str]:
    units = {one.key: one.unit for one in registry(Rule)}
    return {policy: units[fields[0]] for policy, fields in fields_of_policies().items()}


def main_unit(policy: str) -> str:
    """The unit of a policy's main number."""
    unit = _units().get(policy, "")
    return "" if unit in ("switch", "text", "list") else unit


def lines_now(now: Snapshot) -> list[options.Rule]:
    """Lines in training compute that the rules in force draw."""
    return [
        options.Rule(row["rule"].replace("-", " "), float(row["threshold"]))
        for row in now.rows("regulators")
        if main_unit(row["rule"]) == "log10 FLOP" and math.isfinite(row["threshold"])
    ]


def lines_over(now: Snapshot) -> dict[str, list[float]]:
    """The same over time, by rule."""
    held = now.derived("regulator lines", lambda at: dict(lines_now(at)))
    names = list(dict.fromkeys(name for frame in held for name in frame))
    return {name: [frame.get(name, math.nan) for frame in held] for name in names}


def dangerous(now: Snapshot) -> set[int]:
    """Labs that sell something dangerous in this step."""
    level = now.scenario.oversight.danger_oom
    return {row["lab"] for row in now.rows("tiers") if row["danger_capability_oom"] >= level}


def counts(now: Snapshot) -> list[tuple[int, int, int]]:
    """Labs that are dangerous and seen, dangerous and missed, covered without danger; by step."""

    def make(at: Snapshot) -> tuple[int, int, int]:
        feared, rows = dangerous(at), at.rows("labs")
        seen = sum(row["lab"] in feared and bool(row["observed"]) for row in rows)
        missed = sum(row["lab"] in feared and not row["observed"] for row in rows)
        return seen, missed, sum(row["lab"] not in feared and bool(row["covered"]) for row in rows)

    return now.derived("regulator counts", make)


def lags(now: Snapshot) -> list[options.Lag]:
    """For every lab that ever sold something dangerous: when it did, and when it was seen from then on."""
    feared = now.derived("regulator feared", dangerous)
    first: dict[int, int] = {}
    seen: dict[int, int] = {}
    names: dict[int, str] = {}
    for step, (labs, frame) in enumerate(zip(feared, by_lab(now), strict=True)):
        for lab, row in frame.items():
            if lab in labs:
                first.setdefault(lab, step)
            if lab in first and row["observed"]:
                seen.setdefault(lab, step)
            names[lab] = row["name"]
    years = now.scenario.horizon.step_years
    return [
        options.Lag(names[lab], step * years, seen[lab] * years if lab in seen else math.nan)
        for lab, step in first.items()
    ]


def models(now: Snapshot) -> list[options.Model]:
    """Models on sale with what they have served since the start."""
    served, labs = now.derived("regulator served", _served)[-1], by_lab(now)[-1]
    level = now.scenario.oversight.danger_oom
    known = {row["model"]: row for row in now.rows("models")}
    danger: dict[int, float] = {}
    for row in now.rows("tiers"):
        danger[row["model"]] = max(danger.get(row["model"], -math.inf), row["danger_capability_oom"])
    made = []
    for model, most in danger.items():
        row = known.get(model)
        if row is None:
            continue
        lab = labs.get(row["owner"])
        training, inference = _log10(row["training_flop"]), _log10(served.get(model, 0.0))
        seen = None if lab is None else bool(lab["observed"])
        known_to = {
            True: "seen by the regulator",
            False: "not seen by the regulator",
            None: "its maker has left",
        }
        card = (
            f"{row['name']}\ntraining {number(row['training_flop'])} FLOP\n"
            f"served {number(served.get(model, 0.0))} FLOP so far\n"
            f"most in a feared task {number(most)} OOM of FLOP\n{known_to[seen]}"
        )
        made.append(options.Model(row["name"], training, inference, seen, most >= level, card))
    return made


def _served(now: Snapshot) -> dict[int, float]:
    """Inference of every model since the start, FLOP."""
    before = now.film.derived("regulator served", now.step - 1, _served)[-1] if now.step else {}
    made: dict[int, float] = dict(before)
    for row in now.rows("tiers"):
        made[row["model"]] = made.get(row["model"], 0.0) + float(row["inference_flop"])
    return made


def _runs(now: Snapshot) -> tuple[float, float]:
    """Training compute of the largest model on sale and of the smallest dangerous one, log10 FLOP."""
    level = now.scenario.oversight.danger_oom
    size = {row["model"]: row["training_flop"] for row in now.rows("models")}
    on_sale = [(size.get(t["model"], 0.0), t["danger_capability_oom"]) for t in now.rows("tiers")]
    largest = max((flop for flop, _ in on_sale), default=0.0)
    smallest = min((flop for flop, danger in on_sale if danger >= level and flop > 0), default=0.0)
    return _log10(largest), _log10(smallest)


def _beliefs(now: Snapshot) -> tuple[float, float, float]:
    rows = now.rows("regulators")
    if not rows:
        return math.nan, math.nan, math.nan
    row = rows[0]
    return row["believed_capability_oom"], row["believed_internal_oom"], row["true_capability_oom"]


def _actions(now: Snapshot) -> tuple[float, float]:
    rows = now.rows("regulators")
    return sum(row["audits"] for row in rows), sum(row["breaches_found"] for row in rows)


def _shares(now: Snapshot) -> dict[str, list[float]]:
    names = {
        "visibility_users": "users seen", "visibility_flop": "compute seen",
        "coverage_users": "users covered", "coverage_flop": "compute covered",
    }  # fmt: skip
    return {words: [100 * value for value in now.metric(name)] for name, words in names.items()}


def _log10(value: float) -> float:
    return math.log10(value) if value > 0 else math.nan
