"""Price lists of groups of users: vouchers that the state pays in part, labs that do not sell to a region.

Every user of a segment meets the book's common list but for those of a special group. Groups do not
overlap. Models that users run themselves are on no list: weights that are out are out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
PRICE = -4  # column of a book's terms


@dataclass(frozen=True, eq=False)
class Special:
    """One group: rows (n,) of the segment; the state's part of a price, USD per step; labs out of reach."""

    rows: NDArray[np.bool_]
    voucher_usd: float = 0.0
    barred: frozenset[int] = frozenset()

    def terms(self, terms: NDArray[np.float64], sold: int) -> NDArray[np.float64]:
        """A book's terms at the prices that the group pays itself: max(0, p - v).

        terms (K, M + 4), of which the first `sold` are labs' tiers.
        """
        mine = terms.copy()
        mine[:sold, PRICE] = np.maximum(mine[:sold, PRICE] - self.voucher_usd, 0.0)
        return mine

    def places(self, lab: NDArray[np.int64], sold: int) -> NDArray[np.intp]:
        """Places of the offers out of reach."""
        if not self.barred:
            return np.empty(0, dtype=np.intp)
        return np.flatnonzero(np.isin(lab[:sold], list(self.barred)))

    def subsidy(self, price: Floats, sold: int) -> Floats:
        """What the state pays for a tier per standard user, USD per step, (K,)."""
        paid = np.minimum(price, self.voucher_usd)
        paid[sold:] = 0.0
        return np.asarray(paid)
