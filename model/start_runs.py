"""Which training runs count and which labs compete at the start.

A run counts if it is a language model, trained from scratch (a fine-tune of another model is no new
run) and not a variant. An estimate that its source later withdrew describes a model of a lab that
qualifies without it, where that lab has no current run of the last year at least half as large.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from model.start_data import Row, Tables

WINDOW = timedelta(days=730)  # a lab competes with runs of the last two years
MENU_WINDOW = timedelta(days=4 * 365)  # an older model may still be on sale
RECENT = timedelta(days=365)
WITHIN_OOM = 1.3  # distance from the frontier at which a lab still competes
CAPABLE_LABS = 3  # so many leaders of the capability index stay, whatever the size of their runs
FIELDS_APART = {"Biology", "Medicine"}


@dataclass(frozen=True)
class Run:
    model: str
    lab: str
    published: date
    flop: float
    open_weights: bool
    confidence: str
    withdrawn: bool


@dataclass(frozen=True)
class Candidate:
    """A lab that may compete, with its runs (largest first)."""

    lab: str
    row: Row
    runs: tuple[Run, ...]

    def largest(self, since: date) -> float:
        return max((run.flop for run in self.runs if run.published >= since), default=0.0)


def lab_rows(tables: Tables) -> dict[str, Row]:
    """The crosswalk's row by every name that the data use for a lab."""
    return {name: row for row in tables.rows("crosswalk_labs") for name in row.names("data_names")}


def runs_of(tables: Tables) -> list[Run]:
    """Every run that counts, current or withdrawn, under the crosswalk's name of its lab."""
    known = lab_rows(tables)
    runs = []
    for row in tables.rows("training_runs"):
        fields = set(row.names("domain"))
        if "Language" not in fields or fields & FIELDS_APART:
            continue
        if row.text("variant_of") or row.text("base_model"):
            continue
        raw = row.text("lab")
        runs.append(
            Run(
                model=row.text("model"),
                lab=known[raw].text("lab") if raw in known else raw,
                published=row.day("publication_date"),
                flop=row.number("training_compute_flop"),
                open_weights=row.text("weights") == "open",
                confidence=row.text("compute_confidence") or "Unknown",
                withdrawn=row.text("estimate_status") == "older_snapshot_only",
            )
        )
    return runs


def candidates(tables: Tables, runs: list[Run], filled: list[str]) -> list[Candidate]:
    """Labs that sell models and have a run near the frontier or a published run rate."""
    since = tables.start - WINDOW
    current = [run for run in runs if not run.withdrawn and run.published >= since]
    if not current:
        raise ValueError(f"training_runs.csv: has no language model in two years to {tables.start}")
    floor = max(run.flop for run in current) / 10**WITHIN_OOM
    earning = labs_with_run_rate(tables)
    by_name = {row.text("lab"): row for row in tables.rows("crosswalk_labs")}
    found = []
    for lab in sorted({run.lab for run in current}):
        largest = max(run.flop for run in current if run.lab == lab)
        if largest < floor and lab not in earning:
            continue
        row = by_name.get(lab)
        if row is None:
            filled.append(f"{lab} left out: near the frontier, but no row in crosswalk_labs.csv.")
        elif row.text("sells_models") == "yes" and not has_left(row, tables.start):
            found.append(Candidate(lab, row, usable(runs, lab, tables.start)))
    return found


def has_left(row: Row, start: date) -> bool:
    return bool(row.text("left_market")) and row.day("left_market") <= start


def labs_with_run_rate(tables: Tables) -> set[str]:
    known = lab_rows(tables)
    return {
        known[row.text("lab")].text("lab")
        for row in tables.rows("lab_revenue")
        if row.text("measure") == "annualised_run_rate" and row.text("lab") in known
    }


def usable(runs: list[Run], lab: str, start: date) -> tuple[Run, ...]:
    """A lab's runs, largest first; withdrawn estimates only where nothing current is near."""
    own = [run for run in runs if run.lab == lab and run.published >= start - MENU_WINDOW]
    recent = [run for run in own if not run.withdrawn and run.published >= start - RECENT]

    def keep(run: Run) -> bool:
        return not run.withdrawn or all(other.flop < run.flop / 2 for other in recent)

    return tuple(sorted(filter(keep, own), key=lambda run: (-run.flop, run.model)))


def choose(tables: Tables, found: list[Candidate], max_labs: int) -> list[Candidate]:
    """Labs with a published run rate first, then the most capable, then the largest runs."""
    since = tables.start - WINDOW
    order = sorted(found, key=lambda one: (-one.largest(since), one.lab))
    earning = labs_with_run_rate(tables)
    best = best_index(tables)
    capable = sorted((one for one in order if one.lab in best), key=lambda one: -best[one.lab])
    chosen = [one for one in order if one.lab in earning]
    for one in capable[:CAPABLE_LABS] + order:
        if one not in chosen and len(chosen) < max_labs:
            chosen.append(one)
    return [one for one in order if one in chosen]


def best_index(tables: Tables) -> dict[str, float]:
    """Highest capability index (ECI) of each lab so far."""
    known = lab_rows(tables)
    best: dict[str, float] = {}
    for row in tables.rows("capability"):
        if row.text("organization") in known:
            lab = known[row.text("organization")].text("lab")
            best[lab] = max(best.get(lab, 0.0), row.number("eci"))
    return best
