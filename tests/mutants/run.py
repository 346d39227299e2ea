"""Mutation testing: seed one mistake at a time into a copy of the source; the tests must notice each.

    python tests/mutants/run.py [--document] [--workers 2] [--limit 240] [IDS...]

The tests that should notice a mutant run first, then all quick ones; the first failure ends it. Golden
numbers are left out: they notice everything and say nothing about economics. So is whatever watches the
text of the source. A control run without a mistake must pass, and a mistake that stops at import must be
noticed: it proves that the copy is what is tested. Exit code 1 if a mutant survives or is no fair one.
"""

from __future__ import annotations

import argparse
import importlib
import multiprocessing
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from catalogue import MUTANTS, Mutant, likely

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"  # no threads: children are forked
os.environ.setdefault("MPLBACKEND", "Agg")

HERE = str(Path(__file__).resolve().parent)
ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "mutants.md"
COMMON = (
    "tests/unit",
    "tests/theory",
    "tests/property",
    "tests/invariants",
    "tests/reproducibility/test_names.py",
    "tests/reproducibility/test_common_luck.py",
)
# Nothing to do with economics, or the text of the source itself.
LEFT_OUT = (
    "tests/unit/test_mutants.py",
    "tests/unit/test_experiments.py",
    "tests/unit/test_scenario.py",
    "tests/unit/test_ledger.py",
)
PACKAGES = ("model", "agents", "experiments")
LIBRARIES = (
    "hypothesis.extra.numpy", "mesa", "networkx", "numpy", "pandas", "pyarrow", "pydantic", "pytest",
    "rich", "typer", "scipy.optimize", "scipy.sparse", "scipy.special", "scipy.stats",
)  # fmt: skip
CLUMSY = ("NameError", "UnboundLocalError", "TypeError", "AttributeError", "SyntaxError", "IndentationError")
FAILED = re.compile(r"^(FAILED|ERROR) (.+?)(?: - (.*))?$", re.MULTILINE)


RED: list[str] = []  # tests that fail without any mistake, if that is allowed


class Verdict(NamedTuple):
    """What became of a mutant: killed, survived, or unfair (it does not even run)."""

    mutant: Mutant
    fate: str
    test: str
    reason: str
    seconds: float


def copy_tree(target: Path) -> None:
    """The files of the work tree, as git lists them, without what it ignores."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, target / name)
    # Byte code that is checked against the source itself, never against times: no mutant is missed.
    subprocess.run(
        [sys.executable, "-m", "compileall", "-q", "--invalidation-mode", "checked-hash", *PACKAGES],
        cwd=target, check=True,
    )  # fmt: skip


def warm() -> None:
    """Import what the tests need from others, once: a forked child then starts in no time.

    Nothing of this project is imported here, or the copy would not be what is tested.
    """
    # Arrow keeps one idle thread for its memory; children do not need it. One that hangs is not counted.
    warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
    for name in LIBRARIES:
        importlib.import_module(name)
    ours = [name for name in sys.modules if name.partition(".")[0] in PACKAGES]
    assert not ours, f"imported too early: {ours}"


def pytest(place: Path, tests: Sequence[str], seconds: float, first: bool = True) -> tuple[int | None, str]:
    """Exit code (None: out of time) and output of the tests in a copy, run by a forked child."""
    left_out = [f"--ignore={name}" for name in LEFT_OUT if name not in tests]
    left_out += [f"--deselect={name}" for name in RED]
    arguments = [*(["-x"] if first else []), "-q", "-p", "no:cacheprovider", "-m", "not slow", "--tb=line"]
    log = place.parent / f"{place.name}.log"
    child = os.fork()
    if child == 0:
        _run_tests(place, [*arguments, *left_out, *tests], log)
    end = time.monotonic() + seconds
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status), log.read_text(encoding="utf-8", errors="replace")
        if time.monotonic() > end:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return None, ""
        time.sleep(0.05)


def _run_tests(place: Path, arguments: list[str], log: Path) -> NoReturn:
    """The child: tests of the copy, with the copy first on the path and nothing written beside it."""
    code = 3
    try:
        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.chdir(place)
        os.environ |= {"PYTHONPATH": str(place), "PYTHONDONTWRITEBYTECODE": "1", "CI": "1"}
        os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # none is needed, and they take time
        sys.dont_write_bytecode = True
        sys.path[:] = [str(place), *(p for p in sys.path if p != HERE)]
        code = int(importlib.import_module("pytest").main(arguments))
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException as stopped:
        os.write(2, repr(stopped).encode())
    finally:
        os._exit(code)


def judge(mutant: Mutant, place: Path, limit: float, likely_only: bool = False) -> Verdict:
    """Seed a mutant into a copy, run the tests, take it out again."""
    path = place / mutant.file
    text = path.read_text(encoding="utf-8")
    if text.count(mutant.old) != 1:
        return Verdict(mutant, "unfair", "", f"snippet occurs {text.count(mutant.old)} times", 0.0)
    start = time.monotonic()
    path.write_text(text.replace(mutant.old, mutant.new), encoding="utf-8")
    try:
        for tests in (likely(mutant), *([] if likely_only else [COMMON])):
            left = limit - (time.monotonic() - start)
            code, output = pytest(place, tests, max(left, 1.0))
            took = time.monotonic() - start
            if code == 0:
                continue
            if code is None:
                return Verdict(mutant, "unfair", "", "out of time", took)
            found = FAILED.search(output)
            test, reason = (found[2], found[3] or "") if found else ("", output[-300:])
            clumsy = code != 1 or reason.startswith(CLUMSY)
            return Verdict(mutant, "unfair" if clumsy else "killed", test, reason, took)
        return Verdict(mutant, "survived", "", "", time.monotonic() - start)
    finally:
        path.write_text(text, encoding="utf-8")


def control(place: Path, limit: float, allow_red: bool) -> str:
    """Empty if the copy passes as it is and a mistake that stops at import is noticed."""
    shown = subprocess.run(
        [sys.executable, "-c", "import model, agents; print(model.__file__); print(agents.__file__)"],
        cwd=place, env=os.environ | {"PYTHONPATH": str(place)}, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    if not all(Path(name).is_relative_to(place.resolve()) for name in shown):
        return f"not the copy is imported but {shown}"
    for file in ("model/mechanisms/tasks.py", "agents/lab.py"):
        path = place / file
        text = path.read_text(encoding="utf-8")
        path.write_text(text + "\nraise RuntimeError('the copy was imported')\n", encoding="utf-8")
        _, output = pytest(place, ["tests/unit/test_agents_labs.py"], limit)
        path.write_text(text, encoding="utf-8")
        if "the copy was imported" not in output:
            return f"a mistake in {file} that stops at import is not noticed:\n{output[-2000:]}"
    code, output = pytest(place, COMMON, limit, first=not allow_red)
    if code == 1 and allow_red:
        RED.extend(
            sorted({found[1] for found in re.findall(r"^(FAILED|ERROR) (.+?)(?: - .*)?$", output, re.M)})
        )
        print(f"{len(RED)} tests fail without any mistake and are left out:", *RED, sep="\n  ", flush=True)
        code = 0
    return "" if code == 0 else f"the copy fails without any mistake:\n{output[-3000:]}"


def document(verdicts: Sequence[Verdict]) -> str:
    """The page."""
    killed = sum(v.fate == "killed" for v in verdicts)
    files = len({v.mutant.file for v in verdicts})
    rows = "\n".join(
        f"| {v.mutant.id} | {v.mutant.mistake} | `{v.mutant.file}` "
        f"| {f'`{_short(v.test)}`' if v.fate == 'killed' else v.fate} | {v.seconds:.0f} |"
        for v in verdicts
    ).replace("||", "&#124;&#124;")
    passes = "passes all these tests without a mistake"
    if RED:  # they were left out: they noticed nothing
        passes = f"passes these tests without a mistake (but {len(RED)}, which were left out)"
    return f"""# Seeded mistakes

Would the tests notice if the economics were wrong? `make mutants` puts typical mistakes into a copy of the
source, one at a time, and runs the tests: {killed} of {len(verdicts)} mistakes in {files} files are noticed.
The list stands in `tests/mutants`; a test checks that every snippet still occurs exactly once. The page is
written by `python tests/mutants/run.py --document`.

What counts. The first test that fails ends a mutant; the tests that should notice it run first, so the
test named here is one of those that notice it, not the only one. Golden numbers are left out, because they
notice every change and say nothing about economics. A mutant that cannot even run (a name that does not
exist) is no fair one and does not count. An error planted at import is noticed, so the copy is what is
tested; it {passes}.

What does not count. A mistake that is not in the list may still be unnoticed: the list samples typical
ones. Seconds were taken on two shared, busy cores and include the start of the tests.

| mutant | mistake | file | noticed by | s |
|---|---|---|---|---|
{rows}
"""


def _short(test: str) -> str:
    """The test without its folder and without the brackets of its example."""
    path, _, name = test.partition("::")
    return f"{Path(path).name}::{name.partition('[')[0]}" if name else test


_PLACE: list[Path] = []


def _take_place(free: Any) -> None:
    """Each worker has a copy of its own."""
    _PLACE.append(free.get())


def _judge_here(work: Any, mutant: Mutant) -> Verdict:
    verdict: Verdict = work(mutant, _PLACE[0])
    return verdict


def main() -> int:
    """Judge all mutants, or those named."""
    parser = argparse.ArgumentParser(description="Mutation testing on a copy of the source.")
    parser.add_argument("ids", nargs="*", help="mutants to judge (default: all)")
    parser.add_argument("--document", action="store_true", help="write docs/mutants.md")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--limit", type=float, default=600.0, help="seconds per mutant")
    parser.add_argument(
        "--no-control", action="store_true", help="skip the control run (while writing tests)"
    )
    parser.add_argument("--allow-red", action="store_true", help="leave out tests that fail anyway")
    parser.add_argument("--likely-only", action="store_true", help="no fallback to all quick tests")
    given = parser.parse_args()
    unknown = set(given.ids) - {m.id for m in MUTANTS}
    if unknown:
        parser.error(f"unknown mutants: {sorted(unknown)}")
    if given.document and (given.ids or given.no_control or given.likely_only):
        parser.error("--document needs all mutants and the control run")
    chosen = [m for m in MUTANTS if not given.ids or m.id in given.ids]
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        places = [Path(folder) / str(number) for number in range(given.workers)]
        for place in places:
            copy_tree(place)
        warm()
        trouble = "" if given.no_control else control(places[0], 900.0, given.allow_red)
        if trouble:
            print(trouble, file=sys.stderr)
            return 1
        print(f"control passed after {time.monotonic() - begin:.0f} s; {len(chosen)} mutants", flush=True)
        fork = multiprocessing.get_context("fork")
        free = fork.SimpleQueue()
        for place in places:
            free.put(place)
        work = partial(judge, limit=given.limit, likely_only=given.likely_only)
        verdicts = []
        with fork.Pool(given.workers, _take_place, (free,)) as pool:
            for verdict in pool.imap(partial(_judge_here, work), chosen):
                verdicts.append(verdict)
                note = verdict.reason[:90] if verdict.fate == "unfair" else _short(verdict.test)
                print(f"{verdict.fate:8} {verdict.mutant.id:30} {verdict.seconds:5.1f} s  {note}", flush=True)
    bad = [v for v in verdicts if v.fate != "killed"]
    print(f"\n{len(verdicts) - len(bad)} of {len(verdicts)} killed in {time.monotonic() - begin:.0f} s")
    for verdict in bad:
        print(f"{verdict.fate}: {verdict.mutant.id} ({verdict.mutant.file}): {verdict.mutant.mistake}")
    if given.document:
        PAGE.write_text(document(verdicts), encoding="utf-8")
        print(f"wrote {PAGE.relative_to(ROOT)}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
