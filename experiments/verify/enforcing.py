"""P17 enforcement, P18 clearing of compute, P19 expectations: the functions that agents call."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from experiments.verify.registry import Finding, at_most, case, close, close_all, reference
from model.mechanisms.compute import clear, rental_price
from model.mechanisms.investment import adaptive
from model.mechanisms.regulation import (
    InspectionState,
    audit_detection,
    compliance,
    inspection_step,
)

# Rounds and the error that fictitious play may still have by then.
ROUNDS = {1_000: 0.038, 10_000: 0.02, 100_000: 0.004, 400_000: 0.002}


@case("P17", "Audits and compliance", "static", quick=True)
def audits() -> Iterator[Finding]:
    """Audits without replacement; violations when the gain exceeds the expected fine."""
    for row in reference()["P17_audits"]:
        found = float(audit_detection(row["n"], row["audits"], row["violators"]))
        label = f"n = {row['n']}, {row['audits']} audits, {row['violators']} violators"
        yield close(f"at least one caught, {label}", found, row["p_any"], rel=1e-8)
    for row in reference()["P17_becker"]:
        gain = (np.arange(1_000_000) + 0.5) / 1_000_000 * row["G"]
        found = float(compliance(gain, row["pi"], row["f"]).mean())
        label = f"G = {row['G']:g}, pi = {row['pi']:g}, f = {row['f']:g}"
        yield close(f"share that violates, {label}", found, row["violation_rate"], abs=1e-6)


def _play(rounds: int, row: dict[str, float]) -> tuple[float, float]:
    state = InspectionState()
    for _ in range(rounds):
        state = inspection_step(state, row["g"], row["f"], row["k"], row["d"])
    return float(state.inspect_share), float(state.violate_share)


@case("P17", "The inspection game", "static", quick=True)
def inspections() -> Iterator[Finding]:
    """Fictitious play, round by round, with the step that regulators and labs would take."""
    row = reference()["P17_inspection"][0]
    for rounds in (1_000, 10_000):
        inspect, violate = _play(rounds, row)
        room = ROUNDS[rounds]
        yield close(f"inspections after {rounds:,} rounds", inspect, row["p_inspect"], abs=room)
        yield close(f"violations after {rounds:,} rounds", violate, row["q_violate"], abs=room)
        yield close_all(
            f"the very path after {rounds:,} rounds", [inspect, violate], row["fp"][str(rounds)], rel=1e-8
        )


@case("P17", "The inspection game, long", "static", quick=False)
def inspections_long() -> Iterator[Finding]:
    """The same until the error is half a per cent."""
    row = reference()["P17_inspection"][0]
    for rounds in (100_000, 400_000):
        inspect, violate = _play(rounds, row)
        room = ROUNDS[rounds]
        yield close(f"inspections after {rounds:,} rounds", inspect, row["p_inspect"], abs=room)
        yield close(f"violations after {rounds:,} rounds", violate, row["q_violate"], abs=room)


@case("P18", "Clearing of compute and its long-run price", "static", quick=True)
def clearing() -> Iterator[Finding]:
    """Cost, prices and rents of a transport problem; the annuity of a chip-hour."""
    row = reference()["P18_lp"][0]
    cost = np.array([1.0, 1.5, 2.2, 3.5])
    transport = np.array([[0.0, 0.2, 0.4, 0.1], [0.3, 0.0, 0.1, 0.5]])
    found = clear([50.0, 80.0, 40.0, 30.0], cost, [60.0, 75.0], transport)
    yield close("total cost", float((found.flow * (cost + transport)).sum()), row["cost"], rel=1e-6)
    yield close_all("flows", found.flow, row["flow"], abs=1e-6)
    yield close_all("prices of demand", found.demand_price, row["demand_price"], rel=1e-6)
    yield close_all("rents of sites", found.site_rent, row["site_rent"], abs=1e-6)
    for row in reference()["P18_lr_price"]:
        price = rental_price(row["chip"], row["kw"], row["elec"], row["life"], row["rate"], row["util"])
        yield close(f"long-run price, ${row['chip']:,} a chip", float(price), row["usd_per_hour"], rel=1e-8)


@case("P19", "Adaptive expectations", "static", quick=True)
def expectations() -> Iterator[Finding]:
    """A cobweb and a ramp, iterated with the rule of labs and builders."""
    for row in reference()["P19_cobweb"]:
        a, b, c, e, gain = row["A"], row["B"], row["C"], row["E"], row["lam"]
        expected = row["p_star"] + 1.0
        path = []
        for _ in range(21):
            price = (a - c - e * expected) / b
            path.append(price - row["p_star"])
            expected = float(adaptive(expected, price, gain))
        label = f"E = {e:g}, gain = {gain:g}"
        yield close(
            f"deviation after 20 rounds, {label}", path[20] / path[0], row["root20"], rel=1e-6, abs=1e-12
        )
        if abs(path[1]) > 1e-9:
            yield close(f"root, {label}", path[1] / path[0], row["root"], rel=1e-8)
    for row in reference()["P19_ramp"]:
        level, seen, error = 0.0, 0.0, 0.0
        for _ in range(400):
            seen += row["slope"]
            error = seen - level
            level = float(adaptive(level, seen, row["lam"]))
        label = f"slope {row['slope']:g}, gain {row['lam']:g}"
        yield close(f"lag on a ramp, {label}", error, row["steady_forecast_error"], rel=1e-8)
    yield at_most("a stable cobweb ends", abs(path[20]), 1e-9)
