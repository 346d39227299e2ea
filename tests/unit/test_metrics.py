"""Every metric on a small hand-made industry, and the indices against known distributions (P01).

The industry: Alpha (closed), Beta (open, also run by its users), Gamma (closed, sells nothing
dangerous), and Omega, which has left but whose open model is still run by users.
"""

from __future__ import annotations

import inspect
import math
import time
from typing import Any

import numpy as np
import pandas as pd
import pytest

from model.errors import ScenarioError
from model.metrics import Snapshot, compute, flatten, gini, hhi, metric, registry
from model.metrics.measures import look_up, pick, sums_by, top, weighted_mean, weighted_slope
from model.schema import TABLES

NAN = float("nan")
CONTRACT = {
    "hhi_revenue",
    "hhi_users",
    "hhi_compute",
    "labs_active",
    "effective_labs",
    "markup_mean",
    "tiers_sold",
    "price_ratio_top_bottom",
    "price_wealth_slope",
    "capability_wealth_slope",
    "capability_gini",
    "same_product_share",
    "adoption",
    "consumer_surplus_usd",
    "lab_profit_usd",
    "training_spend_usd",
    "inference_spend_usd",
    "inference_share_of_spend",
    "frontier_capability_oom",
    "frontier_training_flop",
    "copies_at_frontier",
    "human_level_step",
    "human_level_cost_ratio",
    "weights_cost_share",
    "weights_replacement_usd",
    "open_weight_share",
    "open_weight_gap_oom",
    "largest_training_block_share",
    "largest_site_mw",
    "power_hhi",
    "coverage_flop",
    "coverage_users",
    "coverage_models",
    "visibility_flop",
    "visibility_users",
    "visibility_models",
    "rule_overreach",
    "odds_elasticity_compute",
    "reaction_lag_steps",
    "observer_forecast_error_oom",
}

PARAMETERS: dict[str, Any] = {
    "horizon.step_years": 0.5,
    "technology.training_years": 0.25,
    "technology.tokens_per_second": 10.0,
    "technology.inference_price_ratio": 4.0,
    "technology.human_level_oom": 27.0,
    "technology.verifiable_weight": 0.75,
    "oversight.danger_oom": 26.0,
    "users.reference_oom": 24.0,
    "tasks": [
        {"wage_usd": 200.0, "verifiable": 0.2, "system2": 1.0},  # 0.4
        {"wage_usd": 80.0, "verifiable": 1.0, "system2": 0.0},  # 0.75: depth helps most
        {"wage_usd": 100.0, "verifiable": 0.8, "system2": 0.6},  # 0.75 too, and better paid
    ],
    "technology.wall_oom": 25.5,
    "technology.wall_slope": 0.2,
    "security.thief_overhead": 0.5,
    "security.low_tasks_year": 1e3,
    "security.high_tasks_year": 1e9,
    "rental_usd_per_flop": 2e-18,
    "compute.permit_reference_mw": 100.0,
    "inference_efficiency": 5.0,
}


def columns(head: str, *rows: tuple[Any, ...]) -> dict[str, Any]:
    return dict(zip(head.split(), (np.array(c) for c in zip(*rows, strict=True)), strict=True))


def tables() -> dict[str, dict[str, Any]]:
    """Rows are out of order on purpose: joins go by number, not by place."""
    made = plain_tables()
    made["tiers"]["human_hours_share"] = np.full(len(made["tiers"]["tier"]), 0.25)
    made["tiers"]["logged_flop"] = np.zeros(len(made["tiers"]["tier"]))
    made["tiers"]["host_run"] = np.zeros(len(made["tiers"]["tier"]), bool)
    made["labs"] |= columns(
        "equity_sold serving_elasticity entered_step",
        (0.2, -0.1, 5),  # one year old
        (0.0, -0.2, 0),
        (0.5, 0.0, 0),
        (0.0, 0.0, 0),
    )
    made["data_centres"] |= columns(
        "site seen inference_flop", (0, True, 1e25), (1, False, 0.0), (2, True, 2e25)
    )
    made["contracts"] = columns(
        "lab site training_flop", (2, 0, 1e25), (2, 1, 5e24), (3, 2, 5e24), (5, 0, 4e23)
    )
    made["tiers"]["tasks"] = np.full(len(made["tiers"]["tier"]), 50.0)
    made["labs"]["strategy"] = np.array(["agile", "fixed", "incumbent", "agile"], object)
    made["labs"] |= columns(
        "algorithms_oom security_usd weights_entry_usd",
        (0.0, 3.0, 5e8),
        (0.25, 4.0, 7e8),  # Alpha, whose best model was made at .21
        (0.0, 0.0, 0.0),
        (0.0, 0.0, NAN),
    )
    made["models"] |= columns(
        "algorithms_oom built_on stolen leaked stolen_step leaked_step",
        (0.0, -1, False, False, -1, -1),
        (0.0, -1, True, False, 3, -1),
        (0.21, -1, False, False, -1, -1),
        (0.0, -1, True, True, 7, 7),
        (0.0, -1, False, False, -1, -1),
        (0.0, -1, False, False, -1, -1),
        (0.0, -1, False, False, -1, -1),
        (0.0, -1, True, False, 9, -1),  # not yet
    )
    made["labs"] |= columns(
        "revenue_usd capability_oom internal_capability_oom internal_human_oom internal_spend_usd",
        (3180.0, 24.6, 24.6, 25.0, 0.0),
        (11_000.0, 27.5, 29.0, 29.5, 50.0),
        (6.0, 25.5, 25.5, 26.9, 0.0),
        (0.0, NAN, NAN, NAN, 0.0),
    )
    made["tiers"]["task_spread_oom"] = np.array([0.0, 0.8, 0.0, 0.4, 0.0, 0.0, 0.1, 1.5, 0.0])
    made["tiers"]["task_depth_gini"] = np.array([0.0, 0.6, 0.0, 0.3, 0.0, 0.0, 0.1, 0.9, 0.0])
    made["tiers"]["easy_depth"] = np.array([1.0, 3.0, 1.0, 2.0, 1.0, 1.0, 1.0, 7.0, 1.0])
    # judged: out for one year and less than two, models 21 and 31
    made["models"]["evaluated_oom"] = np.array([25.0, 25.0, 26.0, 27.0, NAN, 28.0, 26.0, 25.0])
    made["models"]["reached_oom"] = np.array([29.0, 29.0, 28.5, 29.0, NAN, 29.0, 27.5, 24.0])
    made["misuse"] = columns(
        "step wants actors reach reach_api reach_open reach_leaked take_api take_open take_leaked level_oom"
        " with_api weights_gain_oom",
        (7, "few tasks", 60, 50, 40, 10, 30, 20, 10, 30, 27.0, 40, 0.5),
        (7, "many tasks", 40, 5, 0, 3, 5, 0, 10, 10, 25.5, 10, 1.0),
    )
    made["elicitation"] = columns(
        "step small_scaffolds_year small_tunes_year lab_scaffolds_year lab_tunes_year public_span_oom",
        (7, 3.0, 0.25, 1.0, 0.75, 0.7),
    )
    made["regulators"]["believed_internal_oom"] = np.array([26.5, 28.0])
    made["regulators"] |= columns("rule threshold", ("disclosure", 3.0), ("training-threshold", 25.05))
    made["models"]["step"] = np.array([0, 6, 5, 2, 6, 6, 7, 7])  # the last year is steps 6 and 7
    made["models"]["checkpoint_of"] = np.full(8, -1)
    made["users"]["open_surplus_usd"] = np.array([4.0, 2.0, 0.5])
    return made


def plain_tables() -> dict[str, dict[str, Any]]:
    """Without the hours of work that a tier does."""
    return {
        "labs": columns(
            "step lab users training_flop training_flop_used inference_flop training_block_flop"
            " training_spend_usd inference_spend_usd profit_usd covered observed odds_elasticity"
            " exited_step",
            (7, 5, 38.0, 1e24, 1e24, 1e24, 4e23, 10.0, 30.0, -5.0, True, False, 0.5, -1),
            (7, 2, 160.0, 8e25, 2e25, 6e25, 1.5e25, 400.0, 100.0, 70.0, True, False, 1.5, -1),
            (7, 3, 1.0, 2e25, 9e24, 4e24, 5e24, 60.0, 0.0, 1.0, False, True, NAN, -1),
            (7, 9, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, False, False, NAN, 7),
        ),
        "tiers": columns(
            "lab tier model channel depth price_usd cost_usd users revenue_usd inference_flop"
            " capability_oom danger_capability_oom human_capability_oom open_weights self_hosted",
            (2, 1, 21, "subscription", 1.0, 60.0, 15.0, 90.0, 5400.0, 1e25, 26, 25.9, 26.5, 0, 0),
            (
                2,
                2,
                21,
                "subscription",
                100.0,
                600.0,
                300.0,
                9.0,
                5400.0,
                4e25,
                27.5,
                28,
                28.5,
                0,
                0,
            ),
            (2, 3, 22, "subscription", 1.0, 0.0, 3.0, 60.0, 0.0, 5e24, 25, 25, 25, 0, 0),
            (2, 4, 21, "metered", 10.0, 200.0, 150.0, 1.0, 200.0, 5e24, 26.8, 26.9, 27.2, 0, 0),
            (3, 5, 31, "subscription", 1.0, 6.0, 3.0, 1.0, 6.0, 4e24, 25.5, 26.0, 26, 1, 0),
            (5, 6, 51, "metered", 1.0, 100.0, 20.0, 30.0, 3000.0, 1e24, 24.5, 24, 24, 0, 0),
            (5, 7, 51, "metered", 2.0, 900.0, 20.0, 0.2, 180.0, 1e22, 24.6, 24, 24, 0, 0),
            (3, 8, 31, "subscription", 1000.0, 50.0, 50.0, 4.0, 0.0, 2e24, 28.0, 28, 28.6, 1, 1),
            (8, 9, 81, "subscription", 1.0, 2.0, 2.0, 5.0, 0.0, 1e23, 24.2, 26.5, 25, 1, 1),
        ),
        "models": columns(
            "lab model released_step training_flop parameters capability_oom open_weights internal_only",
            (8, 81, 0, 5e24, 1e11, 24.2, True, False),
            (2, 22, 1, 1e25, 2e11, 25.0, False, False),
            (2, 21, 5, 8e25, 4e11, 26.0, False, False),
            (2, 20, 2, 1e26, 9e12, 26.6, False, False),  # out, but no longer on sale
            (2, 23, -1, 9e26, 1e12, 29.0, False, False),  # not out yet
            (2, 24, 6, 7e26, 1e12, 28.0, False, True),  # kept inside
            (3, 31, 4, 2e25, 3e11, 25.3, True, False),
            (5, 51, 3, 1e24, 1e11, 24.5, False, False),
        ),
        "users": columns(
            "segment decile population wealth_usd adoption surplus_usd",
            ("business", 1, 50.0, 1e6, 0.624, 40.0),
            ("person", 10, 100.0, 1e5, 0.5, 20.0),
            ("person", 1, 200.0, 1e4, 0.595, 2.0),
        ),
        "purchases": columns(
            "segment decile lab tier users payments_usd",
            ("person", 10, 2, 2, 8.0, 4800.0),
            ("person", 1, 2, 2, 1.0, 600.0),
            ("person", 10, 2, 1, 38.0, 2280.0),
            ("person", 1, 2, 1, 52.0, 3120.0),
            ("person", 1, 2, 3, 60.0, 0.0),
            ("person", 1, 3, 5, 1.0, 6.0),
            ("person", 10, 3, 8, 4.0, 200.0),
            ("person", 1, 8, 9, 5.0, 10.0),
            ("person", 10, -1, -1, 50.0, 0.0),
            ("person", 1, -1, -1, 81.0, 0.0),
            ("business", 1, 2, 4, 1.0, 200.0),
            ("business", 1, 5, 6, 30.0, 3000.0),
        ),
        "data_centres": columns(
            "owner power_mw block_mw capacity_flop rental_usd_per_flop",
            ("X", 300.0, 300.0, 4e25, 1e-18),
            ("Y", 100.0, 250.0, 1e25, 3e-18),
            ("X", 600.0, 150.0, 5e25, 3e-18),  # pools unlisted sites: four blocks of 150
        ),
        "regulators": columns("believed_capability_oom true_capability_oom", (26.5, 27.5), (26.3, 27.5)),
    }


def value(name: str, changed: dict[str, dict[str, Any]] | None = None, **more: Any) -> float:
    """A metric of the industry with some columns or parameters (`a__b` for a.b) replaced."""
    rows = tables()
    for table, new in (changed or {}).items():
        rows[table] = {**rows[table], **new} if new else {}
    history = more.pop("history", {})
    parameters = {**PARAMETERS, **{key.replace("__", "."): v for key, v in more.items()}}
    return compute(Snapshot(rows, parameters, history), [name])[name]


def share_squares(*sizes: float) -> float:
    return sum(size**2 for size in sizes) / sum(sizes) ** 2


YEAR_S = 365.25 * 86_400
FEARED = {"flop": [4e25, 5e24, 4e24, 2e24, 1e23], "users": [9.0, 1.0, 1.0, 4.0, 5.0]}
# users, ln wealth and ln price of persons' closed paid purchases
BOUGHT = np.array([(8, 1e5, 600), (1, 1e4, 600), (38, 1e5, 60), (52, 1e4, 60)]).T
# users, log10 wealth and capability of all persons
GOT = np.array(
    [
        (8, 5, 27.5),
        (1, 4, 27.5),
        (38, 5, 26),
        (52, 4, 26),
        (60, 4, 25),
        (1, 4, 25.5),
        (4, 5, 28),
        (5, 4, 24.2),
        (50, 5, 24),
        (81, 4, 24),
    ]
).T


def fitted(x: Any, y: Any, weights: Any) -> float:
    return float(np.polyfit(x, y, 1, w=np.sqrt(weights))[0])


def pairwise_gini(x: Any, w: Any) -> float:
    gaps = np.abs(x[:, None] - x[None, :]) * w[:, None] * w[None, :]
    return float(gaps.sum() / (2 * w.sum() * (w * x).sum()))


EXPECTED = {
    "hhi_lab_revenue": share_squares(*tables()["labs"]["revenue_usd"]),  # Beta, which is open, too
    # Alpha's paid tiers (subscription and metered), Gamma's; Beta is open
    "hhi_revenue": share_squares(5400 + 5400 + 200, 3000 + 180),
    "effective_labs": 1 / share_squares(11_000, 3180),
    "hhi_users": share_squares(38, 160, 1),
    "hhi_compute": share_squares(1 + 1, 20 + 60, 9 + 4),
    "labs_active": 3.0,  # Beta: 1 of 199 users is .5025 %
    "labs_total": 3.0,
    "odds_elasticity_compute": (38 * 0.5 + 160 * 1.5) / 198,
    "markup_mean": (5400 * 0.75 + 5400 * 0.5 + 200 * 0.25 + 3000 * 0.8 + 180 * 880 / 900) / 14_180,
    # subscription 90, 9 and 60 of 159; metered 1 and 30 of 31.2, .2 is too few
    "tiers_sold": 5.0,
    # Beta's tier at 6 has 1 of 160 users, self-hosting has no price
    "price_ratio_top_bottom": 10.0,
    "menu_price_ratio": 10.0 ** (99 / 100),  # Alpha's two plans; Beta's single one, of a single user
    "price_cheapest_usd_month": 10.0,
    "price_dearest_usd_month": 100.0,
    "price_wealth_slope": fitted(np.log(BOUGHT[1]), np.log(BOUGHT[2]), BOUGHT[0]),
    "compute_price_usd_per_flop": 2e-18,
    "adoption": (50 * 0.624 + 100 * 0.5 + 200 * 0.595) / 350,
    "consumer_surplus_usd": 50 * 40.0 + 100 * 20 + 200 * 2,
    "capability_wealth_slope": fitted(GOT[1], GOT[2], GOT[0]),
    "capability_wealth_slope_users": fitted(GOT[1][:-2], GOT[2][:-2], GOT[0][:-2]),
    "capability_gini": pairwise_gini(GOT[2] - 24, GOT[0]),
    "same_product_share": 4 / 169,
    "depth_mean": (90 + 900 + 60 + 10 + 1 + 30 + 0.4 + 4000 + 5) / 200.2,
    "lab_profit_usd": 66.0,
    "agile_payoff_gap_usd": (-5.0 + 0.0) / 2 - 70.0,
    "training_spend_usd": 470.0,
    "training_block_mw": (0.4 * 4 + 15 * 150 + 5 * 50) / 20.4,
    "inference_sites_effective": 3**2 / (1 + 2**2 / 4),  # the third row is four places
    "permit_share": 1.5e25 / (3e25 + 4 * 6.501e25),  # Alpha's block alone is above 100 MW
    "sight_share": 15 / 20,  # Gamma's block is too small to count
    "rd_identity_ratio": 470 / (14_186 - 130),
    "rd_identity_theory": (38 * 0.5 + 160 * 1.5)
    / 198
    * (1 - (3150 * 38 + 10_900 * 160 + 6 * 1) / (350 * 14_056)),
    "entrant_margin": (30 * 80 + 0.2 * 880) / 3180
    - (90 * 45 + 9 * 300 - 60 * 3 + 1 * 50 + 1 * 3) / (5400 + 5400 + 200 + 6),
    "partner_equity": (3180 * 0.2 + 6 * 0.5) / 14_186,
    "serving_scale_elasticity": -(38 * 0.1 + 160 * 0.2) / 199,
    "inference_spend_usd": 130.0,
    "inference_share_of_spend": 130 / 600,
    "frontier_capability_oom": 27.5,
    "frontier_training_flop": 1e26,
    "copies_at_frontier": 8e25 / (0.25 * YEAR_S) * 5 / (2 * 4e11 * 10 * 100),
    "observer_forecast_error_oom": NAN,
    "copies_growth_year": (14_186 - 130) / 130,
    "danger_step": 7.0,
    "internal_frontier_oom": 29.0,
    "internal_public_gap_oom": 1.5,
    "internal_public_gap_months": NAN,
    "release_jump_oom": NAN,
    "capability_growth_oom_year": NAN,
    "awareness_gap_oom": 1.0,
    "models_inside": 1.0,
    "internal_human_level_step": 7.0,
    "internal_share_of_spend": 50 / 650,
    "human_level_window_steps": 0.0,
    "human_level_first_cost_ratio": 2 * 4e11 * 10 * 3600 * 10 * 2e-18 * 4 / 5 / 100,
    "human_level_tasks": 0.25,
    "human_level_step": 7.0,
    # the metered tier: depth 10 on 4e11 parameters is the cheapest of the three
    "human_level_cost_usd_hour": 2 * 4e11 * 10 * 3600 * 10 * 2e-18 * 4 / 5,
    "human_level_cost_ratio": 2 * 4e11 * 10 * 3600 * 10 * 2e-18 * 4 / 5 / 100,
    "weights_cost_share": 8e25 / (8e25 + 2 * 6e25),
    "weights_replacement_usd": 1.6e8,
    "open_weight_share": 10 / 200.2,
    "open_weight_gap_oom": 26.0 - 25.3,
    "open_weight_training_gap_oom": math.log10(8e25 / 2e25),
    "open_weight_flop_share": (4e24 + 2e24 + 1e23) / (1e25 + 4e25 + 5e24 + 5e24 + 4e24 + 1.01e24 + 2.1e24),
    "open_weight_lag_years": (7 - 2) * 0.5,  # a model that is no longer on sale was there at step 2
    "open_weight_surplus_usd": 50 * 4.0 + 100 * 2 + 200 * 0.5,
    # 8e25 is 25.903: .0806 beyond the wall at slope .2; .04 OOM of algorithms are worth .2 OOM there
    "theft_value_replacement_usd": 8e25 * 10**-0.2 * 2e-18,
    "theft_value_use_usd": 1e9 * (600 / 50 - 1.5 * 300 / 50),
    "theft_value_use_low_usd": 1e3 * (600 / 50 - 1.5 * 300 / 50),
    "theft_value_entry_usd": 7e8,
    "thief_inference_share": 1.44e9 / (1.44e9 + 8e25 * 10**-0.2 * 2e-18),  # 6e25 x 2 x 4 x 2e-18 x 1.5
    "thefts_total": 2.0,
    "leaks_total": 1.0,
    "security_spend_usd": 7.0,
    "largest_training_block_share": 1.5e25 / (3e25 + 6.711e25),
    "largest_training_block_mw": 150.0,  # 1e23 FLOP per MW
    "inference_mw": 4 * 671.1,
    "largest_site_mw": 300.0,
    "power_hhi": (300**2 + 100**2 + 4 * 150**2) / 1000**2,
    "power_hhi_owners": (900**2 + 100**2) / 1000**2,
    # dangerous: Alpha's tiers 2 and 4, Beta's 5 and 8, Omega's 9
    "coverage_flop": 4.5e25 / sum(FEARED["flop"]),
    "coverage_users": 10 / 20,
    "coverage_models": 1 / 3,
    "visibility_flop": 6e24 / sum(FEARED["flop"]),
    "visibility_users": 5 / 20,
    "visibility_models": 1 / 3,
    "rule_overreach": 1 / 2,
    "runs_just_below_line": 1.0,  # of the year's runs only that of 1e25 is near
    "reaction_lag_steps": 0.0,
    "human_hours_share": 0.25,  # the same for every tier
    "misuse_reach": 0.55,
    "misuse_reach_api": 0.4,
    "misuse_reach_open": 0.13,
    "misuse_reach_leaked": 0.35,
    "misuse_reach_open_few": 1 / 6,
    "misuse_reach_open_many": 0.075,
    "misuse_open_less_api": -0.05,
    # sixty get 27 and twenty 25.5; the best closed tier is at 28 in a feared class
    "misuse_uplift_oom": (60 * 27.0 + 20 * 25.5) / 80 - 28.0,
    "misuse_weights_gain_oom": (40 * 0.5 + 10 * 1.0) / 50,
    "evaluation_gap_oom": (2.5 + 1.5) / 2,
    "elicitation_public_oom": 0.7,
    "innovation_small_share": 3.25 / 5.0,
    "innovation_small_advantage": 3 / 4 - 1 / 4,
    "task_capability_spread_oom": 0.8,
    "compute_per_task_gini": (9 * 0.6 + 0.3 + 0.2 * 0.1 + 4 * 0.9) / 200.2,
    "easy_task_flop": 2 * 4e11 * 3.0 / 5,
    "easy_task_cost_ratio": 1.0,  # nothing is known of earlier steps
    "believed_gap_oom": -1.1,
}


def test_every_metric_is_expected_here_and_every_one_of_the_contract_exists() -> None:
    assert set(registry()) == set(EXPECTED)
    assert set(registry()) >= CONTRACT


@pytest.mark.parametrize("name", EXPECTED)
def test_metric(name: str) -> None:
    assert value(name) == pytest.approx(EXPECTED[name], rel=1e-9, abs=1e-12, nan_ok=True)


@pytest.mark.parametrize("name", EXPECTED)
def test_definitions_are_told(name: str) -> None:
    record = registry()[name]
    assert record.unit and record.meaning.endswith(".") and record.name == name
    assert record.formula.startswith(record.meaning) and len(record.formula.splitlines()) > 2
    if "hhi" in name:
        assert "base: " in record.meaning
    assert len(inspect.getsource(inspect.getmodule(record.function)).splitlines()) <= 150  # type: ignore[arg-type]


def test_empty_tables_give_no_warning_and_no_number_out_of_nothing() -> None:
    zero = {"labs_active", "labs_total", "tiers_sold", "consumer_surplus_usd"}
    zero |= {"lab_profit_usd", "training_spend_usd", "inference_spend_usd"}
    zero |= {"thefts_total", "leaks_total", "security_spend_usd", "open_weight_surplus_usd"}
    for empty in ({}, {name: {} for name in tables()}, _no_rows()):
        found = compute(Snapshot(empty, PARAMETERS))
        price = found.pop("compute_price_usd_per_flop")
        assert price == 2e-18
        assert {name for name, number in found.items() if number == 0.0} == zero
        assert all(math.isnan(number) for name, number in found.items() if name not in zero)


def _no_rows() -> dict[str, dict[str, Any]]:
    return {name: {k: v[:0] for k, v in rows.items()} for name, rows in tables().items()}


def test_labs_without_sales_give_no_warning() -> None:
    rows = tables()
    for table in ("tiers", "purchases"):
        for name in ("users", "revenue_usd", "inference_flop", "payments_usd"):
            if name in rows[table]:
                rows[table][name] = np.zeros(len(rows[table][name]))
    rows["labs"]["users"] = np.zeros(4)
    found = compute(Snapshot(rows, PARAMETERS))
    assert found["labs_active"] == found["tiers_sold"] == 0.0
    assert found["coverage_models"] == pytest.approx(1 / 3)
    undefined = ("hhi_revenue", "hhi_users", "markup_mean", "coverage_users", "coverage_flop")
    undefined += ("price_ratio_top_bottom", "same_product_share", "open_weight_share", "depth_mean")
    assert all(math.isnan(found[name]) for name in undefined)


def test_nothing_dangerous_is_undefined_not_zero() -> None:
    for what in ("coverage", "visibility"):
        for weight in ("flop", "users", "models"):
            assert math.isnan(value(f"{what}_{weight}", oversight__danger_oom=30.0))
    assert value("rule_overreach", oversight__danger_oom=30.0) == 1.0
    assert math.isnan(value("rule_overreach", {"labs": {"covered": np.zeros(4, bool)}}))


def test_runs_that_stop_short_of_the_line() -> None:
    """Only runs from scratch, of the last year, within a tenth of an order of magnitude count."""

    def near(line: float, *models: tuple[float, int, int, int]) -> float:
        made = columns("training_flop step built_on checkpoint_of", *((10.0**f, *m) for f, *m in models))
        rules = columns("rule threshold", ("training-threshold", line))
        return value("runs_just_below_line", {"models": made, "regulators": rules})

    last = (7, -1, -1)
    runs = [(24.95, *last), (25.0, *last), (25.05, *last), (24.92, 6, -1, -1)]
    away = [(25.2, *last), (24.7, *last), (24.95, 5, -1, -1), (24.95, 7, 3, -1), (24.95, 7, -1, 3)]
    assert near(25.0, *runs, *away) == 1 / 2  # the line itself is no longer below it
    assert near(24.99, *runs, *away) == 1 / 2 and near(24.99, *runs[2:], *away) == 1 / 2
    assert near(25.1, *runs[:3]) == pytest.approx(1.0) and near(24.9, *runs[:1]) == 0.0
    assert math.isnan(near(26.0, *runs))
    other = columns("rule threshold", ("disclosure", 25.0))
    assert math.isnan(value("runs_just_below_line", {"regulators": other}))


def test_human_level_keeps_its_first_step() -> None:
    known = {"human_level_step": [NAN, NAN, 2.0, 2.0]}
    assert value("human_level_step", history=known) == 2.0
    assert value("human_level_step", history=known, technology__human_level_oom=40.0) == 2.0
    not_yet = {"human_level_step": [NAN] * 7}
    assert value("human_level_step", history=not_yet) == 7.0
    assert math.isnan(value("human_level_step", history=not_yet, technology__human_level_oom=40.0))
    assert math.isnan(value("human_level_cost_ratio", technology__human_level_oom=40.0))


def test_reaction_lag_counts_from_the_first_danger_to_the_first_cover() -> None:
    uncovered = {"labs": {"covered": np.zeros(4, bool)}}
    waiting = {"coverage_models": [NAN, NAN, 0.0, 0.0]}
    assert math.isnan(value("reaction_lag_steps", uncovered, history=waiting))
    assert value("reaction_lag_steps", history=waiting) == 2.0
    over = {"coverage_models": [NAN, 0.0, NAN, 0.0, 0.5, 0.0, 0.7]}  # it may go and come back
    assert value("reaction_lag_steps", uncovered, history=over) == 3.0
    assert math.isnan(value("reaction_lag_steps", oversight__danger_oom=30.0))


def test_observer_extrapolates_two_years_by_least_squares() -> None:
    """Half-year steps: up to four values, the last a year old, and a line through them."""
    seen = [24.0, 24.5, 24.5, 26.0]  # slope .6 a step through 24.75 in the middle
    past = [5.0, *seen, 9.0]
    error = value("observer_forecast_error_oom", history={"frontier_capability_oom": past})
    assert error == pytest.approx(27.5 - (24.75 + 0.6 * 3.5))
    error = value("observer_forecast_error_oom", history={"frontier_capability_oom": past[2:]})
    assert math.isnan(error)
    exact = [27.5 - 0.3 * (k + 1) for k in range(9)][::-1]
    error = value("observer_forecast_error_oom", history={"frontier_capability_oom": exact})
    assert error == pytest.approx(0.0, abs=1e-9)


def test_self_hosting_is_not_sale_but_is_use() -> None:
    """Were Beta's deepest tier sold by Beta, the frontier would be there."""
    sold = {"tiers": {"self_hosted": np.zeros(9, bool)}}
    assert value("frontier_capability_oom", sold) == 28.0
    assert value("weights_replacement_usd", sold) == pytest.approx(4e7)
    closed = {"tiers": {"open_weights": np.zeros(9, bool)}}
    assert value("open_weight_share", closed) == pytest.approx(9 / 200.2)


def test_continuous_training_counts_one_step() -> None:
    fleet = 8e25 / (0.5 * YEAR_S)
    copies = value("copies_at_frontier", technology__training_years=0.0)
    assert copies == pytest.approx(fleet * 5 / (2 * 4e11 * 10 * 100))


def test_thresholds_are_shares_of_the_right_whole() -> None:
    # 1 of 251 users is less than half a percent
    assert value("labs_active", {"labs": {"users": np.array([90.0, 160.0, 1.0, 0.0])}}) == 2.0
    # 10 000 users of an open tier do not push closed ones below 1 % of closed users
    crowd = np.array([90.0, 9.0, 60.0, 1.0, 10_000.0, 30.0, 0.2, 4.0, 5.0])
    assert value("tiers_sold", {"tiers": {"users": crowd}}) == 5.0
    # but the price range is that of all whom labs serve: 90 of 10 159 is too few
    assert value("price_cheapest_usd_month", {"tiers": {"users": crowd}}) == 1.0
    # at human level means reaching it
    assert value("human_level_step", technology__human_level_oom=28.6) == 7.0
    assert math.isnan(value("human_level_step", technology__human_level_oom=28.6001))


def test_cells_without_people_do_not_count() -> None:
    nobody = {"population": np.array([50.0, 0.0, 200.0]), "surplus_usd": np.array([40, NAN, 2.0])}
    assert value("consumer_surplus_usd", {"users": nobody}) == 2400.0
    rows = tables()["purchases"]
    none_deep = {"users": np.where(rows["tier"] == 8, 0.0, rows["users"])}
    assert value("same_product_share", {"purchases": none_deep}) == pytest.approx(9 / 165)
    without = np.where(GOT[2] == 28, 0, GOT[0])
    expected = pairwise_gini(GOT[2] - 24, without)
    assert value("capability_gini", {"purchases": none_deep}) == pytest.approx(expected)
    poor = {"users": {"wealth_usd": np.array([1e6, 1e5, 0.0])}}
    assert math.isnan(value("price_wealth_slope", poor))
    assert math.isnan(value("capability_wealth_slope", poor))


def test_same_product_allows_a_hundredth_of_an_oom() -> None:
    level = tables()["tiers"]["capability_oom"]
    level[0], level[2] = 27.995, 27.985
    assert value("same_product_share", {"tiers": {"capability_oom": level}}) == 94 / 169


def test_labs_may_number_their_own_tiers() -> None:
    rows = tables()
    for table in ("tiers", "purchases"):
        rows[table]["tier"] = np.where(rows[table]["tier"] == 5, 1, rows[table]["tier"])
    found = compute(Snapshot(rows, PARAMETERS), ["capability_gini", "price_wealth_slope"])
    for name, number in found.items():
        assert number == pytest.approx(EXPECTED[name]), name


def test_the_first_row_may_be_the_frontier() -> None:
    rows = {name: {k: v[:1] for k, v in part.items()} for name, part in tables().items()}
    rows["labs"]["lab"], rows["models"]["model"] = np.array([2]), np.array([21])
    names = ["frontier_capability_oom", "weights_replacement_usd", "copies_at_frontier"]
    copies = 1e24 / (0.25 * YEAR_S) * 5 / (2 * 1e11 * 10)
    expected = dict(zip(names, [26.0, 2e6, copies], strict=True))
    assert compute(Snapshot(rows, PARAMETERS), names) == pytest.approx(expected)


def test_a_site_without_a_block_is_one_block() -> None:
    for block in ([0.0, 250.0, 150.0], [NAN, 250.0, 150.0]):
        assert value("largest_site_mw", {"data_centres": {"block_mw": np.array(block)}}) == 300.0
    rows = tables()
    del rows["data_centres"]["block_mw"]
    found = compute(Snapshot(rows, PARAMETERS), ["largest_site_mw", "power_hhi"])
    assert found == pytest.approx({"largest_site_mw": 600.0, "power_hhi": 0.46})


def test_money_flop_and_heads_may_have_any_unit() -> None:
    """P23: what has no dimension does not move when units change."""
    scaled = tables()
    for rows in scaled.values():
        for name in rows:
            if name.endswith("_usd"):
                rows[name] = rows[name] * 1e-7
            if name in {"users", "population"}:
                rows[name] = rows[name] * 1e9
            if name.endswith("_flop") or name == "training_flop_used":
                rows[name] = rows[name] * 1e-24
    scaled["regulators"]["threshold"] = scaled["regulators"]["threshold"] - 24.0
    found = compute(Snapshot(scaled, PARAMETERS | {"technology.wall_oom": 25.5 - 24.0}))
    for name, record in registry().items():
        if record.unit in {"share", "ratio", "ln/ln", "index 0-1", "labs", "tiers"}:
            assert found[name] == pytest.approx(EXPECTED[name], rel=1e-9), name


def test_names_are_checked_and_order_is_kept() -> None:
    snapshot = Snapshot(tables(), PARAMETERS)
    assert list(compute(snapshot, ["hhi_users", "adoption"])) == ["hhi_users", "adoption"]
    assert list(compute(snapshot)) == list(registry())
    families = [record.family for record in registry().values()]
    assert families == sorted(families)
    with pytest.raises(ScenarioError, match="did you mean 'hhi_users'"):
        compute(snapshot, ["hhi_user"])


def test_faults_of_a_snapshot_say_what_is_missing() -> None:
    with pytest.raises(KeyError, match=r"'labs'.*'users'"):
        compute(Snapshot({"labs": {"lab": [1]}}), ["hhi_users"])
    with pytest.raises(KeyError, match="rental_usd_per_flop"):
        compute(Snapshot({}), ["compute_price_usd_per_flop"])


def test_a_metric_needs_a_docstring_and_one_home() -> None:
    def bare(snapshot: Snapshot) -> float:
        return 0.0

    with pytest.raises(TypeError, match="docstring"):
        metric(unit="-")(bare)
    twin = _twin()
    with pytest.raises(ValueError, match="hhi_users"):
        metric(unit="-")(twin)


def _twin() -> Any:
    def hhi_users(snapshot: Snapshot) -> float:
        """Another one."""
        return 0.0

    registry()
    return hhi_users


def test_metrics_read_columns_of_the_schema_only() -> None:
    for table, rows in tables().items():
        assert set(rows) <= {column.name for column in TABLES[table]}, table


def test_lists_serve_as_columns() -> None:
    lists = {name: {k: v.tolist() for k, v in rows.items()} for name, rows in tables().items()}
    assert compute(Snapshot(lists, PARAMETERS)) == pytest.approx(EXPECTED, rel=1e-9, abs=1e-12, nan_ok=True)


# -- stored results ------------------------------------------------------------------------------


def _frames() -> dict[str, pd.DataFrame]:
    frames = {}
    for name, rows in tables().items():
        now = pd.DataFrame(rows)
        frames[name] = now if name == "models" else now.assign(step=7)
    past = {"frontier_capability_oom": [20.0, 20, 20, 24, 20, 20, 20, 27.5]}
    frames["metrics"] = pd.DataFrame({"step": range(8), **past, "date": ""})
    return frames


def test_stored_tables_at_a_step() -> None:
    snapshot = Snapshot.from_tables(_frames(), 7, PARAMETERS)
    assert snapshot.step == 7
    assert list(snapshot.past("frontier_capability_oom")) == [20, 20, 20, 24, 20, 20, 20]
    told = {  # by what has gone before
        "release_jump_oom": 7.5,
        "observer_forecast_error_oom": 27.5 - (21.0 - 0.4 * 3.5),  # through 20, 24, 20, 20
        "internal_public_gap_months": 12 * 1.5 / (0.7 * 2),  # through 24, 20, 20, 20, 27.5
    }
    assert compute(snapshot) == pytest.approx(EXPECTED | told, rel=1e-9, abs=1e-12, nan_ok=True)


def test_stored_tables_show_no_model_before_its_release() -> None:
    frames = _frames()
    frames["models"]["step"] = 0
    for name in ("labs", "tiers"):
        frames[name] = frames[name].assign(step=1)
    early = compute(Snapshot.from_tables(frames, 1, PARAMETERS))
    assert early["frontier_training_flop"] == 1e25
    assert early["open_weight_gap_oom"] == pytest.approx(25.0 - 24.2)


def test_values_of_the_moment_are_filled_in() -> None:
    nested = {
        "horizon": {"step_years": 0.5},
        "technology": {"inference_efficiency_growth_oom": 0.4},
        "tasks": PARAMETERS["tasks"],
    }
    snapshot = Snapshot.from_tables(_frames(), 7, nested)
    assert snapshot.setting("inference_efficiency") == pytest.approx(10 ** (0.4 * 3.5))
    by_capacity = (4 * 1e-18 + 1 * 3e-18 + 5 * 3e-18) / 10
    assert snapshot.setting("rental_usd_per_flop") == pytest.approx(by_capacity)
    frames = _frames()
    frames["metrics"]["compute_price_usd_per_flop"] = 7e-18
    assert Snapshot.from_tables(frames, 7, nested).setting("rental_usd_per_flop") == 7e-18
    assert flatten(nested)["technology.inference_efficiency_growth_oom"] == 0.4


def test_a_step_takes_less_than_three_milliseconds() -> None:
    """30 labs, six tiers each, 500 purchases, 40 sites; generous bound for a busy machine."""
    rows = tables()
    sizes = {"labs": 30, "tiers": 180, "purchases": 500, "data_centres": 40}
    for name, size in sizes.items():
        rows[name] = {k: np.resize(v, size) for k, v in rows[name].items()}
    rows["labs"]["lab"], rows["tiers"]["tier"] = np.arange(30), np.arange(180)
    compute(Snapshot(rows, PARAMETERS))
    best = math.inf
    for _ in range(10):
        start = time.perf_counter()
        compute(Snapshot(rows, PARAMETERS))
        best = min(best, time.perf_counter() - start)
    assert best < 0.02


# -- indices against known distributions (P01) ----------------------------------------------------


@pytest.mark.parametrize(
    ("n", "expected"),
    [
        (5, 0.28072886142042736),
        (10, 0.18064971668708338),
        (20, 0.12331554852573519),
        (100, 0.060760000615637674),
    ],
)
def test_hhi_of_zipf_sizes(n: int, expected: float) -> None:
    assert hhi(1.0 / np.arange(1, n + 1)) == pytest.approx(expected, rel=1e-12)
    assert hhi(7e30 / np.arange(n, 0, -1)) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("n", "alpha"), [(10, 1.0), (10, 0.5), (5, 2.0)])
def test_hhi_of_dirichlet_shares(n: int, alpha: float) -> None:
    draws = np.random.default_rng(1).dirichlet(np.full(n, alpha), 4000)
    found = np.array([hhi(shares) for shares in draws])
    error = found.std() / np.sqrt(found.size)
    assert found.mean() == pytest.approx((1 + alpha) / (1 + n * alpha), abs=4 * error)


@pytest.mark.parametrize(("n", "users", "expected"), [(5, 100, 0.208), (10, 1000, 0.1009), (20, 50, 0.069)])
def test_hhi_of_random_choice(n: int, users: int, expected: float) -> None:
    counts = np.random.default_rng(2).multinomial(users, np.full(n, 1 / n), 4000)
    found = np.array([hhi(count) for count in counts])
    assert found.mean() == pytest.approx(expected, abs=4 * found.std() / np.sqrt(found.size))


def test_hhi_of_a_sample_is_biased_as_the_theory_says() -> None:
    shares, users = np.array([0.4, 0.3, 0.2, 0.1]), 5000
    counts = np.random.default_rng(3).multinomial(users, shares, 40_000)
    found = np.array([hhi(count) for count in counts])
    assert hhi(shares) == pytest.approx(0.3)
    error = found.std() / np.sqrt(found.size)
    assert found.mean() - hhi(shares) == pytest.approx(0.00014, abs=4 * error)
    assert 4 * error < 0.00014  # the test would see that there is a bias
    assert found.std() == pytest.approx(0.002828427124746189, rel=0.02)


@pytest.mark.parametrize(("sigma", "limit"), [(0.5, 1.2840254166877414), (1.0, 2.718281828459045)])
def test_hhi_of_lognormal_sizes(sigma: float, limit: float) -> None:
    n = 1_000_000
    sizes = np.random.default_rng(4).lognormal(0.0, sigma, n)
    assert n * hhi(sizes) == pytest.approx(limit, rel=0.02)


def test_hhi_at_its_bounds() -> None:
    assert hhi([3.0] * 8) == pytest.approx(1 / 8)
    assert hhi([0.0, 5.0, 0.0]) == 1.0
    assert math.isnan(hhi([])) and math.isnan(hhi([0.0, 0.0]))


def test_gini_against_pairs_and_closed_forms() -> None:
    rng = np.random.default_rng(5)
    x, w = rng.pareto(2.5, 60), rng.uniform(0.1, 3, 60)
    assert gini(x, w) == pytest.approx(pairwise_gini(x, w), rel=1e-12)
    assert gini(x) == pytest.approx(pairwise_gini(x, np.ones(60)), rel=1e-12)
    assert gini([2.0, 2.0, 2.0]) == pytest.approx(0.0, abs=1e-15)
    assert gini([0.0, 1.0], [3.0, 1.0]) == pytest.approx(0.75)
    ranks = (np.arange(200_000) + 0.5) / 200_000
    assert gini((1 - ranks) ** (-1 / 3.0)) == pytest.approx(0.2, abs=1e-3)  # Pareto, 1/(2a-1)
    assert math.isnan(gini([])) and math.isnan(gini([0.0, 0.0]))


def test_small_measures() -> None:
    assert weighted_mean([1.0, NAN, 4.0, 9.0], [1.0, 5.0, 2.0, 0.0]) == 3.0
    assert weighted_slope([0, 1, 2], [1, 3, 5], [1, 7, 2]) == pytest.approx(2.0)
    assert weighted_slope([0, 1, 2, 3], [1, 3, 5, NAN], [1, 7, 2, 1]) == pytest.approx(2.0)
    assert math.isnan(weighted_slope([2, 2], [1, 5], [1, 1]))
    assert top([1.0, NAN, 3.0, np.inf]) == 3.0 and math.isnan(top([NAN]))
    assert list(sums_by([4, 2, 4], [1.0, 5.0, 2.0])) == [5.0, 3.0]
    rows = look_up(np.array([30, 10, 20]), np.array([10, 99, 30, 5]))
    assert list(rows) == [1, -1, 0, -1]
    assert list(pick(np.array([7.0, 8.0, 9.0]), rows)[[0, 2]]) == [8.0, 7.0]


def test_menus_are_compared_inside_a_lab_and_weighed_by_users() -> None:
    """With Beta's tier large enough its menu of one counts with ratio one: 10^(99 / 199)."""
    users = np.array(tables()["tiers"]["users"])
    users[np.array(tables()["tiers"]["tier"]) == 5] = 100.0
    changed = {"tiers": {"users": users}}
    assert value("menu_price_ratio", changed) == pytest.approx(10.0 ** (99 / 199))
    crowd = np.where(users == 100.0, 1e6, users)  # Alpha's are next to nothing beside it, and count
    assert value("menu_price_ratio", {"tiers": {"users": crowd}}) == pytest.approx(
        10.0 ** (99 / 1_000_099), abs=1e-9
    )
    few = np.array(tables()["tiers"]["users"])
    few[few == 9.0] = 0.9  # less than a hundredth of Alpha's own, though most of what others sell
    assert value("menu_price_ratio", {"tiers": {"users": few}}) == pytest.approx(1.0)
    assert value("price_ratio_top_bottom", changed) == pytest.approx(100.0)  # between labs, too
    assert math.isnan(value("menu_price_ratio", {"tiers": {"price_usd": np.zeros(users.size)}}))
