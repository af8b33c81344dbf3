"""What a quantity is on average where a factor has one value and where it has another: streets in which a reform helps and does not.

An index says that a factor counts and not which way. Here the points of the design are told apart by each factor that stands alone:
by value, of switches, categories and up to six whole numbers; by lower, middle and upper third of its law, of all others (of whole
numbers as nearly as they can be cut). Everything else varies as before, so that the means of two parts differ by what the factor
does on average.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from experiments.comparison import mean_interval
from experiments.sensitivity_design import Design
from experiments.sensitivity_factors import Factor

SEEDS_ENOUGH = 8  # to judge from them what others would give
VALUES_AT_MOST = 6  # of whole numbers, which make no thirds
THIRDS = ("lower third", "middle third", "upper third")
BY_VALUE = (
    *("factor", "part", "low", "high", "points"),
    *("mean", "mean_half", "share_better", "share_better_half"),
)


def by_value(
    design: Design, known: np.ndarray, values: np.ndarray, lots: np.ndarray, better: int
) -> list[dict[str, Any]]:
    """A row for each part of each factor that stands alone, for one outcome.

    `known`, shape (points,), are the points that can be used, `values` and `lots` the outcome there and equal numbers where seeds
    are equal. `better`: 1 where more is better, -1 where less is, 0 where the outcome is no difference or nobody can say.
    """
    found = []
    for column, factor in enumerate(design.factors[:-1]):
        if factor.judged_as != factor.name:
            continue
        realised = design.realised[known, column]
        for part, low, high, inside in _parts(factor, realised):
            if inside.any():
                row = {"factor": factor.name, "part": part, "low": low, "high": high, "points": int(inside.sum())}
                found.append(row | averages(values[inside], lots[inside], better))
    return found


def averages(values: np.ndarray, lots: np.ndarray, better: int) -> dict[str, float]:
    """Mean and share of points at which it is better, with 95% half-widths."""
    line = {"mean": float(values.mean()), "mean_half": mean_half(values, lots)}
    is_better = better * values > 0.0
    return line | {
        "share_better": float(is_better.mean()) if better else np.nan,
        "share_better_half": mean_half(is_better, lots) if better else np.nan,
    }


def mean_half(values: np.ndarray, lots: np.ndarray) -> float:
    """95% half-width of a mean, from the means of equal lots, which are independent; NaN if there are too few of them.

    Points of one seed share its luck: that many points make a mean sure under a few seeds would say nothing of others.
    """
    _, place = np.unique(lots, return_inverse=True)
    means = np.bincount(place, values) / np.bincount(place)
    if len(means) < SEEDS_ENOUGH:
        return np.nan
    _, low, high = mean_interval(means)
    return (high - low) / 2


def _parts(factor: Factor, realised: np.ndarray) -> Iterator[tuple[str, float, float, np.ndarray]]:
    """Each part of a factor: what it is called, from where to where it goes, and which points are in it."""
    whole = factor.kind != "number"
    single = np.arange(factor.low, factor.high + 1) if whole else np.empty(0)
    if factor.kind == "category" or 0 < len(single) <= VALUES_AT_MOST:
        for value in single:
            yield str(factor.value(value)), float(value), float(value), realised == value
        return
    edges = factor.realise(np.linspace(0.0, 1.0, len(THIRDS) + 1))
    third = np.searchsorted(edges[1:-1], realised, side="right")
    for number, name in enumerate(THIRDS):
        inside = third == number
        ends = (
            (realised[inside].min(), realised[inside].max()) if whole and inside.any() else edges[number : number + 2]
        )
        yield name, float(ends[0]), float(ends[1]), inside
