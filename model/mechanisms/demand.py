"""Demand: which offer each user takes, by a two-level nested logit (labs, then tiers in a lab).

With tier utilities u_k, lab j's inclusive value is IV_j = mu_w ln sum_{k in j} exp(u_k / mu_w);
the lab is drawn by a logit of scale mu over the IV_j and the outside utility u_0, then the tier by
a logit of scale mu_w.  Tastes belong to labs: as mu_w -> 0 a lab gains nothing from copies of one
tier (lesson 7 of the verification notes); mu_w = mu is the plain logit.

Conventions.  Utilities are in utils, finite or -inf (= not available, never chosen).  A lab's
offers are listed in increasing price, and a scale of 0 means a deterministic choice: within a lab
a tie goes to the LAST maximal offer (the dearer one), across labs it is shared equally (the limit
of the logit), and the outside option loses ties.  Who has no alternative at all stays outside.

Rows are handled in chunks laid out as (offers, users): every reduction then runs along contiguous
memory and the scratch space stays within a core's cache.  An array that is stored that way already
(``a.T`` of a C-ordered (n_offers, n_types) array) saves the transposition.
Source: McFadden (1978); Anderson, de Palma and Thisse (1992), ch. 2.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.floating[Any]]
Integers = NDArray[np.integer[Any]]
CHUNK = 8192  # users at a time: 8192 x 24 float32 = 0.8 MB, the size of a level-2 cache


class _Nests(NamedTuple):
    order: NDArray[np.intp]  # offers sorted by lab, stable: 'last in the lab' keeps its meaning
    place: NDArray[np.intp]  # the inverse permutation
    spans: list[slice]  # sorted positions of each lab's offers
    labels: NDArray[np.integer[Any]]  # label of each lab

    def is_sorted(self) -> bool:
        return bool((self.order[1:] > self.order[:-1]).all())


class _Chunk(NamedTuple):
    rows: slice
    shares: Floats  # (n_offers, rows) joint probabilities, offers in the order of the nests
    surplus: Floats  # (rows,) log-sum over labs and outside, utils


def choice_probabilities(
    utility: ArrayLike,
    lab_of_offer: ArrayLike,
    *,
    taste_scale: float,
    within_lab_scale: float,
    outside_utility: ArrayLike | None,
) -> Floats:
    """Probability of each offer for each type, (n_types, n_offers), in the dtype of `utility`.

    utility (n_types, n_offers) utils; lab_of_offer (n_offers,) int, in any order; the scales are in
    utils and >= 0; outside_utility (n_types,), a number, or None (= -inf: no outside option).  The
    outside option has what is missing to one.  ValueError on a wrong shape or a negative scale.
    """
    u, nests = _prepare(utility, lab_of_offer)
    out = np.empty(u.shape, u.dtype)
    for chunk in _chunks(u, nests, taste_scale, within_lab_scale, outside_utility):
        out[chunk.rows] = (chunk.shares if nests.is_sorted() else chunk.shares[nests.place]).T
    return out


def log_sum_surplus(
    utility: ArrayLike,
    lab_of_offer: ArrayLike,
    *,
    taste_scale: float,
    within_lab_scale: float,
    outside_utility: ArrayLike | None,
) -> Floats:
    """Expected best utility, mu ln(sum_j exp(IV_j / mu) + exp(u_0 / mu)), (n_types,), in utils.

    Arguments as in `choice_probabilities`.  Euler's constant (+0.5772 mu) is left out; divide by
    the marginal utility of money for money.  -inf where nothing is available.
    """
    u, nests = _prepare(utility, lab_of_offer)
    out = np.empty(u.shape[0], u.dtype)
    for chunk in _chunks(u, nests, taste_scale, within_lab_scale, outside_utility):
        out[chunk.rows] = chunk.surplus
    return out


def sample_choices(probabilities: ArrayLike, uniforms: ArrayLike) -> NDArray[np.int64]:
    """Offer index of each type, (n_types,), by inverse CDF; n_offers stands for the outside option.

    probabilities (n_types, n_offers), each row summing to at most one; uniforms (n_types,) in
    [0, 1), one draw for lab and tier together.
    """
    p = _as_floats(probabilities)
    draws = _check_rows("uniforms", uniforms, p.shape[0])
    out = np.empty(p.shape[0], np.int64)
    for rows in _row_slices(p.shape[0]):
        columns = np.ascontiguousarray(p[rows].T)
        out[rows] = _invert(columns, np.arange(p.shape[1]), draws[rows])
    return out


def sample_nested(
    utility: ArrayLike,
    lab_of_offer: ArrayLike,
    uniforms: ArrayLike,
    *,
    taste_scale: float,
    within_lab_scale: float,
    outside_utility: ArrayLike | None,
    current_lab: ArrayLike | None = None,
    stay_bonus: float = 0.0,
) -> NDArray[np.int64]:
    """`sample_choices` of `choice_probabilities`, draw for draw, without the probability matrix.

    current_lab (n_types,) int holds the label of each user's present lab (anything else, such as
    -1, for none); stay_bonus (utils) is added to all offers of that lab: loyalty, or the cost of
    a switch.
    """
    u, nests = _prepare(utility, lab_of_offer)
    draws = _check_rows("uniforms", uniforms, u.shape[0])
    stay = None
    if current_lab is not None and stay_bonus != 0.0:
        stay = (_check_rows("current_lab", current_lab, u.shape[0]), stay_bonus)
    out = np.empty(u.shape[0], np.int64)
    for chunk in _chunks(u, nests, taste_scale, within_lab_scale, outside_utility, stay):
        out[chunk.rows] = _invert(chunk.shares, nests.place, draws[chunk.rows])
    return out


def _chunks(
    u: Floats,
    nests: _Nests,
    taste_scale: float,
    within_lab_scale: float,
    outside_utility: ArrayLike | None,
    stay: tuple[NDArray[Any], float] | None = None,
) -> Iterator[_Chunk]:
    mu = _check_scale("taste_scale", taste_scale, u.dtype)
    mu_w = _check_scale("within_lab_scale", within_lab_scale, u.dtype)
    u0 = np.asarray(-np.inf if outside_utility is None else outside_utility, dtype=u.dtype)
    outside = _check_rows("outside_utility", u0, u.shape[0]) if u0.ndim else None
    for rows in _row_slices(u.shape[0]):
        x = np.array(u[rows].T, order="C")  # a copy: it becomes the result in place
        if not nests.is_sorted():
            x = x[nests.order]
        with np.errstate(divide="ignore", over="ignore"):
            inclusive, log_scale = _tier_stage(x, nests, mu_w)
            if stay is not None:
                current, bonus = stay
                for j, label in enumerate(nests.labels):
                    inclusive[j] += bonus * (current[rows] == label)
            surplus = _lab_stage(inclusive, mu, u0 if outside is None else outside[rows])
        for j, span in enumerate(nests.spans):
            x[span] *= inclusive[j] / log_scale[j]
        yield _Chunk(rows, x, surplus)


def _tier_stage(x: Floats, nests: _Nests, mu_w: float) -> tuple[Floats, Floats]:
    """Turn x into tier weights in place; return inclusive values and weight sums, (labs, n)."""
    lowest = np.finfo(x.dtype).min  # instead of -inf, so that -inf - top stays -inf
    inclusive = np.empty((len(nests.spans), x.shape[1]), x.dtype)
    for j, span in enumerate(nests.spans):
        np.max(x[span], axis=0, out=inclusive[j])
        if mu_w > 0.0:
            x[span] -= np.maximum(inclusive[j], lowest)
    if mu_w > 0.0:
        x /= mu_w
        np.exp(x, out=x)
        sums = np.stack([x[span].sum(axis=0) for span in nests.spans])
        inclusive += mu_w * np.log(sums)
        return inclusive, np.maximum(sums, np.finfo(x.dtype).tiny)
    for j, span in enumerate(nests.spans):
        taken = inclusive[j] == -np.inf
        for row in range(span.stop - 1, span.start - 1, -1):  # the dearer offer takes the tie
            best = (x[row] == inclusive[j]) & ~taken
            taken |= best
            x[row] = best
    return inclusive, np.ones_like(inclusive)


def _lab_stage(inclusive: Floats, mu: float, u0: Floats) -> Floats:
    """Turn inclusive values into lab probabilities in place; return the log-sum, (n,)."""
    best = inclusive.max(axis=0)
    if mu == 0.0:
        hit = (inclusive == best) & (best >= u0) & (best > -np.inf)
        inclusive[...] = hit / np.maximum(hit.sum(axis=0), 1)
        return np.maximum(best, u0)
    np.maximum(best, u0, out=best)
    np.maximum(best, np.finfo(inclusive.dtype).min, out=best)
    inclusive -= best
    inclusive /= mu
    np.exp(inclusive, out=inclusive)
    total = inclusive.sum(axis=0) + np.exp((u0 - best) / mu)
    inclusive /= np.maximum(total, np.finfo(inclusive.dtype).tiny)
    return np.asarray(best + mu * np.log(total))


def _invert(columns: Floats, place: NDArray[np.intp], draws: NDArray[Any]) -> NDArray[np.int64]:
    """Inverse CDF over offers place[0], place[1], ... of columns (n_offers, n)."""
    reached = np.zeros(columns.shape[1], columns.dtype)
    index = np.zeros(columns.shape[1], np.int16)
    for row in place:
        reached += columns[row]
        index += reached <= draws
    # What rounding leaves below one is nobody's: without this rule a few users per million would
    # step outside although there is no outside option.
    slack = 64 * np.finfo(columns.dtype).eps
    for i in np.flatnonzero((index == len(place)) & (reached > 1.0 - slack)):
        index[i] = np.flatnonzero(columns[place, i])[-1]
    return index.astype(np.int64)


def _prepare(utility: ArrayLike, lab_of_offer: ArrayLike) -> tuple[Floats, _Nests]:
    u = _as_floats(utility)
    labs = np.asarray(lab_of_offer)
    if labs.shape != (u.shape[1],) or u.shape[1] == 0:
        raise ValueError(f"lab_of_offer has shape {labs.shape}; allowed: ({u.shape[1]},), at least one offer")
    labels, counts = np.unique(labs, return_counts=True)
    ends = np.cumsum(counts)
    spans = [slice(int(e - c), int(e)) for e, c in zip(ends, counts, strict=True)]
    order = np.argsort(labs, kind="stable")
    return u, _Nests(order, np.argsort(order), spans, labels)


def _as_floats(values: ArrayLike) -> Floats:
    a = np.asarray(values)
    if a.ndim != 2:
        raise ValueError(f"a matrix (n_types, n_offers) is needed; got shape {a.shape}")
    return a if a.dtype in (np.float32, np.float64) else a.astype(np.float64)


def _check_rows(name: str, values: ArrayLike, n_types: int) -> NDArray[Any]:
    a = np.asarray(values)
    if a.shape != (n_types,):
        raise ValueError(f"{name} has shape {a.shape}; allowed: ({n_types},)")
    return a


def _check_scale(name: str, scale: float, dtype: np.dtype[Any]) -> float:
    if not 0.0 <= scale < np.inf:
        raise ValueError(f"{name} is {scale}; allowed: a finite number >= 0")
    return 0.0 if scale < 4 * np.finfo(dtype).tiny else float(scale)


def _row_slices(n_types: int) -> Iterator[slice]:
    return (slice(lo, min(lo + CHUNK, n_types)) for lo in range(0, n_types, CHUNK))
