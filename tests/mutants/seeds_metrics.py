"""Mistakes in what is measured."""

from __future__ import annotations

from mutant import Mutant

_ACCESS = "model/metrics/access.py"
_CAPABILITY = "model/metrics/capability.py"
_CONCENTRATION = "model/metrics/concentration.py"
_HUMAN = "model/metrics/human_level.py"
_MEASURES = "model/metrics/measures.py"
_OVERSIGHT = "model/metrics/oversight.py"
_PRICES = "model/metrics/prices.py"
_SITES = "model/metrics/sites.py"
_SNAPSHOT = "model/metrics/snapshot.py"
_SPENDING = "model/metrics/spending.py"
_VIEWS = "model/metrics/views.py"
_WEIGHTS = "model/metrics/weights.py"

SEEDS = [
    Mutant(
        "metric-gini-unweighted",
        _ACCESS,
        "return gini(gain, cells.users[use])",
        "return gini(gain)",
        "Gini over cells instead of over persons",
    ),
    Mutant(
        "metric-surplus-mean",
        _ACCESS,
        "np.sum(people[people > 0.0] * surplus[people > 0.0])",
        "np.sum(surplus[people > 0.0])",
        "surplus per user added up without the number of users",
    ),
    Mutant(
        "metric-wealth-ln",
        _ACCESS,
        "wealth = np.log10(cells.wealth_usd[use])",
        "wealth = np.log(cells.wealth_usd[use])",
        "slope per ln of wealth given as per order of magnitude",
    ),
    Mutant(
        "metric-adoption-unweighted",
        _ACCESS,
        'snapshot.floats("users", "adoption"), snapshot.floats("users", "population"))',
        'snapshot.floats("users", "adoption"), 1.0 + 0.0 * snapshot.floats("users", "population"))',
        "adoption averaged over cells instead of over people",
    ),
    Mutant(
        "metric-copies-depth",
        _CAPABILITY,
        "return ratio(fleet * snapshot.setting(",
        "return ratio(passes * fleet * snapshot.setting(",
        "copies counted at depth one whatever the tier thinks",
    ),
    Mutant(
        "metric-forecast",
        _CAPABILITY,
        "known = past[: past.size - year + 1][-2 * year :]",
        "known = past[-2 * year :]",
        "the outside observer forecasts with what was known only later",
    ),
    Mutant(
        "metric-frontier-hosted",
        _VIEWS,
        'sold = ~snapshot.flags("tiers", "self_hosted") & np.isfinite(level)',
        "sold = np.isfinite(level)",
        "what users run themselves counted as on sale",
    ),
    Mutant(
        "metric-hhi-base",
        _CONCENTRATION,
        "return hhi(snapshot.view(closed_paid_revenue))",
        'return hhi(snapshot.floats("labs", "users"))',
        "HHI of users reported as HHI of revenue",
    ),
    Mutant(
        "metric-hhi-compute",
        _CONCENTRATION,
        'return hhi(used + snapshot.floats("labs", "inference_flop"))',
        'return hhi(used + 0.0 * snapshot.floats("labs", "inference_flop"))',
        "HHI of compute without inference",
    ),
    Mutant(
        "metric-hhi-shares",
        _MEASURES,
        "shares = sizes / total",
        "shares = sizes / sizes.max()",
        "HHI relative to the largest instead of the sum",
    ),
    Mutant(
        "metric-gini-rank",
        _MEASURES,
        "middle, total = heads - people / 2.0,",
        "middle, total = heads,",
        "Gini by the upper instead of the middle rank",
    ),
    Mutant(
        "metric-slope-unweighted",
        _MEASURES,
        "share = weight / weight.sum()",
        "share = np.full(weight.shape, 1.0 / weight.size)",
        "least squares without weights",
    ),
    Mutant(
        "metric-wage",
        _HUMAN,
        "return ratio(cost, _wage(snapshot)) if",
        "return ratio(cost, 1.0) if",
        "wages not used in the cost of human-level work",
    ),
    Mutant(
        "metric-human-decode",
        _HUMAN,
        'price = rental * snapshot.setting("technology.inference_price_ratio", 1.0)',
        "price = rental",
        "an hour of human-level work at the price of training",
    ),
    Mutant(
        "metric-human-depth",
        _HUMAN,
        "size = snapshot.view(tier_parameters)[use] * _depth(snapshot)[use]",
        "size = snapshot.view(tier_parameters)[use] + 0.0 * _depth(snapshot)[use]",
        "an hour of human-level work at depth one",
    ),
    Mutant(
        "metric-visibility",
        _OVERSIGHT,
        'return _weighted(snapshot, "observed", "users")',
        'return _weighted(snapshot, "covered", "users")',
        "what the rule covers taken for what the regulator has seen",
    ),
    Mutant(
        "metric-coverage-tiers",
        _OVERSIGHT,
        "return ratio(float(np.unique(labs[flagged]).size), float(np.unique(labs).size))",
        "return ratio(float(labs[flagged].size), float(labs.size))",
        "coverage counted by tier instead of by lab",
    ),
    Mutant(
        "metric-overreach-base",
        _OVERSIGHT,
        "return ratio(float(np.sum(~feared)), float(labs.size))",
        'return ratio(float(np.sum(~feared)), float(snapshot.ids("labs", "lab").size))',
        "overreach over all labs instead of the covered ones",
    ),
    Mutant(
        "metric-belief-sign",
        _OVERSIGHT,
        'gap = believed - snapshot.floats("regulators", "true_capability_oom")',
        'gap = snapshot.floats("regulators", "true_capability_oom") - believed',
        "underrating reported as overrating",
    ),
    Mutant(
        "metric-reaction-lag",
        _OVERSIGHT,
        "return float(first_covered[0] - first_danger[0])",
        "return float(first_covered[0])",
        "reaction counted from the start of the run, not from the danger",
    ),
    Mutant(
        "metric-markup-on-cost",
        _PRICES,
        "return weighted_mean((price - cost) / price,",
        "return weighted_mean((price - cost) / cost,",
        "markup over cost where the Lerner index is meant",
    ),
    Mutant(
        "metric-month",
        _PRICES,
        'return snapshot.setting("horizon.step_years") * MONTHS_PER_YEAR',
        "return MONTHS_PER_YEAR",
        "price on the wrong month: a step taken for a year",
    ),
    Mutant(
        "metric-price-slope",
        _PRICES,
        "price = np.log(cells.wealth_usd[use]), np.log(cells.price_usd[use])",
        "price = np.log(cells.wealth_usd[use]), np.log10(cells.price_usd[use])",
        "elasticity of price in wealth with two kinds of logarithm",
    ),
    Mutant(
        "metric-power-ratio",
        _SITES,
        'hardware = serving * snapshot.setting("technology.inference_price_ratio", 1.0)',
        "hardware = serving",
        "a decoding FLOP takes no more power than a training FLOP",
    ),
    Mutant(
        "metric-monolith-base",
        _SITES,
        'snapshot.floats("labs", "training_block_flop")), training + serving)',
        'snapshot.floats("labs", "training_block_flop")), training + 0.0 * serving)',
        "largest block over training alone instead of all compute",
    ),
    Mutant(
        "metric-power-owners",
        _SITES,
        'return hhi(sums_by(owner, snapshot.floats("data_centres", "power_mw")))',
        'return hhi(snapshot.floats("data_centres", "power_mw"))',
        "concentration of owners measured over sites",
    ),
    Mutant(
        "metric-efficiency-ln",
        _SNAPSHOT,
        'known.setdefault("inference_efficiency", 10.0 ** (growth * years))',
        'known.setdefault("inference_efficiency", np.exp(growth * years))',
        "log10 and ln mixed up in the efficiency of inference",
    ),
    Mutant(
        "metric-inference-share",
        _SPENDING,
        "return ratio(inference, training_spend_usd(snapshot) + inference)",
        "return ratio(inference, training_spend_usd(snapshot))",
        "ratio of inference to training reported as a share",
    ),
    Mutant(
        "metric-closed-open",
        _VIEWS,
        'return hosted & ~snapshot.flags("tiers", "open_weights")',
        "return hosted",
        "open models that a lab serves counted as closed",
    ),
    Mutant(
        "metric-theft-life",
        _WEIGHTS,
        'life = LIFE_YEARS / snapshot.setting("horizon.step_years")',
        'life = LIFE_YEARS * snapshot.setting("horizon.step_years")',
        "life of a model multiplied by the length of a step instead of divided",
    ),
]
