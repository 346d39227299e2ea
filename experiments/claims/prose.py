"""Plain words from the numbers of an outcome. No verdict is made here: every sentence is chosen by numbers.

What holds is told shortly; what fails, turns on something or cannot be told gets the longest paragraph.
"""

from __future__ import annotations

import math

from experiments.claims.judge import Interval, Share
from experiments.claims.plan import Plan
from experiments.claims.record import Check, Claim, Item, Unmodelled
from experiments.claims.settings import words
from experiments.claims.space import SPACE
from experiments.claims.trial import BUILT_IN, Outcome
from experiments.claims.turns import Box, Side
from experiments.words import number, unit_words

SIDE = {1: "above zero", -1: "below zero"}


def effect_words(effect: Interval, unit: str) -> str:
    """Mean and interval with the unit."""
    if not effect.count:
        return "–"
    size = " ".join(part for part in (number(effect.mean, sign=True), unit_words(unit)) if part)
    if not effect.known:
        return f"{size} (one seed)"
    return f"{size} [{number(effect.low)} to {number(effect.high)}]"


def share_words(share: Share) -> str:
    """The share of points with its interval."""
    if not share.told:
        return "–"
    low, high = share.interval()
    return f"{_percent(share.value)} of {share.told} points [{_percent(low)} to {_percent(high)}]"


def side_words(side: Side) -> str:
    """One condition of a box."""
    one = SPACE[side.dimension]
    return f"{one.key} {'≥' if side.above else '<'} {number(one.value(side.cut))}"


def box_words(box: Box) -> str:
    """The conditions of a box."""
    return " and ".join(side_words(side) for side in box.sides) or "everywhere"


def turns_words(outcome: Outcome) -> str:
    """On which parameters the sign turns, shortly."""
    if outcome.turn is None:
        return ""
    keys = [SPACE[s.dimension].key for box in outcome.turn.boxes for s in box.sides]
    return ", ".join(dict.fromkeys(keys))


def paragraphs(outcome: Outcome, plan: Plan) -> list[str]:
    """What was found, as sentences in the order in which a sceptic would ask."""
    record = outcome.record
    if isinstance(record, Unmodelled):
        return [f"No verdict: {record.why}."]
    if isinstance(record, Check):
        return _check(outcome)
    assert isinstance(record, Claim)
    if outcome.absent or outcome.verdict is None:
        return [f"Not measured: {outcome.absent}. That is no verdict on the claim.", *_note(record)]
    told = [_default(outcome, record), _space(outcome, record, plan)]
    if outcome.word != "supported":
        told += _reasons(outcome)
    elif outcome.turn is not None:
        told.append(f"Where it fails, {_turn(outcome)}")
    told += _agreement(outcome)
    return [text for text in told if text] + _note(record)


def _check(outcome: Outcome) -> list[str]:
    wrong = [item for item in outcome.items if not item.holds]
    told = ["Worked out from definitions, data and the model's own functions; nothing is simulated."]
    if wrong:
        told.append(f"It does not hold for: {'; '.join(_item(item) for item in wrong)}.")
    return told + _note(outcome.record)


def _item(item: Item) -> str:
    return f"{item.words} (said: {item.said}; found: {number(item.found)} {item.unit})".replace(" )", ")")


def _note(record: Claim | Check | object) -> list[str]:
    note = str(getattr(record, "note", ""))
    return [f"Mind: {note}"] if note else []


def _default(outcome: Outcome, record: Claim) -> str:
    assert outcome.verdict is not None
    effect, unit = outcome.verdict.effect, record.contrast.unit
    if not effect.count:
        return f"At the default it is undefined in every run ({record.contrast.measure.words})."
    levels = "; ".join(
        f"{words(name)} {number(value)}" for name, value in outcome.levels.items() if math.isfinite(value)
    )
    start = f"At the default: {record.contrast.words}, {record.contrast.measure.words}: "
    start += f"{effect_words(effect, unit)} over {_count(effect.count, 'seed')}"
    start += f" ({levels})." if levels and record.contrast.statistic == "mean" else "."
    side = effect.side()
    if not effect.known:
        return f"{start} There is no interval from it: no sign can be told."
    if effect.known and effect.low == effect.high == 0.0:
        return f"{start} There is no difference at all in any seed."
    if not side:
        return f"{start} The interval holds zero: no sign can be told."
    if side == record.direction:
        return f"{start} That is the side claimed."
    return f"{start} That is the side opposite to the one claimed ({SIDE[record.direction]})."


def _space(outcome: Outcome, record: Claim, plan: Plan) -> str:
    assert outcome.verdict is not None
    share = outcome.verdict.share
    if not share.count:
        return "No point of the space was run for it in this trial." if plan.name == "quick" else (
            "It is undefined at every point of the space."
        )  # fmt: skip
    text = f"Over the plausible space the sign claimed holds in {share_words(share)}."
    wanted = outcome.points.size
    if share.count < wanted:
        text += f" At {wanted - share.count} of {wanted} points it is undefined, and these are left out."
    if share.tied:
        where = _count(share.tied, "point")
        text += f" At {where} there is no difference at all; they speak for neither side."
    return text


def _reasons(outcome: Outcome) -> list[str]:
    assert outcome.verdict is not None
    verdict, told = outcome.verdict, []
    told.append(f"Hence {verdict.word}: {verdict.why}." if verdict.why else f"Hence {verdict.word}.")
    if outcome.word == BUILT_IN:
        told.append("But an assumption says it already, so that it counts as built in and not as a finding.")
    if outcome.turn is not None:
        told.append(f"Its sign turns: {_turn(outcome)}")
    elif verdict.share.told >= 16 and 0 < verdict.share.held < verdict.share.told:
        told.append(
            f"None of the {len(SPACE)} parameters varied says where it holds: no cut is better than chance"
            " would give."
        )
    if verdict.seeds_needed is not None:
        many = f"{verdict.seeds_needed:,}" if verdict.seeds_needed < 100_000 else "more than 100,000"
        told.append(f"To tell an effect of this size from zero would take about {many} paired seeds.")
    if verdict.points_needed is not None:
        told.append(f"About {verdict.points_needed} points would settle the share.")
    return told


def _turn(outcome: Outcome) -> str:
    turn = outcome.turn
    assert turn is not None
    boxes = "; ".join(f"{box_words(b)}: {_percent(b.share)} of {b.count}" for b in turn.boxes)
    return (
        f"the share in which it holds is, by region, {boxes}. On points that it has not seen, this tree is"
        f" right in {_percent(turn.accuracy)}, against {_percent(turn.majority)} by always naming the"
        " commoner sign."
    )


def _agreement(outcome: Outcome) -> list[str]:
    assert outcome.small is not None or outcome.agreement == ""
    if outcome.agreement == "differs" and outcome.small is not None:
        return [
            "Warning: at the default point the small runs of which the space is made tell the opposite sign"
            f" ({number(outcome.small.mean, sign=True)}); the share above is then of little worth."
        ]
    if outcome.agreement == "cannot be told":
        return [
            "Whether the small runs of the space agree with the large ones cannot be told by these seeds."
        ]
    return []


def _percent(share: float) -> str:
    return f"{100.0 * share:.0f} %"


def _count(count: int, word: str) -> str:
    return f"{count} {word}" + ("s" if count != 1 else "")
