"""Mistakes in what labs plan with: growth of the market, ends of runs, idle hours, shares, research."""

from __future__ import annotations

from mutant import Mutant

_PLANS = ("tests/unit/test_plans.py",)

SEEDS = [
    Mutant(
        "plans-tie",
        "agents/decisions/outlook.py",
        "worth >= best - ALIKE * abs(best)",
        "worth >= best",
        "rounding decides between options that are alike",
        _PLANS,
    ),
    Mutant(
        "plans-still-market",
        "agents/decisions/outlook.py",
        "lab.demand_trend * ask.ahead for lab",
        "0.0 * lab.demand_trend for lab",
        "the market is expected to stand still",
        _PLANS,
    ),
    Mutant(
        "entry-delay-free",
        "agents/decisions/entering.py",
        "float(sales[k]), outlook)",
        "0.0, outlook)",
        "an entrant expects that a report delays nothing",
        ("tests/unit/test_turnover.py",),
    ),
    Mutant(
        "entry-forgets-report",
        "agents/decisions/entering.py",
        "frozenset() if borrows else told.get",
        "frozenset() if not borrows else told.get",
        "an entrant does not report the run that it planned to report",
        ("tests/unit/test_turnover.py",),
    ),
    Mutant(
        "training-free-release",
        "agents/decisions/training.py",
        "value -= later * outlook.release_fee",
        "value -= 0.0 * outlook.release_fee",
        "a lab plans runs as if their release were free",
        ("tests/unit/test_lab_runs.py",),
    ),
    Mutant(
        "plans-growth-once",
        "agents/decisions/outlook.py",
        "    profit = profit * grown\n",
        "    prices = prices * grown[:, None]\n",
        "prices grow with the market instead of profits",
        _PLANS,
    ),
    Mutant(
        "plans-growth-learned",
        "agents/lab.py",
        "adaptive(self.demand_trend, outlook.demand_growth, gain)",
        "adaptive(0.0, outlook.demand_growth, gain)",
        "growth of the market is forgotten each step",
        _PLANS,
    ),
    Mutant(
        "plans-run-waits",
        "model/catalogue.py",
        "self.got_flop > (1.0 - SHORT) * self.training_flop",
        "self.got_flop >= self.training_flop",
        "a run waits a whole step for the last percent",
        _PLANS,
    ),
    Mutant(
        "plans-run-gift",
        "agents/lab.py",
        "self.make_model(run.got_flop,",
        "self.make_model(run.training_flop,",
        "a run that is short counts as whole",
        _PLANS,
    ),
    Mutant(
        "plans-idle-sold",
        "agents/data_centre.py",
        "scenario.horizon.step_years * scenario.compute.load_factor",
        "scenario.horizon.step_years",
        "idle hours are sold",
        _PLANS,
    ),
    Mutant(
        "plans-idle-built",
        "agents/data_centre.py",
        "rules.utilisation * rules.load_factor * SECONDS_PER_YEAR)",
        "rules.utilisation * SECONDS_PER_YEAR)",
        "a builder reckons with all hours",
        _PLANS,
    ),
    Mutant(
        "finance-lapse",
        "agents/decisions/financing.py",
        "* life + later",
        "* life",
        "a partner's share is priced as if it lapsed with the model",
        ("tests/unit/test_finance_rules.py",),
    ),
    Mutant(
        "survey-single",
        "agents/survey.py",
        "segment.terms(book.terms, np.float64)",
        "segment.terms(book.terms)",
        "respondents answer in single precision",
        ("tests/unit/test_survey.py",),
    ),
    Mutant(
        "metric-bunching-line",
        "model/metrics/bunching.py",
        "(beyond < 0.0), (beyond >= 0.0)",
        "(beyond <= 0.0), (beyond > 0.0)",
        "a run on the line counts as below it",
        ("tests/unit/test_metrics.py",),
    ),
]
