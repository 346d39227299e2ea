"""Bad input: exit status 2, one line that names culprit and what is allowed, nothing written."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from experiments.cli import main
from tests.support.small import TINY


def _drift(parameter: str, start: float, end: float) -> bytes:
    return (
        f'[[drift]]\nparameter = "{parameter}"\nstart_year = {start}\nend_year = {end}\nvalue = 0.5\n'
    ).encode()


TEXTS = {
    "truncated.toml": b"[users]\ncount = ",
    "quotes.toml": b'[users]\ndemand = "sampled\n',
    "binary.toml": b"\xff\xfe\x00[users]",
    "twice.toml": b"[users]\ncount = 5\ncount = 6\n",
    "unknown.toml": b"[market]\nsize = 3\n",
    "section.toml": b"users = 5\n",
    "nested.toml": b"[users.wealth]\nmedian = 3.0\n",
    "list.toml": b'[labs]\nstart = "list"\n',
    "site.toml": b'[[compute.sites]]\nname = "a"\npower_mw = -3.0\n',
    "missing.toml": b'[[compute.sites]]\nname = "a"\n',
    "region.toml": b'[[compute.sites]]\nname = "a"\npower_mw = 3.0\nregion = "MARS"\n',
    "drift.toml": _drift("users.count", 0.0, 1.0),
    "later.toml": _drift("technology.wall_slope", 3.0, 1.0),
    "rule.toml": b"[[regulation]]\nstart_year = 5.0\nend_year = 1.0\n",
    "no spaces.toml": b"",
    "point.toml": (
        b'regimes = ["mixed"]\noutcomes = ["adoption"]\n[[levers]]\nkey = "users.inertia"\n'
        b"values = [1.0, -1.0]\n"
    ),
    "one.toml": (
        b'regimes = ["mixed"]\noutcomes = ["adoption"]\ndesign.kind = "one-at-a-time"\n[[levers]]\n'
        b'key = "users.inertia"\nvalues = [1.0]\n'
    ),
    "good.toml": b"[users]\ncount = 50\n",
}

# arguments, the culprit, what is allowed ({dir} is a folder with the files above)
BAD: list[tuple[list[str], str, str]] = [
    (["parameters", "flavour"], "flavour", "without a word"),
    # command lines
    (["frobnicate"], "frobnicate", "compare"),
    (["run"], "REGIME|FILE", "--help"),
    (["run", "pretraining", "placebo"], "placebo", "--help"),
    (["run", "pretraining", "--frob"], "--frob", "--help"),
    (["run", "pretraining", "--stepz", "4"], "--stepz", "--steps"),
    (["run", "pretraining", "--seed", "-1"], "--seed -1", "from 0"),
    (["run", "pretraining", "--seed", "x"], "--seed x", "whole number"),
    (["run", "pretraining", "--seed", "1.5"], "--seed 1.5", "whole number"),
    (["run", "pretraining", "--seed"], "--seed", "argument"),
    (["run", "pretraining", "--steps", "-4"], "--steps -4", "from 0 to 100000"),
    (["run", "pretraining", "--steps", "4", "--set", "horizon.steps=5"], "--steps", "say it once"),
    (["run", "pretraining", "--set", "users.count"], "--set users.count", "key=value"),
    (["run", "pretraining", "--set", "=5"], "--set =5", "key=value"),
    (["run", "mixed", "--set", "users.count=5", "--set", "users.count=6"], "users.count", "once"),
    (["run", "pretraining", "--out", "{dir}/good.toml"], "good.toml", "folder"),
    (["run", "pretraining", "--out", "{dir}/good.toml/deeper"], "good.toml", "folder"),
    (["run", "pretraining", "--out", "{dir}"], "{dir}", "empty or new folder"),
    (["run", "pretraining", "--out", "/proc/x"], "/proc/x", "another folder"),
    (["compare", "--out", "/proc/x/y"], "/proc/x/y", "another folder"),
    (["compare", "--out", "{dir}/" + 300 * "n"], "--out {dir}/nnn", "another folder"),
    (["compare", "--seeds", "0"], "--seeds 0", "from 1"),
    (["compare", "--seeds", "-3"], "--seeds -3", "from 1"),
    (["compare", "--seeds", "many"], "--seeds many", "whole number"),
    (["compare", "--workers", "0"], "--workers 0", "from 1"),
    (["compare", "--workers", "2", "--scheduler", "tcp://127.0.0.1:1"], "--workers", "one of them"),
    (["compare", "--scheduler", "localhost"], "--scheduler localhost", "tcp://"),
    (["compare", "--scheduler", "tcp://127.0.0.1:1"], "tcp://127.0.0.1:1", "scheduler answers"),
    (["compare", "--resume", "--force"], "--resume", "one of them"),
    (["compare", "placebo", "placebo"], "placebo", "each regime once"),
    (["compare", "pretraining", "unheard-of"], "unheard-of", "placebo"),
    (["compare", "{dir}/no spaces.toml"], "no spaces", "letters"),
    (["compare", "--out", "{dir}"], "{dir}", "--force"),
    (["compare", "--out", "{dir}/good.toml"], "good.toml", "folder"),
    (["report", "{dir}/nowhere"], "nowhere", "no such folder"),
    (["report", "{dir}"], "{dir}", "comparison.json"),
    (["report"], "DIR", "--help"),
    (["schema", "--jason"], "--jason", "--json"),
    (["metrics", "hhi"], "hhi", "--help"),
    # studies
    (["sweep"], "STUDY", "--help"),
    (["sweep", "unheard-of"], "unheard-of", "wall-onset"),
    (["sweep", "{dir}/absent.toml"], "absent.toml", "TOML file"),
    (["sweep", "{dir}/truncated.toml"], "truncated.toml", "key = value"),
    (["sweep", "{dir}/good.toml"], "regimes: is missing", "a list"),
    (["sweep", "{dir}/point.toml"], "point 1 in mixed: users.inertia = -1.0", ">= 0"),
    (["sweep", "wall-onset", "--seeds", "0"], "--seeds 0", "from 1"),
    (["sweep", "wall-onset", "--points", "many"], "--points many", "whole number"),
    (["sweep", "sensitivity", "--points", "12"], "design.size = 12", "power of 2"),
    (["sweep", "{dir}/one.toml", "--points", "4"], "--points 4", "no size"),
    (["sweep", "mixed", "--workers", "2", "--scheduler", "tcp://127.0.0.1:1"], "--workers", "one of them"),
    (["sweep", "wall-onset", "--scheduler", "tcp://127.0.0.1:1"], "tcp://127.0.0.1:1", "scheduler answers"),
    (["sweep", "wall-onset", "--resume", "--force"], "--resume", "one of them"),
    (["sweep", "wall-onset", "--out", "{dir}/good.toml"], "good.toml", "folder"),
    (["sweep", "wall-onset", "--out", "{dir}"], "{dir}", "empty or new folder"),
    (["sweep", "wall-onset", "--out", "/proc/x"], "/proc/x", "another folder"),
    (["sensitivity", "wall-onset"], "design.kind: grid", "saltelli"),
    # files
    (["run", "{dir}/absent.toml"], "absent.toml", "TOML file"),
    (["run", "{dir}/truncated.toml"], "truncated.toml", "key = value"),
    (["run", "{dir}/quotes.toml"], "quotes.toml", "key = value"),
    (["run", "{dir}/binary.toml"], "binary.toml", "TOML file"),
    (["run", "{dir}/twice.toml"], "twice.toml", "key = value"),
    (["run", "{dir}/unknown.toml"], "unknown.toml: market", "users"),
    (["run", "{dir}/section.toml"], "section.toml: users = 5", "table of keys"),
    (["run", "{dir}/nested.toml"], "users.wealth.median", "median_usd_year"),
    (["run", "{dir}/list.toml"], "labs.explicit", "must not be empty"),
    (["run", "{dir}/site.toml"], "compute.sites.0.power_mw = -3.0", "> 0"),
    (["run", "{dir}/missing.toml"], "compute.sites.0.power_mw", "number > 0"),
    (["run", "{dir}/region.toml"], "compute.sites.0.region = 'MARS'", '"US", "EU", "CN" or "ROW"'),
    (["run", "{dir}/drift.toml"], "drift.0.parameter = 'users.count'", "technology."),
    (["run", "{dir}/later.toml"], "drift.0.end_year", "start_year"),
    (["run", "{dir}/rule.toml"], "regulation.0.end_year", "after start_year"),
    # values
    *(
        (["run", "pretraining", "--set", setting], culprit, allowed)
        for setting, culprit, allowed in (
            ("users.cuont=5", "users.cuont", "'count'"),
            ("usres.count=5", "usres", "'users'"),
            ("horizon.step=5", "horizon.step", "'steps'"),
            ("users.count=0", "users.count = 0", ">= 1"),
            ("users.count=2.5", "users.count = 2.5", "whole number"),
            ("users.count=many", "users.count = 'many'", "whole number"),
            ("users.count=true", "users.count = true", "whole number"),
            ("users.count=99999999999", "users.count = 99999999999", "<= 5000000"),
            ("users=5", "users = 5", "table of keys"),
            ("users.demand=guessed", "users.demand = 'guessed'", '"expected"'),
            ("users.outside_utility=nothing", "users.outside_utility = 'nothing'", '"none"'),
            ("users.wealth.sigma=-1", "users.wealth.sigma = -1", ">= 0"),
            ("users.wealth.atoms=[1.0, -2.0]", "users.wealth.atoms", "above 0"),
            ('users.wealth.atoms=[1.0, "a"]', "users.wealth.atoms.1 = 'a'", "number"),
            ("users.wealth.atom_weights=[1.0]", "users.wealth.atom_weights", "one weight per"),
            ("users.engine=lumped", "users.engine", "users.types"),
            ("technology.wall_slope=1.5", "technology.wall_slope = 1.5", ">= 0 and <= 1"),
            ("technology.wall_slope=nan", "technology.wall_slope = nan", ">= 0 and <= 1"),
            ("technology.diffusion=inf", "technology.diffusion = inf", "<= 1"),
            ("compute.price=-1.0", "compute.price = -1.0", '"endogenous" or a number > 0'),
            ("compute.price=free", "compute.price = 'free'", '"endogenous" or a number > 0'),
            ("horizon.start=foo", "horizon.start = 'foo'", "date like"),
            ("horizon.start=2031-01-01", "horizon.start = 2031-01-01", "<= 2024-12-31"),
            ("horizon.step_years=0", "horizon.step_years = 0", "> 0"),
            ("labs.adapt.price=yes", "labs.adapt.price = 'yes'", "true or false"),
            ("labs.start=list", "labs.explicit", "must not be empty"),
            ("labs.limit=1", "labs.limit", "at least"),
            ("tasks=[]", "tasks = []", ">= 1"),
            ("tasks.99.usage=0.1", "tasks.99.usage", "0 to 7"),
            ("regulation.0.fine_usd=-5", "regulation.0.fine_usd = -5", ">= 0"),
        )
    ),
]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, content in TEXTS.items():
        (tmp_path / name).write_bytes(content)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _inside(folder: Path) -> dict[str, bytes | None]:
    return {str(path): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


@pytest.mark.parametrize(("arguments", "culprit", "allowed"), BAD, ids=lambda v: str(v)[:60])
def test_bad_input_is_one_helpful_line(
    arguments: list[str],
    culprit: str,
    allowed: str,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = _inside(folder)
    with pytest.raises(SystemExit) as stopped:
        main([word.replace("{dir}", str(folder)) for word in arguments])
    told = capsys.readouterr()
    assert stopped.value.code == 2, told.err
    assert told.out == ""
    assert told.err.count("\n") == 1 and told.err.endswith("\n"), told.err
    assert "Traceback" not in told.err and len(told.err) < 700
    assert culprit.replace("{dir}", str(folder)) in told.err
    assert allowed in told.err
    assert _inside(folder) == before, "something was written"


def test_there_are_many_of_them() -> None:
    assert len(BAD) >= 60


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "pretraining", "--set", "users.cuont=5"],
        ["compare", "--seeds", "0", "--out", "there"],
        ["compare", "--nonsense"],
    ],
)
def test_also_as_a_process(arguments: list[str], tmp_path: Path) -> None:
    """A bad command answers before Mesa and pandas are imported."""
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-m", "experiments", *arguments],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60,
        env={"PYTHONPATH": str(root), "PATH": "", "PYTHONWARNINGS": "error"},
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stdout == "" and done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["regimes", "parameters", "schema", "metrics"])
def test_lists_as_table_and_as_json(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([command, "--json"])
    assert stopped.value.code == 0
    rows = json.loads(capsys.readouterr().out)
    assert len(rows) >= 6
    with pytest.raises(SystemExit):
        main([command])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(rows) + 1
    assert len({line.count("\t") for line in lines}) == 1


def test_parameters_with_a_word_in_them(capsys: pytest.CaptureFixture[str]) -> None:
    """In key, meaning or source, whatever the case."""
    with pytest.raises(SystemExit):
        main(["parameters", "Switching cost", "--json"])
    assert [row["key"] for row in json.loads(capsys.readouterr().out)] == ["users.inertia"]


def test_parameters_on_a_terminal_show_what_fits(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    with pytest.raises(SystemExit):
        main(["parameters"])
    head = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out.splitlines()[0])
    assert head.split() == ["key", "default", "unit", "meaning"]


def test_a_run_shows_its_values_on_a_narrow_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The words of a metric give way, never its value; rules in force and conditions are told."""
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "80")
    few = [f"{key}={value}" for key, value in TINY.items() if key != "horizon.steps"]
    changes = [word for one in [*few, "compute.price_decline_oom=0.2"] for word in ("--set", one)]
    with pytest.raises(SystemExit) as stopped:
        main(["run", "pretraining", "--steps", "1", *changes])
    told = capsys.readouterr()
    lines = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", told.out).splitlines()
    assert stopped.value.code == 0 and lines[1].split() == ["metric", "value", "unit"]
    assert re.search(r"HHI, all\D* 0\.\d+", lines[2]) and max(map(len, lines)) <= 80
    assert "compute.price_decline_oom acts only if price is a number" in told.err
    assert "rules of the state: training-threshold from year 0.5" in told.err


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        ("regulation[].threshold_oom=26", "as in regulation.0.threshold_oom"),
        ("regulation.threshold_oom=26", "as in regulation.0.threshold_oom"),
        ("regulation.0.threshold_oom=1e26", "it is a power of ten: write 26"),
        ("regulation.0.start_year=2027", "years are counted from the start of the run"),
        ("regulation={policy = 'price-cap'}", "write [[regulation]] before the keys"),
    ],
)
def test_what_was_probably_meant_is_told(change: str, hint: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["run", "pretraining", "--set", change])
    told = capsys.readouterr().err
    assert stopped.value.code == 2 and hint in told and told.count("\n") == 1


def test_a_study_is_not_taken_for_a_scenario(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('regimes = ["mixed"]\nsteps = 2\noutcomes = ["adoption"]\n')
    with pytest.raises(SystemExit) as stopped:
        main(["run", str(file)])
    assert stopped.value.code == 2 and "say computeshift sweep" in capsys.readouterr().err


def test_help_is_no_fault(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in ([], ["--help"], ["compare", "--help"]):
        with pytest.raises(SystemExit) as stopped:
            main(arguments or ["--help"])
        assert stopped.value.code == 0
        assert "Usage" in capsys.readouterr().out
