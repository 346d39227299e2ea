"""docs/ODD.md against the code: tables, names of functions and parameters, literature, links."""

from __future__ import annotations

import ast
import importlib
import re
import textwrap
import tomllib
from pathlib import Path

import pytest

from experiments.odd import bibliography, code, states
from experiments.odd.document import DOCS, PAGES, filled, main, stale
from experiments.odd.tables import ALL, markdown
from model.metrics import registry
from model.scenario import Scenario, parameters
from model.schema import TABLES
from model.sections.labs import Labs
from model.sections.rule import Rule

ROOT = DOCS.parent
ODD = (DOCS / "ODD.md").read_text(encoding="utf-8")
TEXTS = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
GENERATED = re.compile(r"<!-- table: \w+ -->.*?<!-- end -->", re.DOTALL)
BY_HAND = GENERATED.sub("", ODD)
DOTTED = re.compile(r"(?<![\w/.{])(?:model|agents)(?:\.\w+)+")
SECTIONS = "|".join(Scenario.model_fields)


# -- tables --------------------------------------------------------------------------------------


def test_tables_are_those_of_the_code() -> None:
    """After a change of parameters, metrics, columns, rules ...: python -m experiments.odd.document."""
    assert [path.name for path in stale()] == []


@pytest.mark.parametrize("name", ALL)
def test_every_table_has_its_place_and_comes_back(name: str) -> None:
    mark = f"<!-- table: {name} -->\n"
    pages = [text for page in PAGES if mark in (text := page.read_text(encoding="utf-8"))]
    assert len(pages) == 1
    spoilt = pages[0].replace(mark, mark + "| old |\n", 1)
    assert filled(spoilt) == filled(pages[0]) != spoilt


def test_a_table_that_nobody_makes_is_an_error() -> None:
    with pytest.raises(KeyError, match="prices"):
        filled("<!-- table: prices -->\n<!-- end -->")


def test_pages_are_written_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "page.md"
    page.write_text("by hand\n<!-- table: tasks -->\n<!-- end -->\nby hand\n", encoding="utf-8")
    monkeypatch.setattr("experiments.odd.document.PAGES", (page,))
    monkeypatch.setattr("experiments.odd.document.ROOT", tmp_path)
    assert main() == 0
    text = page.read_text(encoding="utf-8")
    assert "| chat |" in text and text.startswith("by hand\n") and text.endswith("by hand\n")


def test_cells_are_safe() -> None:
    assert markdown(("a",), [("x | y\nz",)]).splitlines()[-1] == r"| x \| y z |"


# -- what the tables say -------------------------------------------------------------------------


@pytest.mark.parametrize("entity", states.ENTITIES, ids=lambda one: one.path)
def test_every_state_variable_has_a_unit_and_a_meaning(entity: states.Entity) -> None:
    told = states.rows(entity.states)
    assert set(told) == set(code.state(entity.path, entity.begins)) - states.SERVICES
    assert all(len(row) == 2 and all(row) for row in told.values())


def test_every_stream_is_told() -> None:
    assert {s.name for s in code.streams()} == set(states.rows(states.DRAWN))


def test_every_number_that_is_no_parameter_is_told() -> None:
    found = code.constants()
    assert len(found) > 40
    assert [one.name for one in found if not one.comment] == []


def test_phases_are_in_order_and_call_everything_that_acts() -> None:
    found = code.phases()
    assert [p.number for p in found][:3] == ["1", "2", "3"] and found[-1].number == "10"
    called = {name for p in found for name in p.calls}
    tree = code.modules()["model.schedule"]
    known = code._imported(tree)
    acts = {name for name in known.values() if re.match(r"agents\.decisions\.\w+\.(decide|adapt)_", name)}
    assert acts - called == {"agents.decisions.outlook.decide_together"}
    assert all(p.calls for p in found)


# -- the text ------------------------------------------------------------------------------------


def resolves(name: str) -> bool:
    """Whether a dotted name is a module, or something in one."""
    parts = name.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            thing = importlib.import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for part in parts[cut:]:
            if not hasattr(thing, part):
                return False
            thing = getattr(thing, part)
        return True
    return False


def test_names_that_do_not_exist_are_noticed() -> None:
    assert resolves("model.mechanisms.scaling.wall_function") and resolves("agents.lab.Lab.credit_usd")
    assert not resolves("model.mechanisms.scaling.moat") and not resolves("agents.lab.Lab.moat")
    assert not resolves("model.moat.wall_function")


@pytest.mark.parametrize("path", TEXTS, ids=lambda p: p.name)
def test_functions_that_pages_name_exist(path: Path) -> None:
    names = set(DOTTED.findall(path.read_text(encoding="utf-8")))
    names = {n for n in names if not n.endswith((".py", ".md", ".toml")) and not n.startswith("model.data.")}
    assert sorted(n for n in names if not resolves(n)) == []


def test_every_equation_and_every_decision_has_its_place() -> None:
    """Public functions of mechanisms and rules of decision, each named beside what it says."""
    wanted = []
    for module, tree in code.modules().items():
        for node in tree.body:
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
                continue
            equation = module.startswith("model.mechanisms.")
            rule = module.startswith("agents.decisions.") and re.match("(decide|adapt)_", node.name)
            if equation or rule:
                wanted.append(f"{module}.{node.name}")
    assert len(wanted) > 100
    named = set(DOTTED.findall(ODD))
    assert sorted(set(wanted) - named) == []


def test_parameters_that_the_text_names_exist() -> None:
    keys = set()
    for one in parameters():  # a section is named as well as what is in it
        parts = one.key.replace("[]", "").split(".")
        keys |= {".".join(parts[:n]) for n in range(1, len(parts) + 1)}
    named = set(re.findall(rf"`((?:{SECTIONS})\.[\w.]+)`", BY_HAND))
    assert len(named) > 60
    assert sorted(named - keys) == []


def test_words_of_the_code_in_the_text_exist() -> None:
    """Bare words in code marks: the last part of a parameter, a column, a state variable or a metric."""
    known = {p.key.rpartition(".")[2] for p in parameters()} | set(registry())
    known |= {c.name for columns in TABLES.values() for c in columns}
    known |= {name for one in states.ENTITIES for name in states.rows(one.states)}
    named = set(re.findall(r"`([a-z]+(?:_[a-z0-9]+)+)`", BY_HAND))
    assert len(named) > 50
    assert sorted(named - known) == []


# -- literature and links ------------------------------------------------------------------------


def test_works_are_complete_and_cited() -> None:
    works = bibliography.entries()
    for work in works.values():
        assert all(work.fields.get(name) for name in bibliography.REQUIRED), work.key
        assert work.key.endswith(work.fields["year"]) or work.key[:-1].endswith(work.fields["year"])
        assert {"journal", "booktitle", "publisher", "howpublished"} & set(work.fields), work.key
    cited = {path.name: bibliography.cited(GENERATED.sub("", path.read_text("utf-8"))) for path in TEXTS}
    assert len(cited["ODD.md"]) > 40
    for name, keys in cited.items():
        assert sorted(keys - set(works)) == [], name
    assert sorted(set(works) - set().union(*cited.values())) == []


def test_a_line_of_the_literature_that_is_not_understood_is_an_error() -> None:
    good = "@misc{ord2025,\n  title = {T},\n}\n"
    assert bibliography.entries(good)["ord2025"].fields == {"title": "T"}
    with pytest.raises(ValueError, match="not understood: @misc"):
        bibliography.entries(good + "@misc{broken,\n  title = {T},\n")
    with pytest.raises(ValueError, match="twice"):
        bibliography.entries(good + good)


def _anchors(text: str) -> set[str]:
    """Anchors of headings as GitHub makes them."""
    heads = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S), re.M)
    return {re.sub(r"[^\w\- ]", "", head.strip().lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("path", TEXTS, ids=lambda p: p.name)
def test_links_between_pages_hold(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        page = (path.parent / file).resolve() if file else path
        if not page.exists() or (anchor and anchor not in _anchors(page.read_text(encoding="utf-8"))):
            broken.append(target)
    assert broken == []


# -- examples of the how-to pages ----------------------------------------------------------------


def _blocks(page: str, language: str) -> list[str]:
    """Code blocks of a page in a language, also those inside a list."""
    text = (DOCS / "how-to" / page).read_text(encoding="utf-8")
    found = re.findall(rf"^ *```{language}\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL)
    return [textwrap.dedent(block) for block in found]


@pytest.mark.parametrize(
    "page", ["add-a-claim.md", "add-a-metric.md", "add-a-policy.md", "add-a-strategy.md"]
)
def test_examples_are_code_and_import_what_exists(page: str) -> None:
    tree = ast.parse(_blocks(page, "python")[0])
    brought = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert brought and ast.get_docstring(tree)
    for node in brought:
        module = importlib.import_module(str(node.module))
        assert [a.name for a in node.names if not hasattr(module, a.name)] == []


def test_examples_of_scenarios_name_parameters_that_exist() -> None:
    regime = Scenario.from_mapping(tomllib.loads(_blocks("add-a-regime.md", "toml")[0]))
    assert regime.technology.wall_oom == 26.5
    for page in (
        "add-a-policy.md",
        "add-a-strategy.md",
    ):  # the policy and the strategy are not there, the keys are
        raw = tomllib.loads(_blocks(page, "toml")[0])
        rows = [raw["labs"]] if "labs" in raw else raw["regulation"]
        known = set(Labs.model_fields) | set(Rule.model_fields)
        assert rows and all(set(row) <= known for row in rows)
