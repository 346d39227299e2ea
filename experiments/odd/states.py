"""State variables of each entity: unit and meaning. The names come from the code and must all be here."""

from __future__ import annotations

from typing import NamedTuple


class Entity(NamedTuple):
    """A kind of thing with a state; path: its class, begins: the method that gives it its variables."""

    title: str
    path: str
    states: str
    begins: str = "__init__"


# fmt: off
SERVICES = frozenset({
    "settings", "seed", "streams", "ledger", "counter", "recorder", "decisions", "events", "hosted_ids",
    "samples", "choices", "segments", "regulators", "regions", "sites", "labs", "features", "unit",
    "purse", "first_slot", "_nest", "news", "_own", "rule_results",
})
# fmt: on
"""Attributes that hold numbers together or keep the run going; no state of the world."""

ENTITIES = (
    Entity(
        "Industry (the environment)",
        "model.industry.Industry",
        """
period | steps | steps since the start
knowhow | - | technology in force at this step, with what methods of elicitation add
rules | - | rules in force, as announced
law | - | their sum
contracts | FLOP/step, USD/FLOP | who bought how much training and inference compute at which site
algorithms_frontier_oom | OOM | the field's frontier of algorithms, against the start
crossed | - | human-level events that are in the log already, by kind and class of tasks
flop_price | USD/FLOP | rental price of a training FLOP
first_flop_price | USD/FLOP | the same at the start
methods | - | methods of elicitation (below)
actors | - | malicious actors (below)
reached | - | what they reached in the last step, by channel
volume | ratio | tasks per user against the start
first_task_price | USD/FLOP | price of the compute of a standard task at the start, per FLOP of a pass
other_demand | FLOP/step | everybody else's demand for compute at the reference price, at the start
hosting_appeal | utils | appeal of open models run by users or hosts
placements | FLOP/step | training blocks reserved in the step, by lab and site
transport_usd | USD/step | cost of serving regions from elsewhere, by lab
placed_flop | FLOP/step | compute that was bought in reserved blocks, by lab
serving_reference | FLOP/step | decoded by the mean lab at the start
served | share | of the compute asked for beside training blocks that labs got
public_outlook | - | public knowledge of the step: polls, prices, law, open models, blocks
""",
        "_begin",
    ),
    Entity(
        "Lab",
        "agents.lab.Lab",
        """
number | id | never reused
name | text | -
appeal | utils | of its brand; fixed
algorithms_oom | OOM | its level of algorithms, against the frontier at the start
integrated | switch | whether a parent company pays; fixed
open_weights | switch | whether its best model is open
owners | names | owners of the sites that it may train on, beside the open market; fixed
region | region | where it sits; fixed
strategy | - | how it takes its decisions; the agile one has a memory
entered_step | steps | step of entry
exited_step | steps | step of exit; -1 while active
cash_usd | USD | cash
closed_cash_usd | USD | cash when the books were last closed (a check)
raised_usd | USD | outside money raised so far, a parent's left out
models | list | its foundation models
menus | list by channel | its tiers on sale
run | - | the training run in progress, if any
round | - | the round of distillation whose compute is bought in the step, if any
flop_price | USD/FLOP | price of compute that it expects: the last one
flop_trend_oom | OOM/step | expected growth of that price
rival_trend | utils/step, by channel | expected growth of what rivals offer
demand_trend | 1/step | expected growth of the market, ln
_attraction | utils, by channel | rivals' mean pull at the last look
revenue_trend_usd_year | USD/year | smoothed revenue, on which credit rests
_audits | counts, by regulator | review periods on record and audits of suspects in them
signed | switch | whether it has signed commitments for faster permits
withdrawn | regions | where it does not sell
retention_belief | share | what its last round of distillation kept; none before the first
revenue_usd | USD/step | payments of users
operating_profit_usd | USD/step | before training
profit_usd | USD/step | after everything, partners' credits left out
prospect_usd | USD | worth of its best plan less running costs over a model's life
tier_revenue | USD/step | by tier
inference_flop | FLOP/step | decoded to serve users
training_flop_used | FLOP/step | bought for runs with the research around them
distillation_flop | FLOP/step | bought for rounds, in training FLOP
internal_flop | FLOP/step | decoded for its own research
block_flop | FLOP/step | in its largest co-located block
funding_usd | USD/step | outside money received
first_depth | standard passes | depth of a menu that is still empty
losses | steps | in a row in which it saw no way to earn its keep
complement_share | share | of what its open models are worth to others that comes back; fixed
security_usd_year | USD/year | spent on security, as last reviewed
theft_hazard_year | 1/year | thefts, as last reviewed
weights_value_usd | USD | most that its weights are worth to a thief, as last reviewed
weights_entry_usd | USD | what one lab more would earn with them, as last reviewed
secured_until | years | time of the next review of security
credits | USD, by partner | compute that partners still owe it
stakes | shares, by partner | of its profit that partners hold
payable_usd_year | USD/year | its profit after all costs as partners expect it
buyer | - | who has bought it, in the step in which it leaves
serving_factor | ratio | FLOP per task against the mean lab at the start
lead_oom | OOM | part of its algorithms that its own models found
internal_depth | standard passes | depth at which it last used a model inside
""",
    ),
    Entity(
        "Foundation model",
        "model.catalogue.FoundationModel",
        """
id | id | never reused
lab | id | who has it
name | text | -
training_flop | FLOP | size of its training run C
algorithms_oom | OOM | level of algorithms that it embodies
parameters | parameters | active parameters N
base_oom | OOM of FLOP | capability g at depth one
open_weights | switch | whether anybody may run it
created_step | steps | when it came to exist
released_step | steps | when it was released; -1 = kept inside
rounds | rounds | of distillation in it
distillation_oom | OOM | capability e added by them, what was carried over included
distillation_flop | FLOP | compute of its rounds, in training FLOP
reported_to | regulators | to whom its lab has reported it
licensed_to | regulators | to whom the site of its run has
block_site_seen | switch | whether its run took place on a site that was seen
built_on | id | the open model that it was made from; -1 = none
inherited_oom | OOM | what had been distilled into that open model
tuning_flop | FLOP | what that took
opened_step | steps | when its maker decided to publish it; -1 = never
stolen_step | steps | -1 = never
leaked_step | steps | since when an illicit host sells it; -1 = never
maker | id | who made it, if its owner bought it; -1 = its owner
bought_step | steps | -1 = never
checkpoint_of | id | the model that a round made it from; -1 = none
held_step | steps | since when it is kept inside by a decision
held_until | steps | when its release is weighed again
reasons | switch | whether it was trained to think at length
elicitation_oom | OOM | span of depth that others than its lab have beyond the lab's
evaluated_oom | OOM of FLOP | dangerous capability that the test at its release found
reached_oom | OOM of FLOP | most that anybody got out of it since, for some time
tested_base_oom | OOM of FLOP | its capability at depth one when a law last had it tested
cleared_step | steps | until when that test holds it back
mitigation_oom | OOM | dangerous capability suppressed in what its lab serves
tamper_share | share | of its training bill that stripping its safeguards takes, once it is open
""",
    ),
    Entity(
        "Training run",
        "model.catalogue.Run",
        """
training_flop | FLOP | size of the final run
algorithms_oom | OOM | of the lab when it began
carried_oom | OOM | distillation carried over
finish_step | steps | when it is due
steps | steps | over which it is bought
budget_usd | USD/step | the most that it may cost a step
done_flop | FLOP | bought so far
spent_usd | USD | paid for it so far
seen | switch | whether it has been on a site that was seen
reports_to | regulators | to whom the lab reports it
licensed_to | regulators | to whom a site has reported it
base | - | the open model that is built on; none = from scratch
""",
    ),
    Entity(
        "Tier",
        "model.catalogue.Tier",
        """
id | id | never reused
lab | id | seller
model | - | the model behind it
channel | - | subscription (persons) or metered (firms)
depth | standard passes | cap I on the usage-weighted mean depth
price_usd | USD/step | price for a standard user
cost_usd | USD/step | given unit cost (theory cases), else from technology
capability_oom | OOM of FLOP | given capability (theory cases), else from technology
added_step | steps | when it was put on sale
load | ratio | compute that its users took against standard users, learned
""",
    ),
    Entity(
        "Users of a segment (columns; one entry a user)",
        "agents.users.Segment",
        """
kind | - | persons or firms
slots | slots | simulated users that a row stands for
weight | share | of the market that a slot stands for
income | USD/step | income, or a firm's budget
scale | ratio | metered volume against a person's
mix | shares | of the classes of tasks
taste | multiplier | for quality
overhead | share | extra cost of running a model oneself
price_weight | utils/USD | dislike of paying; under the log income effect utils of a whole income
decile | 0-9 | wealth decile inside the segment
views | OOM | what users think too much of labs, where information is limited
region | region | drawn when a rule first asks for it
""",
    ),
    Entity(
        "Choice of a user",
        "agents.demand.Individual",
        """
offer | id | the tier or open model in use; -1 = no AI
nest | id | the lab or open model of that offer, whose user it stays when the offer is dropped; -1 = no AI
""",
    ),
    Entity(
        "Data centre",
        "agents.data_centre.DataCentre",
        """
number | id | never reused
name | text | -
owner | name | who owns it
region | region | -
power_mw | MW | power in use
flop_per_s | FLOP/s | peak of its chips
block_mw | MW | largest co-located block
usd_per_kwh | USD/kWh | price of its power; fixed
expected_price | USD/FLOP | rent that it expects
listed | switch | a site in one place; off = an owner's pooled smaller ones
founded_step | steps | -1 = there at the start
standing_mw | MW | in use and under construction before the step's replacements
waiting_mw | MW | ordered, not yet permitted
building | step, MW, FLOP/s | under construction
seen | switch | whether it has been seen from outside
training_flop | FLOP/step | sold to labs for training
inference_flop | FLOP/step | sold for serving, in training FLOP
other_flop | FLOP/step | sold to everybody else
rental_price | USD/FLOP | price of the step
law_usd | USD/step | tax on its rents and licence, paid
""",
    ),
    Entity(
        "Regulator",
        "agents.regulator.Regulator",
        """
name | text | -
written | list | its rules, as the scenario dates them
rules | list | its rules in force, adapted
laws | list | what each of them asks
law | - | what all of them ask
_last | list | each rule as it was last in force
known | log10 FLOP, by model | training compute as it has it
sure | models | known by report, licence, audit or sight
tested | models | measured before release
belief_exponent | OOM/OOM | what it believes an OOM of depth to be worth
games | counts, by rule | rounds, audits and breaches of the inspection game
_labs_oom | log10 FLOP | largest run that it knows of, by lab
_labs_effective_oom | log10 FLOP | the same with the depth on sale
believed_inside_oom | OOM of FLOP | best that labs have inside, as reports tell
audits | audits | of the step
breaches | breaches | found in the step
fines_usd | USD/step | imposed in the step
""",
    ),
    Entity(
        "Malicious actors (columns; one entry an actor; no state changes)",
        "agents.actors.Actors",
        """
budget_usd | USD/year | what an actor can spend
tasks | tasks/year | dangerous tasks wanted
few | switch | whether that is few
trouble | ratio | of running a model, against the median actor
""",
    ),
    Entity(
        "Methods of elicitation",
        "model.phases.elicitation.Methods",
        """
found | list | step, finder and kind of each
holders | users | who run weights or buy from a host
callers | users | with metered access to a lab's models
first_labs | labs | at the start
rates_year | 1/year | by kind and finder
labs_oom | OOM | span of depth added to what labs serve
public_oom | OOM | and to weights that are out
unlocked | switch | whether open models of the start have been taught to think at length
""",
    ),
)

DRAWN = """
audits.{rule.policy}.{rule.start_year}{_own} | staff beyond a whole audit; whether each audit finds anything
entry | how many potential entrants come
entry.capital | their capital
estimate.{model.id}{_own} | error of a regulator's estimate of an unreported model
inside.{regulator.name}.{model.id} | whether a report on internal use shows a model
lab.{lab.number}.idea.{channel} | depth and model of a new tier that a lab thinks of
lab.{lab.number}.round | what a round of distillation keeps
lab.{lab.number}.run | whether a run takes the odd step more
labs.strategies | who begins with which strategy, where it is by lot
misuse.budget | budgets of malicious actors
misuse.incidents | who does harm; whether it is traced
misuse.skill | trouble of malicious actors
misuse.tasks | who wants few tasks
misuse.{kind}.{who} | methods found, by inversion of a Poisson distribution
permit.{site.number} | whether a permit comes
sight.{site.number} | whether a site is seen
theft.{lab.number} | whether weights are stolen; whether they leak
{name}.mix | task mixes (Dirichlet)
{name}.wealth | order of the wealth bins among slots
{name}.choice | which offer is taken (individual engine)
{name}.lumped | who reconsiders and what is taken (lumped engine)
{name}.overhead | trouble of running a model oneself
{name}.reconsider | who looks around
{name}.region | where users live
{name}.research | where a respondent stands who is with several labs in part
{name}.taste | taste for quality, where it differs
{name}.view.{lab} | what users think too much of a lab's n-th flagship
{name}.volume | firms' volume at equal budget
{name}.{lab} | which labs users (`{name}.look`) or respondents (`{name}.research`) look at
"""


def rows(text: str) -> dict[str, list[str]]:
    """Name and what stands behind it, line by line."""
    lines = [[part.strip() for part in line.split("|")] for line in text.splitlines() if line.strip()]
    return {line[0]: line[1:] for line in lines}
