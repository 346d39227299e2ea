"""`computeshift sweep` and `computeshift sensitivity`: a study from its file, with what was typed."""

from __future__ import annotations

import os
import shlex
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from experiments.inputs import check_address, check_folder, whole
from experiments.progress import say
from model.errors import ScenarioError

if TYPE_CHECKING:
    from experiments.study import Study
    from experiments.sweep import How

ANALYSIS = "experiments.analysis.report"

Source = Annotated[str, typer.Argument(metavar="STUDY", help="A TOML file, or the name of a shipped study.")]
Out = Annotated[Path | None, typer.Option(metavar="DIR", help="Folder of results (default: results/NAME).")]
Workers = Annotated[
    str | None, typer.Option(metavar="N", help="Processes (default: all cores); 1 = this one.")
]
Scheduler = Annotated[
    str | None, typer.Option(metavar="ADDRESS", help="Use the workers of this Dask scheduler.")
]
Resume = Annotated[bool, typer.Option("--resume", help="Go on (the default).")]
Force = Annotated[bool, typer.Option("--force", help="Replace what an earlier job left there.")]
Seeds = Annotated[str | None, typer.Option(metavar="N", help="Paired seeds: 1 to N.")]
Points = Annotated[str | None, typer.Option(metavar="N", help="Size of the design.")]
Smoke = Annotated[bool, typer.Option("--smoke", help="The same study of a toy world, in seconds.")]
Retry = Annotated[bool, typer.Option("--retry-failed", help="Try runs again that failed.")]
Dry = Annotated[
    bool, typer.Option("--dry-run", help="Check all of it and say what it will take; run nothing.")
]
Json = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]


def sweep(
    study: Source,
    out: Out = None,
    workers: Workers = None,
    scheduler: Scheduler = None,
    resume: Resume = False,
    force: Force = False,
    seeds: Seeds = None,
    points: Points = None,
    smoke: Smoke = False,
    retry_failed: Retry = False,
    dry_run: Dry = False,
    as_json: Json = False,
) -> None:
    """Run a study; runs that are stored already are not made again."""
    found, folder, how = _judge(
        "sweep", study, out, workers, scheduler, resume, force, seeds, points, smoke, retry_failed, as_json
    )
    from experiments import sweep as job

    raise typer.Exit((job.dry_run if dry_run else job.sweep)(found, folder, how))


def sensitivity(
    study: Source,
    out: Out = None,
    workers: Workers = None,
    scheduler: Scheduler = None,
    resume: Resume = False,
    force: Force = False,
    seeds: Seeds = None,
    points: Points = None,
    smoke: Smoke = False,
    retry_failed: Retry = False,
    as_json: Json = False,
) -> None:
    """Run a study and say what its outcomes depend on."""
    found, folder, how = _judge(
        "sensitivity", study, out, workers, scheduler, resume, force, seeds, points, smoke, retry_failed,
        as_json,
    )  # fmt: skip
    if found.design.kind not in ("saltelli", "morris", "sobol", "latin-hypercube"):
        raise ScenarioError(
            f"{study}: design.kind: {found.design.kind} tells no sensitivity; must be saltelli, morris,"
            " sobol or latin-hypercube"
        )
    from experiments.sweep import sweep as job

    code = job(found, folder, how)
    report_study(folder)
    raise typer.Exit(code)


def report_study(folder: Path) -> None:
    """The page of a study that has run, where there is somebody to write it."""
    if _exists(ANALYSIS):
        from importlib import import_module

        say(f"the report is in {import_module(ANALYSIS).write_study_report(folder)}")


def _exists(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def _judge(
    verb: str,
    source: str,
    out: Path | None,
    workers: str | None,
    scheduler: str | None,
    resume: bool,
    force: bool,
    seeds: str | None,
    points: str | None,
    small: bool,
    retry: bool,
    as_json: bool,
) -> tuple[Study, Path, How]:
    """Everything that can be wrong before the model is loaded, in one line each."""
    if workers is not None and scheduler is not None:
        raise ScenarioError("--workers: not together with --scheduler; choose one of them")
    if resume and force:
        raise ScenarioError("--resume: not together with --force; choose one of them")
    count = None if seeds is None else whole("--seeds", seeds, 1, 100_000)
    size = None if points is None else whole("--points", points, 1, 1_000_000)
    cores = 1 if small else os.cpu_count() or 1
    processes = cores if workers is None else whole("--workers", workers, 1, 1024)
    from experiments.smoke import smoke
    from experiments.study import Study
    from experiments.sweep import How

    study = Study.load(source)
    if size is not None and study.design.kind in ("one-at-a-time", "table"):
        raise ScenarioError(f"--points {points}: a design of kind {study.design.kind} has no size to choose")
    study = smoke(study) if small else study
    if count is not None:
        study = study.with_(seeds=count)
    if size is not None:
        study = study.with_(design={**study.design.model_dump(), "size": size})
    folder = out or Path("results") / f"{study.name}{'-smoke' if small else ''}"
    check_folder(folder)
    if scheduler is not None:
        check_address(scheduler)
    words = ["computeshift", verb, source]
    words += ["--seeds", str(count)] if count is not None else []
    words += ["--points", str(size)] if size is not None else []
    words += ["--smoke"] if small else []
    command = shlex.join([*words, "--out", str(folder)])
    how = How(processes, scheduler, force=force, retry_failed=retry, as_json=as_json, command=command)
    return study, folder, how
