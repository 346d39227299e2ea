"""The walls of the house, walked by reading every import.

* `mechanisms`: pure NumPy. No Mesa, no files, no randomness of their own, nothing of the model but
  each other.
* `agents` and `mechanisms` see neither a metric, nor a recorder or schedule, nor the name of
  a scenario.
* No module that decides or computes holds the name of a regime.
* Nothing imports `viz` but `viz`; nothing under `model` or `agents` imports plots, reports
  or the command line.
* Files stay short, and nobody's own folders stand in them.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("model", "agents", "experiments", "viz")
LONGEST = 400

# prefix of the importing module -> prefixes that it must not import
FORBIDDEN = {
    "model": ("experiments", "viz", "matplotlib", "typer", "rich", "jinja2", "dask", "distributed"),
    "agents": (
        "experiments",
        "viz",
        "matplotlib",
        "typer",
        "rich",
        "jinja2",
        "dask",
        "distributed",
        "model.metrics",
        "model.schedule",
        "model.recorder",
        "model.results",
        "model.simulate",
        "model.regimes",
    ),
    "experiments": ("viz",),
    "model.mechanisms": (
        "mesa",
        "agents",
        "pathlib",
        "os",
        "io",
        "shutil",
        "random",
        "pandas",
        "pydantic",
        "tomllib",
    ),
    "model.sections": ("mesa", "agents", "pandas", "model.scenario", "model.mechanisms"),
    "model.scenario": ("mesa", "agents", "pandas", "model.metrics", "model.policies"),
    "model.streams": ("mesa", "agents", "model"),
    "model.policies": (
        "agents",
        "model.metrics",
        "model.schedule",
        "model.recorder",
        "model.industry",
        "model.results",
        "model.regimes",
    ),
    "model.metrics": (
        "mesa",
        "agents",
        "model.industry",
        "model.schedule",
        "model.recorder",
        "model.simulate",
    ),
}

# Whoever decides or computes. The command line, reports and the store may show names to people.
NAMELESS = (
    "agents",
    "model.mechanisms",
    "model.policies",
    "model.metrics",
    "model.schedule",
    "model.ledger",
    "model.industry",
    "model.simulate",
    "model.recorder",
    "model.start",
)


def _module(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _within(module: str, prefix: str) -> bool:
    return module == prefix or module.startswith(prefix + ".")


def _files() -> list[Path]:
    return sorted(p for name in PACKAGES for p in (ROOT / name).rglob("*.py"))


def _imports(path: Path) -> Iterator[tuple[int, str]]:
    """Every module that a file imports, also inside functions and `from x import y` as x.y."""
    module = _module(path)
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                anchor = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*anchor, base] if base else anchor)
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


FILES = _files()
IDS = [str(path.relative_to(ROOT)) for path in FILES]
every_file = pytest.mark.parametrize("path", FILES, ids=IDS)


@every_file
def test_imports_stay_inside_the_walls(path: Path) -> None:
    module = _module(path)
    broken = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for prefix, banned in FORBIDDEN.items()
        if _within(module, prefix)
        for line, name in _imports(path)
        if any(_within(name, ban) for ban in banned) and not _within(name, prefix)
    ]
    assert not broken, "\n".join(broken)


@every_file
def test_mechanisms_know_only_each_other(path: Path) -> None:
    if not _within(_module(path), "model.mechanisms"):
        return
    others = [
        f"{line}: {name}"
        for line, name in _imports(path)
        if _within(name, "model") and not _within(name, "model.mechanisms")
    ]
    assert not others, f"{path.relative_to(ROOT)} imports {others}"
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            assert called != "open", f"{path.name}:{node.lineno} opens a file"
            assert not called.startswith(("np.random.", "numpy.random.")), (
                f"{path.name}:{node.lineno} makes its own randomness with {called}"
            )


@every_file
def test_nobody_who_computes_knows_a_regime(path: Path) -> None:
    """No regime name as text, and no reading of a scenario's name."""
    module = _module(path)
    if not module.startswith(("model", "agents")):
        return
    names = {file.stem for file in (ROOT / "model" / "regimes").glob("*.toml")}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            assert node.value not in names, f"{module}:{node.lineno} holds the regime {node.value!r}"
        if isinstance(node, ast.Attribute) and any(_within(module, part) for part in NAMELESS):
            owner = ast.unparse(node.value)
            asked = node.attr in {"name", "_name"} and owner.split(".")[-1] == "scenario"
            assert not asked, f"{module}:{node.lineno} reads the name of a scenario"


@every_file
def test_files_are_short(path: Path) -> None:
    count = len(path.read_text(encoding="utf-8").splitlines())
    assert count <= LONGEST, f"{path.relative_to(ROOT)} has {count} lines; split it ({LONGEST} at most)"


@every_file
def test_modules_say_what_they_are_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), "needs a docstring"


def test_no_circle_between_mechanisms_and_agents() -> None:
    """Importing the equations, the scenario and the command line brings no Mesa and no pandas."""
    script = (
        "import sys, importlib, pkgutil, model, model.mechanisms, model.scenario, experiments.cli\n"
        "[importlib.import_module(f'model.mechanisms.{m.name}')"
        " for m in pkgutil.iter_modules(model.mechanisms.__path__)]\n"
        "loaded = {'mesa', 'pandas', 'matplotlib', 'dask'} & set(sys.modules)\n"
        "sys.exit(f'loaded early: {sorted(loaded)}' if loaded else 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def _tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode != 0:
        pytest.skip("not a git work tree")
    return [ROOT / name for name in listed.stdout.splitlines()]


def test_no_local_paths_and_no_registry_hosts() -> None:
    """Nothing in the tree names somebody's folders or a package registry's address."""
    banned = [
        "/" + "home/",
        "/" + "root/",
        "/" + "work/",
        "/" + "Users/",
        "pypi" + ".org",
        "pythonhosted" + ".org",
        "index-url",
        "find-links",
    ]
    found = []
    for path in _tracked():
        if not path.is_file() or path.suffix in {".png", ".parquet", ".pdf", ".gz", ".zip"}:
            continue
        if path == Path(__file__).resolve():
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(ROOT)}: {word}" for word in banned if word in text]
    assert not found, "\n".join(found)


def test_lock_holds_names_and_versions_only() -> None:
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    assert lines and all(line.count("==") == 1 and not set(line) & set("@/:;<> ") for line in lines)
