"""Writes docs/verification.md: what is verified, against what, by which code, with which outcome.

`python -m experiments.verify.document [ROWS.json]` takes the rows that `computeshift verify --json`
printed, or runs every case.
"""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from experiments.verify.registry import Case, Row, cases, run

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "verification.md"

# Where each result comes from: published, derived from published primitives, or solved by PyBLP.
SOURCES = {
    "P01": "McFadden (1978); arithmetic of sampling",
    "P02": "Anderson, de Palma and Thisse (1992)",
    "P03": "Anderson, de Palma and Thisse (1992); Corless et al. (1996) for Lambert's W; PyBLP",
    "P04": "Nocke and Schutz (2018); PyBLP",
    "P05": "PyBLP 1.3.0 (Conlon and Gortmaker 2020), run live; Berry, Levinsohn and Pakes (1995)",
    "P06": "Anderson, de Palma and Thisse (1992)",
    "P07": "Mussa and Rosen (1978); Maskin and Riley (1984); Bergemann, Shen, Xu and Yeh (2010)",
    "P08": "Stokey (1979); Salant (1989); Anderson and Dana (2009)",
    "P09": "Armstrong and Vickers (2001); Rochet and Stole (2002); Verboven (1999)",
    "P10": "Sutton (1991, 1998); Shaked and Sutton (1982, 1983), in logit form; Ord on inference scaling",
    "P11": "Tirole (1988), section 7.5",
    "P12": "derived; agrees with Erdil (2024) and Villalobos and Atkinson (2023) at exponent one",
    "P13": "arithmetic on Hoffmann et al. (2022)",
    "P14": "derived from the definitions",
    "P15": "geometric series",
    "P16": "derived: order statistics of Pareto and uniform tails",
    "P17": "Becker (1968); Dresher (1962); Avenhaus et al. (2002); Miyasawa (1961)",
    "P18": "duality of linear programming; Boiteux (1949); HiGHS",
    "P19": "Nerlove (1958)",
    "P20": "derived: monopoly logit against one alternative",
    "P21": "closed forms of Pareto and lognormal distributions",
    "P22": "worked by hand",
    "P23": "invariance: no outside number needed",
    "P24": "arithmetic",
    "P25": "arithmetic on data sheets",
}
INTRO = """# Verification

In limiting configurations the simulation must agree with results that nobody on this project invented:
published theorems, closed forms, and equilibria found by independent software. This page is generated
by `python -m experiments.verify.document`; `computeshift verify` runs the same cases, and
`computeshift verify --case P10` one of them.

*Static* cases call the functions that the model itself uses. *Dynamic* cases run the simulation, or
iterate the update rules of its agents, until it settles. *Referee* cases run PyBLP on the same market.
A tolerance is relative, absolute, or an interval, as stated in each row: the one of the reference, but
for the continuum on a grid (see below). What cannot be met is listed as failed, with what came out.
"""
NOTES = """## Things to know

* **Two solvers, one question.** PyBLP solves first-order conditions. In some random markets with rich
  and poor users a lab then still gains by quite another price: the model's solver, which looks
  further, leaves such points. Both agree on the first-order solution; where the answers differ, a
  row shows that a lab gains by leaving PyBLP's.
* **Number of labs.** Entry gives an interval, from blocked entry to the most labs that can live. Entrants
  expect rivals' present offers, so who comes while the others still adapt may stay: any number inside
  is an equilibrium.
* **Menus without tastes.** Theory lets everybody take the best tier; the simulation shrinks tastes (to
  .003-.01 of a unit) and slows changes of depth in proportion, because steps that suit a taste of one
  overshoot when demand is nearly a step function.
* **A continuum on a grid.** The exact menus of P07 and P08 are worked out for 20,000 discrete types;
  against formulas for a continuum they are compared to one step of that grid (5e-5; 1e-3 relative for
  the menu of 400 depths), wider than the 1e-6 asked of pure functions. Two types need no grid: 1e-6.
* **Exact invariances** are tested to 1e-6 on the full model, on every number of every table, by the unit
  that a parameter or column declares: money, FLOP, power, utils, tokens and tasks times eight, the zero of
  utility, the order of labs, a site in two halves. What is drawn by a lab's number moves along with it.
* **A covered market.** Twice the market, dearer compute and dearer depth change quality against having no
  AI. They are exact on the full model with no outside option, value linear in capability, no wall and no
  end of depth: under S-curves a level itself matters, and a span of depth is a number of passes. With them
  go the least depth, the depths of open models, the samples of a round, the sizes that rules look at; with
  the market also sites and what belongs to a lab (cash, fixed costs, duties). With a parameter count that
  grows as C^.5, depth moves by the square root of the factor. Limits of a rule on depth below one pass,
  and beliefs about it that audits correct, would break them.
* **No overhead, any depth.** Open shares are then equal at every step if costs do not drift, users bring
  the same mix of tasks (labs learn their own customers' load; an open model costs everybody the average)
  and neither credit nor fines hang on turnover. The solver
  stops at 1e-4 of a price, most of which is cost at such depths: half a per cent of a share is allowed.
* **Half the step.** A step is also the lag with which agents see each other, so states are right to first
  order in it. In theory's setting halves agree to 2 %. On the full model, where nothing jumps, the limits
  that two pairs of steps point to agree to 2 % (tiers: 5 %, their shares answer tenfold to prices). With
  entry, ideas, rounds and permits only means over seeds can be compared: see `docs/limits.md`.
* **Inequality inside bins.** A Pareto tail of 1.5 in 1e5 equal bins misses 1.2e-7 of its Gini index,
  which sits inside the last bin; the case uses a million bins.
* **Chi-squared.** One sample of a million fails at 1e-3 for one seed in a thousand (we met one); the
  case adds up twenty samples, that one included, and checks every draw against the inverse distribution.
"""


def page(rows: Sequence[Row]) -> str:
    """The page as Markdown."""
    failed = [row for row in rows if not row.passed]
    done = len(rows) - len(failed)
    text = [INTRO, f"**{done} of {len(rows)} comparisons pass.**\n"]
    if failed:
        text += ["Not met:\n", _table(failed), ""]
    text += ["| case | what | kind | source | compared | passed |", "|---|---|---|---|---|---|"]
    left = list(rows)
    sections = []
    for part in cases():
        mine, left = _take(part, left)
        if not mine:
            continue
        passed = sum(row.passed for row in mine)
        text.append(
            f"| {part.name} | {part.title} | {part.kind} | {SOURCES[part.name]} | {len(mine)} | {passed} |"
        )
        sections.append(_section(part, mine))
    return "\n".join([*text, "", NOTES, "## Case by case\n", *sections])


def _take(part: Case, rows: list[Row]) -> tuple[list[Row], list[Row]]:
    mine = [row for row in rows if row.part == part.key]
    return mine, [row for row in rows if row.part != part.key]


def _section(part: Case, rows: Sequence[Row]) -> str:
    path = Path(inspect.getsourcefile(part.function) or "").resolve().relative_to(ROOT)
    what = " ".join((inspect.getdoc(part.function) or "").split())
    return "\n".join(
        [
            f"### {part.name}: {part.title} ({part.kind})\n",
            f"{what}\n",
            f"Code: [`{part.function.__name__}`](../{path.as_posix()})\n",
            f"<details><summary>{len(rows)} comparisons</summary>\n",
            _table(rows),
            "\n</details>\n",
        ]
    )


def _table(rows: Sequence[Row]) -> str:
    lines = ["| item | expected | got | tolerance | |", "|---|---|---|---|---|"]
    lines += [
        f"| {_plain(row.item)} | {_plain(row.expected)} | {_plain(row.got)} | {_plain(row.tolerance)} |"
        f" {'' if row.passed else '**fails**'} |"
        for row in rows
    ]
    return "\n".join(lines)


def _plain(value: Any) -> str:
    text = f"{value:.7g}" if isinstance(value, float) else str(value)
    return text.replace("|", "/").replace("\n", " ")


def main(arguments: Sequence[str]) -> None:
    """Write the page."""
    if arguments:
        found = [Row(**row) for row in json.loads(Path(arguments[0]).read_text(encoding="utf-8"))]
    else:
        found = [row for part in cases() for row in run(part)]
    PAGE.write_text(page(found), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
