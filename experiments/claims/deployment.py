"""Claims C5 to C29 but for regulation: inference at deployment against pre-training scaling."""

from __future__ import annotations

from experiments.claims import places, tables, wealth
from experiments.claims.measures import at_end, defined, growth, over_run, product
from experiments.claims.record import GOVAI, ORD, Claim, Contrast, Measure, difference, level
from experiments.claims.settings import FREE, ID, MIXED, PT, WALL

PLACE = f"{ORD}, scaling inference at deployment"
VERSUS = "inference at deployment less pre-training scaling"


def factorial(measure: Measure) -> tuple[Contrast, ...]:
    """Effects of the wall and of inference, alone, on average and together: the 2 x 2 of controls."""
    half = {WALL: 0.5, ID: 0.5, PT: -0.5, FREE: -0.5}
    return (
        Contrast("main effect of the wall", measure, half),
        Contrast("main effect of inference", measure, {FREE: 0.5, ID: 0.5, PT: -0.5, WALL: -0.5}),
        Contrast("interaction of wall and inference", measure, {ID: 1.0, PT: 1.0, WALL: -1.0, FREE: -1.0}),
        difference(measure, WALL, PT, "the wall alone"),
        difference(measure, ID, WALL, "inference at the same wall"),
    )


COPIES = over_run("copies_at_frontier", log=True)
INFERENCE = over_run("inference_share_of_spend")
HHI = over_run("hhi_lab_revenue")
OPEN = tables.open_run_by_others
STOLEN = ("theft_value_replacement_usd", "weights_replacement_usd")
REACH = over_run("misuse_reach_open")

CLAIMS = (
    Claim(
        "C5",
        "Fewer copies of a new model on its own training cluster",
        "With inference at deployment a training cluster runs fewer copies of the new model, about one over"
        " the multiplier.",
        PLACE,
        "100 x inference: 1/100",
        "The difference compares whole worlds in which models also differ in size; that depth divides"
        " copies one for one at equal size is arithmetic (check C4).",
        contrast=difference(COPIES, ID, PT, VERSUS),
        direction=-1,
        also=(difference(at_end("copies_at_frontier", log=True), ID, PT, f"{VERSUS}, end of the run"),),
    ),
    Claim(
        "C6",
        "Fewer tasks served on the day of release",
        "With inference at deployment a new model does a smaller share of all tasks when it comes out.",
        PLACE,
        "1 % of tasks at 100 x",
        "Measured by users of the best product on sale as a share of all users, over the run and not on the"
        " day of release: the model has prices instead of queues, so coverage is what people buy and not what"
        " they are refused. The size hangs on what counts as the best: with depth capability is continuous,"
        " and hardly anybody stands within 0.01 OOM of it; so two wider tolerances stand beside it.",
        contrast=difference(tables.frontier_users, ID, PT, VERSUS),
        direction=-1,
        also=(
            difference(tables.near_users, ID, PT, f"{VERSUS}, within 0.1 OOM"),
            difference(tables.wide_users, ID, PT, f"{VERSUS}, within 0.5 OOM"),
            difference(over_run("same_product_share"), ID, PT, f"{VERSUS}, persons"),
        ),
    ),
    Claim(
        "C7",
        "The first human-level system is dearer to run",
        "With inference at deployment the first human-level system costs more to run, up to ten times per"
        " order of magnitude of inference.",
        PLACE,
        "up to x10 per OOM",
        "Human level is reached in one class of tasks by the tier best at it. Undefined where it is not"
        " reached within the run in both settings; it may be reached years apart. With inference at"
        " deployment open models at the deepest setting can stand near human level at the start already:"
        " then the numbers of the start decide this, and no choice.",
        contrast=difference(tables.first_cost_hour, ID, PT, VERSUS),
        direction=1,
    ),
    Claim(
        "C8",
        "It may start above the wage",
        "With inference at deployment the first human-level system may cost more than the wage; with"
        " pre-training it starts far below.",
        PLACE,
        "the sign flips",
        "The claim says may; it is judged here as if it said does, for that can fail. Where open models at"
        " the deepest setting stand at human level at the start, the numbers of the start decide it.",
        contrast=level(
            tables.first_cost_ratio, ID, 0.0, "log10 of cost over wage in inference at deployment"
        ),
        direction=1,
        also=(
            level(tables.first_cost_ratio, PT, 0.0, "log10 of cost over wage in pre-training scaling"),
            difference(tables.first_cost_ratio, ID, PT, VERSUS),
        ),
    ),
    Claim(
        "C9",
        "A window in which human-level work exists but does not pay",
        "With inference at deployment there is a time in which human-level work is possible and dearer than"
        " people, usable for safety work; with pre-training there is hardly any.",
        PLACE,
        note="Counted inside the run: a window still open at its end is cut there.",
        contrast=difference(tables.window_months, ID, PT, VERSUS),
        direction=1,
        also=(level(tables.window_months, PT, 0.0, "months in pre-training scaling"),),
    ),
    Claim(
        "C10",
        "Copies multiply more slowly after human level",
        "Profit buys chips, chips run more copies: with inference at deployment this loop is weaker.",
        PLACE,
        note="By how much a year's gross profit would raise the copies at work if it were all spent on chips"
        " for more of them, from the step at which human level is first on sale; undefined where it is not"
        " reached in both settings.",
        contrast=difference(tables.copies_after, ID, PT, VERSUS),
        direction=-1,
        also=(
            difference(over_run("copies_growth_year"), ID, PT, f"{VERSUS}, human level reached or not"),
            difference(tables.copies_growth, ID, PT, f"{VERSUS}, copies at work at human level, growth"),
        ),
    ),
    Claim(
        "C11",
        "The value of stealing weights stops rising",
        "With pre-training the value of stolen weights rises with the cost of runs; with inference at"
        " deployment it is flat or falls.",
        PLACE,
        "avoided cost falls about 4 x a year",
        "The thief's avoided cost of training the frontier model again. It is nothing, and has no growth,"
        " while the weights of the best model are public. The claim needs it to rise under pre-training:"
        " that level stands beside.",
        contrast=difference(growth(*STOLEN), ID, PT, f"{VERSUS}, growth"),
        direction=-1,
        also=(
            level(growth(*STOLEN), PT, 0.0, "growth a year in pre-training scaling"),
            level(growth(*STOLEN), ID, 0.0, "growth a year in inference at deployment"),
            difference(growth("weights_replacement_usd"), ID, PT, f"{VERSUS}, public weights counted too"),
            difference(defined(*STOLEN, log=True), ID, PT, f"{VERSUS}, share of time with closed weights"),
            difference(
                over_run("theft_value_use_usd", log=True), ID, PT, f"{VERSUS}, worth of using it much"
            ),
        ),
    ),
    Claim(
        "C12",
        "A thief mostly pays for inference",
        "With inference at deployment by far the most of what a thief pays, to use a model at the scale of"
        " a leading lab, is inference.",
        PLACE,
        "the large majority",
        "The share of inference in what a thief saves and pays, at the lab's own scale: judged is whether it"
        " is larger than in pre-training scaling, where it is more than half too.",
        contrast=difference(over_run("thief_inference_share"), ID, PT, VERSUS),
        direction=1,
        also=(
            level(over_run("thief_inference_share"), ID, 0.5, "share of inference less one half"),
            level(over_run("thief_inference_share"), PT, 0.5, "the same in pre-training scaling"),
            difference(over_run("weights_cost_share"), ID, PT, f"{VERSUS}, share of training compute"),
        ),
    ),
    Claim(
        "C13",
        "Open weights are of less use to users",
        "With inference at deployment users, not the trainer, pay for the compute, so open weights help"
        " them less.",
        PLACE,
        note="Users of open models whom their maker does not serve: they pay for the compute themselves.",
        contrast=difference(OPEN, ID, PT, VERSUS),
        direction=-1,
        also=(
            difference(over_run("open_weight_surplus_usd", log=True), ID, PT, f"{VERSUS}, surplus"),
            difference(over_run("open_weight_share"), ID, PT, f"{VERSUS}, makers' own customers too"),
            *factorial(over_run("open_weight_share")),
        ),
    ),
    Claim(
        "C14",
        "Open weights spread less danger",
        "With inference at deployment fewer actors of small means reach dangerous capability through open"
        " weights.",
        f"{PLACE}; softened in {GOVAI}",
        note="A misuser needs few tasks: heavy inference protects against masses of use, not against one.",
        contrast=difference(REACH, ID, PT, VERSUS),
        direction=-1,
    ),
    Claim(
        "C15",
        "Open weights matter less altogether",
        "The strategic importance of open weights, for good and ill, falls with inference at deployment.",
        PLACE,
        note="A composite of ours: share of users who run open weights without their maker, times reach of"
        " misuse through them.",
        contrast=difference(product(OPEN, REACH, "open share times reach of misuse"), ID, PT, VERSUS),
        direction=-1,
    ),
    Claim(
        "C16",
        "Gains are uneven over tasks",
        "Scaling by inference helps some tasks much and others little; pre-training helps all alike.",
        PLACE,
        note="How much depth can do in each class of tasks is assumed after the notes (S1); what is found"
        " here is only that labs sell so much depth that it shows.",
        contrast=difference(at_end("task_capability_spread_oom"), ID, PT, VERSUS),
        direction=1,
        assumed=True,
    ),
    Claim(
        "C17",
        "Compute is tailored to the task",
        "Compute per task varies far more with inference at deployment.",
        PLACE,
        "1,000 x on hard maths, 1 x on intuitive tasks",
        "Labs route depth to where it is worth most; the routing is optimal by assumption.",
        contrast=difference(over_run("compute_per_task_gini"), ID, PT, VERSUS),
        direction=1,
    ),
    Claim(
        "C18",
        "Scaling training makes easy tasks dearer too",
        "Ten times the training makes every task dearer; inference can be left out where it is not needed.",
        PLACE,
        "10 x scale: costs up everywhere",
        "Compute of the easiest class of tasks on the best tier, before gains in efficiency.",
        contrast=difference(at_end("easy_task_cost_ratio", log=True), ID, PT, VERSUS),
        direction=-1,
        also=(
            level(
                at_end("easy_task_cost_ratio", log=True),
                PT,
                0.0,
                "against the start, in pre-training scaling",
            ),
        ),
    ),
    Claim(
        "C19",
        "Rich users get more capable models than poor ones",
        "Inference at deployment opens a gap in capability between rich and poor users that was about nil.",
        PLACE,
        "top tier priced 10 x",
        "Among persons who use AI. Counting those who do not, at the level of no AI, mixes in who uses it at"
        " all, and grows with the frontier: that slope and the gap in adoption stand beside. So does the"
        " spread of prices in one lab's menu, which is what a top tier priced ten times is about.",
        contrast=difference(wealth.users_wealth_slope, ID, PT, VERSUS),
        direction=1,
        also=(
            level(wealth.users_wealth_slope, PT, 0.0, "slope in pre-training scaling"),
            difference(wealth.adoption_gap, ID, PT, f"{VERSUS}, adoption, richest tenth less poorest"),
            difference(wealth.menu_ratio, ID, PT, f"{VERSUS}, dearest over cheapest in a lab's menu"),
            level(wealth.menu_ratio, ID, 0.0, "the same ratio in inference at deployment"),
            difference(
                over_run("capability_wealth_slope"), ID, PT, f"{VERSUS}, persons without AI counted too"
            ),
            *factorial(wealth.users_wealth_slope),
            difference(tables.rich_poor_gap, ID, PT, f"{VERSUS}, richest tenth less poorest, all counted"),
        ),
    ),
    Claim(
        "C20",
        "Serving one more customer costs more of the whole",
        "With inference at deployment marginal cost is a larger part of average cost.",
        PLACE,
        note="Share of inference in labs' spending on compute.",
        contrast=difference(INFERENCE, ID, PT, VERSUS),
        direction=1,
        also=factorial(INFERENCE),
    ),
    Claim(
        "C21",
        "The market is less concentrated",
        "With weaker economies of scale there is room for smaller firms.",
        PLACE,
        "perhaps",
        "Means of a run. All regimes start from one concentrated industry, so a mean tells how soon it"
        " becomes less so; the end stands beside. Points of the space cover five years only, in which the"
        " gap is widest. Theory lets few labs live where Lambda, the odds elasticity of fixed compute, is"
        " above one; Lambda falls in all settings, and nothing here shows that it is what the gap turns on.",
        contrast=difference(HHI, ID, PT, VERSUS),
        direction=-1,
        also=(
            *factorial(HHI),
            difference(at_end("hhi_lab_revenue"), ID, PT, f"{VERSUS}, at the end of the run"),
            difference(over_run("labs_active"), ID, PT, f"{VERSUS}, labs that matter to users"),
            difference(over_run("odds_elasticity_compute"), ID, PT, f"{VERSUS}, Lambda"),
            difference(HHI, MIXED, PT, "mixed regime less pre-training scaling"),
            difference(over_run("hhi_revenue"), ID, PT, f"{VERSUS}, revenue of closed models alone"),
            difference(over_run("hhi_users"), ID, PT, f"{VERSUS}, users"),
        ),
    ),
    Claim(
        "C22",
        "Less reason to sell below cost for a share of the market",
        "With inference at deployment, losses on every unit are too dear: penetration pricing weakens.",
        PLACE,
        note="Markup of labs in their first two years. Labs here price for the step, with users' inertia in"
        " view only as far as it moves demand; a war of attrition is not modelled.",
        contrast=difference(tables.entrant_margin, ID, PT, VERSUS),
        direction=1,
        also=(
            *factorial(tables.entrant_margin),
            difference(tables.below_cost, ID, PT, f"{VERSUS}, users on tiers below cost"),
        ),
    ),
    Claim(
        "C23",
        "The largest single site needed is smaller",
        "Inference can be spread over sites, so sites with their own power plant are not needed.",
        PLACE,
        note="Training can be spread as well (P6.13), which weakens the contrast; the model allows it.",
        contrast=difference(over_run("largest_training_block_mw", log=True), ID, PT, VERSUS),
        direction=-1,
        also=(
            *factorial(over_run("largest_training_block_mw", log=True)),
            difference(at_end("largest_site_mw", log=True), ID, PT, f"{VERSUS}, largest site"),
            difference(at_end("power_hhi"), ID, PT, f"{VERSUS}, concentration of power over sites"),
        ),
    ),
    Claim(
        "C24",
        "Power and permits give the state less of a lever",
        "Fast power and permits matter less when compute need not stand in one place.",
        PLACE,
        note="Labs' compute in sites at which permits take at least twice as long.",
        contrast=difference(places.permit_share, ID, PT, VERSUS),
        direction=-1,
        also=(
            *factorial(places.permit_share),
            difference(over_run("largest_training_block_share"), ID, PT, f"{VERSUS}, largest block"),
        ),
    ),
    Claim(
        "C25",
        "Watching the biggest data centres says less about the frontier",
        "With inference at deployment frontier models cannot be tracked by watching the largest sites.",
        PLACE,
        note="Compute of the lab with the best tier that stands in sites seen from outside.",
        contrast=difference(places.frontier_seen, ID, PT, VERSUS),
        direction=-1,
        also=factorial(places.frontier_seen),
    ),
    Claim(
        "C28",
        "Plateaus cap the usable multiplier, and move up",
        "Inference stops paying beyond some depth, and research pushes that plateau up quickly.",
        PLACE,
        "o3 was shown at 10,000 x o1-mini's compute",
        "Whether the deepest tier that people buy moves up, as compute gets cheaper and methods are found."
        " How often methods are found, and what each adds, is assumed.",
        contrast=level(tables.depth_growth, ID, 0.0, "growth of the deepest tier in inference at deployment"),
        direction=1,
        also=(level(at_end("elicitation_public_oom"), ID, 0.0, "span added by methods that all have"),),
    ),
    Claim(
        "C29",
        "Capacity to serve has grown",
        "There is far more compute to serve inference than when the first GPT-4-class models came out.",
        PLACE,
        "maybe 100 x effective compute",
        "Growth a year from 2025 on, cheaper inference counted, against a hundredfold in three years.",
        contrast=level(places.serving_growth, ID, 2.0 / 3.0, "growth a year less 100 x in three years"),
        direction=1,
    ),
)
