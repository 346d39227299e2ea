"""No dead knobs: every parameter changes some number under its declared condition, and none without it.

A parameter is tried on a base scenario in which its mechanism is at work, for at most ten steps; the runs
are compared step by step until they differ. What merely repeats the parameter (the name of a lab, the
threshold in the regulators' table) does not count as a difference.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

import pytest

from model import Industry, Scenario
from model.parameters import Parameter
from model.record_frames import rows_of
from model.rulebook import fields_of_policies
from model.scenario import parameters
from tests.support.small import small, theory

STEPS = 10
SEED = 3
NAME = "names are for people: they appear in the tables and decide nothing"
EXEMPT = {
    "horizon.steps": "tested below: it says when to stop",
    "users.agent_limit": "tested below: how many slots are also Mesa agents, which nothing may read",
    "tasks[].name": NAME,
    "labs.symmetric.name": NAME,
    "labs.explicit[].name": NAME,
    "compute.sites[].name": NAME,
}
# columns that repeat a parameter
ECHO = {"name", "strategy", "agent", "text", "option", "threshold", "rule", "regulator"}

TWO_ATOMS = {
    "users.wealth.atoms": [20_000.0, 80_000.0],
    "users.wealth.atom_weights": [0.5, 0.5],
    "users.quality_tastes": [1.0, 1.0],
}
SITES = [
    {"name": f"Site {i}", "owner": owner, "region": region, "power_mw": mw, "block_mw": mw / 2}
    for i, (owner, region, mw) in enumerate(
        [("market", "US", 150.0), ("market", "EU", 400.0), ("Lab 1", "CN", 250.0)]
    )
]
LISTED = [
    {
        "name": f"Lab {i}",
        "appeal": 1.0 - i,
        "training_flop": 2e25,
        "algorithms_oom": -0.1 * i,
        "cash_usd": 1e9,
        "open_weights": i == 2,
        "tiers": [{"depth": 1.0, "price_usd": 30.0}, {"depth": 10.0, "price_usd": 60.0}],
    }
    for i in range(3)
]
ABSTRACT = [
    {
        "name": f"Lab {i}",
        "tiers": [{"depth": 2.0, "cost_usd": 0.2, "capability_oom": 2.0 + i, "price_usd": 1.0}],
    }
    for i in range(2)
]
POOR = {
    "labs.overhead_usd_year": 4e9,
    "labs.initial_round_usd": 1e8,
    "labs.parent_budget_usd_year": 3e8,
    "labs.credit_multiple": 0.5,
}
DISTILLING = {
    "technology.distillation.max_rounds": 3,
    "technology.distillation.retention": 0.5,
    "technology.distillation.samples": 1e6,
    "technology.distillation.fine_tune_share": 0.01,
}
RULE_NOW = {"regulation.0.start_year": 0.0, "oversight.sight_mw": 20.0}
CHEATING = RULE_NOW | {
    "regulation.0.fine_usd": 2e6,
    "regulation.0.fine_turnover_share": 0.0,
    "regulation.0.report_cost_usd": 2e8,
}
GAME = CHEATING | {"regulation.0.audit_rule": "game", "regulation.0.audits_per_year": 40.0}
# Labs that publish, and malicious actors who can pay for a tenth of a training run.
BARRED = {"labs.data_count": 8, "open_weights.models_considered": 30, "misuse.budget_usd_year": 1e7}
# Methods come thick and fast, and some hold weights that small means can tune.
INVENTING = {
    "labs.data_count": 8,
    "misuse.lab_innovations_year": 6.0,
    "misuse.small_innovations_year": 100.0,
}
HARMING = {"misuse.attempts_year": 1.0}
# One rule of a policy that bites, the regime in which it does and changes to it.
POLICY: dict[str, tuple[dict[str, Any], str, dict[str, Any]]] = {
    "effective-compute": ({"effective_oom": 26.2}, "inference-at-deployment", {}),
    "hybrid-threshold": ({"hybrid_oom": 26.5}, "inference-at-deployment", {}),
    "revenue-rule": ({}, "pretraining", {}),
    "inference-kyc": ({"kyc_flop_quarter": 1e18}, "pretraining", {}),
    "data-centre-licensing": ({"licence_mw": 20.0}, "pretraining", {"oversight.sight_mw": 1e12}),
    "power-carrot": (
        {"permit_boost": 10.0},
        "pretraining",
        {"compute.permit_hazard_year": 0.2, "compute.build_years": 0.25},
    ),
    "price-cap": ({"price_cap_usd_month": 8.0}, "pretraining", {}),
    "voucher": ({"voucher_income_usd_year": 1e5}, "pretraining", {}),
    "open-weight-restriction": ({}, "pretraining", {}),
    "pre-release-evaluation": ({"evaluation_limit_oom": 27.0}, "inference-at-deployment", {}),
    "tamper-resistance": ({}, "inference-at-deployment", BARRED),
    "compute-tax": ({}, "pretraining", {}),
    "training-cap": ({"training_cap_oom": 25.5}, "pretraining", {}),
    "internal-reporting": ({}, "inference-in-training-explosive", DISTILLING),
    "merger-review": ({"merger_limit": 1.0}, "pretraining", POOR | {"labs.data_count": 8}),
}
STEALING = {
    "security.attempts_year": 20.0,
    "security.leak_probability": 1.0,
    "security.illicit_appeal": 4.0,
    "security.first_level_usd_year": 1e4,
    "security.attack_cost_usd": 1e9,
    "security.attack_ratio": 1e5,
}
DRIFT = {
    "parameter": "technology.inference_exponent",
    "start_year": 0.25,
    "end_year": 2.0,
    "value": 0.7,
}


def _base(name: str) -> Scenario:
    match name:
        case "plain":
            return small()
        case "wall":
            return small("inference-at-deployment")
        case "linear":
            return small(changes={"users.link": "linear"})
        case "distilling":
            return small("inference-in-training-explosive", DISTILLING)
        case "drifting":
            return small().override({"drift": [DRIFT]})
        case "lumped":
            return small(changes={"users.types": 40})
        case "atoms":
            return small(changes=TWO_ATOMS)
        case "symmetric":
            return small(changes={"labs.start": "symmetric", "labs.count": 3, "compute.price": 1.4e-18})
        case "listed":
            return small(changes={"labs.start": "list", "labs.explicit": LISTED, "compute.price": 1.4e-18})
        case "abstract":
            return theory(ABSTRACT)
        case "sites":
            return small(changes={"labs.start": "list", "labs.explicit": LISTED, "compute.sites": SITES})
        case "growing":  # sites small enough for permits to matter, that open soon and pay
            return small(
                changes={
                    "labs.start": "list",
                    "labs.explicit": LISTED,
                    "compute.sites": SITES,
                    "compute.build_years": 0.25,
                }
            )
        case "slow":  # permits that are worth a new site
            return small(changes={"compute.permit_hazard_year": 0.3, "compute.founding_usd": 1e6})
        case "scaling":
            return small(changes={"compute.serving_scale": 0.3})
        case "partnered":  # short of money, with a margin that a partner can see
            return small(changes=POOR | {"labs.data_count": 8, "labs.credit_multiple": 0.0})
        case "smooth":
            return small(changes={"labs.training_mode": "continuous", "compute.price": 1.4e-18})
        case "poor":
            return small(changes=POOR)
        case "tired":  # rich enough to go on, without prospects
            return small(changes={"labs.overhead_usd_year": 3e9, "labs.initial_round_usd": 3e10})
        case "broke":
            return small(changes=POOR | {"labs.hard_budget": True, "labs.initial_round_usd": 1e10})
        case "entering":
            return small(changes={"labs.entry_hazard_year": 40.0})
        case "entering for persons":
            return small(changes={"labs.entry_hazard_year": 12.0, "users.business_share": 0.0})
        case "crowded":
            return small(changes={"labs.entry_hazard_year": 40.0, "labs.limit": 6})
        case "deep":  # no audits: from the first one on the regulator believes what it has measured
            return small("inference-at-deployment", RULE_NOW | {"regulation.0.audits_per_year": 0.0})
        case "ruled":
            return small(changes=RULE_NOW)
        case "cheating":  # deep tiers, and labs that would rather not report
            return small("inference-at-deployment", CHEATING)
        case "experimenting":
            return small(changes={"labs.price_rule": "gradient"})
        case "misjudging":
            return small(changes={"users.perception_noise_oom": 0.4})
        case "game":  # audits while the damage of a breach is worth their cost
            return small("inference-at-deployment", GAME)
        case "lazy":  # it would not be worth it, but the rule does not ask
            changes = CHEATING | {"regulation.0.breach_damage_usd": 1.0}
            return small("inference-at-deployment", changes)
        case "adapting":
            return small(changes=RULE_NOW | {"regulation.0.adaptation_per_year": 1.0})
        case "dear":  # worth leaving a region for
            dear = {"regulation.0.report_cost_usd": 1e13, "regulation.0.fine_usd": 1e14}
            return small(changes=RULE_NOW | dear)
        case "distilling under a rule":  # as much compute in a round as in half a run
            share = {"technology.distillation.fine_tune_share": 0.5, "regulation.0.threshold_oom": 25.7}
            return small("inference-in-training-explosive", DISTILLING | RULE_NOW | share)
        case policy if policy in POLICY:
            fields, regime, changes = POLICY[policy]
            rule = {"policy": policy, "start_year": 0.0, **fields}
            return small(regime, changes).override({"regulation": [rule]})
        case "open":  # more labs, so that some publish, and thieves that matter
            return small(changes={"labs.data_count": 8, "open_weights.models_considered": 30})
        case "several strategies":
            return small(changes={"labs.strategies": ["fixed", "incumbent"]})
        case "agile":
            return small("inference-at-deployment", {"labs.strategy": "agile"})
        case "stealing":
            return small(changes=STEALING)
        case "researching":  # models that are worth their compute to research
            return small(changes={"internal.research_elasticity": 0.4, "technology.human_level_oom": 27.0})
        case "inventing":
            return small("inference-at-deployment", INVENTING)
        case "harming":
            return small("inference-at-deployment", HARMING)
        case "human":
            return small("inference-at-deployment", {"technology.human_level_oom": 27.0})
    raise KeyError(name)


# Parameter -> base and new value (a dict: several changes at once). The rest is tried on "plain" with a
# value made from its range.
AT: dict[str, tuple[str, Any]] = {
    "horizon.start": ("plain", datetime.date(2024, 6, 30)),
    "technology.wall_oom": ("wall", 26.0),
    "technology.inference_span_oom": ("wall", 3.0),
    "technology.verifiable_weight": ("wall", 0.7),
    "technology.minimum_depth": ("plain", 2.0),
    "technology.human_level_oom": ("human", 25.5),
    "technology.distillation.retention": ("distilling", 0.6),
    "technology.distillation.retention_spread": ("distilling", 0.4),
    "technology.distillation.decay": ("distilling", 0.9),
    "technology.distillation.max_rounds": ("distilling", 1),
    "technology.distillation.amplifier_exponent": ("distilling", 0.8),
    "technology.distillation.amplifier_span_oom": ("distilling", 5.0),
    "technology.distillation.samples": ("distilling", 2e6),
    "technology.distillation.fine_tune_share": ("distilling", 0.02),
    "technology.distillation.carry_over": ("distilling", 0.9),
    "technology.distillation.acceleration": ("distilling", 0.3),
    "technology.distillation.elsewhere": ("distilling", 1.0),
    "technology.release_spillover": ("distilling", 0.0),
    "internal.release_usd": ("plain", 5e7),
    "internal.research_elasticity": ("plain", 0.4),
    "internal.researchers": ("researching", 1000.0),
    "internal.fishing_out": ("researching", 0.9),
    "internal.rediscovery": ("researching", 0.2),
    "labs.adapt.internal": ("plain", False),
    "tasks[].human_offset_oom": ("human", {f"tasks.{i}.human_offset_oom": -0.7 for i in range(8)}),
    "tasks[].wage_usd": ("human", {f"tasks.{i}.wage_usd": 55.0 for i in range(8)}),
    "tasks[].danger": ("wall", {"tasks.6.danger": 0.9}),
    "tasks[].hours": ("human", {f"tasks.{i}.hours": 5.5 for i in range(8)}),
    "users.demand": ("plain", "deterministic"),
    "users.engine": ("lumped", "lumped"),
    "users.types": ("plain", 50),
    "users.quality_taste_spread": ("plain", 0.5),
    "users.quality_tastes": ("atoms", [1.0, 1.5]),
    "users.wealth.atoms": ("atoms", [20_000.0, 90_000.0]),
    "users.wealth.atom_weights": ("atoms", [0.4, 0.6]),
    "users.reference_oom": ("linear", 24.5),
    "users.perception_noise_oom": ("plain", 0.3),
    "users.perception_reports_year": ("misjudging", 1.0),
    "users.consideration": ("plain", 1),
    "users.outside_utility": ("plain", 0.5),
    "labs.data_count": ("plain", 5),
    "labs.start": ("plain", {"labs.start": "symmetric", "compute.price": 1.4e-18}),
    "labs.count": ("symmetric", 4),
    "labs.symmetric.appeal": ("symmetric", 0.5),
    "labs.symmetric.training_flop": ("symmetric", 3e25),
    "labs.symmetric.algorithms_oom": ("symmetric", -0.5),
    "labs.symmetric.cash_usd": ("symmetric", 2e9),
    "labs.symmetric.open_weights": ("symmetric", True),
    "labs.symmetric.tiers[].depth": ("symmetric", 3.0),
    "labs.symmetric.tiers[].price_usd": ("symmetric", 50.0),
    "labs.symmetric.tiers[].cost_usd": ("symmetric", 5.0),
    "labs.symmetric.tiers[].capability_oom": ("symmetric", 26.5),
    "labs.explicit": ("listed", LISTED[:2]),
    "labs.explicit[].appeal": ("listed", 1.5),
    "labs.explicit[].training_flop": ("listed", 3e25),
    "labs.explicit[].algorithms_oom": ("listed", -0.5),
    "labs.explicit[].cash_usd": ("listed", 2e9),
    "labs.explicit[].open_weights": ("listed", True),
    "labs.explicit[].tiers[].depth": ("listed", 3.0),
    "labs.explicit[].tiers[].price_usd": ("listed", 50.0),
    "labs.explicit[].tiers[].cost_usd": ("abstract", 0.3),
    "labs.explicit[].tiers[].capability_oom": ("abstract", 2.5),
    "labs.symmetric.strategy": ("symmetric", "fixed"),
    "labs.explicit[].strategy": ("listed", "fixed"),
    "labs.strategy": ("plain", "fixed"),
    "labs.strategies": ("plain", ["fixed", "niche"]),
    "labs.strategy_lot": ("several strategies", True),
    "labs.entrant_strategy": ("entering", "fixed"),
    "labs.agile_gain": ("agile", 0.9),
    "labs.agile_attention": ("agile", 0.25),
    "labs.limit": ("crowded", 7),
    "labs.adapt.distillation": ("distilling", False),
    "labs.adapt.compliance": ("cheating", False),
    "labs.adapt.exit": ("poor", False),
    "labs.entry_rule": ("entering for persons", "symmetric"),
    "labs.training_mode": ("plain", "continuous"),
    "labs.menu_cost_usd": ("plain", 1e5),
    "labs.price_experiment": ("experimenting", 0.03),
    "labs.price_reach": ("experimenting", 0.1),
    "labs.training_damping": ("smooth", 0.3),
    "labs.training_user_cost": ("smooth", 2.0),
    "labs.training_step_oom": ("plain", 0.2),
    "labs.research_sample": ("plain", 90),
    "labs.screening_sample": ("plain", 60),
    "labs.exit_patience_years": ("tired", 0.5),
    "labs.hard_budget": ("poor", True),
    "labs.credit_multiple": ("poor", 1.0),
    "labs.parent_budget_usd_year": ("poor", 1e9),
    "labs.initial_round_usd": ("poor", 5e8),
    "labs.entrant_capital_usd": ("entering", 3e9),
    "labs.entrant_capital_sigma": ("entering", 0.5),
    "labs.entry_cost_usd": ("entering", 2e8),
    "labs.entrant_appeal": ("entering", 0.5),
    "open_weights.depths": ("plain", [1.0, 5.0]),
    "open_weights.complement_share": ("open", 0.6),
    "open_weights.build_share": ("open", 0.2),
    "open_weights.build_years": ("open", 0.5),
    "open_weights.old_revenue_share": ("open", 0.0),
    "labs.adapt.openness": ("open", False),
    "security.theft": ("stealing", False),
    "security.attempts_year": ("stealing", 10.0),
    "security.attack_cost_usd": ("stealing", 1e8),
    "security.attack_ratio": ("stealing", 1e4),
    "security.first_level_usd_year": ("stealing", 3e4),
    "security.leak_probability": ("stealing", 0.5),
    "security.illicit_appeal": ("stealing", 0.0),
    "misuse.actors": ("plain", 400),
    "misuse.detection": ("wall", 0.5),
    "misuse.account_usd": ("wall", 5e4),
    "misuse.accounts_year": ("wall", 0.0),
    "misuse.setup_hours": ("wall", 1e4),
    "misuse.node_usd_hour": ("wall", 2e4),
    "misuse.node_parameters": ("wall", 1e9),
    "misuse.attempts_year": ("harming", 0.0),
    "misuse.notice_probability": ("harming", 0.0),
    "misuse.test_depth": ("wall", 1000.0),
    "misuse.gap_years": ("wall", 0.5),
    "misuse.probe_usd": ("wall", 200.0),
    "misuse.mitigation_usd": ("pre-release-evaluation", 1e9),
    "misuse.mitigation_years": ("pre-release-evaluation", 1.0),
    "misuse.innovation_oom": ("inventing", 0.3),
    "misuse.lag_years": ("inventing", 1.0),
    "misuse.parallel_returns": ("inventing", 1.0),
    "misuse.start_reasoning": ("wall", True),
    "misuse.unlock_oom": ("wall", 0.5),
    "compute.price": ("plain", 1.4e-18),
    "compute.price_decline_oom": ("listed", 0.16),
    "compute.sites[].owner": ("sites", "Lab 1"),
    "compute.sites[].region": ("sites", "CN"),
    "compute.sites[].power_mw": ("sites", 200.0),
    "compute.sites[].block_mw": ("sites", 60.0),
    "compute.sites[].usd_per_kwh": ("sites", 0.2),
    "compute.energy_efficiency_oom": ("growing", 0.16),
    "compute.chip_price_decline_oom": ("growing", 0.16),
    "compute.chip_usd": ("growing", 35_000.0),
    "compute.interest": ("growing", 0.15),
    "compute.load_factor": ("growing", 0.9),
    "compute.kw_per_chip": ("growing", 1.5),
    "compute.power_price_factor": ("growing", 2.0),
    "compute.expansion_limit": ("growing", 0.3),
    "compute.permit_hazard_year": ("growing", 1.0),
    "compute.permit_reference_mw": ("growing", 100.0),
    "compute.permit_regions": ("growing", [0.2, 0.2, 0.2, 0.2]),
    "compute.found_sites": ("slow", False),
    "compute.founding_usd": ("slow", 1e15),
    "compute.serving_scale": ("plain", 0.2),
    "compute.serving_scale_floor": ("scaling", 0.9),
    "finance.partner_share": ("partnered", 0.01),
    "finance.equity_limit": ("partnered", 0.0),
    "labs.partners": ("partnered", False),
    "labs.adapt.acquire": ("poor", False),
    "regulation[].policy": ("ruled", "compute-tax"),
    "regulation[].start_year": ("ruled", 0.5),
    "regulation[].end_year": ("ruled", 0.75),
    "regulation[].threshold_oom": ("ruled", 25.5),
    "regulation[].report_cost_usd": ("ruled", 1e7),
    "regulation[].delay_years": ("ruled", 0.25),
    "regulation[].fine_usd": ("cheating", 4e6),
    "regulation[].fine_turnover_share": ("cheating", 0.03),
    "regulation[].audits_per_year": ("cheating", 2.0),
    "regulation[].audit_finds": ("cheating", 0.8),
    "regulation[].adaptation_per_year": ("ruled", 0.5),
    "regulation[].regulator": ("cheating", "Somebody else"),
    "regulation[].regions": ("dear", ["EU"]),
    "regulation[].audit_rule": ("lazy", "game"),
    "regulation[].audit_cost_usd": ("game", 1e9),
    "regulation[].breach_damage_usd": ("game", 1.0),
    "regulation[].adaptation_quantile": ("adapting", 0.5),
    "regulation[].count_distillation": ("distilling under a rule", True),
    "regulation[].effective_oom": ("effective-compute", 30.0),
    "regulation[].depth_exponent": ("effective-compute", 1.0),
    "regulation[].hybrid_oom": ("hybrid-threshold", 25.5),
    "regulation[].post_trained_oom": ("hybrid-threshold", 26.5),
    "regulation[].post_trained_depth": ("hybrid-threshold", 1.0),
    "regulation[].revenue_usd_year": ("revenue-rule", 1e12),
    "regulation[].kyc_flop_quarter": ("inference-kyc", 1e20),
    "regulation[].licence_mw": ("data-centre-licensing", 1e9),
    "regulation[].licence_usd_year": ("data-centre-licensing", 1e7),
    "regulation[].site_tax_share": ("compute-tax", 0.3),
    "regulation[].permit_boost": ("power-carrot", 2.0),
    "regulation[].commitment_usd_year": ("power-carrot", 2e7),
    "regulation[].price_cap_usd_month": ("price-cap", 12.0),
    "regulation[].voucher_usd_month": ("voucher", 30.0),
    "regulation[].voucher_income_usd_year": ("voucher", 2e4),
    "regulation[].open_cap_oom": ("open-weight-restriction", 24.0),
    "regulation[].evaluation_depth": ("pre-release-evaluation", 10.0),
    "regulation[].evaluation_limit_oom": ("pre-release-evaluation", 28.5),
    "regulation[].tamper_share": ("tamper-resistance", 0.5),
    "regulation[].tax_share": ("compute-tax", 1.0),
    "regulation[].training_cap_oom": ("training-cap", 26.0),
    "regulation[].internal_reporting": ("internal-reporting", 1.0),
    "regulation[].merger_limit": ("merger-review", 0.0),
    "oversight.sight_mw": ("ruled", 200.0),
    "oversight.sight_large_mw": ("ruled", 1000.0),
    "oversight.sight_small_mw": ("ruled", 20.0),
    "oversight.prior_oom": ("ruled", 24.0),
    "oversight.belief_exponent": ("deep", 0.6),
    "oversight.belief_spread_oom": ("cheating", 0.5),
    "oversight.belief_gain": ("cheating", 0.5),
    "oversight.danger_oom": ("plain", 25.5),
    "drift[].parameter": ("drifting", "technology.training_exponent"),
    "drift[].start_year": ("drifting", 0.5),
    "drift[].end_year": ("drifting", 3.0),
    "drift[].value": ("drifting", 0.5),
}

# Declared condition -> base in which it does not hold. Then the parameter must change nothing at all.
UNLESS: dict[str, str] = {
    "perception_noise_oom > 0": "plain",
    "wall_slope < 1": "plain",
    "labs.adapt.internal": "released at once",
    "labs.adapt.internal and research_elasticity > 0": "plain",
    "inference_exponent > 0": "no depth",
    "parameters_exponent > 0": "software",
    "training_mode = grid": "smooth",
    "max_rounds > 0": "plain",
    "max_rounds > 0 and retention > 0": "no retention",
    "population_growth > 0": "steady",
    "demand = sampled": "",  # another demand refuses the lumped engine
    "business_share > 0": "persons",
    "business_share > 0 or small_innovations_year > 0": "persons who invent nothing",
    "link = irt": "linear",
    "no atoms": "atoms",
    "no atoms or business_share > 0": "persons with atoms",
    "no atoms and tail_share > 0": "no tail",
    "start = data": "listed",
    "start = symmetric": "plain",
    "adapt.entry": "closed",
    "strategies are listed": "plain",
    "some lab is agile": "plain",
    "adapt.price": "fixed",
    "adapt.price and price_rule = gradient": "plain",
    "adapt.depth": "shallow",
    "adapt.menu": "same menu",
    "training_mode = continuous": "plain",
    "not hard_budget": "broke",
    "adapt.exit": "no exit",
    "self_hosting": "hosted",
    "self_hosting or actors > 0": "hosted for all",
    "self_hosting and overhead > 0": "no overhead",
    "hosts or theft": "no hosts",
    "fringe or theft": "no fringe",
    "fringe": "no fringe",
    "fringe and labs.start = data": "no fringe",
    "fringe and training_mode = grid": "no fringe",
    "fringe and adapt.openness": "no fringe",
    "theft": "safe",
    "found_sites": "old sites",
    "serving_scale > 0": "plain",
    "labs.partners and labs.start = data": "alone",
    "actors > 0": "nobody bad",
    "actors > 0 and attempts_year > 0": "nobody bad",
    "a test with a limit": "wall",
    "innovations": "no methods",
    "small_innovations_year > 0": "no methods",
    "labs.start = data and not start_reasoning": "trained to reason",
    "labs.start = data": "sites",
    "price is a number": "plain",
    "audit_rule = game": "cheating",
    "adaptation_per_year > 0": "ruled",
}
UNLESS |= {f"policy = {name}": "" for name in fields_of_policies()}  # another one refuses the field
WITHOUT: dict[str, tuple[str, Mapping[str, Any]]] = {
    "released at once": ("plain", {"labs.adapt.internal": False}),
    "old sites": ("slow", {"compute.found_sites": False}),
    "alone": ("partnered", {"labs.partners": False}),
    "no depth": ("wall", {"technology.inference_exponent": 0.0}),
    "software": ("plain", {"technology.parameters_exponent": 0.0}),
    "no retention": ("distilling", {"technology.distillation.retention": 0.0}),
    "steady": ("plain", {"users.population_growth": 0.0}),
    "persons": ("plain", {"users.business_share": 0.0}),
    "persons who invent nothing": (
        "plain",
        {"users.business_share": 0.0, "misuse.small_innovations_year": 0.0},
    ),
    "hosted for all": ("plain", {"open_weights.self_hosting": False, "misuse.actors": 0}),
    "persons with atoms": ("atoms", {"users.business_share": 0.0}),
    "no tail": ("plain", {"users.wealth.tail_share": 0.0}),
    "closed": ("entering", {"labs.adapt.entry": False}),
    "fixed": ("plain", {"labs.adapt.price": False}),
    "shallow": ("plain", {"labs.adapt.depth": False}),
    "same menu": ("plain", {"labs.adapt.menu": False}),
    "no exit": ("poor", {"labs.adapt.exit": False}),
    "hosted": ("plain", {"open_weights.self_hosting": False}),
    "no overhead": ("plain", {"open_weights.overhead": 0.0}),
    "no hosts": ("plain", {"open_weights.hosts": False, "security.theft": False}),
    "no fringe": (
        "plain",
        {"open_weights.hosts": False, "open_weights.self_hosting": False, "security.theft": False},
    ),
    "safe": ("stealing", {"security.theft": False}),
    "nobody bad": ("wall", {"misuse.actors": 0}),
    "no methods": (
        "wall",
        {"misuse.lab_innovations_year": 0.0, "misuse.small_innovations_year": 0.0},
    ),
    "trained to reason": ("wall", {"misuse.start_reasoning": True}),
}

ALL = {p.key: p for p in parameters()}
LIVE = [key for key in ALL if key not in EXEMPT]
CONDITIONAL = [key for key in LIVE if UNLESS.get(ALL[key].when)]


class Course:
    """A run that goes only as far as it is asked to, as text by step."""

    def __init__(self, scenario: Scenario) -> None:
        self.industry = Industry(scenario, rng=SEED)
        self.told: list[dict[str, str]] = []
        self._note()

    def at(self, step: int) -> dict[str, str]:
        """What the tables say at a step."""
        while len(self.told) <= step:
            self.industry.step()
            self._note()
        return self.told[step]

    def _note(self) -> None:
        recorder = self.industry.recorder
        rows = {name: rows_of(frames[-1]) for name, frames in recorder.frames.items()}
        rows["metrics"] = recorder.metrics[-1:]
        self.told.append(
            {
                name: repr([[value for key, value in row.items() if key not in ECHO] for row in made])
                for name, made in rows.items()
            }
        )


COURSES: dict[str, Course] = {}


def course(name: str) -> Course:
    """The run of a base, made once."""
    if name not in COURSES:
        COURSES[name] = Course(scenario_of(name))
    return COURSES[name]


def scenario_of(name: str) -> Scenario:
    """A base by name."""
    if name in WITHOUT:
        base, changes = WITHOUT[name]
        return scenario_of(base).override(changes)
    return _base(name)


def another(parameter: Parameter, now: Any) -> Any:
    """A value that is plausible and not the present one."""
    if isinstance(now, bool):
        return not now
    if parameter.span is not None:
        far = max(parameter.span, key=lambda end: abs(end - now))
        return round(far) if isinstance(now, int) else float(far)
    if parameter.bounds.startswith("one of"):
        options = parameter.bounds.removeprefix("one of ").split(", ")
        return next(option for option in options if option != now)
    return now * 2 if isinstance(now, int) else now * 1.3


def changed(key: str, base: Scenario) -> dict[str, Any]:
    """What to override so that a parameter is another."""
    at = key.replace("[]", ".0")
    value = AT[key][1] if key in AT else another(ALL[key], base.value(at))
    return value if isinstance(value, dict) else {at: value}


def first_difference(base: str, changes: Mapping[str, Any], steps: int) -> tuple[int, list[str]] | None:
    """The first step at which some table differs, and which; None if none does."""
    other = Course(scenario_of(base).override(changes))
    for step in range(steps + 1):
        left, right = course(base).at(step), other.at(step)
        tables = [name for name in left if left[name] != right[name]]
        if tables:
            return step, tables
    return None


@pytest.mark.parametrize("key", LIVE)
def test_it_changes_something(key: str) -> None:
    base = AT[key][0] if key in AT else "plain"
    changes = changed(key, scenario_of(base))
    found = first_difference(base, changes, STEPS)
    assert found is not None, f"{key} is dead: {changes} changes nothing in {STEPS} steps of {base!r}"


@pytest.mark.parametrize("key", CONDITIONAL)
def test_it_changes_nothing_where_its_condition_does_not_hold(key: str) -> None:
    base = UNLESS[ALL[key].when]
    changes = changed(key, scenario_of(base))
    found = first_difference(base, changes, 3)
    assert found is None, f"{key} acts although not ({ALL[key].when}): step {found[0]}, {found[1]}"


def test_every_declared_condition_is_known() -> None:
    """A new condition needs a base here in which it does not hold."""
    assert {p.when for p in ALL.values() if p.when} <= set(UNLESS)


def test_exemptions_exist_and_are_few() -> None:
    assert set(EXEMPT) <= set(ALL) and set(AT) <= set(ALL) | {"labs.explicit"}
    assert len([key for key, why in EXEMPT.items() if why != NAME]) <= 2


@pytest.mark.parametrize(
    "key", ["tasks.0.name", "labs.explicit.0.name", "compute.sites.0.name", "labs.symmetric.name"]
)
def test_a_name_decides_nothing(key: str) -> None:
    base = "symmetric" if "symmetric" in key else "sites"
    assert first_difference(base, {key: "Zanzibar"}, 4) is None


def test_steps_say_when_to_stop() -> None:
    from model import simulate

    run = simulate(small(changes={"horizon.steps": 2}), seed=SEED)
    assert run.metrics["step"].tolist() == [0, 1, 2]


def test_agents_are_only_views() -> None:
    """The limit on Mesa agents changes their number and no result."""
    limited = {"users.agent_limit": 50}
    assert first_difference("plain", limited, 4) is None
    number = []
    for limit in (1000, 50, 0):
        agents = Industry(small(changes={"users.agent_limit": limit}), rng=SEED).agents
        number.append(sum(type(agent).__name__ == "User" for agent in agents))
    assert number[0] == 300 and 0 < number[1] <= 51 and number[2] == 0
