"""Who in a group does what the group does: the straight-line effects of its members, from the runs made for its index.

A group's index says how much its members do together and hides which of them. The runs know more: between A and A with the group
from B every member changes and nothing else does, so that the change of a member that does something by itself goes along with the
change of the outcome. A correlation finds, among m members and with n base points, most of those that make (5 + 2 ln m) / n of what
the group changes. What members do only together, or up and down again, does not show: to be ranked, a factor has to stand alone.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.stats import norm, rankdata, t

from experiments.sensitivity_design import Design
from experiments.sensitivity_resamples import CONFIDENCE
from experiments.sensitivity_sobol import stretches, variance

EFFECTS = ("correlation", "correlation_low", "correlation_high", "share", "stands_out")
MEMBERS = ("group", "factor", "role", *EFFECTS)


def member_effects(design: Design, known: np.ndarray, values: np.ndarray) -> list[dict[str, Any]]:
    """A row for each member of each group of two or more, for one outcome.

    `known`, shape (points,), are the points of complete stretches, `values` the outcome there. `correlation` is positive where
    more of the member goes with more of the outcome (of a category: where later values of its list do). `share` is the part of
    the outcome's variance that goes with it: a first Sobol' index as far as effects are straight lines over the ranks of values.
    `stands_out` is False for all members in nineteen of twenty groups in which none does anything, under these seeds.
    """
    whole, found = variance(design, values), []
    ends = [design.realised[place :: design.stride][known[place :: design.stride]] for place in (0, -1 % design.stride)]
    for place, group in enumerate(design.groups):
        members = [k for k, factor in enumerate(design.factors) if factor.judged_as == group]
        if len(members) > 1:
            changes = _changes(design, values, place)
            there = np.isfinite(changes)  # of a narrowed design some stretches have no neighbours of the group
            effects = _effects(_moved(*(end[there][:, members] for end in ends)), changes[there], whole)
            for k, effect in zip(members, effects, strict=True):
                found.append(
                    {"group": group, "factor": design.factors[k].name, "role": design.factors[k].role} | effect
                )
    return found


def _moved(at_a: np.ndarray, at_b: np.ndarray) -> np.ndarray:
    """How far each member moves from B to A in each stretch, in ranks; shape (stretches, members)."""
    from_a, from_b = np.split(rankdata(np.vstack([at_a, at_b]), axis=0), 2)
    return from_a - from_b


def _changes(design: Design, values: np.ndarray, place: int) -> np.ndarray:
    """What the outcome changes as the group at `place` goes from B to A and all else stays, shape (stretches,)."""
    a, b, ab, ba = stretches(design, values)
    forth = a[:, 0] - ab[:, place]
    return forth if ba is None else (forth + ba[:, place] - b[:, 0]) / 2


def _effects(moved: np.ndarray, changes: np.ndarray, whole: float) -> list[dict[str, Any]]:
    """The effect of each member on an outcome whose variance is `whole`."""
    n, members = moved.shape
    moved, changes = moved - moved.mean(axis=0), changes - changes.mean()
    size = np.sqrt((moved**2).sum(axis=0) * (changes**2).sum())
    correlation = np.divide(changes @ moved, size, out=np.zeros(members), where=size > 0.0)
    chance = (1.0 - correlation**2) / (n - 2)
    wider = _wider(moved, changes)
    reach = norm.ppf(0.5 + CONFIDENCE / 2) * np.sqrt(wider / (n - 3))
    low, high = (np.tanh(np.arctanh(correlation.clip(-1 + 1e-9, 1 - 1e-9)) + side * reach) for side in (-1, 1))
    certain = t.isf((1.0 - CONFIDENCE) / 2 / members, n - 2)
    of_variance = changes.var() / (2.0 * whole)  # a change has two draws of each member in it
    columns = (
        *(correlation, low, np.maximum(high, correlation)),
        *((correlation**2 - chance) * of_variance, correlation**2 > certain**2 * wider * chance),
    )
    return [dict(zip(EFFECTS, row, strict=True)) for row in zip(*columns, strict=True)]


def _wider(moved: np.ndarray, changes: np.ndarray) -> np.ndarray:
    """How much larger the variance of each slope is than if the rest scattered alike at every point (White 1980), 1 or more.

    It scatters more where a member moves far if its effect depends on other factors.
    """
    squares = moved**2
    total = squares.sum(axis=0)
    slopes = np.divide(changes @ moved, total, out=np.zeros(moved.shape[1]), where=total > 0.0)
    rest = (changes[:, None] - moved * slopes) ** 2
    even = squares.mean(axis=0) * rest.mean(axis=0)
    return np.divide((squares * rest).mean(axis=0), even, out=np.ones(moved.shape[1]), where=even > 0.0).clip(1.0)
