"""The command line: judge the input first, import what is heavy afterwards, end with a status.

0 done; 1 something ran and failed (the rest is kept); 2 bad input, one line; 130 interrupted, kept.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from experiments.inputs import (
    check_address,
    check_folder,
    load_regimes,
    load_scenario,
    parse_changes,
    whole,
)
from experiments.progress import say
from experiments.runs import StorageError
from experiments.study_command import report_study, sensitivity, sweep
from experiments.threads import pin
from model.errors import IndustryError, ScenarioError

# Typer carries its own copy of click in some versions: take the base of faults from what it raises.
_KINDS = [kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException"]
USAGE: type[Exception] = cast(type[Exception], _KINDS[0])

app = typer.Typer(
    name="computeshift",
    help="An agent-based laboratory of the AI industry as compute shifts to inference.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

MOST = 2**63 - 1
TURNS = 2

Changes = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Replace one parameter; may be repeated."),
]
Steps = Annotated[str | None, typer.Option(metavar="N", help="Number of steps.")]
Json = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]
Force = Annotated[bool, typer.Option("--force", help="Replace what an earlier job left there.")]


@app.command()
def run(
    regime: Annotated[str, typer.Argument(metavar="REGIME|FILE", help="Regime or TOML file.")],
    changes: Changes = None,
    seed: Annotated[str, typer.Option(metavar="N", help="Seed of all luck.")] = "7",
    steps: Steps = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Store the tables here.")] = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Run one scenario once and print how it ended."""
    number = whole("--seed", seed, 0, MOST)
    given = parse_changes(changes or [])
    scenario = load_scenario(regime, given, _steps(steps))
    if out is not None:
        check_folder(out)
    _tell_conditions(given)
    from experiments.single import run_single

    run_single(scenario, number, out, force=force, as_json=as_json)


@app.command()
def compare(
    regimes: Annotated[
        list[str] | None,
        typer.Argument(metavar="REGIME|FILE", help="First: the reference. Without any: the six of the demo."),
    ] = None,
    seeds: Annotated[str, typer.Option(metavar="N", help="Paired seeds: 1 to N.")] = "5",
    steps: Steps = None,
    changes: Changes = None,
    workers: Annotated[
        str | None, typer.Option(metavar="N", help="Processes (default: all cores); 1 = this one.")
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Use the workers of this Dask scheduler.")
    ] = None,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of results.")] = Path("results/compare"),
    resume: Annotated[bool, typer.Option("--resume", help="Go on (the default).")] = False,
    turns: Annotated[
        str, typer.Option(metavar="N", help="Seeds on which to find what differences turn on; 0 = do not.")
    ] = str(TURNS),
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Run regimes on the same seeds, compare them and write a report. The main job."""
    if workers is not None and scheduler is not None:
        raise ScenarioError("--workers: not together with --scheduler; choose one of them")
    if resume and force:
        raise ScenarioError("--resume: not together with --force; choose one of them")
    count = whole("--seeds", seeds, 1, 100_000)
    few = whole("--turns", turns, 0, 100_000)
    processes = whole("--workers", workers, 1, 1024) if workers is not None else os.cpu_count()
    given = parse_changes(changes or [])
    scenarios = load_regimes(regimes or [], given, _steps(steps))
    check_folder(out)
    from experiments.store import Store

    Store(out).check(scenarios, force=force)
    _tell_conditions(given)
    if scheduler is not None:
        check_address(scheduler)
    from experiments.job import compare_job

    code = compare_job(
        scenarios,
        range(1, count + 1),
        Store(out),
        workers=processes or 1,
        scheduler=scheduler,
        force=force,
        as_json=as_json,
        command=_command(regimes or [], count, steps, changes or [], out, few),
        turns=few,
    )
    raise typer.Exit(code)


app.command()(sweep)
app.command()(sensitivity)


@app.command()
def report(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder that compare or a study wrote.")],
    as_json: Json = False,
) -> None:
    """Rebuild figures and report of a stored comparison; runs nothing."""
    from experiments.store import Store

    store = Store(folder)
    if not folder.is_dir():
        raise ScenarioError(f"{folder}: no such folder; name one that compare or sweep wrote")
    if (folder / "study.json").is_file():
        report_study(folder)
        return
    tasks = store.tasks()
    if not any((store.run_folder(task) / "manifest.json").exists() for task in tasks):
        raise ScenarioError(f"{folder}: holds no finished run; say computeshift compare first")
    from experiments.compare import Comparison
    from experiments.job import report_job

    comparison = Comparison.load(store)
    if len(comparison.runs) < len(tasks):
        say(f"{len(tasks) - len(comparison.runs)} of {len(tasks)} runs are missing; compare makes them")
    report_job(store, comparison, as_json=as_json)


@app.command()
def verify(
    case: Annotated[
        list[str] | None, typer.Option("--case", metavar="P10", help="Only this case; may be repeated.")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Only what is done in seconds.")] = False,
    workers: Annotated[
        str | None, typer.Option(metavar="N", help="Processes (default: all cores); 1 = this one.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Hold the model against published theory, case by case."""
    pin()
    processes = whole("--workers", workers, 1, 1024) if workers is not None else os.cpu_count()
    from experiments.verify.command import run_verify

    raise typer.Exit(run_verify(case or [], quick=quick, json=as_json, workers=processes or 1))


@app.command()
def claims(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="C5 ...", help="Claims by number. Without any: all.")
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Minutes instead of hours; few verdicts can be reached.")
    ] = False,
    seeds: Annotated[str | None, typer.Option(metavar="N", help="Paired seeds at the default.")] = None,
    points: Annotated[str | None, typer.Option(metavar="N", help="Points of the plausible space.")] = None,
    workers: Annotated[
        str | None, typer.Option(metavar="N", help="Processes (default: all cores); 1 = this one.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder (default: results/claims, or -quick).")
    ] = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Put the claims of the sources on trial: effect, verdict, and on what it turns."""
    from experiments.claims import find
    from experiments.claims.plan import FULL, QUICK

    find(names or [])
    plan = (QUICK if quick else FULL).with_(
        seeds=None if seeds is None else whole("--seeds", seeds, 2, 10_000),
        points=None if points is None else whole("--points", points, 0, 65_536),
    )
    processes = whole("--workers", workers, 1, 1024) if workers is not None else os.cpu_count()
    folder = out or Path("results/claims-quick" if quick else "results/claims")
    check_folder(folder)
    from experiments.claims.command import run_claims

    raise typer.Exit(
        run_claims(names or [], plan, folder, workers=processes or 1, force=force, json_out=as_json)
    )


@app.command()
def view(
    source: Annotated[
        str | None,
        typer.Argument(
            metavar="SCENARIO|RESULTS", help="Regime, TOML file, or a folder that compare or run wrote."
        ),
    ] = None,
    port: Annotated[str, typer.Option(metavar="N", help="Port on this machine.")] = "8765",
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Only serve.")] = False,
) -> None:
    """Watch the industry in a browser window, served on this machine alone."""
    words = [*([source] if source is not None else []), "--port", port]
    words += ["--no-browser"] if no_browser else []
    os.execv(sys.executable, [sys.executable, "-P", "-m", "viz", *words])


@app.command()
def regimes(as_json: Json = False) -> None:
    """The regimes that ship, and what each changes."""
    from experiments.listings import regimes as rows
    from experiments.listings import regimes_in_words

    _show(rows() if as_json else regimes_in_words(), ("name", "description", "changes"), as_json)


@app.command()
def parameters(
    word: Annotated[
        str | None, typer.Argument(metavar="WORD", help="Only those with it in key, meaning or source.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Every parameter. Terminal: default, unit, meaning; piped or --json: bounds, range, source too."""
    from experiments.listings import parameter_rows

    rows = [one for one in parameter_rows() if _speaks_of(one, word)]
    if not rows:
        raise ScenarioError(f"parameters {word}: no key, meaning or source has it; say it without a word")
    shown: tuple[str, ...] = ("key", "default", "unit", "allowed", "range", "grade", "source", "meaning")
    if sys.stdout.isatty():
        shown = ("key", "default", "unit", "meaning")
    _show(rows, shown, as_json)


def _speaks_of(row: dict[str, Any], word: str | None) -> bool:
    found = (str(row[name]).lower() for name in ("key", "meaning", "source"))
    return word is None or any(word.lower() in text for text in found)


@app.command()
def schema(as_json: Json = False) -> None:
    """Every column of every result table."""
    from experiments.listings import schema_rows

    _show(schema_rows(), ("table", "column", "type", "unit", "meaning"), as_json)


@app.command()
def metrics(as_json: Json = False) -> None:
    """Every metric: unit, family, meaning; with --json also its formula."""
    from experiments.listings import metric_rows

    _show(metric_rows(), ("name", "unit", "family", "meaning"), as_json)


def _tell_conditions(keys: Iterable[str]) -> None:
    """A parameter that was set and acts only under a condition says so: else it may do nothing unseen."""
    from model.scenario import parameters as registry

    when = {one.key: one.when for one in registry()}
    for key in keys:
        condition = when.get(re.sub(r"\.\d+\.", "[].", key), "")
        if condition:
            say(f"note: {key} acts only if {condition}")


def _steps(text: str | None) -> int | None:
    return None if text is None else whole("--steps", text, 0, 100_000)


def _command(
    regimes: list[str], seeds: int, steps: str | None, changes: list[str], out: Path, turns: int
) -> str:
    """The command that makes the same numbers again, whatever the machine."""
    parts = ["computeshift", "compare", *regimes, "--seeds", str(seeds)]
    parts += ["--steps", steps] if steps is not None else []
    parts += ["--turns", str(turns)] if turns != TURNS else []
    parts += [word for change in changes for word in ("--set", change)]
    return shlex.join([*parts, "--out", str(out)])


def _show(rows: list[dict[str, Any]], columns: tuple[str, ...], as_json: bool) -> None:
    if as_json:
        print(json.dumps(rows, indent=1, ensure_ascii=False))
        return
    from experiments.tables import show

    show(rows, columns)


def _one_line(error: Exception) -> str:
    text = " ".join(getattr(error, "format_message", error.__str__)().split())
    if isinstance(error, ScenarioError):
        return text
    context = getattr(error, "ctx", None)
    if text.startswith("No such command"):
        names = [one.callback.__name__ for one in app.registered_commands if one.callback]
        text += f" Allowed: {', '.join(names)}."
    return f"{text} See: {context.command_path if context else 'computeshift'} --help"


def main(arguments: list[str] | None = None) -> None:
    """Entry of the console script; always ends in SystemExit."""
    pin()
    command = typer.main.get_command(app)
    given = sys.argv[1:] if arguments is None else arguments
    try:
        code = command.main(given or ["--help"], prog_name="computeshift", standalone_mode=False)
    except (ScenarioError, USAGE) as error:
        say("computeshift: " + _one_line(error))
        code = 2
    except StorageError as error:
        say(f"computeshift: {' '.join(str(error).split())}")
        code = 1
    except IndustryError as error:
        say(f"computeshift: the run stopped: {' '.join(str(error).split())}")
        code = 1
    except (KeyboardInterrupt, typer.Abort):
        code = 130
    except BrokenPipeError:  # the reader of our output, e.g. head, has left
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    if code == 130:
        say("computeshift: interrupted; what is finished is kept, the same command goes on")
    raise SystemExit(code if isinstance(code, int) else 0)
