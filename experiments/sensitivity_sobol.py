"""Sobol' indices with bootstrap intervals, with the part that is luck taken out.

A stretch of the design is two base points A and B and, for each factor, A with this factor from B (AB) and, in a design with
second order, B with it from A (BA). Whatever is estimated is a mean over stretches of products of differences between points
of one stretch:

    variance       half the square of A - B, and of AB - BA: points that have no factor in common
    total          half the square of A - AB, and of B - BA (Jansen 1999)
    first          half of (A - AB) (BA - B) (Azzini, Mara & Rosati 2021); without BA (B - mean) (AB - A) (Saltelli et al. 2010)
    pair, closed   half of (AB - AB') (BA' - BA) for two factors, less the first indices of both: their second index

In a narrowed design some stretches have no neighbours of some factors: a mean is then over those that have, and the variance over
all. What a factor does only now and then its own stretches may never have seen: by how much less they vary than all do, its total
index may be larger, which is `unseen`. Intervals of factors that are left out may widen, since the variance no longer goes along.

Points of a stretch have the same seed, so that its level cancels and stretches may have seeds of their own. SALib
uses only half of the pairs, takes the variance from other points than the effects, which makes their ratio less sure, and can
resample neither stretches with seeds of their own nor values together with their luck. Tests hold the totals against SALib's.

Under fixed seeds a factor may still reshuffle luck: other draws are used, and the outcome changes though the factor does
nothing on average. That luck is in the total index of each such factor. Two disjoint blocks of seeds show it: half their
difference holds luck and nothing else, and as much of it as their mean does (over the root of two: as one block does). What
luck adds to an index is estimated from it as the index is from the values, and taken off; `luck` is that of the total index.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from experiments.sensitivity_design import Design
from experiments.sensitivity_resamples import CONFIDENCE, LEAST_RESAMPLES, check_resamples, resampled_weights
from model.errors import ContradictionError, ValueOutOfRangeError

Z = float(norm.ppf(0.5 + CONFIDENCE / 2))


@dataclass(frozen=True)
class SobolIndices:
    """Indices of one outcome by group of the design; arrays of shape (groups,), `total_all` (resamples, groups).

    All have luck taken off, of total indices as much as `luck`. `second` and `second_half` (half-widths) have the shape
    (groups, groups), NaN but above the diagonal, and are None without second order. `base_points`: how many stretches each is of;
    `half_sample`: total indices from the first half of them.
    """

    first: np.ndarray
    first_half: np.ndarray
    total: np.ndarray
    total_half: np.ndarray
    total_all: np.ndarray
    luck: np.ndarray
    unseen: np.ndarray
    base_points: np.ndarray
    half_sample: np.ndarray
    second: np.ndarray | None = None
    second_half: np.ndarray | None = None


def sobol_indices(
    design: Design, values: np.ndarray, luck: np.ndarray | None = None, resamples: int = LEAST_RESAMPLES
) -> SobolIndices:
    """Indices from values of shape (points,), complete stretches of the design only, NaN where a narrowed one has no
    neighbours of a factor (in which stretches that is, the values themselves say).

    `luck`, of the same shape, is luck only, and as much as is in the values; NaN in stretches where it is not known. Raises
    ContradictionError for a wrong size or an outcome that does not vary, ValueOutOfRangeError for values that are missing in
    other places and for too few resamples.
    """
    check_resamples(resamples)
    _require_complete(design, values)
    variances, parts = _variances(design, values), _parts(design, values)
    luck = np.zeros_like(values) if luck is None else luck
    told = np.isfinite(luck[:: design.stride])
    of_luck = _parts(design, luck.reshape(-1, design.stride)[told].ravel())

    def indices(weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Of the values, luck included, and of luck alone, for each weighting of the stretches."""
        whole = (weights @ variances / weights.sum(axis=1))[:, None]
        return _means(weights, parts) / whole, _means(weights[:, told], of_luck) / whole

    raw, lucky = (found[0] for found in indices(np.ones((1, len(variances)))))
    raw_all, lucky_all = indices(_weights(design.seed + 1, told, resamples))
    estimate, half = raw - lucky, Z * (raw_all - lucky_all).std(axis=0, ddof=1)
    first, total, pairs = _places(len(design.groups))
    return SobolIndices(
        first=estimate[first],
        first_half=half[first],
        total=estimate[total],
        total_half=half[total],
        total_all=(raw_all - lucky_all)[:, total],
        luck=lucky[total],
        unseen=_unseen(variances, parts[:, total]),
        base_points=np.isfinite(parts[:, total]).sum(axis=0),
        half_sample=_half_sample(variances, parts[:, total]) - lucky[total],
        second=_above_diagonal(design, estimate[pairs]),
        second_half=_above_diagonal(design, half[pairs]),
    )


def _unseen(variances: np.ndarray, totals: np.ndarray) -> np.ndarray:
    """By how much of the variance the stretches that have a factor vary less than all, shape (groups,); 0 if all have it."""
    there = np.isfinite(totals)
    own = variances @ there / there.sum(axis=0)
    return np.maximum(1.0 - own / variances.mean(), 0.0)


def _half_sample(variances: np.ndarray, totals: np.ndarray) -> np.ndarray:
    """Total indices, luck included, from the first half of the stretches that have each factor; NaN where those do not vary."""
    there = np.isfinite(totals)
    first = there & (there.cumsum(axis=0) <= there.sum(axis=0) // 2)
    whole = variances @ first
    return np.divide(
        np.where(first, totals, 0.0).sum(axis=0), whole, out=np.full(len(whole), np.nan), where=whole > 0.0
    )


def variance(design: Design, values: np.ndarray) -> float:
    """The variance of one outcome over the law of all factors under the same seed, from complete stretches."""
    return float(_variances(design, values).mean())


def _weights(seed: int, told: np.ndarray, resamples: int) -> np.ndarray:
    """How often each stretch is in each resample. Those whose luck is told are as many in each as there are."""
    weights = np.empty((resamples, len(told)))
    for number, stratum in enumerate((told, ~told)):
        if stratum.any():
            weights[:, stratum] = resampled_weights(seed + number, int(stratum.sum()), resamples)
    return weights


def _means(weights: np.ndarray, parts: np.ndarray) -> np.ndarray:
    """Of each part over the stretches that have it, for each weighting of the stretches."""
    there = np.isfinite(parts)
    return weights @ np.where(there, parts, 0.0) / (weights @ there)


def _variances(design: Design, values: np.ndarray) -> np.ndarray:
    """What each stretch says of the variance, shape (stretches,)."""
    a, b, ab, ba = stretches(design, values)
    squares = (a - b) ** 2 if ba is None else np.hstack([(a - b) ** 2, (ab - ba) ** 2])
    return np.nanmean(squares, axis=1) / 2


def _parts(design: Design, values: np.ndarray) -> np.ndarray:
    """What each stretch says of the parts of the variance, shape (stretches, parts); `_places` says which are which."""
    a, b, ab, ba = stretches(design, values)
    if ba is None:
        return np.hstack([(b - np.nanmean(values)) * (ab - a), (a - ab) ** 2 / 2])
    first = (a - ab) * (ba - b) / 2
    i, j = np.triu_indices(len(design.groups), 1)
    pairs = (ab[:, i] - ab[:, j]) * (ba[:, j] - ba[:, i]) / 2 - first[:, i] - first[:, j]
    return np.hstack([first, ((a - ab) ** 2 + (b - ba) ** 2) / 4, pairs])


def _places(groups: int) -> tuple[slice, slice, slice]:
    """Where first, total and second indices stand among the parts."""
    return slice(groups), slice(groups, 2 * groups), slice(2 * groups, None)


def stretches(design: Design, values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray | None]:
    """The values at A and B, of shape (stretches, 1), AB and BA (None without second order) of shape (stretches, groups)."""
    rows, groups = values.reshape(-1, design.stride), len(design.groups)
    swapped = rows[:, groups + 1 : -1] if design.second_order else None
    return rows[:, :1], rows[:, -1:], rows[:, 1 : groups + 1], swapped


def _above_diagonal(design: Design, pairs: np.ndarray) -> np.ndarray | None:
    if not design.second_order:
        return None
    square = np.full((len(design.groups), len(design.groups)), np.nan)
    square[np.triu_indices(len(design.groups), 1)] = pairs
    return square


def _require_complete(design: Design, values: np.ndarray) -> None:
    points = len(values)
    if points == 0 or points % design.stride or points > len(design.realised):
        raise ContradictionError(
            f"{points:,} values for a design of {len(design.realised):,} points in stretches of {design.stride}: "
            "they do not belong together"
        )
    wrong = np.flatnonzero(~(np.isfinite(values) | _left_out(design, values)))
    if len(wrong):
        raise ValueOutOfRangeError(
            f"{len(wrong):,} of {points:,} points have no finite value, the first is point {wrong[0]}: "
            "leave their stretches out before indices are computed"
        )
    if not varies(values):
        raise ContradictionError("the outcome is the same at every point: there is no variance to share out")


def varies(values: np.ndarray) -> bool:
    """Whether there are values at all, and not always the same one."""
    there = values[np.isfinite(values)]
    return len(there) > 0 and bool(np.ptp(there) > 0.0)


def _left_out(design: Design, values: np.ndarray) -> np.ndarray:
    """Which points are neighbours that a narrowed design may do without: NaN in all rows of one factor in a stretch."""
    missing = np.isnan(values.reshape(-1, design.stride))
    neighbours = missing[:, 1:-1].reshape(len(missing), -1, len(design.groups)).all(axis=1)
    left_out = np.zeros_like(missing)
    if design.narrowed:
        left_out[:, 1:-1] = np.tile(neighbours, 2 if design.second_order else 1)
    return left_out.ravel()
