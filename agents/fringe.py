"""The open fringe: models that anybody may run, as offers on sale and as a lab imagines them.

Users run open models themselves, on rented compute and with trouble of their own, or buy from hosts at
cost plus overhead. Both stand in the model's nest, and users take what is cheaper for them. Hosts earn
nothing: what users pay them goes to whoever owns the compute. A leaked model is sold by an illicit host.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.book import SELF_HOSTED, Book, SelfHosted
from agents.survey import Poll
from model.catalogue import FoundationModel
from model.knowhow import Knowhow
from model.mechanisms.open_weights import added_worth, share_of_added
from model.mechanisms.response import inclusive_value, situation

if TYPE_CHECKING:
    from agents.decisions.outlook import Outlook

Floats = NDArray[np.float64]


class Published(NamedTuple):
    """A model that others may run, as it might be.

    appeal: of its hosts against lawful ones, utils; by_host: by an illicit host, whatever the rules.
    """

    base_oom: float
    parameters: float
    appeal: float = 0.0
    by_host: bool = False
    elicitation_oom: float = 0.0
    distilled_oom: float = 0.0

    @classmethod
    def of(cls, model: FoundationModel, appeal: float = 0.0, by_host: bool = False) -> Published:
        """The model, if it were published or leaked."""
        beyond, distilled = model.elicitation_oom, model.distilled_oom
        return cls(model.base_oom, model.parameters, appeal, by_host, beyond, distilled)


def open_models(models: Iterable[FoundationModel], most: int) -> list[FoundationModel]:
    """The open models that users look at: the most capable few."""
    free = [m for m in models if m.open_weights and m.released_step >= 0]
    return sorted(free, key=lambda m: (-m.base_oom, m.id))[:most]


def leaked_models(models: Iterable[FoundationModel]) -> list[FoundationModel]:
    """The most capable leaked model that is not open anyway: illicit hosts sell that one."""
    leaked = [m for m in models if m.leaked_step >= 0 and not m.open_weights]
    return sorted(leaked, key=lambda m: (-m.base_oom, m.id))[:1]


def offers(
    models: list[FoundationModel],
    leaked: list[FoundationModel],
    channel: int,
    know: Knowhow,
    flop_price: float,
    tasks: float,
    number: Any,
) -> list[SelfHosted]:
    """What the fringe offers in a channel at each depth; number(key) gives an offer its number.

    flop_price: USD per training FLOP; tasks: of a standard user in a step.
    """
    rules = know.scenario.open_weights
    depths = _depths(know)
    made = []
    for model in [*models, *leaked]:
        illicit = model.leaked_step >= 0 and not model.open_weights
        own = model.base_oom, model.elicitation_oom, model.distilled_oom
        base, beyond, distilled = (np.full(depths.size, x) for x in own)
        found = know.profile(channel, base, depths, beyond, distilled)
        per_pass = flop_price * know.technology.inference_price_ratio * know.flop_per_task(model.parameters)
        for place in _unlike(found.mean_depth):
            depth, used = float(depths[place]), float(found.mean_depth[place])
            if rules.self_hosting and not illicit:
                made.append(
                    SelfHosted(
                        id=number((model.id, channel, depth)),
                        model=model,
                        depth=depth,
                        unit_usd=per_pass * (1.0 + rules.retail_markup) * tasks * used,
                        setup_usd=rules.setup_usd_year * know.scenario.horizon.step_years,
                    )
                )
            if rules.hosts or illicit:
                made.append(
                    SelfHosted(
                        id=number((model.id, channel, depth, "host")),
                        model=model,
                        depth=depth,
                        unit_usd=per_pass * (1.0 + rules.host_overhead) * tasks * used,
                        setup_usd=0.0,
                        host=True,
                        appeal=know.scenario.security.illicit_appeal if illicit else 0.0,
                    )
                )
    return made


def _depths(know: Knowhow) -> Floats:
    """Caps on depth at which open models are offered, (D,), rising."""
    return np.unique(np.maximum(know.scenario.open_weights.depths, know.technology.minimum_depth))


def _unlike(used: Floats) -> list[int]:
    """Places of the caps under which more depth is used than under the one before, (D,) mean depths.

    A cap beyond what the technology can use gives the same product at the same price: offered again it would
    draw users for nothing but being there twice (the red and the blue bus).
    """
    return np.flatnonzero(np.diff(used, prepend=0.0) > 1e-9 * used).tolist()


def log_odds(
    published: Published, poll: Poll, channel: int, flop_price: float, outlook: Outlook
) -> tuple[Floats, Floats]:
    """ln odds of a model in the fringe for each respondent, (n,), and what who takes it pays, USD, (n,).

    A respondent's own trouble is not known to labs: where there are no hosts, the mean overhead stands
    for it.
    """
    know, rules = outlook.knowhow, outlook.scenario.open_weights
    depths = _depths(know)
    own = published.base_oom, published.elicitation_oom, published.distilled_oom
    base, beyond, distilled = (np.full(depths.size, x) for x in own)
    found = know.profile(channel, base, depths, beyond, distilled)
    per_pass = flop_price * know.technology.inference_price_ratio * know.flop_per_task(published.parameters)
    hosted = rules.hosts or published.by_host
    over = 1.0 + rules.host_overhead if hosted else (1.0 + rules.retail_markup) * (1.0 + rules.overhead)
    sold = _unlike(found.mean_depth)
    price = per_pass * over * outlook.tasks_per_step * found.mean_depth[sold]
    if not hosted:
        price = price + rules.setup_usd_year * outlook.dt
    gross = poll.sample.mix @ found.value[sold].T + outlook.hosting_appeal + published.appeal
    case = situation(gross[None], price[None], np.zeros((1, gross.shape[0])), **poll.common)
    value, taken = inclusive_value(case, price[None])
    return value[0] / poll.users.taste_scale, price @ taken[0]


def money_per_log(poll: Poll) -> Floats:
    """Money that one unit of ln odds is worth to each respondent, USD per standard user, (n,)."""
    slope = poll.sample.price_coefficient
    slope = slope if poll.sample.income is None else slope / poll.sample.income
    return np.asarray(poll.users.taste_scale / slope)


def worth_to_others(
    published: Published,
    poll: Poll,
    channel: int,
    flop_price: float,
    outlook: Outlook,
    improvement: float = 0.0,
) -> float:
    """What a model would be worth outside if it were published, USD per step.

    Payments for running it plus users' gain at everybody's present prices. improvement: utils by which
    what labs sell is expected to get better.
    """
    new, paid = log_odds(published, poll, channel, flop_price, outlook)
    total = poll.rivals(None, improvement)
    gain = added_worth(total, new, money_per_log(poll)) + share_of_added(total, new) * paid
    return float(poll.weight @ gain)


def makers_only(book: Book) -> Book:
    """The book without the fringe: what is left if nobody but its maker could run a model."""
    sold = len(book.tiers)
    return replace(
        book,
        hosted=[],
        profile=type(book.profile)(*(column[:sold] for column in book.profile)),
        marginal=book.marginal[:sold],
        appeal=book.appeal[:sold],
        flop_per_task=book.flop_per_task[:sold],
    )


def users_gain(poll: Poll, models: Iterable[FoundationModel]) -> float:
    """Users' gain from open models that are on offer, USD per step, at present prices."""
    nests = [SELF_HOSTED + m.id for m in models if SELF_HOSTED + m.id in poll.value]
    if not nests:
        return 0.0
    mu = poll.users.taste_scale
    part = np.logaddexp.reduce([poll.value[n] / mu for n in nests], axis=0)
    total = poll.rivals(None)
    with np.errstate(divide="ignore"):
        rest = total + np.log1p(-np.minimum(np.exp(part - total), 1.0 - 1e-12))
    return float(poll.weight @ added_worth(rest, part, money_per_log(poll)))
