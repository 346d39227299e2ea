"""The inspector: one agent's state, its history, and what it weighed when it last decided."""

from __future__ import annotations

import math
from typing import NamedTuple

import solara

from experiments.words import number
from viz.cast import (
    REGION_COLOURS,
    REGION_WORDS,
    REGULATOR,
    Chosen,
    decided,
    history,
    lab_colours,
    latest,
    parse,
)
from viz.chart import Chart
from viz.film import Row, Snapshot
from viz.options.agents import spark
from viz.parts import Heading, Note, Table, escape, visible
from viz.view import View


class State(NamedTuple):
    """One line of an agent's state: label, column, unit, scale; `drawn` if its history is shown."""

    label: str
    column: str
    unit: str = ""
    scale: float = 1.0
    drawn: bool = False


STATES = {
    "lab": (
        State("strategy", "strategy"),
        State("share of all labs' revenue", "share_revenue", "%", 100.0, True),
        State("share of all labs' users", "share_users", "%", 100.0),
        State("revenue", "revenue_usd", "USD a step"),
        State("profit", "profit_usd", "USD a step", 1.0, True),
        State("cash", "cash_usd", "USD", 1.0, True),
        State("best capability that it sells", "capability_oom", "OOM of FLOP", 1.0, True),
        State("best that it has inside", "internal_capability_oom", "OOM of FLOP"),
        State("training compute of its best model", "training_flop", "FLOP"),
        State("spent on training and research compute", "training_spend_usd", "USD a step"),
        State("spent on serving users", "inference_spend_usd", "USD a step"),
        State("rounds of distillation in its best model", "distillation_rounds", "rounds"),
        State("weights public", "open_weights"),
        State("covered by a rule", "covered"),
        State("reported to the regulator", "reported"),
        State("seen by the regulator", "observed"),
    ),
    "site": (
        State("owner", "owner"),
        State("region", "region"),
        State("power in use", "power_mw", "MW", 1.0, True),
        State("under construction", "pending_mw", "MW"),
        State("waiting for a permit", "waiting_mw", "MW", 1.0, True),
        State("largest co-located block", "block_mw", "MW"),
        State("utilisation", "utilisation", "%", 100.0),
        State("rental price of 10¹⁸ training FLOP", "rental_usd_per_flop", "USD", 1e18, True),
        State("sold to labs for training and research", "training_flop", "FLOP a step"),
        State("sold to labs for serving", "inference_flop", "training FLOP a step"),
        State("sold to everybody else", "other_flop", "FLOP a step"),
        State("seen by the regulator", "seen"),
    ),
    "regulator": (
        State("first rule in force", "rule"),
        State("its threshold or main number", "threshold", "", 1.0, True),
        State("models on sale on which it lays a duty", "covered_share", "%", 100.0, True),
        State("models on sale that the regulator knows", "observed_share", "%", 100.0, True),
        State("believes the best model on sale has", "believed_capability_oom", "OOM of FLOP", 1.0, True),
        State("and it has in truth", "true_capability_oom", "OOM of FLOP"),
        State("audits", "audits", "this step"),
        State("breaches found", "breaches_found", "this step"),
        State("fines", "fines_usd", "USD this step"),
    ),
}
DECISIONS = {
    "price": "prices",
    "depth": "depth of its tiers",
    "tier": "tiers on sale",
    "hold": "release a model, or keep it inside",
    "train": "what to train",
    "release": "which tiers run the new model",
    "security": "security of its weights",
    "openness": "publish the weights or not",
    "report": "report to the regulator or not",
    "enter": "enter the market or not",
    "exit": "go on or leave",
    "acquire": "buy a lab",
    "finance": "compute from partners for equity",
    "site": "found a site elsewhere",
    "distil": "distil once more",
    "internal": "use models for own research",
}
KINDS = {"lab": "Lab", "site": "Data centre", "regulator": "Regulator"}


@solara.component
def Inspector(view: View) -> None:
    """The agent that is chosen; a hint if none is."""
    who = parse(view.session.chosen.value)
    found = latest(view.now, who)
    with solara.Div(classes=["cs-panel"], attributes={"data-inspector": view.session.chosen.value or "none"}):
        if found is None:
            Heading("Inspector")
            Note("Click a lab, a data centre or a regulator: its state, its history and its last decision.")
            return
        step, row = found
        with solara.Row(
            justify="space-between", style={"background": "transparent", "align-items": "center"}
        ):
            Heading(f"{KINDS[who.kind]}: {title(who, row)}")
            solara.Button("Close", on_click=lambda: view.session.chosen.set(""), small=True, text=True)
        if step < view.now.step:
            Note(f"No longer there; as it was in {view.now.film.label(step)}.")
        columns = "repeat(auto-fit, minmax(min(370px, 100%), 1fr))"
        with solara.Div(classes=["cs-grid"], style={"grid-template-columns": columns, "gap": "4px 28px"}):
            _State(who, row)
            with solara.Div():
                _Histories(view.now, who)
                Decision(view.now, who)


@solara.component
def _State(who: Chosen, row: Row) -> None:
    told = [
        {"state": one.label, "now": said(row.get(one.column), one)}
        for one in STATES[who.kind]
        if one.column in row
    ]
    Table(told, ["state", "now"], numbers=["now"])


@solara.component
def _Histories(now: Snapshot, who: Chosen) -> None:
    colour = colour_of(now, who)
    with solara.Div(
        classes=["cs-grid"],
        style={"grid-template-columns": "repeat(auto-fit, minmax(170px, 1fr))", "gap": "4px"},
    ):
        for one in STATES[who.kind]:
            if one.drawn:
                values = [value * one.scale for value in history(now, who, one.column)]
                Chart(spark(one.label, one.unit, now.labels[: now.step + 1], values, colour), height="120px")


@solara.component
def Decision(now: Snapshot, who: Chosen) -> None:
    """The last decision of each kind; the latest first."""
    held = decided(now, who)
    kind, set_kind = solara.use_state("")
    if not held:
        Note(
            "A regulator follows its rules and weighs no pay-offs."
            if who.kind == "regulator"
            else "Nothing weighed yet: decisions begin with the first step."
        )
        return
    names = {DECISIONS.get(name, name): name for name in held}
    shown = kind if kind in held else next(iter(held))
    step, rows = held[shown]
    Heading(f"Last decision: {DECISIONS.get(shown, shown)} ({now.film.label(step)}, step {step})")
    if len(names) > 1:
        solara.Select(
            "Decision about",
            value=DECISIONS.get(shown, shown),
            values=list(names),
            on_value=lambda words: set_kind(names[words]),
            dense=True,
        )
    solara.HTML(tag="div", classes=["cs-scroll", "cs-decision"], unsafe_innerHTML=options_table(rows))
    per = "a step" if shown in ("price", "depth") else "present value"
    Note(f"Expected pay-off to the one who decides, USD, {per}, as weighed then; ✓ marks what was taken.")


def options_table(rows: list[Row]) -> str:
    """The options of a decision with bars for their expected pay-offs, as safe HTML."""
    finite = [abs(row["expected_payoff_usd"]) for row in rows if math.isfinite(row["expected_payoff_usd"])]
    largest = max(finite, default=0.0) or 1.0
    body = ""
    for row in rows:
        worth = float(row["expected_payoff_usd"])
        width = 100 * abs(worth) / largest if math.isfinite(worth) else 0
        colour = "#009E73" if row["chosen"] else "#b0b4ba" if worth >= 0 else "#D55E00"
        bar = (
            f'<div style="height:7px;width:{width:.0f}%;min-width:1px;background:{colour};'
            'border-radius:2px;margin-top:6px"></div>'
        )
        weight = "600" if row["chosen"] else "400"
        body += (
            f'<tr style="font-weight:{weight}"><td>{"✓" if row["chosen"] else ""}</td>'
            f"<td>{escape(option_words(str(row['option'])))}</td>"
            f'<td class="num" style="white-space:nowrap">{escape(number(worth))}</td>'
            f'<td style="width:26%;min-width:60px">{bar}</td></tr>'
        )
    head = '<th></th><th>option</th><th class="num">expected, USD</th><th></th>'
    return f'<table class="cs-table"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def option_words(text: str) -> str:
    """An option with its powers of ten as people read them: 1e25.70 is 10^25.7."""
    return " ".join(_power(word) for word in text.split(" "))


def _power(word: str) -> str:
    head, sign, tail = word.partition("e")
    if sign and _plain(head) and _plain(tail.removeprefix("+")):
        return number(float(head) * 10.0 ** float(tail))
    return word


def _plain(text: str) -> bool:
    return text.isascii() and text.replace(".", "", 1).isdigit() and len(text) < 8


def said(value: object, one: State) -> str:
    """A value of an agent's state in words."""
    if value is None or isinstance(value, str):
        return REGION_WORDS.get(str(value), str(value or "–"))
    if isinstance(value, bool) or type(value).__name__ == "bool":
        return "yes" if value else "no"
    held = float(value) * one.scale  # type: ignore[arg-type]
    return f"{number(held)} {one.unit}".strip() if math.isfinite(held) else "–"


def title(who: Chosen, row: Row) -> str:
    """An agent's name."""
    return str(row["regulator"] if who.kind == "regulator" else row["name"])


def colour_of(now: Snapshot, who: Chosen) -> str:
    """An agent's colour, as on the charts."""
    if who.kind == "lab":
        return visible(lab_colours(now).get(who.key, "#8a8f98"))
    if who.kind == "site":
        found = latest(now, who)
        return REGION_COLOURS.get(found[1]["region"], "#8a8f98") if found else "#8a8f98"
    return REGULATOR
