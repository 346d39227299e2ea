"""The phase diagram: theory against the reference table, and a small study from end to end."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import lambertw

from experiments.studies import phase_diagram, phase_grid, phase_table, phase_theory
from experiments.verify.registry import reference

OVERHEAD = 1000.0
ENTRY = reference()["P10_entry_range"]


@pytest.mark.parametrize("row", ENTRY, ids=[f"{r['case']}-{r['N']:g}" for r in ENTRY])
def test_interval_is_that_of_the_reference(row: dict[str, Any]) -> None:
    cost = OVERHEAD / row["N"]
    assert phase_theory.interval(row["b"], cost) == (row["n_blockaded"], row["n_max"])


@pytest.mark.parametrize("elasticity", [0.0, 0.22, 0.8, 1.0, 1.05, 1.6])
@pytest.mark.parametrize("cost", [0.13, 0.01, 1e-3])
def test_most_is_the_last_count_with_profit(elasticity: float, cost: float) -> None:
    """By trying every count; the real root earns nothing."""
    counts = np.arange(2, 3000)
    profit = 1 / (counts - 1) - elasticity / counts - cost
    living = counts[profit >= 0]
    assert phase_theory.most(elasticity, cost) == (living.max() if len(living) else 1)
    root = phase_theory.most_real(elasticity, cost)
    assert phase_theory.profit_alike(root, elasticity, cost) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("count", [2, 3, 5, 12])
@pytest.mark.parametrize("elasticity", [0.22, 0.8, 0.95, 1.05, 1.22, 1.6])
def test_entrant_earns_what_a_brute_search_finds(elasticity: float, count: int) -> None:
    """Best price by Lambert's function for each size of training, best size by search."""
    cost = 0.002

    def earned(log_size: float) -> float:
        odds = math.exp(elasticity * log_size + count / (count - 1) - 1) / count
        gross = float(lambertw(odds).real)
        return gross - elasticity * math.exp(log_size) / count - cost

    sizes = np.linspace(-6, 3, 1801)
    worth = [earned(size) for size in sizes]
    near = sizes[int(np.argmax(worth))]
    best = -minimize_scalar(
        lambda size: -earned(size),
        bounds=(near - 0.02, near + 0.02),
        method="bounded",
        options={"xatol": 1e-9},
    ).fun
    found = phase_theory.entrant_profit(count, elasticity, cost)
    if phase_theory.entrant_share(count, elasticity) > 0 and best > -cost / 2:
        assert found == pytest.approx(best, abs=1e-9)
    else:  # nothing pays: the search ran to its smallest size
        assert found <= 0 and best <= 0


def test_frontiers_are_the_limits_of_large_markets() -> None:
    """Where Λ > 1 the number of labs stops growing, where Λ < 1 it grows as N, on the edge as its root."""
    assert phase_theory.most_real(1.22, 1e-9) == pytest.approx(phase_theory.frontier(1.22, 1e-9), rel=1e-6)
    assert phase_theory.most_real(0.22, 1e-9) == pytest.approx(phase_theory.frontier(0.22, 1e-9), rel=1e-6)
    assert phase_theory.most_real(1.0, 1e-10) == pytest.approx(1e5, rel=1e-4)
    assert phase_theory.frontier(1.0, 0.1) == math.inf


@pytest.mark.parametrize("elasticity", phase_grid.ELASTICITIES)
def test_blocked_never_exceeds_most(elasticity: float) -> None:
    for users in (1e4, 3e4, 1e5):
        cost = OVERHEAD / users
        assert 2 <= phase_theory.blocked(elasticity, cost) <= phase_theory.most(elasticity, cost)


@pytest.mark.parametrize(
    "call",
    [
        lambda: phase_theory.most(-0.1, 0.1),
        lambda: phase_theory.most(0.5, 0.0),
        lambda: phase_theory.entrant_share(1, 0.5),
        lambda: phase_theory.profit_alike(1.0, 0.5, 0.1),
        lambda: phase_theory.blocked(0.5, math.nan),
    ],
)
def test_theory_refuses_what_has_no_meaning(call: Any) -> None:
    with pytest.raises(ValueError, match="must be"):
        call()


def test_full_grid_covers_the_plane_twice_and_names_what_it_leaves_out() -> None:
    cells, absent = phase_grid.grid()
    plain = [cell for cell in cells if not cell.depth]
    places = {(cell.elasticity, cell.users) for cell in plain}
    assert len({cell.key for cell in cells}) == len(cells)
    assert len(plain) == 4 * len(places)  # two rules, from below and from above
    assert places | set(absent) == {(v, n) for v in phase_grid.ELASTICITIES for n in phase_grid.USERS}
    assert all(phase_theory.most(v, OVERHEAD / n) > phase_grid.LARGEST for v, n in absent)
    assert all(cell.hazard <= 0.05 for cell in cells if cell.elasticity > 1)
    assert all(cell.start > cell.bounds[1] for cell in cells if cell.side == "above")


@pytest.fixture(scope="module")
def smoke(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small study, run once."""
    folder = tmp_path_factory.mktemp("phase") / "out"
    assert phase_diagram.main(["--smoke", "--out", str(folder)]) == 0
    return folder


def test_labs_grow_with_the_market_below_the_edge_and_not_above(smoke: Path) -> None:
    table = pd.read_csv(smoke / "phase_diagram.csv")
    assert table["labs"].between(table["blocked"], table["most"]).all()
    for rule in phase_grid.RULES:
        count = table[table["rule"] == rule].set_index(["elasticity", "users"])["labs"]
        small, large = phase_grid.SMALL_USERS
        assert count[0.22, large] / count[0.22, small] >= 1.6
        assert count[1.6, large] == count[1.6, small] == 2
    assert table["hhi"].to_numpy() == pytest.approx(1 / table["labs"].to_numpy(), rel=1e-3)
    assert (table["rd_error"] < 0.01).all()


def test_smoke_leaves_figure_and_goes_on_without_running_again(
    smoke: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (smoke / "phase_diagram.png").read_bytes()[:4] == b"\x89PNG"
    assert b"<svg" in (smoke / "phase_diagram.svg").read_bytes()
    before = (smoke / "phase_diagram.csv").read_bytes()
    cells = sorted((smoke / "cells").iterdir())
    assert len(cells) == 8
    whole = json.loads(cells[0].read_text())
    cells[0].write_text(cells[0].read_text()[:100])  # torn by hand
    played: list[str] = []

    def instead(record: dict[str, Any]) -> dict[str, Any]:
        played.append(phase_grid.Cell(**record).key)
        return whole

    monkeypatch.setattr(phase_diagram, "attempt", instead)
    assert phase_diagram.main(["--smoke", "--out", str(smoke)]) == 0
    assert played == [cells[0].stem]
    assert (smoke / "phase_diagram.csv").read_bytes() == before


def test_a_failed_cell_is_told_and_the_rest_is_kept(
    smoke: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = min((smoke / "cells").iterdir())
    text = path.read_text()
    path.unlink()
    monkeypatch.setattr(phase_diagram, "attempt", lambda record: {"failure": "Traceback: no luck"})
    assert phase_diagram.main(["--smoke", "--out", str(smoke)]) == 1
    assert "1 cells failed" in capsys.readouterr().err
    assert (smoke / "failures" / f"{path.stem}.txt").read_text() == "Traceback: no luck"
    assert not path.exists()
    path.write_text(text)


def test_bad_input_is_one_line_and_two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    other = tmp_path / "other"
    other.mkdir()
    (other / "study.json").write_text('{"study": "phase_diagram", "size": "full"}')
    for arguments, word in (
        (["--workers", "many"], "--workers many"),
        (["--workers", "0"], "--workers 0"),
        (["--sedes", "3"], "--sedes"),
        (["--out"], "--out"),
        (["--smoke", "--out", str(tmp_path)], "letter.txt"),
        (["--smoke", "--out", str(tmp_path / "letter.txt")], "is a file"),
        (["--smoke", "--out", str(other)], "another study or size"),
    ):
        assert phase_diagram.main(arguments) == 2
        told = capsys.readouterr()
        assert told.out == "" and told.err.count("\n") == 1 and word in told.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["letter.txt", "other"]


def test_sentences_name_what_lies_outside_the_interval() -> None:
    """A run with a lab too many, and one that moves, are both told."""
    cell = phase_grid.make_cell(1.22, 1e5, "myopic", "below")
    keep = {"hhi": 0.2, "hhi_least": 0.2, "hhi_most": 0.25, "late_entries": 1.0, "late_exits": 0.0}
    run = {"labs": 5.0, "labs_least": 4.0, "labs_most": 5.0, "labs_last": 5.0, **keep}
    rest = {"rd_ratio": 1.22 * 0.8, "own_share": 0.2, "depth": 1.0, "seconds": 1.0}
    runs = [{"seed": seed, **run, **rest} for seed in cell.seeds]
    record = {"cell": {**vars(cell)}, "fingerprint": "", "runs": runs}
    table = phase_table.tabulate([record])
    told = "\n".join(phase_table.sentences(table))
    assert "0 of 1 cells within" in told and "3 of 3 runs still moving" in told
    assert "Λ 1.22, N 100000: 5 to 5 labs, theory 3 to 4" in told
    assert math.isnan(table["rd_error"].item())
    assert table["rd_error_moving"].item() == pytest.approx(0, abs=1e-12)
