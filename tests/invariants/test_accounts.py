"""Accounts of whole runs, from the tables alone: users, money and compute close in every step."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from model import Results, simulate
from tests.invariants.conftest import ABSTRACT, SITES
from tests.support.small import small

CLOSE = 1e-9
OFFER = ["step", "lab", "channel", "tier"]


def ratio(run: Results) -> float:
    return run.scenario.technology.inference_price_ratio


def close(left: pd.Series, right: pd.Series, size: float = 0.0) -> None:
    """Equal, step by step, against the largest amount of the column."""
    both = pd.concat([left.rename("left"), right.rename("right")], axis=1).fillna(0.0)
    scale = max(both.abs().to_numpy().max(), size, 1e-300)
    np.testing.assert_allclose(both["left"], both["right"], rtol=1e-8, atol=CLOSE * scale)


def test_users_add_up_to_the_population(run: Results) -> None:
    users = run.scenario.users
    for step, cells in run.users.groupby("step"):
        years = float(cells["time_years"].iloc[0])
        first, top = users.population, users.population_ceiling
        grown = top / (1 + (top / first - 1) * np.exp(-users.population_growth * years))
        assert cells["population"].sum() == pytest.approx(grown, rel=1e-9)
        firms = cells.loc[cells["segment"] == "business", "population"].sum()
        assert firms == pytest.approx(users.business_share * grown, rel=1e-9), step
    bought = run.purchases.groupby(["step", "segment", "decile"])["users"].sum()
    close(bought, run.users.set_index(["step", "segment", "decile"])["population"])


def test_adoption_counts_those_who_bought(run: Results) -> None:
    cells = run.users.set_index(["step", "segment", "decile"])
    keys = ["step", "segment", "decile"]
    with_ai = run.purchases.query("tier >= 0").groupby(keys)["users"].sum()
    close(with_ai, cells["adoption"] * cells["population"])


def bought(run: Results) -> pd.DataFrame:
    """Users and payments by offer, with what the offer is."""
    channel = run.purchases["segment"].map({"person": "subscription", "business": "metered"})
    cells = run.purchases.assign(channel=channel).query("tier >= 0")
    return cells.groupby(OFFER)[["users", "payments_usd"]].sum()


def test_users_of_tiers_and_labs(run: Results) -> None:
    close(bought(run)["users"], run.tiers.set_index(OFFER)["users"])
    sold = run.tiers.query("not self_hosted").groupby(["step", "lab"])["users"].sum()
    close(sold, run.labs.set_index(["step", "lab"])["users"])


def test_payments_are_revenues(run: Results) -> None:
    tiers = run.tiers.set_index(OFFER)
    sold = tiers[~tiers["self_hosted"]]
    paid = bought(run)["payments_usd"].reindex(sold.index).fillna(0.0)
    close(paid, sold["revenue_usd"])
    revenue = run.tiers.groupby(["step", "lab"])["revenue_usd"].sum()
    close(revenue, run.labs.set_index(["step", "lab"])["revenue_usd"])
    assert (run.purchases.loc[run.purchases["tier"] < 0, "payments_usd"] == 0).all()
    assert (tiers.loc[tiers["self_hosted"], "revenue_usd"] == 0).all()


def test_subscribers_pay_the_price(run: Results) -> None:
    """A person on a tier pays its price, no more and no less."""
    persons = run.purchases.query("segment == 'person' and tier >= 0")
    sold = run.tiers.query("not self_hosted")[["step", "tier", "price_usd"]]
    sold = persons.merge(sold, on=["step", "tier"])
    np.testing.assert_allclose(sold["payments_usd"], sold["users"] * sold["price_usd"], rtol=1e-6)


def test_compute_sold_is_within_capacity(run: Results) -> None:
    sites = run.data_centres
    sold = sites["training_flop"] + sites["inference_flop"] + sites["other_flop"]
    assert (sold <= sites["capacity_flop"] * (1 + 1e-9)).all()
    np.testing.assert_allclose(sites["utilisation"] * sites["capacity_flop"], sold, rtol=1e-9, atol=1e-300)


def test_contracts_add_up_to_what_sites_sold(run: Results) -> None:
    if run.data_centres.empty:
        assert run.contracts.empty
        return
    key = ["step", "site"]
    sites = run.data_centres.set_index(key)
    size = float(sites["capacity_flop"].max())
    assert run.contracts.set_index(["step", "lab", "site"]).index.is_unique
    close(run.contracts.groupby(key)["training_flop"].sum(), sites["training_flop"], size)
    own = run.tiers.query("self_hosted").groupby("step")["inference_flop"].sum() * ratio(run)
    contracted = run.contracts.groupby("step")["inference_flop"].sum()
    close(contracted.add(own, fill_value=0.0), sites.groupby("step")["inference_flop"].sum())
    price = run.contracts.merge(run.data_centres, on=key)
    assert (price["price_usd_per_flop"] == price["rental_usd_per_flop"]).all()


def test_labs_contract_for_what_they_use(run: Results) -> None:
    if run.data_centres.empty:
        return
    key = ["step", "lab"]
    got = run.contracts.groupby(key)[["training_flop", "inference_flop"]].sum().sum(axis=1)
    labs = run.labs.set_index(key)
    decoded = labs["inference_flop"] + labs["internal_flop"]  # for users, and for its own research
    close(got, labs["training_flop_used"] + decoded * ratio(run))
    served = run.tiers.query("not self_hosted").groupby(key)["inference_flop"].sum()
    close(served, labs["inference_flop"])


def test_compute_is_paid_at_its_price(run: Results) -> None:
    """Training at the rental price, serving at that of decoding and a little for transport."""
    price = run.labs["step"].map(run.metrics.set_index("step")["compute_price_usd_per_flop"])
    np.testing.assert_allclose(
        run.labs["training_spend_usd"], run.labs["training_flop_used"] * price, rtol=1e-9, atol=1e-3
    )
    serving = run.labs["inference_flop"] * ratio(run) * price
    extra = run.labs["inference_spend_usd"] - serving
    share = run.scenario.compute.transport_share
    moved = serving + run.labs["training_flop_used"] * price
    assert (extra >= -1e-9 * moved - 1e-3).all() and (extra <= share * moved * 1.01 + 1e-3).all()


def test_what_sites_deliver_is_what_labs_pay(run: Results) -> None:
    """Contracts at their price are the bills, but for transport: nobody pays for what does not come."""
    if run.data_centres.empty:
        return
    key = ["step", "lab"]
    got = run.contracts.assign(
        usd=(run.contracts["training_flop"] + run.contracts["inference_flop"])
        * run.contracts["price_usd_per_flop"]
    )
    due = got.groupby(key)["usd"].sum()
    labs = run.labs.set_index(key)
    paid = labs["training_spend_usd"] + labs["inference_spend_usd"]
    due = due.reindex(paid.index).fillna(0.0)
    extra = paid - due
    share = run.scenario.compute.transport_share
    assert (extra >= -1e-8 * due - 1e-3).all(), extra.min()
    assert (extra <= share * due * 1.01 + 1e-3).all(), extra.max()


def test_profit_and_cash_are_what_was_booked(run: Results) -> None:
    labs, rules = run.labs, run.scenario.labs
    dt = run.scenario.horizon.step_years
    persons = run.tiers.query("not self_hosted and channel == 'subscription'")
    reached = persons.groupby(["step", "lab"])["users"].sum()
    key = pd.MultiIndex.from_frame(labs[["step", "lab"]])
    adverts = reached.reindex(key).fillna(0.0).to_numpy() * run.scenario.users.advert_usd_year * dt
    np.testing.assert_allclose(labs["adverts_usd"], adverts, rtol=1e-9, atol=1e-6)
    entered = (labs["entered_step"] == labs["step"]) & (labs["step"] > 0)
    np.testing.assert_allclose(labs["entry_usd"], entered * rules.entry_cost_usd)
    assert rules.menu_cost_usd == 0 and not labs["menu_usd"].any()

    # Every cost has a column: whoever adds them up gets the profit.
    costs = ["training_spend_usd", "inference_spend_usd", "overhead_usd", "compliance_usd", "fines_usd"]
    costs += ["compute_tax_usd", "security_usd", "release_usd", "internal_spend_usd", "entry_usd", "menu_usd"]
    booked = labs["revenue_usd"] + labs["adverts_usd"] + labs["complements_usd"] - labs[costs].sum(axis=1)
    later = labs["step"] > 0  # at step 0 nothing has been paid yet
    size = (labs["revenue_usd"] + labs[costs].sum(axis=1)).max()
    np.testing.assert_allclose(labs["profit_usd"][later], booked[later], rtol=1e-8, atol=1e-9 * size)

    for _, lab in labs.groupby("lab"):
        lab = lab.sort_values("step")
        assert (lab["step"].diff().dropna() == 1).all()
        change = lab["cash_usd"].diff().iloc[1:]
        flow = (lab["profit_usd"] + lab["funding_usd"] + lab["credits_used_usd"]).iloc[1:]
        flow += (lab["mergers_usd"] - lab["payouts_usd"]).iloc[1:]
        np.testing.assert_allclose(change, flow, rtol=1e-7, atol=1e-9 * lab["cash_usd"].abs().max() + 1e-6)


def test_shares_of_labs_add_up(run: Results) -> None:
    for _, labs in run.labs.groupby("step"):
        for share, amount in (("share_revenue", "revenue_usd"), ("share_users", "users")):
            total = labs[amount].sum()
            assert labs[share].sum() == pytest.approx(1.0 if total > 0 else 0.0)
            np.testing.assert_allclose(labs[share] * total, labs[amount], rtol=1e-9, atol=1e-6)


def test_fines_reach_the_state(run: Results) -> None:
    rules = run.regulators.groupby("step")["fines_usd"].sum()
    close(run.labs.groupby("step")["fines_usd"].sum(), rules)
    found = run.events.query("kind == 'breach'").groupby("step").size()
    close(found, run.regulators.groupby("step")["breaches_found"].sum())


def test_decades_of_capital_stay_conserved(run: Results) -> None:
    """Outside money in all never exceeds what labs lost: nobody raises money without a need."""
    for _, lab in run.labs.groupby("lab"):
        raised = lab["funding_usd"].to_numpy()
        need = np.maximum(-(lab["cash_usd"].shift(1) + lab["profit_usd"]).to_numpy(), 0.0)
        assert (raised[1:] <= need[1:] * (1 + 1e-9) + 1e-3).all()


@pytest.mark.parametrize("mw", [2000.0, 0.5])
def test_scarce_compute_is_rationed_and_the_run_goes_on(mw: float) -> None:
    """Sites far too small for what is wanted: full, never more than full, and paid as delivered.

    Large enough is what serves the heaviest firm, too, when it moves to a deep tier.
    """
    sites = [{**site, "power_mw": mw * (1 + i)} for i, site in enumerate(SITES)]
    run = simulate(small("inference-at-deployment", ABSTRACT | {"compute.sites": sites}), seed=7)
    test_compute_sold_is_within_capacity(run)
    test_what_sites_deliver_is_what_labs_pay(run)
    assert (run.metrics["compute_price_usd_per_flop"] > 0).all()
    assert ("compute rationed" in set(run.events["kind"])) == (mw < 1.0)
