"""Every decision on record: what was compared, one option taken, and the best where that is the rule."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from agents.decisions.opening import CLEAR
from agents.decisions.outlook import ALIKE
from model import Results

CHANNEL = r"^(subscription|metered)"
BEST = {
    "hold",
    "internal",
    "train",
    "tier",
    "release",
    "distil",
    "enter",
    "openness",
    "security",
    "site",
    "finance",
    "acquire",
}  # these take the option of the largest pay-off
KNOWN = BEST | {"price", "depth", "report", "exit"}


def group(decision: str, option: str) -> str:
    """What one choice was about: a channel, a tier, a model, or all of the lab."""
    if decision in ("tier", "release", "site", "acquire"):
        return option.split(":")[0]
    if decision == "price":
        found = re.search(r"(subscription|metered) prices", option)
        return found.group(1) if found else option
    if decision == "depth":
        return re.sub(r" (deeper than .*|shallower)$", "", option)
    if decision == "report":
        return re.sub(r"^(report|keep quiet about) ", "", option)
    if decision == "openness":
        return re.sub(r"^(publish|keep) | closed$", "", option)
    return ""


@pytest.fixture(scope="module")
def choices(run: Results) -> pd.DataFrame:
    table = run.decisions.copy()
    table["group"] = [group(d, o) for d, o in zip(table["decision"], table["option"], strict=True)]
    return table


def smooth(run: Results) -> bool:
    return run.scenario.labs.training_mode == "continuous"


def test_the_kinds_of_decision(run: Results, choices: pd.DataFrame) -> None:
    kinds = set(choices["decision"])
    assert kinds <= KNOWN
    assert {"price", "depth", "tier", "train", "enter"} <= kinds
    assert (choices["step"] > 0).all()


def test_one_option_is_taken(run: Results, choices: pd.DataFrame) -> None:
    taken = choices.groupby(["step", "lab", "decision", "group"])["chosen"].sum()
    depth = taken.index.get_level_values("decision") == "depth"
    assert (taken[~depth] == 1).all(), taken[~depth][taken[~depth] != 1]
    assert (taken[depth] <= 1).all()  # none where both directions are equally good


def test_more_than_one_option_is_compared(run: Results, choices: pd.DataFrame) -> None:
    count = choices.groupby(["step", "lab", "decision", "group"]).size().rename("options").reset_index()
    few = count[count["options"] < 2]
    # smooth moves; no cash or site for a run or round, no cash for security
    assert set(few["decision"]) <= {"train", "distil", "security"}


def test_options_are_told_apart(run: Results, choices: pd.DataFrame) -> None:
    distinct = choices[~choices["decision"].isin(["enter", "tier", "release"])]
    assert not distinct.duplicated(["step", "lab", "decision", "option"]).any()


def test_the_best_option_is_taken(run: Results, choices: pd.DataFrame) -> None:
    table = choices[choices["decision"].isin(BEST)]
    if smooth(run):
        table = table[~table["decision"].isin(["train", "distil"])]
    best = table.groupby(["step", "lab", "decision", "group"])["expected_payoff_usd"].transform("max")
    chosen = table[table["chosen"]]
    # A publication has to be clearly better: two best responses within CLEAR count as the same; of menus and
    # rounds that are alike the first is taken.
    slack = chosen["decision"].map({"openness": CLEAR} | dict.fromkeys(("tier", "release", "distil"), ALIKE))
    slack = slack.fillna(1e-12)
    short = best[table["chosen"]] - chosen["expected_payoff_usd"]
    assert (short <= slack * best[table["chosen"]].abs()).all()


def test_reports_are_made_where_they_cost_less(run: Results, choices: pd.DataFrame) -> None:
    """Becker: the cheaper of the duty and the expected fine."""
    table = choices[choices["decision"] == "report"]
    assert (table["expected_payoff_usd"] <= 0).all()


def test_entry_is_decided_by_those_who_enter(run: Results, choices: pd.DataFrame) -> None:
    """Whoever chose to enter is in the industry from that step on, and nobody else."""
    table = choices[choices["decision"] == "enter"]
    chosen = table[table["chosen"] & (table["option"] != "stay away")]
    entered = run.labs[run.labs["entered_step"] > 0].drop_duplicates("lab")
    assert set(zip(chosen["step"], chosen["lab"], strict=True)) == set(
        zip(entered["entered_step"], entered["lab"], strict=True)
    )
    assert (chosen["expected_payoff_usd"] > 0).all()


def test_exit_is_decided_by_those_who_leave(run: Results, choices: pd.DataFrame) -> None:
    table = choices[(choices["decision"] == "exit") & choices["chosen"]]
    left = run.labs[run.labs["exited_step"] >= 0]
    assert set(zip(table["step"], table["lab"], strict=True)) == set(
        zip(left["exited_step"], left["lab"], strict=True)
    )
    assert (table["option"] == "leave").all()


def test_a_lab_without_a_run_decides_on_the_next(run: Results, choices: pd.DataFrame) -> None:
    """A run that was chosen occupies its lab until the model comes out."""
    if smooth(run):
        return
    price = run.metrics.set_index("step")["compute_price_usd_per_flop"]
    train = choices[(choices["decision"] == "train") & choices["chosen"]]
    for _, mine in train.groupby("lab"):
        mine = mine.sort_values("step")
        made = run.models[(run.models["lab"] == mine["lab"].iloc[0]) & (run.models["checkpoint_of"] < 0)]
        for step, option in zip(mine["step"], mine["option"], strict=True):
            if option == "no run":
                continue
            later = mine[mine["step"] > step]["step"]
            if len(later):
                released = made[(made["step"] > step) & (made["step"] <= later.iloc[0])]
                assert len(released) == 1, (step, option)
                size, base = float(released["training_flop"].iloc[0]), int(released["built_on"].iloc[0])
                if base >= 0:
                    name = run.models.set_index("model").loc[base, "name"]
                    assert option == f"build on the open {name}"
                else:
                    meant = float(option.removeprefix("train 1e").removesuffix(" FLOP"))
                    got = float(np.log10(size))
                    # A tenth less is not waited for; less still only where the price ate up the money.
                    end = int(released["step"].iloc[0])
                    dearest = float(price.loc[step:end].max()) / float(price.loc[step - 1])
                    most = run.scenario.technology.split_efficiency / dearest if dearest > 0.0 else 1.0
                    assert np.log10(min(0.9, most)) - 0.005 <= got - meant <= 0.005 + 1e-9, (option, got)
