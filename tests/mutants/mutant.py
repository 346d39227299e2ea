"""What a mutant is, and which test files should notice it first."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

from noticed import FILES, TESTS


class Mutant(NamedTuple):
    """One seeded mistake: `old`, which occurs exactly once in `file`, becomes `new`.

    `first` names the test files that should notice it; without them those of the file do (`LIKELY`).
    """

    id: str
    file: str
    old: str
    new: str
    mistake: str
    first: tuple[str, ...] = ()


GAPS = tuple(file for file in FILES if not file.endswith("test_sites_and_offers.py"))
GAPS_MARKET = "tests/unit/test_sites_and_offers.py"
LABS = "tests/unit/test_agents_labs.py"
USERS = "tests/unit/test_agents_users.py"
DOCKING = "tests/unit/test_agents_docking.py"
WATCH = "tests/unit/test_agents_regulator.py"
VERIFY = "tests/theory/test_verify.py::test_quick_case[P12-split_learned]"
ENTRY = "tests/theory/test_verify.py::test_quick_case[P10-smallest]"
WHOLE = "tests/property/test_model_properties.py"
ACCOUNTS = "tests/invariants/test_accounts.py"
OUTCOMES = ("tests/theory/test_snapshot.py", "tests/unit/test_metrics.py")

# Beginning of a path -> where its mistakes should show first. The longest beginning counts.
LIKELY: dict[str, tuple[str, ...]] = {
    "model/mechanisms/menu_prices.py": ("tests/unit/test_menu_prices.py",),
    "model/mechanisms/climbing.py": ("tests/unit/test_pricing_speed.py", "tests/theory/test_pricing.py"),
    "model/mechanisms/compute.py": ("tests/unit/test_compute.py",),
    "model/mechanisms/demand.py": ("tests/unit/test_demand.py",),
    "model/mechanisms/depth.py": ("tests/unit/test_scaling.py",),
    "model/mechanisms/distillation.py": ("tests/unit/test_scaling.py",),
    "model/mechanisms/finance.py": ("tests/unit/test_finance.py",),
    "model/mechanisms/investment.py": ("tests/unit/test_finance.py",),
    "model/mechanisms/menus.py": ("tests/theory/test_menus.py",),
    "model/mechanisms/offer.py": (*GAPS, USERS, LABS, "tests/unit/test_distilled_tasks.py"),
    "model/mechanisms/pricing.py": ("tests/theory/test_pricing.py",),
    "model/mechanisms/regulation.py": ("tests/unit/test_regulation.py",),
    "model/mechanisms/response.py": ("tests/theory/test_pricing.py",),
    "model/mechanisms/scaling.py": ("tests/unit/test_scaling.py",),
    "model/mechanisms/tasks.py": ("tests/unit/test_tasks.py",),
    "model/mechanisms/wealth.py": ("tests/unit/test_wealth.py",),
    "model/knowhow.py": (*GAPS, LABS, USERS),
    "model/industry.py": (*GAPS, WHOLE),
    "model/metrics/": OUTCOMES,
    "model/phases/": (*GAPS, ACCOUNTS, LABS),
    "agents/": (*GAPS, LABS),
    "agents/book.py": (USERS,),
    "agents/data_centre.py": (*GAPS, "tests/unit/test_start.py"),
    "agents/demand.py": (USERS, DOCKING),
    "agents/surplus.py": (USERS, *GAPS),
    "agents/regulator.py": (WATCH, *GAPS),
    "agents/survey.py": (LABS, *GAPS),
    "agents/users.py": (USERS, *GAPS),
}


@cache
def _text(file: str) -> str:
    return (Path(__file__).resolve().parents[2] / file).read_text(encoding="utf-8")


def _holds(file: str, test: str) -> bool:
    return f"def {test}(" in _text(file)


def likely(mutant: Mutant) -> tuple[str, ...]:
    """The tests or files of tests that should notice a mutant first."""
    if mutant.id in TESTS:
        return tuple(f"{file}::{TESTS[mutant.id]}" for file in FILES if _holds(file, TESTS[mutant.id]))
    if mutant.first:
        return mutant.first
    return LIKELY[max((p for p in LIKELY if mutant.file.startswith(p)), key=len)]
