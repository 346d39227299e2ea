"""The columns of every result table: type, unit and meaning. The recorder writes exactly these.

`step` counts from 0 (the state before the first step); flows are per step. `labs` and `data_centres`
keep the rows of agents that have left, with zeros, until the step in which they leave.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["int", "float", "bool", "text"]


@dataclass(frozen=True)
class Column:
    """One column of a table."""

    name: str
    kind: Kind
    unit: str
    meaning: str


def _columns(text: str) -> tuple[Column, ...]:
    rows = []
    for line in filter(str.strip, text.splitlines()):
        name, kind, unit, meaning = (part.strip() for part in line.split("|"))
        rows.append(Column(name, kind, unit, meaning))  # type: ignore[arg-type]
    return tuple(rows)


_CLOCK = """
step | int | steps | steps since the start; 0 = before the first
time_years | float | years | time since the start
date | text | ISO date | calendar date (real start only, else empty)
"""

TABLES: dict[str, tuple[Column, ...]] = {
    "labs": _columns(
        _CLOCK
        + """
lab | int | id | number of the lab, never reused
name | text | - | its name
strategy | text | - | the strategy that it follows
cash_usd | float | USD | cash at the end of the step
revenue_usd | float | USD/step | payments of users
profit_usd | float | USD/step | revenue, adverts and complements less all costs with a column here; no mergers
funding_usd | float | USD/step | money received from investors or a parent
training_flop | float | FLOP | training compute of its most capable model on sale
training_spend_usd | float | USD/step | spending on training runs, research compute and distillation
training_flop_used | float | FLOP/step | training, research and distillation compute used in the step
distillation_rounds | int | rounds | rounds in its most capable model on sale
inference_flop | float | FLOP/step | compute used to serve users
inference_spend_usd | float | USD/step | spending on it
credits_usd | float | USD | compute that cloud partners still owe it for equity
credits_used_usd | float | USD/step | training compute that they paid for
equity_sold | float | share | of it that partners hold
payouts_usd | float | USD/step | their share of its profit
mergers_usd | float | USD/step | received for itself, less paid for labs that it bought
serving_elasticity | float | ratio | d ln(unit cost of serving) / d ln(volume) at its volume
overhead_usd | float | USD/step | running costs that do not depend on sales
security_usd | float | USD/step | spending on the security of its weights
complements_usd | float | USD/step | what its open models bring in through other business
compliance_usd | float | USD/step | cost of reporting
fines_usd | float | USD/step | fines paid
compute_tax_usd | float | USD/step | tax on training compute paid
capability_oom | float | OOM of FLOP | best usage-weighted capability that it sells
internal_capability_oom | float | OOM of FLOP | best that it has, on sale or not, at the deepest it uses
internal_human_oom | float | OOM of FLOP | that in the class nearest to human level, less the class's offset
release_usd | float | USD/step | paid for putting models on sale
menu_usd | float | USD/step | paid for changing its menu
entry_usd | float | USD/step | the fee for entry, paid once
adverts_usd | float | USD/step | received from advertisers
internal_flop | float | FLOP/step | decoded by its models for its own research
internal_spend_usd | float | USD/step | paid for that
internal_depth | float | standard passes | depth at which it last used a model for research; 0 = never
lead_oom | float | OOM | part of its algorithmic level that its own models have found
users | float | users | users on its tiers
share_revenue | float | share | of all labs' revenue
share_users | float | share | of all users of labs
open_weights | bool | - | whether its weights are public
covered | bool | - | whether a rule in force covers one of its models on sale
reported | bool | - | whether it reported all of these
observed | bool | - | whether a regulator has seen its most dangerous model, by report, audit or sight
training_block_flop | float | FLOP/step | largest co-located block that it used for training
parameters | float | parameters | active parameters of its most capable model on sale
odds_elasticity | float | 1/ln | elasticity of the odds of being chosen in training compute
algorithms_oom | float | OOM | its algorithmic level, against the frontier at the start
theft_hazard_year | float | 1/year | rate at which its best secret model is stolen, as it was last reviewed
weights_entry_usd | float | USD | what one lab more would earn with that model, as it was last reviewed
entered_step | int | steps | step of entry (0 for the first labs)
exited_step | int | steps | step of exit; -1 while active
"""
    ),
    "tiers": _columns(
        _CLOCK
        + """
lab | int | id | the lab that sells it
tier | int | id | number of the tier, never reused
channel | text | - | subscription (persons) or metered (firms; price for the volume of one person)
model | int | id | the model behind it
depth | float | standard passes | cap on the usage-weighted mean inference depth
price_usd | float | USD/step | price
price_usd_month | float | USD/month | price a month
cost_usd | float | USD/step | expected cost of serving one standard user
tasks | float | tasks/step | tasks of one standard user
users | float | users | users on it at the end of the step
revenue_usd | float | USD/step | payments for it
inference_flop | float | FLOP/step | compute used for it
logged_flop | float | FLOP/step | part of it by customers whom a rule has logged
voucher_usd | float | USD/step | part of the revenue that the state pays
capability_oom | float | OOM of FLOP | usage-weighted mean capability over tasks
danger_capability_oom | float | OOM of FLOP | best capability in a feared task (danger >= half of the largest)
task_spread_oom | float | OOM | standard deviation of its capability over classes of tasks
checkable_gap_oom | float | OOM | capability in classes at least half of which can be checked less in the rest
checkable_value_gap | float | utils | worth of a task in classes that can be checked less that in the rest
task_depth_gini | float | share | Gini coefficient of compute over tasks, by the mix of its channel
easy_depth | float | standard passes | depth that it gives to the easiest class
human_capability_oom | float | OOM of FLOP | capability in the class of tasks in which it is best
human_depth | float | standard passes | depth that it gives to that class
human_hours_share | float | share | hours of work in classes that it does as a person does
open_weights | bool | - | whether its model's weights are public
self_hosted | bool | - | not run by its maker (lab): by users themselves (price = their own compute) or a host
host_run | bool | - | a host runs it and asks the price; an illicit one, where weights are not open
"""
    ),
    "models": _columns("""
step | int | steps | step at which it came to exist
lab | int | id | its maker
model | int | id | number of the model, never reused
name | text | - | its name
released_step | int | steps | step of release; -1 = not released
training_flop | float | FLOP | size of its training run
parameters | float | parameters | active parameters
algorithms_oom | float | OOM | algorithmic level that it embodies, against the frontier at the start
distillation_rounds | int | rounds | rounds of distillation in it
distillation_oom | float | OOM | capability added by them
capability_oom | float | OOM of FLOP | capability at depth one
open_weights | bool | - | whether its weights are public
internal_only | bool | - | whether it is kept inside the lab
distillation_flop | float | FLOP | compute of its rounds so far, in training FLOP
checkpoint_of | int | id | the model that a round of distillation made it from; -1 = none
built_on | int | id | the open model that it was made from; -1 = trained by its maker
opened_step | int | steps | step at which its maker decided to publish it; -1 = never, or open from the start
owner | int | id | lab that has it, or had it when that lab left
bought_step | int | steps | when it was first sold to another lab; -1 = never
stolen | bool | - | whether its weights were stolen
stolen_step | int | steps | when; -1 = never
leaked | bool | - | whether an illicit host sells it
leaked_step | int | steps | since when; -1 = never
elicitation_oom | float | OOM | span of depth that methods found since the start add for whoever runs it
evaluated_oom | float | OOM of FLOP | dangerous capability that the test at its release found
reached_oom | float | OOM of FLOP | most that anybody got out of it in misuse.gap_years from its release
mitigation_oom | float | OOM | dangerous capability suppressed in what its lab serves
"""),
    "misuse": _columns(
        _CLOCK
        + """
wants | text | - | few tasks or many tasks
actors | int | actors | malicious actors of this kind
reach | int | actors | who reach the danger level by some channel
reach_api | int | actors | by what labs sell
reach_open | int | actors | by open weights, safeguards stripped
reach_leaked | int | actors | by leaked weights
take_api | int | actors | to whom what labs sell gives most
take_open | int | actors | to whom open weights do
take_leaked | int | actors | to whom leaked weights do
level_oom | float | OOM of FLOP | mean of what they reach in a dangerous task, of those who reach anything
with_api | int | actors | who can have their tasks done by what labs sell
weights_gain_oom | float | OOM | mean over these of what weights add
"""
    ),
    "elicitation": _columns(
        _CLOCK
        + """
holders | float | users | who run weights that are out, or buy from a host
callers | float | users | with metered access to a lab's models
small_scaffolds_year | float | 1/year | rate at which small actors find scaffolds
small_tunes_year | float | 1/year | and fine-tunes
lab_scaffolds_year | float | 1/year | rate at which labs find scaffolds
lab_tunes_year | float | 1/year | and fine-tunes
found_small | int | methods | found by small actors so far
found_labs | int | methods | found by labs so far
public_span_oom | float | OOM | span of depth that they add to weights that are out
labs_span_oom | float | OOM | and to what labs serve
unlocked | bool | - | whether open models of the start have been taught to think at length
"""
    ),
    "decisions": _columns(
        _CLOCK
        + """
lab | int | id | who decided
decision | text | - | price, depth, tier, hold, train, distil, internal, report, openness, security ...
option | text | - | one option that was compared
expected_payoff_usd | float | USD | expected worth (present value; prices and depth: per step)
chosen | bool | - | whether it was taken
"""
    ),
    "contracts": _columns(
        _CLOCK
        + """
lab | int | id | who buys
site | int | id | where
training_flop | float | FLOP/step | training and research compute
inference_flop | float | FLOP/step | compute for serving and for generating samples
price_usd_per_flop | float | USD/FLOP | price of a training FLOP there
"""
    ),
    "users": _columns(
        _CLOCK
        + """
segment | text | - | person or business
decile | int | 1-10 | wealth decile inside the segment (10 = richest)
population | float | users | users in the cell
wealth_usd | float | USD/year | mean income (firms: budget)
adoption | float | share | who use some AI
price_paid_usd | float | USD/step | mean payment of those who buy
depth | float | standard passes | mean depth of those who use
capability_oom | float | OOM of FLOP | mean capability that users receive
surplus_usd | float | USD/step | expected consumer surplus against having no AI, per user
open_surplus_usd | float | USD/step | part of it that would be lost if nobody but its maker ran a model
self_hosting | float | share | who run an open model themselves
"""
    ),
    "purchases": _columns(
        _CLOCK
        + """
segment | text | - | person or business
decile | int | 1-10 | wealth decile inside the segment
lab | int | id | seller (maker, when self-hosted); -1 = no AI
tier | int | id | tier; -1 = no AI
users | float | users | users of the cell on it
payments_usd | float | USD/step | what they pay for it
"""
    ),
    "data_centres": _columns(
        _CLOCK
        + """
site | int | id | number of the data centre
name | text | - | its name
owner | text | - | who owns it
region | text | - | US, EU, CN or ROW
power_mw | float | MW | power in use
pending_mw | float | MW | permitted and under construction
waiting_mw | float | MW | ordered and waiting for a permit
founded_step | int | steps | step in which it was founded; -1 = there at the start
block_mw | float | MW | largest co-located block
capacity_flop | float | FLOP/step | what it can deliver, in training FLOP
training_flop | float | FLOP/step | sold to labs for training and research
inference_flop | float | FLOP/step | sold to labs for serving, in training-FLOP equivalents
other_flop | float | FLOP/step | sold to everybody else
utilisation | float | share | sold over capacity
rental_usd_per_flop | float | USD/FLOP | price
law_usd | float | USD/step | tax on its rents and licence that its owner pays
seen | bool | - | whether the regulator has seen it
"""
    ),
    "regulators": _columns(
        _CLOCK
        + """
regulator | text | - | its name
rule | text | - | rule in force
threshold | float | log10 FLOP | its threshold; the main number of other rules, in its own unit
covered_share | float | share | of models on sale on which the rule lays a duty
observed_share | float | share | of models on sale that the regulator knows by report, audit or sight
audits | int | audits | made in the step
breaches_found | int | breaches | found in the step
fines_usd | float | USD/step | imposed
believed_capability_oom | float | OOM of FLOP | most capable model on sale as the regulator believes
believed_internal_oom | float | OOM of FLOP | and with what labs have reported of models inside
true_capability_oom | float | OOM of FLOP | and as it is (no agent reads this)
"""
    ),
    "events": _columns("""
step | int | steps | when
time_years | float | years | when
date | text | ISO date | when (real start only)
kind | text | - | entry, exit, release, tier added, tier dropped, site expanded, audit, breach ...
agent | text | - | who
text | text | - | one sentence
payload | text | JSON | the numbers behind it
"""),
}


def dtype_of(kind: Kind) -> str:
    """The pandas type of a kind of column."""
    return {"int": "int64", "float": "float64", "bool": "bool", "text": "str"}[kind]
