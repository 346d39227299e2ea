"""THE PAGE: one period, phase by phase, in order. What each phase reads -> writes stands beside it.

The compute market clears after users have chosen, because what labs need to serve them is known only
then; labs set prices on the compute price that they expect, and pay the one that results.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.decisions.adapt_distilling import adapt_distillation
from agents.decisions.complying import decide_reports
from agents.decisions.distilling import decide_distillation
from agents.decisions.financing import decide_financing
from agents.decisions.internal import decide_internal
from agents.decisions.menu import decide_depth, decide_release, decide_tiers
from agents.decisions.opening import decide_opening
from agents.decisions.outlook import decide_together
from agents.decisions.pricing import decide_prices
from agents.decisions.signing import decide_signing
from agents.decisions.training import adapt_training, decide_training
from agents.decisions.withdrawing import decide_regions
from model.phases import (
    accounts,
    compute_market,
    elicitation,
    internal,
    misuse,
    oversight,
    progress,
    theft,
    turnover,
)

if TYPE_CHECKING:
    from model.industry import Industry


def begin(industry: Industry) -> None:
    """State before the first step: users choose among what is on sale at the start."""
    industry.ledger.open(0)
    oversight.announce(industry)
    misuse.begin(industry)
    books = industry.books()
    industry.public_outlook = industry.outlook(books)
    for kind, choices in industry.choices.items():
        choices.choose(books[kind], industry.streams, 0, everyone=True)
    use = accounts.consumption(industry, books)
    compute_market.open_market(industry, use)
    compute_market.clear_market(industry, use)
    accounts.settle(industry, books, use)
    oversight.look(industry)
    for regulator in industry.regulators:
        regulator.meet(industry.active_labs)
    misuse.act(industry, books, use)
    industry.recorder.record(industry, books, use)


def period(industry: Industry) -> None:
    """One step of the whole industry."""
    adapt = industry.settings.labs.adapt

    # 1. exogenous: calendar, technology -> know-how; chips age, sites open -> capacity
    progress.advance(industry)
    elicitation.arrive(industry)  # methods that make more of models that are out
    # 2. rules: what regulators know -> the law in force
    oversight.announce(industry)
    # 3. observation: offers on sale -> market research; last prices, own accounts -> expectations
    outlook = industry.public_outlook = industry.outlook(industry.books())
    for lab in industry.active_labs:
        lab.observe(outlook)
        industry.decisions += decide_regions(lab, outlook) + decide_signing(lab, outlook)
    oversight.cap_prices(industry, outlook)
    # 4a. releases: runs that are done -> models, and the menu for them
    labs = industry.active_labs
    industry.decisions += decide_together(labs, decide_release, outlook)
    if adapt.openness:
        industry.decisions += decide_together(labs, decide_opening, outlook)
    progress.tell_releases(industry)
    # 4b. prices, depth, tiers: research, rivals' offers as they stood -> own menu
    if adapt.price:
        industry.decisions += decide_together(labs, decide_prices, outlook)
    if adapt.depth:
        industry.decisions += decide_together(labs, decide_depth, outlook)
    if adapt.menu:
        industry.decisions += decide_together(labs, decide_tiers, outlook)
    # 4c. training and distillation: expected profit, cash, sites, rules -> runs, rounds, reports
    if adapt.training and industry.settings.labs.partners:
        industry.decisions += decide_together(labs, decide_financing, outlook)
    if adapt.training:
        smooth = industry.settings.labs.training_mode == "continuous"
        industry.decisions += decide_together(labs, adapt_training if smooth else decide_training, outlook)
    for lab in labs:
        industry.decisions += decide_reports(lab, outlook)
    if adapt.distillation:
        smooth = industry.settings.labs.training_mode == "continuous"
        distil = adapt_distillation if smooth else decide_distillation
        industry.decisions += decide_together(labs, distil, outlook)
    if adapt.internal:  # own research with the best model, at a depth of choice
        industry.decisions += decide_together(labs, decide_internal, outlook)
    # 4d. entry: potential entrants with capital -> new labs
    if adapt.entry:
        turnover.entry(industry, outlook)
    progress.gather_news(industry)
    # 4e. security: what weights are worth to thieves, what a leak would cost -> spending
    if industry.settings.security.theft:
        theft.secure(industry, outlook)
    # 5. training blocks: runs in progress -> places on sites, or a step of waiting
    compute_market.reserve_blocks(industry)
    # 6. users: menus, wealth, habits -> choices; choices -> payments and compute used
    books = industry.books()
    for kind, choices in industry.choices.items():
        choices.choose(books[kind], industry.streams, industry.period)
    use = accounts.consumption(industry, books)
    # 7. compute market: labs' needs, everybody else's demand, capacity -> price, flows; builders order
    compute_market.clear_market(industry, use)
    compute_market.build(industry)
    # 8. accounts: sales, bills -> operating profit of labs
    accounts.settle(industry, books, use)
    # 9. enforcement: sites, reports, audits -> fines, beliefs; thefts, tests, misuse -> incidents
    oversight.look(industry)
    oversight.enforce(industry, outlook)
    internal.report(industry)
    if industry.settings.security.theft:
        theft.steal(industry)
    misuse.act(industry, books, use)
    # 9b. closing: profit, funding, payouts -> cash; who cannot go on leaves
    accounts.close(industry, use)
    if adapt.exit:
        turnover.exits(industry)
    internal.tell_crossings(industry, books)
    # 10. record: states -> tables and metrics, which nobody in the industry reads
    industry.recorder.record(industry, books, use)
    turnover.clear_out(industry)
