"""A study: a question put to the model as a file. What is varied, how, and what is read off.

    from experiments.study import Study, load_study

    study = Study.load("wall-onset")            # a shipped study by name, or the path of a TOML file
    results = load_study("results/wall-onset")  # what a sweep has left: .study .design .runs .failures

A run is (point of the design) x regime x policy x seed; all points, regimes and policies meet the same seeds.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Field, PrivateAttr, ValidationError, model_validator

from experiments.compare_keys import flat
from experiments.factors import Factor, Lever, Plain, Uncertainty
from model.errors import ScenarioError, explain, nearest
from model.parameters import Section
from model.scenario import Scenario
from model.sections.rule import Rule

if TYPE_CHECKING:
    import pandas as pd

SHIPPED = Path(__file__).parent / "studies"
OWN = "own"
"""The policy of a study that names none: each regime keeps its own rules."""

Kind = Literal["final", "mean"]
DesignKind = Literal[
    "grid", "one-at-a-time", "latin-hypercube", "sobol", "morris", "saltelli", "table"
]  # fmt: skip


class Policy(Section):
    """A variant of the law: its rules replace the regime's; without `regulation` the regime keeps its own."""

    name: str = Field(pattern=r"^[\w+-]+$", description="letters, digits, _ + and -")
    words: str = Field(default="", description="what it is, for tables and figures")
    regulation: list[Rule] | None = Field(default=None, description="rules; [] = no rule at all")
    set: dict[str, Any] = Field(default_factory=dict, description="further parameters, by dotted key")


class Design(Section):
    """Which points are run. `size`: see `experiments.design`; `seed`: of the design, not of the runs."""

    kind: DesignKind = Field(default="grid", description="the kind of design")
    size: int = Field(default=0, ge=0, le=1_000_000, description="0 = the kind's own default")
    seed: int = Field(default=1, ge=0, le=2**32 - 1, description="of the scrambling or drawing")
    levels: int = Field(default=4, ge=2, le=100, description="levels of Morris's grid (even)")
    second_order: bool = Field(default=False, description="Saltelli: also for pairs of factors")
    table: str = Field(default="", description="file of points (.csv or .parquet), beside the study")


@dataclass(frozen=True)
class Outcome:
    """A number read off a run: a metric's mean over its last four steps (final) or over all (mean)."""

    metric: str
    kind: Kind

    @property
    def column(self) -> str:
        """Its column in the table of runs."""
        return f"{self.metric}.{self.kind}"


class Study(Section):
    """All of a study. Build it with `load` or `from_mapping`, whose errors are one line."""

    name: str = Field(pattern=r"^[\w-]+$", description="letters, digits, _ and -")
    description: str = Field(default="", description="the question, in a sentence or two")
    regimes: list[str] = Field(min_length=1, max_length=100, description="names, or paths of TOML files")
    policies: list[Policy] = Field(default_factory=list, max_length=200, description="crossed with regimes")
    seeds: int = Field(default=1, ge=1, le=100_000, description="paired seeds: 1 to this")
    steps: int | None = Field(default=None, ge=0, le=100_000, description="steps of every run")
    set: dict[str, Any] = Field(default_factory=dict, description="common parameters, by dotted key")
    uncertainties: list[Uncertainty] = Field(default_factory=list, description="what nobody knows")
    levers: list[Lever] = Field(default_factory=list, description="what somebody chooses")
    outcomes: list[str] = Field(min_length=1, description="METRIC.final or METRIC.mean")
    design: Design = Design()
    tables: list[str] = Field(default=["metrics"], description="tables that are kept of each run")
    run_limit_s: Annotated[float, Field(gt=0)] | None = Field(
        default=None, description="longer runs are ended"
    )

    _where: Path = PrivateAttr(default=Path("study"))

    # -- reading -------------------------------------------------------------------------------

    @classmethod
    def load(cls, source: str | Path) -> Study:
        """A shipped study by its name, or a TOML file by its path."""
        path = Path(source)
        if path.suffix != ".toml":
            path = SHIPPED / f"{source}.toml"
            if not path.is_file() or str(source) not in study_names():
                raise ScenarioError(
                    f"{source}: no such study; allowed: {', '.join(study_names())},"
                    " or the path of a .toml file"
                )
        try:
            raw = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "is not UTF-8 text"
            raise ScenarioError(f"{path}: cannot be read ({reason}); expected a TOML file") from None
        except tomllib.TOMLDecodeError as error:
            raise ScenarioError(f"{path}: not valid TOML ({error}); expected key = value lines") from None
        return cls.from_mapping({"name": path.stem, **raw}, where=path)

    @classmethod
    def from_mapping(cls, raw: Mapping[str, Any], *, where: Path | str = "study") -> Study:
        """Validate nested plain values; any fault is one line that names file, field and what is allowed."""
        try:
            study = cls.model_validate(dict(raw))
        except ValidationError as error:
            raise ScenarioError(explain(error, str(where), cls)) from None
        except ScenarioError as error:
            raise ScenarioError(f"{where}: {error}") from None
        study._where = Path(where)
        return study

    def with_(self, **changes: Any) -> Study:
        """A copy with fields replaced, e.g. with_(seeds=8)."""
        return Study.from_mapping({**self.model_dump(mode="python"), **changes}, where=self._where)

    @property
    def where(self) -> Path:
        """The file that it was read from: errors name it, and other files are looked for beside it."""
        return self._where

    # -- what it says --------------------------------------------------------------------------

    @property
    def factors(self) -> list[Factor]:
        """Uncertainties, then levers: the columns of the design."""
        return [*self.uncertainties, *self.levers]

    @property
    def laws(self) -> list[Policy]:
        """The policies; one that changes nothing if none is named."""
        return self.policies or [Policy(name=OWN, words="the regime's own rules")]

    @property
    def measured(self) -> list[Outcome]:
        """The outcomes, apart; a bare metric means its mean over all steps."""
        return [_outcome(one) for one in self.outcomes]

    def bases(self) -> dict[str, Scenario]:
        """The regimes by name, as they are before the study changes anything."""
        found: dict[str, Scenario] = {}
        for source in self.regimes:
            beside = self._where.parent / source
            one = Scenario.load(beside if source.endswith(".toml") and beside.is_file() else source)
            if one.name in found:
                raise ScenarioError(f"{self._where}: regimes: {one.name} is named twice; name each once")
            found[one.name] = one
        return found

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        from model.results import NAMES

        keys = [one.key for one in self.factors]
        double = next((key for key in keys if keys.count(key) > 1), None)
        if double:
            raise ValueError(f"{double}: is varied twice; name it once among uncertainties and levers")
        fixed = {*flat(self.set), *(["horizon.steps"] if self.steps is not None else [])}
        for key in keys:
            if key in fixed:
                raise ValueError(f"{key}: is varied and also in set; leave one of them out")
        if self.steps is not None and "horizon.steps" in flat(self.set):
            raise ValueError("steps: also given as horizon.steps in set; say it once")
        names = [one.name for one in self.policies]
        if len({*names}) < len(names):
            raise ValueError("policies: each needs a name of its own")
        regimes = {Path(one).stem if one.endswith(".toml") else one for one in self.regimes}
        for one in self.factors:
            for name in one.regimes:
                if name not in regimes:
                    raise ValueError(f"{one.key}: acts in {name!r}, which is no regime of this study")
        for table in self.tables:
            if table not in NAMES:
                raise ValueError(f"tables: unknown table {table!r}{nearest(table, NAMES)}")
        if not self.factors and self.design.kind not in ("grid", "table"):
            raise ValueError(f"design.kind: {self.design.kind} needs uncertainties or levers")
        if (self.design.kind == "table") != bool(self.design.table):
            raise ValueError('design.table: goes with kind = "table", and with no other')
        if self.design.kind == "morris" and self.design.levels % 2:
            raise ValueError("design.levels: must be even for Morris")
        return self


def _outcome(text: str) -> Outcome:
    metric, _, kind = text.partition(".")
    return Outcome(metric, "final" if kind == "final" else "mean")


def study_names() -> list[str]:
    """Names of the shipped studies."""
    return sorted(path.stem for path in SHIPPED.glob("*.toml") if "outcomes" in path.read_text("utf-8"))


@dataclass(frozen=True, eq=False)
class StudyResults:
    """What a sweep has left in its folder."""

    study: Study
    design: pd.DataFrame
    """One row a point: `point`, then one column per factor (its dotted key)."""
    runs: pd.DataFrame
    """One row a finished run: point, regime, policy, seed, factors, outcomes (METRIC.final, METRIC.mean)."""
    failures: pd.DataFrame
    """One row a failed run: point, regime, policy, seed, key, kind, message."""


def load_study(folder: str | Path) -> StudyResults:
    """Read a study's folder; ScenarioError if it holds none. Runs nothing."""
    from experiments.study_store import StudyStore

    return StudyStore(folder).results()


__all__ = ["Design", "Factor", "Lever", "Outcome", "Plain", "Policy", "Study", "StudyResults", "Uncertainty",
           "load_study", "study_names"]  # fmt: skip
