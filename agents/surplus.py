"""What users gain by AI, in money, against having none."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.book import Book
from agents.demand import Floats, utilities, with_specials
from agents.users import Segment
from model.mechanisms.demand import choice_probabilities, log_sum_surplus
from model.sections.users import Users


def surplus_usd(
    segment: Segment, rows: NDArray[np.intp], book: Book, users: Users, shift: Floats | None = None
) -> Floats:
    """Expected consumer surplus against having no AI of rows, USD per step, (n,).

    shift (n, K): what users think too much of each offer, -inf where they do not look. They choose by
    what they think and live with what is: what they were wrong about in what they choose is taken
    off again (Train 2015, Journal of Choice Modelling 16, 15-22).
    """
    if book.size == 0 or users.outside_utility == "none":
        return np.zeros(rows.size)
    terms = segment.terms(book.terms, np.float64)
    utility = utilities(segment, rows, terms, users.income_effect)
    utility = with_specials(utility, segment, rows, book, users.income_effect)
    outside = float(users.outside_utility)
    scales: dict[str, Any] = {
        "taste_scale": users.taste_scale,
        "within_lab_scale": users.within_lab_scale,
        "outside_utility": outside,
    }
    if shift is not None:
        utility = utility + shift
    gain = log_sum_surplus(utility, book.nest, **scales) - outside
    if shift is not None:
        wrong = np.where(np.isfinite(shift), shift, 0.0)
        gain -= (choice_probabilities(utility, book.nest, **scales) * wrong).sum(axis=1)
    per_usd = segment.price_weight[rows].astype(np.float64)
    if users.income_effect == "log":
        per_usd = per_usd / segment.income[rows]
    return np.asarray(gain / per_usd)
