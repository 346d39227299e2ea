"""Whatever comes from a browser is judged like a scenario file, and what goes out makes the same run."""

from __future__ import annotations

import shlex

import pytest

from experiments.cli import main
from model.errors import ScenarioError
from viz.setup import LARGEST_FILE, Setup, from_query, from_toml, moved_by_regimes, regime, toml

FIRST = Setup(regime("pretraining"))

FORGED = [
    ("regime=../../etc/passwd", "allowed: pretraining"),
    ("regime=/tmp/evil.toml", "allowed: pretraining"),
    ("seed=x", "whole number"),
    ("seed=-1", "whole number"),
    ("seed=²", "whole number"),
    ("seed=99999999999999999999999", "whole number"),
    ("step=41", "from 0 to 40"),
    ("set=users.count", "key=value"),
    ("set=users.count=99999999999", "<= 5000000"),
    ("set=users.count=__import__('os')", "whole number"),
    ("set=users.cuont=5", "unknown key"),
    ("set=__class__.x=5", "unknown key"),
    ("set=users.count=5&set=users.count=6", "twice"),
    ("set=regulation=[{policy = 'nonsense'}]", "allowed:"),
    ("evil=1", "unknown part"),
    ("set=" + "a" * 30_000, "longer"),
    ("&".join(["set=a=1"] * 500), "200 parts"),
]


@pytest.mark.parametrize(("text", "told"), FORGED, ids=[text[:30] for text, _ in FORGED])
def test_a_forged_link_is_one_line(text: str, told: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        from_query(text, FIRST)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_link_comes_back_as_it_went() -> None:
    made = (
        Setup(regime("mixed"), 11)
        .with_changes({"users.count": 300, "users.demand": "expected", "technology.wall_oom": 25.25})
        .with_changes(
            {"regulation": [{"policy": "price-cap", "price_cap_usd_month": 20.0, "regions": ["EU"]}]}
        )
    )
    back, step, page = from_query("?" + made.query(9, "compare"), FIRST)
    assert (back, step, page) == (made, 9, "compare")
    assert back.scenario.fingerprint() == made.scenario.fingerprint()


def test_a_change_back_to_the_base_is_no_change() -> None:
    there = FIRST.with_changes({"users.count": 300, "labs.adapt.price": False})
    assert set(there.changes) == {"users.count", "labs.adapt.price"}
    assert there.with_changes({"users.count": 20_000, "labs.adapt.price": True}) == FIRST


def test_another_regime_keeps_changes_but_not_the_regimes_own_numbers() -> None:
    here = FIRST.with_changes({"users.count": 300, "technology.wall_slope": 0.5})
    there = here.under("inference-at-deployment")
    assert dict(there.changes) == {"users.count": 300}
    assert there.scenario.technology == regime("inference-at-deployment").technology
    assert "technology.wall_slope" in moved_by_regimes()


def test_an_opened_file_under_a_regime_keeps_what_is_its_own() -> None:
    own = from_toml("mine.toml", b"[users]\ncount = 321\n[labs]\nmax_tiers = 2\n", 5)
    there = own.under("mixed")
    assert there.scenario.users.count == 321 and there.scenario.labs.max_tiers == 2
    assert there.scenario.technology == regime("mixed").technology
    assert there.scenario.drift == regime("mixed").drift
    assert there.under("pretraining").base.name == "mine+pretraining"


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"x" * (LARGEST_FILE + 1), "larger than 1 MB"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"[users\n", "not valid TOML"),
        (b"[users]\ncount = 0\n", ">= 1"),
        (b"[market]\nsize = 3\n", "market"),
        (b"a = " + b"[" * 20_000, "scenario file"),
    ],
)
def test_a_bad_file_is_one_line(data: bytes, told: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        from_toml("bad.toml", data, 7)
    assert told in str(caught.value)


def test_the_command_is_what_the_command_line_takes(capsys: pytest.CaptureFixture[str]) -> None:
    made = FIRST.with_changes(
        {
            "users.count": 60,
            "labs.research_sample": 40,
            "labs.screening_sample": 30,
            "users.demand": "expected",
        }
    )
    words = shlex.split(made.command(1))
    assert words[0] == "computeshift"
    with pytest.raises(SystemExit) as ended:
        main([*words[1:], "--json"])
    assert ended.value.code == 0
    assert made.with_changes({"horizon.steps": 1}).scenario.fingerprint() in capsys.readouterr().out


def test_values_are_written_as_toml_reads_them() -> None:
    assert toml({"a": [1, 2.5, True], "b": 'q"uote'}) == '{a = [1, 2.5, true], b = "q\\"uote"}'
