"""Sobol' indices with bootstrap intervals, by SALib, with the part that is luck taken out of the total indices.

SALib estimates first indices after Saltelli et al. (2010), total ones after Jansen (1999) and second ones after Saltelli (2002),
and resamples the base points for the intervals. It is handed only what it can bear: all values finite, as many as the design
has points, an outcome that varies, a seed above 0 (0 means unseeded to it) and 1,000 resamples or more.

A design with second order holds every factor's effect twice: at the first base point with this factor from the second, and the
other way round. SALib uses the former; here it is asked a second time with the base points in each other's place, and the mean of
both is taken. Its variance is half as large where factors act together, and no smaller where they only add up.

Under fixed seeds a factor may still reshuffle luck: other draws are used, and the outcome changes though the factor does
nothing on average. That luck is in the total index of each such factor. Two disjoint blocks of seeds show it: half their
difference holds luck and nothing else, and as much of it as their mean does (over the root of two: as one block does). Its own
indices, in the same units, are therefore what luck adds, and are taken off; that of the total index is reported as `luck`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from SALib.analyze import sobol as salib_sobol
from scipy.stats import norm

from experiments.sensitivity_design import Design
from model.errors import ContradictionError, ValueOutOfRangeError

CONFIDENCE = 0.95
LEAST_RESAMPLES = 1_000
MOST_RESAMPLES = 100_000
Z = float(norm.ppf(0.5 + CONFIDENCE / 2))


@dataclass(frozen=True)
class SobolIndices:
    """Indices of one outcome by group of the design; arrays of shape (groups,), `..._all` (resamples, groups).

    All but `raw_total` have luck taken off, of total indices as much as `luck`. `second` and `second_half` (half-widths, on the
    safe side: the mean of those of the two halves) have the shape (groups, groups), NaN but above the diagonal, and are None
    without second order.
    """

    first: np.ndarray
    first_half: np.ndarray
    total: np.ndarray
    total_half: np.ndarray
    total_all: np.ndarray
    luck: np.ndarray
    raw_total: np.ndarray
    second: np.ndarray | None = None
    second_half: np.ndarray | None = None


def check_resamples(resamples: int) -> int:
    """A number of bootstrap resamples that gives stable intervals; raises ValueOutOfRangeError."""
    whole = isinstance(resamples, int) and not isinstance(resamples, bool)
    if not whole or not LEAST_RESAMPLES <= resamples <= MOST_RESAMPLES:
        raise ValueOutOfRangeError(
            f"resamples: found {resamples}; must be a whole number from {LEAST_RESAMPLES:,} to {MOST_RESAMPLES:,}: "
            "intervals from fewer are themselves a matter of luck"
        )
    return resamples


def sobol_indices(
    design: Design,
    values: np.ndarray,
    luck: np.ndarray | None = None,
    resamples: int = LEAST_RESAMPLES,
    lots: np.ndarray | None = None,
) -> SobolIndices:
    """Indices from values of shape (points,), complete stretches of the design only.

    `luck` is luck only, and as much as is in the values, at the stretches where it is known; `lots` has equal numbers for
    stretches with the same seeds (None: all have the same). Raises ContradictionError for a wrong size or an outcome that does
    not vary, ValueOutOfRangeError for values that are not finite and for too few resamples.
    """
    check_resamples(resamples)
    _require_complete(design, values)
    variance = _variance(design, values, lots)
    # SALib's indices are parts of the whole variance, the levels of the seeds included.
    part = variance / _variance(design, values)
    found = {name: array / part for name, array in _by_salib(design, values, resamples, design.second_order).items()}
    of_luck = {} if luck is None else _luck(design, luck, variance, resamples)
    without = {name: values - of_luck.get(name, 0.0) for name, values in found.items()}
    return SobolIndices(
        first=without["S1"],
        first_half=Z * without["S1_conf_all"].std(axis=0, ddof=1),
        total=without["ST"],
        total_half=Z * without["ST_conf_all"].std(axis=0, ddof=1),
        total_all=without["ST_conf_all"],
        luck=of_luck.get("ST", np.zeros(len(design.groups))),
        raw_total=found["ST"],
        second=without.get("S2"),
        second_half=np.hypot(found["S2_conf"], of_luck.get("S2_conf", 0.0)) if design.second_order else None,
    )


def _luck(design: Design, luck: np.ndarray, variance: float, resamples: int) -> dict[str, np.ndarray]:
    """What luck adds to SALib's arrays by name; empty where there is none."""
    share = _variance(design, luck) / variance
    if share <= 1e-12:
        return {}
    found = _by_salib(design, luck, resamples, design.second_order)
    return {name: share * values for name, values in found.items() if name not in ("S1_conf", "ST_conf")}


def total_indices(design: Design, values: np.ndarray, lots: np.ndarray | None = None) -> np.ndarray:
    """Total indices alone (Jansen), for a part of a design or one block; shape (groups,). `lots` as in `sobol_indices`."""
    _require_complete(design, values)
    moved = slice(1, len(design.groups) + 1)
    squares = [np.mean((rows[:, :1] - rows[:, moved]) ** 2, axis=0) for rows in _halves(design, values)]
    return 0.5 * np.mean(squares, axis=0) / _variance(design, values, lots)


def base_rows(design: Design, points: int) -> np.ndarray:
    """The rows, of so many points, that are independent samples of all factors: the two base points of each stretch."""
    starts = np.arange(0, points, design.stride)
    return np.concatenate([starts, starts + design.stride - 1])


def _variance(design: Design, values: np.ndarray, lots: np.ndarray | None = None) -> float:
    lots = np.zeros(len(values) // design.stride, int) if lots is None else lots
    return variance_within(values[base_rows(design, len(values))], np.tile(lots, 2))


def variance_within(values: np.ndarray, lots: np.ndarray) -> float:
    """The variance of values of equal lots around their means; of one lot, the usual one.

    Another seed is another level. Where stretches have seeds of their own, that is no part of what the factors do, nor of the
    luck that they reshuffle: points that are compared have the same level.
    """
    _, lots = np.unique(lots, return_inverse=True)
    means = np.bincount(lots, values) / np.bincount(lots)
    return float(np.sum((values - means[lots]) ** 2) / (len(values) - lots.max()))


def _require_complete(design: Design, values: np.ndarray) -> None:
    points = len(values)
    if points == 0 or points % design.stride or points > len(design.realised):
        raise ContradictionError(
            f"{points:,} values for a design of {len(design.realised):,} points in stretches of {design.stride}: "
            "they do not belong together"
        )
    wrong = np.flatnonzero(~np.isfinite(values))
    if len(wrong):
        raise ValueOutOfRangeError(
            f"{len(wrong):,} of {points:,} points have no finite value, the first is point {wrong[0]}: "
            "leave their stretches out before indices are computed"
        )
    if not np.ptp(values) > 0.0:
        raise ContradictionError("the outcome is the same at every point: there is no variance to share out")


def _halves(design: Design, values: np.ndarray) -> list[np.ndarray]:
    """Stretches (base points, stride) as they are, and with second order also with the two base points in each other's place."""
    rows, groups = values.reshape(-1, design.stride), len(design.groups)
    if not design.second_order:
        return [rows]
    first, of_first, of_second, second = np.split(rows, (1, groups + 1, 2 * groups + 1), axis=1)
    return [rows, np.hstack([second, of_second, of_first, first])]


def _by_salib(design: Design, values: np.ndarray, resamples: int, second_order: bool) -> dict[str, np.ndarray]:
    """SALib's arrays by name, each the mean over the halves of the design; the resamples are of the same base points."""
    found = []
    for rows in _halves(design, values):
        if design.second_order and not second_order:  # leave out the points that only pairs need
            rows = np.delete(rows, slice(len(design.groups) + 1, -1), axis=1)
        found.append(
            salib_sobol.analyze(
                design.problem,
                rows.ravel(),
                calc_second_order=second_order,
                num_resamples=resamples,
                conf_level=CONFIDENCE,
                keep_resamples=True,
                seed=design.seed + 1,  # never 0, which SALib takes for no seed at all
            )
        )
    return {name: np.mean([half[name] for half in found], axis=0) for name in found[0]}
